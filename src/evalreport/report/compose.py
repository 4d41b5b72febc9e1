"""compose: evidence, findings, remarks and verdict into one Report, in words where words help."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalreport import __version__
from evalreport.analyze.examples import RULE
from evalreport.analyze.findings import (
    Example,
    FindingOutcome,
    FindingRole,
    Findings,
    Overlap,
)
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.layers.generation import Generation
from evalreport.plan.model import Inputs, LocatedModel, PlannedStep
from evalreport.records import (
    Arm,
    Base,
    Blocked,
    Corpus,
    Done,
    Failure,
    Model,
    Origin,
    Outcome,
    Pending,
    Unreachable,
)
from evalreport.report.model import (
    About,
    ArmFacts,
    Cost,
    CostLine,
    DatasetFacts,
    Declared,
    DeclaredMetric,
    ExamplesShown,
    LayerFacts,
    Limitation,
    PreflightFacts,
    Report,
    Reproduce,
    StepFacts,
)
from evalreport.report.snippet import loading_snippet
from evalreport.report.training import training_facts
from evalreport.rules.base import Remark, Severity, Status
from evalreport.sources import Source, resolve
from evalreport.spec.models import Spec
from evalreport.values import Json
from evalreport.verdict import Verdict

Outcomes: TypeAlias = Literal["reused", "done", "pending", "blocked", "failed"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report knows from outside the evidence.

    Attributes:
        built_at: When, in UTC.
        spec_digest: Of the validated spec.
        spec_path: As it was named on the command line.
        spec_yaml: Its text.
        overrides: What was set on the command line.
        lock_path: Where the lock stands.
        smoke: Whether this is a smoke run.
    """

    built_at: str
    spec_digest: str
    spec_path: str
    spec_yaml: str
    overrides: tuple[str, ...]
    lock_path: str
    smoke: bool = False


def compose(
    spec: Spec,
    inputs: Inputs,
    evidence: Evidence,
    findings: Findings,
    remarks: tuple[Remark, ...],
    verdict: Verdict,
    frame: Frame,
) -> Report:
    """The report; what it says was measured comes from evidence, what was asked from the spec."""
    sources, _ = resolve(spec.datasets)
    return Report(
        evalreport=__version__,
        name=spec.name,
        title=spec.title or spec.name,
        built_at=frame.built_at,
        spec_digest=frame.spec_digest,
        simulated=spec.engine.kind == "fake",
        smoke=frame.smoke,
        about=_about(spec),
        declared=_declared(spec, evidence),
        arms={name: _arm(arm, inputs, evidence) for name, arm in evidence.arms.items()},
        datasets={
            name: _dataset(corpus, sources[name]) for name, corpus in evidence.corpora.items()
        },
        layers=tuple(_layer(layer, evidence) for layer in spec.evaluation.layers),
        findings=findings.findings,
        measurements=findings.measurements,
        health=findings.health,
        health_differences=findings.health_differences,
        gaps=findings.gaps,
        overlaps=_overlaps(findings, spec.report.examples),
        confusion=findings.confusion,
        examples=tuple(_shown(one, spec.report.examples) for one in findings.examples)
        if spec.report.examples != "none"
        else (),
        examples_rule=RULE,
        examples_shown=spec.report.examples,
        rankings=findings.rankings,
        remarks=remarks,
        claims=(),
        verdict=verdict,
        training=training_facts(spec, evidence, findings),
        preflight=_preflight(evidence),
        cost=_cost(spec, evidence),
        limitations=_limitations(spec, remarks),
        not_measured=_not_measured(spec, evidence, findings),
        steps=_steps(evidence),
        environment={**evidence.environment},
        reproduce=_reproduce(frame),
        loading_snippet=loading_snippet(spec, inputs, evidence.arms.get("tuned")),
    )


def _about(spec: Spec) -> About:
    about = spec.about
    language = about.language if isinstance(about.language, str) else ", ".join(about.language)
    return About(
        authors=about.authors,
        license=about.license,
        language=language or None,
        intended_use=about.intended_use,
        out_of_scope=about.out_of_scope,
        limitations=about.limitations,
    )


def _declared(spec: Spec, evidence: Evidence) -> Declared:
    evaluation = spec.evaluation
    registered = evidence.registration
    return Declared(
        primary=DeclaredMetric(**evaluation.primary.model_dump()) if evaluation.primary else None,
        guards=tuple(DeclaredMetric(**guard.model_dump()) for guard in evaluation.guards),
        secondary=tuple(DeclaredMetric(**one.model_dump()) for one in evaluation.secondary),
        alpha=evaluation.alpha,
        power=evaluation.power,
        test=evaluation.test,
        unparsed=evaluation.unparsed,
        digest=registered.bodies[-1][0] if registered else "",
        first_scored_at=registered.first_scored_at if registered else None,
        changes=tuple(
            f"{at}: declared anew in spec {name}" for _, _, name, at in registered.bodies[1:]
        )
        if registered
        else (),
    )


# Arms


def _arm(arm: Arm, inputs: Inputs, evidence: Evidence) -> ArmFacts:
    first = arm.replicates[0].subject
    if first.kind == "endpoint":
        return ArmFacts(
            what=f"{first.model} behind {first.base_url}",
            model=first.model,
            quantization="unknown",
            dtype="unknown",
            origin=Origin.RUN,
        )
    if isinstance(first, Model):
        base: Base | Model = first
        path = first.path
    else:
        base = first if isinstance(first, Base) else first.base
        path = base.model
    located = inputs.models.get(path)
    facts = located.facts if isinstance(located, LocatedModel) else {}
    digests = {
        str(block.seed if block.seed is not None else "only"): block.weights.adapter_digest
        for block in evidence.blocks.values()
        if block.arm == arm.name and block.weights is not None and block.weights.adapter_digest
    }
    notes = (f"loaded from a {form}",) if (form := _packed(facts)) else ()
    return ArmFacts(
        what=_what(arm, first.kind, len(arm.replicates)),
        model=path,
        revision=located.revision if isinstance(located, LocatedModel) else None,
        hub_id=located.public_name if isinstance(located, LocatedModel) else None,
        base_digest=located.digest if isinstance(located, LocatedModel) else None,
        adapter_digests=digests,
        quantization=base.quantization.value,
        dtype=base.dtype.value,
        origin=Origin.RUN,
        prompting=arm.prompting,
        notes=notes,
    )


def _packed(facts: Mapping[str, Json]) -> str | None:
    form = facts.get("stored_form")
    return form if facts.get("gguf") and isinstance(form, str) else None


def packed_base(inputs: Inputs, spec: Spec) -> str | None:
    """How the base was packed, when it was not the original weights."""
    located = inputs.models.get(spec.base_model.path)
    return _packed(located.facts) if isinstance(located, LocatedModel) else None


def _what(arm: Arm, kind: str, replicates: int) -> str:
    subject = arm.replicates[0].subject
    seeds = f", {replicates} training seeds" if replicates > 1 else ""
    match kind:
        case "base":
            words = "the base model, before any training"
        case "adapter":
            words = "the base with an existing adapter"
        case "model":
            words = "a finished model"
        case _:
            kept = subject.checkpoint if subject.kind == "trained" else ""
            words = f"the base with what was trained here (checkpoint {kept}{seeds})"
    return words + (f", asked with {arm.prompting}" if arm.prompting else "")


# Data and layers


def _dataset(corpus: Corpus | Unreachable, source: Source) -> DatasetFacts:
    """What a dataset was; of a mixture, its first part speaks for the provenance."""
    one = source.parts[0]
    if isinstance(corpus, Unreachable):
        return DatasetFacts(
            role=source.role.value,
            n=0,
            digest="",
            origin="not reached",
            notes=(f"not read: {corpus.reason}",),
        )
    clusters = {item.cluster for item in corpus.items} - {None}
    return DatasetFacts(
        role=corpus.role.value,
        n=len(corpus.items),
        digest=corpus.digest,
        origin=corpus.origin,
        clusters=len(clusters) or None,
        cluster_by=one.cluster_by,
        notes=corpus.notes,
        license=one.license,
        generated_by=one.generated_by,
        labelled_by=one.labelled_by,
        hub_id=one.hub_id if one.is_hub else None,
        is_private=not one.is_hub,
    )


def _layer(layer: AnyLayer, evidence: Evidence) -> LayerFacts:
    items = evidence.items.get((layer.name, "main"), ())
    decoding: dict[str, Json] = {}
    scorer = ""
    if isinstance(layer, Generation):
        decoding = layer.decoding.model_dump(mode="json")
        scorer = f"answer read by `{layer.extract.kind}`; " + ", ".join(layer.metric_names())
    elif layer.metric_names():
        scorer = ", ".join(layer.metric_names())
    return LayerFacts(
        name=layer.name,
        kind=layer.kind,
        what=(layer.__doc__ or "").split("\n", maxsplit=1)[0],
        dataset=next(iter(layer.datasets()), ""),
        n=len(items)
        or sum(len(v) for (name, _), v in evidence.items.items() if name == layer.name),
        decoding=decoding,
        scorer=scorer,
    )


def _overlaps(findings: Findings, shown: ExamplesShown) -> tuple[Overlap, ...]:
    """The overlaps, without the ids of single items where none may be shown."""
    if shown != "none":
        return findings.overlaps
    return tuple(overlap.model_copy(update={"examples": ()}) for overlap in findings.overlaps)


def _shown(example: Example, shown: ExamplesShown) -> Example:
    """An example as far as it may be shown: with `ids`, no text of any row or output."""
    if shown == "full":
        return example
    cells = tuple(
        cell.model_copy(update={"text": "", "extracted": None, "problem": ""})
        for cell in example.cells
    )
    return example.model_copy(
        update={"prompt": "", "reference": "", "cells": cells, "subgroups": ()}
    )


# What is missing, and what it cost


def _limitations(spec: Spec, remarks: tuple[Remark, ...]) -> tuple[Limitation, ...]:
    """Broken rules and what could not be checked, worst first, then the authors' own words."""
    order = {Severity.INVALIDATES: 0, Severity.WEAKENS: 1, Severity.NOTE: 2}
    shown = [r for r in remarks if r.status in (Status.BROKEN, Status.UNCHECKED)]
    shown.sort(key=lambda r: (r.status is not Status.BROKEN, order[r.severity]))
    return (
        *(Limitation(text=r.text, rule=r.rule) for r in shown),
        *(Limitation(text=text) for text in spec.about.limitations),
    )


def _not_measured(spec: Spec, evidence: Evidence, findings: Findings) -> tuple[str, ...]:
    """What was planned or declared and has no result, and what nobody asked for."""
    lines: dict[str, None] = {}
    for planned in evidence.plan.steps:
        outcome = evidence.outcomes[planned.step.id]
        if isinstance(outcome, Blocked | Failure):
            lines[f"{planned.step.id}: {outcome.reason}"] = None
        elif isinstance(outcome, Pending):
            lines[f"{planned.step.id}: waits for {outcome.waits_for}"] = None
    for finding in findings.findings:
        declared = finding.role is not FindingRole.EXPLORATORY
        if declared and finding.outcome is FindingOutcome.NOT_MEASURED:
            lines[finding.sentence] = None
    if not spec.evaluation.guards:
        lines["What the fine-tuning made the model forget: no guard was declared."] = None
    if len(evidence.trainings) == 1:
        lines["How much another training seed would change: one was trained."] = None
    if spec.claims:
        lines[f"{len(spec.claims)} claims: ruling on claims is not built in this version."] = None
    return tuple(lines)


def _preflight(evidence: Evidence) -> tuple[PreflightFacts, ...]:
    """The checks that ran before anything was asked, by the arm or the step that they are of."""
    finished = (
        (planned.step, evidence.outcomes[planned.step.id]) for planned in evidence.plan.steps
    )
    return tuple(
        PreflightFacts(arm=step.arm or step.id, checks=outcome.preflight.checks)
        for step, outcome in finished
        if isinstance(outcome, Done) and outcome.preflight is not None
    )


def _steps(evidence: Evidence) -> tuple[StepFacts, ...]:
    return tuple(
        _step(planned, evidence.outcomes[planned.step.id]) for planned in evidence.plan.steps
    )


def _step(planned: PlannedStep, outcome: Outcome) -> StepFacts:
    def facts(word: Outcomes, reason: str, seconds: float = 0.0) -> StepFacts:
        return StepFacts(
            id=planned.step.id,
            kind=planned.step.kind.value,
            key=planned.step.key,
            outcome=word,
            reason=reason,
            items=planned.step.items,
            seconds=seconds,
        )

    match outcome:
        case Done():
            word: Outcomes = "reused" if outcome.reused else "done"
            return facts(word, planned.reason, outcome.seconds)
        case Pending():
            return facts("pending", outcome.waits_for)
        case Blocked():
            return facts("blocked", outcome.reason)
        case Failure():
            return facts("failed", outcome.reason)


def _cost(spec: Spec, evidence: Evidence) -> Cost | None:
    """Known prices only; time without a price stays time."""
    cost = spec.cost
    if not cost.fixed and cost.gpu_hour is None:
        return None
    lines = [CostLine(name=one.name, amount=one.amount) for one in cost.fixed]
    hours = sum(o.seconds for o in evidence.outcomes.values() if isinstance(o, Done)) / 3600
    if cost.gpu_hour is not None:
        amount = hours * cost.gpu_hour * cost.gpus
        lines.append(
            CostLine(name="machine time", amount=amount, note="measured hours times the price")
        )
    known = [line.amount for line in lines if line.amount is not None]
    return Cost(
        currency=cost.currency,
        lines=tuple(lines),
        total=sum(known),
        note="People's time, storage and electricity are not in it.",
    )


def _reproduce(frame: Frame) -> Reproduce:
    parts = ["evalreport", "build", frame.spec_path]
    for override in frame.overrides:
        parts += ["--set", f"'{override}'"]
    return Reproduce(
        command=" ".join(parts),
        spec_path=frame.spec_path,
        spec_yaml=frame.spec_yaml,
        overrides=frame.overrides,
        lock_path=frame.lock_path,
    )
