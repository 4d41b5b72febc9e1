"""The plot of intervals: one row a finding, each on the axis of its unit, no digit cut."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evalreport.analyze.findings import FindingOutcome
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers import measure_of
from evalreport.render.drawings import Drawing, Mark, Shape, axis_over
from evalreport.render.forest import Band, Panel, Row, forest
from evalreport.render.words import FINDING_OUTCOMES, Label

PERCENT = measure_of("accuracy", "fraction")
BETTER, LOST = (FINDING_OUTCOMES[o] for o in (FindingOutcome.BETTER, FindingOutcome.LOST))


def row(
    estimated: Estimated, outcome: Label = BETTER, *, name: str = "accuracy", figures: str = "+1"
) -> Row:
    return Row(name, "", estimated, (), figures, "", "400", outcome)


def interval(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, level=0.95, method="t")


def drawn(*rows: Row, whole: float | None = None) -> Drawing:
    marks = [mark.value for one in rows for mark in one.marks]
    axis = axis_over([one.estimated for one in rows], marks, PERCENT)
    panel = Panel("in points", axis, "Difference (95 %)", (Band("Guard", rows),), whole)
    return forest([panel], title="t", text="d")


def styled(drawing: Drawing, style: str) -> list[Shape]:
    return [shape for shape in drawing.shapes if style in shape.style.split()]


def at(shape: Shape, name: str) -> float:
    return float(dict(shape.attributes)[name].removesuffix("%"))


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 0.5)), min_size=1, max_size=60))
def test_rows_stand_below_each_other_inside_the_drawing(pairs: list[tuple[float, float]]) -> None:
    drawing = drawn(*(row(interval(value, half)) for value, half in pairs))
    dots = styled(drawing, "dot")
    heights = [at(dot, "cy") for dot in dots]
    assert len(dots) == len(pairs)
    assert heights == sorted(set(heights))
    assert heights[-1] < float(drawing.height)
    (zero,) = styled(drawing, "zero")
    for dot, (value, _) in zip(dots, pairs, strict=True):
        assert (at(dot, "cx") > at(zero, "x1")) == (value > 0) or abs(value) < 1e-3
        assert 30 <= at(dot, "cx") <= 57.5


def test_outcomes_differ_in_shape_and_word() -> None:
    drawing = drawn(
        row(interval(0.2, 0.1)),
        row(interval(-0.2, 0.1), LOST),
        row(interval(0.0, 0.1), FINDING_OUTCOMES[FindingOutcome.INCONCLUSIVE]),
    )
    marks = [s for s in drawing.shapes if s.style.split()[0] in {"dot", "ring"}]
    assert [(s.tag, s.style.split()[0]) for s in marks] == [
        ("circle", "dot"),
        ("rect", "dot"),
        ("circle", "ring"),
    ]
    assert [s.text for s in styled(drawing, "outcome")] == ["better", "lost", "inconclusive"]


def test_what_is_not_estimable_is_a_row_with_its_reason() -> None:
    absent = NotEstimable(not_estimable="no base was measured")
    missing = replace(row(absent, figures=""), reason=absent.not_estimable)
    drawing = drawn(row(interval(0.2, 0.1)), missing)
    assert [s.text for s in styled(drawing, "reason")] == ["no base was measured"]
    assert len(styled(drawing, "row-name")) == 2
    assert len(styled(drawing, "dot")) == 1


def test_a_panel_without_a_number_has_no_axis() -> None:
    absent = NotEstimable(not_estimable="x")
    missing = replace(row(absent, figures=""), reason="x")
    drawing = forest([Panel("p", None, "Difference", (Band("", (missing,)),))], title="", text="")
    assert not styled(drawing, "zero")
    assert [s.text for s in styled(drawing, "reason")] == ["x"]


def test_digits_are_never_cut() -> None:
    long = "+1,234,567.123 (−1,000,000.123 to +2,345,678.123)"
    drawing = drawn(row(interval(0.2, 0.1), figures=long), row(interval(0.2, 0.1)))
    texts = [s.text for s in styled(drawing, "figure")]
    assert " ".join(texts) == f"{long} +1"
    first, second, third = (at(s, "y") for s in styled(drawing, "figure"))
    assert first < second < third


def test_a_bound_stands_on_its_row_and_the_whole_through_all() -> None:
    marked = replace(row(interval(0.2, 0.1)), marks=(Mark(0.1, "gain worth having: 10 points"),))
    drawing = drawn(marked, row(Point(value=0.3, no_interval="x")), whole=0.2)
    (bound,) = styled(drawing, "bound")
    (whole,) = styled(drawing, "whole")
    (dot,) = styled(drawing, "dot")
    assert at(bound, "y1") < at(dot, "cy") < at(bound, "y2")
    assert at(whole, "x1") == at(dot, "cx")
    assert at(whole, "y2") > at(styled(drawing, "ring")[0], "cy") > at(bound, "y2")


def test_names_are_cut_to_their_column() -> None:
    drawing = drawn(row(interval(0.2, 0.1), name="n" * 300))
    (name,) = styled(drawing, "row-name")
    assert name.text.endswith("…")
    assert len(name.text) < 40


def test_a_loss_is_tinted_behind_everything() -> None:
    lost = replace(row(interval(-0.2, 0.1), LOST), is_loss=True)
    drawing = drawn(row(interval(0.2, 0.1)), lost)
    assert drawing.shapes[0].style == "loss-row"
    (mark,) = (s for s in styled(drawing, "dot") if s.tag == "rect")
    top = at(drawing.shapes[0], "y")
    assert top < at(mark, "y") < top + at(drawing.shapes[0], "height")
