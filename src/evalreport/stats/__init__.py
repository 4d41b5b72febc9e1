"""Pure statistics: arrays in, an estimate or the reason why there is none out.

Everything named here is public, and checked as docs/statistics.md says. Intervals come as
`Estimate`, `Point` (a value, and why there is no interval) or `NotEstimable`; tests as `Tested`.
"""

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.multiplicity import benjamini_hochberg, holm
from evalreport.stats.proportions import clopper_pearson, lower_bound, upper_bound, wilson
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds, seed_means
from evalreport.stats.worst_case import WorstCase, worst_case

__all__ = [
    "Estimate",
    "Estimated",
    "NotEstimable",
    "Point",
    "Tested",
    "WorstCase",
    "across_seeds",
    "approximate_randomisation",
    "benjamini_hochberg",
    "clopper_pearson",
    "corpus_difference",
    "corpus_interval",
    "holm",
    "lower_bound",
    "ratio",
    "ratio_difference",
    "ratio_sign_flip",
    "seed_means",
    "upper_bound",
    "wilson",
    "worst_case",
]
