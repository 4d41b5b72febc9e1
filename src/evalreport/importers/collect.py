"""Collect: rows of files to growing columns by arm, and a tally of all that was not taken up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, NoScore, Reading, Row, mirrored
from evalreport.importers.columns import Coded, GrowingArm, tally
from evalreport.importers.files import Found
from evalreport.importers.names import listed
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Column

NET_WIN: Final = "net_win"
WIN_RATE: Final = "win_rate"
_TWO: Final = 2


@dataclass(slots=True)
class Collected:
    """Everything that the files of a layer say, while they are read.

    `direct` holds pairs of two arms of the layer, `each` answers by themselves and pairs against
    something else. Items have one place, whichever arm and kind they are of.
    """

    layer: Imported
    index: dict[str, int] = field(default_factory=dict)
    clusters: Coded = field(default_factory=Coded)
    groups: dict[str, Coded] = field(default_factory=dict)
    each: dict[str, GrowingArm] = field(default_factory=dict)
    direct: dict[str, GrowingArm] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    parts: dict[str, None] = field(default_factory=dict)
    judges: Counter[str] = field(default_factory=Counter)
    readings: dict[str, list[tuple[Found, Reading]]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    def take(self, arm: str, file: Found) -> None:
        """All rows of one file.

        Args:
            arm: Whose it is; empty where it holds all arms.
            file: The file.

        Raises:
            DataError: The file cannot be used.
        """
        reading = file.importer.read(file.path, self.layer.columns.as_mapping())
        self.readings.setdefault(arm, []).append((file, reading))
        for row in reading.rows:
            self._row(arm, row, reading)

    def _row(self, arm: str, row: Row, reading: Reading) -> None:
        self.parts.setdefault(row.part)
        wanted = self.layer.part
        if wanted is not None and row.part not in wanted:
            return
        if self.layer.judge is not None and row.judge != self.layer.judge:
            tally(self.others, row.judge)
            return
        tally(self.judges, row.judge)
        model = row.model or reading.model
        for name, is_against, is_direct in self._arms(arm, model, row.against):
            self._put(name, row, model, reading, is_against=is_against, is_direct=is_direct)

    def _arms(self, arm: str, model: str, against: str) -> list[tuple[str, bool, bool]]:
        """Whose row it is: arm, whether it stands as the other of the pair, whether both do."""
        named = self.layer.models
        if arm and arm not in named:
            if against and len(self.layer.files) == 1:
                return [(arm, False, True), (_other(self.layer, arm), True, True)]
            return [(arm, False, False)]
        mine = {name: one for name, one in named.items() if not arm or name == arm}
        if arm and against and len(self.layer.files) == 1 and len(named) == 1:
            other = _other(self.layer, arm)
            if model == named[arm]:
                return [(arm, False, True), (other, True, True)]
            if against == named[arm]:
                return [(arm, True, True), (other, False, True)]
        first = [name for name, one in mine.items() if one == model]
        second = [name for name, one in mine.items() if one == against]
        if first and second:
            return [(first[0], False, True), (second[0], True, True)]
        if not first and not second:
            tally(self.others, model)
        return [(name, False, False) for name in first] + [(name, True, False) for name in second]

    def _put(
        self, arm: str, row: Row, model: str, reading: Reading, *, is_against: bool, is_direct: bool
    ) -> None:
        several = self.layer.part is not None and len(self.layer.part) > 1
        item = f"{row.part}/{row.item}" if several else row.item
        i = self.index.setdefault(item, len(self.index))
        if row.cluster and self.layer.cluster:
            self.clusters.put(i, f"{row.part}/{row.cluster}" if several else row.cluster)
        for key, value in (*row.groups, *([("part", row.part)] if several else [])):
            self.groups.setdefault(key, Coded()).put(i, value)
        growing = (self.direct if is_direct else self.each).setdefault(arm, GrowingArm())
        scores = dict(self._scores(row, reading, is_against=is_against, is_direct=is_direct))
        output = row.other_output if is_against else row.output
        name = row.against if is_against else model
        growing.put(i, row, scores, output, self.reasons, name)
        if not is_direct:
            tally(growing.rivals, model if is_against else row.against)

    def _scores(
        self, row: Row, reading: Reading, *, is_against: bool, is_direct: bool
    ) -> list[tuple[str, Given]]:
        """The scores of one side of a row.

        A pair of two arms is won, lost or tied: an arm's score is whether it wins, so that the
        difference is wins less losses. Against something else it is a win rate, a tie half.
        """
        found: list[tuple[str, Given]] = []
        for metric, given in row.scores.items():
            column = self.columns.get(metric)
            if column is None:
                column = self.columns[metric] = reading.column(metric)
            name, score = metric, given
            if is_against and not isinstance(score, NoScore):
                score = mirrored(score, column)
            if metric == NET_WIN:
                if is_direct:
                    score = score if isinstance(score, NoScore) else float(score == 1.0)
                else:
                    name = WIN_RATE
            found.append((name, score))
        return found

    @property
    def arms(self) -> dict[str, GrowingArm]:
        """What is compared: pairs of two arms where there are any, else what each arm has."""
        return self.direct or self.each

    def refuse_unclear(self, files: Sequence[Found]) -> None:
        """What cannot be known of whose rows these are.

        Raises:
            DataError: The files hold several measurements, judges or models, or none that is
                wanted; names them.
        """
        place = files[0].shown if files else self.layer.name
        wanted = self.layer.part or ()
        missing = [name for name in wanted if name not in self.parts]
        if missing or (self.layer.part is None and len(self.parts) > 1):
            have = listed(self.parts)
            what = (
                f"there is no part {missing[0]} in the files"
                if missing
                else f"the files hold {len(self.parts)} measurements"
            )
            raise DataError(Problem(place, what, f"name one with part: {have}"))
        if self.layer.judge is None and len(self.judges) > 1:
            what = f"the files hold verdicts of {len(self.judges)} judges"
            raise DataError(Problem(place, what, f"name one with judge: {listed(self.judges)}"))
        if not self.arms:
            what = "no row of the files is about an arm of this layer"
            held = f"they hold {listed(self.others)}" if self.others else "they hold no row at all"
            raise DataError(Problem(place, what, f"say which is which under models: ({held})"))
        for arm, growing in self.arms.items():
            if arm not in self.layer.models and len(growing.models) > 1:
                what = f"the file of {arm} holds {len(growing.models)} models"
                hint = f"say which with models: {{{arm}: ...}}; it holds {listed(growing.models)}"
                raise DataError(Problem(place, what, hint))


def _other(layer: Imported, arm: str) -> str:
    """The other arm of pairs of which the spec names one."""
    named = [name for name in (*layer.models, "base", "tuned") if name != arm]
    return named[0]
