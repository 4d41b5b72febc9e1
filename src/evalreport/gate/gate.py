"""gate: a report and what is demanded of it -> every condition with what came of it.

Nothing is read here. What the report was held against (its spec, its items) is an argument, and
nothing that a report says of itself is believed that its own parts contradict.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from evalreport.analyze.findings import (
    FindingOutcome,
    FindingRole,
    Findings,
    Measurement,
)
from evalreport.analyze.sentences import spoken
from evalreport.gate.conditions import Condition, Demands, Gated, Held, NotHeld, State
from evalreport.gate.gain import gain_condition
from evalreport.numbers import count_text
from evalreport.report.bearing import bearing_of
from evalreport.report.model import Report, StepFacts
from evalreport.rules.base import Remark, Severity, Status
from evalreport.rules.registered import CHANGED_RULE
from evalreport.verdict import WITHOUT_STRENGTH, Outcome, Strength
from evalreport.verdict.grounds import LOSSES, WEAK_FROM, Grounds, grounds_of, outcome_of
from evalreport.verdict.required import shortfall, unkept_text

_DECIDES: Final = (FindingRole.PRIMARY, FindingRole.GUARD)
# Outcomes that say by their name how guards stand; of the others a gate asks it.
_RETENTION_UNKNOWN: Final = (
    Outcome.BETTER_RETENTION_UNKNOWN,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_MEASURED,
    Outcome.INVALID_EVIDENCE,
)
_MAY_BE_LOST: Final = (Outcome.MIXED, Outcome.REGRESSION_WITHOUT_GAIN, Outcome.WORSE)
_STANDS: Final = {
    FindingOutcome.LOST: "is lost",
    FindingOutcome.REGRESSED: "got worse",
    FindingOutcome.RETAINED: "rests on evidence that does not count",
}


def gate(report: Report, demands: Demands, *, spec: Held | NotHeld, items: Held | NotHeld) -> Gated:
    """Hold a report against what is demanded of it.

    Args:
        report: As loaded.
        demands: What it must be to pass.
        spec: What came of holding it against its spec and data as they stand.
        items: What came of computing it again from its items.
    """
    grounds = grounds_of(
        Findings(findings=report.findings, measurements=report.measurements), report.remarks
    )
    gain = gain_condition(report.verdict.outcome, grounds, demands)
    declared = _declared(report, demands)
    caveats = gain.details if gain.state is State.OPEN else ()
    if declared.state is State.OPEN and declared.details:
        caveats = (*caveats, "that nothing declared was changed after results is taken on trust")
    return Gated(
        report.verdict,
        conditions=(
            _measured(report, demands),
            _held("items", "it says what its items give", items),
            _held("current", "it is of its spec and data as they stand", spec),
            _steps(report),
            declared,
            _rules(report, grounds, demands),
            _outcome(report, grounds, demands),
            gain,
            _strength(report, grounds, demands),
            _guards(report, grounds),
            _requirements(grounds),
        ),
        stamps=(*(("SIMULATED",) if _is_simulated(report) else ()), *_smoke(report)),
        caveat="; ".join(caveats),
    )


def _is_simulated(report: Report) -> bool:
    return report.simulated or any(finding.simulated for finding in report.findings)


def _smoke(report: Report) -> tuple[str, ...]:
    return ("SMOKE",) if report.smoke else ()


# May the report be believed?


def _measured(report: Report, demands: Demands) -> Condition:
    claim = "it was measured, and is no smoke run"
    is_simulated = _is_simulated(report)
    if report.smoke:
        why = "a smoke run shows that everything connects, and nothing else"
        return Condition("measured", claim, State.NOT_MET, why)
    if is_simulated and not demands.allow_simulated:
        why = "its models are simulated, so it says nothing about a real one (--allow-simulated)"
        return Condition("measured", claim, State.NOT_MET, why)
    if is_simulated:
        why = "its models are simulated, which --allow-simulated lets pass"
        return Condition("measured", claim, State.OPEN, why)
    why = "neither simulated nor a smoke run"
    elsewhere = [one.id for one in report.findings if one.role in _DECIDES and one.is_foreign]
    if elsewhere:
        why += f"; measured elsewhere, and taken as it was told: {', '.join(elsewhere)}"
    return Condition("measured", claim, State.MET, why, tuple(elsewhere))


def _held(name: str, claim: str, held: Held | NotHeld) -> Condition:
    if isinstance(held, NotHeld):
        state = State.UNTOLD if held.is_demanded else State.OPEN
        return Condition(name, claim, state, held.reason)
    if held.differences:
        return Condition(name, claim, State.NOT_MET, held.differences[0], held.differences)
    unseen = f"; not looked at: {'; '.join(held.unseen)}" if held.unseen else ""
    return Condition(name, claim, State.MET, f"{held.against}{unseen}", held.unseen)


def _steps(report: Report) -> Condition:
    """A step that failed or did not run closes the gate, since a rule may have wanted to look.

    One that waits for people closes it where the verdict rests on it.
    """
    claim = "every step is done"
    bearing = bearing_of(report.findings, report.measurements, report.remarks)
    missing = [one for one in report.steps if one.outcome in ("failed", "blocked")]
    waiting = [one for one in report.steps if one.outcome == "pending"]
    missing += [one for one in waiting if bearing.concerns_step(one.id)]
    if missing:
        told = tuple(f"{one.id} {_ended(one)}" for one in missing)
        return Condition("steps", claim, State.NOT_MET, _first_of(told, "step"), told)
    if not report.steps:
        return Condition("steps", claim, State.UNTOLD, "the report names no step of its build")
    done = f"{len(report.steps) - len(waiting):,} of {count_text(len(report.steps), 'step')} done"
    if not waiting:
        return Condition("steps", claim, State.MET, done)
    told = tuple(f"{one.id} {_ended(one)}" for one in waiting)
    why = f"{done}; the verdict does not rest on what waits: {_first_of(told, 'step')}"
    return Condition("steps", claim, State.MET, why, told)


def _ended(step: StepFacts) -> str:
    verb = {"failed": "failed", "blocked": "did not run"}.get(step.outcome, "is not done")
    return f"{verb}: {step.reason}" if step.reason else verb


def _declared(report: Report, demands: Demands) -> Condition:
    """A margin that was changed after the answers has no error rate, whatever else it does.

    Where nothing tells, as after the store was removed, a gate stays shut unless it is told to
    take the declaration on trust; a change that is known opens none.
    """
    claim = "what was declared was not changed after results existed"
    said = [remark for remark in report.remarks if remark.rule == CHANGED_RULE]
    broken = tuple(one.text.rstrip(".") for one in said if one.status is Status.BROKEN)
    if broken:
        return Condition("declared", claim, State.NOT_MET, _first_of(broken, "change"), broken)
    unknown = tuple(one.text.rstrip(".") for one in said if one.status is Status.UNCHECKED)
    if unknown:
        if CHANGED_RULE in demands.accepted:
            why = f"taken on trust (--accept {CHANGED_RULE}): {unknown[0]}"
            return Condition("declared", claim, State.OPEN, why, unknown)
        why = f"{unknown[0]} (--accept {CHANGED_RULE} takes it on trust)"
        return Condition("declared", claim, State.UNTOLD, why, unknown)
    if not said:
        return Condition("declared", claim, State.UNTOLD, f"no remark of {CHANGED_RULE} is there")
    if all(one.status is Status.NOT_APPLICABLE for one in said):
        return Condition("declared", claim, State.OPEN, "no primary metric was declared")
    return Condition("declared", claim, State.MET, "before any output, and unchanged since")


def _rules(report: Report, grounds: Grounds, demands: Demands) -> Condition:
    claim = "no broken rule invalidates anything"
    invalidating = [r for r in report.remarks if r.severity is Severity.INVALIDATES]
    broken = [r for r in invalidating if r.status is Status.BROKEN]
    counted = [r for r in broken if r.rule not in demands.accepted]
    if counted:
        told = tuple(f"{r.rule}: {r.text}" for r in counted)
        others = _others(_names(counted))
        why = f"a broken rule invalidates {_cited(counted[0])}: {counted[0].rule}{others}"
        return Condition("rules", claim, State.NOT_MET, why, told)
    accepted, unchecked = (
        _names(broken),
        _names(r for r in invalidating if r.status is Status.UNCHECKED),
    )
    if not any(r.status is Status.KEPT for r in invalidating):
        named = f": {', '.join(unchecked)}" if unchecked else ""
        why = f"no rule that invalidates could be checked{named}"
        return Condition("rules", claim, State.UNTOLD, why)
    clauses = [f"broken and accepted: {', '.join(accepted)}"] if accepted else []
    clauses += _weakening(report, grounds, is_first=not accepted)
    clauses += [f"could not be checked: {', '.join(unchecked)}"] if unchecked else []
    why = "; ".join(clauses)
    return Condition("rules", claim, State.MET, why, tuple(f"{r.rule}: {r.text}" for r in broken))


def _weakening(report: Report, grounds: Grounds, *, is_first: bool) -> Iterator[str]:
    """How many broken rules invalidate nothing and weaken something, as clauses."""
    on_primary = _names(grounds.weakening)
    weakening = [r for r in report.remarks if r.severity is Severity.WEAKENS]
    broken = _names(r for r in weakening if r.status is Status.BROKEN)
    others = [name for name in broken if name not in on_primary]
    if is_first:
        also = "" if on_primary or others else " or weakens"
        yield f"none that invalidates{also} is broken"
    if on_primary:
        many = count_text(len(on_primary), "that weakens is", "that weaken are")
        yield f"{many}{'' if is_first else ' broken'}, see strength"
    if others:
        more = "more " if on_primary else ""
        many = count_text(len(others), f"{more}weakens", f"{more}weaken")
        yield f"{many} what the verdict does not rest on: {', '.join(others)}"


def _cited(remark: Remark) -> str:
    if not remark.cites:
        return "the evidence"
    return f"{remark.cites[0]}{' and more' if len(remark.cites) > 1 else ''}"


def _names(remarks: Iterable[Remark]) -> list[str]:
    return list(dict.fromkeys(one.rule for one in remarks))


# Is it good enough?


def _outcome(report: Report, grounds: Grounds, demands: Demands) -> Condition:
    allowed = demands.require - demands.forbid
    claim = f"the outcome is {_or(one.value for one in Outcome if one in allowed)}"
    said, own = report.verdict.outcome, outcome_of(grounds)
    details = (report.verdict.headline,)
    if said is not own:
        why = _contradicted(report, f"the outcome {said.value}", own.value)
    elif said in demands.forbid:
        why = f"the outcome is {said.value}, which is forbidden"
    elif said not in demands.require:
        required = _or(one.value for one in Outcome if one in demands.require)
        why = f"the outcome is {said.value}, and {required} is required"
    else:
        return Condition("outcome", claim, State.MET, said.value, details)
    return Condition("outcome", claim, State.NOT_MET, why, details)


def _contradicted(report: Report, said: str, own: str) -> str:
    return (
        f"the report says {said}, and what it holds gives {own}: it was changed, or made by "
        f"another version ({report.evalreport})"
    )


def _strength(report: Report, grounds: Grounds, demands: Demands) -> Condition:
    is_full = demands.strength is Strength.FULL
    claim = "the evidence is of full strength" if is_full else "the evidence is weak or full"
    verdict = report.verdict
    if verdict.outcome in WITHOUT_STRENGTH:
        names = ", ".join(_names(grounds.weakening))
        aside = f" (broken: {names})" if names else ""
        why = f"{verdict.outcome.value} has no strength to speak of{aside}"
        return Condition("strength", claim, State.OPEN, why, _reasons(grounds))
    if verdict.strength is not grounds.strength:
        why = _contradicted(report, f"{verdict.strength.value} strength", grounds.strength.value)
        return Condition("strength", claim, State.NOT_MET, why)
    if verdict.strength is Strength.FULL:
        return Condition("strength", claim, State.MET, _full(grounds), _reasons(grounds))
    reasons = _reasons(grounds)
    broken = [f"broken: {', '.join(_names(grounds.weakening))}"] if grounds.weakening else []
    because = "; ".join((*grounds.doubts, *broken))
    if not is_full:
        why = f"weak, which is let pass ({because})"
        return Condition("strength", claim, State.MET, why, reasons)
    why = f"the evidence is weak, and full strength is required ({because})"
    return Condition("strength", claim, State.NOT_MET, why, reasons)


def _reasons(grounds: Grounds) -> tuple[str, ...]:
    return (*grounds.doubts, *(f"{one.rule}: {one.text}" for one in grounds.weakening))


def _full(grounds: Grounds) -> str:
    """Full, and what counts against it all the same."""
    names = _names(grounds.weakening)
    if not names:
        return "full"
    count = count_text(len(names), "broken rule counts", "broken rules count")
    limit = count_text(WEAK_FROM)
    return f"full; {count} against it ({', '.join(names)}), and {limit} would make it weak"


def _guards(report: Report, grounds: Grounds) -> Condition:
    """Of tuned and of what was made of it: what ships is gated too."""
    claim = "what must not be lost is retained"
    held = (*grounds.guards, *grounds.exported)
    if not held:
        return Condition("guards", claim, State.OPEN, "no guard was declared")
    lost: list[str] = []
    unshown: list[str] = []
    for guard in held:
        if guard.outcome is FindingOutcome.RETAINED and guard.id not in grounds.void:
            continue
        if guard in grounds.exported:
            told = unkept_text(guard, grounds.void)
        else:
            told = f"{spoken(guard)} {_STANDS.get(guard.outcome, 'is not shown to be retained')}"
        (lost if guard.outcome in LOSSES else unshown).append(told)
    outcome, told_all = report.verdict.outcome, (*lost, *unshown)
    if not told_all:
        return Condition("guards", claim, State.MET, f"{count_text(len(held), 'guard')} retained")
    is_named = outcome in _MAY_BE_LOST or (outcome in _RETENTION_UNKNOWN and not lost)
    if is_named:
        why = f"the outcome {outcome.value} says so: {_first_of(told_all, 'guard')}"
        return Condition("guards", claim, State.OPEN, why, told_all)
    return Condition("guards", claim, State.NOT_MET, _first_of(told_all, "guard"), told_all)


def _requirements(grounds: Grounds) -> Condition:
    claim = "every requirement is met"
    if not grounds.required:
        return Condition("requirements", claim, State.OPEN, "none was declared")
    unmet = grounds.unmet
    if not unmet:
        why = f"{count_text(len(grounds.required), 'requirement')} met"
        return Condition("requirements", claim, State.MET, why)
    missed = [one for one in unmet if one.met is False or one.id in grounds.void]
    untold = [one for one in unmet if one not in missed]
    told = tuple(_short(one, grounds) for one in (*missed, *untold))
    state = State.NOT_MET if missed else State.UNTOLD
    return Condition("requirements", claim, state, _first_of(told, "requirement"), told)


def _short(one: Measurement, grounds: Grounds) -> str:
    doubt = ", on evidence that does not count" if one.id in grounds.void else ""
    why = f" ({one.note})" if one.met is None and one.note else ""
    return f"{shortfall(one)}{doubt}{why}"


# Words


def _first_of(told: Sequence[str], noun: str) -> str:
    """The first, and how many more of them there are."""
    more = len(told) - 1
    return f"{told[0]} (and {count_text(more, f'more {noun}')})" if more else told[0]


def _others(names: Sequence[str]) -> str:
    return f" (and {count_text(len(names) - 1, 'more rule')})" if len(names) > 1 else ""


def _or(names: Iterable[str]) -> str:
    every = list(names)
    return " or ".join([", ".join(every[:-1]), every[-1]] if every[1:] else every) or "none"
