"""gsm8k-qwen2: word problems with numeric answers, patience, cost; public rows through overrides."""

import json
import re
from pathlib import Path

import pytest

from evalreport.render.results import keyed_of, tables_of
from evalreport.report.model import Report
from tests.specs.published import (
    SPECS,
    assert_generated,
    assert_waits_for_the_hub,
    findings,
    planned,
    shop,
    simulated,
)

NAME = "gsm8k-qwen2"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return simulated(NAME, tmp_path_factory.mktemp(NAME), "engine.base.unparsable=0.2")


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    assert_generated(NAME, tmp_path)


def test_solutions_are_right_and_no_template_is_shared() -> None:
    templates = {}
    for split in ("train", "test"):
        text = (SPECS / NAME / "data" / f"{split}.jsonl").read_text(encoding="utf-8")
        rows = [json.loads(line) for line in text.splitlines()]
        templates[split] = {re.sub(r"\d+|[A-Z]\w+", "_", row["question"]) for row in rows}
        assert len({row["question"] for row in rows}) == len(rows)
        for row in rows:
            *lines, last = row["answer"].splitlines()
            right = ""
            for line in lines:
                left, _, right = line.partition(" = ")
                a, sign, b = left.split()
                sums = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}
                assert sums[sign] == int(right), row["id"]
            assert last == f"#### {right}", row["id"]
            assert 0 < int(right) < 50, row["id"]
    assert not templates["train"] & templates["test"]


def test_the_full_spec_waits_for_the_hub_and_is_large_enough(tmp_path: Path) -> None:
    ran = assert_waits_for_the_hub(NAME, tmp_path)
    assert "1,319 expected items find a true gain of 3.2 points" in ran.out
    assert ran.out.rstrip().endswith("go")


def test_the_small_spec_is_large_enough(tmp_path: Path) -> None:
    ran = planned(NAME, tmp_path, "small")
    assert "blocked: " not in ran.out
    assert ran.out.rstrip().endswith("go")


def test_a_verdict_on_extracted_numbers_with_failures_counted(report: Report) -> None:
    assert report.verdict.outcome == "better"
    primary = next(one for one in report.findings if one.id == "word-problems.numeric_answer")
    assert (primary.role, primary.n) == ("primary", 144)
    assert primary.clusters is not None
    assert primary.clusters.n == 24
    health = {(one.layer, one.arm): one for one in report.health}
    assert health["strict-format", "base"].unparsed > 0
    assert health["strict-format", "tuned"].unparsed == 0


def test_token_accuracy_is_a_loss_s_company_and_no_task_accuracy(report: Report) -> None:
    ids = findings(report)
    assert "heldout-loss.token_accuracy" in ids
    assert not any("token" in one for one in ids if not one.startswith("heldout-loss."))
    assert report.declared.primary is not None
    assert report.declared.primary.metric == "numeric_answer"
    rows = [row for table in tables_of(keyed_of(report), 0.05, report.arms) for row in table.rows]
    said = {row.direction for row in rows if row.name == "token_accuracy"}
    assert said == {"next tokens of the reference, not tasks solved"}


def test_patience_ends_a_training_that_gets_worse(tmp_path: Path) -> None:
    report = simulated(NAME, tmp_path, "engine.training.diverges_after=0.3")
    assert report.training is not None
    assert report.training.curve[-1].step < 25
    assert report.training.best_step is not None
    assert report.training.best_step < report.training.curve[-1].step
    assert any(point.eval_loss is not None for point in report.training.curve)


def test_costs_are_held_against_every_alternative(report: Report) -> None:
    assert report.cost is not None
    assert report.cost.currency == "USD"
    assert isinstance(report.cost.total, float)
    assert report.cost.total >= 1.275
    assert [one.alternative for one in report.cost.break_even] == [
        "a hosted small model",
        "a hosted large model",
    ]


# The command in the head of spec.yaml, shortened.
PUBLIC = (
    "base_model.path=org/small",
    "datasets.train.path=rows/train.jsonl",
    "datasets.test.path=rows/test.jsonl",
    "datasets.general.path=rows/general.jsonl",
    "training.epochs=",
    "training.max_steps=24",
    "training.evaluate_every={steps: 4}",
    "evaluation.layers.word-problems.items={n: 60, seed: 1}",
    "evaluation.layers.strict-format.items={n: 60, seed: 1}",
    "evaluation.layers.heldout-loss.items.n=10",
    "evaluation.layers.seen-vs-unseen.sample=10",
    "evaluation.primary.gain_at_least=0.15",
    "evaluation.guards[0].lose_at_most=0.3",
    "engine.kind=fake",
)


def test_the_full_spec_runs_on_files_through_overrides_alone(tmp_path: Path) -> None:
    made = shop(NAME, tmp_path, "spec")
    for split, n in (("train", 120), ("test", 80)):
        rows = [
            {"question": f"{split} {i}: what is {i} plus 2?", "answer": f"So.\n#### {i + 2}"}
            for i in range(n)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        made.write(f"specs/{NAME}/rows/{split}.jsonl", text)
    general = [
        {"question": f"Is it {i}?", "choices": ["a", "b"], "answer": i % 2} for i in range(40)
    ]
    text = "".join(json.dumps({**row, "subject": "all"}) + "\n" for row in general)
    made.write(f"specs/{NAME}/rows/general.jsonl", text)
    ran = made.build(*(part for one in PUBLIC for part in ("--set", one)))
    assert ran.code == 0, ran.both
    assert "word-problems numeric answer" in ran.out
