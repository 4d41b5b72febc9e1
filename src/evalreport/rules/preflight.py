"""Rules about what was found before anything was asked: what was waived, and what nobody knows."""

from collections.abc import Callable
from typing import Final

from evalreport.records import Adapter, Check, CheckName, Done, Step, StepKind, Trained
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_answers, unchecked
from evalreport.training.options import Full

# Without these the tuned arm may not be what it is called.
_IDENTITY: Final[frozenset[CheckName]] = frozenset(
    {"adapter_base", "adapter_weights", "adapter_active", "base_restored"}
)
_FORM: Final[frozenset[CheckName]] = frozenset(
    {"chat_template", "prompt_is_prefix", "end_of_turn_learned"}
)
_OTHERS: Final[frozenset[CheckName]] = frozenset({"stop_token", "truncation", "memory"})


def _checks(case: Case, names: frozenset[CheckName]) -> list[tuple[Step, Check]]:
    return [
        (planned.step, check)
        for planned in case.evidence.plan.steps
        if (log := case.evidence.preflights.get(planned.step.id)) is not None
        for check in log.checks
        if check.name in names
    ]


def _said(case: Case, names: frozenset[CheckName]) -> tuple[Said, ...]:
    waived = case.spec.preflight.waived
    said = []
    for step, check in _checks(case, names):
        whose = step.id.removeprefix("preflight ")
        text = f"{'Before training' if step.arm is None else f'Of {whose}'}: {check.text}"
        if check.status == "failed" and check.name in waived:
            lets = f"{text}; the spec lets this pass: {waived[check.name].rstrip('.')}."
            said.append(broken(lets, *_about(case, step)))
        elif check.status == "failed":
            said.append(broken(f"{text}; it was not asked.", severity=Severity.NOTE))
        elif check.status == "unchecked":
            said.append(unchecked(f"{text}."))
    return tuple(said)


def _never_looked_at(case: Case) -> list[Step]:
    """Steps with adapters whose answers were here already, and no check of the weights with them.

    Weights are not loaded for checks alone, so that nothing else would tell.
    """
    return [
        step
        for planned in case.evidence.plan.steps
        if (step := planned.step).kind is StepKind.ASK
        and isinstance(step.subject, Adapter | Trained)
        and not (isinstance(step.subject, Trained) and isinstance(case.spec.adapter, Full))
        and isinstance(outcome := case.evidence.outcomes.get(step.id), Done)
        and outcome.reused
        and not any(need in case.evidence.preflights for need in step.needs)
    ]


def _adapters(case: Case) -> tuple[Said, ...]:
    """What was found about adapters, and about which of them nothing was."""
    names = (
        f"{step.arm} seed {step.seed}" if step.seed is not None else str(step.arm)
        for step in _never_looked_at(case)
    )
    return _said(case, _IDENTITY) + tuple(
        unchecked(f"Of {name}: its answers were here already, and no check of it is known.")
        for name in dict.fromkeys(names)
    )


def _has_adapters(case: Case) -> bool:
    return has_answers(case) and bool(_checks(case, _IDENTITY) or _never_looked_at(case))


def _about(case: Case, step: Step) -> tuple[str, ...]:
    """What a check of these weights speaks about: the findings that they take part in."""
    if step.arm is None:
        return case.primary_cites
    return tuple(finding.id for finding in case.findings.findings if step.arm in finding.arms)


def _found(names: frozenset[CheckName]) -> Callable[[Case], tuple[Said, ...]]:
    return lambda case: _said(case, names)


def _looked_at(names: frozenset[CheckName]) -> Callable[[Case], bool]:
    """Whether something was answered, and at least one of these was looked at before."""
    return lambda case: has_answers(case) and bool(_checks(case, names))


PREFLIGHT: tuple[CaseRule, ...] = (
    Rule(
        id="adapter-sound",
        family=Family.TRAINING,
        severity=Severity.INVALIDATES,
        varies="worth knowing where that adapter was not asked",
        claim="Every adapter is active, belongs to its base, and leaves the base as it was.",
        why="An adapter that changes nothing gives a confident 'no difference', and one that was "
        "made for another base of equal shapes gives noise. PEFT compares neither.",
        remedy="Mend what the check found instead of waiving it.",
        source="Threads about adapters that were silently ignored, in harnesses and servers.",
        applies=_has_adapters,
        check=_adapters,
    ),
    Rule(
        id="same-template",
        family=Family.TRAINING,
        severity=Severity.INVALIDATES,
        varies="worth knowing where that model was not asked",
        claim="No difference between the chat templates of training and evaluation was let pass.",
        why="The same adapter scored 26 % and 57 % in a report to a training tool, depending only "
        "on the template that it was asked with.",
        remedy="Ask with the chat template of the training.",
        source="Issue trackers of training tools.",
        applies=_looked_at(_FORM),
        check=_found(_FORM),
    ),
    Rule(
        id="preflight-waived",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="No other preflight check was waived or left open.",
        why="What was let pass before should be read beside what came out.",
        source="Own.",
        applies=_looked_at(_OTHERS),
        check=_found(_OTHERS),
    ),
)
