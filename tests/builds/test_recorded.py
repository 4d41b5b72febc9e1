"""Others' numbers through the command line: no model, no data, no training, and a whole report."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from evalreport.cli import main
from evalreport.commands.writing import renderings
from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.recorded_stories import RECORDED_STORIES

STORIES = list(RECORDED_STORIES)


def built(story: str, folder: Path, *options: str) -> tuple[int, Report, str]:
    """Exit code, report, and what was printed while it was built."""
    spec = folder / "specs" / story / "spec.yaml"
    if not spec.exists():
        spec.parent.mkdir(parents=True)
        spec.write_text(RECORDED_STORIES[story][0], encoding="utf-8")
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        code = main(["build", *options, str(spec.relative_to(folder))])
    return code, load_report(folder / "reports" / story / "report.json"), said.getvalue()


@pytest.mark.parametrize("story", STORIES)
def test_it_is_built_without_a_model(story: str, tmp_path: Path) -> None:
    code, report, said = built(story, tmp_path)
    assert code == 0
    assert report.verdict.outcome is RECORDED_STORIES[story][1]
    assert not report.simulated
    assert {one.outcome for one in report.steps} == {"reused"}
    assert all(one.kind == "import" for one in report.steps)
    assert {finding.origin.value for finding in report.findings} == {"recorded"}
    assert {arm.origin.value for arm in report.arms.values()} == {"recorded"}
    assert "0 blocked" in said


@pytest.mark.parametrize("story", STORIES)
def test_every_rendering_says_that_it_is_recorded(story: str, tmp_path: Path) -> None:
    _, report, _ = built(story, tmp_path)
    texts = renderings(report, ("markdown", "html", "model_card"), "ids")
    for name in ("report.md", "report.html"):
        (text,) = (text for path, text in texts.items() if path.endswith(name))
        rows = [f for f in report.findings if f.is_measured]
        assert text.count("recorded") >= len(rows)
        assert not re.search(r"\b(?<![\d,])0 items", text)
    assert len(texts) == 3


def test_sentences_cite_what_exists_and_say_no_null_as_equality(tmp_path: Path) -> None:
    for story in STORIES:
        _, report, _ = built(story, tmp_path)
        known = {finding.id for finding in report.findings}
        said = [finding.sentence for finding in report.findings]
        said += [remark.text for remark in report.remarks]
        assert all(set(remark.cites) <= known for remark in report.remarks)
        assert not any("no difference" in text for text in said)


def test_the_judge_of_the_first_slot_decides_nothing(tmp_path: Path) -> None:
    _, report, _ = built("first-slot-judge", tmp_path)
    broken = {one.rule for one in report.remarks if one.status == "broken"}
    assert {
        "judge-position-fixed", "judge-batched", "judge-unvalidated", "judge-score-as-quality",
        "judge-confidence-as-evidence", "underpowered", "few-items", "no-interval",
    } <= broken  # fmt: skip
    finding = next(f for f in report.findings if f.id == "blind-ab.net_win")
    assert finding.counts is not None
    assert (finding.counts.better, finding.counts.worse, finding.counts.same) == (10, 8, 2)
    assert "18 tosses of a fair coin come out" in finding.sentence
    (text,) = renderings(report, ("markdown",), "ids").values()
    assert "- First score: none here; the numbers of others are recorded" in text
    assert "Declared block" not in text


def test_totals_end_inconclusive(tmp_path: Path) -> None:
    _, report, _ = built("totals-only", tmp_path)
    broken = {one.rule for one in report.remarks if one.status == "broken"}
    assert {
        "cross-harness", "best-checkpoint-on-test", "unpaired-only", "no-interval", "n-missing",
        "qualitative-baseline", "table-does-not-recompute", "error-examples-without-counts",
    } <= broken  # fmt: skip
    unchecked = {one.rule for one in report.remarks if one.status == "unchecked"}
    assert {"decoding-mismatch", "few-shot-mismatch", "base-handicapped"} <= unchecked
    primary = next(f for f in report.findings if f.role == "primary")
    guard = next(f for f in report.findings if f.role == "guard")
    assert primary.outcome == guard.outcome == "inconclusive"
    assert report.verdict.headline.startswith(
        "Totals that others published cannot show that the fine-tuning worked: grade-maths exact "
        "match +6.1 points"
    )
    assert report.verdict.next_step.startswith("Ask both models the same items here")


def test_building_it_again_changes_nothing(tmp_path: Path) -> None:
    built("totals-only", tmp_path)
    folder = tmp_path / "reports" / "totals-only"
    first = json.loads((folder / "report.json").read_text())
    built("totals-only", tmp_path)
    again = json.loads((folder / "report.json").read_text())
    for one in (first, again):
        del one["built_at"]
    assert first == again


def test_an_unknown_number_of_items_stays_unknown_in_report_json(tmp_path: Path) -> None:
    built("totals-only", tmp_path)
    report = json.loads((tmp_path / "reports" / "totals-only" / "report.json").read_text())
    traits = [f for f in report["findings"] if f["layer"] == "traits"]
    assert {f["n"]["not_estimable"] for f in traits} == {"the number of items is not stated"}


def test_a_changed_number_makes_another_step(tmp_path: Path) -> None:
    _, before, _ = built("first-slot-judge", tmp_path)
    spec = tmp_path / "specs" / "first-slot-judge" / "spec.yaml"
    spec.write_text(spec.read_text().replace("base: 8", "base: 6"))
    _, after, _ = built("first-slot-judge", tmp_path)
    assert before.steps[0].key != after.steps[0].key
    assert before.steps[1].key == after.steps[1].key


def test_a_smoke_run_leaves_others_numbers_as_they_are(tmp_path: Path) -> None:
    built("totals-only", tmp_path)
    code, _, said = built("totals-only", tmp_path, "--smoke")
    assert code == 0
    assert "5 reused" in said
