"""A clear win, as small as one can be, built: what gates and CI let pass."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.builds.workshop import Workshop
from tests.gold_reports import STORIES, write_story

STORY: Final = replace(STORIES[0], name="orders", tests=60, guarded=120, more="")
SPEC: Final = "specs/orders/spec.yaml"
REPORT: Final = "reports/orders/report.json"


def won(folder: Path) -> Workshop:
    """The spec and its report, below a folder."""
    write_story(STORY, folder / "specs/orders")
    shop = Workshop(folder, SPEC)
    ran = shop.build()
    assert ran.code == 0, ran.both
    return shop


def worsen(shop: Workshop) -> None:
    """Train a model that is no better than its base, and build again."""
    edit(shop, SPEC, "tuned: {right: 0.8, unparsable: 0.01}", "tuned: {right: 0.24}")
    ran = shop.build("--accept-underpowered")
    assert ran.code == 0, ran.both


def edit(shop: Workshop, name: str, old: str, new: str) -> None:
    """Replace text that must be in a file."""
    path = shop.folder / name
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new))
