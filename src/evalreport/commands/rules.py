"""rules: what the honesty rules are, and why."""

import json
import sys
from difflib import get_close_matches
from typing import Final

from evalreport.errors import EXIT_WRITTEN, EvalReportError, Problem
from evalreport.rules.base import NOTED, Severity
from evalreport.rules.table import RULES

_ALIKE: Final = 0.75  # how like two ids must be before one is taken for a slip of the other

# As reports say it.
_WORDS: Final = {
    Severity.INVALIDATES: "invalidates",
    Severity.WEAKENS: "weakens",
    Severity.NOTE: NOTED,
}
_WIDEST: Final = max(map(len, _WORDS.values()))


def rules(rule_id: str | None, *, as_json: bool) -> int:
    """Print all rules, or explain one.

    Raises:
        EvalReportError: There is no such rule.
    """
    chosen = [rule for rule in RULES if rule_id in (None, rule.id)]
    if not chosen:
        named = (rule_id or "").lower()
        ids = [rule.id for rule in RULES]
        near = [one for one in ids if named in one] or get_close_matches(named, ids, 1, _ALIKE)
        raise EvalReportError(
            Problem(
                f"rules {rule_id}",
                "there is no such rule",
                f"did you mean {' or '.join(near[:3])}?"
                if near
                else "`evalreport rules` lists them",
            )
        )
    if as_json:
        rows = [
            {
                "id": rule.id,
                "family": rule.family.value,
                "severity": rule.severity.value,
                "varies": rule.varies,
                "claim": rule.claim,
                "why": rule.why,
                "remedy": rule.remedy,
                "source": rule.source,
            }
            for rule in chosen
        ]
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    elif rule_id is not None:
        rule = chosen[0]
        varies = f"; {rule.varies}" if rule.varies else ""
        remedy = f"  What to do: {rule.remedy}\n" if rule.remedy else ""
        sys.stdout.write(
            f"{rule.id} ({rule.family.value})\n  {rule.claim}\n"
            f"  When broken: {_WORDS[rule.severity]}{varies}.\n"
            f"  Why: {rule.why}\n{remedy}  Source: {rule.source}\n"
        )
    else:
        wide = max(len(rule.id) for rule in RULES)
        for rule in chosen:
            varies = f" [{rule.varies}]" if rule.varies else ""
            sys.stdout.write(
                f"{rule.id:<{wide}}  {_WORDS[rule.severity]:<{_WIDEST}}  {rule.claim}{varies}\n"
            )
    return EXIT_WRITTEN
