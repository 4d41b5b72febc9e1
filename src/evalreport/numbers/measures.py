"""Metrics to text: values, differences and intervals on the scale on which a reader thinks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import exp, floor, log10
from typing import Final

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers.rounding import MINUS, MOST_DECIMALS, MOST_DIGITS, faithful

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_LARGEST_EXPONENT: Final = 700.0  # exp of it is still a double
POINT_DIGITS: Final = 4
_ONE: Final = {"points": "point", "points²": "point²", "tokens": "token"}


class Scale(StrEnum):
    """How the numbers of a metric read."""

    PERCENT = "percent"  # fractions: values in percent, differences in points
    RATIO = "ratio"  # logarithms: values by exp, differences as a factor
    PLAIN = "plain"  # values and differences in the metric's own unit


@dataclass(frozen=True, slots=True)
class Measure:
    """The scale and unit in which a metric's values and differences are shown."""

    scale: Scale
    unit: str

    @property
    def value_unit(self) -> str:
        """What stands behind a value."""
        return "%" if self.scale is Scale.PERCENT else self.unit

    @property
    def difference_unit(self) -> str:
        """What stands behind a difference; a factor has no unit."""
        match self.scale:
            case Scale.PERCENT:
                return "points" if self.unit == "%" else self.unit
            case Scale.RATIO:
                return ""
            case Scale.PLAIN:
                return self.unit


_PERCENT: Final = Measure(Scale.PERCENT, "%")


def measure_of(metric: str, unit: str) -> Measure:
    """The scale of a metric: fractions in percent, perplexity (kept as a logarithm) as a ratio."""
    if unit == "fraction":
        return Measure(Scale.PERCENT, "%")
    if unit == "relative":  # a change as a part of where it began, which is not in points
        return Measure(Scale.PERCENT, "% of before")
    if metric.endswith("perplexity") and unit.startswith("nats/"):
        return Measure(Scale.RATIO, "")
    return Measure(Scale.PLAIN, unit)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as text, with where it stands in report.json (a JSON pointer) and its raw value.

    Words that stand where a number could be (a name, or why there is none) have no key.
    """

    text: str
    key: str = ""
    raw: str = ""
    is_absent: bool = False


def absent(reason: str) -> Shown:
    """Why there is no number where one could stand."""
    return Shown(reason, is_absent=True)


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """An estimate as texts. Without a number `value` is None, without an interval `interval` is.

    `reason` says why something is missing and is empty when nothing is. `unit` stands behind the
    interval where the numbers in it are bare.
    """

    value: Shown | None
    interval: tuple[Shown, Shown] | None
    level: str
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts: a term, and a number (or words) or an estimate."""

    term: str
    shown: Shown | None = None
    estimated: ShownEstimate | None = None

    @classmethod
    def words(cls, term: str, text: str) -> "Fact":
        """A fact that is not a number."""
        return cls(term, Shown(text))


def estimate(
    estimated: Estimated,
    measure: Measure,
    key: str,
    *,
    marks: Sequence[float] = (),
    decimals: int | None = None,
) -> ShownEstimate:
    """A metric's value with its interval, such as `78.5 %`.

    Args:
        estimated: In raw metric units.
        measure: How the metric reads.
        key: JSON pointer of the estimate in report.json.
        marks: Bounds, in raw units, that rounding must not touch or cross.
        decimals: As its row has them; None for as many as its own width allows.
    """
    all_marks = (*marks, *_ends(measure))
    return _estimate(
        estimated, measure, key, marks=all_marks, decimals=decimals, is_difference=False
    )


def difference(
    estimated: Estimated,
    measure: Measure,
    key: str,
    *,
    marks: Sequence[float] = (),
    decimals: int | None = None,
) -> ShownEstimate:
    """A difference with its interval, signed, such as `+14.3 points`; arguments as `estimate`."""
    return _estimate(
        estimated, measure, key, marks=(*marks, 0.0), decimals=decimals, is_difference=True
    )


def bound_text(bound: float, measure: Measure, *, is_difference: bool = True) -> str:
    """A declared threshold, unsigned, with its unit: `10 points`, `95 %`, a factor for a ratio."""
    decimals = free_decimals(bound, measure)
    digits = _bare(bound, measure, decimals, marks=(0.0,), is_difference=is_difference)
    text = _times(digits.removeprefix("+"), measure, is_difference=is_difference)
    return with_unit(text, measure.difference_unit if is_difference else measure.value_unit)


def gain_size_text(gain: float, measure: Measure, *, higher_is_better: bool) -> str:
    """A size of improvement, unsigned with its unit; a factor points the way of the metric."""
    falls = measure.scale is Scale.RATIO and not higher_is_better
    return bound_text(-gain if falls else gain, measure)


def or_more_text(gain: float, measure: Measure, *, higher_is_better: bool) -> str:
    """A size of improvement or a larger one: `10 points or more`, but `× 0.9 or less`."""
    size = gain_size_text(gain, measure, higher_is_better=higher_is_better)
    falls = measure.scale is Scale.RATIO and not higher_is_better
    return f"{size} or {'less' if falls else 'more'}"


def tick_text(value: float, measure: Measure) -> str:
    """A tick of a difference axis, without its unit: `+20`, `0`, `0.9` for a factor."""
    if value == 0 and measure.scale is not Scale.RATIO:
        return "0"
    return _bare(value, measure, free_decimals(value, measure), marks=(0.0,), is_difference=True)


def value_text(value: float, measure: Measure) -> str:
    """A value without an interval, with its unit."""
    decimals = free_decimals(value, measure)
    text = _bare(value, measure, decimals, marks=_ends(measure), is_difference=False)
    return with_unit(text, measure.value_unit)


def fraction_text(fraction: float) -> str:
    """A fraction without an interval, in percent with at most four digits."""
    return value_text(fraction, _PERCENT)


def rate_text(fraction: float) -> str:
    """A measured share in a sentence, as tables show it: in percent, with one decimal at most."""
    decimals = min(1, free_decimals(fraction, _PERCENT))
    text = _bare(fraction, _PERCENT, decimals, marks=_ends(_PERCENT), is_difference=False)
    return with_unit(text, "%")


def points_text(change: float) -> str:
    """A measured difference of two shares in a sentence, unsigned, with one decimal at most."""
    decimals = min(1, free_decimals(abs(change), _PERCENT))
    text = _bare(abs(change), _PERCENT, decimals, marks=(0.0,), is_difference=False)
    return with_unit(text, "points")


def score_text(score: float, measure: Measure) -> str:
    """One item's score, with the metric's own unit; one item is not a rate, so never percent."""
    plain = _of_one_item(measure)
    return value_text(score, plain)


def difference_text(change: float, measure: Measure) -> str:
    """The difference of one item's two scores, signed."""
    plain = _of_one_item(measure)
    digits = _bare(change, plain, free_decimals(change, plain), marks=(0.0,), is_difference=True)
    return with_unit(digits, plain.unit)


def plain_sentence(shown: ShownEstimate) -> str:
    """An estimate in one phrase, for prose, alternative texts and the terminal."""
    if shown.value is None:
        return f"not estimable: {shown.reason}"
    if shown.interval is None:
        return f"{shown.value.text} (no interval: {shown.reason})"
    low, high = shown.interval
    return f"{shown.value.text} ({shown.level} interval {low.text} to {high.text})"


def bare_estimate(shown: ShownEstimate) -> str:
    """The numbers alone, as `+14.3 (+9.0 to +19.6)`, for a drawing whose axis names their unit.

    Raises:
        ValueError: There is no number; the reason stands where it could be.
    """
    if shown.value is None:
        raise ValueError(f"there is no number: {shown.reason}")
    value = shown.value.text
    for unit in filter(None, (shown.unit, _ONE.get(shown.unit))):
        value = value.removesuffix(f" {unit}")
    if shown.interval is None:
        return f"{value} (no interval)"
    low, high = shown.interval
    return f"{value} ({low.text} to {high.text})"


def _estimate(
    estimated: Estimated,
    measure: Measure,
    key: str,
    *,
    marks: Sequence[float],
    decimals: int | None,
    is_difference: bool,
) -> ShownEstimate:
    unit = measure.difference_unit if is_difference else measure.value_unit

    def shown(value: float, name: str, places: int, behind: str) -> Shown:
        text = _bare(value, measure, places, marks=marks, is_difference=is_difference)
        if name == "value":
            text = _times(text, measure, is_difference=is_difference)
        return Shown(with_unit(text, behind), f"{key}/{name}", repr(value))

    match estimated:
        case NotEstimable():
            return ShownEstimate(None, None, "", unit, estimated.not_estimable)
        case Point():
            places = free_decimals(estimated.value, measure) if decimals is None else decimals
            value = shown(estimated.value, "value", places, unit)
            return ShownEstimate(value, None, "", unit, estimated.no_interval)
        case Estimate():
            places = width_decimals(estimated, measure) if decimals is None else decimals
            return ShownEstimate(
                shown(estimated.value, "value", places, unit),
                (
                    shown(estimated.low, "low", places, ""),
                    shown(estimated.high, "high", places, ""),
                ),
                fraction_text(estimated.level),
                unit,
                "",
            )


def _of_one_item(measure: Measure) -> Measure:
    return Measure(Scale.PLAIN, measure.unit if measure.scale is Scale.PLAIN else "")


def with_unit(text: str, unit: str) -> str:
    """A text with its unit, when there is one; of exactly one, there is one point."""
    one = _ONE.get(unit, unit) if text.lstrip("+" + MINUS) == "1" else unit
    return f"{text} {one}" if unit else text


def _times(text: str, measure: Measure, *, is_difference: bool) -> str:
    """A factor with its sign in front."""
    return f"{TIMES} {text}" if is_difference and measure.scale is Scale.RATIO else text


def _ends(measure: Measure) -> tuple[float, ...]:
    """The values that a rounded one must not touch: 0, and 1 where that reads as 100 %."""
    return (0.0, 1.0) if measure.scale is Scale.PERCENT else (0.0,)


def bounded_exp(exponent: float) -> float:
    """exp, of 700 at most: of more there is no number, and files and specs may say more."""
    return exp(min(exponent, _LARGEST_EXPONENT))


def displayed(value: float, measure: Measure) -> Decimal:
    """The number that stands on the page: percent for a fraction, exp for a logarithm."""
    match measure.scale:
        case Scale.PERCENT:
            return Decimal(repr(value)).scaleb(2)
        case Scale.RATIO:
            return Decimal(repr(bounded_exp(value)))
        case Scale.PLAIN:
            return Decimal(repr(value))


def width_decimals(interval: Estimate, measure: Measure) -> int:
    """Decimals that leave two significant digits of the interval's half width."""
    half = float(displayed(interval.high, measure) - displayed(interval.low, measure)) / 2
    if half <= 0:
        return free_decimals(interval.value, measure)
    return min(max(0, 1 - floor(log10(half) + 1e-9)), MOST_DECIMALS)


def free_decimals(value: float, measure: Measure) -> int:
    """Decimals of a number without an interval: four significant digits, no trailing zeros."""
    number = displayed(value, measure)
    if number == 0 or number.adjusted() >= MOST_DIGITS:
        return 0
    decimals = max(0, POINT_DIGITS - 1 - number.adjusted())
    rounded = round(number, decimals).normalize()
    exponent = rounded.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _bare(
    value: float,
    measure: Measure,
    decimals: int,
    *,
    marks: Sequence[float],
    is_difference: bool,
) -> str:
    """The digits of a number, signed when it is a difference, faithful to the marks."""
    at_end = measure.scale is Scale.PERCENT and value in {-1.0, 0.0, 1.0}
    shown_marks = tuple(displayed(mark, measure) for mark in marks)
    digits = faithful(displayed(value, measure), 0 if at_end else decimals, shown_marks)
    is_signed = is_difference and measure.scale is not Scale.RATIO and value > 0
    return f"+{digits}" if is_signed else digits
