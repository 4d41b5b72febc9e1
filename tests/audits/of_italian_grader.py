"""What the audit of source 002 has to say: a card of adjectives, and sums that do not come out."""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        # 9,405: the other 495 are what it was validated on.
        ("trained on 9.9K", "contradicted"),
        ("the 9,900 of the data", "supported"),
        ("where the base is generic", "not_measured"),
        ("constructive", "not_measured"),
        ("cites sources", "not_measured"),
        ("high quality", "not_measured"),
        ("ready for production", "not_measured"),
        # 33 % are 33.33 % rounded, so three of them may make 99: no fault.
        ("a third of the rows each", "supported"),
        ("Three times 33 %", "supported"),
        ("many subjects", "not_measured"),
        ("as good as an expert's", "not_measured"),
        ("a step of eight", "supported"),
        ("67 GB are 35 %", "supported"),
        # 2.15 hours, however roughly 2.5 is meant.
        ("about 2.5 hours", "contradicted"),
        # 3,527 of them.
        ("are 1,803 steps", "contradicted"),
        # Epoch 1.53.
        ("in epoch 1.66", "contradicted"),
        # One loss is no convergence.
        ("converged excellently", "not_shown"),
        # Called by its name it is right.
        ("token accuracy is 88.11 %", "supported"),
        ("that was its target", "measures_something_else"),
        # It is that of epoch 1.66 of 3.
        ("final evaluation loss", "contradicted"),
        ("is an expert's", "not_measured"),
        ("Socratic questions", "not_measured"),
        ("keeps the shares", "not_measured"),
        # 2.50 USD a kWh is dear, and not impossible.
        ("cost about 5 USD", "not_measured"),
        ("255 USD in all", "supported"),
        ("297 USD", "supported"),
        ("247.50 USD", "supported"),
        # 247.50 is less than 255.
        ("the cheapest of the three", "contradicted"),
        # 8,500 against the dearer one; 10,200 against the cheaper one is about 10K.
        ("if GPT-4 would do them", "contradicted"),
        ("if Claude would do them", "supported"),
        ("cost 0 USD", "not_measured"),
        ("Italian standards", "not_measured"),
    ),
    broken=(
        "token-accuracy-as-task",
        "target-on-proxy",
        "no-baseline",
        "qualitative-baseline",
        "proxy-only",
        "labels-from-model",
        "synthetic-eval",
        "retention-unmeasured",
        "steps-do-not-recompute",
        "reported-before-the-end",
        "time-does-not-recompute",
        "last-point-only",
    ),
    kept=("shares-do-not-recompute", "epochs-high"),
    says=(
        (
            "The evidence cannot carry a verdict: 88.11 % is next-token accuracy with the reference in "
            "view; it says nothing about how often a task is solved."
        ),
        "No number of the base model stands beside performance token accuracy of tuned",
        (
            "In comparison italian pedagogy is described and not measured: base “Basic”; tuned "
            "“Expert-level”."
        ),
        (
            "9,405 rows in 3 epochs are 3,527 steps of 8 rows, as stated; 882 steps of 32 rows, if "
            "each of 4 GPUs has its own; 1,803 are stated, which would be 15.6 rows a step. Losses are "
            "told of epoch 1.66; it would be 1.53 by steps of 8, 6.13 by steps of 32."
        ),
        "of epoch 1.66 of 3 (about step 998 of 1,803, if these are all 3 epochs)",
        "1,803 steps of 4.29 s are 2.149 hours, and the training is said to have taken 2.5 hours",
        "5.00 USD for 2.5 hours at 800 W (2 kWh) would be 2.50 USD a kWh",
        "What is required of tuned was set on token accuracy",
        "The references of performance and the training data were written by Claude 3.5 Sonnet",
        "255 / 0.03 = 8,500",
        "255 / 0.025 = 10,200",
        "247.50 - 255 = −7.5",
        "67 / (4 * 48) = 0.349",
        "0.33 + 0.33 + 0.33 = 0.99",
        "1803 * 8 / 9405 = 1.5337",
        "1803 * 4.29 / 3600 = 2.149",
        "about 950 show more than 87 % four times in five where 90 % are right",
        "about 142 answers find a true gain of 10 points four times in five",
        "not before 8,500 calls",
        "how long a call takes was not published",
    ),
    never=(
        "n = 0",
        "on: 0 items",
        "Required of tuned: performance token accuracy at least 87 %; met",
    ),
)
