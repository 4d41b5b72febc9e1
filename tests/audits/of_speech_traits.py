"""003: squared errors over what parsed, from a number of samples that nobody tells.

Averages over only the outputs that parsed, 58 % of the base's and 99 % of tuned's; a headline that
its table does not give while another table does; the best of three epochs, chosen on data that are
not named; labels by the model that also made up rows; a quantized base and none in full.
"""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        ("speech transcripts", "not_measured"),  # OpenWebText is written text
        ("per-trait scoring and explanations", "not_measured"),
        ("against ground truth labels", "measures_something_else"),  # GPT-4o-mini's
        ("8.56 before and 1.99 after", "not_shown"),  # of how many samples?
        ("is the mean of the six traits in the table", "contradicted"),  # 8.4767 and 2.045
        ("JSON Validity", "not_shown"),
        ("on the same set of valid test samples", "supported"),  # as numbers, of each trait
        ("on its own valid parsed samples", "not_shown"),
        ("both full and quantized outputs", "not_measured"),
    ),
    broken=(
        "n-missing",
        "table-does-not-recompute",
        "subset-of-parsable",
        "different-subsets",
        "labels-from-model",
        "no-interval",
        "unpaired-only",
        "retention-unmeasured",
    ),
    kept=("no-baseline", "metric-undefined"),
    says=(
        (
            "base 8.56, its rows 8.477; tuned 1.99, its rows 2.045. What its rows give stands in own-samples "
            "(base 8.48, tuned-epoch-3 2.05): which table is of which items cannot be told."
        ),
        (
            "The averages of own-samples are over different items, each arm's own valid ones (58 % of base)"
        ),
        "shared-samples is over the items that every arm got into shape (58 % of base, 99 % of tuned)",
        # What is likely is told as that.
        "On which items the checkpoint of shared-samples was chosen as the best of 3 is not stated",
        "That it was chosen on these samples is likely and not said",
        "The references of shared-samples were made by GPT-4o-mini: agreement with them is agreement with that labeller.",
        "held in one precision is not stated (base: quantized, as the page says (how, it does not))",
        "Whether both arms of shared-samples were held in one precision is not stated",
        # Our reading, told as that.
        "our reading, by elimination, since the other table gives 8.48 and 2.05",
        "4.94 - 2.07 = 2.87; it is held against at least 0",
        "with outputs that did not parse at the worst error; and the error of a constant answer",
        "Of shared-samples the number of items is not stated",
        (
            "The training data were augmented (rarer classes, by GPT-4o-mini): whether before the split, "
            "which puts paraphrases of test items into training, was not said."
        ),
        "and 99 % as “>99%”",
    ),
    never=(
        "no difference between",
        "tuned is better than base on",
        " 0 items",
        "gain worth having: ",
        # Nobody published an interval, or in how many bits the base was held.
        "0.99 to 1",
        "4 bits",
        # Notes of theirs, which they do not call limits.
        "(the authors)",
    ),
)
