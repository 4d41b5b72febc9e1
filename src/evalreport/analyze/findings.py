"""What analysis finds: compared metrics, one-arm measurements, health, gaps and examples.

Every name here is a key of report.json. Values are raw metric units; fractions lie in [0, 1].
"""

from enum import StrEnum
from typing import Any, Literal, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from evalreport.analyze.flips import Flips
from evalreport.analyze.judging.model import JudgeCard, JudgedExample, Ranking, Stop
from evalreport.analyze.text_findings import (
    ConfusionMatrix,
    Example,
    Health,
    HealthDifference,
    SameAnswer,
    SameOutputs,
)
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.records import Origin
from evalreport.values import Count, Number, Value

RequirementState: TypeAlias = Literal["met", "not met", "not shown to be met", "not decided"]


class FindingRole(StrEnum):
    """What the spec declared a metric to be before any output existed."""

    PRIMARY = "primary"
    GUARD = "guard"
    SECONDARY = "secondary"
    EXPLORATORY = "exploratory"


class FindingOutcome(StrEnum):
    """Where the interval lies against 0, the gain worth having and the margin."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    RETAINED = "retained"  # a guard: the loss is smaller than the margin
    LOST = "lost"  # a guard: the loss is larger than the margin
    REGRESSED = "regressed"  # a guard: a loss is shown, retention is not
    INCONCLUSIVE = "inconclusive"
    BORDERLINE = "borderline"  # interval and test disagree
    DESCRIPTIVE = "descriptive"  # not declared: no verdict word
    NOT_MEASURED = "not_measured"


class Form(Value):
    """One of the four readings of a score that exists only for parsed outputs.

    `n_by_arm` holds both numbers, candidate's and reference's, where each arm has its own items,
    and `n` then the greater; it stands in report.json only there.
    """

    name: str  # all_items (not of files) | valid_in_both | worst_case | own_subset
    n: Count
    tuned: Estimated
    base: Estimated
    difference: Estimated
    note: str
    n_by_arm: tuple[Count, Count] | None = None

    @model_serializer(mode="wrap")
    def _without_absent(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if dumped["n_by_arm"] is None:
            dumped.pop("n_by_arm")
        return dumped


class SeedDifference(Value):
    """The difference of one training seed."""

    seed: int | None
    n: Count
    tuned: Estimated
    difference: Estimated


class Clusters(Value):
    """How the items hang together."""

    by: str
    n: Count
    design_effect: Estimated


class Power(Value):
    """What this comparison could have seen, from the declared effect and the observed spread."""

    smallest_detectable: Estimated
    n_required: Count | None
    target: Number | None
    spread: Number | None
    spread_source: str
    design_effect: Number | None = None  # what clusters cost, observed
    disagreement: Number | None = None  # share of items that differ, where items are right/wrong
    power_at_target: Number | None = None  # how often a true gain of the declared size is found
    exaggeration: Number | None = None  # how many times too large it then looks, on average
    note: str = ""


class UnshownGroups(Value):
    """Subgroups by one key that are too small to be shown apart."""

    key: str
    groups: Count
    items: Count
    fewest: Count  # a group of so many items is shown


class Finding(Value):
    """One comparison of one metric on the same items: candidate against reference.

    `tuned` and `base` hold candidate and reference, whatever their arms are called. `counts` says
    on how many items the two differ; `excluded` counts what left the comparison, by reason;
    `withheld` says why an outcome that the numbers alone would give is not given. Of recorded
    numbers, `n_missing` says why the number of items is not known (in report.json it then stands
    in the place of `n`), and `n_by_arm` holds both numbers where each arm had its own items.
    `stopped` says why there are no more items, where looks at them decided that.
    `difference_over_missing` is the difference with an interval that holds whatever the answers
    are that are missing by our fault, where some are: what is said of a size rests on it.
    """

    id: str
    layer: str
    metric: str
    field: str | None = None
    subgroup: str | None = None
    dataset: str
    role: FindingRole
    arms: tuple[str, str]
    n: Count
    n_missing: str = ""
    n_by_arm: tuple[Count, Count] | None = None
    unit: str
    higher_is_better: bool
    tuned: Estimated
    base: Estimated
    difference: Estimated
    difference_one_sided: Estimated | None = None  # at level 1 - 2 alpha: guards and equivalence
    difference_over_missing: Estimated | None = None
    gain_at_least: Number | None = None
    lose_at_most: Number | None = None
    counts: Flips | None = None
    forms: tuple[Form, ...] | None = None
    test: str | None = None
    p_value: Number | None = None
    p_adjusted: Number | None = None
    adjusted_over: Count | None = None
    clusters: Clusters | None = None
    per_seed: tuple[SeedDifference, ...] | None = None
    excluded: dict[str, Count] = Field(default_factory=dict)
    unshown_groups: tuple[UnshownGroups, ...] = ()
    chance: Number | None = None
    outcome: FindingOutcome
    withheld: str = ""
    power: Power | None = None
    smallest_detectable: Estimated
    n_required: Count | None = None
    origin: Origin = Origin.RUN
    simulated: bool = False
    stopped: str = ""
    sentence: str

    @model_validator(mode="before")
    @classmethod
    def _absent_n(cls, given: Any) -> Any:
        n = given.get("n") if isinstance(given, dict) else None
        if isinstance(n, dict) and "not_estimable" in n:
            return {**given, "n": 0, "n_missing": n["not_estimable"]}
        return given

    @model_serializer(mode="wrap")
    def _without_zero(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        missing, by_arm = dumped.pop("n_missing"), dumped.pop("n_by_arm")
        if missing:
            dumped["n"] = {"not_estimable": missing}
        if not self.stopped:
            dumped.pop("stopped", None)
        if self.difference_over_missing is None:
            dumped.pop("difference_over_missing", None)
        if by_arm is not None:
            dumped["n_by_arm"] = by_arm
        return dumped

    def __repr__(self) -> str:
        """Its sentence: the numbers behind it are some pages."""
        return f"<Finding {self.id}: {self.role.value}, {self.outcome.value}. {self.sentence}>"

    __str__ = __repr__

    @property
    def is_measured(self) -> bool:
        """Whether there is a difference, on however many items."""
        return not isinstance(self.difference, NotEstimable)

    @property
    def is_foreign(self) -> bool:
        """Whether others measured all of it, so that its items are not here."""
        return self.origin is not Origin.RUN and not self.dataset

    @property
    def is_of_totals(self) -> bool:
        """Whether it rests on totals that others published, without the pairs behind them."""
        return self.is_foreign and self.counts is None and self.power is None

    @property
    def is_guard_of_export(self) -> bool:
        """Whether a guard that was declared of tuned is held against what was made of it."""
        return self.role is FindingRole.EXPLORATORY and self.lose_at_most is not None

    @property
    def guard_of_tuned(self) -> str:
        """The id of the same guard of tuned, of which an export's is made."""
        return self.id.rpartition(":")[0]


class Measurement(Value):
    """A number of one arm: a health rate, a requirement, a flip rate."""

    id: str
    layer: str
    name: str
    arm: str
    n: Count
    unit: str
    value: Estimated
    requirement: Number | None = None
    required_is: Literal["at_least", "at_most"] = "at_least"
    met: bool | None = None
    note: str = ""

    @property
    def requirement_state(self) -> RequirementState:
        """How a requirement stands: not met only where the whole interval fails."""
        if self.met:
            return "met"
        if self.met is None or self.requirement is None or not isinstance(self.value, Estimate):
            return "not decided"
        is_excluded = (
            self.value.high < self.requirement
            if self.required_is == "at_least"
            else self.value.low > self.requirement
        )
        return "not met" if is_excluded else "not shown to be met"


class Gap(Value):
    """Improvement on seen items minus improvement on unseen ones."""

    layer: str
    name: str
    unit: str
    seen: Estimated
    unseen: Estimated
    difference: Estimated
    n_seen: Count
    n_unseen: Count
    generalisation_ratio: Estimated
    sentence: str


class Overlap(Value):
    """How training and evaluation items meet, and what the clean rest shows."""

    dataset: str
    n: Count
    exact: Count
    near: Count
    shared_groups: Count
    group_key: str | None
    duplicates: Count
    examples: tuple[tuple[str, str], ...] = ()  # (evaluation id, training id)
    checked_against: tuple[str, ...] = ()
    clean_findings: tuple[Finding, ...] = ()


class EpochRow(Value):
    """One row of the table that overfitting is read from."""

    epoch: Number
    step: Count
    train_loss: Number | None
    eval_loss: Number | None
    chosen: bool


class Findings(Value):
    """All that analysis gives."""

    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...] = ()
    health: tuple[Health, ...] = ()
    health_differences: tuple[HealthDifference, ...] = ()
    same_outputs: tuple[SameOutputs, ...] = ()
    same_answers: tuple[SameAnswer, ...] = ()
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    confusion: tuple[ConfusionMatrix, ...] = ()
    examples: tuple[Example, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    epochs: tuple[EpochRow, ...] = ()
    judge_cards: tuple[JudgeCard, ...] = ()
    judged_examples: tuple[JudgedExample, ...] = ()
    stops: tuple[Stop, ...] = ()

    def by_role(self, role: FindingRole) -> tuple[Finding, ...]:
        """The findings that were declared with this role; subgroups never are."""
        return tuple(f for f in self.findings if f.role is role)

    @property
    def primary(self) -> Finding | None:
        """The declared primary finding, when one was declared."""
        return next(iter(self.by_role(FindingRole.PRIMARY)), None)
