"""003: squared errors over what parsed, from a number of samples that nobody tells.

Averages over only the outputs that parsed, 58 % of the base's and 99 % of tuned's; a headline that
its table does not give while another table does; the best of three epochs, on the test samples;
labels by the model that also made up rows; a base in 4 bits and none in full.
"""

from typing import Final

from evalreport.verdict import Outcome
from tests.audits.expected import Expected

EXPECTED: Final = Expected(
    outcome=Outcome.INVALID_EVIDENCE,
    rulings=(
        ("scores transcripts of speech", "not_measured"),  # OpenWebText is written text
        ("explains its scores", "not_measured"),
        ("labels are ground truth", "contradicted"),  # GPT-4o-mini's
        ("falls from 8.56 to 1.99", "not_shown"),  # of how many samples?
        ("the base's average over the six traits is 8.56", "contradicted"),  # 8.4767
        ("tuned's average over the six traits is 1.99", "contradicted"),  # 2.045
        ("valid JSON in over 99 %", "not_shown"),
        ("transition logic falls most", "not_shown"),
        ("each over its own samples", "not_shown"),
        ("the best epoch's numbers", "contradicted"),  # best of three on the test samples
        ("evaluated in full precision as well", "not_measured"),
    ),
    broken=(
        "n-missing",
        "table-does-not-recompute",
        "subset-of-parsable",
        "different-subsets",
        "labels-from-model",
        "best-checkpoint-on-test",
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
        "chosen as the best of 3 on the test items themselves",
        "The references of shared-samples were made by GPT-4o-mini",
        "held in one precision is not stated (base: 4 bits (NF4))",
        "Of shared-samples the number of items is not stated",
        "rarer classes, by GPT-4o-mini; before or after the split was not said",
        "(4.94 + 6.94 + 8.51 + 8.49 + 11.01 + 10.97) / 6 = 8.4767; 8.56 is claimed.",
        "published: 0.99 to 1",
    ),
    never=("no difference between", "tuned is better than base on", " 0 items"),
)
