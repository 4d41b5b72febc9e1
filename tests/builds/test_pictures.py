"""Pictures as files: written with the report, taken away with it, and never in the way of it."""

import shutil
import sys
from pathlib import Path

import pytest

from evalreport.cli import main
from evalreport.commands.writing import put
from evalreport.render.pictures import PICTURES, drawer
from tests.conftest import require_or_skip

AUDIT = Path(__file__).parents[2] / "reports" / "audits" / "gsm8k-qwen2"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "vl_convert", raising=False)
    shutil.copyfile(AUDIT / "report.json", tmp_path / "report.json")
    return tmp_path


def figures(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("figures/*"))


def test_rendering_again_writes_the_committed_pictures_and_removes_old_ones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    (folder / "figures").mkdir()
    for name in ("loss-dark.png", "mine.png"):
        (folder / "figures" / name).write_bytes(b"old")
    assert main(["report", str(folder)]) == 0
    told = capsys.readouterr()
    written = ["figures/findings-dark.png", "figures/findings-light.png"]
    assert figures(folder) == [*written, "figures/mine.png"]
    assert all((folder / name).as_posix() in told.out for name in written)
    for name in written:
        assert (folder / name).read_bytes() == (AUDIT / name).read_bytes()
    assert (folder / "report.md").read_bytes() == (AUDIT / "report.md").read_bytes()


def test_without_the_extra_there_are_no_pictures_and_one_line_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, {PICTURES[0]: b"of an earlier report"})
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().err == (
        "written without pictures: they are drawn by an extra that is not installed: "
        "pip install 'evalreport[charts]'\n"
    )
    assert figures(folder) == []
    assert not (folder / "figures").exists()
    assert "<picture>" not in (folder / "report.md").read_text(encoding="utf-8")


def test_a_folder_that_is_in_the_way_loses_nothing(folder: Path) -> None:
    (folder / "figures").write_text("a file of mine")
    with pytest.raises(Exception, match="cannot be written"):
        put(folder, {PICTURES[0]: b"png", "report.md": "new"})
    assert (folder / "figures").read_text() == "a file of mine"
    assert not list(folder.glob(".staging*"))
