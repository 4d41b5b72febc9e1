"""Columns that grow row by row: scores and texts of one arm, a few bytes an item."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, TypeAlias

import numpy as np

from evalreport.importers.base import Game, Given, NoScore, Row
from evalreport.importers.results import ABSENT, SCORED, UNPARSED, States
from evalreport.metrics.base import FloatArray

BoolArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]

NO_TEXT: Final = 0
_UNKNOWN_LENGTH: Final = -1
_MOST_NAMES: Final = 1000
_OTHERS: Final = "(others)"

# What became of the games of a pair: none told, one, two that agree, two that do not, and of the
# last those in which both went to whatever stood first.
NO_GAME, ONE_GAME, AGREED, FLIPPED, FLIPPED_TO_FIRST = range(5)


@dataclass(slots=True)
class GrowingColumn:
    """One metric of one arm: a number (or a ratio's two) and a state for each item."""

    tops: "array[float]" = field(default_factory=lambda: array("d"))
    bottoms: "array[float]" = field(default_factory=lambda: array("d"))
    states: bytearray = field(default_factory=bytearray)
    whys: "array[int]" = field(default_factory=lambda: array("H"))
    is_ratio: bool = False
    is_whole: bool = True  # only 0 and 1 so far

    def put(self, i: int, given: Given, reasons: dict[str, int]) -> None:
        """The score of one item; one that it had before gives way.

        Args:
            i: Its place.
            given: Its score, or why there is none.
            reasons: Numbers of reasons, which may grow.
        """
        self._reach(i + 1)
        if isinstance(given, NoScore):
            self.states[i] = UNPARSED if given.is_unparsed else ABSENT
            self.whys[i] = _number(given.reason, reasons)
            self.tops[i] = self.bottoms[i] = 0.0
            return
        self.states[i] = SCORED
        if isinstance(given, tuple):
            self.is_ratio = True
            self.tops[i], self.bottoms[i] = given
        else:
            self.tops[i] = given
            self.is_whole = self.is_whole and given in {0.0, 1.0}

    def _reach(self, n: int) -> None:
        short = n - len(self.states)
        if short > 0:
            self.tops.frombytes(bytes(8 * short))
            self.bottoms.frombytes(bytes(8 * short))
            self.whys.frombytes(bytes(2 * short))
            self.states.extend([ABSENT] * short)

    def finished(self, n: int) -> tuple[FloatArray, States]:
        """Values of shape (n,) or (n, 2) and states of shape (n,)."""
        self._reach(n)
        tops: FloatArray = np.frombuffer(self.tops, dtype=np.float64)
        states = np.frombuffer(bytes(self.states), dtype=np.int8)
        if not self.is_ratio:
            return tops, states
        bottoms: FloatArray = np.frombuffer(self.bottoms, dtype=np.float64)
        return np.stack([tops, bottoms], axis=1), states

    def why_not(self, reasons: Mapping[str, int], lost: BoolArray) -> Counter[str]:
        """How many of some items have no score, by reason.

        Args:
            reasons: Numbers of reasons.
            lost: Which items, shape (n,).
        """
        names = {number: name for name, number in reasons.items()}
        whys = np.frombuffer(self.whys, dtype=np.uint16)[lost]
        found, counts = np.unique(whys, return_counts=True)
        return Counter({names[int(why)]: int(k) for why, k in zip(found, counts, strict=True)})


@dataclass(slots=True)
class GrowingArm:
    """All that one arm's rows say, by the place of their item."""

    columns: dict[str, GrowingColumn] = field(default_factory=dict)
    prompts: "array[int]" = field(default_factory=lambda: array("Q"))
    outputs: "array[int]" = field(default_factory=lambda: array("Q"))
    replies: "array[int]" = field(default_factory=lambda: array("Q"))
    lengths: "array[int]" = field(default_factory=lambda: array("q"))
    games: bytearray = field(default_factory=bytearray)
    has: bytearray = field(default_factory=bytearray)
    rows: int = 0
    repeated: int = 0
    models: Counter[str] = field(default_factory=Counter)
    rivals: Counter[str] = field(default_factory=Counter)

    def put(
        self,
        i: int,
        row: Row,
        scores: dict[str, Given],
        output: str | None,
        reasons: dict[str, int],
        model: str,
    ) -> None:
        """One row about the item in place i; the last row of an item counts."""
        self._reach(i + 1)
        self.rows += 1
        self.repeated += self.has[i]
        self.has[i] = 1
        tally(self.models, model)
        for metric, given in scores.items():
            self.columns.setdefault(metric, GrowingColumn()).put(i, given, reasons)
        self.prompts[i] = text_number(row.prompt)
        self.outputs[i] = NO_TEXT if output is None else text_number(output or " ")
        self.replies[i] = text_number(row.reply)
        self.lengths[i] = _UNKNOWN_LENGTH if output is None else len(output)
        self.games[i] = outcome_of_games(row.games)

    def _reach(self, n: int) -> None:
        short = n - len(self.has)
        if short > 0:
            for texts in (self.prompts, self.outputs, self.replies):
                texts.frombytes(bytes(8 * short))
            self.lengths.extend([_UNKNOWN_LENGTH] * short)
            self.games.extend(bytes(short))
            self.has.extend(bytes(short))

    def finish(self, n: int) -> None:
        """Fills up to the number of items that all arms have together."""
        self._reach(n)

    def present(self) -> BoolArray:
        """Whether there is a row about an item, shape (n,)."""
        return np.frombuffer(bytes(self.has), dtype=np.int8).astype(np.bool_)


def _number(reason: str, reasons: dict[str, int]) -> int:
    """Number 0 is "no number", as it stands where a row has no such metric at all."""
    reasons.setdefault("no such number in the row", 0)
    if reason not in reasons and len(reasons) >= _MOST_NAMES:
        reason = _OTHERS
    return reasons.setdefault(reason, len(reasons))


def tally(names: Counter[str], name: str) -> None:
    """Counts a name that a file gives; of very many names only the first are told apart."""
    if name:
        names[name if name in names or len(names) < _MOST_NAMES else _OTHERS] += 1


def text_number(text: str) -> int:
    """64 bits of a text's digest, never 0 but for the empty text: equal texts, equal numbers."""
    if not text:
        return NO_TEXT
    raw = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big") or 1


def outcome_of_games(games: tuple[Game, ...]) -> int:
    """What became of the games of a pair."""
    scores = [game.score for game in games if game.score is not None]
    if len(scores) < 2:
        return ONE_GAME if scores else NO_GAME
    if all(score == scores[0] for score in scores):
        return AGREED
    return FLIPPED_TO_FIRST if all(_went_to_first(game) for game in games) else FLIPPED


def _went_to_first(game: Game) -> bool:
    if game.was_first is None or game.score is None or game.score == 0.5:
        return False
    return (game.score > 0.5) == game.was_first


@dataclass(slots=True)
class Coded:
    """One name an item, as numbers beside a list of names."""

    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    codes: "array[int]" = field(default_factory=lambda: array("L"))

    def put(self, i: int, name: str) -> None:
        """The name of the item in place i."""
        short = i + 1 - len(self.codes)
        if short > 0:
            self.codes.extend([0] * short)
        self.codes[i] = self.numbers.setdefault(name, len(self.numbers))

    def names(self, n: int) -> Iterator[str]:
        """The name of each of n items, empty where it has none."""
        known = list(self.numbers)
        for i in range(n):
            yield known[self.codes[i]] if i < len(self.codes) else ""
