"""A whole build whose training is shared by two real processes and followed by trackers."""

import json
from pathlib import Path

import pytest

from tests.builds.workshop import SPEC, Workshop
from tests.tiny import tiny_model

pytestmark = pytest.mark.torch

ENGINE = SPEC[SPEC.index("engine:\n") : SPEC.index("evaluation:\n")]
LOCAL = (
    SPEC.replace(ENGINE, "engine: {kind: local, device: cpu}\n")
    .replace("base_model: {path: org/base}", "base_model: {path: ./model, hub_id: org/tiny}")
    .replace(
        "training: {learning_rate: 2e-4, epochs: 2,",
        "training: {learning_rate: 2e-2, max_steps: 3, max_length: 64,\n"
        "           launch: {kind: torchrun, processes: 2}, report_to: [tensorboard, mlflow],\n          ",
    )
    .replace("evaluate_every: {epochs: 0.5}", "evaluate_every: {steps: 3}")
    .replace("    - {kind: multiple_choice, name: general, dataset: general}\n", "")
    .replace("  guards: [{layer: general, metric: accuracy, lose_at_most: 0.3}]\n", "")
    .replace("    - {kind: overfitting, name: seen-vs-unseen, unseen: test, sample: 6}\n", "")
    .replace("max_new_tokens: 48", "max_new_tokens: 2")
)


def test_a_build_trains_with_two_processes_and_says_so(tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w", LOCAL)
    tiny_model(workshop.folder / "model", tied=True)
    planned = workshop.plan()
    assert "train seed 1............... will run: not done yet" in planned.out, planned.both
    ran = workshop.build("--accept-underpowered")
    assert ran.code == 0, ran.both
    assert "training seed 1  3/3  loss" in ran.err
    assert "Root Cause" not in ran.err
    report = workshop.report()
    assert report.training is not None
    assert report.training.used["processes"] == 2
    assert report.training.used["launcher"] == "torchrun"
    assert [run.tracker for run in report.training.runs[0].trackers] == ["tensorboard", "mlflow"]
    for run in report.training.runs[0].trackers:
        assert (workshop.folder / run.where).is_dir()
        for name in ("report.md", "report.html"):
            assert run.where in (workshop.out / name).read_text()
    # Processes and trackers make no other experiment: nothing runs again without them.
    again = workshop.plan(
        "--set", "training.launch={kind: process}", "--set", "training.report_to=[wandb]"
    )
    assert "reused" in next(line for line in again.out.splitlines() if line.startswith("train"))
    rebuilt = workshop.build(
        "--accept-underpowered", "--set", "training.report_to=[wandb]", "--out", "other"
    )
    assert rebuilt.code == 0, rebuilt.both
    notes = json.loads((workshop.folder / "other/report.json").read_text())["training"]["notes"]
    assert any(
        "report_to names wandb, which did not follow this training" in note for note in notes
    )


def test_too_few_gpus_block_the_training_at_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalreport.commands import opening
    from evalreport.records import Machine

    machine = Machine(
        cores=8, memory_bytes=1 << 36, instruction_sets=(), accelerator="H100",
        accelerator_bytes=1 << 36, accelerator_count=1,
    )  # fmt: skip
    monkeypatch.setattr(opening, "this_machine", lambda: machine)
    workshop = Workshop.made(tmp_path / "w", LOCAL.replace("device: cpu", "device: auto"))
    tiny_model(workshop.folder / "model", tied=True)
    line = next(one for one in workshop.plan().out.splitlines() if one.startswith("train"))
    assert "blocked: training.launch wants 2 GPUs, one for each process, and 1 can be seen" in line
    assert "the global batch stays" in line


def test_a_tracker_that_is_not_installed_blocks_the_training_at_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalreport.training import trackers

    monkeypatch.setattr(trackers, "_is_installed", lambda module: module != "mlflow")
    workshop = Workshop.made(tmp_path / "w", LOCAL)
    tiny_model(workshop.folder / "model", tied=True)
    line = next(one for one in workshop.plan().out.splitlines() if one.startswith("train"))
    assert "blocked: training.report_to names mlflow" in line
    assert "pip install 'evalreport[trackers]'" in line
