"""Several comparisons at once: Holm over secondary metrics, and over losses of guards."""

from collections.abc import Sequence

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.sentences import finding_sentence
from evalreport.analyze.terms import Terms
from evalreport.numbers import count_text, p_text
from evalreport.stats.multiplicity import holm

# What the raw p-value carries; retention and losses beyond the margin rest on intervals alone.
_BY_TEST = (FindingOutcome.BETTER, FindingOutcome.WORSE, FindingOutcome.REGRESSED)


def correct_families(
    findings: Sequence[Finding], terms: Terms, *, is_gated: bool = False
) -> list[Finding]:
    """Findings with corrected p-values and outcomes, in their order.

    The primary is one comparison and is not corrected (of several, all must be better), nor is
    the claim that every guard is retained (all must be). The claim that some guard regressed is
    one of several (those of tuned, and those of what was made of it, are two families), and so is
    every secondary metric. These are tested only when the primary is better; where none was
    declared, their correction by itself keeps the error.

    Args:
        findings: All of them.
        terms: Error rates and tests.
        is_gated: Whether secondary metrics stay untested whatever the primaries here show, as
            where one that was declared is not among them.
    """
    primaries = [f for f in findings if f.role is FindingRole.PRIMARY]
    gate_is_open = not is_gated and all(f.outcome is FindingOutcome.BETTER for f in primaries)
    adjusted: dict[str, tuple[float, int]] = {}
    families = (
        [f for f in findings if f.role is FindingRole.GUARD],
        [f for f in findings if f.role is FindingRole.SECONDARY],
        [f for f in findings if f.is_guard_of_export],
    )
    for members in families:
        family = [f for f in members if f.p_value is not None]
        raw = [f.p_value for f in family if f.p_value is not None]
        for finding, p_value in zip(family, holm(raw) if raw else (), strict=True):
            adjusted[finding.id] = (p_value, len(family))
    return [
        _corrected(finding, adjusted.get(finding.id), terms, gate_is_open=gate_is_open)
        for finding in findings
    ]


def _corrected(
    finding: Finding, adjusted: tuple[float, int] | None, terms: Terms, *, gate_is_open: bool
) -> Finding:
    """A correction can only take an outcome away."""
    outcome, withheld = finding.outcome, finding.withheld
    untested = finding.role is FindingRole.SECONDARY and not gate_is_open
    if untested:
        adjusted = None
    if untested and outcome is not FindingOutcome.NOT_MEASURED:
        outcome, withheld = FindingOutcome.DESCRIPTIVE, ""
    elif adjusted is not None and adjusted[0] >= terms.alpha and outcome in _BY_TEST:
        outcome = FindingOutcome.INCONCLUSIVE
        withheld = (
            f"as one of {count_text(adjusted[1], 'comparison')} that are tested together it may "
            f"be chance ({p_text(adjusted[0], alpha=terms.alpha)} when corrected for them)"
        )
    changed = finding.model_copy(
        update={
            "p_adjusted": adjusted[0] if adjusted else None,
            "adjusted_over": adjusted[1] if adjusted else None,
            "outcome": outcome,
            "withheld": withheld,
        }
    )
    return changed.model_copy(update={"sentence": finding_sentence(changed)})
