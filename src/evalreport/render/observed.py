"""Health, gaps, overlap and confusion matrices to tables."""

from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import (
    ClassRow,
    ConfusionMatrix,
    Gap,
    Health,
    HealthDifference,
    Overlap,
)
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
    seconds_text,
    share_text,
)
from evalreport.render.results import Keyed, ResultTable, tables_of
from evalreport.report.model import Report

_SHARES: Final = ("truncated", "empty", "refused", "looping", "unparsed", "failed")
_HEALTH_NAMES: Final = {
    "truncated": "cut at the token limit",
    "empty": "empty",
    "refused": "refused",
    "looping": "looping",
    "unparsed": "nothing parsable",
    "failed": "failed (ours, not the model's)",
}
_FRACTION: Final = Measure(Scale.PERCENT, "%")
_PLAIN: Final = Measure(Scale.PLAIN, "")
_TOKENS: Final = Measure(Scale.PLAIN, "tokens")
_HEAT_STEPS: Final = 5


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
    """What the responses to one layer look like, apart from being right."""

    layer: str
    arms: tuple[str, ...]
    pairs: tuple[str, ...]
    rows: tuple[HealthRow, ...]


@dataclass(frozen=True, slots=True)
class GapRow:
    """Improvement on seen items minus improvement on unseen ones."""

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
    """One table a layer, its arms side by side."""
    layers = dict.fromkeys(h.layer for h in report.health)
    return tuple(_health_table(report, layer) for layer in layers)


def _health_table(report: Report, layer: str) -> HealthTable:
    arms = sorted(
        ((f"/health/{i}", h) for i, h in enumerate(report.health) if h.layer == layer),
        key=lambda place: place[1].arm != "base",  # left, as in every table
    )
    changes = [
        (f"/health_differences/{i}", d)
        for i, d in enumerate(report.health_differences)
        if d.layer == layer
    ]
    pairs = tuple(dict.fromkeys(d.arms for _, d in changes))
    rows = [
        HealthRow("items", tuple(counted(h.n, f"{key}/n") for key, h in arms), (None,) * len(pairs))
    ]
    rows += [
        HealthRow(
            _HEALTH_NAMES[kind],
            tuple(_share(key, h, kind) for key, h in arms),
            tuple(_change(changes, kind, pair, report.declared.alpha) for pair in pairs),
        )
        for kind in _SHARES
    ]
    if any(h.reasoning_blocks for _, h in arms):
        blocks = tuple(counted(h.reasoning_blocks, f"{k}/reasoning_blocks") for k, h in arms)
        rows.append(HealthRow("reasoning blocks removed", blocks, (None,) * len(pairs)))
    rows.append(
        HealthRow(
            "tokens, mean",
            tuple(_pace(key, h, "tokens_mean") for key, h in arms),
            tuple(_change(changes, "tokens", pair, report.declared.alpha) for pair in pairs),
        )
    )
    rows += [
        HealthRow(name, tuple(_pace(key, h, field) for key, h in arms), (None,) * len(pairs))
        for name, field in (
            ("tokens, median", "tokens_median"),
            ("tokens, 95th percentile", "tokens_p95"),
            ("time an item", "seconds_per_item"),
        )
    ]
    return HealthTable(
        layer=layer,
        arms=tuple(h.arm for _, h in arms),
        pairs=tuple(f"{candidate} − {reference}" for candidate, reference in pairs),
        rows=tuple(rows),
    )


def _share(key: str, h: Health, kind: str) -> Shown:
    count: int = getattr(h, kind)
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
            measure = _TOKENS if kind == "tokens" else _FRACTION
            return Change(difference(d.difference, measure, f"{key}/difference"), p)
    return None


def gaps_of(report: Report) -> tuple[GapRow, ...]:
    """Seen against unseen."""
    return tuple(_gap(gap, f"/gaps/{i}") for i, gap in enumerate(report.gaps))


def _gap(gap: Gap, key: str) -> GapRow:
    measure = measure_of(gap.name, gap.unit)
    return GapRow(
        layer=gap.layer,
        name=gap.name,
        seen=difference(gap.seen, measure, f"{key}/seen"),
        unseen=difference(gap.unseen, measure, f"{key}/unseen"),
        difference=difference(gap.difference, measure, f"{key}/difference"),
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
        Keyed(f"{key}/clean_findings/{i}", f) for i, f in enumerate(overlap.clean_findings)
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
    return tuple(_matrix(m, f"/confusion/{i}") for i, m in enumerate(report.confusion))


def _matrix(matrix: ConfusionMatrix, key: str) -> Matrix:
    others = {name: None for row in matrix.rows for name in row.predicted}
    columns = (*matrix.labels, *(name for name in others if name not in matrix.labels))
    return Matrix(
        layer=matrix.layer,
        arm=matrix.arm,
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
