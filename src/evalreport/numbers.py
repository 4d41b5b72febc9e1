"""Numbers to text: the only place where that happens, so that one number reads the same everywhere.

Three promises hold for every text made here: it is the number rounded at its last digit, it is
never rounded onto or across a bound that matters (0, 100 %, a declared threshold), and "0 %" and
"100 %" stand only where they are exactly true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import exp, floor, isclose, log10
from typing import Final

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.values import Json

MINUS: Final = "\N{MINUS SIGN}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
_MOST_DECIMALS: Final = 8
_POINT_DIGITS: Final = 4
_MINUTE_SECONDS, _HOUR_SECONDS, _DAY_SECONDS = 60, 3600, 86400
_LEAST_P: Final = 0.001
_GREATEST_P: Final = 0.99


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
                return "points"
            case Scale.RATIO:
                return ""
            case Scale.PLAIN:
                return self.unit


def measure_of(metric: str, unit: str) -> Measure:
    """The scale of a metric: fractions in percent, perplexity (kept as a logarithm) as a ratio."""
    if unit == "fraction":
        return Measure(Scale.PERCENT, "%")
    if metric == "perplexity" and unit == "nats/token":
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
    estimated: Estimated, measure: Measure, key: str, *, marks: Sequence[float] = ()
) -> ShownEstimate:
    """A metric's value with its interval, such as `78.5 %`.

    Args:
        estimated: In raw metric units.
        measure: How the metric reads.
        key: JSON pointer of the estimate in report.json.
        marks: Bounds, in raw units, that rounding must not touch or cross.
    """
    return _estimate(estimated, measure, key, marks=(*marks, *_ends(measure)), is_difference=False)


def difference(
    estimated: Estimated, measure: Measure, key: str, *, marks: Sequence[float] = ()
) -> ShownEstimate:
    """A difference with its interval, signed, such as `+14.3 points`; arguments as `estimate`."""
    return _estimate(estimated, measure, key, marks=(*marks, 0.0), is_difference=True)


def bound_text(bound: float, measure: Measure, *, is_difference: bool = True) -> str:
    """A declared threshold, unsigned, with its unit: `10 points`, `95 %`, a factor for a ratio."""
    decimals = _free_decimals(bound, measure)
    digits = _bare(bound, measure, decimals, marks=(0.0,), is_difference=is_difference)
    text = _times(digits.removeprefix("+"), measure, is_difference=is_difference)
    return _with_unit(text, measure.difference_unit if is_difference else measure.value_unit)


def tick_text(value: float, measure: Measure) -> str:
    """A tick of a difference axis, without its unit: `+20`, `0`, `0.9` for a factor."""
    if value == 0 and measure.scale is not Scale.RATIO:
        return "0"
    return _bare(value, measure, _free_decimals(value, measure), marks=(0.0,), is_difference=True)


def coordinate(position: float) -> str:
    """A coordinate of a drawing, to a hundredth."""
    return f"{position:.2f}".rstrip("0").rstrip(".")


def pointer_token(name: str) -> str:
    """A name as one token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def counted(count: int, key: str, noun: str = "", nouns: str = "") -> Shown:
    """A count with its place in report.json; arguments as `count_text`."""
    return Shown(count_text(count, noun, nouns), key, str(count))


def p_text(p_value: float, *, alpha: float = 0.05) -> str:
    """A p-value: two significant digits, `p < 0.001` below, never rounded across alpha."""
    if p_value < _LEAST_P:
        return "p < 0.001"
    if p_value == 1:
        return "p = 1"
    if p_value > _GREATEST_P:
        return "p > 0.99"
    decimals = 1 - floor(log10(p_value))
    return f"p = {_faithful(Decimal(repr(p_value)), decimals, (Decimal(repr(alpha)),))}"


def count_text(count: int, noun: str = "", nouns: str = "") -> str:
    """A count with thousands separated, and what is counted: `1 item`, `1,204 items`."""
    word = noun if count == 1 else (nouns or f"{noun}s")
    return f"{count:,} {word}" if noun else f"{count:,}"


def share_text(part: int, whole: int) -> str:
    """A count with its share: `12 (2.9 %)`; only the count when there is no whole."""
    if whole == 0:
        return count_text(part)
    measure = Measure(Scale.PERCENT, "%")
    text = _bare(part / whole, measure, 1, marks=(0.0, 1.0), is_difference=False)
    return f"{part:,} ({text} %)"


def fraction_text(fraction: float) -> str:
    """A fraction without an interval, in percent with at most four digits."""
    return value_text(fraction, Measure(Scale.PERCENT, "%"))


def value_text(value: float, measure: Measure) -> str:
    """A value without an interval, with its unit."""
    decimals = _free_decimals(value, measure)
    text = _bare(value, measure, decimals, marks=_ends(measure), is_difference=False)
    return _with_unit(text, measure.value_unit)


def score_text(score: float, measure: Measure) -> str:
    """One item's score, with the metric's own unit; one item is not a rate, so never percent."""
    plain = _of_one_item(measure)
    return value_text(score, plain)


def difference_text(change: float, measure: Measure) -> str:
    """The difference of one item's two scores, signed."""
    plain = _of_one_item(measure)
    digits = _bare(change, plain, _free_decimals(change, plain), marks=(0.0,), is_difference=True)
    return _with_unit(digits, plain.unit)


def _of_one_item(measure: Measure) -> Measure:
    return Measure(Scale.PLAIN, measure.unit if measure.scale is Scale.PLAIN else "")


def loss_text(loss: float) -> str:
    """A loss in nats a token, four significant digits."""
    return value_text(loss, Measure(Scale.PLAIN, ""))


def number_text(number: float) -> str:
    """A bare number of no particular unit, at most four significant digits."""
    return value_text(number, Measure(Scale.PLAIN, ""))


def money_text(amount: float, currency: str) -> str:
    """An amount of money: two decimals, more when it is smaller than that."""
    return f"{_faithful(Decimal(repr(amount)), 2, (Decimal(0),))} {currency}"


def seconds_text(seconds: float) -> str:
    """A duration: `4.1 ms`, `0.82 s`, `41 s`, `3 min 20 s`, `1 h 12 min`, `2 d 3 h`."""
    if seconds == 0:
        return "0 s"
    if seconds < 9.95:
        unit, size = ("ms", Decimal(repr(seconds)) * 1000) if seconds < 0.01 else ("s", seconds)
        decimals = max(0, 1 - floor(log10(size)))
        return f"{_faithful(Decimal(repr(float(size))), decimals, (Decimal(0),))} {unit}"
    whole = floor(seconds + 0.5)
    if whole < _MINUTE_SECONDS:
        return f"{whole} s"
    if whole < _HOUR_SECONDS:
        return f"{whole // 60} min {whole % 60} s"
    minutes = floor(seconds / 60 + 0.5)
    if minutes < _DAY_SECONDS // 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = floor(seconds / 3600 + 0.5)
    return f"{hours // 24:,} d {hours % 24} h"


def bytes_text(n_bytes: int) -> str:
    """A size in decimal units: `98 MB`, `1.8 GB`."""
    size = Decimal(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        decimals = 0 if unit == "B" or size >= 10 else 1
        rounded = size.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if rounded < 1000:
            return f"{rounded} {unit}"
        size /= 1000
    return f"{size.quantize(Decimal('0.1'), ROUND_HALF_UP):,} TB"


def large_count_text(count: int, noun: str = "") -> str:
    """A count that may be huge: exact below a million, else three digits: `4.88 million tokens`."""
    for limit, word in ((10**9, "billion"), (10**6, "million")):
        if count >= limit:
            digits = Decimal(count) / limit
            decimals = max(0, 2 - digits.adjusted())
            rounded = digits.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
            return _with_unit(f"{rounded:,} {word}", noun)
    return _with_unit(f"{count:,}", noun)


def setting_text(setting: Json) -> str:
    """A setting as the spec would write it: `0.0002`, `true`, `[q_proj, v_proj]`."""
    match setting:
        case None:
            return "none"
        case bool():
            return "true" if setting else "false"
        case int() | float():
            return repr(setting)
        case str():
            return setting
        case list():
            return "[" + ", ".join(setting_text(part) for part in setting) + "]"
        case dict():
            return "{" + ", ".join(f"{k}: {setting_text(v)}" for k, v in setting.items()) + "}"


def plain_sentence(shown: ShownEstimate) -> str:
    """An estimate in one phrase, for prose, alternative texts and the terminal."""
    if shown.value is None:
        return f"not estimable: {shown.reason}"
    if shown.interval is None:
        return f"{shown.value.text} (no interval: {shown.reason})"
    low, high = shown.interval
    return f"{shown.value.text} ({shown.level} interval {low.text} to {high.text})"


def _estimate(
    estimated: Estimated,
    measure: Measure,
    key: str,
    *,
    marks: Sequence[float],
    is_difference: bool,
) -> ShownEstimate:
    unit = measure.difference_unit if is_difference else measure.value_unit

    def shown(value: float, name: str, decimals: int, behind: str) -> Shown:
        text = _bare(value, measure, decimals, marks=marks, is_difference=is_difference)
        if name == "value":
            text = _times(text, measure, is_difference=is_difference)
        return Shown(_with_unit(text, behind), f"{key}/{name}", repr(value))

    match estimated:
        case NotEstimable():
            return ShownEstimate(None, None, "", unit, estimated.not_estimable)
        case Point():
            decimals = _free_decimals(estimated.value, measure)
            value = shown(estimated.value, "value", decimals, unit)
            return ShownEstimate(value, None, "", unit, estimated.no_interval)
        case Estimate():
            decimals = _width_decimals(estimated, measure)
            return ShownEstimate(
                shown(estimated.value, "value", decimals, unit),
                (
                    shown(estimated.low, "low", decimals, ""),
                    shown(estimated.high, "high", decimals, ""),
                ),
                fraction_text(estimated.level),
                unit,
                "",
            )


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit else text


def _times(text: str, measure: Measure, *, is_difference: bool) -> str:
    """A factor with its sign in front."""
    return f"{TIMES} {text}" if is_difference and measure.scale is Scale.RATIO else text


def _ends(measure: Measure) -> tuple[float, ...]:
    """The values that a rounded one must not touch: 0, and 1 where that reads as 100 %."""
    return (0.0, 1.0) if measure.scale is Scale.PERCENT else (0.0,)


def _displayed(value: float, measure: Measure) -> Decimal:
    """The number that stands on the page: percent for a fraction, exp for a logarithm."""
    match measure.scale:
        case Scale.PERCENT:
            return Decimal(repr(value)).scaleb(2)
        case Scale.RATIO:
            return Decimal(repr(exp(value)))
        case Scale.PLAIN:
            return Decimal(repr(value))


def _width_decimals(interval: Estimate, measure: Measure) -> int:
    """Decimals that leave two significant digits of the interval's half width."""
    half = float(_displayed(interval.high, measure) - _displayed(interval.low, measure)) / 2
    if half <= 0:
        return _free_decimals(interval.value, measure)
    return min(max(0, 1 - floor(log10(half) + 1e-9)), _MOST_DECIMALS)


def _free_decimals(value: float, measure: Measure) -> int:
    """Decimals of a number without an interval: four significant digits, no trailing zeros."""
    number = _displayed(value, measure)
    if number == 0:
        return 0
    decimals = max(0, _POINT_DIGITS - 1 - number.adjusted())
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
    at_end = measure.scale is Scale.PERCENT and value in {0.0, 1.0}
    shown_marks = tuple(_displayed(mark, measure) for mark in marks)
    digits = _faithful(_displayed(value, measure), 0 if at_end else decimals, shown_marks)
    is_signed = is_difference and measure.scale is not Scale.RATIO and value > 0
    return f"+{digits}" if is_signed else digits


def _faithful(number: Decimal, decimals: int, marks: Sequence[Decimal]) -> str:
    """The number with so many decimals, or more where fewer would move it onto or past a mark."""
    for places in range(decimals, decimals + _MOST_DECIMALS):
        rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if all(_side(rounded, mark) == _side(number, mark) for mark in marks):
            return _signed(f"{rounded:,f}")
    return _signed(f"{number:.2e}")


def _side(number: Decimal, mark: Decimal) -> int:
    """-1, 0 or 1: below, on or above a mark; arithmetic noise does not lift a number off it."""
    if isclose(number, mark, rel_tol=1e-12, abs_tol=1e-15):
        return 0
    return 1 if number > mark else -1


def _signed(digits: str) -> str:
    """Digits with a real minus sign, and none before zero."""
    if digits.startswith("-"):
        return MINUS + digits[1:] if any(c in "123456789" for c in digits) else digits[1:]
    return digits
