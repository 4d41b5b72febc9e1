import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.digest import digest_file, digest_of
from evalreport.engines.model_digests import adapter_digest, base_digest, checkpoint_digest
from evalreport.engines.model_files import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from tests.engines.model_folders import found, write_model


def test_the_digest_of_a_base_is_that_of_its_content(tmp_path: Path) -> None:
    one = found("./one", write_model(tmp_path / "one").parent)
    other = found("./other", write_model(tmp_path / "other").parent)
    digest = base_digest(one)
    assert digest == base_digest(other)
    (tmp_path / "other" / "README.md").write_text("changed")
    assert digest == base_digest(found("./other", tmp_path))
    (tmp_path / "other" / "chat_template.jinja").write_text("{{ messages }}")
    assert digest != base_digest(found("./other", tmp_path))
    (tmp_path / "one" / "model.safetensors").write_bytes(b"Weights")
    assert digest != base_digest(one)


def test_a_renamed_gguf_file_is_the_same_model(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    digests = {base_digest(found(f"./{name}", tmp_path)) for name in ("a.gguf", "b.gguf")}
    assert len(digests) == 1


def test_a_tokenizer_beside_a_gguf_file_is_another_model(tmp_path: Path) -> None:
    """transformers takes it in place of the one in the file."""
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    (tmp_path / "__init__.py").write_text("")  # a package that carries it
    alone = base_digest(found("./a.gguf", tmp_path))
    assert alone == digest_of("base", [["gguf", digest_file(tmp_path / "a.gguf")]])
    (tmp_path / "tokenizer.json").write_text("{}")
    files = found("./a.gguf", tmp_path)
    assert files.names == ("a.gguf", "tokenizer.json")
    beside = base_digest(files)
    assert beside != alone
    (tmp_path / "tokenizer.json").write_text("{ }")
    assert base_digest(found("./a.gguf", tmp_path)) not in {alone, beside}


def test_the_memory_of_files_is_asked_for_every_file(tmp_path: Path) -> None:
    files = found("./one", write_model(tmp_path / "one").parent)
    asked: list[str] = []

    def remembering(path: Path) -> str:
        asked.append(path.name)
        return digest_file(path)

    assert base_digest(files, remembering) == base_digest(files)
    assert asked == [*files.names]


def write_adapter(folder: Path, **settings: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ADAPTER_CONFIG).write_text(json.dumps({"r": 8, "peft_type": "LORA", **settings}))
    (folder / ADAPTER_WEIGHTS).write_bytes(b"weights")
    return folder


def test_an_adapter_keeps_its_digest_when_only_its_surroundings_change(tmp_path: Path) -> None:
    first = write_adapter(
        tmp_path / "a",
        base_model_name_or_path="/home/one/base",
        target_modules=["q_proj", "v_proj"],
        inference_mode=True,
        peft_version="0.21.2",
    )
    second = write_adapter(
        tmp_path / "b",
        base_model_name_or_path="org/base",
        revision="main",
        target_modules=["v_proj", "q_proj"],
        inference_mode=False,
        peft_version="0.22.0",
    )
    assert adapter_digest(first) == adapter_digest(second)
    assert checkpoint_digest(first) == adapter_digest(first)


@given(r=st.integers(1, 64), alpha=st.integers(1, 64))
def test_an_adapter_with_another_meaning_has_another_digest(
    tmp_path_factory: pytest.TempPathFactory, r: int, alpha: int
) -> None:
    folder = tmp_path_factory.mktemp("adapter")
    one = adapter_digest(write_adapter(folder / "one", r=r, lora_alpha=alpha))
    other = adapter_digest(write_adapter(folder / "other", r=r, lora_alpha=alpha + 1))
    assert one != other
    (folder / "one" / ADAPTER_WEIGHTS).write_bytes(b"Weights")
    assert adapter_digest(folder / "one") != one


def test_an_adapter_that_is_not_whole_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=ADAPTER_CONFIG):
        adapter_digest(tmp_path)
    write_adapter(tmp_path / "a")
    (tmp_path / "a" / ADAPTER_CONFIG).write_text("[1]")
    with pytest.raises(OSError, match="no JSON object"):
        adapter_digest(tmp_path / "a")
    pickled = write_adapter(tmp_path / "b")
    (pickled / ADAPTER_WEIGHTS).rename(pickled / "adapter_model.bin")
    with pytest.raises(OSError, match="pickle"):
        adapter_digest(pickled)


def test_a_checkpoint_is_an_adapter_or_a_whole_model(tmp_path: Path) -> None:
    whole = write_model(tmp_path / "whole")
    assert checkpoint_digest(whole) == base_digest(found("./whole", tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OSError, match=r"no config\.json"):
        checkpoint_digest(tmp_path / "empty")
