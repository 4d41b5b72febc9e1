"""Numbers that are claimed, against numbers that stand there.

What is compared is the number as it was said: within its rounding, that of the number that stands
there where it was published rounded, and whatever the claim allows beside. A bound ("more than
99 %") is a claim about the model and not about a number: it takes a whole interval to show it.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Final

from evalreport.analyze.sentences import words
from evalreport.estimates import Estimate, NotEstimable, Point, has_value
from evalreport.records import Origin
from evalreport.rules.base import Remark
from evalreport.spec.arithmetic import exactly, rounding_of
from evalreport.spec.claims import ClaimedFinding, ClaimedValue, Figure
from evalreport.verdict.claimed_findings import why_no_bound
from evalreport.verdict.claimed_numbers import (
    Held,
    difference_of_arms,
    exact,
    part_of_reference,
    value_of_arm,
    values_of,
)
from evalreport.verdict.ruling import Hearing, Ruled

_OPEN: Final = " The interval holds 0: that it is more than chance is not shown."
_NOISE: Final = Fraction(1, 10**9)  # what a computer's arithmetic leaves, as a part of a number


def rule_on_figure(said: ClaimedFinding, hearing: Hearing) -> Ruled:
    """A number of a finding that is claimed: a value of one arm, the difference, or its part."""
    held = _held(said, hearing)
    if isinstance(held, Ruled):
        return held
    return _other_named(held, hearing) or _counted(said, held, hearing)


def rule_on_value(said: ClaimedValue, hearing: Hearing) -> Ruled:
    """A number that is said to measure something: what else it measures, or what stands there."""
    if said.measured_by is not None and said.measured_by != said.of:
        return _other_thing(said, hearing)
    found = values_of(said.of, said.arm, hearing)
    if not found:
        return Ruled("not_measured", f"No {words(said.of)} of {said.arm} was measured.")
    if len(found) > 1:
        ids = tuple(dict.fromkeys(one for held in found for one in held.cites))
        because = (
            f"{words(said.of).capitalize()} of {said.arm} stands in {len(found)} places, and which "
            f"of them is meant was not said ({', '.join(ids)})."
        )
        return Ruled("not_shown", because, ids)
    return _counted(said, found[0], hearing, is_named=True)


def _other_thing(said: ClaimedValue, hearing: Hearing) -> Ruled:
    """What a number measures in place of what it is said to, and what else is known of it."""
    number = said.value or said.at_least or said.at_most or ""
    found = values_of(said.of, said.arm, hearing)
    here = f" Here {found[0].phrase}." if len(found) == 1 and has_value(found[0].estimated) else ""
    measured = values_of(said.measured_by or "", said.arm, hearing)
    cites = [one for held in (*measured, *(found if here else ())) for one in held.cites]
    other = next((r for cited in cites if (r := hearing.another_thing(cited))), None)
    why = "" if other is None else f" {other.text}"
    shown = measured[0].said(number) if measured else number
    because = f"{shown} measures {words(said.measured_by or '')}, not {words(said.of)}.{why}{here}"
    rules = () if other is None else (other.rule,)
    return Ruled("measures_something_else", because, (*cites, *rules))


def _held(said: ClaimedFinding, hearing: Hearing) -> Held | Ruled:
    finding = hearing.finding(said.finding)
    if said.is_said == "value":
        arm = said.arm or (finding.arms[0] if finding is not None else "tuned")
        return value_of_arm(said.finding, arm, hearing) or Ruled(
            "not_measured", f"No number of {arm} stands under {said.finding}."
        )
    if finding is None:
        return Ruled("not_measured", f"There is no finding {said.finding}.")
    held = (
        difference_of_arms(finding) if said.is_said == "difference" else part_of_reference(finding)
    )
    return replace(held, doubt=why_no_bound(finding, hearing))


# What is claimed of it


def _other_named(held: Held, hearing: Hearing) -> Ruled | None:
    """That the finding which a claim rests on measures another thing, if so."""
    other = next((r for cited in held.cites if (r := hearing.another_thing(cited))), None)
    if other is None:
        return None
    because = f"{held.opening}. {other.text}"
    return Ruled("measures_something_else", because, (*held.cites, other.rule))


def _counted(said: Figure, held: Held, hearing: Hearing, *, is_named: bool = False) -> Ruled:
    """The ruling on a number, if it counts.

    Args:
        said: What is claimed of it.
        held: What stands there.
        hearing: With the rules.
        is_named: Whether the claim calls it what it is, so that it measures no other thing.
    """
    estimated = held.estimated
    void = next((r for cited in held.cites if (r := _spoilt(cited, held, hearing, is_named))), None)
    rules = () if void is None else (void.rule,)
    if isinstance(estimated, NotEstimable):
        return Ruled("not_measured", f"{held.opening}.", (*held.cites, *rules))
    if void is not None:
        because = f"{held.opening}; that does not count. {void.text}"
        return Ruled("not_shown", because, (*held.cites, *rules))
    if said.value is not None:
        return _as_value(said, said.value, estimated, held, _where(held, hearing))
    is_least = said.at_least is not None
    ruled = _as_bound(said.at_least or said.at_most or "0", estimated, held, is_least=is_least)
    if ruled.ruling == "supported" and held.doubt:
        because = f"{held.opening}; {held.doubt}."
        return Ruled("not_shown", because, ruled.cites)
    if ruled.ruling != "not_shown" and (widest := held.over_missing) is not None:
        still = isinstance(widest, Estimate) and _as_bound(
            said.at_least or said.at_most or "0", widest, held, is_least=is_least
        )
        if not still or still.ruling != ruled.ruling:
            because = f"{held.opening}; what is missing could change whether that holds."
            return Ruled("not_shown", because, ruled.cites)
    return ruled


def _spoilt(cited: str, held: Held, hearing: Hearing, is_named: bool) -> Remark | None:  # noqa: FBT001
    void = hearing.spoilt(cited, of_one_arm=held.is_of_one_arm)
    other = hearing.another_thing(cited) if is_named else None
    return None if void is not None and void == other else void


def slack_of_claim(said: Figure) -> Fraction:
    """How far a claimed value may be off: its rounding, or what the claim allows where more."""
    if said.value is None:
        return Fraction(0)
    rounding = rounding_of(said.value)
    if said.within is not None:
        return max(rounding, exactly(said.within))
    if said.about is not None:
        return max(rounding, exactly(said.about) * abs(exactly(said.value)))
    return rounding


def _where(held: Held, hearing: Hearing) -> str:
    """Where a number stands: what others published was copied, and nothing here checked it."""
    found = (hearing.finding(cited) for cited in held.cites)
    is_told = any(one is not None and one.origin is Origin.RECORDED for one in found)
    return "The number stands there, as published" if is_told else "The number stands there"


def _as_value(
    said: Figure, written: str, estimated: Estimate | Point, held: Held, where: str
) -> Ruled:
    is_open = isinstance(estimated, Estimate) and not estimated.excludes(0)
    open_ = _OPEN if is_open and not held.is_of_one_arm else ""
    claimed, there = exactly(written), exact(estimated.value)
    allowed = slack_of_claim(said) + held.slack + _NOISE * abs(there)
    if abs(claimed - there) <= allowed:
        return Ruled("supported", f"{where}: {held.phrase}.{open_}", held.cites)
    text = held.said(written)
    if isinstance(estimated, Estimate) and estimated.low <= claimed <= estimated.high:
        because = (
            f"{held.opening}. {text} lies inside the interval: it is not what was measured, "
            "and not excluded."
        )
        return Ruled("not_shown", because, held.cites)
    return Ruled("contradicted", f"{held.opening}, not {text}.", held.cites)


def _as_bound(written: str, estimated: Estimate | Point, held: Held, *, is_least: bool) -> Ruled:
    bound, text = exactly(written), held.said(written)
    above, below = ("or more", "less than") if is_least else ("or less", "more than")
    if isinstance(estimated, Estimate):
        near, far = (estimated.low, estimated.high) if is_least else (estimated.high, estimated.low)
        if (near >= bound) if is_least else (near <= bound):
            because = f"{held.opening}: the whole interval is {text} {above}."
            return Ruled("supported", because, held.cites)
        if (far < bound) if is_least else (far > bound):
            because = f"{held.opening}: the whole interval is {below} {text}."
            return Ruled("contradicted", because, held.cites)
        because = f"{held.opening}: the interval holds {text}, so that {above} is not shown."
        return Ruled("not_shown", because, held.cites)
    there, slack = exact(estimated.value), held.slack
    if (there + slack < bound) if is_least else (there - slack > bound):
        return Ruled("contradicted", f"{held.opening}, which is {below} {text}.", held.cites)
    because = (
        f"The number stands there: {held.phrase}. Without an interval nothing shows that it is "
        f"{text} {above}."
    )
    return Ruled("not_shown", because, held.cites)
