"""trl's loss on a processor: the head scores the positions that have a label, and no others.

With `loss_on: completion` most positions of a row have none. On a GPU trl leaves them out;
elsewhere it scores them all, so that compilers see one shape, and throws the result away. Nothing
is compiled here, and on two cores this is a third of a step.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_ASKED = "_use_triton"  # how trl decides whether to pick positions; its kernels ask for themselves


@contextmanager
def labelled_only(device: str) -> Iterator[None]:
    """While it lasts, trl picks the labelled positions on a processor too; the loss is the same.

    A trl that decides otherwise is left alone.
    """
    from trl.trainer import utils

    before = getattr(utils, _ASKED, None)
    if device != "cpu" or before is None:
        yield
        return
    setattr(utils, _ASKED, lambda _: True)
    try:
        yield
    finally:
        setattr(utils, _ASKED, before)
