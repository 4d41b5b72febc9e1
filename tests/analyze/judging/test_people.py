"""People as judges: their scores, card and facts, and a judge held against them."""

import random
from dataclasses import replace

import pytest

from evalreport.analyze.judging.beside_people import STOPPED, against, as_one_person, corrected
from evalreport.analyze.judging.crowd import LATER, NOT_YET, SKIPPED
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.model import CardLine, JudgeCard, LineState
from evalreport.analyze.judging.people_card import people_card
from evalreport.analyze.judging.people_facts import people_facts
from evalreport.analyze.labels import Labels
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.layers.judge.collapse import ALIKE, ItemVerdict, NoVerdict
from evalreport.records import JudgedLayer, SequentialPlan
from evalreport.records.judging import FirstSlot, PairCounts
from evalreport.rules.base import Severity, Status
from tests.analyze.judging.crowds import crowd, people_layer, with_crowd
from tests.analyze.judging.judges import PAIR, judged_layer, layer_of


def line(card: JudgeCard, what: str) -> CardLine:
    found = card.line(what)
    assert found is not None, what
    return found


def heard(judged: JudgedLayer) -> Heard:
    alone = Labels.of(None for _ in judged.items)
    return Heard(layer_of(judged), judged, judged.judges[0], alone, 0.95)


# By themselves


def test_each_item_has_one_verdict_or_a_reason() -> None:
    said = crowd(people_layer("+-=s.", "+ = =s.".replace(" ", "")[:2] + "-s.")).verdicts(PAIR, 1)
    assert [*said.values()] == [
        ItemVerdict(1),
        ItemVerdict(-1),
        ItemVerdict(-1),
        NoVerdict(SKIPPED),
        NoVerdict(NOT_YET),
    ]


@pytest.mark.parametrize(("rated", "ties"), [("....", 0), ("+-..", 2), ("+-s.", 3), ("+-=+", 4)])
def test_like_answers_count_as_far_as_the_others_are_rated(rated: str, ties: int) -> None:
    said = [*crowd(people_layer("aaaa" + rated)).verdicts(PAIR, 1).values()]
    assert said.count(ALIKE) == ties
    assert said.count(NoVerdict(LATER)) == 4 - ties


def test_the_finding_counts_what_is_not_rated() -> None:
    finding = with_crowd(people_layer("+" * 20 + "-" * 5 + "=" * 5 + "s" * 2)).finding(
        "people.net_win"
    )
    assert finding.n == 30
    assert finding.counts is not None
    assert (finding.counts.better, finding.counts.worse, finding.counts.same) == (20, 5, 5)
    assert finding.excluded == {"not rated by people": 2}
    assert finding.difference.value == pytest.approx(0.5)  # type: ignore[union-attr]


def test_the_card_as_by_hand() -> None:
    a = "+" * 12 + "-" * 4 + "=" * 8 + "ss" + ".." + "aa"
    b = "+" * 9 + "=" * 3 + "-" * 4 + "=" * 5 + "+" * 3 + "s+" + ".." + "aa"
    said = people_layer(a, b, lengths=([2] * 30, [1] * 30))
    card = people_card(crowd(said, raters=2), level=0.95)
    net = line(card, "net_win")
    assert isinstance(net.value, Estimate)
    assert net.n == 27  # 25 are rated, one was skipped by both, and two tie unasked
    assert (line(card, "rated").k, line(card, "rated").n) == (25, 28)
    assert line(card, "skipped").k == 1
    assert "no random part" in line(card, "skipped").note
    assert line(card, "raters").k == 2
    assert "2 of these not through" in line(card, "raters").note
    agreement, kappa = line(card, "agreement"), line(card, "kappa")
    assert agreement.n == kappa.n == 24
    assert isinstance(agreement.value, Estimate)
    assert agreement.value.value == pytest.approx(18 / 24)
    assert isinstance(kappa.value, Estimate)
    slot = line(card, "first_slot")
    assert slot.n == 16 + 9 + 4 + 3 + 1
    assert line(card, "ties").k == 16
    longer = line(card, "longer")
    assert longer.k is not None
    assert longer.n is not None
    assert line(card, "seconds").value == Point(value=10.0, no_interval="the median of all")
    assert not any("Someone" in one.model_dump_json() for one in card.lines)


def test_a_card_of_nobody_says_so() -> None:
    card = people_card(crowd(people_layer("....aa")), level=0.95)
    assert isinstance(line(card, "net_win").value, NotEstimable)
    assert line(card, "rated").k == 0
    assert card.line("kappa") is None


def test_people_who_prefer_a_slot_are_told() -> None:
    codes = "".join("+" if i % 2 == 0 else "-" for i in range(60))  # what stood first, always
    made = with_crowd(people_layer(codes))
    (said,) = made.said("judge-slot-preference")
    assert said.status is Status.BROKEN
    assert said.text.startswith("People (people) preferred what stood first in 60 (100 %) of 60")
    card = people_card(crowd(people_layer(codes)), level=0.95)
    assert line(card, "first_slot").state is LineState.UNFIT


def test_one_pair_is_too_few_to_call_people_fine() -> None:
    card = people_card(crowd(people_layer("+-", lengths=([1, 2], [2, 1]))), level=0.95)
    longer = line(card, "longer")
    assert longer.n == 2  # the longer answer lost both times
    assert longer.state is LineState.OPEN
    assert longer.note.startswith("too few to tell")


def test_the_facts_of_people() -> None:
    said = people_layer("+" * 10 + "-" * 4 + "==" + "s", lengths=([3] * 17, [1] * 17))
    facts = people_facts(crowd(said), level=0.95)
    assert (facts.judge, facts.orders, facts.pairs, facts.by_people) == (
        "people",
        "random",
        16,
        True,
    )
    assert facts.verdicts == PairCounts(wins=10, losses=4, ties=2, missing=1)
    assert facts.first is not None
    assert (facts.first.k, facts.first.n) == (7, 14)
    assert isinstance(facts.first, FirstSlot)
    assert facts.mean_length == {"tuned": 3.0, "base": 1.0}
    assert facts.by_longer == {"tuned": {"tuned": 10, "base": 4}, "base": {"tuned": 0, "base": 0}}
    assert (facts.repeats, facts.flips, facts.human) == (None, None, None)


def test_rules_about_models_do_not_ask_people() -> None:
    made = with_crowd(people_layer("+-=" * 20))
    for rule in ("judge-unvalidated", "judge-one-order", "judge-unstable", "judge-batched"):
        assert {one.status for one in made.said(rule)} == {Status.NOT_APPLICABLE}, rule
    (fixed,) = made.said("judge-position-fixed")
    assert fixed.status is Status.KEPT


def test_what_people_skipped_may_turn_the_verdict() -> None:
    (said,) = with_crowd(people_layer("+" * 20 + "-" * 5 + "s" * 15)).said("judge-unread")
    assert said.status is Status.BROKEN
    assert "People (people) gave no verdict on 15" in said.text


# A judge beside them


def codes(n: int, seed: int = 3) -> str:
    draw = random.Random(seed)
    return "".join(draw.choice("+++--=") for _ in range(n))


def noisy(said: str, share: float, instead: str = "+-=", seed: int = 5) -> str:
    draw = random.Random(seed)
    return "".join(draw.choice(instead) if draw.random() < share else one for one in said)


def test_a_judge_that_agrees_is_validated_and_corrected() -> None:
    truth = codes(400).replace("-=", "+=")
    judged = judged_layer(noisy(truth, 0.2))
    made = with_crowd(people_layer(truth[:150] + "." * 250), judged)
    for rule in ("judge-unvalidated", "judge-low-agreement", "judge-biased-direction"):
        assert {one.status for one in made.said(rule)} == {Status.KEPT}, rule
    assert {one.status for one in made.said("judge-corrected-differs")} == {Status.KEPT}
    card = next(card for card in made.findings.judge_cards if card.layer == "ab")
    assert (line(card, "labels").k, line(card, "labels").n) == (150, 400)
    assert line(card, "labels").state is LineState.FINE
    assert "250 pairs that nobody has rated yet" in line(card, "labels").note
    assert line(card, "people_kappa").state is LineState.FINE
    assert line(card, "as_one_person").state is LineState.OPEN  # no pair was rated twice
    assert line(card, "favours").state is LineState.FINE
    net, people, raw = (line(card, f"net_win{w}") for w in ("_corrected", "_people", ""))
    assert isinstance(net.value, Estimate)
    assert isinstance(people.value, Estimate)
    assert isinstance(raw.value, Estimate)
    width = [one.high - one.low for one in (raw.value, net.value, people.value)]
    assert width == sorted(width)
    wins, losses = truth.count("+"), truth.count("-")
    assert net.value.low < (wins - losses) / 400 < net.value.high
    assert made.finding("ab.net_win").difference == raw.value  # the finding stays the judge's


def test_a_judge_that_favours_one_arm_is_found_out() -> None:
    truth = codes(300, seed=8).replace("+", "=")  # the candidate never wins
    judged = judged_layer(noisy(truth, 0.5, instead="+"))
    made = with_crowd(people_layer(truth[:150] + "." * 150), judged)
    (biased,) = made.said("judge-biased-direction")
    assert (biased.status, biased.severity) == (Status.BROKEN, Severity.INVALIDATES)
    assert "favours tuned against people" in biased.text
    (differs,) = made.said("judge-corrected-differs")
    assert (differs.status, differs.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert differs.text.endswith("with 150 human labels: the other arm wins.")
    card = next(card for card in made.findings.judge_cards if card.layer == "ab")
    assert line(card, "favours").state is LineState.UNFIT
    assert line(card, "people_kappa").state is LineState.UNFIT


def test_a_judge_that_favours_the_loser_is_a_caution() -> None:
    truth = "+" * 240 + "-" * 60
    judged = judged_layer("-" * 20 + "=" * 20 + "+" * 200 + "-" * 60)
    made = with_crowd(people_layer(truth), judged)
    (said,) = made.said("judge-biased-direction")
    card = next(card for card in made.findings.judge_cards if card.layer == "ab")
    favours = line(card, "favours")
    assert (said.severity, favours.state) == (Severity.NOTE, LineState.CAUTION)
    assert favours.note.endswith(
        "tuned wins all the same, and errors that favour base make that look smaller"
    )


def test_few_labels_validate_nothing_and_correct_nothing() -> None:
    truth = codes(200)
    made = with_crowd(people_layer(truth[:40] + "." * 160), judged_layer(truth))
    (said,) = made.said("judge-unvalidated")
    assert "40 human labels stand behind" in said.text
    card = next(card for card in made.findings.judge_cards if card.layer == "ab")
    assert line(card, "labels").state is LineState.OPEN
    assert line(card, "net_win_corrected").value == NotEstimable(
        not_estimable="only 40 human labels"
    )
    assert {one.status for one in made.said("judge-corrected-differs")} == {Status.NOT_APPLICABLE}


def test_like_answers_are_no_labels_and_weigh_as_much_as_the_others() -> None:
    truth = "a" * 100 + codes(200)
    judged = judged_layer(
        truth.replace("a", "="), alike={(*PAIR, 1): frozenset(f"q{i}" for i in range(100))}
    )
    half = "".join(c if c == "a" or i % 2 else "." for i, c in enumerate(truth))
    people = crowd(people_layer(half))
    assert against(heard(judged), people, PAIR).labels.n == 100
    mended = corrected(heard(judged), people, PAIR)
    assert (mended.labels, mended.tied) == (100, 50)
    found = mended.net_win
    assert isinstance(found.corrected, Estimate)
    assert isinstance(found.human_only, Estimate)
    wins = half.count("+") - half.count("-")
    assert found.human_only.value == pytest.approx(wins / 150)  # fifty of the like ones beside them


def test_what_ties_unasked_makes_no_label_up() -> None:
    truth = "a" * 200 + codes(40)
    ties = {(*PAIR, 1): frozenset(f"q{i}" for i in range(200))}
    judged = judged_layer(truth.replace("a", "="), alike=ties)
    half = truth[:200] + "".join(c if i % 2 else "." for i, c in enumerate(truth[200:]))
    found = corrected(heard(judged), crowd(people_layer(half)), PAIR)
    assert (found.labels, found.tied) == (20, 100)
    assert found.net_win.corrected == NotEstimable(not_estimable="only 20 human labels")
    assert found.net_win.decides == found.net_win.human_only


def test_a_judge_as_one_person_among_others() -> None:
    truth = codes(60)
    first, second = noisy(truth, 0.3, seed=1), noisy(truth, 0.3, seed=2)
    people = crowd(people_layer(first, second), raters=2)
    same = sum(a == b for a, b in zip(first, second, strict=True)) / 60
    found = as_one_person(heard(judged_layer(truth)), people, PAIR)
    assert found.people == pytest.approx(same)
    assert found.judge.n == 120
    assert found.judge.k == sum(
        a == b for one in (first, second) for a, b in zip(one, truth, strict=True)
    )
    card = next(
        card
        for card in with_crowd(
            people_layer(first, second), judged_layer(noisy(truth, 0.9)), raters=2
        ).findings.judge_cards
        if card.layer == "ab"
    )
    one = line(card, "as_one_person")
    assert one.state is LineState.PLAIN  # two numbers of one sample, and no test between them
    assert one.note.startswith("people say what another person says in ")


def test_a_plan_that_stopped_is_not_corrected() -> None:
    truth = codes(200)
    plan = SequentialPlan(pair=PAIR, win_rate=0.6, decisive=0.9, alpha=0.05, cap=200, planned=200)
    judged = judged_layer(truth, sequential=plan, stopped="candidate wins")
    found = corrected(heard(judged), crowd(people_layer(truth[:150] + "." * 50)), PAIR).net_win
    assert found.corrected == found.human_only == NotEstimable(not_estimable=STOPPED)


def test_people_who_saw_the_pair_the_other_way_round_are_understood() -> None:
    truth = codes(120)
    judged = judged_layer(truth)
    said = people_layer(truth.translate(str.maketrans("+-", "-+")))
    turned = PAIR[::-1]
    other = replace(
        said,
        pairs=(turned,),
        seeds={turned: (1,)},
        verdicts=tuple(replace(one, pair=turned) for one in said.verdicts),
    )
    found = against(heard(judged), crowd(other), PAIR)
    assert (found.labels.n, found.labels.agree) == (120, 120)
