"""Where a number about a model may stand on the hub: as a benchmark's result, in model-index, or
in the card's text alone.

The hub reads every value in `.eval_results` and in `model-index` as a result of the model whose
repository it is. So only the tuned model's own value enters; what was measured of the base, a
difference or an interval never does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from evalreport.hub_rules.front_matter import is_dataset_id

# Kinds of layers whose number is no property of one model on one test set.
_NOT_ALONE: Final = {
    "judge": "a judge's verdicts compare two models, or are that judge's opinion",
    "human": "people's verdicts compare two models, or are their opinion",
    "overfitting": "it compares items of training with others",
    "recorded": "others measured it",
    "imported": "another tool measured it",
}


class Where(StrEnum):
    """The three places."""

    EVAL_RESULTS = ".eval_results"
    MODEL_INDEX = "model-index"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Board:
    """A task of a benchmark: a dataset of the hub with a leaderboard."""

    dataset: str
    task_id: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What is known of a number when it is asked where it may stand.

    Attributes:
        layer: Of the evaluation.
        kind: Of that layer.
        metric: Its name.
        field: One field of the answer, where it is about that alone; else empty.
        dataset: Name of the test set in the spec.
        role: Of the test set: `test`, or what it is used for besides.
        hub_id: Of the test set, where it comes from the hub as it is.
        is_whole: Whether every row of it is asked.
        leaked: That rows of it met training, in words; empty where none is known to have.
        withheld: Why it stands in the text whatever its test set is; empty where nothing says so.
        board: The task that the spec names for it.
    """

    layer: str
    kind: str
    metric: str
    field: str
    dataset: str
    role: str
    hub_id: str | None
    is_whole: bool = True
    leaked: str = ""
    withheld: str = ""
    board: Board | None = None

    @property
    def name(self) -> str:
        """As a sentence names it."""
        return f"{self.metric} of {self.layer}" + (f", field {self.field}" if self.field else "")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a number stands, and why there and not higher up.

    `board` is there with `.eval_results`; the hub is asked at publish whether it is one.
    """

    figure: Figure
    where: Where
    because: str
    board: Board | None = None

    @property
    def words(self) -> str:
        """Where it goes and why, in one line."""
        match self.where:
            case Where.EVAL_RESULTS:
                return f".eval_results ({self.because})"
            case Where.MODEL_INDEX:
                return f"model-index ({self.because})"
            case Where.TEXT:
                return f"only in the text: {self.because}"


@dataclass(frozen=True, slots=True)
class HubAnswers:
    """What the hub said when it was asked; nothing while it was not.

    Attributes:
        boards: By task, why the hub holds it for no benchmark's.
        datasets: By id, why a reader cannot find it there.
    """

    boards: Mapping[Board, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)

    @property
    def says_no(self) -> bool:
        """Whether anything stands elsewhere than it was planned."""
        return bool(self.boards or self.datasets)


def place(figure: Figure, answers: HubAnswers | None = None) -> Placement:
    """The one rule by which plan, card and publish tell where a number goes.

    Args:
        figure: The number.
        answers: What the hub said, once it was asked.
    """
    why = _text_alone(figure)
    if not why and answers is not None:
        why = answers.datasets.get(figure.hub_id or "", "")
    if why:
        return Placement(figure, Where.TEXT, why)
    refused = answers.boards.get(figure.board, "") if answers and figure.board else ""
    if figure.board is None:
        return Placement(
            figure, Where.MODEL_INDEX, f"{figure.hub_id} is on the hub, and no benchmark is named"
        )
    if refused:
        return Placement(figure, Where.MODEL_INDEX, f"not in .eval_results: {refused}")
    if not figure.is_whole:
        return Placement(
            figure,
            Where.MODEL_INDEX,
            "not in .eval_results: a leaderboard compares whole test sets, and part of this one "
            "is asked",
        )
    if figure.leaked:
        return Placement(figure, Where.MODEL_INDEX, f"not in .eval_results: {figure.leaked}")
    board = figure.board
    return Placement(
        figure, Where.EVAL_RESULTS, f"{board.dataset}, task {board.task_id}", board=board
    )


def _text_alone(figure: Figure) -> str:
    """Why a number stands in the text alone; empty where it may be listed."""
    if figure.withheld:
        return figure.withheld
    if figure.kind in _NOT_ALONE:
        return _NOT_ALONE[figure.kind]
    if figure.field:
        return "it is about one field of the answer"
    if figure.role != "test":
        return f"{figure.dataset} is no test set but {figure.role or 'nothing declared'}"
    if figure.hub_id is None:
        return "its test set is a local file"
    if not is_dataset_id(figure.hub_id):
        return f"{figure.hub_id} cannot be the id of a dataset on the hub"
    return ""
