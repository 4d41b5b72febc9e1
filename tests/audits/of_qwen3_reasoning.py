"""000: a reasoning fine-tune that perplexity called bad and a judge of twenty pairs called good.

Perplexity: 47.74 is exp(3.87), and neither fits the 0.271 that training ended with. The judge: ten
wins to eight, always with tuned in slot A, five a call, shows nothing in any respect.
"""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        ("no signs of overfitting", "not_shown"),  # one evaluation loss is no course
        ("exponential of the average loss", "supported"),  # log(47.74) = 3.866
        ("may take another path than the reference", "contradicted"),  # 0.271 on such texts
        ("answers are right and of high quality", "not_measured"),
        ("both ways lead to 20 cm", "supported"),
        ("the judge is objective", "not_shown"),  # nobody asked people
        ("labels A and B were drawn at random", "contradicted"),
        ("five comparisons a call", "not_measured"),
        ("the judging shows what matters", "not_shown"),
        ("how reasoning models are properly evaluated", "contradicted"),
        ("50 % of the pairs won against 40 %", "supported"),  # the number stands there ...
        ("tuned is better than the base", "not_shown"),  # ... and shows nothing
        ("twenty pairs show a direction", "not_shown"),
        ("sure of 90 % of the verdicts", "measures_something_else"),
        ("with 10 % ties", "not_measured"),
        ("many pairs were ties", "not_measured"),
        ("the base won where", "not_shown"),  # kinds without counts
        ("cut off less often", "not_measured"),
        ("better organised", "not_measured"),
        ("explains more clearly", "not_measured"),
        ("the base is strong", "not_measured"),
        ("gains of 10 to 20 %", "not_shown"),
    ),
    broken=(
        "judge-position-fixed",
        "judge-batched",
        "judge-unvalidated",
        "judge-confidence-as-evidence",
        "underpowered",
        "few-items",
        "no-interval",
        "retention-unmeasured",
        "loss-mismatch",
        "last-point-only",
        "error-examples-without-counts",
    ),
    kept=("no-baseline", "judge-same-family", "judge-insensitive", "table-does-not-recompute"),
    says=(
        "the tuned model sat in slot A in all 20 comparisons",
        (
            "+10 points (95 % interval −30 to +47), 20 pairs (10 won, 8 lost, 2 tied). Even if it did, "
            "nothing would be shown (exact sign test, p = 0.81)."
        ),
        (
            "A true difference of about 59 points or more would be found 80 % of the time. For 10 "
            "points about 723 pairs are needed."
        ),
        "log(47.74) = 3.8658; 3.87 is claimed.",
        (
            "an evaluation loss of 0.271 nats a token (perplexity 1.31), and heldout-loss has 3.87 "
            "(perplexity 47.74) of tuned"
        ),
        "20 verdicts come from 4 calls",
        (
            "all of whose 20,000 samples are said to have been trained on; that they were kept out of "
            "training was not said"
        ),
        "0.90 measures confidence that the judge states, not difference in quality.",
        "there are no human labels",
        "Order of the two answers: one for all pairs, tuned in slot A",
        "Tokens: 2,589,961 of tuned",
        "0.237 to 0.253",
        "Hours, as published: 8",
        "not published are steps",
    ),
    never=("no difference between", "tuned is better than base on", "perplexity 47.94"),
)
