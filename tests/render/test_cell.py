"""The report in a cell of a notebook: scoped, silent, truthful, and legible without its style."""

import re
from collections.abc import Callable

import pytest

from evalreport.render import render_cell_html, render_cell_markdown, render_cell_text, render_html
from evalreport.render.templating import inlined, style_sheet
from evalreport.report.model import Report
from tests.render.pages import read_page
from tests.reports import EXAMPLES, HOSTILE, clear_win, hostile, simulated

CSS = str(inlined("cell.css").text)
every_story = pytest.mark.parametrize("story", EXAMPLES.values(), ids=EXAMPLES)


def test_every_selector_stays_inside_the_cell() -> None:
    css = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    css = re.sub(r"@media [^{]+\{", "", css)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", css)
    assert len(selectors) > 40
    for selector in selectors:
        # A comma inside of :is() begins no other selector.
        for one in re.split(r",(?![^()]*\))", selector):
            assert one.strip().startswith(".evalreport-cell"), one
    assert not re.search(r"url\(|@import|https?:|</|@font-face|@keyframes", css)


def test_the_colours_are_those_of_the_report() -> None:
    colours = re.compile(r"(--[a-z-]+: light-dark\([^)]+\));")
    ours = colours.findall(CSS)
    assert len(ours) > 10
    assert {*ours} <= {*colours.findall(str(style_sheet().css))}


@every_story
def test_a_cell_is_one_closed_part_of_a_page(story: Callable[[], Report]) -> None:
    html = render_cell_html(story(), "reports/here")
    page = read_page(html)
    assert page.elements[0].attributes == {"class": "evalreport-cell"}
    assert [e.tag for e in page.elements if not e.ancestors] == ["div"]
    # Two cells stand in one notebook, whose contents and links are not ours.
    for element in page.elements:
        assert element.tag not in {"script", "link", "a", "form", "h1", "h2", "h3", "iframe", "img"}
        assert {"id", "href", "src", "style"}.isdisjoint(element.attributes)
        assert not any(name.startswith("on") for name in element.attributes)


@pytest.mark.parametrize(
    "story",
    [story for name, story in EXAMPLES.items() if name != "hostile"],
    ids=[name for name in EXAMPLES if name != "hostile"],
)
def test_a_cell_says_what_the_report_says(story: Callable[[], Report]) -> None:
    report = story()
    html, whole = render_cell_html(report, "reports/here"), render_html(report)
    shown = re.findall(r"<data [^>]+>[^<]+</data>", html)
    assert all(one in whole for one in shown)
    # Without a style sheet and drawings, as where a notebook is not trusted.
    words = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())
    text, markdown = render_cell_text(report, "reports/here"), render_cell_markdown(report, "r")
    first = report.verdict.headline.split()[:4]
    for said in (words, text, markdown.replace("\\", "")):
        assert " ".join(first) in " ".join(said.split()).replace("&#39;", "'")
        for stamp, is_borne in (("SIMULATED", report.simulated), ("SMOKE", report.smoke)):
            assert (stamp in said.upper()) >= is_borne
    for step in report.steps:
        if step.outcome in {"failed", "blocked"}:
            assert step.id in words
            assert step.id in text


def test_the_text_is_what_a_build_prints() -> None:
    assert render_cell_text(simulated(), "reports/here").splitlines()[0].startswith("simulated  A ")
    lines = render_cell_text(clear_win(), "reports/here").splitlines()
    assert lines[0] == "verdict  better (full)"
    assert lines[1].startswith("         ")
    assert lines[-1] == "report   reports/here"


def test_hostile_words_do_nothing() -> None:
    html = render_cell_html(hostile(), HOSTILE[0])
    read_page(html)
    for word in HOSTILE:
        if "<" in word:
            assert word not in html
    text = render_cell_text(hostile(), "\x1b[31m")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\u202e" not in html
