"""How wide a text is drawn, so that a name fits its column: pictures cannot wrap by themselves.

Widths are those of Liberation Sans, which is as wide as Arial and Helvetica and comes with the
program that makes pictures. A browser may draw another font; the columns leave it some room.
"""

import re
from bisect import bisect_right
from itertools import pairwise
from typing import Final
from unicodedata import combining, east_asian_width

CUT: Final = "\N{HORIZONTAL ELLIPSIS}"
_BY_WIDTH: Final = {  # thousandths of the font's size
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$?_0123456789Labdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
# Latin, Greek, Cyrillic, dashes and quotation marks, minus and comparisons.
_FOREIGN_LETTER = re.compile("[^\x20-\u052f\u2010-\u2030\u2212\u2248\u2260-\u2265]")
_WIDTHS: Final = {letter: width for width, letters in _BY_WIDTH.items() for letter in letters}
_OTHER: Final = 650
_FOREIGN: Final = 1.2  # another font is drawn where a letter is not in this one
_WIDE: Final = 1000
_BOLD: Final = 1.07


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """How many pixels a text takes at a size in pixels."""
    stretch = (_BOLD if bold else 1) * (1 if is_in_font(text) else _FOREIGN)
    return sum(map(_width, text)) * size / 1000 * stretch


def is_in_font(text: str) -> bool:
    """Whether Liberation Sans has every letter; else fonts of the machine draw what it lacks."""
    return _FOREIGN_LETTER.search(text) is None


def fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is wider than so many pixels."""
    if width_of(text, size, bold=bold) <= width:
        return text
    kept = bisect_right(
        range(1, len(text)), width, key=lambda k: width_of(f"{text[:k]}{CUT}", size, bold=bold)
    )
    return f"{text[:kept].rstrip()}{CUT}"


def lines_of(text: str, width: float, size: float, *, most: int = 0) -> tuple[str, ...]:
    """The text in lines of at most so many pixels, broken between words.

    Args:
        text: Words with spaces between them.
        width: Pixels of a line; a longer word is cut.
        size: Pixels of the font.
        most: Lines at most, the last one cut where there is more; 0 for as many as it takes.
    """
    words = text.split()
    if not words:
        return ()
    starts, line = [0], ""
    for i, word in enumerate(words):
        longer = f"{line} {word}" if line else word
        if line and width_of(longer, size) > width:
            starts.append(i)
            line = word
        else:
            line = longer
    if most and len(starts) > most:
        starts = starts[:most]
    lines = [" ".join(words[start:end]) for start, end in pairwise([*starts, len(words)])]
    return tuple(fitted(one, width, size) for one in lines)


def _width(letter: str) -> int:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if combining(letter):
        return 0
    return _WIDE if east_asian_width(letter) in {"W", "F"} else _OTHER
