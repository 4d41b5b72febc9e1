"""A push trusts neither the time between looking and sending, nor what a hub answers."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalreport.errors import EvalReportError
from evalreport.publish.hub import Hub, tasks_of
from evalreport.publish.model import copied_file
from evalreport.publish.record import Record
from evalreport.report.model import DatasetFacts
from tests.publish.loopback import TOKEN, Repo
from tests.publish.world import BOARD, REPO, SPEC, TASK, World
from tests.reports import changed

TRAINED_ON = "mina-okafor/tickets"


# Between looking and sending


def test_what_was_looked_at_is_what_leaves(tmp_path: Path) -> None:
    source = tmp_path / "m.bin"
    source.write_bytes(b"looked at")
    small = copied_file("m.bin", source, origin="", why="")
    large = copied_file("m.bin", source, origin="", why="", held_bytes=0)
    assert large.is_as_it_was
    source.write_bytes(b"written later")
    assert small.bytes == b"looked at"
    assert not large.is_as_it_was


def test_large_weights_that_change_meanwhile_are_in_no_commit(world: World) -> None:
    source = world.folder / "adapter/adapter_model.safetensors"
    file = copied_file("m.safetensors", source, origin="", why="", held_bytes=0)
    world.hub.repos[REPO] = Repo()
    hub = Hub(world.hub.url, TOKEN)
    operations = hub.operations([file], [])
    os.utime(source, (1, 1))
    with pytest.raises(EvalReportError, match="it was changed while it was being published"):
        hub.upload(REPO, operations, [file])
    source.write_bytes(source.read_bytes() + b" hf_secret")
    with pytest.raises(EvalReportError, match="it was changed while it was being published"):
        hub.operations([file], [])
    source.unlink()
    with pytest.raises(EvalReportError, match="it was changed while it was being published"):
        hub.operations([file], [])


@pytest.mark.parametrize(
    ("private", "words"),
    [(False, "it should be made private, and it is public"), (True, "it holds README.md, not")],
)
def test_a_repository_that_somebody_makes_in_between_is_theirs(
    world: World, private: bool, words: str
) -> None:
    def intrude() -> None:
        repo = world.hub.repos[REPO] = Repo(private=private)
        repo.add({**repo.files, "README.md": b"theirs"}, "by hand")

    world.hub.before_create = intrude
    code, _, err = world.publish("--push")
    assert code == 2
    assert words in err
    assert world.files["README.md"] == b"theirs"
    assert world.hub.count("PUT|commit/main") == 0


def test_what_the_spec_calls_private_is_not_sent_to_a_public_repository(world: World) -> None:
    given = world.load()
    spec = SPEC.replace("{repo: org/orders}", "{repo: org/orders, private: true}")
    told = given.reproduce.model_copy(update={"spec_yaml": spec})
    world.change(changed(given, reproduce=told))
    repo = world.hub.repos[REPO] = Repo(private=False)
    code, _, err = world.publish("--push")
    assert code == 2
    assert "the spec says publish.private: true, and this repository is public" in err
    assert "make it private in its settings" in err
    assert len(repo.commits) == 1
    repo.private = True
    assert world.publish("--push")[0] == 0


# The record


def test_a_line_that_was_cut_off_takes_no_other_with_it(world: World) -> None:
    folder = world.folder / ".evalreport"
    folder.mkdir()
    (folder / "published.jsonl").write_bytes('{"version":1,"at":"x","name":"ü'.encode()[:-1])
    assert world.publish("--push")[0] == 0
    found = Record(folder).of(world.hub.url, REPO)
    assert [one.state for one in found] == ["begun", "done"]


def test_a_record_that_cannot_be_written_is_found_before_anything_is_made(world: World) -> None:
    (world.folder / ".evalreport").write_text("a file")
    code, _, err = world.publish("--push")
    assert code == 2
    assert "what is published cannot be noted here" in err
    assert REPO not in world.hub.repos


# What a hub says


def test_nothing_that_a_hub_says_moves_a_cursor(world: World) -> None:
    world.hub.user = "mallory\x1b]0;PWN\x07"
    code, out, err = world.publish("--push")
    assert code == 0
    assert "\x1b" not in out + err
    assert "mallory\\u001b]0;PWN" in err


@pytest.mark.parametrize(
    "request_line",
    ["GET /api/whoami", "validate-yaml", "GET /api/models/org/orders", "GET /api/datasets"],
)
def test_an_answer_of_another_shape_is_told(world: World, request_line: str) -> None:
    world.hub.says[request_line] = ["x"]
    code, _, err = world.publish("--push")
    assert code == 2
    assert "the hub's answer or the name cannot be used, while " in err
    assert world.hub.count("PUT|commit/main") == 0


@pytest.mark.parametrize(
    ("text", "tasks"),
    [
        ("tasks: [{id: all, config: c, split: test}]", {"all": {"config": "c", "split": "test"}}),
        ("tasks: [{id: 7, config: [x]}, {id: [x]}, {id: true}, x, {}]", {"7": {}}),
        ("tasks: [{id: " + "x" * 101 + "}]", {}),
        ("a: &a [x, x]\ntasks: [{id: all, config: *a}]", {}),
        ("tasks: " + "[" * 3000, {}),
        ("tasks: {id: all}", {}),
        ("- x", {}),
    ],
)
def test_tasks_of_a_stranger_are_read_with_care(text: str, tasks: dict[str, Any]) -> None:
    assert tasks_of(text) == tasks


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ([{"id": f"task {i}"} for i in range(30)], "it has task 0, task 1, "),
        ([{"id": f"{i}" * 90} for i in range(9000)], "has no task all; it has none"),
    ],
)
def test_a_benchmark_of_a_stranger_says_no_more_than_fits(
    world: World, tasks: list[dict[str, str]], words: str
) -> None:
    world.asked(benchmarks=(TASK,))
    text = yaml.safe_dump({"tasks": tasks}, width=1000)
    world.hub.datasets[BOARD] = {"tags": ["benchmark:official"], "eval.yaml": text}
    code, _, err = world.publish("--push")
    assert code == 0
    (line,) = [one for one in err.splitlines() if one.startswith("  accuracy of general:")]
    assert words in line
    assert len(line) < 400


# Training data


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ({"private": True}, "is private on the hub"),
        (None, "cannot be found on the hub"),
        ({}, ""),
    ],
)
def test_training_data_that_nobody_finds_is_not_named_in_the_card(
    world: World, says: dict[str, Any] | None, words: str
) -> None:
    given = world.load()
    facts = DatasetFacts(
        role="train", n=9, digest="d", origin="hub", hub_id=TRAINED_ON, is_private=False
    )
    world.change(changed(given, datasets={**given.datasets, "train": facts}))
    if says is not None:
        world.hub.datasets[TRAINED_ON] = says
    world.hub.datasets[BOARD] = {}
    code, _, err = world.publish("--push")
    assert code == 0, err
    matter = yaml.safe_load(world.files["README.md"].decode().split("---\n")[1])
    assert matter.get("datasets") == (None if words else [TRAINED_ON])
    assert (f"README.md does not name {TRAINED_ON} as training data" in err) is bool(words)
    assert words in err


# Nobody gets a token for nothing


def test_without_a_token_all_that_is_wrong_comes_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "nowhere")
    world.change(changed(world.load(), publish=None, smoke=True))
    code, _, err = world.publish("--push")
    assert code == 2
    for words in ("does not say where it goes", "a smoke test", "there is no token", "3 problems"):
        assert words in err
