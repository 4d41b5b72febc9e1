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
from evalreport.metrics.base import FloatArray, Score

BoolArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
IntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
TextArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]

NO_TEXT: Final = 0
NOT_THERE: Final = "no such number in the row"
_UNKNOWN_LENGTH: Final = -1
_MOST_NAMES: Final = 1000
_OTHERS: Final = "(others)"

# What became of the games of a pair: none told, one, two that agree, two that do not, and of the
# last those in which both went to whatever stood first.
NO_GAME, ONE_GAME, AGREED, FLIPPED, FLIPPED_TO_FIRST = range(5)


@dataclass(slots=True)
class Names:
    """Names that files give, as numbers: 0 is the first, and of very many the rest are one."""

    numbers: dict[str, int]

    def number(self, name: str) -> int:
        """The number of a name, which may be new."""
        if name not in self.numbers and len(self.numbers) >= _MOST_NAMES:
            name = _OTHERS
        return self.numbers.setdefault(name, len(self.numbers))

    def name(self, number: int) -> str:
        """The name of a number."""
        return list(self.numbers)[number]


@dataclass(frozen=True, slots=True)
class HeldColumn:
    """One metric of one arm, by item.

    Attributes:
        values: Shape (n,) or, of a ratio, (n, 2); 0 where there is none.
        states: Shape (n,).
        whys: Shape (n,), numbers of reasons; 0 where a row has no such metric at all.
        is_ratio: Whether a score is a numerator and a denominator.
        is_whole: Whether it is none, and all scores are 0 or 1.
    """

    values: FloatArray
    states: States
    whys: IntArray
    is_ratio: bool
    is_whole: bool


@dataclass(slots=True)
class GrowingColumn:
    """One metric of one arm: a number (or a ratio's two) and a state for each item.

    A ratio's denominator is never 0, so 0 stands there for a number by itself.
    """

    tops: "array[float]" = field(default_factory=lambda: array("d"))
    bottoms: "array[float]" = field(default_factory=lambda: array("d"))
    states: bytearray = field(default_factory=bytearray)
    whys: "array[int]" = field(default_factory=lambda: array("H"))

    def put(self, i: int, given: Given, reasons: Names) -> None:
        """The score of one item; one that it had before gives way.

        Args:
            i: Its place.
            given: Its score, or why there is none.
            reasons: Which may grow.
        """
        self._reach(i + 1)
        if isinstance(given, NoScore):
            self.states[i] = UNPARSED if given.is_unparsed else ABSENT
            self.whys[i] = reasons.number(given.reason)
            self.tops[i] = self.bottoms[i] = 0.0
            return
        self.states[i] = SCORED
        self.tops[i], self.bottoms[i] = _both(given)

    def differs(self, i: int, given: Given) -> bool:
        """Whether the item in place i has a score, and another is given."""
        if i >= len(self.states) or self.states[i] != SCORED or isinstance(given, NoScore):
            return False
        return (self.tops[i], self.bottoms[i]) != _both(given)

    def _reach(self, n: int) -> None:
        short = n - len(self.states)
        if short > 0:
            self.tops.frombytes(bytes(8 * short))
            self.bottoms.frombytes(bytes(8 * short))
            self.whys.frombytes(bytes(2 * short))
            self.states.extend([ABSENT] * short)

    def held(self, n: int, places: IntArray) -> HeldColumn:
        """What it holds at some places of n items; what it is, the scores there tell alone."""
        self._reach(n)
        tops: FloatArray = np.frombuffer(self.tops, dtype=np.float64)[places]
        bottoms: FloatArray = np.frombuffer(self.bottoms, dtype=np.float64)[places]
        states = np.frombuffer(bytes(self.states), dtype=np.int8)[places]
        scored = states == SCORED
        is_ratio = bool(bottoms[scored].any())
        return HeldColumn(
            values=np.stack([tops, bottoms], axis=1) if is_ratio else tops,
            states=states,
            whys=np.frombuffer(self.whys, dtype=np.uint16)[places].astype(np.int64),
            is_ratio=is_ratio,
            is_whole=not is_ratio and bool(np.isin(tops[scored], (0.0, 1.0)).all()),
        )


def _both(score: Score) -> tuple[float, float]:
    """Numerator and denominator; of a number by itself, it and 0."""
    top, bottom = score if isinstance(score, tuple) else (score, 0.0)
    return top, bottom


@dataclass(frozen=True, slots=True)
class HeldArm:
    """All that one arm's rows say, by item; arrays have shape (n,).

    Attributes:
        columns: By metric.
        present: Whether there is a row about it.
        prompts: Numbers of texts, NO_TEXT where it is not known.
        outputs: Likewise.
        replies: Likewise, what a judge replied.
        lengths: Of the outputs in characters; -1 where it is not known.
        games: What became of the games of a pair.
        rivals: Numbers of the models that it was held against; 0 of nobody.
        repeated: How many rows were about an item that an earlier row was about.
        torn: How many of them gave it another score.
        models: Names in the rows, with how many rows.
    """

    columns: Mapping[str, HeldColumn]
    present: BoolArray
    prompts: TextArray
    outputs: TextArray
    replies: TextArray
    lengths: IntArray
    games: IntArray
    rivals: IntArray
    repeated: int
    torn: int
    models: Mapping[str, int]


@dataclass(slots=True)
class GrowingArm:
    """All that one arm's rows say, by the place of their item."""

    columns: dict[str, GrowingColumn] = field(default_factory=dict)
    prompts: "array[int]" = field(default_factory=lambda: array("Q"))
    outputs: "array[int]" = field(default_factory=lambda: array("Q"))
    replies: "array[int]" = field(default_factory=lambda: array("Q"))
    lengths: "array[int]" = field(default_factory=lambda: array("q"))
    rivals: "array[int]" = field(default_factory=lambda: array("q"))
    games: bytearray = field(default_factory=bytearray)
    has: bytearray = field(default_factory=bytearray)
    rows: int = 0
    repeated: int = 0
    torn: int = 0
    models: Counter[str] = field(default_factory=Counter)

    def put(
        self,
        i: int,
        row: Row,
        scores: Mapping[str, Given],
        output: str | None,
        reasons: Names,
        model: str,
        rival: int,
    ) -> None:
        """One row about the item in place i; the last row of an item counts."""
        self._reach(i + 1)
        self.rows += 1
        if self.has[i]:
            self.repeated += 1
            self.torn += any(
                metric in self.columns and self.columns[metric].differs(i, given)
                for metric, given in scores.items()
            )
            for metric in self.columns.keys() - scores.keys():
                self.columns[metric].put(i, NoScore(NOT_THERE), reasons)
        self.has[i] = 1
        tally(self.models, model)
        for metric, given in scores.items():
            self.columns.setdefault(metric, GrowingColumn()).put(i, given, reasons)
        self.prompts[i] = text_number(row.prompt)
        self.outputs[i] = NO_TEXT if output is None else text_number(output or " ")
        self.replies[i] = text_number(row.reply)
        self.lengths[i] = _UNKNOWN_LENGTH if output is None else len(output)
        self.games[i] = outcome_of_games(row.games)
        self.rivals[i] = rival

    def _reach(self, n: int) -> None:
        short = n - len(self.has)
        if short > 0:
            for texts in (self.prompts, self.outputs, self.replies, self.rivals):
                texts.frombytes(bytes(8 * short))
            self.lengths.extend([_UNKNOWN_LENGTH] * short)
            self.games.extend(bytes(short))
            self.has.extend(bytes(short))

    def present(self, n: int) -> BoolArray:
        """Whether there is a row about each of n items, shape (n,)."""
        self._reach(n)
        return np.frombuffer(bytes(self.has), dtype=np.int8).astype(np.bool_)

    def held(self, n: int, places: IntArray) -> HeldArm:
        """What it holds at some places of n items."""
        present = self.present(n)
        return HeldArm(
            columns={name: one.held(n, places) for name, one in self.columns.items()},
            present=present[places],
            prompts=np.frombuffer(self.prompts, dtype=np.uint64)[places],
            outputs=np.frombuffer(self.outputs, dtype=np.uint64)[places],
            replies=np.frombuffer(self.replies, dtype=np.uint64)[places],
            lengths=np.frombuffer(self.lengths, dtype=np.int64)[places],
            games=np.frombuffer(bytes(self.games), dtype=np.int8)[places].astype(np.int64),
            rivals=np.frombuffer(self.rivals, dtype=np.int64)[places],
            repeated=self.repeated,
            torn=self.torn,
            models=dict(self.models),
        )


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
    """One name an item, as numbers beside a list of names.

    Attributes:
        torn: How many rows gave an item another name than an earlier row.
        torn_at: Where the first of them stands.
    """

    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    codes: "array[int]" = field(default_factory=lambda: array("L"))
    torn: int = 0
    torn_at: str = ""

    def put(self, i: int, name: str, at: str) -> None:
        """The name of the item in place i, as a row says; the first that it was given stays."""
        short = i + 1 - len(self.codes)
        if short > 0:
            self.codes.extend([0] * short)
        number = self.numbers.setdefault(name, len(self.numbers))
        if self.codes[i] and number:
            if self.codes[i] != number:
                self.torn += 1
                self.torn_at = self.torn_at or at
            return
        self.codes[i] = number or self.codes[i]

    def names(self, places: IntArray) -> Iterator[str]:
        """The name of the item in each of some places, empty where it has none."""
        known = list(self.numbers)
        for i in places:
            yield known[self.codes[i]] if i < len(self.codes) else ""
