"""What a verdict rests on, and the outcome that follows from it by precedence."""

from dataclasses import dataclass
from math import inf
from typing import Final

from evalreport.analyze.decide import oriented
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Findings, Measurement
from evalreport.analyze.sentences import LESS, reaches
from evalreport.estimates import has_value
from evalreport.rules.base import Remark, Severity, Status, voided
from evalreport.rules.declared import SUBGROUP_RULE
from evalreport.rules.imported_trust import ON_TRUST
from evalreport.rules.meaning import LOSS_AS_PRIMARY
from evalreport.rules.prompted import ALL_FORMAT, FORMAT_RULE, IN_HEADLINE
from evalreport.verdict.outcome import Outcome, Strength
from evalreport.verdict.picked import Picked, picked_of
from evalreport.verdict.uncompared import lacks_of

WEAK_FROM: Final = 3
LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED)
_OF_GAINS: Final = (Outcome.BETTER, Outcome.BETTER_RETENTION_UNKNOWN)


@dataclass(frozen=True, slots=True)
class OfFormat:
    """How much of a gain may be format.

    Attributes:
        words: As a headline says it.
        at_best: The least gain over a base that was asked in a form it can answer, if there is one.
    """

    words: str
    at_best: Finding | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a verdict rests on.

    Attributes:
        primaries: What had to get better.
        guards: What must not be lost.
        secondary: What else was tested.
        exported: The guards again, held against what was made of tuned: told, and no part of the
            outcome, which is about tuned.
        required: Values that single arms had to reach.
        invalid: Broken rules that invalidate a primary.
        weakening: Broken rules that weaken one, the first remark of each.
        void: Ids of what has invalid evidence, with the remark that says so.
        on_loss: Whether a loss was declared as the primary.
        by_format: By id of a primary, how much of its gain may be format.
        picked: By id of a primary, that its gain may be the best of several.
        falling: Subgroups that are shown to fall while a primary rises.
        lacks: What keeps every number from being compared, as `lacks_of` gives it.
    """

    primaries: tuple[Finding, ...]
    guards: tuple[Finding, ...]
    secondary: tuple[Finding, ...]
    exported: tuple[Finding, ...]
    required: tuple[Measurement, ...]
    invalid: tuple[Remark, ...]
    weakening: tuple[Remark, ...]
    void: dict[str, Remark]
    on_loss: bool
    by_format: dict[str, OfFormat]
    picked: dict[str, Picked]
    falling: tuple[Finding, ...]
    lacks: str

    @property
    def strength(self) -> Strength:
        """Weak from three different broken rules on, or where a claimed gain may be no gain."""
        is_weak = len(self.weakening) >= WEAK_FROM or bool(self.doubts)
        return Strength.WEAK if is_weak else Strength.FULL

    @property
    def doubts(self) -> tuple[str, ...]:
        """What makes the evidence weak whatever else holds, each as a clause."""
        found = {
            "all of the gain may be format": self.may_be_all_format,
            "the gain may come from picking alone": self.may_be_picking,
            "that both arms were measured alike is taken on trust": self.is_on_trust,
        }
        return tuple(words for words, holds in found.items() if holds)

    @property
    def is_on_trust(self) -> bool:
        """Whether no file tells that both arms were asked alike; the word of a spec is trust."""
        return any(remark.rule == ON_TRUST for remark in self.weakening)

    @property
    def may_be_all_format(self) -> bool:
        """Whether nothing shows that a gain is more than the form of the answers."""
        return any(part.words == ALL_FORMAT for part in self.by_format.values())

    @property
    def has_unsure_pick(self) -> bool:
        """Whether some gain is not shown for all that were tried."""
        return any(not one.is_shown for one in self.picked.values())

    @property
    def may_be_picking(self) -> bool:
        """Whether the verdict claims a gain that is not shown for all that were tried.

        A loss beside it is as sure as it was.
        """
        return self.has_unsure_pick and outcome_of(self) in _OF_GAINS

    @property
    def lost(self) -> tuple[Finding, ...]:
        """Guards that are shown to have got worse."""
        return tuple(guard for guard in self.guards if guard.outcome in LOSSES)

    @property
    def retained(self) -> bool:
        """Whether every guard shows retention on evidence that counts."""
        return bool(self.guards) and all(
            guard.outcome is FindingOutcome.RETAINED and guard.id not in self.void
            for guard in self.guards
        )

    @property
    def unmet(self) -> tuple[Measurement, ...]:
        """Requirements that are not met, or not shown to be on evidence that counts."""
        return tuple(one for one in self.required if one.met is not True or one.id in self.void)

    @property
    def unkept(self) -> tuple[Finding, ...]:
        """Guards that what was made of tuned does not retain, or is not shown to."""
        return tuple(
            f
            for f in self.exported
            if f.outcome is not FindingOutcome.RETAINED or f.id in self.void
        )

    def size_of(self, primary: Finding, gain: Finding | None = None) -> str:
        """What a gain says about the one asked for; the best of several can only fall short of it.

        Args:
            primary: Whose gain was asked for.
            gain: The gain over another base, where that is the fair one.
        """
        size = reaches(primary if gain is None else gain)
        return size if primary.id not in self.picked or size.startswith(LESS) else ""

    def state_of(self, one: Measurement) -> str:
        """How a requirement stands, and whether its evidence counts."""
        if one.id in self.void:
            return "on evidence that does not count"
        return one.requirement_state if has_value(one.value) else "not measured"

    def primaries_that_are(self, *outcomes: FindingOutcome) -> tuple[Finding, ...]:
        """Primaries with one of these outcomes."""
        return tuple(f for f in self.primaries if f.outcome in outcomes)


def grounds_of(findings: Findings, remarks: tuple[Remark, ...]) -> Grounds:
    """What of the findings and of the broken rules bears on the declared question."""
    primaries = findings.by_role(FindingRole.PRIMARY)
    cited = {f.id for f in primaries}
    broken = [r for r in remarks if r.status is Status.BROKEN]
    on_primary = [r for r in broken if cited & set(r.cites)]
    weakening: dict[str, Remark] = {}
    for remark in on_primary:
        if remark.severity is Severity.WEAKENS:
            weakening.setdefault(remark.rule, remark)
    exported = tuple(f for f in findings.findings if f.is_guard_of_export)
    void = voided(remarks)
    # The export answers the items of tuned's guard: what spoils those spoils both.
    void |= {f.id: void[f.guard_of_tuned] for f in exported if f.guard_of_tuned in void}
    by_format = _by_format(primaries, on_primary, findings)
    return Grounds(
        primaries=primaries,
        guards=findings.by_role(FindingRole.GUARD),
        secondary=findings.by_role(FindingRole.SECONDARY),
        exported=exported,
        required=tuple(one for one in findings.measurements if one.requirement is not None),
        invalid=tuple(r for r in on_primary if r.severity is Severity.INVALIDATES),
        weakening=tuple(weakening.values()),
        void=void,
        on_loss=any(r.rule == LOSS_AS_PRIMARY for r in on_primary),
        by_format=by_format,
        picked=picked_of(primaries, on_primary, {i: one.at_best for i, one in by_format.items()}),
        falling=tuple(
            f
            for f in findings.findings
            if f.subgroup is not None
            and any(r.rule == SUBGROUP_RULE and f.id in r.cites for r in on_primary)
        ),
        lacks=lacks_of(findings),
    )


def _by_format(
    primaries: tuple[Finding, ...], remarks: list[Remark], findings: Findings
) -> dict[str, OfFormat]:
    """What the rule about format says of each primary, and the gain over a base at its best."""
    found = {}
    for remark in remarks:
        if remark.rule != FORMAT_RULE or remark.severity is Severity.NOTE:
            continue
        words = next((w for begins, w in IN_HEADLINE.items() if remark.text.startswith(begins)), "")
        for primary in primaries:
            if not words or primary.id not in remark.cites:
                continue
            if primary.outcome is not FindingOutcome.BETTER:
                continue  # no gain is claimed, of which something could be format
            over_best = [
                f
                for f in findings.findings
                if f.id in remark.cites
                and f.role is FindingRole.EXPLORATORY
                and (f.layer, f.metric, f.field) == (primary.layer, primary.metric, primary.field)
                and oriented(f.difference, higher_is_better=f.higher_is_better) is not None
            ]
            least = min(over_best, key=_gain, default=None)
            found[primary.id] = OfFormat(words, least)
    return found


def _gain(finding: Finding) -> float:
    ends = oriented(finding.difference, higher_is_better=finding.higher_is_better)
    return -inf if ends is None else ends.value


def outcome_of(grounds: Grounds) -> Outcome:
    """The outcome, by precedence; see `decide`."""
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
