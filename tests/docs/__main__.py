"""Writes into the pages what their commands print now: `python -m tests.docs [PAGE...]`."""

import os
import sys
import tempfile
from pathlib import Path

from tests.docs.blocks import DOCS, Block, matches, pages, shown
from tests.docs.scratch import Scratch
from tests.docs.test_pages import KEYS, walk


def main() -> int:
    os.environ.update(KEYS)
    for page in sys.argv[1:] or pages():
        changes: list[tuple[int, str, str]] = []

        def told(block: Block, printed: str, changes: list[tuple[int, str, str]] = changes) -> None:
            if block.printed is not None and not matches(block.printed.text, printed):
                changes.append((block.printed.start, block.printed.text, shown(printed)))

        with tempfile.TemporaryDirectory() as folder:
            walk(page, Scratch.made(Path(folder) / "scratch", page), told)
        path = DOCS / page
        text = path.read_text(encoding="utf-8")
        for start, old, new in reversed(changes):
            text = text[:start] + new + text[start + len(old) :]
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{page}: {len(changes)} changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
