"""The results file of an lm-eval run: who was measured, how, and the figures of each task."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evalreport.importers.base import Facts, ToolFigure
from evalreport.importers.lm_eval.facts import (
    arguments_of,
    decoding_of,
    plain_name,
    precision_of,
    template_of,
)
from evalreport.importers.lm_eval.metrics import Metric, Told, metric_table
from evalreport.importers.names import shown_name
from evalreport.importers.reading import (
    count_of,
    json_object,
    list_of,
    number_of,
    object_of,
    text_of,
)
from evalreport.values import Json

NO_FILTER: Final = "none"
BYPASS: Final = "bypass"  # the metric of a run that only kept what the model wrote
_STDERR: Final = "_stderr"
_NO_METRICS: Final = frozenset({"alias", "name", "sample_len", "sample_count", " "})
_MODEL_KEYS: Final = ("peft", "delta", "pretrained", "model", "path", "engine")
_UNSAFE: Final = re.compile(r"[\"<>:/|\\?*\[\]]+")


def part_of(task: str, filter_name: str) -> str:
    """What we call the reading of a task's answers by one of its filters."""
    return plain_name(task if filter_name == NO_FILTER else f"{task} {filter_name}".strip())


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the results file: `value` is what JSON holds, and no number in some files."""

    metric: str
    filter_name: str
    value: Json
    se: Json


@dataclass(frozen=True, slots=True)
class Run:
    """A results file."""

    path: Path
    raw: Mapping[str, Json]

    @property
    def model(self) -> str:
        """Whom it measured: the adapter of an adapter run, as the harness names it."""
        told = arguments_of(object_of(self.raw.get("config")))
        every = (text_of(self.raw.get("model_name")), *(text_of(told.get(k)) for k in _MODEL_KEYS))
        return plain_name(next((name for name in every if name), ""))

    @property
    def folder_name(self) -> str:
        """What the harness calls the folder of this model."""
        return text_of(self.raw.get("model_name_sanitized")) or _UNSAFE.sub("__", self.model)

    @property
    def version(self) -> str:
        """Of the harness."""
        return shown_name(text_of(self.raw.get("lm_eval_version")))

    @property
    def made_at(self) -> str:
        """When the run began."""
        seconds = number_of(self.raw.get("date"))
        try:
            when = None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
        except (ValueError, OverflowError, OSError):
            return ""
        return "" if when is None else when.isoformat()

    @property
    def names(self) -> tuple[str, ...]:
        """Tasks and groups, in the order of the file."""
        every = [*object_of(self.raw.get("results")), *object_of(self.raw.get("groups"))]
        return tuple(dict.fromkeys(every))

    def members(self, name: str) -> int:
        """How many tasks a group has; 0 of a task."""
        return len(list_of(object_of(self.raw.get("group_subtasks")).get(name)))

    def is_group(self, name: str) -> bool:
        """Whether a name is a group's."""
        return name in object_of(self.raw.get("groups")) or self.members(name) > 0

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names that are no group's."""
        return tuple(name for name in self.names if not self.is_group(name))

    def figures(self, name: str) -> list[Figure]:
        """The figures of a task or group as they stand, in their order."""
        told = object_of(object_of(self.raw.get("results")).get(name)) or object_of(
            object_of(self.raw.get("groups")).get(name)
        )
        found = []
        for key, value in told.items():
            metric, comma, filter_name = key.rpartition(",")
            metric, filter_name = (metric, filter_name) if comma else (key, NO_FILTER)
            if key in _NO_METRICS or metric in {BYPASS, ""} or metric.endswith(_STDERR):
                continue
            se = told.get(f"{metric}{_STDERR},{filter_name}" if comma else f"{key}{_STDERR}")
            found.append(Figure(metric, filter_name, value, se))
        return found

    def filters(self, name: str) -> tuple[str, ...]:
        """The filters of a task, in the order in which its rows were written."""
        return tuple(dict.fromkeys(one.filter_name for one in self.figures(name)))

    def items(self, name: str) -> tuple[int | None, int | None]:
        """How many items a task has, and how many of them were asked."""
        told = object_of(object_of(self.raw.get("n-samples")).get(name))
        own = object_of(object_of(self.raw.get("results")).get(name))
        asked = count_of(told.get("effective"))
        if asked is None:
            asked = count_of(own.get("sample_len"))
        return count_of(told.get("original")), asked

    def told(self, names: Sequence[str]) -> Told:
        """What it tells of the metrics of some tasks; of two that differ, what the first does."""
        aggregations: dict[str, str] = {}
        directions: dict[str, bool] = {}
        values: dict[str, list[float]] = {}
        for name in names:
            config = object_of(object_of(self.raw.get("configs")).get(name))
            for one in list_of(config.get("metric_list")):
                metric = text_of(object_of(one).get("metric"))
                aggregation = text_of(object_of(one).get("aggregation"))
                if metric and aggregation:
                    aggregations.setdefault(metric, aggregation)
            better = object_of(object_of(self.raw.get("higher_is_better")).get(name))
            for metric, higher in better.items():
                if isinstance(higher, bool):
                    directions.setdefault(metric, higher)
            for figure in self.figures(name):
                number = number_of(figure.value)
                values.setdefault(figure.metric, []).extend([] if number is None else [number])
        return Told(aggregations, directions, values)

    def metrics(self, names: Sequence[str]) -> dict[str, Metric]:
        """The metrics of some tasks or groups."""
        every = dict.fromkeys(one.metric for name in names for one in self.figures(name))
        return metric_table(list(every), self.told(names), lambda _: ())

    def facts(self, name: str, filter_name: str) -> Facts:
        """How one filter of a task was measured."""
        config = object_of(object_of(self.raw.get("configs")).get(name))
        shots = count_of(object_of(self.raw.get("n-shot")).get(name))
        version = _version(object_of(self.raw.get("versions")).get(name))
        what = "group" if self.is_group(name) else "task"
        of = f"version {version}, " if version else ""
        return Facts(
            decoding=decoding_of(config),
            scorer=plain_name(f"lm-eval {what} {name} {of}filter {filter_name}"),
            shots=shots,
            template=template_of(self.raw, has_shots=shots != 0),
            precision=precision_of(object_of(self.raw.get("config"))),
        )

    def tool_figures(self, name: str, metrics: Mapping[str, Metric]) -> Iterator[ToolFigure]:
        """The figures of a task or group that are numbers, of these metrics by their name there."""
        draws = count_of(object_of(self.raw.get("config")).get("bootstrap_iters"))
        counts = object_of(
            object_of(object_of(self.raw.get("results")).get(name)).get("sample_count")
        )
        for one in self.figures(name):
            metric, number = metrics.get(one.metric), number_of(one.value)
            value = None if metric is None or number is None else metric.figure(number)
            if metric is None or number is None or value is None:
                continue
            se = number_of(one.se)
            notes = [*_notes(metric, number, se, draws)]
            if self.is_group(name):
                notes.append(self._of_group(name))
            own = count_of(counts.get(f"{one.metric},{one.filter_name}"))
            yield ToolFigure(
                part=part_of(name, one.filter_name),
                metric=metric.column.metric,
                model=self.model,
                value=value,
                se=None if metric.is_logarithm or se is None or se < 0 else se,
                is_of_items=not self.is_group(name) and metric.is_mean_of_items,
                n=self.items(name)[1] if own is None else own,
                note="; ".join(notes),
            )

    def _of_group(self, name: str) -> str:
        told = f"version {self.version}" if self.version else "an unknown version"
        return (
            f"over the {self.members(name)} tasks of a group: its standard error is pooled over "
            f"them whatever the weights, and what that means depends on lm-eval's version ({told})"
        )


def _version(value: Json) -> str:
    if isinstance(value, bool):
        return ""
    number = number_of(value)
    if number is not None:
        return f"{number:.12g}"
    told = text_of(value)
    return "" if told == "N/A" else shown_name(told)


def _notes(metric: Metric, number: float, se: float | None, draws: int | None) -> Iterator[str]:
    if metric.is_logarithm:
        own = "" if se is None else f" with standard error {se:.6g}"
        yield f"kept as its logarithm: lm-eval gives {number:.6g}{own}"
    elif metric.kind == "none":
        yield "only lm-eval's own function adds rows up to it"
    elif metric.is_averaged_otherwise:
        yield f"lm-eval does not take the mean of its rows, but {_function(metric.aggregation)}"
    drawn = metric.drawn(draws)
    if se is None:
        yield "lm-eval gives no standard error"
    elif drawn is not None:
        yield f"its standard error is by bootstrap, {drawn} draws"


def _function(aggregation: str) -> str:
    """The name of a function; the file may hold its whole text."""
    return aggregation if re.fullmatch(r"\w{1,40}", aggregation) else "a function of the task"


def run_in(path: Path) -> Run:
    """A results file.

    Raises:
        DataError: It cannot be read.
    """
    return Run(path, json_object(path))
