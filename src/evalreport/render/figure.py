"""A figure: a drawing with the words that stand with it, and how such words are put."""

from dataclasses import dataclass
from typing import Final

from evalreport.numbers import count_text
from evalreport.render.drawings import Drawing

FIGURES: Final = ("findings", "subgroups", "flips", "loss")


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its words.

    Attributes:
        name: One of `FIGURES`; its files are called after it.
        title: What it is.
        alternative: What is seen, in sentences, for those who do not see it.
        note: How to read it, and what it leaves out.
        drawing: The shapes.
        is_long: Whether it is longer than a screen.
        is_in_place: Whether the page shows the same where it speaks of it.
    """

    name: str
    title: str
    alternative: str
    note: str
    drawing: Drawing
    is_long: bool = False
    is_in_place: bool = False


def left_out(count: int, what: str) -> str:
    """How many of something are not drawn; empty where all are."""
    if not count:
        return ""
    stands = "stands" if count == 1 else "stand"
    return f"{_are(count, what)} not drawn here and {stands} in the tables."


def _are(count: int, what: str) -> str:
    return f"{count_text(count, what)} {'is' if count == 1 else 'are'}"


def sentences(*texts: str) -> str:
    """Those that say anything, one after the other."""
    return " ".join(filter(None, texts))


def capital(text: str) -> str:
    """It with a capital first letter."""
    return f"{text[:1].upper()}{text[1:]}"
