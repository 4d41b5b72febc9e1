"""Ctrl-C at a moment of our choosing: never between an answer's arrival and its record."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Holds back Ctrl-C while work is done that must not be cut; a second one cuts it all the same.

    Attributes:
        came: Whether one was held back.
    """

    def __init__(self, tell: Callable[[], object]) -> None:
        """Prepare.

        Args:
            tell: Called when one is held back, in the middle of anything: it only leaves word.
        """
        self.came = False
        self._tell = tell
        self._is_held = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Take the place of Python's own handler, where that is in force and this thread may."""
        is_ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if is_ours:
            signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            if is_ours:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts, the first one is only noted."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.came or not self._is_held:
            raise KeyboardInterrupt
        self.came = True
        self._tell()
