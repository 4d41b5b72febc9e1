"""ROUGE-L: the longest common subsequence of words with the reference."""

from collections.abc import Sequence
from typing import Literal

from evalreport.metrics.base import Output, TextScorer
from evalreport.metrics.normalise import as_text, reference_as
from evalreport.metrics.scoring import fraction, fraction_scorer, reference_of, require
from evalreport.records import Item
from evalreport.values import Flag, Value


class RougeL(Value):
    """F measure of the longest common subsequence of words, on the whole text.

    Words are those of rouge-score: runs of a-z and 0-9 after lower-casing, so that a reference in
    another script has none and is refused. The subsequence is found by our own bit-parallel
    routine, equal to rouge-score's table, which takes gigabytes on a long output.
    Source: Lin (2004), W04-1013.

    Attributes:
        stem: Whether words are cut to their stems (Porter, English).
    """

    metric: Literal["rouge_l"]
    stem: Flag = False

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference is missing, or holds no word in ROUGE's sense.
        """
        from rouge_score.tokenizers import DefaultTokenizer

        tokenizer = DefaultTokenizer(self.stem)

        def words(text: str) -> list[str]:
            return list(tokenizer.tokenize(text))

        require(
            items,
            lambda item: None if words(item.reference or "") else "the reference has no words",
            metric=self.metric,
            hint="ROUGE sees only a-z and 0-9; chrf works for every script",
        )

        def score(item: Item, output: Output) -> float:
            right = reference_as(reference_of(item), output.value)
            return rouge_l(words(right), words(as_text(output.value)))

        return fraction_scorer(fraction(self.metric), score)


def rouge_l(reference: Sequence[str], answer: Sequence[str]) -> float:
    """F1 of the longest common subsequence; 0 when either side has no words."""
    if not reference or not answer:
        return 0.0
    common = longest_common_subsequence(reference, answer)
    return 2 * common / (len(reference) + len(answer))


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, one row of the table at a time, as bits.

    Takes one step a word of the longer side, on integers of as many bits as the shorter side has
    words, and memory for one such integer for each distinct word of the shorter side.
    Source: Hyyrö (2004), "Bit-parallel LCS-length computation revisited", AWOCA.
    """
    short, long = sorted((first, second), key=len)
    places: dict[str, int] = {}
    for i, word in enumerate(short):
        places[word] = places.get(word, 0) | (1 << i)
    full = (1 << len(short)) - 1
    row = full
    for word in long:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(short) - row.bit_count()
