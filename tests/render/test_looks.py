"""Colours of pictures: those of the page, resolved, and far enough from what is behind them."""

import re

import pytest

from evalreport.render.figures import figures_of
from evalreport.render.looks import THEMES, Theme, look_of, palette
from tests.reports import EXAMPLES

every_theme = pytest.mark.parametrize("theme", THEMES)
TONES = ("good", "bad", "caution", "neutral")


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def over(colour: str, behind: str, opacity: float) -> str:
    """What is seen of a colour that lets some of another through."""
    channels = [
        round(int(colour[i : i + 2], 16) * opacity + int(behind[i : i + 2], 16) * (1 - opacity))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


@every_theme
def test_text_stands_out_from_everything_behind_it(theme: Theme) -> None:
    colours = palette(theme)
    for text in ("ink", "muted", "link", *TONES):
        for behind in ("surface", "paper"):
            assert contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    for text in ("ink", "muted", "bad"):  # of a row that is tinted, because it is a loss
        assert contrast(colours[text], colours["bad-tint"]) >= 4.5, text


@every_theme
def test_marks_stand_out_from_everything_behind_them(theme: Theme) -> None:
    colours = palette(theme)
    for mark in (*TONES, "link", "rule-strong"):
        for behind in ("surface", "paper"):
            assert contrast(colours[mark], colours[behind]) >= 3, (mark, behind)
    assert contrast(colours["bad"], colours["bad-tint"]) >= 3


@every_theme
@pytest.mark.parametrize(
    ("tag", "style"),
    [("polyline", "curve other"), ("line", "bound"), ("line", "chosen"), ("line", "whole")],
)
def test_faint_lines_can_be_seen(theme: Theme, tag: str, style: str) -> None:
    look = look_of(tag, style, "loss", theme)
    for behind in (palette(theme)["surface"], palette(theme)["paper"]):
        seen = over(look["stroke"], behind, float(look.get("opacity", "1")))
        assert contrast(seen, behind) >= 3


@every_theme
def test_better_and_worse_differ_for_those_who_see_no_red_or_no_green(theme: Theme) -> None:
    """By lightness or by blue against the rest, which every kind of color blindness leaves."""
    good, bad = palette(theme)["good"], palette(theme)["bad"]
    blue = abs(int(good[5:], 16) - int(bad[5:], 16))
    assert blue >= 40 or contrast(good, bad) >= 1.5


@every_theme
@pytest.mark.parametrize("story", ["mixed", "failures", "many_subgroups"])
def test_every_shape_has_its_looks_in_plain_colours(theme: Theme, story: str) -> None:
    for figure in figures_of(EXAMPLES[story]()):
        for shape in (*figure.drawing.shapes, *figure.drawing.curves):
            look = look_of(shape.tag, shape.style, figure.name, theme)
            painted = [look[name] for name in ("fill", "stroke") if name in look]
            assert painted, shape
            assert all(re.fullmatch(r"#[0-9a-f]{6}|none", paint) for paint in painted), shape
            assert "var(" not in "".join(look.values())
