"""What the tests of this folder start from: declarations, files, corpora."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import settings

from evalreport.errors import DataError, Problem
from evalreport.records import Corpus, Unreachable
from evalreport.sources import Dataset
from evalreport.sources.acquire import acquire

# Machines are shared: no deadline; and the same examples on every run.
steady = settings(deadline=None, derandomize=True)


def dataset(**keys: Any) -> Dataset:
    """A dataset as a spec declares it; `from_` stands for the key `from`."""
    return Dataset.model_validate({key.removesuffix("_"): value for key, value in keys.items()})


def pairs(path: str = "train.jsonl", **keys: Any) -> Dataset:
    """A file with the columns q and a, as prompt and completion."""
    return dataset(**{"path": path, "prompt": "{{ q }}", "completion": "{{ a }}"} | keys)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(folder: Path, **datasets: Dataset | tuple[Dataset, ...]) -> dict[str, Corpus]:
    """All corpora, every one of which can be reached."""
    corpora = acquire(datasets, folder, folder / "cache")
    found = {name: one for name, one in corpora.items() if not isinstance(one, Unreachable)}
    assert found.keys() == datasets.keys()
    return found


def problems(folder: Path, **datasets: Dataset | tuple[Dataset, ...]) -> tuple[Problem, ...]:
    """What is wrong with the data."""
    try:
        acquire(datasets, folder, folder / "cache")
    except DataError as error:
        return error.problems
    raise AssertionError("nothing is wrong")


def problem(folder: Path, **datasets: Dataset | tuple[Dataset, ...]) -> Problem:
    """The only thing that is wrong with the data."""
    (only,) = problems(folder, **datasets)
    return only
