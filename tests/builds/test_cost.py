"""Money through a whole build: what the report says it cost, and the limit that stops it."""

import re
import shutil
from pathlib import Path

import pytest

from evalreport.estimates import NotEstimable
from evalreport.report.volatile import settled
from tests.builds.workshop import ASKED_PER_ARM, SLOW, TEST_ROWS, Workshop

# What a published report claims: 255 USD once, 0.03 a call elsewhere, "then cost = $0/eval".
PUBLISHED = (
    "cost: {fixed: [{name: data generation, amount: 250}], "
    "electricity: {watts: 800, per_kwh: 2.5}, "
    "alternatives: [{name: OpenAI, per_call: 0.03}, {name: Anthropic, per_call: 0.025}, "
    "{name: a cheap API, per_call: 0.000000001}]}\nreport: {formats"
)
# An hour is 3.6 million: each second of machine time costs a thousand.
DEAR = "cost: {{gpu_hour: 3600000, limit: {limit}}}\nreport: {{formats"


@pytest.fixture
def slow(tmp_path: Path) -> Workshop:
    return Workshop.made(tmp_path / "w", SLOW)


def test_a_break_even_states_what_a_call_costs_and_what_it_leaves_out(workshop: Workshop) -> None:
    workshop.change("report: {formats", PUBLISHED)
    ran = workshop.build()
    assert ran.code == 0, ran.err
    cost = workshop.report().cost
    assert cost is not None
    assert [(line.name, line.kind) for line in cost.lines] == [
        ("data generation", "fixed"),
        ("training", "training"),
        ("evaluation", "evaluation"),
    ]
    evaluation = cost.lines[2]
    # 2 arms, and each answer claims 0.01 seconds; what was looked at before is paid for too.
    steps = workshop.report().steps
    before = sum(
        one.seconds for one in steps if one.id in ("preflight tuned seed 1", "preflight base")
    )
    seconds = 2 * ASKED_PER_ARM * 0.01 + before
    assert evaluation.seconds == pytest.approx(seconds)
    assert evaluation.amount == pytest.approx(seconds / 3600 * 0.8 * 2.5)
    assert not isinstance(cost.total, NotEstimable)
    assert cost.total == pytest.approx(
        sum(line.amount for line in cost.lines if not isinstance(line.amount, NotEstimable))
    )
    assert not cost.total_is_at_least
    assert cost.own_per_call == pytest.approx(0.01 / 3600 * 2.0)
    openai, anthropic, cheap = cost.break_even
    assert openai.state == anthropic.state == "reached"
    assert isinstance(openai.calls, int)
    assert isinstance(anthropic.calls, int)
    assert 8334 < openai.calls < anthropic.calls
    assert cheap.state == "never"
    for name in ("report.md", "report.html"):
        text = (workshop.out / name).read_text().replace("\\", "")
        assert "After a break-even each call goes on costing its machine time." in text
        assert "not before" not in text
        assert re.search(r"about 8,3\d\d calls", re.sub(r"<[^>]*>", "", text))
        assert "never; a call of your own costs about" in text
        assert "Whether an alternative answers as well as tuned was not measured." in text


def test_two_builds_of_one_cost_agree_in_what_does_not_depend_on_the_clock(
    workshop: Workshop,
) -> None:
    workshop.change("report: {formats", PUBLISHED)
    assert workshop.build().code == 0
    first = workshop.report()
    shutil.rmtree(workshop.folder / ".evalreport")
    assert workshop.build("--out", "again").code == 0
    again = workshop.report(workshop.folder / "again")
    assert first.cost != again.cost
    assert settled(first).cost == settled(again).cost


def test_at_the_limit_no_further_step_begins(slow: Workshop) -> None:
    """The plan cannot know the time yet; the training alone costs more than it may."""
    assert slow.build("--until", "preflight before training").code == 0
    slow.change("report: {formats", DEAR.format(limit=0.5))
    ran = slow.build()
    assert ran.code == 3
    assert "it stops between steps when 0.50 USD of machine time is spent" in ran.err
    assert len(slow.trainings()) == 1
    assert slow.calls() == []
    report = slow.report()
    outcomes = {step.id: (step.outcome, step.reason) for step in report.steps}
    assert outcomes.pop("preflight before training")[0] == "reused"
    assert outcomes.pop("train seed 1")[0] == "done"
    assert {word for word, _ in outcomes.values()} == {"blocked"}
    for _, reason in outcomes.values():
        assert re.match(
            r"cost\.limit is reached: about [\d,.]+ USD of machine time are spent, and 0\.50 USD "
            r"is allowed; raise the limit and build again, what was done is kept$",
            reason,
        )
    assert report.verdict.outcome == "not_measured"
    assert report.declared.first_scored_at is None
    assert any(line.startswith("ask extraction base: cost.limit") for line in report.not_measured)
    assert "blocked  ask extraction base: cost.limit is reached" in ran.out
    assert report.cost is not None
    assert isinstance(report.cost.lines[-1].amount, NotEstimable)
    assert report.cost.total_is_at_least
    # With a higher limit it goes on where it was.
    slow.change("limit: 0.5", "limit: 1000000000")
    ran = slow.build()
    assert ran.code == 0, ran.err
    assert len(slow.trainings()) == 1
    assert len(slow.calls()) == 2 * ASKED_PER_ARM


def test_a_process_that_asks_ends_between_two_steps(slow: Workshop) -> None:
    """The first step is finished, and no other is begun."""
    slow.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    slow.change("delay_seconds: 0.002", "delay_seconds: 0.2")
    # Starting the process takes less than the limit allows (5 s), and the first step more.
    slow.change("report: {formats", DEAR.format(limit=5000))
    ran = slow.build()
    assert ran.code == 3
    assert len(slow.calls()) == TEST_ROWS
    outcomes = {step.id: step.outcome for step in slow.report().steps if step.kind != "preflight"}
    assert outcomes.pop("ask extraction tuned") == "done"
    assert set(outcomes.values()) == {"blocked"}
    verdict = slow.report().verdict
    assert verdict.outcome == "not_measured"
    assert "raise the limit and build again" in verdict.headline
    cost = slow.report().cost
    assert cost is not None
    assert cost.total_is_at_least
    assert "The build stopped at cost.limit" in cost.note


def test_what_is_there_already_costs_nothing_and_is_read(slow: Workshop) -> None:
    assert slow.build("--until", "train seed 1").code == 0
    slow.change("name: extraction\n", "name: extraction\n      title: Orders\n")
    assert slow.build("--only", "general").code == 0
    slow.change("report: {formats", DEAR.format(limit=0.000001))
    ran = slow.build("--only", "general")
    assert ran.code == 0, ran.both
    outcomes = {step.id: step.outcome for step in slow.report().steps}
    assert outcomes["ask general base"] == outcomes["train seed 1"] == "reused"


def test_an_existing_adapter_and_no_price_is_unknown_and_not_free(workshop: Workshop) -> None:
    workshop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    workshop.change(
        "report: {formats", "cost: {alternatives: [{name: API, per_call: 0.03}]}\nreport: {formats"
    )
    assert workshop.build().code == 0
    cost = workshop.report().cost
    assert cost is not None
    assert isinstance(cost.total, NotEstimable)
    assert [one.state for one in cost.break_even] == ["unknown"]
    assert "unknown: runs/last-week was not trained here" in (
        (workshop.out / "report.md").read_text().replace("\\", "")
    )


def test_answers_that_two_layers_read_are_paid_for_once(workshop: Workshop) -> None:
    workshop.change("report: {formats", PUBLISHED)
    workshop.change(
        "    - {kind: multiple_choice",
        "    - kind: generation\n      name: strict\n      dataset: test\n"
        "      decoding: {max_new_tokens: 48, temperature: 0}\n      metrics: [exact_match]\n"
        "    - {kind: multiple_choice",
    )
    planned = workshop.plan().out
    line = next(one for one in planned.splitlines() if one.startswith("ask strict base"))
    assert "will run: reads the answers of ask extraction base" in line
    assert "items" not in line
    assert workshop.build().code == 0
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM
    report = workshop.report()
    seconds = {step.id: step.seconds for step in report.steps if step.kind == "ask"}
    assert seconds["ask extraction base"] == pytest.approx(TEST_ROWS * 0.01)
    assert seconds["ask strict base"] == 0
    assert sum(seconds.values()) == pytest.approx(2 * ASKED_PER_ARM * 0.01)
