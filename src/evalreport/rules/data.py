"""Rules about data: were the test items new, real and fairly labelled?"""

from evalreport.analyze.findings import Overlap
from evalreport.analyze.sentences import difference_text
from evalreport.estimates import Estimate, has_value
from evalreport.metrics.labels import LabelOptions
from evalreport.numbers import count_text, fraction_text, measure_of, share_text
from evalreport.records import Role
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, always, broken, has_primary, unchecked

_TOLERATED = 0.01
_CEILING = 0.95
_FLOOR = 0.05
_MAJORITY = 0.80


def _evaluated(case: Case) -> tuple[Overlap, ...]:
    used = {name for layer in case.spec.evaluation.layers for name in layer.datasets()}
    return tuple(row for row in case.findings.overlaps if row.dataset in used)


def _clean(row: Overlap) -> str:
    sentences = [
        f"without the leaked items, {f.id.split('@')[0]} is "
        f"{difference_text(f.difference, measure_of(f.metric, f.unit))} on "
        f"{count_text(f.n, 'item')}"
        for f in row.clean_findings
    ]
    return f" {'; '.join(sentences)}.".replace(" without", " Without", 1) if sentences else ""


def _severity(case: Case, row: Overlap, k: int) -> Severity | None:
    """Above one percent, or when the clean subset decides otherwise, the evidence is invalid."""
    by_id = {f.id: f for f in case.declared}
    changed = any(
        (whole := by_id.get(f.id.split("@")[0])) is not None and whole.outcome is not f.outcome
        for f in row.clean_findings
    )
    return Severity.INVALIDATES if k / row.n > _TOLERATED or changed else None


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
    return tuple(
        broken(
            f"{share_text(row.shared_groups, row.n)} of the items of {row.dataset} have a sibling "
            f"of the same {row.group_key} in training; split by {row.group_key}.{_clean(row)}",
            *case.cites(dataset=row.dataset),
        )
        for row in _evaluated(case)
        if row.shared_groups
    )


def _no_test_split(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        corpus = case.corpus(finding.dataset)
        if corpus is not None and corpus.role is not Role.TEST:
            said.append(
                broken(
                    f"{finding.id} is measured on {finding.dataset}, whose role is "
                    f"{corpus.role.value}: these items also "
                    f"{'trained' if corpus.role is Role.TRAIN else 'chose the checkpoint'}.",
                    finding.id,
                    severity=Severity.INVALIDATES if corpus.role is Role.TRAIN else None,
                )
            )
    return tuple(said)


def _train_unknown(case: Case) -> tuple[Said, ...]:
    if any(row.checked_against for row in case.findings.overlaps) or not case.findings.overlaps:
        return ()
    return (
        unchecked(
            "The training data were not given, so overlap with the test items could not be "
            "checked: name them under `datasets.train`.",
            *case.primary_cites,
        ),
    )


def _synthetic(case: Case) -> tuple[Said, ...]:
    train = case.dataset("train")
    said: list[Said] = []
    for name in dict.fromkeys(f.dataset for f in case.declared):
        test = case.dataset(name)
        if train is None or test is None or test.generated_by is None:
            continue
        if test.generated_by == train.generated_by:
            said.append(
                broken(
                    f"{name} and the training data come from the same generator "
                    f"({test.generated_by}): this measures how well the generator is imitated, "
                    "not how the model does on what people really write.",
                    *case.cites(dataset=name),
                )
            )
    return tuple(said)


def _labels(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"The references of {name} were made by {declared.labelled_by}: agreement with them "
            "is agreement with that labeller.",
            *case.cites(dataset=name),
        )
        for name in dict.fromkeys(f.dataset for f in case.declared)
        if (declared := case.dataset(name)) is not None
        and declared.labelled_by is not None
        and declared.labelled_by.casefold() not in ("people", "humans", "experts", "program")
    )


def _augmented(case: Case) -> tuple[Said, ...]:
    return tuple(
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


def _provenance(case: Case) -> tuple[Said, ...]:
    silent = [
        name
        for name in dict.fromkeys(f.dataset for f in case.declared)
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


def _duplicates(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{count_text(row.duplicates, 'item')} of {row.dataset} repeat others, but count as "
            f"independent; there are {count_text(row.n - row.duplicates, 'different item')}.",
            *case.cites(dataset=row.dataset),
        )
        for row in _evaluated(case)
        if row.duplicates
    )


def _floor_ceiling(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if finding.unit != "fraction" or not has_value(finding.base):
            continue
        base = finding.base.value if finding.higher_is_better else 1 - finding.base.value
        room = 1 - base
        if finding.gain_at_least is not None and room < finding.gain_at_least:
            said.append(
                broken(
                    f"The base already reaches {fraction_text(finding.base.value)} on "
                    f"{finding.id}: only {fraction_text(room)} of headroom, so this set cannot "
                    f"show a gain of {fraction_text(finding.gain_at_least)}.",
                    finding.id,
                )
            )
        elif base >= _CEILING or (finding.lose_at_most is not None and base <= _FLOOR):
            said.append(
                broken(
                    f"The base stands at {fraction_text(finding.base.value)} on {finding.id}: "
                    "so near the end of the scale, little can be seen.",
                    finding.id,
                )
            )
    return tuple(said)


def _below_chance(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if finding.chance is None:
            continue
        for arm, value in zip(finding.arms, (finding.tuned, finding.base), strict=True):
            if isinstance(value, Estimate) and value.low <= finding.chance:
                said.append(
                    broken(
                        f"{arm} is not shown to be above guessing "
                        f"({fraction_text(finding.chance)}) on {finding.id}: what it cannot do, "
                        "it cannot lose.",
                        finding.id,
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
                f"Always answering {largest.label} would score {fraction_text(largest.n / n)} in "
                f"{matrix.layer}: read balanced accuracy and macro-F1.",
                *case.cites(layer=matrix.layer),
            )
        )
    return tuple(said)


def _has_labels(case: Case) -> bool:
    return any(
        isinstance(metric, LabelOptions) for layer in case.generations for metric in layer.metrics
    )


DATA: tuple[CaseRule, ...] = (
    Rule(
        id="train-eval-overlap",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No evaluation item occurs in the training data.",
        why="What was learnt by heart is not what was learnt. The result without the leaked items "
        "stands beside the full one.",
        source="Brown et al. (2020), GPT-3; Singh et al. (2024), arXiv:2411.03923.",
        applies=always,
        check=_overlap,
    ),
    Rule(
        id="near-duplicate",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No evaluation item is a near copy of a training item.",
        why="Word 5-grams with a Jaccard similarity of 0.8 are the same text for a model.",
        source="Lee et al. (2022), deduplication of training data; Broder (1997).",
        applies=always,
        check=_near,
    ),
    Rule(
        id="group-leak-risk",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        claim="No group (template, question, conversation) is in training and evaluation.",
        why="Siblings share what matters; a random split of rows hides that.",
        source="A published split of 9,900 rows from 3,300 questions.",
        applies=always,
        check=_groups,
    ),
    Rule(
        id="no-test-split",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="Declared metrics are measured on data that neither trained nor chose anything.",
        why="The best of several checkpoints on a set looks better on that set than it is.",
        source="Blum and Hardt (2015); two published fine-tunes.",
        applies=has_primary,
        check=_no_test_split,
    ),
    Rule(
        id="train-set-unknown",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The training data are known, so that overlap can be checked.",
        why="Without them nobody can tell memory from skill.",
        source="Own.",
        applies=always,
        check=_train_unknown,
    ),
    Rule(
        id="synthetic-eval",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The test items do not come from the generator of the training data.",
        why="A generator has a style; matching it is easier than the task.",
        source="Own, after a published fine-tune on generated grades.",
        applies=has_primary,
        check=_synthetic,
    ),
    Rule(
        id="labels-from-model",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="References were made by people or by a program, not by a model.",
        why="Agreement with a model's labels includes agreement with its mistakes.",
        source="Two published fine-tunes.",
        applies=has_primary,
        check=_labels,
    ),
    Rule(
        id="augmented-before-split",
        family=Family.DATA,
        severity=Severity.INVALIDATES,
        claim="Augmentation happened after the split.",
        why="Otherwise paraphrases of test items are in training, and no exact match finds them.",
        source="A published fine-tune.",
        applies=always,
        check=_augmented,
    ),
    Rule(
        id="provenance-unknown",
        family=Family.DATA,
        severity=Severity.NOTE,
        claim="Where the test items come from is declared.",
        why="Without it, rules about generated and model-labelled data cannot be checked.",
        source="Own.",
        applies=has_primary,
        check=_provenance,
    ),
    Rule(
        id="duplicates-in-eval",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No evaluation item is asked twice.",
        why="Repeats make intervals narrower than the information is.",
        source="Own.",
        applies=always,
        check=_duplicates,
    ),
    Rule(
        id="floor-ceiling",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The base leaves room for the gain worth having, and something to lose.",
        why="A test that the base nearly solves cannot show improvement.",
        source="Own.",
        applies=has_primary,
        check=_floor_ceiling,
    ),
    Rule(
        id="below-chance",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="Both arms are above guessing on what they are held to.",
        why="A guard on which the base guesses cannot notice a loss.",
        source="Own.",
        applies=has_primary,
        check=_below_chance,
    ),
    Rule(
        id="class-imbalance",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="No class makes up 80 % of the references.",
        why="Accuracy then rewards always saying the same.",
        source="Own.",
        applies=_has_labels,
        check=_imbalance,
    ),
)
