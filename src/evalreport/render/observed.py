"""Health, gaps, overlap and confusion matrices to tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Gap, Overlap
from evalreport.analyze.text_findings import ClassRow, ConfusionMatrix, Health, HealthDifference
from evalreport.estimates import NotEstimable
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    counted,
    difference,
    estimate,
    measure_of,
    number_text,
    p_text,
    pointer_token,
    row_decimals,
    seconds_text,
    share_text,
)
from evalreport.render.results import Keyed, ResultTable, elsewhere_of, shown_arm, tables_of
from evalreport.report.model import Report

_SHARES: Final = ("truncated", "unended", "empty", "refused", "looping", "unparsed", "failed")
_HEALTH_NAMES: Final = {
    "truncated": "cut at the token limit",
    "unended": "reasoning never ended",
    "empty": "empty",
    "refused": "refused",
    "looping": "looping",
    "unparsed": "no score could be read",
    "failed": "failed (ours, not the model's)",
}
_FRACTION: Final = Measure(Scale.PERCENT, "%")
_PLAIN: Final = Measure(Scale.PLAIN, "")
_TOKENS: Final = Measure(Scale.PLAIN, "tokens")
_OF_SHARES: Final = 1  # decimals of a share, and so of what two shares differ by
_HEAT_STEPS: Final = 5
_MOST_ARMS: Final = 2  # beside which the changes still fit into one table
_REWORDED: Final = "paraphrase_gap"


@dataclass(frozen=True, slots=True)
class Change:
    """How a share moved between two arms; `p` is absent where nothing was tested."""

    difference: ShownEstimate
    p: Shown


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One kind of response: a cell per arm, and a change per compared pair."""

    name: str
    arms: tuple[Shown, ...]
    changes: tuple[Change | None, ...]


@dataclass(frozen=True, slots=True)
class HealthTable:
    """What the responses to some layers look like, apart from being right.

    `is_wide` puts the changes into a table of their own.
    """

    layers: tuple[str, ...]
    arms: tuple[str, ...]
    pairs: tuple[str, ...]
    rows: tuple[HealthRow, ...]
    is_wide: bool

    @property
    def changed(self) -> tuple[HealthRow, ...]:
        """The rows that say how something moved."""
        return tuple(row for row in self.rows if any(row.changes))


@dataclass(frozen=True, slots=True)
class GapRow:
    """Improvement on some items minus improvement on others, under the heads of its table."""

    layer: str
    name: str
    seen: ShownEstimate
    unseen: ShownEstimate
    difference: ShownEstimate
    ratio: ShownEstimate
    n_seen: Shown
    n_unseen: Shown
    sentence: str


@dataclass(frozen=True, slots=True)
class GapTable:
    """Gaps that compare the same two kinds of items, with what those are."""

    caption: str
    heads: tuple[str, str, str, str]
    rows: tuple[GapRow, ...]


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """How one evaluation dataset meets the training data."""

    dataset: str
    n: Shown
    exact: Shown
    near: Shown
    groups: Shown
    duplicates: Shown
    checked_against: str
    examples: tuple[tuple[str, str], ...]
    clean: tuple[ResultTable, ...]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a confusion matrix; `heat` is a class of the style sheet, by share of its row."""

    n: Shown
    heat: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One true class."""

    label: str
    n: Shown
    cells: tuple[HeatCell, ...]
    precision: ShownEstimate
    recall: ShownEstimate


@dataclass(frozen=True, slots=True)
class Matrix:
    """True against predicted classes of one arm."""

    layer: str
    arm: str
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    kappa: ShownEstimate | None


def health_of(report: Report) -> tuple[HealthTable, ...]:
    """One table a layer, its arms side by side; layers that read the same outputs share one."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for layer in dict.fromkeys(h.layer for h in report.health):
        shared.setdefault(_told_of(report, layer), []).append(layer)
    return tuple(_health_table(report, layers) for layers in shared.values())


def _told_of(report: Report, layer: str) -> tuple[str, ...]:
    """All that is told of a layer's responses, but for what its own reading rule finds in them."""
    health = [h for h in report.health if h.layer == layer]
    moved = [d for d in report.health_differences if d.layer == layer and d.kind != "unparsed"]
    return (
        *(h.model_copy(update={"layer": "", "unparsed": 0}).model_dump_json() for h in health),
        *(d.model_copy(update={"layer": ""}).model_dump_json() for d in moved),
    )


def _health_table(report: Report, layers: Sequence[str]) -> HealthTable:
    arms = _arms_of(report, layers[0])
    changes = [(f"/health_differences/{i}", d) for i, d in enumerate(report.health_differences)]
    pairs = tuple(dict.fromkeys(d.arms for _, d in changes if d.layer == layers[0]))
    nothing: tuple[None, ...] = (None,) * len(pairs)
    strips = any(h.reasoning_blocks for _, h in arms)
    # A report from before this was counted must not say that there was none.
    ends = any(h.unended for _, h in arms) or any(
        d.kind == "unended" for _, d in changes if d.layer == layers[0]
    )

    def moved(layer: str, kind: str) -> tuple[Change | None, ...]:
        own = [(key, d) for key, d in changes if d.layer == layer]
        return tuple(_change(own, kind, pair, report.declared.alpha) for pair in pairs)

    def share(kind: str, layer: str, name: str) -> HealthRow:
        cells = tuple(_share(key, h, kind) for key, h in _arms_of(report, layer))
        return HealthRow(name, cells, moved(layer, kind))

    rows = [HealthRow("items", tuple(counted(h.n, f"{key}/n") for key, h in arms), nothing)]
    for kind in _SHARES:
        if kind == "unparsed" and len(layers) > 1:
            rows += [share(kind, one, f"{_HEALTH_NAMES[kind]} for {one}") for one in layers]
        elif kind != "unended" or ends:
            rows.append(share(kind, layers[0], _HEALTH_NAMES[kind]))
    if strips:
        blocks = tuple(counted(h.reasoning_blocks, f"{k}/reasoning_blocks") for k, h in arms)
        rows.append(HealthRow("reasoning blocks removed", blocks, nothing))
    means = tuple(_pace(key, h, "tokens_mean") for key, h in arms)
    rows.append(HealthRow("tokens, mean", means, moved(layers[0], "tokens")))
    rows += [
        HealthRow(name, tuple(_pace(key, h, field) for key, h in arms), nothing)
        for name, field in (
            ("tokens, median", "tokens_median"),
            ("tokens, 95th percentile", "tokens_p95"),
            ("time an item", "seconds_per_item"),
        )
    ]
    return HealthTable(
        layers=tuple(layers),
        arms=tuple(shown_arm(h.arm, elsewhere_of(report, layers[0])) for _, h in arms),
        pairs=tuple(f"{candidate} − {reference}" for candidate, reference in pairs),
        rows=tuple(rows),
        is_wide=len(arms) > _MOST_ARMS,
    )


def _arms_of(report: Report, layer: str) -> list[tuple[str, Health]]:
    """The rows of a layer, with where they stand; the base left, as in every table."""
    return sorted(
        ((f"/health/{i}", h) for i, h in enumerate(report.health) if h.layer == layer),
        key=lambda place: place[1].arm != "base",
    )


def _share(key: str, h: Health, kind: str) -> Shown:
    count: int | NotEstimable = getattr(h, kind)
    if isinstance(count, NotEstimable):
        return absent(count.not_estimable)
    return Shown(share_text(count, h.n), f"{key}/{kind}", str(count))


def _pace(key: str, h: Health, field: str) -> Shown:
    value: float | NotEstimable = getattr(h, field)
    if isinstance(value, NotEstimable):
        return absent(value.not_estimable)
    text = seconds_text(value) if field == "seconds_per_item" else number_text(value)
    return Shown(text, f"{key}/{field}", repr(value))


def _change(
    changes: list[tuple[str, HealthDifference]], kind: str, pair: tuple[str, str], alpha: float
) -> Change | None:
    for key, d in changes:
        if (d.kind, d.arms) == (kind, pair):
            p = absent("not tested")
            if d.p_value is not None:
                p = Shown(p_text(d.p_value, alpha=alpha), f"{key}/p_value", repr(d.p_value))
            measure, decimals = (_TOKENS, None) if kind == "tokens" else (_FRACTION, _OF_SHARES)
            shown = difference(d.difference, measure, f"{key}/difference", decimals=decimals)
            return Change(shown, p)
    return None


def gaps_of(report: Report) -> tuple[GapTable, ...]:
    """Seen against unseen items, and apart from them training items in their words and in others.

    Items that were only reworded are no unseen ones.
    """
    rows = [_gap(gap, f"/gaps/{i}") for i, gap in enumerate(report.gaps)]
    tables = (
        GapTable(
            "Improvement over the base on items seen in training, against unseen ones",
            ("Seen", "Unseen", "Seen − unseen", "Unseen / seen"),
            tuple(row for row in rows if row.name != _REWORDED),
        ),
        GapTable(
            "Improvement over the base on training items in the words of the training set, "
            "against the same items in other words",
            ("As trained", "Reworded", "As trained − reworded", "Reworded / as trained"),
            tuple(row for row in rows if row.name == _REWORDED),
        ),
    )
    return tuple(table for table in tables if table.rows)


def _gap(gap: Gap, key: str) -> GapRow:
    measure = measure_of(gap.name, gap.unit)
    decimals = row_decimals(gap.seen, gap.unseen, gap.difference, measure)
    return GapRow(
        layer=gap.layer,
        name=gap.name,
        seen=difference(gap.seen, measure, f"{key}/seen", decimals=decimals),
        unseen=difference(gap.unseen, measure, f"{key}/unseen", decimals=decimals),
        difference=difference(gap.difference, measure, f"{key}/difference", decimals=decimals),
        ratio=estimate(gap.generalisation_ratio, _PLAIN, f"{key}/generalisation_ratio"),
        n_seen=counted(gap.n_seen, f"{key}/n_seen", "item"),
        n_unseen=counted(gap.n_unseen, f"{key}/n_unseen", "item"),
        sentence=gap.sentence,
    )


def overlaps_of(report: Report) -> tuple[OverlapRow, ...]:
    """Leaks between training and evaluation, and the result on the clean rest."""
    return tuple(
        _overlap(overlap, f"/overlaps/{i}", report) for i, overlap in enumerate(report.overlaps)
    )


def _overlap(overlap: Overlap, key: str, report: Report) -> OverlapRow:
    clean = tuple(
        Keyed(
            f"{key}/clean_findings/{i}",
            f,
            elsewhere=tuple(arm for arm in f.arms if arm in elsewhere_of(report, f.layer)),
        )
        for i, f in enumerate(overlap.clean_findings)
    )
    return OverlapRow(
        dataset=overlap.dataset,
        n=counted(overlap.n, f"{key}/n"),
        exact=Shown(share_text(overlap.exact, overlap.n), f"{key}/exact", str(overlap.exact)),
        near=Shown(share_text(overlap.near, overlap.n), f"{key}/near", str(overlap.near)),
        groups=absent("no groups declared")
        if overlap.group_key is None
        else counted(
            overlap.shared_groups,
            f"{key}/shared_groups",
            f"by {overlap.group_key}",
            f"by {overlap.group_key}",
        ),
        duplicates=counted(overlap.duplicates, f"{key}/duplicates"),
        checked_against=", ".join(overlap.checked_against) or "nothing",
        examples=overlap.examples,
        clean=tables_of(clean, report.declared.alpha, report.arms),
    )


def confusion_of(report: Report) -> tuple[Matrix, ...]:
    """The confusion matrices, with a column for every predicted class that occurs."""
    return tuple(
        _matrix(m, f"/confusion/{i}", shown_arm(m.arm, elsewhere_of(report, m.layer)))
        for i, m in enumerate(report.confusion)
    )


def _matrix(matrix: ConfusionMatrix, key: str, arm: str) -> Matrix:
    others = {name: None for row in matrix.rows for name in row.predicted}
    columns = (*matrix.labels, *(name for name in others if name not in matrix.labels))
    return Matrix(
        layer=matrix.layer,
        arm=arm,
        columns=columns,
        rows=tuple(
            _matrix_row(row, f"{key}/rows/{i}", columns) for i, row in enumerate(matrix.rows)
        ),
        kappa=None
        if matrix.quadratic_kappa is None
        else estimate(matrix.quadratic_kappa, _PLAIN, f"{key}/quadratic_kappa"),
    )


def _matrix_row(row: ClassRow, key: str, columns: tuple[str, ...]) -> MatrixRow:
    return MatrixRow(
        label=row.label,
        n=counted(row.n, f"{key}/n"),
        cells=tuple(
            HeatCell(
                counted(row.predicted[name], f"{key}/predicted/{pointer_token(name)}")
                if name in row.predicted
                else Shown("0"),
                _heat(row.predicted.get(name, 0), row.n),
                name == row.label,
            )
            for name in columns
        ),
        precision=estimate(row.precision, _FRACTION, f"{key}/precision"),
        recall=estimate(row.recall, _FRACTION, f"{key}/recall"),
    )


def _heat(part: int, whole: int) -> str:
    """The shade of a cell: 0 for none, then by fifths of its row."""
    return f"heat-{min(_HEAT_STEPS, -(-_HEAT_STEPS * part // whole)) if whole else 0}"
