"""One entry under `datasets:`: what it accepts, what contradicts, what is a hub id."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.sources.dataset import Dataset, is_hub_id
from tests.sources.given import dataset

QA = {"prompt": "{{ q }}", "completion": "{{ a }}"}


def test_all_keys_of_the_language_are_known() -> None:
    given = dataset(
        path="data/train.jsonl",
        role="train",
        system="Be brief.",
        prompt="{{ q }}",
        completion="{{ a }}",
        rephrased="{{ other }}",
        chat=True,
        fields={"label": {"from": "a", "regex": r"#### (\S+)"}},
        id="key",
        cluster_by="family",
        group_by="family",
        subgroups=["channel", {"by": "length", "bins": 4}, {"by": "prompt_tokens"}],
        expect={"rows": 400},
        encoding="utf-16",
        labelled_by="two people",
        generated_by="a script",
        augmented={"by": "paraphrasing", "when": "after_split"},
        license="apache-2.0",
        changes=[{"date": "2026-01-31", "why": "typos"}],
    )
    assert [one.by for one in given.subgroups] == ["channel", "length", "prompt_tokens"]
    assert [one.known_late for one in given.subgroups] == [False, False, True]
    assert given.kind == "prompt"
    assert Dataset.model_validate(given.model_dump(exclude_unset=True)) == given


def test_short_and_long_forms_are_the_same_value() -> None:
    assert dataset(path="a.csv", subgroups=["x"]) == dataset(path="a.csv", subgroups=[{"by": "x"}])
    one = {"path": "a.csv", "question": "{{ q }}", "answer": "{{ i }}"}
    assert dataset(**one, choices="{{ c }}") == dataset(**one, choices=["{{ c }}"])


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"path": "a.csv", "from_": "train"}, "`path` and `from` exclude each other"),
        ({}, "needs `path` .* or `from`"),
        ({"from_": "train"}, "`from` needs `fraction` or `n`"),
        (
            {"from_": "train", "fraction": 0.1, "n": 3},
            "`fraction` and `n` both say how much is cut off: keep one of them",
        ),
        ({"from_": "train", "n": 3, "split": "x"}, "`split` does not go with `from`"),
        ({"path": "a.csv", "fraction": 0.1}, "`fraction` needs `from`"),
        ({"path": "a.csv", "stratify_by": "x"}, "`stratify_by` needs `from`"),
        ({"path": "a.csv", "revision": "x"}, r"`revision` does not go with a file \(`path`\)"),
        ({"path": "o/n", "encoding": "utf-8"}, "`encoding` does not go with a hub dataset"),
        ({"path": "a.jsonl", "delimiter": ";"}, "`delimiter` is for .csv and .tsv files"),
        (
            {"path": "a.csv", "messages": "{{ m }}", "prompt": "{{ q }}"},
            "`prompt` and `messages` excl",
        ),
        ({"path": "a.csv", "text": "{{ m }}", "question": "{{ q }}"}, "`text` and `question` excl"),
        (
            {"path": "a.csv", "choices": "{{ c }}", "question": "{{ q }}"},
            "`question` also needs `answer`",
        ),
        (
            {"path": "a.csv", "choices": [], "question": "{{ q }}", "answer": "{{ i }}"},
            "`choices` is an empty list",
        ),
        ({"path": "a.csv", "prompt": "Read {text}."}, "`prompt` holds {text}, which stays as"),
        ({"path": "a.csv", "answer": "{{ c }}"}, "`answer` also needs `question` and `choices`"),
        (
            {"path": "a.csv", "messages": "{{ m }}", "chat": False},
            "`messages` needs the chat template",
        ),
        ({"path": "a.csv", "system": "x", "chat": False}, "`system` needs the chat template"),
        ({"path": "a.csv", "text": "{{ t }}", "system": "x"}, "`system` does not go with `text`"),
        ({"path": "a.csv", "text": "{{ t }}", "chat": True}, "not with `chat: true`"),
        ({"path": "a.csv", **QA, "completion": "a"}, "`completion` is the same for every row"),
        ({"path": "a.csv", "messages": "messages"}, "`messages` holds no column"),
        ({"path": "a.csv", "colour": 1}, "Extra inputs"),
        ({"path": "a.csv", "from_dataset": "x"}, "Extra inputs"),
        ({"path": "a.csv", "encoding": "rot13"}, "`rot13` is not a text encoding"),
        ({"path": "a.csv", "encoding": "utf-9"}, "`utf-9` is not a text encoding"),
        (
            {"path": "a.csv", "fields": {"x": {"from": "y", "regex": "("}}},
            "not a regular expression",
        ),
        ({"path": "a.csv", "prompt": "{{ x"}, "not a template"),
        ({"path": "a.csv", "n": True}, "valid integer"),
        ({"path": "a.csv", "chat": "no"}, "valid boolean"),
        ({"path": "a.csv", "weight": 0}, "greater than 0"),
        ({"path": "a.csv", "subgroups": [{"by": "x", "bins": 1}]}, "greater than or equal to 2"),
        ({"from_": "train", "fraction": 1.0}, "less than 1"),
        ({"path": "a.csv", "changes": [{"date": "soon", "why": "x"}]}, "should match pattern"),
        ({"path": "a.csv", "role": "dev"}, "'train', 'select' or 'test'"),
    ],
)
def test_what_contradicts_is_an_error_that_names_the_keys(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        dataset(**keys)


def test_all_contradictions_of_an_entry_come_together() -> None:
    with pytest.raises(ValidationError) as caught:
        dataset(path="a.csv", from_="b", text="{{ t }}", system="x", prompt="{{ q }}")
    text = str(caught.value)
    assert "`path` and `from`" in text
    assert "`prompt` and `text`" in text
    assert "`system` does not go" in text


@pytest.mark.parametrize(
    ("path", "is_hub"),
    [
        ("org/name", True),
        ("name", True),
        ("hub:org/name", True),
        ("hub:org/name.jsonl", True),
        ("org/the-stack-v1.2", True),
        ("./org/name", False),
        ("../name", False),
        ("/data/x", False),
        ("~/x", False),
        ("data/train.jsonl", False),
        ("train.csv.gz", False),
        ("train.xlsx", False),
        ("data\\train", False),
    ],
)
def test_hub_or_local(path: str, is_hub: bool) -> None:
    assert is_hub_id(path) is is_hub
    assert dataset(path=path).is_hub is is_hub


def test_the_schema_forbids_unknown_keys_and_offers_the_short_forms() -> None:
    schema = TypeAdapter(Dataset).json_schema()
    assert schema["additionalProperties"] is False
    assert "from" in schema["properties"]
    assert "from_dataset" not in schema["properties"]
    kinds = [one.get("type") for one in schema["properties"]["subgroups"]["items"]["anyOf"]]
    assert "string" in kinds
    assert {"string", "array"} <= {one["type"] for one in schema["properties"]["choices"]["anyOf"]}
