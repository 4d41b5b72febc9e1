"""Which column of a plain table is what: as the spec says, else as its name and values tell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from evalreport.errors import DataError, Problem
from evalreport.importers.base import NoScore
from evalreport.importers.plain.cells import given
from evalreport.layers.known_metrics import KNOWN
from evalreport.metrics.base import Column, Scale
from evalreport.values import Json

Role: TypeAlias = Literal["id", "prompt", "output", "reference", "model", "cluster", "part"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
_ANSWER: Final = "answer"
_NAMES: Final[Mapping[Role, tuple[str, ...]]] = {
    "id": (
        *("id", "item", "item_id", "qid", "question_id"),
        *("doc_id", "idx", "example_id", "uid", "index"),
    ),
    "output": ("output", "response", "completion", "prediction", "generated_text", _ANSWER),
    "prompt": ("prompt", "input", "instruction", "question"),
    "reference": ("reference", "target", "gold", "ground_truth", "expected", "label"),
    "model": ("model", "model_name", "generator"),
    "cluster": ("cluster",),
    "part": ("part",),
}
_HIGHER: Final = frozenset({"score", "rating", "reward", "pass_rate"})
_METRIC: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SCORES: Final = ("score", "correct", "rating", "reward", "passed")
SEPARATED: Final = (
    "is it separated by ;? a .csv file has commas between its cells, a .tsv file tabs"
)
_MOST_METRICS: Final = 50
_SHOWN: Final = 20
_LOSS: Final = "loss"
_DOWNWARDS: Final = ("nll", "bits_per_byte", "perplexity", "absolute_error", "squared_error")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a table are.

    Attributes:
        roles: The column of each role that has one.
        metrics: The column of each metric.
        passed_over: Columns mostly of numbers that are no metric, since their names are none or
            they hold texts as well.
    """

    roles: Mapping[Role, str]
    metrics: Mapping[str, str]
    passed_over: tuple[str, ...] = ()

    @property
    def needed(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset([*self.roles.values(), *self.metrics.values()])

    @property
    def has_items(self) -> bool:
        """Whether something tells items apart."""
        return "id" in self.roles or "prompt" in self.roles

    @property
    def looks_scored(self) -> bool:
        """Whether it is about scores: numbers beside an answer may be lengths or seconds."""
        if "output" not in self.roles:
            return bool(self.metrics)
        return _has_scores(self.metrics)


def layout_of(rows: Sequence[Mapping[str, Json]], columns: Mapping[str, str]) -> Layout:
    """What the columns of a table are.

    In a table of scores a column `answer` is as likely the reference as what a model wrote, and the
    same in every arm if it is: it is an output there where the spec says so, or where the reference
    stands beside it.

    Args:
        rows: The first rows.
        columns: The columns that the spec names, by role or metric. Where it names a metric, its
            metrics are all there are.
    """
    names = [*dict.fromkeys(name for row in rows for name in row if name.strip())]
    free = [name for name in names if name not in columns.values()]
    roles: dict[Role, str] = {}
    for role in ROLES:
        name = columns.get(role) or _first(_NAMES[role], free)
        if name is not None:
            roles[role] = name
    told = {key: name for key, name in columns.items() if key not in ROLES}
    metrics, passed_over = (told, []) if told else _metrics(rows, free)
    is_guess = "output" not in columns and roles.get("output", "").casefold() == _ANSWER
    if is_guess and "reference" not in roles and (told or _has_scores(metrics)):
        del roles["output"]
    return Layout(roles, metrics, tuple(passed_over))


def _metrics(
    rows: Sequence[Mapping[str, Json]], names: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """The columns of metrics, and those mostly of numbers that are none."""
    spoken_for = {name.casefold() for names in _NAMES.values() for name in names}
    metrics: dict[str, str] = {}
    passed_over = []
    for name in (one for one in names if one.casefold() not in spoken_for):
        numbers, texts = _counted([row.get(name) for row in rows])
        is_all_numbers = bool(numbers) and not texts
        if _METRIC.fullmatch(name) and (is_all_numbers or (numbers and name in KNOWN)):
            metrics[name] = name
        elif numbers > texts:
            passed_over.append(name)
    return metrics, passed_over


def _has_scores(metrics: Iterable[str]) -> bool:
    """Whether some metric is called as scores are."""
    return any(
        name in KNOWN or any(word in name.casefold() for word in _SCORES) for name in metrics
    )


def _first(wanted: Sequence[str], names: Sequence[str]) -> str | None:
    """The column that has the first of the wanted names, written in small letters or not."""
    by_small = {name.casefold(): name for name in reversed(names)}
    exact = next((one for one in wanted if one in names), None)
    return exact or next((by_small[one] for one in wanted if one in by_small), None)


def _counted(cells: Sequence[Json]) -> tuple[int, int]:
    """How many cells hold a number, and how many something that is neither that nor empty."""
    read = [given(cell) for cell in cells]
    texts = sum(isinstance(one, NoScore) and one.is_unparsed for one in read)
    return sum(not isinstance(one, NoScore) for one in read), texts


def refuse_unusable(layout: Layout, names: Sequence[str], where: str, *, needs: str) -> None:
    """What a table lacks.

    Args:
        layout: Its columns.
        names: All of their names.
        where: The place of the table.
        needs: `scores` or `output`.

    Raises:
        DataError: A column that the spec names is not there, or one that is needed cannot be told;
            says which there are and how to name one.
    """
    has = f"the columns are {shown(names)}"
    for key, name in (*layout.roles.items(), *layout.metrics.items()):
        if name not in names:
            raise DataError(Problem(where, f"there is no column {name[:60]!r} for {key[:60]}", has))
    odd = next((key for key in layout.metrics if not _METRIC.fullmatch(key)), None)
    if odd is not None:
        what = f"{odd[:60]!r} cannot be the name of a metric"
        raise DataError(Problem(where, what, "letters, digits, `_`, `.` and `-` can"))
    if len(names) == 1 and ";" in names[0]:
        raise DataError(Problem(where, "the header is one cell with semicolons in it", SEPARATED))
    if not layout.has_items:
        what = "no column tells the items apart: none is called id, item, qid, ... or prompt"
        raise DataError(Problem(where, what, f"{has}: name one with columns: {{id: ...}}"))
    if needs == "output" and "output" not in layout.roles:
        what = "no column holds answers: none is called output, response, prediction, ..."
        raise DataError(Problem(where, what, f"{has}: name one with columns: {{output: ...}}"))
    if needs == "scores" and not layout.metrics:
        what = "no column holds numbers that could be scores"
        hint = f"{has}: name one with columns: {{scores: {{accuracy: ...}}}}"
        raise DataError(Problem(where, what, hint))
    if len(layout.metrics) > _MOST_METRICS:
        what = f"{len(layout.metrics)} columns hold numbers"
        hint = "in a spec, say which are scores with columns: {scores: {accuracy: ...}}"
        raise DataError(Problem(where, what, hint))


def shown(names: Sequence[str]) -> str:
    """Names of a file for a message, the first of them, with whatever is odd in them escaped."""
    told = ", ".join(repr(name[:60]) for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{told} and {more} more" if more > 0 else told or "none"


def column_of(metric: str) -> Column:
    """What a metric is, by its name; of an unknown one it is assumed that higher is better.

    A name that tells the unit has it, as accuracy, nll and bits_per_byte do. `loss` tells that less
    is better, and not per what it was taken (a token, a row, a batch), or whether it is one of
    tokens at all: it has none.
    """
    known = KNOWN.get(metric)
    if known is None:
        return Column(metric, "", higher_is_better=True, scale=Scale.MEAN)
    is_share, is_points = known.unit == "fraction", known.unit == "points"
    high = 1.0 if is_share else 100.0 if is_points and known.higher_is_better else None
    has_floor = high is not None or metric in _DOWNWARDS
    return Column(
        metric,
        "" if metric == _LOSS else known.unit,
        higher_is_better=known.higher_is_better,
        scale=Scale.MEAN,
        low=0.0 if has_floor else None,
        high=high,
    )


def is_guessed(metric: str) -> bool:
    """Whether nothing tells that higher is better."""
    return metric not in KNOWN and metric not in _HIGHER


def notes_of(layout: Layout) -> tuple[str, ...]:
    """What a reader must know of how the columns were understood."""
    taken = [f"{role} {name[:60]!r}" for role, name in layout.roles.items()]
    scores = [repr(name[:60]) for name in layout.metrics.values()]
    told = [f"Columns of the table: {', '.join([*taken, *(f'score {one}' for one in scores)])}."]
    if layout.passed_over:
        told.append(f"Not taken as scores, though they hold numbers: {shown(layout.passed_over)}.")
    if "perplexity" in layout.metrics:
        told.append("Perplexity is averaged over items as its logarithm.")
    return tuple(told)
