"""Inspect logs: its numbers come out of its files again, nobody vanishes, and nothing does harm."""

import copy
import gzip
import json
import math
import shutil
import statistics
import sys
import tracemalloc
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest

from evalreport.digest import digest_file
from evalreport.errors import DataError, Problem
from evalreport.importers import glimpse as glimpses
from evalreport.importers.acquire import read_results
from evalreport.importers.base import NoScore, Reading, Row
from evalreport.importers.glimpse import glimpse
from evalreport.importers.inspect_logs import archive as archives
from evalreport.importers.inspect_logs.logs import INSPECT_LOG
from evalreport.importers.inspect_logs.values import given_of, numbers_of
from evalreport.importers.table import importer_of
from evalreport.layers.imported import Imported
from evalreport.values import Json
from tests.importers.hostile_rows import BREAKING, VALUES, assert_told, mutated

FIXTURES: Final = Path(__file__).parent / "fixtures" / "inspect_logs"
LOGS: Final = sorted([*FIXTURES.glob("*.eval"), *FIXTURES.glob("*.json.gz")])
WITH_NUMBERS: Final = [path for path in LOGS if "killed" not in path.name]
GOOD, POOR = FIXTURES / "capitals-good.eval", FIXTURES / "capitals-poor.eval"
OLD, KILLED = FIXTURES / "capitals-old-deflate.eval", FIXTURES / "capitals-killed.eval"
PHRASES, CHUNKED = FIXTURES / "phrases-good.eval", FIXTURES / "phrases-poor.eval"
TEXT: Final = FIXTURES / "phrases-good.json.gz"


def read(path: Path) -> tuple[list[Row], Reading]:
    reading = INSPECT_LOG.read(path, {})
    return list(reading.rows), reading


def tried(path: Path) -> tuple[list[Row], Reading] | Problem:
    try:
        return read(path)
    except DataError as error:
        (problem,) = error.problems
    assert problem.where.startswith(str(path))
    assert problem.what
    assert problem.hint
    return problem


def refusal(path: Path) -> Problem:
    found = tried(path)
    assert isinstance(found, Problem)
    return found


def whole() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(TEXT.read_bytes()))
    return found


def saved(path: Path, log: object) -> Path:
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def of_part(rows: list[Row], part: str, metric: str) -> dict[str, float]:
    return {
        row.item: score
        for row in rows
        if row.part == part and isinstance(score := row.scores[metric], float)
    }


def error_of(rows: list[Row], part: str, metric: str) -> float:
    """Inspect's standard error: by clusters where the rows have some."""
    scores = of_part(rows, part, metric)
    clusters = {row.item: row.cluster for row in rows if row.part == part and row.cluster}
    n, mean = len(scores), statistics.fmean(scores.values())
    if not clusters:
        return statistics.stdev(scores.values()) / math.sqrt(n)
    sums: dict[str, float] = defaultdict(float)
    for item, score in scores.items():
        sums[clusters[item]] += score - mean
    c = len(sums)
    return math.sqrt(c / (c - 1) * sum(one**2 for one in sums.values())) / n


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_a_log_is_known_by_its_content(path: Path, tmp_path: Path) -> None:
    other = tmp_path / ("renamed.gz" if path.suffix == ".gz" else "renamed.bin")
    shutil.copy(path, other)
    assert importer_of(other) is INSPECT_LOG


@pytest.mark.parametrize("path", WITH_NUMBERS, ids=lambda path: path.name)
def test_rows_give_the_numbers_of_the_tool(path: Path) -> None:
    rows, reading = read(path)
    assert reading.figures
    assert reading.left.total == 0
    for figure in reading.figures:
        scores = of_part(rows, figure.part, figure.metric)
        assert statistics.fmean(scores.values()) == pytest.approx(figure.value, abs=1e-12)
        assert error_of(rows, figure.part, figure.metric) == pytest.approx(figure.se, abs=1e-12)
        assert len(scores) == figure.n


def test_both_forms_of_one_log_say_the_same() -> None:
    (of_archive, first), (of_text, second) = read(PHRASES), read(TEXT)
    assert of_archive == of_text
    assert first.facts == second.facts
    assert first.figures == second.figures
    assert first.notes == second.notes


def test_an_older_version_s_members_are_read_without_zstandard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = {row.item: (row.scores, row.prompt, row.output) for row in read(GOOD)[0]}
    monkeypatch.setitem(sys.modules, "zstandard", None)
    rows, reading = read(OLD)
    assert {row.item: (row.scores, row.prompt, row.output) for row in rows} == new
    assert reading.version == "0.3.180"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python reads Zstandard by itself")
def test_without_zstandard_the_user_is_told_two_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    problem = refusal(GOOD)
    assert "pip install 'evalreport[inspect]'" in problem.hint
    assert "inspect log convert --to json" in problem.hint
    assert importer_of(GOOD) is INSPECT_LOG


def test_two_runs_pair_by_item_and_prompt() -> None:
    (good, of_good), (poor, of_poor) = read(GOOD), read(POOR)
    assert [(row.item, row.part, row.prompt) for row in good] == [
        (row.item, row.part, row.prompt) for row in poor
    ]
    assert len({row.prompt for row in good}) == len(good) == 12
    assert [row.output for row in good] != [row.output for row in poor]
    assert of_good.facts == of_poor.facts
    facts = of_good.facts["capitals choice"]
    assert facts.decoding == "temperature 0.0, at most 16 tokens"
    assert facts.scorer == "Inspect choice, task capitals 2"
    assert facts.template.startswith("multiple_choice (")
    assert (facts.shots, facts.precision) == (None, "")
    assert (of_good.model, of_good.version) == ("mockllm/model", "0.3.285")


def test_two_runs_become_one_paired_comparison() -> None:
    layer = Imported.model_validate(
        {
            "kind": "imported",
            "name": "capitals",
            "from": {"tuned": [GOOD.name], "base": [POOR.name]},
        }
    )
    found = read_results(layer, FIXTURES, digest_file)
    assert found.refused == {}
    assert len(found.ids) == 12
    tuned, base = (found.arms[arm].values[0].mean() for arm in ("tuned", "base"))
    assert (tuned, base) == pytest.approx((10 / 12, 5 / 12))


def test_samples_in_chunks_have_the_prompts_of_whole_ones() -> None:
    whole_rows, chunked = read(PHRASES)[0], read(CHUNKED)[0]
    assert [(row.item, row.part, row.prompt, row.cluster) for row in whole_rows] == [
        (row.item, row.part, row.prompt, row.cluster) for row in chunked
    ]
    assert {row.cluster for row in chunked if row.part == "phrases rating"} == {"a", "b"}


def test_a_long_text_in_chunks_is_resolved(tmp_path: Path) -> None:
    """Inspect puts texts of more than 100 characters apart when they are part of a message."""
    members = unpacked(OLD)
    shell = json.loads(members.pop("samples/2_epoch_1.json"))
    asked, answer = shell["input"], "a long answer " * 20
    shell["input"] = [{"role": "user", "id": "x1", "content": "attachment://1"}]
    shell["output"]["completion"] = "attachment://2"
    members["samples/2_epoch_1/sample.json"] = json.dumps(shell).encode()
    folder = "samples/2_epoch_1/attachments/"
    members[f"{folder}0.json"] = json.dumps(["other", asked]).encode()
    members[f"{folder}2.json"] = json.dumps([answer]).encode()
    (row,) = (row for row in read(packed(tmp_path / "a.eval", members))[0] if row.item == "2")
    assert row.output == answer
    shell["input"] = [{"role": "user", "id": "x2", "content": asked}]
    members["samples/2_epoch_1/sample.json"] = json.dumps(shell).encode()
    (plain,) = (row for row in read(packed(tmp_path / "b.eval", members))[0] if row.item == "2")
    assert row.prompt == plain.prompt


def test_attachments_of_a_whole_sample_are_resolved(tmp_path: Path) -> None:
    log = whole()
    plain = read(saved(tmp_path / "plain.json", log))[0]
    for sample in log["samples"]:
        if isinstance(sample["input"], str):
            sample["attachments"] = {"abc": sample["input"], "other": "x"}
            sample["input"] = "attachment://abc"
    assert read(saved(tmp_path / "apart.json", log))[0] == plain


def test_errors_and_unread_scores_stay_rows() -> None:
    rows, reading = read(CHUNKED)
    assert {row.part for row in rows} == {f"phrases {s}" for s in ("includes", "manners", "rating")}
    assert reading.expected == dict.fromkeys({row.part for row in rows}, 6)
    found = {(row.part, row.item): row.scores for row in rows}
    assert len(found) == len(rows) == 18
    broken = found["phrases includes", "q5"]["accuracy"]
    assert broken == NoScore("the sample ended in an error")
    unread = found["phrases manners", "q6"]
    assert unread == dict.fromkeys(
        ("polite", "words"), NoScore("the scorer gave no number (NaN)", is_unparsed=True)
    )
    (row,) = (row for row in rows if (row.part, row.item) == ("phrases includes", "q5"))
    assert row.output is None
    notes = " ".join(reading.notes)
    assert "of phrases manners polite is of 4 items of 6" in notes
    assert "4 of 18 samples ended in an error" in notes
    assert "Each item was asked 3 times; its score is the mean of those." in notes


def test_metrics_have_units_and_bounds_where_they_are_known() -> None:
    _, reading = read(PHRASES)
    for metric in ("accuracy", "polite"):
        column = reading.column(metric)
        assert (column.unit, column.low, column.high) == ("fraction", 0.0, 1.0)
    for metric in ("words", "mean"):
        column = reading.column(metric)
        assert (column.unit, column.low, column.high) == ("points", None, None)
    assert any("which direction" in note for note in reading.notes)


def test_a_killed_run_is_read_as_far_as_it_came() -> None:
    rows, reading = read(KILLED)
    complete = {row.item: row for row in read(GOOD)[0]}
    assert [row.item for row in rows] == ["1", "2", "3", "4", "5"]
    for row in rows:
        assert row.scores == complete[row.item].scores
        assert row.prompt == complete[row.item].prompt
    assert reading.expected == {"capitals choice": 12}
    assert reading.facts == read(GOOD)[1].facts
    assert any("has no end" in note and "5 of 12 samples" in note for note in reading.notes)
    assert reading.figures == ()


@pytest.mark.parametrize("form", ["text", "archive"])
def test_without_reductions_the_mean_of_epochs_is_that_of_the_tool(
    form: str, tmp_path: Path
) -> None:
    log = whole()
    reductions = log.pop("reductions")
    if form == "text":
        path = saved(tmp_path / "log.json", log)
    else:
        samples = log.pop("samples")
        members = {
            f"samples/{one['id']}_epoch_{one['epoch']}.json": json.dumps(one).encode()
            for one in reversed(samples)
        }
        path = packed(tmp_path / "log.eval", {**members, "header.json": json.dumps(log).encode()})
    rows, reading = read(path)
    assert any("computed here" in note for note in reading.notes)
    for one in reductions:
        for told in one["samples"]:
            (row,) = (
                row for row in rows
                if (row.part, row.item) == (f"phrases {one['scorer']}", told["sample_id"])
            )  # fmt: skip
            value = told["value"]
            wanted = list(value.values()) if isinstance(value, dict) else [value]
            assert list(row.scores.values()) == pytest.approx(wanted, abs=1e-12)
    assert {row.prompt for row in rows} == {row.prompt for row in read(PHRASES)[0]}


def reduced_by(reducer: str, value: Json, tmp_path: Path) -> tuple[list[Row], Reading]:
    log = whole()
    log["eval"]["scorers"] = log["eval"]["scorers"][:1]
    log["results"]["scores"] = []
    log["samples"] = [{**one, "scores": {}} for one in log["samples"] if one["id"] == "q1"]
    log["reductions"] = [
        {"scorer": "includes", "reducer": reducer, "samples": [{"value": value, "sample_id": "q1"}]}
    ]
    return read(saved(tmp_path / "log.json", log))


@pytest.mark.parametrize(
    ("reducer", "value", "metric", "score"),
    [
        ("mean", 0.25, "accuracy", 0.25),
        ("mode", "C", "accuracy_mode", 1.0),
        ("pass_at_2", 0.75, "accuracy_pass_at_2", 0.75),
        ("max", "P", "accuracy_max", 0.5),
    ],
)
def test_a_reducer_stands_in_the_name_of_its_metric(
    reducer: str, value: Json, metric: str, score: float, tmp_path: Path
) -> None:
    (row,), reading = reduced_by(reducer, value, tmp_path)
    assert row.scores == {metric: score}
    assert reading.column(metric).unit == "fraction"
    is_told = any("other ways than their mean" in note for note in reading.notes)
    assert is_told == (reducer != "mean")


def epoch_of(log: dict[str, Any], item: str, epoch: int) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (one for one in log["samples"] if (one["id"], one["epoch"]) == (item, epoch))
    return found


def marked(log: dict[str, Any], *epochs: tuple[str, int]) -> dict[str, Any]:
    """The log in which somebody marked some epochs of items as invalid."""
    log["invalidated"] = True
    for item, epoch in epochs:
        epoch_of(log, item, epoch)["invalidation"] = {"author": "somebody"}
    return log


EPOCHS: Final = [("q1", 2), *(("q2", epoch) for epoch in (1, 2, 3)), ("q6", 1)]


def test_an_invalid_epoch_is_in_no_mean_that_is_computed_here(tmp_path: Path) -> None:
    log = marked(whole(), *EPOCHS)
    del log["reductions"]
    rows, reading = read(saved(tmp_path / "log.json", log))
    found = {row.item: row.scores["accuracy"] for row in rows if row.part == "phrases includes"}
    invalid = NoScore("somebody marked the sample as invalid")
    assert found["q1"] == 1.0  # C and C; what was marked is I
    assert found["q2"] == invalid
    assert (found["q3"], found["q6"]) == (0.5, 0.5)
    assert found["q5"] == NoScore("the sample ended in an error")
    (q6,) = (row.scores for row in rows if (row.part, row.item) == ("phrases manners", "q6"))
    assert q6["words"] == 7.0
    notes = " ".join(reading.notes)
    assert "2 epochs of items that have others were marked as invalid" in notes
    assert "1 epoch of items that have others ended in an error" in notes


def test_an_invalid_epoch_that_inspect_took_in_costs_the_item_its_score(tmp_path: Path) -> None:
    plain = {row.item: row.scores for row in read(TEXT)[0] if row.part == "phrases rating"}
    rows, _ = read(saved(tmp_path / "log.json", marked(whole(), *EPOCHS)))
    found = {row.item: row.scores for row in rows if row.part == "phrases rating"}
    partly = NoScore("somebody marked an epoch of the sample as invalid")
    assert found["q1"] == found["q6"] == {"mean": partly}
    assert found["q2"] == {"mean": NoScore("somebody marked the sample as invalid")}
    assert {item: found[item] for item in ("q3", "q4", "q5")} == {
        item: plain[item] for item in ("q3", "q4", "q5")
    }


def test_an_error_after_the_first_epoch_is_why_an_item_has_no_score(tmp_path: Path) -> None:
    log = whole()
    epoch_of(log, "q5", 1)["error"] = None
    rows, _ = read(saved(tmp_path / "log.json", log))
    (row,) = (row for row in rows if (row.part, row.item) == ("phrases rating", "q5"))
    assert row.scores == {"mean": NoScore("the sample ended in an error")}


def test_lists_of_epochs_are_no_reduction(tmp_path: Path) -> None:
    log = whole()
    for one in log["reductions"]:
        one["reducer"] = "collect"
    for one in log["results"]["scores"]:
        one["reducer"] = "collect"
    rows, reading = read(saved(tmp_path / "log.json", log))
    assert rows == read(PHRASES)[0]
    assert reading.figures == ()


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0), (True, 1.0), (3, 3.0), (-0.5, -0.5),
        ("yes", 1.0), ("No", 0.0), ("0.25", 0.25),
    ],
)  # fmt: skip
def test_values_are_read_as_inspect_reads_them(value: Json, given: float) -> None:
    assert given_of(value) == given


@pytest.mark.parametrize("value", [math.nan, math.inf, "label", None, [1], {"a": 1}, 10**400])
def test_what_is_no_number_is_none(value: Json) -> None:
    assert isinstance(given_of(value), NoScore)


def test_lists_have_a_number_for_each_place_and_not_thousands() -> None:
    assert numbers_of(["C", 0.5]) == {"[0]": 1.0, "[1]": 0.5}
    (given,) = numbers_of([1] * 5000).values()
    assert isinstance(given, NoScore)


def test_a_log_without_samples_still_has_its_scores(tmp_path: Path) -> None:
    log = whole()
    del log["samples"]
    rows, reading = read(saved(tmp_path / "log.json", log))
    full = read(PHRASES)[0]
    scored = [row for row in full if row.item != "q5"]
    assert {(row.part, row.item): row.scores for row in rows} == {
        (row.part, row.item): row.scores for row in scored
    }
    assert {row.prompt for row in rows} == {""}
    assert reading.expected["phrases includes"] == 6
    assert any("without its samples" in note for note in reading.notes)


def test_a_log_that_nobody_scored_is_refused(tmp_path: Path) -> None:
    log = whole()
    del log["reductions"], log["results"]
    log["eval"]["scorers"] = None
    log["samples"] = [{**one, "scores": {}} for one in log["samples"]]
    assert "inspect score" in refusal(saved(tmp_path / "log.json", log)).hint


def test_what_a_reader_must_know_is_said(tmp_path: Path) -> None:
    log = whole()
    log["invalidated"] = True
    log["config_updates"] = [{"any": "thing"}]
    log["eval"]["config"]["retry_on_error"] = 2
    log["eval"]["scorers"][0]["name"] = "model_graded_qa"
    log["status"] = "cancelled"
    for one in log["samples"]:
        one["scores"]["model_graded_qa"] = one["scores"].pop("includes", {"value": "C"})
    log["reductions"][0]["scorer"] = "model_graded_qa"
    log["samples"][1]["invalidation"] = {"author": "somebody"}
    rows, reading = read(saved(tmp_path / "log.json", log))
    notes = " ".join(reading.notes)
    for said in ("invalid", "changed while it ran", "asked again", "grades itself", "cancelled"):
        assert said in notes
    (row,) = (row for row in rows if (row.part, row.item) == ("phrases rating", "q2"))
    assert row.scores == {"mean": NoScore("somebody marked an epoch of the sample as invalid")}
    log["eval"]["model_roles"] = {"grader": {"model": "other/grader"}}
    _, graded = read(saved(tmp_path / "graded.json", log))
    assert "grades itself" not in " ".join(graded.notes)
    part = "phrases model_graded_qa"
    assert graded.facts[part].scorer != reading.facts[part].scorer


def test_what_a_scorer_or_solver_was_given_is_a_fact(tmp_path: Path) -> None:
    plain = read(TEXT)[1].facts["phrases includes"]
    log = whole()
    log["eval"]["scorers"][0]["options"] = {"ignore_case": False}
    scored = read(saved(tmp_path / "scorer.json", log))[1].facts["phrases includes"]
    assert scored.scorer.startswith(plain.scorer + ", options ")
    log = whole()
    log["plan"]["steps"][1]["params"]["template"] = "{prompt} Please."
    asked = read(saved(tmp_path / "plan.json", log))[1].facts["phrases includes"]
    assert asked.template != plain.template
    log = whole()
    log["plan"]["steps"][1]["params"].update(extra=None, kwargs={})  # as other versions write
    assert read(saved(tmp_path / "same.json", log))[1].facts["phrases includes"] == plain


def test_settings_of_the_plan_go_before_those_of_the_model(tmp_path: Path) -> None:
    log = whole()
    log["eval"]["model_generate_config"] = {
        "temperature": 1.0, "top_p": 0.9, "max_connections": 4, "extra_headers": {"key": "secret"},
    }  # fmt: skip
    log["eval"]["model_args"] = {"torch_dtype": "bfloat16", "device": "cuda:3"}
    _, reading = read(saved(tmp_path / "log.json", log))
    facts = reading.facts["phrases includes"]
    assert facts.decoding == "temperature 0.7, top_p 0.9, at most 64 tokens"
    assert facts.precision == "torch_dtype bfloat16"


# Archives


def test_of_two_members_of_one_name_the_last_counts(tmp_path: Path) -> None:
    members, path = unpacked(OLD), tmp_path / "log.eval"
    first = members["samples/3_epoch_1.json"].replace(b"ANSWER: D", b"ANSWER: A")
    packed(path, {"samples/3_epoch_1.json": first})
    with zipfile.ZipFile(path, "a") as archive:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("samples/3_epoch_1.json", members.pop("samples/3_epoch_1.json"))
        for name, data in members.items():
            archive.writestr(name, data)
    found = {row.item: row.output for row in read(path)[0]}
    assert found == {row.item: row.output for row in read(OLD)[0]}
    assert found["3"] == "ANSWER: D"


@pytest.mark.parametrize("path", [GOOD, OLD], ids=["zstandard", "deflate"])
def test_a_changed_byte_is_told(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("samples/2_epoch_1.json")
        middle = info.header_offset + 60 + info.compress_size // 2
    raw = bytearray(path.read_bytes())
    raw[middle] ^= 0xFF
    changed = tmp_path / "log.eval"
    changed.write_bytes(raw)
    rows, reading = read(changed)
    assert reading.left.total == 1
    assert_told(reading.left)
    (row,) = (row for row in rows if row.item == "2")
    assert (row.prompt, row.scores) == ("", {"accuracy": 1.0})  # of the log's own reductions


@pytest.mark.parametrize("path", [GOOD, OLD], ids=["zstandard", "deflate"])
def test_a_checksum_that_is_another_is_told(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        checksum = archive.getinfo("header.json").CRC.to_bytes(4, "little")
    changed = tmp_path / "log.eval"
    changed.write_bytes(path.read_bytes().replace(checksum, b"\x01\x02\x03\x04"))
    assert "header.json" in refusal(changed).what


@pytest.mark.parametrize("path", [GOOD, OLD], ids=["zstandard", "deflate"])
def test_a_cut_archive_is_told(path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "log.eval"
    cut.write_bytes(path.read_bytes()[:-200])
    assert importer_of(cut) is INSPECT_LOG
    assert "cut" in refusal(cut).what


def test_an_archive_of_something_else_is_none(tmp_path: Path) -> None:
    path = packed(tmp_path / "other.zip", {"a.txt": b"x"})
    assert not INSPECT_LOG.recognises(glimpse(path))
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 not really")
    assert not INSPECT_LOG.recognises(glimpse(bad))


@pytest.mark.parametrize("path", [GOOD, OLD], ids=["zstandard", "deflate"])
def test_a_member_beyond_any_log_is_not_unpacked(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with zipfile.ZipFile(path) as archive:
        largest = max(i.file_size for i in archive.infolist() if i.filename.startswith("samples/"))
    monkeypatch.setattr(archives, "LARGEST_MEMBER", largest - 1)
    with zipfile.ZipFile(path) as archive:
        head = archive.getinfo("header.json").file_size
    if head < largest:
        _, reading = read(path)
        assert reading.left.counts == {"a part is larger than 0 GiB": 1}
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 10)
    assert "larger than" in refusal(path).what


def test_a_bomb_takes_neither_memory_nor_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 1 << 22)
    members = unpacked(OLD)
    members["samples/2_epoch_1.json"] = b'{"id": "' + b"a" * (1 << 25) + b'"}'
    path = packed(tmp_path / "bomb.eval", members)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    rows, reading = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 23
    assert reading.left.total == 1
    assert len(rows) == 12


def test_a_member_that_is_longer_than_it_says_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "log.eval", unpacked(OLD))
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("header.json")
    size = info.file_size.to_bytes(4, "little")
    raw = path.read_bytes()
    at = raw.rindex(size)  # in the list of members at the end
    path.write_bytes(raw[:at] + (info.file_size - 9).to_bytes(4, "little") + raw[at + 4 :])
    assert "header.json" in refusal(path).what


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "log.eval", {"header.json": b"{}"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "encrypted" in refusal(path).what


# Odd content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 3}, "another version"),
        ({"version": None}, "another version"),
        ({"eval": []}, "which task"),
        ({"eval": {"task": ""}}, "which task"),
    ],
)
def test_another_format_is_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in refusal(saved(tmp_path / "log.json", {**whole(), **change})).what


@pytest.mark.parametrize("share", [0.2, 0.6, 0.999])
def test_a_cut_text_is_refused_with_its_line(share: float, tmp_path: Path) -> None:
    text = gzip.decompress(TEXT.read_bytes())
    path = tmp_path / "log.json"
    path.write_bytes(text[: int(len(text) * share)])
    problem = refusal(path)
    assert "cut" in problem.what
    assert problem.where.rpartition(":")[2].isdecimal()


def assert_sound(rows: list[Row], reading: Reading) -> None:
    for row in rows:
        names = (row.item, row.part, row.cluster, row.prompt, *row.scores)
        assert all(name.isprintable() for name in names)
        assert row.item
        assert type(row.output) in {str, type(None)}
        for metric, given in row.scores.items():
            reading.column(metric)
            if isinstance(given, NoScore):
                assert given.reason.isprintable()
            else:
                assert isinstance(given, float)
                assert math.isfinite(given)
    said = (reading.version, reading.made_at, reading.model, *reading.notes)
    assert all(text.isprintable() for text in said)
    for facts in reading.facts.values():
        assert all(one.isprintable() for one in (facts.decoding, facts.scorer, facts.template))
    assert_told(reading.left)


def small() -> dict[str, Any]:
    """Two samples, each with a score of every kind."""
    log = whole()
    log["samples"] = [one for one in log["samples"] if one["id"] in {"q1", "q2"}][:2]
    log["samples"][1]["choices"] = ["a", "b"]
    log["samples"][1]["attachments"] = {"x": "y"}
    log["samples"][1]["error"] = {"message": "m"}
    for one in log["reductions"]:
        one["samples"] = one["samples"][:2]
    for one in (log, *log["samples"]):
        for key in ("stats", "messages", "tags", "uuid", "started_at", "completed_at"):
            one.pop(key, None)
    return log


@pytest.mark.parametrize("kept", [True, False], ids=["reduced", "not reduced"])
def test_no_value_does_harm(kept: bool, tmp_path: Path) -> None:
    log, path = small(), tmp_path / "log.json"
    log["results"]["scores"] = log["results"]["scores"][1:2]
    log["eval"]["scorers"] = log["eval"]["scorers"][1:2]
    if kept:
        log["reductions"] = log["reductions"][1:2]
    else:
        del log["reductions"]
    told = [VALUES[i] for i in range(kept, len(VALUES), 4)]
    reads = 0
    for text in mutated(log, tuple(told)):
        path.write_text(text, encoding="utf-8")
        found = tried(path)
        if not isinstance(found, Problem):
            reads += 1
            assert_sound(*found)
    assert reads > 400


@pytest.mark.parametrize("odd", BREAKING, ids=range(len(BREAKING)))
def test_a_value_that_no_reader_takes_costs_at_most_its_sample(odd: str, tmp_path: Path) -> None:
    log, path = small(), tmp_path / "log.json"
    for key in ("id", "epoch", "input", "choices", "scores", "output", "metadata", "attachments"):
        marked = copy.deepcopy(log)
        marked["samples"][1][key] = "@@"
        path.write_text(json.dumps(marked).replace('"@@"', odd), encoding="utf-8")
        found = tried(path)
        if isinstance(found, Problem):
            assert odd == "1,,2", found
            continue
        assert_sound(*found)
        assert {row.item for row in found[0]} >= {"q1", "q2"}


def test_names_that_could_not_stand_in_a_report_become_digests(tmp_path: Path) -> None:
    log = small()
    log["samples"][0]["id"] = "a\u0000\u202eb\ud800"
    log["eval"]["task"] = "x" * 5000
    log["eval"]["model"] = "\u001b[31m"
    rows, reading = read(saved(tmp_path / "log.json", log))
    assert rows[0].item.startswith("#")
    assert rows[0].part.startswith("#")
    assert reading.model == ""
    assert_sound(rows, reading)


# Size


def large(n: int, each: int) -> dict[str, Any]:
    log = whole()
    sample = next(one for one in log["samples"] if one["id"] == "q2")
    events = [{"event": "model", "text": "x" * 1000, "n": [1, {"k": "v"}]}] * (each // 1000)
    log["samples"] = [{**sample, "id": f"q{i}", "events": events} for i in range(n)]
    log["reductions"] = [
        {
            "scorer": one["name"],
            "samples": [
                {"sample_id": f"q{i}", "value": 1.0, "explanation": "y" * 500} for i in range(n)
            ],
        }
        for one in log["eval"]["scorers"]
    ]
    return log


@pytest.mark.parametrize("form", ["text", "archive"])
def test_memory_does_not_grow_with_the_log(form: str, tmp_path: Path) -> None:
    log = large(60, 300_000)
    if form == "text":
        path = tmp_path / "log.json"
        path.write_text(json.dumps(log, indent=2), encoding="utf-8")  # as Inspect does
        assert path.stat().st_size > 18_000_000
    else:
        samples, reductions = log.pop("samples"), log.pop("reductions")
        members = {f"samples/{one['id']}_epoch_1.json": json.dumps(one).encode() for one in samples}
        members["reductions.json"] = json.dumps(reductions).encode()
        members["header.json"] = json.dumps(log).encode()
        path = packed(tmp_path / "log.eval", members)
    tracemalloc.start()
    reading = importer_of(path).read(path, {})
    n = sum(1 for _ in reading.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n == 180
    assert peak < 9_000_000


def test_a_large_log_is_known_without_its_samples(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(gzip.decompress(TEXT.read_bytes()))
    monkeypatch.setattr(glimpses, "_LARGE", 1000)
    monkeypatch.setattr(glimpses, "_LONGEST", 1000)
    monkeypatch.setattr("evalreport.importers.json_walk._CHUNK", 100)
    seen = glimpse(path)
    assert seen.first["status"] == "success"
    assert seen.first["samples"] == []
    assert importer_of(path) is INSPECT_LOG
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="copy the whole file again"):
        glimpse(path)
