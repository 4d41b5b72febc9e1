"""What the audit of source 001 has to say: a token accuracy that is sold as GSM8K accuracy."""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        # One validation figure without its ends is no curve.
        ("stable", "not_shown"),
        # A validation loss that falls by 14 % while the training loss falls by 65 %: nobody can
        # say from that what it is worth, and nothing shows the opposite either.
        ("generalises better", "not_shown"),
        ("more epochs would help", "not_shown"),
        ("final steps", "not_shown"),
        # The digits stand there; of how many tokens, and whose, does not.
        ("49.2 to 92.85 %", "not_shown"),
        ("strong at structured word problems", "measures_something_else"),
        # Two examples and no count.
        ("are hard for it", "not_shown"),
        # N/A is no baseline.
        ("compared with its base", "not_measured"),
        ("accuracy on GSM8K is 92.85 %", "measures_something_else"),
        ("gained much", "not_measured"),
        ("more accurately than the base", "not_measured"),
        ("a success", "not_measured"),
    ),
    broken=(
        "token-accuracy-as-task",
        "qualitative-baseline",
        "train-val-gap",
        "proxy-only",
        "retention-unmeasured",
        "error-examples-without-counts",
        "last-point-only",
        "n-missing",
    ),
    # Three epochs are no excess, and what it says of its settings does not contradict itself.
    kept=("metric-undefined",),
    says=(
        (
            "The evidence cannot carry a verdict: 92.85 % is next-token accuracy with the reference in "
            "view; it says nothing about how often a task is solved."
        ),
        # 0.9285 ** 10 = 0.476
        "At 92.85 % a token more than half of all answers of 10 tokens hold a wrong one",
        "no number but “N/A” of base",
        (
            "the training loss fell by 64.51 % and the evaluation loss by 14.43 %: if both are counted "
            "from the same step, most of what was learnt is about the training rows"
        ),
        "92.85 % measures token accuracy, not accuracy.",
        (
            "gsm8k tells of failures (several calculations in a row, questions misread and units "
            "confused) without how often they were seen"
        ),
        # (1 - 0.6451) / (1 - 0.4621) = 0.66
        "by both published falls 34 % were gone before them",
        "about 560 of them find a true gain of 5 points four times in five",
        "Not known: its schedule, batch size and seed; on how many rows it trained;",
        "1.275 USD",
        "Nothing shows what was lost: no guard was declared",
    ),
    never=("n = 0", "on: 0 items", "92.9 %", "is better than base"),
)
