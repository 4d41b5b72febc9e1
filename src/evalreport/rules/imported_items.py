"""Rules about imported items: are all there, each once, of both arms, readable and not one text?"""

from collections.abc import Iterator
from typing import Final

from evalreport.importers.names import listed
from evalreport.numbers import count_text, share_text
from evalreport.rules.base import Family, Rule, Severity
from evalreport.rules.case import CaseRule
from evalreport.rules.imported import Imported, Odd, each, has_pair, where

_FEWEST: Final = 10  # texts below this many may be alike by chance
_COMMON: Final = 0.9
_FEW_MISSING: Final = 0.1
_UNREAD: Final = 0.02


def _has_rows(one: Imported) -> bool:
    return bool(one.integrity.items)


def _has_scores(one: Imported) -> bool:
    return one.results is not None and one.results.n > 0


def _fewer(one: Imported) -> Iterator[Odd]:
    short: dict[tuple[int, int, str], list[str]] = {}
    for arm, (expected, who) in one.integrity.expected.items():
        there = one.integrity.items.get(arm, 0)
        if there > expected:
            text = (
                f"The files of {arm} in {one.layer} hold {count_text(there, 'item')}, "
                f"{count_text(there - expected)} more than there should be (says {who})."
            )
            yield Odd(text, None, (arm,))
        if there < expected:
            short.setdefault((there, expected, who), []).append(arm)
    for (there, expected, who), arms in short.items():
        text = (
            f"The files of {' and '.join(arms)} in {one.layer} hold {count_text(there, 'item')} of "
            f"{count_text(expected)} that there should be (says {who})."
        )
        yield Odd(
            text,
            Severity.INVALIDATES if expected - there > _FEW_MISSING * expected else None,
            (*arms,),
        )


def _constant(one: Imported) -> Iterator[Odd]:
    for arm, (distinct, n) in one.integrity.distinct.items():
        k = one.integrity.commonest.get(arm, n if distinct == 1 else 0)
        if n < _FEWEST or k < _COMMON * n:
            continue
        judged = "; a judge can be taken in by such a text" if one.is_judged else ""
        many = f"All {count_text(n)}" if k == n else f"{share_text(k, n)} of {count_text(n)}"
        text = f"{many} answers of {arm} in {one.layer} are one and the same text{judged}."
        if k == n:
            yield Odd(text, None if one.is_judged else Severity.WEAKENS, (arm,))
        else:
            yield Odd(text, Severity.WEAKENS if one.is_judged else Severity.NOTE, (arm,))


def _repeated(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.repeated.items():
        text = (
            f"{count_text(k, 'row')} of {arm} in {one.layer} {'is' if k == 1 else 'are'} about "
            "items that an earlier row is about; the last row of an item counts here, and a tool "
            "that averages rows counts all of them."
        )
        torn = one.integrity.torn.get(arm, 0)
        n = max(1, one.integrity.items.get(arm, 0))
        if torn:
            text += f" {count_text(torn)} of them {'gives' if torn == 1 else 'give'} another score."
        yield Odd(text, Severity.INVALIDATES if torn > _FEW_MISSING * n else None, (arm,))
    for arm, k in one.integrity.copies.items():
        n = max(1, one.integrity.items.get(arm, 0))
        text = (
            f"{share_text(k, n)} of {count_text(n)} items of {arm} in {one.layer} "
            f"{'has' if k == 1 else 'have'} prompt and answer of an earlier one, word for word; "
            "items of one prompt count as one question here, and a tool that averages rows counts "
            "all of them."
        )
        yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))


def _unpaired(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.strangers.items():
        verb = "is" if k == 1 else "are"
        text = (
            f"{count_text(k, 'output')} in the files of {arm} {verb} of no item of {one.layer}."
            if one.results is None
            else f"{count_text(k, 'item')} in the files of {arm} in {one.layer} {verb} in those of "
            "neither tuned nor base, and left aside."
        )
        yield Odd(text, Severity.NOTE, (arm,))
    n = one.results.n if one.results is not None else 0
    for arm, k in one.integrity.only.items():
        verb = "is" if k == 1 else "are"
        text = (
            f"Of {count_text(n, 'item')} in {one.layer}, {count_text(k)} {verb} "
            f"in the files of {arm} and not in those of every arm; the comparison is over items of "
            "both, and its outcome counts only where it holds whatever the others would have been."
        )
        yield Odd(text, Severity.INVALIDATES if k > _FEW_MISSING * n else None, (arm,))


def _left_out(one: Imported) -> Iterator[Odd]:
    rows = sum(one.integrity.items.values())
    for left in one.integrity.left:
        of = f" of {left.arm}" if left.arm else ""
        text = (
            f"{count_text(left.k, 'row')} of the files{of} in {one.layer} could not be taken up: "
            f"{left.why} (the first: {left.first})."
        )
        whose = (left.arm,) if left.arm else ()
        yield Odd(
            text, Severity.INVALIDATES if rows and left.k > _FEW_MISSING * rows else None, whose
        )
    if one.integrity.others:
        k = sum(one.integrity.others.values())
        verb = "is" if k == 1 else "are"
        text = (
            f"{count_text(k, 'row')} of the files in {one.layer} {verb} of models or judges that "
            f"this layer does not name: {listed(one.integrity.others)}."
        )
        yield Odd(text, Severity.NOTE)
    if one.integrity.aside:
        verb = "is" if one.integrity.aside == 1 else "are"
        text = (
            f"{count_text(one.integrity.aside, 'row')} of the files in {one.layer} {verb} about an "
            "arm and a model that is none; only verdicts about two arms count here."
        )
        yield Odd(text, Severity.NOTE)


def _unread(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.unparsed.items():
        n = max(1, one.integrity.items.get(arm, k))
        judged = "verdicts about" if one.is_judged else "scores of"
        text = (
            f"{share_text(k, n)} of {count_text(n)} {judged} {arm} in {one.layer} could not be "
            "read by the tool; items without a score leave the comparison with their count, and "
            "what they could change is looked at."
        )
        yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))
    for arm, whys in one.integrity.unscored.items():
        n = max(1, one.integrity.items.get(arm, 0))
        for why, k in whys.items():
            text = (
                f"{share_text(k, n)} of {count_text(n)} items of {arm} in {one.layer} have a row "
                f"and no number: {why}; they leave the comparison with their count, and what they "
                "could change is looked at."
            )
            yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))


IMPORTED_ITEMS: tuple[CaseRule, ...] = (
    Rule(
        id="fewer-items",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates where over 10 % are missing",
        claim="Imported files hold as many items as they should.",
        why="Items that failed are rarely a random sample, and a first part of a benchmark is one "
        "subject of it.",
        remedy="Run the tool to its end, or find the whole file.",
        source="Published runs of 802 to 804 of 805 items; issue 325 of alpaca_eval.",
        applies=where(lambda one: bool(one.integrity.expected)),
        check=each(_fewer),
    ),
    Rule(
        id="constant-output",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        varies="weakens where nobody judged",
        claim="No arm gave one and the same text to all imported prompts.",
        why="One constant text, made for the judge, reached a win rate of 77 % on a leaderboard.",
        remedy="Read the answers; take what they score for what it is.",
        source="Zheng et al. (2024), Cheating Automatic LLM Benchmarks (NullModel).",
        applies=where(lambda one: any(n >= _FEWEST for _, n in one.integrity.distinct.values())),
        check=each(_constant),
    ),
    Rule(
        id="repeated-rows",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="No imported item has several rows.",
        why="Tools that append results keep what was run twice, and average over it.",
        remedy="Say which run counts, and remove the rows of the other.",
        source="FastChat's judgment files.",
        applies=where(_has_rows),
        check=each(_repeated),
    ),
    Rule(
        id="unpaired-items",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates above 10 % of the items; worth knowing of outputs to nothing that was "
        "asked",
        claim="Every imported item is in the files of all arms.",
        why="Two subsets of a benchmark are two benchmarks.",
        remedy="Run the tool on the same items for both.",
        source="Issue 417 of alpaca_eval: 805 rows joined with 5.",
        applies=where(lambda one: has_pair(one) or bool(one.integrity.strangers)),
        check=each(_unpaired),
    ),
    Rule(
        id="rows-left-out",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates above 10 % of the items",
        claim="Every row of the imported files could be taken up.",
        why="A file that was cut, or written in another encoding, holds less than it seems to.",
        remedy="Copy or write the file again.",
        source="Own.",
        applies=where(lambda one: _has_rows(one) or bool(one.integrity.left)),
        check=each(_left_out),
    ),
    Rule(
        id="unread-results",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing up to 2 % of the items",
        claim="The tool could read every verdict and answer.",
        why="What a tool cannot read it drops or counts as it likes; on one test set that moved a "
        "judge's accuracy from 69.8 to 71.6 %.",
        remedy="Ask again for what could not be read.",
        source="PandaLM's test set; issues 300 and 340 of alpaca_eval.",
        applies=where(_has_scores),
        check=each(_unread),
    ),
)
