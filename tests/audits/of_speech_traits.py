"""003: squared errors over what parsed, from a number of samples that nobody tells.

Averages over only the outputs that parsed, 58 % of the base's and 99 % of tuned's; a headline that
its table does not give while another table does; the best of three epochs, chosen on data that are
not named; labels by the model that also made up rows; a base in 4 bits and none in full.
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
        ("the base's 8.56 is the mean of its six traits", "contradicted"),  # 8.4767
        ("tuned's 1.99 is the mean of its six traits", "contradicted"),  # 2.045
        ("JSON Validity", "not_shown"),
        ("on the same set of valid test samples", "not_shown"),
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
            "The averages of own-samples are over different items, each arm's own valid ones (58 % of base, "
            "99 % of tuned)"
        ),
        "shared-samples is over the items that both arms got into shape (58 % of base, 99 % of tuned)",
        # What is likely is told as that.
        "On which items the checkpoint of shared-samples was chosen as the best of 3 is not stated",
        "That it was chosen on these samples is likely and not said",
        "The references of shared-samples were made by GPT-4o-mini: agreement with them is agreement with that labeller.",
        "Only outputs that are valid JSON were used for the averages. (the authors)",
        "The references of shared-samples were made by GPT-4o-mini",
        "held in one precision is not stated (base: 4 bits (NF4))",
        "Of shared-samples the number of items is not stated",
        "rarer classes, by GPT-4o-mini; before or after the split was not said",
        "(4.94 + 6.94 + 8.51 + 8.49 + 11.01 + 10.97) / 6 = 8.4767; 8.56 is claimed.",
        "published: 0.99 to 1",
    ),
    never=(
        "no difference between",
        "tuned is better than base on",
        " 0 items",
        "gain worth having: ",
    ),
)
