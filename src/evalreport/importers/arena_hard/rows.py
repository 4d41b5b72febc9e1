"""Rows of arena-hard-auto: two games behind each question, from labels or from battles."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from evalreport.importers.base import Game, Given, NoScore
from evalreport.importers.reading import list_of, object_of, text_of
from evalreport.importers.verdicts import UNREACHED, UNREAD, name_of, net_score
from evalreport.metrics.base import Score
from evalreport.values import Json

WEIGHT: Final = 3  # of a clear verdict, as the tool counts it
NO_GAMES: Final = NoScore("the rows of a question do not come from two games")

# By label, what A has and how often it counts; version 0.1 writes and reads these five alone.
_PLAIN: Final = {
    "A>>B": (1.0, WEIGHT),
    "A>B": (1.0, 1),
    "A=B": (0.5, 1),
    "B>A": (0.0, 1),
    "B>>A": (0.0, WEIGHT),
}
_TURNED: Final = {
    "B<<A": (1.0, WEIGHT),
    "B<A": (1.0, 1),
    "B=A": (0.5, 1),
    "A<B": (0.0, 1),
    "A<<B": (0.0, WEIGHT),
}
_LABELS: Final = {**_PLAIN, **_TURNED}

_OF_MODEL: Final = {"model_b": 1.0, "tie": 0.5, "model_a": 0.0}  # model_a is the baseline

# Questions by part, and how their ids look in the tool's own sets.
_QUESTIONS: Final = {
    "": (500, re.compile("[0-9a-f]{32}")),
    "arena-hard-v0.1": (500, re.compile("[0-9a-f]{32}")),
    "hard_prompt": (500, re.compile("[0-9a-f]{16}")),
    "creative_writing": (250, re.compile("[0-9a-f]{16}")),
}


def question_of(raw: dict[str, Json]) -> str:
    """The question's id: `uid`, and `question_id` before version 2."""
    return name_of(raw.get("uid")) or name_of(raw.get("question_id"))


@dataclass(slots=True)
class WholeFile:
    """What all rows of a file tell together.

    Attributes:
        rows: How many can be taken up.
        are_own: By part, whether all ids look like those of the tool's own questions.
    """

    rows: int = 0
    are_own: dict[str, bool] = field(default_factory=dict)

    def see(self, part: str, question: str) -> None:
        """One more row that can be taken up."""
        self.rows += 1
        known = _QUESTIONS.get(part)
        is_own = known is not None and known[1].fullmatch(question) is not None
        self.are_own[part] = self.are_own.get(part, True) and is_own

    @property
    def expected(self) -> dict[str, int]:
        """How many questions each part should have, where they are the tool's own."""
        return {part: _QUESTIONS[part][0] for part, is_own in self.are_own.items() if is_own}


@dataclass(frozen=True, slots=True)
class Pair:
    """What is read of one question: its games, the model's points in each, and what came of them.

    Attributes:
        games: The one in which the baseline stood first, then the other.
        net: A win needs both games, and so does a loss.
        weighted: Points and weights, as the tool averages them.
    """

    games: tuple[Game, ...]
    net: Given
    weighted: Given


def pair_of_labels(games: Sequence[Json], *, is_old: bool) -> Pair:
    """The pair behind two labels; A is the baseline in the first game and the model in the second.

    Args:
        games: As the row has them; one that failed is null.
        is_old: Whether they are of version 0.1, which keeps one game where the other has no label.
    """
    labels = _PLAIN if is_old else _LABELS
    found = [labels.get(text_of(object_of(game).get("score"))) for game in games]
    first = None if found[0] is None else 1 - found[0][0]
    second = None if found[1] is None else found[1][0]
    both = Game(first, was_first=False), Game(second, was_first=True)
    was_reached = all(isinstance(game, dict) for game in games)
    net = net_score(both, was_reached=was_reached)
    known = [
        (game.score, one[1])
        for game, one in zip(both, found, strict=True)
        if game.score is not None and one is not None
    ]
    if not known or (len(known) < len(both) and not is_old):
        return Pair(both, net, UNREAD if was_reached else UNREACHED)
    return Pair(both, net, _ratio(known))


def _ratio(known: Sequence[tuple[float, int]]) -> Score:
    return float(sum(score * weight for score, weight in known)), float(sum(w for _, w in known))


def pair_of_battles(winners: Sequence[str]) -> Pair:
    """The pair behind the rows of one question: a clear verdict stands there three times.

    Rows of the first game come first. One or three rows are one game, the other had no label;
    which of the two it was cannot be told.
    """
    scores = [_OF_MODEL[winner] for winner in winners]
    weighted = sum(scores), float(len(scores))
    runs = _games(scores)
    if runs is None:
        return Pair((), NO_GAMES, weighted)
    if len(runs) == 1:
        return Pair((Game(runs[0], was_first=None),), UNREAD, weighted)
    both = Game(runs[0], was_first=False), Game(runs[1], was_first=True)
    return Pair(both, net_score(both), weighted)


def _games(scores: Sequence[float]) -> list[float] | None:
    """The score of each game; None where the rows do not come from games."""
    for sizes in ((1, 1), (WEIGHT, WEIGHT), (WEIGHT, 1), (1, WEIGHT), (1,), (WEIGHT,)):
        if sum(sizes) == len(scores):
            parts = [scores[: sizes[0]], scores[sizes[0] :]][: len(sizes)]
            if all(_is_one_game(part) for part in parts):
                return [part[0] for part in parts]
    return None


def _is_one_game(scores: Sequence[float]) -> bool:
    return len(scores) == 1 or (len(set(scores)) == 1 and scores[0] in {0.0, 1.0})


def is_battle(raw: dict[str, Json]) -> bool:
    """Whether a row tells a winner that is known."""
    return text_of(raw.get("winner")) in _OF_MODEL


def replies_of(raw: dict[str, Json]) -> list[Json]:
    """What the judge replied in each game."""
    return [object_of(game).get("judgment") for game in list_of(raw.get("games"))]
