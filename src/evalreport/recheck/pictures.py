"""Pictures beside a report: do they show what it says?

Each names the drawing that it was made of, by digest, so that a picture of other numbers is told
anywhere. Its pixels are compared where the same program is here that drew it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from warnings import catch_warnings, simplefilter

from evalreport.numbers import count_text
from evalreport.recheck.differ import Difference
from evalreport.render.pictures import (
    GET_PICTURES,
    PICTURES,
    NotDrawn,
    digest_of,
    drawer,
    is_same_everywhere,
    pngs_of,
    shown_in,
    svgs_of,
)
from evalreport.report.files import MOST_PICTURE_BYTES, read_regular
from evalreport.report.model import Report

_SLACK: Final = 3  # of 255: how far a channel may be off before it counts as another picture


def is_pictured(folder: Path) -> bool:
    """Whether a report has pictures of ours beside it."""
    return any((folder / name).exists() for name in PICTURES)


def check_pictures(
    folder: Path, report: Report
) -> tuple[dict[str, list[Difference]], tuple[str, ...]]:
    """What is wrong with each picture, and what of them could not be checked."""
    svgs = svgs_of(report)
    found: dict[str, list[Difference]] = {}
    right: dict[str, bytes] = {}
    for name in PICTURES:
        place = folder / name
        if not place.exists():
            if name in svgs:
                found[name] = [_difference(name, "no such file", "a picture")]
            continue
        if name not in svgs:
            found[name] = [_difference(name, "a picture", "none of that name")]
            continue
        try:
            png = read_regular(place, MOST_PICTURE_BYTES)
        except OSError as error:
            says = f"what cannot be read ({error.strerror})"
            found[name] = [_difference(name, says, "a picture")]
            continue
        shown, _ = shown_in(png)
        if shown != digest_of(svgs[name]):
            found[name] = [
                _difference(name, f"drawing {shown or 'unnamed'}", digest_of(svgs[name]))
            ]
            continue
        found[name] = []
        right[name] = png
    pixels, unchecked = _check_pixels(right, svgs)
    return {**found, **pixels}, unchecked


def _check_pixels(
    right: Mapping[str, bytes], svgs: Mapping[str, str]
) -> tuple[dict[str, list[Difference]], tuple[str, ...]]:
    """The pixels of pictures that name the right drawing, as far as they can be drawn again."""
    here = drawer()
    if not right:
        return {}, ()
    if not here:
        return {}, (f"{_pixels(right)}: what draws them is not installed ({GET_PICTURES})",)
    elsewhere = {name for name, png in right.items() if shown_in(png)[1] != here}
    by_fonts = {name for name in right if not is_same_everywhere(svgs[name])} - elsewhere
    unchecked = []
    if elsewhere:
        others = ", ".join(sorted({shown_in(right[name])[1] for name in elsewhere}))
        unchecked.append(f"{_pixels(elsewhere)}: drawn by {others}, and here is {here}")
    if by_fonts:
        unchecked.append(f"{_pixels(by_fonts)}: fonts of the machine draw some of their letters")
    drawn = pngs_of(
        {name: svgs[name] for name in right if name not in elsewhere and name not in by_fonts}
    )
    if isinstance(drawn, NotDrawn):
        return {}, (*unchecked, f"{_pixels(right)}: {drawn.reason}")
    return {
        name: [_difference(name, "other pixels", "another picture")]
        for name, png in drawn.items()
        if png != right[name] and not _look_alike(png, right[name])
    }, tuple(unchecked)


def _look_alike(drawn: bytes, given: bytes) -> bool:
    """Whether two pictures are the same to the eye: processors and packers may differ a little."""
    import io
    import struct

    from PIL import Image, ImageChops

    # Pillow's ways to say that it is no PNG, or one that would fill the memory.
    no_png = (OSError, SyntaxError, ValueError, EOFError, struct.error)
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with catch_warnings():
            simplefilter("error", Image.DecompressionBombWarning)
            # Only PNG: other formats are read by programs of this machine.
            mine, theirs = (Image.open(io.BytesIO(one), formats=["PNG"]) for one in (drawn, given))
            if mine.size != theirs.size:
                return False
            off = ImageChops.difference(mine.convert("RGB"), theirs.convert("RGB"))
    except (*no_png, *bombs):
        return False
    return max(off.tobytes(), default=0) <= _SLACK


def _pixels(names: Iterable[str]) -> str:
    return f"the pixels of {count_text(len(tuple(names)), 'picture')}"


def _difference(name: str, says: str, gives: str) -> Difference:
    return Difference(name, says, gives, source="report.json renders to")
