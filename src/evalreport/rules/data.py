"""Rules about data: are the test items real, fairly labelled, and hard enough to tell?"""

import re
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.sentences import NET_WIN, measure_for, spoken
from evalreport.analyze.shown import shown_value
from evalreport.estimates import Estimate, has_value
from evalreport.metrics.labels import LabelOptions
from evalreport.numbers import bound_text, fraction_text, rate_text
from evalreport.records import Role
from evalreport.rules.base import Family, Remark, Rule, Said, Severity, said_of
from evalreport.rules.case import Case, CaseRule, broken, has_measured_here, unchecked
from evalreport.rules.published import told

SYNTHETIC_RULE: Final = "synthetic-eval"
FLOOR_CEILING_RULE: Final = "floor-ceiling"
LABELS_RULE: Final = "labels-from-model"
_NO_ROOM: Final = "left to gain, so this set cannot show such a gain"
_IMITATED: Final = (
    "this measures how well the generator is imitated, not how the model does on what people "
    "really write."
)
_CEILING: Final = 0.95
_FLOOR: Final = 0.05
_MAJORITY: Final = 0.80
_PLAIN_AVERAGES: Final = ("accuracy", "exact_match")
# Words for labellers that are no models; whoever else labelled is named, so that a reader judges.
_NO_MODEL: Final = re.compile(
    r"\b(people|persons?|humans?|experts?|annotators?|raters?|labellers?|editors?|teachers?|"
    r"doctors?|lawyers?|staff|colleagues?|customers?|users?|authors?|hand|"
    r"programs?|scripts?|rules?|templates?|code|construction)\b",
    re.IGNORECASE,
)


def _synthetic(case: Case) -> tuple[Said, ...]:
    generators = {
        one.generated_by
        for name in case.spec.datasets
        if (one := case.dataset(name)) is not None
        and one.generated_by is not None
        and (corpus := case.corpus(name)) is not None
        and corpus.role is Role.TRAIN
    }
    here = (
        broken(
            f"{name} and the training data come from the same generator ({test.generated_by}): "
            f"{_IMITATED}",
            *case.cites(dataset=name),
        )
        for name in case.declared_datasets
        if (test := case.dataset(name)) is not None and test.generated_by in generators
    )
    recorded = (
        broken(
            f"The references of {one.layer} and the training data were written by {maker}: "
            f"{_IMITATED}",
            *one.cites,
        )
        for one in told(case)
        if (maker := one.published.data_made_by) is not None
        and maker == one.published.labels_made_by
        and not _NO_MODEL.search(maker)
    )
    return (*here, *recorded)


def _labels(case: Case) -> tuple[Said, ...]:
    recorded = (
        said_of(
            one.layer,
            broken(
                f"The references of {one.layer} were made by {maker}: agreement with them is "
                "agreement with that labeller.",
                *one.cites,
            ),
        )
        for one in told(case)
        if (maker := one.published.labels_made_by) is not None and not _NO_MODEL.search(maker)
    )
    here = (
        broken(
            f"The references of {name} were made by {declared.labelled_by}: agreement with them "
            "is agreement with that labeller.",
            *case.cites(dataset=name),
        )
        for name in case.declared_datasets
        if (declared := case.dataset(name)) is not None
        and declared.labelled_by is not None
        and not _NO_MODEL.search(declared.labelled_by)
    )
    return (*here, *recorded)


def _provenance(case: Case) -> tuple[Said, ...]:
    silent = [
        name
        for name in case.declared_datasets
        if (declared := case.dataset(name)) is not None
        and declared.generated_by is None
        and declared.labelled_by is None
    ]
    if not silent:
        return ()
    return (
        unchecked(
            f"Where the items of {', '.join(silent)} come from was not declared (`generated_by`, "
            "`labelled_by`), so whether a model wrote or labelled them is unknown."
        ),
    )


def _room(finding: Finding) -> tuple[float, float] | None:
    """How far the base stands from the best and from the worst value, for fractions."""
    if finding.unit != "fraction" or finding.metric == NET_WIN or not has_value(finding.base):
        return None
    base = finding.base.value if finding.higher_is_better else 1 - finding.base.value
    return 1 - base, base


def _base_text(finding: Finding) -> str:
    """What the base reaches, as its row of the results shows it."""
    shown = shown_value(finding, finding.base).value
    return "" if shown is None else shown.text


def _has_room(case: Case) -> bool:
    """Something has ends and a number of the base that lies between them."""
    return any(_room(f) is not None and has_value(f.base) for f in case.declared)


def _floor_ceiling(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        room = _room(finding)
        if room is None or not has_value(finding.base):
            continue
        above, below = room
        measure = measure_for(finding)
        stands = f"The base stands at {_base_text(finding)} on {spoken(finding)}"
        gain, margin = finding.gain_at_least, finding.lose_at_most
        if gain is not None and above < gain:
            said.append(
                broken(
                    f"{stands}: less than {bound_text(gain, measure)} are {_NO_ROOM}.",
                    finding.id,
                )
            )
        elif margin is not None and below <= margin:
            said.append(
                broken(
                    f"{stands}: there is no more to lose than the {bound_text(margin, measure)} "
                    "allowed, so retention on it means nothing.",
                    finding.id,
                    severity=Severity.INVALIDATES,
                )
            )
        elif (above <= 1 - _CEILING) if margin is None else (below <= _FLOOR):
            said.append(
                broken(f"{stands}: so near the end of the scale, little can be seen.", finding.id)
            )
    return tuple(said)


def no_room_to_gain(remark: Remark) -> bool:
    """Whether a remark says that a set leaves no room for the gain that was asked for."""
    return remark.rule == FLOOR_CEILING_RULE and _NO_ROOM in remark.text


def _below_chance(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        chance = finding.chance
        if chance is None:
            continue
        guessing = f"above guessing ({fraction_text(chance)}) on {spoken(finding)}"
        if finding.role is FindingRole.GUARD:
            if isinstance(finding.base, Estimate) and finding.base.low <= chance:
                said.append(
                    broken(
                        f"{finding.arms[1]} is not shown to be {guessing}: what it cannot do, "
                        "tuned cannot lose.",
                        finding.id,
                        severity=Severity.INVALIDATES,
                    )
                )
        elif isinstance(finding.tuned, Estimate) and finding.tuned.low <= chance:
            # A gain on which guessing does better is none; a loss stays one.
            guesses = finding.outcome is FindingOutcome.BETTER and finding.tuned.high <= chance
            said.append(
                broken(
                    f"{finding.arms[0]} is not {'' if guesses else 'shown to be '}{guessing}.",
                    finding.id,
                    severity=Severity.INVALIDATES if guesses else None,
                )
            )
    return tuple(said)


def _imbalance(case: Case) -> tuple[Said, ...]:
    said = []
    for matrix in case.findings.confusion:
        n = sum(row.n for row in matrix.rows)
        largest = max(matrix.rows, key=lambda row: row.n, default=None)
        if largest is None or n == 0 or largest.n / n < _MAJORITY or matrix.arm != "tuned":
            continue
        said.append(
            broken(
                f"Always answering {largest.label} would score {rate_text(largest.n / n)} in "
                f"{matrix.layer}: read balanced accuracy and macro-F1.",
                *(
                    f.id
                    for f in case.declared
                    if f.layer == matrix.layer and f.metric in _PLAIN_AVERAGES
                ),
            )
        )
    return tuple(said)


def _has_labels(case: Case) -> bool:
    return any(
        isinstance(metric, LabelOptions) for layer in case.generations for metric in layer.metrics
    )


def _has_labelled(case: Case) -> bool:
    return has_measured_here(case) or any(one.published.labels_made_by for one in told(case))


def _has_generated(case: Case) -> bool:
    return has_measured_here(case) or any(one.published.data_made_by for one in told(case))


def _has_chance(case: Case) -> bool:
    return any(finding.chance is not None and finding.n for finding in case.declared)


DATA: tuple[CaseRule, ...] = (
    Rule(
        id=SYNTHETIC_RULE,
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The test items do not come from a declared generator of the training data.",
        why="A generator has a style; matching it is easier than the task.",
        remedy="Test on items from another source than the training data, best from real use.",
        source="Own, after a published fine-tune on generated grades.",
        is_caveat=True,
        applies=_has_generated,
        check=_synthetic,
    ),
    Rule(
        id=LABELS_RULE,
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="As far as declared, references were made by people or a program, not by a model.",
        why="Agreement with a model's labels includes agreement with its mistakes.",
        remedy="Let people check the references, or a sample of them.",
        source="Two published fine-tunes.",
        is_caveat=True,
        applies=_has_labelled,
        check=_labels,
    ),
    Rule(
        id="provenance-unknown",
        family=Family.DATA,
        severity=Severity.NOTE,
        claim="Where the test items come from is declared.",
        why="Without it, rules about generated and model-labelled data cannot be checked.",
        source="Own.",
        is_absence=True,
        applies=has_measured_here,
        check=_provenance,
    ),
    Rule(
        id=FLOOR_CEILING_RULE,
        family=Family.DATA,
        severity=Severity.WEAKENS,
        varies="invalidates a guard that has no more to lose than it may",
        claim="The base leaves room for the gain worth having, and something to lose.",
        why="A test that the base nearly solves cannot show improvement, and what it cannot do at "
        "all cannot be forgotten.",
        remedy="Use harder items where the base is near the top, and easier ones where it is at "
        "the bottom.",
        source="Own.",
        applies=_has_room,
        check=_floor_ceiling,
    ),
    Rule(
        id="below-chance",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        varies="invalidates a guard that the base may only guess, and a gain that guessing beats",
        claim="Where guessing has a known score, tuned is above it on what it shall do, the base "
        "on what must not be lost.",
        why="A guard on which the base guesses cannot notice a loss.",
        remedy="Use items that the base can answer better than by guessing.",
        source="Own.",
        applies=_has_chance,
        check=_below_chance,
    ),
    Rule(
        id="class-imbalance",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No class makes up 80 % of the references.",
        why="Accuracy then rewards always saying the same.",
        remedy="Take `macro_f1` or `balanced_accuracy` as the metric, or balance the items.",
        source="Own.",
        applies=_has_labels,
        check=_imbalance,
    ),
)
