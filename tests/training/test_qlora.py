"""qlora below the plan's refusal: trained here on a processor, without an evaluation in between.

After an evaluation in bfloat16 the gradients of bitsandbytes on a processor may be wrong, which is
why a plan refuses it; what is done with them is the same on a GPU.
"""

from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.adapters import Adapters
from evalreport.engines.base import AdapterFiles, Load, Progress
from evalreport.engines.loading import load_model
from evalreport.records import Dtype, Quantization, TrainingLog
from evalreport.training.opening import Opened, open_job
from evalreport.training.options import QLora
from evalreport.training.sft import TrainJob, train
from evalreport.training.world import World
from tests.tiny import tiny_model
from tests.training.test_resume import Died, train_failing_at
from tests.training.toys import job

pytestmark = pytest.mark.torch
HELD = ["nf4", "int8"]


def qlora_job(model: Path, folder: Path, held: str, **changes: object) -> TrainJob:
    adapter = QLora.model_validate({"r": 8, "alpha": 16, "quantization": held})
    settings = {"evaluate_every": None, "keep": "last", "checkpoints": "none", **changes}
    made = job(model, folder, adapter=adapter, dtype=Dtype.BFLOAT16, **settings)  # type: ignore[arg-type]  # fields of Training
    load = made.load.model_copy(update={"quantization": Quantization(held)})
    return made.model_copy(update={"load": load, "select": ()})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("qlora") / "model")


@pytest.mark.parametrize("held", HELD)
def test_it_learns_and_says_what_it_trained_on(model: Path, tmp_path: Path, held: str) -> None:
    given = qlora_job(model, tmp_path / "run", held)
    log: TrainingLog = train(given, lambda _: None)
    losses = [one.train_loss for one in log.curve if one.train_loss is not None]
    assert len(losses) == 10
    assert losses[-1] < losses[0] - 1
    used = log.used
    assert (used["adapter.method"], used["adapter.quantization"]) == ("qlora", held)
    assert used["adapter.target_modules"] == "all-linear"
    assert used["compute_dtype"] == "bfloat16"
    assert used["trained_dtype"] == "bfloat16"  # trl follows the paper here
    assert "bitsandbytes_version" in used
    assert all(used[name] == value for name, value in log.asked.items() if name in used)
    dense = sum(one.numel() for one in load_model(_dense(given), "cpu").parameters())
    assert log.total_parameters == dense + log.trainable_parameters

    # What it left behind answers on the base as it was held, which it did not change.
    import torch

    ids = torch.tensor([[*range(5, 40)]])
    base = load_model(given.load, "cpu")
    kept = log.checkpoints[0]
    files = AdapterFiles(folder=given.folder / kept.folder, digest=kept.digest)
    adapters = Adapters(base, is_quantized=True)
    with torch.inference_mode():
        before = base(ids).logits
        with adapters.on(files):
            tuned = base(ids).logits
        with adapters.on(None):
            after = base(ids).logits
    assert before.equal(after)
    assert not before.equal(tuned)


def _dense(given: TrainJob) -> Load:
    return given.load.model_copy(update={"quantization": Quantization.NONE})


@pytest.mark.parametrize("held", HELD)
def test_only_the_adapter_changes(
    model: Path, tmp_path: Path, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base's own tensors, packed constants included, before and after."""
    models: list[Any] = []
    before: dict[str, Any] = {}

    def watched(given: TrainJob, world: World) -> Opened:
        opened = open_job(given, world)
        models.append(opened.model)
        before.update(_tensors(opened.model))
        return opened

    monkeypatch.setattr("evalreport.training.sft.open_job", watched)
    train(qlora_job(model, tmp_path / "run", held), lambda _: None)
    after = {name.replace(".base_layer", ""): value for name, value in _tensors(models[0]).items()}
    assert before.keys() <= after.keys()
    assert all("lora_" in name for name in after.keys() - before.keys())
    assert all(after[name].equal(value) for name, value in before.items())


def _tensors(model: Any) -> dict[str, Any]:
    return {name: one.detach().clone() for name, one in model.state_dict().items()}


def test_an_interrupted_training_goes_on_to_the_same_adapter(model: Path, tmp_path: Path) -> None:
    def given(name: str) -> TrainJob:
        made = qlora_job(model, tmp_path / name, "nf4")
        return made.model_copy(update={"save_every_seconds": 0})

    whole = train(given("whole"), _quiet)
    train_failing_at(given("parts"), 7, Died())
    resumed = train(given("parts"), _quiet)
    assert resumed.resumed_from == 6
    assert [one.digest for one in resumed.checkpoints] == [one.digest for one in whole.checkpoints]


def _quiet(_: Progress) -> None:
    """Progress is of no interest."""
