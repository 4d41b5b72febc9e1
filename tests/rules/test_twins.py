"""Every rule, run to a page: its sentence stands in the report of the lie, and not in its twin's."""

import re
from functools import cache

import pytest
from docs.made.rule_pages import sentences

from evalreport.plan.model import Inputs
from evalreport.render import render_html
from evalreport.report.compose import Frame, compose
from evalreport.rules.table import RULES
from tests.analyze.evidence import World
from tests.render.pages import read_page
from tests.rules.cases import CASES

_SPACE = re.compile(r"\s+")


def page_of(made: World) -> str:
    """All words of the HTML report of a world."""
    inputs = Inputs(corpora=made.evidence.corpora, models={}, adapters={}, missing_adapters={})
    frame = Frame(
        built_at="2026-11-21T09:30:00Z",
        spec_digest="0" * 64,
        spec_path="specs/by-hand/spec.yaml",
        spec_yaml="evalreport: 1\n",
        overrides=(),
        lock_path="reports/by-hand/spec.lock.yaml",
    )
    report = compose(
        made.spec,
        inputs,
        made.evidence,
        made.findings,
        made.remarks,
        made.verdict,
        made.claims,
        frame,
    )
    return words(read_page(render_html(report)).prose)


def words(text: str) -> str:
    """The text as a page has it: code is marked by its looks, not by backticks."""
    return _SPACE.sub(" ", text.replace("`", ""))


@cache
def pages(rule: str) -> tuple[str, str]:
    return page_of(CASES[rule].lying()), page_of(CASES[rule].clean())


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_the_sentence_stands_on_the_page_of_the_lie_alone(rule: str) -> None:
    case = CASES[rule]
    lying, clean = pages(rule)
    said = [words(one.text) for one in case.lying().said(rule) if one.status is case.status]
    assert said
    assert said[0] == words(sentences()[rule])  # else: python -m docs.made.rule_sentences
    for sentence in said:
        assert sentence in lying
        assert sentence not in clean


# Without a primary, a base, a task or a number of items there is nothing to look at for others.
WITHOUT_A_PART = {
    "no-primary",
    "no-baseline",
    "proxy-only",
    "qualitative-baseline",
    "n-missing",
}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.id not in WITHOUT_A_PART])
def test_a_lie_and_its_twin_differ_in_one_fact(rule: str) -> None:
    """What one fact changes is one rule's status, and that of two others that look at it."""

    def statuses(made: World) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in made.remarks:
            found.setdefault(one.rule, set()).add(one.status.value)
        return found

    lying, clean = statuses(CASES[rule].lying()), statuses(CASES[rule].clean())
    differing = [other for other in lying if lying[other] != clean[other]]
    assert rule in differing
    assert len(differing) <= 3
