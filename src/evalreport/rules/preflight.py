"""Rules about what was found before anything was asked: what was waived, and what nobody knows."""

from collections.abc import Callable
from typing import Final

from evalreport.records import Check, CheckName
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_answers, unchecked

# Without these the tuned arm may not be what it is called.
_IDENTITY: Final[frozenset[CheckName]] = frozenset(
    {"adapter_base", "adapter_weights", "adapter_active", "base_restored"}
)
_FORM: Final[frozenset[CheckName]] = frozenset(
    {"chat_template", "prompt_is_prefix", "end_of_turn_learned"}
)
_OTHERS: Final[frozenset[CheckName]] = frozenset({"stop_token", "truncation", "memory"})


def _checks(case: Case, names: frozenset[CheckName]) -> list[tuple[str, Check]]:
    return [
        (step.removeprefix("preflight "), check)
        for step, log in case.evidence.preflights.items()
        for check in log.checks
        if check.name in names
    ]


def _said(case: Case, names: frozenset[CheckName]) -> tuple[Said, ...]:
    waived = case.spec.preflight.waived
    said = []
    for whose, check in _checks(case, names):
        if check.status == "failed" and check.name in waived:
            text = f"Of {whose}, {check.text}; the spec lets this pass: {waived[check.name]}."
            said.append(broken(_sentence(text), *case.primary_cites))
        elif check.status == "failed":
            text = f"Of {whose}, {check.text}; it was not asked."
            said.append(broken(_sentence(text), severity=Severity.NOTE))
        elif check.status == "unchecked":
            said.append(unchecked(_sentence(f"Of {whose}, {check.text}.")))
    return tuple(said)


def _sentence(text: str) -> str:
    return text.replace("..", ".")


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
        claim="Every adapter is active, belongs to its base, and leaves the base as it was.",
        why="An adapter that changes nothing gives a confident 'no difference', and one that was "
        "made for another base of equal shapes gives noise. PEFT compares neither.",
        source="Threads about adapters that were silently ignored, in harnesses and servers.",
        applies=_looked_at(_IDENTITY),
        check=_found(_IDENTITY),
    ),
    Rule(
        id="same-template",
        family=Family.TRAINING,
        severity=Severity.INVALIDATES,
        claim="Training and evaluation use one chat template, and the end of the turn is learned.",
        why="The same adapter scored 26 % and 57 % in a report to a training tool, depending only "
        "on the template that it was asked with.",
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
