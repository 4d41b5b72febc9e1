"""Comparable: why two arms of other tools' results are not compared, or what is not known of it."""

from collections.abc import Iterator
from itertools import permutations
from typing import Final

import numpy as np

from evalreport.importers.columns import NO_TEXT, BoolArray, HeldArm
from evalreport.importers.held import Held
from evalreport.importers.names import listed, shown_name, without_folders
from evalreport.importers.verdicts import NET_WIN
from evalreport.numbers import count_text

_MUST_AGREE: Final = ("decoding", "scorer", "shots", "template")
_WORDS: Final = {"shots": "worked examples", "template": "chat template"}


def refusals(found: Held) -> dict[tuple[str, str], str]:
    """By pair of arms, why they are not compared; pairs that are compared are not in it.

    What is known of both and differs forbids a comparison. What a file does not tell does not: a
    rule names it. Rows about a pair were measured together.
    """
    if found.is_direct:
        return {}
    return {
        pair: "; ".join(reasons)
        for pair in permutations(found.arms, 2)
        if (reasons := [*_reasons(found, *pair)])
    }


def _reasons(found: Held, first: str, second: str) -> Iterator[str]:
    layer = found.collected.layer
    mine, theirs = found.arms[first], found.arms[second]
    k, n = prompts_differ(mine, theirs)
    if k and layer.prompts == "same":
        yield (
            f"the prompts of {count_text(k)} of {count_text(n, 'item')} differ between {first} "
            f"and {second}"
        )
    for name in _MUST_AGREE:
        if layer.prompts == "may_differ" and name in {"template", "shots"}:
            continue  # a template that differs on purpose makes other prompts
        yield from _differs(found, name, first, second)
    yield from _rivals(found, first, second)


def _differs(found: Held, name: str, first: str, second: str) -> Iterator[str]:
    """A fact that is known of both and differs, in one part or in several, or between files."""
    what = _WORDS.get(name, name)
    parts: dict[tuple[object, object], list[str]] = {}
    for part in found.collected.wanted:
        told = {arm: found.measured[arm].told(name, part) for arm in (first, second)}
        for arm, values in told.items():
            if len(values) > 1:
                yield f"{what} differs between the files of {arm}: {_listed(values)}"
        if all(len(values) == 1 for values in told.values()) and told[first] != told[second]:
            parts.setdefault((told[first][0], told[second][0]), []).append(part)
    several = len(found.collected.wanted) > 1
    for (mine, theirs), of in parts.items():
        where = f" (in {listed(of)})" if several else ""
        yield f"{what}: {_short(mine)} for {first}, {_short(theirs)} for {second}{where}"


def _rivals(found: Held, first: str, second: str) -> Iterator[str]:
    """Arms that were held against different models, item by item."""
    mine, theirs = found.arms[first], found.arms[second]
    both = mine.present & theirs.present
    differ = both & (mine.rivals != theirs.rivals)
    k, n = int(differ.sum()), int(both.sum())
    if not k:
        return
    of = "" if k == n else f"on {count_text(k)} of {count_text(n, 'item')} "
    yield (
        f"{of}{first} was held against {_against(found, mine, differ)}, {second} against "
        f"{_against(found, theirs, differ)}"
    )


def _against(found: Held, one: HeldArm, where: BoolArray) -> str:
    names = [found.collected.rivals.name(int(number)) for number in np.unique(one.rivals[where])]
    return listed(sorted(without_folders(name) for name in names if name)) or "nobody"


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(_short(one) for one in values)


def _short(value: object) -> str:
    return shown_name(str(value))


def prompts_differ(first: HeldArm, second: HeldArm) -> tuple[int, int]:
    """On how many items that both have, and whose prompts are known, the prompts differ."""
    known = (first.prompts != NO_TEXT) & (second.prompts != NO_TEXT)
    return int((known & (first.prompts != second.prompts)).sum()), int(known.sum())


def declared_facts(found: Held) -> dict[str, tuple[str, ...]]:
    """By what only the spec says of how they were measured, the arms of which it says it."""
    return {
        _WORDS.get(name, name): arms
        for name in (*_MUST_AGREE, "precision")
        if (arms := tuple(arm for arm in found.arms if name in found.measured[arm].declared))
    }


def unknown_facts(found: Held) -> dict[str, tuple[str, ...]]:
    """By what is not known of how they were measured, the arms of which it is not.

    Prompts are known where they are of every item that all compared arms have.
    """
    unknown: dict[str, tuple[str, ...]] = {}
    for name in (*_MUST_AGREE, "precision"):
        arms = tuple(arm for arm in found.arms if found.measured[arm].is_unknown(name))
        if arms:
            unknown[_WORDS.get(name, name)] = arms
    common = np.logical_and.reduce([found.arms[arm].present for arm in found.compared])
    silent = tuple(
        arm
        for arm, one in found.arms.items()
        if ((one.prompts == NO_TEXT) & common & one.present).any() or not common.any()
    )
    if silent:
        unknown["prompts"] = silent
    alone = tuple(arm for arm, one in found.arms.items() if (one.present & (one.rivals == 0)).any())
    if alone and NET_WIN in found.collected.known.columns and not found.is_direct:
        unknown["rival"] = alone
    return unknown
