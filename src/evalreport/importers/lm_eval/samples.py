"""lm-eval's samples: a line for each item and filter, with the harness's own scores.

Since 0.4.7 a row names its filter and its metrics, since 0.4.3 it has digests; 0.4.2 wrote one
array a file. What a row does not tell is computed as the harness does, or read from its results
file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.arrays import json_array
from evalreport.importers.base import Facts, Given, Gives, NoScore, Reading, Row
from evalreport.importers.bounds import within
from evalreport.importers.glimpse import Glimpse, glimpse
from evalreport.importers.left import Left
from evalreport.importers.lm_eval.beside import Beside, beside
from evalreport.importers.lm_eval.facts import LOG_LIKELIHOOD, generation_of
from evalreport.importers.lm_eval.metrics import Metric, Told, metric_of, metric_table, own_name
from evalreport.importers.lm_eval.rows import (
    KEYS,
    doc_hash,
    first_request,
    metric_names,
    output,
    prompt,
)
from evalreport.importers.lm_eval.run import BYPASS, NO_FILTER, part_of
from evalreport.importers.names import listed
from evalreport.importers.reading import NumberedObject, count_of, json_lines, text_of
from evalreport.metrics.base import Column
from evalreport.values import Json

_MOST_METRICS: Final = 100
_MEND: Final = (
    "put the results file of its run beside it, which tells what the metric is, or mend the number"
)
_SHAPES: Final = frozenset({"lines", "array", "object"})


@dataclass(frozen=True, slots=True)
class _Samples:
    """Rows with `doc_id`, `arguments`, `resps` and `filtered_resps`."""

    name: str = "lm-eval samples"
    gives: Gives = "scores"

    def recognises(self, seen: Glimpse) -> bool:
        """Whether the first row has what every version writes."""
        return seen.shape in _SHAPES and seen.has(*KEYS)

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The rows with the harness's scores, and the facts of the results file beside them.

        Raises:
            DataError: The file cannot be read or holds no samples.
        """
        seen = glimpse(path)
        if not self.recognises(seen):
            hint = "name a file that lm-eval wrote with --log_samples"
            raise DataError(Problem(str(path), "the file holds no samples of lm-eval", hint))
        return _Taking(seen, beside(path)).reading()


@dataclass(slots=True)
class _Taking:
    """One file while it is read."""

    seen: Glimpse
    beside: Beside
    left: Left = field(default_factory=Left)
    metrics: dict[str, Metric] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    rows_of: Counter[int] = field(default_factory=Counter)

    def reading(self) -> Reading:
        """All that is known before the rows are read."""
        self.metrics = self._known()
        run, task = self.beside.run, self.beside.task
        facts = {"": self._own_facts()}
        expected: dict[str, int] = {}
        if run is not None:
            asked = run.items(task)[1]
            self.filters = run.filters(task)
            for name in self.filters:
                facts[part_of(task, name)] = run.facts(task, name)
                expected |= {} if asked is None else {part_of(task, name): asked}
        return Reading(
            tool="lm-eval",
            gives="scores" if self.metrics or not self._only_kept() else "outputs",
            version=run.version if run is not None else "",
            made_at=self.beside.made_at,
            model=run.model if run is not None else "",
            named=self.beside.named,
            rows=self._rows(),
            left=self.left,
            column=self._column,
            is_guessed=self._is_guessed,
            facts=facts,
            figures=() if run is None else tuple(run.tool_figures(task, self.metrics)),
            expected=expected,
            notes=tuple(self._notes()),
            numbered="row" if self.seen.shape == "array" else "line",
        )

    @property
    def _told(self) -> Told:
        run = self.beside.run
        return Told() if run is None else run.told([self.beside.task])

    def _known(self) -> dict[str, Metric]:
        """The metrics of the first rows and of the results file."""
        run = self.beside.run
        named = [] if run is None else [one.metric for one in run.figures(self.beside.task)]
        of_rows = [name for row in self.seen.rows for name in metric_names(row, named)]
        names = list(dict.fromkeys([*of_rows, *named]))[:_MOST_METRICS]
        return metric_table(names, self._told, self._first_values)

    def _first_values(self, metric: str) -> list[Json]:
        return [row[metric] for row in self.seen.rows if metric in row]

    def _only_kept(self) -> bool:
        """Whether the run asked and scored nothing (`--predict_only`)."""
        return any(BYPASS in row for row in self.seen.rows)

    def _own_facts(self) -> Facts:
        """What the first row tells by itself."""
        request = first_request(self.seen.first)
        if len(request) < 2:
            return Facts(decoding=LOG_LIKELIHOOD if request else "")
        settings = request[1]
        if isinstance(settings, dict):
            return Facts(decoding=generation_of(settings))
        return Facts(decoding=LOG_LIKELIHOOD if isinstance(settings, str) else "")

    def _column(self, name: str) -> Column:
        for metric in self.metrics.values():
            if metric.column.metric == name:
                return metric.column
        return metric_of(name, self._told).column

    def _notes(self) -> Iterator[str]:
        yield from self.beside.notes
        run, task = self.beside.run, self.beside.task
        if run is not None and task not in run.names:
            yield "The results file beside it tells nothing of this task."
        elif run is not None:
            there, asked = run.items(task)
            if there is not None and asked is not None and asked < there:
                yield f"Of the {there} items of the task, {asked} were asked."
        if self._only_kept():
            yield "The run kept answers and scored nothing."
        every = [one for name, one in self.metrics.items() if self._is_in_rows(name)]
        if bare := [one.theirs for one in every if one.kind == "none"]:
            yield f"Not taken up item by item, since only lm-eval adds it up: {listed(bare)}."
        if logs := [one.theirs for one in every if one.is_logarithm]:
            yield f"Kept as its logarithm, so that items add up to it: {listed(logs)}."
        if other := [one.theirs for one in every if one.is_averaged_otherwise]:
            yield f"The mean over items here, another function of them in lm-eval: {listed(other)}."

    def _is_guessed(self, metric: str) -> bool:
        return any(one.is_guessed and one.column.metric == metric for one in self.metrics.values())

    def _is_in_rows(self, metric: str) -> bool:
        return any(metric in row for row in self.seen.rows)

    def _rows(self) -> Iterator[Row]:
        for number, raw in self._objects():
            row = self._row(number, raw)
            if isinstance(row, Row):
                yield row
            else:
                self.left.add(row, self._place(number))

    def _objects(self) -> Iterator[NumberedObject]:
        match self.seen.shape:
            case "array":
                return json_array(self.seen.path, self.left)
            case "object":
                return iter([(1, dict(self.seen.first))])
            case _:
                return json_lines(self.seen.path, self.left)

    def _place(self, number: int) -> str:
        mark = " row " if self.seen.shape == "array" else ":"
        return f"{self.seen.path}{mark}{number}"

    def _row(self, number: int, raw: Mapping[str, Json]) -> Row | str:
        """A row, or why it cannot be taken up."""
        doc_id = count_of(raw.get("doc_id"))
        if doc_id is None:
            return "the row has no doc_id that is a count"
        item = doc_hash(raw)
        if not item:
            return "the row has neither a doc_hash nor a doc"
        filter_name = self._filter(doc_id, raw)
        if filter_name is None:
            return "it cannot be told which filter the row is of"
        return Row(
            line=number,
            item=f"{doc_id} {item}",
            scores=self._scores(number, raw),
            part=part_of(self.beside.task, filter_name),
            prompt=prompt(raw),
            output=output(raw),
        )

    def _filter(self, doc_id: int, raw: Mapping[str, Json]) -> str | None:
        """The filter of a row; of rows that do not name it, the k-th of an item is of filter k."""
        if "filter" in raw:
            return text_of(raw["filter"]) or None
        k = self.rows_of[doc_id]
        self.rows_of[doc_id] += 1
        if self.filters:
            return self.filters[k] if k < len(self.filters) else None
        return f"filter {k + 1}" if k else NO_FILTER

    def _scores(self, number: int, raw: Mapping[str, Json]) -> dict[str, Given]:
        """The scores of a row.

        Raises:
            DataError: One is beyond its metric's bounds, which the results file tells, or the first
                rows where there is none.
        """
        scores: dict[str, Given] = {}
        for name in metric_names(raw, list(self.metrics)):
            metric = self.metrics.get(name)
            if metric is None:
                if len(self.metrics) >= _MOST_METRICS:
                    self.left.add("a score beyond the first 100 metrics", self._place(number))
                    continue
                metric = self.metrics[name] = metric_of(
                    name, self._told, taken=own_name(name, self.metrics)
                )
            if metric.kind != "none":
                missing = NoScore("the row has no value of a metric that it names")
                given = metric.score(raw[name]) if name in raw else missing
                place = self._place(number)
                scores[metric.column.metric] = within(given, metric.column, place, _MEND)
        return scores


LM_EVAL_SAMPLES: Final = _Samples()
