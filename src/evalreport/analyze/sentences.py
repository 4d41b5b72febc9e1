"""Sentences of findings: built from the numbers, never from what was hoped for."""

import math
from collections.abc import Mapping
from typing import Final

from evalreport.analyze.decide import Oriented, oriented
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.shown import shown_difference
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.numbers import (
    MINUS,
    TIMES,
    Measure,
    Scale,
    bound_text,
    count_text,
    estimate,
    fraction_text,
    gain_size_text,
    measure_of,
    plain_sentence,
    rate_text,
    with_unit,
)
from evalreport.stats.arguments import FEWEST_SEEDS
from evalreport.stats.sequential import SEQUENTIAL

NET_WIN: Final = "net_win"
UNKNOWN_ITEMS: Final = "an unknown number of items"
LESS: Final = "real, but less"
NOT_BETTER: Final = "the primary is not better"
REACHED: Final = "at least"
# How reasons begin for which an item is not compared by our fault, and what it lacks.
_MISSING: Final[Mapping[str, str]] = {
    "no verdict": "verdict",
    "not rated": "rating",
    "no result": "result",
    "no answer": "answer",
}
# Fields that a metric names itself, and that read as no word of the data.
_FIELD_WORDS: Final[Mapping[tuple[str, str | None], str]] = {
    ("citations", "any"): "answers with a citation",
    ("citations", "invented"): "answers with an invented citation",
    ("citations", "coverage"): "expected citations that were made",
}


def measure_for(finding: Finding) -> Measure:
    """How a finding's numbers read."""
    return measure_of(finding.metric, finding.unit)


def change_text(finding: Finding, estimated: Estimated | None = None) -> str:
    """A finding's difference (or another one on its scale) with its interval, in one phrase."""
    return plain_sentence(shown_difference(finding, estimated))


def change_on_items(finding: Finding) -> str:
    """A finding's difference and on how many items it rests; that this is not known, once."""
    change = change_text(finding)
    if finding.n_missing and finding.n_missing in change:
        return change
    return f"{change}, {items_phrase(finding)}"


def value_phrase(estimated: Estimated, measure: Measure) -> str:
    """A value with its interval, in one phrase."""
    return plain_sentence(estimate(estimated, measure, ""))


def gain_text(finding: Finding) -> str:
    """The gain worth having, with its unit; empty when none was declared."""
    gain = finding.gain_at_least
    if gain is None:
        return ""
    return gain_size_text(gain, measure_for(finding), higher_is_better=finding.higher_is_better)


def equal_text(finding: Finding) -> str:
    """The gain worth having as a size in both directions: below it, two arms are equivalent."""
    gain, measure = finding.gain_at_least, measure_for(finding)
    if gain is None or measure.scale is not Scale.RATIO:
        return gain_text(finding)
    return f"{bound_text(-gain, measure)} or {bound_text(gain, measure)}"


def items_text(items: int, group_size: float | None) -> str:
    """So many items, and in how many groups: more items of the same groups would not do."""
    counted = count_text(items, "item")
    if group_size is None:
        return counted
    return f"{counted} in {count_text(math.ceil(items / group_size - 1e-9), 'group')}"


def items_phrase(finding: Finding) -> str:
    """On how many items a finding rests: `20 items`, `500 and 480 items`, `20 pairs (10 won, ...)`.

    Of recorded numbers it may be unknown, and is then never shown as 0.
    """
    if finding.n_missing:
        return UNKNOWN_ITEMS
    if finding.n_by_arm is not None and len(set(finding.n_by_arm)) > 1:
        first, second = finding.n_by_arm
        return f"{count_text(first)} and {count_text(second, 'item')}"
    if finding.metric != NET_WIN or finding.counts is None:
        return count_text(finding.n, "item")
    counts = finding.counts
    return (
        f"{count_text(finding.n, 'pair')} ({count_text(counts.better)} won, "
        f"{count_text(counts.worse)} lost, {count_text(counts.same)} tied)"
    )


def sample_phrase(finding: Finding) -> str:
    """On what a finding rests: `160 items and 3 training runs`, where its interval counts both."""
    runs = len(finding.per_seed or ())
    items = items_phrase(finding)
    return f"{items} and {count_text(runs, 'training run')}" if runs >= FEWEST_SEEDS else items


def spoken(finding: Finding) -> str:
    """A finding's name as one says it: `general.accuracy` is `general accuracy`."""
    return spoken_of_all(finding) + (f" where {finding.subgroup}" if finding.subgroup else "")


def spoken_of_all(finding: Finding) -> str:
    """The same without its subgroup."""
    if (finding.metric, finding.field) in _FIELD_WORDS:
        return f"{finding.layer} {_FIELD_WORDS[finding.metric, finding.field]}"
    of_field = f" of {finding.field}" if finding.field else ""
    return f"{finding.layer} {words(finding.metric)}{of_field}"


def words(name: str) -> str:
    """A metric's name as one says it."""
    return name.replace("_", " ")


def reaches(finding: Finding) -> str:
    """What a shown gain says about the gain that was asked for; empty without one.

    Only what holds whatever the missing answers are is said of a size.
    """
    ends = oriented(finding.difference, higher_is_better=finding.higher_is_better)
    gain = finding.gain_at_least
    if gain is None or ends is None:
        return ""
    asked = f"the {gain_text(finding)} asked for"
    size = _size(ends, gain)
    if finding.difference_over_missing is not None and size:
        wide = oriented(finding.difference_over_missing, higher_is_better=finding.higher_is_better)
        if wide is None or _size(wide, gain) != size:
            what = f"{missing_of(finding) or 'answer'}s"
            return f"whether it reaches {asked} is not settled: missing {what} could change it"
    return f"{size} {asked}" if size else f"whether it reaches {asked} is not settled"


def _size(ends: Oriented, gain: float) -> str:
    if ends.low >= gain:
        return REACHED
    return f"{LESS} than" if ends.high < gain else ""


def missing_of(finding: Finding) -> str:
    """What some items lack by our fault: an answer, a result, a verdict or a rating; or nothing."""
    return next(
        (
            what
            for begins, what in _MISSING.items()
            if any(reason.startswith(begins) for reason in finding.excluded)
        ),
        "",
    )


def count_missing(finding: Finding) -> int:
    """How many items lack it, at least: those that one arm lacks the other may lack as well."""
    begins = tuple(_MISSING)
    return max((n for why, n in finding.excluded.items() if why.startswith(begins)), default=0)


def finding_sentence(finding: Finding) -> str:
    """What one comparison shows, in one or two sentences, from everything else that it holds.

    Where looks decided how many items there are, and when, that follows.
    """
    return f"{_shown(finding)} {finding.stopped}".rstrip()


def _shown(finding: Finding) -> str:
    name = spoken(finding)
    candidate, reference = finding.arms
    if finding.is_guard_of_export:
        name += f" of {candidate} against {reference}"
    if isinstance(finding.difference, NotEstimable):
        return f"{name}: not measured, {finding.difference.not_estimable}."
    change, items = change_text(finding), items_phrase(finding)
    margin = finding.lose_at_most
    allowed = "" if margin is None else bound_text(margin, measure_for(finding))
    if finding.withheld:
        return f"{name} is not settled: {change}, {items}; {finding.withheld}."
    match finding.outcome:
        case FindingOutcome.BETTER:
            size = f"; {reaching}" if (reaching := reaches(finding)) else ""
            return f"{candidate} is better than {reference} on {name}: {change}, {items}{size}."
        case FindingOutcome.WORSE:
            return f"{candidate} is worse than {reference} on {name}: {change}, {items}."
        case FindingOutcome.EQUIVALENT:
            return (
                f"{candidate} and {reference} differ by less than {equal_text(finding)} on {name}: "
                f"{change_text(finding, finding.difference_one_sided)}, {items}."
            )
        case FindingOutcome.RETAINED:
            return (
                f"{name} is retained: {_most_lost(finding)}, and {allowed} were allowed; "
                f"{change}, {items}{_real_loss(finding)}."
            )
        case FindingOutcome.LOST:
            return (
                f"{name} lost more than the {allowed} allowed: {_least_lost(finding)}; "
                f"{change}, {items}."
            )
        case FindingOutcome.REGRESSED:
            return (
                f"{name} got worse, and that it lost less than the {allowed} allowed is not shown: "
                f"{change}, {items}."
            )
        case FindingOutcome.BORDERLINE:
            return (
                f"{name} is borderline: interval and test disagree about {change}, {items}, "
                "so no difference is claimed."
            )
        case FindingOutcome.INCONCLUSIVE:
            more = f" {finding.power.note}" if finding.power and finding.power.note else ""
            if margin is not None:
                return (
                    f"Whether {name} is retained within {allowed} is not shown: {change}, "
                    f"{items}.{more}"
                )
            items = sample_phrase(finding)
            return (
                f"{items[:1].upper()}{items[1:]} cannot tell whether {candidate} is better than "
                f"{reference} on {name}: {change}.{_like_a_coin(finding)}{more}"
            )
        case FindingOutcome.DESCRIPTIVE:
            if finding.role is FindingRole.SECONDARY:
                return f"{name}, secondary and not tested because {NOT_BETTER}: {change}, {items}."
            versus = "" if ":" not in finding.id else f" ({candidate} against {reference})"
            return f"{name}{versus}, exploratory: {change}, {items}."
        case FindingOutcome.NOT_MEASURED:
            return f"{name}: not measured."


def _like_a_coin(finding: Finding) -> str:
    """How often chance alone splits decisive pairs at least so unevenly.

    Nothing where looking decided how many there are: p is then no such frequency.
    """
    if finding.metric != NET_WIN or finding.counts is None or finding.p_value is None:
        return ""
    if finding.test == SEQUENTIAL:
        return ""
    decisive = finding.counts.better + finding.counts.worse
    if decisive == 0:
        return ""
    tosses = "toss of a fair coin comes" if decisive == 1 else "tosses of a fair coin come"
    return (
        f" {count_text(decisive)} {tosses} out at least as unevenly "
        f"{rate_text(finding.p_value)} of the time."
    )


def _most_lost(finding: Finding) -> str:
    """The one-sided bound on the loss, which is what retention rests on."""
    candidate, reference = finding.arms
    ends = oriented(finding.difference_one_sided, higher_is_better=finding.higher_is_better)
    if ends is not None and ends.low >= 0:
        return f"{candidate} is not worse than {reference} with {_confidence(finding)} confidence"
    bound = _end_text(finding, worst=True)
    return f"{candidate} loses at most {bound} with {_confidence(finding)} confidence"


def _least_lost(finding: Finding) -> str:
    bound = _end_text(finding, worst=False)
    return f"{finding.arms[0]} loses at least {bound} with {_confidence(finding)} confidence"


def _confidence(finding: Finding) -> str:
    one_sided = finding.difference_one_sided
    level = one_sided.level if isinstance(one_sided, Estimate) else 0.9
    return fraction_text(round((1 + level) / 2, 12))


def _end_text(finding: Finding, *, worst: bool) -> str:
    """One end of the one-sided interval, without its sign; `worst` for the candidate."""
    shown = shown_difference(finding, finding.difference_one_sided)
    if shown.interval is None:
        return shown.reason
    end = shown.interval[0 if worst == finding.higher_is_better else 1].text
    if measure_for(finding).scale is Scale.RATIO:
        return f"{TIMES} {end}"
    return with_unit(end.lstrip("+" + MINUS), shown.unit)


def _real_loss(finding: Finding) -> str:
    """Said only where interval and test agree, as anywhere else."""
    ends = oriented(finding.difference, higher_is_better=finding.higher_is_better)
    shown = finding.difference
    if ends is None or not isinstance(shown, Estimate) or finding.p_value is None:
        return ""
    if ends.high < 0 and finding.p_value < 1 - shown.level:
        return "; a small real loss inside the margin"
    return ""
