"""What people said: how far they agree with each other, what they say together, how a judge fares.

A verdict is a label about the candidate: 1 won, 0 no difference, -1 lost. Agreement beyond chance
takes each comparison in both orientations, once with the candidate named first and once with the
reference: kappa of the bare labels hangs on which arm is called the candidate when one of them wins
more often (on the votes of MT-Bench 0.39 in one way of naming and 0.77 averaged over both), and
this does not. Both orientations of an item, and all of its pairs and seeds, are one group for the
interval.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeAlias

import numpy as np

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.records.judging import HumanLabels, Kappa
from evalreport.records.ratings import PersonVerdict
from evalreport.stats import (
    Corrected,
    cluster_mean,
    cohens_kappa,
    krippendorffs_alpha,
    ppi,
    raw_agreement,
    tango_in_clusters,
    wilson,
)
from evalreport.stats.arguments import FEWEST_ITEMS, only

Sign: TypeAlias = Literal[-1, 0, 1]
Pair: TypeAlias = tuple[str, str]

COHEN: Final = "Cohen's kappa"
KRIPPENDORFF: Final = "Krippendorff's alpha"
GROUPED: Final = "items come in groups, and the correction takes them for independent"

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


@dataclass(frozen=True, slots=True)
class JudgeAgainstPeople:
    """How a judge fares on the items that people rated as well.

    Attributes:
        labels: The counts and kappa, as the rules about judges read them.
        agreement: Share of items on which both say the same.
        kappa: Agreement beyond chance, in both orientations.
        table: By judge's and people's verdict, the number of items.
        net_win: Net win by people alone, by the judge alone, and by the judge corrected by people
            (PPI++); where there is no correction, the reason.
        unjudged: Items that people rated and the judge gave no verdict on.
    """

    labels: HumanLabels
    agreement: Estimated
    kappa: Estimated
    table: Mapping[tuple[int, int], int]
    net_win: Corrected
    unjudged: int


def people_say(
    verdicts: Iterable[PersonVerdict],
    pair: Pair,
    seed: int | None,
    alike: Iterable[str] = (),
) -> dict[str, Sign]:
    """What people together say of each item: what more of them say than anything else.

    Where two verdicts have as many voices, it is a tie. What was skipped counts for nothing.

    Args:
        verdicts: Of all raters.
        pair: Candidate and reference.
        seed: Training seed.
        alike: Items to which both arms gave the same text: they tie, and nobody was asked.
    """
    said: dict[str, list[Sign]] = defaultdict(list)
    for one in verdicts:
        if (one.pair, one.seed) == (pair, seed) and one.verdict is not None:
            said[one.item].append(one.verdict)
    return {**dict.fromkeys(alike, 0), **{item: _most(signs) for item, signs in said.items()}}


def _most(signs: Sequence[Sign]) -> Sign:
    ranked = Counter(signs).most_common()
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        return 0
    return ranked[0][0]


def first_slot(verdicts: Iterable[PersonVerdict], *, level: float) -> Estimated:
    """Of the comparisons that were not ties, the share that went to what stood first."""
    chosen = [(one.verdict > 0) == one.candidate_first for one in verdicts if one.verdict]
    return wilson(sum(chosen), len(chosen), level=level)


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
    groups = [_group(item, clusters) for item in items]
    if not shared:
        none = NotEstimable(not_estimable="no item was rated by two people")
        return RatersAgree((), 0, none, COHEN, none)
    n = len(set(items))
    if len(raters) == _TWO:
        first, second = ([said[name] for said in shared.values()] for name in raters)
        is_grouped = len({*groups}) < len(groups)
        raw = raw_agreement(first, second, groups if is_grouped else None, level=level)
        kappa = _symmetric_kappa(first, second, groups, level=level)
        return RatersAgree(raters, n, _enough(raw, n), COHEN, _enough(kappa, n))
    same = [
        float(np.mean([a == b for a, b in combinations(said.values(), 2)]))
        for said in shared.values()
    ]
    raw = cluster_mean(same, groups, level=level, bounds=(0, 1))
    rows = [[said.get(name) for name in raters] for said in shared.values()]
    turned = [[None if sign is None else -sign for sign in row] for row in rows]
    alpha = krippendorffs_alpha([*rows, *turned], [*groups, *groups], level=level, rng=rng)
    return RatersAgree(raters, n, _enough(raw, n), KRIPPENDORFF, _enough(alpha, n))


# A judge among people


def judge_people(
    judge: Mapping[str, int],
    people: Mapping[str, int],
    clusters: Mapping[str, str] | None = None,
    *,
    pair: Pair = ("tuned", "base"),
    level: float,
) -> JudgeAgainstPeople:
    """How a judge fares on the items that people rated, and its net win corrected by them.

    The correction holds only where the items that people rated are a random part of all: those of
    a human layer are, as long as all of its pages were rated.

    Args:
        judge: The judge's verdict of each item; one that it gave none on is not there.
        people: What people together say.
        clusters: What items hang together by; each is its own where it has none.
        pair: Candidate and reference, for the names of whom the judge favours.
        level: Two-sided confidence, such as 0.95.
    """
    both = [item for item in judge if item in people]
    ours, theirs = [judge[item] for item in both], [people[item] for item in both]
    groups = [_group(item, clusters) for item in both]
    is_grouped = len({*groups}) < len(groups)
    agreement = raw_agreement(ours, theirs, groups if is_grouped else None, level=level)
    kappa = _enough(_symmetric_kappa(ours, theirs, groups, level=level), len(both))
    kinder = Counter(
        pair[0] if a > b else pair[1] for a, b in zip(ours, theirs, strict=True) if a != b
    )
    return JudgeAgainstPeople(
        labels=HumanLabels(
            n=len(both),
            agree=sum(a == b for a, b in zip(ours, theirs, strict=True)),
            kappa=_as_kappa(kappa),
            favours={arm: kinder[arm] for arm in pair},
        ),
        agreement=agreement,
        kappa=kappa,
        table=dict(Counter(zip(ours, theirs, strict=True))),
        net_win=_corrected(judge, people, clusters, level=level),
        unjudged=sum(item not in judge for item in people),
    )


def _corrected(
    judge: Mapping[str, int],
    people: Mapping[str, int],
    clusters: Mapping[str, str] | None,
    *,
    level: float,
) -> Corrected:
    scores = np.array([*judge.values()], dtype=np.float64)
    labelled = np.array([item in people for item in judge], dtype=np.bool_)
    truth = np.array([people.get(item, 0) for item in judge], dtype=np.float64)
    groups = np.array([_group(item, clusters) for item in judge])
    if len({*groups.tolist()}) == len(groups):
        return ppi(scores, truth, labelled, level=level)
    by_people = tango_in_clusters(truth[labelled], groups[labelled], level=level)
    by_judge = tango_in_clusters(scores, groups, level=level)
    refused = NotEstimable(not_estimable=GROUPED)
    return Corrected(by_people, by_judge, refused, by_people, 0.0)


def _symmetric_kappa(
    first: Sequence[int], second: Sequence[int], groups: Sequence[Hashable], *, level: float
) -> Estimated:
    """Cohen's kappa over both orientations of each comparison."""
    if not first:
        return NotEstimable(not_estimable="no items")
    return cohens_kappa(
        [*first, *(-sign for sign in first)],
        [*second, *(-sign for sign in second)],
        [*map(str, groups), *map(str, groups)],
        labels=(-1, 0, 1),
        level=level,
    )


def _group(item: str, clusters: Mapping[str, str] | None) -> str:
    """The cluster of an item; one of its own name where it has none."""
    own = clusters.get(item) if clusters is not None else None
    return f"item {item}" if own is None else f"group {own}"


def _enough(estimated: Estimated, items: int) -> Estimated:
    """No interval for fewer than ten items, however many orientations and pairs they come in."""
    if isinstance(estimated, Estimate) and items < FEWEST_ITEMS:
        return Point(value=estimated.value, no_interval=only(items, "items"))
    return estimated


def _as_kappa(kappa: Estimated) -> Kappa | None:
    match kappa:
        case Estimate():
            return Kappa(value=kappa.value, low=kappa.low, high=kappa.high)
        case Point():
            return Kappa(value=kappa.value)
        case _:
            return None
