"""Reading a GGUF file once: transformers reads and parses it anew for each thing that it wants.

Configuration, tokenizer and weights each parse the whole header, whose vocabulary is a hundred
thousand small pieces of Python; half of the time of loading goes there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


def _bare(mapped: Any) -> Any:
    import numpy as np

    return np.asarray(mapped).view(np.ndarray)


@contextmanager
def gguf_read_once() -> Iterator[None]:
    """While it lasts, a file that was parsed is not parsed again, and no garbage is looked for."""
    import gguf

    # Its slices are then arrays: a million slices of a memmap are a million slow objects.
    plain = property(
        lambda self: self.bytes, lambda self, data: setattr(self, "bytes", _bare(data))
    )
    reader, names, collecting = gguf.GGUFReader, gguf.get_tensor_name_map, gc.isenabled()
    gguf.GGUFReader, gguf.get_tensor_name_map = (
        cache(type("PlainReader", (reader,), {"data": plain})),
        cache(names),
    )
    gc.disable()
    try:
        yield
    finally:
        gguf.GGUFReader, gguf.get_tensor_name_map = reader, names
        if collecting:
            gc.enable()
