"""What to do next: advice that follows from the outcome and from what is open."""

from typing import Final

from evalreport.analyze.finding import NOT_RATED
from evalreport.analyze.findings import Finding, FindingOutcome, Measurement
from evalreport.analyze.sentences import (
    LESS,
    change_text,
    count_missing,
    gain_text,
    items_text,
    missing_of,
    reaches,
    spoken,
)
from evalreport.numbers import count_text
from evalreport.records import Origin
from evalreport.rules.base import Remark
from evalreport.rules.baseline import NO_BASELINE
from evalreport.rules.curves import DIVERGING_RULE, NOT_BEST_RULE
from evalreport.rules.data import FLOOR_CEILING_RULE, SYNTHETIC_RULE, no_room_to_gain
from evalreport.rules.inference import FEW_CLUSTERS, FEW_ITEMS, UNDERPOWERED_RULE
from evalreport.rules.picked import PICKED_RULE
from evalreport.rules.prompted import FORMAT_RULE, no_gain_over_prompted
from evalreport.rules.table import remedy_of
from evalreport.stats.arguments import FEWEST_ITEMS, FEWEST_SEEDS
from evalreport.verdict.grounds import Grounds
from evalreport.verdict.outcome import Outcome, Strength
from evalreport.verdict.required import shortfall
from evalreport.verdict.uncompared import (
    declare_what_decides,
    is_of_tool,
    measure_elsewhere,
    measure_the_base,
)

# What is mended without new items or new runs comes first, then what the verdict lacks most.
_FIRST: Final = (DIVERGING_RULE, NOT_BEST_RULE, SYNTHETIC_RULE)
_WITH_ITEMS: Final = "for both models, with its log of items"
_LET_RATE: Final = (
    "Let people rate what is missing: `evalreport rate` writes their pages. Name the files that "
    "come back under `ratings`, and build again."
)
_HARDER: Final = (
    "Test on a fresh set of harder items before deciding: here the base leaves too little room for "
    f"the gain that was asked for ({FLOOR_CEILING_RULE})."
)


def next_step_of(outcome: Outcome, grounds: Grounds) -> str:
    """One piece of advice."""
    match outcome:
        case Outcome.INVALID_EVIDENCE:
            mending = f"{_mend_or_change(grounds)}{_with_enough(grounds)}"
            return f"{mending}{_look_at_losses(grounds)}"
        case Outcome.NOT_MEASURED:
            if not grounds.primaries:
                return declare_what_decides(grounds.lacks)
            for finding in grounds.primaries_that_are(FindingOutcome.NOT_MEASURED):
                if NOT_RATED in finding.excluded:
                    return _LET_RATE
                if elsewhere := measure_elsewhere(finding):
                    return f"{elsewhere}, and build again."
            return "Mend the failed or blocked step below and build again; what is done is reused."
        case Outcome.BETTER:
            return _after_success(grounds)
        case Outcome.BETTER_RETENTION_UNKNOWN:
            doubted = _after_picking(grounds) if grounds.may_be_picking else ""
            return _after_failing(grounds) or doubted or _settle_retention(grounds)
        case Outcome.MIXED | Outcome.REGRESSION_WITHOUT_GAIN:
            return (
                "Look at what was lost; fewer epochs, a lower learning rate or mixed-in general "
                "data are the usual remedies."
            )
        case Outcome.WORSE:
            return "Do not ship it; look at the worst outputs and at the training curve first."
        case Outcome.EQUIVALENT:
            if any(no_room_to_gain(r) for r in grounds.weakening):
                return _HARDER
            return "Keep the base model, or change the training before testing again."
        case Outcome.INCONCLUSIVE:
            return _settle(grounds)


def _mend_or_change(grounds: Grounds) -> str:
    """Evidence that is whole, and shows that the training added nothing, is not to be mended."""
    remark = grounds.invalid[0]
    if remark.rule == NO_BASELINE:
        alone = next((f for f in grounds.primaries if f.id in remark.cites), None)
        if alone is not None and (asking := measure_the_base(alone)):
            return f"{asking} ({NO_BASELINE})."
    if remark.rule == FORMAT_RULE and no_gain_over_prompted(remark.text):
        return (
            "Use the base with a better prompt, over which no gain is shown, or change the "
            f"training and test once more, on items not used before ({FORMAT_RULE})."
        )
    return _mend(remark)


def _with_enough(grounds: Grounds) -> str:
    """That whole evidence of so few items would settle nothing either, and how many would."""
    if all(r.rule != UNDERPOWERED_RULE for r in grounds.weakening):
        return ""
    short = [f for f in grounds.primaries if f.n_required is not None and f.n_required > f.n]
    if not short:
        return ""
    most = max(short, key=lambda f: f.n_required or 0)
    needed = _items(most, most.n_required or 0)
    there = f"here there are {count_text(most.n)}"
    asked = _what_is_asked(most)
    return f" To find {asked} four times in five takes about {needed}: {there}."


def _look_at_losses(grounds: Grounds) -> str:
    """Guards that are shown to have got worse, whatever becomes of the gain."""
    lost = [spoken(guard) for guard in grounds.lost if guard.id not in grounds.void]
    return f" Look at what was lost as well: {', '.join(lost)}." if lost else ""


def _mend(remark: Remark, of_what: str = "") -> str:
    return f"Mend the evidence{of_what} and build again. {remedy_of(remark)}"


def _after_success(grounds: Grounds) -> str:
    """A value that is required and not reached comes first: no evidence makes up for it."""
    if failing := _after_failing(grounds):
        return failing
    if any(reaches(f).startswith(LESS) for f in grounds.primaries):
        return "Decide whether so small a gain is worth shipping; it is less than you asked for."
    for one in grounds.unmet:
        if one.id in grounds.void:
            return _mend(grounds.void[one.id], " for the requirement")
        return f"Settle what is required before shipping: {shortfall(one)}{_whole(one)}."
    for finding in grounds.unkept:
        return (
            f"Look at {spoken(finding)} of {finding.arms[0]} before shipping it: there, retention "
            "is not shown."
        )
    if grounds.falling:
        return (
            f"Look at the outputs of {grounds.falling[0].subgroup} before shipping: there the "
            "model got worse, while the average rose."
        )
    if grounds.by_format:
        return _after_format(grounds)
    if confirm := _after_picking(grounds):
        return confirm
    if grounds.strength is Strength.WEAK:
        return f"Strengthen the evidence before relying on it. {_first_remedy(grounds)}"
    if grounds.weakening:
        return (
            "Read the limitations before you ship it or publish the model card. What would help "
            f"most: {_first_remedy(grounds)}"
        )
    return "Read the limitations, then ship it or publish the model card."


def _after_picking(grounds: Grounds) -> str:
    picked = next((r for r in grounds.weakening if r.rule == PICKED_RULE), None)
    return "" if picked is None else f"Do not quote this figure yet. {remedy_of(picked)}"


def _after_format(grounds: Grounds) -> str:
    over = next((part.at_best for part in grounds.by_format.values() if part.at_best), None)
    if over is not None:
        return (
            f"Judge the training by what it adds to {over.arms[1]}, {change_text(over)}: the rest "
            "of the gain a prompt gives as well."
        )
    return (
        "Ask the base with a prompt that shows the form (an arm with `system` or `shots`) before "
        "crediting the training with the gain."
    )


def _first_remedy(grounds: Grounds) -> str:
    """Of the rules that weaken a verdict, the remedy that costs least and tells most."""
    first = min(
        grounds.weakening, key=lambda r: _FIRST.index(r.rule) if r.rule in _FIRST else len(_FIRST)
    )
    return remedy_of(first)


def _after_failing(grounds: Grounds) -> str:
    """What to do about requirements that are shown not to be met; empty without any."""
    failing = [
        shortfall(one)
        for one in grounds.unmet
        if one.id not in grounds.void and grounds.state_of(one) == "not met"
    ]
    if not failing:
        return ""
    return (
        f"Do not ship it as it is: {'; '.join(failing)}. Look at the outputs that fail, and train "
        "again."
    )


def _whole(one: Measurement) -> str:
    if one.note:
        return f"; {one.note}"
    is_interval = one.requirement_state == "not shown to be met"
    return " of the whole interval; a larger fresh set would tell" if is_interval else ""


def _settle_retention(grounds: Grounds) -> str:
    void = [grounds.void[g.id] for g in grounds.guards if g.id in grounds.void]
    if void:
        return _mend(void[0], " for the guard")
    unmeasured = [g for g in grounds.guards if g.outcome is FindingOutcome.NOT_MEASURED]
    if unmeasured:
        named = ", ".join(map(spoken, unmeasured))
        if elsewhere := next(filter(None, map(measure_elsewhere, unmeasured)), ""):
            return f"Measure {named}. {elsewhere}, and build again."
        return f"Measure {named}: mend its step below and build again."
    unrated = [g for g in grounds.guards if NOT_RATED in g.excluded]
    unanswered = unrated or [g for g in grounds.guards if missing_of(g)]
    if unanswered:
        return _until_answered(unanswered[0])
    undecided = [g for g in grounds.guards if g.outcome is FindingOutcome.INCONCLUSIVE]
    if undecided:
        return f"Test retention on a larger fresh set: {', '.join(map(_with_items, undecided))}."
    return "Declare a guard for what must not be lost, and build again."


def _with_items(finding: Finding) -> str:
    if finding.n_required is None or finding.n_required <= finding.n:
        return spoken(finding)
    return f"{spoken(finding)} (about {_items(finding, finding.n_required)})"


def _items(finding: Finding, items: int) -> str:
    size = None if finding.clusters is None else finding.n / finding.clusters.n
    return items_text(items, size)


def _what_is_asked(finding: Finding) -> str:
    gain = gain_text(finding)
    return f"a gain of {gain}" if gain else "the gain worth having"


def _settle(grounds: Grounds) -> str:
    """What would decide it. Items added to these after looking would not: a fresh set does."""
    if grounds.on_loss:
        return "Declare a primary that measures the task's outcome, and build again."
    open_ones = [
        f
        for f in grounds.primaries
        if f.outcome not in (FindingOutcome.BETTER, FindingOutcome.EQUIVALENT)
    ]
    if any(f.is_of_totals for f in open_ones):
        if any(f.is_of_totals and f.origin is Origin.IMPORTED for f in open_ones):
            return f"Run the tool again {_WITH_ITEMS}, and import that: totals cannot settle it."
        return (
            "Ask both models the same items here (a layer of kind generation or multiple_choice): "
            "what others published cannot settle it."
        )
    missing = [f for f in open_ones if f.withheld or _would_be_enough(f)]
    if missing:
        return _until_answered(missing[0])
    if any(len(f.per_seed or ()) >= FEWEST_SEEDS for f in open_ones):
        return "Train with more seeds: few of them leave a wide interval, however many the items."
    tiny = [f for f in open_ones if 0 < f.n < FEWEST_ITEMS]
    if tiny:
        groups = f" in {FEW_CLUSTERS} or more groups" if tiny[0].clusters is not None else ""
        carry = "carries" if tiny[0].n == 1 else "carry"
        least = f"at least {FEW_ITEMS} items{groups}"
        none = f"{count_text(tiny[0].n, 'item')} {carry} no interval"
        if is_of_tool(tiny[0]):
            return f"Run the tool on a fresh set of {least}, {_WITH_ITEMS}: {none}."
        return (
            f"Test on a fresh set of {least}: {none}. `evalreport plan` says how "
            f"many {_what_is_asked(tiny[0])} needs."
        )
    if any(no_room_to_gain(r) for r in grounds.weakening):
        return _HARDER
    if split := [f for f in open_ones if f.outcome is FindingOutcome.BORDERLINE]:
        return _until_they_agree(split[0])
    small = [f for f in open_ones if f.n_required is not None and f.n_required > f.n]
    if small:
        most = max(small, key=lambda f: f.n_required or 0)
        needed = _items(most, most.n_required or 0)
        if is_of_tool(most):
            how = f"on a fresh set of at least {needed}, {_WITH_ITEMS}"
            return f"Run the tool {how}, before deciding."
        return f"Test on a fresh set of at least {needed} before deciding."
    if any(map(is_of_tool, open_ones)):
        return "Read what both models wrote, in the tool's own files, before deciding."
    return "Look at the side-by-side outputs before deciding."


def _until_they_agree(finding: Finding) -> str:
    """What would settle a difference of which the interval says one thing and the test another."""
    how, items = ("Run the tool", f", {_WITH_ITEMS}") if is_of_tool(finding) else ("Test", "")
    return (
        f"{how} on a larger fresh set{items}: {_with_items(finding)}. Here the test and the "
        "interval disagree, as they do at the edge of what so many items show."
    )


def _would_be_enough(finding: Finding) -> bool:
    """Whether items without an answer are what it lacks: most of them, or those that were needed.

    Where a few of many are missing and nothing is settled, they would settle nothing.
    """
    n, lost = finding.n, count_missing(finding)
    if not lost or not n:
        return False
    needed = [FEWEST_ITEMS, *(() if finding.n_required is None else (finding.n_required,))]
    return lost >= n or any(n < one <= n + lost for one in needed)


def _until_answered(finding: Finding) -> str:
    if finding.origin is Origin.IMPORTED:
        return (
            "Let the tool go on until every item has a score or an output of both models, and "
            "build again."
        )
    if NOT_RATED in finding.excluded:
        return _LET_RATE
    if missing_of(finding) == "verdict":
        lost = count_missing(finding)
        return (
            f"Build again until every item has a verdict: {count_text(lost)} of "
            f"{count_text(finding.n + lost, 'item')} of {finding.layer} "
            f"{'has' if lost == 1 else 'have'} none. What was answered is reused, also where no "
            "verdict could be read from it."
        )
    return "Build again until every item has an answer; what is done is reused."
