"""Several processes for one step: they end when their parent does, and the first fault is heard.

A launcher hands on no descriptor, so a named pipe takes the place of an inherited one: the parent
holds its writing end, and every process reads until that is gone. The same folder keeps the reason
of the process that failed first; what the others then say is that somebody was missing.
"""

import json
import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from evalreport.engines.base import Progress

FOLDER: Final = "EVALREPORT_RANKS"  # in the environment of every process: the folder that ties it
PROGRESS: Final = "\x1eprogress "  # how a line begins that the parent shows as progress
_ALIVE, _FIRST, _MISSED = "alive", "first", "missed"
# A collective that lost a partner: what gloo and nccl say, whose cause lies elsewhere.
_MISSING: Final = ("connection closed", "connection reset", "socket", "gloo", "nccl", "peer")
_LEFT: Final = re.compile(r"exitcode\s*:\s*(-\d+)")


class Tie:
    """The parent's end: as long as it is held, the processes of the step may live."""

    def __init__(self) -> None:
        """Make the pipe, and hold it.

        Raises:
            OSError: The folder for temporary files takes no pipe.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="evalreport-"))
        pipe = self.folder / _ALIVE
        os.mkfifo(pipe, 0o600)
        # Open for both, so that it does not wait for a reader; nobody ever writes.
        self._held: int | None = os.open(pipe, os.O_RDWR)

    def let_go(self) -> None:
        """End every process of the step at once."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def close(self) -> None:
        """Let go, and clear away."""
        self.let_go()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reason(self, said: Sequence[str]) -> str | int | None:
        """Why the step failed: words, or the signal that ended the process which failed first.

        Args:
            said: What the launcher printed.
        """
        first = _read(self.folder / _FIRST)
        if first is not None:
            return first
        killed = next((int(found[1]) for line in said if (found := _LEFT.search(line))), None)
        if killed is not None and killed != -signal.SIGTERM:
            return killed
        return _read(self.folder / _MISSED)


def end_with_tie() -> None:
    """In a process of a step: end at once when the parent lets go, however it came to that."""
    given = os.environ.get(FOLDER)
    if given is not None:
        threading.Thread(target=_watch, args=(Path(given),), daemon=True).start()


def say_reason(reason: str, error: BaseException) -> None:
    """In a process of a step: leave the reason why it fails, unless another was first."""
    given = os.environ.get(FOLDER)
    if given is None:
        return
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    words = f"{reason} (in process {rank + 1} of {size})" if rank else reason
    folder = Path(given)
    beside = folder / f".{os.getpid()}"
    # A link that stands already means that another was first; without the folder nobody asks.
    with suppress(OSError):
        beside.write_text(words, encoding="utf-8")
        os.link(beside, folder / (_MISSED if _is_consequence(error) else _FIRST))
    beside.unlink(missing_ok=True)


def say_progress(progress: Progress) -> None:
    """In the first process of a step: progress as a line that the parent shows."""
    state = [progress.what, progress.done, progress.total, progress.loss]
    os.write(1, f"{PROGRESS}{json.dumps(state)}\n".encode())


def heard_progress(line: str) -> Progress | None:
    """What `say_progress` wrote; None for any other line."""
    if not line.startswith(PROGRESS):
        return None
    try:
        what, done, total, loss = json.loads(line.removeprefix(PROGRESS))
    except ValueError:
        return None  # another process spoke in the same line
    return Progress(what, done, total, loss)


def is_one_of_several() -> bool:
    """Whether a launcher started this process."""
    return FOLDER in os.environ


def _is_consequence(error: BaseException) -> bool:
    words = str(error).lower()
    return type(error).__name__.startswith("Dist") or (
        isinstance(error, RuntimeError) and any(word in words for word in _MISSING)
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") or None
    except OSError:
        return None


def _watch(folder: Path) -> None:
    # Without the folder the parent is gone as well, and the end is the same.
    with suppress(OSError):
        # Without waiting: when the parent is gone already there is no other end.
        pipe = os.open(folder / _ALIVE, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(pipe, True)
        os.read(pipe, 1)  # nothing is ever written: it returns when the other end closes
    shutil.rmtree(folder, ignore_errors=True)
    os.kill(os.getpid(), signal.SIGKILL)
