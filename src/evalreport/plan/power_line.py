"""The power line: what the primary comparison could see, before any money is spent."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from evalreport.estimates import NotEstimable
from evalreport.layers.base import Layer
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import bound_text, count_text, measure_of, number_text
from evalreport.plan.model import PowerLine
from evalreport.records import Corpus, History, Item
from evalreport.spec.evaluation import Primary
from evalreport.spec.models import Spec
from evalreport.stats.power import design_effect_of, foretell
from evalreport.stats.power_binary import TYPICAL_DISAGREEMENT
from evalreport.stats.power_mean import TYPICAL_SD

TYPICAL_CLUSTER_CORRELATION: Final = 0.10

_Decision = Literal["go", "warn", "stop", "not_planned"]
_WORST_FIRST: Final[tuple[_Decision, ...]] = ("stop", "warn", "not_planned", "go")


def power_line(
    spec: Spec, layers: Mapping[str, Layer], corpora: Mapping[str, Corpus], history: History
) -> PowerLine | None:
    """What the primary comparison could see; None without a declared primary.

    Of several primaries, all of which must get better, it is the one with the worst prospects.

    The spread comes from an earlier build of the same comparison when there is one, else from
    priors measured on published fine-tunes (median of nine pairs of models: standard deviation
    0.36 of an item's difference on scores from 0 to 1, 17 % of right/wrong items that differ).
    Metrics on other scales have no prior, and nothing is foretold before a first build. Declared
    clusters are taken to correlate by 0.10 until an earlier build says better.
    """
    declared = [
        primary
        for primary in (spec.evaluation.primary, *spec.evaluation.co_primary)
        if primary is not None
    ]
    lines = [
        line
        for primary in declared
        if (line := _line(primary, spec, layers, corpora, history)) is not None
    ]
    return min(lines, key=lambda line: _WORST_FIRST.index(line.decision), default=None)


def _line(
    primary: Primary,
    spec: Spec,
    layers: Mapping[str, Layer],
    corpora: Mapping[str, Corpus],
    history: History,
) -> PowerLine | None:
    gain, finding = primary.gain_at_least, primary.finding
    if gain is None:
        return None
    layer = layers[primary.layer]
    items = _items(layer, corpora)
    column = _column(layer, items, primary.metric, primary.field)
    if column is None:
        return _unforetold(finding, len(items), gain, "its items cannot be counted here")
    if column.scale in (Scale.RATIO, Scale.CORPUS):
        return _unforetold(finding, len(items), gain, "it is not a mean over items")
    known = _spread(column, finding, history)
    if known is None:
        why = "how much its items differ is not known before a first build"
        return _unforetold(finding, len(items), gain, why)
    spread, source = known
    clusters = _clusters(items)
    effect = _design_effect(len(items), clusters, finding, history)
    power = spec.evaluation.power
    smallest, required = foretell(
        n=len(items),
        spread=spread,
        binary=column.scale is Scale.BINARY,
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
        f"shows {bound_text(float(f'{seen:.2g}'), measure)} with power {power:g}"
        if seen is not None
        else "shows nothing"
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
            f"asked for {bound_text(gain, measure)}, which needs {count_text(required, 'item')} "
            f"(spread {number_text(float(f'{spread:.2g}'))} from {source}): {decision}"
        ),
    )


def _unforetold(finding: str, n: int, gain: float, why: str) -> PowerLine:
    return PowerLine(
        finding=finding,
        n=n,
        spread=0.0,
        spread_source="none",
        smallest_detectable=None,
        gain_at_least=gain,
        n_required=None,
        decision="not_planned",
        text=f"power of {finding}: not foretold, {why}",
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


def _clusters(items: Sequence[Item]) -> int | None:
    """How many groups the items come in; None where each is its own. One without is a group."""
    named = [item.cluster for item in items if item.cluster is not None]
    count = len(set(named)) + len(items) - len(named)
    return count if count < len(items) else None


def _design_effect(n: int, clusters: int | None, finding: str, history: History) -> float:
    if not clusters:
        return 1.0
    measured = history.spreads.get(f"{finding}:design_effect")
    return measured or design_effect_of(n / clusters, TYPICAL_CLUSTER_CORRELATION)


def _spread(column: Column, finding: str, history: History) -> tuple[float, str] | None:
    """The spread of an item's difference and where it comes from; None when nothing is known.

    The priors were measured on scores from 0 to 1: for squared errors, counts or points they say
    nothing, whatever those range over.
    """
    is_binary = column.scale is Scale.BINARY
    measured = history.spreads.get(f"{finding}:{'disagreement' if is_binary else 'sd'}")
    if measured:
        return measured, "an earlier build"
    if is_binary:
        return TYPICAL_DISAGREEMENT, "published fine-tunes"
    if (column.unit, column.low, column.high) == ("fraction", 0.0, 1.0):
        return TYPICAL_SD, "published fine-tunes"
    return None


def _decision(smallest: float | None, gain: float) -> _Decision:
    if smallest is None or smallest > 2 * gain:
        return "stop"
    return "warn" if smallest > gain else "go"
