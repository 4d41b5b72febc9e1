"""The four pictures: what is in them, what their words say, and what they leave out by number."""

from pathlib import Path

import pytest

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.estimates import Estimate, NotEstimable
from evalreport.render import render_html
from evalreport.render.figure import FIGURES, Figure
from evalreport.render.figures import figures_of
from evalreport.render.results import Keyed, inner_of, keyed_of
from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.render.pages import read_page
from tests.reports import EXAMPLES, changed
from tests.reports.parts import finding, interval

QUICKSTART = Path(__file__).parents[2] / "reports" / "quickstart" / "report.json"


def named(report: Report) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures_of(report)}


def texts(figure: Figure, style: str) -> list[str]:
    return [shape.text for shape in figure.drawing.shapes if style in shape.style.split()]


def one(i: int = 0, **more: object) -> Finding:
    given: dict[str, object] = {
        "base": interval(0.2, 0.1, 0.3),
        "tuned": interval(0.3, 0.2, 0.4),
        "difference": interval(0.1, 0.05, 0.15),
        "sentence": "It rose.",
        "field": f"f{i}",
        **more,
    }
    role = FindingRole.EXPLORATORY
    return finding("extraction", "exact_match", role, FindingOutcome.DESCRIPTIVE, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("story", EXAMPLES)
def test_every_finding_is_a_row_or_counted(story: str) -> None:
    report = EXAMPLES[story]()
    figures = named(report)
    assert list(figures) == [name for name in FIGURES if name in figures]
    whole = [f for f in report.findings if f.subgroup is None]
    assert len(texts(figures["findings"], "row-name")) == len(whole)
    parts = len(report.findings) - len(whole)
    assert ("by subgroup have" in figures["findings"].note) == (parts > 0)
    assert ("subgroups" in figures) == (parts > 0)
    for figure in figures.values():
        assert figure.alternative
        assert figure.drawing.title


def test_units_do_not_share_an_axis_and_the_primary_stands_on_top() -> None:
    figure = named(load_report(QUICKSTART))["findings"]
    heads = texts(figure, "panel")
    assert [head.split(", ", 1)[1] for head in heads] == [
        "in points",
        "in nats/token, lower is better",
        "in bits/byte, lower is better",
        "as ratios, lower is better",
    ]
    assert texts(figure, "row-name")[0] == "field_accuracy"
    assert texts(figure, "band")[0] == "Primary · extraction"
    assert "gain worth having: 10 points" in texts(figure, "row-note")


def test_numbers_without_a_unit_share_no_axis() -> None:
    report = EXAMPLES["clear_win"]()
    odd = tuple(
        finding(
            "other", metric, FindingRole.EXPLORATORY, FindingOutcome.DESCRIPTIVE, unit="",
            base=interval(2, 1, 3), tuned=interval(3, 2, 4), difference=interval(1, 0.5, 1.5),
            sentence="x",
        )
        for metric in ("bleu_like", "stars")
    )  # fmt: skip
    figure = named(changed(report, findings=odd))["findings"]
    assert len(texts(figure, "panel")) == 2


def test_sixty_rows_are_drawn_and_the_rest_is_counted_but_losses_are_kept() -> None:
    report = EXAMPLES["clear_win"]()
    many = [one(i) for i in range(99)]
    lost = one(99).model_copy(update={"outcome": FindingOutcome.REGRESSED, "metric": "lost_one"})
    figure = named(changed(report, findings=(*many, lost)))["findings"]
    assert len(texts(figure, "row-name")) == 60
    assert "40 exploratory findings are not drawn here and stand in the tables." in figure.note
    assert any("lost_one" in name for name in texts(figure, "row-name"))
    assert figure.is_long


def test_all_items_stand_above_the_groups_with_their_line_and_the_caution() -> None:
    figure = named(load_report(QUICKSTART))["subgroups"]
    assert texts(figure, "whole-name") == ["All items", "All items"]
    names = texts(figure, "row-name")
    assert names[:4] == ["All items", "chat", "email", "form"]
    assert texts(figure, "band") == ["channel", "prompt_tokens", "topic"]
    assert figure.note.startswith("Exploratory: none of these groups was declared to decide")
    assert (
        "By topic, 5 groups have fewer than 10 items and are not shown (38 items)." in figure.note
    )
    assert texts(figure, "outcome") == ["better", "retained"]
    assert sum("whole" in s.style.split() for s in figure.drawing.shapes) == 2


def test_of_many_groups_the_largest_are_drawn() -> None:
    report = EXAMPLES["clear_win"]()
    whole = one(0, field=None)
    groups = [one(0, field=None, subgroup=f"topic=t{i}", n=10 + i) for i in range(80)]
    figure = named(changed(report, findings=(whole, *groups)))["subgroups"]
    drawn = texts(figure, "row-name")[1:]
    assert drawn == [f"t{i}" for i in range(20, 80)]
    assert "20 smaller groups are not drawn here and stand in the tables." in figure.note


def test_the_alternative_says_the_numbers_of_the_tables() -> None:
    figures = named(load_report(QUICKSTART))
    assert (
        "Primary: extraction field accuracy, tuned against base: +43.4 points (95 % interval "
        "+36.0 to +50.9), better." in figures["findings"].alternative
    )
    assert "tuned better on 250, same on 35, base better on 23" in figures["flips"].alternative
    groups = figures["subgroups"].alternative
    assert groups.startswith("Exploratory: among many groups some look good or bad by chance.")
    assert "from −11 points (95 % interval −33 to +8) in topic=colours on 18 items to " in groups
    assert figures["loss"].alternative.startswith("Training loss goes from ")


def test_what_a_broken_rule_voids_has_no_word_of_gain() -> None:
    figure = named(EXAMPLES["invalid_evidence"]())["findings"]
    assert "does not count" in texts(figure, "outcome")
    assert "does not count" in figure.alternative


def test_flips_of_what_a_broken_rule_voids_are_grey_and_say_so() -> None:
    figure = named(EXAMPLES["invalid_evidence"]())["flips"]
    first, *others = texts(figure, "panel")
    assert first.endswith("(does not count)")
    fills = [s.style for s in figure.drawing.shapes if "flip" in s.style.split()]
    assert fills[0] == "flip good void"
    counted = sum("does not count" not in name for name in (first, *others))
    assert fills.count("flip good") <= 2 * counted  # a bar and its key
    assert "(does not count)." in figure.alternative
    page = read_page(render_html(EXAMPLES["invalid_evidence"]()))
    assert len(page.all("li", class_="void")) >= 2
    won = named(EXAMPLES["clear_win"]())["flips"]
    assert "does not count" not in won.alternative


def test_the_bound_that_decides_a_guard_is_drawn_within_its_interval() -> None:
    report = EXAMPLES["clear_win"]()
    guard = next(f for f in report.findings if f.role is FindingRole.GUARD)
    bounds = guard.difference_one_sided
    assert isinstance(bounds, Estimate)

    def inner(*, is_void: bool = False, **changes: object) -> tuple[float, ...]:
        return inner_of(Keyed("", guard.model_copy(update=changes), is_void=is_void))

    assert inner() == (bounds.low,)
    assert inner(higher_is_better=False) == (bounds.high,)
    assert inner(outcome=FindingOutcome.LOST) == (bounds.high,)
    assert inner(outcome=FindingOutcome.EQUIVALENT) == (bounds.low, bounds.high)
    for outcome in (FindingOutcome.REGRESSED, FindingOutcome.INCONCLUSIVE):
        assert inner(outcome=outcome) == ()
    assert inner(withheld="missing answers could change it") == ()
    assert inner(is_void=True) == ()
    figure = named(report)["findings"]
    ends = [s for s in figure.drawing.shapes if "interval-end" in s.style.split()]
    intervals = [s for s in figure.drawing.shapes if "interval" in s.style.split()]
    guards = sum(bool(inner_of(k)) for k in keyed_of(report) if k.finding.subgroup is None)
    assert len(ends) == 2 * len(intervals) + guards
    assert "short inner line: the one-sided bound that decides" in figure.note


def test_what_cannot_be_estimated_is_told() -> None:
    nothing = NotEstimable(not_estimable="no base was measured")
    report = changed(EXAMPLES["clear_win"](), findings=(one(0, difference=nothing),))
    figure = named(report)["findings"]
    assert texts(figure, "reason") == ["no base was measured"]
    assert figure.note == ""


def test_the_page_shows_them_once() -> None:
    page = read_page(render_html(load_report(QUICKSTART)))
    assert len(page.all("svg", class_="findings")) == 1
    assert len(page.all("svg", class_="subgroups")) == 1
    assert len(page.all("svg", class_="loss")) == 1
    assert (
        not page.all("figure", class_="picture") or len(page.all("figure", class_="picture")) == 2
    )


def test_a_report_whose_findings_stand_in_one_table_has_no_second_drawing_of_them() -> None:
    report = EXAMPLES["clear_win"]()
    declared = tuple(f for f in report.findings if f.role is not FindingRole.EXPLORATORY)
    page = read_page(render_html(changed(report, findings=declared)))
    assert page.all("svg", class_="row")
    assert not page.all("svg", class_="findings")
