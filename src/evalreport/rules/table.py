"""All rules, in the order of the report; adding one is one object and its line in a family."""

from functools import cache
from typing import Final

from evalreport.rules.arithmetic import ARITHMETIC
from evalreport.rules.base import Remark, Said, Status
from evalreport.rules.baseline import BASELINE
from evalreport.rules.case import Case, CaseRule
from evalreport.rules.classes import CLASSES
from evalreport.rules.coverage import COVERAGE
from evalreport.rules.curves import CURVES
from evalreport.rules.data import DATA
from evalreport.rules.declared import DECLARED
from evalreport.rules.exaggeration import EXAGGERATION
from evalreport.rules.full_base import FULL_BASE
from evalreport.rules.imported_items import IMPORTED_ITEMS
from evalreport.rules.imported_owners import IMPORTED_JUDGES, IMPORTED_OWNERS
from evalreport.rules.imported_trust import IMPORTED_MEANING, IMPORTED_TRUST
from evalreport.rules.inference import INFERENCE
from evalreport.rules.judge_corrected import JUDGE_CORRECTED
from evalreport.rules.judge_fitness import JUDGE_FITNESS
from evalreport.rules.judge_orders import JUDGE_ORDERS
from evalreport.rules.judge_signs import JUDGE_SIGNS
from evalreport.rules.judges import JUDGES
from evalreport.rules.losses import LOSSES
from evalreport.rules.meaning import MEANING
from evalreport.rules.memorising import MEMORISING
from evalreport.rules.outputs import OUTPUTS
from evalreport.rules.overlap import OVERLAP
from evalreport.rules.picked import PICKED
from evalreport.rules.preflight import PREFLIGHT
from evalreport.rules.recorded_baseline import RECORDED_BASELINE
from evalreport.rules.recorded_costs import RECORDED_COSTS
from evalreport.rules.recorded_inference import RECORDED_INFERENCE
from evalreport.rules.recorded_meaning import RECORDED_MEANING
from evalreport.rules.registered import REGISTERED
from evalreport.rules.same_answers import SAME_ANSWERS
from evalreport.rules.shipped import SHIPPED
from evalreport.rules.test_sets import TEST_SETS
from evalreport.rules.train_losses import TRAIN_LOSSES
from evalreport.rules.training import TRAINING

RULES: Final[tuple[CaseRule, ...]] = (
    *MEANING,
    *LOSSES,
    *RECORDED_MEANING,
    *RECORDED_COSTS,
    *IMPORTED_MEANING,
    *BASELINE,
    *FULL_BASE,
    *SHIPPED,
    *OUTPUTS,
    *COVERAGE,
    *SAME_ANSWERS,
    *RECORDED_BASELINE,
    *IMPORTED_OWNERS,
    *IMPORTED_ITEMS,
    *IMPORTED_TRUST,
    *OVERLAP,
    *DATA,
    *TEST_SETS,
    *INFERENCE,
    *EXAGGERATION,
    *DECLARED,
    *REGISTERED,
    *PICKED,
    *RECORDED_INFERENCE,
    *CLASSES,
    *JUDGE_ORDERS,
    *JUDGES,
    *JUDGE_SIGNS,
    *JUDGE_FITNESS,
    *JUDGE_CORRECTED,
    *IMPORTED_JUDGES,
    *PREFLIGHT,
    *TRAINING,
    *CURVES,
    *TRAIN_LOSSES,
    *ARITHMETIC,
    *MEMORISING,
)


_REMEDIES: Final = {rule.id: rule.remedy or rule.why for rule in RULES}


def remedy_of(remark: Remark) -> str:
    """What to do about a broken rule, in words, with its id behind them."""
    words = _REMEDIES.get(remark.rule, remark.text)
    return f"{words.removesuffix('.')} ({remark.rule})."


_CAVEATS: Final = frozenset(rule.id for rule in RULES if rule.is_caveat)


def is_caveat(rule: str) -> bool:
    """Whether a rule says how numbers were come by, and measures nothing itself."""
    return rule in _CAVEATS


_ABSENT: Final = frozenset(rule.id for rule in RULES if rule.is_absence)


def says_that_nobody_looked(rule: str) -> bool:
    """Whether a breach says that something was not looked at, and nothing of how it is."""
    return rule in _ABSENT


def review(case: Case) -> tuple[Remark, ...]:
    """What every rule says about a build: one remark at least for each rule."""
    return tuple(remark for rule in RULES for remark in remarks_of(rule, case))


def remarks_of(rule: CaseRule, case: Case) -> tuple[Remark, ...]:
    """What one rule says about a build; one remark at least."""
    if not rule.applies(case):
        return (_claimed(rule, Status.NOT_APPLICABLE),)
    said = rule.check(case)
    return tuple(_remark(rule, one) for one in said) or (_claimed(rule, Status.KEPT),)


@cache
def _claimed(rule: CaseRule, status: Status) -> Remark:
    return _remark(rule, Said(status, rule.claim))


def _remark(rule: CaseRule, said: Said) -> Remark:
    return Remark(
        rule=rule.id,
        family=rule.family.value,
        severity=said.severity or rule.severity,
        status=said.status,
        text=said.text,
        cites=tuple(dict.fromkeys(said.cites)),
        subject=said.subject,
    )
