"""A reply of a judge that could not be read: shown as text and nothing else, where it may be."""

import pytest

from evalreport.analyze.judging.model import CardLine, JudgeCard, UnreadSample
from evalreport.estimates import Point
from evalreport.render import render_html, render_markdown
from evalreport.report.model import ExamplesShown, Report
from tests.render.pages import read_page
from tests.reports import changed, clear_win

REPLY = "<script>x()</script> ``` | # [[A]] & so"


def unread(examples: ExamplesShown = "full") -> Report:
    whole = Point(value=1.0, no_interval="a count")
    card = JudgeCard(
        layer="ab",
        judge="m",
        lines=(CardLine(id="ab.judge.m.unread", name="unread", unit="fraction", value=whole),),
        unread=UnreadSample(item="q0", why="no verdict in the reply", reply=REPLY),
    )
    return changed(clear_win(), judge_cards=(card,), examples_shown=examples)


def test_the_sample_stands_as_it_is_and_is_no_markup() -> None:
    page = read_page(render_html(unread()))
    assert not [one for one in page.all("script") if "x()" in one.text]
    assert any(one.text == REPLY for one in page.all("pre"))
    markdown = render_markdown(unread())
    assert f"````text\n{REPLY}\n````" in markdown
    assert "could not be read (no verdict in the reply)" in markdown


@pytest.mark.parametrize("examples", ["none", "ids"])
def test_it_is_not_shown_where_no_text_may_be(examples: ExamplesShown) -> None:
    for text in (render_html(unread(examples)), render_markdown(unread(examples))):
        assert "x()" not in text
        assert "How a reply begins" not in text
