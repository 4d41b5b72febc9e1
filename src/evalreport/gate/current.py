"""Is a report of its spec as it stands, and of the data, models and files that stand beside it?

A spec's digest holds its values and no content: a test set that was exchanged, or an adapter that
was trained anew under the same path, leaves it as it was. So what can be read here is compared too.
What depends on the machine (precision, packages) is not: a report may come from another one.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.digest import digest_model
from evalreport.errors import SpecError, in_one_line
from evalreport.gate.conditions import Held
from evalreport.plan.model import Inputs, LocatedModel, Plan
from evalreport.records import (
    Adapter,
    Base,
    Corpus,
    Endpoint,
    Model,
    Origin,
    Step,
    StepKind,
    Subject,
    step_key,
)
from evalreport.report.model import ArmFacts, Report
from evalreport.spec.load import LoadedSpec, load_spec, read_text, spec_of_text
from evalreport.spec.models import Spec
from evalreport.spec.schema_files import schema_paths

# Steps whose keys hold what files say and nothing of the machine.
_OF_FILES: Final = (StepKind.IMPORT, StepKind.RATE)
_AGAIN: Final = "build it again"


@dataclass(frozen=True, slots=True)
class SpecHere:
    """A spec as it stands.

    Attributes:
        path: The file.
        text: As it is written.
        spec: What it says.
        digest: Of that.
        overrides: What was set in it.
        loaded: It with all that it names beside it; or why that is not here.
    """

    path: Path
    text: str
    spec: Spec
    digest: str
    overrides: tuple[str, ...]
    loaded: LoadedSpec | str


def spec_here(path: Path, overrides: Sequence[str]) -> SpecHere:
    """The spec in a file; data that it names need not be here, since not everybody commits them.

    Raises:
        SpecError: It is not right.
    """
    try:
        loaded = load_spec(path, overrides)
    except SpecError as error:
        try:
            text = read_text(path)
            spec = spec_of_text(text, overrides, str(path))
        except SpecError:
            raise error from None
        if any(True for layer in spec.evaluation.layers for _ in schema_paths(layer)):
            raise  # its digest holds what those files say
        first = SpecError(error.problems[0])
        return SpecHere(path, text, spec, digest_model(spec), tuple(overrides), in_one_line(first))
    return SpecHere(path, loaded.text, loaded.spec, loaded.digest, tuple(overrides), loaded)


def of_another_spec(report: Report, here: SpecHere) -> str:
    """That a report is of another spec or of another state of this one; empty where it is not."""
    if report.spec_digest == here.digest:
        return ""
    if report.name != here.spec.name:
        return f"it is the report of {report.name}, and {here.path} is {here.spec.name}"
    before = report.reproduce.overrides
    if {*before} != {*here.overrides}:
        made, held = _set(before), _set(here.overrides)
        way = f"gate it with {made} too" if before else f"gate it without {held}"
        return (
            f"it was built {f'with {made}' if before else 'without --set'}, and is held against "
            f"{here.path} {f'with {held}' if here.overrides else 'without that'}; {way}, or "
            f"{_AGAIN}"
        )
    if report.reproduce.spec_yaml == here.text:
        by = f"evalreport {report.evalreport}, which built the report"
        return f"{by}, or a file that {here.path} names, gives that spec other values; {_AGAIN}"
    return f"{here.path} has changed since the report was built; {_AGAIN}"


def _set(overrides: Sequence[str]) -> str:
    """Overrides as a shell takes them."""
    return " ".join(f"--set {shlex.quote(one)}" for one in overrides)


def held_against(report: Report, path: Path, inputs: Inputs, plan: Plan) -> Held:
    """A report of this spec against what the spec names, as far as it can be read here.

    Args:
        report: Of this very spec.
        path: Of the spec.
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
        f"{path} and what it names",
        tuple(changed),
        (f"{', '.join(dict.fromkeys(unseen))} (not here)",) if unseen else (),
    )


def _data(report: Report, inputs: Inputs) -> Iterator[tuple[str, str | None, str]]:
    """Of each dataset its name, its digest now and that of the report."""
    for name, then in report.datasets.items():
        found = inputs.corpora.get(name)
        yield f"dataset {name}", found.digest if isinstance(found, Corpus) else None, then.digest


def _weights(report: Report, inputs: Inputs, plan: Plan) -> Iterator[tuple[str, str | None, str]]:
    """The same of models and existing adapters; what is trained here is told by spec and data."""
    for name, then in report.arms.items():
        if name in plan.blocked_arms and then.origin is Origin.RUN:
            yield f"arm {name}", None, ""
        for one in plan.arms[name].replicates if name in plan.arms else ():
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
        case Endpoint():
            yield f"{subject.model} behind {subject.base_url}", None, ""
            return
        case _:  # trained here: told by spec, data and the base
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
