"""Votes on pairs of MT-Bench answers, by people and by GPT-4 (lmsys/mt_bench_human_judgments).

One pair has votes of several people, and each is kept: an item is one person's vote, and the votes
on a question hang together by it. The order of the two models varies from row to row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.importers.arrays import json_array
from evalreport.importers.base import Facts, Game, Gives, Reading, Row
from evalreport.importers.fastchat.rows import item_of, judge_of, question_of
from evalreport.importers.glimpse import Glimpse, glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import (
    CannotBegin,
    NumberedObject,
    count_of,
    json_lines,
    list_of,
    object_of,
    text_of,
)
from evalreport.importers.verdicts import NET_WIN, UNREAD, name_of, share
from evalreport.values import Json

PEOPLE: Final = "people"
_BY_PEOPLE: Final = ("expert", "author")  # what their names begin with, and a number
_OF_FIRST: Final = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "tie (inconsistent)": 0.5}


@dataclass(frozen=True, slots=True)
class MtBenchHuman:
    """Votes on two answers to a question of MT-Bench, with both conversations."""

    name: str = "MT-Bench votes"
    gives: Gives = "verdicts"

    def recognises(self, seen: Glimpse) -> bool:
        """By a vote on two conversations about a numbered question."""
        return (
            seen.shape in {"lines", "array"}
            and seen.has("model_a", "model_b", "winner", "judge", "conversation_a", "turn")
            and isinstance(seen.first.get("question_id"), int)
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, a vote a row."""
        if all(_fault(raw) for _, raw in _objects(path, Left())):
            hint = "name the rows of lmsys/mt_bench_human_judgments as JSON Lines or a JSON array"
            raise DataError(Problem(str(path), f"the file holds no row of {self.name}", hint))
        left = Left()
        numbered: Literal["line", "row"] = "row" if glimpse(path).shape == "array" else "line"
        return Reading(
            tool="MT-Bench",
            gives=self.gives,
            rows=_rows(path, left, " row " if numbered == "row" else ":"),
            column=share,
            left=left,
            facts={"": Facts(scorer="votes on pairs of MT-Bench answers")},
            numbered=numbered,
        )


def _objects(path: Path, left: Left) -> Iterator[NumberedObject]:
    """The rows of an array, or of one object a line."""
    try:
        yield from json_array(path, left)
    except CannotBegin:
        yield from json_lines(path, left)


def _rows(path: Path, left: Left, mark: str) -> Iterator[Row]:
    for number, raw in _objects(path, left):
        if fault := _fault(raw):
            left.add(fault, f"{path}{mark}{number}")
            continue
        judge, item = judge_of(raw), item_of(raw)
        is_of_people = judge.startswith(_BY_PEOPLE)
        score = _OF_FIRST.get(text_of(raw.get("winner")))
        turn = count_of(raw.get("turn")) or 1
        yield Row(
            line=number,
            item=f"{item} by {judge}" if is_of_people else item,
            scores={NET_WIN: UNREAD if score is None else score},
            model=name_of(raw.get("model_a")),
            against=name_of(raw.get("model_b")),
            prompt=_asked(raw.get("conversation_a"), turn),
            output=_answer(raw.get("conversation_a"), turn),
            other_output=_answer(raw.get("conversation_b"), turn),
            cluster=question_of(raw),
            groups=(("turn", str(turn)),),
            games=() if score is None else (Game(score, was_first=None),),
            judge=PEOPLE if is_of_people else judge,
        )


def _fault(raw: dict[str, Json]) -> str:
    if "winner" not in raw:
        return "the row has no winner"
    if not question_of(raw) or not item_of(raw):
        return "the row does not tell its question and turn"
    models = name_of(raw.get("model_a")), name_of(raw.get("model_b"))
    if not all(models):
        return "the row does not name its models"
    return "" if judge_of(raw) else "the row does not name its judge"


def _said(conversation: Json, role: str) -> list[str]:
    messages = map(object_of, list_of(conversation))
    return [text_of(one.get("content")) for one in messages if one.get("role") == role]


def _asked(conversation: Json, turn: int) -> str:
    """Digest of what the person of the conversation said up to a turn, the same for any model."""
    said = _said(conversation, "user")
    return digest_of(*said[:turn]) if len(said) >= turn else ""


def _answer(conversation: Json, turn: int) -> str | None:
    said = _said(conversation, "assistant")
    return said[turn - 1] if len(said) >= turn else None


MT_BENCH_HUMAN: Final = MtBenchHuman()
