"""Two published numbers side by side: value, difference, interval and test from totals."""

from dataclasses import dataclass
from typing import Final

from evalreport.analyze.compare import FEWEST_ITEMS
from evalreport.analyze.flips import Flips
from evalreport.analyze.terms import Terms
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.records import (
    Aggregate,
    Averaged,
    Counts,
    Discordant,
    KnownCount,
    KnownNumber,
    Lossy,
    PublishedRow,
    Rated,
)
from evalreport.stats.arguments import only
from evalreport.stats.paired_binary import exact_mcnemar, midp_mcnemar, tango
from evalreport.stats.proportions import clopper_pearson
from evalreport.stats.two_means import (
    Summary,
    mean_of_summary,
    welch_of_summaries,
    welch_test_of_summaries,
)
from evalreport.stats.two_rates import fisher_exact, newcombe

NO_N: Final = "the number of items is not stated"
NO_SPREAD: Final = "no spread over items was published"
NO_TIES: Final = "the number of ties is not stated"
NO_POWER: Final = NotEstimable(not_estimable="nothing is foretold of totals without items")
_OF_LOSS: Final = "a loss has no interval without its items"
_UNTESTED: Final = NotEstimable(not_estimable="nothing was tested")


@dataclass(frozen=True, slots=True)
class Compared:
    """What two published numbers say together.

    Attributes:
        tuned: The candidate's number.
        base: The reference's.
        difference: The first minus the second.
        narrow: The same at the level of one-sided bounds.
        test: The test that goes with it.
        n: Items; 0 where unknown.
        n_missing: Why they are unknown.
        n_by_arm: Items of each arm, where they are two samples.
        counts: On how many pairs the candidate wins, loses, ties.
        is_paired: Whether the counts hold all that a paired test needs.
    """

    tuned: Estimated
    base: Estimated
    difference: Estimated
    narrow: Estimated = _UNTESTED
    test: Tested | NotEstimable = _UNTESTED
    n: int = 0
    n_missing: str = ""
    n_by_arm: tuple[int, int] | None = None
    counts: Flips | None = None
    is_paired: bool = False


def value_of(row: PublishedRow, arm: str, level: float) -> Estimated:
    """One arm's number with the interval that its totals allow, or why there is no number."""
    if arm in row.words:
        words = row.words[arm]
        return NotEstimable(not_estimable=f"in the place of a number of {arm} stands “{words}”")
    one = row.figure(arm)
    if one is None:
        return NotEstimable(not_estimable=f"no number of {arm} was published")
    own = _own_value(one, level)
    published = row.intervals.get(arm)
    if published is None or not isinstance(own, Point):
        return own
    low, high = published
    return Point(value=own.value, no_interval=f"{own.no_interval}; published: {low:g} to {high:g}")


def items_behind(row: PublishedRow, arm: str) -> int:
    """How many items an arm's number is of; 0 where that was not stated, or there is no number."""
    one = row.figure(arm)
    match None if one is None else one.figure:
        case Counts(wins=wins, losses=losses, ties=KnownCount(known=ties)):
            return wins + losses + ties
        case Rated(n=KnownCount(known=n)) | Averaged(n=KnownCount(known=n)):
            return n
        case Lossy(n=KnownCount(known=n)):
            return n
        case _:
            return 0


def _own_value(one: Aggregate, level: float) -> Estimated:
    match one.figure:
        case Counts(wins=wins, losses=losses, ties=ties):
            if isinstance(ties, KnownCount):
                n = wins + losses + ties.known
                return _few(clopper_pearson(wins, n, level=level), n)
            decisive = wins + losses
            share = wins / decisive if decisive else 0.0
            return Point(value=share, no_interval=f"{NO_TIES}: a share of decisive pairs")
        case Rated(rate=rate, n=KnownCount(known=n)) if n > 0:
            return _at(rate, _few(clopper_pearson(_successes(rate, n), n, level=level), n))
        case Rated(rate=rate):
            return Point(value=rate, no_interval=NO_N)
        case Averaged(mean=mean, spread=KnownNumber(known=sd), n=KnownCount(known=n)):
            return mean_of_summary(Summary(mean, sd, n), level=level)
        case Averaged(mean=mean, n=n):
            return Point(value=mean, no_interval=NO_SPREAD if isinstance(n, KnownCount) else NO_N)
        case Lossy(nats_per_token=nats):
            return Point(value=nats, no_interval=_OF_LOSS)


def compare_items(
    row: PublishedRow, differ: Discordant, pair: tuple[str, str], terms: Terms
) -> Compared | None:
    """Two rates on the same items, of which it is known on how many the two differ."""
    figures = [one.figure for arm in pair if (one := row.figure(arm)) is not None]
    known = {
        one.n.known for one in figures if isinstance(one, Rated) and isinstance(one.n, KnownCount)
    }
    if len(known) != 1 or len(figures) != len(pair):
        return None
    (n,) = known
    if differ.better + differ.worse > n:
        return None
    values = [value_of(row, arm, terms.level) for arm in pair]
    same = n - differ.better - differ.worse
    counts = Flips(better=differ.better, worse=differ.worse, same=same)
    return _paired(values, counts, n, terms, is_judged=False)


def compare_figures(
    row: PublishedRow, mine: Aggregate, theirs: Aggregate, terms: Terms
) -> Compared:
    """Two numbers, by whatever was published of them."""
    values = [value_of(row, one.arm, terms.level) for one in (mine, theirs)]
    match mine.figure, theirs.figure:
        case Counts(wins=wins, losses=losses, ties=KnownCount(known=ties)), Counts():
            n = wins + losses + ties
            if n == 0:
                nothing = NotEstimable(not_estimable="there are no pairs")
                return Compared(nothing, nothing, nothing)
            counts = Flips(better=wins, worse=losses, same=ties)
            return _paired(values, counts, n, terms, is_judged=True)
        case Counts(wins=wins, losses=losses), Counts():
            return _without_ties(values, wins, losses)
        case Rated(rate=a, n=KnownCount(known=n)), Rated(rate=b, n=KnownCount(known=m)) if n and m:
            return _two_rates(values, (a, n), (b, m), terms)
        case (
            Averaged(mean=a, spread=KnownNumber(known=sd_a), n=KnownCount(known=n)),
            Averaged(mean=b, spread=KnownNumber(known=sd_b), n=KnownCount(known=m)),
        ) if n and m:
            first, second = Summary(a, sd_a, n), Summary(b, sd_b, m)
            return Compared(
                tuned=values[0],
                base=values[1],
                difference=welch_of_summaries(first, second, level=terms.level),
                narrow=welch_of_summaries(first, second, level=terms.one_sided_level),
                test=welch_test_of_summaries(first, second),
                n=min(n, m),
                n_by_arm=(n, m),
            )
        case _:
            return _bare(values, mine, theirs)


def _paired(
    values: list[Estimated], counts: Flips, n: int, terms: Terms, *, is_judged: bool
) -> Compared:
    better, worse = counts.better, counts.worse
    test = midp_mcnemar(better, worse) if terms.midp else exact_mcnemar(better, worse)
    name = test.test.replace("McNemar", "sign") if is_judged else test.test
    return Compared(
        tuned=values[0],
        base=values[1],
        difference=_few(tango(better, worse, n, level=terms.level), n),
        narrow=_few(tango(better, worse, n, level=terms.one_sided_level), n),
        test=test.model_copy(update={"test": name}),
        n=n,
        counts=counts,
        is_paired=True,
    )


def _without_ties(values: list[Estimated], wins: int, losses: int) -> Compared:
    """Wins and losses alone: the sign test needs no ties, and the net share of all pairs does."""
    decisive = wins + losses
    if decisive == 0:
        nothing = NotEstimable(not_estimable="there are no decisive pairs")
        return Compared(nothing, nothing, nothing)
    net = (wins - losses) / decisive
    return Compared(
        tuned=values[0],
        base=values[1],
        difference=Point(value=net, no_interval=f"{NO_TIES}: a share of decisive pairs"),
        n_missing=NO_TIES,
    )


def _two_rates(
    values: list[Estimated], mine: tuple[float, int], theirs: tuple[float, int], terms: Terms
) -> Compared:
    (a, n), (b, m) = mine, theirs
    counted = (_successes(a, n), n, _successes(b, m), m)
    fewest = min(n, m)
    return Compared(
        tuned=values[0],
        base=values[1],
        difference=_at(a - b, _few(newcombe(*counted, level=terms.level), fewest)),
        narrow=_at(a - b, _few(newcombe(*counted, level=terms.one_sided_level), fewest)),
        test=fisher_exact(*counted),
        n=fewest,
        n_by_arm=(n, m),
    )


def _bare(values: list[Estimated], mine: Aggregate, theirs: Aggregate) -> Compared:
    """A difference without an interval, and why there is none."""
    numbers = [_number(one) for one in (mine, theirs)]
    known = [
        one.figure.n.known
        for one in (mine, theirs)
        if not isinstance(one.figure, Counts) and isinstance(one.figure.n, KnownCount)
    ]
    is_counted = len(known) == len(numbers)
    is_loss = isinstance(mine.figure, Lossy)
    why = _OF_LOSS if is_loss else NO_SPREAD if is_counted else NO_N
    return Compared(
        tuned=values[0],
        base=values[1],
        difference=Point(value=numbers[0] - numbers[1], no_interval=why),
        n=min(known) if is_counted else 0,
        n_missing="" if is_counted and min(known) > 0 else NO_N,
        n_by_arm=(known[0], known[1]) if is_counted and len(set(known)) > 1 else None,
    )


def _number(one: Aggregate) -> float:
    match one.figure:
        case Counts(wins=wins, losses=losses):
            return wins / (wins + losses) if wins + losses else 0.0
        case Rated(rate=rate):
            return rate
        case Averaged(mean=mean):
            return mean
        case Lossy(nats_per_token=nats):
            return nats


def _successes(rate: float, n: int) -> int:
    """The count that a rounded rate of so many items stands for."""
    return min(n, max(0, round(rate * n)))


def _at(value: float, estimated: Estimated) -> Estimated:
    """The interval of the counts around the number as it was published, which may be rounded."""
    if isinstance(estimated, Estimate):
        ends = {"low": min(estimated.low, value), "high": max(estimated.high, value)}
        return estimated.model_copy(update={"value": value, **ends})
    return (
        estimated.model_copy(update={"value": value}) if isinstance(estimated, Point) else estimated
    )


def _few(estimated: Estimated, n: int) -> Estimated:
    """Below ten items no interval is shown that somebody could decide on."""
    if n < FEWEST_ITEMS and isinstance(estimated, Estimate):
        return Point(value=estimated.value, no_interval=only(n, "items"))
    return estimated
