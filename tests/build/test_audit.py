"""audit: files of other tools in, a spec and its report out; at the end by running lm-eval itself."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from evalreport.estimates import Point
from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.build.test_imported import run, scores, write_csv
from tests.tiny import tiny_model

FIXTURES = Path(__file__).parent.parent / "importers" / "fixtures"


def pair(folder: Path) -> None:
    write_csv(folder / "base.csv", scores("base", 70))
    write_csv(folder / "tuned.csv", scores("tuned", 110))


def audited(folder: Path, *arguments: str) -> tuple[Report, dict[str, object], str]:
    """The report, the spec that was written, and all that was said."""
    code, said = run(folder, "audit", *arguments)
    assert code == 0, said
    (path,) = (folder / "specs" / "audits").glob("*/spec.yaml")
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    report = load_report(folder / "reports" / "audits" / path.parent.name / "report.json")
    return report, spec, said


def test_two_files_are_enough(tmp_path: Path) -> None:
    pair(tmp_path)
    report, spec, said = audited(tmp_path, "base.csv", "tuned.csv")
    assert spec["name"] == "tuned"
    (found,) = report.findings
    assert (found.role.value, found.arms, found.n) == ("primary", ("tuned", "base"), 160)
    assert report.verdict.outcome.value == "better_retention_unknown"
    assert found.sentence in said
    assert "tuned: tuned.csv; base: base.csv (by its name" in said


def test_the_spec_that_it_writes_builds_by_itself(tmp_path: Path) -> None:
    pair(tmp_path)
    report, _, _ = audited(tmp_path, "base.csv", "tuned.csv")
    code, _ = run(tmp_path, "build", "specs/audits/tuned/spec.yaml")
    assert code == 0
    again = load_report(tmp_path / "reports" / "audits" / "tuned" / "report.json")
    assert again.model_copy(update={"built_at": report.built_at}) == report
    code, said = run(tmp_path, "recheck", "reports/audits/tuned")
    assert code == 0, said


def test_it_never_guesses_which_is_the_base(tmp_path: Path) -> None:
    pair(tmp_path)
    (tmp_path / "base.csv").rename(tmp_path / "a.csv")
    (tmp_path / "tuned.csv").rename(tmp_path / "b.csv")
    code, said = run(tmp_path, "audit", "a.csv", "b.csv")
    assert code == 2
    assert 'nothing tells which of "a.csv", "b.csv" is the base' in said
    assert "--base PATH --tuned PATH" in said
    assert not (tmp_path / "specs").exists()
    report, _, said = audited(tmp_path, "--base", "a.csv", "--tuned", "b.csv")
    assert report.findings[0].outcome.value == "better"
    assert "as the command line says" in said


def test_what_somebody_wrote_into_a_spec_is_not_lost(tmp_path: Path) -> None:
    pair(tmp_path)
    audited(tmp_path, "base.csv", "tuned.csv")
    path = tmp_path / "specs" / "audits" / "tuned" / "spec.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    code, said = run(tmp_path, "audit", "base.csv", "tuned.csv")
    assert code == 2
    assert "another spec stands there" in said
    assert path.read_text(encoding="utf-8").endswith("# mine\n")
    code, _ = run(tmp_path, "audit", "base.csv", "tuned.csv", "--name", "second")
    assert code == 0


def test_one_model_alone_has_no_baseline(tmp_path: Path) -> None:
    pair(tmp_path)
    report, _, _ = audited(tmp_path, "tuned.csv")
    assert report.verdict.outcome.value in {"invalid_evidence", "not_measured"}
    assert "base" in report.verdict.headline


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "no file is named"),
        (("nowhere",), "there is no such file"),
        (("empty",), "no importer knows any file in this folder"),
        (("tuned.csv", "--primary", "x.y"), "no file gives x.y"),
        (("tuned.csv", "--base", "other"), 'no file holds results of "other"'),
        (("answers.jsonl",), "the files hold answers without scores"),
    ],
)
def test_what_cannot_be_audited_is_said_in_three_parts(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    pair(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing\n", encoding="utf-8")
    answers = '{"id": 1, "output": "yes"}\n{"id": 2, "output": "no"}\n'
    (tmp_path / "answers.jsonl").write_text(answers, encoding="utf-8")
    code, said = run(tmp_path, "audit", *arguments)
    assert code == 2
    assert says in said
    assert "Traceback" not in said


# What the tools themselves wrote


def test_alpaca_eval(tmp_path: Path) -> None:
    results = FIXTURES / "alpaca_eval" / "results"
    report, _, said = audited(tmp_path, str(results / "tiny-base"), str(results / "tiny-tuned"))
    (found,) = report.findings
    assert (found.metric, found.unit) == ("win_rate", "fraction")
    assert "hold 42 items of 805" in report.verdict.headline
    assert 'by its name, "tiny-base" is the base' in said


def test_fastchat(tmp_path: Path) -> None:
    report, _, _ = audited(tmp_path, str(FIXTURES / "fastchat" / "mt_bench"))
    by_metric = {f.metric: f for f in report.findings}
    assert {*by_metric} == {"net_win", "rating"}
    assert all(f.clusters is not None and f.clusters.by == "question" for f in by_metric.values())
    broken = {r.rule for r in report.remarks if r.status.value == "broken"}
    assert {"judge-unvalidated", "repeated-rows", "unread-results"} <= broken


def test_arena_hard(tmp_path: Path) -> None:
    report, spec, _ = audited(tmp_path, str(FIXTURES / "arena_hard" / "v2"))
    assert {f.metric for f in report.findings} == {"win_rate", "win_rate_weighted"}
    assert report.verdict.outcome.value == "not_measured"
    assert "secondary" in str(spec)


def test_inspect(tmp_path: Path) -> None:
    logs = FIXTURES / "inspect_logs"
    report, _, said = audited(
        tmp_path,
        "--base", str(logs / "phrases-poor.eval"), "--tuned", str(logs / "phrases-good.eval"),
    )  # fmt: skip
    assert {f.layer.rpartition("-")[2] for f in report.findings} == {
        "includes", "manners", "rating",
    }  # fmt: skip
    assert said.count("Inspect, scores, 18 rows") == 2


def test_lighteval(tmp_path: Path) -> None:
    """Its errors of groups and of resampled metrics are wrong: no interval is made of them."""
    files = FIXTURES / "lighteval"
    report, _, _ = audited(
        tmp_path,
        "--base", str(files / "results-poor.json"), "--tuned", str(files / "results-good.json"),
    )  # fmt: skip
    assert report.findings
    for finding in report.findings:
        assert isinstance(finding.difference, Point), finding.id
        assert finding.is_of_totals


def test_a_trainers_state_alone(tmp_path: Path) -> None:
    report, spec, _ = audited(tmp_path, str(FIXTURES / "trainer_state"))
    assert spec["training"]
    assert report.training is not None
    assert not report.training.trained_here
    assert len(report.training.curve) > 1
    assert report.verdict.outcome.value == "not_measured"


# lm-eval itself, on two tiny models

TASK = """
task: tiny_choice
dataset_path: json
dataset_kwargs: {data_files: {test: tasks/tiny_choice.jsonl}}
output_type: multiple_choice
test_split: test
num_fewshot: 0
doc_to_text: "{{q}}\\nAnswer:"
doc_to_choice: "{{choices}}"
doc_to_target: label
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: acc_norm, aggregation: mean, higher_is_better: true}
metadata: {version: 1.0}
"""
RUN = dedent("""
    import sys
    import lm_eval
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    for name in sys.argv[1:]:
        tracker = EvaluationTracker(output_path="runs")
        results = lm_eval.simple_evaluate(
            model="hf",
            model_args={"pretrained": f"models/{name}", "dtype": "float32"},
            tasks=["tiny_choice"],
            task_manager=TaskManager(include_path="tasks", include_defaults=False),
            batch_size=8,
            device="cpu",
            evaluation_tracker=tracker,
        )
        samples = results.pop("samples")
        tracker.save_results_aggregated(results=results, samples=samples)
        tracker.save_results_samples(task_name="tiny_choice", samples=samples["tiny_choice"])
""")
WORDS = ("quick", "brown", "fox", "lazy", "dog", "two", "large", "pizzas", "cola", "yes", "no")


@pytest.mark.torch
def test_a_pair_that_lm_eval_makes_now(tmp_path: Path) -> None:
    """Accuracies and standard errors are those that the tool printed, to a billionth."""
    for seed, name in enumerate(("base", "tuned")):
        tiny_model(tmp_path / "models" / name, seed=seed)
    draw = random.Random(4)
    rows = [
        {
            "q": " ".join(draw.choices(WORDS, k=3)),
            "choices": draw.sample(WORDS, 2),
            "label": draw.randrange(2),
        }
        for _ in range(40)
    ]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "tiny_choice.yaml").write_text(TASK, encoding="utf-8")
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "tasks" / "tiny_choice.jsonl").write_text(lines, encoding="utf-8")
    offline = {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HOME": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, "base", "tuned"],
        cwd=tmp_path,
        env={**os.environ, **offline},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report, spec, said = audited(tmp_path, "runs", "--primary", "tiny_choice.accuracy")
    assert "lm-eval" in said
    assert "primary" in str(spec)
    found = {f.metric: f for f in report.findings}
    assert {*found} == {"accuracy", "accuracy_normalized"}
    assert found["accuracy"].n == len(rows)
    printed = {
        path.parent.name.removeprefix("models__"): json.loads(path.read_text(encoding="utf-8"))
        for path in (tmp_path / "runs").rglob("results_*.json")
    }
    for arm, side in (("tuned", "tuned"), ("base", "base")):
        told = printed[arm]["results"]["tiny_choice"]
        own = getattr(found["accuracy"], side)
        assert own.value == pytest.approx(told["acc,none"], abs=1e-9)
        (note,) = (
            one.note
            for one in report.measurements
            if one.arm == arm and one.id.startswith("tiny_choice.accuracy:")
        )
        assert f"{told['acc_stderr,none']:.6g}" in note
    kept = {r.rule for r in report.remarks if r.status.value == "kept"}
    assert {"tool-disagrees", "imported-on-trust", "identical-results", "fewer-items"} & kept >= {
        "tool-disagrees",
        "imported-on-trust",
        "fewer-items",
    }
