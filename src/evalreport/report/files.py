"""How the files of a report are called, the folder in which they stand, and reading them."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

JSON: Final = "report.json"
ITEMS: Final = "items.jsonl"
LOCK: Final = "spec.lock.yaml"
MOST_BYTES: Final = 1 << 26  # of a report.json, or what it renders to: real ones have below a MiB
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
        size = os.fstat(file.fileno()).st_size
        data = file.read(min(size, most) + 1)  # which takes that much memory at once
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


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path in a folder is a link to what lies elsewhere."""
    # Not `resolve`: it raises where links go round in a circle.
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    return path.is_symlink() and not real.is_relative_to(root)


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
