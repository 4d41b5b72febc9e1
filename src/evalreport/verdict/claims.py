"""Claims -> rulings: each sentence that somebody says about the model, held against the evidence.

A ruling rests on what the spec declares, on findings and on what rules say, so that it can be
computed again from a report. Nothing that rests on evidence which does not count is supported.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from evalreport.analyze.findings import Findings
from evalreport.numbers import exact_text
from evalreport.rules.base import Remark, Status
from evalreport.rules.curves import is_jitter
from evalreport.rules.losses import is_of_unlike_rows
from evalreport.rules.table import says_that_nobody_looked
from evalreport.spec.arithmetic import computed, decimals_of, exactly
from evalreport.spec.claims import (
    Asserts,
    Claim,
    ClaimedExistence,
    ClaimedFinding,
    ClaimedRule,
    ClaimedSum,
    ClaimedValue,
)
from evalreport.spec.models import Spec
from evalreport.verdict.claimed_figures import rule_on_figure, rule_on_value, slack_of_claim
from evalreport.verdict.claimed_findings import rule_on_existence, rule_on_finding, rule_on_target
from evalreport.verdict.ruling import NOT_AS_NAMED, Hearing, Ruled, RuledClaim, Ruling

_NOTHING_NAMED: Final = "The sentence names nothing that could be measured."
_SHOWS: Final = "What would show it"
_INSTEAD: Final = "What could be measured in its place"
_NO_NUMBER: Final = "It could be measured, and no number of it is here."
_OF_NUMBERS: Final = ("value", "difference", "relative")
# Of several rules that a claim rests on, the worst decides.
_WORST_FIRST: Final[tuple[Ruling, ...]] = (
    "contradicted",
    "measures_something_else",
    "not_shown",
    "not_measured",
    "supported",
)


def rule_on_claims(
    spec: Spec, findings: Findings, remarks: tuple[Remark, ...]
) -> tuple[RuledClaim, ...]:
    """A ruling on every claim of a spec, in their order.

    Args:
        spec: With the claims, and what was declared.
        findings: What was found.
        remarks: What the rules say.
    """
    hearing = Hearing(spec, findings, remarks)
    return tuple(_ruled(claim, hearing) for claim in spec.claims)


def _ruled(claim: Claim, hearing: Hearing) -> RuledClaim:
    found = _ruling(claim.asserts, hearing)
    because = found.because
    if claim.needs is not None and found.ruling != "supported":
        told = _INSTEAD if claim.asserts == "unmeasurable" else _SHOWS
        because = f"{because} {told}: {claim.needs.rstrip('.')}."
    return RuledClaim(
        text=claim.text,
        source=claim.source or "",
        ruling=found.ruling,
        because=because,
        cites=tuple(dict.fromkeys(found.cites)),
    )


def _ruling(said: Asserts, hearing: Hearing) -> Ruled:
    match said:
        case ClaimedValue():
            return rule_on_value(said, hearing)
        case ClaimedFinding(is_said="met_target"):
            return rule_on_target(said, hearing)
        case ClaimedFinding() if said.is_said in _OF_NUMBERS:
            return rule_on_figure(said, hearing)
        case ClaimedFinding():
            return rule_on_finding(said, hearing)
        case ClaimedSum():
            return _sum(said)
        case ClaimedRule():
            return _rules(said, hearing.remarks)
        case ClaimedExistence():
            return rule_on_existence(said, hearing)
        case "unmeasurable":
            return Ruled("not_measured", _NOTHING_NAMED)
        case "unmeasured":
            return Ruled("not_measured", _NO_NUMBER)


# Sums


def _sum(said: ClaimedSum) -> Ruled:
    """Arithmetic, computed exactly, against the number that is claimed, within its rounding."""
    found = computed(said.recompute)
    written = said.value or said.at_least or said.at_most or "0"
    claimed, text = exactly(written), _as_written(written)
    gives = f"{said.recompute} = {exact_text(found, max(0, decimals_of(written)) + 2)}"
    if said.value is not None:
        allowed = slack_of_claim(said)
        holds = abs(found - claimed) <= allowed
        off = f"; {text} is claimed{_allowing(said, allowed)}"
        return Ruled("supported" if holds else "contradicted", f"{gives}{off}.")
    is_least = said.at_least is not None
    holds = found >= claimed if is_least else found <= claimed
    bound = f"; it is held against at {'least' if is_least else 'most'} {text}"
    return Ruled("supported" if holds else "contradicted", f"{gives}{bound}.")


def _as_written(written: str) -> str:
    return exact_text(exactly(written), max(0, decimals_of(written)))


def _allowing(said: ClaimedSum, allowed: Fraction) -> str:
    if said.within is None and said.about is None:
        return ""
    return f", give or take {exact_text(allowed)}"


# Rules


def _rules(said: ClaimedRule, remarks: Iterable[Remark]) -> Ruled:
    """A claim that stands and falls with rules: with the worst of what they say."""
    every = [*remarks]
    told = [_of_remark(remark) for rule in said.rule for remark in every if remark.rule == rule]
    missing = [rule for rule in said.rule if all(remark.rule != rule for remark in every)]
    told += [("not_measured", f"There is no rule {rule}.") for rule in missing]
    ruling = next(one for one in _WORST_FIRST if any(found == one for found, _ in told))
    texts = dict.fromkeys(text for found, text in told if found == ruling)
    return Ruled(ruling, " ".join(texts), said.rule)


def _of_remark(remark: Remark) -> tuple[Ruling, str]:
    match remark.status:
        case Status.KEPT:
            return "supported", f"The rule is kept: {_lowered(remark.text)}"
        case Status.BROKEN if is_jitter(remark) or is_of_unlike_rows(remark):
            return "not_shown", remark.text
        case Status.BROKEN if remark.rule in NOT_AS_NAMED:
            return "measures_something_else", remark.text
        case Status.BROKEN if says_that_nobody_looked(remark.rule):
            return "not_shown", remark.text
        case Status.BROKEN:
            return "contradicted", remark.text
        case Status.UNCHECKED:
            return "not_measured", remark.text
        case Status.NOT_APPLICABLE:
            return "not_measured", f"There is nothing to check for {remark.rule}."


def _lowered(claim: str) -> str:
    return f"{claim[:1].lower()}{claim[1:]}"
