"""Pure statistics: arrays in, an estimate or the reason why there is none out.

Everything named here is public, and checked as docs/statistics.md says. Intervals come as
`Estimate`, `Point` (a value, and why there is no interval) or `NotEstimable`; tests as `Tested`.
"""

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.proportions import clopper_pearson, lower_bound, upper_bound, wilson

__all__ = [
    "Estimate",
    "Estimated",
    "NotEstimable",
    "Point",
    "Tested",
    "clopper_pearson",
    "lower_bound",
    "upper_bound",
    "wilson",
]
