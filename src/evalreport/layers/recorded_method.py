"""How somebody measured, as far as they said: the `method:` of a recorded layer."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from evalreport.records import (
    CheckedAgainst,
    HumanLabels,
    Judging,
    Known,
    KnownCount,
    OrderFlips,
    Part,
    Protocol,
    Unknown,
)
from evalreport.values import Count, Flag, Natural, NonNegative, Value, Words

PerArm: TypeAlias = Words | dict[Words, Words]
_JUDGED = ("human_labels", "flips", "repeats_agree", "by_longer", "confidence", "judge_accuracy")


class Method(Value):
    """How somebody measured; what is not said is unknown.

    Attributes:
        orders: Whether the judge saw each pair in both orders, in one fixed order, or in a random
            one.
        slot: Where the tuned model stood when the order was fixed, such as A.
        per_call: Comparisons that shared one call.
        judge: The judge's name, or `people`.
        judge_family: The family of models that it belongs to, when its name does not tell.
        judge_versions: The judge's version or date, by arm.
        generator_of_training_data: Who wrote the training data.
        confidence: Verdicts by how sure the judge said it was.
        precision: In what the weights were held, of all arms or by arm.
        shots: Worked examples in the prompt, of all arms or by arm.
        decoding: How answers were drawn, of all arms or by arm.
        template: The chat template that turned prompts into text, of all arms or by arm.
        harness: The program (or leaderboard) that scored, of all arms or by arm.
        checkpoint_chosen_on: On which data the checkpoint was chosen, such as test.
        checkpoints_tried: How many checkpoints were looked at.
        labels_made_by: Who made the references.
        items_from: Where the items come from, such as `the data set that it was trained on`.
        held_out: Whether they were kept out of training.
        human_labels: How the judge and people agreed on the same pairs.
        flips: How many verdicts changed when the order was swapped.
        repeats_agree: How often the judge said the same again.
        mean_length: Mean length of the answers, by arm.
        by_longer: By the arm whose answer was longer, the wins of each arm.
        reference_shown: Whether the judge saw a reference answer.
        rubric: Digest or name of the rubric, of all arms or by arm.
        judge_accuracy: How often the judge and the tuned model are right where that can be checked.
        checkable: Items whose answer can be checked without a judge.
    """

    orders: Literal["both", "fixed", "random", "unknown"] = "unknown"
    slot: Words | None = None
    per_call: Natural | None = None
    judge: Words | None = None
    judge_family: Words | None = None
    judge_versions: PerArm | None = None
    generator_of_training_data: Words | None = None
    confidence: dict[Words, Count] = Field(default_factory=dict)
    precision: PerArm = Field(default_factory=dict)
    shots: Annotated[Count | dict[Words, Count], Field()] = Field(default_factory=dict)
    decoding: PerArm = Field(default_factory=dict)
    template: PerArm = Field(default_factory=dict)
    harness: PerArm = Field(default_factory=dict)
    checkpoint_chosen_on: Words | None = None
    checkpoints_tried: Natural | None = None
    labels_made_by: Words | None = None
    items_from: Words | None = None
    held_out: Flag | None = None
    human_labels: HumanLabels | None = None
    flips: OrderFlips | None = None
    repeats_agree: Part | None = None
    mean_length: dict[Words, NonNegative] | None = None
    by_longer: dict[Words, dict[Words, Count]] | None = None
    reference_shown: Flag | None = None
    rubric: PerArm | None = None
    judge_accuracy: CheckedAgainst | None = None
    checkable: Count | None = None

    @property
    def is_judged(self) -> bool:
        """Whether it tells of somebody who judges."""
        return self.judge is not None or any(getattr(self, name) for name in _JUDGED)

    def protocol(self, arm: str) -> Protocol:
        """How one arm was measured, as far as that is known."""
        return Protocol(
            prompts=Unknown(),
            decoding=_known(self.decoding, arm),
            scorer=_known(self.harness, arm),
            shots=_count(self.shots, arm),
            template=_known(self.template, arm),
            precision=_known(self.precision, arm),
        )

    def judging(self, arms: tuple[str, ...], pairs: int | None) -> Judging:
        """The facts about the judge.

        Args:
            arms: Whom it compared.
            pairs: How many verdicts it gave.
        """
        return Judging(
            judge=self.judge,
            family=self.judge_family,
            orders=self.orders,
            slot=self.slot,
            per_call=self.per_call,
            pairs=pairs,
            confidence=self.confidence or None,
            data_from=self.generator_of_training_data or self.labels_made_by,
            human=self.human_labels,
            flips=self.flips,
            repeats=self.repeats_agree,
            mean_length=self.mean_length,
            by_longer=self.by_longer,
            reference_shown=self.reference_shown,
            rubric=_by_arm(self.rubric, arms),
            versions=_by_arm(self.judge_versions, arms),
            checkable=self.checkable,
            checked=self.judge_accuracy,
        )


def _known(told: PerArm, arm: str) -> Known | Unknown:
    text = told if isinstance(told, str) else told.get(arm)
    return Unknown() if text is None else Known(known=text)


def _count(told: int | dict[str, int], arm: str) -> KnownCount | Unknown:
    count = told if isinstance(told, int) else told.get(arm)
    return Unknown() if count is None else KnownCount(known=count)


def _by_arm(told: PerArm | None, arms: tuple[str, ...]) -> dict[str, str] | None:
    return dict.fromkeys(arms, told) if isinstance(told, str) else told
