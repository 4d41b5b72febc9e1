"""Rules about coverage: which items a comparison is over, and what left it."""

from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import spoken
from evalreport.numbers import count_text, rate_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_generation, has_measured_here
from evalreport.rules.outputs import rows_of
from evalreport.rules.published import has_answered
from evalreport.rules.recorded_baseline import parsable_of_recorded


def _coverage_differs(case: Case) -> tuple[Said, ...]:
    said = []
    for row in case.findings.health_differences:
        if row.kind != "unparsed" or row.arms != ("tuned", "base"):
            continue
        if row.p_value is None or row.p_value >= case.spec.evaluation.alpha:
            continue
        tuned, base = rows_of(case, row.layer)
        if tuned is None or base is None or not tuned.n:
            continue
        said.append(
            broken(
                "The share of outputs that can be read itself changed, from "
                f"{rate_text(1 - base.unparsed / base.n)} (base) to "
                f"{rate_text(1 - tuned.unparsed / tuned.n)} (tuned) in {row.layer}"
                f"{_where_told_apart(case, row.layer)}.",
                *case.cites(layer=row.layer),
            )
        )
    return tuple(said)


def _where_told_apart(case: Case, layer: str) -> str:
    """Where quality among readable outputs stands; empty where nothing is read but the form."""
    read = (f for f in case.declared if f.layer == layer and f.forms)
    first = next(read, None)
    if first is None:
        return ""
    return (
        "; quality among readable outputs is a different question: see “Items valid in both arms” "
        f"behind `{layer}.{first.metric}{f'.{first.field}' if first.field else ''}`"
    )


def _subset_of_parsable(case: Case) -> tuple[Said, ...]:
    here = tuple(
        broken(
            f"Items of {spoken(finding)} were left out because an output could not be read and no "
            f"penalty is declared ({_counts(finding, 'nothing could be read from ')}; "
            f"{count_text(finding.n)} are left): the average is over what worked. Declare a "
            "range, or `unparsed: worst`.",
            finding.id,
        )
        for finding in case.declared
        if _counts(finding, "nothing could be read from ")
    )
    return (*here, *parsable_of_recorded(case))


def _missing_answers(case: Case) -> tuple[Said, ...]:
    said = [
        broken(
            f"Items of {spoken(finding)} have no {what} ({counted}). "
            "Its outcome counts only where it holds at both worst-case ends.",
            finding.id,
        )
        for finding in case.declared
        for what, counted in [_unanswered(finding)]
        if finding.n and counted
    ]
    for layer in case.spec.evaluation.layers:
        for name in layer.arms:
            arm = case.evidence.arms.get(name)
            there = {
                block.seed for block in case.evidence.of_arm(layer.name, name) if block.responses
            }
            planned = [replicate.seed for replicate in arm.replicates] if arm else []
            lost = [str(seed) for seed in planned if seed not in there]
            if there and lost:
                said.append(
                    broken(
                        f"Of {count_text(len(planned), 'training seed')} of {name}, "
                        f"{count_text(len(lost))} gave no answer in {layer.name} "
                        f"({', '.join(lost)}): what is shown is about those that did.",
                        *case.cites(layer=layer.name),
                    )
                )
    return tuple(said)


def _unanswered(finding: Finding) -> tuple[str, str]:
    """What is missing of a comparison, and how much of it by arm; empty where nothing is.

    Where another tool measured both arms, the rules about its files tell.
    """
    if counts := _counts(finding, "no answer from "):
        return "answer", counts
    counts = "" if finding.is_foreign else _counts(finding, "no result of ")
    return "answer, here or in the files of another tool", counts


def _counts(finding: Finding, opening: str) -> str:
    """How many items left a comparison for one kind of reason: `3 of tuned, 1 of base`."""
    return ", ".join(
        f"{count_text(k)} of {why.removeprefix(opening).partition(',')[0]}"
        for why, k in finding.excluded.items()
        if why.startswith(opening)
    )


COVERAGE: tuple[CaseRule, ...] = (
    Rule(
        id="coverage-differs",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="The share of readable outputs is not shown to differ between the arms.",
        why="When validity itself moves, the all-items score mixes two changes; the forms of the "
        "result show them apart.",
        source="A published comparison of averages over what parsed.",
        applies=has_generation,
        check=_coverage_differs,
    ),
    Rule(
        id="subset-of-parsable",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        varies="weakens where a published average is over the items that both arms got into shape",
        claim="No declared metric is an average over only those outputs that could be read.",
        why="Which outputs parse depends on the model, so the average is over different items.",
        remedy="Declare what an unreadable output counts as, with `unparsed` or the metric's "
        "`range`.",
        source="A published comparison of averages over what parsed; Manski (2003).",
        applies=lambda case: has_answered(case) or any(not f.is_foreign for f in case.declared),
        check=_subset_of_parsable,
    ),
    Rule(
        id="missing-answers",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Every item of a declared comparison was answered by both arms, in every seed.",
        why="Items lost to time-outs or memory are rarely a random sample, nor are seeds whose "
        "training failed.",
        remedy="Build again until every item has an answer (what is done is reused), or let the "
        "tool that was asked go on until it has them.",
        source="Horowitz and Manski (2000).",
        applies=has_measured_here,
        check=_missing_answers,
    ),
)
