"""What must not leave is found by value, by its look and by its place, in text and before weights."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from evalreport.publish.leaks import absolute_paths, known_here, leaks
from evalreport.publish.model import PlannedFile, copied_file, made_file, text_file
from evalreport.spec.asked import key_variables
from evalreport.spec.load import spec_of_text
from tests.publish.world import SPEC

HERE = Path("/srv/orders")
KNOWN = known_here({}, None, HERE)


def found(text: str) -> list[str]:
    return [one.what for one in leaks(text_file("spec.yaml", text, origin="", why=""), KNOWN)]


@pytest.mark.parametrize(
    "text",
    [
        "path: file:///home/alice/d",
        "x:/home/alice/d",
        "C:/Users/alice/d",
        "file:///srv/orders/d",
        "jar:/srv/orders/d",
    ],
)
def test_a_place_is_found_behind_a_scheme_and_a_colon(text: str) -> None:
    (what,) = found(text)
    assert "a path" in what


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/home/mina/x",
        "https://home/users/x, C:/Program Files, s3://srv/orders/x",
        "a time of 12:30, [a](https://example.org:8000/x@y)",
    ],
)
def test_addresses_are_no_places_and_no_passwords(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gsk_" + "a1" * 20, "a key of Groq"),
        ("nvapi-" + "a1" * 20, "a key of NVIDIA"),
        ("r8_" + "a1" * 20, "a token of Replicate"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk", "a signed token (JWT)"),
        ("url: https://alice:hunter2hunter2@git.corp/x", "an address with a password"),
    ],
)
def test_keys_of_more_services_are_known_by_their_look(text: str, words: str) -> None:
    (what,) = found(text)
    assert words in what
    assert "hunter2" not in what


def test_secrets_are_known_whatever_their_variable_is_called() -> None:
    environment = {
        "JUDGE_LOGIN": "q8w7e6r5",
        "OPENAI_KEY_PROD": "zzzzyyyyxxxxwwww",
        "AZURE_API_KEY_2": "aaaabbbbccccdddd",
        "DATABASE_URL": "postgres://u:verysecretpw@db",
        "TOKENIZERS_PARALLELISM": "this is no secret at all",
        "KEYBOARD": "this is no secret either",
    }
    known = known_here(environment, None, HERE, named=["JUDGE_LOGIN"])
    assert {*known.secrets.values()} == {
        "q8w7e6r5",
        "zzzzyyyyxxxxwwww",
        "aaaabbbbccccdddd",
        "verysecretpw",
    }


def test_the_spec_says_in_which_variables_keys_stand() -> None:
    judge = "{kind: judge, name: ab, on: asked, judges: [{model: m, base_url: 'https://a.b/v1', "
    layers = (
        "[{kind: generation, name: asked, dataset: test, metrics: [exact_match]}, "
        f"{judge}api_key_env: JUDGE_LOGIN}}]}}]"
    )
    text = SPEC.replace("[{kind: perplexity, name: loss, dataset: test}]", layers)
    spec = spec_of_text(text, (), "spec.yaml")
    assert key_variables(spec) == ("JUDGE_LOGIN",)


def test_places_are_those_of_report_spec_and_caches(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    environment = {
        "PWD": str(tmp_path / "link"),
        "HF_HOME": "/mnt/cache/of/models",
        "TMPDIR": "/tmp",  # too short: a prompt may name it
    }
    known = known_here(environment, None, real, folders=[tmp_path / "reports"])
    assert {
        str(real),
        str(tmp_path / "link"),
        str(tmp_path / "reports"),
        "/mnt/cache/of/models",
    } <= {*known.places}
    assert "/tmp" not in known.places


def weights(folder: Path, held_bytes: int) -> PlannedFile:
    metadata = {"dir": "/home/alice/customers", "tok": "hf_" + "A" * 34}
    save_file({"a": np.zeros(4, dtype=np.float32)}, folder / "m.safetensors", metadata=metadata)
    source = folder / "m.safetensors"
    return copied_file("m.safetensors", source, origin="", why="", held_bytes=held_bytes)


@pytest.mark.parametrize("held_bytes", [0, 1 << 20])
def test_the_header_of_weights_is_searched_as_text(tmp_path: Path, held_bytes: int) -> None:
    said = [(one.where, one.what) for one in leaks(weights(tmp_path, held_bytes), KNOWN)]
    assert [where for where, _ in said] == ["m.safetensors"] * 2
    assert "a token of Hugging Face" in said[0][1]
    assert "/home/alice" in said[1][1]


def test_numbers_of_weights_are_searched_for_known_values_alone(tmp_path: Path) -> None:
    content = b"/home/alice hf_" + b"A" * 34 + b" pad"
    tensor = np.frombuffer(content.ljust(64), dtype=np.float32)
    save_file({"a": tensor}, tmp_path / "m.safetensors")
    file = copied_file("m.safetensors", tmp_path / "m.safetensors", origin="", why="")
    assert [*leaks(file, KNOWN)] == []
    known = known_here({"MY_TOKEN": "hf_" + "A" * 34}, None, HERE)
    assert "the value of MY_TOKEN" in next(leaks(file, known)).what


@pytest.mark.parametrize("name", ["q.tiktoken", "vocab.bin", "m.gguf"])
def test_other_files_are_searched_whether_they_are_text_or_not(name: str) -> None:
    file = made_file(name, b"\xff\x00 /home/alice hf_" + b"A" * 34, origin="", why="")
    assert len([*leaks(file, KNOWN)]) == 2


def test_other_absolute_paths_are_told() -> None:
    content = {
        "a": "/mnt/corp/d.jsonl",
        "b": "//server/share/x",
        "c": "https://a.org/b/c",
        "d": "and/or </b>",
    }
    file = text_file("spec.yaml", json.dumps(content), origin="", why="")
    assert absolute_paths(file) == ("/mnt/corp/d.jsonl", "//server/share/x")
