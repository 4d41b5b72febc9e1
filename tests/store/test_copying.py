"""A copy of the store: whole whenever it was broken off, and enough to go on from."""

import json
from pathlib import Path

import pytest

from evalreport.records import Failure, ResponseKey, Text
from evalreport.store import Store
from evalreport.store.copying import restore_copy, save_copy


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
