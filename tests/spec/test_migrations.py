"""Older specs, brought up to date: their text stays what it is but for what has to change."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.errors import SpecError
from evalreport.spec.load import load_spec, spec_of_text
from evalreport.spec.migrations import STEPS, SpecStep, migrated_text
from evalreport.spec.text_edits import Edit, renamed
from evalreport.spec.yaml12 import Document, compose
from evalreport.spec.yaml_tree import Path as Keys
from evalreport.versions import CannotMigrate, Format

from .conftest import GOOD, Printed

# What the language allowed before 26 November 2026, found in the history of its schema.
OLD = """\
# Nightly.
evalreport: 1
name: old   # ours
base_model: {path: org/base}
adapter:
  method: qlora   # on a base in 4 bits
  double_quantization: true   # as in the paper
  r: 8
datasets:
  train: {path: data/train.jsonl, prompt: "{{ q }}", completion: "{{ a }}"}
  select: {from: train, fraction: 0.1}
  test: {path: data/test.jsonl}
training:
  schedule:   "constant_with_warmup"   # then flat
  warmup: 0.1
  learning_rate: 2.0e-4
  epochs: 1
  launch: {kind: accelerate, num_processes: 2}   # two cards
evaluation:
  layers:
    - {kind: generation, name: qa, dataset: test, metrics: [exact_match]}
"""
NEW = (
    OLD
    .replace("  double_quantization: true   # as in the paper\n", "")
    .replace('"constant_with_warmup"', "constant")
    .replace("num_processes", "processes")
)  # fmt: skip


def test_what_the_language_once_had_is_put_right_in_place() -> None:
    made = migrated_text(OLD)
    assert made.content == NEW
    assert len(made.changes) == 3
    spec = spec_of_text(made.content, (), "spec.yaml")
    assert spec.to_train is not None
    assert spec.to_train.launch.processes == 2
    assert spec.to_train.schedule == "constant"


def test_a_spec_of_today_stays_as_it_is() -> None:
    for text in (GOOD, NEW):
        made = migrated_text(text)
        assert made.content == text
        assert made.changes == ()


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("{method: qlora, double_quantization: true, r: 8}", "{method: qlora, r: 8}"),
        ("{double_quantization: true, method: qlora}", "{method: qlora}"),
        ("{method: qlora, double_quantization: true}", "{method: qlora}"),
        ("{method: qlora , 'double_quantization' : true }", "{method: qlora  }"),
        (
            "{method: qlora,\n  double_quantization: true,  # why\n  r: 8}",
            "{method: qlora,\n  r: 8}",
        ),
    ],
)
def test_a_key_leaves_braces_as_they_should_be(written: str, left: str) -> None:
    text = NEW.replace(
        "adapter:\n  method: qlora   # on a base in 4 bits\n  r: 8\n", f"adapter: {written}\n"
    )
    assert text != NEW
    made = migrated_text(text)
    assert made.content == text.replace(written, left)
    spec_of_text(made.content, (), "spec.yaml")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", [True, False])
def test_line_ends_stay(newline: str, end: bool) -> None:
    old, new = (one if end else one.rstrip("\n") for one in (OLD, NEW))
    assert migrated_text(old.replace("\n", newline)).content == new.replace("\n", newline)


def test_a_spec_without_its_version_gets_the_first() -> None:
    made = migrated_text(GOOD.replace("evalreport: 1\n", "", 1))
    assert made.changes == ("`evalreport: 1` says the version of the language",)
    assert made.content == GOOD
    remarked = migrated_text("# Ours.\n---\nname: x\n")
    assert remarked.content == "# Ours.\n---\nevalreport: 1\nname: x\n"


def test_an_anchor_that_is_used_twice_is_edited_once() -> None:
    text = NEW.replace("processes: 2}", "num_processes: 2}").replace("launch: {", "launch: &two {")
    text += "# *two\n"
    assert migrated_text(text).content == text.replace("num_processes", "processes")


def test_what_cannot_be_carried_over_says_why() -> None:
    with pytest.raises(CannotMigrate, match="the constants of nf4 are always quantised today"):
        migrated_text(OLD.replace("double_quantization: true", "double_quantization: false"))
    split = OLD.replace("double_quantization: true ", "double_quantization:\n    true ")
    with pytest.raises(CannotMigrate, match="takes a person to change it"):
        migrated_text(split)


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "evalreport: 7\nnew: 1\n", "evalreport: one\n", "a: 1\na: 2\n"]
)
def test_what_is_no_spec_of_this_version_is_left_to_the_loader(text: str) -> None:
    assert migrated_text(text).content == text


# What loading says


def test_check_names_what_became_of_a_key(printed: Printed) -> None:
    said = printed(OLD)
    for words in (
        "adapter.double_quantization is gone: nf4 always quantises its constants",
        "training.launch.num_processes is called processes",
        "training.schedule is called constant",
    ):
        assert f"{words}" in said
    assert said.count("`evalreport migrate --write spec.yaml` changes it") == 3
    assert printed(NEW) == ""


def test_a_newer_spec_is_not_judged_by_this_language(printed: Printed) -> None:
    said = printed(GOOD.replace("evalreport: 1", "evalreport: 2") + "novelty: true\n")
    assert "it is of version 2 of the spec language" in said
    assert "upgrade evalreport" in said
    assert "novelty" not in said
    with pytest.raises(SpecError, match="version 2 of the spec language"):
        spec_of_text("evalreport: 2\nname: x\n", (), "report.json: reproduce.spec_yaml")


def test_a_migrated_spec_loads(folder: Path) -> None:
    Path("spec.yaml").write_text(migrated_text(OLD).content)
    assert load_spec(Path("spec.yaml")).spec.name == "old"


# Steps from one version to the next


def _titled(text: str, document: Document) -> Iterator[tuple[Keys, Edit]]:
    if isinstance(document.value, dict) and "title" in document.value:
        yield ("title",), renamed(text, document, ("title",), "headline")


NEXT = Format("the spec language", "evalreport", 2, "spec", "")
TO_TWO = SpecStep(1, 2, "title is called headline", _titled)


def test_a_step_to_the_next_version_writes_it() -> None:
    made = migrated_text(OLD.replace("name: old", "title: Old"), (*STEPS, TO_TWO), NEXT)
    assert made.content == NEW.replace("evalreport: 1", "evalreport: 2").replace(
        "name: old", "headline: Old"
    )
    assert made.changes[-1] == "title is called headline"
    again = migrated_text(made.content, (*STEPS, TO_TWO), NEXT)
    assert again.content == made.content
    assert again.changes == ()


_SCALARS = st.one_of(st.integers(), st.booleans(), st.text("abc:#,{}[]'\" \\\n", max_size=6))


@settings(max_examples=30)
@given(st.dictionaries(st.text("abcde -", min_size=1, max_size=4), _SCALARS, min_size=1))
def test_a_renamed_key_changes_no_value(values: dict[str, int | bool | str]) -> None:
    """In JSON, which is YAML: every key stands where its place says."""
    for indent in (None, 1):
        text = json.dumps(values, indent=indent)
        document = compose(text)
        for key in values:
            made = compose(_edited(text, renamed(text, document, (key,), "renamed"))).value
            assert isinstance(made, dict)
            assert [*made.values()] == [*values.values()]
            assert [*made] == ["renamed" if one == key else one for one in values]


def _edited(text: str, edit: Edit) -> str:
    return text[: edit.start] + edit.text + text[edit.end :]
