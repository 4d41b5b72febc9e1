"""Report to files: HTML, Markdown, model card and JSON, all from the one `Report` value."""

import json

from evalreport.diff.model import Differences
from evalreport.hub_rules import HubAnswers, validate_front_matter
from evalreport.render.card import card_of
from evalreport.render.cell import CELL_SHEET, cell_of, cell_text
from evalreport.render.diff_summary import render_diff_summary
from evalreport.render.differences import diff_page
from evalreport.render.page import page_of
from evalreport.render.quoting import INVISIBLE
from evalreport.render.templating import inlined, rendered, style_sheet
from evalreport.report.model import ExamplesShown, Report
from evalreport.values import Json, Value

__all__ = [
    "json_text",
    "render_cell_html",
    "render_cell_markdown",
    "render_cell_text",
    "render_diff_html",
    "render_diff_json",
    "render_diff_markdown",
    "render_diff_summary",
    "render_html",
    "render_json",
    "render_markdown",
    "render_model_card",
    "validate_front_matter",
]


def render_html(report: Report) -> str:
    """The report as one HTML file: no script, no request, readable, printable, light and dark."""
    return rendered("report.html.j2", page=page_of(report), style=style_sheet())


def render_markdown(report: Report, *, pictured: bool = False) -> str:
    """The report as Markdown for GitHub, with nothing foreign in it that does anything.

    Args:
        report: The report.
        pictured: Whether its pictures lie beside it.
    """
    return rendered("report.md.j2", page=page_of(report), pictured=pictured)


def render_model_card(
    report: Report,
    *,
    show: ExamplesShown = "ids",
    answers: HubAnswers | None = None,
    pictured: bool = False,
) -> str:
    """A model card for the hub: front matter and body.

    Args:
        report: The report.
        show: The most that the card may show of single items; the report may allow less.
        answers: What the hub said of the places of numbers, once it was asked.
        pictured: Whether the report's pictures lie beside it.
    """
    return rendered(
        "model_card.md.j2",
        page=page_of(report, show=show),
        card=card_of(report, answers),
        pictured=pictured,
    )


def render_cell_html(report: Report, folder: str) -> str:
    """What a cell of a notebook shows: verdict, checks and declared results.

    Nothing outside of it is styled by it, and it runs no script; without its style it reads well.

    Args:
        report: The report.
        folder: Where its files lie.
    """
    return rendered("cell.html.j2", cell=cell_of(report, folder), css=inlined(CELL_SHEET).text)


def render_cell_markdown(report: Report, folder: str) -> str:
    """The same as Markdown."""
    return rendered("cell.md.j2", cell=cell_of(report, folder))


def render_cell_text(report: Report, folder: str) -> str:
    """The verdict in a few lines of plain text."""
    return cell_text(report, folder)


def render_json(report: Report) -> str:
    """The lossless dump that `load_report` reads: the same report, byte for byte, every time.

    Characters that are invisible, turn the direction of text or have no UTF-8 form are written as
    escapes, so the file can be read and stored like any other.
    """
    return _json_text(report)


def render_diff_html(given: Differences) -> str:
    """A diff as one HTML file, with the report's style and its promises."""
    return rendered("diff.html.j2", page=diff_page(given), style=style_sheet())


def render_diff_markdown(given: Differences) -> str:
    """A diff as Markdown for GitHub."""
    return rendered("diff.md.j2", page=diff_page(given))


def render_diff_json(given: Differences) -> str:
    """The lossless dump of a diff, byte for byte the same for the same two builds."""
    return _json_text(given)


def _json_text(value: Value) -> str:
    # not mode="json": that changes odd dictionary keys
    return json_text(value.model_dump(by_alias=True))


def json_text(content: Json) -> str:
    """What a report.json holds, as its text.

    Args:
        content: Of the whole file.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return INVISIBLE.sub(lambda match: _escape(match.group()), text) + "\n"


def _escape(character: str) -> str:
    """A character as JSON escapes it: one or two UTF-16 units."""
    return json.dumps(character)[1:-1]
