"""Values of Inspect logs: scores to numbers, as Inspect itself reads them, and names to show."""

import json
import math
import re
from collections.abc import Mapping
from typing import Final

from evalreport.digest import digest_text
from evalreport.importers.base import Given, NoScore
from evalreport.importers.reading import number_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

SCALAR: Final = ""
MOST_NUMBERS: Final = 64

_MARKS: Final = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS: Final = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_NAME: Final = re.compile(r"[\w./@ -]{1,40}")
_DIGITS: Final = 12
_UNSCORED: Final = NoScore("the scorer gave no number (NaN)", is_unparsed=True)
_NO_NUMBER: Final = NoScore("the score is a text that is no number", is_unparsed=True)
_NOT_FINITE: Final = NoScore("the score is no finite number", is_unparsed=True)
_NO_VALUE: Final = NoScore("the score has no value")
_TOO_MANY: Final = NoScore(f"the score has more than {MOST_NUMBERS} numbers")


def named(text: str) -> str:
    """A name that a log gives; of one that could not stand in a report, its digest."""
    return name_of(text) or f"#{digest_text(text)[:16]}"


def given_of(value: Json) -> Given:
    """The number of one value: C is 1, P a half, I and N are 0, yes and no are 1 and 0.

    Inspect counts a text that is none of these as 0; here it is no number.
    """
    if value is None:
        return _NO_VALUE
    if isinstance(value, str):
        known = _MARKS.get(value, _WORDS.get(value.lower()))
        number = number_of(value) if known is None else known
        return _NO_NUMBER if number is None else number
    if isinstance(value, float) and math.isnan(value):
        return _UNSCORED
    found = number_of(value)
    return _NOT_FINITE if found is None else found


def numbers_of(value: Json) -> Mapping[str, Given]:
    """All numbers of a score: by key of a dict, by place in a list ("[0]"), or one alone.

    A single NaN may stand for a whole dict; then it stands under `SCALAR`.
    """
    if isinstance(value, dict | list) and len(value) > MOST_NUMBERS:
        return {SCALAR: _TOO_MANY}
    if isinstance(value, dict):
        return {named(key): given_of(one) for key, one in value.items()}
    if isinstance(value, list):
        return {f"[{i}]": given_of(one) for i, one in enumerate(value)}
    return {SCALAR: given_of(value)}


def short_digest(value: Json) -> str:
    """A few characters of the digest of a value; empty where it cannot be written."""
    try:
        return digest_text(json.dumps(value, sort_keys=True))[:_DIGITS]
    except (RecursionError, ValueError):
        return ""


def short(value: Json) -> str:
    """A value of a log as it may stand in a report: short and plain, else its digest."""
    if isinstance(value, list | dict):
        return short_digest(value)
    text = value if isinstance(value, str) else str(value)[:100]
    return text if _NAME.fullmatch(text) else short_digest(value)
