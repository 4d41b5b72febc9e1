"""Rules about the order in which a judge saw two answers: what is the slot's, and not theirs."""

from typing import Final

from evalreport.analyze.flips import Flips
from evalreport.analyze.judging.thresholds import CHANCE, FLIPS_FINE, FLIPS_UNFIT, is_flipping
from evalreport.estimates import Estimate
from evalreport.numbers import count_text, fraction_text, share_text
from evalreport.records import OrderFlips
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import CaseRule, broken, unchecked
from evalreport.rules.judged import Judged, each, not_known, where
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
        text += not_known(facts.why_silent or _half_read(one))
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


JUDGE_ORDERS: tuple[CaseRule, ...] = (
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
)
