"""Two real processes that train one model: the same steps and losses as one, one set of files."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from evalreport.engines import LocalEngine
from evalreport.records import Done, StepKind, TrainingLog
from evalreport.run.jobs import TrainingJob, job_text
from evalreport.run.launch import launch
from evalreport.store import FinishedStep, Store
from evalreport.training.launching import launch_settings
from evalreport.training.options import Accelerate, EarlyStopping, EverySteps, Lora, Torchrun
from tests.training.toys import contents, job

pytestmark = pytest.mark.torch

TWO = Torchrun(processes=2)
# Without dropout, whose draws depend on how the rows lie in batches, one and two are comparable.
PLAIN = Lora(r=8, alpha=16, dropout=0.0)


def together(tiny: Path, folder: Path, **changes: Any) -> TrainingJob:
    """41 rows, which neither a batch of 8 nor two processes divide."""
    asked = changes.get("launch")
    given = job(tiny, folder / "step", rows=41, **{"micro_batch": 2, "adapter": PLAIN, **changes})
    return TrainingJob(
        store=folder / "store",
        engine=LocalEngine(device="cpu"),
        finished=FinishedStep(
            key=given.key, spec="s", id="train seed 1", kind=StepKind.TRAIN, reads={}, inputs={},
            done=Done(reused=False, seconds=0.0), environment={},
        ),
        pace="train",
        beginning="begin",
        train=given.model_copy(update={"device": "cpu"}),
        accelerate=launch_settings(asked, folder, on_cpu=True)
        if isinstance(asked, Accelerate)
        else {},
    )  # fmt: skip


def done(given: TrainingJob) -> TrainingLog:
    failure = launch(given, given.store)
    assert failure is None, f"{failure.reason}\n{failure.trace}"
    return finished(given)


def finished(given: TrainingJob) -> TrainingLog:
    store = Store(given.store, lambda: "2026-01-01T00:00:00Z")
    try:
        record = store.step(given.train.key)
    finally:
        store.close()
    assert record is not None
    assert record.done.training is not None
    return record.done.training


@pytest.fixture(scope="module")
def alone(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingJob, TrainingLog]:
    given = together(tiny, tmp_path_factory.mktemp("alone"))
    return given, done(given)


@pytest.fixture(scope="module")
def shared(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingJob, TrainingLog]:
    given = together(tiny, tmp_path_factory.mktemp("shared"), launch=TWO)
    return given, done(given)


def test_two_processes_take_the_steps_of_one(
    alone: tuple[TrainingJob, TrainingLog], shared: tuple[TrainingJob, TrainingLog]
) -> None:
    one, two = alone[1], shared[1]
    assert (one.used["processes"], two.used["processes"]) == (1, 2)
    assert (one.used["launcher"], two.used["launcher"]) == ("process", "torchrun")
    assert (one.used["accumulation"], two.used["accumulation"]) == (4, 2)
    assert two.used["training.global_batch_size"] == one.used["training.global_batch_size"] == 8
    assert two.steps == one.steps == 12
    assert two.rows == one.rows
    assert two.best_step == one.best_step


def test_their_losses_are_those_of_one_up_to_rounding(
    alone: tuple[TrainingJob, TrainingLog], shared: tuple[TrainingJob, TrainingLog]
) -> None:
    """Also in the last step of an epoch, which holds one row for the two of them."""
    for one, two in zip(alone[1].curve, shared[1].curve, strict=True):
        assert (one.step, one.epoch, one.learning_rate) == (two.step, two.epoch, two.learning_rate)
        assert two.train_loss == (
            None if one.train_loss is None else pytest.approx(one.train_loss, rel=1e-4)
        )
        assert two.eval_loss == (
            None if one.eval_loss is None else pytest.approx(one.eval_loss, rel=1e-4)
        )


def test_tokens_are_counted_over_both_and_fillers_are_none(
    alone: tuple[TrainingJob, TrainingLog], shared: tuple[TrainingJob, TrainingLog]
) -> None:
    assert shared[1].tokens == alone[1].tokens == 2 * alone[1].rows.tokens


def test_there_is_one_set_of_files(
    alone: tuple[TrainingJob, TrainingLog], shared: tuple[TrainingJob, TrainingLog]
) -> None:
    assert [*contents(shared[0].train.folder)] == [*contents(alone[0].train.folder)]
    assert [*(shared[0].store / "jobs").iterdir()] == []


def test_accelerate_starts_them_with_a_file_of_its_own(
    tiny: Path,
    tmp_path: Path,
    shared: tuple[TrainingJob, TrainingLog],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What lies in the environment, or in the user's own configuration, does not count."""
    own = tmp_path / "accelerate"
    own.mkdir()
    (own / "default_config.yaml").write_text("distributed_type: NO\nnum_processes: 1\n")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for name, value in {
        "WORLD_SIZE": "8",
        "RANK": "3",
        "ACCELERATE_MIXED_PRECISION": "bf16",
    }.items():
        monkeypatch.setenv(name, value)
    given = together(tiny, tmp_path, launch=Accelerate(processes=2, config="multi_gpu"))
    log = done(given)
    assert (log.used["processes"], log.used["launcher"]) == (2, "accelerate")
    assert log.used["autocast"] == "none"
    assert contents(given.train.folder) == contents(shared[0].train.folder)
    assert [*(given.store / "jobs").iterdir()] == []


def test_no_world_of_the_environment_is_taken_for_a_launch(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "PMI_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert (
        done(together(tiny, tmp_path, max_steps=1, epochs=None, checkpoints="none")).used[
            "processes"
        ]
        == 1
    )


def test_a_world_other_than_declared_fails_with_a_sentence(tiny: Path, tmp_path: Path) -> None:
    """Such as a configuration of accelerate that gives one process where two were declared."""
    given = together(tiny, tmp_path, launch=Accelerate(processes=2))
    settings = {**given.accelerate, "distributed_type": "NO", "num_processes": 1}
    failure = launch(given.model_copy(update={"accelerate": settings}), given.store)
    assert failure is not None
    assert failure.reason.startswith(
        "2 processes were declared, and 1 trained together (training.launch"
    )
    assert not given.train.folder.exists()


def test_a_step_that_is_run_by_hand_without_its_launcher_says_so(
    tiny: Path, tmp_path: Path
) -> None:
    from evalreport.errors import StepFailed
    from evalreport.run.child import run_job

    path = tmp_path / "job.json"
    path.write_text(job_text(together(tiny, tmp_path, launch=TWO)))
    with pytest.raises(StepFailed, match="2 processes were declared, and 1 trained together"):
        run_job(path, lambda _: None)


# Failing: a package in front of ours does something to one of the processes.

FAULTS = {
    "raises": "raise ValueError('a fault of the second')",
    "is killed": "os.kill(os.getpid(), 9)",
    "has no memory": "raise MemoryError('out of memory')",
}
PLANTED = """
import os, sys
import evalreport.training.recorder as recorder
before = recorder.Recorder.logged
def logged(self, step, logs):
    if step == 3 and os.environ.get("RANK") == "1":
        {fault}
    return before(self, step, logs)
recorder.Recorder.logged = logged
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raises", "ValueError: a fault of the second (in process 2 of 2)"),
        ("is killed", "the process was killed (SIGKILL)"),
        ("has no memory", "memory ran out with 2 rows at once in each of 2 processes"),
    ],
)
def test_a_failure_of_one_ends_all_with_its_reason(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    # It runs at the start of every interpreter that finds it.
    (planted / "sitecustomize.py").write_text(
        f"import os\nopen({str(tmp_path / 'gpus')!r}, 'w').write("
        "os.environ.get('CUDA_VISIBLE_DEVICES', 'all'))\nif os.environ.get('RANK'):\n"
        + "".join(f"    {line}\n" for line in PLANTED.format(fault=FAULTS[fault]).splitlines())
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(planted), *sys.path]))
    given = together(tiny, tmp_path, launch=TWO)
    others = {*psutil.Process().children(recursive=True)}  # of tests before, such as a browser
    begun = time.monotonic()
    failure = launch(given, given.store)
    assert failure is not None
    assert failure.reason.startswith(words), failure.trace
    assert "\n" not in failure.reason
    assert (tmp_path / "gpus").read_text() == "", "a GPU would be waited for"
    assert time.monotonic() - begun < 100
    assert {*psutil.Process().children(recursive=True)} <= others


# Ending and going on

# A shell that puts the tests into the background has them ignore interrupts.
PARENT = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from evalreport.run.jobs import TrainingJob, read_job_file
from evalreport.run.launch import launch
job = read_job_file(Path(sys.argv[1])).job(TrainingJob)
launch(job, job.store)
"""


def started(given: TrainingJob, folder: Path) -> "subprocess.Popen[bytes]":
    """A parent that launches the job, once the processes have written a checkpoint."""
    path = folder / "job.json"
    path.write_text(job_text(given))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not [*given.train.folder.glob("running/checkpoint-*/complete.json")]:
        assert parent.poll() is None
        time.sleep(0.01)
    return parent


def resumable_job(tiny: Path, folder: Path) -> TrainingJob:
    """Dropout, a shuffled order, and a checkpoint after every step; it stops before its end."""
    given = together(
        tiny,
        folder,
        launch=TWO,
        adapter=Lora(r=4, alpha=8, dropout=0.2),
        epochs=6.0,
        evaluate_every=EverySteps(steps=4),
        early_stopping=EarlyStopping(patience=2, threshold=0.15),
        checkpoints="none",
    )
    return given.model_copy(
        update={"train": given.train.model_copy(update={"save_every_seconds": 0.0})}
    )


@pytest.fixture(scope="module")
def uninterrupted(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingJob, TrainingLog]:
    given = resumable_job(tiny, tmp_path_factory.mktemp("uninterrupted"))
    return given, done(given)


ENDS: Final = sum(
    1 << (one - 1) for one in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
)


def is_told(held: psutil.Process) -> bool:
    """Whether a process that is held is to end as soon as it goes on, or is gone.

    Other signals wait for it as well: that a child of its own has ended, for one.
    """
    try:
        status = Path(f"/proc/{held.pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    waiting = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return "Z" in waiting["State"] or int(waiting["ShdPnd"], 16) & ENDS != 0


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_all_end_with_their_parent_and_go_on_to_the_same_weights(
    tiny: Path, tmp_path: Path, how: signal.Signals, uninterrupted: tuple[TrainingJob, TrainingLog]
) -> None:
    given = resumable_job(tiny, tmp_path)
    parent = started(given, tmp_path)
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) == 3, [one.cmdline() for one in family]  # the launcher and two processes
    # Held while an interrupted parent ends: it waits a quarter of a second for its child, in which
    # so small a training may come to its end. Of a killed one nobody is told; they watch it.
    is_passed_on = how is signal.SIGINT
    held = [one for one in family if one.ppid() != parent.pid] if is_passed_on else []
    for one in held:
        one.suspend()
    assert not (given.train.folder / "training.json").exists()
    parent.send_signal(how)
    ended_by = time.monotonic() + 30
    while time.monotonic() < ended_by and not all(is_told(one) for one in held):
        time.sleep(0.1)
    for one in held:
        with suppress(psutil.NoSuchProcess):
            one.resume()
    # An interrupt is passed on politely first, and insisted on after some seconds.
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    parent.wait(timeout=10)
    assert not (given.train.folder / "training.json").exists(), "it came to its end before it ended"
    log, whole = done(given), uninterrupted[1]
    assert log.resumed_from is not None
    assert log.curve == whole.curve
    assert (log.tokens, log.stopped_early) == (whole.tokens, whole.stopped_early)
    assert contents(given.train.folder) == contents(uninterrupted[0].train.folder)


@pytest.mark.slow
def test_stopping_early_is_decided_for_all_of_them(
    uninterrupted: tuple[TrainingJob, TrainingLog],
) -> None:
    log = uninterrupted[1]
    assert log.stopped_early
    assert log.steps < 36
