import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from evalreport.stats.quantiles import (
    beta_quantile,
    binomial_cdf,
    binomial_pmf,
    incomplete_beta,
    normal_cdf,
    normal_density,
    normal_quantile,
    t_cdf,
    t_quantile,
    t_two_sided_p,
    two_sided_t,
    two_sided_z,
)
from tests.stats.second_opinion import stats

DEGREES = [1, 2, 3, 4, 5, 7, 9, 13, 29, 49, 100, 1000, 9999, 10_001, 1e5, 1e8]
FRACTIONAL = [1.0001, 1.5, 2.7, 3.3, 7.77, 19.9, 20.1, 333.3, 9999.5]
PROBABILITIES = [1e-12, 1e-6, 0.0005, 0.005, 0.025, 0.05, 0.2, 0.49, 0.6, 0.95, 0.975, 0.999]


@pytest.mark.parametrize("df", DEGREES + FRACTIONAL)
def test_t_quantile_agrees_with_scipy(df: float) -> None:
    for p in PROBABILITIES:
        assert t_quantile(p, df) == pytest.approx(float(stats.t.ppf(p, df)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("df", DEGREES + FRACTIONAL)
def test_t_cdf_agrees_with_scipy(df: float) -> None:
    for t in (-700.0, -37.5, -8.0, -2.0, -0.3, -1e-6, 0.0, 0.7, 3.0, 12.0):
        assert t_cdf(t, df) == pytest.approx(float(stats.t.cdf(t, df)), rel=1e-9, abs=1e-100)


@given(st.floats(1e-9, 1 - 1e-9), st.floats(1, 1e6))
def test_t_quantile_inverts_the_cdf(p: float, df: float) -> None:
    assert t_cdf(t_quantile(p, df), df) == pytest.approx(p, rel=1e-9)


@given(st.floats(1e-9, 0.5), st.floats(1, 1e6))
def test_t_is_symmetric(p: float, df: float) -> None:
    assert t_quantile(1 - p, df) == pytest.approx(-t_quantile(p, df), rel=1e-6, abs=1e-12)


def test_printed_t_table() -> None:
    table = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 29: 2.045, 49: 2.010}
    for df, quantile in table.items():
        assert two_sided_t(0.95, df) == pytest.approx(quantile, abs=5e-4)


def test_more_degrees_of_freedom_approach_the_normal() -> None:
    halves = [two_sided_t(0.95, df) for df in (1, 2, 5, 50, 5_000, 9_999, 10_001, 1e9, math.inf)]
    assert halves == sorted(halves, reverse=True)
    assert halves[-1] == pytest.approx(two_sided_z(0.95), rel=1e-12)


@given(st.floats(-38, 38))
def test_normal_tails_keep_their_digits(x: float) -> None:
    assert normal_cdf(x) == pytest.approx(float(special.ndtr(x)), rel=1e-11)
    assert normal_density(x) == pytest.approx(float(stats.norm.pdf(x)), rel=1e-12)


def test_normal_quantile() -> None:
    assert two_sided_z(0.95) == pytest.approx(1.959963984540054, rel=1e-14)
    assert normal_quantile(0.8) == pytest.approx(0.8416212335729143, rel=1e-14)


@given(st.floats(0.3, 1e4), st.floats(0.3, 1e4), st.floats(1e-300, 1))
def test_incomplete_beta_agrees_with_scipy(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(
        float(special.betainc(a, b, x)), rel=1e-9, abs=1e-200
    )


@given(st.integers(1, 20_000), st.floats(0.001, 0.999), st.floats(0, 1))
def test_beta_quantile_inverts(n: int, p: float, share: float) -> None:
    k = int(share * n)
    x = beta_quantile(p, k + 1, n - k + 1)
    assert incomplete_beta(k + 1, n - k + 1, x) == pytest.approx(p, rel=1e-8)


@given(st.integers(0, 5_000), st.floats(0, 1), st.floats(1e-6, 1 - 1e-6))
def test_binomial_agrees_with_scipy(n: int, share: float, rate: float) -> None:
    k = round(share * n)
    pmf, cdf = stats.binom.pmf(k, n, rate), stats.binom.cdf(k, n, rate)
    assert binomial_pmf(k, n, rate) == pytest.approx(float(pmf), rel=1e-8, abs=1e-200)
    assert binomial_cdf(k, n, rate) == pytest.approx(float(cdf), rel=1e-8, abs=1e-200)


def test_binomial_outside_its_support() -> None:
    assert binomial_cdf(-1, 5, 0.5) == 0
    assert binomial_cdf(5, 5, 0.5) == 1
    assert binomial_pmf(6, 5, 0.5) == 0
    assert binomial_pmf(0, 0, 0.5) == 1
    assert binomial_pmf(5, 5, 1.0) == 1
    assert binomial_pmf(4, 5, 1.0) == 0


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_probability_must_lie_inside(p: float) -> None:
    for quantile in (normal_quantile, two_sided_z, lambda q: t_quantile(q, 3)):
        with pytest.raises(ValueError, match="probability"):
            quantile(p)


@pytest.mark.parametrize("df", [0.0, -1.0, math.nan])
def test_degrees_of_freedom_must_be_positive(df: float) -> None:
    with pytest.raises(ValueError, match="degrees"):
        t_quantile(0.3, df)
    with pytest.raises(ValueError, match="degrees"):
        t_cdf(0.3, df)


def test_t_at_the_ends_of_the_line() -> None:
    assert t_two_sided_p(math.inf, 3) == 0
    assert t_two_sided_p(0, 3) == 1
    assert t_quantile(0.5, 3) == 0
    with pytest.raises(ValueError, match="NaN"):
        t_cdf(math.nan, 3)
    with pytest.raises(ValueError, match="I_x"):
        incomplete_beta(0, 1, 0.5)
