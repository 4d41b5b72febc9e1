"""Datasets whose turns the model answers itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from evalreport.analyze.overlap import asked_text
from evalreport.errors import SpecError
from evalreport.records import Chat, Item, Role
from evalreport.sources import Dataset
from evalreport.sources.acquire import acquire
from tests.sources.given import dataset, pairs, problem, read, write_rows


def turns(**keys: Any) -> Dataset:
    return dataset(**{"path": "test.jsonl", "turns": "{{ t }}"} | keys)


def items(folder: Path, *rows: dict[str, Any], **keys: Any) -> tuple[Item, ...]:
    write_rows(folder / "test.jsonl", rows)
    return read(folder, test=turns(**keys))["test"].items


def test_the_first_turn_is_the_prompt_and_the_others_follow(tmp_path: Path) -> None:
    (item,) = items(tmp_path, {"t": ["one", " two", "three"]}, system="Be brief.")
    assert isinstance(item.prompt, Chat)
    assert [one.content for one in item.prompt.messages] == ["Be brief.", "one"]
    assert item.then == (" two", "three")
    assert (item.reference, item.references_before) == (None, ())
    assert asked_text(item) == "one\n two\nthree"


@pytest.mark.parametrize(
    ("value", "before", "last"),
    [
        (None, (), None),
        ([], (), None),
        ("right", (), "right"),
        (["a", "b"], ("a",), "b"),
        (["a", None], ("a",), None),
        ([None, "b"], (), "b"),
        (["", ""], (), None),
    ],
)
def test_right_answers(
    tmp_path: Path, value: object, before: tuple[str, ...], last: str | None
) -> None:
    row = {"t": ["one", "two"], "r": value}
    (item,) = items(tmp_path, row, references="{{ r }}")
    assert (item.references_before, item.reference) == (before, last)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"t": "one"}, "`turns` is a text here, not a list of texts"),
        ({"t": []}, "`turns` is an empty list here, not a list of texts"),
        ({"t": ["one", 2]}, "turn 2 of `turns` is a number, not a text"),
        ({"t": ["one", "  "]}, "turn 2 of `turns` is empty"),
        ({"t": [{"role": "user", "content": "x"}]}, "turn 1 of `turns` is an object, not a text"),
        ({"t": ["one", "two"], "r": ["a"]}, "`references` holds 1 here, and `turns` holds 2"),
        ({"t": ["one", "two"], "r": 3}, "`references` is a number here, not a list of texts"),
        ({"t": ["one"], "r": [1]}, "entry 1 of `references` is a number, not a text"),
    ],
)
def test_rows_that_hold_no_turns_are_named(tmp_path: Path, row: dict[str, Any], what: str) -> None:
    write_rows(tmp_path / "test.jsonl", [{"t": ["fine"], "r": None}, {"r": None} | row])
    found = problem(tmp_path, test=turns(references="{{ r }}"))
    assert (found.where, found.what) == (f"{tmp_path}/test.jsonl:2", what)
    assert found.hint


def test_digests_and_splits_see_every_turn(tmp_path: Path) -> None:
    (one,) = items(tmp_path, {"t": ["a", "b"]})
    assert len({one.id, *(i.id for i in items(tmp_path, {"t": ["a"]}, {"t": ["a", "c"]}))}) == 3
    (told,) = items(tmp_path, {"t": ["a", "b"], "r": ["x", None]}, references="{{ r }}")
    assert told.id != one.id


def test_single_turns_have_the_ids_and_digests_of_before(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", [{"q": "a?", "a": "b"}])
    corpus = read(tmp_path, train=pairs())["train"]
    # Printed by the commit before conversations (666e79a).
    assert corpus.digest == "b1d0f0a48e41d7061f0e82add5ab7976bcbbe4e44e18ffbf252278a4974d7b62"
    assert corpus.items[0].id == "bb6d72d7b193da64"


def test_a_dataset_without_turns_is_dumped_as_before() -> None:
    assert {"turns", "references"}.isdisjoint(pairs().model_dump(mode="json"))
    assert turns().model_dump(mode="json")["turns"] == "{{ t }}"


def refused(folder: Path, **datasets: Dataset) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        acquire(datasets, folder, folder / "cache")
    return tuple(one.what for one in caught.value.problems)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"chat": False}, "`turns` needs the chat template: not with `chat: false`"),
        ({"prompt": "{{ q }}"}, "`prompt` and `turns` exclude each other"),
        ({"rephrased": "{{ q }}"}, "`rephrased` does not go with `turns`"),
        ({"turns": "the same"}, "holds no column"),
    ],
)
def test_what_does_not_go_together(keys: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        turns(**keys)


def test_turns_are_for_testing(tmp_path: Path) -> None:
    unlearnable = "the model answers `turns` itself, so that nothing can be learned or chosen by"
    cut = dataset(from_="train", fraction=0.5)
    assert refused(tmp_path, train=turns(), select=cut) == (f"{unlearnable} them",)
    assert refused(tmp_path, other=turns(role=Role.SELECT)) == (f"{unlearnable} them",)
    (what,) = refused(tmp_path, test=dataset(path="t.jsonl", references="{{ r }}"))
    assert what == "`references` are right answers to `turns`, and `turns` is missing"


def test_a_test_set_of_turns_takes_no_prompt_from_the_training_data(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", [{"q": "a?", "a": "b"}])
    write_rows(tmp_path / "test.jsonl", [{"t": ["one", "two"]}])
    found = read(tmp_path, train=pairs(system="Be brief."), test=turns())
    (item,) = found["test"].items
    assert isinstance(item.prompt, Chat)
    assert [one.content for one in item.prompt.messages] == ["one"]
    assert json.loads(json.dumps([*item.then])) == ["two"]
