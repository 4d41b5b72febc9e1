"""Rows for several processes: those of an epoch once each, in the order of a single process.

accelerate deals out whole batches, and where the last ones do not suffice for all processes it
starts again with the first rows, which would then be learned twice. Here blanks fill up instead:
rows without anything to learn, so that each step has the rows, and the loss, that one process has.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from evalreport.training.rows import IGNORED
from evalreport.training.world import World

BLANK_TOKENS: Final = 2  # of one blank; a single one would have nothing to predict


def blanks(rows: int, micro_batch: int, world: World) -> int:
    """Blanks at the end of an epoch, so that each process has whole batches, and as many.

    Args:
        rows: Training rows.
        micro_batch: Rows that a device holds at once.
        world: The processes that train together.
    """
    return 0 if world.size == 1 else -rows % (micro_batch * world.size)


def evenly_shared(trainer: Any, loader: Callable[[], Any], world: World) -> Any:
    """The loader of trl's trainer over its rows and one blank.

    Args:
        trainer: trl's.
        loader: Its own way to make one.
        world: The processes that train together.
    """
    from datasets import Dataset, concatenate_datasets

    rows = trainer.train_dataset
    if not blanks(len(rows), trainer.args.train_batch_size, world):
        return loader()
    token = rows[0]["input_ids"][0]
    blank = {"input_ids": [[token] * BLANK_TOKENS], "labels": [[IGNORED] * BLANK_TOKENS]}
    kept = rows.select_columns([*blank])
    trainer.train_dataset = concatenate_datasets(
        [kept, Dataset.from_dict(blank, features=kept.features)]
    )
    try:
        return loader()
    finally:
        trainer.train_dataset = rows


def order_of(trainer: Any, world: World) -> Any:
    """The order of the rows of each epoch, then its blanks; the same for every process.

    Args:
        trainer: trl's; its rows may be followed by one blank.
        world: The processes that train together.
    """
    from accelerate.data_loader import SeedableRandomSampler
    from torch.utils.data import Sampler

    micro_batch = trainer.args.train_batch_size
    rows = trainer.rows_alone
    fill = blanks(rows, micro_batch, world)

    class Order(Sampler[int]):  # type: ignore[misc]  # torch is not followed
        """A single process's order, from the same seeds."""

        def __init__(self) -> None:
            self._order = SeedableRandomSampler(range(rows))

        def __iter__(self) -> Iterator[int]:
            yield from self._order
            yield from [rows] * fill

        def __len__(self) -> int:
            return int(rows + fill)

        def set_epoch(self, epoch: int) -> None:
            """Told by accelerate for each epoch, also after a resume."""
            self._order.set_epoch(epoch)

    return Order()
