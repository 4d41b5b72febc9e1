"""What bounds the result of a diff: the same base, broken rules, gates, runs, picking, margins."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.diff.diff import diff
from evalreport.diff.grounds import PICKING
from evalreport.diff.model import Differences, Pairing
from evalreport.diff.opened import Opened
from evalreport.estimates import Estimate
from evalreport.render import render_diff_html, render_diff_markdown
from evalreport.report.model import Report
from evalreport.report.read_items import ItemsRead
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.verdict import Outcome, Strength
from tests.diff.worlds import rescored, table_of, with_build

PRIMARY, GUARD, SECONDARY = "extraction.field_accuracy", "general.accuracy", "extraction.json_valid"
LOW = [0.25 + 0.25 * (i % 2) for i in range(40)]


def _raised(values: Iterable[float], items: Iterable[int], by: float = 0.25) -> list[float]:
    chosen = set(items)
    return [value + by if i in chosen else value for i, value in enumerate(values)]


def _told(one: Opened, **changes: object) -> Opened:
    """The same build whose report says something else."""
    report: Report = one.build.report.model_copy(update=changes)
    return with_build(one, replace(one.build, report=report))


def _remark(severity: Severity, rule: str, text: str, *cites: str) -> Remark:
    return Remark(
        rule=rule,
        family=Family.INFERENCE,
        severity=severity,
        status=Status.BROKEN,
        text=text,
        cites=cites,
    )


def _of(found: Differences, metric: str) -> Pairing:
    return next(one for one in found.pairings if one.id == metric)


def _outcome(found: Differences, metric: str) -> FindingOutcome:
    finding = _of(found, metric).finding
    assert finding is not None
    return finding.outcome


def _scored(
    first: Opened, better: Opened, tuned: list[float], base: list[float]
) -> tuple[Opened, Opened]:
    """Two builds without a broken rule; A scored LOW throughout."""
    a = rescored(_told(first, remarks=()), {"field_accuracy": [LOW]}, base=LOW)
    return a, rescored(_told(better, remarks=()), {"field_accuracy": [tuned]}, base=base)


def test_what_the_same_base_moved_by_as_well_is_no_difference(
    first: Opened, better: Opened
) -> None:
    """Tuned gains 12.5 points, and so does the base, on other items."""
    a, b = _scored(first, better, _raised(LOW, range(20)), _raised(LOW, range(20, 40)))
    found = diff(a, b)
    one = _of(found, PRIMARY)
    assert one.finding is not None
    assert isinstance(one.finding.difference, Estimate)
    assert one.finding.difference.value == pytest.approx(0.125)
    assert one.finding.difference.excludes(0)
    assert one.moved is not None
    assert (one.moved.n, one.moved.changed) == (40, 20)
    assert isinstance(one.moved.shift, Estimate)
    assert isinstance(one.moved.beyond, Estimate)
    assert one.moved.shift.value == pytest.approx(0.125)
    assert one.moved.beyond.value == pytest.approx(0)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "the same base, asked the same, moved as well: +12.5 points" in found.headline
    assert "which does not show it" in found.headline
    for page in (render_diff_markdown(found), render_diff_html(found)):
        assert "The same base moved by" in page
        assert "✔ Better" not in page


def test_a_gain_beyond_what_the_base_moved_by_is_one_and_both_are_told(
    first: Opened, better: Opened
) -> None:
    a, b = _scored(first, better, _raised(LOW, range(30)), _raised(LOW, range(8)))
    found = diff(a, b)
    one = _of(found, PRIMARY)
    assert one.moved is not None
    assert isinstance(one.moved.beyond, Estimate)
    assert one.moved.beyond.value == pytest.approx(0.25 * (30 - 8) / 40)
    assert one.moved.p_value is not None
    assert one.moved.p_value < 0.05
    assert _outcome(found, PRIMARY) is FindingOutcome.BETTER
    assert "moved on extraction field accuracy as well, by +5.0 points" in found.headline
    assert "beyond that movement the tuned models differ by +13.8 points" in found.headline


def test_a_loss_that_is_the_measurements_is_no_loss(first: Opened, better: Opened) -> None:
    fell = _raised(LOW, range(30), -0.25)
    a, b = _scored(first, better, fell, fell)
    found = diff(a, b)
    assert _outcome(found, PRIMARY) is FindingOutcome.INCONCLUSIVE
    same = rescored(b, {"field_accuracy": [fell]}, base=LOW)
    assert diff(a, same).outcome is Outcome.WORSE
    assert _of(diff(a, same), PRIMARY).moved is None


def test_a_moved_measurement_is_seldom_called_a_better_model(first: Opened, better: Opened) -> None:
    """100 worlds in which whatever is measured later scores 10 points more: 5 % may be called."""
    rng = np.random.default_rng(7)
    called = raw = 0
    for _ in range(100):
        level = rng.random(40) * 0.3 + 0.25
        shift = (rng.random((2, 40)) < 0.5) * 0.2
        noise = rng.uniform(-0.1, 0.1, (4, 40))
        a = rescored(
            _told(first, remarks=()),
            {"field_accuracy": [level + noise[0]]},
            base=(level + noise[1]).tolist(),
        )
        b = rescored(
            _told(better, remarks=()),
            {"field_accuracy": [level + shift[0] + noise[2]]},
            base=(level + shift[1] + noise[3]).tolist(),
        )
        one = _of(diff(a, b), PRIMARY).finding
        assert one is not None
        assert isinstance(one.difference, Estimate)
        raw += one.difference.excludes(0)
        called += one.outcome in (FindingOutcome.BETTER, FindingOutcome.WORSE)
    assert raw >= 95
    assert called <= 11  # 5 % of 100, and chance: more is seen once in 100 such tests


def _retained(first: Opened, better: Opened) -> tuple[Opened, Opened]:
    """Two builds without a broken rule, whose guard is retained against the base in both."""
    sides = []
    for side in (first, better):
        findings = tuple(
            one.model_copy(update={"outcome": FindingOutcome.RETAINED}) if one.id == GUARD else one
            for one in side.build.report.findings
        )
        sides.append(_told(side, remarks=(), findings=findings))
    return sides[0], sides[1]


def test_a_guard_counts_where_no_rule_voids_it_in_either_build(
    first: Opened, better: Opened
) -> None:
    a, b = _retained(first, better)
    assert diff(a, b).outcome is Outcome.BETTER
    void = _remark(Severity.INVALIDATES, "no-baseline", "Nobody knows what it was.", GUARD)
    for sides in ((_told(a, remarks=(void,)), b), (a, _told(b, remarks=(void,)))):
        found = diff(*sides)
        assert found.outcome is Outcome.BETTER_RETENTION_UNKNOWN
        assert _outcome(found, GUARD) is FindingOutcome.INCONCLUSIVE
        assert "Nobody knows what it was." in _of(found, GUARD).void
        page = render_diff_markdown(found)
        assert "✔ retained" not in page
        assert "This does not count. In " in page


def test_a_guard_that_b_does_not_keep_against_the_base_is_not_kept_by_being_like_a(
    first: Opened, better: Opened
) -> None:
    """Else every build may lose the margin once more."""
    a, b = _retained(first, better)
    lost = tuple(
        one.model_copy(update={"outcome": FindingOutcome.LOST}) if one.id == GUARD else one
        for one in b.build.report.findings
    )
    found = diff(a, _told(b, findings=lost))
    assert found.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    one = _of(found, GUARD).finding
    assert one is not None
    assert "B's own report does not show that tuned is within it" in one.withheld
    assert any("losses from build to build add up" in note for note in found.notes)


def test_secondary_metrics_wait_for_a_primary_that_could_be_compared(
    first: Opened, better: Opened
) -> None:
    valid = [[float(i >= 20) for i in range(40)], [1.0] * 40]
    scores = {"json_valid": valid[0], "field_accuracy": LOW}
    a = rescored(first, {name: [row] for name, row in scores.items()})
    b = rescored(better, {"json_valid": [valid[1]], "field_accuracy": [_raised(LOW, range(30))]})
    assert _outcome(diff(a, b), SECONDARY) is FindingOutcome.BETTER
    table = table_of(b)
    wider = tuple(
        replace(one, high=2.0) if one.metric == "field_accuracy" else one for one in table.columns
    )
    assert isinstance(b.items, ItemsRead)
    basis = replace(b.items.basis, tables={"extraction": replace(table, columns=wider)})
    found = diff(a, Opened(b.build, replace(b.items, basis=basis)))
    one = _of(found, SECONDARY).finding
    assert one is not None
    assert one.outcome is FindingOutcome.DESCRIPTIVE
    assert one.p_adjusted is None
    assert "not tested because the primary was not compared" in one.sentence
    assert f"`{PRIMARY}` is declared to decide and was not compared" in found.family
    assert "No metric is declared" not in found.family


def test_one_run_on_a_side_is_said_to_be_about_checkpoints(first: Opened, better: Opened) -> None:
    rng = np.random.default_rng(3)
    for runs, said in (
        ((1, 1), "One training run on each side: this is about these two checkpoints"),
        ((2, 2), "2 training runs of A and 2 of B: this is about these checkpoints"),
        ((3, 3), ""),
    ):
        rows = [rng.integers(0, 5, (k, 40)) / 4 for k in runs]
        found = diff(
            rescored(first, {"field_accuracy": rows[0]}),
            rescored(better, {"field_accuracy": rows[1]}),
        )
        assert _of(found, PRIMARY).runs == runs
        assert (said or "training run") in found.headline or not said
        assert any(said in note for note in found.notes) if said else True
        assert ("not about the recipes" in found.headline) is bool(said)


def test_three_rules_that_weaken_either_build_make_it_weak(first: Opened, better: Opened) -> None:
    a, b = _scored(first, better, _raised(LOW, range(30)), LOW)
    assert diff(a, b).strength is Strength.FULL
    broken = [
        _remark(Severity.WEAKENS, rule, f"{rule} says so.", PRIMARY)
        for rule in ("single-seed", "near-duplicate", "synthetic-eval")
    ]
    a, b = _told(a, remarks=(*broken[:1],)), _told(b, remarks=(*broken[:2],))
    assert diff(a, b).strength is Strength.FULL, "one rule in both builds is one rule"
    found = diff(_told(a, remarks=(broken[2],)), b)
    assert found.strength is Strength.WEAK
    assert {*found.weakening} == {one.rule for one in broken}
    assert "The evidence is weak: 3 broken rules" in found.headline
    told = [note for note in found.notes if "alone a rule is broken that weakens this" in note]
    assert told[0] == (
        "In B alone a rule is broken that weakens this (`near-duplicate`). near-duplicate says so."
    )
    assert "(evidence: " in render_diff_markdown(found)


@pytest.mark.parametrize(
    ("arms", "named", "is_weak"),
    [(2, "tuned of orders", False), (20, "tuned of orders", True), (3, "tuned of other", True)],
)
def test_the_best_of_several_is_held_against_all_of_them(
    first: Opened, better: Opened, arms: int, named: str, is_weak: bool
) -> None:
    """p is 0.031, which is less than 0.05, and more than half of it."""
    a, b = _scored(first, better, _raised(LOW, range(6)), LOW)
    text = f"{arms} trained arms were ever scored on these test items (since 2026: {named}, tuned)."
    picked = _remark(Severity.WEAKENS, "best-checkpoint-on-test", text, PRIMARY)
    early = a.build.report.model_copy(update={"built_at": "2020-01-01T00:00:00Z"})
    found = diff(with_build(a, replace(a.build, report=early)), _told(b, remarks=(picked,)))
    finding = _of(found, PRIMARY).finding
    assert finding is not None
    assert finding.p_value == pytest.approx(2 / 2**6)
    assert (PICKING in found.doubts) is is_weak
    assert (found.strength is Strength.WEAK) is is_weak
    assert ("not shown when it is held against all" in found.headline) is is_weak
    told = any("`best-checkpoint-on-test`" in note for note in found.notes)
    assert told is is_weak  # of two, the other one is what it is compared with


def test_two_builds_are_not_called_equal_by_a_gain_over_the_base(
    first: Opened, better: Opened
) -> None:
    a, b = _scored(first, better, [*LOW[1:], LOW[0]], LOW)
    found = diff(a, b)
    one = _of(found, PRIMARY).finding
    assert one is not None
    assert one.role is FindingRole.PRIMARY
    assert one.gain_at_least is None
    assert one.n_required is None
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "gain worth having" not in render_diff_markdown(found)
