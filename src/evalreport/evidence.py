"""Evidence: one outcome for every planned step, and every answer by layer, arm, seed and part.

The report quotes this, never the spec.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalreport.importers.results import Integrity, Results
from evalreport.plan.model import Inputs, Plan
from evalreport.records import (
    Arm,
    Corpora,
    EarlierTraining,
    Failure,
    Item,
    Itemised,
    JudgedLayer,
    Judging,
    Machine,
    Outcome,
    PreflightLog,
    Published,
    RecordedTraining,
    Registration,
    ScoredArm,
    TrainingLog,
)
from evalreport.records.ratings import PeopleLayer
from evalreport.values import Json


@dataclass(frozen=True, slots=True)
class BlockId:
    """Which answers: of one layer, one arm, one training seed, and one part of the layer."""

    layer: str
    arm: str
    seed: int | None
    part: str = "main"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was observed and all that was meant to be.

    Attributes:
        plan: What was meant to be done.
        corpora: The data, by name.
        items: The items that each layer asked, by (layer, part), in order.
        outcomes: One per planned step, by step id.
        blocks: Answers and failures; an arm whose step was blocked has no block.
        trainings: Training logs by seed.
        earlier: What is known of trainings that were not done here, by the arm that rests on one.
        registration: What was declared before the first scored output, and since.
        published: What others measured, by layer. No test takes a number of these together with one
            of `blocks`: the first have no items.
        judging: What is known of whoever judged, by layer.
        judged: What judges were asked here and said, by layer.
        people: What people were asked to compare and said, by layer.
        recorded_training: What others published about the training of the tuned model.
        results: What other tools measured item by item, by layer.
        integrity: What was found of the files of other tools, by layer.
        scored: Every trained arm that was ever scored on the primary's data, oldest first.
        scored_elsewhere: Those that builds of this spec scored on other data.
        preflights: What was looked at before, by the id of the preflight step, passed or not.
        environment: Versions, hardware and host, as recorded provenance.
        machine: What it ran on.
        damaged: Entries of the store that were found damaged and were run again.
        notes: What happened while running that a reader must know (halved batches and the like).
    """

    plan: Plan
    corpora: Corpora
    items: Mapping[tuple[str, str], tuple[Item, ...]]
    outcomes: Mapping[str, Outcome]
    blocks: Mapping[BlockId, Itemised]
    trainings: Mapping[int, TrainingLog]
    registration: Registration | None
    environment: Mapping[str, Json]
    machine: Machine
    preflights: Mapping[str, PreflightLog] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    earlier: Mapping[str, EarlierTraining] = field(default_factory=dict)
    scored: tuple[ScoredArm, ...] = ()
    scored_elsewhere: tuple[ScoredArm, ...] = ()
    published: Mapping[str, Published] = field(default_factory=dict)
    judging: Mapping[str, Judging] = field(default_factory=dict)
    judged: Mapping[str, JudgedLayer] = field(default_factory=dict)
    people: Mapping[str, PeopleLayer] = field(default_factory=dict)
    recorded_training: RecordedTraining | None = None
    results: Mapping[str, Results] = field(default_factory=dict)
    integrity: Mapping[str, Integrity] = field(default_factory=dict)

    @property
    def arms(self) -> Mapping[str, Arm]:
        """The arms that could be asked."""
        return self.plan.arms

    def of_arm(self, layer: str, arm: str, part: str = "main") -> tuple[Itemised, ...]:
        """The blocks of an arm in a layer, one per training seed, in the order of the seeds."""
        return tuple(
            block
            for place, block in self.blocks.items()
            if (place.layer, place.arm, place.part) == (layer, arm, part)
        )

    def has_own_prompt(self, arm: str) -> bool:
        """Whether an arm declares a prompt of its own."""
        return arm in self.arms and bool(self.arms[arm].prompting)

    def why_unfinished(self, layer: str, arm: str) -> str | None:
        """Why a step that was planned has not given answers; None when all have, or none was."""
        for planned in self.plan.steps:
            if (planned.step.layer, planned.step.arm) != (layer, arm):
                continue
            outcome = self.outcomes[planned.step.id]
            if isinstance(outcome, Failure) or outcome.kind == "blocked":
                return outcome.reason
            if outcome.kind == "pending":
                return f"it waits for {outcome.waits_for}"
        return None

    def why_missing(self, layer: str, arm: str) -> str | None:
        """Why an arm has no answers in a layer, when it has none."""
        unfinished = self.why_unfinished(layer, arm)
        return unfinished or (None if self.of_arm(layer, arm) else "it was not asked")


def earlier_trainings(inputs: Inputs, plan: Plan) -> dict[str, EarlierTraining]:
    """What is known of the trainings behind arms that nobody trained here, by arm.

    Args:
        inputs: What was read of adapters and finished models.
        plan: Says which arm stands for which of them.
    """
    found: dict[str, EarlierTraining] = {}
    for name, arm in plan.arms.items():
        subject = arm.replicates[0].subject
        if subject.kind in ("adapter", "model") and subject.path in inputs.earlier:
            found[name] = inputs.earlier[subject.path]
    return found
