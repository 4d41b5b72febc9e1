"""Whatever world a test of the rules makes: a rule with another severity than its own says so."""

import pytest

from evalreport.rules import table
from evalreport.rules.base import NOTED, Remark, Said, Severity
from evalreport.rules.case import CaseRule

WORDS = {
    Severity.INVALIDATES: "invalidates",
    Severity.WEAKENS: "weakens",
    Severity.NOTE: NOTED,
}


@pytest.fixture(autouse=True)
def severities_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every remark of every world passes here."""
    made = table._remark

    def checked(rule: CaseRule, said: Said) -> Remark:
        if said.severity not in (None, rule.severity):
            assert WORDS[said.severity] in rule.varies, (rule.id, said.severity, rule.varies)
        return made(rule, said)

    monkeypatch.setattr(table, "_remark", checked)
