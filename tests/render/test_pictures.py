"""Pictures beside a report: whole by themselves, harmless, and the same bytes everywhere."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evalreport.render import render_markdown, render_model_card
from evalreport.render.figures import figures_of
from evalreport.render.pictures import (
    PICTURES,
    digest_of,
    drawer,
    is_same_everywhere,
    pngs_of,
    shown_in,
    svgs_of,
)
from evalreport.report.load import load_report
from tests.conftest import require_or_skip
from tests.render.pages import read_page
from tests.reports import EXAMPLES

QUICKSTART = Path(__file__).parents[2] / "reports" / "quickstart"
SVG = "{http://www.w3.org/2000/svg}"
every_story = pytest.mark.parametrize("story", EXAMPLES)


@every_story
def test_a_drawing_is_whole_and_nothing_foreign_in_it_is_a_tag(story: str) -> None:
    report = EXAMPLES[story]()
    svgs = svgs_of(report)
    assert set(svgs) <= set(PICTURES)
    assert len(svgs) == 2 * len(figures_of(report))
    for svg in svgs.values():
        root = ET.fromstring(svg)
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "rect", "line", "circle", "text", "polyline"}
        width = float(root.attrib["width"])
        for element in root.iter(f"{SVG}line"):
            assert all(0 <= float(element.attrib[x]) <= width for x in ("x1", "x2"))


def test_a_picture_says_whose_it_is_and_what_must_not_be_overlooked() -> None:
    report = EXAMPLES["simulated"]()
    svgs = svgs_of(report)
    assert len(svgs) == 8
    for svg in svgs.values():
        texts = [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]
        assert "SIMULATED" in texts
        assert report.title in texts


def test_light_and_dark_differ_in_colours_alone() -> None:
    svgs = svgs_of(EXAMPLES["mixed"]())
    for name in ("findings", "flips"):
        light, dark = (
            [(e.tag, e.text) for e in ET.fromstring(svgs[f"figures/{name}-{t}.png"]).iter()]
            for t in ("light", "dark")
        )
        assert light == dark


@every_story
def test_markdown_and_card_name_every_picture_and_no_other(story: str) -> None:
    report = EXAMPLES[story]()
    markdown, card = (
        render_markdown(report, pictured=True),
        render_model_card(report, pictured=True),
    )
    for name in svgs_of(report):
        assert markdown.count(name) == 1
        mode = "dark" if name.endswith("-dark.png") else "light"
        assert card.count(f"]({name}#hf-{mode}-mode-only)") == 1
    bare = render_markdown(report) + render_model_card(report)
    assert not any(name in bare for name in PICTURES)
    assert "<picture>" not in bare


@every_story
def test_the_words_of_a_picture_stay_inside_their_attribute(story: str) -> None:
    markdown = render_markdown(EXAMPLES[story](), pictured=True)
    blocks = [
        block.split("</picture>")[0] + "</picture>" for block in markdown.split("\n<picture>")[1:]
    ]
    assert len(blocks) == len(figures_of(EXAMPLES[story]()))
    for block in blocks:
        assert "\n\n" not in block
        page = read_page(
            f"<picture>{block}".replace('.png">', '.png"/>').replace('"800">', '"800"/>')
        )
        assert [e.tag for e in page.elements] == ["picture", "source", "img"]
        (image,) = page.all("img")
        assert set(image.attributes) == {"alt", "src", "width"}
        assert image.attributes["alt"]


# What needs the extra.


def test_the_bytes_are_the_same_in_another_process_place_and_time(tmp_path: Path) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    report = QUICKSTART / "report.json"
    svgs = svgs_of(load_report(report))
    name = "figures/flips-light.png"
    mine = pngs_of({name: svgs[name]})
    assert isinstance(mine, dict)
    code = (
        "import sys, hashlib; from pathlib import Path\n"
        "from evalreport.report.load import load_report\n"
        "from evalreport.render.pictures import pngs_of, svgs_of\n"
        "svgs = svgs_of(load_report(Path(sys.argv[1])))\n"
        "print(hashlib.sha256(repr(svgs).encode()).hexdigest())\n"
        "print(hashlib.sha256(pngs_of({sys.argv[2]: svgs[sys.argv[2]]})[sys.argv[2]]).hexdigest())"
    )
    elsewhere = {"PYTHONHASHSEED": "17", "TZ": "Asia/Tokyo", "LC_ALL": "C", "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(report), name],
        cwd=tmp_path,
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [
        hashlib.sha256(repr(svgs).encode()).hexdigest(),
        hashlib.sha256(mine[name]).hexdigest(),
    ]
    assert shown_in(mine[name]) == (digest_of(svgs[name]), drawer())


def test_letters_that_the_bundled_font_lacks_are_known() -> None:
    assert all(is_same_everywhere(svg) for svg in svgs_of(EXAMPLES["mixed"]()).values())
    assert not all(is_same_everywhere(svg) for svg in svgs_of(EXAMPLES["hostile"]()).values())
