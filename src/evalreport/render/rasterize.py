"""SVG drawings to PNG files, as a program of its own: JSON in, PNG files one behind another out.

It runs in a process of its own because which fonts there are is read once in a process. Where the
bundled font has every letter, no font of the machine is read: the same drawing then gives the same
bytes on every machine. Only where it lacks letters do the machine's own fonts draw them.
"""

import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_PIXELS_PER_UNIT: Final = 1.5
_MOST_COLOURS: Final = 256
_NO_FONTS: Final = '<?xml version="1.0"?><fontconfig><dir>{}</dir></fontconfig>'
SIZE_BYTES: Final = 8  # before each file


def main() -> None:
    """Read what to draw from the standard input, write each file with its size before it."""
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as empty:
        if asked["only_bundled"]:
            config = Path(empty) / "fonts.conf"
            config.write_text(_NO_FONTS.format(empty), encoding="utf-8")
            os.environ["FONTCONFIG_FILE"] = str(config)
        for svg, said in asked["drawings"]:
            png = _png(svg, asked["key"], said)
            sys.stdout.buffer.write(len(png).to_bytes(SIZE_BYTES, "big") + png)


def _png(svg: str, key: str, said: str) -> bytes:
    """One picture; what is said of it stands in the file."""
    import vl_convert
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    drawn = vl_convert.svg_to_png(svg, scale=_PIXELS_PER_UNIT)
    about = PngInfo()
    about.add_text(key, said)
    packed = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as image:
        few = _in_few_colours(image.convert("RGB"))
        few.save(packed, "PNG", optimize=True, pnginfo=about)
    return packed.getvalue()


def _in_few_colours(image: "Image") -> "Image":
    """The same with a palette, which takes a fifth of the space; rarely are there more colours."""
    from PIL import Image

    colours = image.getcolors(_MOST_COLOURS)
    if colours is None:
        return image.quantize(_MOST_COLOURS, method=Image.Quantize.MEDIANCUT)
    palette = Image.new("P", (1, 1))
    triples = sorted(colour for _, colour in colours if isinstance(colour, tuple))
    palette.putpalette([channel for triple in triples for channel in triple])
    return image.quantize(len(colours), palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
