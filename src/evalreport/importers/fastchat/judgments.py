"""FastChat llm_judge (MT-Bench): ratings of single answers, verdicts on pairs, answers, votes.

The tool appends to its files, so a second run leaves rows about a question twice, and its own means
count both. Rows are given as they stand; whoever reads them keeps the last and counts the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.importers.base import Facts, Game, Given, Gives, NoScore, Reading, Row
from evalreport.importers.fastchat.rows import (
    TOOL,
    JudgedFile,
    groups_of,
    item_of,
    judge_of,
    question_of,
    surveyed,
)
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import json_lines, list_of, number_of, object_of, text_of
from evalreport.importers.verdicts import (
    NET_WIN,
    UNREACHED,
    name_of,
    net_score,
    reply_digest,
    share,
)
from evalreport.metrics.base import Column, Scale
from evalreport.records import Judging
from evalreport.values import Json

RATING: Final = "rating"
_UNREAD_RATING: Final = NoScore("no rating could be read from the judge's reply", is_unparsed=True)
_OUTSIDE: Final = NoScore("the rating lies outside 1 to 10", is_unparsed=True)
_LEAST, _MOST = 1, 10
_FAILED: Final = -1
_NOT_REACHED: Final = "$ERROR$"  # what the tool writes as reply after its last attempt
_OF_FIRST: Final = {"model_1": 1.0, "tie": 0.5, "model_2": 0.0}


@dataclass(frozen=True, slots=True)
class MtBenchSingle:
    """`JUDGE_single.jsonl`: a judge's rating of one answer, from 1 to 10."""

    name: str = "FastChat single ratings"
    gives: Gives = "scores"

    def recognises(self, seen: Glimpse) -> bool:
        """By the judgment of one model's answer in a turn."""
        return seen.shape in {"lines", "object"} and seen.has(
            "question_id", "model", "judge", "judgment", "score", "turn"
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read once for what all rows tell together and once for the rows."""
        whole = surveyed(path, self.name, _single_fault)
        left = Left()
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=_singles(path, whole, left),
            column=_points,
            left=left,
            made_at=whole.made_at,
            judge_named=_judge_named(path, "_single"),
            facts={"": Facts(scorer=whole.scorer)},
            expected=whole.expected,
            judging=Judging(per_call=1),
        )


@dataclass(frozen=True, slots=True)
class MtBenchPair:
    """`JUDGE_pair.jsonl`: a judge's verdicts on two answers, in both orders."""

    name: str = "FastChat pairs"
    gives: Gives = "verdicts"

    def recognises(self, seen: Glimpse) -> bool:
        """By the winners of two games."""
        return seen.shape in {"lines", "object"} and seen.has(
            "question_id", "model_1", "model_2", "g1_winner", "g2_winner"
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read twice as ratings are."""
        whole = surveyed(path, self.name, _pair_fault)
        left = Left()
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=_pairs(path, whole, left),
            column=share,
            left=left,
            made_at=whole.made_at,
            judge_named=_judge_named(path, "_pair"),
            facts={"": Facts(scorer=whole.scorer)},
            expected=whole.expected,
            judging=Judging(orders="both", per_call=1),
        )


@dataclass(frozen=True, slots=True)
class FastChatAnswers:
    """`model_answer/MODEL.jsonl`: what a model answered in each turn, to be scored."""

    name: str = "FastChat answers"
    gives: Gives = "outputs"

    def recognises(self, seen: Glimpse) -> bool:
        """By the choices of a model's answer."""
        choices = list_of(seen.first.get("choices"))
        return (
            seen.shape in {"lines", "object"}
            and seen.has("question_id", "answer_id", "model_id")
            and bool(choices)
            and "turns" in object_of(choices[0])
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read twice as ratings are."""
        whole = surveyed(path, self.name, _answer_fault)
        left = Left()
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=_answers(path, left),
            column=share,
            left=left,
            made_at=whole.made_at,
            named=path.name.split(".jsonl")[0] if path.parent.name == "model_answer" else "",
        )


def _judge_named(path: Path, ending: str) -> str:
    stem = path.name.split(".jsonl")[0]
    return stem.removesuffix(ending) if stem.endswith(ending) else ""


def _points(metric: str) -> Column:
    return Column(metric, "points", higher_is_better=True, scale=Scale.MEAN, low=_LEAST, high=_MOST)


def _singles(path: Path, whole: JudgedFile, left: Left) -> Iterator[Row]:
    for number, raw in json_lines(path, left):
        if fault := _single_fault(raw):
            left.add(fault, f"{path}:{number}")
            continue
        yield Row(
            line=number,
            item=item_of(raw),
            scores={RATING: _rating(raw)},
            model=name_of(raw.get("model")),
            cluster=question_of(raw),
            groups=groups_of(raw, whole),
            judge=judge_of(raw),
            reply=reply_digest(raw.get("judgment")),
        )


def _single_fault(raw: dict[str, Json]) -> str:
    if "score" not in raw:
        return "the row has no score"
    return _unplaced(raw) or (
        "" if name_of(raw.get("model")) else "the row does not name its model"
    )


def _unplaced(raw: dict[str, Json]) -> str:
    """Why a row belongs to no item; empty where it does."""
    if not question_of(raw):
        return "the row does not name its question"
    return "" if item_of(raw) else "the row does not tell its turn"


def _rating(raw: dict[str, Json]) -> Given:
    given = raw.get("score")
    number = None if isinstance(given, bool) else number_of(given)
    if number is None or number == _FAILED:
        return UNREACHED if raw.get("judgment") == _NOT_REACHED else _UNREAD_RATING
    return number if _LEAST <= number <= _MOST else _OUTSIDE


def _pairs(path: Path, whole: JudgedFile, left: Left) -> Iterator[Row]:
    for number, raw in json_lines(path, left):
        if fault := _pair_fault(raw):
            left.add(fault, f"{path}:{number}")
            continue
        games = (
            Game(_OF_FIRST.get(text_of(raw.get("g1_winner"))), was_first=True),
            Game(_OF_FIRST.get(text_of(raw.get("g2_winner"))), was_first=False),
        )
        replies = raw.get("g1_judgment"), raw.get("g2_judgment")
        yield Row(
            line=number,
            item=item_of(raw),
            scores={NET_WIN: net_score(games, was_reached=_NOT_REACHED not in replies)},
            model=name_of(raw.get("model_1")),
            against=name_of(raw.get("model_2")),
            cluster=question_of(raw),
            groups=groups_of(raw, whole),
            games=games,
            judge=judge_of(raw),
            reply=reply_digest(*replies),
        )


def _pair_fault(raw: dict[str, Json]) -> str:
    if "g1_winner" not in raw or "g2_winner" not in raw:
        return "the row has not the verdicts of two games"
    models = name_of(raw.get("model_1")), name_of(raw.get("model_2"))
    return _unplaced(raw) or ("" if all(models) else "the row does not name its models")


def _answers(path: Path, left: Left) -> Iterator[Row]:
    for number, raw in json_lines(path, left):
        if fault := _answer_fault(raw):
            left.add(fault, f"{path}:{number}")
            continue
        choices = [object_of(choice) for choice in list_of(raw.get("choices"))]
        for _ in choices[1:]:
            left.add(
                "a further answer to the same question: the tool judges the first",
                f"{path}:{number}",
            )
        for turn, given in enumerate(list_of(choices[0].get("turns")), 1):
            text = given if isinstance(given, str) else object_of(given).get("content")
            if not isinstance(text, str):
                left.add("the answer of a turn is no text", f"{path}:{number}")
                continue
            yield Row(
                line=number,
                item=item_of({"question_id": raw.get("question_id"), "turn": turn}),
                scores={},
                model=name_of(raw.get("model_id")),
                output=text,
                cluster=question_of(raw),
                groups=(("turn", str(turn)),),
            )


def _answer_fault(raw: dict[str, Json]) -> str:
    if not question_of(raw):
        return "the row does not name its question"
    choices = list_of(raw.get("choices"))
    has_turns = bool(choices) and bool(list_of(object_of(choices[0]).get("turns")))
    if not has_turns:
        return "the row holds no answer"
    return "" if name_of(raw.get("model_id")) else "the row does not name its model"


MT_BENCH_SINGLE: Final = MtBenchSingle()
MT_BENCH_PAIR: Final = MtBenchPair()
FASTCHAT_ANSWERS: Final = FastChatAnswers()
