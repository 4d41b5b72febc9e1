"""Rules about whose imported rows are: files called after another, and one text under two names."""

import re
from collections.abc import Iterator
from typing import Final

from evalreport.importers.names import shown_name
from evalreport.importers.results import Twins
from evalreport.numbers import count_text, share_text
from evalreport.rules.base import Family, Rule, Severity
from evalreport.rules.case import CaseRule
from evalreport.rules.imported import Imported, Odd, each, where

_FEWEST: Final = 10  # texts below this many may be alike by chance
_MOST_REPLIES: Final = 0.5  # judges' replies to different answers are hardly ever word for word one
_MOST_ANSWERS: Final = 0.95
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]+")


def _named_otherwise(one: Imported) -> Iterator[Odd]:
    for arm, named in one.integrity.named.items():
        models = one.integrity.models.get(arm, {})
        others = {name: k for name, k in models.items() if not is_same_name(name, named)}
        if not others:
            continue
        k, n = sum(others.values()), sum(models.values())
        most = max(others, key=lambda name: others[name])
        text = (
            f"{count_text(k)} of {count_text(n, 'row')} in the file of {arm} in {one.layer}, which "
            f"is called after {shown_name(named)}, say that they are of {shown_name(most)}."
        )
        yield Odd(text, None if 2 * k > n else Severity.WEAKENS, (arm,))


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings may name one model: an owner, a path and punctuation do not count."""

    def plain(name: str) -> str:
        last = re.split(r"[/\\]|__", name.rstrip("/\\"))[-1]
        return _PUNCTUATION.sub("", last.lower())

    return plain(one) == plain(other)


def _alike(one: Imported) -> Iterator[Odd]:
    for twins in one.integrity.twins:
        first, second = twins.arms
        if twins.k == 0 or not _may_tell(twins):
            continue
        both = f"of {first} and {second} in {one.layer}"
        if twins.what == "files":
            yield Odd(f"The files {both} are the same, byte for byte.", pair=twins.arms)
        elif twins.what == "answers":
            text = (
                f"All {count_text(twins.n)} answers {both} are the same, word for word."
                if twins.k == twins.n
                else f"{share_text(twins.k, twins.n)} of {count_text(twins.n)} answers {both} are "
                "the same, word for word: all that differs is in the rest."
            )
            if twins.k >= _MOST_ANSWERS * twins.n:
                yield Odd(text, None if twins.k == twins.n else Severity.NOTE, pair=twins.arms)
        elif twins.what.startswith("scores"):
            if twins.k == twins.n:
                text = (
                    f"All {count_text(twins.n)} {twins.what} {both} are the same number by number."
                )
                yield Odd(text, pair=twins.arms)
        elif twins.k >= _MOST_REPLIES * twins.n:
            text = (
                f"{count_text(twins.k)} of {count_text(twins.n)} {twins.what} {both} are the same, "
                "word for word, although it is said to have judged different answers."
            )
            yield Odd(text, pair=twins.arms)


def _may_tell(twins: Twins) -> bool:
    """Whether there are enough texts for likeness to be no chance."""
    return twins.n >= _FEWEST or twins.what == "files"


def _judge_named(one: Imported) -> Iterator[Odd]:
    named, judges = one.integrity.judge_named, one.integrity.judges
    others = {judge: k for judge, k in judges.items() if not is_same_name(judge, named)}
    if named and others:
        k, n = sum(others.values()), sum(judges.values())
        most = shown_name(max(others, key=lambda judge: others[judge]))
        text = (
            f"{count_text(k)} of {count_text(n, 'verdict')} in {one.layer}, whose files are called "
            f"after the judge {shown_name(named)}, say that they are by {most}."
        )
        yield Odd(text)


IMPORTED_OWNERS: tuple[CaseRule, ...] = (
    Rule(
        id="generator-name",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        varies="weakens where most rows are as they are named",
        claim="Imported rows are of the model that their file is called after.",
        why="A published leaderboard entry is a byte copy of another model's file; only the name "
        "in its rows tells.",
        remedy="Find the right file, or name the model that the rows are of under `models`.",
        source="alpaca_eval's published annotations of falcon-7b-instruct.",
        applies=where(lambda one: any(arm in one.integrity.models for arm in one.integrity.named)),
        check=each(_named_otherwise),
    ),
    Rule(
        id="identical-results",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="Imported answers, and what a judge replied to them, differ between the arms.",
        why="One set of answers under two names compares a model with itself.",
        remedy="Find the right file of each arm, and check that the adapter was active.",
        source="Published judgments that are copies of each other; issue 8 of arena-hard-auto.",
        applies=where(lambda one: any(map(_may_tell, one.integrity.twins))),
        check=each(_alike),
    ),
)

IMPORTED_JUDGES: tuple[CaseRule, ...] = (
    Rule(
        id="judge-name",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Imported verdicts are by the judge that their file is called after.",
        why="Two judges differ by up to 20 points on the same answers.",
        remedy="Find the file of the right judge.",
        source="alpaca_eval's published annotations of Mistral-7B-Instruct-v0.2.",
        applies=where(lambda one: bool(one.integrity.judge_named and one.integrity.judges)),
        check=each(_judge_named),
    ),
)
