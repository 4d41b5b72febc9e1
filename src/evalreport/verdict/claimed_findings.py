"""Claims about two arms: better, worse, no worse, equal; and that a requirement is met.

A claim is supported by what was shown, and by nothing else: an interval that leaves both open, a
difference without an interval and evidence that does not count show nothing. What is not shown is
not thereby wrong: a claim is contradicted where the opposite is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from evalreport.analyze.decide import Oriented, oriented
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.seen_power import two_digits
from evalreport.analyze.sentences import (
    NET_WIN,
    change_on_items,
    change_text,
    gain_text,
    items_phrase,
    measure_for,
    spoken,
)
from evalreport.estimates import NotEstimable, Point, has_value
from evalreport.numbers import bound_text, count_text, fraction_text, p_text
from evalreport.rules.picked import PICKED_RULE
from evalreport.spec.claims import ClaimedExistence, ClaimedFinding
from evalreport.verdict.because import even_so, requirement_sentence
from evalreport.verdict.claimed_numbers import value_of_arm
from evalreport.verdict.grounds import LOSSES, WEAK_FROM
from evalreport.verdict.ruling import Hearing, Ruled, Ruling

_TESTED: Final = (FindingRole.PRIMARY, FindingRole.SECONDARY)
_TOTALS: Final = "totals that others published can show a loss and no gain"


class _Shown(Enum):
    """Which way a finding points, beyond chance."""

    BETTER = auto()
    WORSE = auto()
    NEITHER = auto()


@dataclass(frozen=True, slots=True)
class _Direction:
    """What a finding shows; why it shows no more where it does not, and which rules say so."""

    shown: _Shown
    why: str = ""
    rules: tuple[str, ...] = ()


def rule_on_finding(said: ClaimedFinding, hearing: Hearing) -> Ruled:
    """A claim about both arms of a finding."""
    finding = hearing.finding(said.finding)
    if finding is None:
        return Ruled("not_measured", f"There is no finding {said.finding}.")
    doubt = _not_countable(finding, hearing)
    if doubt is not None:
        return doubt
    found = _direction(finding, hearing)
    ruling, words = _RULES[said.is_said](finding, found)
    rules = found.rules
    if ruling == "supported":
        caveat, rules = _caveats(finding, hearing)
        words += caveat
    elif ruling == "not_shown":
        words += _could_have(finding, hearing)
    return Ruled(ruling, words, (finding.id, *rules))


def rule_on_target(said: ClaimedFinding, hearing: Hearing) -> Ruled:
    """A claim that an arm reaches what is required of it."""
    arm = said.arm or "tuned"
    one = hearing.requirement(said.finding, arm)
    if one is None:
        return Ruled("not_measured", f"No value of {said.finding} is required of {arm}.")
    sentence = requirement_sentence(one, hearing.grounds)
    other, void = hearing.another_thing(one.id), hearing.spoilt(one.id)
    if isinstance(one.value, NotEstimable):
        return Ruled("not_measured", sentence, (one.id,))
    if other is not None:
        return Ruled("measures_something_else", f"{sentence} {other.text}", (one.id, other.rule))
    if void is not None:
        return Ruled("not_shown", sentence, (one.id, void.rule))
    rulings: Mapping[str, Ruling] = {"met": "supported", "not met": "contradicted"}
    return Ruled(rulings.get(one.requirement_state, "not_shown"), sentence, (one.id,))


def rule_on_existence(said: ClaimedExistence, hearing: Hearing) -> Ruled:
    """A claim that something was measured at all."""
    held = value_of_arm(said.exists, said.arm, hearing)
    if held is None:
        return Ruled("not_measured", f"No number of {said.arm} stands under {said.exists}.")
    phrase = f"{held.opening}."
    if not has_value(held.estimated):
        return Ruled("not_measured", phrase, held.cites)
    return Ruled("supported", phrase, held.cites)


# What does not count


def _not_countable(finding: Finding, hearing: Hearing) -> Ruled | None:
    """Why a finding can neither support nor contradict anything, if so."""
    void, other = hearing.spoilt(finding.id), hearing.another_thing(finding.id)
    if isinstance(finding.difference, NotEstimable):
        rules = () if void is None else (void.rule,)
        return Ruled("not_measured", finding.sentence, (finding.id, *rules))
    if other is not None:
        return Ruled("measures_something_else", other.text, (finding.id, other.rule))
    if void is not None:
        even = even_so(finding)
        open_ = f"{even}{_would_be_found(finding, hearing)}{_needed(finding)}" if even else ""
        because = f"{_numbers(finding)}; that does not count.{open_} {void.text}"
        return Ruled("not_shown", because, (finding.id, void.rule))
    undefined = hearing.undefined(finding.id)
    if undefined is not None:
        because = f"{_numbers(finding)}. {undefined.text}"
        return Ruled("not_shown", because, (finding.id, undefined.rule))
    return None


def _numbers(finding: Finding) -> str:
    return f"{spoken(finding)}: {change_on_items(finding)}"


# What is shown


def _direction(finding: Finding, hearing: Hearing) -> _Direction:
    if finding.withheld:
        return _Direction(_Shown.NEITHER, finding.withheld)
    if isinstance(finding.difference, Point):
        return _Direction(_Shown.NEITHER, _without_interval(finding, finding.difference))
    if finding.role in _TESTED:
        return _declared(finding, hearing)
    if finding.outcome in LOSSES:
        return _Direction(_Shown.WORSE)
    return _undeclared(finding, hearing)


def _without_interval(finding: Finding, difference: Point) -> str:
    sign = 1 if finding.higher_is_better else -1
    turned = "; the number itself goes the other way" if sign * difference.value < 0 else ""
    return f"without an interval nothing tells it from chance{turned}"


def _declared(finding: Finding, hearing: Hearing) -> _Direction:
    """What was tested as it was declared; a gain that may come from picking is not shown."""
    if finding.outcome is FindingOutcome.WORSE:
        return _Direction(_Shown.WORSE)
    if finding.outcome is not FindingOutcome.BETTER:
        return _Direction(_Shown.NEITHER)
    picked = hearing.grounds.picked.get(finding.id)
    if picked is None or picked.is_shown:
        return _Direction(_Shown.BETTER)
    arms = count_text(picked.arms)
    return _Direction(
        _Shown.NEITHER,
        f"{arms} trained arms were scored on these items, and held against all of them the gain "
        "is not shown",
        (PICKED_RULE,),
    )


def _undeclared(finding: Finding, hearing: Hearing) -> _Direction:
    """What nobody declared is one of many: its test has to bear that (Bonferroni).

    Guards were declared, and are corrected among themselves.
    """
    ends = oriented(finding.difference, higher_is_better=finding.higher_is_better)
    p_value = finding.p_value if finding.p_adjusted is None else finding.p_adjusted
    if ends is None or p_value is None:
        return _Direction(_Shown.NEITHER, "nothing was tested")
    alpha = hearing.spec.evaluation.alpha
    is_guard = finding.role is FindingRole.GUARD or finding.is_guard_of_export
    many = 1 if is_guard else max(1, hearing.undeclared)
    way = _way(ends)
    if way is _Shown.NEITHER or p_value >= alpha:
        return _Direction(_Shown.NEITHER)
    if p_value * many >= alpha:
        return _Direction(
            _Shown.NEITHER,
            f"it is one of {count_text(many, 'comparison')} that were not declared to decide "
            f"anything, and among so many it may be chance ({p_text(p_value, alpha=alpha)})",
        )
    if way is _Shown.BETTER and finding.is_of_totals:
        return _Direction(_Shown.NEITHER, _TOTALS)
    if is_guard:
        return _Direction(way)
    every = count_text(many, "comparison")
    return _Direction(way, f"shown also when held against all {every} that were not declared")


def why_no_bound(finding: Finding, hearing: Hearing) -> str:
    """Why the interval of a difference cannot show how large it is; empty where it can.

    What is not settled, rests on totals or was not declared beside others does not get sizes
    that the same numbers would not get a word for.
    """
    if finding.withheld:
        return finding.withheld
    if finding.is_of_totals:
        return _TOTALS
    if finding.outcome in (FindingOutcome.INCONCLUSIVE, FindingOutcome.BORDERLINE):
        return "the comparison is not settled"
    if finding.outcome is not FindingOutcome.DESCRIPTIVE:
        return ""
    if finding.role is FindingRole.SECONDARY:
        return "it was not tested, because the primary is not better"
    if hearing.undeclared > 1:
        many = count_text(hearing.undeclared, "comparison")
        return f"it is one of {many} that were not declared, and its interval is made for one"
    return ""


def _way(ends: Oriented) -> _Shown:
    if ends.low > 0:
        return _Shown.BETTER
    return _Shown.WORSE if ends.high < 0 else _Shown.NEITHER


# What is claimed


def _better(finding: Finding, found: _Direction) -> tuple[Ruling, str]:
    if found.shown is _Shown.BETTER:
        return "supported", _told(finding, found)
    if found.shown is _Shown.WORSE:
        return "contradicted", _told(finding, found)
    return "not_shown", _left_open(finding, found)


def _worse(finding: Finding, found: _Direction) -> tuple[Ruling, str]:
    if found.shown is _Shown.WORSE:
        return "supported", _told(finding, found)
    if found.shown is _Shown.BETTER:
        return "contradicted", _told(finding, found)
    return "not_shown", _left_open(finding, found)


def _no_worse(finding: Finding, found: _Direction) -> tuple[Ruling, str]:
    """A shown gain, a guard that is retained, or a difference within what was declared.

    A gain worth having is no loss that anybody called acceptable, so that by itself it carries no
    one-sided claim: with it alone the difference has to lie within it on both sides.
    """
    if found.shown is _Shown.BETTER:
        return "supported", _told(finding, found)
    if finding.outcome is FindingOutcome.RETAINED or _is_equal(finding):
        return "supported", _within_margin(finding)
    if found.shown is _Shown.WORSE:
        return "contradicted", _told(finding, found)
    return "not_shown", _left_open(finding, found) + _marginless(finding, "no loss is too small")


def _equal(finding: Finding, found: _Direction) -> tuple[Ruling, str]:
    """Equal is smaller than a declared size, both ways; a test that does not reject shows none."""
    if _is_equal(finding):
        return "supported", _within_margin(finding)
    if found.shown is not _Shown.NEITHER:
        return "contradicted", _told(finding, found)
    none = "no test can show that there is no difference at all"
    return "not_shown", _left_open(finding, found) + _marginless(finding, none)


def _margin(finding: Finding) -> float | None:
    return finding.gain_at_least if finding.lose_at_most is None else finding.lose_at_most


def _is_equal(finding: Finding) -> bool:
    """Whether the interval of one-sided bounds lies inside the margin, on both sides."""
    ends = oriented(finding.difference_one_sided, higher_is_better=finding.higher_is_better)
    margin = _margin(finding)
    if ends is None or margin is None or finding.withheld:
        return False
    return -margin < ends.low and ends.high < margin


def _within_margin(finding: Finding) -> str:
    if finding.outcome in (FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED):
        return finding.sentence
    margin = bound_text(_margin(finding) or 0.0, measure_for(finding))
    return (
        f"{finding.sentence} The difference is smaller than the {margin} declared: "
        f"{change_text(finding, finding.difference_one_sided)}."
    )


def _marginless(finding: Finding, why: str) -> str:
    if _margin(finding) is not None:
        return ""
    return f" No margin was declared, and {why}."


def _told(finding: Finding, found: _Direction) -> str:
    """What is shown, in a sentence; what was not declared has no word for it in its own."""
    if finding.role is not FindingRole.EXPLORATORY or not found.why:
        return finding.sentence
    candidate, reference = finding.arms
    way = "better" if found.shown is _Shown.BETTER else "worse"
    return (
        f"{candidate} is {way} than {reference} on {spoken(finding)}: {change_text(finding)}, "
        f"{items_phrase(finding)}; {found.why}."
    )


def _left_open(finding: Finding, found: _Direction) -> str:
    """What the finding says, and why it shows nothing."""
    if finding.withheld or not found.why:
        return finding.sentence
    return f"{_numbers(finding)}; {found.why}."


def _could_have(finding: Finding, hearing: Hearing) -> str:
    """The smallest true difference that would have been found, where no sentence says it yet."""
    note = finding.power.note if finding.power is not None else ""
    return "" if note and note in finding.sentence else _would_be_found(finding, hearing)


def _would_be_found(finding: Finding, hearing: Hearing) -> str:
    smallest = finding.smallest_detectable
    if not has_value(smallest):
        return ""
    size = bound_text(two_digits(smallest.value), measure_for(finding))
    often = fraction_text(hearing.spec.evaluation.power)
    return f" A true difference of about {size} or more would be found {often} of the time."


def _needed(finding: Finding) -> str:
    """How many items the gain worth having would take, where these are fewer."""
    needed, gain = finding.n_required, gain_text(finding)
    if needed is None or needed <= finding.n or not gain:
        return ""
    unit = "pair" if finding.metric == NET_WIN else "item"
    return f" For {gain} about {count_text(needed, unit)} are needed."


_RULES: Final[Mapping[str, Callable[[Finding, _Direction], tuple[Ruling, str]]]] = {
    "better": _better,
    "worse": _worse,
    "no_worse": _no_worse,
    "equal": _equal,
}


def _caveats(finding: Finding, hearing: Hearing) -> tuple[str, tuple[str, ...]]:
    """What weakens evidence that supports a claim, and the rules that say so."""
    rules = hearing.weakening(finding.id)
    by_format = hearing.grounds.by_format.get(finding.id)
    told = f" Of the gain, {by_format.words}." if by_format is not None else ""
    if not rules:
        return told, ()
    weak = "The evidence is weak: " if len(rules) >= WEAK_FROM else "Weakened by "
    return f"{told} {weak}{', '.join(rules)}.", rules
