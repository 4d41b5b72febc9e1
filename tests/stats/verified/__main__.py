"""Write docs/statistics.md again: `python -m tests.stats.verified`."""

from pathlib import Path

from tests.stats.verified.page import page

if __name__ == "__main__":
    (Path(__file__).parents[3] / "docs" / "statistics.md").write_text(page(), encoding="utf-8")
