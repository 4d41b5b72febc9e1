"""Every number on the page is report.json's, and Markdown and card print no others."""

import json
import math
import re
from collections.abc import Callable

import pytest
from huggingface_hub import ModelCard

from evalreport.render import render_html, render_json, render_markdown, render_model_card
from evalreport.report.model import Report
from evalreport.values import Json
from tests.render.pages import Element, read_page
from tests.reports import EXAMPLES

STORIES = {name: story for name, story in EXAMPLES.items() if name != "hostile"}
every_story = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)

NUMBER = re.compile(r"(?<![\w.])[−+]?\d+(?:,\d{3})*(?:\.\d+)?")
SECONDS = {"d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001}
SCALES = {"million": 1e6, "billion": 1e9, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def at(dump: Json, pointer: str) -> Json:
    """What a JSON pointer (RFC 6901) leads to."""
    value = dump
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]  # type: ignore[index]
    return value


def is_rounded(text: str, value: float) -> bool:
    """Whether a text is the value, in percent, points or plain, at the last digit that it shows."""
    if text.startswith("p < "):
        return value < 0.001
    if text.startswith("p > "):
        return value > 0.99
    parts = re.findall(r"([\d.]+) (d|h|min|s|ms)\b", text)
    if parts:
        return math.isclose(
            sum(float(n) * SECONDS[u] for n, u in parts),
            value,
            rel_tol=0.06,
            abs_tol=0.5 * SECONDS[parts[-1][1]],
        )
    match = NUMBER.search(text)
    assert match, text
    shown = float(match.group().replace(",", "").replace("−", "-"))
    scale = next((factor for word, factor in SCALES.items() if f" {word}" in text), 1.0)
    half = 0.5000001 * scale * 10.0 ** -len(match.group().partition(".")[2])
    return any(
        abs(shown * scale - truth) <= half
        for truth in (value, 100 * value, math.exp(min(value, 50.0)))
    )


def numbers_shown(report: Report) -> list[Element]:
    return read_page(render_html(report)).all("data")


@every_story
def test_every_number_on_the_page_is_the_one_at_its_place_in_the_json(
    story: Callable[[], Report],
) -> None:
    dump = json.loads(render_json(story()))
    shown = numbers_shown(story())
    assert shown
    for element in shown:
        value = at(dump, element.attributes["data-key"] or "")
        assert isinstance(value, int | float)
        assert float(element.attributes["value"] or "") == value
        assert is_rounded(element.text, float(value)), (element.text, value)


def test_the_page_shows_all_numbers_of_the_declared_findings() -> None:
    for story in STORIES.values():
        report = story()
        dump = json.loads(render_json(report))
        keys = {element.attributes["data-key"] for element in numbers_shown(report)}
        for i, finding in enumerate(dump["findings"]):
            for name in ("base", "tuned", "difference"):
                for part in ("value", "low", "high"):
                    if part in finding[name]:
                        assert f"/findings/{i}/{name}/{part}" in keys
            assert f"/findings/{i}/n" in keys


def on_page(report: Report) -> set[str]:
    """All numbers that a reader of the page sees, drawings aside."""
    return set(NUMBER.findall(read_page(render_html(report)).prose))


def in_markdown(text: str) -> set[str]:
    """All numbers in Markdown, whether escaped or not."""
    return set(NUMBER.findall(text.replace("\\", "")))


@every_story
def test_page_and_markdown_print_the_same_numbers(story: Callable[[], Report]) -> None:
    assert in_markdown(render_markdown(story())) == on_page(story())


@every_story
def test_the_card_prints_no_number_that_the_page_does_not(story: Callable[[], Report]) -> None:
    body = ModelCard(render_model_card(story(), show="full")).text
    snippet = story().loading_snippet.rstrip("\n")
    assert snippet in body
    assert in_markdown(body.replace(snippet, "")) <= on_page(story())
