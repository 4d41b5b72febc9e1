"""Coordinates: on the axis, in order, in view, and nothing dropped that would change the picture."""

from itertools import pairwise
from math import exp, log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.numbers import Measure, Scale, measure_of
from evalreport.render.curves import Line, curve, thinned
from evalreport.render.drawings import (
    Drawing,
    Mark,
    Shape,
    axis_over,
    axis_ruler,
    factor_ticks,
    flips_bar,
    interval_bar,
    round_ticks,
    verdict_bar,
)
from evalreport.render.words import Tone

PERCENT = measure_of("accuracy", "fraction")
RATIO = measure_of("perplexity", "nats/token")


def interval(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, method="t")


def attribute(shape: Shape, name: str) -> float:
    return float(dict(shape.attributes)[name].removesuffix("%"))


def styled(drawing: Drawing, style: str) -> list[Shape]:
    return [shape for shape in drawing.shapes if style in shape.style.split()]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_are_few_even_and_span_the_range(low: float, width: float) -> None:
    assume(width == 0 or width > 1e-6 * max(1.0, abs(low)))
    high = low + width
    ticks = round_ticks(low, high)
    assert 2 <= len(ticks) <= 7
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    steps = [b - a for a, b in pairwise(ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)


@given(st.floats(-6, 0), st.floats(0, 6))
def test_factor_ticks_span_the_range_and_hold_one(low: float, high: float) -> None:
    ticks = factor_ticks(low, high)
    assert 0.0 in ticks
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= low + 1e-9
    assert ticks[-1] >= high - 1e-9
    assert list(ticks) == sorted(ticks)


def test_factors_are_round() -> None:
    assert [round(exp(t), 6) for t in factor_ticks(log(0.31), 0.0)] == [0.3, 0.5, 0.7, 1.0]


def test_an_axis_holds_zero_every_interval_and_every_mark() -> None:
    axis = axis_over(
        [
            interval(0.2, 0.11, 0.29),
            Point(value=-0.3, no_interval="x"),
            NotEstimable(not_estimable="y"),
        ],
        [0.5],
        PERCENT,
    )
    assert axis.low <= -0.3
    assert axis.high >= 0.5
    for value in (0.0, -0.3, 0.11, 0.29, 0.5):
        assert 0 <= axis.percent(value) <= 100
    assert axis.percent(0.11) < axis.percent(0.2) < axis.percent(0.29)


def test_an_interval_bar_has_its_ends_its_value_zero_and_the_bound() -> None:
    estimate = interval(0.2, 0.1, 0.3)
    axis = axis_over([estimate], [0.05], PERCENT)
    bar = interval_bar(estimate, axis, [Mark(0.05, "asked")], Tone.GOOD, title="t", text="d")
    assert bar is not None
    (line,) = styled(bar, "interval")
    assert attribute(line, "x1") == pytest.approx(axis.percent(0.1), abs=0.01)
    assert attribute(line, "x2") == pytest.approx(axis.percent(0.3), abs=0.01)
    (dot,) = styled(bar, "dot")
    assert attribute(dot, "cx") == pytest.approx(axis.percent(0.2), abs=0.01)
    (zero,) = styled(bar, "zero")
    assert attribute(zero, "x1") == pytest.approx(axis.percent(0.0), abs=0.01)
    (bound,) = styled(bar, "bound")
    assert attribute(bound, "x1") == pytest.approx(axis.percent(0.05), abs=0.01)


def test_a_bare_point_is_a_ring_and_nothing_is_not_drawn() -> None:
    axis = axis_over([], [], PERCENT)
    point = interval_bar(Point(value=0.1, no_interval="x"), axis, (), Tone.BAD, title="t", text="d")
    assert point is not None
    assert [shape.tag for shape in styled(point, "ring")] == ["rect"]
    assert not styled(point, "interval")
    nothing = NotEstimable(not_estimable="x")
    assert interval_bar(nothing, axis, (), Tone.BAD, title="t", text="d") is None


def test_rulers_name_their_ticks() -> None:
    axis = axis_over([interval(0.2, 0.1, 0.3)], [], PERCENT)
    texts = [shape.text for shape in axis_ruler(axis).shapes if shape.tag == "text"]
    assert texts == ["0", "+10", "+20", "+30"]
    ratio = axis_ruler(axis_over([interval(-1.1, -1.2, -1.0)], [], RATIO))
    assert [shape.text for shape in ratio.shapes if shape.tag == "text"][-1] == "1"
    assert ratio.title.endswith("factor")


def test_the_verdict_bar_says_what_its_lines_mean() -> None:
    estimate = interval(0.37, 0.31, 0.43)
    axis = axis_over([estimate], [0.1], PERCENT)
    bar = verdict_bar(
        estimate, axis, [Mark(0.1, "gain worth having: 10 points")], Tone.GOOD, title="t", text="d"
    )
    texts = [shape.text for shape in styled(bar, "mark-text")]
    assert texts == ["no difference", "gain worth having: 10 points"]


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_flips_fill_the_bar(counts: list[int]) -> None:
    bar = flips_bar([(c, "good") for c in counts], title="t", text="d")
    widths = [attribute(shape, "width") for shape in bar.shapes]
    assert len(widths) == sum(c > 0 for c in counts)
    if any(counts):
        assert sum(widths) == pytest.approx(100, abs=0.05)


def test_a_curve_needs_a_point() -> None:
    assert (
        curve([Line((), "train", "x", has_dots=False)], None, x_name="s", title="", text="") is None
    )


def test_a_curve_stays_in_view_and_marks_the_chosen_step() -> None:
    train = tuple((float(i), 2.0 / i) for i in range(1, 101))
    evaluation = ((10.0, 0.4), (50.0, 0.2), (100.0, 0.3))
    drawing = curve(
        [
            Line(train, "train", "training loss", has_dots=False),
            Line(evaluation, "eval", "loss on select", has_dots=True),
        ],
        (50.0, "chosen: step 50"),
        x_name="step",
        title="t",
        text="d",
    )
    assert drawing is not None
    for line in drawing.curves:
        for pair in dict(line.attributes)["points"].split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= 1000
            assert 0 <= y <= 1000
    dots = styled(drawing, "dot")
    assert len(dots) == 3
    (chosen,) = styled(drawing, "chosen")
    assert attribute(chosen, "x1") == pytest.approx(attribute(dots[1], "cx"), abs=0.01)
    names = [shape.text for shape in styled(drawing, "name")]
    assert sorted(names) == ["loss on select", "training loss"]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=3000))
def test_thinning_keeps_peaks_and_order(losses: list[float]) -> None:
    points = [(float(i), loss) for i, loss in enumerate(losses)]
    kept = thinned(points)
    assert len(kept) <= 602
    assert list(kept) == sorted(kept)
    assert set(kept) <= set(points)
    assert min(y for _, y in kept) == min(losses)
    assert max(y for _, y in kept) == max(losses)


def test_a_single_point_has_a_range() -> None:
    drawing = curve(
        [Line(((5.0, 1.0),), "eval", "e", has_dots=True)], None, x_name="s", title="", text=""
    )
    assert drawing is not None
    assert Measure(Scale.PLAIN, "").difference_unit == ""


def test_names_of_lines_that_end_low_stand_above_the_axis() -> None:
    falling = tuple((float(step), 10.0 - step) for step in range(10))
    lower = tuple((float(step), 9.9 - step) for step in range(10))
    drawn = curve(
        [
            Line(falling, "eval", "loss on select", has_dots=True),
            Line(lower, "train", "training loss", has_dots=False),
        ],
        None,
        x_name="step",
        title="Loss",
        text="",
    )
    assert drawn is not None
    heights = [
        float(dict(shape.attributes)["y"]) for shape in drawn.shapes if "name" in shape.style
    ]
    axis = min(
        float(dict(shape.attributes)["y"]) for shape in drawn.shapes if shape.text in {"0", "step"}
    )
    assert len(heights) == 2
    assert max(heights) < axis
    assert abs(heights[0] - heights[1]) >= 12
