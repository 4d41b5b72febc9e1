"""Numbers as people and models write them: signs, thousands, decimals, fractions, per cent.

English notation: the comma groups thousands, the point starts decimals; `1.234,56` is two numbers
here, not guessed at. A per cent sign is passed over: `50 %` is 50, as references write it.
"""

import re
from typing import Final

from evalreport.values import Json

MAX_DIGITS: Final = 300

_WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])|[0-9]++)"
_PLAIN = rf"(?:{_WHOLE}(?:\.[0-9]++)?|\.[0-9]++)"
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w)\]])[-+\u2212])?[$€£¥]?"  # 10-5 and COVID-19 hold no sign
    r"(?<![\w.])"  # digits inside a word are no number
    r"(?:(?<!/)(?:(?P<mixed>[0-9]{1,9})[ \u00a0])?"
    rf"(?P<over>{_PLAIN})/(?P<under>{_PLAIN})(?![0-9/])"
    rf"|(?P<plain>{_PLAIN}(?:[eE][-+]?[0-9]{{1,3}}(?![0-9]))?))"
)


def last_number(text: str) -> int | float | None:
    """The last number in a text, or None; whole numbers are exact, others are doubles.

    A number that no double can hold, one of more than 300 digits, and a fraction over zero are
    passed over.
    """
    last = None
    for match in _NUMBER.finditer(text):
        value = _value(match)
        last = last if value is None else value
    return last


def number_in(value: Json) -> int | float | None:
    """The number that an extracted value is, or the last one in its text; None without one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return last_number(value) if isinstance(value, str) else None


def plain_number(value: Json) -> int | float | None:
    """The number that a field of a record holds: itself, or the only one in its text.

    "5 pieces" holds one; "3 of 10" and "7/10" do not say which they mean, and hold none.
    """
    if not isinstance(value, str):
        return number_in(value)
    matches = list(_NUMBER.finditer(value))
    return _value(matches[0]) if len(matches) == 1 and matches[0]["plain"] is not None else None


def _value(match: re.Match[str]) -> int | float | None:
    factor = -1 if match["sign"] in {"-", "\u2212"} else 1
    if match["plain"] is not None:
        number = _plain(match["plain"])
        return None if number is None else factor * number
    over, under = _plain(match["over"]), _plain(match["under"])
    if over is None or not under:
        return None
    return factor * (int(match["mixed"] or 0) + over / under)


def _plain(digits: str) -> int | float | None:
    digits = digits.replace(",", "")
    if len(digits) > MAX_DIGITS:
        return None
    if digits.isdigit():
        return int(digits)
    number = float(digits)
    if abs(number) == float("inf"):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
