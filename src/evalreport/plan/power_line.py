"""The power line: what the primary comparison could see, before any money is spent."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from evalreport.estimates import NotEstimable
from evalreport.layers.base import Layer
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import bound_text, count_text, measure_of
from evalreport.plan.model import PowerLine
from evalreport.records import Corpus, History, Item
from evalreport.spec.models import Spec
from evalreport.stats.power import design_effect_of, foretell
from evalreport.stats.power_binary import TYPICAL_DISAGREEMENT
from evalreport.stats.power_mean import TYPICAL_SD

TYPICAL_CLUSTER_CORRELATION: Final = 0.10


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
    gain, finding = primary.gain_at_least, primary.finding
    items = _items(layer, corpora)
    column = _column(layer, items, primary.metric, primary.field)
    if column is None or column.scale in (Scale.RATIO, Scale.CORPUS):
        why = (
            "its items cannot be counted here" if column is None else "it is not a mean over items"
        )
        return PowerLine(
            finding=finding,
            n=len(items),
            spread=0.0,
            spread_source="none",
            smallest_detectable=None,
            gain_at_least=gain,
            n_required=None,
            decision="not_planned",
            text=f"power of {finding}: not foretold, {why}",
        )
    clusters = len({item.cluster for item in items} - {None}) or None
    if clusters == len(items):
        clusters = None
    effect = _design_effect(len(items), clusters, finding, history)
    is_binary = column.scale is Scale.BINARY
    spread, source = _spread(column, finding, history, is_binary=is_binary)
    power = spec.evaluation.power
    smallest, required = foretell(
        n=len(items),
        spread=spread,
        binary=is_binary,
        gain=gain,
        clusters=clusters,
        design_effect=effect,
        alpha=spec.evaluation.alpha,
        power=power,
    )
    seen = None if isinstance(smallest, NotEstimable) else smallest
    decision = _decision(seen, gain)
    measure = measure_of(column.metric, column.unit)
    groups = f" in {count_text(clusters, 'group')}" if clusters else ""
    shows = (
        f"can show a difference of {bound_text(float(f'{seen:.2g}'), measure)} or more "
        f"(power {power:g})"
        if seen is not None
        else "can show nothing"
    )
    return PowerLine(
        finding=finding,
        n=len(items),
        clusters=clusters,
        spread=spread,
        spread_source=source,
        design_effect=effect,
        smallest_detectable=seen,
        gain_at_least=gain,
        n_required=required,
        decision=decision,
        text=(
            f"power of {finding}: {count_text(len(items), 'item')}{groups} {shows}; "
            f"asked for {bound_text(gain, measure)}, for which {count_text(required, 'item')} "
            f"would do (spread {spread:.2f} from {source}): {decision}"
        ),
    )


def _items(layer: Layer, corpora: Mapping[str, Corpus]) -> Sequence[Item]:
    if any(name not in corpora for name in layer.datasets()):
        return ()
    return next((part for _, part in layer.items(corpora)), ())


def _column(layer: Layer, items: Sequence[Item], metric: str, part: str | None) -> Column | None:
    if not items:
        return None
    return next(
        (
            column
            for scorer in layer.scorers(items)
            for column in scorer.columns
            if (column.metric, column.field) == (metric, part)
        ),
        None,
    )


def _design_effect(n: int, clusters: int | None, finding: str, history: History) -> float:
    if not clusters:
        return 1.0
    measured = history.spreads.get(f"{finding}:design_effect")
    return measured or design_effect_of(n / clusters, TYPICAL_CLUSTER_CORRELATION)


def _spread(
    column: Column, finding: str, history: History, *, is_binary: bool
) -> tuple[float, str]:
    name = f"{finding}:{'disagreement' if is_binary else 'sd'}"
    measured = history.spreads.get(name)
    if measured:
        return measured, "an earlier build"
    if is_binary:
        return TYPICAL_DISAGREEMENT, "published fine-tunes"
    width = 1.0 if column.low is None or column.high is None else column.high - column.low
    return TYPICAL_SD * width, "published fine-tunes"


def _decision(smallest: float | None, gain: float) -> Literal["go", "warn", "stop"]:
    if smallest is None or smallest > 2 * gain:
        return "stop"
    return "warn" if smallest > gain else "go"
