"""A rule about significance from too little: what it is worth when the power was low."""

from evalreport.analyze.decide import oriented
from evalreport.analyze.findings import FindingOutcome
from evalreport.analyze.sentences import gain_text, spoken
from evalreport.estimates import Estimate
from evalreport.numbers import rate_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_gain_to_find
from evalreport.stats.design_errors import design_errors
from evalreport.stats.quantiles import two_sided_z

_POWER = 0.5


def _type_m(case: Case) -> tuple[Said, ...]:
    said = []
    for primary in case.primaries:
        shown, gain = primary.difference, primary.gain_at_least
        if primary.outcome not in (FindingOutcome.BETTER, FindingOutcome.WORSE):
            continue
        if gain is None or not isinstance(shown, Estimate):
            continue
        ends = oriented(shown, higher_is_better=primary.higher_is_better)
        if ends is None or ends.low >= gain or -ends.high >= gain:
            continue  # it is shown to be larger than that
        error = (shown.high - shown.low) / 2 / two_sided_z(shown.level)
        if error <= 0:
            continue
        errors = design_errors(gain, error, alpha=case.spec.evaluation.alpha)
        if errors.power >= _POWER:
            continue
        wrong = (
            f" and have the wrong sign in {rate_text(errors.wrong_sign)} of cases"
            if errors.wrong_sign >= 0.01
            else ""
        )
        said.append(
            broken(
                f"If the true gain were the {gain_text(primary)} asked for, {spoken(primary)} "
                f"would be significant in {rate_text(errors.power)} of such tests, and those that "
                f"are exaggerate it {errors.exaggeration:.1f} times on average{wrong}.",
                primary.id,
            )
        )
    return tuple(said)


EXAGGERATION: tuple[CaseRule, ...] = (
    Rule(
        id="type-m",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="A significant primary had the power to be so at the gain worth having.",
        why="Where power is low, only estimates that happen to be too large become significant.",
        remedy="Repeat it on as many fresh items as the plan asks for, and quote that result.",
        source="Gelman and Carlin (2014), Perspectives on Psychological Science 9(6); Card et al. "
        "(2020), arXiv:2010.06595.",
        applies=has_gain_to_find,
        check=_type_m,
    ),
)
