"""Three or more systems judged in pairs: Bradley–Terry strengths, resampled over items."""

from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    FEWEST_ITEMS,
    NO_ITEMS,
    FloatArray,
    IntArray,
    check_draws,
    check_level,
    cluster_codes,
    only,
    same_length,
    vector,
)
from evalreport.stats.corpus import (
    UNDEFINED_AT_MOST,
    draws_needed,
    expanded_percentiles,
    expanded_tail,
)
from evalreport.stats.labels import Label, label_codes
from evalreport.stats.resampling import resampled_sums

_METHOD = "Bradley–Terry, bootstrap over items, expanded percentiles"
_STEPS = 100
_LONGEST_STEP = 2.0
_CLOSE = 1e-10


def bradley_terry(
    first: ArrayLike,
    second: ArrayLike,
    outcomes: ArrayLike,
    items: ArrayLike | None,
    *,
    reference: Label,
    level: float,
    draws: SupportsIndex = 2000,
    rng: np.random.Generator,
) -> dict[Label, Estimated] | NotEstimable:
    """Strengths of systems from pairwise comparisons, as log-odds of beating a reference.

    A tie is half a win for each. The interval resamples items, each with all of its comparisons,
    because comparisons of one item share what makes it easy; percentiles are expanded as for any
    corpus metric. For two systems this adds nothing to a win rate: use `tango`.
    Source: Bradley and Terry (1952), Biometrika 39; existence of the estimate from Ford (1957),
    American Mathematical Monthly 64(8).

    Args:
        first: A system a comparison, whole numbers or texts, shape (n,).
        second: The system that it is compared with.
        outcomes: 1 where the first wins, 0 where the second does, 0.5 for a tie.
        items: What is resampled: the item of each comparison; None if each has its own.
        reference: The system whose strength is 0.
        level: Two-sided confidence, such as 0.95.
        draws: Resamples.
        rng: Where they come from.

    Returns:
        An estimate for each system but the reference, in their order; points for fewer than 10
        items, or where more than 1 % of the resamples give no strengths. Not estimable, with the
        systems named, where some were never compared with the others, or won (or lost) everything
        against them.

    Raises:
        ValueError: An outcome that is not 0, 0.5 or 1, a system compared with itself, a reference
            that takes no part, other lengths.
    """
    one, other, names = label_codes(first, second, None)
    won = vector(outcomes, "outcomes")
    same_length(won, one.astype(np.float64))
    check_level(level)
    asked = check_draws(draws)
    if not np.isin(won, (0.0, 0.5, 1.0)).all():
        raise ValueError("an outcome is 1, 0 or 0.5 for a tie")
    if (one == other).any():
        raise ValueError("a system is compared with itself")
    codes, groups = cluster_codes(items, len(won))
    if len(won) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    if reference not in names:
        raise ValueError(f"the reference {reference!r} takes no part")
    k, base = len(names), names.index(reference)
    wins = _wins(one, other, won, codes, groups, k)
    refusal = _no_estimate(wins.sum(axis=0).reshape(k, k), names)
    if refusal:
        return NotEstimable(not_estimable=refusal)
    strengths = _strengths(wins.sum(axis=0, keepdims=True), k, base)[0]
    if groups < FEWEST_ITEMS:
        return {
            name: Point(value=float(value), no_interval=only(groups, "items"))
            for name, value in zip(names, strengths, strict=True)
            if name != reference
        }
    tail = expanded_tail(level, groups)
    resampled = _strengths(resampled_sums(wins, draws_needed(asked, tail), rng), k, base)
    missing = int(np.isnan(resampled[:, 0]).sum())
    found: dict[Label, Estimated] = {}
    for place, name in enumerate(names):
        value = float(strengths[place])
        if missing > UNDEFINED_AT_MOST * len(resampled):
            reason = f"{missing} of {len(resampled)} resamples give no strengths"
            found[name] = Point(value=value, no_interval=reason)
        else:
            found[name] = expanded_percentiles(
                value, resampled[:, place], tail=tail, level=level, method=_METHOD
            )
    del found[reference]
    return found


def _wins(
    one: IntArray, other: IntArray, won: FloatArray, codes: IntArray, groups: int, k: int
) -> FloatArray:
    """Of each item, how often each system beat each other: (groups, k * k)."""
    wins = np.zeros((groups, k, k))
    np.add.at(wins, (codes, one, other), won)
    np.add.at(wins, (codes, other, one), 1 - won)
    return wins.reshape(groups, k * k)


def _no_estimate(wins: FloatArray, names: Sequence[Label]) -> str:
    """Why there are no strengths, or nothing: some system cannot be reached by chains of wins."""
    met = _reached((wins + wins.T)[np.newaxis] > 0)[0]
    if not met.all():
        apart = ", ".join(str(name) for name, here in zip(names, met[0], strict=True) if here)
        return f"{apart}: never compared with the others, not even through each other"
    above = _reached(wins[np.newaxis] > 0)[0]
    if above.all():
        return ""
    # Who beats all the others, directly or not, but is beaten by none of them, leads a top group.
    top = above.sum(axis=1).argmax()
    group = above[top] & above[:, top]
    leaders = ", ".join(str(name) for name, here in zip(names, group, strict=True) if here)
    return f"{leaders}: won every comparison with the others, so the strength has no bound"


def _reached(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which systems are reached from which along edges: (..., k, k) to the same."""
    k = edges.shape[-1]
    reached = edges | np.eye(k, dtype=bool)
    for _ in range(k.bit_length()):
        reached = np.matmul(reached, reached)
    return reached


def _strengths(sums: FloatArray, k: int, base: int) -> FloatArray:
    """Maximum likelihood for each row of wins, (draws, k * k) to (draws, k); NaN where none.

    Newton's method on the concave log-likelihood, with steps of bounded length.
    """
    wins = sums.reshape(-1, k, k)
    found = np.full((len(wins), k), np.nan)
    exists = _reached(wins > 0).all(axis=(1, 2))
    free = np.arange(k) != base
    wins = wins[exists]
    played = wins + wins.transpose(0, 2, 1)
    theta = np.zeros((len(wins), k))
    moving = np.ones(len(wins), dtype=bool)
    for _ in range(_STEPS):
        if not moving.any():
            break
        n, at = played[moving], theta[moving]
        p = 1 / (1 + np.exp(at[:, np.newaxis, :] - at[:, :, np.newaxis]))
        slope = (wins[moving] - n * p).sum(axis=2)
        weight = n * p * (1 - p)
        bend = weight.sum(axis=2)[:, :, np.newaxis] * np.eye(k) - weight
        step = np.linalg.solve(bend[:, free][:, :, free], slope[:, free, np.newaxis])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        theta[np.ix_(moving, free)] += step * np.minimum(1.0, _LONGEST_STEP / longest.clip(1e-300))
        moving[moving] = longest[:, 0] > _CLOSE
    theta[moving] = np.nan
    found[exists] = theta
    return found
