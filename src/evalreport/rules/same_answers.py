"""The rule about a model that says the same thing, whatever it is asked."""

from typing import Final

from evalreport.analyze.findings import Everywhere, SameAnswer
from evalreport.analyze.sentences import words
from evalreport.numbers import count_text, measure_of, rate_text, value_text
from evalreport.rules.base import NOTED, Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_generation

_MOST: Final = 0.8
_LONGEST: Final = 60


def _same_answer(case: Case) -> tuple[Said, ...]:
    # What was not asked has no answers to look at; findings alone cannot tell.
    layers = {layer.name for layer in case.generations}
    return tuple(
        broken(
            f"Tuned{_of_seed(one)} gives one and the same answer, {_quoted(one.answer)}, to "
            f"{count_text(one.given)} of the {count_text(one.n, 'item')} of {one.layer} that it "
            f"answers readably ({rate_text(one.given / one.n)}){_alike(one)}."
            f"{_everywhere(one.everywhere)}",
            *case.cites(layer=one.layer),
            severity=None if _share(one) >= _MOST else Severity.NOTE,
        )
        for one in case.findings.same_answers
        if one.layer in layers
    )


def _share(one: SameAnswer) -> float:
    """How much of what the references do not explain."""
    return (one.given - one.references_alike) / (one.n - one.references_alike)


def _of_seed(one: SameAnswer) -> str:
    return "" if one.seed is None else f" (training seed {one.seed})"


def _alike(one: SameAnswer) -> str:
    if one.references_alike <= 1:
        return ""
    return f", of whose references at most {count_text(one.references_alike)} are alike"


def _everywhere(beside: Everywhere | None) -> str:
    """What a model would score that knew this answer alone."""
    if beside is None:
        return ""
    own, theirs = (_score(one, beside) for one in (beside.own, beside.everywhere))
    return (
        f" On {words(beside.metric)} it would score {theirs} if given to every item; tuned scores "
        f"{own}{'' if beside.is_better else ', which is no better'}."
    )


def _score(score: float, beside: Everywhere) -> str:
    measure = measure_of(beside.metric, beside.unit)
    return rate_text(score) if measure.value_unit == "%" else value_text(score, measure)


def _quoted(answer: str) -> str:
    cut = answer if len(answer) <= _LONGEST else f"{answer[:_LONGEST]}..."
    return f'"{cut}"'


SAME_ANSWERS: tuple[CaseRule, ...] = (
    Rule(
        id="same-answer",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies=f"{NOTED} below 80 % of what the references do not explain",
        claim="Tuned does not give most items the same answer, where their references differ.",
        why="A model that says one thing to everything may beat its base, and an average need not "
        "show it. What that one answer scores everywhere is the baseline that tuned has to beat.",
        remedy="Look at outputs, and train on answers that vary as those of the test set do.",
        source="Own, after a scorer of talks that gave 40 of 48 the same six numbers.",
        applies=has_generation,
        check=_same_answer,
    ),
)
