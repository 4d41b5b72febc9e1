"""On how many items each arm did better: bars one below another, with their counts in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.numbers import coordinate
from evalreport.render.drawings import Drawing, Shape, label, rect
from evalreport.render.forest import WIDTH
from evalreport.render.lettering import fitted, width_of

_SIZE: Final = 12
_SWATCH: Final = 9
_BAR_TOP: Final = 22
_BAR: Final = 18
_WORDS: Final = 56
_ROW: Final = 80
_WORD_GAP: Final = 26


@dataclass(frozen=True, slots=True)
class Part:
    """One share of the items: how many, its class, and what it is."""

    count: int
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class FlipsRow:
    """One metric with its parts, in the order in which they stand."""

    name: str
    parts: tuple[Part, ...]


def flips_plot(rows: Sequence[FlipsRow], *, title: str, text: str) -> Drawing:
    """Each metric's items as one bar; an empty part has words and no width."""
    shapes: list[Shape] = []
    for i, row in enumerate(rows):
        top = _ROW * i
        shapes.append(_text(0, top + 13, fitted(row.name, WIDTH, _SIZE, bold=True), "panel"))
        whole = sum(part.count for part in row.parts)
        at, word_at = 0.0, 0.0
        for part in row.parts:
            width = 100 * part.count / whole if whole else 0.0
            if part.count:
                shapes.append(rect(at, top + _BAR_TOP, width, _BAR, f"flip {part.style}"))
            at += width
            words = fitted(part.words, WIDTH / len(row.parts) - _WORD_GAP, _SIZE)
            swatch = 100 * _SWATCH / WIDTH
            y = top + _WORDS
            shapes.append(rect(word_at, y - _SWATCH, swatch, _SWATCH, f"flip {part.style}"))
            shapes.append(_text(word_at + 1.6 * swatch, y, words, "row-name"))
            word_at += 1.6 * swatch + 100 * (width_of(words, _SIZE) * 1.05 + _WORD_GAP) / WIDTH
    return Drawing(title, text, coordinate(max(_ROW * len(rows) - 16, 0)), tuple(shapes))


def _text(x: float, y: float, text: str, style: str) -> Shape:
    return label(x, y, text, style, anchor="start")
