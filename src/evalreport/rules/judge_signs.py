"""Rules about what a judge shows of itself: slots, one answer twice, planted words, wordings."""

from typing import Final

from evalreport.analyze.judging.thresholds import (
    CHANCE,
    DIFFERENT,
    HALF,
    SLOT,
    is_below,
    is_beyond_half,
    is_constant,
    is_obeyed,
    is_obeying,
)
from evalreport.numbers import count_text, fraction_text, share_text
from evalreport.records import Part
from evalreport.records.judging import PairCounts
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import CaseRule, broken
from evalreport.rules.judged import Judged, each, where
from evalreport.stats.paired_binary import exact_mcnemar

_FEW_MISSING: Final = 0.1


def _slot(one: Judged) -> Said | None:
    first = one.facts.first
    if first is None or abs(first.share - HALF) <= SLOT:
        return None
    counted = f"{share_text(first.k, first.n)} of {count_text(first.n, 'decisive verdict')}"
    text = f"{one.opening} preferred what stood first in {counted}"
    if first.low is None or first.high is None:
        severity, why = Severity.NOTE, "from so few items nothing more can be said"
    elif is_beyond_half(first.low, first.high):
        severity, why = Severity.WEAKENS, "that is a preference for a slot"
    else:
        severity, why = Severity.NOTE, "that may be chance"
    fair = f"one half is fair, and {fraction_text(SLOT)} from it is much"
    return broken(f"{text}: {fair}; {why}.", *one.cites, severity=severity)


def _controls(one: Judged) -> Said | None:
    seen = one.facts.controls
    if seen is None or not seen.may_tie or not is_below(seen.ties, seen.n, HALF):
        return None
    return broken(
        f"Shown one answer in both slots, {one.judge} called it a tie in "
        f"{share_text(seen.ties, seen.n)} of {count_text(seen.n, 'control')} only: it finds "
        "differences where there are none.",
        *one.cites,
    )


def _obeys(one: Judged) -> Said | None:
    obeyed, controls = one.facts.obeyed, one.facts.controls
    if obeyed is None:
        return None
    marked, n = (controls.marked, controls.n) if controls is not None else (0, 0)
    if not is_obeyed(obeyed.k, obeyed.n, marked, n):
        return None
    first = one.facts.first
    slots = (first.k, first.n) if first is not None else (0, 0)
    without = f", and without it in {marked} of {n}" if n else ""
    text = (
        f"{one.opening} preferred an answer in which an instruction to it was planted in "
        f"{share_text(obeyed.k, obeyed.n)} of {count_text(obeyed.n, 'comparison')} with the same "
        f"answer without it{without}"
    )
    if not is_obeying(obeyed.k, obeyed.n, marked, n, slots):
        return broken(f"{text}: that may be chance.", *one.cites, severity=Severity.NOTE)
    text += ": it does what answers tell it; if answers in this evaluation hold such text, they "
    tuned = _few(one).get("tuned")
    if tuned is None:
        return broken(f"{text}win by it.", *one.cites)
    gives = f"{count_text(tuned.k, 'different answer')} to {count_text(tuned.n, 'item')}"
    return broken(
        f"{text}win by it, and tuned gives {gives}, as a text does that is written for the judge.",
        *one.cites,
        severity=Severity.INVALIDATES,
    )


def _unread(one: Judged) -> Said | None:
    mostly = _mostly_unread(one)
    if mostly is not None:
        return mostly
    said = one.facts.verdicts
    if said is None or said.missing == 0:
        return None
    ahead, behind = max(said.wins, said.losses), min(said.wins, said.losses)
    if exact_mcnemar(ahead, behind).p_value >= CHANCE:
        return _could_show(one, said, ahead, behind)
    worst = behind + said.missing
    if worst < ahead and exact_mcnemar(ahead, worst).p_value < CHANCE:
        return None
    n = said.wins + said.losses + said.ties + said.missing
    return broken(
        f"{one.opening} gave no verdict on {share_text(said.missing, n)} of "
        f"{count_text(n, 'item')}: had those gone to the other side, {ahead} to {behind} decisive "
        f"pairs would be {ahead} to {worst}, which shows nothing.",
        *one.cites,
    )


def _mostly_unread(one: Judged) -> Said | None:
    """Where most of what was asked has no verdict, what is left decides nothing."""
    replies = one.facts.replies
    if replies is None or replies.read >= HALF * replies.asked:
        return None
    what = "comparison" if one.facts.compares else "answer to rate"
    plural = "" if one.facts.compares else "answers to rate"
    told = []
    if replies.unread:
        were = count_text(replies.unread, "reply", "replies")
        told.append(f"{were} could not be read")
    if replies.failed:
        told.append(f"{count_text(replies.failed, 'reply', 'replies')} never came")
    silent = replies.asked - replies.read
    rests = "what is left decides nothing" if replies.read else "it decides nothing"
    is_unread = replies.unread > HALF * replies.asked
    return broken(
        f"{one.opening} gave no verdict on {share_text(silent, replies.asked)} of "
        f"{count_text(replies.asked, what, plural)}: {' and '.join(told)}, so {rests}.",
        *one.cites,
        severity=Severity.INVALIDATES if is_unread else None,
    )


def _could_show(one: Judged, said: PairCounts, ahead: int, behind: int) -> Said | None:
    """The verdicts that there are show nothing, and enough are missing to show something."""
    n = said.wins + said.losses + said.ties + said.missing
    if said.missing <= _FEW_MISSING * n:
        return None
    best = ahead + said.missing
    if exact_mcnemar(best, behind).p_value >= CHANCE:
        return None
    return broken(
        f"{one.opening} gave no verdict on {share_text(said.missing, n)} of "
        f"{count_text(n, 'item')}: had those gone to one side, {ahead} to {behind} decisive pairs "
        f"could be {best} to {behind}, which shows a difference.",
        *one.cites,
    )


def _wording(one: Judged) -> Said | None:
    for number, shift in enumerate(one.facts.wordings or (), 1):
        if shift.declared * shift.other >= 0:
            continue
        if exact_mcnemar(shift.up, shift.down).p_value >= CHANCE:
            continue
        moved = (
            f"{count_text(shift.up + shift.down)} of {count_text(shift.n, 'verdict')} moved, "
            f"{max(shift.up, shift.down)} of them one way"
        )
        under = f"Under another wording of the rubric (number {number}) {one.judge}"
        if _is_clear(shift.declared, shift.declared_ties, shift.n) and _is_clear(
            shift.other, shift.other_ties, shift.n
        ):
            return broken(
                f"{under} prefers the other side: {moved}. The direction hangs on the wording.",
                *one.cites,
            )
        return broken(
            f"{under} gives another net win: {moved}. Its size hangs on the wording; which side "
            "it prefers is not beyond chance under both.",
            *one.cites,
        )
    return None


def _is_clear(net: int, ties: int | None, n: int) -> bool:
    """Whether wins and losses differ beyond chance; not where they are not known."""
    if ties is None:
        return False
    decisive = n - ties
    return exact_mcnemar((decisive + net) // 2, (decisive - net) // 2).p_value < CHANCE


def _few(one: Judged) -> dict[str, Part]:
    """The arms that give hardly any different answers, though many more are possible."""
    outputs, references = one.facts.outputs or {}, one.facts.references
    right = references.k if references is not None else 0
    return {
        arm: seen
        for arm, seen in outputs.items()
        if is_constant(
            seen.k,
            seen.n,
            max([right, *(other.k for name, other in outputs.items() if name != arm)]),
        )
    }


def _constant(one: Judged) -> Said | None:
    few = _few(one)
    if not few:
        return None
    told = " and ".join(
        f"{arm} gave {count_text(seen.k, 'different answer')} to {count_text(seen.n, 'item')}"
        for arm, seen in few.items()
    )
    tuned = few.get("tuned")
    is_one = tuned is not None and tuned.k == 1
    return broken(
        f"In {one.layer} {told}: what a judge prefers in such answers is not how well they answer.",
        *one.cites,
        severity=Severity.INVALIDATES if is_one else None,
    )


JUDGE_SIGNS: tuple[CaseRule, ...] = (
    Rule(
        id="judge-slot-preference",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="worth knowing where the interval does not show it",
        claim="Decisive verdicts go to either slot about equally often.",
        why="What stands first is the better answer half of the time. A judge that prefers a slot "
        "in 60 % or more of its verdicts spends them on the slot, and what is left is noise.",
        remedy="Take a judge that the order does not move.",
        source="Zheng et al. (2023), arXiv:2306.05685; a study of 21 judges, arXiv:2606.19544.",
        applies=where(lambda facts: facts.first),
        check=each(_slot),
    ),
    Rule(
        id="judge-controls",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Of one answer shown twice the judge mostly says that neither is better.",
        why="There is nothing to prefer. A judge that prefers all the same has another reason.",
        remedy="Take another judge, or tell it in the criteria when two answers tie.",
        source="An A/A test in the issue tracker of FastChat.",
        applies=where(lambda facts: facts.controls is not None and facts.controls.may_tie),
        check=each(_controls),
    ),
    Rule(
        id="judge-obeys-answers",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="worth knowing where it may be chance; invalidates where tuned gives hardly any "
        "different answers besides",
        claim="The judge does not do what is written in the answers that it judges.",
        why="A constant text that tells the judge what to say has won 76.9 % of the comparisons of "
        "a public leaderboard.",
        remedy="Take a judge that does not obey planted instructions, and look at the answers.",
        source="Zheng et al. (2024), arXiv:2410.07137; own.",
        applies=where(lambda facts: facts.obeyed),
        check=each(_obeys),
    ),
    Rule(
        id="judge-unread",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="invalidates where most replies could not be read",
        claim="Verdicts that are missing could not change what the others show.",
        why="Replies that cannot be read are no ties and no chance sample: what a judge chokes on "
        "hangs on the answers.",
        remedy="Build again where no reply came, as only that is asked again; where replies could "
        "not be read take a stronger judge, give it more `max_tokens`, or shorten the criteria.",
        source="Manski (2003), Partial Identification; counts of a public test set, three ways.",
        applies=where(lambda facts: facts.verdicts or facts.replies),
        check=each(_unread),
    ),
    Rule(
        id="judge-wording",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Another wording of the rubric does not turn the verdict around.",
        why="What counts was meant to decide, and not the words in which it was said.",
        remedy="Say in the criteria what counts for this task, and compare with people.",
        source="Paraphrases flip 25 % of verdicts in arXiv:2606.13685; own.",
        applies=where(lambda facts: facts.wordings),
        check=each(_wording),
    ),
    Rule(
        id="judge-constant-answers",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="invalidates where tuned gives one answer to everything",
        claim=f"At least {fraction_text(DIFFERENT)} of an arm's answers differ from each other, or "
        "half as many as another arm gives or the references hold.",
        why="An answer that says the same to everything answers nothing, and may have been written "
        "for the judge. Where few answers are right, few are given.",
        remedy="Look at the answers; where few are possible, score them against the references.",
        source="Zheng et al. (2024), arXiv:2410.07137.",
        applies=where(lambda facts: facts.outputs),
        check=each(_constant),
    ),
)
