"""rules: what the honesty rules are, and why."""

import json
import sys
from difflib import get_close_matches

from evalreport.errors import EXIT_WRITTEN, EvalReportError, Problem
from evalreport.rules.table import RULES


def rules(rule_id: str | None, *, as_json: bool) -> int:
    """Print all rules, or explain one.

    Raises:
        EvalReportError: There is no such rule.
    """
    chosen = [rule for rule in RULES if rule_id in (None, rule.id)]
    if not chosen:
        near = get_close_matches(rule_id or "", [rule.id for rule in RULES], n=1)
        raise EvalReportError(
            Problem(
                f"rules {rule_id}",
                "there is no such rule",
                f"did you mean {near[0]}?" if near else "`evalreport rules` lists them",
            )
        )
    if as_json:
        rows = [
            {
                "id": rule.id,
                "family": rule.family.value,
                "severity": rule.severity.value,
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
        remedy = f"  What to do: {rule.remedy}\n" if rule.remedy else ""
        sys.stdout.write(
            f"{rule.id} ({rule.family.value}, {rule.severity.value})\n"
            f"  {rule.claim}\n  Why: {rule.why}\n{remedy}  Source: {rule.source}\n"
        )
    else:
        wide = max(len(rule.id) for rule in RULES)
        for rule in chosen:
            sys.stdout.write(f"{rule.id:<{wide}}  {rule.severity.value:<11}  {rule.claim}\n")
    return EXIT_WRITTEN
