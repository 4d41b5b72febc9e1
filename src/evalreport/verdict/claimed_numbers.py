"""Numbers that stand there, on the scale on which they are claimed: values, differences, parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.recorded_pairs import value_of
from evalreport.analyze.sentences import change_text, measure_for, spoken, value_phrase, words
from evalreport.analyze.shown import shown_value
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, has_value
from evalreport.layers.recorded import Recorded
from evalreport.numbers import (
    Measure,
    Scale,
    bounded_exp,
    exact_text,
    half_unit,
    measure_of,
    plain_sentence,
    with_unit,
)
from evalreport.records import PublishedRow
from evalreport.spec.arithmetic import decimals_of, exactly
from evalreport.verdict.ruling import Hearing

_LOGGED: Final = ("train_loss", "eval_loss", "token_accuracy")
_BARE_PART: Final = "a part of where it began is not estimated"


@dataclass(frozen=True, slots=True)
class Held:
    """A number that stands there, on the scale on which it is claimed.

    Attributes:
        estimated: The number, or why there is none.
        phrase: It with its name, as a main clause: `traits json valid of tuned is 99 % (...)`.
        slack: How far it may lie off because it was published rounded.
        unit: What stands behind a claimed number, on the scale of `factor`.
        factor: From the number that is claimed to the one that is read: 100 for percent.
        cites: Ids that it rests on.
        is_of_one_arm: Whether it is the number of one arm, which stands without another.
        begins_with_id: Whether the phrase begins with a layer's name, which is written as it is.
        doubt: Why its interval cannot show a bound, if so.
        over_missing: The number with an interval that holds whatever missing answers are, if any.
    """

    estimated: Estimated
    phrase: str
    slack: Fraction
    unit: str
    factor: int
    cites: tuple[str, ...]
    is_of_one_arm: bool = False
    begins_with_id: bool = True
    doubt: str = ""
    over_missing: Estimated | None = None

    @property
    def opening(self) -> str:
        """The phrase at the beginning of a sentence."""
        return self.phrase if self.begins_with_id else self.phrase[:1].upper() + self.phrase[1:]

    def said(self, written: str) -> str:
        """A claimed number, as it reads: `92.85 %` for 0.9285."""
        places = decimals_of(written) - (2 if self.factor != 1 else 0)
        return with_unit(exact_text(exactly(written) * self.factor, max(0, places)), self.unit)


def values_of(metric: str, arm: str, hearing: Hearing) -> tuple[Held, ...]:
    """The numbers of an arm of this metric: of this id, else of this name in any layer."""
    exact = value_of_arm(metric, arm, hearing)
    if exact is not None:
        return (exact,)
    plain = dict.fromkeys(
        finding.id.partition(":")[0]
        for finding in hearing.findings.findings
        if finding.metric == metric and not finding.field and not finding.subgroup
    )
    found = [value_of_arm(name, arm, hearing) for name in plain]
    there = tuple(held for held in found if held is not None and has_value(held.estimated))
    return there or (_published_last(metric, hearing) if arm == "tuned" else ())


def _published_last(metric: str, hearing: Hearing) -> tuple[Held, ...]:
    """The last number of this name that was published with a training; of a range none."""
    told = hearing.spec.told_training
    points = told.losses if told is not None and metric in _LOGGED else ()
    given = [(point, getattr(point, metric)) for point in points]
    numbers = [(point, number) for point, number in given if isinstance(number, float)]
    if not numbers:
        return ()
    point, number = numbers[-1]
    measure = measure_of(metric, "fraction" if metric == "token_accuracy" else "nats/token")
    shown = Point(value=number, no_interval="it was published with the training")
    where = f" at epoch {point.epoch:g}" if point.epoch is not None else ""
    return (
        Held(
            estimated=shown,
            phrase=f"{words(metric)} of tuned{where} is {value_phrase(shown, measure)}",
            slack=_slack(shown, measure),
            unit=measure.value_unit,
            factor=_factor(measure),
            cites=(),
            is_of_one_arm=True,
            begins_with_id=False,
        ),
    )


def value_of_arm(name: str, arm: str, hearing: Hearing) -> Held | None:
    """The value of one arm under a finding's id; None where the arm has no part in it."""
    pairs = [
        (finding, one)
        for finding in hearing.of_name(name)
        for own, one in zip(finding.arms, (finding.tuned, finding.base), strict=True)
        if own == arm
    ]
    pairs.sort(key=lambda pair: (not has_value(pair[1]), pair[0].id != name))
    alone = None if pairs and has_value(pairs[0][1]) else _alone(name, arm, hearing)
    if not pairs or alone is not None:
        return alone
    finding, estimated = pairs[0]
    return Held(
        estimated=_as_read(estimated, measure_for(finding)),
        phrase=_named(
            f"{spoken(finding)} of {arm}",
            estimated,
            plain_sentence(shown_value(finding, estimated)),
        ),
        slack=_slack(estimated, measure_for(finding)) if finding.is_foreign else Fraction(0),
        unit=measure_for(finding).value_unit,
        factor=_factor(measure_for(finding)),
        cites=(finding.id,),
        is_of_one_arm=True,
    )


def _named(name: str, estimated: Estimated, text: str) -> str:
    if isinstance(estimated, NotEstimable):
        return f"{name} was not measured: {estimated.not_estimable}"
    return f"{name} is {text}"


def _alone(name: str, arm: str, hearing: Hearing) -> Held | None:
    """The number of an arm that stands in a recorded row beside nothing it is compared with."""
    level = 1 - hearing.spec.evaluation.alpha
    for layer, row in _recorded_rows(hearing):
        plain = ".".join(part for part in (layer, row.metric, row.field) if part)
        if plain != name or row.figure(arm) is None:
            continue
        estimated, measure = value_of(row, arm, level), measure_of(row.metric, row.unit)
        of_field = f" of {row.field}" if row.field else ""
        text = value_phrase(estimated, measure)
        return Held(
            estimated=_as_read(estimated, measure),
            phrase=_named(f"{layer} {words(row.metric)}{of_field} of {arm}", estimated, text),
            slack=_slack(estimated, measure),
            unit=measure.value_unit,
            factor=_factor(measure),
            cites=(),
            is_of_one_arm=True,
        )
    return None


def _recorded_rows(hearing: Hearing) -> Iterator[tuple[str, PublishedRow]]:
    for layer in hearing.spec.evaluation.layers:
        if isinstance(layer, Recorded):
            yield from ((layer.name, row) for row in layer.published().rows)


def difference_of_arms(finding: Finding) -> Held:
    """The difference of both arms; what is kept as a logarithm is subtracted as it reads."""
    measure = measure_for(finding)
    shown = finding.difference
    is_ratio = measure.scale is Scale.RATIO
    if is_ratio and has_value(finding.tuned) and has_value(finding.base):
        apart = bounded_exp(finding.tuned.value) - bounded_exp(finding.base.value)
        shown = Point(value=apart, no_interval="it is estimated as a factor")
    slack = _slack(finding.tuned, measure) + _slack(finding.base, measure)
    return Held(
        estimated=shown,
        phrase=_between(finding),
        slack=slack if finding.is_foreign else Fraction(0),
        unit="" if is_ratio else measure.difference_unit,
        factor=_factor(measure),
        cites=(finding.id,),
        over_missing=None if is_ratio else finding.difference_over_missing,
    )


def part_of_reference(finding: Finding) -> Held:
    """The difference as a part of the reference; of a published change, that is what it is."""
    phrase, measure = _between(finding), measure_for(finding)
    if finding.unit == "relative":
        shown, slack = finding.difference, _slack(finding.difference, measure)
    elif measure.scale is Scale.RATIO:
        shown, slack = _grown(finding.difference, less=1), Fraction(0)
    else:
        shown, slack = _quotient(finding, measure)
    if has_value(shown) and finding.unit != "relative":
        text = exact_text(exact(shown.value) * 100)
        phrase += f", {text} % of what {finding.arms[1]} has"
    return Held(shown, phrase, slack, "%", 100, (finding.id,))


def _quotient(finding: Finding, measure: Measure) -> tuple[Estimated, Fraction]:
    """(candidate - reference) / reference, and how far rounding may have moved it."""
    mine, theirs = finding.tuned, finding.base
    if not has_value(mine) or not has_value(theirs):
        return finding.difference, Fraction(0)
    top, bottom = exact(mine.value), exact(theirs.value)
    if bottom == 0:
        return NotEstimable(not_estimable=f"{finding.arms[1]} has 0"), Fraction(0)
    part = (top - bottom) / bottom
    shown = Point(value=float(part), no_interval=_BARE_PART)
    if not finding.is_foreign:
        return shown, Fraction(0)
    above, below = _slack(mine, measure), _slack(theirs, measure)
    ends = [
        (top + sign * above) / (bottom + other * below) - 1
        for sign in (1, -1)
        for other in (1, -1)
        if bottom + other * below
    ]
    return shown, max(abs(end - part) for end in ends)


def _between(finding: Finding) -> str:
    candidate, reference = finding.arms
    if isinstance(finding.difference, NotEstimable):
        return finding.sentence.removesuffix(".")
    if finding.unit == "relative":
        return f"{spoken(finding)} changed by {change_text(finding)}"
    return f"{spoken(finding)} of {candidate} less that of {reference} is {change_text(finding)}"


def _factor(measure: Measure) -> int:
    return 100 if measure.scale is Scale.PERCENT else 1


def _as_read(estimated: Estimated, measure: Measure) -> Estimated:
    return _grown(estimated) if measure.scale is Scale.RATIO else estimated


def _grown(estimated: Estimated, *, less: int = 0) -> Estimated:
    """What is kept as a logarithm, as it reads."""
    match estimated:
        case Estimate():
            ends = {
                name: bounded_exp(getattr(estimated, name)) - less
                for name in ("value", "low", "high")
            }
            return estimated.model_copy(update=ends)
        case Point():
            return estimated.model_copy(update={"value": bounded_exp(estimated.value) - less})
        case NotEstimable():
            return estimated


def exact(number: float) -> Fraction:
    """The value of a float as it is written, which is what was meant by it."""
    return exactly(repr(number))


def _slack(estimated: Estimated, measure: Measure) -> Fraction:
    """Half a unit of the last place in which a published number stands."""
    read = _as_read(estimated, measure)
    if not has_value(read):
        return Fraction(0)
    return exact(half_unit(read.value))
