"""Rules about overlap: were the test items new to the model and to whoever chose it?"""

from collections.abc import Callable
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Overlap
from evalreport.analyze.sentences import change_text, spoken, spoken_of_all
from evalreport.numbers import count_text, share_text
from evalreport.records import Role, Unreachable
from evalreport.rules.base import Family, Rule, Said, Severity, of_layer
from evalreport.rules.case import Case, CaseRule, broken, has_measured_here, unchecked
from evalreport.rules.published import has_declared_recorded

_TOLERATED: Final = 0.01
# A correction for several guards turns the first into the second; the clean rest is not corrected.
_ALIKE: Final = {FindingOutcome.REGRESSED: FindingOutcome.INCONCLUSIVE}


def _evaluated(case: Case) -> tuple[Overlap, ...]:
    used = {name for layer in case.spec.evaluation.layers for name in layer.datasets()}
    return tuple(row for row in case.findings.overlaps if row.dataset in used)


def _has_evaluated(case: Case) -> bool:
    return bool(_evaluated(case))


def _has_anything_evaluated(case: Case) -> bool:
    return _has_evaluated(case) or has_declared_recorded(case)


def _compared(check: Callable[[Case], tuple[Said, ...]]) -> Callable[[Case], tuple[Said, ...]]:
    """A check of test items against training items, which is none where there are no such items."""

    def checked(case: Case) -> tuple[Said, ...]:
        return (*compared(case), *_not_here(case))

    def compared(case: Case) -> tuple[Said, ...]:
        if not _evaluated(case):
            return ()
        if any(row.checked_against for row in _evaluated(case)):
            return check(case)
        return (unchecked(f"{_no_training_data(case)}, so nothing could be compared with them."),)

    return checked


def _not_here(case: Case) -> tuple[Said, ...]:
    """Of what decides and was measured elsewhere, the items are not here."""
    layers = dict.fromkeys(f.layer for f in case.declared if f.is_foreign)
    return tuple(of_layer(layer, _elsewhere(case, layer)) for layer in layers)


def _elsewhere(case: Case, layer: str) -> Said:
    """What others said of where their items come from; what they said is not checked here."""
    published, cites = case.evidence.published.get(layer), case.cites(layer=layer)
    results = case.evidence.results.get(layer)
    if results is not None and results.n:
        text = (
            f"The items of {layer} stand in files of another tool and were held against no "
            "training data, so nothing shows whether training saw them."
        )
        return unchecked(text, *cites)
    source = published.items_from if published is not None else ""
    named = f"The items behind {layer} {f'come from {source}' if source else 'are not here'}"
    match published.held_out if published is not None else None:
        case False:
            text = (
                f"The items behind {layer}{f' (from {source})' if source else ''} were trained on."
            )
            return broken(text, *cites, severity=Severity.INVALIDATES)
        case True:
            text = f"{named}, said to be held out of training; nothing here shows it."
            return unchecked(text, *cites)
        case None if source:
            return unchecked(f"{named}; that they were kept out of training was not said.", *cites)
        case None:
            return unchecked(f"{named}, so nothing shows whether training saw them.", *cites)


def _no_training_data(case: Case) -> str:
    lost = [one for one in case.training_sets if isinstance(one, Unreachable)]
    if lost:
        return f"The training data could not be read ({lost[0].reason})"
    return "The training data were not given"


def _clean(row: Overlap) -> str:
    shown = "; ".join(
        f"without the leaked items, {spoken_of_all(f)} is {change_text(f)} on "
        f"{count_text(f.n, 'item')}"
        for f in row.clean_findings
    )
    return f" {shown[0].upper()}{shown[1:]}." if shown else ""


def _severity(case: Case, row: Overlap, k: int) -> Severity | None:
    """Above one percent, or when the clean subset decides otherwise, the evidence is invalid."""
    whole = {f.id: f for f in case.declared}
    changed = any(
        f.id.split("@")[0] in whole and _differ(whole[f.id.split("@")[0]], f)
        for f in row.clean_findings
    )
    return Severity.INVALIDATES if k / row.n > _TOLERATED or changed else None


def _differ(whole: Finding, clean: Finding) -> bool:
    """Whether the clean items decide otherwise; what waits for the primary decides nothing."""
    if whole.role is FindingRole.SECONDARY:
        return False
    return _ALIKE.get(whole.outcome, whole.outcome) is not _ALIKE.get(clean.outcome, clean.outcome)


def _overlap(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{share_text(row.exact, row.n)} of the items of {row.dataset} occur in training "
            f"({', '.join(row.checked_against)}), word for word.{_clean(row)}",
            *case.cites(dataset=row.dataset),
            severity=_severity(case, row, row.exact),
        )
        for row in _evaluated(case)
        if row.exact
    )


def _near(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{share_text(row.near, row.n)} of the items of {row.dataset} are near-duplicates of "
            f"training items.{_clean(row)}",
            *case.cites(dataset=row.dataset),
        )
        for row in _evaluated(case)
        if row.near
    )


def _groups(case: Case) -> tuple[Said, ...]:
    said: list[Said] = []
    for row in _evaluated(case):
        if row.group_key is None:
            said.append(
                unchecked(
                    f"Whether {row.dataset} shares a template, question or conversation with "
                    "training is unknown: declare `group_by` on both.",
                    *case.cites(dataset=row.dataset),
                )
            )
        elif row.shared_groups:
            said.append(
                broken(
                    f"{share_text(row.shared_groups, row.n)} of the items of {row.dataset} have a "
                    f"sibling of the same {row.group_key} in training; split by {row.group_key}."
                    f"{_clean(row)}",
                    *case.cites(dataset=row.dataset),
                )
            )
    return tuple(said)


def _no_test_split(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        corpus = case.corpus(finding.dataset)
        if corpus is not None and corpus.role is not Role.TEST:
            said.append(
                broken(
                    f"{spoken(finding)} is measured on {finding.dataset}, whose role is "
                    f"{corpus.role.value}: these items "
                    f"{_other_use(corpus.role)}.",
                    finding.id,
                    severity=Severity.INVALIDATES if corpus.role is Role.TRAIN else None,
                )
            )
    return tuple(said)


def _other_use(role: Role) -> str:
    if role is Role.TRAIN:
        return "also trained"
    return "choose the checkpoint, or were looked at while choosing settings"


def _train_unknown(case: Case) -> tuple[Said, ...]:
    if any(row.checked_against for row in _evaluated(case)):
        return ()
    return (
        broken(
            f"{_no_training_data(case)}, so nobody can tell memory from skill: name them under "
            "`datasets.train`.",
            *case.primary_cites,
        ),
    )


def _augmented(case: Case) -> tuple[Said, ...]:
    recorded = tuple(
        unchecked(
            f"The training data were augmented ({how}): whether before the split, which puts "
            "paraphrases of test items into training, was not said.",
            *case.primary_cites,
        )
        for how in _told_augmentation(case)
    )
    here = tuple(
        broken(
            f"{name} was augmented by {declared.augmented.by} before the split: paraphrases of "
            "evaluation items are in training.",
            *case.cites(dataset=name),
            *case.primary_cites,
        )
        for name in case.spec.datasets
        if (declared := case.dataset(name)) is not None
        and declared.augmented is not None
        and declared.augmented.when == "before_split"
    )
    return (*here, *recorded)


def _told_augmentation(case: Case) -> tuple[str, ...]:
    """How others say that they augmented what they trained on, if they say it."""
    told = case.evidence.recorded_training
    used = {} if told is None else told.used
    return tuple(str(how) for name, how in used.items() if name.endswith("augmentation") and how)


def _duplicates(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{count_text(row.duplicates, 'item')} of {row.dataset} repeat others word for word; "
            f"there are {count_text(row.n - row.duplicates, 'different item')}. Intervals "
            "count each as new information, unless repeats share a cluster.",
            *case.cites(dataset=row.dataset),
        )
        for row in _evaluated(case)
        if row.duplicates
    )


OVERLAP: tuple[CaseRule, ...] = (
    Rule(
        id="train-eval-overlap",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        varies="invalidates above 1 % of the items, or where the items without these "
        "decide otherwise",
        claim="No evaluation item occurs in the training data.",
        why="What was learnt by heart is not what was learnt. The result without the leaked items "
        "stands beside the full one.",
        remedy="Take the shared items out of the training data, or test on items that training "
        "never saw.",
        source="Brown et al. (2020), GPT-3; Singh et al. (2024), arXiv:2411.03923.",
        applies=_has_anything_evaluated,
        check=_compared(_overlap),
    ),
    Rule(
        id="near-duplicate",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No evaluation item is a near copy of a training item.",
        why="Word 5-grams with a Jaccard similarity of 0.8 are the same text for a model.",
        remedy="Take the near-duplicates out of the training data, or test on items that are "
        "unlike it.",
        source="Lee et al. (2022), deduplication of training data; Broder (1997).",
        applies=_has_evaluated,
        check=_compared(_near),
    ),
    Rule(
        id="group-leak-risk",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        claim="No group (template, question, conversation) is in training and evaluation.",
        why="Siblings share what matters; a random split of rows hides that.",
        remedy="Split by that group with `group_by`, so that no group stands on both sides.",
        source="A published split of 9,900 rows from 3,300 questions.",
        applies=_has_evaluated,
        check=_compared(_groups),
    ),
    Rule(
        id="no-test-split",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        varies="invalidates where the items were trained on",
        claim="Declared metrics are measured on data that neither trained nor chose anything.",
        why="The best of several checkpoints on a set looks better on that set than it is.",
        remedy="Test on items that chose nothing: a dataset of its own with role test.",
        source="Blum and Hardt (2015); two published fine-tunes.",
        is_caveat=True,
        applies=has_measured_here,
        check=_no_test_split,
    ),
    Rule(
        id="train-set-unknown",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The training data are known, so that overlap can be checked.",
        why="Without them nobody can tell memory from skill.",
        remedy="Name the training data under `datasets`, if only to check them for overlap.",
        source="Own.",
        is_caveat=True,
        is_absence=True,
        applies=_has_evaluated,
        check=_train_unknown,
    ),
    Rule(
        id="augmented-before-split",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        claim="Augmentation happened after the split, as far as it was declared.",
        why="Otherwise paraphrases of test items are in training, and no exact match finds them.",
        remedy="Split first, and augment the training part alone.",
        source="A published fine-tune.",
        applies=lambda case: (
            bool(_told_augmentation(case))
            or any(
                (one := case.dataset(name)) is not None and one.augmented is not None
                for name in case.spec.datasets
            )
        ),
        check=_augmented,
    ),
    Rule(
        id="duplicates-in-eval",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No evaluation item is asked twice.",
        why="Repeats make intervals narrower than the information is.",
        remedy="Drop the repeated items, or declare `cluster_by` for them.",
        source="Own.",
        applies=_has_evaluated,
        check=_duplicates,
    ),
)
