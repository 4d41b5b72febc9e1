"""Judging pair by pair, with the right to stop at any look: e-values for wins and losses.

The null is that a decisive pair goes either way with probability 1/2. A mixture of bets against
it, Beta(a, a) over the probability of a win, is worth 1 at the start and fair under the null, so
by Ville's inequality it passes 1/alpha with probability alpha at most, whenever and however often
one looks. A tie multiplies it by 1. It wants pairs in an order fixed by a recorded shuffle, each
judged in both orders as one unit, independent of each other: verdicts given in one batch are not.
"""

import math
import sys
from typing import Final, Literal, SupportsIndex, TypeAlias

from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.stats.arguments import LARGEST, check_count, check_level
from evalreport.stats.quantiles import log_power_factor
from evalreport.stats.roots import crossing
from evalreport.values import Number, Value

PRIOR: Final = 5.0
"""a of the Beta(a, a) mixture: good from win rates of 0.60 to 0.80; 1 and 12 are not, overall."""

BATCH: Final = 10
"""Look after so many pairs at most; looking every 10 costs some 17 pairs at a win rate of 0.60."""

Decision: TypeAlias = Literal["candidate wins", "reference wins", "futile", "cap reached", "go on"]


ON_WINS: Final = 0.8
"""The part of alpha that `net_win_sequence` spends on who wins decisive pairs; the rest goes to how
many pairs are decisive. A rule that stops at this part of alpha is never contradicted by it."""


SEQUENTIAL: Final = "sequential sign test (e-value)"


class Standing(Value):
    """Where a sequential comparison stands.

    Attributes:
        decision: What to do: stop with a reason, or go on.
        e_value: Evidence against an even chance; 1/alpha decides.
        win_rate: Of decisive pairs, with its confidence sequence. An estimate at an early stop is
            biased away from 1/2: a true 0.60 ends at 0.63 on average, 0.70 at 0.74.
        pairs: Pairs judged, ties included.
    """

    decision: Decision
    e_value: Number
    win_rate: Estimated
    pairs: int


def e_value(wins: SupportsIndex, losses: SupportsIndex, *, a: float = PRIOR) -> float:
    """The evidence of wins and losses against an even chance, valid at any stopping time.

    2^(w + l) B(a + w, a + l) / B(a, a). E-values of independent batches multiply. Beyond 1e308 it
    is the largest float.
    Source: Ville (1939); Robbins (1970), Annals of Mathematical Statistics 41, 1397-1409, with a
    Beta mixture; Ramdas, Grünwald, Vovk and Shafer (2023), Statistical Science 38, 576-601.

    Args:
        wins: Decisive pairs that the candidate wins.
        losses: Decisive pairs that the reference wins; ties are given to neither.
        a: Of the Beta(a, a) mixture, fixed beforehand.

    Raises:
        ValueError: A negative count, or an a that is not positive.
    """
    w, k = check_count(wins, "wins"), check_count(losses, "losses")
    log = log_evidence(w, k, _positive(a), 0.5, 0.5)
    return math.exp(log) if log < math.log(sys.float_info.max) else sys.float_info.max


def confidence_sequence(
    wins: SupportsIndex, losses: SupportsIndex, *, level: float, a: float = PRIOR
) -> Estimated:
    """The win rate of decisive pairs with an interval that holds at all looks at once.

    All probabilities m against which the mixture, B(a + w, a + l) / (B(a, a) m^w (1 - m)^l), has
    not reached 1/(1 - level). With a = 1 it is Robbins' (n + 1) C(n, w) m^w (1 - m)^l > 1 - level.
    Source: as `e_value`.

    Args:
        wins: Decisive pairs that the candidate wins.
        losses: Decisive pairs that the reference wins.
        level: Confidence that it holds at every look, such as 0.95.
        a: Of the Beta(a, a) mixture, fixed beforehand.

    Raises:
        ValueError: A negative count, an a that is not positive, a level outside (0, 1).
    """
    w, k = check_count(wins, "wins"), check_count(losses, "losses")
    threshold = -math.log1p(-check_level(level))
    prior = _positive(a)
    if w + k == 0:
        return NotEstimable(not_estimable="no decisive pairs")
    return Estimate(
        value=w / (w + k),
        low=_low(w, k, prior, threshold),
        high=1 - _low(k, w, prior, threshold),
        level=level,
        method="confidence sequence, Beta mixture",
    )


def net_win_sequence(
    wins: SupportsIndex, losses: SupportsIndex, ties: SupportsIndex, *, level: float
) -> Estimated:
    """The net win (wins less losses, over all pairs) with an interval that holds at all looks.

    Net win is d (2 p - 1), with d the share of decisive pairs and p the win rate among them. Of
    the error allowed, `ON_WINS` goes to the confidence sequence of p (a Beta(5, 5) mixture) and the
    rest to that of d (Robbins', a = 1); both hold together, and so does the least and the greatest
    product. It leaves out 0 exactly where p's leaves out 1/2.
    Source: as `e_value`; the union of two sequences is Bonferroni's.

    Args:
        wins: Pairs that the candidate wins.
        losses: Pairs that the reference wins.
        ties: The other pairs.
        level: Confidence that it holds at every look, such as 0.95.

    Raises:
        ValueError: A negative count, a level outside (0, 1).
    """
    w, k, t = check_count(wins, "wins"), check_count(losses, "losses"), check_count(ties, "ties")
    error = 1 - check_level(level)
    n = w + k + t
    if n == 0:
        return NotEstimable(not_estimable="no pairs")
    rate = confidence_sequence(w, k, level=1 - ON_WINS * error)
    share = confidence_sequence(w + k, t, level=1 - (1 - ON_WINS) * error, a=1.0)
    low, high = (rate.low, rate.high) if isinstance(rate, Estimate) else (0.0, 1.0)
    fewest, most = (share.low, share.high) if isinstance(share, Estimate) else (0.0, 1.0)
    value = (w - k) / n
    least, greatest = 2 * low - 1, 2 * high - 1
    return Estimate(
        value=value,
        low=min(value, least * (fewest if least > 0 else most)),
        high=max(value, greatest * (most if greatest > 0 else fewest)),
        level=level,
        method="confidence sequence of win rate and decisive share",
    )


def sequential_test(wins: SupportsIndex, losses: SupportsIndex) -> Tested:
    """The p-value that holds at any stopping time: 1 over `ON_WINS` times the e-value, at most 1.

    Below alpha exactly where `net_win_sequence` with level 1 - alpha leaves out 0. The plain 1/e is
    valid too; the factor pays for the share of decisive pairs.
    Source: as `e_value`.

    Args:
        wins: Decisive pairs that the candidate wins.
        losses: Decisive pairs that the reference wins.

    Raises:
        ValueError: A negative count.
    """
    p = min(1.0, 1 / (ON_WINS * e_value(wins, losses)))
    return Tested(p_value=p, test=SEQUENTIAL)


def sequential_decision(
    wins: SupportsIndex,
    losses: SupportsIndex,
    ties: SupportsIndex,
    *,
    win_rate: float,
    alpha: float,
    cap: SupportsIndex,
    a: float = PRIOR,
) -> Standing:
    """Stop for a winner, for futility or at the cap, or go on.

    A winner: the e-value has reached 1/alpha. Futile: the confidence sequence with level
    1 - alpha excludes the least win rate of interest, so that whatever there is is less than was
    asked for. Recommended: look every `BATCH` pairs or fewer, and stop after the decisive pairs
    that `pairs_to_find` gives, over the share expected to be decisive. No fixed test may follow on
    the same pairs.

    Args:
        wins: Decisive pairs that the candidate won so far.
        losses: Decisive pairs that the reference won so far.
        ties: The other pairs judged so far.
        win_rate: The least win rate of interest among decisive pairs, in (0.5, 1].
        alpha: False alarms at any stopping time, such as 0.05; also of a wrong futility.
        cap: Pairs at most, ties included.
        a: Of the Beta(a, a) mixture, fixed beforehand.

    Raises:
        ValueError: A negative count, a win rate outside (0.5, 1], alpha outside (0, 1).
    """
    w, k = check_count(wins, "wins"), check_count(losses, "losses")
    pairs, most = w + k + check_count(ties, "ties"), check_count(cap, "cap")
    if not 0.5 < win_rate <= 1:
        raise ValueError(f"the win rate of interest lies in (0.5, 1], not {win_rate}")
    evidence = e_value(w, k, a=a)
    interval = confidence_sequence(w, k, level=1 - check_level(alpha), a=a)
    decision: Decision = "go on"
    if evidence >= 1 / alpha:
        decision = "candidate wins" if w > k else "reference wins"
    elif isinstance(interval, Estimate) and interval.high < win_rate:
        decision = "futile"
    elif pairs >= most:
        decision = "cap reached"
    return Standing(decision=decision, e_value=evidence, win_rate=interval, pairs=pairs)


def _positive(a: float) -> float:
    if not 0 < a < math.inf:
        raise ValueError(f"a must be positive, not {a}")
    return min(float(a), LARGEST)  # so far out no number of pairs weighs against the prior


def log_evidence(wins: int, losses: int, a: float, m: float, other: float) -> float:
    """Log of B(a + w, a + l) / (B(a, a) m^w (1 - m)^l), with 1 - m = other.

    Written as the prior's density at m over the posterior's: the huge logarithms of many pairs
    cancel inside `log_power_factor`, and not here.
    """
    prior = log_power_factor(a, a, m, other)
    return prior - log_power_factor(a + wins, a + losses, m, other)


def _low(wins: int, losses: int, a: float, threshold: float) -> float:
    """The least win rate against which the log evidence stays below the threshold."""
    if wins == 0:
        return 0.0

    def spared(m: float) -> float:
        return threshold - log_evidence(wins, losses, a, m, 1 - m)

    return crossing(spared, 0.0, wins / (wins + losses))
