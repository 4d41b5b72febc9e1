"""Numerals of a text, each with its line, and the values that one may stand for.

A numeral is a run of digits with what is written onto it: a sign of money or "about" before it,
a unit, a multiplier or a percent sign behind it. Words such as "half" are none.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from evalreport.spec.arithmetic import computed, exactly, rounding_of

_CORE: Final = r"""
    (?: [0-9]{1,3} (?: ,[0-9]{3} )+ (?![0-9]) (?: \.[0-9]+ )?     # 2,589,961
      | [0-9]+ (?: \.[0-9]+ )? (?: [eE][-+]?[0-9]+ (?![0-9A-Za-z]) )?  # 0.0002, 2e-4
      | (?<![0-9A-Za-z)\]]) \.[0-9]+ )                            # .05
"""
_NUMERAL: Final = re.compile(
    rf"""
    (?P<about> [~≈<>≤≥]{{0,2}} )
    (?P<money> [$€£]? )
    (?P<sign> (?<![^\s(\[|:=]) [-+−] | )
    (?P<core> {_CORE} )
    (?P<behind>
        \s?% | \s?(?:percent|percentage\ points?|thousand|million|billion)\b
      | [×²] | [A-Za-z]{{1,3}} (?![0-9A-Za-z]) | )
    """,
    re.VERBOSE,
)
_OTHER: Final = re.compile(r"[^\x00-\x7f]")
_TIMES: Final = {
    "k": (1000,), "thousand": (1000,), "million": (10**6,), "billion": (10**9,),
    "m": (1, 10**6), "b": (1, 10**9), "bn": (10**9,), "g": (1, 10**9),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral as it stands in a text."""

    line: int
    text: str


def numerals(text: str) -> tuple[Numeral, ...]:
    """Every numeral of a text, in order."""
    return tuple(
        Numeral(number, found)
        for number, line in enumerate(text.split("\n"), 1)
        for _, found in sorted(_of_line(line))
    )


def _of_line(line: str) -> Iterator[tuple[int, str]]:
    for match in _NUMERAL.finditer(line):
        yield match.start(), match[0].strip()
    for match in _OTHER.finditer(line):  # ½, ③: numbers that are no digits
        if unicodedata.numeric(match[0], None) is not None:
            yield match.start(), match[0]


def readings(numeral: str) -> frozenset[Fraction]:
    """The values that a numeral may stand for: a share as a fraction, 20K as 20000.

    Args:
        numeral: As `numerals` gives it.
    """
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        other = unicodedata.numeric(numeral, None) if len(numeral) == 1 else None
        return frozenset() if other is None else frozenset({Fraction(other).limit_denominator(99)})
    value = exactly(match["core"].replace(",", ""))
    value = -value if match["sign"] in ("-", "−") else value
    behind = match["behind"].strip().lower()
    if behind == "%" or behind.startswith("percent"):
        return frozenset({value / 100})
    return frozenset(value * times for times in _TIMES.get(behind, (1,)))


def follows(numeral: str, expression: str) -> bool:
    """Whether a numeral is what a sum gives, within its own rounding.

    Args:
        numeral: As it stands in the text.
        expression: Such as `10 / 20`.
    """
    found, slack = computed(expression), _rounding(numeral)
    return any(abs(found - reading) <= slack for reading in readings(numeral))


def _rounding(numeral: str) -> Fraction:
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        return Fraction(0)
    is_percent = match["behind"].strip().startswith(("%", "percent"))
    times = _TIMES.get(match["behind"].strip().lower(), (1,))[-1]
    return rounding_of(match["core"].replace(",", "")) * times / (100 if is_percent else 1)


def values_in(value: object) -> frozenset[Fraction]:
    """The numbers that a value of a spec holds: itself, those of a list, those inside a text."""
    match value:
        case bool() | None:
            return frozenset()
        case int():
            return frozenset({Fraction(value)})
        case float():
            return frozenset({Fraction(Decimal(repr(value)))})
        case str():
            return frozenset().union(*(readings(one.text) for one in numerals(value)))
        case list() | tuple():
            return frozenset().union(*(values_in(one) for one in value))
        case _:
            return frozenset()
