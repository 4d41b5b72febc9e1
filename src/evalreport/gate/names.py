"""Names on the command line -> demands; of a name that is none, the nearest that is one."""

from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.errors import EvalReportError, Problem
from evalreport.gate.conditions import Demands
from evalreport.rules.base import Severity
from evalreport.rules.registered import CHANGED_RULE
from evalreport.rules.table import RULES
from evalreport.spec.nearest import did_you_mean
from evalreport.verdict import Outcome, Strength

ANY: Final = "any"
_INVALIDATES: Final = "invalidates"  # as a rule's `varies` says it
# What says nothing about the model passes only by its name.
_ANY: Final = frozenset(Outcome) - {Outcome.INVALID_EVIDENCE, Outcome.NOT_MEASURED}


def demands_of(
    require: Sequence[str],
    forbid: Sequence[str],
    accept: Sequence[str],
    *,
    strength: Strength,
    allow_simulated: bool,
    gain_reached: bool = False,
) -> Demands:
    """What was demanded, from names divided by commas.

    Without a required outcome it is `better`, also where others are forbidden: what passes is
    named, so that nothing passes because nobody thought of it.

    Raises:
        EvalReportError: A name is none, a rule closes no gate that accepting it would open, or
            nothing could pass; with every problem.
    """
    known = [one.value for one in Outcome]
    required, forbidden = _names(require), _names(forbid)
    accepted = _names(accept)
    problems = [
        *_unknown("--require", required, [*known, ANY], "outcomes"),
        *_unknown("--forbid", forbidden, known, "outcomes"),
        *_unknown("--accept", accepted, [rule.id for rule in RULES], "rules"),
        *_without_effect(accepted),
    ]
    if problems:
        raise EvalReportError(*problems)
    wanted = frozenset(Outcome(one) for one in required if one != ANY)
    if ANY in required:
        wanted |= _ANY
    demands = Demands(
        require=wanted or frozenset({Outcome.BETTER}),
        forbid=frozenset(map(Outcome, forbidden)),
        strength=strength,
        accepted=frozenset(accepted),
        allow_simulated=allow_simulated,
        gain_reached=gain_reached,
    )
    if not demands.require - demands.forbid:
        what = "every outcome that is required is forbidden too, so nothing could pass"
        hint = f"name others with --require, or --require {ANY}"
        raise EvalReportError(Problem(f"--forbid {','.join(forbidden)}", what, hint))
    return demands


def _names(given: Sequence[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",")]


def _without_effect(accepted: Sequence[str]) -> Iterator[Problem]:
    """Rules whose acceptance could open nothing: who names one has misread what closes the gate."""
    rules = {rule.id: rule for rule in RULES}
    for name in accepted:
        rule = rules.get(name)
        where = f"--accept {name}"
        if rule is None:
            continue
        if name == CHANGED_RULE:
            continue  # that nothing tells of a change can be taken on trust; a change cannot
        if rule.severity is Severity.NOTE and _INVALIDATES not in rule.varies:
            yield Problem(where, "this rule only notes, and closes no gate", "leave it out")
        elif rule.severity is Severity.WEAKENS and _INVALIDATES not in rule.varies:
            what = "this rule invalidates nothing: where it is broken, it weakens the evidence"
            yield Problem(where, what, "--strength weak lets weak evidence pass")


def _unknown(
    option: str, names: Sequence[str], known: Sequence[str], what: str
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, what=what)
            yield Problem(f"{option} {name}", f"there is no such {what.removesuffix('s')}", hint)
