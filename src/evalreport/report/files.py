"""How the files of a report are called, the folder in which they stand, and reading them."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

JSON: Final = "report.json"
ITEMS: Final = "items.jsonl"
LOCK: Final = "spec.lock.yaml"
MOST_BYTES: Final = 1 << 28  # of a report.json, or what it renders to: real ones have below a MiB
MOST_LOCK_BYTES: Final = 1 << 22  # real ones have some KiB
MOST_PICTURE_BYTES: Final = 1 << 24  # real ones have below 100 KiB


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a file holds: whoever committed it may have put anything in its place.

    Args:
        path: Of the file, or a link to it.
        most: Bytes that it may have.

    Raises:
        OSError: There is none, it is a folder or a device, or larger than it may be.
    """
    refuse_irregular(path)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return data


def refuse_irregular(path: Path) -> None:
    """Refuse what cannot be read to its end, such as a device.

    Raises:
        OSError: There is no such file, or it is a folder, a device or a pipe.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


def report_folder(path: Path, name: str) -> Path:
    """Where a spec's report goes: reports/ mirrors specs/; other specs go by their name."""
    parts = path.parts
    if "specs" in parts:
        below = parts[parts.index("specs") + 1 :]
        tail = below[:-1] if path.stem == "spec" else (*below[:-1], path.stem)
        root = Path(*parts[: parts.index("specs")]) if parts.index("specs") else Path()
        if tail:
            return root / "reports" / Path(*tail)
    return Path("reports") / name
