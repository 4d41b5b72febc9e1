"""What the audit of source 001 has to say: a token accuracy that is called GSM8K accuracy."""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        # Two ends are no course.
        ("stable learning progress", "not_measured"),
        # The figures stand there ...
        ("Validation Loss Decrease", "supported"),
        # ... and a validation loss that falls by 14 % while the training loss falls by 65 %: nobody
        # can say from that what it is worth, and nothing shows the opposite either.
        ("generalization improvement", "not_shown"),
        ("still fell by about 46.21 %", "supported"),
        ("additional epochs could be beneficial", "not_measured"),
        # Called by its name it is right.
        ("Final Mean Token Accuracy", "supported"),
        ("strong performance on structured math word problems", "measures_something_else"),
        # Two examples and no count, which is the right beginning.
        ("struggled with", "not_shown"),
        # N/A is no baseline, and is not given for one.
        ("Model Comparison", "not_measured"),
        ("GSM8K Accuracy", "measures_something_else"),
        ("strong performance gains", "not_measured"),
        ("promising improvements", "not_measured"),
        ("was successful", "not_measured"),
    ),
    broken=(
        "token-accuracy-as-task",
        # “N/A” is no adjective: it says openly that nobody measured.
        "no-baseline",
        "proxy-only",
        "retention-unmeasured",
        "error-examples-without-counts",
        "last-point-only",
    ),
    kept=("metric-undefined",),
    says=(
        (
            "The evidence cannot carry a verdict: 92.85 % is next-token accuracy with the reference in "
            "view; it says nothing about how often a task is solved."
        ),
        # 0.9285 ** 10 = 0.476
        (
            "At 92.85 % a token more than half of all answers of 10 tokens hold a token other than the "
            "reference's"
        ),
        "In the place of a number of the base model stands “N/A” beside that of tuned",
        (
            "the training loss fell by 64.51 % and the evaluation loss by 14.43 %, from which steps on "
            "was not said: if from the same one, most of what was learnt is about the training rows"
        ),
        "92.85 % measures token accuracy, not the share of problems solved.",
        (
            "gsm8k tells of failures (several calculations in a row, questions misread and units "
            "confused) without how often they were seen"
        ),
        # (1 - 0.6451) / (1 - 0.4621) = 0.66
        "by the two published falls the training loss had fallen by 34 % before them",
        (
            "where 17 % of the answers change, about 560 of them find a true gain of 5 points four times "
            "in five, and all 1,319 one of 3.24 points; where 30 % change, 5 points take about 975"
        ),
        # Asked, and not asserted.
        "what starts at 49.2 % is probably of training batches",
        "named, which is the right beginning; not counted",
        "is a single multiplication",
        "ARC, MMLU and HellaSwag, which lines 45 and 74 propose to train on",
        "Not known: its schedule, batch size and seed; on how many rows it trained;",
        "1.275 USD",
        # Said of itself, and credited.
        "It struggled with problems that take several calculations in a row. (the authors)",
        "That it is the mean token accuracy of line 39 is an inference from its digits",
        "“Fine-Tuning Analysis Report: Qwen2-0.5B-Instruct on OpenAI/GSM8K”, 19 March 2025",
        "Nothing shows what was lost: no guard was declared",
    ),
    # The start and the end of one run are no two arms, whose precision and worked examples could
    # differ; and nobody declared a gain worth having.
    never=(
        "n = 0",
        "on: 0 items",
        "92.9 %",
        "is better than base",
        "held in one precision",
        "number of worked examples",
        "gain worth having: ",
        "no number but “N/A”",
    ),
)
