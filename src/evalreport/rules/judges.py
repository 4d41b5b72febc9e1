"""Rules about judging: order, slots, shared calls, repeats, and what a verdict is good for."""

from typing import Final

from evalreport.analyze.flips import Flips
from evalreport.analyze.judging.thresholds import (
    CHANCE,
    FLIPS_FINE,
    FLIPS_UNFIT,
    HALF,
    STEADY,
    is_below,
    is_flipping,
)
from evalreport.estimates import Estimate
from evalreport.numbers import count_text, fraction_text, share_text
from evalreport.records import OrderFlips
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import CaseRule, broken, unchecked
from evalreport.rules.judged import Judged, each, is_judged, is_judged_by_models, where
from evalreport.stats.paired_binary import exact_mcnemar
from evalreport.stats.proportions import clopper_pearson

_LEVEL: Final = 0.95  # of what is computed here, where counts were recorded and no interval


def _fixed(one: Judged) -> Said | None:
    facts = one.facts
    if not facts.compares:
        return None
    if facts.orders == "unknown":
        return unchecked(
            f"In which order {one.judge} saw the two answers is not stated.", *one.cites
        )
    if facts.orders != "fixed":
        return None
    pairs = "every comparison" if facts.pairs is None else _all(facts.pairs)
    slot = f"slot {facts.slot}" if facts.slot else "the same slot"
    return broken(
        f"In {one.layer} the tuned model sat in {slot} in {pairs}, so a preference for that slot "
        "cannot be told from quality.",
        *one.cites,
    )


def _all(pairs: int) -> str:
    return f"all {count_text(pairs, 'comparison')}"


def _flips(one: Judged) -> Said | None:
    facts, flips = one.facts, one.facts.flips
    if flips is None:
        if facts.orders != "both":
            return None
        text = f"How many verdicts of {one.layer} changed when the order was swapped "
        text += _not_known(facts.why_silent or _half_read(one))
        return unchecked(text, *one.cites)
    if facts.orders in ("fixed", "random"):
        return None
    counted = f"{share_text(flips.k, flips.n)} of {count_text(flips.n, 'verdict')} in {one.layer}"
    text = f"{counted} changed when the order was swapped"
    counts = one.counts
    severity: Severity | None = None
    fine = fraction_text(FLIPS_FINE)
    if is_flipping(flips.share, _at_least(flips)):
        text += f": above {fraction_text(FLIPS_UNFIT)} a judge is not fit for a verdict"
        severity = Severity.INVALIDATES
    elif flips.share > FLIPS_FINE and _as_many(flips, counts):
        assert counts is not None  # noqa: S101 (there are as many as decide)
        decisive = count_text(counts.better + counts.worse, "decisive pair")
        text += f", as many as the {decisive} or more"
        severity = Severity.INVALIDATES
    elif flips.share > FLIPS_UNFIT:
        text += f": up to {fine} would be fine, and so few verdicts do not exclude that"
    elif flips.share > FLIPS_FINE:
        text += f": up to {fine} would be fine"
    elif not _leans(flips.k, flips.first_slot):
        return None
    if _leans(flips.k, flips.first_slot) and flips.first_slot is not None:
        how = "went to what stood first, both times"
        if flips.opposite is not None:
            how = "leaned to what stood first"
        text += f"; {count_text(flips.first_slot)} of these {how}"
    text += _beside_repeats(one)
    if counts is not None and counts.same < flips.k:
        text += f". They count as ties, and only {count_text(counts.same)} were counted"
    return broken(f"{text}.", *one.cites, severity=severity)


def _not_known(why: str) -> str:
    return f"is not known: {why}." if why else "is not stated."


def _half_read(one: Judged) -> str:
    """Why no verdict can be held against another one, of a judge that was asked here."""
    return "no item has both" if one.facts.replies is not None else ""


def _at_least(flips: OrderFlips) -> float:
    """Lower end of the share of flips; by k and n where nobody told it."""
    if flips.low is not None:
        return flips.low
    share = clopper_pearson(flips.k, flips.n, level=_LEVEL)
    return share.low if isinstance(share, Estimate) else 0.0


def _as_many(flips: OrderFlips, counts: Flips | None) -> bool:
    """Whether as many verdicts changed as decide."""
    return counts is not None and 0 < counts.better + counts.worse <= flips.k


def _beside_repeats(one: Judged) -> str:
    """How often the judge contradicts itself where the order stays, beside where it is swapped."""
    flips, repeats = one.facts.flips, one.facts.repeats
    if flips is None or repeats is None:
        return ""
    again = repeats.n - repeats.k
    if again * flips.n >= flips.k * repeats.n and not _leans(flips.k, flips.first_slot):
        return (
            f", as often as it contradicts itself in the same order ({share_text(again, repeats.n)}"
            f" of {count_text(repeats.n, 'pair')}): that is noise, and no slot"
        )
    return (
        f"; asked again in the same order it contradicted itself in {share_text(again, repeats.n)} "
        f"of {count_text(repeats.n, 'pair')}"
    )


def _leans(k: int, first: int | None) -> bool:
    """Whether flips go to one slot more often than a fair coin would have them go."""
    return first is not None and exact_mcnemar(first, k - first).p_value < CHANCE


def _one_order(one: Judged) -> Said | None:
    if one.facts.orders != "random":
        return None
    first, shows = one.facts.first, "nothing shows how large it is"
    if first is not None:
        won = f"{share_text(first.k, first.n)} of {count_text(first.n, 'decisive verdict')}"
        shows = f"of its size this is shown: what stood first won {won}"
    return broken(
        f"Each pair of {one.layer} was judged once, in a random order: what the slot does is "
        f"inside the interval, and {shows}.",
        *one.cites,
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
        text = f"Whether {one.judge} says the same again {_not_known(why)}"
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
        text = f"How often {one.judge} sees no difference {_not_known(why)}"
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
    shown = ", ".join(f"{part}: {version}" for part, version in versions.items())
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
        id="judge-position-fixed",
        family=Family.JUDGES,
        severity=Severity.INVALIDATES,
        claim="The tuned model did not sit in one slot throughout.",
        why="Judges prefer a slot, the first more often than not. With one fixed order that "
        "preference and quality are one number.",
        remedy="Let the judge see every pair in both orders.",
        source="Zheng et al. (2023), arXiv:2306.05685; a published comparison in one order.",
        applies=where(lambda facts: facts.compares),
        check=each(_fixed),
    ),
    Rule(
        id="judge-position-flips",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="invalidates above 25 % of the verdicts where 10 % is excluded, or above 10 % where "
        "as many changed as decide",
        claim="At most 10 % of the verdicts change when the order is swapped, towards no slot.",
        why="A verdict that the order decides is none, and counts as a tie. Up to 10 % is fine, "
        "up to 25 % a caution, and above it the judge is not fit for a verdict. What changes as "
        "often in the same order is noise of the judge, and no preference for a slot.",
        remedy="Take a judge that the order does not move, and count flipped pairs as ties.",
        source="Zheng et al. (2023), arXiv:2306.05685; Shi et al. (2024), arXiv:2406.07791.",
        applies=where(lambda facts: facts.orders == "both" or facts.flips is not None),
        check=each(_flips),
    ),
    Rule(
        id="judge-one-order",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Each pair is judged in both orders.",
        why="A random order turns the judge's preference for a slot into noise, and hides it.",
        remedy="Let the judge see every pair in both orders.",
        source="Zheng et al. (2023), arXiv:2306.05685.",
        is_caveat=True,
        applies=where(lambda facts: not facts.by_people and facts.orders in ("both", "random")),
        check=each(lambda one: None if one.facts.by_people else _one_order(one)),
    ),
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
