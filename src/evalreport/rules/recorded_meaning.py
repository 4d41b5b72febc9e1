"""Rules about what published numbers mean: are they defined, and do they add up?"""

from collections.abc import Iterator
from typing import Final

from evalreport.numbers import count_text, half_unit, number_text
from evalreport.records import Averaged, KnownCount, Lossy, PublishedRow, Rated
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken
from evalreport.rules.published import Told, each_told, is_recorded, told

UNDEFINED_RULE: Final = "metric-undefined"
_ALIKE: Final = 0.1


def _undefined(one: Told) -> Said | None:
    rows = [row for row in one.published.rows if row.figures or row.change is not None]
    unsaid = [row for row in rows if not row.definition]
    aimless = [row for row in rows if row.higher_is_better is None]
    if not unsaid and not aimless:
        return None
    cites = [f.id for f in one.findings if any(row.metric == f.metric for row in unsaid + aimless)]
    if not unsaid:
        what = f"Whether more of {_named(aimless)} in {one.layer} is better was not said."
        return broken(what, *cites)
    aim = ", nor whether more of it is better" if aimless else ""
    return broken(f"How {_named(unsaid)} in {one.layer} is computed was not said{aim}.", *cites)


def _named(rows: list[PublishedRow]) -> str:
    return ", ".join(dict.fromkeys(row.metric.replace("_", " ") for row in rows))


def _sums(case: Case) -> tuple[Said, ...]:
    every = tuple(told(case))
    counted = (
        broken(text, *one.cites) for one in every for text in (*_counts(one), *_differing(one))
    )
    return (*(said for one in every for said in _headlines(one, every)), *counted)


def _headlines(one: Told, every: tuple[Told, ...]) -> Iterator[Said]:
    """Numbers on top of a table that are not the means of its rows."""
    for top in one.published.rows:
        if not top.is_headline:
            continue
        rows = [
            row
            for row in one.published.rows
            if row.metric == top.metric and row.field is not None and not row.is_headline
        ]
        means = {
            arm: (value, mean)
            for arm in (figure.arm for figure in top.figures)
            if (value := _number(top, arm)) is not None and (mean := _mean(rows, arm)) is not None
        }
        wrong = {
            arm: mean
            for arm, (value, mean) in means.items()
            if abs(value - mean) > _rounding(top, rows, arm)
        }
        if wrong:
            shown = "; ".join(
                f"{arm} {number_text(means[arm][0])}, its rows {number_text(round(mean, 4))}"
                for arm, mean in wrong.items()
            )
            yield broken(
                f"The headline {top.metric.replace('_', ' ')} of {one.layer} does not follow from "
                f"its table: {shown}.{_elsewhere(wrong, top, one, every)}",
                *one.cites,
                severity=Severity.WEAKENS if _is_alike([*means.values()]) else None,
            )


def _is_alike(means: list[tuple[float, float]]) -> bool:
    """Whether headline and rows give every difference between two arms alike, to a tenth."""
    pairs = [(one, other) for i, one in enumerate(means) for other in means[i + 1 :]]
    return bool(pairs) and all(
        abs((one[0] - other[0]) - (one[1] - other[1])) <= _ALIKE * abs(one[1] - other[1])
        for one, other in pairs
    )


def _elsewhere(
    wrong: dict[str, float], top: PublishedRow, one: Told, every: tuple[Told, ...]
) -> str:
    """That another table has what the rows give; tuned may be one of its checkpoints."""
    for other in every:
        for row in other.published.rows if other.layer != one.layer else ():
            if (row.metric, row.field) != (top.metric, None):
                continue
            found = {arm: _holder(row, arm, mean) for arm, mean in wrong.items()}
            if all(found.values()):
                shown = ", ".join(
                    f"{held} {number_text(_number(row, held) or 0.0)}"
                    for held in found.values()
                    if held is not None
                )
                return (
                    f" What its rows give stands in {other.layer} ({shown}): which table is of "
                    "which items cannot be told."
                )
    return ""


def _holder(row: PublishedRow, arm: str, mean: float) -> str | None:
    """The arm of a row that has this number, rounded as it stands there."""
    for figure in row.figures:
        value = _number(row, figure.arm)
        is_of_arm = figure.arm == arm or (arm == "tuned" and figure.arm.startswith("tuned-"))
        if is_of_arm and value is not None and abs(value - mean) <= half_unit(value) + 1e-9:
            return figure.arm
    return None


def _counts(one: Told) -> Iterator[str]:
    stated = one.published.stated_n
    for finding in one.findings:
        if finding.metric == "net_win" and finding.counts is not None and stated is not None:
            made = finding.counts.better + finding.counts.worse + finding.counts.same
            if made != stated:
                yield (
                    f"Wins, losses and ties of {one.layer} are {count_text(made)}, and it is said "
                    f"to have {count_text(stated, 'item')}."
                )


def _differing(one: Told) -> Iterator[str]:
    for row in one.published.rows:
        differ = row.discordant
        values = [_number(row, figure.arm) for figure in row.figures[:2]]
        if differ is None or len(values) != 2 or values[0] is None or values[1] is None:
            continue
        figure = row.figures[0].figure
        if not isinstance(figure, Rated) or not isinstance(figure.n, KnownCount):
            continue
        n, net = figure.n.known, differ.better - differ.worse
        rounding = sum(half_unit(value) for value in values if value is not None)
        if n and abs(net / n - (values[0] - values[1])) > rounding + 1e-9:
            yield (
                f"In {one.layer} {count_text(differ.better)} items got right and "
                f"{count_text(differ.worse)} wrong of {count_text(n)} do not give the difference "
                f"of {number_text(values[0])} and {number_text(values[1])}."
            )


def _number(row: PublishedRow, arm: str) -> float | None:
    one = row.figure(arm)
    match one.figure if one is not None else None:
        case Rated(rate=value) | Averaged(mean=value) | Lossy(nats_per_token=value):
            return value
        case _:
            return None


def _mean(rows: list[PublishedRow], arm: str) -> float | None:
    values = [value for row in rows if (value := _number(row, arm)) is not None]
    return sum(values) / len(values) if values and len(values) == len(rows) else None


def _rounding(top: PublishedRow, rows: list[PublishedRow], arm: str) -> float:
    """How far a mean may lie from the headline because both were rounded."""
    of_rows = [half_unit(value) for row in rows if (value := _number(row, arm)) is not None]
    own = _number(top, arm)
    mean = sum(of_rows) / len(of_rows) if of_rows else 0.0
    return mean + (0.0 if own is None else half_unit(own)) + 1e-9


def _can_be_added_up(case: Case) -> bool:
    return any(
        row.is_headline or row.discordant is not None or one.published.stated_n is not None
        for one in told(case)
        for row in one.published.rows
    )


def _uncounted(one: Told) -> Said | None:
    uncounted = [kind.what for kind in one.published.failures if kind.k is None]
    if not uncounted:
        return None
    return broken(
        f"{one.layer} tells of failures ({', '.join(uncounted)}) without how often they were seen: "
        "examples illustrate, and were not counted.",
        *one.cites,
    )


RECORDED_MEANING: tuple[CaseRule, ...] = (
    Rule(
        id=UNDEFINED_RULE,
        family=Family.MEANING,
        severity=Severity.WEAKENS,
        claim="Every published metric has a known name, or says how it is computed.",
        why="A number whose making nobody knows can be compared with nothing.",
        remedy="Say how it is computed (`definition`) and which way is better.",
        source="A model card with a table of adjectives.",
        is_caveat=True,
        is_absence=True,
        applies=is_recorded,
        check=each_told(_undefined),
    ),
    Rule(
        id="table-does-not-recompute",
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        varies="weakens where rows and headline give the difference of two arms alike, to a tenth",
        claim="Published totals follow from the numbers below them.",
        why="A headline that its own table does not give is from another run, or wrong.",
        remedy="Ask the authors which of the two is right, and record that one.",
        source="A published comparison whose averages were not those of its rows.",
        applies=_can_be_added_up,
        check=_sums,
    ),
    Rule(
        id="error-examples-without-counts",
        family=Family.MEANING,
        severity=Severity.NOTE,
        claim="Kinds of failure come with how often they were seen.",
        why="Two examples show that something happens, not that it is common.",
        source="A published analysis of errors without a count.",
        is_absence=True,
        applies=lambda case: any(one.published.failures for one in told(case)),
        check=each_told(_uncounted),
    ),
)
