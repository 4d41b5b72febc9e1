"""000: a reasoning fine-tune that perplexity called bad and a judge of twenty pairs called good.

Perplexity: 47.74 is exp(3.87), and 0.271 is what training ended with, on rows of which nobody says
whether they are of one kind. The judge: ten wins to eight, tuned in slot A by one draw for all
pairs, five a call, shows nothing in any respect.
"""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        ("No signs of overfitting", "not_shown"),  # one evaluation loss is no course
        ("exponential of the average loss", "supported"),  # log(47.74) = 3.866
        # Another way costs as much under both losses: no explanation, unless their rows differ.
        ("reasoning path differed", "not_shown"),
        ("Perplexity is not suitable for reasoning tasks", "not_measured"),  # we hold the same
        ("high-quality, correct answers", "not_measured"),
        ("both approaches arrive at 20 cm", "supported"),
        ("an objective judge", "not_shown"),  # nobody asked people
        ("one draw for all pairs", "contradicted"),
        ("Blind evaluation prevents confirmation bias", "not_measured"),
        ("five comparisons a call", "not_measured"),
        ("evaluates what matters", "not_shown"),
        ("how to properly evaluate reasoning models", "not_shown"),
        ("a win rate of 50 % against 40 %", "supported"),  # the number stands there ...
        ("modest but real", "not_shown"),  # ... and shows nothing,
        ("no “statistical significance”", "supported"),  # as they say themselves
        ("directional insight", "not_shown"),
        ("high confidence in 90 %", "measures_something_else"),
        ("only 10% of cases were ties", "not_measured"),
        ("Many cases resulted in ties", "contradicted"),  # 2 of 20
        ("pairs were tied because", "not_measured"),
        ("occasionally won", "not_shown"),  # kinds without counts
        ("truncate responses mid-sentence", "not_measured"),
        ("Better organization", "not_measured"),
        ("More polished explanations", "not_measured"),
        ("already capable", "not_measured"),
        ("10-20% quality improvement is realistic for a well-designed baseline", "not_measured"),
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
        "the tuned model sat in slot A (lines 107 to 109) in all 20 comparisons",
        # Credited, before what it does not do.
        "Hidden names do keep the judge from knowing which answer is tuned's",
        "In this the project holds the same as its authors",
        "as they say themselves (the sign test gives p = 0.81, and 0.05 or more is not significant)",
        "about 570 to 820 pairs, where 70 to 100 % of them are decisive",
        "which takes no judge",
        "a tenth of the 20,000, so that they were kept out of training is likely; no line says it",
        # Its own limitations stand as its own.
        "The test set is small; 20 samples give no statistical significance. (the authors)",
        "(line 163 names its biases as a limitation)",
        "that it is asked for was set here, not by them",
        "2 / 20 = 0.1",
        "21 December 2025 (000_ca48a66f00e8c29d.txt)",
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
            "an evaluation loss of 0.271 nats a token (perplexity 1.31), and perplexity-2000 has 3.87 "
            "(perplexity 47.74) of tuned"
        ),
        "20 verdicts come from 4 calls",
        (
            "which is given with 20,000 samples, as many as were trained on; that they were kept out of "
            "training was not said"
        ),
        "0.90 measures confidence that the judge states, not difference in quality.",
        "there are no human labels",
        "Order of the two answers: one for all pairs, tuned in slot A (lines 107 to 109)",
        "Tokens: 2,589,961 of tuned",
        "0.237 to 0.253",
        "Hours, as published: 8",
        "cannot be checked without steps",
    ),
    never=(
        "no difference between",
        "tuned is better than base on",
        "perplexity 47.94",
        # No line says that these rows were held out.
        "heldout-loss",
        "an inference: the report lists",
    ),
)
