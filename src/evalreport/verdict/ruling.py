"""Ruling: what the evidence says about one claim, because of what, and all that it rests on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

from evalreport.analyze.findings import Finding, FindingRole, Findings, Measurement
from evalreport.rules.base import Remark, Severity, Status
from evalreport.rules.baseline import NO_BASELINE
from evalreport.rules.data import LABELS_RULE
from evalreport.rules.losses import ON_PROXY, TOKENS_AS_TASK
from evalreport.rules.recorded_baseline import IN_WORDS
from evalreport.rules.recorded_meaning import UNDEFINED_RULE
from evalreport.spec.models import Spec
from evalreport.values import Value
from evalreport.verdict.grounds import Grounds, grounds_of

Ruling: TypeAlias = Literal[
    "supported", "not_shown", "contradicted", "not_measured", "measures_something_else"
]

# Broken, they say that a number measures another thing than its name.
_OTHER_THINGS: Final = (TOKENS_AS_TASK, ON_PROXY)
# Broken, they say that what is praised is another thing than its name.
NOT_AS_NAMED: Final = frozenset({*_OTHER_THINGS, LABELS_RULE})
# Broken, they spoil a comparison, and neither of its two numbers.
_OF_THE_OTHER: Final = (NO_BASELINE, IN_WORDS)


class RuledClaim(Value):
    """What somebody says about this model and the ruling; `cites` are ids of findings and rules."""

    text: str
    source: str = ""
    ruling: Ruling
    because: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling without the claim that it is about.

    Attributes:
        ruling: The word for it.
        because: One sentence or more, with the numbers.
        cites: Ids of findings and rules that it rests on.
    """

    ruling: Ruling
    because: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hearing:
    """All that claims are held against.

    Attributes:
        spec: With what was declared.
        findings: What was found.
        remarks: What the rules say.
    """

    spec: Spec
    findings: Findings
    remarks: tuple[Remark, ...]

    @cached_property
    def grounds(self) -> Grounds:
        """What the verdict rests on."""
        return grounds_of(self.findings, self.remarks)

    @cached_property
    def undeclared(self) -> int:
        """How many comparisons were tested that were not declared to decide anything."""
        return sum(
            f.role is FindingRole.EXPLORATORY and not f.is_guard_of_export and f.p_value is not None
            for f in self.findings.findings
        )

    def finding(self, name: str) -> Finding | None:
        """The finding of this id; of another pair of arms where tuned and base have none."""
        found = next((f for f in self.findings.findings if f.id == name), None)
        if found is not None or ":" in name:
            return found
        return next(
            (f for f in self.findings.findings if f.id.partition(":")[0] == name and f.is_measured),
            None,
        )

    def of_name(self, name: str) -> tuple[Finding, ...]:
        """Every pair of arms of one metric of one layer."""
        plain = name.partition(":")[0]
        return tuple(f for f in self.findings.findings if f.id.partition(":")[0] == plain)

    def broken(self, *cited: str) -> tuple[Remark, ...]:
        """Broken rules about one of these."""
        return tuple(r for r in self.remarks if r.status is Status.BROKEN and {*cited} & {*r.cites})

    def spoilt(self, cited: str, *, of_one_arm: bool = False) -> Remark | None:
        """The broken rule for which something does not count.

        Args:
            cited: Its id.
            of_one_arm: Whether the number of one arm is meant, which stands without a base.
        """
        void = self.grounds.void.get(cited)
        if not of_one_arm or void is None or void.rule not in _OF_THE_OTHER:
            return void
        return next(
            (
                r
                for r in self.broken(cited)
                if r.severity is Severity.INVALIDATES and r.rule not in _OF_THE_OTHER
            ),
            None,
        )

    def another_thing(self, cited: str) -> Remark | None:
        """The broken rule that says that a number measures another thing than it is said to."""
        return next((r for r in self.broken(cited) if r.rule in _OTHER_THINGS), None)

    def undefined(self, cited: str) -> Remark | None:
        """The broken rule that says that nobody told how it is computed or which way is better."""
        return next((r for r in self.broken(cited) if r.rule == UNDEFINED_RULE), None)

    def weakening(self, cited: str) -> tuple[str, ...]:
        """Names of the broken rules that weaken a finding, each once."""
        return tuple(
            dict.fromkeys(r.rule for r in self.broken(cited) if r.severity is Severity.WEAKENS)
        )

    def requirement(self, name: str, arm: str) -> Measurement | None:
        """What is required of an arm on a metric of a layer, as it was measured."""
        wanted = f"{name.partition(':')[0]}:{arm}"
        return next(
            (
                one
                for one in self.findings.measurements
                if one.id == wanted and one.requirement is not None
            ),
            None,
        )
