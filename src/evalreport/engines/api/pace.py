"""When to send: waiting longer after each fault, as long as the server says, within its limits."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 60.0
# A server that wants more is asked again sooner: nobody waits for hours before a silent screen.
_LONGEST_TOLD_SECONDS: Final = 120.0
_MINUTE_SECONDS: Final = 60.0
# Until usage tells: English has some four characters a token, and a guess should rather be high.
_TOKENS_A_CHARACTER: Final = 0.35


class Clock(Protocol):
    """The time, and waiting; tests put a faster one in its place."""

    def now(self) -> float:
        """Seconds that only ever grow."""
        ...

    def today(self) -> float:
        """Seconds since 1970, as servers count them."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


def backoff(faults: int, draw: float) -> float:
    """Seconds to wait after so many faults in a row: doubled each time, and drawn below that.

    Args:
        faults: In a row, from 1.
        draw: Uniform in [0, 1): calls that failed together come back apart.
    """
    return draw * min(_FIRST_WAIT_SECONDS * 2.0 ** min(faults, 30), _LONGEST_WAIT_SECONDS)


def told_wait(headers: Mapping[str, str], today: float) -> float | None:
    """Seconds that the server says to wait; None when it says nothing that can be read.

    Args:
        headers: Of its answer; any spelling of their names finds them.
        today: Seconds since 1970, since it may name a date.
    """
    waits = (
        _seconds(headers.get("retry-after-ms"), 1000.0),
        _seconds(headers.get("retry-after"), 1.0),
        _until(headers.get("retry-after"), today),
    )
    told = next((wait for wait in waits if wait is not None), None)
    return None if told is None else min(max(told, 0.0), _LONGEST_TOLD_SECONDS)


def _seconds(text: str | None, unit: float) -> float | None:
    try:
        wait = float(text or "") / unit
    except ValueError:
        return None
    return wait if wait == wait else None  # noqa: PLR0124  (float() reads "nan")


def _until(text: str | None, today: float) -> float | None:
    try:
        date = parsedate_to_datetime(text or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - today
    except (ValueError, OverflowError, OSError):
        return None


class Spacing:
    """Evenly spaced use of what a server grants per minute.

    In no minute more is begun than that, but for the part of the last request that reaches over.
    """

    def __init__(self, per_minute: int | None) -> None:
        self._each = 0.0 if per_minute is None else _MINUTE_SECONDS / per_minute
        self._free_at = 0.0

    def free_at(self) -> float:
        """When the next request may begin."""
        return self._free_at

    def take(self, amount: float, now: float) -> None:
        """Use so much of it now."""
        self._free_at = max(self._free_at, now) + amount * self._each

    def correct(self, amount: float) -> None:
        """So much more than was thought (or less) was used a while ago."""
        self._free_at += amount * self._each


class TokenGuess:
    """How many tokens a call will use, from its characters and from what calls before it used."""

    def __init__(self) -> None:
        self._characters = 0
        self._prompt_tokens = 0
        self._answers = 0
        self._tokens = 0

    def of(self, characters: int, most: int) -> float:
        """Tokens read and written; an answer is as long as the earlier ones, or as `most`."""
        rate = self._prompt_tokens / self._characters if self._characters else _TOKENS_A_CHARACTER
        return characters * rate + (self._tokens / self._answers if self._answers else most)

    def learn(self, characters: int, prompt_tokens: int, tokens: int) -> None:
        """What a call of so many characters used."""
        self._characters += characters
        self._prompt_tokens += prompt_tokens
        self._answers += 1
        self._tokens += tokens
