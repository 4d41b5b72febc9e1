"""The files that lm-eval wrote for these tests, and what its rows give when they are added up."""

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from evalreport.importers.base import Given, Reading, Row
from evalreport.importers.lm_eval.samples import LM_EVAL_SAMPLES
from evalreport.metrics.base import Column, Scale

FIXTURES: Final = Path(__file__).parent / "fixtures" / "lm_eval"
BASE: Final = FIXTURES / "plain" / "models__base"
TUNED: Final = FIXTURES / "plain" / "models__tuned"
CHAT: Final = FIXTURES / "chat" / "models__base"
V044: Final = FIXTURES / "v0.4.4" / "models__base"


def named(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.parent.name}-{path.stem}"[-60:]


def samples(folder: Path, task: str) -> Path:
    (found,) = folder.glob(f"*_{task}*.jsonl")
    return found


def results(folder: Path) -> Path:
    (found,) = folder.glob("results*.json")
    return found


def raw_rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if text.startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return [json.loads(line) for line in text.splitlines()]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> tuple[Reading, list[Row]]:
    reading = LM_EVAL_SAMPLES.read(path, {})
    return reading, list(reading.rows)


def by_item(rows: list[Row]) -> dict[tuple[str, str], Row]:
    found = {(row.part, row.item): row for row in rows}
    assert len(found) == len(rows)
    return found


def scored(rows: list[Row]) -> dict[tuple[str, str], list[Given]]:
    found: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for row in rows:
        for metric, given in row.scores.items():
            found[row.part, metric].append(given)
    return found


def figure_of(given: list[Given], column: Column) -> tuple[float, float | None]:
    """The figure of rows and the standard error of their mean, by the formula of textbooks."""
    if column.scale is Scale.RATIO:
        pairs = [one for one in given if isinstance(one, tuple)]
        assert len(pairs) == len(given)
        return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs), None
    numbers = [one for one in given if isinstance(one, float)]
    assert len(numbers) == len(given)
    n = len(numbers)
    mean = sum(numbers) / n
    return mean, math.sqrt(sum((x - mean) ** 2 for x in numbers) / (n - 1) / n)
