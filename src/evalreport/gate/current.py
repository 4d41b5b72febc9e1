"""Is a report of its spec as it stands, and of the data, models and files that stand beside it?

A spec's digest holds its values and no content: a test set that was exchanged, or an adapter that
was trained anew under the same path, leaves it as it was. So what can be read here is compared too.
What depends on the machine (precision, packages) is not: a report may come from another one.
"""

from collections.abc import Iterator
from typing import Final

from evalreport.gate.conditions import Held
from evalreport.plan.model import Inputs, LocatedModel, Plan
from evalreport.records import Adapter, Base, Corpus, Model, Step, StepKind, Subject, step_key
from evalreport.report.model import ArmFacts, Report
from evalreport.spec.load import LoadedSpec

# Steps whose keys hold what files say and nothing of the machine.
_OF_FILES: Final = (StepKind.IMPORT, StepKind.RATE)
_AGAIN: Final = "build it again"


def of_another_spec(report: Report, loaded: LoadedSpec) -> str:
    """That a report is of another spec or of another state of this one; empty where it is not."""
    if report.spec_digest == loaded.digest:
        return ""
    if report.name != loaded.spec.name:
        return f"it is the report of {report.name}, and {loaded.path} is {loaded.spec.name}"
    before = report.reproduce.overrides
    if {*before} != {one.text for one in loaded.overrides}:
        made = f"with {' '.join(f'--set {one}' for one in before)}" if before else "without --set"
        return f"it was built {made}, and is held against {loaded.path} otherwise; {_AGAIN}"
    return f"{loaded.path} has changed since the report was built; {_AGAIN}"


def held_against(report: Report, loaded: LoadedSpec, inputs: Inputs, plan: Plan) -> Held:
    """A report of this spec against what the spec names, as far as it can be read here.

    Args:
        report: Of this very spec.
        loaded: The spec.
        inputs: What it names.
        plan: What would be done with that.
    """
    changed, unseen = [], []
    for what, now, then in (*_data(report, inputs), *_weights(report, inputs, plan)):
        if now is None:
            unseen.append(what)
        elif now != then:
            changed.append(f"{what} is not what the report was built with; {_AGAIN}")
    changed += [
        f"{step.id}: its files are not what the report was built with; {_AGAIN}"
        for step in _reread(report, plan)
    ]
    return Held(
        f"{loaded.path} and what it names",
        tuple(changed),
        (f"{', '.join(dict.fromkeys(unseen))} (not on this machine)",) if unseen else (),
    )


def _data(report: Report, inputs: Inputs) -> Iterator[tuple[str, str | None, str]]:
    """Of each dataset its name, its digest now and that of the report."""
    for name, then in report.datasets.items():
        found = inputs.corpora.get(name)
        yield f"dataset {name}", found.digest if isinstance(found, Corpus) else None, then.digest


def _weights(report: Report, inputs: Inputs, plan: Plan) -> Iterator[tuple[str, str | None, str]]:
    """The same of models and existing adapters; what is trained here is told by spec and data."""
    for name, then in report.arms.items():
        arm = plan.arms.get(name)
        for one in arm.replicates if arm is not None else ():
            yield from _of_subject(one.subject, then, inputs)


def _of_subject(
    subject: Subject, then: ArmFacts, inputs: Inputs
) -> Iterator[tuple[str, str | None, str]]:
    match subject:
        case Adapter():
            path = subject.base.model
            for digest in {*then.adapter_digests.values()}:
                yield f"adapter {subject.path}", subject.digest, digest
        case Base():
            path = subject.model
        case Model():
            path = subject.path
        case _:
            return
    located = inputs.models.get(path)
    if then.base_digest is not None:
        now = located.digest if isinstance(located, LocatedModel) else None
        yield f"model {path}", now, then.base_digest


def _reread(report: Report, plan: Plan) -> Iterator[Step]:
    """Steps that would read other files than those of the report."""
    keys = {one.id: one.key for one in report.steps}
    for planned in plan.steps:
        step = planned.step
        needs = tuple(keys.get(need, "") for need in step.needs)
        now = step_key(step.kind, step.revision, step.reads, step.inputs, needs)
        if step.kind in _OF_FILES and now != keys.get(step.id):
            yield step
