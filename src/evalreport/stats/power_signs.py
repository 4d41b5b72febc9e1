"""Planning decisive pairs for the exact sign test: power, pairs needed, least win rate.

A tie is no decisive pair: divide the pairs needed by the share of pairs expected to be decisive.
It is the exact McNemar test when every item differs.
"""

from typing import SupportsIndex

from evalreport.estimates import NotEstimable
from evalreport.stats.power_binary import binary_items, binary_power, smallest_detectable_binary


def sign_test_power(pairs: SupportsIndex, win_rate: float, *, alpha: float) -> float:
    """The probability that the exact sign test of decisive pairs rejects, by enumeration.

    Args:
        pairs: Decisive pairs.
        win_rate: The true share of wins among them, in (0.5, 1].
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    return binary_power(pairs, _net(win_rate), 1, alpha=alpha)


def sign_test_items(win_rate: float, *, power: float, alpha: float) -> int:
    """Decisive pairs from which on the exact sign test has the wanted power.

    Exact power is a saw-tooth: the answer holds for this many pairs and all above.

    Args:
        win_rate: The true share of wins among decisive pairs, in (0.5, 1].
        power: Wanted probability to reject, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    return binary_items(_net(win_rate), 1, power=power, alpha=alpha)


def smallest_detectable_win_rate(
    pairs: SupportsIndex, *, power: float, alpha: float
) -> float | NotEstimable:
    """The least win rate that the exact sign test of so many decisive pairs finds.

    Consistent with `sign_test_power`, to 1e-5.

    Raises:
        ValueError: An argument outside its range.
    """
    net = smallest_detectable_binary(pairs, 1, power=power, alpha=alpha)
    return net if isinstance(net, NotEstimable) else (1 + net) / 2


def _net(win_rate: float) -> float:
    if not 0.5 < win_rate <= 1:
        raise ValueError(f"the win rate lies in (0.5, 1], not {win_rate}")
    return 2 * win_rate - 1
