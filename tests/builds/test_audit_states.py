"""audit: of several states of trainers, which one is taken, and what is said of the others."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builds.test_audit import FIXTURES, audited, pair, spec_in
from tests.builds.test_audit_said import long_table
from tests.builds.test_imported import run

STATE = "trainer_state.json"
ELSE = "if it is tuned's, write it into the spec: training: {recorded: {trainer_state: ...}}\n"


def state(folder: Path, step: int, *, shift: float = 0.0, name: str = STATE) -> Path:
    """The state of a training after so many steps; another shift is another training."""
    content = json.loads((FIXTURES / "trainer_state" / STATE).read_text(encoding="utf-8"))
    log: list[dict[str, Any]] = []
    for at in range(50, step + 1, 50):
        here = {"step": at, "epoch": at / 100}
        log += [
            {**here, "loss": round(2.0 - at / 1000 + shift, 4), "learning_rate": 1e-4},
            {**here, "eval_loss": round(2.1 - at / 2000 + shift, 4)},
        ]
    content |= {
        "log_history": log,
        "global_step": step,
        "max_steps": 1000,
        "epoch": step / 100,
        "num_train_epochs": 10,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def results(folder: Path) -> None:
    """Two folders, each with the results of one model."""
    for arm, right in (("base", 20), ("tuned", 45)):
        (folder / "results" / arm).mkdir(parents=True)
        long_table(folder / "results" / arm / "scores.csv", {f"m-{arm}": right})


def taken(spec: Mapping[str, Any]) -> str:
    """The state that a spec names, from the folder of the audit."""
    path: str = spec["training"]["recorded"]["trainer_state"]
    return path.removeprefix("../../../")


# Of one training


def test_the_checkpoint_that_goes_furthest_is_taken(tmp_path: Path) -> None:
    for step in (100, 1000, 200):
        state(tmp_path / "run" / f"checkpoint-{step}", step)
    report, spec, said = audited(tmp_path, "run")
    last = f"run/checkpoint-1000/{STATE}"
    assert taken(spec) == last
    assert report.training is not None
    assert report.training.curve[-1].step == 1000
    assert f"training: {last}, to step 1000\n" in said
    for step in (100, 200):
        why = f"passed over, as {last} is of the same training and goes on to step 1000\n"
        assert f"run/checkpoint-{step}/{STATE}: {why}" in said


@pytest.mark.parametrize(("own", "is_taken"), [(1000, True), (500, False)])
def test_a_folders_own_state_is_one_of_its_training(
    own: int, is_taken: bool, tmp_path: Path
) -> None:
    state(tmp_path / "run", own)
    state(tmp_path / "run" / "checkpoint-1000", 1000)
    _, spec, said = audited(tmp_path, "run")
    assert taken(spec) == (f"run/{STATE}" if is_taken else f"run/checkpoint-1000/{STATE}")
    assert ("is of the same training and goes as far\n" in said) == is_taken


def test_a_copy_of_a_state_is_no_other_training(tmp_path: Path) -> None:
    results(tmp_path)
    state(tmp_path / "results" / "tuned", 800)
    state(tmp_path / "train", 1000)
    _, spec, said = audited(tmp_path, "results/base", "results/tuned", "train")
    assert taken(spec) == f"train/{STATE}"
    assert f"results/tuned/{STATE}: passed over, as train/{STATE} is of the same training" in said


def test_logs_of_one_folder_that_differ_are_said_to(tmp_path: Path) -> None:
    state(tmp_path / "run" / "checkpoint-1000", 1000, shift=0.5)
    state(tmp_path / "run" / "checkpoint-100", 100)
    _, _, said = audited(tmp_path, "run")
    assert "goes on to step 1000 (though their logs differ: is one left of an earlier" in said


def test_a_state_without_a_step_or_a_log_is_told_by_its_folder(tmp_path: Path) -> None:
    for step in (100, 200):
        path = state(tmp_path / "run" / f"checkpoint-{step}", step)
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(content | {"global_step": None, "log_history": []}), "utf-8")
    _, spec, said = audited(tmp_path, "run")
    assert taken(spec) == f"run/checkpoint-200/{STATE}"
    assert f"training: run/checkpoint-200/{STATE}, to step 200\n" in said


# Of which model


@pytest.mark.parametrize("arguments", [("results/base", "results/tuned"), ("results",)])
def test_a_state_with_results_of_the_base_is_not_of_the_tuned_model(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    results(tmp_path)
    state(tmp_path / "results" / "base" / "checkpoint-900", 900)
    state(tmp_path / "results" / "tuned", 300, shift=0.5)
    report, spec, said = audited(tmp_path, *arguments)
    assert taken(spec) == f"results/tuned/{STATE}"
    assert report.training is not None
    assert report.training.curve[-1].step == 300
    passed = f"results/base/checkpoint-900/{STATE}: passed over, as it lies with results of the"
    assert f"{passed} base alone: {ELSE}" in said


def test_where_only_the_base_has_one_there_is_none(tmp_path: Path) -> None:
    results(tmp_path)
    path = state(tmp_path / "results" / "base", 300)
    named = str(path.relative_to(tmp_path))
    for extra in ((), (named,)):
        report, spec, said = audited(tmp_path, "results/base", "results/tuned", *extra)
        assert "training" not in spec
        assert report.training is None
        assert f"{named}: passed over, as it lies with results of the base alone: {ELSE}" in said
        assert "\ntraining: " not in said


def test_a_third_model_has_its_own(tmp_path: Path) -> None:
    results(tmp_path)
    (tmp_path / "results" / "other").mkdir()
    long_table(tmp_path / "results" / "other" / "scores.csv", {"third": 30})
    state(tmp_path / "results" / "other", 300)
    _, spec, said = audited(tmp_path, "results", "--base", "m-base", "--tuned", "m-tuned")
    assert "training" not in spec
    assert "passed over, as it lies with results of another model alone" in said


@pytest.mark.parametrize("where", ["here", "train", "results"])
def test_a_state_with_nobodys_or_everybodys_results_is_of_the_tuned_model(
    where: str, tmp_path: Path
) -> None:
    results(tmp_path)
    path = state(tmp_path if where == "here" else tmp_path / where, 300)
    shown = str(path.relative_to(tmp_path))
    given = ("results",) if where == "results" else ("results/base", "results/tuned", shown)
    _, spec, said = audited(tmp_path, *given)
    assert taken(spec) == shown
    assert f"training: {shown}, to step 300\n" in said


# Of several trainings


def test_states_of_several_trainings_are_refused_until_one_is_named(tmp_path: Path) -> None:
    results(tmp_path)
    first = state(tmp_path / "results" / "tuned" / "run-1" / "checkpoint-300", 300)
    state(tmp_path / "results" / "tuned" / "run-1" / "checkpoint-200", 200)
    second = state(tmp_path / "results" / "tuned" / "run-2", 400, shift=0.5)
    one, two = (str(path.relative_to(tmp_path)) for path in (first, second))
    code, said = run(tmp_path, "audit", "results/base", "results/tuned")
    assert code == 2
    assert "states of 2 trainings, and nothing tells which is the tuned model's: " in said
    assert f"{two}, {one}\n" in said
    assert "name the file of that one as well" in said
    assert not (tmp_path / "specs").exists()
    _, spec, said = audited(tmp_path, "results/base", "results/tuned", one)
    assert taken(spec) == one
    assert said.count(": passed over, as another state is named\n") == 2


def test_so_are_several_trainings_alone(tmp_path: Path) -> None:
    for k in range(6):
        state(tmp_path / "sweep", 100, shift=k / 10, name=f"state-{k}.json")
    code, said = run(tmp_path, "audit", "sweep")
    assert code == 2
    assert "states of 6 trainings, and nothing tells which is meant: sweep/state-0.json" in said
    assert "sweep/state-3.json and 2 more\n" in said
    assert not (tmp_path / "specs").exists()


def test_one_state_beside_two_tables_is_named(tmp_path: Path) -> None:
    pair(tmp_path)
    state(tmp_path / "out", 200)
    _, _, said = audited(tmp_path, "base.csv", "tuned.csv", "out")
    assert f"training: out/{STATE}, to step 200\n" in said
    assert "passed over" not in said
    assert spec_in(tmp_path)["training"]
