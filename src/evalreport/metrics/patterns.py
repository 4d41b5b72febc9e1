"""Regular expressions of a spec, run on hostile text under a time limit."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from pydantic import AfterValidator

from evalreport.values import Words

if TYPE_CHECKING:
    from regex import Pattern

LIMIT_SECONDS: Final = 1.0  # of processor time, for one text


class TookTooLong(TimeoutError):
    """A pattern ran out of its time on a text; the message names the pattern."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> "Pattern[str]":
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def checked_pattern(pattern: str) -> str:
    """The pattern itself, when it compiles.

    Raises:
        ValueError: It is not a regular expression, and where it goes wrong.
    """
    _compiled(pattern)
    return pattern


RegularExpression: TypeAlias = Annotated[Words, AfterValidator(checked_pattern)]


def found(pattern: str, text: str) -> Iterator[str]:
    """Group 1 of each match of a pattern, from left to right, or the whole match without groups.

    A match in which group 1 takes no part gives nothing.

    Raises:
        TookTooLong: After LIMIT_SECONDS on this text.
    """
    compiled = _compiled(pattern)
    group = 1 if compiled.groups else 0
    try:
        for match in compiled.finditer(text, timeout=LIMIT_SECONDS):
            if match.group(group) is not None:
                yield match.group(group)
    except TimeoutError:
        raise _too_long(pattern) from None


def occurs(pattern: str, text: str) -> bool:
    """Whether a pattern matches anywhere in a text.

    Raises:
        TookTooLong: After LIMIT_SECONDS on this text.
    """
    try:
        return _compiled(pattern).search(text, timeout=LIMIT_SECONDS) is not None
    except TimeoutError:
        raise _too_long(pattern) from None


def _too_long(pattern: str) -> TookTooLong:
    return TookTooLong(f"the pattern {pattern!r} took more than {LIMIT_SECONDS:g} s on it")
