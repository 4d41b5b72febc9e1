"""One piece of work in a process of its own: `python -m benchmarks.statistics.work NAME`.

It is done once on a few pairs, so that nothing is imported or compiled later, then three times on
all of them: the median of the processor's seconds (one thread; waiting for neighbours does not
count), the most memory held beyond what was held before, and the answer go out as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalreport import stats
from evalreport.stats.sign_flips import sign_flip
from evalreport.training.peak_memory import peak_bytes, reset_peak

PAIRS, FLIPS, RESAMPLES, BATCH, TIMES = 10_000, 9_999, 10_000, 500, 3
FloatArray = NDArray[np.float64]


def scores(pairs: int) -> tuple[FloatArray, FloatArray]:
    """Two arms with continuous scores that share how hard an item is; a gain of a hundredth."""
    rng = np.random.default_rng(20)
    hard = rng.normal(0.5, 0.25, size=pairs)
    candidate = hard + rng.normal(0.01, 0.25, size=pairs)
    return candidate, hard + rng.normal(0, 0.25, size=pairs)


def flips_ours(a: FloatArray, b: FloatArray) -> list[float]:
    found = sign_flip(a - b, draws=FLIPS, rng=np.random.default_rng(1))
    assert isinstance(found, stats.Tested)
    return [found.p_value]


def flips_scipy(a: FloatArray, b: FloatArray) -> list[float]:
    from scipy import stats as peer

    found = peer.permutation_test(
        (a - b,),
        lambda d, axis: np.mean(d, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        batch=BATCH,
        rng=np.random.default_rng(1),
    )
    return [float(found.pvalue)]


def bootstrap_ours(a: FloatArray, b: FloatArray) -> list[float]:
    """The mean as any user of a corpus metric writes it: a sum, and a count, of each item."""
    one = np.ones(len(a))
    found = stats.corpus_difference(
        np.stack((a, one), axis=1),
        np.stack((b, one), axis=1),
        lambda sums: sums[..., 0] / sums[..., 1],
        None,
        level=0.95,
        draws=RESAMPLES,
        rng=np.random.default_rng(1),
    )
    assert isinstance(found, stats.Estimate)
    return [found.low, found.high]


def bootstrap_scipy(a: FloatArray, b: FloatArray) -> list[float]:
    return _scipy(a, b, "BCa")


def bootstrap_scipy_percentile(a: FloatArray, b: FloatArray) -> list[float]:
    return _scipy(a, b, "percentile")


def _scipy(a: FloatArray, b: FloatArray, method: Literal["BCa", "percentile"]) -> list[float]:
    from scipy import stats as peer

    found = peer.bootstrap(
        (a, b),
        lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        paired=True,
        vectorized=True,
        method=method,
        n_resamples=RESAMPLES,
        batch=BATCH,
        rng=np.random.default_rng(1),
    ).confidence_interval
    return [float(found.low), float(found.high)]


WORK: dict[str, Callable[[FloatArray, FloatArray], list[float]]] = {
    work.__name__: work
    for work in (
        flips_ours,
        flips_scipy,
        bootstrap_ours,
        bootstrap_scipy,
        bootstrap_scipy_percentile,
    )
}


def main() -> None:
    work = WORK[sys.argv[1]]
    work(*scores(50))
    a, b = scores(PAIRS)
    reset_peak("cpu")
    held = peak_bytes("cpu") or 0
    seconds, answer = [], [0.0]
    for _ in range(TIMES):
        begun = time.process_time()
        answer = work(a, b)
        seconds.append(time.process_time() - begun)
    peak = float((peak_bytes("cpu") or 0) - held)
    print(json.dumps({"seconds": median(seconds), "peak_bytes": peak, "answer": answer}))


if __name__ == "__main__":
    main()
