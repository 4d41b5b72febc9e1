import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.paired_mean import differences, mean_interval, paired_difference
from evalreport.stats.pass_at_k import pass_at_k, pass_hat_k
from tests.stats.second_opinion import stats

problems = st.integers(1, 40).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))
)


@given(problems)
def test_at_k_and_hat_k_are_each_others_mirror(problem: tuple[int, int, int]) -> None:
    n, c, k = problem
    (at,), (hat,) = pass_at_k([n], [c], k=k), pass_hat_k([n], [c], k=k)
    assert 0 <= hat <= c / n + 1e-12
    assert c / n - 1e-12 <= at <= 1
    assert at == pytest.approx(1 - pass_hat_k([n], [n - c], k=k)[0])
    assert hat == pytest.approx(float(stats.hypergeom.pmf(k, n, c, k)))
    if k == 1:
        assert at == pytest.approx(hat) == pytest.approx(c / n)


@given(problems)
def test_more_attempts_help_one_and_hurt_the_other(problem: tuple[int, int, int]) -> None:
    n, c, k = problem
    if k < n:
        assert pass_at_k([n], [c], k=k)[0] <= pass_at_k([n], [c], k=k + 1)[0] + 1e-12
        assert pass_hat_k([n], [c], k=k)[0] >= pass_hat_k([n], [c], k=k + 1)[0] - 1e-12


@given(st.integers(1, 25), st.floats(0, 1).map(lambda x: round(x, 6)), st.integers(1, 25))
def test_unbiased_over_what_could_have_been_drawn(n: int, rate: float, k: int) -> None:
    if k > n:
        return
    c = np.arange(n + 1)
    chances = stats.binom.pmf(c, n, rate)
    drawn = np.full(n + 1, n)
    assert float((chances * pass_at_k(drawn, c, k=k)).sum()) == pytest.approx(1 - (1 - rate) ** k)
    assert float((chances * pass_hat_k(drawn, c, k=k)).sum()) == pytest.approx(rate**k)


def test_the_intervals_are_over_problems() -> None:
    rng = np.random.default_rng(2)
    n = rng.integers(5, 11, size=60)
    base, tuned = rng.binomial(n, 0.4), rng.binomial(n, 0.6)
    ours, theirs = pass_at_k(n, tuned, k=3), pass_at_k(n, base, k=3)
    one = mean_interval(ours, level=0.95, bounds=(0, 1))
    gap = paired_difference(differences(ours, theirs), level=0.95, bounds=(-1, 1), skewness=False)
    assert isinstance(one, Estimate)
    assert isinstance(gap, Estimate)
    expected = stats.ttest_1samp(ours - theirs, 0).confidence_interval(0.95)
    assert (gap.low, gap.high) == pytest.approx((expected.low, expected.high))
    assert isinstance(mean_interval(pass_at_k([], [], k=1), level=0.95), NotEstimable)


def test_human_evals_estimator_is_guarded() -> None:
    with pytest.raises(ValueError, match="k = 10, but a problem has 5 samples"):
        pass_at_k([200, 5], [3, 1], k=10)
