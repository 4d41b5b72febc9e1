"""Clusters: which items hang together, so that none counts twice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.importers.collect import Collected
from evalreport.importers.columns import NO_TEXT, HeldArm, IntArray, TextArray

_HANDFUL: Final = 5  # items


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which items hang together.

    Attributes:
        names: What each item hangs together with; nothing where every item stands alone.
        alike: How many items have the one prompt that most of them have, and that is therefore
            taken for no question; 0 where there is no such prompt.
    """

    names: tuple[str, ...]
    alike: int


def clusters_of(
    collected: Collected,
    keys: Sequence[tuple[str, str]],
    places: IntArray,
    arms: Mapping[str, HeldArm],
) -> Clusters:
    """What each item hangs together with.

    Items hang together as the files say, else where they ask the same: of one prompt, or of one
    item that is measured in several parts. A file that holds every row twice has no more items. A
    further arm is asked only where those that are compared say nothing.

    A prompt that more than half of the items have, and more than a handful, is taken for no
    question but an instruction: what is asked stands in something that the file does not keep. Then
    no prompt tells a question, and an item of which files say nothing stands for itself.

    Args:
        collected: All rows.
        keys: Part and name of each item.
        places: Where each stands among all that was collected.
        arms: What each arm has of them.
    """
    told = list(collected.clusters.names(places))
    for coded in collected.further.values():
        if not coded.torn:
            own = coded.names(places)
            told = [name or other for name, other in zip(told, own, strict=True)]
    prompts = _prompts(arms if collected.layer.cluster else {}, len(keys)).tolist()
    alike = _alike(
        [
            (key[1], prompt)
            for key, name, prompt in zip(keys, told, prompts, strict=True)
            if not name
        ]
    )
    names = [
        name or _own(key, NO_TEXT if alike else prompt)
        for key, name, prompt in zip(keys, told, prompts, strict=True)
    ]
    return Clusters(tuple(names) if len(set(names)) < len(names) else (), alike)


def astray_of(collected: Collected, places: IntArray) -> dict[str, int]:
    """By further arm, how many of its rows put an item to another question than others do.

    Args:
        collected: All rows.
        places: Where the items stand among all that was collected.
    """
    told = list(collected.clusters.names(places))
    found = {
        arm: coded.torn
        + sum(
            bool(name and own) and name != own
            for name, own in zip(told, coded.names(places), strict=True)
        )
        for arm, coded in collected.further.items()
    }
    return {arm: k for arm, k in found.items() if k}


def _prompts(arms: Mapping[str, HeldArm], n: int) -> TextArray:
    """The prompt of each item, from the first arm that tells it."""
    found: TextArray = np.full(n, NO_TEXT, dtype=np.uint64)
    for one in arms.values():
        found = np.where(found == NO_TEXT, one.prompts, found)
    return found


def _alike(items: Sequence[tuple[str, int]]) -> int:
    """How many items have the prompt that most of them have; 0 where there is none.

    Args:
        items: Name and prompt of each; an item of several parts stands there several times.
    """
    known = Counter(prompt for _, prompt in set(items) if prompt != NO_TEXT)
    most = max(known.values(), default=0)
    return most if most > _HANDFUL and 2 * most > len({name for name, _ in items}) else 0


def _own(key: tuple[str, str], prompt: int) -> str:
    """What an item asks: its prompt, else its name, whatever part it is measured in."""
    return f"{prompt:016x}" if prompt else key[1]
