"""What a child process is given to put answers to judges."""

from collections.abc import Mapping
from typing import Literal

from evalreport.layers.judge import Judge
from evalreport.records import Item, SequentialPlan
from evalreport.run.jobs import Declaration, Job
from evalreport.values import NonNegative, Value


class Answered(Value):
    """The texts of one arm and training seed, by item."""

    arm: str
    seed: int | None
    texts: Mapping[str, str]


class JudgeJob(Job):
    """One layer whose answers are put to all its judges; `sequential` says when it may stop.

    What is asked follows from the layer, the items and the answers, as it does in the parent.
    """

    kind: Literal["judge"] = "judge"
    step: str
    layer: Judge
    items: tuple[Item, ...]
    answers: tuple[Answered, ...]
    pairs: tuple[tuple[str, str], ...]
    sequential: SequentialPlan | None = None
    declaration: Declaration | None = None
    money_left: NonNegative | None = None
