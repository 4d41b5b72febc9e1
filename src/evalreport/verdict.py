"""Findings and remarks -> verdict: one outcome, one strength, one sentence, and because of what."""

from enum import StrEnum
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Findings, Measurement
from evalreport.analyze.sentences import difference_text, value_phrase
from evalreport.estimates import NotEstimable
from evalreport.numbers import count_text, measure_of
from evalreport.rules.base import Remark, Severity, Status
from evalreport.values import Value

WEAK_FROM: Final = 3


class Outcome(StrEnum):
    """What the evidence says about the question that was declared."""

    BETTER = "better"
    BETTER_RETENTION_UNKNOWN = "better_retention_unknown"
    MIXED = "mixed"
    WORSE = "worse"
    REGRESSION_WITHOUT_GAIN = "regression_without_gain"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    INVALID_EVIDENCE = "invalid_evidence"
    NOT_MEASURED = "not_measured"


class Strength(StrEnum):
    """How much weight the outcome bears."""

    FULL = "full"
    WEAK = "weak"


class Verdict(Value):
    """The sentence on top. `because` are sentences, most important first; `next_step` is advice."""

    outcome: Outcome
    strength: Strength
    headline: str
    because: tuple[str, ...]
    next_step: str


def decide(findings: Findings, remarks: tuple[Remark, ...]) -> Verdict:
    """The verdict, by precedence: invalid evidence, worse, mixed, and so on down to inconclusive.

    An unqualified "better" needs a guard that was declared and retained. A broken rule that
    invalidates the primary replaces the outcome; three or more broken rules that weaken it make
    it weak. A loss as primary metric can at best be inconclusive.
    """
    primaries = findings.by_role(FindingRole.PRIMARY)
    guards = findings.by_role(FindingRole.GUARD)
    cited = {f.id for f in primaries}
    on_primary = [r for r in remarks if r.status is Status.BROKEN and cited & set(r.cites)]
    invalid = [r for r in on_primary if r.severity is Severity.INVALIDATES]
    weakening = [r for r in on_primary if r.severity is Severity.WEAKENS]
    strength = Strength.WEAK if len(weakening) >= WEAK_FROM else Strength.FULL
    outcome = _outcome(primaries, guards, invalid, remarks)
    because = (
        *(r.text for r in invalid),
        *(f.sentence for f in primaries),
        *(g.sentence for g in sorted(guards, key=_badness)),
        *_requirement_sentences(findings.measurements),
        *_weakness(weakening, strength),
    )
    return Verdict(
        outcome=outcome,
        strength=strength,
        headline=_headline(outcome, strength, primaries, guards, invalid),
        because=because,
        next_step=_next_step(outcome, strength, primaries, guards, invalid, weakening),
    )


def _outcome(
    primaries: tuple[Finding, ...],
    guards: tuple[Finding, ...],
    invalid: list[Remark],
    remarks: tuple[Remark, ...],
) -> Outcome:
    if invalid:
        return Outcome.INVALID_EVIDENCE
    if not primaries or any(f.outcome is FindingOutcome.NOT_MEASURED for f in primaries):
        return Outcome.NOT_MEASURED
    outcomes = [f.outcome for f in primaries]
    on_loss = any(r.rule == "ppl-on-reasoning" and r.status is Status.BROKEN for r in remarks)
    if FindingOutcome.WORSE in outcomes:
        return Outcome.WORSE
    lost = any(g.outcome in (FindingOutcome.LOST, FindingOutcome.REGRESSED) for g in guards)
    if all(outcome is FindingOutcome.BETTER for outcome in outcomes) and not on_loss:
        if lost:
            return Outcome.MIXED
        if guards and all(g.outcome is FindingOutcome.RETAINED for g in guards):
            return Outcome.BETTER
        return Outcome.BETTER_RETENTION_UNKNOWN
    if lost:
        return Outcome.REGRESSION_WITHOUT_GAIN
    if all(outcome is FindingOutcome.EQUIVALENT for outcome in outcomes) and not on_loss:
        return Outcome.EQUIVALENT
    return Outcome.INCONCLUSIVE


def _badness(guard: Finding) -> int:
    order = (
        FindingOutcome.LOST,
        FindingOutcome.REGRESSED,
        FindingOutcome.NOT_MEASURED,
        FindingOutcome.INCONCLUSIVE,
        FindingOutcome.RETAINED,
    )
    return order.index(guard.outcome) if guard.outcome in order else len(order)


def _requirement_sentences(measurements: tuple[Measurement, ...]) -> tuple[str, ...]:
    sentences = []
    for one in measurements:
        if one.requirement is None:
            continue
        measure = measure_of(one.name, one.unit)
        if isinstance(one.value, NotEstimable):
            sentences.append(f"Required of {one.arm}: {one.layer} {one.name}, not measured.")
            continue
        word = {True: "met", False: "not met", None: "not decided"}[one.met]
        shown = value_phrase(one.value, measure)
        sentences.append(f"Required of {one.arm}, {one.layer} {one.name}: {shown}, {word}.")
    return tuple(sentences)


def _weakness(weakening: list[Remark], strength: Strength) -> tuple[str, ...]:
    if strength is Strength.FULL:
        return ()
    names = ", ".join(dict.fromkeys(r.rule for r in weakening))
    return (f"The evidence is weak: {count_text(len(weakening), 'rule')} broken ({names}).",)


def _headline(
    outcome: Outcome,
    strength: Strength,
    primaries: tuple[Finding, ...],
    guards: tuple[Finding, ...],
    invalid: list[Remark],
) -> str:
    weak = ", on weak evidence" if strength is Strength.WEAK else ""
    name = primaries[0].id if primaries else "the primary metric"
    change = (
        difference_text(primaries[0].difference, measure_of(primaries[0].metric, primaries[0].unit))
        if primaries
        else ""
    )
    lost = [g.id for g in guards if g.outcome in (FindingOutcome.LOST, FindingOutcome.REGRESSED)]
    match outcome:
        case Outcome.BETTER:
            kept = "the guard was retained" if len(guards) == 1 else "all guards were retained"
            return f"The fine-tuning worked{weak}: {name} {change}, and {kept}."
        case Outcome.BETTER_RETENTION_UNKNOWN:
            what = "retention is not shown" if guards else "what was lost was not measured"
            return f"{name} got better{weak}: {change}; {what}."
        case Outcome.MIXED:
            return f"A gain with a loss{weak}: {name} {change}, but {', '.join(lost)} fell."
        case Outcome.WORSE:
            return f"The fine-tuning made it worse{weak}: {name} {change}."
        case Outcome.REGRESSION_WITHOUT_GAIN:
            return f"No gain is shown, and {', '.join(lost)} fell{weak}: {name} {change}."
        case Outcome.EQUIVALENT:
            return f"The fine-tuning changed nothing that matters{weak}: {name} {change}."
        case Outcome.INCONCLUSIVE:
            return f"These items cannot tell whether the fine-tuning worked: {name} {change}."
        case Outcome.INVALID_EVIDENCE:
            return f"The evidence cannot carry a verdict: {invalid[0].text}"
        case Outcome.NOT_MEASURED:
            if not primaries:
                return "Nothing decides: no primary metric was declared."
            return f"The question was not answered: {primaries[0].sentence}"


def _next_step(
    outcome: Outcome,
    strength: Strength,
    primaries: tuple[Finding, ...],
    guards: tuple[Finding, ...],
    invalid: list[Remark],
    weakening: list[Remark],
) -> str:
    needed = primaries[0].n_required if primaries else None
    more = (
        f"Test on at least {count_text(needed, 'item')}"
        if primaries and needed is not None and needed > primaries[0].n
        else "Look at the side-by-side outputs"
    )
    open_guards = [g.id for g in guards if g.outcome is FindingOutcome.INCONCLUSIVE]
    match outcome:
        case Outcome.INVALID_EVIDENCE:
            return (
                f"Mend what breaks {invalid[0].rule} (evalreport rules {invalid[0].rule}) "
                "and build again."
            )
        case Outcome.NOT_MEASURED:
            if not primaries:
                return "Declare evaluation.primary with the gain worth having, and build again."
            return "Mend the failed or blocked step below and build again; what is done is reused."
        case Outcome.BETTER:
            if strength is Strength.WEAK:
                return (
                    f"Strengthen the evidence before relying on it, first: {_advice(weakening[0])}"
                )
            return "Read the limitations, then ship it or publish the model card."
        case Outcome.BETTER_RETENTION_UNKNOWN:
            if open_guards:
                return f"Add items to {', '.join(open_guards)} until retention is settled."
            return "Declare a guard for what must not be lost, and build again."
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
            return f"{more} before deciding."


def _advice(remark: Remark) -> str:
    return f"{remark.rule} (evalreport rules {remark.rule})."
