"""The honesty rules, each with what a report says where it is broken."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from docs.made.markdown import code, plain

from evalreport.rules.base import NOTED, Family, Severity
from evalreport.rules.case import CaseRule
from evalreport.rules.table import RULES

FOLDER: Final = "reference/rules"
SENTENCES: Final = Path(__file__).parent / "rule_sentences.json"

_BITES: Final = {
    Severity.INVALIDATES: "invalidates",
    Severity.WEAKENS: "weakens",
    Severity.NOTE: NOTED,
}
_ABOUT: Final = {
    Family.MEANING: "Whether the number is about what it is said to be about.",
    Family.BASELINE: "Whether base and tuned were treated alike.",
    Family.DATA: "Whether the test items are new to the model, and independent.",
    Family.INFERENCE: "Whether chance, choice after the fact or too few items explain the result.",
    Family.JUDGES: "Whether a judge's preference can stand for quality.",
    Family.TRAINING: "Whether the training did what was asked, and what it remembers.",
}


@cache
def sentences() -> Mapping[str, str]:
    """By rule, what a report says of a case in which it is broken; written by the rules' tests."""
    found: dict[str, str] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return found


def pages() -> Iterator[tuple[str, str]]:
    """An index, and a page for each family: address and Markdown."""
    yield f"{FOLDER}/index.md", _index()
    for family in Family:
        yield f"{FOLDER}/{family.value}.md", _family(family)


def _of(family: Family) -> list[CaseRule]:
    return [rule for rule in RULES if rule.family is family]


def _index() -> str:
    lines = [
        "# The honesty rules\n",
        (
            f"Every report is held against {len(RULES)} rules. Each gives one of four answers: "
            "kept, broken, unchecked (with the reason), not applicable. What a broken one "
            "does:\n"
        ),
        (
            "- **invalidates**: where it is about what the verdict rests on, it replaces the "
            "verdict; what it is about keeps its numbers and loses words such as better."
        ),
        "- **weakens**: three of these about what the verdict rests on make the verdict weak.",
        f"- **{NOTED}**: it stands in the report and changes nothing.\n",
        (
            "`evalreport rules` lists them, `evalreport rules ID` explains one. For each there is"
            " a pair of made-up builds among the tests that differ in one fact: in one the rule "
            "is broken and the report says so, in the other it is kept and the report is silent. "
            "The sentences quoted on these pages are what the reports of the first kind say.\n"
        ),
    ]
    for family in Family:
        lines += [f"## {family.value.capitalize()}\n", f"{_ABOUT[family]}\n"]
        for rule in _of(family):
            mark = "" if rule.severity is Severity.WEAKENS else f" ({_BITES[rule.severity]})"
            lines.append(
                f"- [{code(rule.id)}]({family.value}.md#{rule.id}) {plain(rule.claim)}{mark}"
            )
        lines.append("")
    return "\n".join(lines)


def _family(family: Family) -> str:
    lines = [f"# Rules about {family.value}\n", f"{_ABOUT[family]}\n"]
    for rule in _of(family):
        lines += _rule(rule)
    return "\n".join(lines)


def _rule(rule: CaseRule) -> Iterator[str]:
    yield f"## {code(rule.id)} {{ #{rule.id} }}\n"
    yield f"**{plain(rule.claim)}**\n"
    varies = f"; {plain(rule.varies)}" if rule.varies else ""
    yield f"When broken: {_BITES[rule.severity]}{varies}.\n"
    yield f"Why: {plain(rule.why)}\n"
    yield f"Where it is broken, a report says:\n\n> {plain(sentences()[rule.id])}\n"
    if rule.remedy:
        yield f"What to do: {rule.remedy}\n"
    yield f"<small>Source: {plain(rule.source)}</small>\n"
