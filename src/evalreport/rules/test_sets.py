"""Rules about the test set over time: public, exchanged, or extended after a look."""

from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_declared, has_primary, unchecked


def _own_weights(case: Case) -> frozenset[str]:
    """Digests of what tuned answered with in this build."""
    return frozenset(
        block.weights.adapter_digest or block.weights.base_digest
        for place, block in case.evidence.blocks.items()
        if place.arm == "tuned" and block.weights is not None and block.responses
    )


def _optional_stopping(case: Case) -> tuple[Said, ...]:
    own = _own_weights(case)
    for one in case.evidence.scored_elsewhere:
        if own and one.weights <= own:
            return (
                broken(
                    f"The same tuned model was scored on {count_text(one.items, 'item')} on "
                    f"{one.at} under this spec, and the test set was changed after that look: the "
                    "intervals of a test of fixed size no longer hold what they say.",
                    *case.primary_cites,
                ),
            )
    return ()


def _changed(case: Case) -> tuple[Said, ...]:
    own = _own_weights(case)
    others = [one for one in case.evidence.scored_elsewhere if not (own and one.weights <= own)]
    if not others:
        return ()
    last = others[-1]
    return (
        broken(
            f"The test set is another than on {last.at}, when {last.arm} of this spec was scored "
            f"on {count_text(last.items, 'item')}: figures of that report and of this one are not "
            "comparable.",
            *case.primary_cites,
        ),
    )


def _is_measured_here(case: Case) -> bool:
    """What decides was measured here: what others measured with is not remembered."""
    return has_primary(case) and any(not one.is_foreign for one in case.primaries)


def _public(case: Case) -> tuple[Said, ...]:
    """Public sets; of items that are not here nobody can say."""
    foreign = [f.id for f in case.declared if f.is_foreign and (f.n or f.is_measured)]
    elsewhere = "Whether the base saw the items that others measured with is not known here."
    unknown = (unchecked(elsewhere, *foreign),) if foreign else ()
    return unknown + tuple(
        broken(
            f"{name} is a public set ({source.hub_id}): the base may have seen it before, which "
            "lifts both arms; the difference between them is less affected than their levels.",
            *case.cites(dataset=name),
        )
        for name in case.declared_datasets
        if (source := case.dataset(name)) is not None and source.is_hub
    )


TEST_SETS: tuple[CaseRule, ...] = (
    Rule(
        id="eval-set-changed",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="Builds of this spec used one test set.",
        why="Two figures on two sets of items differ by the items too; a trend over them is none.",
        remedy="Score the earlier model on the items of today before comparing the two.",
        source="A published evaluation pipeline that replaced its test set on the way.",
        applies=_is_measured_here,
        check=_changed,
    ),
    Rule(
        id="pretraining-contamination-unknown",
        family=Family.DATA,
        severity=Severity.NOTE,
        claim="The test items are not a public set that the base may have seen.",
        why="Public benchmarks are in pretraining corpora, in parts or whole.",
        source="Brown et al. (2020), appendix C; Singh et al. (2024), arXiv:2411.03923.",
        applies=has_declared,
        check=_public,
    ),
    Rule(
        id="optional-stopping",
        family=Family.DATA,
        severity=Severity.WEAKENS,
        claim="The test set was not changed after the same model had been scored on it.",
        why="Adding or taking away items until a result appears finds one even where nothing is: "
        "looking after every 50 items gives 17 % false winners.",
        remedy="Take fresh items, as many as the plan asks for, and score them once.",
        source="Armitage, McPherson and Rowe (1969), JRSS A 132(2).",
        applies=_is_measured_here,
        check=_optional_stopping,
    ),
)
