"""diff: two builds to all that they say when they are held against each other."""

from evalreport import __version__
from evalreport.diff.broken import weakening_of
from evalreport.diff.changes import changes_between
from evalreport.diff.compared import compared_findings
from evalreport.diff.family import family_text
from evalreport.diff.grounds import picked_between, result_of
from evalreport.diff.headline import bounds_of, headline_of
from evalreport.diff.model import Differences, Side
from evalreport.diff.notes import guard_notes, notes_of, precision_note
from evalreport.diff.opened import Opened
from evalreport.diff.pairing import pair_builds
from evalreport.diff.repeats import repeats_of
from evalreport.diff.roles import declared_by
from evalreport.estimates import NotEstimable
from evalreport.rules.base import Severity, Status


def diff(one: Opened, other: Opened) -> Differences:
    """What changed from A to B, what of it may be compared, and how the tuned models compare.

    Args:
        one: The reference, A.
        other: The candidate, B.
    """
    opened, a, b = (one, other), one.build, other.build
    declared = declared_by(a, b)
    identical = a.content == b.content
    pairings = () if identical else pair_builds(*opened, declared)
    repeats = () if identical else tuple(repeats_of(*opened, declared))
    sides = _side(opened[0]), _side(opened[1])
    read = tuple(None if isinstance(one.items, NotEstimable) else one.items for one in opened)
    result = result_of(a, b, pairings, declared, identical=identical)
    weakening = () if result.grounds is None else result.grounds.weakening
    return Differences(
        evalreport=__version__,
        headline=headline_of(sides, pairings, declared, result),
        bounds=bounds_of(pairings, declared, result),
        outcome=result.outcome,
        strength=result.strength,
        doubts=result.doubts,
        weakening=tuple(one.rule for one in weakening),
        a=sides[0],
        b=sides[1],
        identical=identical,
        simulated=a.report.simulated or b.report.simulated,
        smoke=a.report.smoke or b.report.smoke,
        changes=changes_between(a, b, (read[0], read[1])),
        compared=tuple(compared_findings(a, b)),
        pairings=pairings,
        repeats=repeats,
        family=family_text(pairings, declared),
        alpha=declared.terms.alpha,
        notes=()
        if identical
        else (
            *notes_of(sides, pairings, repeats, declared, between=picked_between(a, b)),
            *guard_notes(a, b, pairings, declared),
            *precision_note(a, b),
        ),
    )


def _side(opened: Opened) -> Side:
    build, report = opened.build, opened.build.report
    return Side(
        named=build.named,
        source=build.source,
        name=report.name,
        title=report.title,
        built_at=report.built_at,
        spec_digest=report.spec_digest,
        outcome=report.verdict.outcome,
        strength=report.verdict.strength,
        headline=report.verdict.headline,
        simulated=report.simulated,
        smoke=report.smoke,
        broken=tuple(
            remark.text
            for remark in report.remarks
            if remark.status is Status.BROKEN and remark.severity is Severity.INVALIDATES
        ),
        weakening=weakening_of(report.remarks),
        unsealed=build.unsealed,
        items=opened.items.not_estimable if isinstance(opened.items, NotEstimable) else "",
    )
