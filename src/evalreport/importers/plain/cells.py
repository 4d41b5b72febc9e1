"""Cells of a plain table to what they stand for: a score, a name, an answer, a prompt."""

import json
import math
import re
from typing import Final

from evalreport.digest import canonical, digest_text
from evalreport.importers.base import Given, NoScore
from evalreport.values import Json

NO_NUMBER: Final = NoScore("no number")
TEXT: Final = NoScore("a text stands where a number should be", is_unparsed=True)
NOT_FINITE: Final = NoScore("the number is not finite")

_EMPTY: Final = frozenset({"", "nan", "null", "n/a", "-", "none", "na", "<na>"})
_TRUTHS: Final = {"true": 1.0, "false": 0.0}
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ENDLESS: Final = re.compile(r"[+-]?inf(?:inity)?")
_HALVES: Final = re.compile("[\ud800-\udfff]")


def given(cell: Json) -> Given:
    """A score: a number, true or false; or why there is none.

    Texts are read as a table without types holds numbers: `0,5`, `50 %` and `1_000` are texts.
    """
    match cell:
        case None:
            return NO_NUMBER
        case bool():
            return float(cell)
        case int() | float():
            return _finite(cell)
        case str():
            return _number_in(cell)
        case _:
            return TEXT


def _number_in(cell: str) -> Given:
    text = cell.strip()
    word = text.casefold() if len(text) < 16 else text
    if word in _EMPTY:
        return NO_NUMBER
    if word in _TRUTHS:
        return _TRUTHS[word]
    if _ENDLESS.fullmatch(word):
        return NOT_FINITE
    return _finite(float(text)) if _NUMBER.fullmatch(text) else TEXT


def _finite(number: float) -> Given:
    try:
        found = float(number)
    except OverflowError:
        return NOT_FINITE
    if math.isnan(found):
        return NO_NUMBER
    return found if math.isfinite(found) else NOT_FINITE


def name_of(cell: Json) -> str | None:
    """A name, such as the id of an item, also where it is a number; 7 and 7.0 are one.

    Returns:
        Empty where there is none; None where what stands there is no name.
    """
    match cell:
        case None:
            return ""
        case str():
            text = cell.strip()
            return None if "\0" in text or _HALVES.search(text) else text
        case bool():
            return None
        case int():
            return str(cell)
        case float():
            if math.isnan(cell):
                return ""
            whole = cell.is_integer() and abs(cell) < 2**53
            return str(int(cell)) if whole else repr(cell)
        case _:
            return None


def prompt_digest(cell: Json) -> str | None:
    """The digest of what was asked, a text or a list of turns.

    Returns:
        Empty where there is none; None where it cannot be read.
    """
    if cell is None or cell == "" or cell != cell:  # noqa: PLR0124  # NaN, as typed tables have it
        return ""
    try:
        return digest_text(cell if isinstance(cell, str) else canonical(cell))
    except (ValueError, RecursionError):
        return None


def answer(cell: Json) -> str | None:
    """What a model wrote; a number or a truth is the text that it was.

    Raises:
        ValueError: It is a list or an object, such as several answers.
    """
    match cell:
        case None | str():
            return cell
        case bool() | int():
            return json.dumps(cell)
        case float():
            return None if math.isnan(cell) else json.dumps(cell)
        case _:
            raise ValueError("the output is no text")
