"""Several samples a problem: would one of k have passed, would all k?

Both give one value a problem, so that problems, not samples, are what is counted afterwards:

    values = stats.pass_at_k(samples, correct, k=5)
    stats.mean_interval(values, level=0.95, bounds=(0, 1))
    gap = stats.differences(values, stats.pass_at_k(samples, base_correct, k=5))
    stats.paired_difference(gap, level=0.95, bounds=(-1, 1))
"""

from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.stats.arguments import FloatArray, check_count, same_length, vector


def pass_at_k(samples: ArrayLike, correct: ArrayLike, *, k: SupportsIndex) -> FloatArray:
    """On each problem the chance that at least one of k samples is correct, shape (problems,).

    1 - C(n - c, k) / C(n, k): the share of all choices of k of the n samples that hold a correct
    one, and so unbiased, which 1 - (1 - c/n)^k is not.
    Source: Chen and others (2021), Evaluating Large Language Models Trained on Code,
    arXiv:2107.03374, equation (1).

    Args:
        samples: n, how many samples were drawn for each problem, whole numbers.
        correct: c, how many of them are correct.
        k: How many attempts are allowed, at least 1 and at most the fewest samples.

    Raises:
        ValueError: Fewer samples than k, more correct ones than samples, counts that are not
            whole, other lengths.
    """
    n, c, attempts = _counts(samples, correct, k)
    return 1 - _all_of(n, n - c, attempts)


def pass_hat_k(samples: ArrayLike, correct: ArrayLike, *, k: SupportsIndex) -> FloatArray:
    """On each problem the chance that all of k samples are correct, shape (problems,).

    C(c, k) / C(n, k), "pass^k": what a user meets who relies on it every time.
    Source: Yao and others (2024), tau-bench, arXiv:2406.12045.

    Args:
        samples: n, how many samples were drawn for each problem, whole numbers.
        correct: c, how many of them are correct.
        k: How many attempts must all succeed, at least 1 and at most the fewest samples.

    Raises:
        ValueError: As `pass_at_k`.
    """
    n, c, attempts = _counts(samples, correct, k)
    return _all_of(n, c, attempts)


def _all_of(samples: FloatArray, those: FloatArray, k: int) -> FloatArray:
    """The chance that k samples drawn without replacement are all among those."""
    share = np.ones(len(samples))
    for drawn in range(k):
        share *= np.maximum(those - drawn, 0) / (samples - drawn)
    return share


def _counts(
    samples: ArrayLike, correct: ArrayLike, k: SupportsIndex
) -> tuple[FloatArray, FloatArray, int]:
    n, c = vector(samples, "samples"), vector(correct, "correct samples")
    same_length(n, c)
    attempts = check_count(k, "k")
    if attempts == 0:
        raise ValueError("k is at least 1")
    if (n != np.floor(n)).any() or (c != np.floor(c)).any():
        raise ValueError("samples and correct samples must be whole numbers")
    if (c < 0).any() or (c > n).any():
        raise ValueError("correct samples lie between 0 and the samples of the problem")
    if len(n) and n.min() < attempts:
        raise ValueError(f"k = {attempts}, but a problem has {n.min():.0f} samples")
    return n, c, attempts
