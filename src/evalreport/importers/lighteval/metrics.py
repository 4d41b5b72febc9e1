"""lighteval's metrics: what each is, by its name and by the figures that there are."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from evalreport.importers.base import ToolFigure
from evalreport.importers.bounds import is_within
from evalreport.layers.known_metrics import KNOWN
from evalreport.metrics.base import Column, Scale

_NAMES: Final = {"acc": "accuracy", "em": "exact_match"}
_SHARES: Final = re.compile(
    r"(accuracy|exact_match|extractive_match|f1|mf1|loglikelihood_f1|recall|mrr|rouge\w*|qem|pem"
    r"|pqem|truthfulqa_mc[12]|(\w+-)?g?-?pass@k|maj@n|edit_similarity)(:.*)?",
    re.DOTALL,
)
_LOWER: Final = frozenset(
    {"ppl", "word_perplexity", "byte_perplexity", "bits_per_byte", "ter", "edit_distance"}
)
_HIGHER: Final = frozenset({"bleu", "bleu_1", "bleu_4", "chrf", "chrf_plus", "bert_score"})


def our_name(metric: str) -> str:
    """What we call a metric."""
    return _NAMES.get(metric, metric)


def column_of(metric: str) -> Column:
    """What a metric is."""
    if _SHARES.fullmatch(metric):
        return Column(metric, "fraction", True, Scale.MEAN, low=0.0, high=1.0)
    unit = "bits/byte" if metric == "bits_per_byte" else "points"
    is_more_better = metric.split(":", 1)[0] not in _LOWER
    return Column(metric, unit, is_more_better, Scale.MEAN)


def columns_by(figures: Iterable[ToolFigure]) -> Callable[[str], Column]:
    """What metrics are where these are the figures of them.

    What is called as shares are, and has a figure beyond 0 to 1, is given in another unit, such as
    percent: it has no bounds.
    """
    beyond = {one.metric for one in figures if not is_within(one.value, column_of(one.metric))}

    def column(metric: str) -> Column:
        found = column_of(metric)
        return replace(found, unit="points", low=None, high=None) if metric in beyond else found

    return column


def is_guessed(metric: str) -> bool:
    """Whether nothing tells that higher is better."""
    stem = metric.split(":", 1)[0]
    is_known = stem in _LOWER or stem in KNOWN or stem in _HIGHER
    return not is_known and not _SHARES.fullmatch(metric)
