"""Asking steps: one for each layer, arm and seed, with every request that it stands for."""

from collections.abc import Sequence

from evalreport.digest import digest_model
from evalreport.importers.results import Results
from evalreport.layers.table import AnyLayer
from evalreport.plan.arms import engine_of, prompting_of
from evalreport.plan.hindered import engine_hindered, hindered, of_training
from evalreport.plan.model import Given, KeyedAsk, PlannedStep
from evalreport.plan.pace import asking_seconds
from evalreport.plan.reasons import step_reads, why
from evalreport.records import (
    Arm,
    Endpoint,
    Generate,
    Lease,
    Model,
    Quantization,
    Replicate,
    Step,
    StepKind,
    Subject,
    Weights,
    request_digest,
    response_key,
    step_key,
)
from evalreport.spec.models import Spec
from evalreport.training.options import Full
from evalreport.values import Json

REQUEST_REVISION = 1


def trained_model(train_key: str, checkpoint: str) -> str:
    """How a lease names a whole model that a training step leaves behind."""
    return f"trained:{train_key}/{checkpoint}"


def unaskable_step(layer: AnyLayer, arm: str) -> Step:
    """The step that stands for what cannot be asked, so that plan and report can name it."""
    kind = {"judge": StepKind.JUDGE, "human": StepKind.RATE}.get(layer.kind, StepKind.ASK)
    asked = layer.reads()
    return Step(
        id=f"{kind.value} {layer.name} {arm}",
        kind=kind,
        revision=layer.revision,
        reads=asked,
        inputs={},
        key=step_key(kind, layer.revision, {**asked, "kind": layer.kind, "arm": arm}, {}, ()),
        layer=layer.name,
        arm=arm,
    )


def reading_step(layer: AnyLayer) -> PlannedStep:
    """The step that takes up numbers which stand in the spec: nothing is asked, nothing stored."""
    reads = layer.reads()
    return PlannedStep(
        step=Step(
            id=f"import {layer.name}",
            kind=StepKind.IMPORT,
            revision=layer.revision,
            reads=reads,
            inputs={},
            key=step_key(StepKind.IMPORT, layer.revision, reads, {}, ()),
            layer=layer.name,
        ),
        status="reused",
        reason="its numbers stand in the spec",
    )


def importing_step(layer: AnyLayer, results: Results) -> PlannedStep:
    """The step that takes up what other tools measured; it is read anew each time, and cheap."""
    reads = layer.reads()
    inputs = {"files": results.digest}
    return PlannedStep(
        step=Step(
            id=f"import {layer.name}",
            kind=StepKind.IMPORT,
            revision=layer.revision,
            reads=reads,
            inputs=inputs,
            key=step_key(StepKind.IMPORT, layer.revision, reads, inputs, ()),
            layer=layer.name,
            items=results.n,
        ),
        status="reused",
        reason="its results stand in files",
    )


def keyed_asks(
    given: Given,
    layer: AnyLayer,
    arm: Arm,
    rendered: dict[tuple[str, str], tuple[KeyedAsk, ...]],
) -> tuple[KeyedAsk, ...]:
    """The requests of a layer for an arm, rendered once for all arms that ask alike."""
    place = (layer.name, arm.name if arm.prompting else "")
    if place not in rendered:
        prompting = prompting_of(arm.name, given.spec, given.found)
        rendered[place] = tuple(
            KeyedAsk(asked, request_digest(asked.request))
            for asked in layer.ask(given.found, prompting)
        )
    return rendered[place]


def ask_step(
    given: Given, layer: AnyLayer, arm: Arm, replicate: Replicate, keyed: tuple[KeyedAsk, ...]
) -> Step:
    """The step in which one replicate of an arm answers one layer."""
    spec, corpora, subject = given.spec, given.found, replicate.subject
    options = spec.arms.get(arm.name)
    asked: dict[str, Json] = {
        **{f"{layer.kind}.{name}": value for name, value in layer.reads().items()},
        "base_model.chat_template_kwargs": spec.base_model.chat_template_kwargs,
        "arm": _subject_reads(subject),
        "arm.system": options.system if options else None,
        "arm.shots": options.shots.model_dump(mode="json")
        if options is not None and options.shots is not None
        else None,
    }
    inputs = {name: corpora[name].digest for name in layer.datasets()}
    if options is not None and options.shots is not None:
        inputs[options.shots.from_dataset] = corpora[options.shots.from_dataset].digest
    inputs |= {
        "base": given.base_digests.get(_model_path(subject), "unknown"),
        **given.extra_inputs,
    }
    needs = (subject.train_key,) if subject.kind == "trained" else ()
    seed = replicate.seed
    return Step(
        id=f"ask {layer.name} {arm.name}" + (f" seed {seed}" if seed is not None else ""),
        kind=StepKind.ASK,
        revision=layer.revision,
        reads=asked,
        inputs=inputs,
        needs=(f"train seed {seed}",) if needs else (),
        key=step_key(StepKind.ASK, layer.revision, asked, inputs, needs),
        layer=layer.name,
        arm=arm.name,
        seed=seed,
        subject=subject,
        lease=_lease(subject, spec, arm.name),
        items=len(keyed),
    )


def _subject_reads(subject: Subject) -> Json:
    """What of a subject is declared; the identity of trained weights comes with `needs`."""
    dumped: dict[str, Json] = subject.model_dump(mode="json")
    dumped.pop("train_key", None)
    dumped.pop("path", None)
    return dumped


def _model_path(subject: Subject) -> str:
    match subject.kind:
        case "base":
            return subject.model
        case "trained" | "adapter":
            return subject.base.model
        case "model":
            return subject.path
        case "endpoint":
            return ""


def _lease(subject: Subject, spec: Spec, arm: str) -> Lease | None:
    if isinstance(subject, Endpoint):
        return None
    full = subject.kind == "trained" and isinstance(spec.adapter, Full)
    held = subject if isinstance(subject, Model) or subject.kind == "base" else subject.base
    model = _model_path(subject)
    if full and subject.kind == "trained":
        model = trained_model(subject.train_key, subject.checkpoint)
    return Lease(
        engine=digest_model(engine_of(spec, arm)),
        model=model,
        dtype=held.dtype,
        quantization=held.quantization,
    )


def ask_status(
    given: Given,
    step: Step,
    keyed: tuple[KeyedAsk, ...],
    *,
    weights: Weights | None,
    training: Sequence[str],
) -> PlannedStep:
    """Whether a step's answers are all there, and why it would run if not.

    Args:
        given: What the plan is made from.
        step: That asks.
        keyed: What it asks.
        weights: Which weights answer; None as long as they are not trained.
        training: Why nothing can be trained here and now.
    """
    if weights is None and (held := hindered(given, step, of_training(given, training))):
        return held
    engine = engine_of(given.spec, step.arm or "")
    missing = len(keyed)
    if weights is not None:
        who = weights.digest
        keys = [response_key(REQUEST_REVISION, who, one.request) for one in keyed]
        answered = given.index.answered(keys)
        missing = sum(key not in answered for key in keys)
    if missing == 0 and weights is not None:
        return PlannedStep(step=step, status="reused")
    held_as = step.lease.quantization if step.lease is not None else Quantization.NONE
    cannot = engine_hindered(engine, held_as, given.machine)
    if cannot:
        return PlannedStep(step=step, status="blocked", reason=cannot)
    reason = why(
        step_reads(step.reads, step.inputs),
        given.index.last_reads(given.spec.name, step.id),
        missing=missing,
        items=len(keyed),
        upstream=step.needs if weights is None else (),
    )
    tokens = sum(
        one.asked.request.decoding.max_new_tokens * (len(one.asked.request.then) + 1)
        for one in keyed
        if isinstance(one.asked.request, Generate)
    )
    return PlannedStep(
        step=step,
        status="will_run",
        reason=reason,
        missing=missing,
        new_tokens=(tokens * missing // len(keyed)) or None,
        seconds=asking_seconds(step, missing, given.history),
    )
