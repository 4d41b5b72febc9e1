"""Kinds to words: the label, the sign and the tone of every outcome, ruling and status.

A tone is a colour of the page and never stands alone: each has a sign and a word beside it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.analyze.judging.model import LineState
from evalreport.records import CheckName
from evalreport.rules.base import NOTED, Severity, Status
from evalreport.verdict import Outcome, Strength


class Tone(StrEnum):
    """What a colour says."""

    GOOD = "good"
    BAD = "bad"
    CAUTION = "caution"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Label:
    """A word with its sign and tone; `icon` names a drawing of the page, `sign` is for text."""

    text: str
    icon: str
    sign: str
    tone: Tone


_CHECK: Final = ("check", "\N{HEAVY CHECK MARK}", Tone.GOOD)
_ROUTINE: Final = ("check", "\N{HEAVY CHECK MARK}", Tone.NEUTRAL)
_CROSS: Final = ("cross", "\N{HEAVY BALLOT X}", Tone.BAD)
_MIXED: Final = ("mixed", "\N{UP DOWN ARROW}", Tone.CAUTION)
_WARN: Final = ("warn", "!", Tone.CAUTION)
_EQUAL: Final = ("equal", "=", Tone.NEUTRAL)
_ASK: Final = ("ask", "?", Tone.NEUTRAL)
_DASH: Final = ("dash", "\N{EN DASH}", Tone.NEUTRAL)

OUTCOMES: Final = {
    Outcome.BETTER: Label("Better", *_CHECK),
    Outcome.BETTER_RETENTION_UNKNOWN: Label("Better, but what it lost is unknown", *_WARN),
    Outcome.MIXED: Label("Mixed: a gain and a loss", *_MIXED),
    Outcome.WORSE: Label("Worse", *_CROSS),
    Outcome.REGRESSION_WITHOUT_GAIN: Label("A loss without a gain", *_CROSS),
    Outcome.EQUIVALENT: Label("Equivalent", *_EQUAL),
    Outcome.INCONCLUSIVE: Label("Inconclusive", *_ASK),
    Outcome.INVALID_EVIDENCE: Label("Invalid evidence", *_CROSS),
    Outcome.NOT_MEASURED: Label("Not measured", *_DASH),
}

STRENGTHS: Final = {
    Strength.FULL: Label("Full strength", *_ROUTINE),
    Strength.WEAK: Label("Weak", *_WARN),
}

FINDING_OUTCOMES: Final = {
    FindingOutcome.BETTER: Label("better", *_CHECK),
    FindingOutcome.WORSE: Label("worse", *_CROSS),
    FindingOutcome.EQUIVALENT: Label("equivalent", *_EQUAL),
    FindingOutcome.RETAINED: Label("retained", *_CHECK),
    FindingOutcome.LOST: Label("lost", *_CROSS),
    FindingOutcome.REGRESSED: Label("regressed", *_CROSS),
    FindingOutcome.INCONCLUSIVE: Label("inconclusive", *_ASK),
    FindingOutcome.BORDERLINE: Label("borderline", *_ASK),
    FindingOutcome.DESCRIPTIVE: Label("descriptive", *_DASH),
    FindingOutcome.NOT_MEASURED: Label("not measured", *_DASH),
}

# Pinned to the top of every results table.
LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED, FindingOutcome.WORSE)

ROLE_ORDER: Final = (
    FindingRole.PRIMARY,
    FindingRole.GUARD,
    FindingRole.SECONDARY,
    FindingRole.EXPLORATORY,
)

RULINGS: Final = {
    "supported": Label("supported", *_CHECK),
    "not_shown": Label("not shown", *_ASK),
    "contradicted": Label("contradicted", *_CROSS),
    "not_measured": Label("not measured", *_DASH),
    "measures_something_else": Label("measures something else", *_WARN),
}

STATUSES: Final = {
    Status.BROKEN: Label("broken", *_CROSS),
    Status.UNCHECKED: Label("unchecked", *_ASK),
    Status.KEPT: Label("kept", *_CHECK),
    Status.NOT_APPLICABLE: Label("not applicable", *_DASH),
}

# A broken rule looks as bad as what it does to the verdict.
BROKEN: Final = {
    Severity.INVALIDATES: Label("broken", *_CROSS),
    Severity.WEAKENS: Label("broken", *_WARN),
    Severity.NOTE: Label("broken", "warn", "!", Tone.NEUTRAL),
}

# What a broken rule does, and what one would do that is not broken, or is not known to be.
DOES: Final = {
    Severity.INVALIDATES: "invalidates the verdict",
    Severity.WEAKENS: "weakens the verdict",
    Severity.NOTE: NOTED,
}
WOULD: Final = {
    Severity.INVALIDATES: "would invalidate the verdict",
    Severity.WEAKENS: "would weaken the verdict",
    Severity.NOTE: NOTED,
}
# The same for what is not about a primary finding.
DOES_ASIDE: Final = {
    Severity.INVALIDATES: "voids what it is about",
    Severity.WEAKENS: "weakens what it is about",
    Severity.NOTE: NOTED,
}
WOULD_ASIDE: Final = {
    Severity.INVALIDATES: "would void what it is about",
    Severity.WEAKENS: "would weaken what it is about",
    Severity.NOTE: NOTED,
}

CHECKS: Final = {
    "passed": Label("passed", *_CHECK),
    "failed": Label("failed", *_CROSS),
    "waived": Label("waived", *_WARN),
    "unchecked": Label("unchecked", *_ASK),
}
CHECKED: Final[dict[CheckName, str]] = {
    "rows": "rows to train on",
    "trainer_arguments": "settings that the trainer takes",
    "target_modules": "layers that are trained",
    "chat_template": "one chat template",
    "prompt_is_prefix": "same prompt in training and evaluation",
    "end_of_turn_learned": "end of the turn is learned",
    "stop_token": "stop token",
    "truncation": "rows that are cut",
    "memory": "memory",
    "finite_outputs": "outputs are numbers",
    "adapter_fits": "adapter fits the base",
    "adapter_base": "adapter made for this base",
    "adapter_weights": "adapter has weights",
    "adapter_active": "adapter changes the outputs",
    "base_restored": "base is itself without the adapter",
}

STEPS: Final = {
    "reused": Label("reused", *_ROUTINE),
    "done": Label("ran", *_ROUTINE),
    "pending": Label("waits for people", *_ASK),
    "blocked": Label("blocked", *_WARN),
    "failed": Label("failed", *_CROSS),
}

# For a finding or a requirement that a broken invalidating rule is about.
VOID: Final = Label("does not count", *_CROSS)

# For a gain that is shown, and not to be as large as was asked for; and that is shown to be less.
NOT_REACHED: Final = Label("not shown to be reached", *_ASK)
LESS_THAN_ASKED: Final = Label("not reached", *_WARN)

MET: Final = {
    "met": Label("met", *_CHECK),
    "not met": Label("not met", *_CROSS),
    "not shown to be met": Label("not shown to be met", *_CROSS),
    "not decided": Label("not decided", *_ASK),
}

# How a line of a judge's card stands to what is asked of a judge; a plain number has no word.
CARD_STATES: Final = {
    LineState.FINE: Label("fine", *_CHECK),
    LineState.CAUTION: Label("caution", *_WARN),
    LineState.UNFIT: Label("not fit", *_CROSS),
    LineState.OPEN: Label("open", *_ASK),
}

FORMS: Final = {
    "all_items": "All items, with the declared penalty",
    "valid_in_both": "Items valid in both arms",
    "worst_case": "Worst case",
    "own_subset": "Each arm's own subset",
}

# The same of scores that another tool gave, or did not give.
FORMS_OF_FILES: Final = {**FORMS, "valid_in_both": "Items with a score of both arms"}

BUCKETS: Final = {
    "worst_loss": "Worst losses",
    "largest_gain": "Largest gains",
    "random": "Random",
}

SIMULATED: Final = (
    "A simulated model gave these answers. Nothing here was measured on a real model, "
    "and nothing here may be quoted as a result."
)
SMOKE: Final = (
    "A smoke run: a few steps and a few items per layer, to see that everything connects. "
    "It counts for nothing."
)
