"""Warm starts: a process that has the libraries loaded and forks the children of builds in tests.

Loading torch, transformers, peft and trl takes longer than all else that most tests of a build do.
A build in the test's own process (`Workshop.build`) has its steps forked from here instead. They
run what they always run, in a process of their own that can be killed; only loading is spared.
Builds in processes of their own start their steps as users' builds do, and a step whose environment
says something to the libraries is started so here as well.
"""

import array
import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final
from unittest.mock import patch

from evalreport.engines.loading import QUIET, set_quiet_environment
from evalreport.run import launch
from evalreport.run.jobs import AskJob, CheckJob, TrainingJob

_READ_AT_IMPORT: Final = (
    "HF_", "HUGGINGFACE_", "TRANSFORMERS_", "XDG_", "CUDA_", "TORCH_", "PYTORCH_", "OMP_", "MKL_",
    "PYTHON", "WANDB_", "MLFLOW_", "ACCELERATE_", "PET_", "HOME", "PATH",
)  # fmt: skip
_LIBRARIES: Final = ("torch", "transformers", "peft", "trl.trainer.sft_trainer")


@contextlib.contextmanager
def warm_steps() -> Iterator[None]:
    """Inside, steps are forked from one process, which lives as long as the tests."""
    cold = launch.start

    def start(
        arguments: Sequence[str], environment: Mapping[str, str], handed: Sequence[int]
    ) -> launch.Child:
        return _warm().start(arguments, environment, handed) or cold(arguments, environment, handed)

    with patch.object(launch, "start", start):
        yield


@cache
def _warm() -> "Warm":
    warm = Warm()
    atexit.register(warm.close)
    return warm


class Warm:
    """The process, started when the first step is."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self._told: dict[str, str] = {}

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], handed: Sequence[int]
    ) -> "Forked | None":
        """Fork a step; None where it has to be started as users' builds start it.

        Args:
            arguments: Of the command line.
            environment: Of the step.
            handed: Descriptors that it holds under the same numbers.
        """
        if self._process is None:
            self._begin(environment)
        if _told_to_libraries(environment) != self._told:
            return None
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self._address)
            out, theirs = os.pipe()
            job = {
                "arguments": list(arguments),
                "environment": dict(environment),
                "folder": str(Path.cwd()),
                "handed": list(handed),
                "umask": _umask(),
            }
            _send(server, json.dumps(job).encode(), [theirs, 2, *handed])
            os.close(theirs)
            return Forked(server.dup(), os.fdopen(out, "rb"))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    @property
    def _address(self) -> str:
        return str(Path(self._folder.name) / "warm")

    def _begin(self, environment: Mapping[str, str]) -> None:
        self._told = _told_to_libraries(environment)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen()
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    f"from tests.warm import serve; serve({listening.fileno()})",
                ],
                cwd=Path(__file__).parent.parent,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                pass_fds=(listening.fileno(),),
            )


class Forked:
    """A step that was forked: what `subprocess.Popen` is of one that was started."""

    def __init__(self, told: socket.socket, stdout: IO[bytes]) -> None:
        """A step.

        Args:
            told: Where its process number comes from, and then how it ended.
            stdout: What it says.
        """
        self._told = told.makefile("rb")
        told.close()
        self.stdout = stdout
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            TimeoutExpired: It has not, in so many seconds.
        """
        if self.returncode is None:
            ready, _, _ = select.select([self._told], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired([], timeout or 0.0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)


def serve(listening_at: int) -> None:
    """In the process: fork whatever is asked for.

    Each step is the child of a process of its own, which waits for it and says how it ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parent = os.getppid()
    from evalreport.run import answering, calling, learning, putting  # noqa: F401  # loaded here

    for kind in (AskJob, CheckJob, TrainingJob):
        kind.model_rebuild()

    with socket.socket(fileno=listening_at) as listening:
        listening.settimeout(5)
        while os.getppid() == parent:
            try:
                asking, _ = listening.accept()
            except TimeoutError:
                continue
            with asking:
                text, held = _received(asking)
                job = json.loads(text)
                if _needs_libraries(Path(job["folder"]), job["arguments"]):
                    set_quiet_environment()
                    for name in _LIBRARIES:
                        __import__(name)
                gc.freeze()  # what is loaded is no step's garbage
                if os.fork() == 0:
                    listening.close()
                    _follow(asking, job, held)
                for one in held:
                    os.close(one)


def _needs_libraries(folder: Path, arguments: Sequence[str]) -> bool:
    job = json.loads((folder / arguments[-1]).read_text(encoding="utf-8"))
    return bool(job.get("engine", {}).get("kind") == "local")


def _follow(asking: socket.socket, job: dict[str, object], held: Sequence[int]) -> None:
    """Fork the step, say its number, wait for it, and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        asking.close()
        _become(job, held)
    for one in held:
        os.close(one)
    asking.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(job: dict[str, object], held: Sequence[int]) -> None:
    """The step, with the descriptors, the environment and the place that it would be started in."""
    out, err, *handed = held
    # All are moved out of the way first: a number that one of them shall have may be another's.
    high = [_moved(one, 500 + i) for i, one in enumerate((out, err, *handed))]
    numbers: list[int] = [1, 2, *job["handed"]]  # type: ignore[misc]  # written by `start`
    for one, number in zip(high, numbers, strict=True):
        os.dup2(one, number, inheritable=True)
        os.close(one)
    os.environ.clear()
    os.environ.update(job["environment"])  # type: ignore[call-overload]  # written by `start`
    os.chdir(str(job["folder"]))
    os.umask(int(str(job["umask"])))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from evalreport.cli import main

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    code = main([str(one) for one in job["arguments"]])  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # to take all that was loaded to pieces takes as long as the step


def _moved(one: int, number: int) -> int:
    os.dup2(one, number)
    os.close(one)
    return number


def _told_to_libraries(environment: Mapping[str, str]) -> dict[str, str]:
    """What they read when they are loaded; whoever loads them says `QUIET` first."""
    said = {**environment, **QUIET}
    return {name: value for name, value in said.items() if name.startswith(_READ_AT_IMPORT)}


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _send(to: socket.socket, text: bytes, held: Sequence[int]) -> None:
    rights = array.array("i", held)
    to.sendmsg(
        [len(text).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights.tobytes())]
    )
    to.sendall(text)


def _received(asking: socket.socket) -> tuple[bytes, list[int]]:
    length, rights, _, _ = asking.recvmsg(8, socket.CMSG_SPACE(64))
    held = array.array("i")
    for _, _, data in rights:
        held.frombytes(data)
    left = int.from_bytes(length, "big")
    parts: list[bytes] = []
    while left:
        parts.append(asking.recv(left))
        left -= len(parts[-1])
    return b"".join(parts), list(held)
