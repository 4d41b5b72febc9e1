"""Clusters: which items hang together, so that none counts twice."""

from collections.abc import Mapping, Sequence

import numpy as np

from evalreport.importers.collect import Collected
from evalreport.importers.columns import NO_TEXT, HeldArm, IntArray, TextArray


def clusters_of(
    collected: Collected,
    keys: Sequence[tuple[str, str]],
    places: IntArray,
    arms: Mapping[str, HeldArm],
) -> tuple[str, ...]:
    """What each item hangs together with; nothing where every item stands alone.

    Items hang together as the files say, else where they ask the same: of one prompt, or of one
    item that is measured in several parts. A file that holds every row twice has no more items. A
    further arm is asked only where those that are compared say nothing.

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
    prompts = _prompts(arms, len(keys)) if collected.layer.cluster else None
    names = [
        name or _own(key, int(prompts[i]) if prompts is not None else NO_TEXT)
        for i, (name, key) in enumerate(zip(told, keys, strict=True))
    ]
    return tuple(names) if len(set(names)) < len(names) else ()


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


def _own(key: tuple[str, str], prompt: int) -> str:
    """What an item asks: its prompt, else its name, whatever part it is measured in."""
    return f"{prompt:016x}" if prompt else key[1]
