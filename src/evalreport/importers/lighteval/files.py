"""Importers of lighteval: totals (`results_<date>.json`), items (`details_<task>_<date>.parquet`).

How items were measured stands in the results of the same run, which are looked for where lighteval
puts them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.digest import digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.base import Facts, Given, Gives, NoScore, Reading, Row
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.lighteval.totals import (
    GROUP_NOTE,
    PHANTOM,
    RESAMPLED_NOTE,
    Results,
    column_of,
    is_group,
    is_guessed,
    our_name,
    results_of,
    shots_of,
)
from evalreport.importers.reading import list_of, number_of, object_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

_KEYS: Final = frozenset({"doc", "metric", "model_response"})
_NEEDED: Final = (
    "doc.id", "doc.task_name", "doc.query", "doc.instruction", "doc.choices",
    "doc.fewshot_samples", "metric", "model_response.text",
)  # fmt: skip
_ROWS_AT_ONCE: Final = 64
_NO_NUMBER: Final = NoScore("the score is no finite number", is_unparsed=True)
_NO_VALUE: Final = NoScore("the item has no score")


@dataclass(frozen=True, slots=True)
class LightevalResults:
    """Totals by task, metric and group."""

    name: str = "lighteval results"
    gives: Gives = "figures"

    def recognises(self, seen: Glimpse) -> bool:
        """An object with lighteval's keys."""
        return seen.shape == "object" and seen.has("config_general", "results", "config_tasks")

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The figures.

        Raises:
            DataError: The file cannot be read.
        """
        results, left = results_of(path), Left()
        figures = tuple(results.figures(left))
        return Reading(
            tool="lighteval",
            gives="figures",
            made_at=results.made_at,
            model=results.model,
            rows=(),
            left=left,
            column=column_of,
            is_guessed=is_guessed,
            facts={task: results.facts(task) for task in results.values if not is_group(task)},
            figures=figures,
            notes=tuple(_notes(results, left)),
        )


@dataclass(frozen=True, slots=True)
class LightevalDetails:
    """Items of one task."""

    name: str = "lighteval details"
    gives: Gives = "scores"

    def recognises(self, seen: Glimpse) -> bool:
        """A Parquet file with lighteval's columns."""
        if seen.shape != "parquet":
            return False
        try:
            return set(_metrics(seen.path)[0]) == _KEYS
        except DataError:
            return False

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The items.

        Raises:
            DataError: The file cannot be read, or no item of it has a score of its own.
        """
        left = Left()
        _, scored, unscored = _metrics(path)
        for name in scored:
            if not name_of(name):
                left.add("a metric has no name that could stand in a report", str(path))
        scored = tuple(name for name in scored if name_of(name))
        if not scored:
            what = "no metric of the file is a score of single items"
            raise DataError(Problem(str(path), what, "use the results file of the run"))
        results = _results_beside(path)
        task = next((name_of(_doc(cells).get("task_name")) for _, cells in _cells(path, 1)), "")
        own = [one for one in results.figures(Left()) if one.part == task] if results else []
        names = {our_name(name) for name in scored}
        notes = []
        if results is None:
            notes.append("The results of the run do not lie where lighteval puts them.")
        if unscored:
            notes.append(
                "Some metrics are computed over all items together: single items have no score."
            )
        count = results.count(task) if results else None
        return Reading(
            tool="lighteval",
            gives="scores",
            made_at=results.made_at if results else "",
            model=results.model if results else "",
            rows=_rows(path, scored, left),
            left=left,
            column=column_of,
            is_guessed=is_guessed,
            facts={task: results.facts(task) if results else Facts(shots=shots_of(task))},
            figures=tuple(one for one in own if one.metric in names),
            expected={task: count} if count else {},
            notes=tuple(notes),
        )


LIGHTEVAL_RESULTS: Final = LightevalResults()
LIGHTEVAL_DETAILS: Final = LightevalDetails()


def _notes(results: Results, left: Left) -> Iterator[str]:
    if any(is_group(task) for task in results.values):
        yield f"Rows of lighteval over several tasks: {GROUP_NOTE}."
    if not all(is_mean for task in results.tasks for is_mean in results.declared(task).values()):
        yield f"Metrics of lighteval that are no means of items: {RESAMPLED_NOTE}."
    if left.counts[PHANTOM]:
        yield (
            "lighteval writes 0 for a metric that a task does not have, where another task of its "
            "group has it, and counts it in the mean of the group."
        )


def _results_beside(path: Path) -> Results | None:
    """The results of the run: details/MODEL/DATE/... belong to results/MODEL/results_DATE.json."""
    path = path.resolve()
    for folder in path.parents:
        if folder.name == "details" and path.parent.parent.is_relative_to(folder):
            model = path.parent.parent.relative_to(folder)
            beside = folder.parent / "results" / model / f"results_{path.parent.name}.json"
            try:
                return results_of(beside)
            except DataError:
                continue
    return None


def _metrics(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Columns of a file; metrics that score single items; metrics that do not.

    Raises:
        DataError: It cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        hint = "fetch or copy it again"
        raise DataError(Problem(str(path), "not a readable Parquet file", hint)) from error
    names = tuple(schema.names)
    if "metric" not in names or names.count("metric") > 1:
        return names, (), ()
    kind = schema.field("metric").type
    fields = list(kind) if pa.types.is_struct(kind) else []
    scored = tuple(f.name for f in fields if not pa.types.is_nested(f.type))
    return names, scored, tuple(f.name for f in fields if pa.types.is_nested(f.type))


def _cells(path: Path, at_most: int | None = None) -> Iterator[tuple[int, Mapping[str, Json]]]:
    """Rows with their numbers from 1, without tokens and logits, some at a time.

    Raises:
        DataError: The file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            size = at_most or _ROWS_AT_ONCE
            for batch in file.iter_batches(batch_size=size, columns=list(_NEEDED)):
                for cells in batch.to_pylist():
                    number += 1
                    yield number, cells
                    if number == at_most:
                        return
    except (OSError, pa.ArrowException) as error:
        hint = "fetch or copy it again"
        raise DataError(Problem(str(path), "not a readable Parquet file", hint)) from error


def _doc(cells: Mapping[str, Json]) -> dict[str, Json]:
    return object_of(cells.get("doc"))


def _rows(path: Path, scored: tuple[str, ...], left: Left) -> Iterator[Row]:
    """A row for each item; of a task that reads several splits, ids come again and are numbered."""
    seen: dict[str, int] = {}
    for number, cells in _cells(path):
        doc, metric = _doc(cells), object_of(cells.get("metric"))
        name, task = name_of(doc.get("id")), name_of(doc.get("task_name"))
        if not name or not task:
            left.add("the row has no id, or no task", f"{path} row {number}")
            continue
        times = seen[name] = seen.get(name, 0) + 1
        texts = list_of(object_of(cells.get("model_response")).get("text"))
        yield Row(
            line=number,
            item=name if times == 1 else f"{name}#{times}",
            scores={our_name(one): _given(metric.get(one)) for one in scored},
            part=task,
            prompt=_prompt(doc),
            output=texts[0] if texts and isinstance(texts[0], str) else None,
        )


def _given(value: Json) -> Given:
    if value is None:
        return _NO_VALUE
    number = number_of(value)
    return _NO_NUMBER if number is None else number


def _prompt(doc: Mapping[str, Json]) -> str:
    """Digest of all that the prompt is made of.

    lighteval does not write the prompt itself for choices; what a chat template adds is not in it.
    """
    shots: list[Json] = [
        [one.get("query"), one.get("choices"), one.get("gold_index")]
        for one in map(object_of, list_of(doc.get("fewshot_samples")))
    ]
    whole = [doc.get("query"), doc.get("instruction"), doc.get("choices"), shots]
    return digest_text(json.dumps(whole, default=str))
