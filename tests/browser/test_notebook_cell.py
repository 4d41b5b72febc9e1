"""A report in a notebook's page: its style reaches nothing else, and follows the notebook's theme."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from evalreport.render import render_cell_html
from tests.reports import EXAMPLES

pytestmark = pytest.mark.browser

# The rules of JupyterLab for what a cell gives, as far as they meet ours.
LAB = """
.jp-RenderedHTMLCommon table { table-layout: fixed; border-collapse: collapse; font-size: 12px; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th, .jp-RenderedHTMLCommon tr {
  vertical-align: middle; padding: 0.5em; text-align: right; border: none; }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: rgb(1, 2, 3); }
.jp-RenderedHTMLCommon p { margin: 0 0 1em; }
"""
LOOK = """selector => {
  const style = getComputedStyle(document.querySelector(selector));
  return [style.color, style.backgroundColor, style.fontSize, style.padding, style.textAlign];
}"""


def page_of(story: str, theme: str) -> str:
    cell = render_cell_html(EXAMPLES[story](), "reports/here")
    return f"""<!doctype html><html lang="en"><title>notebook</title><style>{LAB}</style>
    <body data-jp-theme-light="{theme}"><main>
    <div class="jp-RenderedHTMLCommon" id="cell">{cell}</div>
    <div class="jp-RenderedHTMLCommon verdict" id="other"><p class="headline">of the user</p>
    <table class="results"><tbody><tr class="row loss"><td class="n">1</td></tr></tbody></table></div>
    </main></body></html>"""


def test_a_cell_styles_itself_and_nothing_else(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 900}, color_scheme="light")
    whole = page_of("clear_win", "true")
    outside = ("#other", "#other .headline", "#other table", "#other tr", "#other td")
    page.set_content(re.sub(r"<style>\s*/\* A report.*?</style>", "", whole, flags=re.DOTALL))
    before = [page.evaluate(LOOK, one) for one in outside]
    page.set_content(whole)
    assert [page.evaluate(LOOK, one) for one in outside] == before
    # The notebook's own rules for tables do not reach into the cell.
    assert page.evaluate(LOOK, "#cell tbody tr")[1] == "rgba(0, 0, 0, 0)"
    assert page.evaluate(LOOK, "#cell tbody th")[4] == "left"
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    page.close()


@pytest.mark.parametrize("story", ["clear_win", "invalid_evidence"])
@pytest.mark.parametrize(("theme", "scheme"), [("true", "dark"), ("false", "light")])
def test_a_cell_is_accessible_in_the_theme_of_the_notebook(
    browser: Browser, story: str, theme: str, scheme: Literal["light", "dark"]
) -> None:
    """Whatever the system prefers."""
    context = browser.new_context(viewport={"width": 700, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_content(page_of(story, theme))
    paper = page.evaluate(LOOK, ".evalreport-cell")[1]
    assert paper == ("rgb(255, 255, 255)" if theme == "true" else "rgb(27, 31, 35)")
    found = Axe().run(page, context="#cell")
    assert found.violations_count == 0, found.generate_report()
    context.close()
