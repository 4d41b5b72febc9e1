"""Starting a child for a job: its progress on our stderr, its end in words, its life tied to ours.

A child that outlived a killed build would go on asking while the next build asks the same again.
So it holds one end of a pipe that closes when we die, however we die, and it holds the store's
lock with us, so that nobody else begins before it is gone. A training that is shared by several
processes is started through their launcher, which holds the lock; `ranks.py` ties the processes.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from evalreport.digest import digest_text
from evalreport.engines.loading import QUIET
from evalreport.errors import EXIT_INTERRUPTED, EvalReportError, Problem
from evalreport.records import Failure
from evalreport.run.jobs import Job, TrainingJob, job_text
from evalreport.run.progress import Printer
from evalreport.run.ranks import FOLDER, Tie, heard_progress
from evalreport.training.options import Accelerate, InProcess, Launch

PARENT: Final = "EVALREPORT_PARENT"  # descriptor of the pipe's end, in the child's environment
_LAST_LINES = 30
_BANNER_LINES = 200  # of a launcher: it reports at length
# What tells a process that it is one of several: in the environment of a build, by whatever cluster
# or notebook it was started, it speaks of something else.
_FOREIGN: Final = (
    "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", "ROLE_RANK",
    "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE", "NODE_RANK", "MASTER_ADDR", "MASTER_PORT",
)  # fmt: skip
_FOREIGN_PREFIXES: Final = (
    "TORCHELASTIC_", "PET_", "ACCELERATE_", "FSDP_", "PMI_", "OMPI_COMM_WORLD_", "MV2_COMM_WORLD_",
)  # fmt: skip
_PUT_AWAY_SECONDS = 5.0


class Child(Protocol):
    """A process that was started, as far as it matters here; `subprocess.Popen` is one."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it says."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; `subprocess.TimeoutExpired` where it has not."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""


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
    several = _launch_of(job)
    failure = _alone(path, lock) if several is None else _several(path, job, several, lock)
    if failure is None:
        path.unlink(missing_ok=True)
        _configuration(path).unlink(missing_ok=True)
    return failure


def _launch_of(job: Job) -> Launch | None:
    """How a job is started as several processes; None for one of its own."""
    if not isinstance(job, TrainingJob) or job.engine.kind != "local":
        return None
    asked = job.train.training.launch
    return None if isinstance(asked, InProcess) else asked


def _unseen(job: Job) -> dict[str, str]:
    """Takes the GPUs from processes that train on the processor.

    accelerate waits for the others on the accelerator of the machine that has the number of the
    process, whatever trains: with two processes and one GPU that fails.
    """
    on_cpu = isinstance(job, TrainingJob) and job.train.device == "cpu"
    return {"CUDA_VISIBLE_DEVICES": ""} if on_cpu else {}


def _alone(path: Path, lock: int | None) -> Failure | None:
    watched, held = os.pipe()
    try:
        inherited = (watched,) if lock is None else (watched, lock)
        with _interrupt_later():
            # A Ctrl-C while the child starts would print its half-loaded modules: it inherits
            # the mask, and looks for what was held back when it is ready.
            child = start(["run-step", str(path)], _environment({PARENT: str(watched)}), inherited)
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
    if code in (EXIT_INTERRUPTED, -signal.SIGINT):
        raise KeyboardInterrupt
    lines = [*said]
    return None if code == 0 else Failure(reason=_why(code, lines), trace="\n".join(lines))


def start(arguments: Sequence[str], environment: Mapping[str, str], handed: Sequence[int]) -> Child:
    """Start a command of ours in a process of its own, its stdout in a pipe.

    Args:
        arguments: Of the command line.
        environment: All of it.
        handed: Descriptors that it holds under the same numbers.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "evalreport", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None,
        env=environment,
        pass_fds=handed,
    )


def _several(path: Path, job: Job, asked: Launch, lock: int | None) -> Failure | None:
    """Through a launcher: what it prints is kept, and only the progress in it is shown.

    A Ctrl-C reaches us alone, for the launcher has a session of its own; we let the processes go.
    """
    threads = os.environ.get("OMP_NUM_THREADS")
    cores = max(1, (os.cpu_count() or 1) // asked.processes)
    try:
        launcher, tie = launcher_command(asked, job, path), Tie()
    except OSError as error:
        return Failure(reason=f"the processes cannot be tied to this one: {error}")
    try:
        child = subprocess.Popen(
            [*launcher, "-m", "evalreport", "run-step", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(
                {FOLDER: str(tie.folder), "OMP_NUM_THREADS": threads or str(cores), **_unseen(job)},
            ),
            pass_fds=() if lock is None else (lock,),
            start_new_session=True,
        )
        said: deque[str] = deque(maxlen=_BANNER_LINES)
        listener = threading.Thread(
            target=_listen, args=(child.stdout, said, Printer()), daemon=True
        )
        listener.start()
        try:
            code = child.wait()
        except KeyboardInterrupt:
            tie.let_go()
            _stop(child, told=signal.SIGTERM)
            raise
        tie.let_go()  # a launcher that was killed leaves its processes behind
        listener.join(timeout=_PUT_AWAY_SECONDS)
        if code == 0:
            return None
        lines = [*said]
        reason = tie.reason(lines)
        words = (
            reason if isinstance(reason, str) else _why(code if reason is None else reason, lines)
        )
        return Failure(reason=words, trace="\n".join(lines))
    finally:
        tie.close()


def launcher_command(asked: Launch, job: Job, path: Path) -> list[str]:
    """What starts the processes, up to the module that each of them runs.

    Args:
        asked: How the spec wants them started.
        job: With the settings of accelerate, where it is used.
        path: Of the job; a configuration is written beside it.

    Raises:
        OSError: It cannot be written.
    """
    if not isinstance(asked, Accelerate):
        return [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc_per_node", str(asked.processes)),
        ]
    config = _configuration(path)
    settings = job.accelerate if isinstance(job, TrainingJob) else {}
    config.write_text(json.dumps(settings), encoding="utf-8")
    return [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config)]


def _configuration(path: Path) -> Path:
    """Where the configuration of accelerate for a job lies."""
    return path.with_suffix(".accelerate.json")


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


def _environment(ties: dict[str, str]) -> dict[str, str]:
    """The child's environment: telemetry off, no tokenizer threads fighting over two cores.

    What takes network and progress bars from libraries is there before anything imports them.

    Args:
        ties: What ties it to us.
    """
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
    }
    return {
        **ours,
        **QUIET,
        "TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false"),
        "PYTHONUNBUFFERED": "1",
        **ties,
    }


def _listen(stream: IO[bytes] | None, said: deque[str], show: Printer | None = None) -> None:
    """Keep the last lines that the child says; in memory, for a full disk has no room for them.

    Args:
        stream: What it says.
        said: The last lines.
        show: Takes the progress that is among them.
    """
    if stream is None:
        return
    with stream:
        for line in stream:
            words = line.decode("utf-8", "replace").rstrip("\n")
            progress = heard_progress(words) if show is not None else None
            if progress is None:
                said.append(words)
            elif show is not None:
                show(progress)


def _stop(child: Child, *, told: signal.Signals = signal.SIGINT) -> None:
    """The terminal has told the child too, as a rule; if not we tell it, and then we insist."""
    for seconds, word in (
        (_PUT_AWAY_SECONDS / 5, told),
        (_PUT_AWAY_SECONDS, signal.SIGKILL),
    ):
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(word)
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
