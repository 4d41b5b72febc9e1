"""Job files: the same steps elsewhere, complete, readable, and without a secret in them."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.builds.workshop import SPEC, Ran, Workshop

KEYED = SPEC.replace(
    "    - {kind: overfitting",
    "    - {kind: judge, name: blind-ab, on: extraction, judges: "
    "[{model: judge, base_url: http://localhost:1/v1, api_key_env: JUDGE_KEY}]}\n"
    "    - {kind: overfitting",
)
TWO_GPUS = (
    "--set", "engine={kind: local, device: cuda}",
    "--set", "training.launch={kind: torchrun, processes: 2}",
)  # fmt: skip


def emitted(workshop: Workshop, kind: str, *arguments: str) -> str:
    ran = workshop.plan("--emit", kind, *arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def task_of(text: str) -> dict[str, Any]:
    task = yaml.safe_load(text)
    assert isinstance(task, dict)
    return task


def shell_is_clean(script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def stand_in(folder: Path) -> Path:
    """An installation without anything to install: the program that is tested."""
    program = folder / "bin/evalreport"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/bash\nexec {sys.executable} -m evalreport "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def ran_as_job(script: str, folder: Path, **environment: str) -> Ran:
    """As a cluster would: from a file, in a folder of its own, with what it sets."""
    path = folder.parent / "job.sh"
    path.write_text(script)
    done = subprocess.run(
        ["bash", str(path)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


# Slurm


def test_every_step_stands_in_the_script_with_its_reason(workshop: Workshop) -> None:
    script = emitted(workshop, "sbatch")
    head = script[: script.index("#SBATCH")]
    for line in workshop.plan().out.splitlines():
        if line.startswith(("train", "ask", "0 steps", "power of")):
            name, *_, words = line.partition(" ")
            assert name.rstrip(".") in head
            assert words.partition(":")[2] in head
    shell_is_clean(script)


def test_resources_follow_from_the_plan(workshop: Workshop) -> None:
    plain, shared = emitted(workshop, "sbatch"), emitted(workshop, "sbatch", *TWO_GPUS)
    assert "--gres" not in plain  # simulated models need no GPU
    assert "#SBATCH --gres=gpu:2\n" in shared
    assert "#SBATCH --cpus-per-task=8\n" in shared
    assert "# The memory is not known in advance:\n#SBATCH --mem=32G\n" in shared
    assert "#SBATCH --requeue\n" in shared
    # Slurm reads directives up to the first command.
    first = next(i for i, line in enumerate(shared.splitlines()) if line and line[0] != "#")
    assert not [line for line in shared.splitlines()[first:] if line.startswith("#SBATCH")]


def test_time_is_that_which_was_measured_with_a_margin(workshop: Workshop) -> None:
    assert "is not known in advance; a first build" in emitted(workshop, "sbatch")
    assert workshop.build().code == 0
    rerun = emitted(workshop, "sbatch", "--set", "training.learning_rate=1e-4")
    assert "#SBATCH --time=00:1" in rerun  # a quarter of an hour to set up, and next to nothing
    assert "training.learning_rate 0.0002 -> 0.0001" in rerun


def test_the_script_builds_a_report_and_can_be_requeued(workshop: Workshop) -> None:
    title = 'It\'s "quoted", $HOME, é and\na line'
    script = emitted(
        workshop, "sbatch", "--set", f"title={title}", "--set", "evaluation.alpha=0.01"
    )
    shell_is_clean(script)
    cluster = {
        "SLURM_SUBMIT_DIR": str(workshop.folder),
        "SLURM_JOB_ID": "17",
        "EVALREPORT_VENV": str(stand_in(workshop.folder.parent / "venv")),
        "WORLD_SIZE": "4",
        "RANK": "2",
    }
    ran = ran_as_job(script, workshop.folder, **cluster)
    assert ran.code == 0, ran.both
    report = workshop.report()
    assert report.title.split() == title.split()
    assert report.declared.alpha == 0.01
    calls = workshop.lines()
    assert ran_as_job(script, workshop.folder, **cluster).code == 0
    assert workshop.lines() == calls


def test_a_failed_build_is_a_failed_job(workshop: Workshop) -> None:
    script = emitted(workshop, "sbatch")
    workshop.change("right: 0.9", "rihgt: 0.9")
    venv = str(stand_in(workshop.folder.parent / "venv"))
    ran = ran_as_job(
        script, workshop.folder, SLURM_SUBMIT_DIR=str(workshop.folder), EVALREPORT_VENV=venv
    )
    assert ran.code == 2


@pytest.mark.parametrize("kind", ["sbatch", "skypilot"])
def test_keys_stand_there_by_name_only(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUDGE_KEY", "HF_TOKEN", "WANDB_API_KEY"):
        monkeypatch.setenv(name, "sk-very-secret")
    text = emitted(
        Workshop.made(tmp_path / "w", KEYED), kind, *TWO_GPUS, "--set", "training.report_to=[wandb]"
    )
    assert "JUDGE_KEY" in text
    assert "HF_TOKEN" in text
    assert "sk-very-secret" not in text
    assert "evalreport[trackers]==" in text


def test_a_missing_key_stops_the_job_before_anything_is_installed(tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w", KEYED)
    environment = {"SLURM_SUBMIT_DIR": str(workshop.folder), "EVALREPORT_VENV": "/nowhere"}
    ran = ran_as_job(emitted(workshop, "sbatch"), workshop.folder, **environment)
    assert ran.code != 0
    assert "JUDGE_KEY: is not set" in ran.err
    assert "venv" not in ran.both


# SkyPilot

# The fields of a task, of its resources and of a bucket, as its documentation names them.
TASK = {
    "name",
    "workdir",
    "num_nodes",
    "resources",
    "envs",
    "secrets",
    "file_mounts",
    "setup",
    "run",
}
RESOURCES = {"accelerators", "cpus", "memory", "disk_size", "use_spot"}
BUCKET = {"name", "mode", "persistent"}


def test_the_task_has_the_fields_that_skypilot_knows(tmp_path: Path) -> None:
    task = task_of(emitted(Workshop.made(tmp_path / "w", KEYED), "skypilot", *TWO_GPUS))
    assert {*task} == TASK
    assert {*task["resources"]} == RESOURCES
    assert set(task["resources"]["accelerators"].values()) == {2}
    assert task["resources"]["use_spot"] is True
    assert task["secrets"] == {"JUDGE_KEY": None}
    ((place, bucket),) = task["file_mounts"].items()
    assert {*bucket} == BUCKET
    assert bucket["mode"] == "MOUNT"
    assert place in task["run"]
    shell_is_clean(task["setup"])
    shell_is_clean(task["run"])


def test_a_task_without_keys_has_no_empty_field(workshop: Workshop) -> None:
    task = task_of(emitted(workshop, "skypilot"))
    assert {*task} == TASK - {"secrets"}
    assert "accelerators" not in task["resources"]


def test_a_machine_that_is_taken_away_is_followed_by_one_that_goes_on(
    workshop: Workshop, tmp_path: Path
) -> None:
    """The bucket alone outlives a spot machine; the second one asks nothing again."""
    bucket, home = tmp_path / "bucket", tmp_path / "home"
    stand_in(home / "evalreport-venv")
    title = "Étude, $HOME and 'quotes'"
    task = task_of(emitted(workshop, "skypilot", "--set", f"title={title}"))
    script = task["run"].replace("/evalreport-store", str(bucket))

    def on_a_machine(name: str) -> Workshop:
        machine = Workshop.made(tmp_path / name)
        path = tmp_path / f"{name}.sh"
        path.write_text(script)
        done = subprocess.run(
            ["bash", str(path)], cwd=machine.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "HOME": str(home)}, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return machine

    first = on_a_machine("first")
    assert first.report().title == title
    assert first.lines() > 0
    second = on_a_machine("second")
    assert second.lines() == 0
    assert second.report().verdict == first.report().verdict
    assert (bucket / "reports/orders/report.md").exists()
