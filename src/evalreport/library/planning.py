"""A plan in Python: what a build would do, and what it could see."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalreport.library.displayed import print_as_text
from evalreport.library.frames import COUNT, NUMBER, WORDS, frame_of
from evalreport.library.specs import File, Overrides, overrides_text
from evalreport.plan.model import Plan, PowerLine

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LoadedPlan:
    """What a build of a spec would do now; as a string, what `evalreport plan` prints.

    Attributes:
        plan: The plan with every value in it.
        text: As it is printed.

    Example:
        >>> plan = evalreport.plan_build("specs/quickstart/spec.yaml")
        >>> plan.steps().status.unique().tolist()
        ['will_run']
    """

    plan: Plan
    text: str

    def __repr__(self) -> str:
        """Which spec, and how much of it would run."""
        running = sum(planned.status == "will_run" for planned in self.plan.steps)
        return f"<LoadedPlan {self.plan.name}: {len(self.plan.steps)} steps, {running} will run>"

    def __str__(self) -> str:
        """As `evalreport plan` prints it."""
        return self.text

    _repr_pretty_ = print_as_text

    @property
    def power(self) -> PowerLine | None:
        """What the primary comparison could see; None where none is planned."""
        return self.plan.power

    def steps(self) -> "DataFrame":
        """One row a step: whether it is reused or will run and why, and how much of it is missing.

        A step of which nobody knows how long it takes has no `seconds`.
        """
        columns = {
            **dict.fromkeys(("id", "kind", "status", "reason"), WORDS),
            **dict.fromkeys(("items", "missing", "new_tokens"), COUNT),
            "seconds": NUMBER,
        }
        rows = [
            {
                "id": planned.step.id,
                "kind": planned.step.kind.value,
                "status": planned.status,
                "reason": planned.reason or None,
                "items": planned.step.items,
                "missing": planned.missing,
                "new_tokens": planned.new_tokens,
                "seconds": planned.seconds,
            }
            for planned in self.plan.steps
        ]
        return frame_of(columns, rows)


def plan_build(
    path: File,
    *,
    overrides: Overrides | None = None,
    strict_environment: bool = False,
) -> LoadedPlan:
    """What `build` would do with a spec, and what its items could show; nothing is run or fetched.

    Args:
        path: A spec.
        overrides: Values for keys of it, as `--set` takes them.
        strict_environment: Whether other versions of packages count as changes.

    Raises:
        SpecError: The spec is not right.
        DataError: A file that it names cannot be used.

    Example:
        >>> plan = evalreport.plan_build("specs/quickstart/spec.yaml")
        >>> plan.power.decision
        'go'
    """
    from evalreport.commands.opening import STORE, now, open_plan
    from evalreport.commands.plan import plan_text
    from evalreport.spec.load import load_spec
    from evalreport.store.store import Store

    loaded = load_spec(Path(path), overrides_text(overrides))
    store = Store(Path(STORE), now, to_look=True)
    try:
        opened = open_plan(
            loaded.spec, loaded, store, may_download=False, strict_environment=strict_environment
        )
    finally:
        store.close()
    damaged = "".join(f"damaged, and run again: {entry}\n" for entry in opened.damaged)
    return LoadedPlan(opened.plan, plan_text(opened, loaded.spec) + damaged)
