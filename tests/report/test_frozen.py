"""What evalreport 0.1.0 wrote is read for ever: loaded, shown, and computed again.

The files are never written anew. Where this fails, what is read has changed: give the new shape a
version and a migration, or read the old one as well.
"""

from pathlib import Path

import pytest

from evalreport.commands.writing import renderings
from evalreport.recheck.recheck import recheck
from evalreport.report.load import load_report, read_json
from evalreport.report.lock import lock_of_text
from evalreport.report.read_items import read_items
from evalreport.spec.load import load_spec, spec_of_text

FROZEN = sorted((Path(__file__).parent / "frozen").iterdir())
# Sentences may be worded better one day, and rules be added; numbers and outcomes stay.
NUMBERS = ("findings", "measurements", "gaps", "overlaps", "declared", "spec_digest")
WORDS = ("sentence", "text", "note")


@pytest.mark.parametrize("folder", FROZEN, ids=lambda folder: folder.name)
def test_it_is_read_shown_and_computed_again(folder: Path) -> None:
    loaded = load_spec(folder / "spec.yaml")
    report = load_report(folder / "report.json")
    assert loaded.digest == report.spec_digest
    lock = lock_of_text((folder / "spec.lock.yaml").read_text(), folder / "spec.lock.yaml")
    assert lock["spec"] == report.spec_digest
    made = renderings(report, ("markdown", "html", "model_card"), "ids")
    assert all(report.title in text for text in made.values())
    given = report.reproduce
    spec = spec_of_text(given.spec_yaml, given.overrides, "report.json")
    found = recheck(
        report, read_json(folder / "report.json"), spec, read_items(folder / "items.jsonl", spec)
    )
    changed = [
        one.where
        for one in found.differences
        if one.where.startswith(NUMBERS) and not one.where.endswith(WORDS)
    ]
    assert changed == []
    assert found.items == 40
    agreed = {part.name: part.agreed for part in found.parts}
    assert agreed["findings"] > 300
