"""Datasets to corpora: prompts, references, ids, splits, digests, and every broken row."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.errors import Further, KeyProblem, SpecError
from evalreport.records import Chat, Corpus, Item, Message, Raw, Role
from evalreport.sources import Dataset
from evalreport.sources.acquire import acquire
from evalreport.spec.places import show_problems
from tests.sources.given import dataset, pairs, problem, problems, read, steady, write_rows

ROWS = [{"q": f"question {i}", "a": f"answer {i}", "kind": "xy"[i % 2], "n": i} for i in range(40)]
CHOICES = {"question": "{{ q }}", "choices": "{{ c }}", "answer": "{{ i }}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path / "train.jsonl", ROWS)
    return tmp_path


def item(folder: Path, row: dict[str, Any], *, name: str = "test", **keys: Any) -> Item:
    """The item that one row makes."""
    write_rows(folder / "one.jsonl", [row])
    (only,) = read(folder, **{name: dataset(path="one.jsonl", **keys)})[name].items
    return only


def broken(folder: Path, row: dict[str, Any], *, name: str = "test", **keys: Any) -> str:
    """What is wrong with one row."""
    write_rows(folder / "one.jsonl", [row])
    wrong = problem(folder, **{name: dataset(path="one.jsonl", **keys)})
    assert wrong.where == f"{folder / 'one.jsonl'}:1"
    return wrong.what


def turns(one: Item) -> list[tuple[str, str]]:
    assert isinstance(one.prompt, Chat)
    return [(turn.role, turn.content) for turn in one.prompt.messages]


@pytest.mark.parametrize("key", ["prompt", "completion"])
def test_null_is_no_text_to_ask_or_to_learn(folder: Path, key: str) -> None:
    row = {"q": "x", "a": "y", "nothing": None}
    templates = {"prompt": "{{ q }}", "completion": "{{ a }}"} | {key: "{{ nothing }}"}
    assert broken(folder, row, **templates) == f"`{key}` is null in this row"
    meant = item(folder, row, **templates | {key: "{{ nothing | tojson }}"})
    assert "null" in (meant.reference, turns(meant)[-1][1])


def test_a_row_without_a_system_text_has_no_system_turn(folder: Path) -> None:
    row = {"q": "x", "a": "y", "nothing": None}
    made = item(folder, row, system="{{ nothing }}", prompt="{{ q }}", completion="{{ a }}")
    assert turns(made) == [("user", "x")]


def test_a_choice_is_not_null(folder: Path) -> None:
    row = {"q": "x", "c": ["a", None], "i": 0}
    assert broken(folder, row, **CHOICES) == "one of the `choices` is null"


def test_an_empty_answer_teaches_nothing_in_a_conversation_either(folder: Path) -> None:
    said = [{"role": "user", "content": "x"}, {"role": "assistant", "content": ""}]
    what = broken(folder, {"m": said}, name="train", messages="{{ m }}")
    assert what == "the completion is empty: there is nothing to learn"
    assert item(folder, {"m": said}, messages="{{ m }}").reference == ""


def test_prompt_and_completion(folder: Path) -> None:
    made = item(
        folder,
        {"q": "two äpfel", "a": {"n": 2, "b": "<é>"}},
        system="Extract from {{ q }}.",
        prompt="Order: {{ q }}",
        completion="{{ a }}",
        rephrased="Again: {{ q }}",
    )
    assert turns(made) == [("system", "Extract from two äpfel."), ("user", "Order: two äpfel")]
    assert made.reference == '{"n": 2, "b": "<é>"}'
    assert made.rephrased == Chat(
        messages=(
            Message(role="system", content="Extract from two äpfel."),
            Message(role="user", content="Again: two äpfel"),
        )
    )
    assert made.row == {"q": "two äpfel", "a": {"n": 2, "b": "<é>"}}
    assert made.line == 1
    assert len(made.id) == 16


def test_raw_text(folder: Path) -> None:
    made = item(
        folder, {"q": "Q: 1+1 A:", "a": " 2"}, prompt="{{ q }}", completion="{{ a }}", chat=False
    )
    assert (made.prompt, made.reference) == (Raw(text="Q: 1+1 A:"), " 2")
    made = item(folder, {"t": "Once upon a time"}, text="{{ t }}")
    assert (made.prompt, made.reference) == (Raw(text=""), "Once upon a time")


def test_an_empty_system_template_makes_no_turn(folder: Path) -> None:
    assert turns(item(folder, {"q": "x"}, system="", prompt="{{ q }}")) == [("user", "x")]


@pytest.mark.parametrize(
    "names", [("role", "content", "user", "assistant"), ("from", "value", "human", "gpt")]
)
def test_conversations(folder: Path, names: tuple[str, str, str, str]) -> None:
    role, content, user, assistant = names
    said = [(user, "hi"), (assistant, "hello"), (user, "bye"), (assistant, "see you")]
    row = {"m": [{role: who, content: text} for who, text in said]}
    made = item(folder, row, messages="{{ m }}", system="Be kind.")
    assert turns(made) == [
        ("system", "Be kind."),
        ("user", "hi"),
        ("assistant", "hello"),
        ("user", "bye"),
    ]
    assert made.reference == "see you"


def test_a_conversation_without_a_last_answer_can_only_be_asked(folder: Path) -> None:
    row = {"m": [{"role": "user", "content": "hi"}]}
    made = item(folder, row, messages="{{ m }}")
    assert (turns(made), made.reference) == ([("user", "hi")], None)
    assert "nothing to learn" in broken(folder, row, name="train", messages="{{ m }}")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "`messages` is an empty list here"),
        ("hi", "`messages` is a text here"),
        ([1], "turn 1 of `messages` is a number, not an object"),
        ([{"role": "boss", "content": "x"}], "turn 1 of `messages` has the role 'boss'"),
        ([{"role": "user", "content": None}], "has null as its content, not a text"),
        ([{"role": "user", "content": [{"text": "x"}]}], "has a list as its content, not a text"),
        ([{"role": "assistant", "content": "x"}], "no turn of the user comes before the answer"),
        (
            [{"role": "system", "content": "x"}, {"role": "user", "content": "x"}],
            "`system` is declared too",
        ),
    ],
)
def test_broken_conversations(folder: Path, value: object, says: str) -> None:
    assert says in broken(folder, {"m": value}, messages="{{ m }}", system="Be kind.")


@pytest.mark.parametrize("answer", [1, "B", "green", "1"])
def test_choices(folder: Path, answer: object) -> None:
    made = item(folder, {"q": "Which?", "c": ["red", "green"], "i": answer}, **CHOICES)
    assert (made.choices, made.answer, made.reference) == (("red", "green"), 1, "green")
    assert turns(made) == [("user", "Which?")]


def test_choices_from_several_columns(folder: Path) -> None:
    (folder / "x.csv").write_text("q,a,b,right\nWhich?,red,2,B\n")
    given = dataset(
        path="x.csv",
        role="test",
        question="{{ q }}",
        choices=["{{ a }}", "{{ b }}"],
        answer="{{ right }}",
    )
    (made,) = read(folder, x=given)["x"].items
    assert (made.choices, made.answer) == (("red", "2"), 1)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"q": "x", "c": ["red", "green"], "i": 2}, "the answer 2 is none of the 2 choices"),
        ({"q": "x", "c": ["red"], "i": 0}, "`choices` holds 1 here"),
        ({"q": "x", "c": "red, green", "i": 0}, "`choices` is a text here, not a list"),
        ({"q": "x", "c": ["red", " "], "i": 0}, "one of the `choices` is empty"),
        ({"q": " ", "c": ["red", "green"], "i": 0}, "`question` is empty in this row"),
        ({"q": "x", "c": ["red", "green"]}, "`i`, which this row does not have"),
    ],
)
def test_broken_questions(folder: Path, row: dict[str, Any], says: str) -> None:
    assert says in broken(folder, row, **CHOICES)


def test_fields_derive_columns(folder: Path) -> None:
    made = item(
        folder,
        {"q": "x", "a": "so it is #### 42 apples"},
        prompt="{{ q }}",
        completion="{{ number }} {{ unit }}",
        fields={
            "number": {"from": "a", "regex": r"#### (\d+)"},
            "unit": {"from": "a", "regex": "apples|pears"},
        },
        cluster_by="unit",
    )
    assert (made.reference, made.cluster) == ("42 apples", "apples")
    assert made.row["number"] == "42"


def test_fields_find_a_label_in_a_conversation(folder: Path) -> None:
    said = [
        {"role": "user", "content": "**Domanda:** Perché?\nValuta: correct/partial."},
        {"role": "assistant", "content": "**Valutazione:** partial\nPerò [1]."},
    ]
    made = item(
        folder,
        {"messages": said},
        messages="{{ messages }}",
        fields={
            "question": {"from": "messages", "regex": r"\*\*Domanda:\*\* (.+?)\\n"},
            "verdict": {"from": "messages", "regex": r'"\*\*Valutazione:\*\* (\w+)'},
        },
    )
    assert (made.row["question"], made.row["verdict"]) == ("Perché?", "partial")


def test_broken_fields(folder: Path) -> None:
    fields = {"n": {"from": "a", "regex": r"#### (\d+)"}}
    assert "finds nothing in `a`" in broken(
        folder, {"q": "x", "a": "none"}, prompt="{{ q }}", fields=fields
    )
    slow = {"n": {"from": "a", "regex": "(?:a|aa)+c|x"}}
    said = broken(folder, {"q": "x", "a": "a" * 60}, prompt="{{ q }}", fields=slow)
    assert "`fields.n`: the pattern" in said
    assert "more than 1 s" in said
    assert "`fields.n` reads `a`, which this row" in broken(
        folder, {"q": "x"}, prompt="{{ q }}", fields=fields
    )
    has_one = {"q": "x", "a": "#### 1", "n": 2}
    assert "makes a column `n`, and the row has one" in broken(
        folder, has_one, prompt="{{ q }}", fields=fields
    )


def test_whom_a_row_belongs_with(folder: Path) -> None:
    keys: dict[str, Any] = {
        "id": "key",
        "cluster_by": "family",
        "group_by": "source",
        "subgroups": ["kind", "ok", "prompt_tokens"],
    }
    row = {"q": "x", "key": 7, "family": "f", "source": 0.5, "kind": "", "ok": True}
    made = item(folder, row, prompt="{{ q }}", **keys)
    assert (made.id, made.cluster, made.group) == ("7", "f", "0.5")
    assert made.subgroups == (("kind", "(empty)"), ("ok", "true"))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"cluster_by": "none"}, "`cluster_by` names `none`, which this row does not have"),
        ({"cluster_by": "empty"}, "`cluster_by` names `empty`, which is empty here"),
        ({"group_by": "null"}, "`group_by` names `null`, which holds null here"),
        ({"id": "list"}, "`id` names `list`, which holds a list here"),
        (
            {"subgroups": [{"by": "q", "bins": 2}]},
            "`subgroups` cuts `q` by size, and 'x' is not a number",
        ),
        ({"subgroups": ["object"]}, "`subgroups` names `object`, which holds an object here"),
    ],
)
def test_columns_that_cannot_name_a_row(folder: Path, keys: dict[str, Any], says: str) -> None:
    row: dict[str, Any] = {"q": "x", "null": None, "empty": " ", "list": [], "object": {}}
    assert says in broken(folder, row, prompt="{{ q }}", **keys)


def test_parts_of_a_numeric_column(folder: Path) -> None:
    made = read(folder, train=pairs(subgroups=[{"by": "n", "bins": 4}]))["train"]
    labels = [dict(one.subgroups)["n"] for one in made.items]
    assert labels == ["0 to 9"] * 10 + ["10 to 19"] * 10 + ["20 to 29"] * 10 + ["30 to 39"] * 10
    assert made.notes == ()


def test_equal_numbers_stay_in_one_part(folder: Path) -> None:
    write_rows(folder / "x.jsonl", [{"q": str(i), "n": n} for i, n in enumerate("5555555512")])
    given = dataset(
        path="x.jsonl", role="test", prompt="{{ q }}", subgroups=[{"by": "n", "bins": 4}]
    )
    made = read(folder, x=given)["x"]
    assert {value for one in made.items for _, value in one.subgroups} == {"1 to 2", "5"}
    assert made.notes == ("n makes 2 parts, not the 4 asked for: equal values stay together.",)


def test_ids_of_equal_rows_are_told_apart(folder: Path) -> None:
    write_rows(folder / "x.jsonl", [{"q": "x", "a": "y"}] * 3)
    ids = [one.id for one in read(folder, test=pairs("x.jsonl"))["test"].items]
    assert ids == [ids[0], f"{ids[0]}#2", f"{ids[0]}#3"]


def test_a_declared_id_stands_once(folder: Path) -> None:
    write_rows(folder / "x.jsonl", [{"q": "x", "a": "y", "id": 1}, {"q": "z", "a": "y", "id": "1"}])
    wrong = problem(folder, test=pairs("x.jsonl", id="id"))
    assert wrong.where == f"{folder / 'x.jsonl'}:2"
    assert wrong.what == f"the id `1` stands already at {folder / 'x.jsonl'}:1"


def test_a_missing_field_names_the_row_and_the_nearest_field(folder: Path) -> None:
    write_rows(folder / "x.jsonl", [{"q": "x", "answer": "y"}, {"q": "x", "answr": "y"}])
    wrong = problem(
        folder, test=dataset(path="x.jsonl", prompt="{{ q }}", completion="{{ answer }}")
    )
    assert wrong.where == f"{folder / 'x.jsonl'}:2"
    assert wrong.what == "the template `{{ answer }}` uses `answer`, which this row does not have"
    assert wrong.hint == "did you mean `answr`? it has `q`, `answr`"


@pytest.mark.parametrize(
    ("keys", "key", "says"),
    [
        ({"cluster_by": "fam"}, ("cluster_by",), "`cluster_by` names `fam`"),
        ({"group_by": "fam"}, ("group_by",), "`group_by` names `fam`"),
        ({"id": "fam"}, ("id",), "`id` names `fam`"),
        ({"subgroups": ["fam"]}, ("subgroups",), "`subgroups` names `fam`"),
        ({"subgroups": [{"by": "fam", "bins": 2}]}, ("subgroups",), "`subgroups` cuts `fam`"),
        ({"completion": "{{ fam }}"}, ("completion",), "the template `{{ fam }}` uses `fam`"),
        (
            {"fields": {"n": {"from": "fam", "regex": "x"}}},
            ("fields", "n"),
            "`fields.n` reads `fam`",
        ),
    ],
)
def test_a_column_that_no_row_has_is_said_once_with_its_key(
    folder: Path, keys: dict[str, Any], key: tuple[str, ...], says: str
) -> None:
    rows = [{"q": str(i), "a": "y", "family": "f"} for i in range(30)]
    write_rows(folder / "x.jsonl", rows)
    wrong = problem(folder, test=dataset(path="x.jsonl", prompt="{{ q }}", **keys))
    assert isinstance(wrong, KeyProblem)
    assert wrong.key == ("datasets", "test", *key)
    assert wrong.what == f"{says}, which is no column of {folder / 'x.jsonl'} (30 rows)"
    assert wrong.hint.startswith("did you mean `family`? ")


def test_what_some_rows_lack_is_said_of_those_rows(folder: Path) -> None:
    rows: list[dict[str, Any]] = [{"q": str(i), "a": "y"} for i in range(30)]
    rows[7]["family"] = "f"
    write_rows(folder / "x.jsonl", rows)
    found = problems(folder, test=pairs("x.jsonl", cluster_by="family"))
    assert [one.where.rpartition(":")[2] for one in found] == ["1", "2", "3", ""]
    assert found[-1] == Further("", "and 26 more", count=26)
    assert show_problems(found).endswith("\n\n29 problems")


def test_a_stratum_that_no_row_has_is_said_once(folder: Path) -> None:
    wrong = problem(
        folder,
        train=pairs(),
        select=dataset(from_="train", fraction=0.1, stratify_by="kin"),
    )
    assert isinstance(wrong, KeyProblem)
    assert wrong.key == ("datasets", "select", "stratify_by")


def test_a_file_of_a_list_is_named_by_its_place(folder: Path) -> None:
    write_rows(folder / "x.jsonl", [{"q": str(i), "a": "y"} for i in range(3)])
    wrong = problem(folder, train=(pairs("x.jsonl"), pairs("x.jsonl", id="key")))
    assert isinstance(wrong, KeyProblem)
    assert wrong.key == ("datasets", "train", 1, "id")


def test_problems_of_all_files_come_together(folder: Path) -> None:
    (folder / "x.jsonl").write_text('{"q": "x"}\nnonsense\n')
    found = problems(
        folder,
        train=pairs("x.jsonl"),
        test=pairs("none.jsonl"),
        more=pairs("empty.csv", role="test"),
        select=dataset(from_="train", fraction=0.1),
    )
    assert [one.where.rpartition("/")[2] for one in found] == [
        "x.jsonl:1",
        "x.jsonl:2",
        "none.jsonl",
        "empty.csv",
    ]


def test_contradictions_stop_before_anything_is_read(folder: Path) -> None:
    with pytest.raises(SpecError) as caught:
        acquire({"train": pairs(), "test": dataset(from_="trian", n=1)}, folder, folder)
    assert caught.value.problems[0].where == "datasets.test.from"


def test_expected_rows_are_counted(folder: Path) -> None:
    assert read(folder, train=pairs(expect={"rows": 40}))
    assert (
        problem(folder, train=pairs(expect={"rows": 41})).what
        == "41 rows are expected (`expect`), and it has 40"
    )


def test_split_sets_share_nothing_and_lose_nothing(folder: Path) -> None:
    made = read(
        folder,
        train=pairs(),
        select=dataset(from_="train", fraction=0.2, stratify_by="kind"),
        test=dataset(from_="train", n=7, cluster_by="kind"),
    )
    assert [one.role for one in made.values()] == [Role.TRAIN, Role.SELECT, Role.TEST]
    assert len(made["test"].items) == 7
    lines = [one.line for corpus in made.values() for one in corpus.items]
    assert sorted(lines) == [*range(1, 41)]
    assert {one.cluster for one in made["test"].items} <= {"x", "y"}
    assert {one.cluster for one in made["train"].items} == {None}
    assert made["train"].notes[-1] == (
        f"train keeps {len(made['train'].items)} of 40 rows; cut off: "
        f"select {len(made['select'].items)}, test 7."
    )
    assert made["select"].notes[0].endswith("20 % was asked.")
    assert made["select"].origin == "cut from train"


def test_a_cut_with_templates_of_its_own(folder: Path) -> None:
    fields = {"number": {"from": "q", "regex": r"\d+"}}
    made = read(
        folder,
        train=pairs(fields=fields),
        test=dataset(from_="train", n=5, prompt="No {{ number }}: {{ q }}", system="Short."),
        select=dataset(from_="train", n=5),
    )
    for one in made["test"].items:
        assert turns(one) == [
            ("system", "Short."),
            ("user", f"No {one.row['number']}: {one.row['q']}"),
        ]
        assert one.reference == one.row["a"]
    assert turns(made["select"].items[0])[0][0] == "user"


def test_groups_are_never_split_whoever_declares_them(folder: Path) -> None:
    rows = [{"q": f"{i}", "a": "x", "family": i % 9} for i in range(90)]
    write_rows(folder / "x.jsonl", rows)
    for train, cut in [({"group_by": "family"}, {}), ({}, {"group_by": "family"})]:
        made = read(
            folder,
            train=pairs("x.jsonl", **train),
            select=dataset(from_="train", fraction=0.3, **cut),
            test=dataset(from_="train", fraction=0.3),
        )
        families = [{one.group for one in corpus.items} for corpus in made.values()]
        assert sum(len(one) for one in families) == len(set().union(*families)) == 9


def test_the_same_question_is_never_on_both_sides(folder: Path) -> None:
    rows = [{"q": f"{i % 20}", "a": f"{i}"} for i in range(100)]
    write_rows(folder / "x.jsonl", rows)
    made = read(folder, train=pairs("x.jsonl"), test=dataset(from_="train", fraction=0.3))
    asked = [{one.row["q"] for one in corpus.items} for corpus in made.values()]
    assert not asked[0] & asked[1]


def test_other_words_around_the_question_leave_the_split_as_it_is(folder: Path) -> None:
    cut = dataset(from_="train", fraction=0.3)
    one = read(folder, train=pairs(), test=cut)["test"]
    other = read(folder, train=pairs(prompt="Please answer: {{ q }}", system="Hm."), test=cut)[
        "test"
    ]
    assert [item.line for item in one.items] == [item.line for item in other.items]
    assert one.digest != other.digest


def test_a_mixture_and_its_weights(folder: Path) -> None:
    write_rows(folder / "b.jsonl", [{"t": f"text {i}"} for i in range(200)])
    made = read(
        folder,
        train=(pairs(weight=2.5), dataset(path="b.jsonl", text="{{ t }}", weight=0.5)),
        test=dataset(from_="train", fraction=0.2),
    )
    train, test = made["train"], made["test"]
    copies = [one for one in train.items if isinstance(one.prompt, Chat)]
    texts = [one for one in train.items if isinstance(one.prompt, Raw)]
    kept = {one.line for one in copies}
    assert 2 * len(kept) < len(copies) < 3 * len(kept)
    assert 50 < len(texts) < 110
    assert len({one.id for one in train.items}) == len(train.items)
    assert not kept & {one.line for one in test.items if isinstance(one.prompt, Chat)}
    assert train.origin == "train.jsonl + b.jsonl"
    assert train.notes[0].startswith("train.jsonl has weight 2.5: its ")
    assert (
        train.digest
        == read(
            folder,
            train=(pairs(weight=2.5), dataset(path="b.jsonl", text="{{ t }}", weight=0.5)),
            test=dataset(from_="train", fraction=0.2),
        )["train"].digest
    )


def test_paths_are_relative_to_the_spec_and_in_no_digest(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    write_rows(folder / "elsewhere" / "other.jsonl", ROWS)
    one = read(folder, train=pairs())["train"]
    other = read(folder / "elsewhere", train=pairs("other.jsonl"))["train"]
    absolute = read(folder, train=pairs(str(folder / "train.jsonl")))["train"]
    assert one.digest == other.digest == absolute.digest
    assert other.origin == "other.jsonl"


def test_formats_are_in_no_digest(folder: Path) -> None:
    (folder / "x.json").write_text(json.dumps({"rows": ROWS}, indent=2))
    assert (
        read(folder, test=pairs("x.json"))["test"].digest
        == read(folder, test=pairs())["test"].digest
    )


def test_two_datasets_may_read_one_file(folder: Path) -> None:
    made = read(folder, train=pairs(), more=pairs(role="test", prompt="{{ a }}"))
    assert len(made["train"].items) == len(made["more"].items) == 40


rows = st.lists(
    st.fixed_dictionaries(
        {"q": st.text("abc", min_size=1), "a": st.text("xy", min_size=1), "u": st.text("z")}
    ),
    min_size=1,
    max_size=8,
)


def corpus_of(
    folder: Path, given_rows: list[dict[str, str]], name: str = "test", **keys: Any
) -> Corpus:
    write_rows(folder / "h.jsonl", given_rows)
    return read(folder, **{name: pairs("h.jsonl", **keys)})[name]


@settings(steady, max_examples=60)
@given(rows, rows)
def test_the_digest_changes_when_and_only_when_the_content_does(
    tmp_path_factory: pytest.TempPathFactory, one: list[dict[str, str]], other: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    content = [sorted((row["q"], row["a"]) for row in made) for made in (one, other)]
    digests = [corpus_of(folder, made).digest for made in (one, other)]
    assert (digests[0] == digests[1]) == (content[0] == content[1])


@settings(steady, max_examples=40)
@given(rows)
def test_the_order_of_rows_counts_in_training_only(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    turned = given_rows[::-1]
    assert corpus_of(folder, given_rows).digest == corpus_of(folder, turned).digest
    same = [(row["q"], row["a"]) for row in given_rows] == [(row["q"], row["a"]) for row in turned]
    train = [corpus_of(folder, made, "train").digest for made in (given_rows, turned)]
    assert (train[0] == train[1]) == same


@settings(steady, max_examples=40)
@given(rows)
def test_ids_are_unique_and_do_not_depend_on_the_order(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    ids = [one.id for one in corpus_of(folder, given_rows).items]
    assert len({*ids}) == len(ids)
    assert {*ids} == {one.id for one in corpus_of(folder, given_rows[::-1]).items}


@pytest.mark.parametrize(
    ("keys", "changes"),
    [
        ({}, False),
        ({"cluster_by": "kind", "group_by": "kind", "subgroups": ["kind"]}, False),
        ({"license": "mit", "labelled_by": "us"}, False),
        ({"prompt": "{{ q }} "}, True),
        ({"system": "x"}, True),
        ({"chat": False}, True),
        ({"rephrased": "{{ a }}"}, True),
        ({"id": "n"}, True),
    ],
)
def test_what_the_digest_covers(folder: Path, keys: dict[str, Any], changes: bool) -> None:
    plain, other = (read(folder, test=pairs(**one))["test"].digest for one in ({}, keys))
    assert (plain != other) == changes


def test_one_letter_changes_the_digest_and_one_id(folder: Path) -> None:
    before = read(folder, train=pairs())["train"]
    write_rows(folder / "train.jsonl", [*ROWS[:7], {**ROWS[7], "a": "Answer 7"}, *ROWS[8:]])
    after = read(folder, train=pairs())["train"]
    assert before.digest != after.digest
    assert len({one.id for one in before.items} & {one.id for one in after.items}) == 39


def test_reading_local_files_needs_no_heavy_library(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from evalreport.sources import Dataset\n"
        "from evalreport.sources.acquire import acquire\n"
        "train = Dataset.model_validate({'path': 'train.jsonl', 'prompt': '{{ q }}', 'completion': '{{ a }}'})\n"
        "cut = Dataset.model_validate({'from': 'train', 'fraction': 0.2, 'stratify_by': 'kind'})\n"
        "acquire({'train': train, 'select': cut}, Path(sys.argv[1]), Path(sys.argv[1]))\n"
        "print([name for name in ('pyarrow', 'datasets', 'torch', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_declaration_is_left_alone(folder: Path) -> None:
    given_dataset: Dataset = pairs(subgroups=["kind", {"by": "prompt_tokens", "bins": 3}])
    before = given_dataset.model_dump()
    made = read(folder, train=given_dataset)["train"]
    assert given_dataset.model_dump() == before
    assert [one.by for one in given_dataset.subgroups if one.known_late] == ["prompt_tokens"]
    assert {column for one in made.items for column, _ in one.subgroups} == {"kind"}
