"""What to do next: advice that follows from the outcome and from what is open."""

from evalreport.analyze.findings import Finding, FindingOutcome, Measurement
from evalreport.analyze.sentences import items_text, reaches, spoken
from evalreport.numbers import count_text
from evalreport.rules.base import Remark
from evalreport.rules.registered import PICKED_RULE
from evalreport.rules.table import remedy_of
from evalreport.stats.arguments import FEWEST_ITEMS, FEWEST_SEEDS
from evalreport.verdict.grounds import Grounds
from evalreport.verdict.outcome import Outcome, Strength
from evalreport.verdict.required import shortfall


def next_step_of(outcome: Outcome, grounds: Grounds) -> str:
    """One piece of advice."""
    match outcome:
        case Outcome.INVALID_EVIDENCE:
            return _mend(grounds.invalid[0])
        case Outcome.NOT_MEASURED:
            if not grounds.primaries:
                return "Declare evaluation.primary with the gain worth having, and build again."
            return "Mend the failed or blocked step below and build again; what is done is reused."
        case Outcome.BETTER:
            return _after_success(grounds)
        case Outcome.BETTER_RETENTION_UNKNOWN:
            return _after_failing(grounds) or _settle_retention(grounds)
        case Outcome.MIXED | Outcome.REGRESSION_WITHOUT_GAIN:
            return (
                "Look at what was lost; fewer epochs, a lower learning rate or mixed-in general "
                "data are the usual remedies."
            )
        case Outcome.WORSE:
            return "Do not ship it; look at the worst outputs and at the training curve first."
        case Outcome.EQUIVALENT:
            return "Keep the base model, or change the training before testing again."
        case Outcome.INCONCLUSIVE:
            return _settle(grounds)


def _mend(remark: Remark, of_what: str = "") -> str:
    return f"Mend the evidence{of_what} and build again. {remedy_of(remark)}"


def _after_success(grounds: Grounds) -> str:
    """A value that is required and not reached comes first: no evidence makes up for it."""
    if failing := _after_failing(grounds):
        return failing
    if any(reaches(f).startswith("real, but less") for f in grounds.primaries):
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
        return (
            "Ask the base with a prompt that shows the form (an arm with `system` or `shots`) "
            "before crediting the training with the gain."
        )
    picked = next((r for r in grounds.weakening if r.rule == PICKED_RULE), None)
    if picked is not None:
        return f"Do not quote this figure yet. {remedy_of(picked)}"
    if grounds.strength is Strength.WEAK:
        remedy = remedy_of(grounds.weakening[0])
        return f"Strengthen the evidence before relying on it. {remedy}"
    return "Read the limitations, then ship it or publish the model card."


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
    unmeasured = [spoken(g) for g in grounds.guards if g.outcome is FindingOutcome.NOT_MEASURED]
    if unmeasured:
        return f"Measure {', '.join(unmeasured)}: mend its step below and build again."
    if any(reason.startswith("no answer") for g in grounds.guards for reason in g.excluded):
        return "Build again until every item has an answer; what is done is reused."
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
        return (
            "Ask both models the same items here (a layer of kind generation or multiple_choice): "
            "what others published cannot settle it."
        )
    missing = [f for f in open_ones if f.withheld]
    if missing:
        return "Build again until every item has an answer; what is done is reused."
    if any(len(f.per_seed or ()) >= FEWEST_SEEDS for f in open_ones):
        return "Train with more seeds: few of them leave a wide interval, however many the items."
    tiny = [f for f in open_ones if 0 < f.n < FEWEST_ITEMS]
    if tiny:
        return (
            f"Test on a larger fresh set: {count_text(tiny[0].n, 'item')} carry no interval, and "
            f"{FEWEST_ITEMS} are the fewest that do."
        )
    small = [f for f in open_ones if f.n_required is not None and f.n_required > f.n]
    if small:
        most = max(small, key=lambda f: f.n_required or 0)
        needed = _items(most, most.n_required or 0)
        return f"Test on a fresh set of at least {needed} before deciding."
    return "Look at the side-by-side outputs before deciding."
