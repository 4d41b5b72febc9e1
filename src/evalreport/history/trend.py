"""Trends: one metric over the builds of a series, broken where numbers may not be compared.

Nothing is tested here: whether two builds differ is said by pairing their items, and not by
looking at two intervals.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.estimates import Estimated, has_value
from evalreport.history.kept import History, Kept, Series
from evalreport.lineage.answered import answered
from evalreport.lineage.aspect import SCORER, Aspect, AspectState, on_trust, unknown
from evalreport.lineage.aspects import aspects_of, forbidding, reference_of
from evalreport.rules.base import voided

_SAME_DECIMALS: Final = 12  # two values that differ beyond are the same, computed in another order


@dataclass(frozen=True, slots=True)
class Point:
    """A metric in one build, and how it stands to the build before that has it.

    Attributes:
        number: Of its build in the series, from 1.
        kept: Its build.
        finding: What was found.
        breaks: Why the candidate's numbers may not be compared with those before.
        other_reference: Why the difference may not be, where the candidate's numbers may: it is one
            from another model, or may be; None where it is from the same.
        on_trust: What is taken to be as before without being recorded.
        is_again: Whether the same weights have the same numbers as before: nothing was measured
            anew.
        is_void: Whether a rule that its build broke voids it.
    """

    number: int
    kept: Kept
    finding: Finding
    breaks: tuple[Aspect, ...] = ()
    other_reference: Aspect | None = None
    on_trust: tuple[Aspect, ...] = ()
    is_again: bool = False
    is_void: bool = False

    @property
    def difference_breaks(self) -> tuple[Aspect, ...]:
        """Why its difference may not be compared with the one before."""
        other = self.other_reference
        return (*self.breaks, *(() if other is None else (other,)))


@dataclass(frozen=True, slots=True)
class Trend:
    """One metric over a series; its points in time order."""

    id: str
    points: tuple[Point, ...]

    @property
    def newest(self) -> Finding:
        """The finding of the newest build that has it."""
        return self.points[-1].finding


@dataclass(frozen=True, slots=True)
class Course:
    """A series with the trend of every finding: those of the newest build first."""

    series: Series
    trends: tuple[Trend, ...]

    @property
    def primary(self) -> Trend | None:
        """That of the metric that decides today."""
        return next((t for t in self.trends if t.newest.role is FindingRole.PRIMARY), None)


def courses_of(history: History) -> tuple[Course, ...]:
    """How every series went."""
    return tuple(Course(series, trends_of(series)) for series in history.series)


def trends_of(series: Series) -> tuple[Trend, ...]:
    """A trend for every finding: those of the newest build first, in its order."""
    found = [{f.id: f for f in kept.report.findings} for kept in series.builds]
    void = [voided(kept.report.remarks) for kept in series.builds]
    beside = _Beside()
    trends: list[Trend] = []
    for finding_id in dict.fromkeys(one for findings in reversed(found) for one in findings):
        points: list[Point] = []
        for number, (kept, findings) in enumerate(zip(series.builds, found, strict=True), 1):
            finding = findings.get(finding_id)
            if finding is not None:
                by = {finding.id, *([finding.guard_of_tuned] if finding.is_guard_of_export else [])}
                is_void = not by.isdisjoint(void[number - 1])
                point = Point(number, kept, finding, is_void=is_void)
                points.append(beside.placed(points[-1], point) if points else point)
        trends.append(Trend(finding_id, tuple(points)))
    return tuple(trends)


@dataclass(slots=True)
class _Beside:
    """Says how a build's numbers stand to an earlier one's; what many metrics share, once."""

    aspects: dict[tuple[object, ...], tuple[Aspect, ...]] = field(default_factory=dict)

    def placed(self, before: Point, point: Point) -> Point:
        """A point with what is to be said of it beside the one before."""
        f = point.finding
        key = (before.number, point.number, f.layer, f.metric, f.arms)
        if key not in self.aspects:
            one, other = before.kept.build, point.kept.build
            told = aspects_of(one, other, f.layer, f.metric, f.arms) or _nothing_told(f)
            self.aspects[key] = (*told, reference_of(one, other, f.layer, f.arms[1]))
        *aspects, reference = self.aspects[key]
        is_again = _is_again(before, point)
        breaks = (*forbidding(aspects), *answered(before.finding, f, aspects))
        if is_again:
            # The same numbers of the same weights, told twice: only a known difference counts.
            breaks = tuple(one for one in breaks if one.state is AspectState.DIFFERS)
        breaks = (*_other_scale(before.finding, f), *breaks)
        return replace(
            point,
            breaks=breaks,
            other_reference=reference if reference.forbids and not is_again else None,
            on_trust=(
                *(a for a in (*aspects, reference) if a.state is AspectState.ON_TRUST),
                *(() if breaks else _moved(before, point)),
            ),
            is_again=is_again and not breaks,
        )


def _nothing_told(finding: Finding) -> tuple[Aspect, ...]:
    return (unknown("layer", f"a report does not tell how {finding.layer} was measured"),)


def _is_again(before: Point, point: Point) -> bool:
    """Whether the same numbers are told again: of the same weights, or as published."""
    f = point.finding
    if _numbers(before.finding) != _numbers(f):
        return False
    if f.is_foreign:
        return before.finding.is_foreign
    return all(
        (weights := _weights(point, arm)) is not None and weights == _weights(before, arm)
        for arm in f.arms
    )


def _moved(before: Point, point: Point) -> Iterator[Aspect]:
    """Arms of the same weights, asked alike, that have another value: it was scored otherwise."""
    f, was = point.finding, before.finding
    for arm, now, then in zip(f.arms, (f.tuned, f.base), (was.tuned, was.base), strict=True):
        weights = _weights(point, arm)
        is_same = weights is not None and weights == _weights(before, arm)
        if is_same and _value(now) != _value(then):
            yield on_trust(
                SCORER,
                f"{arm} is one and the same model in builds {before.number} and {point.number} and "
                "has another value: its answers or what scores them changed",
            )


def _numbers(finding: Finding) -> tuple[object, ...]:
    """What was measured; an interval that another method gives the same answers is none of it."""
    values = (_value(one) for one in (finding.tuned, finding.base, finding.difference))
    return (finding.n, finding.n_missing, *values)


def _value(estimated: Estimated) -> object:
    return round(estimated.value, _SAME_DECIMALS) if has_value(estimated) else estimated


def _weights(point: Point, arm: str) -> tuple[object, ...] | None:
    """The weights behind an arm's name, as its report tells them; None where it does not."""
    facts = point.kept.report.arms.get(arm)
    if facts is None or not (facts.base_digest or facts.model_digests):
        return None
    digests = (facts.base_digest, facts.adapter_digests, facts.model_digests)
    return (*digests, facts.quantization, facts.dtype)


def _other_scale(before: Finding, finding: Finding) -> Iterator[Aspect]:
    """That a metric changed its unit or its direction under one name."""
    for name, one, other in (
        ("unit", before.unit, finding.unit),
        ("direction", _direction(before), _direction(finding)),
    ):
        if one != other:
            yield Aspect(name=name, state=AspectState.DIFFERS, one=one, other=other)


def _direction(finding: Finding) -> str:
    return "higher is better" if finding.higher_is_better else "lower is better"
