"""plan: what a build would do, and why; nothing is run, and nothing leaves the machine."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from evalreport.commands.check import destination_lines, publish_as_json, publish_lines
from evalreport.commands.opening import STORE, Opened, now, open_plan
from evalreport.errors import EXIT_WRITTEN
from evalreport.estimates import NotEstimable
from evalreport.numbers import count_text, large_count_text, money_text, seconds_text
from evalreport.plan.emit import EMITTERS, Emitted, job_file
from evalreport.plan.model import Plan, PlannedStep
from evalreport.plan.money import Money, planned_money, spent_on
from evalreport.records import Corpus, StepKind, Unreachable
from evalreport.spec.asked import endpoints_of
from evalreport.spec.load import load_spec
from evalreport.spec.models import Spec
from evalreport.store.copying import half_restored
from evalreport.store.store import Store

_WORDS = {
    "reused": "reused",
    "will_run": "will run",
    "waits": "waits for the hub",
    "waits_for_people": "waits for people",
    "blocked": "blocked",
}


def plan(
    path: Path,
    overrides: Sequence[str],
    *,
    form: Literal["json"] | Emitted | None,
    strict_environment: bool,
) -> int:
    """Print the plan of a spec, or a job file that does it; always succeeds with a right spec.

    Args:
        path: Of the spec.
        overrides: `--set` values.
        form: None for people.
        strict_environment: Whether other versions of packages count as changes.

    Raises:
        SpecError: The spec is not right.
        DataError: A file that it names cannot be used.
    """
    loaded = load_spec(path, overrides)
    problem = half_restored(Path(STORE))
    if problem is not None:
        sys.stderr.write(f"warning: {problem.what}\n")
    store = Store(Path(STORE), now, to_look=True)
    opened = open_plan(
        loaded.spec, loaded, store, may_download=False, strict_environment=strict_environment
    )
    if form == "json":
        said = _as_json(opened, loaded.spec)
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    elif form is not None:
        job = job_file(
            opened.given,
            opened.plan,
            spec_path=path.as_posix(),
            overrides=overrides,
            steps=_step_lines(opened.plan, loaded.spec),
            kind=form,
            strict_environment=strict_environment,
        )
        sys.stdout.write(EMITTERS[form](job))
    else:
        sys.stdout.write(plan_text(opened, loaded.spec))
        for entry in opened.damaged:
            sys.stdout.write(f"damaged, and run again: {entry}\n")
    store.close()
    return EXIT_WRITTEN


def plan_text(opened: Opened, spec: Spec, *, with_power: bool = True) -> str:
    """A plan as it is printed: a line a dataset and a step, then totals and the power line."""
    made = opened.plan
    names = [f"data {name}" for name in opened.given.inputs.corpora]
    wide = max(map(len, [*names, *(planned.step.id for planned in made.steps)]), default=0)
    lines = [
        f"{name.ljust(wide, '.')} {_data(found)}"
        for name, found in zip(names, opened.given.inputs.corpora.values(), strict=True)
    ]
    lines += [line for planned in made.steps for line in _step(planned, wide, spec)]
    lines += [f"arm {name} is declared, and no layer asks it" for name in unasked_arms(opened)]
    lines.append(_totals(made, spec))
    lines += destination_lines(spec)
    if spec.cost.limit is not None:
        limit = money_text(spec.cost.limit, spec.cost.currency)
        of = spent_on(spec)
        lines.append(f"one build may spend {limit} of {of} (cost.limit)")
    if made.power is not None and with_power:
        lines.append(made.power.text)
    lines += publish_lines(spec)
    return "\n".join(lines) + "\n"


def _step_lines(made: Plan, spec: Spec) -> list[str]:
    """The steps of a plan and what they come to, for the head of a job file."""
    wide = max((len(planned.step.id) for planned in made.steps), default=0)
    power = [] if made.power is None else [made.power.text]
    steps = [line for planned in made.steps for line in _step(planned, wide, spec)]
    return [*steps, _totals(made, spec), *destination_lines(spec), *power]


def _step(planned: PlannedStep, wide: int, spec: Spec) -> Iterator[str]:
    """A line for a step, and one below it for each endpoint that it calls."""
    yield _line(planned, wide)
    for one in planned.calls:
        most = "" if one.is_measured else "at most "
        sent = large_count_text(one.prompt_tokens, "tokens")
        written = large_count_text(one.tokens, "tokens")
        facts = [
            count_text(one.calls, "call"),
            f"{most}{sent} sent and {written} written",
            one.amount.not_estimable
            if isinstance(one.amount, NotEstimable)
            else f"{most}{money_text(one.amount, spec.cost.currency)}",
        ]
        if one.seconds is not None:
            facts.append(f"about {seconds_text(one.seconds)}")
        yield f"  {one.name}: {', '.join(facts)}"


def _data(found: Corpus | Unreachable) -> str:
    """How many items, from where, and what splitting and reading them came to."""
    if isinstance(found, Corpus):
        head = f"{count_text(len(found.items), 'item')} for {found.role.value}"
        return " ".join((f"{head}, {found.origin}.", *found.notes)).removesuffix(".")
    rows = found.expected_rows
    expected = f" ({count_text(rows, 'row')} expected)" if rows is not None else ""
    if found.awaited:
        return f"{_WORDS['waits']}: `build` fetches {found.awaited}{expected}"
    return f"not here: {found.reason}{expected}"


def unasked_arms(opened: Opened) -> list[str]:
    """Arms of the spec that no layer names, so that nothing will be known about them."""
    asked = {arm for layer in opened.given.spec.evaluation.layers for arm in layer.arms}
    return [name for name in opened.given.spec.arms if name not in asked]


def _line(planned: PlannedStep, wide: int) -> str:
    facts = [_WORDS[planned.status]]
    if planned.reason:
        facts.append(planned.reason)
    if planned.status == "will_run":
        if planned.missing == planned.step.items and planned.missing:
            what = "judgment" if planned.step.kind is StepKind.JUDGE else "item"
            facts.append(count_text(planned.missing, what))
        if planned.new_tokens:
            facts.append(f"at most {large_count_text(planned.new_tokens, 'new tokens')}")
        if planned.seconds is not None:
            facts.append(f"about {seconds_text(planned.seconds)}")
    return f"{planned.step.id.ljust(wide, '.')} {': '.join(facts[:2])}" + "".join(
        f", {fact}" for fact in facts[2:]
    )


def _totals(made: Plan, spec: Spec) -> str:
    counts = dict.fromkeys(_WORDS, 0)
    for planned in made.steps:
        counts[planned.status] += 1
    running = [planned for planned in made.steps if planned.status == "will_run"]
    known = [planned.seconds for planned in running if planned.seconds is not None]
    unknown = len(running) - len(known) + counts["waits"]
    if unknown:
        first = "a first build or --smoke measures it"
        why = "`build` fetches data and models first" if counts["waits"] else first
        time = f"time unknown for {count_text(unknown, 'step')} ({why})"
    elif running:
        time = f"about {seconds_text(sum(known))}"
    else:
        time = "nothing to run"
    waits = f" {counts['waits']} wait for the hub," if counts["waits"] else ""
    if counts["waits_for_people"]:
        verb = "waits" if counts["waits_for_people"] == 1 else "wait"
        waits += f" {counts['waits_for_people']} {verb} for people,"
    money = _money(planned_money(made.steps, spec), spec.cost.currency)
    return (
        f"{count_text(counts['reused'], 'step')} reused, {counts['will_run']} will run,"
        f"{waits} {counts['blocked']} blocked; {time}; money: {money}"
    )


def _money(money: Money, currency: str) -> str:
    if not money.known:
        return "; ".join(money.unknown) or "none"
    parts = []
    if money.machine:
        parts.append(f"about {money_text(money.machine, currency)} of machine time")
    if money.calls:
        most = "at most" if money.is_most else "about"
        parts.append(f"{most} {money_text(money.calls, currency)} of calls")
    known = " and ".join(parts)
    if not money.unknown:
        return known
    least = "" if money.is_most else "at least "
    return f"{least}{known}; {'; '.join(money.unknown)}"


def _money_as_json(money: Money, currency: str) -> dict[str, object]:
    if money.unknown and not money.known:
        return {"not_estimable": "; ".join(money.unknown)}
    amount: dict[str, object] = {"amount": money.known, "currency": currency}
    return amount | ({"at_least": True, "not_in_it": [*money.unknown]} if money.unknown else {})


def _as_json(opened: Opened, spec: Spec) -> dict[str, object]:
    made = opened.plan
    money = planned_money(made.steps, spec)
    return {
        "name": made.name,
        "datasets": {
            name: {"n": len(found.items), "origin": found.origin, "notes": [*found.notes]}
            if isinstance(found, Corpus)
            else {"missing": found.reason, "expected_rows": found.expected_rows}
            for name, found in opened.given.inputs.corpora.items()
        },
        "unasked_arms": unasked_arms(opened),
        "steps": [
            {
                "id": planned.step.id,
                "kind": planned.step.kind.value,
                "key": planned.step.key,
                "status": planned.status,
                "reason": planned.reason,
                "items": planned.step.items,
                "missing": planned.missing,
                "new_tokens": planned.new_tokens,
                "seconds": planned.seconds,
                **(
                    {"calls": [one.model_dump(mode="json") for one in planned.calls]}
                    if planned.calls
                    else {}
                ),
            }
            for planned in made.steps
        ],
        "destinations": sorted({one.destination for one in endpoints_of(spec)}),
        "money": _money_as_json(money, spec.cost.currency),
        "power": made.power.model_dump(mode="json") if made.power else None,
        **({"publish": publish_as_json(spec)} if spec.publish else {}),
    }
