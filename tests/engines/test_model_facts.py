import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from evalreport.engines.model_facts import GGUF_ARCHITECTURES, ModelFacts, read_facts
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.errors import DataError
from tests.engines.test_gguf_header import write as write_gguf

CONFIG = {
    "model_type": "qwen2",
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 100,
    "max_position_embeddings": 512,
}


def facts_of(folder: Path) -> ModelFacts:
    files = locate(str(folder), relative_to=Path())
    assert isinstance(files, ModelFiles)
    return read_facts(files)


def write_model(folder: Path, **config: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    save_file(
        {"a": np.zeros((10, 4), np.float16), "b": np.zeros(3, np.float32)},
        folder / "model.safetensors",
    )
    return folder


def test_facts_of_a_folder(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    facts = facts_of(folder)
    assert facts.architecture == "qwen2"
    assert facts.parameters == 43
    assert facts.stored_as == "float16"
    assert facts.stored_form == "stored as float16"
    assert (facts.layers, facts.hidden_size, facts.head_size) == (3, 64, 16)
    assert (facts.key_value_heads, facts.vocabulary, facts.max_positions) == (2, 100, 512)
    assert facts.weight_bytes == (folder / "model.safetensors").stat().st_size
    assert not facts.has_chat_template
    assert facts.unsupported_reason() is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("chat_template.jinja", "{{ messages }}"),
        ("tokenizer_config.json", '{"chat_template": "{{ messages }}"}'),
    ],
)
def test_a_chat_template_is_seen_wherever_it_is(tmp_path: Path, name: str, content: str) -> None:
    folder = write_model(tmp_path / "m")
    (folder / name).write_text(content)
    assert facts_of(folder).has_chat_template


def test_sizes_of_a_nested_and_of_an_old_configuration(tmp_path: Path) -> None:
    nested = write_model(tmp_path / "n", text_config={"hidden_size": 32, "num_hidden_layers": 7})
    assert (facts_of(nested).hidden_size, facts_of(nested).layers) == (32, 7)
    old = tmp_path / "o"
    write_model(old)
    (old / "config.json").write_text(
        json.dumps(
            {"model_type": "gpt2", "n_embd": 48, "n_layer": 2, "n_head": 4, "n_positions": 9}
        )
    )
    facts = facts_of(old)
    assert (facts.hidden_size, facts.layers, facts.heads, facts.max_positions) == (48, 2, 4, 9)
    assert facts.key_value_heads == 4
    assert facts.vocabulary is None


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    seq2seq = facts_of(write_model(tmp_path / "a", model_type="t5", is_encoder_decoder=True))
    assert "encoder-decoder" in str(seq2seq.unsupported_reason())
    own = facts_of(write_model(tmp_path / "b", auto_map={"AutoModelForCausalLM": "m.M"}))
    assert "trust_remote_code" in str(own.unsupported_reason())
    assert own.unsupported_reason(trust_remote_code=True) is None


def test_a_quantized_release_is_told(tmp_path: Path) -> None:
    facts = facts_of(write_model(tmp_path / "m", quantization_config={"quant_method": "awq"}))
    assert facts.stored_as == "awq"


def test_facts_of_a_gguf_file(tmp_path: Path) -> None:
    facts = facts_of(write_gguf(tmp_path / "m.gguf"))
    assert facts.gguf
    assert facts.stored_form == "dequantised 4-bit copy (Q4_1)"
    assert (facts.parameters, facts.layers, facts.max_positions) == (40, 3, 512)
    assert facts.vocabulary == 3
    assert facts.has_chat_template
    assert facts.unsupported_reason() is None
    other = facts.model_copy(update={"architecture": "llama4"})
    assert "llama4" in str(other.unsupported_reason())
    assert facts.model_copy(update={"stored_as": "BF16"}).stored_form == "GGUF copy in BF16"


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x02\x00\x00\x00\x00\x00\x00\x00{}x"])
def test_a_damaged_safetensors_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "model.safetensors").write_bytes(content)
    if content.endswith(b"{}x"):
        assert facts_of(folder).parameters == 0
        return
    with pytest.raises(DataError, match=r"model\.safetensors"):
        facts_of(folder)


def test_a_damaged_configuration_is_an_error(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "config.json").write_text("{")
    with pytest.raises(DataError, match=r"config\.json"):
        facts_of(folder)


@pytest.mark.torch
def test_gguf_architectures_are_those_of_transformers() -> None:
    from transformers.integrations.gguf import GGUF_CONFIG_ARCHS
    from transformers.modeling_gguf_pytorch_utils import GGUF_SUPPORTED_ARCHITECTURES

    known = {*GGUF_SUPPORTED_ARCHITECTURES, *GGUF_CONFIG_ARCHS} - {"general", "tokenizer"}
    spelled = {"qwen2_moe": "qwen2moe", "qwen3_moe": "qwen3moe", "minimax_m2": "minimax-m2"}
    ours = {spelled.get(name, name) for name in known} - {"t5", "umt5"} | {"gpt-oss"}
    assert ours == GGUF_ARCHITECTURES
