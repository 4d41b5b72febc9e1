"""Rows of lighteval's details: an item each, from a Parquet file with nested columns."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from evalreport.digest import digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, NoScore, Row
from evalreport.importers.bounds import within
from evalreport.importers.left import Left
from evalreport.importers.lighteval.metrics import our_name
from evalreport.importers.reading import list_of, number_of, object_of
from evalreport.importers.verdicts import name_of
from evalreport.metrics.base import Column
from evalreport.values import Json

_NEEDED: Final = (
    "doc.id", "doc.task_name", "doc.query", "doc.instruction", "doc.choices",
    "doc.fewshot_samples", "metric", "model_response.text",
)  # fmt: skip
_ROWS_AT_ONCE: Final = 64
_NO_NUMBER: Final = NoScore("the score is no finite number", is_unparsed=True)
_NO_VALUE: Final = NoScore("the item has no score")
_MEND: Final = (
    "put the results of the run where lighteval does, which tell what the metric is, or mend the "
    "number"
)


def metrics_in(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
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


def task_in(path: Path) -> str:
    """The task of the first row.

    Raises:
        DataError: The file is damaged.
    """
    return next((name_of(_doc(cells).get("task_name")) for _, cells in _cells(path, 1)), "")


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


def rows_of(
    path: Path, scored: tuple[str, ...], column: Callable[[str], Column], left: Left
) -> Iterator[Row]:
    """A row for each item; of a task that reads several splits, ids come again and are numbered.

    Args:
        path: The file.
        scored: Its metrics of single items, as lighteval calls them.
        column: What they are, by our names.
        left: Where rows go that cannot be taken up.

    Raises:
        DataError: The file is damaged, or a score is beyond its metric's bounds.
    """
    columns = {name: column(our_name(name)) for name in scored}
    seen: dict[str, int] = {}
    for number, cells in _cells(path):
        doc, metric = _doc(cells), object_of(cells.get("metric"))
        item, task = name_of(doc.get("id")), name_of(doc.get("task_name"))
        if not item or not task:
            left.add("the row has no id, or no task", f"{path} row {number}")
            continue
        times = seen[item] = seen.get(item, 0) + 1
        texts = list_of(object_of(cells.get("model_response")).get("text"))
        yield Row(
            line=number,
            item=item if times == 1 else f"{item}#{times}",
            scores={
                one.metric: within(_given(metric.get(name)), one, f"{path} row {number}", _MEND)
                for name, one in columns.items()
            },
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
