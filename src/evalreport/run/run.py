"""run: do what the plan says is missing, and hand back all that was observed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalreport.digest import digest_model, digest_of
from evalreport.engines.base import AdapterFiles, Load, Question
from evalreport.engines.fake import FakeEngine
from evalreport.evidence import BlockId, Evidence
from evalreport.plan.ask_steps import REQUEST_REVISION
from evalreport.plan.declared import declared_block
from evalreport.plan.model import Given, LocatedModel, Plan, PlannedStep
from evalreport.plan.weights import checkpoint_of, weights_of
from evalreport.records import (
    Adapter,
    Blocked,
    Done,
    Failure,
    Item,
    Itemised,
    Lease,
    Outcome,
    Registration,
    Response,
    ResponseKey,
    Step,
    StepKind,
    Trained,
    TrainingLog,
    Weights,
    response_key,
)
from evalreport.run.jobs import AskGroup, AskJob, TrainingJob
from evalreport.run.launch import launch
from evalreport.run.outcomes import blocks_of
from evalreport.spec.models import Spec
from evalreport.store.store import FinishedStep, Store
from evalreport.training.options import Full
from evalreport.training.sft import TrainJob
from evalreport.values import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens and what it may do.

    Attributes:
        store: Results by key.
        spec_folder: Paths in the spec are relative to it.
        environment: Provenance that goes with every finished step.
        say: One line to the user, on stderr.
        only: Layers to ask; None means all.
        until: Id of the last step to do; None means all.
        declare: Whether the declared block is registered (not in a pilot or a smoke run).
    """

    store: Store
    spec_folder: Path
    environment: Mapping[str, Json]
    say: Callable[[str], None]
    only: frozenset[str] | None = None
    until: str | None = None
    declare: bool = True


@dataclass(slots=True)
class _Open:
    """What is known so far; the only mutable thing in a run."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    logs: dict[str, TrainingLog] = field(default_factory=dict)  # by step key
    trainings: dict[int, TrainingLog] = field(default_factory=dict)  # by seed
    blocks: dict[BlockId, Itemised] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One ask step with the weights that answer it and the keys of its answers."""

    step: Step
    weights: Weights
    keys: tuple[ResponseKey, ...]


def run(given: Given, plan: Plan, place: Place) -> Evidence:
    """Everything that the plan says is missing is done, and everything is read back.

    One failed step does not end the run: what does not need it goes on, and what needs it is
    blocked with the reason.

    Raises:
        KeyboardInterrupt: Stopped by the user; what was stored stays.
        EvalReportError: The store cannot be written.
    """
    seen = _Open()
    left_out = _left_out(plan, place)
    for planned in plan.steps:
        reason = left_out.get(planned.step.id)
        if planned.status == "blocked" or reason is not None:
            seen.outcomes[planned.step.id] = Blocked(reason=reason or planned.reason)
        elif planned.step.kind is StepKind.TRAIN:
            _train(given, planned, place, seen)
    asking = _asking(given, plan, seen)
    registration = _declare(given.spec, plan, place)
    for group in _by_lease(asking):
        _answer(given, plan, group, place, seen)
    items: dict[tuple[str, str], tuple[Item, ...]] = {}
    for layer in given.spec.evaluation.layers:
        if layer.blocked_reason() is None and all(n in given.found for n in layer.datasets()):
            items |= {(layer.name, part): chosen for part, chosen in layer.items(given.found)}
    return Evidence(
        plan=plan,
        corpora=given.inputs.corpora,
        items=items,
        outcomes=seen.outcomes,
        blocks=seen.blocks,
        trainings=seen.trainings,
        registration=registration,
        environment=place.environment,
        machine=given.machine,
        damaged=tuple(seen.damaged),
    )


def _left_out(plan: Plan, place: Place) -> dict[str, str]:
    """Steps that the command line left out, and in which words."""
    reasons: dict[str, str] = {}
    ended = False
    for planned in plan.steps:
        step = planned.step
        if ended:
            reasons[step.id] = f"left out: --until {place.until}"
        elif place.only is not None and step.layer is not None and step.layer not in place.only:
            reasons[step.id] = f"left out: --only {', '.join(sorted(place.only))}"
        ended = ended or step.id == place.until
    return reasons


def _declare(spec: Spec, plan: Plan, place: Place) -> Registration | None:
    """Register what the spec declares before any output of it is scored."""
    if plan.declared_subject is None or not place.declare:
        return plan.registration
    declared = declared_block(spec)
    return place.store.register(
        plan.declared_subject, digest_of("declared", declared), declared, spec.name
    )


# Training


def _train(given: Given, planned: PlannedStep, place: Place, seen: _Open) -> None:
    step = planned.step
    record = place.store.step(step.key) if planned.status == "reused" else None
    reused = record is not None
    if record is None:
        place.say(f"{step.id}: {planned.reason}")
        failure = launch(_training_job(given, step, place), place.store.folder)
        if failure is not None:
            seen.outcomes[step.id] = failure
            place.say(f"{step.id}: FAILED, {failure.reason}")
            return
        record = place.store.step(step.key)
    if record is None or record.done.training is None or step.seed is None:
        seen.outcomes[step.id] = Failure(reason="the training left no record in the store")
        return
    seen.outcomes[step.id] = record.done.model_copy(update={"reused": reused})
    seen.logs[step.key] = record.done.training
    seen.trainings[step.seed] = record.done.training


def _training_job(given: Given, step: Step, place: Place) -> TrainingJob:
    spec = given.spec
    if step.lease is None or step.seed is None or spec.training is None:
        raise ValueError(f"{step.id} is not a training step")
    select = given.found.get("select")
    return TrainingJob(
        store=place.store.folder,
        engine=spec.engine,
        finished=FinishedStep(
            key=step.key,
            spec=spec.name,
            id=step.id,
            kind=step.kind,
            reads=step.reads,
            inputs=step.inputs,
            done=Done(reused=False, seconds=0.0),
            environment=dict(place.environment),
        ),
        train=TrainJob(
            load=_load(given, step.lease, place),
            adapter=spec.adapter,
            training=spec.training,
            seed=step.seed,
            train=given.found["train"].items,
            select=select.items if select else (),
            folder=place.store.objects(step.key),
            key=step.key,
            template_kwargs=spec.base_model.chat_template_kwargs,
            public_name=spec.base_model.hub_id,
        ),
    )


# Asking


def _asking(given: Given, plan: Plan, seen: _Open) -> list[_Asking]:
    """The ask steps whose weights are known; the others get their outcome here."""
    asking: list[_Asking] = []
    for planned in plan.steps:
        step = planned.step
        if step.id in seen.outcomes or step.subject is None:
            continue
        weights = weights_of(
            step.subject,
            given.base_digests,
            seen.logs,
            is_full=isinstance(given.spec.adapter, Full),
        )
        if weights is None:
            seen.outcomes[step.id] = Blocked(reason=_no_weights(step, seen))
            continue
        keys = tuple(
            response_key(REQUEST_REVISION, weights.digest, one.request)
            for one in plan.asks[step.id]
        )
        asking.append(_Asking(step, weights, keys))
    return asking


def _no_weights(step: Step, seen: _Open) -> str:
    for needed in step.needs:
        outcome = seen.outcomes.get(needed)
        if isinstance(outcome, Failure | Blocked):
            return f"{needed} did not finish: {outcome.reason}"
    if isinstance(step.subject, Trained):
        log = seen.logs.get(step.subject.train_key)
        kept = ", ".join(one.name for one in log.checkpoints) if log else "none"
        return f"training kept no checkpoint {step.subject.checkpoint} (it kept: {kept})"
    return "its weights are not known"


def _by_lease(asking: list[_Asking]) -> list[list[_Asking]]:
    """Steps that can share one load stand together, in the order of the plan."""
    leases: dict[str, list[_Asking]] = {}
    for one in asking:
        name = digest_model(one.step.lease) if one.step.lease else one.step.id
        leases.setdefault(name, []).append(one)
    return list(leases.values())


def _answer(given: Given, plan: Plan, group: list[_Asking], place: Place, seen: _Open) -> None:
    """Ask what has no answer yet, then read all answers of these steps back."""
    found: dict[ResponseKey, Response] = {}
    wanted: dict[ResponseKey, None] = {key: None for one in group for key in one.keys}
    stored = place.store.responses(wanted)
    found.update(stored.found)
    seen.damaged += stored.damaged
    for entry in stored.damaged:
        place.say(f"damaged, and asked again: {entry}")
    ran = {one.step.id for one in group if any(key not in found for key in one.keys)}
    failure: Failure | None = None
    if ran:
        job = _ask_job(given, plan, group, place, frozenset(found))
        failure = job if isinstance(job, Failure) else launch(job, place.store.folder)
        if failure is not None:
            place.say(f"asking failed: {failure.reason}")
        missing = [key for key in wanted if key not in found]
        again = place.store.responses(missing)
        found.update(again.found)
    failures = place.store.failures([key for key in wanted if key not in found])
    if failure is not None:
        failures = {key: failures.get(key, failure) for key in wanted if key not in found}
    layers = {layer.name: layer for layer in given.spec.evaluation.layers}
    for one in group:
        step = one.step
        options = given.spec.arms.get(step.arm or "")
        shots = options.shots.n if options is not None and options.shots is not None else 0
        seen.blocks |= blocks_of(
            step, layers[step.layer or ""], plan.asks[step.id], one.keys, found, failures,
            one.weights, shots,
        )  # fmt: skip
        lost = [key for key in dict.fromkeys(one.keys) if key not in found]
        if lost:
            reason = failures[lost[0]].reason if lost[0] in failures else "never answered"
            seen.outcomes[step.id] = Failure(
                reason=f"{len(lost)} of {len(one.keys)} requests have no answer: {reason}"
            )
            continue
        done = Done(reused=step.id not in ran, seconds=_seconds(one, found))
        seen.outcomes[step.id] = done
        if place.store.step(step.key) is None:
            place.store.finish(
                FinishedStep(
                    key=step.key,
                    spec=given.spec.name,
                    id=step.id,
                    kind=step.kind,
                    reads=step.reads,
                    inputs=step.inputs,
                    done=done,
                    environment=dict(place.environment),
                )
            )


def _seconds(one: _Asking, found: Mapping[ResponseKey, Response]) -> float:
    return sum(found[key].seconds for key in dict.fromkeys(one.keys))


def _ask_job(
    given: Given,
    plan: Plan,
    group: list[_Asking],
    place: Place,
    answered: frozenset[ResponseKey],
) -> AskJob | Failure:
    lease = group[0].step.lease
    if lease is None:
        return Failure(reason="asking an endpoint is not built in this version")
    simulated = isinstance(given.spec.engine, FakeEngine)
    truths = {(layer, item.id): item for layer, item in _truths(given)} if simulated else {}
    groups: list[AskGroup] = []
    queued: set[ResponseKey] = set(answered)
    for one in group:
        questions: list[Question] = []
        for asked, key in zip(plan.asks[one.step.id], one.keys, strict=True):
            if key in queued:
                continue
            queued.add(key)
            questions.append(
                Question(
                    key=key,
                    item=asked.asked.item,
                    request=asked.asked.request,
                    truth=truths.get((one.step.layer or "", asked.asked.item)),
                )
            )
        if questions:
            groups.append(
                AskGroup(
                    step=one.step.id,
                    who=one.weights.digest,
                    adapter=_adapter(one, given, place),
                    questions=tuple(questions),
                )
            )
    return AskJob(
        store=place.store.folder,
        engine=given.spec.engine,
        load=_load(given, lease, place),
        groups=tuple(groups),
    )


def _truths(given: Given) -> list[tuple[str, Item]]:
    return [
        (layer.name, item)
        for layer in given.spec.evaluation.layers
        for name in layer.datasets()
        if name in given.found
        for item in given.found[name].items
    ]


def _adapter(one: _Asking, given: Given, place: Place) -> AdapterFiles | None:
    subject = one.step.subject
    if isinstance(subject, Adapter):
        return AdapterFiles(
            folder=place.spec_folder / subject.path, digest=subject.digest, merged=subject.merged
        )
    if isinstance(subject, Trained) and not isinstance(given.spec.adapter, Full):
        record = place.store.step(subject.train_key)
        kept = (
            checkpoint_of(record.done.training, subject.checkpoint)
            if record is not None and record.done.training is not None
            else None
        )
        if kept is not None:
            return AdapterFiles(
                folder=place.store.objects(subject.train_key) / kept.folder,
                digest=kept.digest,
                merged=subject.merged,
            )
    return None


def _load(given: Given, lease: Lease, place: Place) -> Load:
    """What a lease loads: a model that was found, or one that training left behind."""
    located = given.inputs.models.get(lease.model)
    if isinstance(located, LocatedModel):
        return Load(
            folder=Path(located.folder),
            gguf_file=located.gguf_file,
            base_digest=located.digest,
            dtype=lease.dtype,
            quantization=lease.quantization,
            trust_remote_code=given.spec.base_model.trust_remote_code,
        )
    key, _, name = lease.model.removeprefix("trained:").partition("/")
    record = place.store.step(key)
    kept = (
        checkpoint_of(record.done.training, name)
        if record is not None and record.done.training is not None
        else None
    )
    if kept is None:
        raise ValueError(f"{lease.model} names no finished training")
    return Load(
        folder=place.store.objects(key) / kept.folder,
        base_digest=kept.digest,
        dtype=lease.dtype,
        quantization=lease.quantization,
    )
