"""Templates place and never compute; what they lack is an error, not an empty place."""

import re
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, UndefinedError
from jinja2.exceptions import TemplateAssertionError

from evalreport.render import templating
from evalreport.render.templating import inlined, rendered, style_sheet, template_folder

FILES = sorted(template_folder().rglob("*.j2"))
CODE = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
OUTSIDE = re.compile(
    r"https?:|<script|<link(?![^>]*data:)|@import|url\(|\bon\w+=|<\w+ [^>]*style=\""
)


def test_the_templates_are_found() -> None:
    names = {path.relative_to(template_folder()).as_posix() for path in FILES}
    assert {"report.html.j2", "report.md.j2", "model_card.md.j2"} <= names
    assert "color-scheme" in style_sheet().css


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_templates_do_not_compute(path: Path) -> None:
    for code in CODE.findall(path.read_text(encoding="utf-8")):
        words = re.sub(r'"[^"]*"', '""', code)
        assert not re.search(r"[+*/%~]|(?<![\w-])-(?![\w-])", words.strip("-")), code
        filters = set(re.findall(r"\|\s*(\w+)", words))
        assert filters <= {"prose", "code", "fenced", "python", "attribute"}, code


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_templates_ask_for_nothing_from_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name == "rating.html.j2":  # people work with it: its script and its data are in it
        assert text.count("<script") == 2
        text = text.replace("<script>", "").replace(
            '<script type="application/json" id="task">', ""
        )
    if path.name == "index.html.j2":  # its script filters rows that are there without it
        assert text.count("<script") == 1
        text = text.replace("<script>", "")
    assert not OUTSIDE.search(text)


@pytest.mark.parametrize("name", ["rating.js", "rating.css", "index.js", "index.css"])
def test_what_is_inlined_asks_for_nothing_and_ends_no_block(name: str) -> None:
    text = str(inlined(name).text)
    assert not re.search(
        r"https?:|</|<!--|@import|url\(|innerHTML|outerHTML|insertAdjacent|eval\(", text
    )


def test_the_style_sheet_asks_for_nothing_from_outside() -> None:
    css = str(style_sheet().css)
    assert not re.search(r"url\(|@import|https?:|</", css)


def environment(source: str, *, html: bool) -> Environment:
    """The real environment over a template of the test's own."""
    return templating._environment(html=html).overlay(loader=DictLoader({"t": source}))


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("{{ nothing }}", html=True).get_template("t").render()


@pytest.mark.parametrize("name", ["default", "d", "round", "format", "safe", "int"])
def test_stock_filters_are_gone(name: str) -> None:
    with pytest.raises(TemplateAssertionError):
        environment(f"{{{{ x | {name} }}}}", html=True).get_template("t")


def test_a_bare_number_cannot_be_printed() -> None:
    with pytest.raises(TypeError, match="a template printed float"):
        environment("{{ x }}", html=True).get_template("t").render(x=0.1 + 0.2)


def test_what_is_printed_is_quoted_without_being_asked() -> None:
    html = environment("<p>{{ x }}</p>", html=True).get_template("t")
    assert html.render(x='<b onclick="x">&\x00\u202e') == (
        "<p>&lt;b onclick=&#34;x&#34;&gt;&amp;␀⟨U+202E⟩</p>"
    )
    markdown = environment("- {{ x }}", html=False).get_template("t")
    assert markdown.render(x="<b> *a* | [x](y)") == "- &lt;b> \\*a\\* \\| \\[x\\](y)"


def test_macros_do_not_quote_twice() -> None:
    source = "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(x) }}"
    assert environment(source, html=False).get_template("t").render(x="a*b") == "a\\*b"
    assert environment(source, html=True).get_template("t").render(x="a<b") == "a&lt;b"


def test_rendering_needs_a_page() -> None:
    with pytest.raises(UndefinedError):
        rendered("report.md.j2")
