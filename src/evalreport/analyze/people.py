"""What people said: what they say together, and how far they agree with each other.

A verdict is a label about the candidate: 1 won, 0 no difference, -1 lost. Agreement beyond chance
takes each comparison in both orientations, once with the candidate named first and once with the
reference: kappa of the bare labels hangs on which arm is called the candidate when one of them wins
more often (on the votes of MT-Bench 0.39 in one way of naming and 0.77 averaged over both), and
this does not. Both orientations of an item, and all of its pairs and seeds, are one group for the
interval.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.layers.judge.collapse import ItemVerdict, Pair, Sign, panel
from evalreport.records.ratings import PersonVerdict
from evalreport.stats import cluster_mean, cohens_kappa, krippendorffs_alpha, raw_agreement
from evalreport.stats.arguments import FEWEST_ITEMS, only

COHEN: Final = "Cohen's kappa"
KRIPPENDORFF: Final = "Krippendorff's alpha"

_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class RatersAgree:
    """How far people agree on what several of them rated.

    Attributes:
        raters: Their names.
        items: Items that two or more of them rated.
        raw: Share of pairs of raters who say the same, averaged over comparisons.
        coefficient: Which one `beyond_chance` is: Cohen's for two raters, else Krippendorff's.
        beyond_chance: Agreement beyond chance, in both orientations.
    """

    raters: tuple[str, ...]
    items: int
    raw: Estimated
    coefficient: str
    beyond_chance: Estimated


def people_say(
    verdicts: Iterable[PersonVerdict],
    pair: Pair,
    seed: int | None,
    alike: Iterable[str] = (),
) -> dict[str, Sign]:
    """What people together say of each item: whom more of them prefer, or a tie where they balance.

    One rule for people and for panels of judges (`collapse.panel`): the sign of the sum, so that
    two ties and a win are a win. What was skipped, or not rated yet, is no voice.

    Args:
        verdicts: Of all raters.
        pair: Candidate and reference.
        seed: Training seed.
        alike: Items to which both arms gave the same text: they tie, and nobody was asked.
    """
    said: dict[str, list[ItemVerdict]] = defaultdict(list)
    for one in verdicts:
        if (one.pair, one.seed) == (pair, seed) and one.verdict is not None:
            said[one.item].append(ItemVerdict(one.verdict))
    together = {item: panel(voices) for item, voices in said.items()}
    return {
        **dict.fromkeys(alike, 0),
        **{item: one.sign for item, one in together.items() if isinstance(one, ItemVerdict)},
    }


# People among each other


def raters_agree(
    verdicts: Iterable[PersonVerdict],
    clusters: Mapping[str, str] | None = None,
    *,
    level: float,
    rng: np.random.Generator,
) -> RatersAgree:
    """How far people agree on the comparisons that two or more of them rated.

    Args:
        verdicts: Of all raters.
        clusters: What items hang together by; each is its own where it has none.
        level: Two-sided confidence, such as 0.95.
        rng: For the bootstrap of Krippendorff's alpha.
    """
    by_unit: dict[tuple[str, Pair, int | None], dict[str, Sign]] = defaultdict(dict)
    for one in verdicts:
        if one.verdict is not None:
            by_unit[one.item, one.pair, one.seed][one.rater] = one.verdict
    shared = {unit: said for unit, said in by_unit.items() if len(said) >= _TWO}
    raters = tuple(dict.fromkeys(name for said in shared.values() for name in said))
    items = [unit[0] for unit in shared]
    groups = [group_of(item, clusters) for item in items]
    if not shared:
        none = NotEstimable(not_estimable="no item was rated by two people")
        return RatersAgree((), 0, none, COHEN, none)
    n = len(set(items))
    if len(raters) == _TWO:
        first, second = ([said[name] for said in shared.values()] for name in raters)
        is_grouped = len({*groups}) < len(groups)
        raw = raw_agreement(first, second, groups if is_grouped else None, level=level)
        kappa = symmetric_kappa(first, second, groups, level=level)
        return RatersAgree(raters, n, enough(raw, n), COHEN, enough(kappa, n))
    same = [
        float(np.mean([a == b for a, b in combinations(said.values(), 2)]))
        for said in shared.values()
    ]
    raw = cluster_mean(same, groups, level=level, bounds=(0, 1))
    rows = [[said.get(name) for name in raters] for said in shared.values()]
    turned = [[None if sign is None else -sign for sign in row] for row in rows]
    alpha = krippendorffs_alpha([*rows, *turned], [*groups, *groups], level=level, rng=rng)
    return RatersAgree(raters, n, enough(raw, n), KRIPPENDORFF, enough(alpha, n))


def symmetric_kappa(
    first: Sequence[int], second: Sequence[int], groups: Sequence[Hashable], *, level: float
) -> Estimated:
    """Cohen's kappa over both orientations of each comparison.

    Args:
        first: Verdicts of one.
        second: Those of the other, on the same comparisons.
        groups: What each comparison hangs together with.
        level: Two-sided confidence.
    """
    if not first:
        return NotEstimable(not_estimable="no items")
    return cohens_kappa(
        [*first, *(-sign for sign in first)],
        [*second, *(-sign for sign in second)],
        [*map(str, groups), *map(str, groups)],
        labels=(-1, 0, 1),
        level=level,
    )


def group_of(item: str, clusters: Mapping[str, str] | None) -> str:
    """The cluster of an item; one of its own name where it has none."""
    own = clusters.get(item) if clusters is not None else None
    return f"item {item}" if own is None else f"group {own}"


def enough(estimated: Estimated, items: int) -> Estimated:
    """No interval for fewer than ten items, however many orientations and pairs they come in."""
    if isinstance(estimated, Estimate) and items < FEWEST_ITEMS:
        return Point(value=estimated.value, no_interval=only(items, "items"))
    return estimated
