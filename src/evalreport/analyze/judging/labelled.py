"""Labelled: a judge held against people who judged the same pairs, and corrected by them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.people import enough, group_of, symmetric_kappa
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.layers.judge.collapse import Pair
from evalreport.records.judging import HumanLabels, Kappa
from evalreport.stats import Corrected, cluster_mean, ppi, raw_agreement, tango_in_clusters
from evalreport.stats.arguments import FloatArray

GROUPED: Final = "items come in groups, and the correction takes them for independent"


@dataclass(frozen=True, slots=True)
class JudgeAgainstPeople:
    """How a judge fares on the items that people rated as well.

    Attributes:
        labels: The counts and kappa, as the rules about judges read them.
        agreement: Share of items on which both say the same.
        kappa: Agreement beyond chance, in both orientations.
        table: By judge's and people's verdict, the number of items.
        unjudged: Items that people rated and the judge gave no verdict on.
    """

    labels: HumanLabels
    agreement: Estimated
    kappa: Estimated
    table: Mapping[tuple[int, int], int]
    unjudged: int


def judge_people(
    judge: Mapping[str, int],
    people: Mapping[str, int],
    clusters: Mapping[str, str] | None = None,
    *,
    pair: Pair = ("tuned", "base"),
    level: float,
) -> JudgeAgainstPeople:
    """How a judge fares on the items that people rated.

    Args:
        judge: The judge's verdict of each item; one that it gave none on is not there.
        people: What people together say.
        clusters: What items hang together by; each is its own where it has none.
        pair: Candidate and reference, for the names of whom the judge favours.
        level: Two-sided confidence, such as 0.95.
    """
    both = [item for item in judge if item in people]
    ours, theirs = [judge[item] for item in both], [people[item] for item in both]
    groups = [group_of(item, clusters) for item in both]
    is_grouped = len({*groups}) < len(groups)
    agreement = raw_agreement(ours, theirs, groups if is_grouped else None, level=level)
    kappa = enough(symmetric_kappa(ours, theirs, groups, level=level), len({*groups}))
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
        unjudged=sum(item not in judge for item in people),
    )


def corrected_net_win(
    judge: Mapping[str, float],
    people: Mapping[str, float],
    clusters: Mapping[str, str] | None = None,
    *,
    level: float,
) -> Corrected:
    """Net win by people alone, by the judge alone, and by the judge corrected by people (PPI++).

    Holds only where the items that people rated are a random part of all that the judge judged.

    Args:
        judge: The judge's verdict of each item.
        people: What people together say of some of them; others are not looked at.
        clusters: What items hang together by; each is its own where it has none.
        level: Two-sided confidence, such as 0.95.
    """
    scores = np.array([*judge.values()], dtype=np.float64)
    labelled = np.array([item in people for item in judge], dtype=np.bool_)
    truth = np.array([people.get(item, 0) for item in judge], dtype=np.float64)
    groups = [group_of(item, clusters) for item in judge]
    if len({*groups}) == len(groups):
        return ppi(scores, truth, labelled, level=level)
    codes = np.unique(groups, return_inverse=True)[1]
    by_people = _in_groups(truth[labelled], codes[labelled], level)
    by_judge = _in_groups(scores, codes, level)
    refused = NotEstimable(not_estimable=GROUPED)
    return Corrected(by_people, by_judge, refused, by_people, 0.0)


def _in_groups(
    values: FloatArray, codes: np.ndarray[tuple[int], np.dtype[np.intp]], level: float
) -> Estimated:
    if len(values) == 0:
        return NotEstimable(not_estimable="no items")
    if np.isin(values, (-1.0, 0.0, 1.0)).all():
        return tango_in_clusters(values, codes, level=level)
    return cluster_mean(values, codes, level=level, bounds=(-1, 1))


def _as_kappa(kappa: Estimated) -> Kappa | None:
    match kappa:
        case Estimate():
            return Kappa(value=kappa.value, low=kappa.low, high=kappa.high)
        case Point():
            return Kappa(value=kappa.value)
        case _:
            return None
