"""The rule about a model that says the same thing, whatever it is asked."""

from typing import Final

from evalreport.analyze.sentences import words
from evalreport.analyze.text_findings import Everywhere, SameAnswer
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text, measure_of, rate_text, value_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken

_MOST: Final = 0.8


def _looked_at(case: Case) -> tuple[Generation, ...]:
    """The layers with references that tuned answered."""
    return tuple(
        layer
        for layer in case.generations
        if any(item.reference for item in case.evidence.items.get((layer.name, "main"), ()))
        and any(block.responses for block in case.evidence.of_arm(layer.name, "tuned"))
    )


def _same_answer(case: Case) -> tuple[Said, ...]:
    layers = {layer.name for layer in _looked_at(case)}
    found = (one for one in case.findings.same_answers if one.layer in layers)
    return tuple(
        broken(
            f"Tuned{_of_seed(one)} gives one and the same answer {_how_often(one)}"
            f"{_alike(one)}.{_everywhere(one)}",
            *case.cites(layer=one.layer),
            severity=None if _is_no_better(one) else Severity.NOTE,
        )
        for one in found
        if _is_no_better(one) or one.unexplained >= _MOST
    )


def _is_no_better(one: SameAnswer) -> bool:
    """Whether the answer alone is worth as much as the model; unknown counts by its share."""
    if one.everywhere is None:
        return one.unexplained >= _MOST
    return not one.everywhere.is_better


def _of_seed(one: SameAnswer) -> str:
    return "" if one.seed is None else f" (training seed {one.seed})"


def _how_often(one: SameAnswer) -> str:
    return (
        f"{count_text(one.given)} times among the {count_text(one.n, 'answer')} of {one.layer} "
        f"that could be read ({rate_text(one.given / one.n)})"
    )


def _alike(one: SameAnswer) -> str:
    if one.alike <= 1:
        return ""
    return f"; the most frequent reference explains {count_text(one.alike)} of them at most"


def _everywhere(one: SameAnswer) -> str:
    """What a model would score that knew this answer alone."""
    if (beside := one.everywhere) is None:
        return ""
    field = "" if beside.field is None else f" of {beside.field}"
    own, theirs = (_score(score, beside) for score in (beside.own, beside.everywhere))
    who = "tuned" if one.seed is None else "this seed"
    return (
        f" On {words(beside.metric)}{field} it would score {theirs} if given every time; {who} "
        f"scores {own}{'' if beside.is_better else ', which is no better'}."
    )


def _score(score: float, beside: Everywhere) -> str:
    measure = measure_of(beside.metric, beside.unit)
    return rate_text(score) if measure.value_unit == "%" else value_text(score, measure)


SAME_ANSWERS: tuple[CaseRule, ...] = (
    Rule(
        id="same-answer",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing where tuned scores better than that answer would",
        claim="Where references differ, tuned's answers differ too.",
        why="A model that says one thing to everything may beat its base, and an average need not "
        "show it. What that one answer scores everywhere is the baseline that tuned has to beat.",
        remedy="Look at outputs, and train on answers that vary as those of the test set do.",
        source="Own, after a scorer of talks that gave 40 of 48 the same six numbers.",
        applies=lambda case: bool(_looked_at(case)),
        check=_same_answer,
    ),
)
