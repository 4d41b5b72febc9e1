"""Laws of gates: a stronger demand never lets more pass, whatever the report is."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.analyze.findings import FindingOutcome
from evalreport.gate.conditions import Demands, Held, NotHeld
from evalreport.report.model import Report, StepFacts
from evalreport.rules.base import Remark, Severity, Status
from evalreport.verdict import Outcome, Strength
from tests.gate.reports import (
    AGREES,
    PRIMARY,
    clear_win,
    gated,
    judged,
    required,
    with_ends,
)

RULES = ("train-eval-overlap", "no-baseline", "truncated", "single-seed", "synthetic-eval")

remarks = st.builds(
    Remark,
    rule=st.sampled_from(RULES),
    family=st.just("data"),
    severity=st.sampled_from(Severity),
    status=st.sampled_from(Status),
    text=st.just("It says so."),
    cites=st.sampled_from(
        [(), (PRIMARY,), ("general.accuracy",), ("extraction.json_valid:tuned",)]
    ),
)
steps = st.builds(
    StepFacts,
    id=st.sampled_from(["ask extraction tuned", "ask general base", "rate people"]),
    kind=st.just("ask"),
    key=st.just("0"),
    outcome=st.sampled_from(["done", "reused", "pending", "blocked", "failed"]),
    reason=st.just(""),
    items=st.just(1),
    seconds=st.just(0.0),
)
held = st.sampled_from(
    [
        AGREES,
        Held("it", differences=("it differs",)),
        NotHeld("why"),
        NotHeld("why", is_demanded=True),
    ]
)
outcomes = st.frozensets(st.sampled_from(Outcome))
demands = st.builds(
    Demands,
    require=outcomes,
    forbid=outcomes,
    strength=st.sampled_from(Strength),
    accepted=st.frozensets(st.sampled_from(RULES)),
    allow_simulated=st.booleans(),
    gain_reached=st.booleans(),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """The clear win with other ends, rules, requirements and steps; sometimes written over."""
    ends = draw(st.sampled_from(FindingOutcome)), draw(st.sampled_from(FindingOutcome))
    report = with_ends(clear_win(), *ends, remarks=tuple(draw(st.lists(remarks, max_size=4))))
    met = draw(st.sampled_from([True, False, None]))
    report = judged(report, measurements=(required(met),) if draw(st.booleans()) else ())
    report = report.model_copy(
        update={
            "smoke": draw(st.integers(0, 3)) == 0,
            "steps": (*report.steps, *draw(st.lists(steps, max_size=2))),
        }
    )
    if draw(st.booleans()):
        findings = tuple(one.model_copy(update={"simulated": False}) for one in report.findings)
        report = report.model_copy(update={"simulated": False, "findings": findings})
    if draw(st.integers(0, 3)) == 0:
        written = {"outcome": draw(st.sampled_from(Outcome))}
        report = report.model_copy(update={"verdict": report.verdict.model_copy(update=written)})
    return report


@st.composite
def stronger(draw: st.DrawFn, given_demands: Demands) -> Demands:
    """The same demands, or more of them."""
    return replace(
        given_demands,
        require=given_demands.require & draw(outcomes),
        forbid=given_demands.forbid | draw(outcomes),
        strength=draw(st.sampled_from([given_demands.strength, Strength.FULL])),
        accepted=given_demands.accepted & draw(st.frozensets(st.sampled_from(RULES))),
        allow_simulated=given_demands.allow_simulated and draw(st.booleans()),
        gain_reached=given_demands.gain_reached or draw(st.booleans()),
    )


@settings(max_examples=120, deadline=None)
@given(reports(), demands, st.data(), held, held)
def test_more_demands_never_open_a_gate(
    report: Report, some: Demands, data: st.DataObject, spec: Held | NotHeld, items: Held | NotHeld
) -> None:
    more = data.draw(stronger(some))
    if gated(report, more, spec=spec, items=items).is_passed:
        assert gated(report, some, spec=spec, items=items).is_passed


@settings(max_examples=60, deadline=None)
@given(reports(), demands, held, held)
def test_what_was_held_against_it_never_opens_a_gate(
    report: Report, some: Demands, spec: Held | NotHeld, items: Held | NotHeld
) -> None:
    """Leaving a spec or the items out may only lose a reason to close."""
    if gated(report, some, spec=spec, items=items).is_passed:
        assert gated(report, some, spec=NotHeld("left out"), items=NotHeld("left out")).is_passed


@settings(max_examples=60, deadline=None)
@given(
    reports(),
    demands.filter(lambda one: Outcome.BETTER in one.require - one.forbid).map(
        lambda one: replace(one, gain_reached=False)
    ),
)
def test_what_is_better_at_full_strength_passes_every_weaker_gate(
    report: Report, weaker: Demands
) -> None:
    if gated(report, Demands()).is_passed:
        assert gated(report, weaker).is_passed


@settings(max_examples=60, deadline=None)
@given(reports(), demands)
def test_a_gate_that_opens_says_what_every_condition_came_to(report: Report, some: Demands) -> None:
    found = gated(report, some)
    stamps = "".join(f"{one}, " for one in found.stamps)
    assert found.sentence.startswith(f"{stamps}{'met: ' if found.is_passed else 'not met: '}")
    assert found.is_passed is (not report.smoke and all(one.is_passed for one in found.conditions))
    if found.is_passed:
        assert report.verdict.outcome in some.require - some.forbid
