"""A process of its own that compares mathematical expressions with math-verify.

It is started as a file, reads one JSON object a line, `{"reference": ..., "answer": ...}`, and
answers each with `{"equal": bool}`, `{"unread": "reference" | "answer"}` or `{"problem": ...}`.
Without an answer it only reads the reference.

An expression such as 9^9^9^9 keeps the interpreter inside one multiplication, where no exception
reaches it. So the limit is a timer of the system whose signal ends the process; the parent sees
the closed pipe and starts another.
"""

import json
import logging
import os
import re
import signal
import sys
from functools import lru_cache
from typing import Any, Final

LIMIT_SECONDS: Final = 3.0  # of processor time, for one request
_START_SECONDS: Final = 120.0
_MEMORY_BYTES: Final = 4 << 30

_DELIMITED = re.compile(r"\$|\\\(|\\\[|\\boxed|\\begin")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMBER = re.compile(r"\s*[-+]?[0-9.,/]+\s*%?\s*")


def is_bare(text: str) -> bool:
    r"""Whether a text is an expression without delimiters, such as 2x + 3, (1, 2) or \sqrt{2}.

    math-verify looks for expressions in prose; of a bare one it would read a number only. A plain
    number is not meant: prose has those.
    """
    return (
        "\n" not in text.strip()
        and not _DELIMITED.search(text)
        and not _NUMBER.fullmatch(text)
        and not _WORD.search(_COMMAND.sub(" ", text))
    )


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Any, ...]:
    from math_verify import parse

    delimited = f"${text.strip()}$"
    for candidate in (delimited, text) if is_bare(text) else (text, delimited):
        # fallback_mode would add unparsed text, which equals itself and nothing else
        if found := parse(candidate, fallback_mode="no_fallback", parsing_timeout=None):
            return tuple(found)
    return ()


def _reply(reference: str, answer: str | None) -> dict[str, bool | str]:
    from math_verify import verify

    right = _read(reference)
    if not right:
        return {"unread": "reference"}
    given = right if answer is None else _read(answer)
    if not given:
        return {"unread": "answer"}
    is_equal = answer is None or verify(list(right), list(given), timeout_seconds=None)
    return {"equal": bool(is_equal)}


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    except (ImportError, OSError, ValueError):  # not every system has or allows the limit
        return


def _limit_time(seconds: float) -> None:
    """End this process after some processor time; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def main() -> None:
    """Serve until the other side closes the pipe."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # what a library prints must not reach the pipe
    logging.disable(logging.CRITICAL)
    _limit_memory()
    _limit_time(_START_SECONDS)
    _reply("1", "1")  # imports and patterns are ready before the first time limit
    _limit_time(0)
    replies.write("{}\n")
    replies.flush()
    for line in sys.stdin:
        request = json.loads(line)
        _limit_time(LIMIT_SECONDS)
        try:
            reply = _reply(request["reference"], request["answer"])
        except Exception as error:  # noqa: BLE001  # sympy raises anything on hostile input
            reply = {"problem": type(error).__name__}
        _limit_time(0)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
