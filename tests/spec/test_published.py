"""`training: {recorded: ...}`: what others trained, as it is written and what is wrong with it."""

from pathlib import Path

import pytest

from evalreport.records import Hardware, PublishedLoss
from evalreport.spec.load import load_spec
from evalreport.training.options import Lora
from evalreport.training.published import TrainedElsewhere, read_recorded

from .conftest import Printed

SPEC = """\
evalreport: 1
name: audit
base_model: {path: org/base}
adapter: {method: lora, r: 64}
training:
  recorded:
    source: a model card
    settings: {learning_rate: 2e-4, epochs: 3, global_batch_size: 8, optimizer: AdamW, betas: [0.9, 0.999]}
    rows: {train: 9405, validation: 495}
    steps: 1803
    seconds_per_step: 4.29
    hours: 2.5
    hardware: {gpu: NVIDIA L40S, gpus: 4, gpu_gigabytes: 48, watts: 800}
    losses: [{epoch: 1.66, eval_loss: 0.4029, token_accuracy: 0.8811}, {train_loss: [0.237, 0.253]}]
    relative: [{metric: train_loss, change: -0.6451}]
    shares: [{what: correct, k: 3300, of: 9900, share: 0.33}]
evaluation:
  layers: [{kind: recorded, name: card, rows: [{metric: accuracy, tuned: 0.5}]}]
cost:
  recorded:
    lines: [{name: power, amount: 5, hours: 2.5, watts: 800}]
    alternatives: [{name: hosted, per_call: 0.03}]
    break_even: {calls: 10000, against: hosted}
"""


def test_it_is_read_as_it_was_said(folder: Path) -> None:
    (folder / "spec.yaml").write_text(SPEC)
    spec = load_spec(Path("spec.yaml")).spec
    assert isinstance(spec.training, TrainedElsewhere)
    assert spec.to_train is None
    assert not spec.trains_here
    assert spec.told_training is not None
    made = read_recorded(spec.told_training, spec.adapter, folder)
    assert (made.method, made.steps, made.hours, made.epochs) == ("lora", 1803, 2.5, 3)
    assert made.losses[0] == PublishedLoss(epoch=1.66, eval_loss=0.4029, token_accuracy=0.8811)
    assert made.losses[1].train_loss == (0.237, 0.253)
    assert made.hardware == Hardware(gpu="NVIDIA L40S", gpus=4, gpu_gigabytes=48, watts=800)
    # What the card does not say is no default of ours.
    assert made.used == {
        "adapter.r": 64,
        "training.learning_rate": 0.0002,
        "training.epochs": 3,
        "training.global_batch_size": 8,
        "optimizer": "AdamW",
        "betas": [0.9, 0.999],
    }
    assert isinstance(spec.adapter, Lora)
    assert spec.adapter.alpha == 32
    assert made.unknown == (
        "its schedule and seed",
        "which rows they were, and how many were cut or dropped",
        "how its loss went on the way",
        "from which step the weights are",
    )


def test_nothing_said_is_nothing_known(folder: Path) -> None:
    start = SPEC.index("    settings:")
    bare = SPEC[:start] + SPEC[SPEC.index("evaluation:") :]
    (folder / "spec.yaml").write_text(bare.replace("adapter: {method: lora, r: 64}\n", ""))
    spec = load_spec(Path("spec.yaml")).spec
    assert spec.told_training is not None
    made = read_recorded(spec.told_training, spec.adapter, folder)
    assert (made.method, made.used, made.steps, made.losses) == ("", {}, None, ())
    assert made.unknown[:3] == (
        "how the model was adapted",
        "its learning rate, schedule, number of epochs, batch size and seed",
        "on how many rows it trained",
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "  recorded:\n    source",
            "  learning_rate: 1e-3\n  recorded:\n    source",
            "learning_rate and recorded exclude each other\n  keep one of them",
        ),
        (
            "learning_rate: 2e-4",
            "lr: 2e-4",
            "lr is called otherwise here, and no rule would look at it\n  use learning_rate",
        ),
        (
            "global_batch_size: 8",
            "global_batch_sise: 8",
            (
                "unknown setting global_batch_sise, which would be taken as one more\n"
                "  did you mean global_batch_size?"
            ),
        ),
        (
            "epochs: 3, ",
            "epochs: 3, lora_r: 8, ",
            (
                "lora_r is called otherwise here, and no rule would look at it\n"
                "  use adapter.r, beside training"
            ),
        ),
        (
            "share: 0.33",
            "share: 33",
            "a share is at most 1, not 33\n  fractions, not percent: 0.33",
        ),
        (
            "[0.237, 0.253]",
            "[0.253, 0.237]",
            "the range ends below where it begins (0.253 to 0.237)\n  write the lower end first",
        ),
        (
            "hours: 2.5\n    hardware",
            "hour: 2.5\n    hardware",
            "unknown key hour\n  did you mean hours?",
        ),
        (
            "    steps: 1803\n",
            "    steps: 1803\n    trainer_state: runs/state.json\n",
            "there is no runs/state.json\n  the folder runs is not there either",
        ),
        (
            "{train_loss: [0.237, 0.253]}",
            "{epoch: 2}",
            "a point has a train_loss, an eval_loss or a token_accuracy",
        ),
        ("metric: train_loss", "metric: loss", "is none of train_loss, eval_loss"),
        (
            "against: hosted",
            "against: hostd",
            "there is no alternative hostd\n  did you mean hosted?",
        ),
        (
            "watts: 800}]",
            "gpu_hour: 1, per_kwh: 1}]",
            "the price of a GPU hour holds its electricity already\n  keep gpu_hour",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    printed: Printed, old: str, new: str, says: str
) -> None:
    assert SPEC.count(old) == 1
    said = printed(SPEC.replace(old, new))
    assert says in said
    assert said.startswith("spec.yaml:")
    assert "problems" not in said


def test_an_empty_record_and_a_tuned_arm_beside_it(printed: Printed) -> None:
    start = SPEC.index("  recorded:\n    source")
    empty = SPEC[:start] + "  recorded: {}\n" + SPEC[SPEC.index("evaluation:") :]
    assert "nothing is recorded of this training" in printed(empty)
    # What others published may also be asked here.
    beside = SPEC.replace("evaluation:\n", "arms: {tuned: {model: org/tuned}}\nevaluation:\n")
    assert printed(beside) == ""


def test_a_layer_that_asks_tuned_has_nobody_to_ask(printed: Printed) -> None:
    asked = SPEC.replace(
        "evaluation:\n",
        "datasets: {test: {path: data/test.jsonl, prompt: '{{ q }}', completion: '{{ a }}'}}\n"
        "evaluation:\n  primary: {layer: qa, metric: exact_match, gain_at_least: 0.1}\n",
    ).replace(
        "  layers: [",
        "  layers: [{kind: generation, name: qa, dataset: test, metrics: [exact_match]}, ",
    )
    assert "there is no tuned model to compare with base" in printed(asked)
