"""`--set`: paths into mappings and lists by name, what is added, and what cannot be reached."""

from pathlib import Path

import pytest

from evalreport.layers.generation import Generation
from evalreport.layers.overfitting import Overfitting
from evalreport.spec.load import LoadedSpec, load_spec
from evalreport.spec.overrides import apply_overrides
from evalreport.spec.yaml12 import compose
from evalreport.values import Json

from .conftest import GOOD, Printed


def after(text: str, *overrides: str) -> Json:
    result = apply_overrides(compose(text), overrides)
    assert not result.problems
    return result.value


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("a.b=2", {"a": {"b": 2}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.b=2e-4", {"a": {"b": 0.0002}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.b=no", {"a": {"b": "no"}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.b=", {"a": {"b": None}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.b=k=v", {"a": {"b": "k=v"}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.b={d: [1, e]}", {"a": {"b": {"d": [1, "e"]}}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("a.new.deep=1", {"a": {"b": 1, "new": {"deep": 1}}, "c": [{"name": "x"}, {"name": "y.z", "n": 1}]}),
        ("c.x.n=5", {"a": {"b": 1}, "c": [{"name": "x", "n": 5}, {"name": "y.z", "n": 1}]}),
        ("c.y.z.n=5", {"a": {"b": 1}, "c": [{"name": "x"}, {"name": "y.z", "n": 5}]}),
        ("c.0.n=5", {"a": {"b": 1}, "c": [{"name": "x", "n": 5}, {"name": "y.z", "n": 1}]}),
        ("c[1]=5", {"a": {"b": 1}, "c": [{"name": "x"}, 5]}),
        ("c.x=5", {"a": {"b": 1}, "c": [5, {"name": "y.z", "n": 1}]}),
        ("c=[]", {"a": {"b": 1}, "c": []}),
    ],
)  # fmt: skip
def test_what_it_sets(override: str, value: Json) -> None:
    assert after("a: {b: 1}\nc: [{name: x}, {name: y.z, n: 1}]\n", override) == value


def test_they_apply_in_order() -> None:
    assert after("a: 1", "a={b: 1}", "a.b=2", "a.c=3") == {"a": {"b": 2, "c": 3}}


def test_the_document_itself_stays_as_it_was_written() -> None:
    document = compose("a: {b: 1}")
    apply_overrides(document, ["a.b=2"])
    assert document.value == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("override", "what", "hint"),
    [
        ("a", "an override is key.path=value", "such as training.epochs=3"),
        ("=1", "an override is key.path=value", "such as training.epochs=3"),
        ("..=1", "an override is key.path=value", "such as training.epochs=3"),
        ("c.zz.n=1", "c has no entry zz", "entries: x, other"),
        ("c.othr.n=1", "c has no entry othr", "did you mean other?"),
        ("c.2=1", "c has no entry 2", "entries: x, other"),
        ("c.-1=1", "c has no entry -1", "entries: x, other"),
        ("d.5=1", "d has no entry 5", "entries: [0], [1]"),
        ("a.b.c=1", "a.b holds a single value, so that c cannot stand under it", "set a.b itself"),
        ("a.b=[1", "the [ that opens in line 1, column 1 is not closed, or a comma is missing",
         "add ], or a comma between the entries; text with , [ ] { } wants quotes"),
        ("a.b={c: 1, c: 2}", "the key c stands twice; the first is in line 1", "remove one of them"),
        ("a.b=!!python/name:os.system x", "tags such as !!python/name:os.system are not allowed",
         "remove the tag; text that starts with ! wants quotes"),
    ],
)  # fmt: skip
def test_what_it_cannot_set(override: str, what: str, hint: str) -> None:
    document = compose("a: {b: 1}\nc: [{name: x}, {name: other}]\nd: [1, 2]\n")
    (problem,) = apply_overrides(document, [override]).problems
    assert (problem.where, problem.what, problem.hint) == (f"--set {override}", what, hint)


def test_a_name_that_is_no_list_entry_is_not_guessed() -> None:
    (problem,) = apply_overrides(compose("c: [{name: abcdef}]"), ["c.abcdeg.n=1"]).problems
    assert problem.hint == "did you mean abcdef?"


def load(*overrides: str) -> LoadedSpec:
    Path("spec.yaml").write_text(GOOD)
    return load_spec(Path("spec.yaml"), overrides)


def test_into_layers_by_name(folder: Path) -> None:
    loaded = load(
        "evaluation.layers.extraction.items.n=50",
        "evaluation.layers.seen-vs-unseen.seed=7",
        "base_model.revision=12e4567",
        "title=2026",
    )
    extraction, _, overfitting = loaded.spec.evaluation.layers
    assert isinstance(extraction, Generation)
    assert isinstance(overfitting, Overfitting)
    assert extraction.subset is not None
    assert extraction.subset.n == 50
    assert overfitting.seed == 7
    assert loaded.spec.base_model.revision == "12e4567"
    assert loaded.spec.title == "2026"


def test_they_are_recorded_and_change_the_digest(folder: Path) -> None:
    loaded = load("training.epochs=3")
    assert [(one.text, one.path, one.value) for one in loaded.overrides] == [
        ("training.epochs=3", ("training", "epochs"), 3)
    ]
    assert loaded.digest != load().digest
    assert loaded.digest == load("training.epochs=1", "training.epochs=3.0").digest
    assert loaded.text == GOOD


def test_what_an_override_breaks_is_said_of_the_override(printed: Printed) -> None:
    assert printed(
        GOOD.replace("keep: best", "keep: bset"),
        "trainin.epochs=3",
        "adapter.r=x",
        "evaluation.layers.extraction.dataset=tset",
        "evaluation.layers.extraction.items.m=3",
        "arms.fresh.of=tune",
    ) == (
        """\
spec.yaml:26:9  training.keep
   26 |   keep: bset
      |         ^^^^
  "bset" is none of best, last
  did you mean best?

--set adapter.r=x  adapter.r
  wants a whole number; "x" is text

--set arms.fresh.of=tune  arms.fresh.of
  "tune" is none of base, tuned
  did you mean tuned?

--set evaluation.layers.extraction.items.m=3  evaluation.layers.extraction.items.m
  unknown key m
  known keys: n, seed

--set trainin.epochs=3  trainin
  unknown key trainin
  did you mean training?

--set evaluation.layers.extraction.dataset=tset  evaluation.layers.extraction.dataset
  there is no dataset tset
  did you mean test?

6 problems"""
    )


def test_braces_without_quotes_are_one_mistake(printed: Printed) -> None:
    output = printed(GOOD, "datasets.train.prompt={{ order }}")
    assert "put the template in quotes" in output
    assert "problems" not in output


def test_a_missing_entry_is_named_by_the_names_above_it(printed: Printed) -> None:
    output = printed(GOOD, "evaluation.layers.extraction.metrics.bleu=1")
    assert "evaluation.layers.extraction.metrics has no entry bleu" in output


def test_spaces_around_a_key_do_not_count(printed: Printed) -> None:
    assert printed(GOOD, " training . epochs =2") == ""


HUB = """\
base_model: {path: org/base, hub_id: org/public, revision: abc, dtype: auto}
datasets:
  test: {path: org/data, config: main, split: test, revision: def, expect: {rows: 9}, prompt: q}
  general: [{path: org/other, split: test}, {path: org/more, split: test}]
"""


def test_another_path_takes_away_what_described_the_former_one() -> None:
    assert after(HUB, "datasets.test.path=rows.jsonl", "base_model.path=./base") == {
        "base_model": {"path": "./base", "dtype": "auto"},
        "datasets": {
            "test": {"path": "rows.jsonl", "prompt": "q"},
            "general": [
                {"path": "org/other", "split": "test"},
                {"path": "org/more", "split": "test"},
            ],
        },
    }


@pytest.mark.parametrize("first", [True, False])
def test_what_is_said_anew_about_another_path_stays(first: bool) -> None:
    path, split = "datasets.general[1].path=org/new", "datasets.general[1].split=train"
    value = after(HUB, *((path, split) if first else (split, path)))
    assert isinstance(value, dict)
    assert isinstance(value["datasets"], dict)
    assert value["datasets"]["general"] == [
        {"path": "org/other", "split": "test"},
        {"path": "org/new", "split": "train"},
    ]


def test_a_path_elsewhere_takes_nothing_away() -> None:
    text = "adapter: {path: a, revision: b}\narms: {x: {adapter: {path: c, split: d}}}"
    assert after(text, "adapter.path=e", "arms.x.adapter.path=f") == {
        "adapter": {"path": "e", "revision": "b"},
        "arms": {"x": {"adapter": {"path": "f", "split": "d"}}},
    }
