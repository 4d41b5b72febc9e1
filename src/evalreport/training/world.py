"""The processes that train together: who is the first, and what all of them must agree on.

The first one alone writes, decides and speaks; the others hear of it. Every call here is made by
all of them, in the same order.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from evalreport.engines.loading import resolved_device
from evalreport.errors import Problem, StepFailed
from evalreport.training.options import InProcess, Launch

_RANK, _SIZE, _LOCAL = "RANK", "WORLD_SIZE", "LOCAL_RANK"
# An evaluation, or a checkpoint on a slow disk, may keep the others waiting for long.
_PATIENCE: Final = timedelta(days=2)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """One process and how many there are; a process by itself is the first of one."""

    rank: int = 0
    size: int = 1
    group: Any = field(default=None, repr=False)

    @property
    def is_first(self) -> bool:
        """Whether this process writes, decides and speaks."""
        return self.rank == 0

    def from_first(self, ask: Callable[[], T]) -> T:
        """What the first process finds; it alone asks.

        Args:
            ask: May raise; the launcher then ends the others.
        """
        if self.size == 1:
            return ask()
        from torch import distributed

        held: list[Any] = [ask() if self.is_first else None]
        distributed.broadcast_object_list(held, src=0, group=self.group, device=_processor())
        found: T = held[0]
        return found

    def gathered(self, mine: T) -> list[T]:
        """What each process brings, in their order."""
        if self.size == 1:
            return [mine]
        from torch import distributed

        held: list[Any] = [None] * self.size
        distributed.all_gather_object(held, mine, group=self.group)
        return held

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            self.gathered(None)

    def share(self, things: Sequence[T]) -> list[tuple[int, T]]:
        """Those of some things that fall to this process, with their places; as many for each.

        Where they do not come out even, the last one is done more than once.
        """
        rounds = -(-len(things) // self.size)
        places = (turn * self.size + self.rank for turn in range(rounds))
        return [(place, things[min(place, len(things) - 1)]) for place in places]


ALONE: Final = World()


@contextmanager
def joined(launch: Launch, *, device: str) -> Iterator[World]:
    """Take this process's place among those that train together, and leave it at the end.

    Args:
        launch: As the spec declares it.
        device: Where the model will lie, as asked for.

    Raises:
        StepFailed: The world is not the one that was declared, or has too few GPUs.
        EvalReportError: The device is not there.
    """
    if isinstance(launch, InProcess):
        yield ALONE
        return
    rank, size = _place(launch)
    if size == 1:
        yield ALONE
        return
    from torch import distributed

    refuse_too_few_gpus(launch, device)
    # What the processes agree on goes through the processor, whatever trains.
    on_gpu = resolved_device(device).startswith("cuda")
    distributed.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        if distributed.get_world_size() != size:
            raise _other_world(launch, distributed.get_world_size())
        yield World(rank, size, distributed.new_group(backend="gloo", timeout=_PATIENCE))
    finally:
        distributed.destroy_process_group()


def refuse_too_few_gpus(launch: Launch, device: str) -> None:
    """Several processes that train on GPUs want one each; a plan does not see all that torch does.

    Args:
        launch: As the spec declares it.
        device: Where the model will lie, as asked for.

    Raises:
        StepFailed: There are fewer than processes.
        EvalReportError: The device is not there.
    """
    if launch.processes == 1 or not resolved_device(device).startswith("cuda"):
        return
    import torch

    seen = torch.cuda.device_count()
    if seen < launch.processes:
        raise StepFailed(
            Problem(
                "training.launch.processes",
                f"{launch.processes} processes want one GPU each, and torch sees {seen} here",
                "lower training.launch.processes (the global batch stays), set engine.device: "
                "cpu, or build where there are more",
            )
        )


def local_device(device: str, world: World) -> str:
    """The device of this process: of several GPUs, each process has its own."""
    if world.size == 1 or not device.startswith("cuda"):
        return device
    import torch

    place = f"cuda:{os.environ.get(_LOCAL, '0')}"
    torch.cuda.set_device(place)
    return place


def _place(launch: Launch) -> tuple[int, int]:
    """Rank and number of processes, as the launcher says, held against what was declared."""
    told = os.environ.get(_SIZE, "")
    size = int(told) if told.isdigit() and _RANK in os.environ else 1
    if size != launch.processes:
        raise _other_world(launch, size)
    return (int(os.environ[_RANK]) if size > 1 else 0), size


def _other_world(launch: Launch, found: int) -> StepFailed:
    return StepFailed(
        Problem(
            "training.launch.processes",
            f"{launch.processes} processes were declared, and {found} trained together",
            "let `evalreport build` start the step; a configuration of accelerate that gives "
            "another number cannot be used",
        )
    )


def _processor() -> Any:
    import torch

    return torch.device("cpu")
