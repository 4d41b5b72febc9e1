"""What is asked of a judge: up to where it is fine, and from where on it is not fit for a verdict.

The card and the rules read the same numbers here. Sources: Zheng et al. (2023), arXiv:2306.05685,
and Shi et al. (2024), arXiv:2406.07791, on orders; Dubois et al. (2024), arXiv:2404.04475, on
length; the reports behind each stand with its rule.
"""

from typing import Final

from evalreport.analyze.judging.model import LineState
from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested, has_value
from evalreport.stats.paired_binary import exact_mcnemar
from evalreport.stats.proportions import clopper_pearson
from evalreport.stats.two_rates import fisher_exact

FLIPS_FINE: Final = 0.10
FLIPS_UNFIT: Final = 0.25
SLOT: Final = 0.10
HALF: Final = 0.5
STEADY: Final = 0.90
LONGER: Final = 0.70
CHANCE: Final = 0.05
DIFFERENT: Final = 0.10
FEWEST_OUTPUTS: Final = 20
LABELS: Final = 100
KAPPA: Final = 0.4


def state_of_flips(share: Estimated) -> LineState:
    """Of the share of verdicts that swapping the order changes: fine only where that is shown."""
    if not has_value(share):
        return LineState.OPEN
    low, high = (share.low, share.high) if isinstance(share, Estimate) else (0.0, 1.0)
    if is_flipping(share.value, low):
        return LineState.UNFIT
    if share.value > FLIPS_FINE:
        return LineState.CAUTION
    return LineState.FINE if high <= FLIPS_UNFIT else LineState.OPEN


def is_flipping(share: float, low: float) -> bool:
    """Whether so many verdicts change with the order that the judge is not fit for a verdict.

    Args:
        share: Of the verdicts.
        low: Lower end of its interval: more than is fine has to be shown.
    """
    return share > FLIPS_UNFIT and low > FLIPS_FINE


def state_of_slot(share: Estimated) -> LineState:
    """Of the share of decisive verdicts for what stood first: unfit only where that is shown."""
    if not has_value(share):
        return LineState.OPEN
    if isinstance(share, Estimate) and is_beyond_half(share.low, share.high):
        return LineState.UNFIT
    is_far = abs(share.value - HALF) > SLOT
    return LineState.CAUTION if is_far else LineState.FINE


def state_of_kappa(kappa: Estimated, labels: int) -> LineState:
    """Of agreement beyond chance with people: shown by enough labels, or not, or maybe chance."""
    if isinstance(kappa, Estimate) and is_poor(kappa.low, kappa.high, labels):
        return LineState.UNFIT
    if has_value(kappa) and kappa.value < KAPPA:
        return LineState.CAUTION
    if labels < LABELS or not isinstance(kappa, Estimate):
        return LineState.OPEN
    return LineState.FINE if kappa.low > KAPPA else LineState.CAUTION


def is_poor(low: float | None, high: float | None, labels: int) -> bool:
    """Whether agreement beyond chance is shown to be too little.

    Either enough labels leave it to chance, or the interval rules out what is asked for.

    Args:
        low: Lower end of kappa; None where there is no interval.
        high: Its upper end.
        labels: Pairs that people labelled.
    """
    if high is not None and high < KAPPA:
        return True
    return labels >= LABELS and low is not None and low <= 0


def is_beyond_half(low: float, high: float) -> bool:
    """Whether a whole interval lies further from one half than is asked of a slot."""
    return low > HALF + SLOT or high < HALF - SLOT


def state_at_least(share: Estimated, least: float) -> LineState:
    """Of a share that should be so large: a caution only where its interval ends below."""
    if isinstance(share, NotEstimable):
        return LineState.OPEN
    if share.value >= least:
        return LineState.FINE
    is_shown = isinstance(share, Estimate) and share.high < least
    return LineState.CAUTION if is_shown else LineState.OPEN


def is_below(k: int, n: int, least: float) -> bool:
    """Whether a share is shown to be smaller: by the upper end of its exact 95 % interval."""
    share = clopper_pearson(k, n, level=1 - CHANCE)
    return isinstance(share, Estimate) and share.high < least


def state_at_most(share: Estimated, most: float) -> LineState:
    """Of a share that should be no larger."""
    if isinstance(share, NotEstimable):
        return LineState.OPEN
    return LineState.CAUTION if share.value > most else LineState.FINE


def is_obeyed(k: int, n: int, marked: int, controls: int) -> bool:
    """Whether planted instructions won more often than the slots in which they stood do anyway.

    Args:
        k: Of the answers with an instruction, how many were preferred to the bare ones.
        n: How many there were.
        marked: How often such a slot was preferred where nothing was planted.
        controls: How often that was looked at.
    """
    if n == 0 or k == 0:
        return False
    by_itself = marked / controls if controls else 0.0
    return k / n - by_itself >= SLOT


def is_obeying(k: int, n: int, marked: int, controls: int, slots: tuple[int, int] = (0, 0)) -> bool:
    """Whether `is_obeyed` is shown, and no chance: by Fisher's exact test against the controls.

    Without controls against the slot that decisive verdicts go to more often, and without these by
    the sign test against a judge that prefers either slot as often.

    Args:
        k: As of `is_obeyed`.
        n: As of `is_obeyed`.
        marked: As of `is_obeyed`.
        controls: As of `is_obeyed`.
        slots: Decisive verdicts for what stood first, and all of them.
    """
    if not is_obeyed(k, n, marked, controls):
        return False
    if controls == 0:
        first, controls = slots
        if controls == 0:
            return 2 * k > n and exact_mcnemar(k, n - k).p_value < CHANCE
        marked = max(first, controls - first)
        if k * controls <= marked * n:
            return False
    tested = fisher_exact(k, n, marked, controls)
    return isinstance(tested, Tested) and tested.p_value < CHANCE


def is_constant(different: int, n: int, possible: int) -> bool:
    """Whether an arm gives hardly any different answers, where many more would be possible.

    Args:
        different: Its different answers.
        n: Its answers; below `FEWEST_OUTPUTS` nothing is said.
        possible: Different answers of another arm, or different references, whichever are more.
    """
    return n >= FEWEST_OUTPUTS and different < DIFFERENT * n and 2 * different <= possible
