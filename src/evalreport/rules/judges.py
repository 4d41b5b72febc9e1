"""Rules about judging: shared calls, repeats, versions, and what a verdict is good for."""

from evalreport.analyze.judging.thresholds import HALF, STEADY, is_below
from evalreport.analyze.judging.versions import cut, first_of
from evalreport.numbers import count_text, share_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import CaseRule, broken, unchecked
from evalreport.rules.judged import (
    Judged,
    each,
    is_judged,
    is_judged_by_models,
    not_known,
    where,
)


def _batched(one: Judged) -> Said | None:
    per_call, pairs = one.facts.per_call, one.facts.pairs
    if per_call is None:
        return unchecked(
            f"How many comparisons of {one.layer} shared one call is not stated.", *one.cites
        )
    if per_call == 1:
        return None
    calls = ""
    if pairs is not None:
        made = -(-pairs // per_call)
        calls = f": {count_text(pairs, 'verdict')} come from {count_text(made, 'call')}"
    counted = (
        "Calls are the independent units, and the intervals here count them so."
        if one.is_here
        else "Calls are the independent units, so the interval may be too narrow, and p too small."
    )
    return broken(
        f"In {one.layer} {count_text(per_call, 'verdict')} share one call and its context{calls}. "
        f"{counted}",
        *one.cites,
    )


def _confidence(one: Judged) -> Said | None:
    levels = one.facts.confidence
    if not levels:
        return None
    shown = ", ".join(f"{count_text(k)} {level}" for level, k in levels.items())
    return broken(
        f"The judge of {one.layer} said how sure it was ({shown}): a stated confidence is no "
        "accuracy, and nothing here rests on it.",
        *one.cites,
    )


def _unstable(one: Judged) -> Said | None:
    repeats = one.facts.repeats
    if repeats is None:
        again = one.facts.replies.again if one.facts.replies is not None else 0
        why = ""
        if again:
            why = one.facts.why_silent or "no reply could be held against an earlier one"
        text = f"Whether {one.judge} says the same again {not_known(why)}"
        return unchecked(text, *one.cites)
    if repeats.share >= STEADY:
        return None
    is_shown = is_below(repeats.k, repeats.n, STEADY)
    return broken(
        f"Asked again, {one.judge} said the same on {share_text(repeats.k, repeats.n)} of "
        f"{count_text(repeats.n, 'pair')} only{'' if is_shown else ', which may be chance'}.",
        *one.cites,
        severity=None if is_shown else Severity.NOTE,
    )


def _insensitive(one: Judged) -> Said | None:
    counts = one.counts
    if counts is None:
        return None
    if why := one.facts.why_silent:
        text = f"How often {one.judge} sees no difference {not_known(why)}"
        return unchecked(text, *one.cites)
    n = counts.better + counts.worse + counts.same
    # Two like texts tie without being asked: that is nothing that the judge could not do.
    own, asked = one.facts.verdicts, one.facts.pairs
    unasked = 0 if own is None or asked is None else max(0, n - asked)
    n, ties = n - unasked, counts.same - unasked
    if ties <= HALF * n:
        return None
    return broken(
        f"{one.opening} could not separate the two on "
        f"{share_text(ties, n)} of {count_text(n, 'pair')}.",
        *one.cites,
    )


def _drift(one: Judged) -> Said | None:
    versions = one.facts.versions or {}
    if len(set(versions.values())) < 2:
        return None
    named = [f"{part}: {cut(version)}" for part, version in versions.items()]
    shown = ", ".join(first_of(named))
    return broken(
        f"The judge of {one.layer} was not the same throughout ({shown}): its verdicts are not "
        "comparable.",
        *one.cites,
    )


def _rubric(one: Judged) -> Said | None:
    rubric = one.facts.rubric or {}
    if len(set(rubric.values())) < 2:
        return None
    shown = ", ".join(f"{arm}: {named}" for arm, named in rubric.items())
    return broken(
        f"In {one.layer} the arms were judged by different rubrics ({shown}), so their difference "
        "is one of rubrics too.",
        *one.cites,
    )


def _as_quality(one: Judged) -> Said | None:
    checkable, pairs = one.facts.checkable, one.facts.pairs
    if checkable is None:
        return unchecked(
            f"Whether items of {one.layer} have an answer that can be checked without a judge is "
            "not stated.",
            *one.cites,
        )
    if checkable == 0:
        return None
    if one.facts.checked_by:
        return broken(
            f"{one.layer} is judged, and {count_text(checkable, 'item')} of it have an answer that "
            f"can be checked: read it beside {' and '.join(one.facts.checked_by)}.",
            *one.cites,
            severity=Severity.NOTE,
        )
    of = "" if pairs is None else f" of {count_text(pairs)}"
    return broken(
        f"{one.layer} is judged and not verified: {count_text(checkable)}{of} items have an answer "
        "that can be checked.",
        *one.cites,
    )


def _no_reference(one: Judged) -> Said | None:
    if not one.facts.checkable or one.facts.reference_shown:
        return None
    if one.facts.reference_shown is None:
        return unchecked(f"Whether {one.judge} saw the right answer is not stated.", *one.cites)
    return broken(
        f"{one.opening} saw no right answer, though "
        f"{count_text(one.facts.checkable, 'item')} have one.",
        *one.cites,
    )


JUDGES: tuple[CaseRule, ...] = (
    Rule(
        id="judge-batched",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Each comparison is a call of its own.",
        why="Verdicts of one call read each other: they are not independent, and intervals over "
        "them are too narrow.",
        remedy="Ask for one comparison a call.",
        source="A published comparison with 20 verdicts from 4 calls.",
        is_caveat=True,
        applies=is_judged_by_models,
        check=each(lambda one: None if one.facts.by_people else _batched(one)),
    ),
    Rule(
        id="judge-confidence-as-evidence",
        family=Family.JUDGES,
        severity=Severity.NOTE,
        claim="No confidence that the judge states is taken as evidence.",
        why="Models are sure of wrong verdicts too.",
        source="A published comparison that read high confidence as clear differences.",
        applies=where(lambda facts: facts.confidence is not None or facts.judge is not None),
        check=each(_confidence),
    ),
    Rule(
        id="judge-unstable",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="worth knowing where the interval reaches 90 %",
        claim="Asked again, the judge says the same in at least 90 % of the pairs.",
        why="A judge that contradicts itself adds noise that more items do not show.",
        remedy="Ask the judge at temperature 0, or several times, and take the majority.",
        source="Own.",
        applies=is_judged_by_models,
        check=each(lambda one: None if one.facts.by_people else _unstable(one)),
    ),
    Rule(
        id="judge-insensitive",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="At most half of the pairs are ties.",
        why="A judge that mostly sees no difference cannot show one, nor that there is none.",
        remedy="Take a stronger judge, or criteria on which answers differ.",
        source="Own.",
        applies=lambda case: any(f.metric == "net_win" and f.n for f in case.findings.findings),
        check=each(_insensitive),
    ),
    Rule(
        id="judge-version-drift",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="One version of the judge gave all verdicts.",
        why="The same answers have scored 20 points apart under two versions of one judge.",
        remedy="Judge everything again with one pinned version.",
        source="Reports in the issue tracker of AlpacaEval.",
        is_caveat=True,
        applies=where(lambda facts: facts.versions),
        check=each(_drift),
    ),
    Rule(
        id="rubric-changed",
        family=Family.JUDGES,
        severity=Severity.INVALIDATES,
        claim="All arms are judged by one rubric.",
        why="A score under another rubric is another score.",
        remedy="Judge all arms again by one rubric.",
        source="An article on how to evaluate fine-tuning; own.",
        applies=where(lambda facts: facts.rubric),
        check=each(_rubric),
    ),
    Rule(
        id="judge-score-as-quality",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="worth knowing where a metric of this evaluation checks them too",
        claim="What can be checked is not left to a judge.",
        why="A judge's preference is an opinion. Where an answer is right or wrong, that can be "
        "looked up.",
        remedy="Score the answers that can be checked against their references.",
        source="A published comparison of mathematics answers by a judge alone.",
        is_caveat=True,
        applies=is_judged,
        check=each(_as_quality),
    ),
    Rule(
        id="judge-no-reference",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Where items have a right answer, the judge saw it.",
        why="Without the right answer a judge prefers what sounds right.",
        remedy="Show the judge the reference answer.",
        source="Zheng et al. (2023), arXiv:2306.05685.",
        is_caveat=True,
        applies=where(lambda facts: facts.checkable),
        check=each(_no_reference),
    ),
)
