"""How an endpoint is doing: how many calls it takes at once, when it may be asked, when to stop."""

import math
from dataclasses import dataclass
from typing import Final

from evalreport.engines.api.faults import Fault, Remedy
from evalreport.engines.api.pace import backoff

_ROUNDS_OF_SILENCE: Final = 3
_ROUNDS_OF_PAUSES: Final = 2


@dataclass(slots=True)
class Health:
    """What is known of one endpoint; all calls to it share this.

    Too many requests halve the number of calls at once, and every answer raises it a little, so
    that it settles near what the server grants. When nobody is reached, one call at a time looks
    whether somebody is there again.

    Attributes:
        concurrency: Most calls at once.
        attempts: Tries before something counts as lasting.
        stopped: Why nothing more is sent; None: it goes on.
    """

    concurrency: int
    attempts: int
    stopped: str | None = None
    _width: float = 0.0
    _resume_at: float = 0.0
    _cut_at: float = -math.inf
    _pauses: int = 0
    _unreached: int = 0
    _silent: int = 0

    def __post_init__(self) -> None:
        self._width = float(self.concurrency)

    def width(self) -> int:
        """How many calls may be in flight now."""
        return 1 if self._unreached else max(int(self._width), 1)

    def resume_at(self) -> float:
        """When the next call may begin."""
        return self._resume_at

    def answered(self) -> None:
        """A call was answered."""
        self._pauses = self._unreached = self._silent = 0
        self._width = min(self._width + 1.0 / self._width, float(self.concurrency))

    def refused(self) -> None:
        """A call was turned down for what it is: somebody is there."""
        self._unreached = self._silent = 0

    def failed(self, fault: Fault, *, began_at: float, now: float, draw: float) -> None:
        """A call that began at that time met a fault which is not of its own making.

        Args:
            fault: What it met.
            began_at: When the call began, in the seconds of the clock.
            now: The present, likewise.
            draw: Uniform in [0, 1).
        """
        match fault.remedy:
            case Remedy.PAUSE:
                self.refused()
                self._pause(fault, began_at=began_at, now=now, draw=draw)
            case Remedy.CONNECT:
                self._missed(fault, began_at=began_at, now=now, draw=draw)
            case Remedy.STOP:
                self._stop(fault.reason)
            case _:
                self._unreached = 0
                self._silent += 1
                most = _ROUNDS_OF_SILENCE * self.concurrency + self.attempts
                if self._silent >= most:
                    self._stop(f"{self._silent} tries in a row had no answer; {fault.reason}")

    def _stop(self, reason: str) -> None:
        """The first reason counts: those in flight beside it fail for it too."""
        if self.stopped is None:
            self.stopped = reason

    def _pause(self, fault: Fault, *, began_at: float, now: float, draw: float) -> None:
        if began_at > self._cut_at:  # those that were in flight beside it say the same once more
            self._pauses += 1
            self._width = max(self._width / 2.0, 1.0)
            self._cut_at = now
        wait = backoff(self._pauses, draw) if fault.wait is None else fault.wait
        self._resume_at = max(self._resume_at, now + wait)
        if self._pauses > _ROUNDS_OF_PAUSES * self.attempts:
            self._stop(f"{fault.reason}, and nothing else, {self._pauses} times in a row")

    def _missed(self, fault: Fault, *, began_at: float, now: float, draw: float) -> None:
        if self._unreached == 0 or began_at > self._cut_at:
            self._unreached += 1
            self._cut_at = now
            self._resume_at = max(self._resume_at, now + backoff(self._unreached, draw))
        if self._unreached >= self.attempts:
            self._stop(f"{fault.reason}, tried {self._unreached} times in a row")
