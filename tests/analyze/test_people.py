"""Agreement of people, what they say together, and judges among them: known values."""

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.analyze.judging.labelled import GROUPED, corrected_net_win, judge_people
from evalreport.analyze.people import (
    COHEN,
    KRIPPENDORFF,
    RatersAgree,
    people_say,
    raters_agree,
)
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.layers.judge.collapse import ItemVerdict, Sign, panel
from evalreport.records.ratings import PersonVerdict

PAIR = ("tuned", "base")


def said(rater: str, signs: list[Sign | None], *, first: bool = True) -> list[PersonVerdict]:
    return [PersonVerdict(rater, f"q{i}", PAIR, 1, sign, first) for i, sign in enumerate(signs)]


def of(numbers: Iterable[int]) -> list[Sign | None]:
    return [1 if n > 0 else -1 if n < 0 else 0 for n in numbers]


def agreement(*raters: list[Sign | None], clusters: dict[str, str] | None = None) -> RatersAgree:
    verdicts = [v for i, signs in enumerate(raters) for v in said(f"r{i}", signs)]
    return raters_agree(verdicts, clusters, level=0.95, rng=np.random.default_rng(1))


# Together


def test_the_sign_of_the_sum_decides_and_a_balance_is_a_tie() -> None:
    verdicts = [
        *said("a", [1, 1, 1, 1, 1, None, None]),
        *said("b", [1, -1, 0, 1, -1, None, -1]),
        *said("c", [-1, 0, 0, -1, None, None, None]),
        *said("d", [None, None, None, 0, None, None, None]),
    ]
    assert people_say(verdicts, PAIR, 1, alike=["z"]) == {
        "z": 0, "q0": 1, "q1": 0, "q2": 1, "q3": 1, "q4": 0, "q6": -1,
    }  # fmt: skip
    assert people_say(verdicts, PAIR, 2) == {}
    assert people_say(verdicts, ("base", "tuned"), 1) == {}


@given(st.lists(st.sampled_from([1, 0, -1]), min_size=1, max_size=6))
def test_people_and_judges_have_one_rule(signs: list[Sign]) -> None:
    people = [one for i, sign in enumerate(signs) for one in said(f"r{i}", [sign])]
    assert panel([ItemVerdict(sign) for sign in signs]) == ItemVerdict(
        people_say(people, PAIR, 1)["q0"]
    )


# Among each other


def test_kappa_of_two_raters_by_hand() -> None:
    """18 of 24 agree; in both orientations each label's share is half of what is no tie."""
    a = of([1] * 12 + [-1] * 4 + [0] * 8)
    b = of([1] * 9 + [0] * 3 + [-1] * 4 + [0] * 5 + [1] * 3)
    ours = agreement(a, b)
    assert ours.coefficient == COHEN
    assert (ours.raters, ours.items) == (("r0", "r1"), 24)
    assert isinstance(ours.raw, Estimate)
    assert ours.raw.value == pytest.approx(18 / 24)
    chance = 2 * (16 / 48) * (16 / 48) + (8 / 24) * (8 / 24)  # both say 8 ties and 16 others
    assert isinstance(ours.beyond_chance, Estimate)
    assert ours.beyond_chance.value == pytest.approx((18 / 24 - chance) / (1 - chance))
    assert ours.beyond_chance.low < ours.beyond_chance.value < ours.beyond_chance.high


signs = st.lists(
    st.tuples(st.sampled_from([1, 0, -1]), st.sampled_from([1, 0, -1])), min_size=12, max_size=40
)


@given(signs, st.randoms(use_true_random=False))
def test_kappa_does_not_hang_on_who_is_called_the_candidate(
    pairs: list[tuple[int, int]], rng: random.Random
) -> None:
    """Turning any of the comparisons around changes nothing."""
    turns = [rng.choice([1, -1]) for _ in pairs]
    one = agreement(of(a for a, _ in pairs), of(b for _, b in pairs))
    other = agreement(
        of(a * turn for (a, _), turn in zip(pairs, turns, strict=True)),
        of(b * turn for (_, b), turn in zip(pairs, turns, strict=True)),
    )
    assert type(one.beyond_chance) is type(other.beyond_chance)
    if isinstance(one.beyond_chance, Estimate) and isinstance(other.beyond_chance, Estimate):
        assert one.beyond_chance.value == pytest.approx(other.beyond_chance.value)
        assert one.beyond_chance.low == pytest.approx(other.beyond_chance.low)
        assert one.beyond_chance.high == pytest.approx(other.beyond_chance.high)


def test_both_orientations_narrow_no_interval() -> None:
    """Sixty items in two orientations are sixty items: the interval is about as wide as theirs."""
    rng = np.random.default_rng(3)
    labels = rng.choice([1, -1], size=60).tolist()
    a, b = of(labels), of(s if rng.random() < 0.8 else -s for s in labels)
    ours = agreement(a, b)
    assert isinstance(ours.beyond_chance, Estimate)
    width = ours.beyond_chance.high - ours.beyond_chance.low
    agree = sum(x == y for x, y in zip(a, b, strict=True)) / 60
    wald = 2 * 1.96 * 2 * (agree * (1 - agree) / 60) ** 0.5  # kappa = 2 agree - 1
    assert width > 0.95 * wald


def test_three_raters_get_alpha_over_what_two_or_more_rated() -> None:
    rng = np.random.default_rng(5)
    truth = rng.choice([1, 0, -1], size=60)

    def rater() -> list[Sign | None]:
        return of(t if rng.random() < 0.8 else rng.choice([1, 0, -1]) for t in truth)

    a, b, c = rater(), rater(), rater()
    c[40:] = [None] * 20
    b[50:] = [None] * 10
    ours = agreement(a, b, c)
    assert ours.coefficient == KRIPPENDORFF
    assert ours.items == 50
    assert isinstance(ours.beyond_chance, Estimate)
    assert 0.4 < ours.beyond_chance.low < ours.beyond_chance.value < 0.9
    assert isinstance(ours.raw, Estimate)
    pairs = [
        [(x == y) for x, y in ((a[i], b[i]), (a[i], c[i]), (b[i], c[i])) if None not in (x, y)]
        for i in range(50)
    ]
    assert ours.raw.value == pytest.approx(np.mean([np.mean(p) for p in pairs]))


def test_few_shared_items_have_no_interval_and_none_no_number() -> None:
    few = agreement([1, 1, -1, 0, 1, -1, 1, 0], [1, -1, -1, 1, 1, 0, -1, 0])
    assert isinstance(few.beyond_chance, Point)
    assert few.beyond_chance.no_interval == "only 8 items"
    alone = agreement([1, 1, -1])
    assert alone.raw == NotEstimable(not_estimable="no item was rated by two people")
    assert isinstance(agreement([1] * 20, [1] * 20).raw, Estimate)


def test_clusters_widen() -> None:
    rng = np.random.default_rng(7)
    labels = rng.choice([1, -1], size=160).tolist()
    flips = np.repeat(rng.random(32) < 0.3, 5).tolist()
    a, b = of(labels), of(-s if flip else s for s, flip in zip(labels, flips, strict=True))
    plain = agreement(a, b).beyond_chance
    grouped = agreement(a, b, clusters={f"q{i}": f"g{i // 5}" for i in range(160)}).beyond_chance
    assert isinstance(plain, Estimate)
    assert isinstance(grouped, Estimate)
    assert grouped.value == pytest.approx(plain.value)
    assert grouped.high - grouped.low > 1.3 * (plain.high - plain.low)


# A judge among people


def labels(n: int, *, right: float, seed: int = 1) -> tuple[dict[str, int], dict[str, int]]:
    rng = np.random.default_rng(seed)
    people = {f"q{i}": int(rng.choice([1, 0, -1], p=[0.5, 0.2, 0.3])) for i in range(n)}
    judge = {
        name: sign if rng.random() < right else int(rng.choice([1, 0, -1]))
        for name, sign in people.items()
    }
    return judge, people


def test_a_judge_that_says_the_same_agrees_and_favours_nobody() -> None:
    _, people = labels(120, right=1)
    found = judge_people(people, people, level=0.95)
    assert (found.labels.n, found.labels.agree) == (120, 120)
    assert found.labels.kappa is not None
    assert found.labels.kappa.value == pytest.approx(1)
    assert found.labels.favours == {"tuned": 0, "base": 0}
    assert sum(found.table.values()) == 120
    assert found.unjudged == 0


def test_whom_a_judge_favours() -> None:
    people = dict.fromkeys((f"q{i}" for i in range(40)), 0)
    judge = {name: (1 if i < 9 else -1 if i < 12 else 0) for i, name in enumerate(people)}
    found = judge_people(judge, {**people, "unjudged": 1}, level=0.95)
    assert found.labels.favours == {"tuned": 9, "base": 3}
    assert (found.labels.n, found.labels.agree, found.unjudged) == (40, 28, 1)
    assert found.table == {(1, 0): 9, (-1, 0): 3, (0, 0): 28}


def test_the_correction_needs_fifty_labels_and_ten_of_each() -> None:
    judge, people = labels(400, right=0.85)
    few = corrected_net_win(judge, {f"q{i}": people[f"q{i}"] for i in range(49)}, level=0.95)
    assert few.corrected == NotEstimable(not_estimable="only 49 human labels")
    assert few.decides == few.human_only
    one_sided = dict.fromkeys((f"q{i}" for i in range(60)), 1) | {"q1": 0}
    assert corrected_net_win(judge, one_sided, level=0.95).corrected == NotEstimable(
        not_estimable="only 1 label departs from the commonest"
    )
    enough = corrected_net_win(judge, {f"q{i}": people[f"q{i}"] for i in range(200)}, level=0.95)
    assert isinstance(enough.corrected, Estimate)
    assert isinstance(enough.human_only, Estimate)
    truth = np.mean([*people.values()])
    assert enough.corrected.low < truth < enough.corrected.high
    narrow = enough.corrected.high - enough.corrected.low
    assert narrow < enough.human_only.high - enough.human_only.low


def test_items_in_groups_are_not_corrected() -> None:
    judge, people = labels(400, right=0.85)
    groups = {name: f"g{i // 4}" for i, name in enumerate(judge)}
    some = {f"q{i}": people[f"q{i}"] for i in range(200)}
    found = corrected_net_win(judge, some, groups, level=0.95)
    assert found.corrected == NotEstimable(not_estimable=GROUPED)
    assert found.decides == found.human_only
    assert isinstance(found.human_only, Estimate)


def test_nobody_rated_anything() -> None:
    found = judge_people({"q": 1}, {}, level=0.95)
    assert found.labels.n == 0
    assert found.labels.kappa is None
    nothing = corrected_net_win({"q": 1}, {}, level=0.95)
    assert nothing.corrected == NotEstimable(not_estimable="no human labels")
