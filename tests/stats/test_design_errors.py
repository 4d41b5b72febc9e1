import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.stats.design_errors import design_errors


@pytest.mark.parametrize(
    ("effect", "se", "power", "wrong_sign", "exaggeration"),
    [
        (0.1, 3.28, 0.05, 0.46, 77),  # Gelman and Carlin (2014): beauty and sex ratio
        (1.0, 3.28, 0.06, 0.19, 7.75),  # theirs is 8
        # Political attitudes over the menstrual cycle: theirs is 9.7, of 10,000 draws.
        (2.0, 8.1, 0.06, 0.24, 9.54),
    ],
)
def test_published_examples(
    effect: float, se: float, power: float, wrong_sign: float, exaggeration: float
) -> None:
    found = design_errors(effect, se, alpha=0.05)
    assert found.power == pytest.approx(power, abs=0.005)
    assert found.wrong_sign == pytest.approx(wrong_sign, abs=0.005)
    assert found.exaggeration == pytest.approx(exaggeration, rel=0.01)


@pytest.mark.parametrize("effect", [0.5, 1.0, 2.0, 2.8])
def test_agrees_with_simulation(effect: float) -> None:
    drawn = effect + np.random.default_rng(1).normal(size=400_000)
    significant = drawn[np.abs(drawn) > 1.959964]
    found = design_errors(effect, 1, alpha=0.05)
    assert found.power == pytest.approx(len(significant) / len(drawn), abs=0.003)
    assert found.wrong_sign == pytest.approx(np.mean(significant < 0), abs=0.006)
    assert found.exaggeration == pytest.approx(np.abs(significant).mean() / effect, rel=0.01)


@given(st.floats(0.001, 30), st.floats(1.001, 3))
def test_better_studies_mislead_less(effect: float, times: float) -> None:
    weak, strong = (
        design_errors(effect, 1, alpha=0.05),
        design_errors(effect * times, 1, alpha=0.05),
    )
    assert strong.power >= weak.power
    assert strong.wrong_sign <= weak.wrong_sign
    assert 1 - 1e-12 <= strong.exaggeration <= weak.exaggeration + 1e-9


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_bad_input(bad: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        design_errors(bad, 1, alpha=0.05)
    with pytest.raises(ValueError, match="positive"):
        design_errors(1, bad, alpha=0.05)


@pytest.mark.parametrize(("effect", "se"), [(1e-300, 1e300), (1e300, 1e-300), (1e-200, 1.0)])
def test_too_far_apart(effect: float, se: float) -> None:
    with pytest.raises(ValueError, match="too far"):
        design_errors(effect, se, alpha=0.05)


def test_as_far_apart_as_may_be() -> None:
    assert design_errors(1e-100, 1, alpha=0.05).power == pytest.approx(0.05)
    assert design_errors(1e100, 1, alpha=0.05).exaggeration == 1
