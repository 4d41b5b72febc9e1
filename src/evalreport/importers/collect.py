"""Collect: rows of files to growing columns by arm, and a tally of all that was not taken up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, NoScore, Reading, Row, mirrored
from evalreport.importers.columns import NOT_THERE, Coded, GrowingArm, Names, tally
from evalreport.importers.files import Found
from evalreport.importers.left import Left
from evalreport.importers.metrics import Known
from evalreport.importers.names import shown_name
from evalreport.importers.results import compared_of
from evalreport.importers.sides import Side, fault_of, sides_of
from evalreport.importers.verdicts import NET_WIN, WIN_RATE
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Column, Score

_LARGEST: Final = 1e15  # sums of squares of a million such numbers are still finite
NO_NAME: Final = "(no name)"
_TOO_LARGE: Final = NoScore("the number is beyond 1e15")


@dataclass(slots=True)
class Read:
    """One file that was read.

    Attributes:
        file: It.
        reading: What it tells beside its rows.
        parts: By arm, the measurements of which it has rows.
    """

    file: Found
    reading: Reading
    parts: dict[str, set[str]] = field(default_factory=dict)

    @property
    def left(self) -> Left:
        """What could not be taken up."""
        return self.reading.left

    def place(self, row: Row) -> str:
        """Where a row stands, as the spec names its file."""
        counted = self.reading.numbered
        return f"{self.file.shown}{':' if counted == 'line' else f' {counted} '}{row.line}"


@dataclass(slots=True)
class Collected:
    """Everything that the files of a layer say, while they are read.

    `direct` holds pairs of two arms of the layer, `each` answers by themselves and pairs against
    something else. Items have one place, whichever arm and kind they are of. What the rows of a
    further arm say of how items hang together is held apart: it counts only where no other row says
    anything.
    """

    layer: Imported
    index: dict[tuple[str, str], int] = field(default_factory=dict)
    clusters: Coded = field(default_factory=Coded)
    further: dict[str, Coded] = field(default_factory=dict)
    groups: dict[str, Coded] = field(default_factory=dict)
    each: dict[str, GrowingArm] = field(default_factory=dict)
    direct: dict[str, GrowingArm] = field(default_factory=dict)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: Known = field(default_factory=Known)
    reasons: Names = field(default_factory=lambda: Names({NOT_THERE: 0}))
    rivals: Names = field(default_factory=lambda: Names({"": 0}))
    parts: dict[str, None] = field(default_factory=dict)
    judges: Counter[str] = field(default_factory=Counter)
    judged_by: dict[str, Counter[str]] = field(default_factory=dict)
    read: dict[str, list[Read]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    passed: list[str] = field(default_factory=list)
    unjudged: int = 0
    compared: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.compared = frozenset(compared_of(self.layer.told_arms))

    def take(self, arm: str, file: Found) -> None:
        """All rows of one file.

        Args:
            arm: Whose it is; empty where it holds all arms.
            file: The file.

        Raises:
            DataError: The file cannot be used.
        """
        reading = file.importer.read(file.path, self.layer.columns.as_mapping())
        read = Read(file, reading)
        self.read.setdefault(arm, []).append(read)
        for row in reading.rows:
            self._row(arm, row, read)

    @property
    def every(self) -> Iterator[tuple[str, Read]]:
        """All files, with the arm whose they are."""
        return ((arm, read) for arm, of in self.read.items() for read in of)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The measurements that the layer takes."""
        return self.layer.part or tuple(self.parts)

    def _row(self, arm: str, row: Row, read: Read) -> None:
        self.parts.setdefault(row.part)
        if self.layer.part is not None and row.part not in self.layer.part:
            return
        if self.layer.judge is not None and row.judge != self.layer.judge:
            tally(self.others, row.judge or NO_NAME)
            return
        model = row.model or read.reading.model
        is_pair = bool(row.against) or NET_WIN in row.scores
        fault = fault_of(model, row.against)
        if fault:
            read.left.add(fault, read.place(row))
            return
        sides = sides_of(self.layer, arm, model, row.against)
        if not sides:
            tally(self.others, model or NO_NAME)
            return
        for side in sides:
            read.parts.setdefault(side.arm, set()).add(row.part)
            if row.judge:
                tally(self.judged_by.setdefault(side.arm, Counter()), row.judge)
        tally(self.judges, row.judge)
        self.unjudged += is_pair and not row.judge
        if sides[0].is_direct:
            self.pairs[min(s.arm for s in sides), max(s.arm for s in sides)] += 1
        i = self._place(row, [side.arm for side in sides], read.place(row))
        for side in sides:
            self._put(side, i, row, model, read.reading)

    def _place(self, row: Row, arms: Sequence[str], at: str) -> int:
        """The place of a row's item, with what it hangs together with and belongs to."""
        several = self.layer.part is not None and len(self.layer.part) > 1
        i = self.index.setdefault((row.part if several else "", row.item), len(self.index))
        is_further = self.compared.isdisjoint(arms)
        if row.cluster and self.layer.cluster:
            coded = self.further.setdefault(arms[0], Coded()) if is_further else self.clusters
            coded.put(i, row.cluster, at)
        if not is_further:
            for key, value in (*row.groups, *([("part", row.part)] if several else [])):
                self.groups.setdefault(key, Coded()).put(i, value, at)
        return i

    def _put(self, side: Side, i: int, row: Row, model: str, reading: Reading) -> None:
        growing = (self.direct if side.is_direct else self.each).setdefault(side.arm, GrowingArm())
        mine, theirs = (row.against, model) if side.is_against else (model, row.against)
        growing.put(
            i,
            row,
            dict(self._scores(row, reading, side)),
            row.other_output if side.is_against else row.output,
            self.reasons,
            mine,
            0 if side.is_direct else self.rivals.number(theirs),
        )

    def _scores(self, row: Row, reading: Reading, side: Side) -> Iterator[tuple[str, Given]]:
        """The scores of one side of a row.

        A pair of two arms is won, lost or tied: an arm's score is whether it wins, so that the
        difference is wins less losses. Against something else it is a win rate, a tie half.
        """
        for metric, given in row.scores.items():
            column = self.known.column(metric, reading)
            name, score = metric, given
            if not isinstance(score, NoScore):
                score = _TOO_LARGE if _is_large(score) else score
            if side.is_against and not isinstance(score, NoScore):
                _refuse_boundless(column, score)
                score = mirrored(score, column)
            if metric == NET_WIN:
                if side.is_direct:
                    score = score if isinstance(score, NoScore) else float(score == 1.0)
                else:
                    name = WIN_RATE
            yield name, score

    @property
    def arms(self) -> dict[str, GrowingArm]:
        """What is compared: pairs of two arms where there are any, else what each arm has."""
        return self.direct or self.each

    @property
    def aside(self) -> int:
        """Rows of an arm against another model, of which pairs of two arms make no use."""
        return sum(one.rows for one in self.each.values()) if self.direct else 0


def _refuse_boundless(column: Column, score: Score) -> None:
    """What has no bounds has no mirror: of the other of a pair nothing is known."""
    if isinstance(score, tuple) or None not in (column.low, column.high):
        return
    name = shown_name(column.metric)
    what = f"{name} is told of one model of a pair, and has no bounds to tell the other's by"
    raise DataError(Problem(name, what, "leave it out with metrics: [...]"))


def _is_large(score: float | tuple[float, ...]) -> bool:
    numbers = score if isinstance(score, tuple) else (score,)
    return any(abs(one) > _LARGEST for one in numbers)
