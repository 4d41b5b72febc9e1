"""The head of a GGUF file: what the model is and how its weights are packed, in milliseconds.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little endian).
The `gguf` package reads the same, but builds an array for each of the vocabulary's entries, which
takes seconds; a plan has none to spare.
"""

import mmap
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem

_MAGIC: Final = b"GGUF"
_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9
_MOST_ENTRIES: Final = 1 << 20  # of keys or tensors: far above any real file, far below a bomb
_MOST_DIMENSIONS: Final = 8

# general.file_type: https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
FILE_TYPES: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0",
}  # fmt: skip
TENSOR_TYPES: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS",
    17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
    23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
    34: "TQ1_0", 35: "TQ2_0",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What stands before the weights.

    Attributes:
        values: Metadata that is a number, a truth value or a text.
        lengths: Number of entries of metadata that is a list (the vocabulary, the merges).
        tensors: Number of elements by tensor name.
        packed_as: How the weights are packed, such as `Q4_1`.
    """

    values: Mapping[str, int | float | bool | str]
    lengths: Mapping[str, int]
    tensors: Mapping[str, int]
    packed_as: str

    @property
    def architecture(self) -> str:
        """The architecture as llama.cpp spells it."""
        return str(self.values.get("general.architecture", "unknown"))

    def size(self, name: str) -> int | None:
        """A whole number that the architecture declares, such as `context_length`."""
        value = self.values.get(f"{self.architecture}.{name}")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_header(path: Path) -> GgufHeader:
    """Read the head of a GGUF file.

    Raises:
        DataError: The file cannot be read, or is not a GGUF file of a known version.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return _Reader(held).header()
    except (OSError, ValueError, struct.error) as error:
        raise DataError(
            Problem(
                str(path),
                f"this is not a readable GGUF file: {error}",
                "download it again, or name another file",
            )
        ) from error


class _Reader:
    """A position in the mapped file; every length is held against the file's before it is used."""

    def __init__(self, held: mmap.mmap) -> None:
        self._held = held
        self._at = 0

    def header(self) -> GgufHeader:
        if self._take(4) != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        version = self._scalar("<I")
        if version not in {2, 3}:
            raise ValueError(f"version {version} is unknown (2 and 3 are known)")
        tensor_count = self._count()
        key_count = self._count()
        values: dict[str, int | float | bool | str] = {}
        lengths: dict[str, int] = {}
        for _ in range(key_count):
            key = self._text()
            kind = int(self._scalar("<I"))
            if kind == _ARRAY:
                lengths[key] = self._skip_array()
            else:
                values[key] = self._text() if kind == _STRING else self._scalar(_format(kind))
        tensors, types = self._tensors(tensor_count)
        return GgufHeader(values, lengths, tensors, _packed_as(values, types))

    def _tensors(self, count: int) -> tuple[dict[str, int], Counter[str]]:
        tensors: dict[str, int] = {}
        types: Counter[str] = Counter()
        for _ in range(count):
            name = self._text()
            dimensions = int(self._scalar("<I"))
            if dimensions > _MOST_DIMENSIONS:
                raise ValueError(f"tensor {name} has {dimensions} dimensions")
            size = prod(int(self._scalar("<Q")) for _ in range(dimensions))
            kind = int(self._scalar("<I"))
            self._take(8)  # where its data begin
            tensors[name] = size
            types[TENSOR_TYPES.get(kind, f"type {kind}")] += size
        return tensors, types

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._held):
            raise ValueError("it ends too early")
        self._at += size
        return self._held[self._at - size : self._at]

    def _scalar(self, layout: str) -> int | float | bool:
        value: int | float | bool = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return value

    def _count(self) -> int:
        count = int(self._scalar("<Q"))
        if count > _MOST_ENTRIES:
            raise ValueError(f"it claims {count} entries")
        return count

    def _text(self) -> str:
        return self._take(int(self._scalar("<Q"))).decode("utf-8", "replace")

    def _skip_array(self) -> int:
        kind = int(self._scalar("<I"))
        count = int(self._scalar("<Q"))
        if kind == _ARRAY:
            raise ValueError("it holds lists of lists")
        if kind != _STRING:
            self._skip(count * struct.calcsize(_format(kind)))
            return count
        # The vocabulary: tens of thousands of texts, so as little as possible for each.
        held, at, size_at = self._held, self._at, struct.Struct("<Q").unpack_from
        try:
            for _ in range(count):
                at += 8 + size_at(held, at)[0]
        except (struct.error, OverflowError):
            raise ValueError("it ends too early") from None
        if at > len(held):
            raise ValueError("it ends too early")
        self._at = at
        return count

    def _skip(self, size: int) -> None:
        if self._at + size > len(self._held):
            raise ValueError("it ends too early")
        self._at += size


def _format(kind: int) -> str:
    if kind not in _SCALARS:
        raise ValueError(f"it holds values of the unknown type {kind}")
    return _SCALARS[kind]


def _packed_as(values: Mapping[str, int | float | bool | str], types: Counter[str]) -> str:
    declared = values.get("general.file_type")
    if isinstance(declared, int) and declared in FILE_TYPES:
        return FILE_TYPES[declared]
    return types.most_common(1)[0][0] if types else "unknown"
