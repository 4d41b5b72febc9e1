"""Every format that an importer reads, from the table of importers."""

import inspect
from typing import Final

from docs.made.markdown import key, plain, slug

from evalreport.importers.base import Importer
from evalreport.importers.table import IMPORTERS

ADDRESS: Final = "reference/importers.md"
_GIVES: Final = {
    "scores": "a number for each answer",
    "verdicts": "which of two answers is better",
    "outputs": "what models wrote, scored by the metrics of a generation layer",
    "figures": "totals without items",
    "training": "the course of a training",
}


def page() -> str:
    """The page, as Markdown."""
    lines = [
        "# Importers\n",
        (
            "A file is known by its content, never by its name; formats are tried in this order. "
            "Rows are read one by one, so that a file of any size needs little memory, and a row "
            "that cannot be used is counted and told.\n"
        ),
    ]
    lines += [_entry(one) for one in IMPORTERS]
    return "\n".join(lines)


def _entry(importer: Importer) -> str:
    what = inspect.cleandoc(type(importer).__doc__ or "").partition("\n\n")[0]
    module = inspect.getmodule(type(importer))
    about = inspect.cleandoc((module.__doc__ or "") if module else "").partition("\n\n")[2]
    said = f"{' '.join(what.split())} {' '.join(about.split())}".strip()
    return key(importer.name, slug(importer.name), plain(_GIVES[importer.gives]), said)
