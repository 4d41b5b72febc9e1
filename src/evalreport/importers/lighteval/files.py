"""Importers of lighteval: totals (`results_<date>.json`), items (`details_<task>_<date>.parquet`).

How items were measured stands in the results of the same run, which are looked for where lighteval
puts them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Facts, Gives, Reading
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.lighteval.metrics import columns_by, is_guessed, our_name
from evalreport.importers.lighteval.rows import metrics_in, rows_of, task_in
from evalreport.importers.lighteval.totals import (
    GROUP_NOTE,
    PHANTOM,
    RESAMPLED_NOTE,
    Results,
    is_group,
    results_of,
    shots_of,
)
from evalreport.importers.verdicts import name_of

_KEYS: Final = frozenset({"doc", "metric", "model_response"})


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
            column=columns_by(figures),
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
            return set(metrics_in(seen.path)[0]) == _KEYS
        except DataError:
            return False

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The items.

        Raises:
            DataError: The file cannot be read, or no item of it has a score of its own.
        """
        left = Left()
        _, scored, unscored = metrics_in(path)
        for name in scored:
            if not name_of(name):
                left.add("a metric has no name that could stand in a report", str(path))
        scored = tuple(name for name in scored if name_of(name))
        if not scored:
            what = "no metric of the file is a score of single items"
            raise DataError(Problem(str(path), what, "use the results file of the run"))
        results = _results_beside(path)
        task = task_in(path)
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
        column = columns_by(own)
        return Reading(
            tool="lighteval",
            gives="scores",
            made_at=results.made_at if results else "",
            model=results.model if results else "",
            rows=rows_of(path, scored, column, left),
            left=left,
            column=column,
            is_guessed=is_guessed,
            facts={task: results.facts(task) if results else Facts(shots=shots_of(task))},
            figures=tuple(one for one in own if one.metric in names),
            expected={task: count} if count else {},
            notes=tuple(notes),
            numbered="row",
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
