"""What plan and build both need: the spec, the store, the machine, and everything found."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from evalreport.digest import digest_of
from evalreport.errors import DataError, KeyProblem, Problem
from evalreport.plan.acquire import acquire
from evalreport.plan.arms import holds_quantized
from evalreport.plan.make import make_plan
from evalreport.plan.model import Given, Plan
from evalreport.records import History
from evalreport.run.machine import this_environment, this_machine
from evalreport.spec.asked import endpoints_of
from evalreport.spec.load import LoadedSpec
from evalreport.spec.models import Spec
from evalreport.spec.places import Complaint
from evalreport.store.index import Index
from evalreport.store.store import Store

STORE = ".evalreport"
SMOKE = "smoke"  # the folder, below the store, in which smoke runs live


@dataclass(frozen=True, slots=True)
class Opened:
    """A spec with everything that a plan of it reads, and the plan."""

    given: Given
    plan: Plan
    store: Store
    damaged: tuple[str, ...]


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def open_plan(
    spec: Spec,
    loaded: LoadedSpec,
    store: Store,
    *,
    may_download: bool,
    strict_environment: bool = False,
) -> Opened:
    """Acquire what the spec names, and plan.

    Raises:
        DataError: A file cannot be used as it stands.
        EvalReportError: The store cannot be used.
    """
    machine = this_machine()
    hub = Path(STORE) / "hub"
    try:
        inputs = acquire(spec, loaded.folder, hub, store.file_digest, may_download=may_download)
    except DataError as error:
        raise DataError(*(_placed(one, loaded) for one in error.problems)) from error
    index = Index(store)
    history = History(
        pace={**_smoke_pace(store.folder), **store.paces()}, spreads=store.spreads(spec.name)
    )
    given = Given(
        spec=spec,
        inputs=inputs,
        machine=machine,
        history=history,
        index=index,
        environment=digest_of(
            "environment", this_environment(machine, quantized=holds_quantized(spec))
        )
        if strict_environment
        else None,
        keys=frozenset(
            name
            for one in endpoints_of(spec)
            if (name := one.api_key_env) is not None and os.environ.get(name)
        ),
    )
    plan = make_plan(given)
    # What a declaration is about is known only from the plan.
    registered = (
        store.registry.registration(plan.declared_subject) if plan.declared_subject else None
    )
    if registered is not None:
        given = replace(given, history=replace(history, registration=registered))
        plan = replace(plan, registration=registered)
    return Opened(given, plan, store, index.damaged)


def _placed(problem: Problem, loaded: LoadedSpec) -> Problem:
    """A problem of the data that a key of the spec caused, with the line of that key."""
    if not isinstance(problem, KeyProblem):
        return problem
    return loaded.positions.problem(Complaint(problem.key, problem.what, problem.hint))


def _smoke_pace(folder: Path) -> dict[str, float]:
    """What a smoke run measured, when there was one; a real build's measurement comes first."""
    if not (folder / SMOKE / "store.sqlite").exists():
        return {}
    smoke = Store(folder / SMOKE, now, to_look=True)
    try:
        return smoke.paces()
    finally:
        smoke.close()
