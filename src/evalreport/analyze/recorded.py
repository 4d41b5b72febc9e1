"""Recorded: findings of numbers that somebody published, or a tool wrote, from totals alone.

No item stands behind them, so nothing here is paired but counts of pairs: wins, losses and ties
over one set of pairs, or on how many of the same items two arms differ, hold all that a paired
test needs. Everything else is two samples. What is not known (items, spread, direction) leaves a
bare difference with the reason, and is never taken to be 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from evalreport.analyze.comparable import Asked
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.finding import Question, finding_id
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Power
from evalreport.analyze.flips import Flips
from evalreport.analyze.questions import IMPLIED, declaration_of
from evalreport.analyze.recorded_pairs import (
    NO_N,
    NO_POWER,
    Compared,
    compare_figures,
    compare_items,
    items_behind,
    value_of,
)
from evalreport.analyze.seen_power import power_of_counts
from evalreport.analyze.sentences import finding_sentence
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import NotEstimable, Point, Tested
from evalreport.layers.table import AnyLayer
from evalreport.metrics.base import Column, Scale
from evalreport.records import Origin, Published, PublishedRow
from evalreport.spec.models import Spec

TOTALS: Final = (
    "totals that somebody published can at best be inconclusive, since the items behind them can "
    "be neither paired nor looked at"
)
NO_DIRECTION: Final = "whether more of it is better was not said"
_GOOD: Final = (FindingOutcome.BETTER, FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED)
_LOUD: Final = (*_GOOD, FindingOutcome.WORSE, FindingOutcome.LOST, FindingOutcome.REGRESSED)


def recorded_findings(
    spec: Spec, published: Mapping[str, Published], asked: Asked, terms: Terms
) -> list[Finding]:
    """One finding for each row of each recorded layer and each pair of arms in it."""
    return [
        _finding(_Compared(layer, told, row, pair, declared), terms)
        for layer in spec.evaluation.layers
        if layer.name in published
        for told in [published[layer.name]]
        for row in told.rows
        for pair in _pairs(row, spec)
        for declared in [declaration_of(spec, layer, _column(row), pair, asked)]
    ]


@dataclass(frozen=True, slots=True)
class _Compared:
    """One comparison of one row."""

    layer: AnyLayer
    published: Published
    row: PublishedRow
    pair: tuple[str, str]
    declared: Declaration
    question: Question = field(init=False)

    def __post_init__(self) -> None:
        question = Question(self.layer.name, "", *self.pair, None, self.declared)
        object.__setattr__(self, "question", question)


def _pairs(row: PublishedRow, spec: Spec) -> Iterator[tuple[str, str]]:
    """Tuned against base, as it is or with one of them missing; what `comparisons` lists; others.

    Checkpoints and the like stand against the base where it has a number, and otherwise tuned
    stands against them.
    """
    arms = row.arms
    if row.change is not None:
        yield row.changed
        return
    wanted: dict[tuple[str, str], None] = {}
    tuned, base = IMPLIED
    if tuned in arms and (base in arms or len(arms) == 1):
        wanted[IMPLIED] = None
    wanted |= {pair: None for pair in spec.comparisons if {*pair} <= {*arms}}
    others = [arm for arm in arms if arm not in IMPLIED]
    if base in arms:
        wanted |= {(arm, base): None for arm in others}
    elif tuned in arms:
        wanted |= {(tuned, arm): None for arm in others}
    else:
        wanted |= {(arm, others[0]): None for arm in others[1:]}
    seen: set[frozenset[str]] = set()
    for pair in wanted or {IMPLIED: None}:
        if frozenset(pair) not in seen:
            yield pair
        seen.add(frozenset(pair))


def _column(row: PublishedRow) -> Column:
    return Column(
        metric=row.metric,
        unit=row.unit,
        higher_is_better=row.higher_is_better is not False,
        scale=Scale.MEAN,
        field=row.field,
        low=None if row.range is None else row.range[0],
        high=None if row.range is None else row.range[1],
    )


def _compared(asked: _Compared, terms: Terms) -> Compared:
    """The statistics of one comparison, from whatever was published of it."""
    row, (candidate, reference) = asked.row, asked.pair
    if row.change is not None:
        silent = NotEstimable(not_estimable="only the change was published, not its ends")
        bare = Point(value=row.change, no_interval="only the change was published")
        return Compared(silent, silent, bare, n_missing="the number of items is not stated")
    mine, theirs = row.figure(candidate), row.figure(reference)
    if mine is None or theirs is None:
        return _lone(row, asked.pair, terms)
    if row.discordant is not None and asked.pair == row.arms[:2]:
        paired = compare_items(row, row.discordant, asked.pair, terms)
        if paired is not None:
            return paired
    return compare_figures(row, mine, theirs, terms)


def _lone(row: PublishedRow, pair: tuple[str, str], terms: Terms) -> Compared:
    """A number that stands beside none, or words that stand where numbers should."""
    values = [value_of(row, arm, terms.level) for arm in pair]
    missing = next(one for one in values if isinstance(one, NotEstimable))
    if all(arm in row.words for arm in pair):
        stand = " and ".join(f"“{row.words[arm]}” ({arm})" for arm in pair)
        missing = NotEstimable(not_estimable=f"in the place of numbers stand {stand}")
    n = next((n for arm in pair if (n := items_behind(row, arm))), 0)
    return Compared(values[0], values[1], missing, n=n, n_missing="" if n else NO_N)


def _finding(asked: _Compared, terms: Terms) -> Finding:
    """One comparison as a finding."""
    row, declared, column = asked.row, asked.declared, _column(asked.row)
    found = _compared(asked, terms)
    outcome = outcome_of(
        declared,
        found.difference,
        found.narrow,
        found.test,
        higher_is_better=column.higher_is_better,
        alpha=terms.alpha,
    )
    withheld = _why_withheld(outcome, declared, row, found)
    power = _power(found, declared, column, terms)
    finding = Finding(
        id=finding_id(asked.question, column, None),
        layer=asked.layer.name,
        metric=row.metric,
        field=row.field,
        dataset="",
        role=declared.role,
        arms=asked.pair,
        n=found.n,
        n_missing=found.n_missing,
        n_by_arm=found.n_by_arm,
        unit=column.unit,
        higher_is_better=column.higher_is_better,
        tuned=found.tuned,
        base=found.base,
        difference=found.difference,
        difference_one_sided=found.narrow,
        gain_at_least=declared.gain_at_least,
        lose_at_most=declared.lose_at_most,
        counts=found.counts,
        test=found.test.test if isinstance(found.test, Tested) else None,
        p_value=found.test.p_value if isinstance(found.test, Tested) else None,
        outcome=FindingOutcome.INCONCLUSIVE if withheld else outcome,
        withheld=withheld,
        power=power,
        smallest_detectable=power.smallest_detectable if power else NO_POWER,
        n_required=power.n_required if power else None,
        origin=_origin(row),
        sentence="",
    )
    return finding.model_copy(update={"sentence": finding_sentence(finding)})


def _origin(row: PublishedRow) -> Origin:
    """Whether the number stands in the spec or in a file of the tool that measured it."""
    is_imported = any(one.origin is Origin.IMPORTED for one in row.figures)
    return Origin.IMPORTED if is_imported else Origin.RECORDED


def _why_withheld(
    outcome: FindingOutcome, declared: Declaration, row: PublishedRow, found: Compared
) -> str:
    """Why the outcome that the numbers give is not given; bad news is told all the same."""
    if declared.role is FindingRole.EXPLORATORY or outcome not in _LOUD:
        return ""
    if row.higher_is_better is None:
        return NO_DIRECTION
    return TOTALS if outcome in _GOOD and not found.is_paired else ""


def _power(found: Compared, declared: Declaration, column: Column, terms: Terms) -> Power | None:
    """What counts of pairs could have shown; of two samples nothing is foretold."""
    if not found.is_paired or found.counts is None:
        return None
    counts: Flips = found.counts
    return power_of_counts(counts.better + counts.worse, found.n, declared, terms, column)
