"""Names on the command line: what they mean, and what is said of those that mean nothing."""

from collections.abc import Sequence

import pytest

from evalreport.errors import EXIT_SPEC, EvalReportError
from evalreport.gate.conditions import Demands
from evalreport.gate.names import demands_of
from evalreport.rules.table import RULES
from evalreport.verdict import Outcome, Strength

SAYING = set(Outcome) - {Outcome.INVALID_EVIDENCE, Outcome.NOT_MEASURED}


def _demands(
    require: Sequence[str] = (), forbid: Sequence[str] = (), accept: Sequence[str] = ()
) -> Demands:
    return demands_of(require, forbid, accept, strength=Strength.FULL, allow_simulated=False)


@pytest.mark.parametrize(
    ("require", "forbid", "passing"),
    [
        ((), (), {"better"}),
        (("better, equivalent",), (), {"better", "equivalent"}),
        (("better", "equivalent"), (), {"better", "equivalent"}),
        (("better,equivalent",), ("equivalent",), {"better"}),
        (("any",), (), SAYING),
        (("any",), ("worse,mixed", "inconclusive"), SAYING - {"worse", "mixed", "inconclusive"}),
        (("any,not_measured",), (), SAYING | {"not_measured"}),
        ((), ("worse",), {"better"}),  # what is forbidden lets nothing else pass
    ],
)
def test_what_passes_is_named(
    require: Sequence[str], forbid: Sequence[str], passing: set[str]
) -> None:
    found = _demands(require, forbid)
    assert {*found.require} - {*found.forbid} == passing


def test_every_wrong_name_is_told_at_once_with_the_nearest_right_one() -> None:
    with pytest.raises(EvalReportError) as told:
        _demands(["beter,equivalent"], ["", "lost"], ["train-eval-overlaps"])
    assert told.value.exit_code == EXIT_SPEC
    outcomes = ", ".join(one.value for one in Outcome)
    assert str(told.value) == (
        "--require beter\n  there is no such outcome\n  did you mean better?\n"
        f"--forbid \n  there is no such outcome\n  outcomes: {outcomes}\n"
        f"--forbid lost\n  there is no such outcome\n  outcomes: {outcomes}\n"
        "--accept train-eval-overlaps\n  there is no such rule\n  did you mean train-eval-overlap?"
    )


@pytest.mark.parametrize(
    ("rule", "what", "hint"),
    [
        (
            "single-seed",
            "this rule invalidates nothing: where it is broken, it weakens the evidence",
            "--strength weak lets weak evidence pass",
        ),
        ("packed-base", "this rule only notes, and closes no gate", "leave it out"),
    ],
)
def test_accepting_what_closes_no_gate_is_an_error(rule: str, what: str, hint: str) -> None:
    with pytest.raises(EvalReportError) as told:
        _demands(accept=["train-eval-overlap", rule])
    assert told.value.exit_code == EXIT_SPEC
    assert str(told.value) == f"--accept {rule}\n  {what}\n  {hint}"


def test_every_rule_that_may_invalidate_can_be_accepted() -> None:
    """Also those that do so only from some share on, as their `varies` says."""
    may = [one.id for one in RULES if "invalidates" in f"{one.severity.value} {one.varies}"]
    names = frozenset(may) - {"spec-changed-after-results"}
    assert len(names) > 10
    assert _demands(accept=[",".join(names)]).accepted == names


@pytest.mark.parametrize(("require", "forbid"), [((), ("better",)), (("mixed",), ("mixed,worse",))])
def test_demands_that_nothing_can_meet_are_refused(
    require: Sequence[str], forbid: Sequence[str]
) -> None:
    with pytest.raises(EvalReportError, match="so nothing could pass"):
        _demands(require, forbid)
