"""Batches: the longest first, as many as fit, and half as many when memory runs out."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evalreport.records import Failure

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Budget:
    """What one forward pass may hold: rows, and rows times the longest row."""

    rows: int
    tokens: int

    def halved(self, rows: int, tokens: int) -> "Budget":
        """Half of what just did not fit."""
        return Budget(rows=max(rows // 2, 1), tokens=max(tokens // 2, 1))


def answered_in_batches(
    jobs: Sequence[J],
    size: Callable[[J], int],
    budget: Budget,
    answer: Callable[[Sequence[J]], Sequence[R]],
    say: Callable[[str], None],
) -> Iterator[tuple[J, R | Failure]]:
    """Answer jobs batch by batch, the longest first.

    A batch that does not fit in memory is halved and tried again, and no later batch is larger;
    one that crashes is tried job by job. A single job that does neither becomes a Failure. There
    is little padding, and memory runs out at the beginning if at all.

    Args:
        jobs: To be answered.
        size: Tokens of a job in a batch.
        budget: What a batch may hold; a job that is larger goes alone.
        answer: The results of a batch, in its order.
        say: Told when a batch is halved.
    """
    waiting = sorted(jobs, key=size, reverse=True)
    alone = 0  # questions of a batch that crashed: which of them did it is found one by one
    while waiting:
        count = 1 if alone else _fitting(waiting, size, budget)
        batch = waiting[:count]
        results: Sequence[R | Failure]
        try:
            results = answer(batch)
        except Exception as error:  # noqa: BLE001 - a foreign model may raise anything
            longest = size(batch[0])
            short = is_out_of_memory(error)
            if count == 1:
                results = (_failure(error, longest, short_of_memory=short),)
            elif short:
                budget = budget.halved(count, count * longest)
                say(
                    f"memory ran out with {count} questions of up to {longest} tokens at once: "
                    f"going on with {budget.rows}"
                )
                continue
            else:
                alone = count
                continue
        waiting = waiting[count:]
        alone = max(alone - 1, 0)
        yield from zip(batch, results, strict=True)


def _failure(error: Exception, tokens: int, *, short_of_memory: bool) -> Failure:
    reason = (
        f"memory ran out on a single question of {tokens} tokens"
        if short_of_memory
        else f"the model failed: {type(error).__name__}: {error}"
    )
    return Failure(reason=reason, trace="".join(traceback.format_exception(error)))


def _fitting(waiting: Sequence[J], size: Callable[[J], int], budget: Budget) -> int:
    """How many of the longest jobs one batch takes: at least one."""
    longest = max(size(waiting[0]), 1)
    return max(1, min(budget.rows, budget.tokens // longest, len(waiting)))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on a device or on the host."""
    if isinstance(error, MemoryError):
        return True
    told = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        words in told
        for words in ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    )
