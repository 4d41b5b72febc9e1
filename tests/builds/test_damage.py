"""What is damaged is found, named and run again; what is no store is left alone."""

import shutil
from pathlib import Path

import pytest

from tests.builds.workshop import ASKED_PER_ARM, Workshop, same_report

ALL = 2 * ASKED_PER_ARM


def training_folder(workshop: Workshop) -> Path:
    return workshop.objects()[-1]


def test_a_response_altered_in_the_database_is_asked_again(built: Workshop) -> None:
    before = built.report()
    with built.database() as database:
        key, item = database.execute(
            "SELECT key, item FROM responses WHERE body LIKE '%quantity%' ORDER BY key"
        ).fetchone()
        database.execute(
            "UPDATE responses SET body = replace(body, 'quantity', 'quality') WHERE key = ?", (key,)
        )
    ran = built.build()
    assert ran.code == 0, ran.err
    assert f"damaged, and asked again: response {key[:12]} (item {item})" in ran.err
    assert [call["key"] for call in built.calls()[ALL:]] == [key]
    assert same_report(before, built.report())


def test_a_response_with_flipped_bits_is_asked_again(built: Workshop) -> None:
    """A flipped bit makes a text no text, which SQLite would refuse to read at all."""
    before = built.report()
    with built.database() as database:
        (key,) = database.execute("SELECT min(key) FROM responses").fetchone()
        database.execute(
            "UPDATE responses SET body = CAST(substr(CAST(body AS BLOB), 1, 20) || x'FA' || "
            "substr(CAST(body AS BLOB), 22) AS TEXT) WHERE key = ?",
            (key,),
        )
    ran = built.build()
    assert ran.code == 0, ran.err
    assert f"damaged, and asked again: response {key[:12]} (item " in ran.err
    assert [call["key"] for call in built.calls()[ALL:]] == [key]
    assert same_report(before, built.report())


def test_a_record_of_a_training_that_was_altered_is_trained_again(built: Workshop) -> None:
    before = built.report()
    with built.database() as database:
        database.execute(
            "UPDATE steps SET body = replace(body, '0.0002', '0.0003') WHERE kind = 'train'"
        )
    ran = built.build()
    assert ran.code == 0, ran.err
    assert "damaged, and run again: record of train seed 1" in ran.err
    assert len(built.trainings()) == 2
    # The same training gives the same weights, so every answer still counts.
    assert len(built.calls()) == ALL
    assert same_report(before, built.report())


@pytest.mark.parametrize("damage", ["altered", "truncated", "deleted", "folder deleted"])
def test_a_checkpoint_that_is_not_whole_is_trained_again(built: Workshop, damage: str) -> None:
    before = built.report()
    file = training_folder(built) / "best/simulated_adapter.json"
    match damage:
        case "altered":
            file.write_text(file.read_text().replace('"step":', '"stop":'))
        case "truncated":
            file.write_bytes(file.read_bytes()[:20])
        case "deleted":
            file.unlink()
        case _:
            shutil.rmtree(training_folder(built))
    planned = built.plan()
    assert planned.code == 0
    assert "damaged, and run again: checkpoint best of train seed 1" in planned.out
    assert "train seed 1................... will run: " in planned.out
    # Naming it drops it; the build after the plan still runs it again.
    ran = built.build()
    assert ran.code == 0, ran.err
    assert len(built.trainings()) == 2
    assert len(built.calls()) == ALL
    assert same_report(before, built.report())


def test_a_build_names_a_damaged_checkpoint_itself(built: Workshop) -> None:
    (training_folder(built) / "last/simulated_adapter.json").write_text("{}")
    ran = built.build()
    assert ran.code == 0
    assert "damaged, and run again: checkpoint last of train seed 1" in ran.err
    assert len(built.trainings()) == 2


def test_a_job_file_left_behind_is_named_and_removed(built: Workshop) -> None:
    built.write(".evalreport/jobs/0123456789abcdef.json", '{"kind": "ask", "half a fi')
    ran = built.build()
    assert ran.code == 0
    assert (
        ".evalreport/jobs/0123456789abcdef.json: left by a build that did not end, removed"
        in ran.err
    )
    assert list((built.folder / ".evalreport/jobs").iterdir()) == []
    assert built.build().err.count("left by") == 0


def test_a_half_written_training_folder_is_named_and_written_anew(built: Workshop) -> None:
    before = built.report()
    half = training_folder(built)
    with built.database() as database:
        database.execute("DELETE FROM steps WHERE kind = 'train'")
    (half / "best/simulated_adapter.json").write_text('{"role": "tu')
    shutil.rmtree(half / "last")
    ran = built.build()
    assert ran.code == 0, ran.err
    assert f".evalreport/objects/{half.name}: begun and not finished (1 file)" in ran.err
    assert same_report(before, built.report())


@pytest.mark.parametrize("command", [["build"], ["plan"], ["store", "check"], ["store", "ls"]])
def test_what_is_no_database_is_5_and_untouched(workshop: Workshop, command: list[str]) -> None:
    junk = b"this was never a database, and somebody may want it back\n" * 100
    workshop.write(".evalreport/store.sqlite", junk.decode())
    ran = workshop.run(*command, *([] if "store" in command else ["spec.yaml"]))
    assert ran.code == 5
    assert ran.err.startswith(".evalreport/store.sqlite\n  the store cannot be read")
    assert "Traceback" not in ran.err
    assert (workshop.folder / ".evalreport/store.sqlite").read_bytes() == junk
    assert not workshop.out.exists()


def test_a_database_with_a_broken_page_is_5(built: Workshop) -> None:
    path = built.folder / ".evalreport/store.sqlite"
    with built.database() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 200] = b"\xff" * 200
    path.write_bytes(data)
    ran = built.build()
    assert ran.code == 5
    assert ran.err.startswith(".evalreport/store.sqlite\n  the store cannot be read")
    assert "Traceback" not in ran.err


# store ls | check | gc


def test_store_lists_what_it_holds(built: Workshop) -> None:
    ran = built.run("store", "ls")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert len(lines) == 11
    assert lines[0].split()[1:] == ["preflight", "orders", "preflight", "before", "training"]
    assert lines[1].split()[1:] == ["train", "orders", "train", "seed", "1"]
    assert lines[-1].startswith(f"{ALL} responses, 0 failures, ")


def test_store_check_reads_every_byte(built: Workshop) -> None:
    assert built.run("store", "check").out == "everything is whole\n"
    file = training_folder(built) / "best/simulated_adapter.json"
    file.write_text(file.read_text().replace('"step":', '"stop":'))
    with built.database() as database:
        database.execute(
            "UPDATE responses SET checksum = 'x' WHERE key = (SELECT min(key) FROM responses)"
        )
        database.execute("UPDATE steps SET checksum = 'x' WHERE id = 'ask general base'")
    ran = built.run("store", "check")
    assert ran.code == 5
    lines = ran.out.splitlines()
    assert "damaged and dropped: record of ask general base" in lines
    assert "damaged and dropped: checkpoint best of train seed 1" in lines
    assert len([line for line in lines if line.startswith("damaged and dropped: response ")]) == 1
    assert lines[-1] == "the next build runs these again"
    assert built.run("store", "check").code == 0
    ran = built.build()
    assert ran.code == 0, ran.err
    assert (len(built.trainings()), len(built.calls())) == (2, ALL + 1)


def test_store_gc_removes_what_no_finished_step_owns(built: Workshop) -> None:
    built.write(".evalreport/objects/feedbeef/best/weights", "half of somet")
    built.write(".evalreport/jobs/left.json", "{}")
    ran = built.run("store", "gc")
    assert ran.code == 0
    assert ran.out == "removed .evalreport/objects/feedbeef\n1 unfinished folder removed\n"
    assert not (built.folder / ".evalreport/objects/feedbeef").exists()
    assert not (built.folder / ".evalreport/jobs").exists()
    assert "10 steps reused, 0 will run" in built.plan().out


@pytest.mark.parametrize("left", ["training.json", "running/checkpoint-4/complete.json"])
def test_store_gc_keeps_what_an_interrupted_training_goes_on_from(
    built: Workshop, left: str
) -> None:
    built.write(f".evalreport/objects/feedbeef/{left}", "{}")
    ran = built.run("store", "gc")
    assert ran.code == 0
    assert ran.out.startswith(
        "kept .evalreport/objects/feedbeef: a training that was interrupted goes on from there"
    )
    assert (built.folder / ".evalreport/objects/feedbeef" / left).exists()


def test_without_a_store_it_says_so(tmp_path: Path) -> None:
    ran = Workshop(tmp_path).run("store", "ls")
    assert ran.code == 2
    assert ran.err == ".evalreport\n  there is no store here\n  `evalreport build` makes one\n"
    assert list(tmp_path.iterdir()) == []
