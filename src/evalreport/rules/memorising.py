"""Rules about memorising: is the improvement on what was trained alone?"""

from collections.abc import Callable, Iterable

from evalreport.analyze.findings import Gap
from evalreport.analyze.gaps import gap_is_above_zero
from evalreport.estimates import Point, has_value
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_tuned_weights, unchecked

_MEMORISED = 0.5


def _gap(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "gap"]
    return (
        *(
            broken(
                f"Most of the improvement is on what was trained: {gap.sentence}",
                *case.primary_cites,
            )
            for gap in gaps
            if gap_is_above_zero(gap)
            and has_value(gap.generalisation_ratio)
            and gap.generalisation_ratio.value < _MEMORISED
        ),
        *_without_interval(case, gaps),
    )


def _regurgitation(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "regurgitation"]
    return (
        *(
            broken(f"Training text comes back word for word: {gap.sentence}", *case.primary_cites)
            for gap in gaps
            if gap_is_above_zero(gap)
        ),
        *_without_interval(case, gaps),
    )


def _paraphrased(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "paraphrase_gap"]
    return (
        *(
            broken(
                f"Part of the improvement is on the wording of the training items: {gap.sentence}",
                *case.primary_cites,
            )
            for gap in gaps
            if gap_is_above_zero(gap)
        ),
        *_without_interval(case, gaps),
    )


def _without_interval(case: Case, gaps: Iterable[Gap]) -> tuple[Said, ...]:
    """A positive excess without an interval is neither shown nor excluded."""
    return tuple(
        unchecked(
            f"{gap.sentence} Whether that is more than chance cannot be told.", *case.primary_cites
        )
        for gap in gaps
        if isinstance(gap.difference, Point) and gap.difference.value > 0
    )


def _no_gap(case: Case) -> tuple[Said, ...]:
    if case.findings.gaps:
        return ()
    return (
        unchecked(
            "Whether the model memorised its training items was not measured: add an "
            "`overfitting` layer."
        ),
    )


def _has_gap(name: str) -> Callable[[Case], bool]:
    return lambda case: any(gap.name == name for gap in case.findings.gaps)


MEMORISING: tuple[CaseRule, ...] = (
    Rule(
        id="gap-did",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Unseen items are not shown to improve less than half as much as training items.",
        why="The base is the control: improvement on seen minus improvement on unseen items is "
        "what was memorised.",
        remedy="Train for fewer epochs or on more varied rows.",
        source="Difference in differences; statistics notes of this project.",
        applies=_has_gap("gap"),
        check=_gap,
    ),
    Rule(
        id="regurgitation",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Training completions are not shown to be recited more than unseen ones.",
        why="Verbatim training text in outputs is a privacy and licensing risk.",
        remedy="Look at what is recited; drop repeated or private rows, and train for fewer "
        "epochs.",
        source="Carlini et al. (2023).",
        applies=_has_gap("regurgitation"),
        check=_regurgitation,
    ),
    Rule(
        id="paraphrase-gap",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Training items are not shown to improve less when they are asked in other words.",
        why="The same items in other words need the same knowledge: what they improve less was "
        "learnt of the wording. Train on more wordings of an item.",
        source="Own.",
        applies=_has_gap("paraphrase_gap"),
        check=_paraphrased,
    ),
    Rule(
        id="memorisation-unmeasured",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Seen items were compared with unseen ones.",
        why="A good test score does not show what else was learnt by heart.",
        source="Own.",
        applies=lambda case: has_tuned_weights(case) or bool(case.findings.gaps),
        check=_no_gap,
    ),
)
