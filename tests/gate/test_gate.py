"""The gate: each condition met and broken, every outcome under every demand, and nothing believed
that the report itself contradicts."""

from dataclasses import replace
from typing import Any

import pytest

from evalreport.analyze.findings import FindingOutcome, FindingRole, Findings
from evalreport.estimates import Estimate
from evalreport.gate.conditions import Condition, Demands, Held, NotHeld, State
from evalreport.gate.gain import gain_condition
from evalreport.gate.gate import gate
from evalreport.report.load import load_report
from evalreport.report.model import Report, StepFacts
from evalreport.rules.base import Remark, Severity, Status
from evalreport.verdict import Outcome, Strength
from evalreport.verdict.grounds import OfFormat, grounds_of
from evalreport.verdict.picked import Picked
from tests.gate.reports import (
    AGREES,
    GOLD,
    PRIMARY,
    SIMULATED,
    SPOILT,
    clear_win,
    condition,
    ended,
    gated,
    guard_of,
    judged,
    required,
    with_ends,
)

EVERY = frozenset(Outcome)
ROOT = GOLD.parent.parent
STATED = [*sorted(GOLD.glob("*/report.json")), *sorted(ROOT.glob("reports/**/report.json"))]


def test_a_clear_win_passes_by_every_condition() -> None:
    found = gated(clear_win())
    assert found.is_passed
    assert found.sentence == "SIMULATED, met: better (full)"
    states = {one.name: one.state for one in found.conditions}
    assert states == {
        "measured": State.OPEN,
        "items": State.MET,
        "current": State.MET,
        "steps": State.MET,
        "declared": State.MET,
        "rules": State.MET,
        "outcome": State.MET,
        "gain": State.MET,
        "strength": State.MET,
        "guards": State.MET,
        "requirements": State.OPEN,
    }


@pytest.mark.parametrize("path", STATED, ids=[path.parent.name for path in STATED])
def test_no_report_of_this_version_contradicts_itself(path: object) -> None:
    assert isinstance(path, type(GOLD))
    report = load_report(path)
    for name in ("outcome", "strength"):
        assert "it was changed" not in condition(report, name).why


# The outcome


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("named", Outcome)
def test_an_outcome_passes_where_it_is_required_and_not_forbidden(
    outcome: Outcome, named: Outcome
) -> None:
    report = ended(outcome)
    assert report.verdict.outcome is outcome
    require = replace(SIMULATED, require=frozenset({named}))
    forbid = replace(SIMULATED, require=EVERY, forbid=frozenset({named}))
    is_named = outcome is named
    assert condition(report, "outcome", require).is_passed is is_named
    assert condition(report, "outcome", forbid).is_passed is not is_named
    both = replace(require, forbid=frozenset({named}))
    assert not condition(report, "outcome", both).is_passed


def test_the_outcome_says_what_was_required() -> None:
    one = replace(SIMULATED, require=frozenset({Outcome.EQUIVALENT, Outcome.BETTER}))
    found = condition(ended(Outcome.INCONCLUSIVE), "outcome", one)
    assert found.why == "the outcome is inconclusive, and better or equivalent is required"
    assert found.claim == "the outcome is better or equivalent"
    forbidden = replace(SIMULATED, require=EVERY, forbid=frozenset({Outcome.MIXED}))
    found = condition(ended(Outcome.MIXED), "outcome", forbidden)
    assert found.why == "the outcome is mixed, which is forbidden"


# The gain that was asked for

REACHED = replace(SIMULATED, gain_reached=True)


def _with_primary(**changes: object) -> Report:
    findings = tuple(
        one.model_copy(update=changes) if one.role is FindingRole.PRIMARY else one
        for one in clear_win().findings
    )
    return judged(clear_win(), findings=findings)


def test_a_gain_that_reaches_what_was_asked_for_meets_every_demand() -> None:
    for demands in (SIMULATED, REACHED):
        found = condition(clear_win(), "gain", demands)
        assert (found.state, found.why) == (State.MET, "at least the 10 points asked for")
    assert gated(clear_win(), REACHED).is_passed


@pytest.mark.parametrize(
    ("asked", "short"),
    [
        (0.9, "real, but less than the 90 points asked for"),
        (0.57, "whether it reaches the 57 points asked for is not settled"),
    ],
)
def test_a_smaller_gain_passes_with_a_word_and_not_where_it_is_demanded(
    asked: float, short: str
) -> None:
    """`better` is a gain that is shown, of whatever size."""
    report = _with_primary(gain_at_least=asked)
    found = condition(report, "gain")
    assert (found.state, found.why) == (State.OPEN, f"{short} (--gain-reached demands it)")
    assert gated(report).sentence == f"SIMULATED, met: better (full): {short}"
    assert condition(report, "gain", REACHED).state is State.NOT_MET
    assert gated(report, REACHED).sentence == f"SIMULATED, not met: {short}"


@pytest.mark.parametrize("outcome", [Outcome.EQUIVALENT, Outcome.INCONCLUSIVE, Outcome.WORSE])
def test_what_claims_no_gain_reaches_none(outcome: Outcome) -> None:
    every = replace(SIMULATED, require=EVERY)
    found = condition(ended(outcome), "gain", every)
    assert (found.state, found.why) == (State.OPEN, f"the outcome {outcome.value} claims no gain")
    demanded = replace(every, gain_reached=True)
    assert condition(ended(outcome), "gain", demanded).state is State.NOT_MET


def test_a_gain_that_nobody_asked_for_cannot_be_demanded() -> None:
    report = _with_primary(gain_at_least=None)
    assert condition(report, "gain").state is State.OPEN
    found = condition(report, "gain", REACHED)
    assert found.state is State.UNTOLD
    assert found.why == "no gain was asked for (gain_at_least)"


@pytest.mark.parametrize(
    ("made", "short"),
    [
        (
            {"picked": {PRIMARY: Picked(3, is_shown=True)}},
            "whether it reaches what was asked for is open, since it is the best of 3 arms",
        ),
        (
            {"by_format": {PRIMARY: OfFormat("of which a part may be format", None)}},
            "whether it reaches what was asked for is open, since it may be format",
        ),
        ({"void": {PRIMARY: SPOILT}}, "its evidence does not count"),
    ],
)
def test_a_gain_whose_size_is_open_is_not_shown_to_be_reached(
    made: dict[str, Any], short: str
) -> None:
    findings = Findings(findings=clear_win().findings, measurements=clear_win().measurements)
    grounds = replace(grounds_of(findings, clear_win().remarks), **made)
    found = gain_condition(Outcome.BETTER, grounds, REACHED)
    assert (found.state, found.why) == (State.NOT_MET, short)


def test_of_a_gain_that_is_partly_format_the_fair_one_counts() -> None:
    (primary,) = (one for one in clear_win().findings if one.role is FindingRole.PRIMARY)
    small = Estimate(value=0.08, low=0.02, high=0.14, level=0.95, method="exact")
    fair = primary.model_copy(
        update={"arms": ("tuned", "prompted"), "difference": small, "gain_at_least": None}
    )
    findings = Findings(findings=clear_win().findings, measurements=clear_win().measurements)
    grounds = replace(
        grounds_of(findings, clear_win().remarks),
        by_format={PRIMARY: OfFormat("of which a part may be format", fair)},
    )
    found = gain_condition(Outcome.BETTER, grounds, REACHED)
    assert found.state is State.NOT_MET
    assert found.why == (
        "whether it reaches the 10 points asked for is not settled, against prompted"
    )


def test_what_was_written_over_is_not_believed() -> None:
    """Also where nothing is computed again from items."""
    report = ended(Outcome.WORSE)
    better = report.verdict.model_copy(update={"outcome": Outcome.BETTER})
    found = gated(report.model_copy(update={"verdict": better}), items=NotHeld("its word is taken"))
    assert not found.is_passed
    assert found.sentence == (
        "SIMULATED, not met: the report says the outcome better, and what it holds gives worse: it was "
        "changed, or made by another version (0.1.0)"
    )
    weak = judged(clear_win(), remarks=(*clear_win().remarks, *_weakening(3)))
    strong = weak.verdict.model_copy(update={"strength": Strength.FULL})
    found = gated(weak.model_copy(update={"verdict": strong}))
    assert "says full strength, and what it holds gives weak" in found.sentence


# Strength


def _weakening(count: int) -> tuple[Remark, ...]:
    return tuple(
        SPOILT.model_copy(update={"rule": rule, "severity": Severity.WEAKENS})
        for rule in ("single-seed", "synthetic-eval", "truncated")[:count]
    )


def test_weak_evidence_passes_only_where_that_is_enough() -> None:
    weak = judged(clear_win(), remarks=(*clear_win().remarks, *_weakening(3)))
    assert weak.verdict.strength is Strength.WEAK
    found = condition(weak, "strength")
    assert found.state is State.NOT_MET
    assert found.why.startswith(
        "the evidence is weak, and full strength is required (broken: single-seed, "
    )
    assert gated(weak, replace(SIMULATED, strength=Strength.WEAK)).is_passed
    assert gated(clear_win(), replace(SIMULATED, strength=Strength.WEAK)).is_passed


def test_what_tells_nothing_has_no_strength() -> None:
    found = condition(ended(Outcome.INCONCLUSIVE), "strength")
    assert (found.state, found.why) == (
        State.OPEN,
        "inconclusive has no strength to speak of (broken: single-seed)",
    )


# Guards


@pytest.mark.parametrize(
    ("primary", "guard", "state"),
    [
        (FindingOutcome.BETTER, FindingOutcome.RETAINED, State.MET),
        (FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED, State.MET),
        (FindingOutcome.EQUIVALENT, FindingOutcome.INCONCLUSIVE, State.NOT_MET),
        (FindingOutcome.BETTER, FindingOutcome.INCONCLUSIVE, State.OPEN),  # retention unknown
        (FindingOutcome.BETTER, FindingOutcome.LOST, State.OPEN),  # mixed
        (FindingOutcome.INCONCLUSIVE, FindingOutcome.REGRESSED, State.OPEN),
    ],
)
def test_a_guard_has_to_be_retained_unless_the_outcome_says_that_it_is_not(
    primary: FindingOutcome, guard: FindingOutcome, state: State
) -> None:
    """Only an outcome that says so, and that somebody required, passes without retention."""
    report = with_ends(clear_win(), primary, guard)
    assert condition(report, "guards").state is state
    asked = replace(SIMULATED, require=frozenset({report.verdict.outcome}))
    assert gated(report, asked).is_passed is (state is not State.NOT_MET)


def test_a_guard_on_evidence_that_does_not_count_is_not_retained() -> None:
    guard = guard_of(clear_win()).id
    spoilt = SPOILT.model_copy(update={"cites": (guard,)})
    report = with_ends(
        clear_win(), FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED, remarks=(spoilt,)
    )
    found = condition(report, "guards")
    assert found.state is State.NOT_MET
    assert found.why == "letters json valid rests on evidence that does not count"


def test_what_ships_is_gated_too() -> None:
    """A guard that tuned retains and its export loses: the verdict is about tuned."""
    guard = guard_of(clear_win())
    lost = guard.model_copy(
        update={
            "id": f"{guard.id}:merged~base",
            "arms": ("merged", "base"),
            "role": FindingRole.EXPLORATORY,
            "outcome": FindingOutcome.LOST,
        }
    )
    report = judged(clear_win(), findings=(*clear_win().findings, lost))
    assert report.verdict.outcome is Outcome.BETTER
    found = condition(report, "guards")
    assert (found.state, found.why) == (
        State.NOT_MET,
        "of what ships, merged lost letters json valid",
    )
    unknown = judged(
        clear_win(),
        findings=tuple(
            one.model_copy(update={"outcome": FindingOutcome.INCONCLUSIVE}) if one is guard else one
            for one in (*clear_win().findings, lost)
        ),
    )
    assert unknown.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert condition(unknown, "guards").state is State.NOT_MET


# Requirements


SHORT = (
    "extraction json valid of tuned is 93.0 % (95 % interval 85.0 to 97.0), and at least 90 % is "
    "asked"
)


@pytest.mark.parametrize(
    ("met", "note", "state", "why"),
    [
        (True, "", State.MET, "1 requirement met"),
        (False, "", State.NOT_MET, SHORT),
        (None, "3 answers are missing", State.UNTOLD, f"{SHORT} (3 answers are missing)"),
    ],
)
def test_a_requirement_has_to_be_shown_to_be_met(
    met: bool | None, note: str, state: State, why: str
) -> None:
    one = required(met, low=0.85).model_copy(update={"note": note})
    report = judged(clear_win(), measurements=(one,))
    found = condition(report, "requirements")
    assert (found.state, found.why) == (state, why)
    assert gated(report).is_passed is (state is State.MET)


def test_a_requirement_on_evidence_that_does_not_count_is_not_met() -> None:
    one = required(met=True)
    spoilt = SPOILT.model_copy(update={"cites": (one.id,)})
    report = judged(clear_win(), measurements=(one,), remarks=(*clear_win().remarks, spoilt))
    found = condition(report, "requirements")
    assert found.state is State.NOT_MET
    assert found.why.endswith("on evidence that does not count")


# Rules


def test_a_broken_rule_that_invalidates_anything_closes_it() -> None:
    aside = SPOILT.model_copy(update={"cites": ("letters.accuracy@group=a",)})
    report = judged(clear_win(), remarks=(*clear_win().remarks, aside))
    assert report.verdict.outcome is Outcome.BETTER
    found = condition(report, "rules")
    assert found.state is State.NOT_MET
    assert found.why == "a broken rule invalidates letters.accuracy@group=a: train-eval-overlap"
    assert not gated(report).is_passed
    accepting = replace(SIMULATED, accepted=frozenset({"train-eval-overlap"}))
    assert gated(report, accepting).is_passed
    assert condition(report, "rules", accepting).why.startswith(
        "broken and accepted: train-eval-overlap"
    )


def test_accepting_a_rule_does_not_mend_a_verdict_that_it_spoils() -> None:
    accepting = replace(SIMULATED, accepted=frozenset({"train-eval-overlap"}))
    found = gated(ended(Outcome.INVALID_EVIDENCE), accepting)
    assert (
        found.sentence
        == "SIMULATED, not met: the outcome is invalid_evidence, and better is required"
    )


def test_rules_that_weaken_or_were_not_checked_do_not_close_it() -> None:
    unchecked = SPOILT.model_copy(update={"status": Status.UNCHECKED})
    report = judged(clear_win(), remarks=(*clear_win().remarks, unchecked, *_weakening(2)))
    found = condition(report, "rules")
    assert found.state is State.MET
    aside = SPOILT.model_copy(
        update={"rule": "length-gain", "severity": Severity.WEAKENS, "cites": ("letters",)}
    )
    weak = "2 that weaken are, see strength"
    assert found.why == (
        f"none that invalidates is broken; {weak}; could not be checked: train-eval-overlap"
    )
    assert condition(report, "strength").why == (
        "full; 2 broken rules count against it (single-seed, synthetic-eval), and 3 would make it "
        "weak"
    )
    more = judged(report, remarks=(*report.remarks, aside))
    other = "1 more weakens what the verdict does not rest on: length-gain"
    assert f"{weak}; {other}; could not be" in condition(more, "rules").why


def test_where_no_rule_could_be_checked_nothing_tells_whether_one_is_broken() -> None:
    remarks = tuple(
        one.model_copy(update={"status": Status.UNCHECKED})
        if one.severity is Severity.INVALIDATES and one.status is not Status.NOT_APPLICABLE
        else one
        for one in clear_win().remarks
    )
    found = condition(judged(clear_win(), remarks=remarks), "rules")
    assert found.state is State.UNTOLD
    assert found.why.startswith("no rule that invalidates could be checked: ")


def test_where_no_rule_that_counts_is_broken_it_says_so() -> None:
    kept = tuple(one for one in clear_win().remarks if one.status is not Status.BROKEN)
    report = judged(clear_win(), remarks=kept)
    assert condition(report, "rules").why.startswith("none that invalidates or weakens is broken")
    assert condition(report, "strength").why == "full"


# Declared


def test_a_declaration_that_was_changed_after_results_closes_it() -> None:
    """Even a change that only weakens: a gain worth having is the margin of `equivalent`."""

    def changed(status: Status, *accepted: str) -> object:
        remarks = tuple(
            one.model_copy(
                update={
                    "status": status,
                    "text": "The gain worth having was 0.1 and is 0.02.",
                    "cites": (PRIMARY,),
                }
            )
            if one.rule == "spec-changed-after-results"
            else one
            for one in clear_win().remarks
        )
        report = judged(clear_win(), remarks=remarks)
        assert report.verdict.outcome is Outcome.BETTER
        demands = replace(SIMULATED, accepted=frozenset(accepted))
        state = condition(report, "declared", demands).state
        return state, gated(report, demands).is_passed

    assert changed(Status.BROKEN) == (State.NOT_MET, False)
    assert changed(Status.BROKEN, "spec-changed-after-results") == (State.NOT_MET, False)
    assert changed(Status.UNCHECKED) == (State.UNTOLD, False)
    assert changed(Status.UNCHECKED, "spec-changed-after-results") == (State.OPEN, True)
    assert changed(Status.NOT_APPLICABLE) == (State.OPEN, True)
    without = tuple(r for r in clear_win().remarks if r.rule != "spec-changed-after-results")
    found = condition(judged(clear_win(), remarks=without), "declared")
    assert found.state is State.UNTOLD


# Steps


def _step(step: str, outcome: str, reason: str) -> StepFacts:
    return StepFacts.model_validate(
        {
            "id": step,
            "kind": step.split(maxsplit=1)[0],
            "key": "0" * 64,
            "outcome": outcome,
            "reason": reason,
            "items": 1,
            "seconds": 0.0,
        }
    )


@pytest.mark.parametrize(
    ("step", "outcome", "reason", "why"),
    [
        ("ask seen base", "failed", "out of memory", "ask seen base failed: out of memory"),
        ("judge ab tuned", "blocked", "left out by --only", "judge ab tuned did not run: left out by --only"),
        ("ask extraction tuned", "pending", "", "ask extraction tuned is not done"),
    ],
)  # fmt: skip
def test_a_step_that_is_not_done_closes_it(step: str, outcome: str, reason: str, why: str) -> None:
    steps = (*clear_win().steps, _step(step, outcome, reason))
    report = clear_win().model_copy(update={"steps": steps})
    assert gated(report).sentence == f"SIMULATED, not met: {why}"


def test_a_report_without_steps_tells_nothing_of_them() -> None:
    report = clear_win().model_copy(update={"steps": ()})
    assert condition(report, "steps").state is State.UNTOLD


def test_people_are_not_waited_for_where_the_verdict_does_not_rest_on_them() -> None:
    waits = _step("ask opinions tuned", "pending", "ratings of 2 people")
    report = clear_win().model_copy(update={"steps": (*clear_win().steps, waits)})
    found = condition(report, "steps")
    assert found.state is State.MET
    assert found.why == (
        f"{len(clear_win().steps)} of {len(clear_win().steps) + 1} steps done; the verdict does "
        "not rest on what waits: ask opinions tuned is not done: ratings of 2 people"
    )


# Whether it can be believed


def test_what_was_simulated_passes_only_where_that_is_allowed() -> None:
    found = gated(clear_win(), Demands())
    assert found.sentence == (
        "SIMULATED, not met: its models are simulated, so it says nothing about a real one "
        "(--allow-simulated)"
    )
    hidden = clear_win().model_copy(update={"simulated": False})  # its findings say so too
    assert condition(hidden, "measured", Demands()).state is State.NOT_MET


def test_what_others_measured_is_said_to_be() -> None:
    """It was measured, and nobody here saw it."""
    report = load_report(GOLD / "totals-only/report.json")
    found = condition(report, "measured", Demands())
    assert found.state is State.MET
    assert found.why == (
        "neither simulated nor a smoke run; measured elsewhere, and taken as it was told: "
        "grade-maths.exact_match, general.accuracy"
    )


def test_a_smoke_run_never_passes() -> None:
    report = clear_win().model_copy(update={"smoke": True})
    assert condition(report, "measured").state is State.NOT_MET
    assert not gated(report).is_passed


@pytest.mark.parametrize("name", ["items", "current"])
def test_a_report_that_is_not_what_it_was_held_against_does_not_pass(name: str) -> None:
    def held(came: Held | NotHeld) -> tuple[Condition, bool]:
        came_of = {"items": AGREES, "spec": AGREES} | {{"current": "spec"}.get(name, name): came}
        found = gate(clear_win(), SIMULATED, spec=came_of["spec"], items=came_of["items"])
        return next(one for one in found.conditions if one.name == name), found.is_passed

    differs, is_passed = held(Held("what there is", differences=("two differences", "one")))
    assert (differs.state, differs.why) == (State.NOT_MET, "two differences")
    assert differs.details == ("two differences", "one")
    assert not is_passed
    untold, is_passed = held(NotHeld("there are none", is_demanded=True))
    assert (untold.state, is_passed) == (State.UNTOLD, False)
    left, is_passed = held(NotHeld("not asked"))
    assert (left.state, is_passed) == (State.OPEN, True)
    partly, is_passed = held(Held("what there is", unseen=("dataset test",)))
    assert (partly.why, is_passed) == ("what there is; not looked at: dataset test", True)


def test_the_sentence_begins_with_what_is_least_to_be_believed() -> None:
    report = ended(Outcome.MIXED).model_copy(update={"smoke": True})
    assert gated(report).sentence == (
        "SIMULATED, SMOKE, not met: a smoke run shows that everything connects, and nothing else; 1 more condition "
        "is not met"
    )
