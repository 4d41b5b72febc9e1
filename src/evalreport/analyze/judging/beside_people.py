"""Beside people: one judge and the people who saw the same answers, joined item by item.

What both arms wrote alike was put to neither: it is no label of anybody, and enters only where net
wins are corrected, where it ties. There as large a part of such items counts as labelled as of the
others, chosen by hash, so that the labelled items stay a random part of all.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from evalreport.analyze.judging.checks import Hits
from evalreport.analyze.judging.crowd import Crowd
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.labelled import (
    JudgeAgainstPeople,
    corrected_net_win,
    judge_people,
)
from evalreport.analyze.judging.units import units_of
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.layers.blind import shuffled
from evalreport.layers.judge.collapse import ItemVerdict, Pair, verdicts_of
from evalreport.stats import Corrected
from evalreport.stats.arguments import only
from evalreport.stats.judges import FEWEST_LABELS

STOPPED: Final = "looks at the verdicts decided how many items there are, and labels know no looks"


@dataclass(frozen=True, slots=True)
class AsOne:
    """A judge as one person among others, on what two or more of them rated.

    Attributes:
        judge: Whether it said what a person said, for each person and comparison.
        people: How often two people said the same there; None where no two rated anything.
    """

    judge: Hits
    people: float | None


@dataclass(frozen=True, slots=True)
class Mended:
    """A net win corrected by people.

    Attributes:
        net_win: By people alone, by the judge alone, and by the judge corrected by people.
        labels: Items that people rated.
        tied: Items that tie unasked and count as labelled beside them.
    """

    net_win: Corrected
    labels: int
    tied: int


def against(heard: Heard, crowd: Crowd, pair: Pair) -> JudgeAgainstPeople:
    """How a judge fares on the answers of a pair that people compared as well.

    Args:
        heard: What the judge said.
        crowd: What people said.
        pair: Candidate and reference.
    """
    unit = _units(heard)
    judge: dict[str, int] = {}
    people: dict[str, int] = {}
    clusters: dict[str, str] = {}
    for run in heard.of_pair(pair):
        signs = crowd.signs(pair, run.seed)
        for item in run.by_item:
            clusters[_key(item, run.seed)] = unit[item]
            if item in signs:
                people[_key(item, run.seed)] = signs[item]
        judge |= {_key(item, run.seed): one.sign for item, one in run.asked()}
    return judge_people(judge, people, clusters, pair=pair, level=heard.level)


def as_one_person(heard: Heard, crowd: Crowd, pair: Pair) -> AsOne:
    """How often a judge says what one person says, and how often another person does.

    Both over the same comparisons: those that two or more people rated and the judge did.

    Args:
        heard: What the judge said.
        crowd: What people said.
        pair: Candidate and reference.
    """
    items: list[str] = []
    hits: list[bool] = []
    same: list[float] = []
    for run in heard.of_pair(pair):
        voices = crowd.voices(pair, run.seed)
        for item, verdict in run.asked():
            signs = voices.get(item, ())
            if len(signs) > 1:
                items += [item] * len(signs)
                hits += [sign == verdict.sign for sign in signs]
                pairs = [a == b for a, b in combinations(signs, 2)]
                same.append(sum(pairs) / len(pairs))
    people = sum(same) / len(same) if same else None
    return AsOne(Hits(tuple(items), tuple(hits)), people)


def corrected(heard: Heard, crowd: Crowd, pair: Pair, *, panel: bool = False) -> Mended:
    """The net win of a pair: by people, by the judge, and by the judge corrected by people.

    Over several training seeds an item counts once, with the mean of its verdicts.

    Args:
        heard: What the judge said.
        crowd: What people said.
        pair: Candidate and reference.
        panel: Whether all judges of the layer count together, as they do in its finding.
    """
    judged, judges = heard.judged, None if panel else [heard.judge]
    seeds = judged.seeds.get(pair, ())
    judge: dict[str, list[int]] = {}
    people: dict[str, list[int]] = {}
    ties: Counter[str] = Counter()
    for seed in seeds:
        signs = crowd.signs(pair, seed)
        for item, one in verdicts_of(judged, pair, seed, judges).items():
            if not isinstance(one, ItemVerdict):
                continue
            judge.setdefault(item, []).append(one.sign)
            ties[item] += one.is_alike
            if one.is_alike or item in signs:
                people.setdefault(item, []).append(0 if one.is_alike else signs[item])
    by_judge, by_people = _whole(judge, len(seeds)), _whole(people, len(seeds))
    alike = {item for item in by_judge if ties[item] == len(seeds)}
    asked = by_judge.keys() - alike
    labels = {item: by_people[item] for item in asked if item in by_people}
    tied = shuffled(crowd.layer.seed, alike, "labelled")
    tied = tied[: round(len(tied) * len(labels) / len(asked))] if asked else ()
    every = labels | dict.fromkeys(tied, 0.0)
    found = corrected_net_win(by_judge, every, _units(heard), level=heard.level)
    if judged.sequential is not None and judged.sequential.pair == pair:
        refused = NotEstimable(not_estimable=STOPPED)
        found = replace(found, human_only=refused, corrected=refused, decides=refused)
    elif len(labels) < FEWEST_LABELS and isinstance(found.corrected, Estimate | Point):
        # What ties unasked tells nothing of the judge.
        refused = NotEstimable(not_estimable=only(len(labels), "human labels"))
        found = replace(found, corrected=refused, decides=found.human_only)
    return Mended(found, len(labels), len(tied))


def _whole(said: Mapping[str, list[int]], seeds: int) -> dict[str, float]:
    """The mean of each item that has a verdict of every seed."""
    return {item: sum(signs) / seeds for item, signs in said.items() if len(signs) == seeds}


def _key(item: str, seed: int | None) -> str:
    return f"{seed} {item}"


def _units(heard: Heard) -> dict[str, str]:
    """The name of each item's unit."""
    codes = units_of(heard.judged, heard.families).clusters
    units = range(len(heard.judged.items)) if codes is None else codes.tolist()
    return {item: str(unit) for item, unit in zip(heard.judged.items, units, strict=True)}
