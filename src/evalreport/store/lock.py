"""One build at a time in a store: the second waits, and says for whom."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from evalreport.errors import Problem, Refused
from evalreport.store.schema import guarded

_LOOK_AGAIN_SECONDS = 0.2


class BuildLock:
    """Held while a build writes into a store; released by the system when the process dies.

    `what` says in words who holds it: `build of specs/a.yaml`.
    """

    def __init__(self, folder: Path, what: str, *, wait: bool, say: Callable[[str], None]) -> None:
        self._path = folder / "build.lock"
        self._what = what
        self._wait = wait
        self._say = say
        self._file: IO[str] | None = None

    def __enter__(self) -> "BuildLock":
        """Take the lock, waiting for it or refusing.

        Raises:
            Refused: Another build holds it, and waiting was not wanted.
        """
        with guarded(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="utf-8")
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "another build"
                if not self._wait:
                    file.close()
                    raise Refused(
                        Problem(
                            str(self._path),
                            f"{holder} is using this store",
                            "run again when it is done, or leave out --no-wait to wait for it",
                        )
                    ) from None
                if not told:
                    self._say(f"waiting: {holder} is using this store (Ctrl-C to stop waiting)")
                    told = True
                time.sleep(_LOOK_AGAIN_SECONDS)
        self._file = file
        # On a full disk nobody learns for whom they wait; the lock holds all the same.
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"{self._what}, process {os.getpid()}".encode())
        return self

    @property
    def descriptor(self) -> int:
        """Of the open lock, for children that hold it with us; only inside the `with` block."""
        if self._file is None:
            raise ValueError("the lock is not held")
        return self._file.fileno()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()
