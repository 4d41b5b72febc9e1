"""Entries beside each other: roles, what is taken over, what contradicts."""

from typing import Any

import pytest

from evalreport.records import Role
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Entry, Source, resolve
from tests.sources.given import dataset

TRAIN = dataset(
    path="train.jsonl",
    system="Be brief.",
    prompt="{{ q }}",
    completion="{{ a }}",
    fields={"label": {"from": "a", "regex": "x"}},
    id="key",
    group_by="family",
    rephrased="{{ other }}",
    labelled_by="people",
)


def resolved(**datasets: Entry) -> dict[str, Source]:
    sources, wrong = resolve(datasets)
    assert not wrong
    return sources


def only(**datasets: Entry) -> tuple[tuple[str | int, ...], str, str]:
    _, wrong = resolve(datasets)
    (one,) = wrong
    return one.loc, one.what, one.hint


def test_names_imply_roles() -> None:
    cut = dataset(from_="train", fraction=0.1)
    sources = resolved(train=TRAIN, select=cut, test=cut, more=dataset(path="m.csv", role="test"))
    assert [one.role for one in sources.values()] == [Role.TRAIN, Role.SELECT, Role.TEST, Role.TEST]


def test_a_cut_takes_over_all_that_describes_its_rows() -> None:
    (part,) = resolved(train=TRAIN, select=dataset(from_="train", n=3, cluster_by="x"))[
        "select"
    ].parts
    taken = {
        key: getattr(part, key)
        for key in (
            "system",
            "prompt",
            "completion",
            "fields",
            "id",
            "group_by",
            "rephrased",
            "labelled_by",
        )
    }
    assert taken == {key: getattr(TRAIN, key) for key in taken}
    assert part.cluster_by == "x"
    assert part.n == 3
    assert part.path is None


def test_an_own_file_takes_over_the_templates_but_not_the_columns_that_name_rows() -> None:
    (part,) = resolved(train=TRAIN, test=dataset(path="test.jsonl"))["test"].parts
    assert (part.system, part.prompt, part.completion) == ("Be brief.", "{{ q }}", "{{ a }}")
    assert part.fields == TRAIN.fields
    assert (part.id, part.group_by, part.rephrased, part.labelled_by) == (None, None, None, None)


def test_what_is_declared_stays() -> None:
    own = dataset(
        path="t.csv", system="", prompt="{{ other }}", fields={"more": {"from": "a", "regex": "y"}}
    )
    (part,) = resolved(train=TRAIN, test=own)["test"].parts
    assert (part.system, part.prompt, part.completion) == ("", "{{ other }}", "{{ a }}")
    assert part.fields.keys() == {"label", "more"}


def test_another_kind_of_item_takes_over_only_chat() -> None:
    train = dataset(path="t.csv", prompt="{{ q }}", completion="{{ a }}", chat=False)
    own = dataset(
        path="g.csv", role="test", question="{{ q }}", choices="{{ c }}", answer="{{ i }}"
    )
    (part,) = resolved(train=train, general=own)["general"].parts
    assert part.chat is False
    assert (part.prompt, part.completion, part.system) == (None, None, None)
    (part,) = resolved(train=TRAIN, general=own)["general"].parts
    assert part == own


def test_a_second_training_set_takes_over_nothing() -> None:
    _, wrong = resolve({"train": TRAIN, "extra": dataset(path="e.csv", role="train")})
    assert [one.what for one in wrong] == [
        "nothing says what a row is: a prompt, messages, a text or a question"
    ]


def test_a_cut_from_a_list_has_its_parts() -> None:
    parts = (TRAIN, dataset(path="b.csv", text="{{ t }}", weight=2))
    sources = resolved(train=parts, select=dataset(from_="train", fraction=0.1))
    assert [one.kind for one in sources["select"].parts] == ["prompt", "text"]


def test_an_own_file_beside_unlike_parts_must_say_which() -> None:
    parts = (TRAIN, dataset(path="b.csv", prompt="{{ x }}", completion="{{ y }}"))
    loc, what, _ = only(train=parts, test=dataset(path="t.csv"))
    assert (loc, what) == (
        ("test",),
        "the entries of `train` differ in their templates: which are meant here?",
    )


@pytest.mark.parametrize(
    ("datasets", "loc", "says"),
    [
        ({"other": dataset(path="a.csv", text="{{ t }}")}, ("other",), "`other` needs one `role`"),
        (
            {"test": dataset(path="a.csv", text="{{ t }}", role="train")},
            ("test", "role"),
            "another role",
        ),
        ({"test": dataset(from_="trian", n=2)}, ("test", "from"), "no other dataset `trian`"),
        ({"test": dataset(from_="test", n=2)}, ("test", "from"), "no other dataset `test`"),
        (
            {"select": dataset(from_="train", n=2), "test": dataset(from_="select", n=1)},
            ("test", "from"),
            "`select` is itself cut from `train`",
        ),
        (
            {"more": dataset(from_="train", n=2, role="train")},
            ("more", "from"),
            "for `select` or `test`",
        ),
        ({"test": dataset(path="a.csv", weight=2)}, ("test", "weight"), "entries of a list"),
        (
            {"test": (dataset(path="a.csv", text="{{ t }}"),)},
            ("test",),
            "only training data may be a list",
        ),
        (
            {
                "select": dataset(from_="train", fraction=0.5),
                "test": dataset(from_="train", fraction=0.5),
            },
            ("test", "fraction"),
            "`select` and `test` together take 1 of `train`",
        ),
        (
            {"select": dataset(from_="train", fraction=0.5, group_by="other")},
            ("select", "group_by"),
            "grouped by `family` and `other`",
        ),
        (
            {"test": dataset(path="t.csv", chat=False)},
            ("test",),
            "`system` needs the chat template",
        ),
    ],
)
def test_contradictions_say_where(
    datasets: dict[str, Any], loc: tuple[str, ...], says: str
) -> None:
    found, what, _ = only(train=TRAIN, **datasets)
    assert found == loc
    assert says in what


@pytest.mark.parametrize(
    ("entry", "loc", "says"),
    [
        ((), ("train",), "the list is empty"),
        ((TRAIN, dataset(from_="x", n=1)), ("train", 1, "from"), "has a `path`, not a `from`"),
        (
            (TRAIN.model_copy(update={"subgroups": (1,)}),),
            ("train", 0, "subgroups"),
            "not reported by",
        ),
        (dataset(path="a.csv"), ("train",), "nothing says what a row is"),
        (dataset(path="a.csv", prompt="{{ q }}"), ("train",), "`completion` is missing"),
        (dataset(path="a.csv", completion="{{ q }}"), ("train",), "`prompt` is missing"),
    ],
)
def test_training_data_that_cannot_train(entry: Entry, loc: tuple[Any, ...], says: str) -> None:
    _, wrong = resolve({"train": entry})
    assert (loc, True) in [(one.loc, says in one.what) for one in wrong]


def test_the_nearest_name_is_offered() -> None:
    _, _, hint = only(train=TRAIN, test=dataset(from_="trian", n=2))
    assert hint.startswith("did you mean `train`?")


def test_a_test_may_go_without_references() -> None:
    asked = dataset(path="q.csv", role="test", prompt="{{ q }}")
    assert resolved(only=asked)["only"].parts == (asked,)


def test_resolving_changes_no_declaration() -> None:
    before = TRAIN.model_dump()
    resolve({"train": TRAIN, "test": dataset(from_="train", n=1)})
    assert TRAIN.model_dump() == before
    assert isinstance(TRAIN, Dataset)


def test_what_is_cut_from_a_test_set_is_asked_as_that_test_set_is() -> None:
    sources = resolved(
        train=TRAIN,
        test=dataset(path="test.jsonl", cluster_by="topic"),
        select=dataset(from_="test", fraction=0.5),
    )
    (cut,), (whole,) = sources["select"].parts, sources["test"].parts
    assert sources["select"].parent == "test"
    assert (cut.prompt, cut.completion, cut.system) == ("{{ q }}", "{{ a }}", "Be brief.")
    assert (whole.prompt, cut.cluster_by) == (cut.prompt, "topic")


def test_what_training_data_leave_out_is_said_once() -> None:
    loc, what, _ = only(
        train=dataset(path="train.jsonl", completion="{{ a }}"),
        select=dataset(from_="train", fraction=0.1),
        test=dataset(path="test.jsonl"),
    )
    assert (loc, what) == (("train",), "`prompt` is missing")
