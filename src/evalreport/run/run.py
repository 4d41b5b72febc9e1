"""run: do what the plan says is missing, and hand back all that was observed."""

from collections.abc import Sequence
from typing import Final

from evalreport.digest import digest_model
from evalreport.evidence import Evidence, earlier_trainings
from evalreport.layers.imported import Imported
from evalreport.layers.recorded import Recorded
from evalreport.plan.model import Given, Plan
from evalreport.plan.preflight_found import stops_all
from evalreport.records import Blocked, Done, Item, Step, StepKind
from evalreport.run.asking import Asking, answer, by_lease, to_ask
from evalreport.run.importing import import_outputs
from evalreport.run.judging import judge_layers
from evalreport.run.place import Place, Seen
from evalreport.run.preflight import (
    check_before_training,
    check_only,
    found_before,
    stopped,
)
from evalreport.run.rating import rate_layers
from evalreport.run.registry import declaration_of, note_outputs, registered, scored_arms
from evalreport.run.training import train_step

LEFT_OUT: Final = "left out:"  # how the reason of a step begins that the command line left out


def run(given: Given, plan: Plan, place: Place) -> Evidence:
    """Everything that the plan says is missing is done, and everything is read back.

    One failed step does not end the run: what does not need it goes on, and what needs it is
    blocked with the reason.

    Raises:
        KeyboardInterrupt: Stopped by the user; what was stored stays.
        EvalReportError: The store cannot be written.
    """
    seen = Seen()
    left_out = _left_out(plan, place)
    for planned in plan.steps:
        reason = left_out.get(planned.step.id)
        if reason is None and found_before(given, planned, place, seen):
            continue
        if planned.status in ("blocked", "waits") or reason is not None:
            seen.outcomes[planned.step.id] = Blocked(reason=reason or planned.reason)
        elif (held := stopped(planned.step, seen)) is not None:
            seen.outcomes[planned.step.id] = held
        elif planned.step.kind is StepKind.IMPORT:
            seen.outcomes[planned.step.id] = Done(reused=True, seconds=0.0)
        elif planned.step.subject is not None or planned.step.kind is StepKind.RATE:
            continue  # weights are asked together, below, and people's files read after that
        elif place.over_limit is not None and planned.status != "reused":
            seen.outcomes[planned.step.id] = Blocked(reason=place.over_limit)
        elif planned.step.kind is StepKind.TRAIN:
            train_step(given, planned, place, seen)
        elif planned.step.kind is StepKind.PREFLIGHT:
            check_before_training(given, planned.step, place, seen)
    asking = to_ask(given, plan, seen)
    declaration = declaration_of(given.spec, plan, place, asking)
    note_outputs(declaration, place, asking)
    groups = by_lease(asking)
    _look_first(given, plan, place, seen, groups)
    for group in groups:
        answer(given, plan, group, place, seen, declaration)
    outputs = import_outputs(given)
    blocks = {**seen.blocks, **outputs.blocks}
    people = rate_layers(given, plan, place, seen, blocks)  # a wrong file costs no call of a judge
    said = judge_layers(given, plan, place, seen, blocks, declaration)
    for planned in plan.steps:
        if planned.step.id not in seen.outcomes:
            reason = place.over_limit or "nothing was asked after it"
            seen.outcomes[planned.step.id] = stopped(planned.step, seen) or Blocked(reason=reason)
    registration = registered(plan, place, seen, declaration, asking)
    place.store.use(
        given.spec.name,
        {
            planned.step.id: planned.step.key
            for planned in plan.steps
            if isinstance(seen.outcomes[planned.step.id], Done)
            and planned.step.kind not in (StepKind.IMPORT, StepKind.RATE)
        },
    )
    scored, elsewhere = scored_arms(given, plan, place, seen)
    recorded = [one for one in given.spec.evaluation.layers if isinstance(one, Recorded)]
    taken_up = [one for one in recorded if _is_done(f"import {one.name}", seen)]
    imported = [one for one in given.spec.evaluation.layers if isinstance(one, Imported)]
    results = {
        one.name: given.inputs.results[one.name]
        for one in imported
        if _is_done(f"import {one.name}", seen)
    }
    totals = {name: one.published for name, one in results.items() if one.published is not None}
    judged = {name: one.judging for name, one in results.items() if one.judging is not None}
    items: dict[tuple[str, str], tuple[Item, ...]] = {}
    for layer in given.spec.evaluation.layers:
        if layer.blocked_reason() is None and all(n in given.found for n in layer.datasets()):
            items |= {(layer.name, part): chosen for part, chosen in layer.items(given.found)}
    return Evidence(
        plan=plan,
        corpora=given.inputs.corpora,
        items=items,
        outcomes=seen.outcomes,
        blocks=blocks,
        trainings=seen.trainings,
        registration=registration,
        scored=scored,
        scored_elsewhere=elsewhere,
        published={layer.name: layer.published() for layer in taken_up} | totals,
        judged=said,
        people=people,
        judging={layer.name: told for layer in taken_up if (told := layer.judging()) is not None}
        | judged,
        results=results,
        integrity={name: one.integrity for name, one in results.items()} | dict(outputs.integrity),
        recorded_training=given.inputs.recorded_training,
        preflights=seen.preflights,
        environment=place.environment,
        machine=given.machine,
        damaged=tuple(seen.damaged),
        earlier=earlier_trainings(given.inputs, plan),
        notes=tuple(
            f"{one.step.id}: {note}" for one in asking for note in place.store.notes(one.step.key)
        ),
    )


def _is_done(step: str, seen: Seen) -> bool:
    return isinstance(seen.outcomes.get(step), Done)


def _look_first(
    given: Given, plan: Plan, place: Place, seen: Seen, groups: Sequence[Sequence[Asking]]
) -> None:
    """Look at base and tuned before either is asked, also where they are loaded apart.

    The first lease that asks looks at its own weights when it has loaded them. Where nothing is
    asked (`--until` a preflight step), weights are looked at for themselves.
    """
    own = {need for one in (groups[0] if groups else ()) for need in one.step.needs}
    asked = {need for group in groups for one in group for need in one.step.needs}
    leases: dict[str, list[Step]] = {}
    for planned in plan.steps:
        step = planned.step
        if step.kind is not StepKind.PREFLIGHT or step.id in seen.outcomes or step.lease is None:
            continue
        if step.id in own or (step.id in asked and not stops_all(step)):
            continue
        leases.setdefault(digest_model(step.lease), []).append(step)
    for steps in leases.values():
        if place.over_limit is None and seen.stopped is None:
            check_only(given, plan, steps, place, seen)


def _left_out(plan: Plan, place: Place) -> dict[str, str]:
    """Steps that the command line left out, and in which words; what is done stays done.

    What a step needs goes with it.
    """
    reasons: dict[str, str] = {}
    if place.only is not None:
        words = f"{LEFT_OUT} --only {', '.join(sorted(place.only))}"
        needs = {p.step.id: p.step.needs for p in plan.steps}
        wanted: set[str] = set()
        found = [p.step.id for p in plan.steps if p.step.layer in place.only]
        while found:
            step = found.pop()
            wanted.add(step)
            found += [need for need in needs.get(step, ()) if need not in wanted]
        reasons |= {p.step.id: words for p in plan.steps if p.step.id not in wanted}
    if place.until is not None:
        ids = [planned.step.id for planned in plan.steps]
        after = ids[ids.index(place.until) + 1 :]
        reasons |= dict.fromkeys(after, f"{LEFT_OUT} --until {place.until}")
    done = {planned.step.id for planned in plan.steps if planned.status == "reused"}
    return {step: reason for step, reason in reasons.items() if step not in done}
