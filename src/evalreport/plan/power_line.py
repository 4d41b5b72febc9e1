"""The power line: what the primary comparison could see, before any money is spent."""

from collections.abc import Mapping

from evalreport.layers.base import Layer
from evalreport.metrics.base import Scale
from evalreport.plan.model import PowerLine
from evalreport.records import Corpus, History
from evalreport.spec.models import Spec
from evalreport.stats import power

PRIOR_SPREAD = 0.36
PRIOR_DISAGREEMENT = 0.17
PRIOR_CLUSTER_CORRELATION = 0.10


def power_line(
    spec: Spec, layers: Mapping[str, Layer], corpora: Mapping[str, Corpus], history: History
) -> PowerLine | None:
    """What the primary comparison could see; None without a declared primary.

    The spread comes from an earlier build of the same comparison when there is one, else from
    priors measured on published fine-tunes (median of nine pairs of models: standard deviation
    0.36 of an item's difference, 17 % of items that differ). Declared clusters are taken to
    correlate by 0.10 until an earlier build says better.
    """
    primary = spec.evaluation.primary
    if primary is None or primary.gain_at_least is None:
        return None
    layer = layers[primary.layer]
    finding = f"{primary.layer}.{primary.metric}"
    names = layer.datasets()
    items = (
        [item for _, part in layer.items(corpora)[:1] for item in part]
        if names and all(name in corpora for name in names)
        else []
    )
    n = len(items)
    declared = {item.cluster for item in items if item.cluster is not None}
    clusters = len(declared) or None
    gain = primary.gain_at_least
    scale = _scale(layer, primary.metric)
    if n == 0 or scale in (Scale.RATIO, Scale.CORPUS):
        why = "its items cannot be counted here" if n == 0 else "it is not a mean over items"
        return PowerLine(
            finding=finding, n=n, clusters=clusters, spread=0.0, spread_source="none",
            smallest_detectable=None, gain_at_least=gain, n_required=None,
            decision="not_planned", text=f"power of {finding}: not foretold, {why}",
        )  # fmt: skip
    binary = scale is Scale.BINARY
    measured = history.spreads.get(finding)
    spread = measured or (PRIOR_DISAGREEMENT if binary else PRIOR_SPREAD)
    source = "an earlier build" if measured else "published fine-tunes"
    effect = history.spreads.get(f"{finding}:design_effect") or (
        power.design_effect_of(n / clusters, PRIOR_CLUSTER_CORRELATION) if clusters else 1.0
    )
    alpha, wanted = spec.evaluation.alpha, spec.evaluation.power
    foretold = power.foretell(
        n=n, spread=spread, binary=binary, gain=gain, clusters=clusters, design_effect=effect,
        alpha=alpha, power=wanted,
    )  # fmt: skip
    smallest, required = foretold
    decision = _decision(smallest, gain)
    return PowerLine(
        finding=finding,
        n=n,
        clusters=clusters,
        spread=spread,
        spread_source=source,
        design_effect=effect,
        smallest_detectable=smallest,
        gain_at_least=gain,
        n_required=required,
        decision=decision,
        text=_text(finding, n, clusters, smallest, gain, required, wanted, source, decision),
    )


def _decision(smallest: float | None, gain: float) -> str:
    if smallest is None or smallest > 2 * gain:
        return "stop"
    return "warn" if smallest > gain else "go"
