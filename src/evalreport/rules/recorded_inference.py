"""Rules about what published numbers can show: how many items, how sure, paired or not?"""

from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import NET_WIN, change_text, spoken
from evalreport.estimates import Estimate, Point
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity, said_of
from evalreport.rules.case import Case, CaseRule, broken
from evalreport.rules.published import Told, each_told, told

_FEW = 3


def _no_items(one: Told) -> Said | None:
    silent = [f for f in one.compared if f.n_missing]
    if not silent:
        return None
    text = f"Of {one.layer} {silent[0].n_missing}: nothing says how far chance reaches."
    return said_of(one.layer, broken(text, *(f.id for f in silent)))


def _uncertain(one: Told) -> Said | None:
    bare = [f for f in one.compared if not _has_interval(one, f)]
    if not bare:
        return None
    shown = [f for f in bare if isinstance(f.difference, Estimate)]
    every = dict.fromkeys(spoken(f) for f in bare)
    names = (
        ", ".join(every)
        if len(every) <= _FEW
        else f"the {count_text(len(every), 'number')} of {one.layer}"
    )
    if shown:
        computed = "; ".join(change_text(f) for f in shown[:_FEW])
        closing = f"computed here: {computed}"
    else:
        why = next(f.difference.no_interval for f in bare if isinstance(f.difference, Point))
        closing = f"it cannot be computed here either ({why})"
    text = f"No uncertainty was published with {names}; {closing}."
    return said_of("" if shown else names, broken(text, *(f.id for f in bare)))


def _has_interval(one: Told, finding: Finding) -> bool:
    """Whether an interval, or a standard error, was published with it."""
    if finding.metric == NET_WIN:
        return one.published.interval is not None
    row = one.row(finding)
    return row is not None and all(arm in row.intervals for arm in finding.arms)


def _unpaired(one: Told) -> Said | None:
    loose = [f for f in one.compared if f.counts is None and f.metric != NET_WIN]
    if not loose:
        return None
    shown = next((f for f in loose if isinstance(f.difference, Estimate)), None)
    every = [*dict.fromkeys(spoken(f) for f in loose)]
    names = (
        ", ".join(every)
        if len(every) <= _FEW
        else f"the {count_text(len(every), 'number')} of {one.layer}"
    )
    width = (
        ""
        if shown is None
        else f": {change_text(shown)} is an unpaired interval, mostly wider than a paired one"
    )
    text = f"The item scores behind {names} are missing{width}."
    return said_of("" if width else names, broken(text, *(f.id for f in loose)))


def _has_compared(case: Case) -> bool:
    return any(one.compared for one in told(case))


RECORDED_INFERENCE: tuple[CaseRule, ...] = (
    Rule(
        id="n-missing",
        family=Family.INFERENCE,
        severity=Severity.INVALIDATES,
        claim="It is stated on how many items a published number rests.",
        why="Without it a number may rest on ten items or on ten thousand.",
        remedy="Ask the authors how many items it was, and record `n`.",
        source="A published comparison without a number of items.",
        is_absence=True,
        applies=_has_compared,
        check=each_told(_no_items),
    ),
    Rule(
        id="no-interval",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="Published numbers come with their uncertainty.",
        why="Who gives none has not asked whether chance alone would do.",
        remedy="Take the interval that is computed here where there is one.",
        source="Four published fine-tunes; Miller (2024), arXiv:2411.00640.",
        is_caveat=True,
        is_absence=True,
        applies=_has_compared,
        check=each_told(_uncertain),
    ),
    Rule(
        id="unpaired-only",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="Where two arms answered the same items, it is known where they differ.",
        why="On the same items most of the noise is shared. On nine pairs of published models an "
        "unpaired standard error was 1.3 to 2.6 times the paired one.",
        remedy="Record on how many items the two differ (`discordant`), or score both here.",
        source="Miller (2024), arXiv:2411.00640.",
        is_caveat=True,
        is_absence=True,
        applies=_has_compared,
        check=each_told(_unpaired),
    ),
)
