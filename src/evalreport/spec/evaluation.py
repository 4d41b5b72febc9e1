"""The `evaluation:` block: what was declared before any output existed, and the layers."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from evalreport.layers.table import AnyLayer
from evalreport.values import Name, Number, Positive, Value, Words

Alpha: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, lt=0.5)]
Power: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.5, lt=1)]


class Target(Value):
    """One metric of one layer.

    Attributes:
        layer: Name of a layer under `evaluation.layers`.
        metric: A metric that this layer yields.
        field: One field of the answer, where the metric yields a number for each.
    """

    layer: Name
    metric: Words
    field: Words | None = None

    @property
    def finding(self) -> str:
        """The id of the finding that answers it (without subgroup and arms)."""
        return ".".join(part for part in (self.layer, self.metric, self.field) if part)


class Primary(Target):
    """The one question that the evaluation answers.

    Attributes:
        layer: Name of a layer under `evaluation.layers`.
        metric: A metric that this layer yields.
        field: One field of the answer, where the metric yields a number for each.
        gain_at_least: The gain worth having: positive, in the metric's unit (0.10 is ten points of
            accuracy), in the better direction, whichever that is. Only numbers that somebody else
            recorded can do without.
    """

    gain_at_least: Positive | None = None


class Guard(Target):
    """Something that must not be lost.

    Attributes:
        layer: Name of a layer under `evaluation.layers`.
        metric: A metric that this layer yields.
        field: One field of the answer, where the metric yields a number for each.
        lose_at_most: The largest loss that is acceptable, in the metric's unit, as a positive
            number.
    """

    lose_at_most: Positive


class Requirement(Target):
    """A value that one arm must reach by itself: met when its whole interval does.

    Attributes:
        layer: Name of a layer under `evaluation.layers`.
        metric: A metric that this layer yields.
        field: One field of the answer, where the metric yields a number for each.
        arm: The arm that must reach it.
        value_at_least: Met when the lower end of the interval reaches it.
        value_at_most: Met when the upper end of the interval stays below it.
    """

    arm: Name = "tuned"
    value_at_least: Number | None = None
    value_at_most: Number | None = None


class Evaluation(Value):
    """What is evaluated, and what was declared about it beforehand.

    Attributes:
        primary: The one comparison that decides; without it the verdict says that none was
            declared.
        co_primary: Further comparisons that must all show their gain as well.
        guards: What must not be lost.
        secondary: What else is tested, corrected for their number (Holm).
        requirements: Values that one arm must reach by itself.
        alpha: Two-sided error rate of the primary.
        power: Probability with which the gain worth having shall be seen.
        unparsed: What an output counts as from which nothing can be read: `fail`, the penalty
            that the metric declares.
        ties: What a tie counts as when a judge compares: `half`, half a win; it stays in n.
        stopping: Whether all items are judged (`fixed`), or judging stops as soon as the declared
            rule allows it (`sequential`).
        test: Test of binary outcomes: `exact` McNemar or its mid-p form.
        layers: The kinds of evaluation that run, in this order.
    """

    primary: Primary | None = None
    co_primary: tuple[Primary, ...] = ()
    guards: tuple[Guard, ...] = ()
    secondary: tuple[Target, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    alpha: Alpha = 0.05
    power: Power = 0.8
    unparsed: Literal["fail"] = "fail"
    ties: Literal["half"] = "half"
    stopping: Literal["fixed", "sequential"] = "fixed"
    test: Literal["exact", "midp"] = "exact"
    layers: tuple[AnyLayer, ...]
