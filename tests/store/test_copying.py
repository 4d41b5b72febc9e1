"""A copy of the store: whole whenever it was broken off, and enough to go on from."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evalreport.errors import Refused
from evalreport.records import Failure, ResponseKey, Text
from evalreport.store import Store
from evalreport.store.copying import half_restored, restore_copy, save_copy


def add(folder: Path, count: int) -> None:
    store = Store(folder, lambda: "2026-01-01T00:00:00Z")
    answer = Text(text="yes", prompt_tokens=1, tokens=1, finish="stop", seconds=0.1)
    answers: list[tuple[ResponseKey, str, Text | Failure]] = [
        (ResponseKey(f"{i:064x}"), f"item-{i}", answer) for i in range(count)
    ]
    store.add_responses([*answers])
    store.close()


def count(folder: Path) -> int:
    store = Store(folder, lambda: "2026-01-01T00:00:00Z")
    try:
        return store.counts()[0]
    finally:
        store.close()


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_copy_is_taken_while_somebody_writes_and_put_back(tmp_path: Path) -> None:
    store, bucket, other = tmp_path / "store", tmp_path / "bucket", tmp_path / "other"
    writing = Store(store, lambda: "2026-01-01T00:00:00Z")
    add(store, 3)
    (store / "objects/k/best").mkdir(parents=True)
    (store / "objects/k/best/adapter").write_bytes(b"weights" * 20_000)
    save_copy(store, bucket)
    writing.close()
    assert restore_copy(bucket, other)
    assert count(other) == 3
    assert files(other / "objects") == files(store / "objects")


def test_a_second_copy_copies_what_is_new_and_forgets_what_is_gone(tmp_path: Path) -> None:
    store, bucket = tmp_path / "store", tmp_path / "bucket"
    add(store, 1)
    running = store / "objects/k/running"
    running.mkdir(parents=True)
    (running / "step-1").write_bytes(b"1" * 100_000)
    assert save_copy(store, bucket) == 2
    assert save_copy(store, bucket) == 1
    (running / "step-1").unlink()
    (running / "step-2").write_bytes(b"2" * 100_000)
    add(store, 2)
    assert save_copy(store, bucket) == 2
    assert [*files(bucket / "objects")] == ["k/running/step-2"]


@pytest.mark.parametrize(
    "left", ["", "{", '{"file": "../elsewhere", "digest": "x"}', '{"file": 1}']
)
def test_a_copy_that_was_broken_off_leaves_the_one_before(tmp_path: Path, left: str) -> None:
    """The name of the newest is gone, and the newest itself half-written."""
    store, bucket, other = tmp_path / "store", tmp_path / "bucket", tmp_path / "other"
    add(store, 1)
    save_copy(store, bucket)
    newest = json.loads((bucket / "latest.json").read_text())["file"]
    add(store, 2)
    save_copy(store, bucket)
    half = json.loads((bucket / "latest.json").read_text())["file"]
    assert half != newest
    (bucket / half).write_bytes((bucket / half).read_bytes()[:100])
    (bucket / "latest.json").write_text(left)
    assert restore_copy(bucket, other)
    assert count(other) == 1


def test_nothing_saved_is_no_error(tmp_path: Path) -> None:
    assert not restore_copy(tmp_path / "bucket", tmp_path / "store")


# While a copy is taken back


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """A copy with three answers and two files of a training."""
    store = tmp_path / "first"
    add(store, 3)
    (store / "objects/k/best").mkdir(parents=True)
    (store / "objects/k/best/adapter").write_bytes(b"weights" * 20_000)
    (store / "objects/k/best/config").write_bytes(b"{}")
    save_copy(store, tmp_path / "bucket")
    return tmp_path / "bucket"


@pytest.mark.parametrize("before", [0, 1, 5], ids=lambda n: f"{n}-before")
def test_who_looks_at_the_store_meanwhile_does_not_empty_it(
    bucket: Path, tmp_path: Path, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`plan` opens the store without the lock, and what it writes lies in a log beside it."""
    store = tmp_path / "store"
    if before:
        add(store, before)
    looking: list[Store] = []
    real = shutil.copyfile

    def copyfile(source: Path, target: Path) -> Any:
        looking.append(Store(store, lambda: "2026-01-01T00:00:00Z", to_look=True))
        looking[-1].add_pace("ask", 1.0, 1)
        return real(source, target)

    monkeypatch.setattr(shutil, "copyfile", copyfile)
    assert restore_copy(bucket, store)
    assert len(looking) == 3
    assert [one.counts()[0] for one in looking] == [3, 3, 3], "it sees what was put back"
    looking[0].add_pace("ask", 2.0, 1)
    for one in looking:
        one.close()
    assert count(store) == 3
    with closing(sqlite3.connect(store / "store.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# The restore dies when it copies for the n-th time, or when it has opened the database to write.
DYING = """\
import functools, os, shutil, signal, sqlite3, sys
from pathlib import Path
from evalreport.store.copying import restore_copy

copied, real = 0, shutil.copyfile

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def copyfile(source, target):
    global copied
    copied += 1
    if sys.argv[1] == str(copied):
        Path(target).write_bytes(Path(source).read_bytes()[:100])
        die()
    return real(source, target)

class Dying(sqlite3.Connection):
    def backup(self, other):
        other.execute("CREATE TABLE IF NOT EXISTS half (x)")
        other.execute("BEGIN")
        other.execute("INSERT INTO half VALUES (1)")
        die()

shutil.copyfile = copyfile
if sys.argv[1] == "database":
    sqlite3.connect = functools.partial(sqlite3.connect, factory=Dying)
restore_copy(Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.parametrize("before", [0, 5], ids=lambda n: f"{n}-before")
@pytest.mark.parametrize("at", ["1", "2", "3", "database"])
def test_a_restore_that_is_killed_is_mended_by_the_next(
    bucket: Path, tmp_path: Path, at: str, before: int
) -> None:
    store, again = tmp_path / "store", tmp_path / "again"
    if before:
        add(store, before)
    ran = subprocess.run([sys.executable, "-c", DYING, at, bucket, store], check=False)
    assert ran.returncode == -signal.SIGKILL
    # What was there is there, and nobody takes it for the whole.
    assert count(store) == before
    assert half_restored(store) is not None
    copy = files(bucket)
    with pytest.raises(Refused, match="has not come to its end") as refused:
        save_copy(store, bucket)
    assert f"evalreport store restore {bucket}" in refused.value.problems[0].hint
    assert files(bucket) == copy
    assert restore_copy(bucket, store)
    assert half_restored(store) is None
    assert count(store) == 3
    assert files(store / "objects") == files(bucket / "objects")
    assert sorted(path.name for path in store.iterdir()) == ["objects", "store.sqlite"]
    save_copy(store, bucket)
    assert restore_copy(bucket, again)
    assert count(again) == 3


@pytest.mark.parametrize("what", ["no database", "a damaged page"])
def test_a_database_that_cannot_be_read_is_replaced(
    bucket: Path, tmp_path: Path, what: str
) -> None:
    store = tmp_path / "store"
    add(store, 500)
    database = store / "store.sqlite"
    body = bytearray(database.read_bytes())
    start = 0 if what == "no database" else 3 * 4096
    body[start : start + 4096] = os.urandom(4096)
    database.write_bytes(body)
    assert restore_copy(bucket, store)
    assert count(store) == 3


# What changed


def test_a_file_of_the_same_size_with_other_bytes_is_copied_again(tmp_path: Path) -> None:
    """A training that runs again writes as many bytes under the same names."""
    store, bucket = tmp_path / "store", tmp_path / "bucket"
    add(store, 1)
    best = store / "objects/k/best"
    best.mkdir(parents=True)
    (best / "adapter").write_bytes(b"a" * 100_000)
    save_copy(store, bucket)
    (best / "adapter").write_bytes(b"b" * 100_000)
    assert save_copy(store, bucket) == 2
    assert files(bucket / "objects") == files(store / "objects")


def test_a_bucket_need_not_keep_times(bucket: Path, tmp_path: Path) -> None:
    """Nor does a machine that took the copy back copy everything into it again."""
    for path in bucket.rglob("*"):
        os.utime(path, (1, 1))
    (tmp_path / "first/objects/k/best/config").unlink()  # so small a file is always copied
    assert save_copy(tmp_path / "first", bucket) == 1
    other = tmp_path / "other"
    assert restore_copy(bucket, other)
    assert save_copy(other, bucket) == 1


def test_a_restore_mends_a_file_that_was_damaged_and_looks_the_same(
    bucket: Path, tmp_path: Path
) -> None:
    store = tmp_path / "first"
    adapter = store / "objects/k/best/adapter"
    stat = adapter.stat()
    adapter.write_bytes(b"x" * stat.st_size)
    os.utime(adapter, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert restore_copy(bucket, store)
    assert files(store / "objects") == files(bucket / "objects")


@pytest.mark.parametrize("left", ["", "[]", '{"k/best/adapter": 1}'])
def test_without_a_list_of_states_everything_is_copied(
    bucket: Path, tmp_path: Path, left: str
) -> None:
    (bucket / "objects.json").write_text(left)
    assert save_copy(tmp_path / "first", bucket) == 3
    (bucket / "objects.json").write_text(left)
    assert restore_copy(bucket, tmp_path / "other")
    assert count(tmp_path / "other") == 3
