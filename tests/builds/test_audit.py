"""audit: files of other tools in, a spec and its report out; at the end by running lm-eval itself."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from evalreport.commands.audit_groups import Group, groups_of
from evalreport.commands.audit_layers import Found
from evalreport.commands.audit_roles import roles_of
from evalreport.commands.audit_spec import drafted
from evalreport.errors import Refused
from evalreport.estimates import Point
from evalreport.importers.survey import Surveyed, Topic
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.spec.load import spec_of_text
from evalreport.spec.yaml12 import compose
from tests.builds.test_imported import run, scores, write_csv
from tests.tiny import tiny_model

FIXTURES = Path(__file__).parent.parent / "importers" / "fixtures"


def pair(folder: Path) -> None:
    write_csv(folder / "base.csv", scores("base", 70))
    write_csv(folder / "tuned.csv", scores("tuned", 110))


def audited(folder: Path, *arguments: str) -> tuple[Report, dict[str, Any], str]:
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


def test_what_nothing_tells_the_direction_of_waits_for_a_word(tmp_path: Path) -> None:
    for arm, right in (("base", 70), ("tuned", 110)):
        rows = [{"id": row["id"], "zeal": row["accuracy"]} for row in scores(arm, right)]
        write_csv(tmp_path / f"{arm}.csv", rows)
    report, _, _ = audited(tmp_path, "base.csv", "tuned.csv")
    assert report.verdict.outcome.value == "invalid_evidence"
    path = tmp_path / "specs" / "audits" / "tuned" / "spec.yaml"
    text = path.read_text(encoding="utf-8")
    line = '# higher_is_better: {"zeal": true}'
    assert text.count(line) == 1
    path.write_text(text.replace(line, 'higher_is_better: {"zeal": false}'), encoding="utf-8")
    assert run(tmp_path, "build", str(path))[0] == 0
    told = load_report(tmp_path / "reports" / "audits" / "tuned" / "report.json")
    assert (told.verdict.outcome.value, told.findings[0].outcome.value) == ("worse", "worse")


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
    assert "--name NAME" in said
    assert "edit that file" in said
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


# Names that say something else


ODD = (
    "null",
    "true",
    "a: b",
    "*a",
    "{{7*7}}",
    "acc, gain_at_least: 0.0001",
    "é\x85\u2028\U0001f600",
    "x" * 900,
)


def rows_of(path: Path, model: str, parts: Mapping[str, str], right: int, n: int = 40) -> None:
    """Rows of one model, with parts of which each has a metric."""
    lines = [
        json.dumps({"id": i, "model": model, "part": part, metric: int(i < right)})
        for part, metric in parts.items()
        for i in range(n)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def spec_in(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "specs" / "audits").glob("*/spec.yaml")
    value: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return value


def surveyed(path: str, *, metrics: Mapping[str, tuple[str, ...]], model: str = "") -> Surveyed:
    """A file as a survey tells of it."""
    return Surveyed(
        path=Path(path),
        format="plain scores",
        given=Path(path),
        tool="a script",
        gives="scores",
        models=(model,) if model else (),
        pairs=(),
        metrics=dict(metrics),
        guessed=frozenset(),
        judges=(),
        holds=frozenset(Topic(model, "", part, "") for part in metrics),
        rows=1,
        left=0,
    )


@pytest.mark.parametrize("odd", ODD)
def test_names_stand_in_the_spec_as_they_are(odd: str) -> None:
    """As metric, part, model, path and name of a layer."""
    files = tuple(
        surveyed(f"{arm}/{odd}.csv", metrics={odd: (odd,), "other": ("m",)}, model=f"{arm} {odd}")
        for arm in ("base", "tuned")
    )
    groups = groups_of(files)
    roles = roles_of(groups, f"tuned {odd}", f"base {odd}")
    draft = drafted(Found(roles, files), "null", Path("specs"), None)
    value: Any = compose(draft.text).value
    first = value["evaluation"]["layers"][0]
    assert value["name"] == "null"
    assert (first["part"], first["from"]["base"]) == (odd, f"../base/{odd}.csv")
    assert value["evaluation"]["secondary"][0] == {"layer": first["name"], "metric": odd}
    assert set(value) == {"evalreport", "name", "title", "base_model", "evaluation"}
    assert set(value["evaluation"]) == {"secondary", "layers"}
    assert spec_of_text(draft.text, (), "spec").evaluation.secondary[0].metric == odd


def test_a_path_that_no_spec_can_name_is_refused() -> None:
    files = (surveyed(os.fsdecode(b"\xff.csv"), metrics={"": ("m",)}),)
    roles = roles_of(groups_of(files), None, None)
    with pytest.raises(Refused, match=r"is not UTF-8\n.*rename"):
        drafted(Found(roles, files), "a", Path(), None)


def test_the_empty_part_beside_others_is_said() -> None:
    files = (surveyed("a.csv", metrics={"": ("m",), "x": ("m",)}),)
    roles = roles_of(groups_of(files), None, None)
    draft = drafted(Found(roles, files), "a", Path(), None)
    value: Any = compose(draft.text).value
    assert [one["part"] for one in value["evaluation"]["layers"]] == ["", "x"]


@pytest.mark.parametrize("name", ["../x", "a/b", "a\nb", "", "-a", "x" * 65, "x" * 300, "é"])
def test_a_name_is_one_that_a_spec_can_have(name: str, tmp_path: Path) -> None:
    pair(tmp_path)
    code, said = run(tmp_path, "audit", "base.csv", "tuned.csv", f"--name={name}")
    assert code == 2
    assert "cannot be the name of a spec" in said
    assert said.count("\n") == 3
    assert sorted(one.name for one in tmp_path.iterdir()) == ["base.csv", "tuned.csv"]


@pytest.mark.parametrize("what", ["specs is a file", "a folder", "latin-1"])
def test_what_stands_where_the_spec_would(what: str, tmp_path: Path) -> None:
    pair(tmp_path)
    path = tmp_path / "specs" / "audits" / "tuned" / "spec.yaml"
    if what == "specs is a file":
        (tmp_path / "specs").write_text("mine", encoding="utf-8")
    elif what == "a folder":
        path.mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"name: caf\xe9\n")
    code, said = run(tmp_path, "audit", "base.csv", "tuned.csv")
    assert code == 2
    assert "Traceback" not in said
    assert ("another spec stands there" if what == "latin-1" else "cannot be written") in said
    assert ("--name NAME" if what == "latin-1" else "has to be a folder") in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tuned.csv", "--base", "x" * 300), "no file holds results of"),
        (("tuned.csv", "--base", "x/" * 2500), "no file holds results of"),
        (("y/" * 2500,), "the path is too long"),
        (("tuned.csv", "--base", ""), "it is empty"),
        (("base.csv", "tuned.csv", "--base", "base.csv", "--tuned", "base.csv"), "as the base and"),
        (("base.csv", "--base", "base.csv"), "there are results of the base only"),
        (("a**b.csv",), "there is no such file"),
        (("pipe.csv",), "this is not a regular file"),
    ],
)
def test_odd_arguments_are_said_without_a_traceback(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    pair(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    code, said = run(tmp_path, "audit", *arguments)
    assert (code, says in said, "Traceback" in said) == (2, True, False), said
    assert not (tmp_path / "specs").exists()


def test_nothing_of_a_file_reaches_the_terminal_raw(tmp_path: Path) -> None:
    odd = "ft\x1b]0;owned\x07\x1b[2J\u202e"
    rows_of(tmp_path / f"{odd}.jsonl", odd, {odd: "accuracy"}, 30)
    rows_of(tmp_path / "base.jsonl", "base", {odd: "accuracy"}, 10)
    code, said = run(tmp_path, "audit", f"{odd}.jsonl", "base.jsonl")
    assert code == 0, said
    assert "\\u001b]0;owned" in said
    assert all(c.isprintable() or c == "\n" for c in said)


# Who is who


def groups(*names: str) -> tuple[Group, ...]:
    return tuple(Group(name, (Path("runs"),)) for name in names)


@pytest.mark.parametrize(
    ("first", "second", "base"),
    [
        ("org/mistral-7b-base", "org/mistral-7b-base-sft", "org/mistral-7b-base"),
        ("mistral-7b", "mistral-7b-sft", "mistral-7b"),
        ("mistral-7b-base", "mistral-7b-chat", "mistral-7b-base"),
        ("mistral-7b", "mistral-7b-base-sft", None),
        ("mistral-7b-base-sft", "mistral-7b-base-dpo", None),
        ("mistral-7b-sft", "mistral-7b-dpo", None),
        ("a-base", "b-base", None),
        ("a", "b", None),
    ],
)
def test_names_decide_only_where_one_of_them_does(
    first: str, second: str, base: str | None
) -> None:
    for names in ((first, second), (second, first)):
        if base is None:
            with pytest.raises(Refused, match=r"nothing tells which of .*\n.*--base PATH"):
                roles_of(groups(*names), None, None)
        else:
            found = roles_of(groups(*names), None, None).base
            assert found is not None
            assert found.model == base


def test_names_of_files_and_names_in_them_may_not_say_opposite_things() -> None:
    mixed = (Group("x-base", (Path("tuned.csv"),)), Group("x", (Path("base.csv"),)))
    with pytest.raises(Refused, match="nothing tells"):
        roles_of(mixed, None, None)
    plain = (Group("x", (Path("tuned.csv"),)), Group("y", (Path("base.csv"),)))
    base = roles_of(plain, None, None).base
    assert base is not None
    assert base.model == "y"
    agreed = (Group("x-base", (Path("a.csv"),)), Group("y", (Path("tuned.csv"),)))
    found = roles_of(agreed, None, None)
    assert found.base is agreed[0]
    assert found.why == 'by its name, "x-base" is the base'


def test_what_a_benchmark_holds_all_against_is_no_base(tmp_path: Path) -> None:
    results = str(FIXTURES / "alpaca_eval" / "results" / "tiny-tuned")
    report, spec, said = audited(tmp_path, results)
    layer = spec["evaluation"]["layers"][0]
    assert set(layer["from"]) == {"tuned"}
    assert "models" not in layer
    assert (
        "base: none (held against reference; if that is the base of the fine-tune: "
        "--base reference)\n"
    ) in said
    assert "not measured, there are no results of base" in report.findings[0].sentence


def test_unless_the_user_says_that_it_is(tmp_path: Path) -> None:
    results = str(FIXTURES / "alpaca_eval" / "results")
    code, said = run(tmp_path, "audit", results, "--base", "reference")
    assert code == 2
    assert "results of 3 models" in said
    report, spec, said = audited(
        tmp_path, results, "--tuned", "tiny-tuned", "--base", "reference"
    )  # fmt: skip
    layer = spec["evaluation"]["layers"][0]
    assert isinstance(layer["from"], str)
    assert layer["from"].endswith("tiny-tuned/weighted_stand_in/annotations.json")
    assert layer["models"] == {"tuned": "tiny-tuned", "base": "reference"}
    assert "tuned: tiny-tuned; base: reference (as the command line says)" in said
    assert report.findings


# What decides, and what is not compared


def test_of_several_metrics_none_is_the_primary_unless_it_is_said(tmp_path: Path) -> None:
    for arm, right in (("base", 70), ("tuned", 110)):
        rows = [{**row, "f1": row["accuracy"]} for row in scores(arm, right)]
        write_csv(tmp_path / f"{arm}.csv", rows)
    _, spec, said = audited(tmp_path, "base.csv", "tuned.csv")
    assert "primary" not in spec["evaluation"]
    assert len(spec["evaluation"]["secondary"]) == 2
    (name,) = {one["layer"] for one in spec["evaluation"]["secondary"]}
    assert f'--primary LAYER.METRIC: "{name}.accuracy", "{name}.f1"' in said
    path = tmp_path / "specs" / "audits" / "tuned" / "spec.yaml"
    assert "--primary LAYER.METRIC" in path.read_text(encoding="utf-8")
    code, said = run(tmp_path, "audit", "base.csv", "tuned.csv", "--primary", f"{name}.f1")
    assert code == 0, said
    again = yaml.safe_load(path.read_text(encoding="utf-8"))["evaluation"]
    assert again["primary"] == {"layer": name, "metric": "f1"}
    assert again["secondary"] == [{"layer": name, "metric": "accuracy"}]


def test_what_only_one_of_two_has_is_named(tmp_path: Path) -> None:
    rows_of(tmp_path / "base.jsonl", "m", {"both": "accuracy", "of base": "accuracy"}, 10)
    rows_of(tmp_path / "tuned.jsonl", "m", {"both": "accuracy", "of tuned": "accuracy"}, 30)
    report, spec, said = audited(tmp_path, "base.jsonl", "tuned.jsonl")
    assert 'only of base: "of base"\n' in said
    assert 'only of tuned: "of tuned"\n' in said
    text = (tmp_path / "specs" / "audits" / str(spec["name"]) / "spec.yaml").read_text("utf-8")
    assert '# Only of base, and so not compared: "of base"\n' in text
    assert '# Only of tuned, and so not compared: "of tuned"\n' in text
    outcomes = {finding.layer: finding.outcome.value for finding in report.findings}
    assert outcomes == {"both": "better", "of-tuned": "not_measured"}


@pytest.mark.parametrize("model", ["m", ""])
def test_two_files_of_one_name_are_not_taken_together(model: str, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for arm, right in (("base", 70), ("tuned", 110)):
        rows = scores(arm, right)
        write_csv(
            tmp_path / "runs" / f"{arm}.csv",
            [{**row, "model": model} for row in rows] if model else rows,
        )
    code, said = run(tmp_path, "audit", "runs")
    assert code == 2
    assert "two files hold results of one model" in said
    assert "name two files with --base and --tuned" in said
    report, _, _ = audited(tmp_path, "--base", "runs/base.csv", "--tuned", "runs/tuned.csv")
    assert report.findings[0].outcome.value == "better"


def test_too_many_measurements_are_refused(tmp_path: Path) -> None:
    parts = {f"task {i}": "accuracy" for i in range(201)}
    rows_of(tmp_path / "tuned.jsonl", "m", parts, 1, n=2)
    code, said = run(tmp_path, "audit", "tuned.jsonl")
    assert code == 2
    assert "more than 200 measurements" in said
    assert "name files of fewer tasks" in said


def test_an_audit_finds_nothing_that_an_audit_wrote(tmp_path: Path) -> None:
    pair(tmp_path)
    audited(tmp_path, "base.csv", "tuned.csv")
    code, said = run(tmp_path, "audit", ".", "--base", "base.csv", "--tuned", "tuned.csv")
    assert code == 0, said
    assert said.count("160 rows") == 2


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
