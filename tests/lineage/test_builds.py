"""Builds by what a user calls them: on disk, by their spec, in a commit of git."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from evalreport.errors import DataError
from evalreport.estimates import NotEstimable
from evalreport.lineage.builds import build_at, open_build
from evalreport.lineage.places import InGit, OnDisk, Read
from evalreport.report.read_items import ItemsRead
from tests.builds.workshop import TEST_ROWS, Workshop


@pytest.fixture
def here(shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a copy of the build where its spec's report belongs."""
    shutil.copytree(shop.folder / "report", tmp_path / "reports/orders")
    shutil.copy(shop.folder / "spec.yaml", tmp_path)
    shutil.copytree(shop.folder / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _git(*arguments: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=n@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("named", ["reports/orders", "reports/orders/report.json", "spec.yaml"])
def test_a_build_is_named_by_its_folder_its_report_or_its_spec(here: Path, named: str) -> None:
    build = open_build(named)
    assert build.report.name == "orders"
    assert build.source == "reports/orders/report.json"
    assert build.unsealed == ()
    items = build.items()
    assert isinstance(items, ItemsRead)
    assert items.rows == TEST_ROWS
    assert build.lock() is not None


def test_an_earlier_commit_is_read_without_a_checkout(here: Path) -> None:
    _git("init", "-q", "-b", "main")
    _git("add", "-A")
    _git("commit", "-qm", "first")
    shutil.rmtree(here / "reports")
    _git("add", "-A")
    _git("commit", "-qm", "second")
    for named in ("HEAD~1:reports/orders", "HEAD~1:reports/orders/", "HEAD~1:spec.yaml"):
        build = open_build(named)
        assert isinstance(build.place, InGit)
        assert build.source == "HEAD~1:reports/orders/report.json"
        items = build.items()
        assert isinstance(items, ItemsRead)
        assert items.rows == TEST_ROWS
    assert not (here / "reports").exists()
    with pytest.raises(DataError, match="this commit has no reports/orders"):
        open_build("HEAD:reports/orders")
    with pytest.raises(DataError, match="that commit has no report of it"):
        open_build("HEAD:spec.yaml")


def test_a_path_that_exists_is_no_commit(here: Path) -> None:
    (here / "HEAD:reports").mkdir()
    shutil.copytree("reports/orders", "HEAD:reports/orders")
    assert isinstance(open_build("HEAD:reports/orders").place, OnDisk)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("nowhere", "there is no such file or folder"),
        ("nowhere:reports", "git knows no commit nowhere here"),
        ("--output=x:reports", "git knows no commit --output=x here"),
        ("data", "this folder has no report.json"),
        ("data/test.jsonl", "this is no spec and no report"),
        ("a\0b", "there is no such file or folder"),
        ("a\0b:reports", "git knows no commit a\\u0000b here"),
    ],
)
def test_what_is_no_build_is_refused_in_three_parts(here: Path, named: str, says: str) -> None:
    with pytest.raises(DataError) as refused:
        open_build(named)
    (problem,) = refused.value.problems
    assert says in problem.what
    assert problem.where
    assert problem.hint


def test_a_spec_that_was_not_built_has_no_report_yet(here: Path) -> None:
    shutil.rmtree("reports")
    with pytest.raises(DataError, match="this spec has no report yet"):
        open_build("spec.yaml")


def test_a_report_that_was_changed_by_hand_is_known_by_its_seals(here: Path) -> None:
    path = here / "reports/orders/report.json"
    content = json.loads(path.read_text())
    content["verdict"]["headline"] = "It is better by far."
    content["built_at"] = "2031-01-01T00:00:00Z"  # the clock is of no account
    path.write_text(json.dumps(content))
    assert open_build("reports/orders").unsealed == ("verdict",)


def test_a_report_without_its_items_is_opened_all_the_same(here: Path) -> None:
    (here / "reports/orders/items.jsonl").unlink()
    build = open_build("reports/orders")
    assert isinstance(build.head, NotEstimable)
    assert build.items() == build.head
    assert "no items.jsonl" in build.head.not_estimable
    (here / "reports/orders/items.jsonl").write_text('{"items": 7}\n')
    head = open_build("reports/orders").head
    assert isinstance(head, NotEstimable)
    assert "version 7" in head.not_estimable


def test_files_that_were_read_already_are_a_place(here: Path) -> None:
    """As of hundreds of versions, which one child process of git reads at once."""
    folder = here / "reports/orders"
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    head_only = {**files, "items.jsonl": files["items.jsonl"].partition(b"\n")[0] + b"\n"}
    lying, read = open_build("reports/orders"), build_at(Read("abc:reports", head_only), "abc:o")
    assert (read.report, read.head, read.spec) == (lying.report, lying.head, lying.spec)
    assert read.source == "abc:reports/report.json"
    assert read.unsealed == ()
    with pytest.raises(DataError, match="there is no such file") as raised:
        build_at(Read("abc:reports", {}), "abc:o")
    assert raised.value.problems[0].where == "abc:reports/report.json"
