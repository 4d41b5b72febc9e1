"""Writing a report's files: all staged first, then put in place one by one, the JSON last."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalreport.commit_points import reached
from evalreport.errors import EvalReportError, Problem
from evalreport.render import render_html, render_json, render_markdown, render_model_card
from evalreport.report.model import ExamplesShown, Report

JSON, ITEMS, LOCK = "report.json", "items.jsonl", "spec.lock.yaml"
_STAGING = ".staging-"
NAMES = {"markdown": "report.md", "html": "report.html", "model_card": "model_card.md"}


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written beside each other.

    Attributes:
        report: From which every rendering is made.
        formats: Which renderings.
        card_examples: The most that the card may show of single items.
        items: Lines of items.jsonl.
        lock: Text of spec.lock.yaml.
    """

    report: Report
    formats: Sequence[str]
    card_examples: ExamplesShown
    items: tuple[str, ...]
    lock: str


def write_outputs(folder: Path, outputs: Outputs) -> None:
    """Write everything, so that a reader never sees half a file.

    Raises:
        EvalReportError: The folder cannot be written, or the disk is full; what stood there stays.
    """
    texts = renderings(outputs.report, outputs.formats, outputs.card_examples)
    texts[ITEMS] = "".join(f"{line}\n" for line in outputs.items)
    texts[LOCK] = outputs.lock
    texts[JSON] = render_json(outputs.report)
    put(folder, texts)


def render_all(
    folder: Path, report: Report, formats: Sequence[str], card_examples: ExamplesShown
) -> list[Path]:
    """Render a loaded report again.

    Raises:
        EvalReportError: The folder cannot be written.
    """
    texts = renderings(report, formats, card_examples)
    put(folder, texts)
    return [folder / name for name in texts]


def renderings(
    report: Report, formats: Sequence[str], card_examples: ExamplesShown
) -> dict[str, str]:
    """File names and texts."""
    texts: dict[str, str] = {}
    if "markdown" in formats:
        texts[NAMES["markdown"]] = render_markdown(report)
    if "html" in formats:
        texts[NAMES["html"]] = render_html(report)
    if "model_card" in formats:
        texts[NAMES["model_card"]] = render_model_card(report, show=card_examples)
    return texts


def put(folder: Path, texts: dict[str, str]) -> None:
    """Stage all files in the folder's file system, then move each into place.

    Raises:
        EvalReportError: The folder cannot be written, or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{_STAGING}*"):  # by a build that was killed while it wrote
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder) as staging:
            for name, text in texts.items():
                with (Path(staging) / name).open("w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
            reached("report-staged")
            for name in texts:
                (Path(staging) / name).replace(folder / name)
            reached("report-written")
    except OSError as error:
        raise EvalReportError(
            Problem(
                str(folder),
                f"the report cannot be written ({error.strerror or error})",
                "check space and permissions and build again: everything computed is kept",
            )
        ) from error
