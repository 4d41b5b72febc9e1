"""How the files of a report are called, and the folder in which they stand."""

from pathlib import Path
from typing import Final

JSON: Final = "report.json"
ITEMS: Final = "items.jsonl"
LOCK: Final = "spec.lock.yaml"


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
