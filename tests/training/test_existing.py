"""An adapter that exists already: read as far as its files tell, refused where they mislead."""

import json
from pathlib import Path

import pytest

from evalreport.errors import DataError
from evalreport.training.existing import read_existing

CONFIG = {
    "peft_type": "LORA",
    "base_model_name_or_path": "org/base",
    "r": 8,
    "lora_alpha": 16,
    "lora_dropout": 0.1,
    "bias": "none",
    "use_rslora": False,
    "use_dora": False,
    "target_modules": ["v_proj", "q_proj"],
}
STATE = """{"global_step": 4, "log_history": [
  {"epoch": 0.5, "step": 2, "loss": 1.5, "learning_rate": 0.0002, "grad_norm": 2.0},
  {"epoch": 0.5, "step": 2, "eval_loss": 1.4, "eval_runtime": 3.0},
  {"epoch": 1.0, "step": 4, "loss": NaN, "grad_norm": 1.0, "learning_rate": "1e-4"},
  {"epoch": 1.0, "step": 4, "eval_loss": 1.6},
  {"epoch": 1.0, "step": 4, "train_runtime": 9.0, "train_loss": 1.5},
  "noise", {"loss": 3.0}
]}"""


def adapter(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({**CONFIG, **changes}))
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


def test_the_configuration_by_the_spec_s_names(tmp_path: Path) -> None:
    found = read_existing(adapter(tmp_path / "a"), path="runs/a")
    assert found.base == "org/base"
    assert (found.training.path, found.training.read_from) == ("runs/a", ("adapter_config.json",))
    assert found.training.used == {
        "adapter.method": "lora",
        "adapter.r": 8,
        "adapter.alpha": 16,
        "adapter.dropout": 0.1,
        "adapter.bias": "none",
        "adapter.use_rslora": False,
        "adapter.target_modules": ["q_proj", "v_proj"],
    }
    assert found.training.curve == ()
    assert found.training.steps is None
    assert found.training.notes == ("There is no trainer_state.json near it",)
    assert "how its loss went" in found.training.unknown
    assert "from which step these weights are" in found.training.unknown
    dora = read_existing(adapter(tmp_path / "d", use_dora=True, base_model_name_or_path=None))
    assert dora.training.used["adapter.method"] == "dora"
    assert dora.base is None
    assert dora.digest != found.digest


@pytest.mark.parametrize("place", ["a", ".", "a/checkpoint-4"])
def test_the_curve_from_the_nearest_state(tmp_path: Path, place: str) -> None:
    folder = adapter(tmp_path / "a")
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "trainer_state.json").write_text(STATE)
    found = read_existing(folder).training
    assert [(p.step, p.train_loss, p.eval_loss, p.learning_rate) for p in found.curve] == [
        (2, 1.5, 1.4, 0.0002),
        (4, None, 1.6, 1e-4),
    ]
    assert found.best_step == 2
    assert found.steps == 4


def test_the_newest_checkpoint_counts(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    for step in (5, 10):
        (folder / f"checkpoint-{step}").mkdir()
        state = f'{{"global_step": {step}, "log_history": []}}'
        (folder / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    found = read_existing(folder).training
    assert found.steps == 10
    assert found.read_from == ("adapter_config.json", "checkpoint-10/trainer_state.json")


@pytest.mark.parametrize("spoil", ["nothing", "config", "weights", "kind", "pickle"])
def test_what_is_no_adapter_is_refused(tmp_path: Path, spoil: str) -> None:
    folder = adapter(tmp_path / "a", **({"peft_type": "IA3"} if spoil == "kind" else {}))
    if spoil == "nothing":
        folder = tmp_path / "missing"
    elif spoil == "config":
        (folder / "adapter_config.json").write_text("{")
    elif spoil in {"weights", "pickle"}:
        (folder / "adapter_model.safetensors").unlink()
    if spoil == "pickle":
        (folder / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(DataError) as caught:
        read_existing(folder)
    (problem,) = caught.value.problems
    assert str(folder) in problem.where
    assert problem.hint


def test_a_broken_state_is_said_and_the_adapter_still_read(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a")
    (folder / "trainer_state.json").write_text("{")
    found = read_existing(folder).training
    assert found.curve == ()
    assert found.notes[0].startswith("trainer_state.json cannot be read: ")
    assert found.read_from == ("adapter_config.json",)
