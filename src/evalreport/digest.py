"""Content to identity: canonical JSON and SHA-256, the only hashing in the program."""

import hashlib
import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from evalreport.values import Json

_CHUNK_BYTES = 1 << 20
_CANONICAL: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no NaN.

    Raises:
        ValueError: The value holds NaN or an infinity.
    """
    return _CANONICAL.encode(value)


def digest_of(*parts: Json) -> str:
    """SHA-256 (hex) of the canonical JSON of the parts, in order."""
    return hashlib.sha256(canonical(list(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def digest_model(value: BaseModel) -> str:
    """SHA-256 (hex) of a validated value: `1` and `1.0`, comments and key order do not matter."""
    return digest_of(value.model_dump(mode="json"))


def digest_text(text: str) -> str:
    """SHA-256 (hex) of a text's UTF-8 bytes; lone surrogates keep a digest of their own."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_bytes(content: bytes) -> str:
    """SHA-256 (hex) of bytes."""
    return hashlib.sha256(content).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes.

    Raises:
        OSError: The file cannot be read.
    """
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            state.update(chunk)
    return state.hexdigest()


def digest_files(paths: dict[str, Path]) -> str:
    """SHA-256 (hex) of several files under their names; the names count, the folder does not."""
    return digest_of([[name, digest_file(paths[name])] for name in sorted(paths)])


def digest_git_blob(content: bytes) -> str:
    """What git calls a file's content: SHA-1 (hex) of its length and its bytes."""
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
