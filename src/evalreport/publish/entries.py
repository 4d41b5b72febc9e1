"""`.eval_results`: the entries by which the hub puts a number on a benchmark's leaderboard.

An entry has room for one value and says nothing of n, interval or how it was measured: its notes
do, and its source is the report beside it. It never claims to be verified: these numbers are the
authors' own.
"""

from collections.abc import Iterator
from typing import Final

import yaml

from evalreport.estimates import Estimate, has_value
from evalreport.hub_rules import Board, Where
from evalreport.numbers import count_text, fraction_text, measure_of, setting_text, value_text
from evalreport.publish.model import PlannedFile, text_file
from evalreport.report.model import Report
from evalreport.report.placing import Listed, seeds_of, shipped_seed
from evalreport.values import Json

_FOLDER: Final = ".eval_results"
_HUNDRED: Final = 100
_DIGITS: Final = 10  # of a product with 100, so that 0.655 becomes 65.5
_SHOWN: Final = 16
_SOURCE: Final = "evalreport report"
_HOW: Final = ("max_new_tokens", "temperature", "samples")


def result_files(
    numbers: tuple[Listed, ...], report: Report, *, source_url: str, report_digest: str
) -> Iterator[PlannedFile]:
    """One file a benchmark.

    Args:
        numbers: Where each number stands.
        report: Of which they are.
        source_url: Where report.json will be read; the commit's own name is not known before it.
            Empty where no public address is known: that of another hub may be nobody's business.
        report_digest: SHA-256 of report.json, which says what stood there.
    """
    by_dataset: dict[str, list[Json]] = {}
    for one in numbers:
        board = one.placement.board
        if one.placement.where is Where.EVAL_RESULTS and board is not None and has_value(one.value):
            entry: dict[str, Json] = {
                "dataset": {"id": board.dataset, "task_id": board.task_id},
                "value": _value(one, board, report),
                "date": report.declared.first_scored_at or report.built_at,
                **({"source": {"url": source_url, "name": _SOURCE}} if source_url else {}),
                "notes": _notes(one, report, report_digest),
            }
            by_dataset.setdefault(board.dataset, []).append(entry)
    for dataset, entries in by_dataset.items():
        text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=False, width=1000)
        yield text_file(
            f"{_FOLDER}/{dataset.replace('/', '--')}.yaml",
            text,
            origin="made from the report",
            why=f"results for the leaderboard of {dataset}",
        )


def _value(one: Listed, board: Board, report: Report) -> float:
    """The value on the leaderboard's scale."""
    asked = report.publish.benchmarks if report.publish is not None else ()
    is_percent = any(task.percent for task in asked if Board(task.dataset, task.task_id) == board)
    value = one.value.value if has_value(one.value) else 0.0
    return round(value * _HUNDRED, _DIGITS) if is_percent else value


def _notes(one: Listed, report: Report, report_digest: str) -> str:
    """What the entry itself has no room for."""
    figure = one.placement.figure
    dataset = report.datasets[figure.dataset]
    parts = [f"{figure.metric} in {one.unit} by evalreport {report.evalreport}", f"n = {one.n}"]
    if isinstance(one.value, Estimate):
        measure = measure_of(figure.metric, one.unit)
        low, high = (value_text(end, measure) for end in (one.value.low, one.value.high))
        parts.append(f"{fraction_text(one.value.level)} interval {low} to {high}")
    parts.append(f"rows {dataset.origin}")
    layer = next((one for one in report.layers if one.name == figure.layer), None)
    if layer is not None:
        how = [
            f"{key} {setting_text(layer.decoding[key])}" for key in _HOW if key in layer.decoding
        ]
        parts += [*how, layer.scorer] if layer.scorer else how
    if len(seeds_of(report)) > 1:
        parts.append(
            f"training seed {shipped_seed(report)} of {count_text(len(seeds_of(report)), 'seed')}"
        )
    parts.append("measured by the authors, not verified by anybody else")
    parts.append(f"report.json has SHA-256 {report_digest[:_SHOWN]}")
    return "; ".join(parts)
