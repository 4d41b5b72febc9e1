"""arena-hard-auto: a judge's labels on pairs in both orders, and the battles made of them.

The tool counts a clear verdict (`>>`) three times and averages over all that comes of it. That
number stands beside the net win as a ratio (points, weights) of each question: the ratio of their
sums is the tool's. Its categories have baselines of their own, so each is a part.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.arena_hard.rows import (
    Pair,
    WholeFile,
    is_battle,
    pair_of_battles,
    pair_of_labels,
    question_of,
    replies_of,
)
from evalreport.importers.base import Facts, Given, Gives, Reading, Row
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import NumberedObject, json_lines, list_of, object_of, text_of
from evalreport.importers.verdicts import NET_WIN, name_of, reply_digest, share
from evalreport.metrics.base import Column, Scale
from evalreport.records import Judging
from evalreport.values import Json

WEIGHTED: Final = "win_rate_weighted"

_TOOL: Final = "arena-hard-auto"
_FACTS: Final = {"": Facts(scorer=_TOOL)}
_JUDGING: Final = Judging(orders="both", per_call=1)
_OLD_BASELINE: Final = (
    "the file does not name the baseline; arena-hard v0.1 takes gpt-4-0314 unless told otherwise"
)


@dataclass(frozen=True, slots=True)
class ArenaHardJudgments:
    """`model_judgment/JUDGE/MODEL.jsonl` of version 0.1 or 2: two labels a question."""

    name: str = "arena-hard judgments"
    gives: Gives = "verdicts"

    def recognises(self, seen: Glimpse) -> bool:
        """By a model, a judge and games; a game that failed is null."""
        return (
            seen.shape in {"lines", "object"}
            and seen.has("model", "judge", "games")
            and (seen.has("uid") or seen.has("question_id"))
            and bool(list_of(seen.first["games"]))
            and all(
                one is None or "score" in object_of(one) for one in list_of(seen.first["games"])
            )
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read once for what all rows tell together and once for the rows."""
        whole = _surveyed(path, self.name, _fault)
        left = Left()
        is_laid_out = path.parent.parent.name == "model_judgment"
        return Reading(
            tool=_TOOL,
            gives=self.gives,
            rows=_rows(path, left),
            column=_column,
            left=left,
            named=path.name.split(".jsonl")[0] if is_laid_out else "",
            judge_named=path.parent.name if is_laid_out else "",
            facts=_FACTS,
            expected=whole.expected,
            judging=_JUDGING,
            notes=(_OLD_BASELINE,) if "" in whole.are_own else (),
        )


@dataclass(frozen=True, slots=True)
class ArenaHardBattles:
    """`arena_hard_battles.jsonl`: winners, those of clear verdicts three times in a row."""

    name: str = "arena-hard battles"
    gives: Gives = "verdicts"

    def recognises(self, seen: Glimpse) -> bool:
        """By a winner of two models and nothing of a vote, a judge or a conversation."""
        return (
            seen.shape in {"lines", "object"}
            and seen.has("question_id", "model_a", "model_b", "winner")
            and seen.first.keys()
            <= {"question_id", "model_a", "model_b", "winner", "conv_metadata"}
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read twice as judgments are."""
        whole = _surveyed(path, self.name, _battle_fault)
        left = Left()
        return Reading(
            tool=_TOOL,
            gives=self.gives,
            rows=_battles(path, left),
            column=_column,
            left=left,
            facts=_FACTS,
            expected=whole.expected,
            judging=_JUDGING,
        )


def _column(metric: str) -> Column:
    if metric != WEIGHTED:
        return share(metric)
    return Column(
        metric,
        "fraction",
        higher_is_better=True,
        scale=Scale.RATIO,
        low=0,
        high=1,
        undefined="no verdict could be read",
    )


def _surveyed(path: Path, wanted: str, fault_of: Callable[[dict[str, Json]], str]) -> WholeFile:
    whole = WholeFile()
    for _, raw in json_lines(path, Left()):
        if not fault_of(raw):
            whole.see(name_of(raw.get("category")), question_of(raw))
    if not whole.rows:
        hint = "name a file of model_judgment, or the battles, that arena-hard-auto wrote"
        raise DataError(Problem(str(path), f"the file holds no row of {wanted}", hint))
    return whole


def _rows(path: Path, left: Left) -> Iterator[Row]:
    for number, raw in json_lines(path, left):
        if fault := _fault(raw):
            left.add(fault, f"{path}:{number}")
            continue
        pair = pair_of_labels(list_of(raw.get("games")), is_old="uid" not in raw)
        yield Row(
            line=number,
            item=question_of(raw),
            part=name_of(raw.get("category")),
            scores=_scores(pair),
            model=name_of(raw.get("model")),
            against=name_of(raw.get("baseline")),
            games=pair.games,
            judge=name_of(raw.get("judge")),
            reply=reply_digest(*replies_of(raw)),
        )


def _scores(pair: Pair) -> dict[str, Given]:
    return {NET_WIN: pair.net, WEIGHTED: pair.weighted}


def _fault(raw: dict[str, Json]) -> str:
    """Why a row cannot be taken up; empty where it can."""
    if not question_of(raw):
        return "the row does not name its question"
    if not name_of(raw.get("model")):
        return "the row does not name its model"
    return "" if len(list_of(raw.get("games"))) == 2 else "the row has not two games"


def _battles(path: Path, left: Left) -> Iterator[Row]:
    for (question, baseline, model), rows in groupby(_taken(path, left), key=_of_one_question):
        first, winners = 0, []
        for number, raw in rows:
            first = first or number
            winners.append(text_of(raw.get("winner")))
        pair = pair_of_battles(winners)
        yield Row(
            line=first,
            item=question,
            scores=_scores(pair),
            model=model,
            against=baseline,
            games=pair.games,
        )


def _taken(path: Path, left: Left) -> Iterator[NumberedObject]:
    for number, raw in json_lines(path, left):
        if fault := _battle_fault(raw):
            left.add(fault, f"{path}:{number}")
        else:
            yield number, raw


def _of_one_question(row: NumberedObject) -> tuple[str, str, str]:
    _, raw = row
    return question_of(raw), name_of(raw.get("model_a")), name_of(raw.get("model_b"))


def _battle_fault(raw: dict[str, Json]) -> str:
    if not question_of(raw):
        return "the row does not name its question"
    if not name_of(raw.get("model_a")) or not name_of(raw.get("model_b")):
        return "the row does not name its models"
    return "" if is_battle(raw) else "the row does not tell who won"


ARENA_HARD_JUDGMENTS: Final = ArenaHardJudgments()
ARENA_HARD_BATTLES: Final = ArenaHardBattles()
