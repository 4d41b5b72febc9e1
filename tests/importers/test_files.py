"""Which files paths, folders and patterns stand for: each once, and none that we wrote ourselves."""

import contextlib
import os
from pathlib import Path

import pytest

from evalreport.errors import DataError
from evalreport.importers.files import found_files, walked
from evalreport.importers.survey import survey

TABLE = "id,accuracy\n1,0\n2,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def shown(folder: Path, *given: str) -> list[str]:
    return [one.shown for one in found_files(folder, {"tuned": given}, {})["tuned"]]


def wrong_with(folder: Path, given: str) -> tuple[str, str, str]:
    with pytest.raises(DataError) as caught:
        shown(folder, given)
    (problem,) = caught.value.problems
    return problem.where, problem.what, problem.hint


def test_a_file_that_is_named_several_times_is_read_once(folder: Path) -> None:
    (folder / "b.csv").symlink_to(folder / "a.csv")
    assert shown(folder, "a.csv", "./a.csv", "*.csv", ".", str(folder / "a.csv")) == ["a.csv"]
    given = [folder / "a.csv", folder, folder / "b.csv"]
    assert [(one.path, one.given) for one in survey(given)] == [(given[0], given[0])]


@pytest.mark.parametrize("pattern", ["a**b.csv", "**a.csv", "/a**b/*.csv"])
def test_what_is_no_pattern(folder: Path, pattern: str) -> None:
    where, what, hint = wrong_with(folder, pattern)
    assert where.endswith(pattern)
    assert what == "this is no pattern"
    assert hint


@pytest.mark.parametrize("given", ["", "  "])
def test_an_empty_path_is_not_the_folder(folder: Path, given: str) -> None:
    _, what, hint = wrong_with(folder, given)
    assert what == "a path is empty"
    assert hint


@pytest.mark.parametrize(
    ("given", "says"),
    [("x" * 300, "the path is too long"), ("y/" * 2500, "the path is too long")],
)
def test_a_path_that_no_file_can_have(folder: Path, given: str, says: str) -> None:
    assert wrong_with(folder, given)[1] == says
    with pytest.raises(DataError, match=says):
        survey([folder / given])


def test_what_is_no_regular_file_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / "link.csv").symlink_to(folder / "pipe.csv")
    for given in ("pipe.csv", "link.csv", "/dev/zero"):
        assert wrong_with(folder, given)[1] == "this is not a regular file"
        with pytest.raises(DataError, match="this is not a regular file"):
            survey([folder / given])
    assert shown(folder, "*.csv") == shown(folder, ".") == ["a.csv"]


def test_a_folder_that_is_called_like_a_file_is_a_folder(folder: Path) -> None:
    (folder / "runs.jsonl").mkdir()
    (folder / "runs.jsonl" / "b.csv").write_text(TABLE, encoding="utf-8")
    assert shown(folder, "runs.jsonl") == ["runs.jsonl/b.csv"]


def test_what_we_wrote_ourselves_is_no_result(folder: Path) -> None:
    for path in (
        ".evalreport/jobs/rows.csv",
        "reports/x/items.csv",
        "reports/x/items.jsonl",
        "reports/x/report.json",
        "specs/audits/x/rows.csv",
        "specs/x/rows.csv",
        "theirs/report.json",
        "theirs/items.jsonl",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(TABLE, encoding="utf-8")
    (folder / "reports/x/report.json").write_text('{\n  "evalreport": "1"}', encoding="utf-8")
    kept = ["a.csv", "specs/x/rows.csv", "theirs/items.jsonl", "theirs/report.json"]
    assert [one.relative_to(folder).as_posix() for one in walked(folder)] == kept
    with contextlib.chdir(folder / "specs"):
        assert walked(Path()) == [Path("x/rows.csv")]
    assert [one.name for one in walked(folder / "specs" / "audits")] == ["rows.csv"]
