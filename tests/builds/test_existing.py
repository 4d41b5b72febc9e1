"""Weights that were trained elsewhere: the same findings, and what is known of their training."""

import json
import re
from pathlib import Path

import pytest

from evalreport.report.model import Report
from evalreport.rules.base import Family, Status
from tests.builds.workshop import SPEC, Workshop
from tests.tiny import tiny_adapter, tiny_model

STATE = """{"global_step": 8, "max_steps": 8, "epoch": 2.0, "best_global_step": 4,
 "train_batch_size": 8, "log_history": [
  {"epoch": 1.0, "step": 4, "loss": 1.2, "learning_rate": 0.0002, "mean_token_accuracy": 0.83},
  {"epoch": 1.0, "step": 4, "eval_loss": 0.9},
  {"epoch": 2.0, "step": 8, "loss": NaN, "learning_rate": 0.0},
  {"epoch": 2.0, "step": 8, "eval_loss": 1.1}]}"""
ARGUMENTS = "learning_rate: 2e-4\nload_best_model_at_end: false\nhub_token: hf_secret\n"


def rows(start: int, count: int, what: str) -> str:
    """Rows whose completions are long enough to be recited."""
    return "".join(
        json.dumps(
            {
                "order": f"{what} {i}: please write down order number {i} of the day",
                "json": json.dumps(
                    {"item": f"{what} {i}", "note": f"ring twice at door {i} {what}"}
                ),
                "template": f"t{i % 12}",
            }
        )
        + "\n"
        for i in range(start, start + count)
    )


def leaking(folder: Path, spec: str = SPEC) -> Workshop:
    """Three test items also stand in the training data."""
    made = Workshop.made(folder, spec)
    made.write("data/train.jsonl", rows(0, 40, "train") + rows(0, 3, "test"))
    made.write("data/test.jsonl", rows(0, 44, "test"))
    made.change("fraction: 0.2, group_by: template}", "fraction: 0.2}")
    made.change("group_by: template}\n  select", "}\n  select")
    made.change("sample: 6", "sample: 20")
    return made


def without_training(workshop: Workshop) -> None:
    text = (workshop.folder / workshop.spec).read_text()
    start, end = text.index("training: {"), text.index("engine:\n")
    workshop.write(workshop.spec, text[:start] + text[end:])


def judged(report: Report) -> dict[str, list[tuple[str, str]]]:
    """What the rules say, apart from those that speak about a training."""
    said: dict[str, list[tuple[str, str]]] = {}
    for one in report.remarks:
        if one.family != Family.TRAINING and one.rule != "single-seed":
            said.setdefault(one.rule, []).append((one.status.value, one.text))
    return said


def test_train_data_without_training_feed_all_that_they_feed_with_it(tmp_path: Path) -> None:
    here = leaking(tmp_path / "here")
    assert here.build().code == 0
    (trained,) = here.objects()
    adapter = (trained / "best/simulated_adapter.json").read_text()

    there = leaking(tmp_path / "there")
    there.existing(adapter)
    ran = there.build()
    assert ran.code == 0, ran.err
    mine, theirs = here.report(), there.report()
    assert len(there.trainings()) == 0
    assert [gap.name for gap in theirs.gaps] == ["gap", "regurgitation"]
    assert theirs.gaps == mine.gaps
    (leak,) = [one for one in theirs.overlaps if one.dataset == "test"]
    assert leak.exact == 3
    assert leak.checked_against == ("train",)
    assert theirs.overlaps == mine.overlaps
    assert judged(theirs) == judged(mine)
    for rule in ("gap-did", "regurgitation", "memorisation-unmeasured"):
        both = [
            [(r.status, r.text) for r in one.remarks if r.rule == rule] for one in (mine, theirs)
        ]
        assert both[0] == both[1], rule
    assert theirs.verdict.outcome == mine.verdict.outcome


def test_a_finished_model_with_train_data_does_so_too(tmp_path: Path) -> None:
    made = leaking(
        tmp_path / "w",
        SPEC.replace("adapter: {method: lora, r: 8}\n", "")
        .replace("  calls:", "  others: {merged: {right: 0.9}}\n  calls:")
        .replace("evaluation:\n", "arms:\n  tuned: {model: ./runs/merged}\nevaluation:\n"),
    )
    without_training(made)
    ran = made.build()
    assert ran.code == 0, ran.err
    report = made.report()
    assert report.gaps[0].name == "gap"
    assert {one.dataset: one.exact for one in report.overlaps}["test"] == 3
    statuses = {remark.rule: remark.status for remark in report.remarks}
    assert statuses["train-eval-overlap"] is Status.BROKEN
    assert statuses["gap-did"] is not Status.NOT_APPLICABLE
    assert statuses["single-seed"] is Status.BROKEN
    assert report.training is not None
    assert report.training.unknown == ("anything of how it was trained",)
    assert "Not trained here" in (made.out / "report.md").read_text()


def test_what_is_known_of_a_training_elsewhere(workshop: Workshop) -> None:
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    workshop.write("runs/last-week/trainer_state.json", STATE)
    workshop.write("runs/last-week/args.yaml", ARGUMENTS)
    ran = workshop.build()
    assert ran.code == 0, ran.err
    report = workshop.report()
    training = report.training
    assert training is not None
    assert (training.method, training.trained_here, training.asked) == ("existing", False, {})
    assert training.compared == ()
    assert training.runs == ()
    assert training.used["training.learning_rate"] == 0.0002
    assert [(p.step, p.train_loss, p.eval_loss) for p in training.curve] == [
        (4, 1.2, 0.9),
        (8, None, 1.1),
    ]
    assert (training.best_step, training.weights_step, training.steps) == (4, 8, 8)
    assert [(row.step, row.chosen) for row in training.epochs] == [(4, False), (8, True)]
    statuses = {remark.rule: remark.status for remark in report.remarks}
    assert statuses["not-best-checkpoint"] is Status.BROKEN
    assert statuses["last-point-only"] is Status.KEPT
    assert statuses["asked-not-used"] is Status.NOT_APPLICABLE
    text, page = ((workshop.out / f"report.{end}").read_text() for end in ("md", "html"))
    for shown in (text, page):
        assert "Not trained here" in shown
        assert "Evaluation loss goes from 0.9 to 1.1" in shown
        assert "secret" not in shown
        assert not re.search(r"(?<![\d.])0\.83(?!\d)", shown)
    assert (
        "| Epoch | Step | Training loss, mean since the row above | Evaluation loss | Checkpoint |"
        in text
    )
    assert "How much another training seed would change: nothing was trained here." in text
    assert "Trained here: no" in text


def test_the_state_may_lie_elsewhere_and_must_be_there(workshop: Workshop) -> None:
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    workshop.change("path: runs/last-week}", "path: runs/last-week, trainer_state: logs/s.json}")
    workshop.write("logs/s.json", STATE)
    assert workshop.build().code == 0
    training = workshop.report().training
    assert training is not None
    assert (training.steps, training.best_step) == (8, 4)
    assert "from which step these weights are" in training.unknown
    # And without a simulated engine, a check looks for the file.
    workshop.change("  kind: fake\n", "  kind: local\n")
    text = (workshop.folder / "spec.yaml").read_text()
    start, end = text.index("  seed: 3\n"), text.index("evaluation:\n")
    workshop.write("spec.yaml", text[:start] + text[end:])
    workshop.change("logs/s.json", "logs/t.json")
    ran = workshop.run("check", "spec.yaml")
    assert ran.code == 2
    assert "there is no logs/t.json" in ran.err
    assert "did you mean logs/s.json?" in ran.err


def test_an_arm_beside_tuned_tells_what_it_knows(workshop: Workshop) -> None:
    workshop.write(
        "runs/last-week/simulated_adapter.json", '{"role": "tuned", "arm": {"right": 0.5}}'
    )
    workshop.write("runs/last-week/trainer_state.json", STATE)
    workshop.change(
        "evaluation:\n",
        "arms:\n  previous: {adapter: {method: existing, path: runs/last-week}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, previous]\n")
    ran = workshop.build()
    assert ran.code == 0, ran.err
    report = workshop.report()
    assert report.training is not None
    assert report.training.trained_here
    assert report.other_trainings["previous"].best_step == 4
    assert "### Behind the arm `previous`" in (workshop.out / "report.md").read_text()
    assert "Behind the arm previous" in (workshop.out / "report.html").read_text()


def test_an_adapter_of_another_kind_is_told_before_anything_is_loaded(workshop: Workshop) -> None:
    workshop.write("runs/ia3/adapter_config.json", '{"peft_type": "IA3"}')
    workshop.write("runs/ia3/adapter_model.safetensors", "")
    workshop.change(
        "evaluation:\n",
        "arms:\n  other: {adapter: {method: existing, path: runs/ia3}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, other]\n")
    assert (
        " blocked: adapter runs/ia3 is of the kind IA3, not LoRA or "
        "DoRA; merge it into a model, and name that under arms as {model: ...}\n"
    ) in workshop.plan().out


REAL = """\
evalreport: 1
name: orders
base_model: {path: ./model, dtype: float32}
adapter: {method: existing, path: runs/mine}
datasets:
  train: {path: data/train.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  test: {path: data/test.jsonl}
evaluation:
  primary: {layer: extraction, metric: exact_match, gain_at_least: 0.5}
  layers:
    - kind: generation
      name: extraction
      dataset: test
      items: {n: 6, seed: 1}
      decoding: {max_new_tokens: 8, temperature: 0}
      metrics: [exact_match]
    - {kind: overfitting, name: seen-vs-unseen, unseen: test, sample: 8, suffix_tokens: 4}
report: {formats: [markdown]}
"""


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["adapter", "model"])
def test_a_real_model_that_was_trained_elsewhere(tmp_path: Path, kind: str) -> None:
    from transformers.trainer_callback import TrainerState

    made = Workshop.made(tmp_path / "w", REAL)
    made.write("data/train.jsonl", rows(0, 12, "train") + rows(0, 2, "test"))
    made.write("data/test.jsonl", rows(0, 12, "test"))
    model = tiny_model(made.folder / "model")
    if kind == "adapter":
        place = tiny_adapter(model, made.folder / "runs/mine")
    else:
        place = tiny_model(made.folder / "runs/mine", seed=5)
        made.change("adapter: {method: existing, path: runs/mine}\n", "")
        made.change("evaluation:\n", "arms:\n  tuned: {model: ./runs/mine}\nevaluation:\n")
    entries = [
        {"epoch": 0.5, "step": 5, "loss": 5.5, "learning_rate": 2e-4, "grad_norm": float("nan")},
        {"epoch": 0.5, "step": 5, "eval_loss": 5.2, "eval_mean_token_accuracy": 0.1},
        {"epoch": 1.0, "step": 10, "loss": 5.0, "learning_rate": 0.0},
        {"epoch": 1.0, "step": 10, "eval_loss": 5.1},
    ]
    state = TrainerState(epoch=1.0, global_step=10, max_steps=10, log_history=entries)
    state.save_to_json(str(place / "trainer_state.json"))
    ran = made.build("--accept-underpowered")
    assert ran.code == 0, ran.both
    report = made.report()
    training = report.training
    assert training is not None
    assert [(p.step, p.eval_loss) for p in training.curve] == [(5, 5.2), (10, 5.1)]
    assert (training.best_step, training.weights_step, training.steps) == (10, 10, 10)
    if kind == "adapter":
        assert training.used["adapter.r"] == 4
        assert training.used["base_model"] == str(model)
        assert isinstance(training.trainable_parameters, int)
        assert training.trainable_parameters > 1000
    assert [gap.name for gap in report.gaps] == ["gap", "regurgitation"]
    (leak,) = report.overlaps
    assert leak.exact == 2
    statuses = {remark.rule: remark.status for remark in report.remarks}
    assert statuses["train-eval-overlap"] is Status.BROKEN
    assert statuses["not-best-checkpoint"] is Status.KEPT
    assert statuses["single-seed"] is Status.BROKEN
