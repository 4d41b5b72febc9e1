"""Rules about published comparisons: were both arms measured, alike, and on the same items?"""

from collections.abc import Iterator
from typing import Final

from evalreport.numbers import count_text, fraction_text
from evalreport.records import KnownCount, PublishedRow, is_silent
from evalreport.rules.base import Family, Rule, Said, Severity, said_of
from evalreport.rules.case import Case, CaseRule, broken, unchecked
from evalreport.rules.published import (
    Aspect,
    Told,
    each_told,
    has_answered,
    has_scored,
    is_recorded,
    told,
)

IN_WORDS: Final = "qualitative-baseline"
_HARNESS: Final = Aspect("scorer", "the scoring program")
_DECODING: Final = Aspect("decoding", "decoding", is_of_answers=True)
_SHOTS: Final = Aspect("shots", "the number of worked examples")


def _in_words(case: Case) -> tuple[Said, ...]:
    said = []
    for one in told(case):
        rows = [row for row in one.published.rows if not all(map(is_silent, row.words.values()))]
        for row in rows:
            cites = [f.id for f in one.findings if (f.metric, f.field) == (row.metric, row.field)]
            said.append(broken(f"In {one.layer} {_described(row)}.", *cites))
    return tuple(said)


def _described(row: PublishedRow) -> str:
    """The words that stand where numbers should: of both arms, or beside the number of one."""
    metric, shown = row.metric.replace("_", " "), [*row.words.items()]
    if row.figures:
        stand = " and ".join(f"“{words}” of {arm}" for arm, words in shown)
        return f"{metric} has a number of {row.figures[0].arm}, and no number but {stand}"
    stand = "; ".join(f"{arm} “{words}”" for arm, words in shown)
    return f"{metric} is described and not measured: {stand}"


def _subsets(one: Told) -> Said | None:
    if not one.scored:
        return None
    published = one.published
    if published.subset == "own":
        return broken(
            f"The averages of {one.layer} are over different items, each arm's own valid ones"
            f"{_parsed(one)}: which of two is better may turn round on the items that both share.",
            *(f.id for f in one.scored),
        )
    uneven = [f for f in one.scored if f.n_by_arm is not None and len(set(f.n_by_arm)) > 1]
    if uneven and uneven[0].n_by_arm is not None:
        first, second = uneven[0].n_by_arm
        return broken(
            f"The two numbers of {one.layer} are over different items ({count_text(first)} of "
            f"{uneven[0].arms[0]}, {count_text(second)} of {uneven[0].arms[1]}).",
            *(f.id for f in uneven),
        )
    if published.subset in ("all", "common"):
        return None
    text = f"Whether both arms of {one.layer} were scored on the same items is not stated."
    return unchecked(text, *(f.id for f in one.scored))


def parsable_of_recorded(case: Case) -> Iterator[Said]:
    """That outputs which could not be read were left out of a published average."""
    for one in told(case):
        if not one.answered:
            continue
        cites, subset = [f.id for f in one.answered], one.published.subset
        if subset == "unknown":
            text = f"Whether outputs that could not be read count in {one.layer} is not stated."
            yield said_of(one.layer, unchecked(text, *cites))
        elif subset == "common":
            yield broken(
                f"{one.layer} is over the items that every arm got into shape{_parsed(one)}: what "
                "one of them could not answer is left out for all.",
                *cites,
                severity=Severity.WEAKENS,
            )
        elif subset in ("own", "parsed"):
            yield broken(
                f"{one.layer} is over what could be read{_parsed(one)}: the average is over what "
                "worked.",
                *cites,
            )


def _parsed(one: Told) -> str:
    shares = one.published.parsed
    if not shares:
        return ""
    return f" ({', '.join(f'{fraction_text(k)} of {arm}' for arm, k in shares.items())})"


def _differs(one: Told, aspect: Aspect, closing: str) -> Said | None:
    text, cites = aspect.differing(one)
    if text:
        return broken(f"In {one.layer} {aspect.words} differs ({text}): {closing}.", *cites)
    silent = aspect.unknown(one)
    if silent:
        return unchecked(
            f"Whether {aspect.words} was the same for both arms of {one.layer} is not stated.",
            *silent,
        )
    return None


def _harness(one: Told) -> Said | None:
    closing = "prompts and scoring differ with it, by many points at times"
    return _differs(one, _HARNESS, closing)


def _decoding(one: Told) -> Said | None:
    return _differs(one, _DECODING, "the difference is one of decoding too")


def _shots(case: Case) -> tuple[Said, ...]:
    closing = "the difference is one of prompts too"
    recorded = each_told(lambda one: _differs(one, _SHOTS, closing))(case)
    return (*recorded, *_shots_of_run(case))


def _shots_of_run(case: Case) -> Iterator[Said]:
    """Arms that were asked here: with shots of its own an arm is another way of asking.

    One sentence for each layer and pair of arms, about all that is compared there.
    """
    compared: dict[tuple[str, str, str], list[str]] = {}
    for finding in case.findings.findings:
        if finding.subgroup is None and finding.n:
            compared.setdefault((finding.layer, *finding.arms), []).append(finding.id)
    declared = {f.id for f in case.declared}
    for (layer, candidate, reference), ids in compared.items():
        counts = [
            block.protocol.shots.known
            for arm in (candidate, reference)
            for block in case.evidence.of_arm(layer, arm)[:1]
            if isinstance(block.protocol.shots, KnownCount)
        ]
        if len(counts) == 2 and counts[0] != counts[1]:
            yield broken(
                f"In {layer} {candidate} saw {count_text(counts[0], 'worked example')} and "
                f"{reference} {count_text(counts[1])}: the difference is one of prompts too.",
                *ids,
                severity=None if declared & set(ids) else Severity.NOTE,
            )


def _has_shots(case: Case) -> bool:
    return has_scored(case) or any(f.n and not f.is_foreign for f in case.findings.findings)


RECORDED_BASELINE: tuple[CaseRule, ...] = (
    Rule(
        id=IN_WORDS,
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="Both sides of a published comparison are numbers.",
        why="An adjective is what somebody hopes. Nothing was measured.",
        remedy="Measure both models on the same items.",
        source="A model card that compares “generic” with “specialized”.",
        is_absence=True,
        applies=is_recorded,
        check=_in_words,
    ),
    Rule(
        id="different-subsets",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="Published averages of two arms are over the same items.",
        why="A model that fails on the hard items has an easy average. Over shared items the order "
        "of two models can turn round.",
        remedy="Score both models on all items, and count what failed.",
        source="A published comparison of averages over what parsed; Charig et al. (1986).",
        applies=has_scored,
        check=each_told(_subsets),
    ),
    Rule(
        id="cross-harness",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="One program scored both arms.",
        why="A figure from a leaderboard has another prompt, another reading rule, other decoding.",
        remedy="Score the base with the program that scored tuned.",
        source="Two published fine-tunes whose base scores came from a model card.",
        is_caveat=True,
        applies=has_scored,
        check=each_told(_harness),
    ),
    Rule(
        id="decoding-mismatch",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="The answers of both arms were drawn in the same way.",
        why="Temperature and length limits move scores by points.",
        remedy="Ask both arms again with one decoding.",
        source="Miller (2024), arXiv:2411.00640.",
        is_caveat=True,
        applies=has_answered,
        check=each_told(_decoding),
    ),
    Rule(
        id="few-shot-mismatch",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing where nothing declared hangs on it",
        claim="Both arms saw the same number of worked examples.",
        why="Worked examples teach what fine-tuning teaches. Where a base is prompted on purpose, "
        "this is a note.",
        remedy="Ask both arms with the same examples.",
        source="Sclar et al. (2023), arXiv:2310.11324.",
        is_caveat=True,
        applies=_has_shots,
        check=_shots,
    ),
)
