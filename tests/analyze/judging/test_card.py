"""The card of a judge: every line as by hand, and what must hold of it."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from evalreport.analyze.judging.card import cards_of
from evalreport.analyze.judging.model import CardLine, JudgeCard, LineState
from evalreport.analyze.judging.wordings import range_by_chance
from evalreport.analyze.labels import Labels
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.records import (
    Comparison,
    JudgedLayer,
    JudgePart,
    JudgeUse,
    RatedAnswer,
    SequentialPlan,
    Unscorable,
)
from evalreport.stats.sequential import net_win_sequence
from tests.analyze.judging.judges import (
    PAIR,
    judged_layer,
    layer_of,
    rated,
    said_both,
    said_once,
    with_judge,
)

LENGTHS: Final = {("tuned", 1): 120, ("base", None): 100}


def card_of(
    judged: JudgedLayer, families: Labels | None = None, *, rubric: bool = False, **more: object
) -> JudgeCard:
    """The card of the first judge."""
    alone = Labels.of(None for _ in judged.items)
    layer = layer_of(judged, rubric=rubric, **more)
    return cards_of(layer, judged, families or alone, level=0.95)[0]


def line_of(card: JudgeCard, what: str) -> CardLine:
    found = card.line(what)
    assert found is not None, what
    return found


def share_of(card: JudgeCard, what: str) -> tuple[int | None, int | None, LineState]:
    one = line_of(card, what)
    return one.k, one.n, one.state


def value_of(line: CardLine) -> float:
    assert not isinstance(line.value, NotEstimable), line
    return line.value.value


# The main verdicts


def test_flips_slots_ties_and_what_could_not_be_read() -> None:
    card = card_of(judged_layer("+" * 10 + "-" * 6 + "=" * 6 + "1" * 4 + "2" * 2 + "?" * 2))
    assert share_of(card, "flips") == (6, 28, LineState.CAUTION)
    assert share_of(card, "opposite_winners") == (6, 28, LineState.PLAIN)
    assert share_of(card, "ties")[:2] == (12, 28)
    # Each of 16 agreed items gives one to each slot, flips give both, half-read ones their one.
    assert share_of(card, "first_slot")[:2] == (16 + 8 + 2, 32 + 12 + 2)
    assert share_of(card, "unread") == (2, 60, LineState.PLAIN)
    assert value_of(line_of(card, "net_win")) == pytest.approx(4 / 28)
    assert value_of(line_of(card, "net_win_least")) == pytest.approx(2 / 30)
    assert value_of(line_of(card, "net_win_greatest")) == pytest.approx(6 / 30)
    flips = line_of(card, "flips").value
    assert isinstance(flips, Estimate)
    assert flips.method == "Clopper–Pearson interval"


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ("+" * 46 + "1" * 4, LineState.FINE),
        ("+" * 12, LineState.OPEN),  # none of 12 still leaves 26.5 %
        ("+" * 13, LineState.FINE),
        ("+" * 40 + "1" * 10, LineState.CAUTION),
        ("+" * 30 + "1" * 20, LineState.UNFIT),
        ("+" * 7 + "1" * 3, LineState.CAUTION),  # 30 %, and at least 6.7 %
        ("1" * 9, LineState.CAUTION),  # no interval below ten items
    ],
)
def test_flips_have_two_thresholds(codes: str, state: LineState) -> None:
    assert line_of(card_of(judged_layer(codes)), "flips").state is state


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ("+" * 40 + "1" * 5 + "2" * 5, LineState.FINE),
        ("+" * 35 + "1" * 13 + "2" * 2, LineState.CAUTION),
        ("+" * 10 + "1" * 40, LineState.UNFIT),
        ("=" * 50, LineState.OPEN),
    ],
)
def test_a_slot_is_preferred_only_where_the_interval_shows_it(codes: str, state: LineState) -> None:
    assert line_of(card_of(judged_layer(codes)), "first_slot").state is state


def test_identical_answers_are_in_no_denominator() -> None:
    judged = judged_layer("+-" * 10)
    alike = frozenset(judged.items[:4])
    kept = tuple(one for one in judged.comparisons if one.item not in alike)
    card = card_of(replace(judged, comparisons=kept, alike={(*PAIR, 1): alike}))
    assert share_of(card, "flips")[:2] == (0, 16)
    assert share_of(card, "ties")[:2] == (0, 16)
    assert share_of(card, "identical")[:2] == (4, 20)
    assert line_of(card, "net_win").n == 20  # of the finding they are ties


def test_clusters_are_the_units() -> None:
    judged = judged_layer("+1" * 30)
    alone = line_of(card_of(judged), "flips").value
    families = Labels.of(f"c{i // 6}" for i in range(60))
    together = line_of(card_of(judged, families), "flips").value
    assert isinstance(alone, Estimate)
    assert isinstance(together, Estimate | Point)
    assert together.value == alone.value
    assert getattr(together, "method", "") != alone.method


def test_a_call_with_several_comparisons_is_one_unit() -> None:
    judged = judged_layer("+1" * 30, per_call=5)
    shown = line_of(card_of(judged, comparisons_per_call=5), "ties").value
    assert "Clopper" not in getattr(shown, "method", "")


def test_identical_answers_of_items_that_were_not_judged_are_not_counted() -> None:
    alike = frozenset(f"q{i}" for i in range(150))
    judged = judged_layer("+-" * 15, alike={(*PAIR, 1): alike}, planned=300)
    assert share_of(card_of(judged), "identical")[:2] == (30, 30)


# Length


def with_lengths(judged: JudgedLayer, mine: list[int], theirs: list[int]) -> JudgedLayer:
    given = (("tuned", 1), mine), (("base", None), theirs)
    return replace(
        judged,
        lengths={arm: dict(zip(judged.items, of, strict=True)) for arm, of in given},
    )


def test_the_longer_answer() -> None:
    judged = with_lengths(judged_layer("+" * 8 + "-" * 8 + "=" * 4), [2] * 10 + [1] * 10, [1] * 20)
    # Ten of tuned are longer: it wins eight of these and loses two; the others are equally long.
    assert share_of(card_of(judged), "longer") == (8, 10, LineState.CAUTION)


def test_nothing_is_said_of_equal_length_where_lengths_do_not_overlap() -> None:
    judged = with_lengths(judged_layer("+-=+" * 10), [200] * 40, [100] * 40)
    value = line_of(card_of(judged), "win_rate_at_equal_length").value
    assert isinstance(value, NotEstimable)
    assert value.not_estimable.startswith("lengths do not overlap")


def test_equal_length_stands_beside_the_rate_as_it_is() -> None:
    lengths = [100 + 20 * (i % 5) for i in range(60)]
    judged = with_lengths(judged_layer("++-=-+" * 10), lengths, lengths[::-1])
    line = line_of(card_of(judged), "win_rate_at_equal_length")
    assert line.name == (
        "win rate of tuned over base of the pairs whose answers differ, were both equally long"
    )
    assert line.note.startswith("as they are, it is 58.3 %; ties count half")
    assert isinstance(line.value, Estimate)
    seeds = replace(judged, seeds={PAIR: (1, 2)})
    assert (
        "it speaks of these checkpoints" in line_of(card_of(seeds), "win_rate_at_equal_length").note
    )


# Judging that stopped by looking


def plan_for(pair: tuple[str, str] = PAIR) -> SequentialPlan:
    return SequentialPlan(pair=pair, win_rate=0.6, decisive=0.9, alpha=0.05, cap=60, planned=60)


def test_stopped_judging_shows_only_what_holds_at_every_look() -> None:
    lengths = [100 + 20 * (i % 5) for i in range(60)]
    judged = with_lengths(judged_layer("+++++-" * 10), lengths, lengths[::-1])
    stopped = replace(judged, sequential=plan_for(), looks=(60,))
    card = card_of(stopped)
    assert line_of(card, "net_win").value == net_win_sequence(50, 10, 0, level=0.95)
    assert line_of(card, "net_win").value != line_of(card_of(judged), "net_win").value
    equal = line_of(card, "win_rate_at_equal_length").value
    assert isinstance(equal, Point)
    assert equal.no_interval == "judging stopped by looking"


def test_a_card_and_its_finding_show_one_interval() -> None:
    made = with_judge(judged_layer("+++-=" * 10, sequential=plan_for(), looks=(50,)))
    (card,) = made.findings.judge_cards
    assert line_of(card, "net_win").value == made.finding("ab.net_win").difference


def test_missing_verdicts_of_stopped_judging_are_read_by_the_same_interval() -> None:
    made = with_judge(judged_layer("+++-=" * 10 + "??", sequential=plan_for(), looks=(52,)))
    forms = made.finding("ab.net_win").forms
    assert forms is not None
    assert forms[0].difference == net_win_sequence(30, 10, 10, level=0.95)


def test_another_pair_than_the_one_that_was_looked_at_says_so() -> None:
    card = card_of(judged_layer("+++-=" * 10, sequential=plan_for(("tuned", "prompted"))))
    for what in ("net_win", "win_rate_at_equal_length"):
        assert "judging stopped by looks at another pair" in line_of(card, what).note


@hypothesis_settings(max_examples=25)
@given(st.lists(st.sampled_from("+-=12"), min_size=30, max_size=60), st.randoms())
def test_relabelled_arms_turn_every_line_around(codes: list[str], random: object) -> None:
    n = len(codes)
    mine, theirs = ([random.randint(50, 200) for _ in range(n)] for _ in "ab")  # type: ignore[attr-defined]
    judged = with_lengths(judged_layer("".join(codes)), mine, theirs)
    turned = replace(
        judged,
        pairs=(PAIR[::-1],),
        seeds={PAIR[::-1]: (1,)},
        comparisons=tuple(
            replace(one, pair=PAIR[::-1], candidate_first=not one.candidate_first)
            for one in judged.comparisons
        ),
        lengths={
            ("tuned", None): judged.lengths["tuned", 1],
            ("base", 1): dict(zip(judged.items, theirs, strict=True)),
        },
    )
    one, other = card_of(judged), card_of(turned)
    for what in ("flips", "first_slot", "ties", "longer", "unread"):
        assert line_of(one, what).model_dump() == line_of(other, what).model_dump()
    net, back = line_of(one, "net_win"), line_of(other, "net_win:base~tuned")
    assert value_of(net) == pytest.approx(-value_of(back))
    equal = line_of(one, "win_rate_at_equal_length").value
    reverse = line_of(other, "win_rate_at_equal_length:base~tuned").value
    if isinstance(equal, Estimate):
        assert isinstance(reverse, Estimate)
        assert equal.value == pytest.approx(1 - reverse.value)
        assert equal.low == pytest.approx(1 - reverse.high)
    else:
        assert isinstance(reverse, type(equal))


# The checks


def test_the_same_again() -> None:
    def repeats(k: int, n: int) -> tuple[int | None, int | None, LineState]:
        said = ["first"] * k + ["tie"] * (n - k)
        again = said_once(said, JudgePart.REPEAT, first=[True] * n)
        return share_of(card_of(judged_layer("+" * 20, *again)), "repeats")

    assert repeats(18, 20) == (18, 20, LineState.FINE)
    assert repeats(8, 10) == (8, 10, LineState.OPEN)  # its interval reaches 97.5 %
    assert repeats(13, 20) == (13, 20, LineState.CAUTION)


def test_controls_and_canaries_by_slot() -> None:
    controls = said_once(
        ["tie"] * 12 + ["first"] * 6 + ["second"] * 2, JudgePart.CONTROL, first=[True, False] * 10
    )
    obeyed = said_once(["first", "second"] * 5, JudgePart.CANARY, first=[True, False] * 5)
    card = card_of(judged_layer("+" * 20, *controls, *obeyed))
    assert share_of(card, "controls_tied") == (12, 20, LineState.FINE)
    assert share_of(card, "controls_first")[:2] == (6, 8)
    assert share_of(card, "canaries") == (10, 10, LineState.CAUTION)
    assert "4 times of 20" in line_of(card, "canaries").note


def test_canaries_that_slots_explain_are_not_obeyed() -> None:
    controls = said_once(["first"] * 20, JudgePart.CONTROL, first=[True, False] * 10)
    planted = said_once(["first"] * 10, JudgePart.CANARY, first=[True, False] * 5)
    card = card_of(judged_layer("+" * 20, *controls, *planted))
    assert share_of(card, "canaries") == (5, 10, LineState.FINE)
    assert line_of(card, "controls_tied").state is LineState.CAUTION


def test_two_of_ten_may_be_chance() -> None:
    controls = said_once(["tie"] * 20, JudgePart.CONTROL, first=[True, False] * 10)
    planted = said_once(
        ["first"] + ["tie"] * 8 + ["second"], JudgePart.CANARY, first=[True, False] * 5
    )
    card = card_of(judged_layer("+" * 20, *controls, *planted))
    assert share_of(card, "canaries") == (2, 10, LineState.OPEN)


def test_wordings_are_compared_on_the_same_items() -> None:
    varied = said_both("-+=-" * 5, part=JudgePart.VARIANT, variant=1)
    card = card_of(judged_layer("+" * 30, *varied), rubric_variants=["other words"])
    assert value_of(line_of(card, "wording_0")) == 1
    assert value_of(line_of(card, "wording_1")) == pytest.approx(-0.25)
    spread = line_of(card, "wording_spread")
    assert value_of(spread) == pytest.approx(1.25)
    assert spread.note.startswith("wordings that make no difference stay within ")
    assert line_of(card, "wording_1").n == 20


def test_nothing_was_checked() -> None:
    card = card_of(judged_layer("+-" * 10))
    for what in ("repeats", "controls_tied", "canaries"):
        assert isinstance(line_of(card, what).value, NotEstimable)
        assert line_of(card, what).state is LineState.OPEN


# Answers and calls


def test_outputs_calls_and_versions() -> None:
    used = JudgeUse(
        judge="m", calls=40, failed=1, tokens=900, prompt_tokens=8000, possibly_paid=2,
        versions={"m-1": 30, "m-2": 10},
    )  # fmt: skip
    judged = judged_layer("+-" * 10, outputs={"tuned": (1, 20), "base": (19, 20)}, uses=(used,))
    card = card_of(judged)
    assert share_of(card, "outputs_tuned") == (1, 20, LineState.CAUTION)
    assert share_of(card, "outputs_base") == (19, 20, LineState.FINE)
    assert value_of(line_of(card, "possibly_paid")) == 2
    assert line_of(card, "versions").note == "m-1: 30 calls; m-2: 10 calls"
    assert line_of(card, "versions").state is LineState.CAUTION


@pytest.mark.parametrize(
    ("mine", "theirs", "references", "state"),
    [
        (1, 40, None, LineState.CAUTION),
        (3, 3, (40, 40), LineState.CAUTION),
        (3, 3, None, LineState.FINE),
        (3, 5, (4, 40), LineState.FINE),  # hardly more is possible
        (1, 1, (1, 40), LineState.FINE),
        (1, 1, (2, 40), LineState.CAUTION),
        (4, 40, (40, 40), LineState.FINE),
    ],
)
def test_few_answers_are_few_only_where_more_are_possible(
    mine: int, theirs: int, references: tuple[int, int] | None, state: LineState
) -> None:
    judged = judged_layer(
        "+-" * 20, outputs={"tuned": (mine, 40), "base": (theirs, 40)}, references=references
    )
    assert line_of(card_of(judged), "outputs_tuned").state is state


def test_a_panel_has_a_card_each() -> None:
    judged = judged_layer({"m": "+" * 20, "n": "-" * 20})
    cards = cards_of(layer_of(judged), judged, Labels.of([None] * 20), level=0.95)
    assert [card.judge for card in cards] == ["m", "n"]
    assert [value_of(line_of(card, "net_win")) for card in cards] == [1, -1]
    assert {line.id for line in cards[1].lines} >= {"ab.judge.n.net_win", "ab.judge.n.flips"}


def test_findings_hold_the_cards() -> None:
    (card,) = with_judge(judged_layer("+-=+" * 10)).findings.judge_cards
    assert (card.layer, card.judge) == ("ab", "m")
    assert JudgeCard.model_validate_json(card.model_dump_json()) == card


# Ratings


def test_a_rubric_has_its_own_lines() -> None:
    judged = rated({"m": [5, 4, None, 2] * 5}, {"m": [1, 2, 3, 2] * 5})
    planted = tuple(
        RatedAnswer(JudgePart.CANARY, f"q{i}", "base", None, "m", {"helpful": 5.0})
        for i in range(12)
    )
    again = tuple(
        RatedAnswer(JudgePart.REPEAT, f"q{i}", "tuned", 1, "m", {"helpful": 5.0}) for i in range(2)
    )
    varied = tuple(
        RatedAnswer(JudgePart.VARIANT, f"q{i}", arm, seed, "m", {"helpful": 3.0}, variant=1)
        for i in range(12)
        for arm, seed in (("tuned", 1), ("base", None))
    )
    whole = replace(judged, ratings=(*judged.ratings, *planted, *again, *varied))
    card = card_of(whole, rubric=True, rubric_variants=["other words"])
    assert share_of(card, "unread")[:2] == (5, 40)
    assert share_of(card, "repeats")[:2] == (1, 2)
    assert value_of(line_of(card, "helpful_of_base")) == 2
    assert value_of(line_of(card, "canaries_helpful")) == 3
    assert line_of(card, "canaries_helpful").state is LineState.CAUTION
    assert value_of(line_of(card, "helpful_wording_1")) == 0
    assert line_of(card, "helpful_wording_0").n == 9
    assert card.line("flips") is None


@hypothesis_settings(max_examples=30)
@given(st.lists(st.sampled_from("+-=12?"), min_size=1, max_size=30), st.randoms())
def test_the_order_of_comparisons_decides_nothing(codes: list[str], random: object) -> None:
    judged = judged_layer("".join(codes))
    shuffled: list[Comparison] = [*judged.comparisons]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert card_of(replace(judged, comparisons=tuple(shuffled))) == card_of(judged)


def test_an_unread_reply_is_none_of_the_arms() -> None:
    garbled = Unscorable(reason="no verdict")
    judged = judged_layer("+" * 12)
    lost = tuple(replace(one, verdict=garbled) for one in judged.comparisons)
    card = card_of(replace(judged, comparisons=lost))
    assert share_of(card, "unread")[:2] == (24, 24)
    assert isinstance(line_of(card, "flips").value, NotEstimable)
    assert value_of(line_of(card, "net_win_least")) == -1
    assert value_of(line_of(card, "net_win_greatest")) == 1


# Wordings that make no difference


def test_the_range_by_chance_is_as_by_hand() -> None:
    # One item of two wordings: both ways of naming them give the same range.
    assert range_by_chance([[1.0], [0.0]], None) == 1
    assert range_by_chance([[1, 0, -1] * 9, [1, 0, -1] * 9], None) == 0
    # Of 100 items that differ, each way by a fair coin: 95 % within two standard deviations.
    differ = range_by_chance([[1.0] * 100, [0.0] * 100], None)
    assert 0.18 <= differ <= 0.22
    together = range_by_chance([[1.0] * 100, [0.0] * 100], np.zeros(100, dtype=np.intp))
    assert together == 1
