"""Comparable: why two arms of other tools' results are not compared, or what is not known of it."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Final

import numpy as np

from evalreport.importers.base import Facts
from evalreport.importers.collect import Collected
from evalreport.importers.columns import NO_TEXT, GrowingArm
from evalreport.importers.names import listed, shown_name
from evalreport.numbers import count_text

_MUST_AGREE: Final = ("decoding", "scorer", "shots", "template")
_WORDS: Final = {"shots": "worked examples", "template": "chat template"}


def refusals(
    collected: Collected, growing: Mapping[str, GrowingArm], facts: Mapping[str, Facts]
) -> dict[tuple[str, str], str]:
    """By pair of arms, why they are not compared; pairs that are compared are not in it.

    What is known of both and differs forbids a comparison. What a file does not tell does not: a
    rule names it. Rows about a pair were measured together.
    """
    found: dict[tuple[str, str], str] = {}
    for pair in permutations(growing, 2):
        reasons = [] if collected.direct else [*_reasons(collected, growing, facts, pair)]
        if reasons:
            found[pair] = "; ".join(reasons)
    return found


def _reasons(
    collected: Collected,
    growing: Mapping[str, GrowingArm],
    facts: Mapping[str, Facts],
    pair: tuple[str, str],
) -> Iterator[str]:
    first, second = pair
    k, n = prompts_differ(growing[first], growing[second])
    if k and collected.layer.prompts == "same":
        yield (
            f"the prompts of {count_text(k)} of {count_text(n, 'item')} differ between {first} "
            f"and {second}"
        )
    for name in _MUST_AGREE:
        mine, theirs = (getattr(facts[arm], name) for arm in pair)
        is_told = mine not in {"", None} and theirs not in {"", None}
        if is_told and mine != theirs and not _may_differ(collected, name):
            what = _WORDS.get(name, name)
            yield f"{what}: {_short(mine)} for {first}, {_short(theirs)} for {second}"
    rivals = [sorted(growing[arm].rivals) for arm in pair]
    if rivals[0] != rivals[1]:
        yield f"{first} was held against {listed(rivals[0])}, {second} against {listed(rivals[1])}"


def _may_differ(collected: Collected, name: str) -> bool:
    """A template that differs on purpose makes other prompts, and perhaps other shots."""
    return collected.layer.prompts == "may_differ" and name in {"template", "shots"}


def _short(value: object) -> str:
    return shown_name(str(value))


def prompts_differ(first: GrowingArm, second: GrowingArm) -> tuple[int, int]:
    """On how many items that both have, and whose prompts are known, the prompts differ."""
    mine = np.frombuffer(first.prompts, dtype=np.uint64)
    theirs = np.frombuffer(second.prompts, dtype=np.uint64)
    known = (mine != NO_TEXT) & (theirs != NO_TEXT)
    return int((known & (mine != theirs)).sum()), int(known.sum())


def unknown_facts(
    growing: Mapping[str, GrowingArm], facts: Mapping[str, Facts]
) -> dict[str, tuple[str, ...]]:
    """By what is not known of how they were measured, the arms of which it is not."""
    found: dict[str, tuple[str, ...]] = {}
    for name in (*_MUST_AGREE, "precision"):
        arms = tuple(arm for arm in growing if getattr(facts[arm], name) in {"", None})
        if arms:
            found[_WORDS.get(name, name)] = arms
    silent = tuple(arm for arm, one in growing.items() if not any(one.prompts))
    if silent:
        found["prompts"] = silent
    return found
