"""Starting a child for a job: its progress on our stderr, its end in words, its life tied to ours.

A child that outlived a killed build would go on asking while the next build asks the same again.
So it holds one end of a pipe that closes when we die, however we die, and it holds the store's
lock with us, so that nobody else begins before it is gone.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from evalreport.digest import digest_text
from evalreport.errors import EXIT_INTERRUPTED, EvalReportError, Problem
from evalreport.records import Failure
from evalreport.run.jobs import Job, job_text

PARENT: Final = "EVALREPORT_PARENT"  # descriptor of the pipe's end, in the child's environment
_LAST_LINES = 30
_PUT_AWAY_SECONDS = 5.0


def launch(job: Job, folder: Path, *, lock: int | None = None) -> Failure | None:
    """Run a job in a process of its own and wait for it.

    Args:
        job: What to do.
        folder: The store's folder; the job file is kept below it until the job is done, and
            stays there when it fails, so that it can be run by hand.
        lock: Descriptor of the store's lock, which the child holds with us.

    Returns:
        None when it ended well, else why it did not.

    Raises:
        EvalReportError: The job file cannot be written.
        KeyboardInterrupt: The user stopped it; everything stored so far stays.
    """
    path = _written(job, folder)
    watched, held = os.pipe()
    try:
        inherited = (watched,) if lock is None else (watched, lock)
        with _interrupt_later():
            # A Ctrl-C while the child starts would print its half-loaded modules: it inherits
            # the mask, and looks for what was held back when it is ready.
            child = subprocess.Popen(
                [sys.executable, "-m", "evalreport", "run-step", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None,
                env=_environment(watched),
                pass_fds=inherited,
            )
        said: deque[str] = deque(maxlen=_LAST_LINES)
        listener = threading.Thread(target=_listen, args=(child.stdout, said), daemon=True)
        listener.start()
        try:
            code = child.wait()
        except KeyboardInterrupt:
            _stop(child)
            raise
        listener.join(timeout=_PUT_AWAY_SECONDS)  # a grandchild may still hold the pipe
    finally:
        os.close(watched)
        os.close(held)
    if code == 0:
        path.unlink(missing_ok=True)
        return None
    if code in (EXIT_INTERRUPTED, -signal.SIGINT):
        raise KeyboardInterrupt
    lines = [*said]
    return Failure(reason=_why(code, lines), trace="\n".join(lines))


def end_with_parent() -> None:
    """In the child: end at once when the process that started us is gone.

    Whatever we do is written so that a kill at any line does no harm.
    """
    given = os.environ.pop(PARENT, None)
    if given is not None:
        threading.Thread(target=_watch, args=(int(given),), daemon=True).start()


def accept_interrupts() -> None:
    """In the child: from here on a Ctrl-C is a KeyboardInterrupt, also one that came earlier."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _watch(descriptor: int) -> None:
    try:
        os.read(descriptor, 1)  # nothing is ever written: it returns when the other end closes
    except OSError:
        return  # the descriptor did not reach us, through a launcher of another kind
    os.kill(os.getpid(), signal.SIGKILL)


def _written(job: Job, folder: Path) -> Path:
    text = job_text(job)
    jobs = folder / "jobs"
    path = jobs / f"{digest_text(text)[:16]}.json"
    try:
        jobs.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvalReportError(
            Problem(
                str(path),
                f"what a step needs cannot be written ({error.strerror or error})",
                "check space and permissions and build again: everything computed is kept",
            )
        ) from error
    return path


@contextmanager
def _interrupt_later() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment(watched: int) -> dict[str, str]:
    """The child's environment: telemetry off, no tokenizer threads fighting over two cores."""
    return {
        **os.environ,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false"),
        "PYTHONUNBUFFERED": "1",
        PARENT: str(watched),
    }


def _listen(stream: IO[bytes] | None, said: deque[str]) -> None:
    """Keep the last lines that the child says; in memory, for a full disk has no room for them."""
    if stream is None:
        return
    with stream:
        for line in stream:
            said.append(line.decode("utf-8", "replace").rstrip("\n"))


def _stop(child: subprocess.Popen[bytes]) -> None:
    """The terminal has told the child too, as a rule; if not we tell it, and then we insist."""
    for seconds, told in (
        (_PUT_AWAY_SECONDS / 5, signal.SIGINT),
        (_PUT_AWAY_SECONDS, signal.SIGKILL),
    ):
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(told)
    child.wait()


def _why(code: int, said: list[str]) -> str:
    """The end of a child in words."""
    if code < 0:
        if -code == signal.SIGKILL:
            return (
                "the process was killed (SIGKILL), most often because memory ran out: "
                "a smaller batch_size, max_length or model helps"
            )
        return f"the process ended on {signal.Signals(-code).name}"
    lines = [line.strip() for line in said if line.strip()]
    return lines[-1] if lines else f"the process ended with code {code}"
