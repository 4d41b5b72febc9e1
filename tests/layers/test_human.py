"""Who rates what, and what a page may know: as planned, balanced, and blind."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.layers.answers import Answers
from evalreport.layers.human import Human
from evalreport.layers.human.assignment import assigned
from evalreport.layers.human.tasks import (
    RatingTask,
    asked_digest,
    known_comparisons,
    slot_of,
    tasks_of,
)
from evalreport.records import Chat, Item, Message

PAIR = ("tuned", "base")


def human(**options: object) -> Human:
    return Human.model_validate({"kind": "human", "name": "people", "on": "qa", **options})


def item(name: str) -> Item:
    return Item(id=name, prompt=Chat(messages=(Message(role="user", content=f"what is {name}?"),)))


def answered(n: int) -> tuple[list[Item], Answers]:
    items = [item(f"q{i}") for i in range(n)]
    tuned = {one.id: f"the {one.id} of one" for one in items}
    base = {one.id: f"the {one.id} of the other" for one in items}
    return items, Answers({("tuned", 1): tuned, ("base", None): base}, (PAIR,))


def tasks(layer: Human, items: list[Item], answers: Answers) -> tuple[RatingTask, ...]:
    return tasks_of(layer, known_comparisons(layer, items, answers), answers)


# Assignment

names = st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=70)


@given(names, st.integers(1, 6), st.integers(0, 30), st.integers(0, 5))
def test_every_item_is_rated_as_planned(
    ids: list[str], raters: int, overlap: int, seed: int
) -> None:
    layer = human(raters=raters, overlap=overlap if raters > 1 else 0, seed=seed)
    shares = assigned(layer, ids)
    assert len(shares) == raters
    counts = {name: sum(name in share for share in shares) for name in ids}
    shared = min(overlap, len(ids)) if raters > 1 else 0
    everywhere = [name for name, count in counts.items() if count == raters]
    if raters > 1:
        assert len(everywhere) == shared
    assert all(count in {1, raters} for count in counts.values())
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1


@given(names, st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_order_of_items_decides_nothing(
    ids: list[str], raters: int, rng: random.Random
) -> None:
    layer = human(raters=raters)
    mixed = rng.sample(ids, len(ids))
    assert assigned(layer, mixed) == assigned(layer, ids)


@pytest.mark.parametrize("raters", [2, 3, 5])
def test_added_rows_move_few_items(raters: int) -> None:
    ids = [f"q{i}" for i in range(200)]
    layer = human(raters=raters)
    before, after = assigned(layer, ids), assigned(layer, [*ids, *(f"new{i}" for i in range(20))])
    moved = {name for old, new in zip(before, after, strict=True) for name in (old - new) & {*ids}}
    assert len(moved) < 30


def test_overlap_is_twenty_items_unless_said() -> None:
    assert human(raters=2).shared(500) == 20
    assert human(raters=2).shared(12) == 12
    assert human(raters=3, overlap=50).shared(500) == 50
    assert human().shared(500) == 0
    with pytest.raises(ValueError, match="one rater shares no items"):
        human(overlap=5)


# What a page knows


def test_what_both_wrote_alike_is_not_asked_and_shared_items_are_askable() -> None:
    items, answers = answered(40)
    tuned = {**answers.texts["tuned", 1]}
    for one in items[:25]:
        tuned[one.id] = answers.texts["base", None][one.id] + "\n"
    answers = Answers({**answers.texts, ("tuned", 1): tuned}, (PAIR,))
    first, second = tasks(human(raters=2, overlap=9), items, answers)
    assert len(first.comparisons) + len(second.comparisons) == 15 + 9
    assert len({c.id for c in first.comparisons} & {c.id for c in second.comparisons}) == 9


def test_an_item_without_an_answer_is_left_out() -> None:
    items, answers = answered(5)
    base = {name: text for name, text in answers.texts["base", None].items() if name != "q2"}
    answers = Answers({**answers.texts, ("base", None): base}, (PAIR,))
    assert [one.item for one in known_comparisons(human(), items, answers)] == [
        "q0",
        "q1",
        "q3",
        "q4",
    ]


def test_the_same_two_texts_are_asked_once_for_all_pairs_and_seeds() -> None:
    items = [item("q")]
    texts = {
        ("tuned", 1): {"q": "x"},
        ("tuned", 2): {"q": "x"},
        ("previous", None): {"q": "y"},
        ("base", None): {"q": "y"},
    }
    (known,) = known_comparisons(human(), items, Answers(texts, (PAIR, ("tuned", "previous"))))
    assert [(s.pair, s.seed) for s in known.stands_for] == [
        (PAIR, 1), (PAIR, 2), (("tuned", "previous"), 1), (("tuned", "previous"), 2),
    ]  # fmt: skip
    assert {s.candidate for s in known.stands_for} == {slot_of("x")}


def test_ids_do_not_tell_who_wrote_what() -> None:
    items, answers = answered(30)
    turned = Answers(
        {("tuned", 1): answers.texts["base", None], ("base", None): answers.texts["tuned", 1]},
        (PAIR,),
    )
    one, other = tasks(human(), items, answers)[0], tasks(human(), items, turned)[0]
    assert [c.id for c in one.comparisons] == [c.id for c in other.comparisons]
    firsts = [a.first == b.first for a, b in zip(one.comparisons, other.comparisons, strict=True)]
    assert 5 < sum(firsts) < 25  # what stands first is drawn anew, and no more turned than kept


def test_either_arm_stands_first_about_as_often_and_not_alike_for_all_raters() -> None:
    items, answers = answered(300)
    first, second = tasks(human(raters=2, overlap=300), items, answers)
    tuned = {*answers.texts["tuned", 1].values()}
    assert 115 < sum(c.first in tuned for c in first.comparisons) < 185
    by_id = {c.id: c.first for c in second.comparisons}
    assert 115 < sum(by_id[c.id] == c.first for c in first.comparisons) < 185
    assert [c.id for c in first.comparisons] != [c.id for c in second.comparisons]


def test_the_same_answers_give_the_same_pages_and_others_give_others() -> None:
    items, answers = answered(20)
    pages = [one.page for one in tasks(human(raters=2), items, answers)]
    assert pages == [one.page for one in tasks(human(raters=2), items, answers)]
    assert len({*pages}) == 2
    changed = {**answers.texts["tuned", 1], "q3": "something else"}
    other = Answers({**answers.texts, ("tuned", 1): changed}, (PAIR,))
    assert not {*pages} & {one.page for one in tasks(human(raters=2), items, other)}


def test_what_is_asked_has_an_identity() -> None:
    assert asked_digest(human()) == asked_digest(human(raters=3, seed=9))
    assert asked_digest(human()) != asked_digest(human(question="Which one is kinder?"))
    assert asked_digest(human()) != asked_digest(human(ties=False))
    assert "padding" in human().what_counts
    assert "say so" not in human(ties=False).what_counts
