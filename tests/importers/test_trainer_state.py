"""A trainer's state is known by its keys and told as a training; whatever stands in it is harmless."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.importers.table import importer_of
from evalreport.importers.trainer_state import TRAINER_STATE

STATE = Path(__file__).parent / "fixtures" / "trainer_state" / "trainer_state.json"
CONTENT: dict[str, Any] = json.loads(STATE.read_text())
LOGGED: list[dict[str, Any]] = CONTENT["log_history"]


def test_it_is_known_by_its_content_under_any_name(tmp_path: Path) -> None:
    assert importer_of(STATE) is TRAINER_STATE
    other = tmp_path / "what-i-trained.json"
    shutil.copy(STATE, other)
    assert importer_of(other) is TRAINER_STATE
    assert TRAINER_STATE.gives == "training"


def test_its_numbers_are_those_that_the_trainer_wrote() -> None:
    reading = TRAINER_STATE.read(STATE, {})
    training = reading.training
    assert training is not None
    assert list(reading.rows) == []
    evaluated = {one["step"]: one["eval_loss"] for one in LOGGED if "eval_loss" in one}
    assert {p.step: p.eval_loss for p in training.curve if p.eval_loss is not None} == evaluated
    trained = {one["step"]: one["loss"] for one in LOGGED if "loss" in one}
    assert {p.step: p.train_loss for p in training.curve if p.train_loss is not None} == trained
    assert training.best_step == min(evaluated, key=lambda step: evaluated[step]) == 16
    assert (training.steps, training.epochs) == (CONTENT["global_step"], CONTENT["epoch"])
    assert training.seconds == LOGGED[-1]["train_runtime"]
    assert training.read_from[0] == "trainer_state.json"


@pytest.mark.parametrize("content", ["[]", "{}", '{"log_history": []}', '{"global_step": 1}'])
def test_another_file_is_not_taken_for_it(content: str, tmp_path: Path) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(content)
    with pytest.raises(DataError):
        importer_of(path)


@pytest.mark.parametrize("history", [None, "x", {}, 7])
def test_a_log_that_is_none_is_refused_in_three_parts(history: object, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"log_history": history, "global_step": 1}))
    with pytest.raises(DataError) as caught:
        TRAINER_STATE.read(path, {})
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    assert "log_history is no list" in problem.what
    assert problem.hint


def test_a_file_that_ends_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(STATE.read_text()[:900])
    with pytest.raises(DataError):
        TRAINER_STATE.read(path, {})


HOSTILE: st.SearchStrategy[object] = st.sampled_from(
    [
        None, True, -1, 0, 1e308, float("nan"), float("inf"), 10**400, "", "x" * 5000, "\0", "\u202e",
        [], {}, [[]], {"a": {"b": 1}}, "1e400", -0.0,
    ]
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(LOGGED) - 1), st.sampled_from(sorted(LOGGED[0])), HOSTILE, HOSTILE)
def test_whatever_stands_in_it_only_a_data_error_comes_out(
    tmp_path: Path, at: int, key: str, value: object, step: object
) -> None:
    content = json.loads(STATE.read_text())
    content["log_history"][at][key] = value
    content["global_step"] = step
    path = tmp_path / "state.json"
    path.write_text(json.dumps(content))
    try:
        reading = TRAINER_STATE.read(path, {})
    except DataError:
        return
    assert reading.training is not None
    assert all(p.eval_loss is None or p.eval_loss == p.eval_loss for p in reading.training.curve)
