"""Rules about what ships: was it evaluated, and does it answer as what was?"""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.comparable import held
from evalreport.analyze.exports import AGREEMENT, DISTANCE
from evalreport.analyze.findings import Measurement
from evalreport.estimates import has_value
from evalreport.numbers import count_text, estimate, measure_of
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken
from evalreport.spec.asked import exports

_TUNED: Final = "tuned"
_LEAST_SHARE: Final = 0.95
_MOST_NATS: Final = 0.05


def _unlike_tuned(case: Case) -> tuple[Said, ...]:
    """Each export that was never held against tuned, or that answers otherwise."""
    return tuple(said for arm in exports(case.spec) for said in _of_arm(case, arm))


def _of_arm(case: Case, arm: str) -> Iterator[Said]:
    found = [
        one
        for one in case.findings.measurements
        if one.arm == arm and one.name in {AGREEMENT, DISTANCE} and has_value(one.value)
    ]
    if not found:
        reasons = (
            case.evidence.why_missing(layer.name, arm) for layer in case.spec.evaluation.layers
        )
        why = next(filter(None, reasons), "no layer asked both it and tuned")
        yield broken(
            f"{arm} is made of tuned, and was never evaluated beside it ({why}): the figures of "
            "tuned are not its own.",
            *case.primary_cites,
        )
    told = [text for one in found if (text := _difference(one))]
    if told:
        yield broken(
            f"{arm} does not answer as the adapter that was evaluated: {'; '.join(told)}. Its own "
            f"figures count for what ships, not those of tuned.{_precision(case, arm)}",
            *case.primary_cites,
        )


def _precision(case: Case, arm: str) -> str:
    """In what both were held, where it is not the same: that alone makes them answer otherwise."""
    layers = [layer.name for layer in case.spec.evaluation.layers]
    mine, theirs = (
        dict.fromkeys(one for layer in layers for one in held(layer, name, case.evidence))
        for name in (arm, _TUNED)
    )
    if not mine or not theirs or mine.keys() == theirs.keys():
        return ""
    return (
        f" It was held in {', '.join(mine)}, and what was evaluated as tuned in "
        f"{', '.join(theirs)}: training and verdict are about the latter."
    )


def _difference(one: Measurement) -> str:
    """In words, when it is more than rounding; the numbers are those of the measurement."""
    if not has_value(one.value):
        return ""
    value, items = one.value.value, count_text(one.n, "item")
    shown = estimate(one.value, measure_of(one.name, one.unit), "").value
    if shown is None:
        return ""
    if one.name == AGREEMENT and value < _LEAST_SHARE:
        return f"the same answer on {shown.text} of {items} in {one.layer}"
    if one.name == DISTANCE and value > _MOST_NATS:
        return f"{shown.text} apart over {items} in {one.layer}"
    return ""


SHIPPED: tuple[CaseRule, ...] = (
    Rule(
        id="shipped-unlike-evaluated",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="What ships was evaluated, and answers as the adapter did.",
        why="Merging rounds, and packing rounds again: a merged or GGUF file is another model than "
        "the adapter on its base. What QLoRA trained on a base in 4 bits is merged into one in "
        "full precision, which it never saw.",
        remedy="Let every layer ask what ships, and read its own figures.",
        source="Issues 2321 of peft and 31293 of transformers: merged models that lost points.",
        applies=lambda case: bool(exports(case.spec)),
        check=_unlike_tuned,
    ),
)
