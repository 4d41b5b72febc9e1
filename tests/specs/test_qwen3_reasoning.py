"""qwen3-reasoning: answers behind stripped reasoning, perplexity beside them, a judge to come."""

import json
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

NAME = "qwen3-reasoning"
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    # The simulated model says the bare reference, without the words in front of it.
    bare = "evaluation.layers.answers.extract=whole"
    return simulated(NAME, tmp_path_factory.mktemp(NAME), bare)


def _rows(split: str) -> list[dict[str, str]]:
    text = (SPECS / NAME / "data" / f"{split}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    assert_generated(NAME, tmp_path)


def test_reasons_lead_to_the_answer() -> None:
    for row in (*_rows("train"), *_rows("select"), *_rows("test")):
        reasons, answer = row["reasons"].rstrip("."), row["answer"]
        match row["kind"]:
            case "order":
                ranks, _, said = reasons.partition(", so ")
                first, *_, last = ranks.split(" > ")
                is_least = any(
                    word in row["puzzle"]
                    for word in ("youngest", "shortest", "slowest", "poorest", "weakest")
                )
                assert said == answer == (last if is_least else first), row["id"]
            case "days":
                walked = reasons.split(", ")
                start = DAYS.index(walked[0])
                assert walked == [(DAYS * 3)[start + i] for i in range(len(walked))], row["id"]
                assert walked[-1] == answer
                assert (
                    f"{len(walked)} days" in row["puzzle"] or f"{len(walked)} day" in row["puzzle"]
                )
            case "series":
                shown = [
                    int(word)
                    for word in row["puzzle"]
                    .replace(",", " ")
                    .replace("?", " ")
                    .replace(".", " ")
                    .replace(":", " ")
                    .split()
                    if word.isdigit()
                ]
                assert shown[-1] + (shown[-1] - shown[-2]) == int(answer), row["id"]
            case _:
                assert reasons.endswith(f"{answer} is left"), row["id"]
                assert answer in row["puzzle"], row["id"]


def test_no_wording_is_shared() -> None:
    wordings = {split: {row["template"] for row in _rows(split)} for split in ("train", "test")}
    assert not wordings["train"] & wordings["test"]
    puzzles = {split: {row["puzzle"] for row in _rows(split)} for split in ("train", "test")}
    assert not puzzles["train"] & puzzles["test"]


def test_the_full_spec_judges_enough_pairs_and_says_that_it_cannot_yet(tmp_path: Path) -> None:
    ran = assert_waits_for_the_hub(NAME, tmp_path)
    assert "17,000 rows expected" in ran.out
    assert "judge blind-ab" in ran.out
    assert "800 expected items find a true gain of 9.5 points" in ran.out


def test_the_small_spec_is_large_enough(tmp_path: Path) -> None:
    ran = planned(NAME, tmp_path, "small")
    assert "blocked: " not in ran.out
    assert ran.out.rstrip().endswith("go")


def test_perplexity_stands_beside_the_answers_and_is_not_the_verdict(report: Report) -> None:
    ids = findings(report)
    assert {"answers.exact_match", "heldout-loss.perplexity", "heldout-loss.nll"} <= {*ids}
    assert report.declared.primary is not None
    assert report.declared.primary.layer == "answers"
    assert report.verdict.outcome == "better"


def test_answers_are_reported_by_kind_of_puzzle(report: Report) -> None:
    kinds = {one.id.partition("@")[2] for one in report.findings if "@" in one.id}
    assert {"kind=order", "kind=days", "kind=series", "kind=boxes"} <= kinds
