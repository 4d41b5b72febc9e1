"""Several comparisons at once: the gate before secondary metrics, Holm, and what it may take."""

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.stats.multiplicity import holm
from evalreport.verdict import Outcome
from tests.analyze.evidence import PRIMARY, world
from tests.analyze.layers import Asked, items, qa

BETTER = ("1" * 120 + "0" * 80, "1" * 60 + "0" * 140)
SAME = ("10" * 100, "01" * 100)
LESS = ("1" * 60 + "0" * 140, "1" * 120 + "0" * 80)


def layer(name: str, codes: tuple[str, str]) -> Asked:
    return qa(*codes, name=name, dataset=name, of=items(200, prefix=name))


def target(name: str, **more: float) -> dict[str, object]:
    return {"layer": name, "metric": "exact_match", **more}


def secondary(*names: str) -> dict[str, object]:
    return {"secondary": [target(name) for name in names]}


def test_secondary_metrics_wait_for_the_primary() -> None:
    for codes, outcome in ((BETTER, FindingOutcome.BETTER), (SAME, FindingOutcome.DESCRIPTIVE)):
        made = world(layer("qa", codes), layer("style", BETTER), evaluation=secondary("style"))
        finding = made.finding("style.exact_match")
        assert finding.outcome is outcome
        is_tested = outcome is FindingOutcome.BETTER
        assert finding.p_adjusted == (finding.p_value if is_tested else None)
        waits = "not tested because the primary is not better" in finding.sentence
        assert waits == (outcome is FindingOutcome.DESCRIPTIVE)


def test_the_gate_opens_only_when_every_primary_is_better() -> None:
    for codes, outcome in ((BETTER, FindingOutcome.BETTER), (SAME, FindingOutcome.DESCRIPTIVE)):
        made = world(
            layer("qa", BETTER),
            layer("second", codes),
            layer("style", BETTER),
            evaluation={
                **secondary("style"),
                "co_primary": [target("second", gain_at_least=0.1)],
            },
        )
        assert made.finding("style.exact_match").outcome is outcome


def test_without_a_primary_secondaries_are_one_corrected_family() -> None:
    """Nothing then decides, and what is said of many metrics at once is said of all of them."""
    made = world(
        layer("style", BETTER),
        layer("tone", SAME),
        primary=None,
        evaluation={"secondary": [target("style"), target("tone")]},
    )
    found = made.finding("style.exact_match")
    assert (found.outcome, found.adjusted_over) == (FindingOutcome.BETTER, 2)
    assert found.p_value is not None
    assert found.p_adjusted == pytest.approx(2 * found.p_value)
    assert made.verdict.outcome is Outcome.NOT_MEASURED


def test_a_secondary_metric_that_fell_is_said_in_the_verdict() -> None:
    made = world(
        layer("qa", BETTER),
        layer("style", LESS),
        primary=PRIMARY,
        evaluation=secondary("style"),
    )
    finding = made.finding("style.exact_match")
    assert finding.outcome is FindingOutcome.WORSE
    assert finding.sentence in made.verdict.because


def test_holm_runs_over_guards_for_losses_and_never_takes_retention() -> None:
    falling = ("0" * 12 + "1" * 3 + "1" * 185, "1" * 12 + "0" * 3 + "1" * 185)
    calm = ("1" * 198 + "01", "1" * 198 + "10")
    codes = [falling, calm, calm, calm]
    made = world(
        layer("qa", BETTER),
        *[layer(f"g{i}", one) for i, one in enumerate(codes)],
        guards=[target(f"g{i}", lose_at_most=0.04) for i in range(4)],
    )
    guards = [made.finding(f"g{i}.exact_match") for i in range(4)]
    raw = [guard.p_value or 0.0 for guard in guards]
    assert raw[0] == pytest.approx(0.0352, abs=1e-4)
    assert [guard.p_adjusted for guard in guards] == list(holm(raw))
    assert guards[0].outcome is FindingOutcome.INCONCLUSIVE
    assert "one of 4 comparisons that are tested together it may be chance" in guards[0].sentence
    assert "(p = 0.14 when corrected for them)" in guards[0].sentence
    assert [g.outcome for g in guards[1:]] == [FindingOutcome.RETAINED] * 3
    alone = world(
        layer("qa", BETTER),
        layer("g0", falling),
        guards=[target("g0", lose_at_most=0.04)],
    )
    assert alone.finding("g0.exact_match").outcome is FindingOutcome.REGRESSED


def test_an_outcome_that_missing_answers_withheld_stays_withheld() -> None:
    made = world(
        layer("qa", BETTER),
        layer("style", ("-" * 60 + "1" * 60 + "0" * 80, BETTER[1])),
        evaluation=secondary("style"),
    )
    finding = made.finding("style.exact_match")
    assert finding.p_adjusted is not None
    assert finding.p_adjusted < 0.05
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert "60 items without an answer" in finding.sentence
