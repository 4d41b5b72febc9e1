"""Reading a GGUF file once: transformers reads and parses it anew for each thing that it wants.

Configuration, tokenizer and weights each parse the whole header, whose vocabulary is a hundred
thousand small pieces of Python; half of the time of loading goes there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def gguf_read_once() -> Iterator[None]:
    """While it lasts, a file that was parsed is not parsed again, and no garbage is looked for."""
    import gguf

    reader, names, collecting = gguf.GGUFReader, gguf.get_tensor_name_map, gc.isenabled()
    gguf.GGUFReader, gguf.get_tensor_name_map = cache(reader), cache(names)
    gc.disable()
    try:
        yield
    finally:
        gguf.GGUFReader, gguf.get_tensor_name_map = reader, names
        if collecting:
            gc.enable()
