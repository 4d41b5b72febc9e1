"""What a lighteval results file says: its figures, and how each task was measured.

Two of its standard errors are none. Those of metrics that are no means are resampled, and divided
once more by the root of the number of resamplings: with its 1000, 31.6 times too small (releases up
to 0.13.0). Those of groups are means of the standard errors of their tasks.
"""

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.digest import digest_text
from evalreport.importers.base import Facts, ToolFigure
from evalreport.importers.left import Left
from evalreport.importers.lighteval.metrics import our_name
from evalreport.importers.reading import (
    count_of,
    json_object,
    list_of,
    number_of,
    object_of,
    text_of,
)
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

GROUP_NOTE: Final = (
    "a plain mean over tasks, whatever their sizes; its standard error is the mean of theirs, not "
    "that of the mean"
)
RESAMPLED_NOTE: Final = (
    "the standard error was resampled and divided by the root of the number of resamplings: with "
    "the 1000 of lighteval it is 31.6 times too small"
)
PHANTOM: Final = "a zero that lighteval writes for a metric that the task does not have"
NO_NUMBER: Final = "the figure is no finite number"

_STDERR: Final = "_stderr"
_DATE: Final = re.compile(r"results_(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d(?:\.\d+)?)\.json")
_PLAIN: Final = re.compile(r"[\w./@:|-]{1,60}")


@dataclass(frozen=True, slots=True)
class Results:
    """One file of results.

    Attributes:
        path: The file.
        general: How the run was made.
        tasks: How each task was made, by its name with its shots.
        values: Numbers by task and name.
    """

    path: Path
    general: Mapping[str, Json]
    tasks: Mapping[str, Json]
    values: Mapping[str, Json]

    @property
    def model(self) -> str:
        """What was measured, as the file names it."""
        return name_of(self.general.get("model_name"))

    @property
    def made_at(self) -> str:
        """When; the file's name tells, its content counts seconds since the machine started."""
        found = _DATE.fullmatch(self.path.name)
        return f"{found[1]}{found[2]}:{found[3]}:{found[4]}" if found else ""

    @property
    def model_config(self) -> Mapping[str, Json]:
        """The model's settings."""
        return object_of(self.general.get("model_config"))

    def facts(self, task: str) -> Facts:
        """How a task was measured."""
        mine = object_of(self.tasks.get(task))
        name = text_of(mine.get("name")) or task
        parts = [f"lighteval {_short(name)}", f"version {_short(mine.get('version'))}"]
        return Facts(
            decoding=self._decoding(mine),
            scorer=" ".join(parts) if mine else "",
            shots=shots_of(task),
            template=self._template(),
            precision=", ".join(
                f"{key} {_short(value)}"
                for key, value in self.model_config.items()
                if key in {"dtype", "quantization", "load_in_4bit", "load_in_8bit"}
                and value not in (None, False, [], {})
            ),
        )

    def _decoding(self, mine: Mapping[str, Json]) -> str:
        kinds = {text_of(object_of(one).get("category")) for one in list_of(mine.get("metrics"))}
        if kinds and kinds <= {"LOGPROBS", "PERPLEXITY"}:
            return "log-likelihood"
        if not kinds:
            return ""
        given = object_of(self.model_config.get("generation_parameters"))
        told = {key: value for key, value in given.items() if value is not None}
        size = mine.get("generation_size") or told.pop("max_new_tokens", None)
        parts = [f"{key} {_short(value)}" for key, value in sorted(told.items())]
        if size is not None:
            parts.append(f"at most {_short(size)} tokens")
        if list_of(mine.get("stop_sequence")):
            parts.append(f"stops {_short(mine.get('stop_sequence'))}")
        return ", ".join(parts)

    def _template(self) -> str:
        """Where the tokenizer decided, the file does not tell what it decided."""
        config = self.model_config
        system = text_of(config.get("system_prompt"))
        parts = [f"system prompt {_short(system)}"] if system else []
        override = config.get("override_chat_template")
        if isinstance(override, bool):
            parts.append("chat template" if override else "none")
        return ", ".join(parts)

    def declared(self, task: str) -> dict[str, bool]:
        """The metrics of a task, each with whether it is the mean of its items."""
        found: dict[str, bool] = {}
        for one in map(object_of, list_of(object_of(self.tasks.get(task)).get("metrics"))):
            names = one.get("metric_name")
            for name in names if isinstance(names, list) else [names]:
                function = one.get("corpus_level_fn")
                if isinstance(function, dict):
                    function = function.get(text_of(name))
                found[text_of(name)] = "mean" in text_of(function)
        return found

    def figures(self, left: Left) -> Iterator[ToolFigure]:
        """Every number that is no standard error; what is none is left out with its count."""
        known = {name for task in self.tasks for name in self.declared(task)}
        phantoms: set[str] = set()
        for task, values in self.values.items():
            numbers, declared = object_of(values), self.declared(task)
            for name, value in numbers.items():
                if not name_of(task) or not name_of(name):
                    left.add("a figure has no name that could stand in a report", str(self.path))
                    continue
                if name.endswith(_STDERR) and name.removesuffix(_STDERR) in numbers:
                    continue
                number = number_of(value)
                if number is None:
                    left.add(NO_NUMBER, str(self.path))
                elif not number and declared and name not in declared and name in known:
                    left.add(PHANTOM, str(self.path))
                    phantoms.add(name)
                else:
                    yield ToolFigure(
                        part=task,
                        metric=our_name(name),
                        model=self.model,
                        value=number,
                        se=number_of(numbers.get(name + _STDERR)),
                        is_of_items=not is_group(task) and declared.get(name, True),
                        n=self.count(task),
                        note=_note(task, name, declared, phantoms),
                    )

    def count(self, task: str) -> int | None:
        """Items of a task, where the file tells; lighteval 0.13.0 writes -1."""
        return count_of(object_of(self.tasks.get(task)).get("effective_num_docs")) or None


def results_of(path: Path) -> Results:
    """A file of results.

    Raises:
        DataError: It cannot be read.
    """
    whole = json_object(path)
    return Results(
        path,
        general=object_of(whole.get("config_general")),
        tasks=object_of(whole.get("config_tasks")),
        values=object_of(whole.get("results")),
    )


def shots_of(task: str) -> int | None:
    """Worked examples: `name|shots`, and `suite|name|shots|0` in older versions."""
    parts = task.split("|")
    told = parts[-2] if len(parts) == 4 else parts[-1] if len(parts) > 1 else ""
    return int(told) if re.fullmatch(r"[0-9]{1,4}", told) else None


def is_group(task: str) -> bool:
    """Whether a row is over tasks."""
    return task == "all" or ":_average" in task


def _note(task: str, metric: str, declared: Mapping[str, bool], phantoms: Set[str]) -> str:
    """Groups stand behind their tasks, so that zeros of those are known by then."""
    if is_group(task):
        zeros = "; tasks that do not have the metric are counted as 0"
        return GROUP_NOTE + (zeros if metric in phantoms and task != "all" else "")
    return "" if declared.get(metric, True) else RESAMPLED_NOTE


def _short(value: Json) -> str:
    """A value as it may stand in a report: short and plain, else its digest."""
    text = value if isinstance(value, str) else None
    if isinstance(value, int | float):
        text = str(value)[:60]
    if text is not None and _PLAIN.fullmatch(text):
        return text
    try:
        return digest_text(json.dumps(value, sort_keys=True))[:12]
    except (RecursionError, ValueError):
        return ""
