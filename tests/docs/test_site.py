"""The site builds without a warning, loads nothing from elsewhere, and tells all that there is."""

import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from docs.made import environment_page, metric_page, rule_pages, site
from docs.made.command_page import commands

from evalreport import library
from evalreport.command_line import parser
from evalreport.importers.table import IMPORTERS
from evalreport.metrics import TEXT_METRICS
from evalreport.rules.table import RULES
from evalreport.spec.schema import json_schema

ROOT = Path(__file__).parents[2]


class Told(logging.Handler):
    """Keeps what a build warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site; nothing was warned of."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    told, logger = Told(), logging.getLogger("mkdocs")
    logger.addHandler(told)
    try:
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=False))
    finally:
        logger.removeHandler(told)
    assert told.said == []
    return folder


class Page(HTMLParser):
    """What a page loads, where it leads, and which anchors it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.anchors.append(said["id"])
        if tag in {"script", "img", "iframe"} and said.get("src"):
            self.loads.append(said["src"])
        if tag == "link":
            self.loads.append(said["href"])
        if tag == "a" and "href" in said:
            self.leads.append(said["href"])


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[str, Page]:
    """By address, all pages but the reports, which tests of their own read."""
    found = sorted(built.rglob("*.html"))
    names = [path.relative_to(built).as_posix() for path in found]
    return {
        name: Page(path)
        for name, path in zip(names, found, strict=True)
        if not name.startswith("reports/") and name != "404.html"
    }


def test_nothing_is_loaded_from_elsewhere(built: Path, pages: dict[str, Page]) -> None:
    assert len(pages) > 40
    for name, page in pages.items():
        for target in page.loads:
            assert "//" not in target, (name, target)
            assert (built / name).parent.joinpath(target.partition("?")[0]).exists(), target


def test_every_link_leads_somewhere(built: Path, pages: dict[str, Page]) -> None:
    """Mkdocs has looked at links in Markdown; here those of its theme and of plain HTML too."""
    for name, page in pages.items():
        for lead in page.leads:
            path, _, anchor = lead.partition("#")
            if "://" in path or path.startswith("mailto:"):
                continue
            target = ((built / name).parent / path).resolve() if path else built / name
            assert target.exists(), (name, lead)
            there = pages.get(target.relative_to(built).as_posix())
            if anchor and there is not None:
                assert anchor in there.anchors, (name, lead)


def test_no_two_things_of_a_page_have_one_anchor(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        ours = [anchor for anchor in page.anchors if not anchor.startswith("__")]
        assert len(ours) == len(set(ours)), (name, sorted({a for a in ours if ours.count(a) > 1}))


def test_every_key_of_the_spec_has_its_place(pages: dict[str, Page]) -> None:
    there = {anchor for page in pages.values() for anchor in page.anchors}
    schema: Any = json_schema()
    assert set(schema["properties"]) <= there
    keys = [key for block in schema["$defs"].values() for key in block.get("properties", {})]
    ends = [
        anchor.rpartition(".")[2]
        for page in pages.values()
        for anchor in page.anchors
        if "." in anchor
    ]
    missing = [
        key for key in set(keys) - {"metric"} if ends.count(key.replace("_", "-")) < keys.count(key)
    ]
    assert missing == []


def test_every_rule_command_metric_and_format_has_its_place(pages: dict[str, Page]) -> None:
    rules = {
        a for n, page in pages.items() if n.startswith("reference/rules/") for a in page.anchors
    }
    assert {rule.id for rule in RULES} <= rules
    assert set(commands(parser())) <= set(pages["reference/commands.html"].anchors)
    metrics = pages["reference/metrics.html"].anchors
    assert {tag.replace("_", "-") for tag in TEXT_METRICS} <= set(metrics)
    formats = pages["reference/importers.html"].anchors
    assert len(IMPORTERS) == sum(
        1 for anchor in formats if anchor in {name(one.name) for one in IMPORTERS}
    )


def name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())


@pytest.mark.parametrize("tag", sorted(TEXT_METRICS))
def test_every_metric_tells_its_unit_and_direction(tag: str) -> None:
    columns = metric_page.columns_of(tag)
    assert columns
    assert all(column.metric.startswith(tag) and column.unit for column in columns)


def test_every_rule_has_a_sentence_of_a_report() -> None:
    assert list(rule_pages.sentences()) == [rule.id for rule in RULES]


def test_every_variable_that_is_read_is_told() -> None:
    """Those that processes of a build tell each other, or that crashes are rehearsed with, are not."""
    own = {"EVALREPORT_DIE_AT", "EVALREPORT_PARENT", "EVALREPORT_RANKS"}
    set_here = {"HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_UPDATE_DOWNLOAD_COUNTS",
                "WANDB_ERROR_REPORTING", "MLFLOW_ALLOW_FILE_STORE", "MLFLOW_DISABLE_TELEMETRY"}  # fmt: skip
    pattern = re.compile(r"\b(?:EVALREPORT|HF|WANDB|MLFLOW|CUDA|OMP|TOKENIZERS)_[A-Z_]+[A-Z]\b")
    read = {
        found
        for path in (ROOT / "src").rglob("*.py")
        for found in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert read - own - set_here == set(environment_page.VARIABLES)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](../reports/quickstart/report.md)", "[a](reports/quickstart/report.html)"),
        ("[a](../specs/quickstart/spec.yaml)", "[a](specs/quickstart/spec.md)"),
        ("[a](../README.md#words)", "[a](index.md#words)"),
        ("[a](calibration.md)", "[a](calibration.md)"),
        ("[`a`](../src/evalreport/cli.py)", "`a`"),
        ("```\n[a](../src/x.py)\n```", "```\n[a](../src/x.py)\n```"),
        ("[a](https://example.org/b)", "[a](https://example.org/b)"),
    ],
)
def test_links_lead_to_what_the_site_has(written: str, shown: str) -> None:
    assert site.mended(written, "page.md") == shown


def test_every_name_of_the_library_has_its_place(pages: dict[str, Page]) -> None:
    assert {name(one) for one in library.__all__} <= set(pages["reference/library.html"].anchors)
