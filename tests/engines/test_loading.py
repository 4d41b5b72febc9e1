import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.base import Load
from evalreport.engines.loading import load, load_model, load_tokenizer, resolved_device
from evalreport.errors import EvalReportError
from evalreport.records import Dtype
from tests.engines.conftest import load_of
from tests.gguf_files import write_gguf
from tests.tiny import tiny_model

pytestmark = pytest.mark.torch


def test_a_model_is_loaded_frozen_in_its_number_format(model: Path) -> None:
    import torch

    loaded = load(load_of(model, Dtype.BFLOAT16), device="cpu")
    assert loaded.device == "cpu"
    assert not loaded.model.training
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.bfloat16}
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    assert loaded.tokenizer.pad_token == "<|endoftext|>"


def test_tied_embeddings_count_as_there(tmp_path: Path) -> None:
    tied = load_model(load_of(tiny_model(tmp_path / "tied", tied=True)), "cpu")
    assert tied.get_output_embeddings().weight is tied.get_input_embeddings().weight


def test_pickled_weights_are_never_loaded(model: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = tiny_model(tmp_path / "m")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    what = load_of(model).model_copy(update={"folder": folder})
    with pytest.raises(EvalReportError, match="never pickles"):
        load_model(what, "cpu")


def test_missing_weights_are_an_error_and_not_noise(model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tiny_model(tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EvalReportError, match="up_proj"):
        load_model(load_of(model).model_copy(update={"folder": folder}), "cpu")


def test_remote_code_is_not_run(model: Path, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "m")
    (folder / "evil.py").write_text("raise SystemExit('ran')\n")
    config = (folder / "config.json").read_text()
    own = config.replace(
        '"model_type": "llama"',
        '"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", '
        '"AutoModelForCausalLM": "evil.Model"}',
    )
    assert own != config
    (folder / "config.json").write_text(own)
    what = load_of(model).model_copy(update={"folder": folder})
    with pytest.raises(EvalReportError, match="cannot be loaded"):
        load_model(what, "cpu")


def test_what_is_no_model_is_an_error_in_words(load: Load, tmp_path: Path) -> None:
    nowhere = load.model_copy(update={"folder": tmp_path})
    with pytest.raises(EvalReportError, match="model cannot be loaded"):
        load_model(nowhere, "cpu")
    with pytest.raises(EvalReportError, match="tokenizer cannot be loaded"):
        load_tokenizer(nowhere)


def test_a_device_that_is_not_there_is_an_error() -> None:
    import torch

    assert resolved_device("cpu") == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(EvalReportError, match="cuda"):
            resolved_device("cuda:0")


def test_a_gguf_file_loads_dense_and_trainable(tmp_path: Path) -> None:
    import torch

    path, source = write_gguf_model(tmp_path)
    what = Load(folder=path.parent, gguf_file=path.name, base_digest="x", dtype=Dtype.FLOAT32)
    model = load_model(what, "cpu")
    assert not getattr(model, "is_quantized", False)
    ids = torch.tensor([[5, 100, 101]])
    with torch.inference_mode():
        assert torch.allclose(model(ids).logits, source(ids).logits, atol=1e-4)


def write_gguf_model(folder: Path) -> tuple[Path, Any]:
    """A tiny llama as a GGUF file, and the model that is in it."""
    source = load_model(load_of(tiny_model(folder / "source")), "cpu")
    return write_gguf(folder / "tiny.gguf", source), source


def test_nothing_reaches_for_the_network(model: Path) -> None:
    """In a process of its own: no connection is made, no telemetry is on, stderr stays clean."""
    program = f"""
import socket, sys
def refuse(*given):
    raise SystemExit("somebody opened a connection")
socket.socket.connect = refuse
from pathlib import Path
from evalreport.engines.base import Load
from evalreport.engines.loading import load
from evalreport.records import Dtype
load(Load(folder=Path({str(model)!r}), base_digest="x", dtype=Dtype.FLOAT32), device="cpu")
import huggingface_hub.constants as hub
print(hub.HF_HUB_OFFLINE, hub.HF_HUB_DISABLE_TELEMETRY)
"""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TQDM"))}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "True True", done.stderr
    assert done.stderr == ""
