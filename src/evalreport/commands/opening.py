"""What plan and build both need: the spec, the store, the machine, and everything found."""

from dataclasses import dataclass
from datetime import UTC, datetime

from evalreport.digest import digest_of
from evalreport.plan import Given, Plan, make_plan
from evalreport.plan.acquire import acquire
from evalreport.records import History
from evalreport.run.machine import this_environment, this_machine
from evalreport.spec.load import LoadedSpec
from evalreport.spec.models import Spec
from evalreport.store.index import Index
from evalreport.store.store import Store
from evalreport.values import Json

STORE = ".evalreport"


@dataclass(frozen=True, slots=True)
class Opened:
    """A spec with everything that a plan of it reads, and the plan."""

    given: Given
    plan: Plan
    store: Store
    environment: dict[str, Json]
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
    environment = this_environment(machine)
    inputs = acquire(
        spec, loaded.folder, store.folder / "hub", store.file_digest, may_download=may_download
    )
    index = Index(store)

    def given(history: History) -> Given:
        return Given(
            spec=spec,
            inputs=inputs,
            machine=machine,
            history=history,
            index=index,
            environment=digest_of("environment", environment) if strict_environment else None,
        )

    history = History(pace=store.paces(), spreads=store.spreads(spec.name))
    first = make_plan(given(history))
    registered = store.registration(first.declared_subject) if first.declared_subject else None
    history = History(registration=registered, pace=history.pace, spreads=history.spreads)
    whole = given(history)
    plan = first if registered is None else _with_registration(first, history)
    return Opened(whole, plan, store, environment, tuple(index.damaged))


def _with_registration(plan: Plan, history: History) -> Plan:
    from dataclasses import replace

    return replace(plan, registration=history.registration)
