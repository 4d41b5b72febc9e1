"""Progress on stderr: a moving line on a terminal, a line now and then in a log."""

import sys
import time
from typing import IO

from evalreport.engines.base import Progress
from evalreport.numbers import count_text, loss_text, seconds_text

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 15.0


class Printer:
    """Prints how far each thing is, how long it takes yet, and the loss when there is one."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._what = ""
        self._begun = self._shown = time.monotonic()
        self._first = 0
        self._wide = 0

    def __call__(self, progress: Progress) -> None:
        """Show one state, if the last one has stood long enough or this one is the end."""
        now = time.monotonic()
        if progress.what != self._what:
            self._what, self._begun, self._shown = progress.what, now, now
            self._first = max(0, progress.done - 1)
        pause = _TERMINAL_SECONDS if self._live else _LOG_SECONDS
        is_end = progress.done >= progress.total
        if not is_end and now - self._shown < pause:
            return
        self._shown = now
        line = describe(progress, now - self._begun, self._first)
        if self._live:
            self._stream.write("\r" + line.ljust(self._wide) + ("\n" if is_end else ""))
            self._wide = 0 if is_end else len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


def describe(progress: Progress, seconds: float, first: int = 0) -> str:
    """One state in words: `train seed 1  12/48  loss 0.41  8 s left`.

    Args:
        progress: What is done.
        seconds: Since the first state that was seen.
        first: What was done before it, which says nothing about the pace.
    """
    parts = [progress.what]
    if progress.total:
        parts.append(f"{count_text(progress.done)}/{count_text(progress.total)}")
    if progress.loss is not None:
        parts.append(f"loss {loss_text(progress.loss)}")
    made = progress.done - first
    if progress.total and made > 0 and progress.done < progress.total and seconds > 0:
        left = seconds / made * (progress.total - progress.done)
        parts.append(f"{seconds_text(left)} left")
    elif progress.done >= progress.total and seconds >= 1:
        parts.append(seconds_text(seconds))
    return "  ".join(parts)
