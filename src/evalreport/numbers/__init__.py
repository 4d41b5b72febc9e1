"""Numbers to text: the only place where that happens, so that one number reads the same everywhere.

Three promises hold for every text made here: it is the number rounded at its last digit, it is
never rounded onto or across a bound that matters (0, 100 %, a declared threshold), and "0 %" and
"100 %" stand only where they are exactly true.
"""

from evalreport.numbers.measures import (
    TIMES,
    Fact,
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    bound_text,
    difference,
    difference_text,
    estimate,
    fraction_text,
    measure_of,
    plain_sentence,
    score_text,
    tick_text,
    value_text,
    with_unit,
)
from evalreport.numbers.plain import (
    bytes_text,
    coordinate,
    count_text,
    counted,
    large_count_text,
    loss_text,
    money_text,
    number_text,
    p_text,
    pointer_token,
    seconds_text,
    setting_text,
    share_text,
)
from evalreport.numbers.rounding import MINUS

__all__ = [
    "MINUS",
    "TIMES",
    "Fact",
    "Measure",
    "Scale",
    "Shown",
    "ShownEstimate",
    "absent",
    "bound_text",
    "bytes_text",
    "coordinate",
    "count_text",
    "counted",
    "difference",
    "difference_text",
    "estimate",
    "fraction_text",
    "large_count_text",
    "loss_text",
    "measure_of",
    "money_text",
    "number_text",
    "p_text",
    "plain_sentence",
    "pointer_token",
    "score_text",
    "seconds_text",
    "setting_text",
    "share_text",
    "tick_text",
    "value_text",
    "with_unit",
]
