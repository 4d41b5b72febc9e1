"""What ties the processes of a step, and which of their faults is the reason."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from evalreport.engines.base import Progress
from evalreport.run.ranks import (
    FOLDER,
    PROGRESS,
    Tie,
    heard_progress,
    say_progress,
    say_reason,
)

CHILD = """
import time
from evalreport.run.ranks import end_with_tie
end_with_tie()
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def tie() -> Iterator[Tie]:
    made = Tie()
    yield made
    made.close()


def child(tie: Tie) -> "subprocess.Popen[bytes]":
    """One that inherits no descriptor, and a session of its own, as a launcher starts it."""
    started = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdout=subprocess.PIPE,
        env={**os.environ, FOLDER: str(tie.folder)},
        start_new_session=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"up\n"
    return started


def test_letting_go_ends_them_at_once(tie: Tie) -> None:
    one, other = child(tie), child(tie)
    time.sleep(0.1)
    assert (one.poll(), other.poll()) == (None, None)
    tie.let_go()
    for started in (one, other):
        started.communicate(timeout=5)
        assert started.returncode == -signal.SIGKILL


def test_one_that_starts_after_the_parent_is_gone_ends_too(tie: Tie) -> None:
    tie.close()
    late = subprocess.run(
        [sys.executable, "-c", CHILD], check=False, timeout=20, stdout=subprocess.DEVNULL,
        env={**os.environ, FOLDER: str(tie.folder)},
    )  # fmt: skip
    assert late.returncode == -signal.SIGKILL


def test_the_first_fault_is_the_reason(tie: Tie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tie.folder))
    for rank, reason in (("1", "it broke"), ("0", "it broke later")):
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("WORLD_SIZE", "2")
        say_reason(reason, ValueError(reason))
    assert tie.reason([]) == "it broke (in process 2 of 2)"


def test_what_the_others_say_of_it_is_no_reason(tie: Tie, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was missing may say nothing at all, or say it later."""
    monkeypatch.setenv(FOLDER, str(tie.folder))
    say_reason("lost", RuntimeError("[gloo] Connection closed by peer"))
    assert tie.reason([]) == "lost"
    assert tie.reason(["Root Cause", "  exitcode  : -9 (pid: 17)"]) == -signal.SIGKILL
    assert tie.reason(["  exitcode  : -15 (pid: 17)"]) == "lost"
    say_reason("out of memory", MemoryError())
    assert tie.reason(["  exitcode  : -9 (pid: 17)"]) == "out of memory"


def test_without_a_launcher_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    say_reason("alone", ValueError())


def test_progress_passes_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    given = Progress("training seed 1", 3, 8, 0.5)
    say_progress(given)
    line = capfd.readouterr().out.rstrip("\n")
    assert heard_progress(line) == given
    assert heard_progress("a warning of some library") is None
    assert heard_progress(f"{PROGRESS}[1, ") is None
