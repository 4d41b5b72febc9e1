"""Trends on the page: lines only between comparable builds, and the reason at every break."""

from dataclasses import replace

from evalreport.analyze.findings import FindingRole
from evalreport.estimates import Estimate
from evalreport.history.kept import history_of
from evalreport.history.trend import Course, courses_of, trends_of
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.lineage.builds import Build
from evalreport.render.breaks import reasons
from evalreport.render.history_told import history_text
from evalreport.render.trend import MOST_BUILDS, SeriesView, series_view
from evalreport.rules.base import Severity, Status
from tests.history.test_trend import (
    OTHER,
    PRIMARY,
    kept,
    moved,
    series,
    with_arm,
    with_report,
    with_weights,
)
from tests.lineage.built import with_digest


def view(*builds: Build) -> SeriesView:
    one = series(*builds)
    return series_view(Course(one, trends_of(one)), one.builds)


def joins(shown: SeriesView) -> int:
    figure = next(one for one in shown.declared if one.role == "primary")
    assert figure.difference is not None
    return sum(shape.style.startswith("join") for shape in figure.difference.shapes)


def test_a_line_joins_what_was_measured_alike_and_nothing_else(build: Build) -> None:
    one, two, three = build, moved(build, 0.01), with_digest(moved(build, 0.02), OTHER)
    assert joins(view(one, two)) == 1
    assert joins(view(one, two, three)) == 1
    assert joins(view(one, three, two)) == 0
    shown = view(one, two, three)
    (broken,) = shown.breaks
    assert (broken.mark, broken.before, broken.layers) == ("A", "3", "extraction")
    assert broken.reasons[0].startswith("test set changed: ")
    figure = shown.declared[0]
    assert figure.difference is not None
    assert figure.difference.description.startswith("3 builds; build 1: +")
    assert figure.difference.description.endswith(
        "; broken 1 time, so not one line. All numbers stand in the table below."
    )
    assert [(row.builds, row.mark) for row in figure.rows] == [("3", "A"), ("2", ""), ("1", "")]
    assert figure.difference is not None
    assert [s.text for s in figure.difference.shapes if s.style == "mark-text"] == ["A"]


def test_builds_that_tell_the_same_again_share_a_row(build: Build) -> None:
    shown = view(build, build, moved(build, 0.01), moved(build, 0.01))
    assert [row.builds for row in shown.declared[0].rows] == ["3 to 4", "1 to 2"]
    assert shown.declared[0].has_again
    flat = view(build, build)
    assert flat.declared == ()
    assert "extraction field_accuracy" in flat.flat


def test_one_value_reads_the_same_in_every_row(build: Build) -> None:
    """With the digits of the finest interval of the column, however wide the others are."""
    finer = _with_interval(moved(build, 0.01), 0.004)
    rows = next(one for one in view(build, finer).declared if one.role == "primary").rows
    bases = {row.base.value.text for row in rows if row.base.value is not None}
    assert len(rows) == 2
    assert len(bases) == 1


def _with_interval(build: Build, half: float) -> Build:
    """As if the primary's interval had another width."""
    f = next(f for f in build.report.findings if f.id == PRIMARY)
    assert isinstance(f.difference, Estimate)
    value = f.difference.value
    other = f.difference.model_copy(update={"low": value - half, "high": value + half})
    others = [one for one in build.report.findings if one.id != PRIMARY]
    return with_report(build, findings=(f.model_copy(update={"difference": other}), *others))


def test_another_interval_of_the_same_answers_is_no_new_measurement(build: Build) -> None:
    """Builds that compute it otherwise share a row, which has the interval of the newest."""
    other = _with_interval(moved(build, 0.01), 0.004)
    shown = view(build, _with_interval(moved(build, 0.01), 0.2), other)
    rows = next(one for one in shown.declared if one.role == "primary").rows
    assert [row.builds for row in rows] == ["2 to 3", "1"]
    f = next(f for f in other.report.findings if f.id == PRIMARY)
    assert isinstance(f.difference, Estimate)
    interval = rows[0].difference.interval
    assert interval is not None
    assert [float(end.raw) for end in interval] == [f.difference.low, f.difference.high]


def test_the_terminal_tells_an_interval_that_was_computed_anew(build: Build) -> None:
    other = _with_interval(build, 0.2)
    for builds, says in (((build, build), False), ((build, other), True), ((other, other), False)):
        found = history_of([kept(b, day) for day, b in enumerate(builds, 1)], (), ())
        text = history_text(found, courses_of(found))
        assert "the same numbers again" in text
        assert ("its interval was computed anew since: " in text) is says


def test_what_was_declared_otherwise_then_is_said(build: Build) -> None:
    """A metric that was promoted after its numbers were seen is no primary of old."""
    findings = [
        one.model_copy(update={"role": FindingRole.EXPLORATORY, "gain_at_least": None})
        if one.id == PRIMARY
        else one
        for one in build.report.findings
    ]
    shown = view(with_report(build, findings=tuple(findings)), moved(build, 0.01))
    rows = next(one for one in shown.declared if one.role == "primary").rows
    assert [row.then for row in rows] == ["", "exploratory then"]


def test_intervals_of_another_level_are_told_to_be(build: Build) -> None:
    findings = []
    for one in build.report.findings:
        assert isinstance(one.difference, Estimate)
        wide = one.difference.model_copy(update={"level": 0.8})
        findings.append(one.model_copy(update={"difference": wide}))
    shown = view(with_report(build, findings=tuple(findings)), moved(build, 0.01))
    rows = next(one for one in shown.declared if one.role == "primary").rows
    assert [row.then for row in rows] == ["", "intervals of 80 % then"]


def test_a_voided_number_does_not_count(build: Build) -> None:
    remark = build.report.remarks[0].model_copy(
        update={
            "status": Status.BROKEN,
            "severity": Severity.INVALIDATES,
            "cites": (PRIMARY,),
        }
    )
    void = with_report(build, remarks=(remark,))
    shown = view(build, void, with_report(moved(void, 0.1), remarks=(remark,)))
    figure = next(one for one in shown.declared if one.role == "primary")
    assert [row.void for row in figure.rows] == [
        "does not count: a broken rule voids it",
        "does not count in build 2: a broken rule voids it",
    ]


def test_another_reference_breaks_the_difference_and_its_own_line(build: Build) -> None:
    """The candidate was measured alike: its line goes on."""
    shown = view(build, with_weights(moved(build, 0.01), "base", OTHER))
    assert joins(shown) == 0
    values = shown.declared[0].values
    assert values is not None
    assert [s.style for s in values.shapes if s.style.startswith("join")] == ["join tuned"]
    (broken,) = shown.breaks
    assert broken.reasons[0].startswith("reference changed: org/base (")
    assert broken.reasons[1] == (
        "the difference is from another model, while tuned was measured alike"
    )


def test_the_page_says_that_the_best_of_several_is_partly_luck(build: Build) -> None:
    real = with_report(build, simulated=False)
    one, two = (
        with_arm(moved(real, i / 100), "tuned", adapter_digests={"1": x * 64})
        for i, x in enumerate("ab")
    )
    assert view(one, moved(one, 0.1)).picked == ""
    assert view(one, two).picked.startswith(
        "2 trained models are known to have been scored on these test items, so the best of them "
        "is partly luck: picking the best of 2 that are equal adds at most about "
    )


def test_neighbours_are_compared_by_a_command(build: Build) -> None:
    newest, oldest = view(build, moved(build, 0.01)).builds
    assert (newest.number, oldest.number) == ("2", "1")
    assert newest.command == "evalreport diff report report"
    assert oldest.command == ""


def test_of_very_many_builds_the_newest_are_shown(build: Build) -> None:
    many = [kept(moved(build, 0.0001 * i), 1) for i in range(MOST_BUILDS + 3)]
    few, longer = (replace(series(build), builds=tuple(some)) for some in (many[:9], many))
    assert series_view(Course(few, trends_of(few)), ()).left_out == ""
    shown = series_view(Course(longer, trends_of(longer)), ())
    assert shown.left_out == "3 earlier builds not shown here: --json has all."
    assert [row.number for row in shown.builds][::59] == [str(MOST_BUILDS + 3), "4"]
    assert len(shown.declared[0].rows) == MOST_BUILDS


def test_reasons_are_sentences() -> None:
    def aspect(
        name: str, state: AspectState, *, one: str = "", other: str = "", why: str = ""
    ) -> Aspect:
        return Aspect(name=name, state=state, one=one, other=other, why=why)

    assert reasons(
        (
            aspect("decoding", AspectState.UNKNOWN, why="nobody told"),
            aspect("test set", AspectState.DIFFERS, one="a, 3 rows", other="b, 4 rows"),
            aspect("prompts", AspectState.UNKNOWN, why="nobody told"),
            aspect("rubric", AspectState.DIFFERS, one="x", why="it is new"),
            aspect("scorer", AspectState.ON_TRUST, why="code is recorded nowhere"),
        )
    ) == (
        "test set changed: a, 3 rows before, b, 4 rows after",
        "rubric changed: x before, none after (it is new)",
        "scorer is taken on trust: code is recorded nowhere",
        "decoding and prompts are not known to be the same: nobody told",
    )
