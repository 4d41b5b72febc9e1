"""Bars of metrics with different units on one scale: the gain that each spec asked for."""

from collections.abc import Iterable
from math import ceil, floor
from typing import Final

from evalreport.analyze.shown import shown_difference
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers import Measure, Scale, plain_sentence
from evalreport.render.drawings import Axis, Drawing, Mark, clipped_bar
from evalreport.render.results import Keyed
from evalreport.render.words import Tone

_MOST_GAINS: Final = 10  # farther than this from no difference, a bar only points
_GAINS: Final = Measure(Scale.PLAIN, "gains")
_UNDECLARED: Final = "no bar: the spec declares no gain worth having, so there is no common scale"


def in_gains(k: Keyed) -> Estimated:
    """A difference in gains worth having, better upwards; why not, where none was declared."""
    f = k.finding
    if f.gain_at_least is None:
        return NotEstimable(not_estimable=_UNDECLARED)
    by = (1 if f.higher_is_better else -1) / f.gain_at_least
    match f.difference:
        case Estimate() as e:
            low, high = sorted((e.low * by, e.high * by))
            return e.model_copy(update={"value": e.value * by, "low": low, "high": high})
        case Point() as point:
            return point.model_copy(update={"value": point.value * by})
        case NotEstimable() as absence:
            return absence


def gain_axis(estimates: Iterable[Estimated]) -> Axis:
    """Whole gains around no difference and one gain that hold every interval, up to a limit."""
    ends = [-1.0, 2.0]
    for one in estimates:
        match one:
            case Estimate():
                ends += [one.low, one.high]
            case Point():
                ends.append(one.value)
            case NotEstimable():
                pass
    low, high = max(-_MOST_GAINS, floor(min(ends))), min(_MOST_GAINS, ceil(max(ends)))
    return Axis(low, high, tuple(float(i) for i in range(low, high + 1)), _GAINS)


def gain_bar(
    k: Keyed, axis: Axis, name: str, tone: Tone, *, void: str = ""
) -> tuple[Drawing | None, str]:
    """The primary difference on the axis that all rows share; or why there is none.

    Args:
        k: The primary.
        axis: That all rows share.
        name: What the metric is called.
        tone: What its number shows.
        void: That the number does not count; empty where it does.
    """
    scaled = in_gains(k)
    if isinstance(scaled, NotEstimable):
        # That the difference itself is not estimable stands beside it already.
        has_difference = not isinstance(k.finding.difference, NotEstimable)
        return None, scaled.not_estimable if has_difference else ""
    text = plain_sentence(shown_difference(k.finding))
    text = f"{text}; {void}" if void else text
    title = f"Difference in {name}, in gains worth having, better to the right"
    return clipped_bar(scaled, axis, (Mark(1.0, ""),), tone, title=title, text=text), ""
