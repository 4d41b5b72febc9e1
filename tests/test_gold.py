"""Whole reports, byte for byte: a change of a number, a word or a tag is seen and decided on.

Where they differ, the new ones are left under tests/actual; `make bless` accepts them.
"""

from pathlib import Path

import pytest

from evalreport.report.load import load_report
from tests.gold_reports import STORIES, Story, built

_HERE = Path(__file__).parent
GOLD, ACTUAL = _HERE / "gold", _HERE / "actual"


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_report_is_the_gold(story: Story, tmp_path: Path) -> None:
    texts = built(story, tmp_path / "work")
    differing = [name for name, text in texts.items() if text != _standing(story, name)]
    for name in differing:
        place = ACTUAL / story.name / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(texts[name], encoding="utf-8", newline="\n")
    assert not differing, (
        f"they differ from tests/gold/{story.name}; see tests/actual, `make bless`"
    )


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_gold_tells_its_story(story: Story) -> None:
    report = load_report(GOLD / story.name / "report.json")
    assert report.verdict.outcome is story.outcome
    assert report.simulated == story.is_simulated


def test_nothing_else_lies_in_the_gold() -> None:
    files = {path.relative_to(GOLD).as_posix() for path in GOLD.rglob("*") if path.is_file()}
    names = ("report.json", "report.md", "report.html", "model_card.md")
    reports = {f"{story.name}/{name}" for story in STORIES for name in names}
    assert files == reports | {f"diff/{name}" for name in ("diff.md", "diff.html", "diff.json")}


def _standing(story: Story, name: str) -> str | None:
    path = GOLD / story.name / name
    return path.read_bytes().decode("utf-8") if path.exists() else None
