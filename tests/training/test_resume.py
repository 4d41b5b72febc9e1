"""Kills, memory and disk: what a training survives, and what it says where it does not."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evalreport.engines.base import Progress
from evalreport.errors import StepFailed
from evalreport.records import TrainingLog
from evalreport.training.checkpoints import checkpoint_folder, running_folder
from evalreport.training.options import AdapterOptions, EarlyStopping, EverySteps, Full, Lora
from evalreport.training.sft import TrainJob, train
from tests.training.toys import contents, job

pytestmark = pytest.mark.torch

# One child process; it dies by SIGKILL when the given step has been reported, or at a named moment.
CHILD = """
import os, signal, sys
from pathlib import Path
import torch
from evalreport.training.sft import TrainJob, train

torch.set_num_threads(1)

def report(progress):
    if progress.done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

train(TrainJob.model_validate_json(Path(sys.argv[1]).read_bytes()), report)
"""


def killed_child(given: TrainJob, tmp_path: Path, *, step: int = -1, moment: str = "") -> None:
    """Train in a child that is killed on the way."""
    path = tmp_path / "job.json"
    path.write_text(given.model_dump_json())
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if moment:
        environment["EVALREPORT_DIE_AT"] = moment
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(step)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def train_failing_at(given: TrainJob, step: int, error: BaseException) -> None:
    """Train in this process until the report of a step raises: what is on disk is as after a kill."""

    def report(progress: Progress) -> None:
        if progress.done == step:
            raise error

    with pytest.raises(type(error)):
        train(given, report)


class Died(BaseException):
    """Nobody catches this."""


def resumable_job(tiny: Path, folder: Path, adapter: AdapterOptions | None = None) -> TrainJob:
    """Dropout, a shuffled order, several evaluations and checkpoints after every step."""
    given = job(
        tiny,
        folder,
        adapter=adapter or Lora(r=4, alpha=8, dropout=0.2),
        epochs=3.0,
        learning_rate=3e-3,
        evaluate_every=EverySteps(steps=2),
        early_stopping=EarlyStopping(patience=6),
    )
    return given.model_copy(update={"save_every_seconds": 0.0})


@pytest.fixture(scope="module")
def whole(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[AdapterOptions | None], tuple[TrainJob, TrainingLog]]:
    """A training that nothing interrupted, for each adapter once."""
    made: dict[str, tuple[TrainJob, TrainingLog]] = {}

    def make(adapter: AdapterOptions | None = None) -> tuple[TrainJob, TrainingLog]:
        name = adapter.method if adapter else "lora"
        if name not in made:
            given = resumable_job(tiny, tmp_path_factory.mktemp(name) / "run", adapter)
            made[name] = given, train(given, lambda _: None)
        return made[name]

    return make


Whole = Callable[[AdapterOptions | None], tuple[TrainJob, TrainingLog]]


def assert_same(given: TrainJob, log: TrainingLog, other: TrainJob, expected: TrainingLog) -> None:
    """Everything but the clock, the interruption and the memory is as if nothing had happened."""
    assert contents(given.folder) == contents(other.folder)
    volatile = {"seconds": 0.0, "resumed_from": None, "peak_bytes": None}
    assert log.model_copy(update=volatile) == expected.model_copy(update=volatile)


@pytest.mark.parametrize("adapter", [None, Full()])
def test_a_kill_and_another_leave_no_trace(
    whole: Whole, tmp_path: Path, adapter: AdapterOptions | None
) -> None:
    other, expected = whole(adapter)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    if adapter is None:
        killed_child(given, tmp_path, step=8)
    else:
        train_failing_at(given, 8, Died())
    train_failing_at(given, 12, Died())
    log = train(given, lambda _: None)
    assert log.resumed_from is not None
    assert log.resumed_from >= 8
    assert_same(given, log, other, expected)
    assert not running_folder(given.folder).exists()


@pytest.mark.parametrize("moment", ["checkpoint-written", "checkpoint-marked"])
def test_a_kill_at_a_commit_point_leaves_no_trace(
    whole: Whole, tmp_path: Path, moment: str
) -> None:
    other, expected = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    killed_child(given, tmp_path, moment=moment)
    (checkpoint,) = running_folder(given.folder).glob("checkpoint-*")
    assert (checkpoint / "complete.json").exists() == (moment == "checkpoint-marked")
    log = train(given, lambda _: None)
    assert (log.resumed_from is None) == (moment == "checkpoint-written")
    assert_same(given, log, other, expected)


def test_a_checkpoint_of_another_key_is_not_gone_on_from(whole: Whole, tmp_path: Path) -> None:
    other, expected = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    train_failing_at(given, 9, Died())
    renamed = given.model_copy(update={"key": "key-2"})
    log = train(renamed, lambda _: None)
    assert log.resumed_from is None
    assert contents(renamed.folder) == contents(other.folder)
    assert log.curve == expected.curve
    fresh = train(given.model_copy(update={"resume": False}), lambda _: None)
    assert fresh.resumed_from is None


@pytest.mark.parametrize("damaged", ["optimizer.pt", "complete.json", "weights"])
def test_a_damaged_checkpoint_does_not_count(whole: Whole, tmp_path: Path, damaged: str) -> None:
    other, expected = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    train_failing_at(given, 9, Died())
    (checkpoint,) = running_folder(given.folder).glob("checkpoint-*")
    if damaged == "weights":
        (kept,) = (
            path
            for path in (running_folder(given.folder) / "weights").glob("step-*")
            if path.name == "step-5"
        )
        shutil.rmtree(kept)
    else:
        (checkpoint / damaged).write_bytes(b"{")
    log = train(given, lambda _: None)
    assert log.resumed_from is None
    assert_same(given, log, other, expected)


def test_damaged_weights_are_trained_again(whole: Whole, tmp_path: Path) -> None:
    other, expected = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    shutil.copytree(other.folder, given.folder)
    place = given.folder / "epoch-1" / "adapter_model.safetensors"
    place.unlink()  # a copy may share its bytes with others by a hard link
    place.write_bytes(b"nothing")
    log = train(given, lambda _: None)
    assert_same(given, log, other, expected)


def test_what_a_kill_left_after_the_end_is_cleared_away(whole: Whole, tmp_path: Path) -> None:
    other, _ = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    shutil.copytree(other.folder, given.folder)
    checkpoint_folder(given.folder, 14).mkdir(parents=True)
    (given.folder / ".best.part").mkdir()
    train(given, lambda _: None)
    assert contents(given.folder) == contents(other.folder)
    assert sorted(path.name for path in given.folder.iterdir()) == [
        "best", "epoch-1", "epoch-2", "epoch-3", "last", "training.json",
    ]  # fmt: skip


def test_memory_that_runs_out_halves_the_batch_and_is_told(whole: Whole, tmp_path: Path) -> None:
    other, expected = whole(None)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    failed: list[int] = []

    def report(progress: Progress) -> None:
        if progress.done == 7 and not failed:
            failed.append(progress.done)
            raise MemoryError

    log = train(given, report)
    assert log.used["micro_batch"] == 4
    assert log.used["training.global_batch_size"] == 8
    assert log.resumed_from == 6
    assert "memory ran out with 8 rows at once; from then on it was 4" in log.notes[0]
    assert log.curve[:7] == expected.curve[:7]
    assert log.steps == expected.steps


def test_memory_for_not_even_one_row_is_an_error(tiny: Path, tmp_path: Path) -> None:
    def report(progress: Progress) -> None:
        if progress.what.startswith("training"):
            raise MemoryError

    with pytest.raises(StepFailed, match="a single row at a time") as caught:
        train(job(tiny, tmp_path / "run", global_batch_size=2), report)
    assert "activation_checkpointing" in caught.value.problems[0].hint


@pytest.mark.parametrize("adapter", [None, Full()])
def test_a_full_disk_is_told_and_made_good(
    whole: Whole, tmp_path: Path, adapter: AdapterOptions | None
) -> None:
    """A limit on the size of files stands in for a disk that is full."""
    other, expected = whole(adapter)
    given = other.model_copy(update={"folder": tmp_path / "run"})
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        with pytest.raises(StepFailed, match="could not write here") as caught:
            train(given, lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        signal.signal(signal.SIGXFSZ, before)
    assert str(given.folder) in caught.value.problems[0].where
    log = train(given, lambda _: None)
    assert_same(given, log, other, expected)


def test_a_folder_that_cannot_be_made(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StepFailed, match="could not write here"):
        train(job(tiny, tmp_path / "file" / "run"), lambda _: None)
