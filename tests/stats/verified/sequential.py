"""Rows for judging pair by pair: exact distributions of when and why it stops."""

import math
from collections.abc import Callable
from functools import cache
from math import comb

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import ClosedForm, OtherProgram, Second, Takes, Verified, ends
from tests.stats.verified.degenerate import Calls, of_numbers
from tests.stats.verified.power_solved import number

_CAP = 500
_COUNTS = ((3, 1), (10, 10), (30, 12), (0, 7), (200, 150), (1, 0))
_SECTION = "the project's notes, section 5.2 (20,000 runs, at most 500 pairs, alpha 0.05)"


@cache
def _stops(interest: float | None) -> tuple[tuple[int, int, int], ...]:
    """After each pair: the fewest wins that win, the most that lose, and the most that are futile."""
    borders = []
    for n in range(1, _CAP + 1):
        wins = next((k for k in range(n // 2, n + 1) if stats.e_value(k, n - k) >= 20), n + 1)
        low, high = -1, n if interest else 0
        while interest and high - low > 1:
            middle = (low + high) // 2
            standing = stats.sequential_decision(
                middle, n - middle, 0, win_rate=interest, alpha=0.05, cap=_CAP + 1
            )
            futile = standing.decision in {"futile", "reference wins"}
            low, high = (middle, high) if futile else (low, middle)
        borders.append((wins, n - wins, low))
    return tuple(borders)


def exact(rate: float, interest: float | None = None) -> tuple[float, float, float]:
    """Chances of a winner (either) and of futility, and the median number of pairs."""
    state = np.ones(1)
    winner = futile = gone = 0.0
    median = float(_CAP)
    for n, (win, lose, dull) in enumerate(_stops(interest), start=1):
        state = np.append(state, 0) * (1 - rate) + np.insert(state, 0, 0) * rate
        count = np.arange(n + 1)
        decided = (count >= win) | (count <= lose)
        given_up = (count <= dull) & ~decided
        winner += float(state[decided].sum())
        futile += float(state[given_up].sum())
        before, gone = gone, winner + futile
        if before < 0.5 <= gone:
            median = float(n)
        state[decided | given_up] = 0
    return winner, futile, median


def _followed(rate: float, pairs: int, step: int, alpha: float = 0.05) -> list[float]:
    """The chance to have won by each look, pair by pair, as `sequential_decision` decides."""
    going = {0: 1.0}
    won, by_look = 0.0, []
    for n in range(1, pairs + 1):
        after: dict[int, float] = {}
        for wins, chance in going.items():
            after[wins + 1] = after.get(wins + 1, 0.0) + chance * rate
            after[wins] = after.get(wins, 0.0) + chance * (1 - rate)
        going = after
        if n % step:
            continue
        said = {
            wins: stats.sequential_decision(
                wins, n - wins, 0, win_rate=0.6, alpha=alpha, cap=pairs + 1
            ).decision
            for wins in going
        }
        won += sum(chance for wins, chance in going.items() if said[wins] == "candidate wins")
        going = {wins: chance for wins, chance in going.items() if said[wins] == "go on"}
        by_look.append(won)
    return by_look


def _wins(rate: float, pairs: int, step: int, alpha: float = 0.05) -> list[float]:
    found = stats.chance_to_win(rate, interest=0.6, alpha=alpha, pairs=pairs, step=step)
    return [float(chance) for chance in found]


def _least(power: float, pairs: int, step: int, alpha: float = 0.05) -> object:
    return stats.smallest_rate_found(power=power, interest=0.6, alpha=alpha, pairs=pairs, step=step)


def _enough(rate: float, step: int, alpha: float = 0.05) -> object:
    return stats.pairs_to_find(rate, power=0.8, interest=0.6, alpha=alpha, step=step)


def _enough_second(rate: float, step: int) -> int:
    looks = enumerate(_followed(rate, 150, step), start=1)
    return next(look * step for look, chance in looks if chance >= 0.8)


def _least_second(power: float, pairs: int, step: int) -> float:
    return float(
        other.brentq(lambda rate: _followed(rate, pairs, step)[-1] - power, 0.51, 0.999, xtol=1e-8)
    )


def _integral(w: int, k: int) -> float:
    """The mixture by quadrature over the Beta(5, 5) density."""
    value, _ = other.quad(
        lambda m: float(other.stats.beta.pdf(m, 5, 5)) * (2 * m) ** w * (2 - 2 * m) ** k,
        0, 1, epsabs=0, epsrel=1e-11,
    )  # fmt: skip
    return float(value)


def _robbins(w: int, k: int) -> tuple[float, float]:
    """Where (n + 1) C(n, w) m^w (1 - m)^k crosses 0.05, by brentq."""
    n = w + k

    def excess(m: float) -> float:
        return float((n + 1) * comb(n, w) * m**w * (1 - m) ** k) - 0.05

    low = other.brentq(excess, 0, w / n, xtol=1e-14) if w else 0.0
    return float(low), float(other.brentq(excess, w / n, 1, xtol=1e-14)) if k else 1.0


def _sequence(w: int, k: int) -> tuple[float, float]:
    return ends(stats.confidence_sequence(w, k, level=0.95, a=1))


def _of_counts(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function(0, 0),
        "negative count": lambda: function(-1, 5),
        "half a count": lambda: function(0.5, 5),
    }


def _decision(w: int, k: int, ties: int = 0, *, rate: float = 0.6) -> object:
    return stats.sequential_decision(w, k, ties, win_rate=rate, alpha=0.05, cap=300).decision


def _by_hand(w: int, k: int, ties: int) -> str:
    """The decision from the integral and scipy's beta function alone."""
    if _integral(w, k) >= 20:
        return "candidate wins" if w > k else "reference wins"
    log_e = other.betaln(5 + w, 5 + k) - other.betaln(5, 5)
    at = np.linspace(0.6, 1, 4001)[:-1]
    if w < 0.6 * (w + k) and (log_e - w * np.log(at) - k * np.log1p(-at) >= np.log(20)).all():
        return "futile"
    return "cap reached" if w + k + ties >= 300 else "go on"


_WORDS = ("go on", "candidate wins", "reference wins", "futile", "cap reached")
_STATES = ((3, 1, 0), (40, 15, 5), (15, 40, 0), (60, 70, 10), (90, 70, 140), (88, 60, 2), (0, 0, 9))


def _net(w: int, k: int, ties: int) -> tuple[float, float]:
    return ends(stats.net_win_sequence(w, k, ties, level=0.95))


def _solved(w: int, k: int, a: float, error: float) -> tuple[float, float]:
    """Where the mixture over a Beta(a, a) has reached 1/error, on either side, by brentq."""
    log_b = other.betaln(a + w, a + k) - other.betaln(a, a)

    def excess(m: float) -> float:
        bet = w * math.log(m) + k * math.log1p(-m)
        return float(log_b - bet + math.log(error))

    tiny = 1e-15
    peak = min(max(w / (w + k), tiny), 1 - tiny)
    low = other.brentq(excess, tiny, peak, xtol=1e-15) if w else 0.0
    high = other.brentq(excess, peak, 1 - tiny, xtol=1e-15) if k else 1.0
    return float(low), float(high)


def _net_second(w: int, k: int, ties: int) -> tuple[float, float]:
    rate, share = _solved(w, k, 5, 0.04), _solved(w + k, ties, 1, 0.01)
    products = [d * (2 * p - 1) for d in share for p in rate]
    return min(products), max(products)


ROWS = (
    Verified(
        function=stats.e_value,
        source="Robbins (1970), Annals of Mathematical Statistics 41, with a Beta(a, a) mixture",
        known=(
            OtherProgram(
                f"{_SECTION}: winners at a true .50, .55, .60",
                (0.033, 0.316, 0.950),
                lambda: [exact(rate)[0] for rate in (0.5, 0.55, 0.6)],
                0.005,
            ),
            OtherProgram(
                "the project's notes, the same table: median pairs at .60, .65, .70, .75, .80",
                (182, 82, 47, 31, 23),
                lambda: [exact(rate)[2] for rate in (0.6, 0.65, 0.7, 0.75, 0.8)],
                0.5,
            ),
            ClosedForm(
                "Robbins' mixture for a = 1: 2^n / ((n + 1) C(n, w)) at 10:0 and 6:2",
                (1024 / 11, 256 / 252),
                lambda: [stats.e_value(10, 0, a=1), stats.e_value(6, 2, a=1)],
                1e-9,
            ),
        ),
        second=Second(
            "scipy quad over the Beta(5, 5) density",
            lambda: (
                [stats.e_value(*count) for count in _COUNTS],
                [_integral(*count) for count in _COUNTS],
            ),
            1e-8,
        ),
        takes=Takes.COUNTS,
        degenerate={
            **_of_counts(stats.e_value),
            "beyond the largest float": lambda: stats.e_value(10_000, 0),
            "a of 0": lambda: stats.e_value(1, 1, a=0),
        },
        gives={
            "no items": "1",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
            "beyond the largest float": "1.798e+308",
            "a of 0": "ValueError: a must be positive, not 0",
        },
    ),
    Verified(
        function=stats.confidence_sequence,
        source="Robbins (1970), Annals of Mathematical Statistics 41; Ville (1939)",
        known=(
            ClosedForm(
                "Robbins' inequality for a = 1 at n:0: m = (0.05 / (n + 1))^(1/n), n = 10, 100",
                ((0.05 / 11) ** 0.1, (0.05 / 101) ** 0.01),
                lambda: [_sequence(10, 0)[0], _sequence(100, 0)[0]],
                1e-9,
            ),
        ),
        second=Second(
            "Robbins' inequality solved by scipy brentq",
            lambda: (
                [end for count in _COUNTS for end in _sequence(*count)],
                [end for count in _COUNTS for end in _robbins(*count)],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(lambda w, k: stats.confidence_sequence(w, k, level=0.95)),
        gives={
            "no items": "not estimable: no decisive pairs",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
        },
    ),
    Verified(
        function=stats.sequential_decision,
        source="Ville (1939); section 5.3 of the project's notes for the constants",
        known=(
            OtherProgram(
                f"{_SECTION}, interest .60: a true .50 ends futile in 95 %, a true .60 wins in "
                "93 % and is given up in 2.6 %",
                (0.95, 0.93, 0.026),
                lambda: (exact(0.5, 0.6)[1], exact(0.6, 0.6)[0], exact(0.6, 0.6)[1]),
                0.0065,
            ),
            OtherProgram(
                "the project's notes, the same table: median pairs at .50 and .60, of 20,000 runs",
                (158, 173),
                lambda: (exact(0.5, 0.6)[2], exact(0.6, 0.6)[2]),
                2.5,
            ),
        ),
        second=Second(
            "the decision from quadrature and scipy's betaln on a grid of win rates",
            lambda: (
                [_WORDS.index(str(_decision(*state))) for state in _STATES],
                [_WORDS.index(_by_hand(*state)) for state in _STATES],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate={
            **_of_counts(_decision),
            "only ties, up to the cap": lambda: _decision(0, 0, 300),
            "no interest": lambda: _decision(1, 1, rate=0.5),
        },
        gives={
            "no items": "go on",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
            "only ties, up to the cap": "cap reached",
            "no interest": "ValueError: the win rate of interest lies in (0.5, 1], not 0.5",
        },
    ),
    Verified(
        function=stats.chance_to_win,
        source="Armitage, McPherson and Rowe (1969), JRSS A 132, with the borders of the e-value",
        known=(
            OtherProgram(
                f"{_SECTION}, interest .60, a look at every pair: a true .60 wins in 93 %",
                (0.93,),
                lambda: [_wins(0.6, _CAP, 1)[-1]],
                0.0065,
            ),
            ClosedForm(
                "one look at six pairs at alpha 0.4, which only six wins pass: the rate to the 6th",
                (0.7**6,),
                lambda: _wins(0.7, 6, 6, 0.4),
                1e-12,
            ),
        ),
        second=Second(
            "every number of wins carried pair by pair and put to `sequential_decision`",
            lambda: (
                _wins(0.6, 90, 9) + _wins(0.75, 60, 5) + _wins(0.5, 40, 1),
                _followed(0.6, 90, 9) + _followed(0.75, 60, 5) + _followed(0.5, 40, 1),
            ),
        ),
        takes=Takes.COUNTS,
        degenerate={
            "no items": lambda: _wins(0.6, 0, 1),
            "negative count": lambda: _wins(0.6, -1, 1),
            "half a count": lambda: stats.chance_to_win(
                0.6,
                interest=0.6,
                alpha=0.05,
                pairs=0.5,  # type: ignore[arg-type]  # wrong
                step=1,
            ),
            "no step": lambda: _wins(0.6, 10, 0),
            "no rate": lambda: _wins(1.2, 10, 1),
            "no alpha": lambda: _wins(0.6, 10, 1, 1),
        },
        gives={
            "no items": "[]",
            "negative count": "ValueError: pairs cannot be negative: -1",
            "half a count": "ValueError: pairs must be a whole number, not 0.5",
            "no step": "ValueError: a step is at least one pair",
            "no rate": "ValueError: a win rate lies in [0, 1], not 1.2",
            "no alpha": "ValueError: a level lies strictly between 0 and 1, not 1",
        },
    ),
    Verified(
        function=stats.pairs_to_find,
        source="as `chance_to_win`, at its first look with the power",
        known=(
            ClosedForm(
                "looks at every six pairs at alpha 0.4, a true rate of 1: the first look",
                (6,),
                lambda: [number(_enough(1.0, 6, 0.4))],
                0,
            ),
        ),
        second=Second(
            "the first look of the second implementation of `chance_to_win`",
            lambda: (
                [number(_enough(0.7, 9)), number(_enough(0.75, 5)), number(_enough(0.9, 1))],
                [_enough_second(0.7, 9), _enough_second(0.75, 5), _enough_second(0.9, 1)],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: _enough(x, 9), outside=1.2),
            "worse": lambda: _enough(0.4, 100),
            "no step": lambda: _enough(0.7, 0),
        },
        gives={
            "NaN": "ValueError: a win rate lies in [0, 1], not nan",
            "infinity": "ValueError: a win rate lies in [0, 1], not inf",
            "out of range": "ValueError: a win rate lies in [0, 1], not 1.2",
            "worse": "not estimable: no number of pairs that can be followed finds it",
            "no step": "ValueError: a step is at least one pair",
        },
    ),
    Verified(
        function=stats.smallest_rate_found,
        source="as `chance_to_win`, solved",
        known=(
            ClosedForm(
                "one look at six pairs at alpha 0.4, which only six wins pass: 0.8^(1/6)",
                (0.8 ** (1 / 6),),
                lambda: [number(_least(0.8, 6, 6, 0.4))],
                1e-6,
            ),
        ),
        second=Second(
            "the second implementation of `chance_to_win`, solved by brentq",
            lambda: (
                [number(_least(0.8, n, 9)) for n in (36, 90)],
                [_least_second(0.8, n, 9) for n in (36, 90)],
            ),
            1e-6,
        ),
        takes=Takes.COUNTS,
        degenerate={
            "no items": lambda: _least(0.8, 0, 1),
            "negative count": lambda: _least(0.8, -1, 1),
            "half a count": lambda: stats.smallest_rate_found(
                power=0.8,
                interest=0.6,
                alpha=0.05,
                pairs=0.5,  # type: ignore[arg-type]  # wrong
                step=1,
            ),
            "four pairs": lambda: _least(0.8, 4, 1),
            "no power": lambda: _least(1, 10, 1),
        },
        gives={
            "no items": "not estimable: so few pairs find no win rate",
            "negative count": "ValueError: pairs cannot be negative: -1",
            "half a count": "ValueError: pairs must be a whole number, not 0.5",
            "four pairs": "not estimable: so few pairs find no win rate",
            "no power": "ValueError: a level lies strictly between 0 and 1, not 1",
        },
    ),
    Verified(
        function=stats.net_win_sequence,
        source="Robbins (1970), Annals of Mathematical Statistics 41; Bonferroni for two of them",
        known=(
            ClosedForm(
                "nothing but n ties: the share of decisive pairs is at most 1 - (0.01 / (n + 1))^"
                "(1/n), and so is the net win on either side, n = 10, 100",
                (1 - (0.01 / 11) ** 0.1, 1 - (0.01 / 101) ** 0.01),
                lambda: [_net(0, 0, 10)[1], _net(0, 0, 100)[1]],
                1e-9,
            ),
        ),
        second=Second(
            "both mixtures solved by scipy brentq, and the least and greatest of four products",
            lambda: (
                [end for counts in _STATES[:-1] for end in _net(*counts)],
                [end for counts in _STATES[:-1] for end in _net_second(*counts)],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate={
            **_of_counts(lambda w, k: stats.net_win_sequence(w, k, 0, level=0.95)),
            "only ties": lambda: stats.net_win_sequence(0, 0, 10, level=0.95),
        },
        gives={
            "no items": "not estimable: no pairs",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
            "only ties": "0 (-0.5036 to 0.5036)",
        },
    ),
    Verified(
        function=stats.sequential_test,
        source="Ville (1939); Ramdas, Grünwald, Vovk and Shafer (2023), Statistical Science 38",
        known=(
            ClosedForm(
                "1 / (0.8 e) with e = 2^n B(5 + n, 5) / B(5, 5), n = 20 wins and no loss",
                (1 / (0.8 * 2**20 * math.exp(other.betaln(25, 5) - other.betaln(5, 5))),),
                lambda: [stats.sequential_test(20, 0).p_value],
                1e-12,
            ),
        ),
        second=Second(
            "scipy quad over the Beta(5, 5) density",
            lambda: (
                [stats.sequential_test(*count).p_value for count in _COUNTS],
                [min(1.0, 1 / (0.8 * _integral(*count))) for count in _COUNTS],
            ),
            1e-8,
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(stats.sequential_test),
        gives={
            "no items": "p = 1",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
        },
    ),
)
