"""Answers that are mathematically equal to the reference, whatever they look like."""

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Final, Literal

from evalreport.errors import Problem, StepFailed
from evalreport.metrics import math_worker
from evalreport.metrics.base import Output, Scale, TextScorer
from evalreport.metrics.normalise import as_text
from evalreport.metrics.scoring import fraction, fraction_scorer, reference_of, require
from evalreport.records import Item, Unscorable
from evalreport.values import Json, Value

_CONSIDERED_CHARACTERS: Final = 20_000


class MathEqual(Value):
    r"""Whether answer and reference are the same number, set, expression or equation. 0 or 1.

    LaTeX and plain notation are read; of a longer text the last expression counts, one in `\boxed`
    first, within the last 20,000 characters. Equal texts are equal. The comparison runs in a
    process of its own with a limit of time and memory, so that it works in any thread and no
    expression can hang or kill the program; an answer on which it runs out cannot be scored.
    Source: math-verify (Hugging Face), on sympy.
    """

    metric: Literal["math_equal"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference holds no expression.
        """
        comparer = Comparer()
        require(
            items,
            lambda item: _reference_problem(comparer, item),
            metric=self.metric,
            hint="write the reference as LaTeX or plain mathematics; `fields:` can cut it out",
        )

        def score(item: Item, output: Output) -> float | Unscorable:
            reference, answer = reference_of(item).strip(), as_text(output.value).strip()
            if answer == reference:
                return 1.0
            equal = comparer.compare(reference, answer)
            return Unscorable(reason=equal) if isinstance(equal, str) else float(equal)

        return fraction_scorer(fraction(self.metric, scale=Scale.BINARY), score)


def _reference_problem(comparer: "Comparer", item: Item) -> str | None:
    if item.reference is None or not item.reference.strip():
        return "there is no reference to hold the answer against"
    read = comparer.compare(item.reference, None)
    return read if isinstance(read, str) else None


class Comparer:
    """A running `math_worker`, started when first asked and ended with this object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._end: Callable[[], object] = _nothing

    def compare(self, reference: str, answer: str | None) -> bool | str:
        """Whether two texts hold equal mathematics, or why that cannot be said.

        Without an answer: whether the reference can be read.

        Raises:
            StepFailed: The process cannot be started.
        """
        end = answer and answer[-_CONSIDERED_CHARACTERS:]
        request = json.dumps({"reference": reference, "answer": end})
        with self._lock:
            reply = _asked(self._process or self._start(), request)
            if reply is None:
                self._end()
                self._process = None
                seconds = math_worker.LIMIT_SECONDS
                return f"the comparison ran out of {seconds:g} s of processor time, or of memory"
        if "unread" in reply:
            return f"no mathematical expression in the {reply['unread']}"
        if "problem" in reply:
            return f"the comparison failed: {reply['problem']}"
        return reply["equal"] is True

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            # -P: the folder of the file holds modules whose names others have too
            [sys.executable, "-P", math_worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": "0"},  # sympy's order of terms follows hashes
        )
        self._process = process
        self._end = weakref.finalize(self, _ended, process)
        if _line_of(process) is None:
            raise StepFailed(
                Problem(
                    "metric math_equal",
                    "its process does not start",
                    f"try: {sys.executable} -c 'import math_verify'",
                )
            )
        return process


def _nothing() -> None:
    """No process was started yet."""


def _asked(process: "subprocess.Popen[str]", request: str) -> dict[str, Json] | None:
    """The reply to a request; None when the process ended instead."""
    try:
        if process.stdin is not None:
            process.stdin.write(request + "\n")
            process.stdin.flush()
    except BrokenPipeError:
        return None
    return _line_of(process)


def _line_of(process: "subprocess.Popen[str]") -> dict[str, Json] | None:
    line = process.stdout.readline() if process.stdout is not None else ""
    reply = json.loads(line) if line.endswith("\n") else None
    return reply if isinstance(reply, dict) else None


def _ended(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()  # waits, and closes both pipes
