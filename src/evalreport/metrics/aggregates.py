"""Aggregates by name: how a file says which function makes summed counts the value of a metric."""

from collections.abc import Callable, Mapping
from typing import Final

from evalreport.metrics.base import FloatArray
from evalreport.metrics.classification import balanced_accuracy, macro_f1, quadratic_kappa, share
from evalreport.metrics.ngrams import bleu_of_counts, chrf_of_counts

AGGREGATES: Final[Mapping[str, Callable[[FloatArray], FloatArray]]] = {
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "quadratic_kappa": quadratic_kappa,
    "share": share,
    "bleu": bleu_of_counts,
    "chrf": chrf_of_counts,
}


def name_of(aggregate: Callable[[FloatArray], FloatArray]) -> str:
    """The name of an aggregate.

    Raises:
        ValueError: It is not in the table: a corpus metric was added without its line.
    """
    for name, known in AGGREGATES.items():
        if known is aggregate:
            return name
    raise ValueError(f"{aggregate!r} has no name in metrics/aggregates.py")
