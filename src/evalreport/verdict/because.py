"""The sentences under the headline, most important first."""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, Measurement
from evalreport.analyze.sentences import (
    change_on_items,
    change_text,
    items_phrase,
    spoken,
    value_phrase,
    words,
)
from evalreport.estimates import Estimate, NotEstimable
from evalreport.numbers import count_text, measure_of, p_text
from evalreport.verdict.grounds import LOSSES, Grounds
from evalreport.verdict.outcome import Strength
from evalreport.verdict.required import asked_text

_BADNESS: Final = (
    FindingOutcome.LOST,
    FindingOutcome.REGRESSED,
    FindingOutcome.NOT_MEASURED,
    FindingOutcome.INCONCLUSIVE,
    FindingOutcome.RETAINED,
)


def because_of(grounds: Grounds) -> tuple[str, ...]:
    """What the verdict rests on: what is wrong with it, primaries, guards, requirements.

    What was made of tuned has its own guards, and its own requirements.
    """
    guards = sorted(grounds.guards, key=_badness)
    worse = [f for f in grounds.secondary if f.outcome is FindingOutcome.WORSE]
    return (
        *dict.fromkeys(r.text for r in grounds.invalid),
        *(_told(f, grounds) for f in (*grounds.primaries, *guards, *worse)),
        *(requirement_sentence(one, grounds) for one in grounds.required),
        *(_told(f, grounds) for f in sorted(grounds.exported, key=_badness)),
        *_weakness(grounds),
    )


def _told(finding: Finding, grounds: Grounds) -> str:
    """A finding's sentence; where it does not count, its number and why, and no word for it.

    A loss on a guard is told all the same: what is in doubt is not thereby kept.
    """
    remark = grounds.void.get(finding.id)
    if isinstance(finding.difference, NotEstimable):
        return finding.sentence
    if remark is None:
        buts = [*_buts(finding, grounds)]
        return _gained(finding, "; ".join(buts)) if buts else finding.sentence
    why = "" if remark in grounds.invalid else f" {remark.text}"
    if finding.outcome in LOSSES:
        return f"{finding.sentence} But this evidence is in doubt.{why}"
    told = f"{spoken(finding)} does not count: {change_on_items(finding)}."
    return f"{told}{even_so(finding)}{why}"


def even_so(finding: Finding) -> str:
    """That what does not count would show nothing if it did; empty where that is not known."""
    shown = finding.difference
    if finding.outcome is not FindingOutcome.INCONCLUSIVE or not isinstance(shown, Estimate):
        return ""
    p_value = finding.p_value if finding.p_adjusted is None else finding.p_adjusted
    if p_value is None or shown.excludes(0) or finding.withheld:
        return ""
    alpha = round(1 - shown.level, 9)
    return (
        f" Even if it did, nothing would be shown ({finding.test}, {p_text(p_value, alpha=alpha)})."
    )


def _buts(finding: Finding, grounds: Grounds) -> Iterator[str]:
    """What is to be said of a gain: part of it is format, or it is the best of several."""
    if (by_format := grounds.by_format.get(finding.id)) is not None:
        yield by_format.words
    if (picked := grounds.picked.get(finding.id)) is None:
        return
    if by_format is None and (size := grounds.size_of(finding)):
        yield size
    arms = f"the {count_text(picked.arms)} trained arms that were scored on these items"
    yield f"{'shown' if picked.is_shown else 'not shown'} when it is held against {arms}"


def _gained(finding: Finding, but: str) -> str:
    """A gain with what is to be said of its size, instead of what it says by itself."""
    candidate, reference = finding.arms
    return (
        f"{candidate} is better than {reference} on {spoken(finding)}: {change_text(finding)}, "
        f"{items_phrase(finding)}; {but}."
    )


def _badness(guard: Finding) -> int:
    return _BADNESS.index(guard.outcome) if guard.outcome in _BADNESS else len(_BADNESS)


def requirement_sentence(one: Measurement, grounds: Grounds) -> str:
    """What is required of an arm, how that stands, and whether its evidence counts."""
    measure = measure_of(one.name, one.unit)
    what = f"Required of {one.arm}: {one.layer} {words(one.name)} {asked_text(one)}"
    if isinstance(one.value, NotEstimable):
        return f"{what}; not measured: {one.value.not_estimable}."
    if one.id in grounds.void:
        shown = value_phrase(one.value, measure)
        remark = grounds.void[one.id]
        why = "." if remark in grounds.invalid else f": {remark.text}"
        return f"{what}; {shown}, which does not count{why}"
    why = f", {one.note}" if one.note else ""
    return f"{what}; {one.requirement_state}: {value_phrase(one.value, measure)}{why}."


def _weakness(grounds: Grounds) -> tuple[str, ...]:
    if grounds.strength is Strength.FULL:
        return ()
    names = ", ".join(r.rule for r in grounds.weakening)
    rules = f"{count_text(len(grounds.weakening), 'rule')} broken ({names})"
    why = "".join(f"{doubt}; " for doubt in grounds.doubts)
    return (f"The evidence is weak: {why}{rules}.",)
