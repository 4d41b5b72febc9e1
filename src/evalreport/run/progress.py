"""Progress on stderr: a moving line on a terminal, a line now and then in a log."""

import sys
import time
from dataclasses import dataclass
from typing import IO

from evalreport.engines.base import Progress
from evalreport.numbers import count_text, loss_text, seconds_text

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 15.0
_BATCH_SECONDS = 0.2  # answers that come closer together were made in one batch


@dataclass(slots=True)
class _Course:
    """How one thing has gone: its first state and its latest."""

    begun: float
    first: int
    latest: float
    done: int

    def seconds_left(self, progress: Progress, now: float) -> float | None:
        """What it takes yet; None as long as nothing can be said.

        The first answer of a batch stands for many that are ready too: the pace is then that of
        the batches before.
        """
        is_first = now - self.latest > _BATCH_SECONDS
        at, done = (self.latest, self.done) if is_first else (now, progress.done)
        if done <= self.first or at <= self.begun:
            return None
        pace = (at - self.begun) / (done - self.first)
        return max(0.0, pace * (progress.total - done) - (now - at))


class Printer:
    """Prints how far each thing is, how long it takes yet, and the loss when there is one.

    One thing may happen inside of another, such as an evaluation while training.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._courses: dict[str, _Course] = {}
        self._ended: set[str] = set()
        self._shown = time.monotonic()
        self._wide = 0

    def __call__(self, progress: Progress) -> None:
        """Show one state: a beginning or an end, or when the last one has stood long enough.

        A beginning is shown at once, since what has begun may be silent for long; what happens
        again and again, such as an evaluation, fills no log with beginnings and ends.
        """
        now = time.monotonic()
        what, done = progress.what, progress.done
        course = self._courses.setdefault(what, _Course(now, done, now, done))
        left = course.seconds_left(progress, now)
        course.latest, course.done = now, done
        pause = _TERMINAL_SECONDS if self._live else _LOG_SECONDS
        is_end = done >= progress.total
        again = what in self._ended
        if is_end:
            del self._courses[what]
            self._ended.add(what)
        matters = (is_end or done == 0) and (self._live or not again)
        if not matters and now - self._shown < pause:
            return
        self._shown = now
        self._write(describe(progress, now - course.begun, left), stays=is_end and not again)

    def _write(self, line: str, *, stays: bool) -> None:
        if self._live:
            self._stream.write("\r" + line.ljust(self._wide) + ("\n" if stays else ""))
            self._wide = 0 if stays else len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


def describe(progress: Progress, seconds: float, left: float | None = None) -> str:
    """One state in words: `train seed 1  12/48  loss 0.41  8 s left`.

    Args:
        progress: What is done.
        seconds: Since the first state that was seen.
        left: What it takes yet, where that is known.
    """
    parts = [progress.what]
    if progress.total:
        parts.append(f"{count_text(progress.done)}/{count_text(progress.total)}")
    if progress.loss is not None:
        parts.append(f"loss {loss_text(progress.loss)}")
    if progress.done < progress.total and left is not None:
        parts.append(f"{seconds_text(left)} left")
    elif progress.done >= progress.total and seconds >= 1:
        parts.append(seconds_text(seconds))
    return "  ".join(parts)
