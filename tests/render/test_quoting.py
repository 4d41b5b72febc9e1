"""Foreign text stays readable and does nothing, whatever it holds."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evalreport.render.quoting import (
    cut,
    html_prose,
    markdown_code,
    markdown_fence,
    markdown_prose,
    markdown_text,
    shown_label,
    visible,
)
from tests.reports import HOSTILE

texts = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="`|\\*_[]()<>!#-+=~$&:/.1 \n\t\u202e\x00wW", max_size=60),
    st.sampled_from(HOSTILE[:-1]),
)


def parsed(markdown: str) -> list[Token]:
    """All tokens, inline ones included, of the dialect that GitHub reads (without autolinks)."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return [part for token in tokens for part in (token, *(token.children or ()))]


def test_invisible_characters_become_marks() -> None:
    assert visible("a\x00b\x1b[31m\x7f\x9b") == "a␀b␛[31m␡⟨U+009B⟩"
    assert visible("\u202eevil\u202c") == "⟨U+202E⟩evil⟨U+202C⟩"
    assert visible("\ud800") == "⟨U+D800⟩"
    assert visible("zero\u200bwidth\ufeff\U000e0041") == "zero⟨U+200B⟩width⟨U+FEFF⟩⟨U+E0041⟩"
    assert visible("line\r\n\ttab") == "line␍\n\ttab"


def test_what_scripts_need_stays() -> None:
    for text in ("👩‍💻", "می‌خواهم", "שלום", "日本語", "naïve", "−1 × 2"):
        assert visible(text) == text


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    left = {unicodedata.category(c) for c in visible(text) if c not in "\n\t\u200c\u200d"}
    assert not left & {"Cc", "Cs"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", visible(text))
    visible(text).encode("utf-8")


def test_long_text_is_cut_and_the_rest_is_counted() -> None:
    assert cut("Z" * 1_000_000, 10) == "ZZZZZZZZZZ … [999,990 more characters not shown]"
    assert cut("short", 10) == "short"
    assert len(shown_label("x" * 10**6)) < 1_100
    once = cut("y" * 5_000, 4_000)
    assert shown_label(once) is once


@given(texts)
def test_markdown_text_is_one_paragraph_that_reads_as_it_was(text: str) -> None:
    tokens = parsed(f"x {markdown_text(text)}")
    kinds = {token.type for token in tokens}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    shown = "".join(token.content for token in tokens if token.type.startswith("text"))
    assert shown.split() == ["x", *visible(text).split()]


@given(texts)
def test_markdown_text_is_harmless_at_the_start_of_a_line(text: str) -> None:
    kinds = {token.type for token in parsed(str(markdown_text(text)))}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(texts, texts)
def test_a_table_row_keeps_its_cells(left: str, right: str) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown_text(left)} | {markdown_code(right)} |\n"
    tokens = parsed(table)
    assert sum(token.type == "td_open" for token in tokens) == 2
    assert not {"html_block", "html_inline", "link_open", "image"} & {t.type for t in tokens}


@given(texts)
def test_a_code_span_is_one_span_or_plain_text(text: str) -> None:
    tokens = parsed(f"x {markdown_code(text)} y")
    spans = [token for token in tokens if token.type == "code_inline"]
    words = " ".join(visible(text).split())
    if words and "|" not in words:
        assert [span.content for span in spans] == [words]
    else:
        assert not spans
    assert not {"html_inline", "link_open", "image", "em_open", "strong_open"} & {
        token.type for token in tokens
    }


@given(texts)
def test_a_fence_holds_whatever_is_inside(text: str) -> None:
    tokens = parsed(f"before\n\n{markdown_fence(text)}\n\nafter")
    assert [token.type for token in tokens if token.type in {"paragraph_open", "fence"}] == [
        "paragraph_open",
        "fence",
        "paragraph_open",
    ]
    fence = next(token for token in tokens if token.type == "fence")
    assert fence.content.rstrip("\n") == visible(text).rstrip("\n")
    assert tokens[-2].content == "after"


@pytest.mark.parametrize("text", HOSTILE)
def test_links_are_not_made_by_github_either(text: str) -> None:
    shown = str(markdown_text(text))
    assert not re.search(r"https?://|(?<!\\)www\.(?=\w)", shown)


def test_prose_keeps_code_between_backticks() -> None:
    said = "Set `evaluate_every`, or `a<b|c`."
    assert html_prose(said) == "Set <code>evaluate_every</code>, or <code>a&lt;b|c</code>."
    assert markdown_prose(said) == "Set `evaluate_every`, or a&lt;b\\|c."
    assert markdown_prose("an odd ` stays") == "an odd \\` stays"


@given(texts)
def test_prose_holds_nothing_but_words_and_code(text: str) -> None:
    kinds = {token.type for token in parsed(f"| a |\n|---|\n| {markdown_prose(text)} |\n")}
    assert not {"html_block", "html_inline", "link_open", "image", "strong_open"} & kinds
    lone = {token.type for token in parsed(str(markdown_prose(text)))}
    plain = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert lone <= plain | {"code_inline"}
    tags = re.findall(r"<[^>]*>", html_prose(text))
    assert set(tags) <= {"<code>", "</code>"}
