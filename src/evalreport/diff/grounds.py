"""Grounds: what the result of a diff rests on, by the rules of a verdict."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Findings
from evalreport.diff.broken import broken_on
from evalreport.diff.model import Pairing, PairState
from evalreport.diff.roles import Declared
from evalreport.estimates import Estimate
from evalreport.lineage.builds import Build
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.rules.meaning import LOSS_AS_PRIMARY
from evalreport.rules.picked import PICKED_RULE, by_chance, picked_among
from evalreport.verdict import Outcome, Strength
from evalreport.verdict.grounds import Grounds, grounds_of, outcome_of
from evalreport.verdict.picked import Picked

ON_TRUST: Final = "that both builds measured alike is taken on trust"
PICKING: Final = "the difference may come from picking alone"
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What a diff comes to.

    Attributes:
        identical: Whether both builds are one report.
        outcome: As of a verdict; None where no primary was compared.
        strength: Of that outcome; None where there is none.
        doubts: What makes it weak whatever else holds, each as a clause.
        grounds: What it rests on; None where no primary was compared.
    """

    identical: bool
    outcome: Outcome | None
    strength: Strength | None
    doubts: tuple[str, ...]
    grounds: Grounds | None


def result_of(
    a: Build, b: Build, pairings: Sequence[Pairing], declared: Declared, *, identical: bool
) -> Result:
    """What a diff comes to."""
    grounds = grounds_between(a, b, pairings, declared)
    doubts = doubts_about(grounds, pairings)
    return Result(
        identical=identical,
        outcome=outcome_between(a, b, grounds),
        strength=strength_of(grounds, doubts),
        doubts=doubts,
        grounds=grounds,
    )


def primaries_of(pairings: Sequence[Pairing], declared: Declared) -> tuple[Pairing, ...]:
    """The metrics that both builds declared as those that decide."""
    return tuple(p for p in pairings if declared.of(p.id).role is FindingRole.PRIMARY)


def grounds_between(
    a: Build, b: Build, pairings: Sequence[Pairing], declared: Declared
) -> Grounds | None:
    """What the result rests on; None where no primary was compared.

    A broken rule bears on it from either build. What is format in a gain over the base is no part
    of a difference of two tuned models, and what others on the same items make of it is asked anew.
    """
    primaries = primaries_of(pairings, declared)
    if not primaries or any(one.finding is None for one in primaries):
        return None
    remarks = [
        one
        for one in broken_on(pairings, chain(a.report.remarks, b.report.remarks))
        if picked_among(one) is None
    ]
    rivals = {one.id: rivals_in(one, a, b) for one in primaries}
    flattered = [
        _flattered(one.finding, rivals[one.id])
        for one in primaries
        if one.finding is not None and rivals[one.id] > 1
    ]
    found = Findings(findings=tuple(one.finding for one in pairings if one.finding is not None))
    grounds = grounds_of(found, (*remarks, *flattered))
    on_loss = any(
        remark.rule == LOSS_AS_PRIMARY and remark.status is Status.BROKEN
        for build in (a, b)
        for remark in build.report.remarks
    )
    picked = {
        one.finding.id: Picked(rivals[one.id], _is_shown(one, rivals[one.id]))
        for one in primaries
        if one.finding is not None
        and rivals[one.id] > 1
        and one.finding.outcome in (FindingOutcome.BETTER, FindingOutcome.WORSE)
    }
    return replace(grounds, on_loss=on_loss, by_format={}, picked=picked)


def outcome_between(a: Build, b: Build, grounds: Grounds | None) -> Outcome | None:
    """What the primary that both declare came to, by the rules of a verdict.

    None where there is none, or it was not compared. Evidence that is invalid in either build
    decides nothing here, and a loss as primary can at best be inconclusive here as well.
    """
    if grounds is None:
        return None
    if any(one.report.verdict.outcome is Outcome.INVALID_EVIDENCE for one in (a, b)):
        return Outcome.INVALID_EVIDENCE
    return outcome_of(grounds)


def doubts_about(grounds: Grounds | None, pairings: Sequence[Pairing]) -> tuple[str, ...]:
    """What makes the evidence weak whatever else holds, each as a clause."""
    if grounds is None:
        return ()
    primaries = {one.id for one in grounds.primaries}
    trusted = any(
        one.state is PairState.PAIRED
        and one.aspects
        and one.finding is not None
        and one.finding.id in primaries
        for one in pairings
    )
    found = {
        PICKING: any(not one.is_shown for one in grounds.picked.values()),
        ON_TRUST: trusted or grounds.is_on_trust,
    }
    return tuple(words for words, holds in found.items() if holds)


def strength_of(grounds: Grounds | None, doubts: Sequence[str]) -> Strength | None:
    """Weak from three different broken rules of either build on, or by a doubt."""
    if grounds is None:
        return None
    return Strength.WEAK if doubts else grounds.strength


def rivals_in(one: Pairing, a: Build, b: Build) -> int:
    """Of how many models either side may be the best against the other; 1 where none is known.

    The store counts all that were scored on these items, the other of the two builds among them:
    that one is what is compared with, and nothing that was tried besides.
    """
    most = 1
    for build, other in ((a, b), (b, a)):
        for remark in build.report.remarks:
            if remark.status is not Status.BROKEN or one.id not in remark.cites:
                continue
            tried = picked_among(remark) or 0
            most = max(most, tried - _counts(remark, build, other))
    return most


def picked_between(a: Build, b: Build) -> frozenset[str]:
    """What remarks say about picking that count these two models alone: they are what is compared,
    and nothing was chosen besides.
    """
    return frozenset(
        remark.text
        for build, other in ((a, b), (b, a))
        for remark in build.report.remarks
        if remark.status is Status.BROKEN
        and picked_among(remark) == _PAIR
        and _counts(remark, build, other)
    )


def _counts(remark: Remark, build: Build, other: Build) -> bool:
    """Whether a remark about picking names the tuned model of the other build among those before.

    By name: a remark names no weights.
    """
    named = rf"(?<=[:,] )tuned of {re.escape(other.report.name)}(?=,| and \d)"
    is_before = other.report.built_at < build.report.built_at
    return is_before and re.search(named, remark.text) is not None


def _flattered(finding: Finding, rivals: int) -> Remark:
    """The rule about picking, of this difference."""
    luck = by_chance(finding, rivals)
    adds = (
        ""
        if luck is None
        else f": the best of {rivals} that are equal gains at most about {luck.text} by chance "
        f"alone{', which is more than is shown' if luck.is_all else ''}"
    )
    return Remark(
        rule=PICKED_RULE,
        family=Family.INFERENCE,
        severity=Severity.INVALIDATES if luck is not None and luck.is_all else Severity.WEAKENS,
        status=Status.BROKEN,
        text=f"{rivals} models besides the other one were scored on these items{adds}.",
        cites=(finding.id,),
    )


def _is_shown(one: Pairing, rivals: int) -> bool:
    """Whether the tests still reject when alpha is shared among the rivals (Bonferroni)."""
    finding = one.finding
    if finding is None or finding.p_value is None or not isinstance(finding.difference, Estimate):
        return False
    beyond = one.moved.p_value if one.moved is not None else None
    p_value = finding.p_value if beyond is None else max(finding.p_value, beyond)
    return p_value * rivals <= 1 - finding.difference.level
