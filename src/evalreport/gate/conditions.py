"""What is demanded of a report, what it was held against, and what came of each condition."""

from dataclasses import dataclass
from enum import StrEnum

from evalreport.numbers import count_text
from evalreport.verdict import WITHOUT_STRENGTH, Outcome, Strength, Verdict


@dataclass(frozen=True, slots=True)
class Demands:
    """What a report must be to pass.

    Attributes:
        require: The outcomes that may pass.
        forbid: Outcomes that may not, also where they are required.
        strength: The least weight that the evidence must bear.
        accepted: Rules that may be broken and invalidate something; a verdict that they spoil
            stays spoilt.
        allow_simulated: Whether the numbers of a simulated model may pass.
        gain_reached: Whether every gain has to be shown to be as large as was asked for.
    """

    require: frozenset[Outcome] = frozenset({Outcome.BETTER})
    forbid: frozenset[Outcome] = frozenset()
    strength: Strength = Strength.FULL
    accepted: frozenset[str] = frozenset()
    allow_simulated: bool = False
    gain_reached: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """That a report was held against something.

    Attributes:
        against: What it was held against, in words.
        differences: Where it does not agree, a clause each; what was looked at agrees otherwise.
        unseen: What of it could not be looked at, and why.
    """

    against: str
    differences: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotHeld:
    """That a report was not held against something.

    Attributes:
        reason: Why not, as a clause.
        is_demanded: Whether it had to be, so that the gate stays shut.
    """

    reason: str
    is_demanded: bool = False


class State(StrEnum):
    """What came of a condition. The first two of these let a report pass."""

    MET = "met"
    OPEN = "left open"  # nothing was declared or asked for that could be missed
    UNTOLD = "cannot be told"  # it was to be met, and nothing tells whether it is
    NOT_MET = "not met"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition and what came of it.

    Attributes:
        name: A word for it, the same in every release.
        claim: What holds when it is met.
        state: What came of it.
        why: Because of what, as a clause.
        details: All that is behind it, a line each.
    """

    name: str
    claim: str
    state: State
    why: str
    details: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Whether a report may pass, as far as this condition goes."""
        return self.state in (State.MET, State.OPEN)


@dataclass(frozen=True, slots=True)
class Gated:
    """Whether a report passes, and because of what.

    Attributes:
        verdict: What the report says.
        conditions: All of them, in the order in which they are told.
        stamps: SIMULATED, SMOKE, or nothing: why it is no evidence about a real model.
        caveat: What a gate that opens leaves unsaid by outcome and strength, as a clause.
    """

    verdict: Verdict
    conditions: tuple[Condition, ...]
    stamps: tuple[str, ...] = ()
    caveat: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether every condition lets it pass."""
        return all(one.is_passed for one in self.conditions)

    @property
    def sentence(self) -> str:
        """One sentence: that it passes, or the first reason why not, and how many more there are.

        Whether a report can be believed stands before whether it is good enough, and stamps stand
        before both, since people quote this sentence alone.
        """
        reasons = [one.why for one in self.conditions if not one.is_passed]
        if not reasons:
            caveat = f": {self.caveat}" if self.caveat else ""
            return self.stamped(f"met: {verdict_text(self.verdict)}{caveat}")
        more = len(reasons) - 1
        others = f"; {count_text(more, 'more condition is', 'more conditions are')} not met"
        return self.stamped(f"not met: {reasons[0]}{others if more else ''}")

    def stamped(self, text: str) -> str:
        """A text behind the report's stamps."""
        return ", ".join((*self.stamps, text))


def verdict_text(verdict: Verdict) -> str:
    """Outcome and strength: `better (full)`; what has no strength stands alone."""
    if verdict.outcome in WITHOUT_STRENGTH:
        return verdict.outcome.value
    return f"{verdict.outcome.value} ({verdict.strength.value})"
