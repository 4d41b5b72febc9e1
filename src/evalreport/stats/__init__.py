"""Pure statistics: arrays in, an estimate or the reason why there is none out.

Everything named here is public, and checked as docs/statistics.md says. Intervals come as
`Estimate`, `Point` (a value, and why there is no interval) or `NotEstimable`; tests as `Tested`.
"""

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.agreement import class_agreement, cohens_kappa, gwets_ac1, raw_agreement
from evalreport.stats.bradley_terry import bradley_terry
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.judges import Corrected, ppi, rogan_gladen
from evalreport.stats.multiplicity import benjamini_hochberg, holm
from evalreport.stats.proportions import clopper_pearson, lower_bound, upper_bound, wilson
from evalreport.stats.raters import fleiss_kappa, krippendorffs_alpha
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds, seed_means
from evalreport.stats.worst_case import WorstCase, worst_case

__all__ = [
    "Corrected",
    "Estimate",
    "Estimated",
    "NotEstimable",
    "Point",
    "Tested",
    "WorstCase",
    "across_seeds",
    "approximate_randomisation",
    "benjamini_hochberg",
    "bradley_terry",
    "class_agreement",
    "clopper_pearson",
    "cohens_kappa",
    "corpus_difference",
    "corpus_interval",
    "fleiss_kappa",
    "gwets_ac1",
    "holm",
    "krippendorffs_alpha",
    "lower_bound",
    "ppi",
    "ratio",
    "ratio_difference",
    "ratio_sign_flip",
    "raw_agreement",
    "rogan_gladen",
    "seed_means",
    "upper_bound",
    "wilson",
    "worst_case",
]
