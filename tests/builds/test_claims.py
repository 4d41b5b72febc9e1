"""An audit through the command line: what others trained and said, ruled on, and held by recheck."""

import contextlib
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from evalreport.cli import main
from evalreport.render.trained import trained_of
from evalreport.report.load import load_report
from tests.importers.test_trainer_state import STATE

AUDIT: Final = """\
evalreport: 1
name: audit
title: A published grader, held against its own numbers
base_model: {path: org/base}
adapter: {method: lora, r: 64, alpha: 16}
training:
  recorded:
    source: a model card
    settings: {learning_rate: 2e-4, epochs: 3, global_batch_size: 8, micro_batch: 4, accumulation: 2}
    rows: {train: 9405, validation: 495}
    steps: 1803
    seconds_per_step: 4.29
    hours: 2.5
    hardware: {gpu: L40S, gpus: 4, gpu_gigabytes: 48, watts: 800}
    losses: [{epoch: 1.66, eval_loss: 0.4029, token_accuracy: 0.8811}, {train_loss: [0.237, 0.253]}]
    relative: [{metric: train_loss, change: -0.6451}]
evaluation:
  primary: {layer: blind-ab, metric: net_win, gain_at_least: 0.1}
  layers:
    - kind: recorded
      name: blind-ab
      measures: preference
      method: {judge: gpt-5-mini, orders: random}
      counts: {tuned: 10, base: 8, tie: 2}
    - {kind: recorded, name: card, rows: [{metric: accuracy, tuned: 0.9285, base: N/A}]}
claims:
  - {text: "the gain is real", source: line 5, asserts: {finding: blind-ab.net_win, is: better}, needs: 700 pairs}
  - {text: "10 points", asserts: {finding: blind-ab.net_win, is: difference, value: 0.10}}
  - {text: "92.85 % on GSM8K", asserts: {value: 0.9285, of: task_accuracy, measured_by: token_accuracy}}
  - {text: "1,803 steps, 3 epochs", asserts: {rule: steps-do-not-recompute}}
  - {text: "no overfitting", asserts: {rule: [eval-loss-diverging, last-point-only]}}
  - {text: "eval loss 0.4029", asserts: {value: 0.4029, of: eval_loss}}
  - {text: "breaks even after 10K", asserts: {recompute: 255 / 0.03, value: 10000}}
  - {text: "expert-level", asserts: unmeasurable}
cost:
  recorded:
    source: a model card
    lines: [{name: data, amount: 250}, {name: electricity, amount: 5, hours: 2.5, watts: 800}]
    total: 255
    alternatives: [{name: hosted, per_call: 0.03, calls: 9900, amount: 297}]
    break_even: {calls: 10000}
"""
RULINGS: Final = [
    "not_shown", "supported", "measures_something_else", "contradicted", "not_shown", "supported",
    "contradicted", "not_measured",
]  # fmt: skip


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        code = main([*arguments])
    return code, said.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the audit and its report."""
    folder = tmp_path_factory.mktemp("audit")
    (folder / "spec.yaml").write_text(AUDIT)
    code, said = run(folder, "build", "--out", "report", "spec.yaml")
    assert code == 0, said
    assert "2 steps reused, 0 will run, 0 blocked" in said
    return folder


def test_every_claim_has_its_ruling_in_every_rendering(built: Path) -> None:
    report = load_report(built / "report" / "report.json")
    assert [claim.ruling for claim in report.claims] == RULINGS
    assert not any("claims" in line for line in report.not_measured)
    for name in ("report.md", "report.html", "model_card.md"):
        text = (built / "report" / name).read_text()
        for claim in report.claims:
            assert claim.text in text
    page = (built / "report" / "report.md").read_text()
    assert (
        "Said of it: 8 claims about the model: 2 contradicted, 1 measuring something else, 2 not "
        "shown, 1 not measured, 2 supported"
    ) in page
    assert "What would show it: 700 pairs." in page


def test_claims_rest_on_what_is_in_the_report(built: Path) -> None:
    report = load_report(built / "report" / "report.json")
    known = {finding.id for finding in report.findings} | {r.rule for r in report.remarks}
    for claim in report.claims:
        assert set(claim.cites) <= known
        assert claim.because.endswith(".")


def test_every_number_of_the_training_stands_as_published(built: Path) -> None:
    report = load_report(built / "report" / "report.json")
    assert report.training is not None
    assert report.training.published is not None
    assert not report.training.trained_here
    assert report.training.asked == {}
    page = (built / "report" / "report.md").read_text()
    training = page[page.index("## Training\n") : page.index("## Overfitting")]
    facts = [line for line in training.splitlines() if line.startswith("- ")]
    for line in facts:
        assert "as published" in line or not re.search(r"\d", line), line
    assert "Settings, as published" in training
    assert "Losses, as published" in training
    assert "0.237 to 0.253" in training
    assert "- Hours, as published: 2.5\n" in training
    assert "Not known: its schedule and seed;" in training
    for made_up in ("dropout", "target_modules", "0.05", "all-linear"):
        assert made_up not in training


def test_each_published_number_has_its_place_in_the_report(built: Path) -> None:
    report = load_report(built / "report" / "report.json")
    content = json.loads((built / "report" / "report.json").read_text())
    page = trained_of(report)
    assert page is not None
    shown = [fact.shown for fact in page.facts if fact.shown is not None and fact.shown.key]
    shown += [
        one
        for line in page.losses
        for one in (line.epoch, line.eval_loss, line.token_accuracy)
        if one.key
    ]
    assert len(shown) == 10
    for one in shown:
        place: Any = content
        for token in one.key.removeprefix("/").split("/"):
            place = place[int(token) if isinstance(place, list) else token]
        assert float(one.raw) == place, one.key


def test_what_others_wrote_is_escaped(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>|`{{ 7 * 7 }}"
    text = AUDIT.replace("source: a model card", f"source: '{hostile}'").replace(
        "accumulation: 2", f"accumulation: 2, '{hostile}': '{hostile}'"
    )
    text = text.replace("needs: 700 pairs", f"needs: '{hostile}'")
    text = text.replace("the gain is real", hostile)
    (tmp_path / "spec.yaml").write_text(text)
    code, said = run(tmp_path, "build", "--out", "report", "spec.yaml")
    assert code == 0, said
    for name in ("report.html", "report.md", "model_card.md"):
        page = (tmp_path / "report" / name).read_text()
        rest = page[: page.index("evalreport: 1")] if "evalreport: 1" in page else page
        assert "<img" not in rest, name
        assert "49" not in [word.strip("|`") for word in rest.split()], name


def test_a_published_model_may_be_asked_here_as_well(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"q": f"question {i}", "a": "yes"}) + "\n" for i in range(24))
    (tmp_path / "test.jsonl").write_text(rows)
    start = AUDIT.index("evaluation:")
    text = AUDIT[:start] + (
        "datasets: {test: {path: test.jsonl, prompt: '{{ q }}', completion: '{{ a }}'}}\n"
        "engine: {kind: fake, seed: 1, base: {right: 0.2}, tuned: {right: 0.9}}\n"
        "arms: {tuned: {model: org/tuned}}\n"
        "evaluation:\n"
        "  primary: {layer: qa, metric: exact_match, gain_at_least: 0.1}\n"
        "  layers: [{kind: generation, name: qa, dataset: test, metrics: [exact_match]}]\n"
        "claims:\n"
        "  - {text: better, asserts: {finding: qa.exact_match, is: better}}\n"
        "  - {text: steps, asserts: {rule: steps-do-not-recompute}}\n"
    )
    (tmp_path / "spec.yaml").write_text(text)
    code, said = run(tmp_path, "build", "--accept-underpowered", "--out", "report", "spec.yaml")
    assert code == 0, said
    report = load_report(tmp_path / "report" / "report.json")
    assert not any(step.kind == "train" for step in report.steps)
    assert report.training is not None
    assert report.training.published is not None
    assert "tuned" in report.other_trainings
    # Arithmetic of a card is no evidence against what was measured here.
    (steps,) = (one for one in report.remarks if one.rule == "steps-do-not-recompute")
    assert steps.cites == ()
    assert [claim.ruling for claim in report.claims][1] == "contradicted"


def test_published_costs_stand_as_published(built: Path) -> None:
    report = load_report(built / "report" / "report.json")
    assert report.cost is not None
    assert [(line.kind, line.amount) for line in report.cost.lines] == [
        ("recorded", 250.0),
        ("recorded", 5.0),
    ]
    assert all(line.note.startswith("as published (a model card)") for line in report.cost.lines)
    (one,) = report.cost.break_even
    assert (one.alternative, one.state, one.calls) == ("hosted", "at_least", 8500)


def test_a_ruling_that_was_changed_is_found(built: Path) -> None:
    code, said = run(built, "recheck", "report")
    assert code == 0, said
    path = built / "report" / "report.json"
    whole = path.read_text()
    content: Any = json.loads(whole)
    content["claims"][0]["ruling"] = "supported"
    path.write_text(json.dumps(content))
    try:
        code, said = run(built, "recheck", "report")
    finally:
        path.write_text(whole)
    assert code == 4
    assert "claims" in said


def test_a_plan_trains_and_downloads_nothing(built: Path) -> None:
    code, said = run(built, "plan", "spec.yaml")
    assert code == 0
    assert "train" not in said.lower().replace("trained", "")
    assert not (built / ".evalreport" / "hub").exists()


def test_a_trainers_state_gives_the_curve(tmp_path: Path) -> None:
    shutil.copy(STATE, tmp_path / "trainer_state.json")
    spec = AUDIT.replace("    steps: 1803\n", "    trainer_state: trainer_state.json\n").replace(
        "    losses: [{epoch: 1.66, eval_loss: 0.4029, token_accuracy: 0.8811}, {train_loss: [0.237, 0.253]}]\n",
        "",
    )
    (tmp_path / "spec.yaml").write_text(spec)
    code, said = run(tmp_path, "build", "--out", "report", "spec.yaml")
    assert code == 0, said
    report = load_report(tmp_path / "report" / "report.json")
    assert report.training is not None
    assert report.training.best_step == 16
    assert len(report.training.epochs) == 6
    overfitting = next(claim for claim in report.claims if claim.text == "no overfitting")
    assert overfitting.ruling == "not_shown"  # one step up before its least is larger
    assert "was least at step 16 and 2.9 % above that at the end" in overfitting.because
    assert "which its own jitter explains" in overfitting.because
    page = (tmp_path / "report" / "report.md").read_text()
    assert "its curve is that of its trainer's state" in page
    code, _ = run(tmp_path, "recheck", "report")
    assert code == 0


def test_a_smoke_run_of_an_audit_changes_nothing(built: Path) -> None:
    code, _ = run(built, "build", "--smoke", "--out", "smoke", "spec.yaml")
    assert code == 0
    report = load_report(built / "smoke" / "report.json")
    assert [claim.ruling for claim in report.claims] == RULINGS
