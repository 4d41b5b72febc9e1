"""Overlap of n-grams with the reference: BLEU and chrF as sacreBLEU computes them.

An item's vector holds sacreBLEU's counts for its sentence; they add up over a corpus, and the
score of the summed counts is sacreBLEU's corpus score, in points from 0 to 100.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from evalreport.metrics.base import Column, FloatArray, Output, Scale, Score, TextScorer
from evalreport.metrics.normalise import as_text, reference_as
from evalreport.metrics.scoring import reference_of, require_references, scorer
from evalreport.records import Item
from evalreport.values import Flag, Value

if TYPE_CHECKING:  # a spec is checked without numpy
    import numpy as np
    from numpy.typing import NDArray

_BLEU_ORDERS: Final = 4
_CHRF_ORDERS: Final = 6
_CHRF_BETA: Final = 2
# What sacreBLEU takes for the logarithm of 0, so that exp gives 0.
_LOG_OF_ZERO: Final = -9999999999.0


class Bleu(Value):
    """Corpus BLEU: clipped n-gram precision up to order 4 with a brevity penalty.

    Exponential smoothing, one reference. References shorter than four tokens give no 4-grams; a
    corpus of nothing else scores 0 whatever the answers are: use chrF there.
    Source: Papineni et al. (2002), P02-1040; Post (2018), W18-6319 (sacreBLEU).

    Attributes:
        lowercase: Whether capitals count as small letters.
        tokenize: How sacreBLEU cuts words.
    """

    metric: Literal["bleu"]
    lowercase: Flag = False
    tokenize: Literal["13a", "intl", "char", "zh", "none"] = "13a"

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: An item has no reference.
        """
        from sacrebleu.metrics.bleu import BLEU

        # effective_order only silences a warning here: it does not touch the counts
        bleu = BLEU(lowercase=self.lowercase, tokenize=self.tokenize, effective_order=True)

        def counts(answer: str, reference: str) -> tuple[float, ...]:
            found = bleu.sentence_score(answer, [reference])
            return tuple(map(float, (found.sys_len, found.ref_len, *found.counts, *found.totals)))

        return _corpus_scorer(self.metric, items, counts, bleu_of_counts)


class Chrf(Value):
    """Corpus chrF: F2 of character n-grams up to order 6; with word_order 2 it is chrF++.

    Source: Popović (2015), W15-3049; Popović (2017), W17-4770; Post (2018), W18-6319 (sacreBLEU).

    Attributes:
        lowercase: Whether capitals count as small letters.
        word_order: Order of word n-grams beside those of characters; 2 is chrF++.
    """

    metric: Literal["chrf"]
    lowercase: Flag = False
    word_order: Literal[0, 1, 2] = 0

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: An item has no reference.
        """
        from sacrebleu.metrics.chrf import CHRF

        chrf = CHRF(lowercase=self.lowercase, word_order=self.word_order)

        def counts(answer: str, reference: str) -> tuple[float, ...]:
            # sacreBLEU has no public way to the counts of chrF; a test holds the sums to its score
            found = chrf._extract_corpus_statistics([answer], [[reference]])  # noqa: SLF001
            return tuple(map(float, found[0]))

        return _corpus_scorer(self.metric, items, counts, chrf_of_counts)


def bleu_of_counts(sums: FloatArray) -> FloatArray:
    """BLEU of summed counts, with exponential smoothing.

    Args:
        sums: Shape (..., 10): answer tokens, reference tokens, matches of orders 1 to 4, n-grams
            of orders 1 to 4.

    Returns:
        Shape (...,), points.
    """
    import numpy as np

    answer, reference = sums[..., 0], sums[..., 1]
    matches, totals = sums[..., 2 : 2 + _BLEU_ORDERS], sums[..., 2 + _BLEU_ORDERS :]
    is_counted = np.logical_and.accumulate(totals > 0, axis=-1)
    is_missed = is_counted & (matches == 0)
    halvings = 2.0 ** np.cumsum(is_missed, axis=-1)
    smoothed = np.where(is_missed, 1.0 / halvings, matches)
    precision = np.divide(100.0 * smoothed, totals, out=np.zeros_like(smoothed), where=is_counted)
    logs = np.log(precision, out=np.full_like(precision, _LOG_OF_ZERO), where=precision > 0)
    ratio = np.divide(reference, answer, out=np.full_like(answer, np.inf), where=answer > 0)
    brevity = np.where(answer < reference, np.exp(1.0 - np.maximum(ratio, 1.0)), 1.0)
    score: FloatArray = brevity * np.exp(logs.mean(axis=-1))
    return np.where(matches.any(axis=-1), score, 0.0)


def chrf_of_counts(sums: FloatArray) -> FloatArray:
    """The chrF of summed counts, averaged over the orders that both sides have.

    Args:
        sums: Shape (..., 3 n): for each of n orders the n-grams of the answer, those of the
            reference, and the matches.

    Returns:
        Shape (...,), points.
    """
    import numpy as np

    answer, reference, matches = sums[..., 0::3], sums[..., 1::3], sums[..., 2::3]
    is_counted = (answer > 0) & (reference > 0)
    orders = is_counted.sum(axis=-1)
    precision = _mean_share(matches, answer, is_counted, orders)
    recall = _mean_share(matches, reference, is_counted, orders)
    weight = float(_CHRF_BETA**2)
    under = weight * precision + recall
    f_score = np.divide(
        (1.0 + weight) * precision * recall, under, out=np.zeros_like(under), where=under > 0
    )
    return 100.0 * f_score


def _mean_share(
    over: FloatArray,
    under: FloatArray,
    is_counted: "NDArray[np.bool_]",
    orders: "NDArray[np.int64]",
) -> FloatArray:
    import numpy as np

    shares = np.divide(over, under, out=np.zeros_like(over), where=is_counted)
    total: FloatArray = shares.sum(axis=-1)
    return np.divide(total, orders, out=np.zeros_like(total), where=orders > 0)


def _corpus_scorer(
    metric: str,
    items: Sequence[Item],
    counts: Callable[[str, str], tuple[float, ...]],
    aggregate: Callable[[FloatArray], FloatArray],
) -> TextScorer:
    require_references(items, metric=metric)
    column = Column(
        metric=metric,
        unit="points",
        higher_is_better=True,
        scale=Scale.CORPUS,
        low=0.0,
        high=100.0,
        aggregate=aggregate,
    )

    def score(item: Item, output: Output) -> tuple[Score, ...]:
        return (counts(as_text(output.value), reference_as(reference_of(item), output.value)),)

    def penalty(item: Item) -> tuple[Score | None, ...]:
        return (counts("", reference_of(item)),)

    return scorer((column,), score, penalty)
