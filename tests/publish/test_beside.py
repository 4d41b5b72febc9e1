"""What lies beside a report leaves as a build writes it, or not at all."""

import json
from pathlib import Path

import pytest
import yaml

from evalreport.errors import DataError, Problem
from evalreport.publish.beside import items_file, lock_file, picture_files
from evalreport.publish.model import LeftOut, PlannedFile
from evalreport.publish.reduced import reasons_of, reduced, reduced_items
from evalreport.render import render_json, render_markdown
from evalreport.render.pictures import NotDrawn
from evalreport.report.item_rows import ItemsFile
from evalreport.report.lock import lock_content, lock_of_text
from evalreport.report.model import Report
from evalreport.values import Json
from tests.reports import changed, clear_win

SAID = "the endpoint refuses it (400): Invalid prompt: 'Patient Jane Doe asks'"
HEAD = {
    "items": 1, "layers": {}, "parts": {}, "asked": {}, "prompted": [], "leaked": [],
    "same_outputs": [], "sealed": {},
}  # fmt: skip
ROW = {"layer": "x", "item": "a", "cluster": "c", "scores": {"base": [[0.5, None]]}}


@pytest.fixture(scope="module")
def report() -> Report:
    return clear_win()


# The lock


def locked(folder: Path, report: Report, text: str) -> PlannedFile | Problem:
    (folder / "spec.lock.yaml").write_text(text)
    return lock_file(folder, report, reduced(report, "ids"))


def test_a_lock_is_written_anew_with_nothing_that_somebody_added(
    tmp_path: Path, report: Report
) -> None:
    change: dict[str, Json] = {"digest": "d" * 64, "spec": "orders", "at": "2026-11-21T09:12:44Z"}
    held = {
        "lock": 1,
        "spec": report.spec_digest,
        "note": "patient Jane Doe",
        "arms": {"base": {"note": "Jane Doe"}},
        "declared": {"changes": [change]},
    }
    file = locked(tmp_path, report, "# Jane Doe\n" + yaml.safe_dump(held))
    assert isinstance(file, PlannedFile)
    text = file.bytes.decode()
    assert "Jane Doe" not in text
    assert lock_of_text(text, "lock") == json.loads(json.dumps(lock_content(report, [change])))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lock: 1\nspec: another\n", "it is not of this report: it locks another spec"),
        ("lock: 1\nspec: " + "[" * 5000, "this is not YAML"),
        ("lock: 1\ndeclared: {changes: [Jane Doe]}", "declared.changes: not as a build writes it"),
        ("lock: 99\n", "99"),
        ("]", "this is not YAML"),
    ],
)
def test_a_lock_of_something_else_is_a_problem(
    tmp_path: Path, report: Report, text: str, words: str
) -> None:
    found = locked(tmp_path, report, text)
    assert isinstance(found, Problem)
    assert words in found.what


# The items


def leaving(*rows: object) -> list[str]:
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    return [*reduced_items(ItemsFile("items.jsonl", text.encode()), "ids", "full", {"a": "b"})]


def test_rows_leave_with_the_keys_that_a_build_writes() -> None:
    head, row = leaving(HEAD, ROW)
    assert json.loads(head) == {**HEAD, "sealed": {"a": "b"}}
    assert json.loads(row) == {**ROW, "cluster": "1"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], ROW), "this is not a JSON object"),
        (({**HEAD, "note": "Jane Doe"}, ROW), "note"),
        ((HEAD, {**ROW, "text": "Jane Doe"}), "a build writes no `text`"),
        ((HEAD, {**ROW, "cluster": ["Jane Doe"]}), "`cluster` is no text"),
        ((HEAD, {**ROW, "scores": {"base": [["Jane Doe"]]}}), "`scores` holds a text"),
    ],
)
def test_what_no_build_writes_is_a_problem_and_not_shown(
    rows: tuple[object, ...], words: str
) -> None:
    with pytest.raises(DataError) as raised:
        leaving(*rows)
    assert words in str(raised.value)
    assert "Jane" not in str(raised.value)


def test_items_nested_without_end_are_a_problem(tmp_path: Path, report: Report) -> None:
    (tmp_path / "items.jsonl").write_text("[" * 200_000 + "\n")
    found = items_file(tmp_path, report, report, "ids")
    assert isinstance(found, Problem)
    assert (found.where, "this is not JSON" in found.what) == (f"{tmp_path}/items.jsonl:1", True)


# Why a step failed


def test_why_a_step_failed_is_kept_back_with_the_rows(report: Report) -> None:
    (first, *others) = report.steps
    failed = first.model_copy(update={"outcome": "failed", "reason": SAID})
    told = changed(
        report,
        steps=(failed, *others),
        not_measured=(f"{first.id}: {SAID}", f"base has no answers: {SAID}"),
    )
    assert "Jane Doe" in render_json(told)
    for shown in ("ids", "none"):
        mine = reduced(told, shown)
        for text in (render_json(mine), render_markdown(mine)):
            assert "Jane Doe" not in text
            assert "its reason is kept back, since it may quote a row" in text
    assert reduced(told, "full").steps == told.steps
    head = {**HEAD, "asked": {"x": {"base": {"missing": SAID}}}}
    file = ItemsFile("items.jsonl", json.dumps(head).encode())
    (line,) = reduced_items(file, "ids", "full", {}, reasons_of(told))
    assert "Jane Doe" not in line


# Pictures


def test_no_name_in_a_text_makes_a_file_a_picture(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "secret.txt").write_text("top secret")
    (tmp_path / "figures/evil.png").symlink_to(tmp_path / "secret.txt")
    (found,) = picture_files(tmp_path, {})
    assert found == LeftOut("figures/evil.png", "no text that leaves shows it")
    (found,) = picture_files(tmp_path, NotDrawn("why"))
    assert found == LeftOut("figures/evil.png", "why")
