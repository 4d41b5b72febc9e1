"""italian-grader: a stratified and grouped split, three classes, a confusion matrix, citations."""

import json
from collections import Counter
from pathlib import Path

import pytest

from evalreport.report.model import Report
from evalreport.spec.load import load_spec
from tests.specs.published import (
    SPECS,
    assert_generated,
    assert_waits_for_the_hub,
    findings,
    planned,
    shop,
    simulated,
)

NAME = "italian-grader"
ROWS = [
    json.loads(line)
    for line in (SPECS / NAME / "data/graded.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    # Wrong answers cite: one a source that was given, one a source that was not.
    wrong = 'engine.wrong_answers=["incorrect [1]", "partial [2][7]"]'
    return simulated(NAME, tmp_path_factory.mktemp(NAME), wrong, "engine.base.unparsable=0.1")


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    assert_generated(NAME, tmp_path)


def test_each_question_has_one_answer_of_each_grade() -> None:
    grades = Counter((row["question_id"], row["verdict"]) for row in ROWS)
    assert set(grades.values()) == {1}
    assert Counter(row["verdict"] for row in ROWS) == dict.fromkeys(
        ("correct", "partial", "incorrect"), 60
    )


def test_grades_follow_from_the_sources() -> None:
    for row in ROWS:
        facts = [row[f"source_{i}"].rstrip(".").rpartition(" è ")[2].split()[-1] for i in (1, 2)]
        heard = sum(fact.casefold() in row["student"].casefold() for fact in facts)
        if row["verdict"] == "correct":
            assert heard == 2, row["id"]
            assert row["cited"] == ["1", "2"]
        assert set(row["cited"]) <= set(row["sources"]), row["id"]
        assert all(f"[{source}]" in row["feedback"] for source in row["cited"]), row["id"]


def test_the_full_spec_waits_for_the_hub_and_is_large_enough(tmp_path: Path) -> None:
    ran = assert_waits_for_the_hub(NAME, tmp_path)
    assert "8,415 rows expected" in ran.out
    assert "990 expected items" in ran.out
    assert ran.out.rstrip().endswith("go")


def test_the_full_spec_reads_rows_as_they_are_published(tmp_path: Path) -> None:
    made = shop(NAME, tmp_path, "spec")
    for split, start, count in (("train", 0, 90), ("validation", 90, 9)):
        rows = [
            {
                "messages": [
                    {"role": "system", "content": "Sei un assistente: **Valutazione:** ..."},
                    {
                        "role": "user",
                        "content": f"**Domanda:** Perché {i // 3}?\n**Risposta dello Studente:** {i}",
                    },
                    {
                        "role": "assistant",
                        "content": f"**Valutazione:** {('correct', 'partial', 'incorrect')[i % 3]}\n**Feedback Pedagogico:** Vedi [1].",
                    },
                ]
            }
            for i in range(start, start + count)
        ]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        made.write(f"specs/{NAME}/rows/{split}.jsonl", text)
    sets = (
        "datasets.train[0].path=rows/train.jsonl",
        "datasets.train[1].path=rows/validation.jsonl",
        "datasets.select.n=12",
        "datasets.test.n=30",
    )
    ran = made.plan(*(part for one in sets for part in ("--set", one)))
    assert ran.code == 0, ran.both
    assert "30 items for test" in ran.out
    assert "correct: 10" in ran.out
    assert "10 of its 33 groups of `question`" in ran.out


def test_the_small_split_is_even_by_grade_and_divides_no_question(tmp_path: Path) -> None:
    ran = planned(NAME, tmp_path, "small")
    assert "27 of its 60 groups of `question_id`" in ran.out
    assert "correct: 27 (45.0 %) of 60; incorrect: 27 (45.0 %) of 60" in ran.out
    assert ran.out.rstrip().endswith("go")


def test_three_classes_with_their_confusion(report: Report) -> None:
    matrices = {one.arm: one for one in report.confusion if one.layer == "grading"}
    assert matrices["tuned"].labels == ("incorrect", "partial", "correct")
    assert sum(row.n for row in matrices["base"].rows) == 81
    assert all(row.n == 27 for row in matrices["base"].rows)
    assert sum(row.predicted["(no class read)"] for row in matrices["base"].rows) > 0
    ids = findings(report)
    assert {
        "grading.accuracy",
        "grading.balanced_accuracy",
        "grading.macro_f1",
        "grading.macro_f1.quadratic_kappa",
        "grading.macro_f1.recall.partial",
    } <= {*ids}


def test_citations_are_made_invented_and_complete(report: Report) -> None:
    ids = findings(report)
    assert {f"feedback.citations.{part}" for part in ("any", "invented", "coverage")} <= {*ids}
    invented = next(one for one in report.findings if one.id == "feedback.citations.invented")
    assert not invented.higher_is_better
    assert "feedback answers with an invented citation" in invented.sentence


def test_the_source_s_numbers_stand_in_the_full_spec() -> None:
    spec = load_spec(SPECS / NAME / "spec.yaml").spec
    assert spec.to_train is not None
    assert (spec.to_train.epochs, spec.to_train.global_batch_size) == (3, 8)
    assert [one.per_call for one in spec.cost.alternatives] == [0.03, 0.025]
    assert sum(one.amount for one in spec.cost.fixed) == 250
    assert spec.cost.electricity is not None
    assert spec.cost.electricity.watts == 800
