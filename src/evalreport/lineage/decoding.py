"""Decoding: how answers were drawn, apart from which items were asked."""

import re
from collections.abc import Sequence
from typing import Any, Final

from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import (
    DECODING,
    Aspect,
    compared,
    differs,
    same,
    shortened,
    unknown,
)
from evalreport.lineage.measured import Measured
from evalreport.records import Known, Unknown
from evalreport.values import Json

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def decoding(one: Measured, other: Measured, arms: Sequence[str]) -> Aspect:
    """Whether answers were drawn in the same way.

    What a build records covers which items were chosen as well; where that differs, the specs
    tell how answers were drawn.
    """
    told = [[side.told(arm, "decoding") for arm in arms] for side in (one, other)]
    facts = [[fact for arm in side for fact in arm] for side in told]
    if not one.is_headless and not other.is_headless:
        unsaid = [fact.unknown for side in facts for fact in side if isinstance(fact, Unknown)]
        if unsaid:
            return unknown(DECODING, unsaid[0])
        if told[0] == told[1]:
            return same(DECODING)
    # Of outputs from files it may be told in words.
    words = [
        [one.known for one in side if isinstance(one, Known) and not _DIGEST.fullmatch(one.known)]
        for side in facts
    ]
    if any(words):
        return differs(
            DECODING, *(", ".join(map(shortened, one)) or "as its spec" for one in words)
        )
    mine, theirs = _of_no_seed(options_of(one)), _of_no_seed(options_of(other))
    if isinstance(mine, NotEstimable) or isinstance(theirs, NotEstimable):
        return unknown(DECODING, "a spec cannot be read here, so nothing tells in what it differs")
    return compared(DECODING, mine, theirs)


def options_of(side: Measured) -> Json | NotEstimable:
    """How answers are drawn; nothing of a layer that draws none."""
    if side.asked is None:
        drawn: Json = side.facts.decoding or None
        if drawn is None:
            return NotEstimable(not_estimable="the spec cannot be read")
        return drawn
    options: Any = getattr(side.asked, "decoding", None)
    dumped: Json = None if options is None else options.model_dump(mode="json")
    return dumped


def _of_no_seed(drawn: Json | NotEstimable) -> Json | NotEstimable:
    """The same without the seed, which is of no account: other draws are of the same kind."""
    if not isinstance(drawn, dict):
        return drawn
    return {key: value for key, value in drawn.items() if key != "seed"}
