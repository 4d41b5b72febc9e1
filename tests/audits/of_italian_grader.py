"""What the audit of source 002 has to say: a token accuracy, a base in words, and figures of two runs."""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        # 9,405 and the 495 that it was validated on.
        ("Trained on 9.9K", "supported"),
        ("where the base is “Generic”", "not_measured"),
        ("constructive", "not_measured"),
        ("with citations", "not_measured"),
        ("High Quality", "not_measured"),
        ("Production Ready", "not_measured"),
        # 33 % are 33.33 % rounded: no fault.
        ("Balanced Distribution", "supported"),
        ("multi-domain coverage", "not_measured"),
        ("Expert-quality", "not_measured"),
        ("Effective Batch Size", "supported"),
        ("67 GB are 35 %", "supported"),
        # 2.15 hours of steps, and what a run does besides.
        ("2.5 hours", "supported"),
        # 3,527 of them.
        ("1,803 steps are those of one run", "contradicted"),
        # One loss is no course.
        ("Excellent convergence", "not_measured"),
        # Called by its name it is right.
        ("Token Accuracy: 88.11%", "supported"),
        # 88.11 is more than 87; what a target on a proxy is worth, a rule says.
        ("Target Accuracy", "supported"),
        # It is that of epoch 1.66 of 3, where the run or its choice may have ended.
        ("the “final” evaluation loss", "not_measured"),
        ("Expert-level", "not_measured"),
        ("Socratic questions", "not_measured"),
        ("Stratified split", "not_measured"),
        # 2.50 USD a kWh is dear, and not impossible.
        ("cost about 5 USD", "not_measured"),
        ("255 USD", "supported"),
        ("297 USD", "supported"),
        ("247.50 USD", "supported"),
        # 8,500 against the dearer one is sooner; 10,200 against the cheaper one is about 10K.
        ("breaks even", "supported"),
        ("0 USD for each", "not_measured"),
        ("Italian educational standards", "not_measured"),
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
        "last-point-only",
    ),
    # A run also loads, evaluates and saves: 2.15 hours of steps are no contradiction of 2.5.
    kept=("shares-do-not-recompute", "epochs-high", "time-does-not-recompute"),
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
            "9,405 rows in 3 epochs are 3,528 steps of 8 rows, as stated; 882 steps of 32 rows, if "
            "each of 4 GPUs has its own; 1,803 are stated, which would be 15.6 rows a step. Losses are "
            "told of epoch 1.66, and 1,803 steps end at epoch 1.53 (of 8 rows) or 6.13 (of 32 rows)."
        ),
        # One step, in the rule and in the claim.
        "of epoch 1.66 of 3 (about step 998 of 1,803, if these are all 3 epochs)",
        "about step 998 if its 1,803 steps are all three (995 to 1,001, as far as its digits tell)",
        "5.00 USD for 2.5 hours at 800 W (2 kWh) would be 2.50 USD a kWh",
        "2.50 USD a kWh is about ten times a usual price; for each of them it would be 0.63 USD",
        "What is required of tuned was set on token accuracy",
        "The references of performance and the training data were written by Claude 3.5 Sonnet",
        "255 / 0.025 = 10,200",
        "67 / (4 * 48) = 0.349",
        "9405 + 495 = 9,900",
        "1803 * 4.29 / 3600 = 2.149",
        "loading, evaluating and saving may be the rest",
        "88.11 - 87 = 1.11; it is held against at least 0",
        "probably of the 495 rows kept back",
        "https://github.com/onepixac/qwen3-reasoning-finetuning",
        "about 950 show more than 87 % four times in five where 90 % are right",
        "about 142 answers find a true gain of 10 points four times in five where 17 % of the grades change",
        # What its own lines leave open, for its authors to say.
        "has no place for sources and shows no citation",
        "line 247 saves merged ones",
        "calls the model on the hub “coming soon”",
        "not before 8,500 calls",
        "how long a call takes was not published",
    ),
    never=(
        "n = 0",
        # Nobody said so.
        "cheapest",
        "gain worth having: ",
        "on: 0 items",
        "Required of tuned: performance token accuracy at least 87 %; met",
        "2 USD of electricity",
        "step 1,000",
    ),
)
