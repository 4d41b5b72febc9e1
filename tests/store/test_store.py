"""The store: what is kept survives, what is damaged is named and asked again."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalreport.errors import Refused, StoreDamaged
from evalreport.records import Done, Failure, ResponseKey, StepKind, Text
from evalreport.store import BuildLock, FinishedStep, Store

KEY = ResponseKey("a" * 64)
OTHER = ResponseKey("b" * 64)


def clock() -> str:
    return "2026-01-01T00:00:00Z"


def text(words: str) -> Text:
    return Text(text=words, prompt_tokens=3, tokens=2, finish="stop", seconds=0.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / ".evalreport", clock)
    yield opened
    opened.close()


def test_a_new_store_is_its_owners_alone(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / ".evalreport").stat().st_mode & 0o077 == 0


def finished(key: str = "k" * 64, step: str = "ask x tuned") -> FinishedStep:
    return FinishedStep(
        key=key,
        spec="s",
        id=step,
        kind=StepKind.ASK,
        reads={"training.learning_rate": 2e-4},
        inputs={"test": "d" * 64},
        done=Done(reused=False, seconds=1.0),
        environment={},
    )


def test_a_response_comes_back_as_it_was(store: Store) -> None:
    hostile = text("\u202e\x00</script> {{ 7*7 }} \ud83d")
    store.add_responses([(KEY, "i1", hostile)])
    assert store.responses([KEY, OTHER]).found == {KEY: hostile}
    assert store.answered([KEY, OTHER]) == frozenset({KEY})


def test_a_failure_stands_apart_and_goes_when_the_answer_comes(store: Store) -> None:
    store.add_responses([(KEY, "i1", Failure(reason="memory ran out"))])
    assert store.responses([KEY]).found == {}
    assert store.failures([KEY])[KEY].reason == "memory ran out"
    store.add_responses([(KEY, "i1", text("yes"))])
    assert store.failures([KEY]) == {}
    assert store.counts() == (1, 0)


def test_a_damaged_response_is_named_and_dropped(store: Store) -> None:
    store.add_responses([(KEY, "i1", text("yes")), (OTHER, "i2", text("no"))])
    with sqlite3.connect(store.folder / "store.sqlite") as raw:
        raw.execute("UPDATE responses SET body = replace(body, 'yes', 'yet') WHERE key = ?", (KEY,))
    read = store.responses([KEY, OTHER])
    assert set(read.found) == {OTHER}
    assert read.damaged == (f"response {KEY[:12]} (item i1)",)
    assert store.answered([KEY]) == frozenset()


def test_a_damaged_step_counts_as_not_finished(store: Store) -> None:
    store.finish(finished())
    with sqlite3.connect(store.folder / "store.sqlite") as raw:
        raw.execute("UPDATE steps SET body = replace(body, '0.0002', '0.0003')")
    store.use("s", {"ask x tuned": "k" * 64})
    assert store.step("k" * 64) is None
    assert store.damaged_steps == ["record of ask x tuned"]
    assert store.latest("s", "ask x tuned") is None


def test_the_latest_step_of_an_id_is_what_the_newest_build_of_a_spec_stood_on(
    store: Store,
) -> None:
    store.finish(finished("1" * 64))
    store.finish(finished("2" * 64))
    assert store.latest("s", "ask x tuned") is None
    store.use("s", {"ask x tuned": "2" * 64})
    store.use("s", {"ask x tuned": "1" * 64})
    store.use("renamed", {"ask x tuned": "2" * 64})
    assert getattr(store.latest("s", "ask x tuned"), "key", None) == "1" * 64
    assert getattr(store.latest("renamed", "ask x tuned"), "key", None) == "2" * 64
    assert store.latest("another spec", "ask x tuned") is None


def test_notes_of_a_step_are_kept_once(store: Store) -> None:
    store.add_notes("k", ["the batch was halved"])
    store.add_notes("k", ["the batch was halved", "a prompt was cut"])
    assert store.notes("k") == ("a prompt was cut", "the batch was halved")
    assert store.notes("another") == ()


def test_thousands_of_keys_are_read_in_one_call(store: Store) -> None:
    keys = [ResponseKey(f"{i:064x}") for i in range(2_345)]
    store.add_responses([(key, str(i), text(str(i))) for i, key in enumerate(keys)])
    assert len(store.responses(keys).found) == 2_345


def test_a_file_digest_is_remembered_until_the_file_changes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    first = store.file_digest(file)
    assert store.file_digest(file) == first
    file.write_bytes(b"other")
    assert store.file_digest(file) != first


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalreport.store.store._TICK_NS", -1)  # old enough to be remembered
    file, other = tmp_path / "weights", tmp_path / "other"
    file.write_bytes(b"one")
    other.write_bytes(b"two")
    before = file.stat()
    first = store.file_digest(file)
    other.replace(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = store.file_digest(file)
    assert second != first
    file.write_bytes(b"six")  # in place
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.file_digest(file) not in {first, second}


def test_a_file_that_was_just_written_is_not_remembered(store: Store, tmp_path: Path) -> None:
    """Two writes within one tick of the file system's clock leave the same times."""
    file = tmp_path / "weights"
    found = set()
    for content in (b"one", b"two", b"six"):
        file.write_bytes(content)
        found.add(store.file_digest(file))
    assert len(found) == 3


def test_bytes_that_are_no_text_are_one_damaged_entry_and_not_a_damaged_store(
    store: Store,
) -> None:
    store.add_responses([(KEY, "i1", text("yes")), (OTHER, "i2", text("no"))])
    store.add_responses([(ResponseKey("c" * 64), "i3", Failure(reason="memory ran out"))])
    store.finish(finished())
    with sqlite3.connect(store.folder / "store.sqlite") as raw:
        for table in ("responses", "failures", "steps"):
            raw.execute(
                f"UPDATE {table} SET body = CAST(x'FF' || body AS TEXT) WHERE key <> ?",
                (OTHER,),
            )
    read = store.responses([KEY, OTHER])
    assert read.damaged == (f"response {KEY[:12]} (item i1)",)
    assert read.found == {OTHER: text("no")}
    assert store.failures([ResponseKey("c" * 64)]) == {
        ResponseKey("c" * 64): Failure(reason="the reason was damaged in the store")
    }
    assert store.step("k" * 64) is None
    assert store.damaged_steps == ["record of ask x tuned"]


def test_what_was_remembered_and_is_no_number_any_more_is_forgotten(store: Store) -> None:
    for name in ("a", "b", "c"):
        store.add_pace(name, 3.0, 2)
        store.add_spreads("s", {name: 0.5})
    with sqlite3.connect(store.folder / "store.sqlite") as raw:
        raw.execute("UPDATE pace SET seconds = CAST(x'FF' AS TEXT) WHERE name = 'a'")
        raw.execute("UPDATE pace SET count = '2x' WHERE name = 'b'")
        raw.execute("UPDATE spreads SET value = 'x' WHERE name = 'a'")
    assert store.paces() == {"c": 1.5}
    assert store.spreads("s") == {"b": 0.5, "c": 0.5}


def test_a_key_that_is_damaged_is_found_by_a_check(store: Store) -> None:
    store.add_responses([(KEY, "i1", text("yes")), (OTHER, "i2", text("no"))])
    with sqlite3.connect(store.folder / "store.sqlite") as raw:
        raw.execute("UPDATE responses SET key = CAST(x'FF' || key AS TEXT) WHERE key = ?", (KEY,))
        raw.execute("UPDATE responses SET key = 'c' || key WHERE key = ?", (OTHER,))
    assert store.check_responses() == (
        f"response {('c' + OTHER)[:12]} (item i2)",
        "1 response whose key cannot be read",
    )
    assert store.counts() == (0, 0)


def test_a_registration_keeps_the_first_declaration_and_every_change(store: Store) -> None:
    store.registry.register("subject", "d1", {"alpha": 0.05}, "spec")
    first = store.registry.registration("subject")
    assert first is not None
    assert first.first_scored_at == clock()
    store.registry.register("subject", "d1", {"alpha": 0.05}, "renamed")
    store.registry.register("subject", "d2", {"alpha": 0.1}, "renamed")
    changed = store.registry.registration("subject")
    assert changed is not None
    assert changed.declared_digest == "d1"
    assert [body[0] for body in changed.bodies] == ["d1", "d2"]
    assert store.registry.registration("nobody") is None


def test_what_is_no_database_is_said_and_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / ".evalreport"
    folder.mkdir()
    (folder / "store.sqlite").write_bytes(
        b"not a database at all, but long enough to be read\n" * 50
    )
    with pytest.raises(StoreDamaged) as error:
        Store(folder, clock)
    assert error.value.exit_code == 5
    assert b"not a database" in (folder / "store.sqlite").read_bytes()


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "s", clock).close()
    with sqlite3.connect(tmp_path / "s" / "store.sqlite") as raw:
        raw.execute("UPDATE meta SET value = '99' WHERE name = 'version'")
    with pytest.raises(StoreDamaged, match="version 99"):
        Store(tmp_path / "s", clock)


def test_a_second_build_refuses_when_it_must_not_wait(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        BuildLock(tmp_path, "build of specs/a.yaml", wait=False, say=said.append),
        pytest.raises(Refused, match=r"build of specs/a\.yaml, process \d+ is using this store"),
        BuildLock(tmp_path, "build of specs/b.yaml", wait=False, say=said.append),
    ):
        pytest.fail("two builds held the lock")
    with BuildLock(tmp_path, "build of specs/b.yaml", wait=False, say=said.append):
        assert said == []
