"""lm-eval's results: the figures of every task, filter and group of one run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Facts, Gives, Reading
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.lm_eval.metrics import Metric, Told, metric_of
from evalreport.importers.lm_eval.run import Run, part_of, run_in
from evalreport.importers.names import listed
from evalreport.metrics.base import Column
from evalreport.numbers import count_text

_BESIDE: Final = ("config", "configs", "n-shot")  # what else the versions write
_OF_OTHERS: Final = "config_general"  # lighteval's


@dataclass(frozen=True, slots=True)
class _Results:
    """One object with `results` and `versions` by task."""

    name: str = "lm-eval results"
    gives: Gives = "figures"

    def recognises(self, seen: Glimpse) -> bool:
        """Whether it has what every version writes."""
        told = seen.first
        return (
            seen.shape in {"object", "lines"}
            and isinstance(told.get("results"), dict)
            and isinstance(told.get("versions"), dict)
            and any(isinstance(told.get(key), dict) for key in _BESIDE)
            and _OF_OTHERS not in told
        )

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The figures; there are no rows.

        Raises:
            DataError: The file cannot be read or holds no figure.
        """
        run = run_in(path)
        metrics = run.metrics(run.names)
        figures = tuple(
            one
            for name in run.names
            for one in run.tool_figures(name, _agreeing(run, name, metrics))
        )
        if not figures:
            hint = "name a results file of lm-eval"
            raise DataError(Problem(str(path), "the file holds no figure of lm-eval", hint))
        guessed = {one.column.metric for one in metrics.values() if one.is_guessed}
        return Reading(
            tool="lm-eval",
            gives=self.gives,
            version=run.version,
            made_at=run.made_at,
            model=run.model,
            rows=(),
            column=_column_of(metrics, run.told(run.names)),
            is_guessed=guessed.__contains__,
            left=Left(),
            facts=_facts(run),
            figures=figures,
            notes=tuple(_notes(run, metrics, len(figures))),
        )


def _column_of(metrics: Mapping[str, Metric], told: Told) -> Callable[[str], Column]:
    known = {metric.column.metric: metric.column for metric in metrics.values()}
    return lambda name: known.get(name) or metric_of(name, told).column


def _agreeing(run: Run, name: str, common: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics of one task that are on the scale which they have in the whole file."""
    own = run.metrics([name])
    return {
        theirs: metric
        for theirs, metric in own.items()
        if metric.is_logarithm == common[theirs].is_logarithm
    }


def _facts(run: Run) -> dict[str, Facts]:
    return {
        part_of(name, filter_name): run.facts(name, filter_name)
        for name in run.names
        for filter_name in run.filters(name)
    }


def _notes(run: Run, metrics: Mapping[str, Metric], taken: int) -> Iterator[str]:
    if lost := sum(len(run.figures(name)) for name in run.names) - taken:
        yield f"{count_text(lost, 'figure')} of the file could not be taken as a number."
    if limited := [name for name in run.tasks if _is_limited(run, name)]:
        yield f"Asked in part only: {listed(limited)}."
    if logs := [one.theirs for one in metrics.values() if one.is_logarithm]:
        yield f"Given as its logarithm: {listed(logs)}."
    if torn := [name for name in metrics if len(_directions(run, name)) > 1]:
        yield f"Tasks differ in whether higher is better, the first one counts: {listed(torn)}."


def _is_limited(run: Run, name: str) -> bool:
    there, asked = run.items(name)
    return there is not None and asked is not None and asked < there


def _directions(run: Run, metric: str) -> set[bool]:
    told = [run.told([name]).higher_is_better.get(metric) for name in run.tasks]
    return {one for one in told if one is not None}


LM_EVAL_RESULTS: Final = _Results()
