"""Which test items training has seen: word for word, nearly, or by their group."""

import pytest

from evalreport.analyze.overlap import Siblings, find_leaks, normalised
from evalreport.records import Item, Raw
from tests.analyze.evidence import TRAIN, World, world
from tests.analyze.layers import items, qa

LONG = (
    "please send twelve boxes of the blue ball pens and two staplers to the office on the second "
    "floor before noon on friday and put them on the account of the reading room"
)


def asked(*prompts: str, **more: object) -> tuple[Item, ...]:
    return items(len(prompts), prompts=prompts, **more)  # type: ignore[arg-type]  # as items takes them


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 3 - 2?", "What is 3 + 2?"),
        ("Is a < b?", "Is a > b?"),
        ("2 * 3 = ?", "2 / 3 = ?"),
        ("∫∑", "∑∫"),
        ("!!", "??"),
    ],
)
def test_signs_that_change_the_question_are_kept(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)
    assert not find_leaks(asked(one), asked(other)).exact


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 3+2?", "what is 3 + 2"),
        ("Hello,  World!", "hello world"),
        ("ﬁne “quotes”", 'fine "quotes"'),
    ],
)
def test_case_punctuation_and_spaces_do_not_hide_a_copy(one: str, other: str) -> None:
    leaks = find_leaks(asked(one), asked(other))
    assert leaks.exact == {"q0": "q0"}
    assert leaks.leaked == {"q0"}


def test_a_question_with_other_choices_is_another_question() -> None:
    stem = "Which of the following is true?"
    one, other = (
        items(1, prompts=[stem], choices=choices) for choices in (("a b", "c d"), ("e f", "g h"))
    )
    assert not find_leaks(one, other).exact
    twice = (*one, *(i.model_copy(update={"id": "x"}) for i in other))
    assert find_leaks(twice, ()).duplicates == 0
    assert find_leaks(one, one).exact == {"q0": "q0"}


def test_near_copies_share_four_of_five_phrases() -> None:
    near = find_leaks(asked(LONG.replace("room", "hall")), asked(LONG))
    assert near.near == {"q0": "q0"}
    words = LONG.split()
    words[3::7] = ["other"] * len(words[3::7])
    assert not find_leaks(asked(" ".join(words)), asked(LONG)).near
    assert not find_leaks(asked("a short one"), asked("a short ones")).near


def test_an_exact_copy_is_not_counted_as_near_too() -> None:
    leaks = find_leaks(asked(LONG), asked(LONG))
    assert (len(leaks.exact), len(leaks.near)) == (1, 0)


def test_groups_are_compared_only_where_both_sides_declare_them() -> None:
    tests = asked("one", "two", "three", groups=["a", "b", None])
    train = asked("four", "five", groups=["b", "c"])
    leaks = find_leaks(tests, train)
    assert (leaks.group_key, leaks.groups) == ("group", frozenset({"q1"}))
    silent = find_leaks(tests, asked("four"))
    assert (silent.group_key, silent.groups) == (None, frozenset())
    by_cluster = find_leaks(asked("one", clusters=["t1"]), asked("two", clusters=["t1"]))
    assert (by_cluster.group_key, by_cluster.groups) == ("cluster", frozenset({"q0"}))


def test_what_one_side_splits_by_and_the_other_clusters_by_is_compared_by_column() -> None:
    tests = asked("one", "two", clusters=["a", "b"], groups=["x", "y"])
    columns = Siblings(group="customer", cluster="template")
    leaks = find_leaks(tests, (), siblings=columns, trained_groups={"template": {"b", "y"}})
    assert (leaks.group_key, leaks.groups) == ("template", frozenset({"q1"}))
    both = {"template": {"b"}, "customer": {"x"}}
    leaks = find_leaks(tests, (), siblings=columns, trained_groups=both)
    assert leaks.group_key == "customer or template"
    assert leaks.groups == {"q0", "q1"}
    # the same value in another column is no sibling
    assert find_leaks(tests, (), siblings=columns, trained_groups={"day": {"a"}}).group_key is None


def grouped(cluster_by: str) -> World:
    """Train and select split by `template`, the test set clustered by a column."""
    n = 40
    names = [f"{i // 4}" for i in range(n)]
    return world(
        qa("1" * n, "0" * n, of=items(n, clusters=names)),
        train=items(20, prefix="t", groups=["0"] * 10 + ["elsewhere"] * 10),
        datasets={
            "train": TRAIN,
            "select": {"from": "train", "fraction": 0.1, "group_by": "template"},
            "test": {"path": "test.jsonl", "cluster_by": cluster_by},
        },
    )


def test_a_template_that_trained_is_found_in_a_test_set_clustered_by_template() -> None:
    made = grouped("template")
    (row,) = made.findings.overlaps
    assert (row.group_key, row.shared_groups) == ("template", 4)
    (said,) = made.said("group-leak-risk")
    assert "same template in training" in said.text
    assert [f.n for f in row.clean_findings] == [36]
    assert grouped("day").findings.overlaps[0].group_key is None


def test_repeats_within_the_test_set_are_counted() -> None:
    leaks = find_leaks(asked("one", "One!", "two"), ())
    assert (leaks.n, leaks.duplicates) == (3, 1)


def test_raw_text_is_compared_by_what_there_is() -> None:
    text = Item(id="r", prompt=Raw(text=""), reference=LONG)
    assert find_leaks((text,), (text,)).exact == {"r": "r"}
