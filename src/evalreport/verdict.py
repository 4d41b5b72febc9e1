"""Findings and remarks -> verdict: one outcome, one strength, one sentence, and because of what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Findings, Measurement
from evalreport.analyze.sentences import change_text, gain_text, items_text, reaches, value_phrase
from evalreport.estimates import NotEstimable, has_value
from evalreport.numbers import bound_text, count_text, measure_of
from evalreport.rules.base import Remark, Severity, Status
from evalreport.rules.meaning import LOSS_AS_PRIMARY
from evalreport.stats.arguments import FEWEST_SEEDS
from evalreport.values import Value

WEAK_FROM: Final = 3

_LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED)
_BADNESS: Final = (
    FindingOutcome.LOST,
    FindingOutcome.REGRESSED,
    FindingOutcome.NOT_MEASURED,
    FindingOutcome.INCONCLUSIVE,
    FindingOutcome.RETAINED,
)


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


@dataclass(frozen=True, slots=True)
class _Grounds:
    """All that a verdict rests on.

    Attributes:
        primaries: What had to get better.
        guards: What must not be lost.
        secondary: What else was tested.
        required: Values that single arms had to reach.
        invalid: Broken rules that invalidate a primary.
        weakening: Broken rules that weaken one, the first remark of each.
        void: Guards whose evidence is invalid, with the remark that says so.
        on_loss: Whether a loss was declared as the primary.
    """

    primaries: tuple[Finding, ...]
    guards: tuple[Finding, ...]
    secondary: tuple[Finding, ...]
    required: tuple[Measurement, ...]
    invalid: tuple[Remark, ...]
    weakening: tuple[Remark, ...]
    void: dict[str, Remark]
    on_loss: bool

    @property
    def strength(self) -> Strength:
        return Strength.WEAK if len(self.weakening) >= WEAK_FROM else Strength.FULL

    @property
    def lost(self) -> tuple[Finding, ...]:
        return tuple(guard for guard in self.guards if guard.outcome in _LOSSES)

    @property
    def retained(self) -> bool:
        """Whether every guard shows retention on evidence that counts."""
        return bool(self.guards) and all(
            guard.outcome is FindingOutcome.RETAINED and guard.id not in self.void
            for guard in self.guards
        )

    @property
    def unmet(self) -> tuple[Measurement, ...]:
        """Requirements that are not met, or not shown to be."""
        return tuple(one for one in self.required if one.met is not True)

    def primaries_that_are(self, *outcomes: FindingOutcome) -> tuple[Finding, ...]:
        return tuple(f for f in self.primaries if f.outcome in outcomes)


def decide(findings: Findings, remarks: tuple[Remark, ...]) -> Verdict:
    """The verdict, by precedence: invalid evidence, worse, mixed, and so on down to inconclusive.

    An unqualified "better" needs a guard that was declared and retained, on evidence that no
    broken rule invalidates. A broken rule that invalidates a primary replaces the outcome; three
    or more different broken rules that weaken it make it weak. A loss as primary metric can at
    best be inconclusive.
    """
    grounds = _grounds(findings, remarks)
    outcome = _outcome(grounds)
    return Verdict(
        outcome=outcome,
        strength=grounds.strength,
        headline=_headline(outcome, grounds),
        because=_because(grounds),
        next_step=_next_step(outcome, grounds),
    )


def _grounds(findings: Findings, remarks: tuple[Remark, ...]) -> _Grounds:
    primaries = findings.by_role(FindingRole.PRIMARY)
    guards = findings.by_role(FindingRole.GUARD)
    cited = {f.id for f in primaries}
    broken = [r for r in remarks if r.status is Status.BROKEN]
    on_primary = [r for r in broken if cited & set(r.cites)]
    weakening: dict[str, Remark] = {}
    for remark in on_primary:
        if remark.severity is Severity.WEAKENS:
            weakening.setdefault(remark.rule, remark)
    return _Grounds(
        primaries=primaries,
        guards=guards,
        secondary=findings.by_role(FindingRole.SECONDARY),
        required=tuple(one for one in findings.measurements if one.requirement is not None),
        invalid=tuple(r for r in on_primary if r.severity is Severity.INVALIDATES),
        weakening=tuple(weakening.values()),
        void={
            guard.id: remark
            for guard in guards
            for remark in reversed(broken)
            if remark.severity is Severity.INVALIDATES and guard.id in remark.cites
        },
        on_loss=any(r.rule == LOSS_AS_PRIMARY for r in on_primary),
    )


def _outcome(grounds: _Grounds) -> Outcome:
    if grounds.invalid:
        return Outcome.INVALID_EVIDENCE
    if grounds.primaries_that_are(FindingOutcome.WORSE):
        return Outcome.WORSE
    if not grounds.primaries or grounds.primaries_that_are(FindingOutcome.NOT_MEASURED):
        return Outcome.NOT_MEASURED
    count = len(grounds.primaries)
    if len(grounds.primaries_that_are(FindingOutcome.BETTER)) == count and not grounds.on_loss:
        if grounds.lost:
            return Outcome.MIXED
        return Outcome.BETTER if grounds.retained else Outcome.BETTER_RETENTION_UNKNOWN
    if grounds.lost:
        return Outcome.REGRESSION_WITHOUT_GAIN
    if len(grounds.primaries_that_are(FindingOutcome.EQUIVALENT)) == count and not grounds.on_loss:
        return Outcome.EQUIVALENT
    return Outcome.INCONCLUSIVE


# Because


def _because(grounds: _Grounds) -> tuple[str, ...]:
    guards = sorted(grounds.guards, key=_badness)
    voided = dict.fromkeys(
        f"{guard.id} does not count: {grounds.void[guard.id].text}"
        for guard in guards
        if guard.id in grounds.void
    )
    worse = [f.sentence for f in grounds.secondary if f.outcome is FindingOutcome.WORSE]
    return (
        *dict.fromkeys(r.text for r in grounds.invalid),
        *(f.sentence for f in grounds.primaries),
        *(guard.sentence for guard in guards),
        *voided,
        *worse,
        *(_requirement_sentence(one) for one in grounds.required),
        *_weakness(grounds),
    )


def _badness(guard: Finding) -> int:
    return _BADNESS.index(guard.outcome) if guard.outcome in _BADNESS else len(_BADNESS)


def _requirement_sentence(one: Measurement) -> str:
    measure = measure_of(one.name, one.unit)
    asked, _, why = one.note.partition("; ")
    bound = bound_text(one.requirement or 0.0, measure, is_difference=False)
    what = f"Required of {one.arm}: {one.layer}.{one.name} {asked} {bound}"
    if isinstance(one.value, NotEstimable):
        return f"{what}; not measured: {one.value.not_estimable}."
    return f"{what}; {_met(one)}: {value_phrase(one.value, measure)}{f', {why}' if why else ''}."


def _met(one: Measurement) -> str:
    """Whether it is met; where it is not, whether the value itself fails or only its interval."""
    if one.met:
        return "met"
    if one.met is None or one.requirement is None or not has_value(one.value):
        return "not decided"
    at_least = one.note.startswith("at least")
    reached = one.value.value >= one.requirement if at_least else one.value.value <= one.requirement
    return "not shown to be met" if reached else "not met"


def _weakness(grounds: _Grounds) -> tuple[str, ...]:
    if grounds.strength is Strength.FULL:
        return ()
    names = ", ".join(r.rule for r in grounds.weakening)
    return (
        f"The evidence is weak: {count_text(len(grounds.weakening), 'rule')} broken ({names}).",
    )


# Headline


def _headline(outcome: Outcome, grounds: _Grounds) -> str:
    weak = ", on weak evidence" if grounds.strength is Strength.WEAK else ""
    changes = "; ".join(f"{_spoken(f)} {change_text(f)}" for f in grounds.primaries)
    lost = "; ".join(f"{_spoken(guard)} got worse: {change_text(guard)}" for guard in grounds.lost)
    match outcome:
        case Outcome.BETTER:
            kept = "the guard" if len(grounds.guards) == 1 else "every guard"
            return (
                f"{_success(grounds)}{weak}: {_with_sizes(grounds)}, and {kept} was retained"
                f"{_but_required(grounds)}."
            )
        case Outcome.BETTER_RETENTION_UNKNOWN:
            what = "retention is not shown" if grounds.guards else "what was lost was not measured"
            return f"A gain{weak}: {_with_sizes(grounds)}; {what}{_but_required(grounds)}."
        case Outcome.MIXED:
            return f"A gain with a loss{weak}: {_with_sizes(grounds)}, but {lost}."
        case Outcome.WORSE:
            worse = grounds.primaries_that_are(FindingOutcome.WORSE)
            shown = "; ".join(f"{_spoken(f)} {change_text(f)}" for f in worse)
            return f"The fine-tuning made it worse{weak}: {shown}."
        case Outcome.REGRESSION_WITHOUT_GAIN:
            return f"A loss without a gain{weak}: {lost}; no gain is shown: {changes}."
        case Outcome.EQUIVALENT:
            shown = "; ".join(
                f"{_spoken(f)} changed by less than the {gain_text(f)} declared worth having, "
                f"{change_text(f, f.difference_one_sided)}"
                for f in grounds.primaries
            )
            return f"The fine-tuning made no difference of the size asked for{weak}: {shown}."
        case Outcome.INCONCLUSIVE:
            return _undecided(grounds, changes)
        case Outcome.INVALID_EVIDENCE:
            return f"The evidence cannot carry a verdict: {grounds.invalid[0].text}"
        case Outcome.NOT_MEASURED:
            silent = grounds.primaries_that_are(FindingOutcome.NOT_MEASURED)
            if not silent:
                return "Nothing decides: no primary metric was declared."
            return f"The question was not answered: {silent[0].sentence}"


def _success(grounds: _Grounds) -> str:
    """How much is claimed: no more than the gain that was asked for allows."""
    gains = [reaches(f) for f in grounds.primaries]
    if any(gain.startswith("real, but less") for gain in gains):
        return "The fine-tuning helped, but less than was asked for"
    if any(gain.startswith("whether") for gain in gains):
        return "The fine-tuning helped"
    return "The fine-tuning worked"


def _with_sizes(grounds: _Grounds) -> str:
    return "; ".join(
        f"{_spoken(f)} {change_text(f)}{f', {size}' if (size := reaches(f)) else ''}"
        for f in grounds.primaries
    )


def _but_required(grounds: _Grounds) -> str:
    if not grounds.unmet:
        return ""
    names = ", ".join(f"{one.layer} {_words(one.name)} of {one.arm}" for one in grounds.unmet)
    return f"; a requirement is not shown to be met ({names})"


def _spoken(finding: Finding) -> str:
    """A finding's name as one says it: `general.accuracy` is `general accuracy`."""
    of_field = f" of {finding.field}" if finding.field else ""
    return f"{finding.layer} {_words(finding.metric)}{of_field}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _undecided(grounds: _Grounds, changes: str) -> str:
    if grounds.on_loss:
        return f"A loss cannot show that the fine-tuning worked, whatever it is: {changes}."
    settled = grounds.primaries_that_are(FindingOutcome.BETTER, FindingOutcome.EQUIVALENT)
    if settled:
        rest = [_spoken(f) for f in grounds.primaries if f.outcome is not FindingOutcome.BETTER]
        return f"Not everything that had to get better is shown to ({', '.join(rest)}): {changes}."
    return f"These items cannot tell whether the fine-tuning worked: {changes}."


# What next


def _next_step(outcome: Outcome, grounds: _Grounds) -> str:
    match outcome:
        case Outcome.INVALID_EVIDENCE:
            rule = grounds.invalid[0].rule
            return f"Mend what breaks {rule} (evalreport rules {rule}) and build again."
        case Outcome.NOT_MEASURED:
            if not grounds.primaries:
                return "Declare evaluation.primary with the gain worth having, and build again."
            return "Mend the failed or blocked step below and build again; what is done is reused."
        case Outcome.BETTER:
            return _after_success(grounds)
        case Outcome.BETTER_RETENTION_UNKNOWN:
            return _settle_retention(grounds)
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


def _after_success(grounds: _Grounds) -> str:
    if grounds.strength is Strength.WEAK:
        rule = grounds.weakening[0].rule
        return (
            "Strengthen the evidence before relying on it, "
            f"first: {rule} (evalreport rules {rule})."
        )
    if grounds.unmet:
        return "Look at the requirement that is not shown to be met before shipping it."
    if any(reaches(f).startswith("real, but less") for f in grounds.primaries):
        return "Decide whether so small a gain is worth shipping; it is less than you asked for."
    return "Read the limitations, then ship it or publish the model card."


def _settle_retention(grounds: _Grounds) -> str:
    if grounds.void:
        rule = next(iter(grounds.void.values())).rule
        return f"Mend what breaks {rule} (evalreport rules {rule}) for the guard, and build again."
    unmeasured = [g.id for g in grounds.guards if g.outcome is FindingOutcome.NOT_MEASURED]
    if unmeasured:
        return f"Measure {', '.join(unmeasured)}: mend its step below and build again."
    undecided = [g for g in grounds.guards if g.outcome is FindingOutcome.INCONCLUSIVE]
    if undecided:
        return f"Test retention on a larger fresh set: {', '.join(map(_with_items, undecided))}."
    return "Declare a guard for what must not be lost, and build again."


def _with_items(finding: Finding) -> str:
    if finding.n_required is None or finding.n_required <= finding.n:
        return finding.id
    return f"{finding.id} (about {_items(finding, finding.n_required)})"


def _items(finding: Finding, items: int) -> str:
    size = None if finding.clusters is None else finding.n / finding.clusters.n
    return items_text(items, size)


def _settle(grounds: _Grounds) -> str:
    """What would decide it. Items added to these after looking would not: a fresh set does."""
    if grounds.on_loss:
        return "Declare a primary that measures the task's outcome, and build again."
    open_ones = [
        f
        for f in grounds.primaries
        if f.outcome not in (FindingOutcome.BETTER, FindingOutcome.EQUIVALENT)
    ]
    missing = [f for f in open_ones if f.withheld]
    if missing:
        return "Build again until every item has an answer; what is done is reused."
    if any(len(f.per_seed or ()) >= FEWEST_SEEDS for f in open_ones):
        return "Train with more seeds: few of them leave a wide interval, however many the items."
    small = [f for f in open_ones if f.n_required is not None and f.n_required > f.n]
    if small:
        most = max(small, key=lambda f: f.n_required or 0)
        needed = _items(most, most.n_required or 0)
        return f"Test on a fresh set of at least {needed} before deciding."
    return "Look at the side-by-side outputs before deciding."
