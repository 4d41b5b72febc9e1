"""The power line: what the primary comparison could see, before any money is spent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from evalreport.estimates import NotEstimable
from evalreport.layers.base import Layer, Subset, choose
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.recorded import Recorded
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import (
    count_text,
    fraction_text,
    gain_size_text,
    measure_of,
    number_text,
    rate_text,
)
from evalreport.plan.judge_steps import DECISIVE_PAIRS, sequential_plan
from evalreport.plan.model import PowerLine
from evalreport.plan.power_stopping import stopping_line
from evalreport.plan.scorable import prepared
from evalreport.records import Corpus, History, Item
from evalreport.spec.evaluation import Primary
from evalreport.spec.models import Spec
from evalreport.stats.arguments import FEWEST_SEEDS
from evalreport.stats.design_errors import DesignErrors, design_errors
from evalreport.stats.power import design_effect_of, foretell, smallest_over_seeds
from evalreport.stats.power_binary import TYPICAL_DISAGREEMENT
from evalreport.stats.power_mean import TYPICAL_SD
from evalreport.stats.quantiles import normal_quantile, two_sided_z

TYPICAL_CLUSTER_CORRELATION: Final = 0.10
NET_WIN: Final = "net_win"

_A_POINT: Final = 0.01
_SD: Final = "standard deviation"

_Decision = Literal["go", "warn", "stop", "not_planned"]
_WORST_FIRST: Final[tuple[_Decision, ...]] = ("stop", "warn", "not_planned", "go")


def power_line(
    spec: Spec,
    layers: Mapping[str, Layer],
    corpora: Mapping[str, Corpus],
    history: History,
    *,
    expected: Mapping[str, int] | None = None,
) -> PowerLine | None:
    """What the primary comparison could see; None without a declared primary.

    Of several primaries, all of which must get better, it is the one with the worst prospects.

    The spread comes from an earlier build of the same comparison when there is one, else from
    priors measured on published fine-tunes (median of nine pairs of models: standard deviation
    0.36 of an item's difference on scores from 0 to 1, 17 % of right/wrong items that differ).
    Metrics on other scales have no prior, and nothing is foretold before a first build. Of judged
    pairs one in ten is taken to be a tie. Declared
    clusters are taken to correlate by 0.10 until an earlier build says better. By how much three or
    more training seeds will differ nobody knows before a first build: the line then says what can
    be seen if they are alike, and what runs a point apart would hide.

    Args:
        spec: As loaded.
        layers: By name.
        corpora: The datasets that were read.
        history: Earlier builds.
        expected: Rows of datasets that cannot be read here, as far as `expect:` tells; their groups
            are not known, so that each row counts as its own.
    """
    declared = [
        primary
        for primary in (spec.evaluation.primary, *spec.evaluation.co_primary)
        if primary is not None
    ]
    lines = [
        line
        for primary in declared
        if (line := _line(primary, spec, layers, corpora, history, expected or {})) is not None
    ]
    return min(lines, key=lambda line: _WORST_FIRST.index(line.decision), default=None)


def _line(
    primary: Primary,
    spec: Spec,
    layers: Mapping[str, Layer],
    corpora: Mapping[str, Corpus],
    history: History,
    expected: Mapping[str, int],
) -> PowerLine | None:
    gain, finding = primary.gain_at_least, primary.finding
    if gain is None:
        return None
    layer = layers[primary.layer]
    if isinstance(layer, Recorded | Imported):
        return None  # what others measured is not planned, and never gated
    asked = layers[layer.on] if isinstance(layer, Judge | Human) else layer
    items = choose(_items(asked, corpora), _subset(layer))
    n = len(items) or _at_most(_subset(layer), _expected_items(asked, expected))
    stopping = sequential_plan(spec, layer, n) if isinstance(layer, Judge) else None
    if stopping is not None:
        return stopping_line(finding, stopping, gain, spec.evaluation.power)
    column = _column(layer, corpora, items, primary.metric, primary.field) if n else None
    if column is None:
        return _unforetold(finding, n, gain, "its items cannot be counted here")
    if column.scale in (Scale.RATIO, Scale.CORPUS):
        return _unforetold(finding, n, gain, "it is not a mean over items")
    seeds = _seeds(spec)
    known = _spread(column, finding, history, seeds)
    if known is None:
        why = "how much its items differ is not known before a first build"
        return _unforetold(finding, n, gain, why)
    spread, binary, source = known
    sizes = _cluster_sizes(items)
    clusters = len(sizes) if sizes else None
    effect = _design_effect(sizes, finding, history)
    power = spec.evaluation.power
    seed_sd = history.spreads.get(f"{finding}:seed_sd") if seeds >= FEWEST_SEEDS else None
    smallest, required = foretell(
        n=n,
        spread=spread,
        binary=binary,
        gain=gain,
        clusters=clusters,
        design_effect=effect,
        seeds=seeds,
        seed_sd=seed_sd,
        alpha=spec.evaluation.alpha,
        power=power,
    )
    seen = None if isinstance(smallest, NotEstimable) else smallest
    decision = _decision(seen, gain)
    if layer.blocked_reason() is not None and decision == "stop":
        decision = "warn"  # it is not asked in this version, so there is nothing to refuse
    measure = measure_of(column.metric, column.unit)
    sample = count_text(n, "item" if items else "expected item") + (
        f" in {count_text(clusters, 'group')}" if clusters else ""
    )
    if seeds >= FEWEST_SEEDS:
        sample += f" and {count_text(seeds, 'seed')}"

    def size(of: float) -> str:
        return gain_size_text(of, measure, higher_is_better=column.higher_is_better)

    is_open = seeds >= FEWEST_SEEDS and seed_sd is None
    alike = ", if the runs are alike," if is_open else ""
    runs = ""
    if seed_sd is not None:
        runs = f"; runs of an earlier build were {size(float(f'{seed_sd:.2g}'))} apart ({_SD})"
    elif is_open and column.unit == "fraction":
        hidden = smallest_over_seeds(_A_POINT, seeds, alpha=spec.evaluation.alpha, power=power)
        runs = (
            f"; should the runs be {size(_A_POINT)} apart ({_SD}), gains below "
            f"{size(float(f'{hidden:.2g}'))} stay hidden, however many the items"
        )
    finds = (
        f"find{alike} a true gain of {size(float(f'{seen:.2g}'))} "
        f"{fraction_text(power)} of the time"
        if seen is not None
        else "can find no gain, however large"
    )
    needs = (
        f"no number of items shows with {count_text(seeds, 'seed')}"
        if required is None
        else f"needs {count_text(required, 'item')}"
    )
    errors = _errors(seen, gain, spec)
    risk = (
        f"; a true gain of {size(gain)} would be found {rate_text(errors.power)} of the time, and "
        f"then look {errors.exaggeration:.1f} times as large on average"
        if errors is not None and decision in ("warn", "stop")
        else ""
    )
    return PowerLine(
        finding=finding,
        n=n,
        clusters=clusters,
        spread=spread,
        spread_source=source,
        design_effect=effect,
        smallest_detectable=seen,
        gain_at_least=gain,
        n_required=required,
        power_at_gain=None if errors is None else errors.power,
        exaggeration=None if errors is None else errors.exaggeration,
        decision=decision,
        text=(
            f"power of {finding}: {sample} {finds}; "
            f"asked for {size(gain)}, which {needs} "
            f"(spread {number_text(float(f'{spread:.2g}'))} from {source}){runs}{risk}: {decision}"
        ),
    )


def _errors(seen: float | None, gain: float, spec: Spec) -> DesignErrors | None:
    """What significance would be worth if the true gain were the one asked for."""
    if seen is None:
        return None
    alpha, power = spec.evaluation.alpha, spec.evaluation.power
    error = seen / (two_sided_z(1 - alpha) + normal_quantile(power))
    return design_errors(gain, error, alpha=alpha)


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


def _subset(layer: Layer) -> Subset | None:
    subset = getattr(layer, "subset", None)
    return subset if isinstance(subset, Subset) else None


def _expected_items(layer: Layer, expected: Mapping[str, int]) -> int:
    """How many items a layer will have once its dataset can be read; 0 when nobody knows."""
    rows = next((expected.get(name, 0) for name in layer.datasets()), 0)
    return _at_most(_subset(layer), rows)


def _at_most(subset: Subset | None, rows: int) -> int:
    return min(rows, subset.n) if subset else rows


def _column(
    layer: Layer,
    corpora: Mapping[str, Corpus],
    items: Sequence[Item],
    metric: str,
    part: str | None,
) -> Column | None:
    """The column that a target names, the same with and without items."""
    if isinstance(layer, Judge | Human) and metric == NET_WIN:
        # wins less losses over all pairs: what McNemar makes of right and wrong, ties staying in
        return Column(NET_WIN, "fraction", True, Scale.BINARY, low=-1.0, high=1.0)
    return next(
        (
            column
            for scorer in prepared(layer, corpora, items)
            for column in scorer.columns
            if (column.metric, column.field) == (metric, part)
        ),
        None,
    )


def _seeds(spec: Spec) -> int:
    """How many training runs the primary is the mean of."""
    if spec.to_train is None or not spec.trains_here:
        return 1
    return len(spec.to_train.seeds)


def _cluster_sizes(items: Sequence[Item]) -> tuple[int, ...]:
    """How large the groups of items are; none where each is its own. One without is a group."""
    named = Counter(item.cluster for item in items if item.cluster is not None)
    sizes = (*named.values(), *([1] * (len(items) - named.total())))
    return sizes if len(sizes) < len(items) else ()


def _design_effect(sizes: Sequence[int], finding: str, history: History) -> float:
    """What the groups cost. The size that counts is that of the group an item is in.

    Unequal groups cost more than equal ones: 1 + (sum of squared sizes / items - 1) correlation
    (Kerry and Bland 2001, Statistics in Medicine 20).
    """
    if not sizes:
        return 1.0
    measured = history.spreads.get(f"{finding}:design_effect")
    size = sum(size * size for size in sizes) / sum(sizes)
    return measured or design_effect_of(size, TYPICAL_CLUSTER_CORRELATION)


def _spread(
    column: Column, finding: str, history: History, seeds: int
) -> tuple[float, bool, str] | None:
    """The spread of an item's difference, whether it is of rights and wrongs, and its source.

    None when nothing is known. The priors were measured on scores from 0 to 1: for squared errors,
    counts or points they say nothing, whatever those range over. Rights and wrongs that are
    averaged over several seeds have a standard deviation, like any score.
    """
    is_binary = column.scale is Scale.BINARY
    if seeds > 1 and f"{finding}:sd" in history.spreads:
        is_binary = False
    measured = history.spreads.get(f"{finding}:{'disagreement' if is_binary else 'sd'}")
    if measured:
        return measured, is_binary, "an earlier build"
    if column.metric == NET_WIN:
        return DECISIVE_PAIRS, is_binary, "one tie in ten pairs"
    if is_binary:
        return TYPICAL_DISAGREEMENT, is_binary, "published fine-tunes"
    if (column.unit, column.low, column.high) == ("fraction", 0.0, 1.0):
        return TYPICAL_SD, is_binary, "published fine-tunes"
    return None


def _decision(smallest: float | None, gain: float) -> _Decision:
    if smallest is None or smallest > 2 * gain:
        return "stop"
    return "warn" if smallest > gain else "go"
