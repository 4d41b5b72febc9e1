"""Gathering: what lies in a folder, and every version that git keeps of it."""

import json
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from evalreport.errors import DataError
from evalreport.history.committed import Repository as Read
from evalreport.history.committed import TooLarge, Wanted, repository_around
from evalreport.history.gather import gather, reports_below
from evalreport.lineage.builds import open_build
from evalreport.report.lock import HEADER
from tests.history.repository import Repository, built


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.made(tmp_path / "work")


def test_every_committed_version_is_found_and_the_one_that_lies_there(
    repository: Repository,
) -> None:
    hashes = []
    for day in (1, 2, 3):
        repository.put("reports/a", built(day))
        hashes.append(repository.commit(day))
    repository.put("reports/a", built(4))
    (series,) = gather(repository.root / "reports", with_git=True).series
    assert [kept.report.built_at[8:10] for kept in series.builds] == ["01", "02", "03", "04"]
    assert [[c.hash for c in kept.commits] for kept in series.builds] == [
        *([one] for one in hashes),
        [],
    ]
    assert next(c.at for kept in series.builds for c in kept.commits) == "2026-11-21T10:01:00Z"
    assert [kept.is_here for kept in series.builds] == [False, False, False, True]
    assert series.is_of_today
    first, last = series.builds[0], series.builds[-1]
    assert first.named == f"{first.commits[0].short}:reports/a"
    assert len(first.commits[0].short) < 20
    assert last.named == str(repository.root / "reports/a")


def test_a_build_that_is_committed_again_counts_once(repository: Repository) -> None:
    """A rendering changed, then nothing but the file's layout: the same build both times."""
    path = repository.put("reports/a", built(1))
    first = repository.commit(1)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1), encoding="utf-8")
    second = repository.commit(2)
    (series,) = gather(repository.root / "reports", with_git=True).series
    (kept,) = series.builds
    assert [one.hash for one in kept.commits] == [first, second]
    assert kept.is_here
    assert kept.named == str(repository.root / "reports/a")


def test_the_same_time_and_spec_with_other_findings_is_another_build(
    repository: Repository,
) -> None:
    report = built(1)
    repository.put("a", report)
    repository.commit(1)
    repository.put("a", built(1, findings=report.findings[:1]))
    (series,) = gather(repository.root, with_git=True).series
    assert len(series.builds) == 2


def test_a_renamed_folder_is_followed(repository: Repository) -> None:
    """Also where the report was built again in the same commit, and beside another that stays."""
    repository.put("old/place", built(1))
    repository.put("old/other", built(1, name="other", title="Another one", findings=()))
    repository.commit(1)
    repository.git("mv", "old/place", "reports")
    repository.put("reports", built(2))
    repository.commit(2)
    (series,) = gather(repository.root / "reports", with_git=True).series
    assert [kept.report.built_at[8:10] for kept in series.builds] == ["01", "02"]
    assert series.builds[0].named.endswith(":old/place")
    assert series.folder == ""


def test_a_version_on_a_side_branch_and_one_that_a_merge_made_are_found(
    repository: Repository,
) -> None:
    repository.put("a", built(1))
    repository.commit(1)
    repository.git("checkout", "-qb", "side")
    repository.put("a", built(2))
    repository.commit(2)
    repository.git("checkout", "-q", "main")
    repository.put("a", built(3))
    repository.commit(3)
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "side")
    repository.put("a", built(4))
    repository.commit(4)
    (series,) = gather(repository.root, with_git=True).series
    assert [kept.report.built_at[8:10] for kept in series.builds] == ["01", "02", "03", "04"]


def test_what_cannot_be_read_is_listed_with_its_reason(repository: Repository) -> None:
    old = json.loads(repository.put("a", built(1)).read_text())
    repository.put("a", json.dumps({**old, "schema": 0}))
    lock = f"{HEADER}evalreport: 0.0.9\nspec: {'ab' * 32}\n"
    (repository.root / "a/spec.lock.yaml").write_text(lock, encoding="utf-8")
    older = repository.commit(1)
    repository.put("a", "{damaged")
    (repository.root / "a/spec.lock.yaml").write_text("{", encoding="utf-8")
    repository.commit(2)
    repository.put("a", built(3))
    repository.commit(3)
    repository.put("b", "[]")
    found = gather(repository.root, with_git=True)
    assert [len(series.builds) for series in found.series] == [1]
    first, second, third = found.unreadable
    assert (first.folder, first.commit and first.commit.hash) == ("a", older)
    assert first.reason.startswith("0 is no version of report.json")
    assert first.told == "evalreport 0.0.9, spec abababababab"
    assert second.reason.startswith("this is not JSON: Expecting property name")
    assert second.told == ""
    assert (third.folder, third.commit) == ("b", None)
    assert third.where == str(repository.root / "b")


def test_a_shallow_clone_says_so(repository: Repository, tmp_path: Path) -> None:
    for day in (1, 2):
        repository.put("a", built(day))
        repository.commit(day)
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--depth", "1", repository.root.as_uri(), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    found = gather(clone, with_git=True)
    assert [len(series.builds) for series in found.series] == [1]
    (note,) = found.notes
    assert note.startswith("This clone is shallow")
    assert "`git fetch --unshallow`" in note


def test_without_git_only_what_lies_there_is_known(repository: Repository, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    Repository(bare).put("a", built(1))
    found = gather(bare, with_git=True)
    assert [note.partition(":")[0] for note in found.notes] == [
        "Only what lies here today is known, since it lies in no git repository"
    ]
    assert [len(series.builds) for series in found.series] == [1]
    repository.put("a", built(1))
    assert gather(repository.root, with_git=False).notes == ()
    (note,) = gather(repository.root, with_git=True).notes
    assert note.startswith("None of these reports is committed")
    repository.commit(1)
    repository.put("a", built(2))
    assert len(gather(repository.root, with_git=False).builds) == 1
    assert len(gather(repository.root, with_git=True).builds) == 2


def test_git_that_cannot_be_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository(tmp_path).put("a", built(1))
    monkeypatch.setenv("PATH", str(tmp_path))
    (note,) = gather(tmp_path, with_git=True).notes
    assert "git cannot be run here" in note


def test_a_history_that_git_cannot_read_is_an_error(repository: Repository) -> None:
    repository.put("a", built(1))
    commit = repository.commit(1)
    (repository.root / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(DataError, match="git cannot read its commits") as raised:
        gather(repository.root, with_git=True)
    assert "--no-git" in raised.value.problems[0].hint


@pytest.mark.parametrize("folder", ["with space", "[a]*?", "ünï", "-x", "a\nb", "colon:x"])
def test_any_name_of_a_folder_is_read(repository: Repository, folder: str) -> None:
    for day in (1, 2):
        repository.put(f"reports/{folder}", built(day))
        repository.commit(day)
    found = gather(repository.root / "reports", with_git=True)
    days = [kept.report.built_at[8:10] for kept in found.builds]
    if "\n" in folder:  # git is asked line by line: what it cannot be asked for is said to be so
        assert days == ["02"]
        told = "git does not give it: it is not in this clone, or not named in one line"
        assert [one.reason for one in found.unreadable] == [told] * 2
    else:
        assert days == ["01", "02"]


def test_hidden_folders_and_links_are_left_out(tmp_path: Path) -> None:
    for name in (".evalreport/smoke/report", "a", "b/.staging-1"):
        Repository(tmp_path).put(name, built(1))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert reports_below(tmp_path) == (tmp_path / "a",)


def test_a_folder_without_reports_and_none_are_errors(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, said in (
        ("", "there is no report.json in this folder"),
        ("nowhere", "there is no such folder"),
        ("file", "this is no folder"),
    ):
        with pytest.raises(DataError, match=said):
            gather(tmp_path / name, with_git=True)


def test_what_set_changed_and_what_counts_for_nothing_is_kept_apart(tmp_path: Path) -> None:
    repository = Repository.made(tmp_path / "work")
    plain, asked = (
        built(1).reproduce.model_copy(update={"overrides": one})
        for one in ((), ("training.epochs=3",))
    )
    for minute, one in enumerate(
        (
            built(1, reproduce=plain),
            built(2, reproduce=asked),
            built(3, reproduce=plain, simulated=True),
            built(4, reproduce=plain, smoke=True),
            built(5, reproduce=plain, name="other"),
            built(6, reproduce=plain),
        ),
        1,
    ):
        repository.put("a", one)
        repository.commit(minute)
    found = gather(repository.root, with_git=True)
    told = [(s.name, s.overrides, s.stamps, len(s.builds)) for s in found.series]
    assert told == [
        ("orders-smollm2", (), (), 2),
        ("other", (), (), 1),
        ("orders-smollm2", (), ("smoke",), 1),
        ("orders-smollm2", (), ("simulated",), 1),
        ("orders-smollm2", ("training.epochs=3",), (), 1),
    ]
    assert [series.is_of_today for series in found.series] == [True, *[False] * 4]


def test_files_are_read_in_order_and_as_far_as_was_asked(repository: Repository) -> None:
    repository.put("a", "{}\nmore")
    commit = repository.commit(1)
    around = repository_around(repository.root)
    assert isinstance(around, Read)
    wanted = [
        Wanted(commit, "a/report.json", most=7),
        Wanted(commit, "a/report.json", most=99, is_first_line=True),
        Wanted(commit, "a/report.json", most=2, is_first_line=True),
        Wanted(commit, "a/report.json", most=6),
        Wanted(commit, "a", most=99),
        Wanted(commit, "no where", most=99),
        Wanted("f" * 40, "a", most=99),
    ]
    told = [b"{}\nmore", b"{}\n", b"{}", TooLarge(7), None, None, None]
    assert [*around.contents(wanted * 60)] == told * 60


def test_items_are_not_read_whole(repository: Repository) -> None:
    """Six versions of many megabytes: of each the first line is held, one after the other."""
    for day in (1, 2, 3):
        path = repository.put("a", built(day)).with_name("items.jsonl")
        path.write_bytes(b"{}\n" + bytes([day]) * 12_000_000)
        repository.commit(day)
    tracemalloc.start()
    try:
        found = gather(repository.root, with_git=True)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.builds) == 3
    assert most < 8_000_000


def test_what_others_put_in_the_place_of_files_is_told(
    repository: Repository, tmp_path: Path
) -> None:
    repository.put("ok", built(1))
    private = Repository(tmp_path / "private").put("", built(2, title="NIGHTINGALE"))
    for folder, name in (("linked", "report.json"), ("beside", "spec.lock.yaml")):
        repository.put(folder, built(3))
        (repository.root / folder / name).unlink(missing_ok=True)
        (repository.root / folder / name).symlink_to(private)
    deep = repository.put("deep", "[]").with_name("spec.lock.yaml")
    deep.write_text("lock: " + "[" * 3000, encoding="utf-8")
    found = gather(repository.root, with_git=True)
    assert [series.folder for series in found.series] == ["ok"]
    assert [(one.folder, one.told) for one in found.unreadable] == [("deep", "")]
    beside, linked, committed = found.notes
    assert beside.startswith(
        f"{repository.root / 'beside/spec.lock.yaml'} is a link that leads out"
    )
    assert linked.startswith(f"{repository.root / 'linked/report.json'} is a link that leads out")
    assert "is committed" in committed
    with pytest.raises(DataError, match="but by links that lead out of it"):
        gather(repository.root / "linked", with_git=False)


def test_a_report_that_has_no_end_is_told(tmp_path: Path) -> None:
    Repository(tmp_path).put("a", built(1))
    (tmp_path / "b").mkdir()
    (tmp_path / "b/report.json").symlink_to("loop")
    (tmp_path / "b/loop").symlink_to("report.json")
    (told,) = gather(tmp_path, with_git=False).unreadable
    assert (told.folder, told.reason) == (
        "b",
        "it cannot be read: Too many levels of symbolic links",
    )


def test_a_partial_clone_downloads_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        repository.put("a", built(day))
        repository.commit(day)
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--filter=blob:none", repository.root.as_uri(), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    (told,) = gather(clone, with_git=True).unreadable
    assert told.reason.startswith("git does not give it: it is not in this clone")
    monkeypatch.chdir(clone)
    for named in ("HEAD~1:a", "HEAD~1:a/report.json"):
        with pytest.raises(DataError, match="its content is not in this clone") as raised:
            open_build(named)
        assert "git cat-file -p " in raised.value.problems[0].hint
    assert open_build("HEAD:a").report.built_at == built(2).built_at
