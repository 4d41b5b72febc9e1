"""Templates to text: where they lie, and an environment that lets them place but not compute."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup

from evalreport.errors import EvalReportError
from evalreport.render.quoting import (
    html_prose,
    markdown_attribute,
    markdown_code,
    markdown_fence,
    markdown_prose,
    markdown_python,
    markdown_text,
    shown_label,
)

HTML_SUFFIX: Final = ".html.j2"
STYLE_SHEET: Final = "report.css"
_PACKAGED: Final = "_templates"


def template_folder() -> Path:
    """The folder of the templates: packaged in a wheel, else at the root of the checkout.

    Raises:
        EvalReportError: Neither is there; the installation is incomplete.
    """
    checkout = Path(__file__).resolve().parents[3] / "templates"
    for folder in (Path(str(files("evalreport"))) / _PACKAGED, checkout):
        if (folder / "report.html.j2").is_file():
            return folder
    raise EvalReportError.because(
        "the report templates are missing from this installation",
        where=str(checkout),
        hint="install evalreport again, from a wheel or an editable checkout",
    )


@dataclass(frozen=True, slots=True)
class Inlined:
    """A style sheet or script of ours, and its hash as a content security policy names it."""

    text: Markup
    hash: str


@dataclass(frozen=True, slots=True)
class Style:
    """A style sheet, and its hash as a content security policy names it."""

    css: Markup
    hash: str


def inlined(name: str) -> Inlined:
    """A style sheet or script of the folder, to stand in a page itself."""
    text = (template_folder() / name).read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).digest()
    return Inlined(Markup(text), base64.b64encode(digest).decode())  # noqa: S704  # ours


def style_sheet() -> Style:
    """The style sheet that goes into the HTML report."""
    sheet = inlined(STYLE_SHEET)
    return Style(sheet.text, sheet.hash)


def rendered(template: str, **values: object) -> str:
    """One template of the folder, filled."""
    html = template.endswith(HTML_SUFFIX)
    return _environment(html=html).get_template(template).render(values)


_HTML_FILTERS: Final[dict[str, Callable[[str], Markup]]] = {"prose": html_prose}
_MARKDOWN_FILTERS: Final[dict[str, Callable[[str], Markup]]] = {
    "prose": markdown_prose,
    "code": markdown_code,
    "fenced": markdown_fence,
    "python": markdown_python,
    "attribute": markdown_attribute,
}


@cache
def _environment(*, html: bool) -> Environment:
    """Every expression is quoted as it is printed, so that no template can forget to.

    Markdown is escaped by the same switch as HTML: what `finalize` returns is marked as done.
    The stock filters and globals are gone, `default` first of all: a template that could compute
    or paper over an absence would do so some day.
    """
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_as_html if html else _as_markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.clear()
    environment.globals.clear()
    environment.filters.update(_HTML_FILTERS if html else _MARKDOWN_FILTERS)
    return environment


def _as_html(value: object) -> object:
    """Text with nothing invisible in it; Jinja escapes it afterwards."""
    return value if isinstance(value, Markup) else shown_label(_text(value))


def _as_markdown(value: object) -> Markup:
    return value if isinstance(value, Markup) else markdown_text(_text(value))


def _text(value: object) -> str:
    """Only text is printed: a number that reaches a template unformatted is a mistake of ours."""
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        return str(value)  # raises, and says which name
    raise TypeError(f"a template printed {type(value).__name__}, not text: {value!r}")
