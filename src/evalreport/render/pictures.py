"""Figures to pictures: a drawing with its title and its note as one SVG, light or dark, and as PNG.

What stands in `report.html` as a drawing is drawn here from the same shapes, in pixels. The SVG is
the same on every machine. The PNG is made of it by vl-convert, which is an extra; what it was made
of, and by which version, stands in the file.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from markupsafe import escape

from evalreport.numbers import coordinate
from evalreport.render import rasterize
from evalreport.render.drawings import Drawing, Shape
from evalreport.render.figure import FIGURES, Figure
from evalreport.render.figures import figures_of
from evalreport.render.forest import WIDTH
from evalreport.render.lettering import fitted, is_in_font, lines_of, width_of
from evalreport.render.looks import THEMES, Theme, look_of, palette
from evalreport.render.page import stamps_of
from evalreport.render.quoting import shown_label
from evalreport.report.model import Report

FOLDER: Final = "figures"
GET_PICTURES: Final = "pip install 'evalreport[charts]'"
_PACKAGE: Final = "vl-convert-python"
_FONT: Final = "Liberation Sans"
_MARGIN: Final = 20
_TITLE, _SUBTITLE, _NOTE = 15, 12, 11.5  # pixels of the fonts
_HEAD: Final = 66
_NOTE_LINE: Final = 16
_STRETCH: Final = 1000
_STAMP, _STAMP_INK = "#1d1600", "#ffd24a"
_KEY: Final = "evalreport-drawing"
_SAID = re.compile(rb"(.{4})tEXt" + _KEY.encode() + rb"\0", re.DOTALL)
_CHUNK_HEAD: Final = 8  # bytes of a chunk's size and kind


@dataclass(frozen=True, slots=True)
class NotDrawn:
    """Why there are no pictures, and what to do."""

    reason: str


def picture_name(figure: str, theme: Theme) -> str:
    """The file of a picture, beside the report."""
    return f"{FOLDER}/{figure}-{theme}.png"


PICTURES: Final = tuple(picture_name(name, theme) for name in FIGURES for theme in THEMES)


def svgs_of(report: Report) -> dict[str, str]:
    """The drawings of a report's pictures by the names of their files."""
    stamps = [stamp.word for stamp in stamps_of(report)]
    return {
        picture_name(figure.name, theme): svg_of(figure, report.title, stamps, theme)
        for figure in figures_of(report)
        for theme in THEMES
    }


def is_shown_beside(folder: Path, report: Report) -> bool:
    """Whether all pictures of a report lie in a folder, each of exactly this report's drawing."""
    svgs = svgs_of(report)
    return bool(svgs) and all(
        (folder / name).is_file() and shown_in((folder / name).read_bytes())[0] == digest_of(svg)
        for name, svg in svgs.items()
    )


def svg_of(figure: Figure, report: str, stamps: Sequence[str], theme: Theme) -> str:
    """The figure by itself, since pictures are shown without their page.

    Args:
        figure: The drawing with its words.
        report: The title of the report that it is of.
        stamps: What must not be overlooked.
        theme: Light or dark.
    """
    colours = palette(theme)
    note = lines_of(shown_label(figure.note), WIDTH, _NOTE)
    height = float(figure.drawing.height)
    bottom = _HEAD + height
    whole = bottom + (_NOTE_LINE * len(note) + 14 if note else 0) + _MARGIN - 4
    size = f'width="{WIDTH + 2 * _MARGIN}" height="{coordinate(whole)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}">',
        f'<rect width="100%" height="100%" fill="{colours["surface"]}"/>',
        _words(figure.title, _MARGIN, 31, _TITLE, colours["ink"], bold=True),
        *_stamps(stamps),
        _words(
            fitted(shown_label(report), WIDTH, _SUBTITLE),
            _MARGIN,
            50,
            _SUBTITLE,
            colours["muted"],
        ),
        f'<g transform="translate({_MARGIN} {_HEAD})">',
        *_drawn(figure.drawing, figure.name, theme),
        "</g>",
        *(
            _words(one, _MARGIN, bottom + 20 + _NOTE_LINE * i, _NOTE, colours["muted"])
            for i, one in enumerate(note)
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def pngs_of(svgs: Mapping[str, str]) -> dict[str, bytes] | NotDrawn:
    """The pictures as PNG, each with its drawing's digest and what drew it.

    Args:
        svgs: Drawings by the names of their files.
    """
    if not drawer():
        return NotDrawn(f"they are drawn by an extra that is not installed: {GET_PICTURES}")
    drawn: dict[str, bytes] = {}
    for only_bundled in (True, False):
        names = [name for name, svg in svgs.items() if is_same_everywhere(svg) is only_bundled]
        if not names:
            continue
        asked = {
            "only_bundled": only_bundled,
            "key": _KEY,
            "drawings": [[svgs[name], f"{digest_of(svgs[name])} {drawer()}"] for name in names],
        }
        ran = subprocess.run(
            [sys.executable, "-I", rasterize.__file__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=False,
        )
        if ran.returncode:
            told = ran.stderr.decode("utf-8", "replace").strip().splitlines()
            return NotDrawn(f"what draws them failed ({told[-1] if told else 'it ended'})")
        drawn |= zip(names, _parts(ran.stdout), strict=True)
    return {name: drawn[name] for name in svgs}


def _parts(files: bytes) -> Iterator[bytes]:
    """The files that stand one behind another."""
    at = 0
    while at < len(files):
        start = at + rasterize.SIZE_BYTES
        at = start + int.from_bytes(files[at:start], "big")
        yield files[start:at]


def drawer() -> str:
    """What draws here, with its version; empty where something that it takes is not here."""
    if find_spec("vl_convert") is None or find_spec("PIL") is None:
        return ""
    try:
        return f"vl-convert {version(_PACKAGE)}"
    except PackageNotFoundError:
        return ""


def is_same_everywhere(svg: str) -> bool:
    """Whether no font of the machine has a part in it."""
    return is_in_font(svg.replace("\n", " "))


def digest_of(svg: str) -> str:
    """The digest of a drawing, as its picture names it."""
    return hashlib.sha256(svg.encode()).hexdigest()


def shown_in(png: bytes) -> tuple[str, str]:
    """The digest of the drawing that a picture says it shows, and what drew it; empty for none."""
    found = _SAID.search(png)
    if found is None:
        return "", ""
    text = png[found.end() : found.start() + _CHUNK_HEAD + int.from_bytes(found[1], "big")]
    digest, _, by = text.decode("ascii", "replace").partition(" ")
    return digest, by


def _stamps(stamps: Sequence[str]) -> Iterator[str]:
    """What must not be overlooked, in the upper right corner."""
    right = float(WIDTH + _MARGIN)
    for stamp in reversed(stamps):
        width = width_of(stamp, _SUBTITLE, bold=True) + 20
        right -= width
        at = f'x="{coordinate(right)}" y="16" width="{coordinate(width)}" height="21"'
        yield f'<rect {at} rx="3" fill="{_STAMP}"/>'
        yield _words(stamp, right + 10, 31, _SUBTITLE, _STAMP_INK, bold=True)
        right -= 8


def _words(text: str, x: float, y: float, size: float, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{coordinate(x)}" y="{coordinate(y)}" font-size="{size}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )


def _drawn(drawing: Drawing, style: str, theme: Theme) -> Iterator[str]:
    """All shapes, in pixels: curves below, as in the page."""
    height = float(drawing.height)
    for shape in drawing.curves:
        points = (pair.split(",") for pair in dict(shape.attributes)["points"].split())
        placed = " ".join(
            f"{coordinate(float(x) * WIDTH / _STRETCH)},{coordinate(float(y) * height / _STRETCH)}"
            for x, y in points
        )
        yield _element(shape, {"points": placed}, style, theme)
    for shape in drawing.shapes:
        placed_at = {name: _in_pixels(value) for name, value in shape.attributes}
        yield _element(shape, placed_at, style, theme)


def _in_pixels(value: str) -> str:
    """A share of the width in pixels; all else as it is."""
    if not value.endswith("%"):
        return value
    return coordinate(float(value.removesuffix("%")) * WIDTH / 100)


def _element(shape: Shape, attributes: dict[str, str], style: str, theme: Theme) -> str:
    look = look_of(shape.tag, shape.style, style, theme)
    given = " ".join(f'{name}="{escape(value)}"' for name, value in {**attributes, **look}.items())
    return f"<{shape.tag} {given}>{escape(shown_label(shape.text))}</{shape.tag}>"
