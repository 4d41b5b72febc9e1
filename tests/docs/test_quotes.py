"""What pages quote of committed reports stands in them, and numbers in the text are of the quotes."""

import re

import pytest

from evalreport.verdict import Outcome
from tests.docs.blocks import DOCS, ROOT, pages

_QUOTE = re.compile(
    r"^> (?P<words>.+)\n>\n> \(\[[^\]]+\]\((?:\.\./)+(?P<report>reports/[^)]+)\)\)$", re.MULTILINE
)


def quotes(page: str) -> list[tuple[str, str]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [(match["words"], match["report"]) for match in _QUOTE.finditer(text)]


def words(text: str) -> str:
    return " ".join(re.sub(r"[\\*`]", "", text).split())


@pytest.mark.parametrize("page", [page for page in pages() if quotes(page)])
def test_quotes_stand_in_their_reports(page: str) -> None:
    for said, report in quotes(page):
        assert words(said) in words((ROOT / report).read_text(encoding="utf-8")), said


def test_every_quotation_says_where_it_is_from() -> None:
    for page in pages():
        text = (DOCS / page).read_text(encoding="utf-8")
        starts = len(re.findall(r"(?<!\n)\n\n> ", text))
        assert starts == len(quotes(page)), page


def test_numbers_of_a_report_are_in_a_quotation_or_in_the_report() -> None:
    """The guide to reports: a number with a decimal, or of points, is no invention."""
    text = (DOCS / "reading-a-report.md").read_text(encoding="utf-8")
    quoted = " ".join(said for said, _ in quotes("reading-a-report.md"))
    shown = words((ROOT / "reports/quickstart/report.md").read_text(encoding="utf-8"))
    own = re.findall(r"[+−]?\d+\.\d+(?: %| points)?", _QUOTE.sub("", text))
    assert len(own) > 5
    assert [one for one in own if one not in quoted and one not in shown and one != "0.05"] == []


def test_the_words_of_verdicts_are_those_of_reports() -> None:
    text = (DOCS / "reading-a-report.md").read_text(encoding="utf-8")
    table = text[text.index("| the report says |") :].partition("\n\n")[0]
    named = [row.split("|")[1].strip() for row in table.splitlines()[2:]]
    assert {name.replace(", ", "_").replace(" ", "_") for name in named} == {
        o.value for o in Outcome
    }
