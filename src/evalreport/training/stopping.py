"""Which checkpoint is best and when to stop: pure functions of the losses on `select` so far.

Nothing is remembered between evaluations, so a training that was killed and resumed decides as one
that was not.
"""

from collections.abc import Sequence

from evalreport.training.options import EarlyStopping


def best_of(losses: Sequence[tuple[int, float]]) -> tuple[int, float] | None:
    """The step with the least loss (the earliest of equals) with its loss; None without any."""
    return min(losses, key=lambda pair: (pair[1], pair[0]), default=None)


def without_improvement(losses: Sequence[tuple[int, float]], threshold: float) -> int:
    """How many evaluations at the end came no more than `threshold` below the best before them."""
    best = float("inf")
    count = 0
    for _, loss in losses:
        count = 0 if loss < best - threshold else count + 1
        best = min(best, loss)
    return count


def should_stop(losses: Sequence[tuple[int, float]], rule: EarlyStopping) -> bool:
    """Whether the rule says that training stops after the last of these evaluations."""
    return without_improvement(losses, rule.threshold) >= rule.patience


def can_trigger(rule: EarlyStopping, evaluations: int) -> bool:
    """Whether the rule could stop training before its end.

    The first evaluation always improves on nothing, so `patience` more are needed. When the last
    of them is the one at the last step, the rule is met but saves no step; that is not an error.

    Args:
        rule: The rule.
        evaluations: How many are planned, the one at the last step included.
    """
    return rule.patience + 1 <= evaluations
