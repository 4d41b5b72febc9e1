"""Committed reports are what their report.json renders to today; the README shows one of them."""

import contextlib
import hashlib
import importlib.util
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from evalreport.cli import main
from evalreport.commands.history import PAGE, Around
from evalreport.commands.writing import NAMES, renderings
from evalreport.history.gather import gather
from evalreport.history.trend import courses_of
from evalreport.render.history import render_index
from evalreport.render.pictures import digest_of, shown_in, svgs_of
from evalreport.report.load import load_report
from evalreport.spec.load import load_spec
from tests.conftest import require_or_skip

ROOT = Path(__file__).parent.parent
REPORTS = sorted((ROOT / "reports").rglob("report.json"))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_a_committed_report_is_what_the_program_writes_today(path: Path) -> None:
    report = load_report(path)
    spec = load_spec(ROOT / report.reproduce.spec_path).spec
    made = renderings(report, spec.report.formats, spec.report.card_examples, pictured=True)
    assert set(made) == {name for name in NAMES.values() if (path.parent / name).exists()}
    for name, text in made.items():
        assert (path.parent / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_committed_pictures_show_the_committed_report(path: Path) -> None:
    """By the digests of their drawings; tests of recheck draw some of them again."""
    svgs = svgs_of(load_report(path))
    there = {one.relative_to(path.parent).as_posix() for one in path.parent.glob("figures/*")}
    assert there == set(svgs)
    for name, svg in svgs.items():
        assert shown_in((path.parent / name).read_bytes())[0] == digest_of(svg), name


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_a_committed_report_is_of_the_committed_spec(path: Path) -> None:
    report = load_report(path)
    assert load_spec(ROOT / report.reproduce.spec_path).digest == report.spec_digest
    assert not report.reproduce.overrides
    assert not report.smoke


def test_the_quickstart_is_committed_and_current() -> None:
    """Of its spec, its data and its model as they stand, and what its items give.

    The page about gates shows what is printed of it.
    """
    assert ROOT / "reports" / "quickstart" / "report.json" in REPORTS
    said = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(said):
        code = main(["gate", "specs/quickstart/spec.yaml"])
    printed = said.getvalue()
    met = {line.split()[0] for line in printed.splitlines() if line[14:].startswith("met  ")}
    assert met >= {
        "measured", "items", "current", "steps", "declared", "outcome", "strength", "guards",
    }  # fmt: skip
    assert code == 0
    page = (ROOT / "docs/how-to/ci.md").read_text(encoding="utf-8")
    assert f"```text\n{printed}```" in page


def test_the_picture_shows_the_committed_report() -> None:
    """The one in the last commit: a `make demo` since then has written another."""
    place = ROOT / "docs" / "make_picture.py"
    loaded = importlib.util.spec_from_file_location("make_picture", place)
    assert loaded is not None
    assert loaded.loader is not None
    picture = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(picture)
    name = picture.REPORT.relative_to(ROOT).as_posix()
    shown = subprocess.run(
        ["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, check=False
    )
    require_or_skip(shown.returncode == 0, "this is no git checkout with a committed report")
    digest = hashlib.sha256(shown.stdout).hexdigest()
    assert picture.shown_in(picture.PICTURE.read_bytes()) == digest
    assert f"docs/{picture.PICTURE.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_index_is_of_the_committed_reports(tmp_path: Path) -> None:
    """Of those in the folder, or in the last commit: a `make demo` since then has built another."""
    page = (ROOT / "reports" / PAGE).read_text(encoding="utf-8")
    if page == _index_of(ROOT / "reports"):
        return
    packed = subprocess.run(
        ["git", "archive", "HEAD", "reports"], cwd=ROOT, capture_output=True, check=False
    )
    require_or_skip(packed.returncode == 0, "this is no git checkout with committed reports")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tmp_path, filter="data")
    assert page == _index_of(tmp_path / "reports"), "evalreport history reports --no-git"


def _index_of(folder: Path) -> str:
    found = gather(folder, with_git=False)
    return render_index(found, courses_of(found), Around(folder, folder))
