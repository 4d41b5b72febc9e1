"""Response health: what an arm's texts look like, apart from being right."""

import re
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

import numpy as np

from evalreport.analyze.findings import Flips, Health, HealthDifference
from evalreport.layers.generation import Generation
from evalreport.records import Item, Itemised, Text
from evalreport.stats.paired_binary import exact_mcnemar, tango

KINDS: Final = ("truncated", "empty", "refused", "looping", "unparsed")

# Openings by which assistants decline; a rule of thumb, and the report says so.
_REFUSAL: Final = re.compile(
    r"^\W*(?:i(?:'|\u2019)?m sorry|i am sorry|sorry,|i apologi[sz]e|i can(?:'|\u2019)?t\b|"
    r"i cannot\b|i(?:'|\u2019)?m (?:unable|not able)|"
    r"i am (?:unable|not able)|as an ai\b|unfortunately, i)",
    re.IGNORECASE,
)
_LOOP_TIMES: Final = 4
_LOOP_LONGEST: Final = 200
_TAIL: Final = 2_000


def is_looping(text: str) -> bool:
    """Whether a text ends in one piece of 2 to 200 characters said four times or more in a row.

    A piece must hold a letter or a digit, so that rules of dashes do not count.
    """
    tail = text.rstrip()[-_TAIL:]
    for size in range(2, min(_LOOP_LONGEST, len(tail) // _LOOP_TIMES) + 1):
        piece = tail[-size:]
        if tail.endswith(piece * _LOOP_TIMES) and any(c.isalnum() for c in piece):
            return True
    return False


def signs_of(layer: Generation, response: Text) -> frozenset[str]:
    """Which kinds of trouble one response shows."""
    output, _ = layer.read(response)
    signs = {
        "truncated": response.finish == "length",
        "empty": not response.text.strip(),
        "refused": _REFUSAL.match(response.text) is not None,
        "looping": is_looping(response.text),
        "unparsed": bool(output.problem),
    }
    return frozenset(name for name, shown in signs.items() if shown)


def health_of(layer: Generation, items: Sequence[Item], block: Itemised) -> Health:
    """One arm's row of the health table: counts of items with any draw in trouble."""
    signs = _signs(layer, items, block)
    texts = [r for rs in block.responses.values() for r in rs if isinstance(r, Text)]
    tokens = sorted(text.tokens for text in texts) or [0]
    return Health(
        layer=layer.name,
        arm=block.arm,
        n=len(items),
        tokens_median=float(median(tokens)),
        tokens_p95=float(np.percentile(tokens, 95)),
        seconds_per_item=sum(text.seconds for text in texts) / max(1, len(block.responses)),
        truncated=_count(signs, "truncated"),
        empty=_count(signs, "empty"),
        refused=_count(signs, "refused"),
        looping=_count(signs, "looping"),
        unparsed=_count(signs, "unparsed"),
        failed=len(block.failures),
        reasoning_blocks=sum(layer.read(text)[1] for text in texts),
    )


def health_differences(
    layer: Generation,
    items: Sequence[Item],
    candidate: Itemised,
    reference: Itemised,
    *,
    level: float,
) -> tuple[HealthDifference, ...]:
    """How each kind of trouble moved, paired over the items that both arms answered.

    `better` counts the items on which the reference alone is in trouble.
    """
    mine, theirs = _signs(layer, items, candidate), _signs(layer, items, reference)
    both = [item for item in mine if item in theirs]
    rows: list[HealthDifference] = []
    for kind in KINDS:
        worse = sum(kind in mine[item] and kind not in theirs[item] for item in both)
        better = sum(kind in theirs[item] and kind not in mine[item] for item in both)
        rows.append(
            HealthDifference(
                layer=layer.name,
                kind=kind,
                arms=(candidate.arm, reference.arm),
                n=len(both),
                counts=Flips(better=better, worse=worse, same=len(both) - better - worse),
                difference=tango(worse, better, len(both), level=level),
                p_value=exact_mcnemar(worse, better).p_value,
            )
        )
    return tuple(rows)


def _signs(
    layer: Generation, items: Sequence[Item], block: Itemised
) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for item in items:
        responses = block.responses.get(item.id)
        if responses is not None:
            found[item.id] = frozenset().union(
                *(signs_of(layer, r) for r in responses if isinstance(r, Text))
            )
    return found


def _count(signs: Mapping[str, frozenset[str]], kind: str) -> int:
    return sum(kind in shown for shown in signs.values())
