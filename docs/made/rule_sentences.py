"""Writes what reports say of broken rules, from the cases of the rules' tests.

    python -m docs.made.rule_sentences

A test of the rules holds the file against the cases, in which it has to be built anyway.
"""

import json
import sys

from docs.made.rule_pages import SENTENCES
from tests.rules.cases import CASES

from evalreport.rules.table import RULES


def sentence(rule: str) -> str:
    """What the report of the rule's first case says."""
    case = CASES[rule]
    return next(one.text for one in case.lying().said(rule) if one.status is case.status)


def main() -> int:
    """Write the file.

    Returns:
        0 when it is written.
    """
    found = {rule.id: sentence(rule.id) for rule in RULES}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    SENTENCES.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
