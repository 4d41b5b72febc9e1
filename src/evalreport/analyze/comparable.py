"""Comparable: whether two arms' answers to a layer may be paired, or what forbids it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from typing import Protocol as Shape

from evalreport.layers.table import AnyLayer
from evalreport.records import Known, KnownCount, Protocol, Unknown, Weights, held_in
from evalreport.values import Value

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
NOT_AS_HERE: Final = "come from files and are not known to be made as here"

_FORMATS: Final = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_OWN: Final = frozenset({"prompts", "shots"})
_WEIGHTS: Final = frozenset({"template", "precision"})


class Measured(Shape):
    """How one arm was measured with one seed; a block of answers is one."""

    @property
    def protocol(self) -> Protocol:
        """How it was asked and scored."""
        ...

    @property
    def weights(self) -> Weights | None:
        """What answered."""
        ...


class Asked(Shape):
    """How every arm of every layer was asked, and why some gave no answers; evidence knows it."""

    def of_arm(self, layer: str, arm: str, /) -> Sequence[Measured]:
        """The blocks of an arm, one a training seed; empty where it gave no answers."""
        ...

    def why_missing(self, layer: str, arm: str, /) -> str | None:
        """Why an arm has no answers in a layer, when it has none."""
        ...

    def has_own_prompt(self, arm: str, /) -> bool:
        """Whether an arm declares a prompt of its own."""
        ...


class Block(Value):
    """How one arm was measured with one seed, without its answers."""

    seed: int | None
    protocol: Protocol
    weights: Weights | None


@dataclass(frozen=True, slots=True)
class Course:
    """How arms were asked, without what they answered.

    Attributes:
        blocks: By layer and arm, one a training seed.
        missing: By layer and arm, why there are no answers, or not all.
        prompted: The arms that declare a prompt of their own.
        imported: The layers that other tools measured.
        refused: By layer and pair of arms of those, why the two are not compared.
        elsewhere: By layer, arms whose outputs come from files, beside arms that were asked here.
    """

    blocks: Mapping[tuple[str, str], tuple[Block, ...]]
    missing: Mapping[tuple[str, str], str]
    prompted: frozenset[str]
    imported: frozenset[str] = frozenset()
    refused: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    elsewhere: frozenset[tuple[str, str]] = frozenset()

    def of_arm(self, layer: str, arm: str, /) -> tuple[Block, ...]:
        """The blocks of an arm, one a training seed."""
        return self.blocks.get((layer, arm), ())

    def why_missing(self, layer: str, arm: str, /) -> str | None:
        """Why an arm has no answers in a layer, when it has none."""
        return self.missing.get((layer, arm))

    def has_own_prompt(self, arm: str, /) -> bool:
        """Whether an arm declares a prompt of its own."""
        return arm in self.prompted


def refusal(layer: AnyLayer, pair: tuple[str, str], asked: Course) -> str:
    """Why two arms are not compared, in words; empty when they are.

    What is not known about how an arm was asked forbids pairing, and so does a difference. Two
    differences are what a comparison may be about: an arm that declares a prompt of its own
    differs in prompts and shots, and other weights bring their template and precision (between
    tuned and base, a rule looks at those). Of outputs that come from files the template must be
    known to be a model's own, applied as here. What other tools measured was compared when it was
    read: what their files do not tell forbids nothing there, and a rule names it.
    """
    absent = [
        f"{arm} has no answers: {asked.why_missing(layer.name, arm) or 'it was not asked'}"
        for arm in pair
        if not asked.of_arm(layer.name, arm)
    ]
    if absent:
        return "; ".join(absent)
    if layer.name in asked.imported:
        return asked.refused.get((layer.name, *pair), "")
    has_own = any(asked.has_own_prompt(arm) for arm in pair)
    allowed = _WEIGHTS | _OWN if has_own else _WEIGHTS
    if any(_other_template(layer.name, arm, asked) for arm in pair):
        allowed -= {"template"}
    first, second = (asked.of_arm(layer.name, arm) for arm in pair)
    forbidding = dict.fromkeys(
        name for mine in first for theirs in second for name in _forbidding(mine, theirs, allowed)
    )
    foreign = [arm for arm in pair if (layer.name, arm) in asked.elsewhere]
    if forbidding and foreign:
        return _not_known_alike(foreign, [*forbidding], layer.name, asked)
    if forbidding:
        return f"{' and '.join(pair)} were measured with other {', '.join(forbidding)}, or may be"
    return ""


def _other_template(layer: str, arm: str, asked: Course) -> bool:
    """Whether an arm's outputs come from files and its template is told in words.

    A digest stands for a model's own, and differs as it does between models that are asked here.
    """
    return (layer, arm) in asked.elsewhere and any(
        not isinstance(told := block.protocol.template, Known) or not _DIGEST.fullmatch(told.known)
        for block in asked.of_arm(layer, arm)
    )


def _not_known_alike(arms: Sequence[str], names: Sequence[str], layer: str, asked: Course) -> str:
    """In what outputs that come from files differ, or may differ, from what was asked here."""
    parts = []
    for arm in arms:
        (block,) = asked.of_arm(layer, arm)
        told = [f"{name} ({_how(getattr(block.protocol, name))})" for name in names]
        parts.append(f"the outputs of {arm} {NOT_AS_HERE}: " + ", ".join(told))
    return "; ".join(parts)


def _how(fact: Known | KnownCount | Unknown) -> str:
    match fact:
        case Unknown(unknown=why):
            return why
        case KnownCount(known=count):
            return str(count)
        case Known(known=text):
            return "another" if _DIGEST.fullmatch(text) else text


def _forbidding(mine: Measured, theirs: Measured, allowed: frozenset[str]) -> list[str]:
    """The fields of two protocols that forbid pairing."""
    return [
        name
        for name in mine.protocol.differences(theirs.protocol)
        if name not in allowed or _unknown(mine.protocol, name) or _unknown(theirs.protocol, name)
    ]


def _unknown(protocol: Protocol, name: str) -> bool:
    return isinstance(getattr(protocol, name), Unknown)


def held(layer: str, arm: str, asked: Asked) -> tuple[str, ...]:
    """In what an arm's weights were held in a layer, as one says it, by seed."""
    return tuple(
        dict.fromkeys(
            held_in(block.weights.dtype.value, block.weights.quantization)
            for block in asked.of_arm(layer, arm)
            if block.weights is not None
        )
    )


def is_quantised(layer: str, arm: str, asked: Asked) -> bool:
    """Whether an arm's weights were held in fewer bits than a number format has."""
    return any(
        block.weights is not None and block.weights.quantization != "none"
        for block in asked.of_arm(layer, arm)
    )


def precisions(layer: str, arm: str, asked: Asked) -> tuple[str, ...]:
    """In which number format and quantization an arm's weights answered a layer, by seed.

    Of weights that were not here it is what is told of them; nothing where nobody told.
    """
    held_as = (
        _told_precision(block.protocol)
        if block.weights is None
        else block.weights.dtype.value
        + ("" if block.weights.quantization == "none" else f" {block.weights.quantization}")
        for block in asked.of_arm(layer, arm)
    )
    return tuple(dict.fromkeys(one for one in held_as if one))


def _told_precision(protocol: Protocol) -> str:
    told = protocol.precision
    return precision_text(told.known) if isinstance(told, Known) else ""


def precision_text(words: str) -> str:
    """Precision as somebody wrote it, in the words of here: `torch.bf16` is `bfloat16`."""
    parts = words.replace("torch.", "").removeprefix("dtype ").split()
    return " ".join(_FORMATS.get(one.lower(), one) for one in parts)
