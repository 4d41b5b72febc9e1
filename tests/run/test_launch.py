"""Children: tied to the life of their parent, heard to the end, quiet when interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from evalreport.engines.base import Load
from evalreport.engines.fake import FakeEngine
from evalreport.errors import DataError, EvalReportError
from evalreport.records import Dtype
from evalreport.run.jobs import AskJob, job_text, read_job_file
from evalreport.run.launch import launch
from evalreport.versions import UPGRADE
from tests.builds.workshop import SLOW, Workshop

STUCK = SLOW.replace("delay_seconds: 0.002", "delay_seconds: 30")


def job(folder: Path, **changes: object) -> AskJob:
    return AskJob(
        store=folder,
        engine=FakeEngine(),
        load=Load(folder=folder / "model", base_digest="d", dtype=Dtype.FLOAT32),
        pace="load a model",
        groups=(),
    ).model_copy(update=changes)


def test_a_job_survives_its_file_whatever_texts_it_holds(tmp_path: Path) -> None:
    given = job(tmp_path, pace="half a pair \ud83d, \x00, \u2028 and </script>")
    path = tmp_path / "job.json"
    path.write_text(job_text(given))
    assert path.read_text().isascii()
    assert read_job_file(path).job(AskJob) == given


@pytest.mark.parametrize("text", ["", "{", "{}", '{"kind": "ask"}', "null", '{"job": 1}'])
def test_what_is_no_job_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(DataError, match="it is no job file"):
        read_job_file(path).job(AskJob)


def test_a_newer_job_file_wants_a_newer_program(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"job": 2, "kind": "ask", "shape": "new"}')
    with pytest.raises(DataError) as caught:
        read_job_file(path)
    (problem,) = caught.value.problems
    assert problem.what.startswith("it is of version 2 of job files; ")
    assert problem.hint == UPGRADE


def test_a_job_that_ends_well_leaves_no_file(tmp_path: Path) -> None:
    assert launch(job(tmp_path), tmp_path) is None
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_job_that_fails_says_why_and_stays_to_be_run_by_hand(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    store.write_bytes(b"no database at all, but long enough to be taken for one\n" * 50)
    failure = launch(job(tmp_path), tmp_path)
    assert failure is not None
    assert failure.reason.startswith("the store cannot be read (file is not a database) (")
    assert "Traceback" not in failure.reason
    left = list((tmp_path / "jobs").iterdir())
    assert [read_job_file(path).job(AskJob) for path in left] == [job(tmp_path)]


def test_a_job_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("in the way")
    with pytest.raises(EvalReportError, match="what a step needs cannot be written"):
        launch(job(tmp_path), tmp_path)


def under_way(workshop: Workshop) -> tuple["subprocess.Popen[str]", psutil.Process]:
    """A build whose step waits half a minute for its first answer, and that step."""
    build = workshop.started("build", "spec.yaml")
    while workshop.lines() < 2:
        assert build.poll() is None, build.communicate()
        time.sleep(0.005)
    (step,) = psutil.Process(build.pid).children()
    return build, step


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_step_ends_with_the_build_that_started_it(tmp_path: Path, how: signal.Signals) -> None:
    workshop = Workshop.made(tmp_path / "w", STUCK)
    build, step = under_way(workshop)
    begun = time.monotonic()
    build.send_signal(how)
    step.wait(timeout=10)
    assert time.monotonic() - begun < 5
    build.communicate(timeout=10)


def test_the_lock_is_held_until_the_last_step_is_gone(tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w", STUCK)
    build, step = under_way(workshop)
    step.suspend()  # it cannot see that the build has gone
    build.kill()
    build.wait(timeout=10)
    refused = workshop.build("--no-wait")
    assert refused.code == 2
    assert f"process {build.pid} is using this store" in refused.err
    step.kill()
    step.wait(timeout=10)
    build.communicate(timeout=10)
    ran = workshop.run("store", "gc")
    assert ran.code == 0, ran.err


def test_a_step_started_by_hand_lives_by_itself(tmp_path: Path) -> None:
    """No pipe to a parent: nothing but its own end ends it."""
    path = tmp_path / "job.json"
    path.write_text(job_text(job(tmp_path / "store")))
    done = subprocess.run(
        [sys.executable, "-m", "evalreport", "run-step", str(path)],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if key != "EVALREPORT_PARENT"},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_what_is_asked_twice_is_answered_once(tmp_path: Path) -> None:
    """A job that is run again, by whomever, asks nothing that has an answer."""
    workshop = Workshop.made(tmp_path / "w", SLOW)
    ran = workshop.ran("build", "spec.yaml", environment={"EVALREPORT_DIE_AT": "training-written"})
    assert ran.code == 3
    kept = [*(workshop.folder / ".evalreport/jobs").iterdir()]
    assert len(kept) == 1
    assert json.loads(kept[0].read_text())["kind"] == "train"
    for _ in range(2):
        again = workshop.ran("run-step", str(kept[0]))
        assert again.code == 0, again.both
    asked = len(workshop.calls())
    assert workshop.build().code == 0
    assert len(workshop.trainings()) == 2
    assert len(workshop.calls()) == 2 * asked
