"""Cutting by hash: disjoint, exhaustive, stable, groups whole, strata as near as that allows."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.records import Role
from evalreport.sources.faults import Faults
from evalreport.sources.splits import REMAINDER, Cut, Split, point, split
from tests.sources.given import steady

units = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=2, max_size=60)
shares = st.floats(0.05, 0.45)


def done(names: Sequence[str], *cuts: Cut, grouped_by: str = "") -> Split:
    faults = Faults()
    result = split("train", names, cuts, faults, grouped_by=grouped_by)
    assert not faults.count, faults.shown
    return result


def says(names: Sequence[str], *cuts: Cut, grouped_by: str = "") -> list[tuple[str, str]]:
    faults = Faults()
    split("train", names, cuts, faults, grouped_by=grouped_by)
    return [(one.where, one.what) for one in faults.shown]


def held_out(
    fraction: float | None = None, *, n: int | None = None, strata: Sequence[str] = ()
) -> Cut:
    return Cut("test", Role.TEST, fraction, n, "kind" if strata else None, tuple(strata))


def select(
    fraction: float | None = None, *, n: int | None = None, strata: Sequence[str] = ()
) -> Cut:
    return Cut("select", Role.SELECT, fraction, n, "kind" if strata else None, tuple(strata))


def sides(names: Sequence[str], result: Split) -> dict[str, int]:
    """Each unit's side; fails when a unit was divided."""
    found: dict[str, int] = {}
    for name, side in zip(names, result.sides, strict=True):
        assert found.setdefault(name, side) == side
    return found


@steady
@given(units, shares, shares)
def test_every_row_has_one_side_and_no_unit_is_divided(
    names: list[str], a: float, b: float
) -> None:
    faults = Faults()
    result = split("train", names, [held_out(a), select(b)], faults)
    assert len(result.sides) == len(names)
    assert {*result.sides} <= {REMAINDER, 0, 1}
    sides(names, result)
    if not faults.count:
        assert {*result.sides} == {REMAINDER, 0, 1}
    else:
        assert len({*names}) < 3  # one unit for each side


@steady
@given(units, st.randoms(use_true_random=False), shares)
def test_the_order_of_rows_does_not_matter(names: list[str], random: object, share: float) -> None:
    if len({*names}) < 2:
        return
    shuffled = sorted(names, key=lambda name: point(name[::-1]))
    assert sides(names, done(names, held_out(share))) == sides(
        shuffled, done(shuffled, held_out(share))
    )


many = [f"row {i}" for i in range(2_000)]


@steady
@given(st.lists(st.text("xyz", min_size=1), max_size=40), shares, shares)
def test_adding_rows_moves_none(added: list[str], a: float, b: float) -> None:
    before = sides(many, done(many, held_out(a), select(b)))
    after = sides([*many, *added], done([*many, *added], held_out(a), select(b)))
    assert {name: after[name] for name in before} == before


@steady
@given(shares, shares)
def test_the_other_cut_does_not_matter(a: float, b: float) -> None:
    alone = [side == 0 for side in done(many, held_out(a)).sides]
    beside = [side == 0 for side in done(many, held_out(a), select(b)).sides]
    assert alone == beside


def test_shares_are_about_what_was_asked() -> None:
    counts = Counter(done(many, held_out(0.2), select(0.1)).sides)
    assert counts[0] == pytest.approx(400, abs=60)
    assert counts[1] == pytest.approx(200, abs=45)


def test_points_are_uniform_and_fixed_for_ever() -> None:
    assert point("a") == pytest.approx(0.24153307, abs=1e-8)
    by_tenth = Counter(int(10 * point(name)) for name in many)
    assert (
        sum((k - 200) ** 2 / 200 for k in by_tenth.values()) < 27.9
    )  # chi square, 9 df, p = 0.001


@steady
@given(st.integers(1, 1999), st.integers(1, 5))
def test_a_number_is_met_exactly_and_new_rows_only_push_out(n: int, added: int) -> None:
    first = {name for name, side in sides(many, done(many, held_out(n=n))).items() if side == 0}
    assert len(first) == n
    more = [*many, *(f"new {i}" for i in range(added))]
    second = {name for name, side in sides(more, done(more, held_out(n=n))).items() if side == 0}
    assert len(second) == n
    assert len(first - second) <= added
    assert {name for name in second - first if not name.startswith("new")} == set()


def test_a_smaller_number_is_part_of_a_larger_one() -> None:
    few = {name for name, side in sides(many, done(many, select(n=50))).items() if side == 0}
    lots = {name for name, side in sides(many, done(many, select(n=90))).items() if side == 0}
    assert few < lots


strata = ["common"] * 1_700 + ["some"] * 280 + ["rare"] * 20


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.3])
def test_strata_lie_within_a_fifth_or_a_row(fraction: float) -> None:
    result = done(many, held_out(fraction, strata=strata))
    held = Counter(kind for kind, side in zip(strata, result.sides, strict=True) if side == 0)
    for kind, total in Counter(strata).items():
        assert abs(held[kind] - fraction * total) <= max(1, 0.2 * fraction * total)


def test_a_number_is_spread_over_strata_exactly() -> None:
    result = done(many, held_out(n=100, strata=strata))
    held = Counter(kind for kind, side in zip(strata, result.sides, strict=True) if side == 0)
    assert held == {"common": 85, "some": 14, "rare": 1}


@steady
@given(st.lists(st.sampled_from(["p", "q", "r"]), min_size=40, max_size=120), shares)
def test_evening_out_never_divides_and_never_makes_it_worse(kinds: list[str], share: float) -> None:
    names = [f"group {i % 17}" for i in range(len(kinds))]
    total = Counter(kinds)

    def strays(cut: Cut) -> float:
        result = done(names, cut, grouped_by="family")
        sides(names, result)
        held = Counter(kind for kind, side in zip(kinds, result.sides, strict=True) if side == 0)
        excess = [
            abs(held[kind] - share * k) - max(1, 0.2 * share * k) for kind, k in total.items()
        ]
        return sum(max(0, one) for one in excess)

    assert strays(held_out(share, strata=kinds)) <= strays(held_out(share))


def test_adding_rows_moves_few_where_strata_are_held() -> None:
    cut = held_out(0.1, strata=strata)
    before = sides(many, done(many, cut))
    more, kinds = [*many, *(f"new {i}" for i in range(20))], [*strata, *(["some"] * 20)]
    after = sides(more, done(more, held_out(0.1, strata=kinds)))
    assert sum(after[name] != side for name, side in before.items()) <= 2


def test_no_side_stays_empty() -> None:
    for size in range(2, 12):
        names = [f"row {i}" for i in range(size)]
        assert {*done(names, held_out(0.01)).sides} == {REMAINDER, 0}
        assert {*done(names, held_out(0.99)).sides} == {REMAINDER, 0}


def test_what_cannot_be_cut_is_said() -> None:
    ((_, what),) = says(["x"] * 9, held_out(0.5))
    assert what.endswith(": its 9 rows make 1 different question")
    ((_, what),) = says(["x"] * 9, held_out(0.5), grouped_by="family")
    assert what.endswith(": its 9 rows make 1 group of `family`")
    ((_, what),) = says(["x", "y"], held_out(0.5), select(0.2))
    assert what.endswith(": its 2 rows make 2 different questions")
    assert says(["a", "b", "c"], held_out(n=3)) == [
        ("datasets.test.n", "it asks for 3 of the 3 rows of `train`: 2 can be had")
    ]


def test_notes_give_numbers() -> None:
    names = ["big"] * 60 + [f"small {i}" for i in range(40)]
    kinds = ["x"] * 50 + ["y"] * 50
    first, *rest = done(names, held_out(0.1, strata=kinds), grouped_by="family").notes[0]
    assert first.startswith("test was cut from train by hash of `family`: ")
    assert "of its 100 rows" in first
    assert "of its 41 groups of `family`; 10 % was asked." in first
    assert rest[0].startswith(
        "The largest group of `family` in train holds 60 rows, more than test asks for"
    )
    assert rest[1].startswith("Its shares by kind: x: ")
