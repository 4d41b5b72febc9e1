"""A judge whose replies could not be read, or never came: what rules say of it."""

from collections.abc import Sequence
from dataclasses import replace

from evalreport.analyze.judging.model import JudgeCard, LineState, UnreadSample
from evalreport.records import Comparison, Failure, JudgePart, Unscorable
from evalreport.report.measured import shown_card
from evalreport.rules.base import Remark, Severity, Status
from evalreport.rules.table import remedy_of
from tests.analyze.evidence import World
from tests.analyze.judging.judges import GARBLED, judged_layer, said_once, with_judge


def silent(
    codes: str = "+" * 20, *, failed: bool = False, only: Sequence[str] | None = None
) -> World:
    """A judge none of whose replies could be read, or came; of these items alone where given."""
    again = said_once(["first"] * 4, JudgePart.REPEAT, first=[True] * 4)
    layer = judged_layer(codes, *again)
    lost = Failure(reason="timed out") if failed else GARBLED

    def mute(one: Comparison) -> Comparison:
        return replace(one, verdict=lost) if only is None or one.item in only else one

    return with_judge(replace(layer, comparisons=tuple(map(mute, layer.comparisons))))


def told(made: World, rule: str) -> Remark:
    (one,) = made.said(rule)
    return one


def test_no_reply_that_could_be_read_decides_nothing() -> None:
    one = told(silent(), "judge-unread")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.INVALIDATES)
    assert "no verdict on 40 (100 %) of 40 comparisons: 40 replies could not be read" in one.text
    remedy = remedy_of(one)
    assert "again where no reply came" in remedy
    assert "could not be read take a stronger judge" in remedy


def test_no_reply_that_came_is_no_unfit_judge() -> None:
    one = told(silent(failed=True), "judge-unread")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert "40 replies never came" in one.text


def test_missing_verdicts_that_could_have_shown_something() -> None:
    few = [f"q{i}" for i in range(2)]
    some = [f"q{i}" for i in range(9)]
    even = "+-" * 10
    assert told(silent(even, only=few), "judge-unread").status is Status.KEPT
    one = told(silent(even, only=some), "judge-unread")
    assert one.status is Status.BROKEN
    assert "6 to 5 decisive pairs could be 15 to 5, which shows a difference" in one.text
    assert told(silent("=" * 20, only=some), "judge-unread").status is Status.BROKEN


def test_what_was_asked_and_not_read_is_not_called_unstated() -> None:
    made = silent()
    for rule in ("judge-position-flips", "judge-unstable", "judge-length"):
        one = told(made, rule)
        assert one.status is Status.UNCHECKED, rule
        assert "not known: no reply could be read" in one.text, rule
    assert "no reply came" in told(silent(failed=True), "judge-unstable").text


def test_the_models_answered_and_the_judge_gave_no_verdict() -> None:
    text = told(silent(), "no-baseline").text
    assert "Neither model answered" not in text
    assert "gave no verdict that could be read: no reply could be read." in text


def test_answers_that_a_metric_checks_are_known_to_be_checkable() -> None:
    one = told(with_judge(judged_layer("+-" * 10)), "judge-score-as-quality")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.NOTE)
    assert "20 items of it have an answer that can be checked" in one.text
    assert "read it beside exact_match of qa" in one.text


def card(made: World, at: int = 0) -> JudgeCard:
    return made.findings.judge_cards[at]


def test_the_card_tells_why_replies_were_unread_and_shows_one() -> None:
    made = silent()
    layer = made.evidence.judged["ab"]
    why = Unscorable(reason="the verdict names no answer: <b>C</b>")
    shown = tuple(replace(one, verdict=why, reply="<b>I say C</b>") for one in layer.comparisons)
    made = made.with_evidence(judged={"ab": replace(layer, comparisons=shown)})
    line = card(made).line("unread")
    assert line is not None
    assert "40 replies could not be read (40 × the verdict names no answer), 0 never came" in (
        line.note
    )
    assert card(made).unread == UnreadSample(
        item="q0", why="the verdict names no answer", reply="<b>I say C</b>"
    )
    assert shown_card(card(made), "full").unread is not None
    for policy in ("none", "ids"):
        assert "I say" not in shown_card(card(made), policy).model_dump_json()
    assert "unread" not in shown_card(card(made), "none").model_dump()


def test_one_case_is_too_few_to_call_fine() -> None:
    again = said_once(["first"], JudgePart.REPEAT, first=[True])
    line = card(with_judge(judged_layer("+" * 20, *again))).line("repeats")
    assert line is not None
    assert (line.k, line.n, line.state) == (1, 1, LineState.OPEN)
    assert line.note.startswith("too few to tell")
