"""The Markdown report: the same content as the page, and nothing foreign in it that does anything."""

import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evalreport.render import render_markdown
from evalreport.report.model import Report
from tests.reports import (
    EXAMPLES,
    HOSTILE,
    changed,
    clear_win,
    failures,
    hostile,
    mixed,
    no_training,
    simulated,
)

HEADINGS = [
    "Claims, and what the evidence says",
    "Checks that could overturn the verdict",
    "Results",
    "What changed between base and tuned",
    "Judges",
    "Response health",
    "Training",
    "Overfitting",
    "Overlap between training and evaluation",
    "Classes",
    "Limitations",
    "What was not measured",
    "Honesty rules",
    "What was compared",
    "How to reproduce",
]
KINDS = {
    "blockquote_close",
    "blockquote_open",
    "bullet_list_close",
    "bullet_list_open",
    "code_inline",
    "fence",
    "heading_close",
    "heading_open",
    "inline",
    "list_item_close",
    "list_item_open",
    "paragraph_close",
    "paragraph_open",
    "softbreak",
    "strong_close",
    "strong_open",
    "table_close",
    "table_open",
    "tbody_close",
    "tbody_open",
    "td_close",
    "td_open",
    "text",
    "text_special",
    "th_close",
    "th_open",
    "thead_close",
    "thead_open",
    "tr_close",
    "tr_open",
}

every_story = pytest.mark.parametrize("story", EXAMPLES.values(), ids=EXAMPLES)


def tokens_of(markdown: str) -> list[Token]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return [part for token in tokens for part in (token, *(token.children or ()))]


def headings(markdown: str) -> list[str]:
    tokens = tokens_of(markdown)
    return [
        tokens[i + 1].content
        for i, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]


FOLD = {
    "<details><summary>What was checked before anything was asked</summary>\n",
    "</details>\n",
}


@every_story
def test_only_our_own_kinds_of_markup_get_through(story: Callable[[], Report]) -> None:
    markdown = render_markdown(story())
    tokens = tokens_of(markdown)
    assert {token.type for token in tokens} <= {*KINDS, "html_block"}
    assert {token.content for token in tokens if token.type == "html_block"} <= FOLD
    outside = re.sub(r"^(`{3,})[\s\S]*?^\1$", "", markdown, flags=re.MULTILINE)
    assert not re.search(r"(?<![`\w])https?://(?!\S*`)", re.sub(r"`+[^`\n]+`+", "", outside))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]", markdown)
    markdown.encode("utf-8")


@every_story
def test_the_sections_are_those_of_the_page(story: Callable[[], Report]) -> None:
    first, *rest = headings(render_markdown(story()))
    assert first.startswith("Verdict: ")
    assert rest == [name for name in HEADINGS if name in rest]
    assert set(HEADINGS) - set(rest) <= {
        "Claims, and what the evidence says",
        "Judges",
        "Classes",
    }


@every_story
def test_every_table_row_has_as_many_cells_as_its_head(story: Callable[[], Report]) -> None:
    # markdown-it pads and cuts rows to the head, as GitHub does, so the source lines are counted.
    lines = re.sub(r"^(`{3,})[\s\S]*?^\1$", "", render_markdown(story()), flags=re.MULTILINE).split(
        "\n"
    )
    for i, line in enumerate(lines):
        if re.fullmatch(r"\|(-+:?\|)+", line.replace(" ", "")):
            width = line.count("|")
            rows = [lines[i - 1]]
            for row in lines[i + 1 :]:
                if not row.startswith("|"):
                    break
                rows.append(row)
            assert len(rows) > 1
            for row in rows:
                assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == width, row


@every_story
def test_the_same_report_gives_the_same_bytes(story: Callable[[], Report]) -> None:
    assert render_markdown(story()) == render_markdown(story())


def test_the_verdict_stands_on_top() -> None:
    markdown = render_markdown(clear_win())
    top = markdown[: markdown.index("## Checks")]
    for text in (
        "## Verdict: ✔ Better",
        "**Fine-tuning worked: field accuracy rose from 41.2 % to 78.5 %.**",
        "41.2 % (95 % interval 37.1 to 45.3)",
        "**+37.3 points (95 % interval +31.9 to +42.7)**",
        "n = 412 items",
        "**What next.** Use it.",
        "- Asked for: gain worth having: 10 points",
    ):
        assert text in top


def test_losses_stand_on_top_and_say_so() -> None:
    markdown = render_markdown(mixed())
    results = markdown[markdown.index("## Results") :]
    rows = [line for line in results.split("\n") if line.startswith("| ")][1:]
    assert rows[0].startswith("| **Loss:** `accuracy` in `general`, guard; may lose at most")
    assert rows[0].endswith("| ✘ lost |")


def test_stamps_checks_and_absences_are_said() -> None:
    assert render_markdown(simulated()).index("**SIMULATED.**") < 200
    assert "> **SMOKE.**" in render_markdown(simulated())
    assert "- **✘ failed** `one chat template (tuned)`: Training used another" in render_markdown(
        failures()
    )
    empty = render_markdown(no_training())
    for text in (
        "Nothing was trained in this build.",
        "No overlap was computed",
        "not estimable: no item scores were recorded",
        "4.94 squared points (no interval: only an average was recorded)",
    ):
        assert text in empty


def test_claims_are_not_put_into_quotes_since_they_may_be_told_in_other_words() -> None:
    claims = "| 92.85 % on GSM8K, line 58 | ! measures something else | "
    assert claims in render_markdown(mixed())


def test_differences_without_any_interval_are_said_to_have_none() -> None:
    without = re.compile(r"differences [^,]+, without intervals\.")
    assert without.search(render_markdown(no_training()))
    assert not without.search(render_markdown(clear_win()))
    for story in (clear_win, no_training):
        assert "no intervals" not in render_markdown(story())


def test_outputs_stand_in_fences_that_they_cannot_close() -> None:
    tokens = tokens_of(render_markdown(hostile()))
    fences = [token.content for token in tokens if token.type == "fence"]
    for text in HOSTILE[:6]:
        assert f"{text}\n" in fences
    assert any(text.endswith("[998,000 more characters not shown]\n") for text in fences)


@pytest.mark.parametrize(("policy", "has_ids"), [("ids", True), ("none", False)])
def test_the_report_may_keep_its_items_to_itself(policy: str, has_ids: bool) -> None:
    markdown = render_markdown(changed(clear_win(), examples_shown=policy))
    assert ("order-0417" in markdown) == has_ids
    assert ("order-0031" in markdown) == has_ids
    for private in ("A4 paper", "blue cable", "opening hours", "no JSON found", "channel: email"):
        assert private not in markdown
