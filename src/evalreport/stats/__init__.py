"""Pure statistics: arrays in, an estimate or the reason why there is none out.

Everything named here is public, and checked as docs/statistics.md says. Intervals come as
`Estimate`, `Point` (a value, and why there is no interval) or `NotEstimable`; tests as `Tested`.
"""

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.agreement import class_agreement, cohens_kappa, gwets_ac1, raw_agreement
from evalreport.stats.betting import betting_interval, betting_interval_in_clusters
from evalreport.stats.bounded_mean import empirical_bernstein
from evalreport.stats.bradley_terry import bradley_terry
from evalreport.stats.clusters import cluster_mean, design_effect
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.design_errors import DesignErrors, design_errors
from evalreport.stats.differences_in_differences import welch, welch_test
from evalreport.stats.equal_length import win_rate_at_equal_length
from evalreport.stats.generations import Generations, generations
from evalreport.stats.judges import Corrected, ppi, rogan_gladen
from evalreport.stats.margins import (
    Equivalence,
    NonInferiority,
    non_inferiority,
    non_inferiority_binary,
    tost,
    tost_binary,
)
from evalreport.stats.mover import mover
from evalreport.stats.multiplicity import benjamini_hochberg, expected_maximum, holm
from evalreport.stats.paired_binary import (
    exact_mcnemar,
    midp_mcnemar,
    sign_test,
    tango,
    tango_in_clusters,
)
from evalreport.stats.paired_mean import differences, mean_interval, paired_difference, paired_t
from evalreport.stats.paired_proportions import bonett_price, newcombe_paired
from evalreport.stats.pass_at_k import pass_at_k, pass_hat_k
from evalreport.stats.power import (
    Grouping,
    binary_items,
    binary_margin_items,
    binary_margin_power,
    binary_power,
    connor_items,
    design_effect_of,
    liu_margin_items,
    mean_items,
    mean_margin_items,
    mean_margin_power,
    mean_power,
    sign_test_items,
    sign_test_power,
    smallest_detectable_binary,
    smallest_detectable_mean,
    smallest_detectable_two_rates,
    smallest_detectable_win_rate,
    smallest_margin_binary,
    smallest_margin_mean,
    two_rates_items,
    two_rates_power,
)
from evalreport.stats.power_sequential import chance_to_win, pairs_to_find, smallest_rate_found
from evalreport.stats.proportions import clopper_pearson, lower_bound, upper_bound, wilson
from evalreport.stats.raters import fleiss_kappa, krippendorffs_alpha
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds, across_seeds_test, seed_means
from evalreport.stats.sequential import (
    Standing,
    confidence_sequence,
    e_value,
    net_win_sequence,
    sequential_decision,
    sequential_test,
)
from evalreport.stats.sign_flips import cluster_sign_flip, sign_flip
from evalreport.stats.signed_ranks import hodges_lehmann, wilcoxon_signed_rank
from evalreport.stats.slot_share import slot_share
from evalreport.stats.two_rates import fisher_exact, newcombe
from evalreport.stats.worst_case import WorstCase, worst_case

__all__ = [
    "Corrected",
    "DesignErrors",
    "Equivalence",
    "Estimate",
    "Estimated",
    "Generations",
    "Grouping",
    "NonInferiority",
    "NotEstimable",
    "Point",
    "Standing",
    "Tested",
    "WorstCase",
    "across_seeds",
    "across_seeds_test",
    "approximate_randomisation",
    "benjamini_hochberg",
    "betting_interval",
    "betting_interval_in_clusters",
    "binary_items",
    "binary_margin_items",
    "binary_margin_power",
    "binary_power",
    "bonett_price",
    "bradley_terry",
    "chance_to_win",
    "class_agreement",
    "clopper_pearson",
    "cluster_mean",
    "cluster_sign_flip",
    "cohens_kappa",
    "confidence_sequence",
    "connor_items",
    "corpus_difference",
    "corpus_interval",
    "design_effect",
    "design_effect_of",
    "design_errors",
    "differences",
    "e_value",
    "empirical_bernstein",
    "exact_mcnemar",
    "expected_maximum",
    "fisher_exact",
    "fleiss_kappa",
    "generations",
    "gwets_ac1",
    "hodges_lehmann",
    "holm",
    "krippendorffs_alpha",
    "liu_margin_items",
    "lower_bound",
    "mean_interval",
    "mean_items",
    "mean_margin_items",
    "mean_margin_power",
    "mean_power",
    "midp_mcnemar",
    "mover",
    "net_win_sequence",
    "newcombe",
    "newcombe_paired",
    "non_inferiority",
    "non_inferiority_binary",
    "paired_difference",
    "paired_t",
    "pairs_to_find",
    "pass_at_k",
    "pass_hat_k",
    "ppi",
    "ratio",
    "ratio_difference",
    "ratio_sign_flip",
    "raw_agreement",
    "rogan_gladen",
    "seed_means",
    "sequential_decision",
    "sequential_test",
    "sign_flip",
    "sign_test",
    "sign_test_items",
    "sign_test_power",
    "slot_share",
    "smallest_detectable_binary",
    "smallest_detectable_mean",
    "smallest_detectable_two_rates",
    "smallest_detectable_win_rate",
    "smallest_margin_binary",
    "smallest_margin_mean",
    "smallest_rate_found",
    "tango",
    "tango_in_clusters",
    "tost",
    "tost_binary",
    "two_rates_items",
    "two_rates_power",
    "upper_bound",
    "welch",
    "welch_test",
    "wilcoxon_signed_rank",
    "wilson",
    "win_rate_at_equal_length",
    "worst_case",
]
