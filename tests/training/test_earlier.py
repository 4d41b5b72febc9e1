"""A training that was not done here: its state and settings, as far as plain files tell."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.records import EarlierTraining
from evalreport.training.earlier import read_earlier

# As a trainer of trl 1.16 writes it: three kinds of entries, NaN bare.
HISTORY = """[
  {"epoch": 0.5, "step": 5, "loss": 1.9, "grad_norm": 2.0, "learning_rate": 0.0002,
   "entropy": 1.2, "num_tokens": 900.0, "mean_token_accuracy": 0.61},
  {"epoch": 0.5, "step": 5, "eval_loss": 1.4, "eval_runtime": 3.0, "eval_mean_token_accuracy": 0.7},
  {"epoch": 1.0, "step": 10, "loss": NaN, "grad_norm": NaN, "learning_rate": 0.0001, "num_tokens": 1800.0},
  {"epoch": 1.0, "step": 10, "eval_loss": 1.6, "eval_runtime": 3.0},
  {"epoch": 1.0, "step": 10, "train_runtime": 90.0, "train_loss": 1.7, "total_flos": 1.0}
]"""


def write(folder: Path, name: str = "trainer_state.json", **changes: Any) -> Path:
    state = {
        "global_step": 10, "max_steps": 10, "epoch": 1.0, "best_global_step": None,
        "num_input_tokens_seen": 0, "train_batch_size": 4, "log_history": "HISTORY", **changes,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(state).replace('"HISTORY"', HISTORY))
    return folder


def read(folder: Path) -> EarlierTraining:
    return read_earlier(folder, path="runs/a")


def test_what_the_state_tells(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a"))
    assert [(p.step, p.epoch, p.train_loss, p.eval_loss) for p in found.curve] == [
        (5, 0.5, 1.9, 1.4),
        (10, 1.0, None, 1.6),
    ]
    assert (found.best_step, found.weights_step, found.steps, found.epochs) == (5, 10, 10, 1.0)
    assert (found.seconds, found.tokens) == (90.0, 1800)
    assert found.used == {
        "steps_planned": 10,
        "epochs_made": 1.0,
        "train_batch_size_per_device": 4,
        "highest_learning_rate": 0.0002,
    }
    assert found.notes == (
        "1 logged loss is not finite and left out",
        (
            "Its log also holds mean_token_accuracy: how often the next token was guessed, which is no "
            "accuracy at the task, and is not shown"
        ),
    )
    assert found.unknown == (
        "its learning_rate, schedule and seed",
        "which rows trained it (the spec may name them), and how many were cut or dropped",
    )
    assert "0.61" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("where", "state", "expected"),
    [
        ("a", {}, 10),
        ("a", {"best_global_step": 10}, 10),
        ("a", {"best_global_step": 5}, None),  # loaded at the end or not: nothing tells
        ("a/checkpoint-10", {}, 10),
        ("a/checkpoint-10", {"max_steps": 30}, None),  # the training went on after it
        (".", {}, None),  # another run may have written that
    ],
)
def test_from_which_step_the_weights_are(
    tmp_path: Path, where: str, state: Mapping[str, Any], expected: int | None
) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / where, **state)
    found = read(tmp_path / "a")
    assert found.weights_step == expected
    assert ("from which step these weights are" in found.unknown) is (expected is None)
    assert found.steps == 10
    assert any("10 of 30" in note for note in found.notes) is ("max_steps" in state)


@pytest.mark.parametrize(("loads_best", "expected"), [(True, 5), (False, 10)])
def test_settings_tell_which_step_was_loaded(
    tmp_path: Path, loads_best: bool, expected: int
) -> None:
    folder = write(tmp_path / "a", best_global_step=5)
    (folder / "training_args.json").write_text(json.dumps({"load_best_model_at_end": loads_best}))
    assert read(folder).weights_step == expected


def test_a_checkpoint_is_named_after_its_step(tmp_path: Path) -> None:
    write(tmp_path / "run")
    folder = tmp_path / "run/checkpoint-5"
    folder.mkdir()
    assert read(folder).weights_step == 5
    assert read(folder).read_from == ("../trainer_state.json",)


def test_a_checkpoint_of_its_own_is_nearer_than_the_folder_above(tmp_path: Path) -> None:
    write(tmp_path, global_step=99)
    write(tmp_path / "a/checkpoint-10")
    assert read(tmp_path / "a").steps == 10


def test_a_state_that_lies_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    state = write(tmp_path / "logs") / "trainer_state.json"
    found = read_earlier(tmp_path / "a", path="a", state=state)
    assert (found.steps, found.weights_step) == (10, None)
    assert read_earlier(tmp_path / "a", path="a").steps is None


@pytest.mark.parametrize(
    ("changes", "weights", "takes_last"),
    [
        ({}, "", True),
        ({"best_global_step": 5}, "", False),  # the best may have been loaded: nothing tells
        ({"best_model_checkpoint": "out/checkpoint-5"}, "", False),
        ({}, "adapter_model.safetensors", False),
        ({}, "pytorch_model-00001-of-00002.bin", False),
    ],
)
def test_of_a_state_without_weights_the_last_are_taken_and_not_chosen(
    tmp_path: Path, changes: Mapping[str, Any], weights: str, takes_last: bool
) -> None:
    state = write(tmp_path, **changes) / "trainer_state.json"
    if weights:
        (tmp_path / weights).touch()
    found = read_earlier(tmp_path, path="trainer_state.json", state=state)
    assert found.takes_last is takes_last
    assert not read(tmp_path).takes_last


@pytest.mark.parametrize(
    ("state", "planned"),
    [
        ({"num_train_epochs": 1}, 1.0),
        ({"num_train_epochs": 3, "max_steps": 30}, 3.0),
        ({"num_train_epochs": 3, "max_steps": 25}, 2.5),  # its trainer rounds 2.5 up
        ({"num_train_epochs": 0}, None),
        ({}, None),
    ],
)
def test_how_many_epochs_were_planned(
    tmp_path: Path, state: Mapping[str, Any], planned: float | None
) -> None:
    assert read(write(tmp_path, **state)).used.get("epochs_planned") == planned


YAML = """
learning_rate: 2e-4
num_train_epochs: 3
max_steps: -1
lr_scheduler_type: constant_with_warmup
warmup_ratio: 0.05
weight_decay: 0
seed: 7
max_seq_length: 2048
per_device_train_batch_size: 4
optim: adamw_torch
packing: false
hub_token: hf_secret
output_dir: /home/someone
"""


@pytest.mark.parametrize("name", ["args.yaml", "training_args.yml"])
def test_plain_settings_beside_it(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "a")
    (folder / name).write_text(YAML)
    found = read(folder)
    own = {key: value for key, value in found.used.items() if not key.startswith(("steps", "ep"))}
    assert own == {
        "training.learning_rate": 0.0002,
        "training.epochs": 3,
        "training.schedule": "constant",
        "training.warmup": 0.05,
        "training.weight_decay": 0,
        "training.seed": 7,
        "training.max_length": 2048,
        "micro_batch": 4,
        "optimizer": "adamw_torch",
        "packing": False,
        "train_batch_size_per_device": 4,
        "highest_learning_rate": 0.0002,
    }
    assert found.read_from == ("trainer_state.json", name)
    assert "secret" not in found.model_dump_json()
    assert "someone" not in found.model_dump_json()
    assert not any("learning_rate" in one for one in found.unknown)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    trap = b"cos\nsystem\n(S'touch " + str(tmp_path / "opened").encode() + b"'\ntR."
    (folder / "training_args.bin").write_bytes(trap)
    found = read(folder)
    assert not (tmp_path / "opened").exists()
    assert any(note.startswith("training_args.bin is not opened") for note in found.notes)


@pytest.mark.parametrize(
    "text",
    ["{", "[" * 100_000, "!!python/object/apply:os.system [ls]", "- a", "a: [", "\0"],
    ids=["open", "deep", "tag", "list", "yaml", "null"],
)
def test_files_that_are_no_settings_are_said_and_nothing_breaks(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for name in ("trainer_state.json", "args.yaml"):
        (folder / name).write_text(text)
    found = read(folder)
    assert (found.curve, found.used, found.read_from) == ((), {}, ())
    assert len(found.notes) == 2
    assert all("cannot be read" in note or "holds no settings" in note for note in found.notes)


def test_a_named_evaluation_set_is_one(tmp_path: Path) -> None:
    entry = {"step": 5, "epoch": 1.0, "eval_held_loss": 0.5, "eval_held_runtime": 1.0}
    found = read(write(tmp_path / "a", log_history=[entry]))
    assert [point.eval_loss for point in found.curve] == [0.5]
    two = read(write(tmp_path / "b", log_history=[entry | {"eval_seen_loss": 0.1, "loss": 1.0}]))
    assert [point.eval_loss for point in two.curve] == [None]
    assert any("2 evaluation losses" in note for note in two.notes)


def test_a_token_counter_that_was_started_again_is_not_a_count(tmp_path: Path) -> None:
    entries = [
        {"step": step, "epoch": 1.0, "loss": 1.0, "num_tokens": count}
        for step, count in ((5, 900), (10, 100))
    ]
    assert read(write(tmp_path / "a", log_history=entries)).tokens is None
    assert read(write(tmp_path / "b", log_history=entries[:1])).tokens == 900
    assert read(write(tmp_path / "c", num_input_tokens_seen=77)).tokens == 77


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "step", "epoch", "loss", "eval_loss", "eval_x_loss", "num_tokens", "train_runtime",
    ]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(state=st.dictionaries(st.sampled_from([
    "global_step", "max_steps", "epoch", "log_history", "best_global_step", "train_batch_size",
    "num_input_tokens_seen",
]), JSON, max_size=6))  # fmt: skip
def test_whatever_a_state_holds_something_is_said(
    tmp_path_factory: pytest.TempPathFactory, state: Any
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "trainer_state.json").write_text(json.dumps(state))
    found = read(folder)
    assert found.unknown
    assert EarlierTraining.model_validate_json(found.model_dump_json()) == found
