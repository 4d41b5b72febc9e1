"""Reading a GGUF file once: transformers reads and parses it anew for each thing that it wants.

Configuration, tokenizer and weights each parse the whole header, whose vocabulary is a hundred
thousand small pieces of Python; half of the time of loading goes there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def gguf_read_once() -> Iterator[None]:
    """While it lasts, a file that was parsed is not parsed again, and no garbage is looked for."""
    import gguf
    import numpy as np

    reader, names, collecting = gguf.GGUFReader, gguf.get_tensor_name_map, gc.isenabled()

    class PlainReader(gguf.GGUFReader):  # type: ignore[misc]  # gguf has no types
        """Slices its file as an array: a million slices of a memmap are a million slow objects."""

        @property
        def data(self) -> Any:
            return self.plain

        @data.setter
        def data(self, mapped: Any) -> None:
            self.plain = np.asarray(mapped).view(np.ndarray)

    gguf.GGUFReader, gguf.get_tensor_name_map = cache(PlainReader), cache(names)
    gc.disable()
    try:
        yield
    finally:
        gguf.GGUFReader, gguf.get_tensor_name_map = reader, names
        if collecting:
            gc.enable()
