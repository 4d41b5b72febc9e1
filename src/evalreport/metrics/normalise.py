"""Texts made comparable by declared steps, and nothing beyond them."""

import string
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Literal, TypeAlias

from evalreport.digest import canonical
from evalreport.metrics.json_text import decode
from evalreport.values import Json

Step: TypeAlias = Literal["lower", "punctuation", "articles", "whitespace"]

_ARTICLES = frozenset({"a", "an", "the"})


def normalise(text: str, steps: Iterable[Step]) -> str:
    """A text after the given steps, always taken in this order.

    `lower`: lower case. `punctuation`: marks of ASCII and of every script are removed (also the
    minus sign and the decimal point: not for numbers). `articles`: the words a, an, the are
    removed. `whitespace`: runs become one space, none at the ends.
    """
    chosen = frozenset(steps)
    if "lower" in chosen:
        text = text.lower()
    if "punctuation" in chosen:
        text = text.translate(_punctuation())
    if "articles" in chosen:
        text = " ".join(word for word in text.split() if word.lower() not in _ARTICLES)
    if "whitespace" in chosen:
        text = " ".join(text.split())
    return text


def as_text(value: Json) -> str:
    """What a value reads as: a string as it is, anything else as canonical JSON."""
    return value if isinstance(value, str) else canonical(value)


def reference_as(reference: str, value: Json) -> str:
    """A reference in the form in which an answer is read.

    An answer that was extracted as JSON reads as canonical JSON; so does its reference then, where
    it is JSON, since the order of keys and blanks between them are no part of either.
    """
    if isinstance(value, str):
        return reference
    try:
        return as_text(decode(reference))
    except ValueError:
        return reference


@cache
def _punctuation() -> dict[int, None]:
    marks = (i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)).startswith("P"))
    return dict.fromkeys([*map(ord, string.punctuation), *marks])
