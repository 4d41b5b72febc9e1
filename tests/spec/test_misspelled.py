"""A key that is spelled wrong, anywhere: one complaint, at that key, with the right one."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from evalreport.errors import SpecError
from evalreport.spec.load import load_spec
from evalreport.spec.yaml12 import compose

from .edits import EVERYTHING, at, paths

WHOLE: Any = compose(EVERYTHING).value
# Whoever writes the spec chooses these keys; how an answer is read has a complaint of its own.
FREE = {
    "datasets": 2, "arms": 2, "base_model.chat_template_kwargs": 3,
    "evaluation.layers.1.extract": 5, "evaluation.layers.5.method.confidence": 6,
    "evaluation.layers.5.counts": 5, "evaluation.layers.6.rows.0": 6,
}  # fmt: skip


def keys() -> list[tuple[Any, ...]]:
    return [
        path
        for path in paths(WHOLE)
        if path
        and isinstance(path[-1], str)
        and len(path[-1]) > 2
        and FREE.get(".".join(map(str, path[:-1]))) != len(path)
    ]


def misspelled(key: str) -> str:
    """The last two different letters swapped."""
    swapped = key[:-2] + key[-1] + key[-2]
    return swapped if swapped != key else key[:-1]


@pytest.fixture
def everything(folder: Path) -> Path:
    adapter = folder / "runs" / "last-week"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("{}")
    (folder / "runs/trainer_state.json").write_text("{}")
    return folder


def test_every_key_spelled_wrong_is_one_complaint_that_names_the_right_one(
    everything: Path,
) -> None:
    found = keys()
    assert len(found) > 100
    for path in found:
        value = copy.deepcopy(WHOLE)
        holder, key = at(value, path[:-1]), path[-1]
        entries = {misspelled(key) if other == key else other: holder[other] for other in holder}
        holder.clear()
        holder.update(entries)
        Path("spec.yaml").write_text(json.dumps(value, indent=1))
        with pytest.raises(SpecError) as caught:
            load_spec(Path("spec.yaml"))
        (only,) = caught.value.problems
        assert only.what == f"unknown key {misspelled(key)}", path
        assert only.hint == f"did you mean {key}?", path
        assert only.where.endswith(misspelled(key)), path
