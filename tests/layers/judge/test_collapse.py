"""Comparisons to verdicts: by hand, and what must hold whatever judges say."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.layers.judge.collapse import (
    ALIKE,
    FAILED,
    UNASKED,
    UNREAD,
    Collapsed,
    ItemVerdict,
    NoVerdict,
    Place,
    collapse,
    item_verdict,
    panel,
    sign_of,
    verdicts_of,
)
from evalreport.records import Comparison, Failure, JudgedLayer, JudgePart, Unscorable
from evalreport.records.judged import Verdict

PAIR = ("tuned", "base")
LOST = Failure(reason="time-out")
GARBLED = Unscorable(reason="no verdict in the reply")


def said(
    verdict: Verdict, *, first: bool, item: str = "q1", judge: str = "m", seed: int | None = 1
) -> Comparison:
    """One comparison; `first`: whether the candidate stood first."""
    return Comparison(JudgePart.MAIN, item, PAIR, seed, judge, first, verdict)


def both(one: Verdict, other: Verdict, item: str = "q1", judge: str = "m") -> list[Comparison]:
    """The candidate stands first, then second."""
    return [
        said(one, first=True, item=item, judge=judge),
        said(other, first=False, item=item, judge=judge),
    ]


def layer(comparisons: Sequence[Comparison], **more: object) -> JudgedLayer:
    given = {
        "layer": "ab",
        "judges": ("m",),
        "items": ("q1", "q2", "q3"),
        "pairs": (PAIR,),
        "seeds": {PAIR: (1,)},
        "orders": "both",
    }
    return JudgedLayer(**{**given, **more}, comparisons=tuple(comparisons))  # type: ignore[arg-type]


# By hand


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("first", "second", ItemVerdict(1)),
        ("second", "first", ItemVerdict(-1)),
        ("tie", "tie", ItemVerdict(0)),
        ("first", "first", ItemVerdict(0, is_flip=True)),
        ("second", "second", ItemVerdict(0, is_flip=True)),
        ("first", "tie", ItemVerdict(0, is_flip=True)),
        ("tie", "first", ItemVerdict(0, is_flip=True)),
        ("first", GARBLED, NoVerdict(UNREAD)),
        (LOST, "tie", NoVerdict(FAILED)),
        (LOST, GARBLED, NoVerdict(FAILED)),
    ],
)
def test_a_win_takes_both_orders(one: Verdict, other: Verdict, verdict: Collapsed) -> None:
    assert item_verdict(both(one, other), "both") == verdict


def test_one_order_is_no_verdict_where_both_are_asked_for() -> None:
    alone = [said("first", first=True)]
    assert item_verdict(alone, "both") == NoVerdict(UNASKED)
    assert item_verdict(alone, "random") == ItemVerdict(1)
    assert item_verdict([], "random") == NoVerdict(UNASKED)


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        ([1, 1, -1], 1),
        ([1, 0, 0], 1),
        ([1, -1, 0], 0),
        ([1, -1], 0),
        ([-1, -1, None], None),  # the third could change nothing, and its item is not like others
        ([1, 1, 1, None], None),
        ([1, 0, None], None),
        ([0, 0, None], None),
        ([None], None),
    ],
)
def test_a_panel_says_what_the_sum_says(signs: list[int | None], verdict: int | None) -> None:
    given = [NoVerdict(UNREAD) if one is None else ItemVerdict(one) for one in signs]  # type: ignore[arg-type]
    found = panel(given)
    assert found == (NoVerdict(UNREAD) if verdict is None else ItemVerdict(verdict))  # type: ignore[arg-type]


def test_every_item_has_a_verdict_or_the_reason_why_not() -> None:
    judged = layer(
        both("first", "second", "q1"),
        items=("q1", "q2", "q3", "q4"),
        alike={(*PAIR, 1): frozenset({"q2"})},
        unanswered={("base", None): frozenset({"q3"})},
    )
    assert verdicts_of(judged, PAIR, 1) == {
        "q1": ItemVerdict(1),
        "q2": ALIKE,
        "q3": NoVerdict("there is no answer of base to judge"),
        "q4": NoVerdict(UNASKED),
    }


def test_a_check_is_no_verdict_and_one_judge_of_a_panel_can_be_asked() -> None:
    checks = [replace(one, part=JudgePart.REPEAT) for one in both("first", "second")]
    others = both("second", "first", judge="n")
    judged = layer([*checks, *others], judges=("m", "n"), items=("q1",))
    assert verdicts_of(judged, PAIR, 1) == {"q1": NoVerdict(UNASKED)}
    assert verdicts_of(judged, PAIR, 1, ["n"]) == {"q1": ItemVerdict(-1)}


# What must hold

VERDICTS = st.sampled_from(["first", "second", "tie", GARBLED, LOST])
COMPARISONS = st.lists(
    st.builds(
        both,
        VERDICTS,
        VERDICTS,
        st.sampled_from(["q1", "q2", "q3"]),
        st.sampled_from(["m", "n", "o"]),
    ),
    max_size=9,
    unique_by=lambda two: (two[0].item, two[0].judge),
).map(lambda pairs: [one for two in pairs for one in two])


def negated(one: Collapsed) -> Collapsed:
    return replace(one, sign=-one.sign) if isinstance(one, ItemVerdict) else one


def slots_swapped(one: Comparison) -> Comparison:
    """The other slot was preferred."""
    other: dict[object, Verdict] = {"first": "second", "second": "first", "tie": "tie"}
    kept = one.verdict if not isinstance(one.verdict, str) else other[one.verdict]
    return replace(one, verdict=kept)


def relabelled(one: Comparison) -> Comparison:
    """Candidate and reference change places; what was shown, and said, stays."""
    return replace(one, pair=one.pair[::-1], candidate_first=not one.candidate_first)


@given(COMPARISONS)
def test_other_slots_give_other_signs(comparisons: list[Comparison]) -> None:
    for one in comparisons:
        mine, theirs = sign_of(one), sign_of(slots_swapped(one))
        assert theirs == (-mine if isinstance(mine, int) else mine)
    judges = ("m", "n", "o")
    judged = layer(comparisons, judges=judges)
    swapped = layer([slots_swapped(one) for one in comparisons], judges=judges)
    assert verdicts_of(swapped, PAIR, 1) == {
        item: negated(one) for item, one in verdicts_of(judged, PAIR, 1).items()
    }


@given(COMPARISONS)
def test_arms_by_each_others_names_negate(comparisons: list[Comparison]) -> None:
    judged = layer(comparisons, judges=("m", "n", "o"))
    turned = replace(judged, comparisons=tuple(relabelled(one) for one in comparisons))
    assert verdicts_of(turned, PAIR[::-1], 1) == {
        item: negated(one) for item, one in verdicts_of(judged, PAIR, 1).items()
    }


@given(COMPARISONS, st.randoms())
def test_the_order_of_comparisons_decides_nothing(
    comparisons: list[Comparison], random: object
) -> None:
    shuffled = [*comparisons]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    judges = ("m", "n", "o")
    mine = verdicts_of(layer(comparisons, judges=judges), PAIR, 1)
    assert mine == verdicts_of(layer(shuffled, judges=judges), PAIR, 1)


@given(COMPARISONS)
def test_flips_are_as_many_as_by_hand(comparisons: list[Comparison]) -> None:
    by_hand = 0
    for one in comparisons:
        if one.candidate_first:
            other = next(
                two
                for two in comparisons
                if (two.item, two.judge) == (one.item, one.judge) and not two.candidate_first
            )
            kept = {("first", "second"), ("second", "first"), ("tie", "tie")}
            is_read = isinstance(one.verdict, str) and isinstance(other.verdict, str)
            by_hand += is_read and (one.verdict, other.verdict) not in kept
    found = collapse(comparisons, "both")
    flips = [
        verdict
        for of in found.values()
        for verdict in of.values()
        if isinstance(verdict, ItemVerdict) and verdict.is_flip
    ]
    assert len(flips) == by_hand
    assert Place(PAIR, 1, "q0") not in {place for of in found.values() for place in of}


@given(st.lists(st.sampled_from([-1, 0, 1, None]), min_size=1, max_size=5))
def test_a_panel_speaks_only_where_all_of_it_does(signs: list[int | None]) -> None:
    given = [NoVerdict(UNREAD) if one is None else ItemVerdict(one) for one in signs]  # type: ignore[arg-type]
    found = panel(given)
    assert isinstance(found, NoVerdict) is (None in signs)
    if isinstance(found, ItemVerdict):
        total = sum(one or 0 for one in signs)
        assert found.sign == (total > 0) - (total < 0)
