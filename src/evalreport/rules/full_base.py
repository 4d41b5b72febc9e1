"""The rule about a base in higher precision: is tuned better than what its base was before?"""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.sentences import measure_for, spoken
from evalreport.numbers import bound_text
from evalreport.records import Quantization
from evalreport.rules.against import Against, against
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, unchecked

# From coarse to fine.
_ORDER: Final = (Quantization.NF4, Quantization.INT8, Quantization.NONE)


def _precision(case: Case, layer: str, arm: str) -> Quantization | None:
    """The coarsest quantization in which an arm answered a layer."""
    held = [
        block.weights.quantization
        for block in case.evidence.of_arm(layer, arm)
        if block.weights is not None
    ]
    return min(held, key=_ORDER.index, default=None)


def _finer_bases(case: Case, layer: str) -> tuple[str, ...]:
    """The arms that are the base, and answered a layer in higher precision than tuned."""
    tuned = _precision(case, layer, "tuned")
    if tuned is None:
        return ()
    return tuple(
        name
        for name, arm in case.evidence.arms.items()
        if name != "base" and all(one.subject.kind == "base" for one in arm.replicates)
        if (held := _precision(case, layer, name)) is not None
        and _ORDER.index(held) > _ORDER.index(tuned)
    )


def _asked(case: Case) -> Iterator[tuple[Finding, str]]:
    """Each primary and guard with each finer base that answered its layer."""
    for declared in (*case.primaries, *case.findings.by_role(FindingRole.GUARD)):
        for arm in _finer_bases(case, declared.layer):
            yield declared, arm


def _full_base(case: Case) -> tuple[Said, ...]:
    said = []
    for declared, arm in _asked(case):
        cites = dict.fromkeys((declared.id, *case.primary_cites))
        made = next((one for one in against(case, declared) if one.arm == arm), None)
        if made is None:
            text = (
                f"Whether tuned holds its own against {arm} on {spoken(declared)} is unknown: the "
                f"two were not compared. Add [tuned, {arm}] to `comparisons`."
            )
            said.append(unchecked(text, *cites))
        elif why := _objection(case, made):
            said.append(broken(why, *cites))
    return tuple(said)


def _objection(case: Case, made: Against) -> str:
    """What is not shown against the finer base, with its figures; empty when all is."""
    held = _precision(case, made.declared.layer, "tuned")
    opening = f"Tuned answers in {held}; {made.text}"
    margin = made.declared.lose_at_most
    if made.declared.role is FindingRole.PRIMARY:
        return "" if made.is_better else f"{opening}: no gain over the base in full is shown."
    if margin is None or (made.narrow is not None and made.narrow.low > -margin):
        return ""
    allowed = bound_text(margin, measure_for(made.declared))
    return (
        f"{opening}: that no more than the {allowed} allowed was lost holds, if at all, against "
        "the quantised base only."
    )


FULL_BASE: tuple[CaseRule, ...] = (
    Rule(
        id="full-base-unbeaten",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="A quantised tuned model holds its own against its base in higher precision.",
        why="Quantising costs points. Against a base that was quantised as well that loss cannot "
        "be seen, and whoever used the base in full precision has it all the same.",
        remedy="Answer in the precision of that base, or count what quantising costs as part of "
        "the price.",
        source="Dettmers et al. (2023), arXiv:2305.14314; own.",
        applies=lambda case: any(True for _ in _asked(case)),
        check=_full_base,
    ),
)
