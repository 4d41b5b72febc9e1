"""Metrics: what several files of a layer say that a metric is, as one."""

from dataclasses import dataclass, field, replace
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Reading
from evalreport.importers.names import shown_name
from evalreport.metrics.base import Column, Scale

_WORDS: Final = {True: "higher is better", False: "lower is better"}


@dataclass(slots=True)
class Known:
    """What metrics are.

    Attributes:
        columns: By metric; the bounds hold for all files.
        guessed: Those of which nothing tells whether higher is better.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    _own: dict[str, Column] = field(default_factory=dict)
    _reading: Reading | None = None

    def column(self, metric: str, reading: Reading) -> Column:
        """What a file says that a metric is; files come one after the other.

        Raises:
            DataError: An earlier file says something else.
        """
        if reading is not self._reading:
            self._reading, self._own = reading, {}
        column = self._own.get(metric)
        if column is None:
            told = reading.column(metric)
            column = self._own[metric] = replace(told, low=_real(told.low), high=_real(told.high))
            self._join(metric, column, is_guess=reading.is_guessed(metric))
        return column

    def _join(self, metric: str, new: Column, *, is_guess: bool) -> None:
        old = self.columns.get(metric)
        if old is None:
            self.columns[metric] = new
            if is_guess:
                self.guessed.add(metric)
            return
        direction = old.higher_is_better
        if metric in self.guessed and not is_guess:
            direction = new.higher_is_better
            self.guessed.discard(metric)
        elif new.higher_is_better != direction and not is_guess:
            _refuse(metric, _WORDS[direction], _WORDS[new.higher_is_better])
        if old.unit and new.unit and old.unit != new.unit:
            _refuse(metric, old.unit, new.unit)
        if (old.scale is Scale.RATIO) != (new.scale is Scale.RATIO):
            _refuse(metric, f"a {old.scale.value}", f"a {new.scale.value}")
        self.columns[metric] = replace(
            old,
            higher_is_better=direction,
            unit=old.unit if old.unit == new.unit else "",
            low=None if old.low is None or new.low is None else min(old.low, new.low),
            high=None if old.high is None or new.high is None else max(old.high, new.high),
        )


def _real(bound: float | None) -> float | None:
    """A bound as reports write numbers: 1 and 1.0 are two texts."""
    return None if bound is None else float(bound)


def _refuse(metric: str, one: str, other: str) -> None:
    name = shown_name(metric)
    what = f"the files differ in what {name} is: {one} in the one, {other} in the other"
    hint = "name files of one tool and version, or leave the metric out with metrics: [...]"
    raise DataError(Problem(name, what, hint))
