"""The sentence on top: no more than the evidence carries."""

from collections.abc import Sequence
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.sentences import (
    LESS,
    change_text,
    count_missing,
    equal_text,
    missing_of,
    spoken,
    words,
)
from evalreport.numbers import count_text
from evalreport.rules.data import no_room_to_gain
from evalreport.rules.prompted import ALL_FORMAT
from evalreport.verdict.grounds import Grounds
from evalreport.verdict.outcome import Outcome, Strength
from evalreport.verdict.required import unkept_text

# Words that begin a sentence of a rule, and are no names.
_OPENERS: Final = frozenset(
    {"All", "Always", "At", "Both", "Every", "For", "How",
     "In", "It", "No", "None", "Of", "On", "One",
     "Only", "Since", "The", "This", "What", "Whether", "With"}
)  # fmt: skip


def headline_of(outcome: Outcome, grounds: Grounds) -> str:
    """The verdict in one sentence, with its numbers."""
    weak = ", on weak evidence" if grounds.strength is Strength.WEAK else ""
    changes = "; ".join(f"{spoken(f)} {change_text(f)}" for f in grounds.primaries)
    lost = "; ".join(
        f"{spoken(guard)} got worse: {change_text(guard)}"
        for guard in grounds.lost
        if outcome is not Outcome.INVALID_EVIDENCE or guard.id not in grounds.void
    )
    match outcome:
        case Outcome.BETTER:
            kept = "the guard" if len(grounds.guards) == 1 else "every guard"
            return (
                f"{_success(grounds)}{weak}: {_with_sizes(grounds)}, and {kept} was retained"
                f"{_but_required(grounds)}{_but_falling(grounds)}{_but_picked(grounds)}."
            )
        case Outcome.BETTER_RETENTION_UNKNOWN:
            what = "retention is not shown" if grounds.guards else "what was lost was not measured"
            but = f"{_but_required(grounds)}{_but_falling(grounds)}{_but_picked(grounds)}"
            return f"A gain{_doubt(grounds)}{weak}: {_with_sizes(grounds)}; {what}{but}."
        case Outcome.MIXED:
            but = f"{lost}{_but_picked(grounds)}"
            gain = (
                f"A gain{doubt}, with a loss"
                if (doubt := _doubt(grounds))
                else "A gain with a loss"
            )
            return f"{gain}{weak}: {_with_sizes(grounds)}, but {but}."
        case Outcome.WORSE:
            worse = grounds.primaries_that_are(FindingOutcome.WORSE)
            shown = "; ".join(f"{spoken(f)} {change_text(f)}" for f in worse)
            return f"The fine-tuning made it worse{weak}: {shown}."
        case Outcome.REGRESSION_WITHOUT_GAIN:
            if grounds.primaries_that_are(FindingOutcome.BETTER):
                rest = ", ".join(_not_better(grounds))
                return (
                    f"A loss, and not everything that had to get better is shown to ({rest})"
                    f"{weak}: {lost}; {changes}."
                )
            return f"A loss without a gain{weak}: {lost}; no gain is shown: {changes}."
        case Outcome.EQUIVALENT:
            shown = "; ".join(
                f"{spoken(f)} changed by less than the {equal_text(f)} declared worth having, "
                f"{change_text(f, f.difference_one_sided)}"
                for f in grounds.primaries
            )
            if room := _no_room(grounds):
                return f"No difference of the size asked for could be seen{weak}: {shown}. {room}."
            return f"The fine-tuning made no difference of the size asked for{weak}: {shown}."
        case Outcome.INCONCLUSIVE:
            return _undecided(grounds, changes)
        case Outcome.INVALID_EVIDENCE:
            all_the_same = f"; all the same, {lost}" if lost else ""
            opening = _within(_opening(grounds.invalid[0].text))
            return f"The evidence cannot carry a verdict: {opening}{all_the_same}."
        case Outcome.NOT_MEASURED:
            silent = grounds.primaries_that_are(FindingOutcome.NOT_MEASURED)
            if not silent:
                return "Nothing decides: no primary metric was declared."
            return f"The question was not answered: {silent[0].sentence}"


def _opening(text: str) -> str:
    """The first sentence of a remark, which holds what decides; the rest stands below."""
    depth = 0  # of parentheses, in which a full stop ends nothing
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "." and depth <= 0 and text[place + 1 : place + 2] in {"", " "}:
            return text[:place]
    return text


def _within(sentence: str) -> str:
    """A sentence as it goes on after a colon; a name or a number at its beginning stays."""
    first = sentence.partition(" ")[0]
    return f"{first.lower()}{sentence[len(first) :]}" if first in _OPENERS else sentence


def _doubt(grounds: Grounds) -> str:
    """That a gain is not shown for all that were tried."""
    return " that may come from picking alone" if grounds.has_unsure_pick else ""


def _success(grounds: Grounds) -> str:
    """How much is claimed: no more than the gain that was asked for allows."""
    if grounds.may_be_all_format:
        return "A gain that may be format alone"
    if doubt := _doubt(grounds):
        return f"A gain{doubt}"
    gains = [grounds.size_of(f) for f in grounds.primaries]
    if any(gain.startswith(LESS) for gain in gains):
        return "The fine-tuning helped, but less than was asked for"
    is_open = any(gain.startswith("whether") for gain in gains)
    by_format = any(f.id in grounds.by_format for f in grounds.primaries)
    caveats = (grounds.unmet, grounds.unkept, grounds.falling, grounds.picked, by_format)
    if is_open or any(caveats):
        return "The fine-tuning helped"
    return "The fine-tuning worked"


def _with_sizes(grounds: Grounds) -> str:
    return "; ".join(_with_size(f, grounds) for f in grounds.primaries)


def _with_size(finding: Finding, grounds: Grounds) -> str:
    """A gain and what it says about the one asked for: where part is format, over a fair base."""
    told = f"{spoken(finding)} {change_text(finding)}"
    by_format = grounds.by_format.get(finding.id)
    if by_format is None:
        size = grounds.size_of(finding)
        return f"{told}, {size}" if size else told
    if by_format.words != ALL_FORMAT:
        told += f", {by_format.words}"
    fair = by_format.at_best
    if fair is None:
        return told
    size = grounds.size_of(
        finding, fair.model_copy(update={"gain_at_least": finding.gain_at_least})
    )
    return f"{told}; against {fair.arms[1]} {change_text(fair)}{f', {size}' if size else ''}"


def _no_room(grounds: Grounds) -> str:
    """What the rule says of items on which the base leaves no room for the gain asked for."""
    remark = next((r for r in grounds.weakening if no_room_to_gain(r)), None)
    return "" if remark is None else _opening(remark.text)


def _but_required(grounds: Grounds) -> str:
    return "".join(
        f"; a requirement is {grounds.state_of(one)}: {one.layer} {words(one.name)} of {one.arm}"
        for one in grounds.unmet
    ) + "".join(f"; {unkept_text(f, grounds.void)}" for f in grounds.unkept)


def _but_falling(grounds: Grounds) -> str:
    """Subgroups that fall, which an average hides."""
    return "".join(f"; {f.subgroup} fell: {change_text(f)} (exploratory)" for f in grounds.falling)


def _but_picked(grounds: Grounds) -> str:
    """That others were scored on the same items: the best of several looks better than it is."""
    most = max((one.arms for one in grounds.picked.values()), default=0)
    if not most:
        return ""
    return (
        f"; {most} trained arms were scored on these items, so the best of them looks better "
        "than it is"
    )


def _not_better(grounds: Grounds) -> list[str]:
    return [spoken(f) for f in grounds.primaries if f.outcome is not FindingOutcome.BETTER]


def _undecided(grounds: Grounds, changes: str) -> str:
    if grounds.on_loss:
        return f"A loss cannot show that the fine-tuning worked, whatever it is: {changes}."
    if any(f.is_of_totals for f in grounds.primaries):
        return f"Totals that others published cannot show that the fine-tuning worked: {changes}."
    settled = grounds.primaries_that_are(FindingOutcome.BETTER, FindingOutcome.EQUIVALENT)
    if settled:
        rest = ", ".join(_not_better(grounds))
        return f"Not everything that had to get better is shown to ({rest}): {changes}."
    if any(f.stopped for f in grounds.primaries):
        return f"Judging stopped, and does not show that the fine-tuning worked: {changes}."
    if lacking := _mostly_missing(grounds.primaries):
        return f"{lacking}: {changes}."
    runs = max((len(f.per_seed or ()) for f in grounds.primaries), default=0)
    given = f"These items and {count_text(runs, 'training run')}" if runs > 1 else "These items"
    return f"{given} cannot tell whether the fine-tuning worked: {changes}."


def _mostly_missing(primaries: Sequence[Finding]) -> str:
    """What most items lack, where they do: not the items are then too few, but what is known."""
    for finding in primaries:
        lost = count_missing(finding)
        if lost and lost >= finding.n:
            items = count_text(finding.n + lost, "item")
            what = f"{count_text(lost)} of {items} of {finding.layer} have no {missing_of(finding)}"
            if finding.withheld:
                return f"{what}, which could change what the others show"
            return f"{what}, and the others cannot tell whether the fine-tuning worked"
    return ""
