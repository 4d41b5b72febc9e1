"""Trends: joined only where numbers were measured alike, and never changed by what comes later."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.digest import digest_of
from evalreport.estimates import Estimate
from evalreport.history.committed import Commit
from evalreport.history.kept import Kept, Series, history_of
from evalreport.history.picking import scored_on
from evalreport.history.trend import Point, Trend, courses_of, trends_of
from evalreport.lineage.builds import Build
from evalreport.records import Unknown
from evalreport.report.items_head import Head
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.rules.picked import PICKED_RULE
from evalreport.values import Json
from tests.lineage.built import recorded, with_digest, with_protocol, with_spec, without_items

OTHER = "f" * 64
PRIMARY = "extraction.field_accuracy"
Change = Callable[[Build], Build]


def with_report(build: Build, **parts: object) -> Build:
    return replace(build, report=build.report.model_copy(update=parts))


def moved(build: Build, by: float) -> Build:
    """As if tuned had scored otherwise."""
    findings = []
    for f in build.report.findings:
        assert isinstance(f.difference, Estimate)
        value = f.difference.value + by
        shifted = f.difference.model_copy(update={"value": value})
        findings.append(f.model_copy(update={"difference": shifted}))
    return with_report(build, findings=tuple(findings))


def with_arm(build: Build, arm: str, **facts: object) -> Build:
    arms = {**build.report.arms, arm: build.report.arms[arm].model_copy(update=facts)}
    return with_report(build, arms=arms)


def kept(build: Build, day: int) -> Kept:
    built = with_report(build, built_at=f"2026-11-{day:02}T00:00:00Z")
    found: list[Json] = [f.model_dump(mode="json") for f in built.report.findings]
    return Kept(
        build=built,
        folder="a",
        commits=(Commit(f"2026-12-{day:02}", f"{day:040}", f"{day:07}"),),
        is_here=False,
        identity=digest_of(built.report.built_at, found),
    )


def series(*builds: Build) -> Series:
    (one,) = history_of([kept(b, day) for day, b in enumerate(builds, 1)], (), ()).series
    return one


def trend(*builds: Build, finding: str = PRIMARY) -> Trend:
    return next(one for one in trends_of(series(*builds)) if one.id == finding)


def test_builds_that_were_measured_alike_are_joined(build: Build) -> None:
    first, second = trend(build, moved(build, 0.01)).points
    assert (first.number, second.number) == (1, 2)
    assert (second.breaks, second.other_reference, second.is_again) == ((), None, False)
    assert second.difference_breaks == ()


def with_primary(build: Build, **facts: object) -> Build:
    findings = [f.model_copy(update=facts) if f.id == PRIMARY else f for f in build.report.findings]
    return with_report(build, findings=tuple(findings))


def test_items_that_failed_break_the_line(build: Build) -> None:
    """The same set, and a number over fewer of its items: it is no number of the same."""
    f = next(f for f in build.report.findings if f.id == PRIMARY)
    fewer = with_primary(moved(build, 0.01), n=f.n - 9, excluded={"no answer from tuned": 9})
    (broken,) = trend(build, fewer).points[1].breaks
    assert (broken.name, broken.one) == ("items that count", f"{f.n} items")
    assert broken.other == f"{f.n - 9} items (9 left out: no answer from tuned)"


def test_the_same_weights_with_another_value_are_no_news_of_the_model(build: Build) -> None:
    """A line joins them, and it is said that the answers, or what scores them, changed."""
    f = next(f for f in build.report.findings if f.id == PRIMARY)
    assert isinstance(f.base, Estimate)
    other = with_primary(moved(build, 0.01), base=f.base.model_copy(update={"value": 0.001}))
    (told,) = trend(build, other).points[1].on_trust
    assert told.why.startswith("base is one and the same model in builds 1 and 2 and has another")


WARMER = ("temperature: 0}", "temperature: 0.7}")
PROMPT = ('prompt: "{{ order }}"', 'prompt: "Order: {{ order }}"')
EXTRACT = ("{json: first_object}", "whole")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda b: with_digest(b, OTHER), ["test set"]),
        (lambda b: with_protocol(with_spec(b, PROMPT), recorded(prompts=OTHER)), ["prompts"]),
        (lambda b: with_protocol(with_spec(b, WARMER), recorded(decoding="warm")), ["decoding"]),
        (lambda b: with_protocol(with_spec(b, EXTRACT), recorded(scorer="whole")), ["scorer"]),
        (
            lambda b: with_protocol(b, recorded(decoding=Unknown(unknown="nobody knows"))),
            ["decoding"],
        ),
        (lambda b: without_items(with_arm(b, "tuned", dtype="")), ["precision"]),
    ],
)
def test_another_measurement_breaks_the_line(
    build: Build, change: Change, names: list[str]
) -> None:
    other = moved(change(build), 0.01)
    assert [one.name for one in trend(build, other).points[1].breaks] == names
    assert [one.name for one in trend(other, build).points[1].breaks] == names
    back = trend(build, other, moved(build, 0.02)).points
    assert [bool(point.breaks) for point in back] == [False, True, True]


def test_without_items_the_reports_and_their_specs_tell(build: Build) -> None:
    assert trend(build, moved(without_items(build), 0.01)).points[1].breaks == ()
    warmer = without_items(with_spec(moved(build, 0.01), WARMER))
    assert [one.name for one in trend(build, warmer).points[1].breaks] == ["decoding"]


def test_other_weights_of_tuned_break_nothing(build: Build) -> None:
    other = with_arm(moved(build, 0.01), "tuned", adapter_digests={"1": OTHER})
    assert trend(build, other).points[1].difference_breaks == ()


def with_weights(build: Build, arm: str, digest: str) -> Build:
    """As if other weights had answered under an arm's name."""
    assert isinstance(build.head, Head)
    asked = {}
    for layer, arms in build.head.asked.items():
        blocks = tuple(
            block.model_copy(
                update={"weights": block.weights.model_copy(update={"base_digest": digest})}
            )
            for block in arms[arm].blocks
            if block.weights is not None
        )
        asked[layer] = {**arms, arm: arms[arm].model_copy(update={"blocks": blocks})}
    head = build.head.model_copy(update={"asked": asked})
    return replace(with_arm(build, arm, base_digest=digest), head=head)


def test_another_reference_breaks_the_difference_and_not_the_candidate(build: Build) -> None:
    point = trend(build, with_weights(moved(build, 0.01), "base", OTHER)).points[1]
    assert point.breaks == ()
    assert point.other_reference is not None
    assert point.difference_breaks == (point.other_reference,)
    assert (point.other_reference.name, point.other_reference.state) == ("reference", "differs")


def test_a_reference_is_known_by_the_reports_where_items_are_missing(build: Build) -> None:
    bare = without_items(build)
    assert trend(build, moved(bare, 0.01)).points[1].other_reference is None
    other = with_arm(moved(bare, 0.01), "base", base_digest=OTHER)
    assert trend(build, other).points[1].other_reference is not None


def test_a_metric_that_changed_its_unit_or_direction_is_another(build: Build) -> None:
    findings = tuple(
        f.model_copy(update={"unit": "points", "higher_is_better": False})
        for f in build.report.findings
    )
    point = trend(build, with_report(build, findings=findings)).points[1]
    assert [(one.name, one.one, one.other) for one in point.breaks] == [
        ("unit", "fraction", "points"),
        ("direction", "higher is better", "lower is better"),
    ]


def test_the_same_numbers_of_the_same_weights_are_told_again(build: Build) -> None:
    """Nothing was measured anew, so what is not recorded in one of the two matters nothing."""
    assert [p.is_again for p in trend(build, build, without_items(build)).points] == [
        False,
        True,
        True,
    ]
    other = with_arm(build, "tuned", adapter_digests={"1": OTHER})
    assert not trend(build, other).points[1].is_again
    nameless = with_arm(build, "base", base_digest=None)
    assert not trend(nameless, nameless).points[1].is_again
    elsewhere = with_digest(build, OTHER)
    again = trend(build, elsewhere).points[1]
    assert (again.is_again, [one.name for one in again.breaks]) == (False, ["test set"])


def test_a_build_without_the_metric_is_passed_over(build: Build) -> None:
    without = with_report(build, findings=())
    points = trend(build, without, moved(build, 0.01)).points
    assert [point.number for point in points] == [1, 3]
    assert points[1].breaks == ()
    changed = trend(build, without, with_digest(moved(build, 0.01), OTHER)).points
    assert [one.name for one in changed[1].breaks] == ["test set"]


def test_a_layer_that_no_report_tells_of_joins_nothing(build: Build) -> None:
    silent = with_report(moved(build, 0.01), layers=())
    assert [one.name for one in trend(build, silent).points[1].breaks] == ["layer"]


def test_old_metrics_stand_behind_those_of_the_newest_build(build: Build) -> None:
    one, two = build.report.findings[:2]
    old, new = with_report(build, findings=(one,)), with_report(build, findings=(two,))
    assert [t.id for t in trends_of(series(old, new))] == [two.id, one.id]
    (course,) = courses_of(history_of([kept(build, 1)], (), ()))
    assert course.primary is not None
    assert course.primary.id == PRIMARY


def test_what_a_broken_rule_voids_is_told_of_each_build(build: Build) -> None:
    remark = Remark(
        rule="overlap",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        status=Status.BROKEN,
        text="Items are training rows.",
        cites=(PRIMARY,),
    )
    void = with_report(build, remarks=(remark,))
    assert [point.is_void for point in trend(build, void, build).points] == [False, True, False]
    other = trend(build, void, finding="extraction.json_valid")
    assert not any(point.is_void for point in other.points)


# Laws

_STEPS = st.lists(st.sampled_from(["again", "moved", "set", "bare"]), min_size=1, max_size=6)


def _steps(build: Build, steps: Sequence[str]) -> list[Build]:
    made = []
    for i, step in enumerate(steps, 1):
        match step:
            case "moved":
                build = moved(build, 0.001 * i)
            case "set":
                build = with_digest(build, f"{i:064}")
            case "bare":
                build = without_items(build)
            case _:
                pass
        made.append(build)
    return made


def _told(points: Sequence[Point]) -> list[object]:
    return [
        (p.number, p.finding, p.breaks, p.other_reference, p.on_trust, p.is_again) for p in points
    ]


@given(steps=_STEPS, at=st.integers(0, 6))
def test_a_build_never_changes_what_was_told_of_earlier_ones(
    build: Build, steps: list[str], at: int
) -> None:
    builds = _steps(build, steps)
    whole, part = trend(*builds).points, trend(*builds[: max(1, at)]).points
    assert _told(whole[: len(part)]) == _told(part)


@given(steps=_STEPS, seed=st.integers(0, 99))
def test_the_order_in_which_versions_come_does_not_matter(
    build: Build, steps: list[str], seed: int
) -> None:
    """Nor how often one comes."""
    all_kept = [kept(b, day) for day, b in enumerate(_steps(build, steps), 1)]
    mixed = [*all_kept, *all_kept[:2]]
    random.Random(seed).shuffle(mixed)
    assert history_of(mixed, (), ()) == history_of(all_kept, (), ())


# Picking


def test_models_on_one_test_set_are_counted_by_their_weights(build: Build) -> None:
    digest = build.report.datasets["test"].digest
    real = with_report(build, simulated=False)
    one, two = (with_arm(real, "tuned", adapter_digests={"1": x * 64}) for x in "ab")
    both = with_arm(real, "tuned", adapter_digests={"1": "a" * 64, "2": "c" * 64})

    def count(*builds: Build) -> int:
        return scored_on([kept(b, day) for day, b in enumerate(builds, 1)], {digest})

    assert count(one, one) == 1
    assert count(one, two) == 2
    assert count(one, two, both) == 2  # a seed of an arm is no arm of its own
    assert count(one, with_digest(two, OTHER)) == 1
    grown = [kept(b, day) for day, b in enumerate((one, with_digest(two, OTHER)), 1)]
    assert scored_on(grown, {digest, OTHER}) == 2  # a set that grew is not another one
    assert count(one, with_report(two, simulated=True), with_report(two, smoke=True)) == 1
    assert count(one, with_arm(two, "tuned", made_of_tuned=True)) == 1
    assert count(with_report(two, findings=())) == 0


def test_what_the_store_remembered_counts_too(build: Build) -> None:
    text = "7 trained arms were ever scored on these test items (since then: x, and tuned)."
    remark = Remark(
        rule=PICKED_RULE,
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        status=Status.BROKEN,
        text=text,
        cites=(PRIMARY,),
    )
    told = with_report(build, simulated=False, remarks=(remark,))
    assert scored_on([kept(told, 1)], {build.report.datasets["test"].digest}) == 7
