"""`migrate`: shows what would change, changes it when told to, and refuses with a reason."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evalreport.commands.migrate import migrate
from evalreport.commands.migrate_files import Tables
from evalreport.errors import DataError
from evalreport.report.load import load_report
from evalreport.report.migrations import REPORTS
from evalreport.report.seals import compact, seals_of
from evalreport.values import Json
from evalreport.versions import Migration
from tests.builds.workshop import Ran, Workshop
from tests.spec.test_migrations import NEW, OLD

REPORTED = Path(__file__).parents[1] / "report"
FROZEN = REPORTED / "frozen" / "0.1.0"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """A folder with an old spec, an old report and one of today."""
    shop = Workshop(tmp_path)
    shop.write("specs/old.yaml", OLD)
    shop.write("specs/other.yaml", "kind: something else\n")
    shop.write(".git/hidden.yaml", OLD)
    old = REPORTED / "older" / "health-without-means.report.json"
    shop.write("reports/old/report.json", old.read_text())
    shutil.copytree(FROZEN, tmp_path / "reports" / "today")
    (tmp_path / "reports/today/spec.yaml").unlink()
    return shop


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_shows_and_changes_nothing(shop: Workshop) -> None:
    before = everything(shop.folder)
    ran = shop.run("migrate", ".")
    assert ran.code == 0, ran.both
    assert everything(shop.folder) == before
    for line in (
        "specs/old.yaml: training.launch.num_processes is called processes",
        "--- specs/old.yaml",
        "+++ specs/old.yaml (migrated)",
        "-  launch: {kind: accelerate, num_processes: 2}   # two cards",
        "+  launch: {kind: accelerate, processes: 2}   # two cards",
        '+      "tokens_mean": {',
        "reports/today/report.json: nothing to change: it is of the current version, 1",
        "reports/today/items.jsonl: nothing to change: it is of the current version, 1",
        "reports/today/spec.lock.yaml: nothing to change: it is of the current version, 1",
        "of 5 files 2 would change (--write changes)",
    ):
        assert line in ran.out.splitlines(), line
    assert "other.yaml" not in ran.out
    assert "hidden" not in ran.out


def test_it_writes_when_told_to_and_then_has_nothing_to_do(shop: Workshop) -> None:
    spec = shop.folder / "specs/old.yaml"
    spec.chmod(0o640)
    (shop.folder / "specs/link.yaml").symlink_to("old.yaml")
    ran = shop.run("migrate", "--write", "specs/link.yaml", "reports/old")
    assert ran.code == 0, ran.both
    assert "of 2 files 2 changed" in ran.out
    assert spec.read_text() == NEW
    assert spec.stat().st_mode & 0o777 == 0o640
    assert (shop.folder / "specs/link.yaml").is_symlink()
    assert load_report(shop.folder / "reports/old/report.json").health
    assert shop.run("report", "reports/old").code == 0
    again = json.loads(shop.run("migrate", "--json", ".").out)
    assert [one["path"] for one in again["files"] if one["changes"] or one["refused"]] == []
    assert not [*shop.folder.rglob(".migrate-*")]


def test_json_holds_the_same(shop: Workshop) -> None:
    said = json.loads(shop.run("migrate", "specs", "--json").out)
    (one,) = said["files"]
    assert said["written"] is False
    assert (one["path"], one["kind"], one["version"]) == ("specs/old.yaml", "spec", 1)
    assert len(one["changes"]) == 3
    assert "+  launch: {kind: accelerate, processes: 2}" in one["diff"]
    assert one["notes"] == []  # its data are not here, and are no part of the language


def test_a_mark_of_utf_8_and_foreign_line_ends_stay(shop: Workshop) -> None:
    path = shop.folder / "specs/old.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    assert shop.run("migrate", "--write", "specs/old.yaml").code == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + NEW.replace("\n", "\r\n").encode()


# Refusals


def _refused(ran: Ran, *parts: str) -> None:
    assert ran.code == 2, ran.both
    assert "Traceback" not in ran.err
    for part in parts:
        assert part in ran.err


def test_what_cannot_be_carried_over_is_refused_and_the_rest_is_done(shop: Workshop) -> None:
    shop.write(
        "specs/no.yaml", OLD.replace("double_quantization: true", "double_quantization: false")
    )
    shop.write("reports/old/items.jsonl", (REPORTED / "older/without-head.items.jsonl").read_text())
    ran = shop.run("migrate", "--write", ".")
    _refused(
        ran,
        "specs/no.yaml\n  adapter.double_quantization: the constants of nf4 are always quantised",
        "reports/old/items.jsonl:1\n  it has no head: an earlier version of evalreport wrote it",
    )
    assert "of 7 files 2 changed, 2 cannot be brought up to date" in ran.out
    assert "double_quantization: false" in (shop.folder / "specs/no.yaml").read_text()
    assert (shop.folder / "specs/old.yaml").read_text() == NEW


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.yaml", "evalreport: 2\nnews: 1\n", "it is of version 2 of the spec language; "),
        ("a.yaml", OLD + "colour: red\n", "unknown key colour"),
        ("a.yaml", "evalreport: [", "a.yaml:"),
        ("report.json", '{"schema": 2}', "it is of version 2 of report.json; "),
        ("report.json", "{", "this is not JSON"),
        ("items.jsonl", '{"items": 2}\n', "it is of version 2 of items.jsonl; "),
        ("items.jsonl", "", "it has no head"),
        ("spec.lock.yaml", "lock: 2\n", "it is of version 2 of spec.lock.yaml; "),
        ("spec.lock.yaml", "a: [", "this is not YAML"),
        ("spec.lock.yaml", "{}", "`lock`, the version of spec.lock.yaml, is missing"),
    ],
)
def test_what_is_no_older_file_is_refused(tmp_path: Path, name: str, text: str, what: str) -> None:
    shop = Workshop(tmp_path)
    shop.write(name, text)
    _refused(shop.run("migrate", "--write", name), name, what)
    assert (tmp_path / name).read_text() == text


def test_the_language_alone_is_looked_at(tmp_path: Path) -> None:
    """Neither data that are not here nor anything else beside a spec makes it old."""
    shop = Workshop(tmp_path)
    shop.write("a.yaml", OLD.replace("evalreport: 1", "evalreport: 0"))
    ran = shop.run("migrate", "a.yaml")
    _refused(ran, "a.yaml:2:13  evalreport")
    assert "data/" not in ran.both


@pytest.mark.parametrize("name", ["data.jsonl", "other.yaml", "notes.md"])
def test_a_file_of_another_kind_is_told_from_an_older_one(tmp_path: Path, name: str) -> None:
    shop = Workshop(tmp_path)
    shop.write("spec.yaml", OLD)
    shop.write("data.jsonl", '{"a": 1}\n{"a": 2}\n')
    shop.write("other.yaml", "kind: something else\n")
    shop.write("notes.md", "**The fine-tuning worked**\n")
    ran = shop.run("migrate", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"{name}\n  this is no spec and no report\n  did you mean spec.yaml?\n"


def test_nothing_to_look_at_is_said(tmp_path: Path) -> None:
    ran = Workshop(tmp_path).run("migrate", ".", "absent.yaml")
    _refused(
        ran, "there is no spec and no report in this folder", "absent.yaml\n  there is no such"
    )


# Seals: with a step that no version has


def _titled(content: Json) -> Json:
    assert isinstance(content, dict)
    return {**content, "title": "Another title"}


STEP = Tables(reports=(*REPORTS, Migration(1, 1, "the title is another", _titled)))


def _migrated(folder: Path) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        migrate([folder], do_write=True, as_json=False, tables=STEP)
    return out.getvalue()


def test_items_are_sealed_anew_with_their_report(shop: Workshop) -> None:
    folder = shop.folder / "reports/today"
    said = _migrated(folder)
    assert "the title is another" in said
    assert "its seals are those of the changed report.json" in said
    content: Any = json.loads((folder / "report.json").read_text())
    first, *rows = (folder / "items.jsonl").read_text().splitlines()
    assert content["title"] == "Another title"
    assert json.loads(first)["sealed"] == seals_of(content)
    assert rows == (FROZEN / "items.jsonl").read_text().splitlines()[1:]


def test_a_report_that_was_changed_by_hand_gets_no_new_seals(shop: Workshop) -> None:
    folder = shop.folder / "reports/today"
    path = folder / "report.json"
    path.write_text(path.read_text().replace('"title": "Orders become JSON"', '"title": "Better"'))
    before = everything(folder)
    with pytest.raises(DataError, match=r"`title` of report\.json is not what its items say"):
        _migrated(folder)
    assert everything(folder) == before


def test_a_kill_between_two_files_goes_on(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    folder = tmp_path / "report"
    shutil.copytree(FROZEN, folder)
    content: Any = json.loads((folder / "report.json").read_text())
    for row in content["health"]:
        del row["tokens_mean"]
    (folder / "report.json").write_text(json.dumps(content))
    first, _, rows = (folder / "items.jsonl").read_text().partition("\n")
    head = {**json.loads(first), "sealed": seals_of(content)}
    (folder / "items.jsonl").write_text(f"{compact(head)}\n{rows}")
    shutil.copytree(folder, tmp_path / "whole")
    assert shop.run("migrate", "--write", "whole").code == 0
    old = (folder / "report.json").read_bytes()
    ran = shop.ran(
        "migrate", "--write", "report", environment={"EVALREPORT_DIE_AT": "migration-put"}
    )
    assert ran.code == -9
    assert (folder / "report.json").read_bytes() == old
    ran = shop.run("migrate", "--write", "report")
    assert ran.code == 0, ran.both
    assert [path.name for path in folder.glob(".staging-*")] == []
    for path in (tmp_path / "whole").iterdir():
        if path.is_file():
            assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


# What others put there


def test_a_link_out_of_the_folder_is_followed_only_where_it_is_named(shop: Workshop) -> None:
    outside = shop.folder / "outside/other.yaml"
    shop.write("outside/other.yaml", OLD)
    shop.write("clone/specs/own.yaml", OLD)
    link = shop.folder / "clone/specs/link.yaml"
    link.symlink_to(outside)
    (shop.folder / "clone/specs/inward.yaml").symlink_to("own.yaml")
    ran = shop.run("migrate", "--write", "clone")
    assert ran.code == 0, ran.both
    assert outside.read_text() == OLD
    assert (shop.folder / "clone/specs/own.yaml").read_text() == NEW
    told = "clone/specs/link.yaml: a link that leads out of the folder is passed over; name it"
    assert told in ran.out
    passed = json.loads(shop.run("migrate", "--json", "clone").out)["passed_over"]
    assert passed == ["clone/specs/link.yaml"]
    assert shop.run("migrate", "--write", "clone", "clone/specs/link.yaml").code == 0
    assert outside.read_text() == NEW


def test_a_name_does_not_move_the_terminal(shop: Workshop) -> None:
    shop.write("names/a\x1b[2J.yaml", OLD)
    for _ in range(2):
        ran = shop.run("migrate", "--write", "names")
        assert ran.code == 0
        assert "a\\u001b[2J.yaml: " in ran.out
        assert "\x1b" not in ran.both
