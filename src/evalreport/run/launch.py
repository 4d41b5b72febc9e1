"""Starting a child for a job: its progress on our stderr, its end in words."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from evalreport.digest import digest_text
from evalreport.errors import EXIT_INTERRUPTED
from evalreport.records import Failure
from evalreport.run.jobs import JOB, Job

_LAST_LINES = 30


def launch(job: Job, folder: Path, *, command: tuple[str, ...] = ()) -> Failure | None:
    """Run a job in a process of its own and wait for it.

    Args:
        job: What to do.
        folder: The store's folder; job file and log are kept below it until the job is done.
        command: What starts a Python program, when it is not this interpreter.

    Returns:
        None when it ended well, else why it did not.

    Raises:
        KeyboardInterrupt: The user stopped it; everything stored so far stays.
    """
    text = JOB.dump_json(job).decode()
    jobs = folder / "jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    path = jobs / f"{digest_text(text)[:16]}.json"
    path.write_text(text, encoding="utf-8")
    log = path.with_suffix(".log")
    start = [*(command or (sys.executable,)), "-m", "evalreport", "run-step", str(path)]
    with log.open("wb") as errors:
        child = subprocess.Popen(start, stdout=errors, stderr=None, env=_environment(log))
        try:
            code = child.wait()
        except KeyboardInterrupt:
            _stop(child)
            raise
    if code == 0:
        path.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        return None
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    return Failure(reason=_why(code, log), trace=_tail(log))


def _environment(log: Path) -> dict[str, str]:
    """The child's environment: telemetry off, no tokenizer threads fighting over two cores."""
    return {
        **os.environ,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false"),
        "EVALREPORT_CHILD_LOG": str(log),
        "PYTHONUNBUFFERED": "1",
    }


def _stop(child: subprocess.Popen[bytes]) -> None:
    """The terminal has told the child too; wait for it to put things away, then insist."""
    try:
        child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _why(code: int, log: Path) -> str:
    """The end of a child in words."""
    if code < 0:
        name = signal.Signals(-code).name
        if -code == signal.SIGKILL:
            return (
                "the process was killed (SIGKILL), most often because memory ran out: "
                "a smaller batch_size, max_length or model helps"
            )
        return f"the process ended on {name}"
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"the process ended with code {code}"


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-_LAST_LINES:])
