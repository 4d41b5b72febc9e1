"""speech-traits: six fields, three checkpoints, quantised and full, common and own subsets."""

import json
from collections import Counter
from pathlib import Path

import pytest

from evalreport.report.model import Report
from tests.specs.published import (
    SPECS,
    assert_generated,
    assert_waits_for_the_hub,
    findings,
    planned,
    simulated,
)

NAME = "speech-traits"
FIELDS = (
    "formality",
    "persuasiveness",
    "enthusiasm",
    "empathy",
    "filler_words",
    "transition_logic",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp(NAME)
    return simulated(NAME, folder, "engine.base.unparsable=0.4", "engine.base.right=0.2")


def _rows(split: str) -> list[dict[str, str]]:
    text = (SPECS / NAME / "data" / f"{split}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    assert_generated(NAME, tmp_path)


def test_subjects_stay_on_one_side_and_scores_have_six_fields() -> None:
    subjects = {split: {row["document"] for row in _rows(split)} for split in ("train", "test")}
    assert not subjects["train"] & subjects["test"]
    assert {row["document"] for row in _rows("augmented")} <= subjects["train"]
    for split in ("train", "augmented", "select", "test"):
        rows = _rows(split)
        assert len({row["transcript"] for row in rows}) == len(rows)
        assert all(tuple(json.loads(row["scores"])) == FIELDS for row in rows)


def test_scores_follow_from_what_is_said() -> None:
    for row in (*_rows("train"), *_rows("test"), *_rows("augmented")):
        said = row["transcript"].casefold()
        scores = json.loads(row["scores"])
        fillers = sum(said.count(word) for word in ("um,", "uh,", "like,", "you know,"))
        assert scores["filler_words"] == {0: 2, 1: 5, 4: 8}[fillers], row["id"]
        loud = any(word in said for word in ("thrilled", "fantastic", "wonderful"))
        assert (scores["enthusiasm"] == 8) == loud, row["id"]
        solemn = any(word in said for word in ("ladies", "distinguished", "esteemed"))
        assert (scores["formality"] == 8) == solemn, row["id"]


def test_high_scores_are_rare_until_they_are_filled_up() -> None:
    collected, added = (
        Counter(score for row in _rows(split) for score in json.loads(row["scores"]).values())
        for split in ("train", "augmented")
    )
    assert collected[8] < collected[2] / 2
    assert added[8] > added[2] + added[5] - added[8] / 2


def test_the_full_spec_waits_for_the_hub(tmp_path: Path) -> None:
    ran = assert_waits_for_the_hub(NAME, tmp_path)
    assert "5,000 rows expected" in ran.out
    assert "how much its items differ is not known before a first build" in ran.out


def test_the_small_spec_trains_without_quantisation_and_answers_with_it(tmp_path: Path) -> None:
    ran = planned(NAME, tmp_path, "small")
    blocked = [line for line in ran.out.splitlines() if "blocked: " in line]
    assert all("-nf4" in line.partition("blocked")[0] for line in blocked)
    assert "qlora cannot be trained" not in ran.out


def test_every_field_is_compared_and_so_is_their_average(report: Report) -> None:
    ids = findings(report)
    assert {"traits.squared_error", *(f"traits.squared_error.{field}" for field in FIELDS)} <= {
        *ids
    }
    assert report.verdict.outcome in {"better", "better_retention_unknown"}


def test_averages_over_all_common_and_own_rows(report: Report) -> None:
    primary = next(one for one in report.findings if one.id == "traits.squared_error")
    assert primary.forms is not None
    forms = {form.name: form for form in primary.forms}
    assert {*forms} == {"all_items", "valid_in_both", "worst_case", "own_subset"}
    assert forms["all_items"].n == 48
    assert forms["valid_in_both"].n < 48
    assert "not comparable" in forms["own_subset"].note


def test_three_checkpoints_and_two_precisions(report: Report) -> None:
    assert {"tuned-epoch-1", "tuned-epoch-2", "tuned-epoch-3"} <= {*report.arms}
    held = {name: arm.quantization for name, arm in report.arms.items()}
    assert (held["base"], held["base-nf4"], held["tuned-nf4"]) == ("none", "nf4", "nf4")
    pairs = {one.partition(":")[2] for one in findings(report) if ":" in one}
    assert {"tuned-epoch-2~tuned-epoch-1", "tuned-epoch-3~tuned-epoch-2"} <= pairs
    assert {"base-nf4~base", "tuned-nf4~tuned", "tuned-nf4~base-nf4"} <= pairs


def test_what_was_answered_in_one_layer_is_not_asked_in_the_other(tmp_path: Path) -> None:
    simulated(NAME, tmp_path, "engine.calls=calls.jsonl")
    calls = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    asked = Counter((call["key"], call["weights"]) for call in calls if "key" in call)
    assert set(asked.values()) == {1}
