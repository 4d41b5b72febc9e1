"""alpaca_eval: which of two outputs a judge prefers, outputs to be scored, and leaderboards."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.importers.alpaca_eval.board import figures_of
from evalreport.importers.alpaca_eval.order import was_shown_first
from evalreport.importers.alpaca_eval.rows import (
    TOOL,
    ItemNames,
    Survey,
    groups_of,
    newer_or_older,
    no_rows,
    objects,
    prompt_of,
)
from evalreport.importers.base import Facts, Game, Gives, Reading, Row
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import number_of
from evalreport.importers.verdicts import UNREAD, WIN_RATE, name_of, reply_digest, share
from evalreport.records import Judging
from evalreport.values import Json

_DRAWS: Final = (0, 1.5)
_OWN_JUDGES: Final = ("alpaca_eval", "weighted_alpaca_eval")  # these compare one pair a call


@dataclass(frozen=True, slots=True)
class AlpacaEvalAnnotations:
    """`annotations.json`: the preference of a judge between a baseline's output and a model's."""

    name: str = "alpaca_eval annotations"
    gives: Gives = "verdicts"

    def recognises(self, seen: Glimpse) -> bool:
        """By the two outputs, whose they are, and the preference."""
        return seen.shape == "array" and seen.has(
            "instruction", "output_1", "output_2", "generator_2", "preference"
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read once for what all rows tell together and once for the rows."""
        survey = _surveyed(path, self.name, _fault)
        left = Left()
        named, judge_named = _folders(path)
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=_rows(path, left, self.name),
            column=share,
            left=left,
            version=next(iter(survey.versions)) if len(survey.versions) == 1 else "",
            made_at=survey.made_at,
            named=named,
            judge_named=judge_named,
            facts={"": Facts(scorer=TOOL)},
            expected=survey.expected,
            judging=Judging(
                orders="random",
                per_call=1 if all(one.startswith(_OWN_JUDGES) for one in survey.judges) else None,
            ),
            notes=_price(survey),
            numbered="row",
        )


@dataclass(frozen=True, slots=True)
class AlpacaEvalOutputs:
    """`model_outputs.json`: what a model answered, to be scored."""

    name: str = "alpaca_eval outputs"
    gives: Gives = "outputs"

    def recognises(self, seen: Glimpse) -> bool:
        """By an output and whose it is."""
        return seen.shape == "array" and seen.has("instruction", "output", "generator")

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The file, read twice as annotations are."""
        survey = _surveyed(path, self.name, _output_fault)
        left = Left()
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=_outputs(path, left, self.name),
            column=share,
            left=left,
            expected=survey.expected,
            numbered="row",
        )


@dataclass(frozen=True, slots=True)
class AlpacaEvalLeaderboard:
    """`leaderboard.csv`: win rates of models without their items."""

    name: str = "alpaca_eval leaderboard"
    gives: Gives = "figures"

    def recognises(self, seen: Glimpse) -> bool:
        """By its first column, which has no name, and those that every version writes."""
        return (
            seen.shape == "table"
            and seen.header[:1] == ("",)
            and {"win_rate", "standard_error", "n_wins", "n_total"} <= set(seen.header)
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The whole file: a line a model."""
        left = Left()
        return Reading(
            tool=TOOL,
            gives=self.gives,
            rows=(),
            column=share,
            left=left,
            facts={"": Facts(scorer=TOOL)},
            figures=figures_of(path, left),
        )


def _surveyed(path: Path, name: str, fault_of: Callable[[dict[str, Json]], str]) -> Survey:
    survey = Survey()
    for _, raw in objects(path, Left(), name):
        if not fault_of(raw):
            survey.see(raw)
    if not survey.rows:
        raise no_rows(path, name)
    return survey


def _fault(raw: dict[str, Json]) -> str:
    """Why a row cannot be taken up; empty where it can."""
    if "preference" not in raw:
        return "the row has no preference"
    if not isinstance(raw.get("instruction"), str):
        return "the instruction is no text"
    return "" if name_of(raw.get("generator_2")) else "the row does not name its model"


def _output_fault(raw: dict[str, Json]) -> str:
    if not isinstance(raw.get("instruction"), str):
        return "the instruction is no text"
    return "" if isinstance(raw.get("output"), str) else "the output is no text"


def _folders(path: Path) -> tuple[str, str]:
    """Model and judge of `results/MODEL/JUDGE/annotations.json`, as the tool lays it out."""
    judge, model = path.parent, path.parent.parent
    is_laid_out = model.parent.name == "results" and path.name.startswith("annotations.json")
    return (model.name, judge.name) if is_laid_out else ("", "")


def _price(survey: Survey) -> tuple[str, ...]:
    if not survey.priced:
        return ()
    return (f"{TOOL} reckons {survey.paid:.2f} USD for {survey.priced} verdicts",)


def _rows(path: Path, left: Left, name: str) -> Iterator[Row]:
    items = ItemNames()
    for number, raw in objects(path, left, name):
        if fault := _fault(raw):
            left.add(fault, f"{path} row {number}")
            continue
        model, against = name_of(raw.get("generator_2")), name_of(raw.get("generator_1"))
        judge, prompt = name_of(raw.get("annotator")), prompt_of(raw)
        score, reply = _score(raw.get("preference")), newer_or_older(raw, "raw_completion")
        yield Row(
            line=number,
            item=items.of(raw, prompt, model, against, judge),
            scores={WIN_RATE: UNREAD if score is None else score},
            model=model,
            against=against,
            prompt=prompt,
            output=_text(raw.get("output_2")),
            other_output=_text(raw.get("output_1")),
            groups=groups_of(raw),
            games=() if score is None else (_game(raw, reply, score),),
            judge=judge,
            reply=reply_digest(reply),
        )


def _outputs(path: Path, left: Left, name: str) -> Iterator[Row]:
    items = ItemNames()
    for number, raw in objects(path, left, name):
        if fault := _output_fault(raw):
            left.add(fault, f"{path} row {number}")
            continue
        model, prompt = name_of(raw.get("generator")), prompt_of(raw)
        yield Row(
            line=number,
            item=items.of(raw, prompt, model),
            scores={},
            model=model,
            prompt=prompt,
            output=_text(raw.get("output")),
            groups=groups_of(raw),
        )


def _score(preference: Json) -> float | None:
    """0 to 1, the more the better for the model; the tool counts 0 as the draw 1.5."""
    number = None if isinstance(preference, bool) else number_of(preference)
    if number is None:
        return None
    if number in _DRAWS:
        return 0.5
    return number - 1 if 1 <= number <= 2 else None


def _game(raw: dict[str, Json], reply: Json, score: float) -> Game:
    verdict = 0.5 if score == 0.5 else float(score > 0.5)
    return Game(verdict, was_shown_first(raw.get("referenced_models"), reply, 1 + score))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


ALPACA_EVAL_ANNOTATIONS: Final = AlpacaEvalAnnotations()
ALPACA_EVAL_OUTPUTS: Final = AlpacaEvalOutputs()
ALPACA_EVAL_LEADERBOARD: Final = AlpacaEvalLeaderboard()
