"""What preflight finds in loaded weights, where no file on disk can be built to show it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.adapters import Adapters
from evalreport.engines.base import AdapterFiles, Load, Probe
from evalreport.engines.loading import LoadedModel, end_tokens, load
from evalreport.engines.model_digests import adapter_digest
from evalreport.engines.network import network_of
from evalreport.engines.probing import probed
from evalreport.engines.prompts import codec_of
from evalreport.errors import EvalReportError
from evalreport.records import Check, Dtype, Raw
from tests.tiny import tiny_adapter, tiny_model
from tests.training.toys import load_of

pytestmark = pytest.mark.torch


class Sticky(Adapters):
    """An adapter that leaves something of itself in the base when it is switched off."""

    def __init__(self, model: Any, left: float) -> None:
        super().__init__(model)
        self._base, self._left = model, left

    @contextmanager
    def on(self, adapter: AdapterFiles | None) -> Iterator[None]:
        with super().on(adapter):
            yield
        if adapter is not None:
            head = self._base.get_output_embeddings().weight
            head.data = head.data + self._left


def looked_at(tmp_path: Path, left: float, device: str = "cpu") -> dict[str, Check]:
    model = tiny_model(tmp_path / "model")
    folder = tiny_adapter(model, tmp_path / "adapter")
    loaded = load(load_of(model), device=device)
    network = network_of(loaded.model, loaded.device)
    probe = Probe(
        adapter=AdapterFiles(folder=folder, digest=adapter_digest(folder)),
        prompts=(Raw(text="the quick brown"), Raw(text="order two")),
        base_names=("./model",),
        base_digest="base",
    )
    codec = codec_of(loaded.tokenizer, end_tokens(loaded.model))
    found = probed(network, codec, Sticky(loaded.model, left), probe)
    return {check.name: check for check in found}


def test_a_base_that_is_itself_again(tmp_path: Path) -> None:
    checks = looked_at(tmp_path, 0.0)
    assert checks["base_restored"].status == "passed"
    assert "bit for bit" in checks["base_restored"].text
    assert checks["adapter_active"].status == "passed"
    assert "on 2 prompts" in checks["adapter_active"].text


@pytest.mark.parametrize("left", [0.5, 1e-6])
def test_a_base_that_keeps_something_of_the_adapter(tmp_path: Path, left: float) -> None:
    checks = looked_at(tmp_path, left)
    assert checks["base_restored"].status == "failed"
    assert "the base is not itself again" in checks["base_restored"].text
    assert "merged model" in checks["base_restored"].hint


def probe_of(folder: Path) -> Probe:
    return Probe(
        adapter=AdapterFiles(folder=folder, digest=adapter_digest(folder)),
        prompts=(Raw(text="the quick brown"),),
        base_digest="base",
    )


def test_a_fault_on_the_way_is_no_finding_about_the_adapter(
    tmp_path: Path, loaded_tiny: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that did not suffice today says nothing about tomorrow."""
    folder = tiny_adapter(tiny_model(tmp_path / "model"), tmp_path / "adapter")
    network = network_of(loaded_tiny.model, loaded_tiny.device)
    codec = codec_of(loaded_tiny.tokenizer, end_tokens(loaded_tiny.model))
    adapters = Adapters(loaded_tiny.model)

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("CUDA out of memory")

    with monkeypatch.context() as patched:
        patched.setattr("safetensors.torch.load_file", full)
        with pytest.raises(EvalReportError, match="CUDA out of memory"):
            probed(network, codec, adapters, probe_of(folder))
    checks = {one.name: one for one in probed(network, codec, adapters, probe_of(folder))}
    assert checks["adapter_fits"].status == "passed"


def test_an_adapter_of_another_kind_is_a_finding(tmp_path: Path, loaded_tiny: LoadedModel) -> None:
    folder = tiny_adapter(tiny_model(tmp_path / "model"), tmp_path / "adapter")
    (folder / "adapter_config.json").write_text(
        '{"peft_type": "IA3", "task_type": "CAUSAL_LM", "target_modules": ["q_proj"], '
        '"feedforward_modules": []}'
    )
    network = network_of(loaded_tiny.model, loaded_tiny.device)
    codec = codec_of(loaded_tiny.tokenizer, end_tokens(loaded_tiny.model))
    found = probed(network, codec, Adapters(loaded_tiny.model), probe_of(folder))
    (check,) = (one for one in found if one.name == "adapter_fits")
    assert check.status == "failed"
    assert "IA3 are not supported" in check.text


@pytest.mark.parametrize(
    ("named", "base", "status"),
    [
        ("Qwen/Qwen2-0.5B-Instruct", "./models/qwen2-0.5b-instruct", "passed"),
        ("unsloth/Qwen3-4B-unsloth-bnb-4bit", "Qwen/Qwen3-4B", "passed"),
        ("/home/me/Qwen3-4B/", "Qwen/Qwen3-4B", "passed"),
        ("Qwen/Qwen3-4B", "package:a/Qwen3-4B.Q4_1.gguf", "passed"),
        ("Qwen/Qwen3-4B", "Qwen/Qwen3-8B", "failed"),
        ("Qwen/Qwen3-4B-Base", "Qwen/Qwen3-4B", "failed"),
        (None, "Qwen/Qwen3-8B", "unchecked"),
        ("", "Qwen/Qwen3-8B", "unchecked"),
    ],
)
def test_which_base_an_adapter_names(
    tmp_path: Path, named: str | None, base: str, status: str, loaded_tiny: LoadedModel
) -> None:
    import json

    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": named}))
    from evalreport.engines.probing import _base_check

    network = network_of(loaded_tiny.model, loaded_tiny.device)
    probe = Probe(adapter=None, prompts=(), base_names=(base,), base_digest="d")
    check = _base_check(folder, network, probe)
    assert check.status == status
    if status == "failed":
        assert f"base_model.hub_id: {named}" in check.hint


@pytest.fixture(scope="module")
def loaded_tiny(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    model = tiny_model(tmp_path_factory.mktemp("tiny"))
    return load(Load(folder=model, base_digest="d", dtype=Dtype.FLOAT32))
