"""A small spec with a tiny model of random weights: the local engine, end to end, in seconds."""

import json
from pathlib import Path
from typing import Any

from evalreport.engines.model_files import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from tests.builds.workshop import Workshop, orders
from tests.tiny import CHAT_TEMPLATE, tiny_adapter, tiny_model

SPEC = """\
evalreport: 1
name: orders
title: Orders become JSON
base_model: {path: ./model}
adapter: {method: lora, r: 4, target_modules: all-linear}
datasets:
  train: {path: data/train.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  test: {path: data/test.jsonl}
training: {learning_rate: 1e-3, max_steps: 2, global_batch_size: 4, max_length: 128}
engine: {kind: local, device: cpu}
evaluation:
  primary: {layer: loss, metric: nll, gain_at_least: 0.2}
  layers:
    - {kind: perplexity, name: loss, dataset: test}
report: {formats: [markdown]}
"""


def tiny_workshop(folder: Path, *, chat_template: str | None = CHAT_TEMPLATE) -> Workshop:
    """A workshop whose base is a tiny model; eight rows to learn, ten to be asked."""
    workshop = Workshop(folder)
    workshop.write("data/train.jsonl", orders(0, 8, "train"))
    workshop.write("data/test.jsonl", orders(20, 10, "test"))
    workshop.write("spec.yaml", SPEC)
    tiny_model(folder / "model", chat_template=chat_template)
    return workshop


def with_existing(workshop: Workshop, **options: Any) -> Path:
    """Evaluate an adapter of this base that somebody trained elsewhere, in place of training.

    Returns:
        The adapter's folder.
    """
    folder = tiny_adapter(workshop.folder / "model", workshop.folder / "adapter", **options)
    text = (workshop.folder / workshop.spec).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("training:")]
    text = "\n".join(lines) + "\n"
    lora = "{method: lora, r: 4, target_modules: all-linear}"
    workshop.write(workshop.spec, text.replace(lora, "{method: existing, path: adapter}"))
    return folder


def change_config(folder: Path, name: str = ADAPTER_CONFIG, **values: Any) -> None:
    """Other values in a JSON file of a model or an adapter."""
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def change_weights(folder: Path, change: Any) -> None:
    """Put an adapter's tensors, by name, through a function."""
    from safetensors.torch import load_file, save_file

    path = folder / ADAPTER_WEIGHTS
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file(change(tensors), path, metadata={"format": "pt"})
