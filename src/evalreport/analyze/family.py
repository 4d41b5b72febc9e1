"""Several comparisons at once: Holm over secondary metrics, and over losses of guards."""

from collections.abc import Sequence

from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.sentences import finding_sentence
from evalreport.analyze.terms import Terms
from evalreport.estimates import NotEstimable, Tested
from evalreport.numbers import measure_of
from evalreport.stats.multiplicity import holm


def correct_families(findings: Sequence[Finding], terms: Terms) -> list[Finding]:
    """Findings with corrected p-values and outcomes, in their order.

    The primary is one comparison and is not corrected, nor is the claim that every guard is
    retained (all must be). The claim that some guard regressed is one of several, and so is every
    secondary metric; secondary metrics are tested only when the primary is better.
    """
    primary_is_better = any(
        f.role is FindingRole.PRIMARY and f.outcome is FindingOutcome.BETTER for f in findings
    )
    adjusted: dict[str, tuple[float, int]] = {}
    for role in (FindingRole.GUARD, FindingRole.SECONDARY):
        family = [f for f in findings if f.role is role and f.p_value is not None]
        raw = [f.p_value for f in family if f.p_value is not None]
        for finding, p_value in zip(family, holm(raw) if raw else (), strict=True):
            adjusted[finding.id] = (p_value, len(family))
    return [
        _corrected(f, adjusted.get(f.id), terms, primary_is_better=primary_is_better)
        for f in findings
    ]


def _corrected(
    finding: Finding,
    adjusted: tuple[float, int] | None,
    terms: Terms,
    *,
    primary_is_better: bool,
) -> Finding:
    if adjusted is None or finding.p_value is None or finding.test is None:
        return finding
    p_adjusted, family = adjusted
    if finding.role is FindingRole.SECONDARY and not primary_is_better:
        outcome = FindingOutcome.DESCRIPTIVE
    elif finding.outcome is FindingOutcome.INCONCLUSIVE and finding.excluded:
        outcome = finding.outcome  # missing answers decided it; a correction cannot undo that
    else:
        outcome = outcome_of(
            finding.role,
            finding.difference,
            finding.difference_one_sided or NotEstimable(not_estimable="not computed"),
            Tested(p_value=finding.p_value, test=finding.test),
            higher_is_better=finding.higher_is_better,
            alpha=terms.alpha,
            gain_at_least=finding.gain_at_least,
            lose_at_most=finding.lose_at_most,
            p_adjusted=p_adjusted,
        )
    return finding.model_copy(
        update={
            "p_adjusted": p_adjusted,
            "adjusted_over": family,
            "outcome": outcome,
            "sentence": finding_sentence(
                outcome=outcome,
                candidate=finding.arms[0],
                reference=finding.arms[1],
                name=finding.id.split(":", maxsplit=1)[0],
                n=finding.n,
                measure=measure_of(finding.metric, finding.unit),
                shown=finding.difference,
                higher_is_better=finding.higher_is_better,
                gain_at_least=finding.gain_at_least,
                lose_at_most=finding.lose_at_most,
                power=finding.power,
            ),
        }
    )
