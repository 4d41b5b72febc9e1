"""Comparable: whether two arms' answers to a layer may be paired, or what forbids it."""

from typing import Final

from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.records import Itemised, Protocol, Unknown, held_in

_OWN: Final = frozenset({"prompts", "shots"})
_WEIGHTS: Final = frozenset({"template", "precision"})


def refusal(layer: AnyLayer, pair: tuple[str, str], evidence: Evidence) -> str:
    """Why two arms are not compared, in words; empty when they are.

    What is not known about how an arm was asked forbids pairing, and so does a difference. Two
    differences are what a comparison may be about: an arm that declares a prompt of its own
    differs in prompts and shots, and other weights bring their template and precision (between
    tuned and base, a rule looks at those).
    """
    absent = [
        f"{arm} has no answers: {evidence.why_missing(layer.name, arm) or 'it was not asked'}"
        for arm in pair
        if not evidence.of_arm(layer.name, arm)
    ]
    if absent:
        return "; ".join(absent)
    has_own = any(arm in evidence.arms and evidence.arms[arm].prompting for arm in pair)
    allowed = _WEIGHTS | _OWN if has_own else _WEIGHTS
    first, second = (evidence.of_arm(layer.name, arm) for arm in pair)
    forbidding = dict.fromkeys(
        name for mine in first for theirs in second for name in _forbidding(mine, theirs, allowed)
    )
    if forbidding:
        return f"{' and '.join(pair)} were measured with other {', '.join(forbidding)}, or may be"
    return ""


def _forbidding(mine: Itemised, theirs: Itemised, allowed: frozenset[str]) -> list[str]:
    """The fields of two protocols that forbid pairing."""
    return [
        name
        for name in mine.protocol.differences(theirs.protocol)
        if name not in allowed or _unknown(mine.protocol, name) or _unknown(theirs.protocol, name)
    ]


def _unknown(protocol: Protocol, name: str) -> bool:
    return isinstance(getattr(protocol, name), Unknown)


def held(layer: str, arm: str, evidence: Evidence) -> tuple[str, ...]:
    """In what an arm's weights were held in a layer, as one says it, by seed."""
    return tuple(
        dict.fromkeys(
            held_in(block.weights.dtype.value, block.weights.quantization)
            for block in evidence.of_arm(layer, arm)
            if block.weights is not None
        )
    )


def is_quantised(layer: str, arm: str, evidence: Evidence) -> bool:
    """Whether an arm's weights were held in fewer bits than a number format has."""
    return any(
        block.weights is not None and block.weights.quantization != "none"
        for block in evidence.of_arm(layer, arm)
    )


def precisions(layer: str, arm: str, evidence: Evidence) -> tuple[str, ...]:
    """In which number format and quantization an arm's weights answered a layer, by seed."""
    return tuple(
        dict.fromkeys(
            block.weights.dtype.value
            + ("" if block.weights.quantization == "none" else f" {block.weights.quantization}")
            for block in evidence.of_arm(layer, arm)
            if block.weights is not None
        )
    )
