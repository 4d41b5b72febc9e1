"""Training steps: what each seed would read, and whether it has been done."""

from typing import Final

from evalreport.digest import digest_model
from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.plan.arms import resolve_dtype
from evalreport.plan.hindered import data_missing, hindered
from evalreport.plan.model import Given, LocatedModel, PlannedStep
from evalreport.plan.pace import training_seconds
from evalreport.plan.preflight_steps import BEFORE_TRAINING, training_preflight
from evalreport.plan.reasons import step_reads, why
from evalreport.records import (
    Lease,
    Machine,
    Step,
    StepKind,
    TrainingLog,
    step_key,
)
from evalreport.training.launching import launch_blocked
from evalreport.training.options import quantization, reads
from evalreport.training.trackers import lacking_tracker
from evalreport.values import Json

_LEARNED_FROM: Final = ("train", "select")


def _trains_on(given: Given) -> Machine:
    """The machine as training sees it: without a GPU that the engine is told to leave alone."""
    engine, machine = given.spec.engine, given.machine
    if isinstance(engine, LocalEngine) and engine.device == "cpu":
        return machine.model_copy(update={"accelerator": None})
    return machine


def training_hindered(given: Given) -> list[str]:
    """Why nothing can be trained here and now: data, base, machine, packages."""
    spec, training = given.spec, given.spec.to_train
    if training is None:
        return []
    located = given.inputs.models[spec.base_model.path]
    dtype = resolve_dtype(spec, given.machine)
    reasons = [
        *data_missing(given, _LEARNED_FROM),
        located if isinstance(located, str) else None,
        training.blocked_reason(spec.adapter, _trains_on(given), dtype),
        spec.engine.blocked_reason(given.machine),
    ]
    if isinstance(spec.engine, LocalEngine):
        reasons += [
            launch_blocked(training.launch, given.machine, spec.engine.device),
            lacking_tracker(training.report_to),
            spec.engine.cannot_hold(quantization(spec.adapter), given.machine),
        ]
    return [reason for reason in reasons if reason]


def train_steps(given: Given) -> tuple[tuple[PlannedStep, ...], dict[str, TrainingLog]]:
    """The checks before, one step a seed, and the logs of those that are finished, by step key."""
    spec, found = given.spec, given.found
    logs: dict[str, TrainingLog] = {}
    if spec.to_train is None or not spec.trains_here:
        return (), logs
    steps: list[PlannedStep] = []
    located = given.inputs.models[spec.base_model.path]
    reasons = training_hindered(given)
    dtype = resolve_dtype(spec, given.machine)
    lease = Lease(
        engine=digest_model(spec.engine),
        model=spec.base_model.path,
        dtype=dtype,
        quantization=quantization(spec.adapter),
    )
    for seed in spec.to_train.seeds:
        asked: dict[str, Json] = {
            **reads(spec.adapter, spec.to_train, seed),
            "base_model.dtype": dtype.value,
            "base_model.chat_template_kwargs": spec.base_model.chat_template_kwargs,
            "engine.kind": spec.engine.kind,
            **(spec.engine.training_reads() if isinstance(spec.engine, FakeEngine) else {}),
        }
        inputs: dict[str, str] = {
            "base": located.digest if isinstance(located, LocatedModel) else "unknown",
            **{n: found[n].digest for n in _LEARNED_FROM if n in found},
            **given.extra_inputs,
        }
        step = Step(
            id=f"train seed {seed}",
            kind=StepKind.TRAIN,
            revision=1,
            reads=asked,
            inputs=inputs,
            needs=(BEFORE_TRAINING,),
            key=step_key(StepKind.TRAIN, 1, asked, inputs, ()),
            arm="tuned",
            seed=seed,
            lease=lease,
            items=len(found["train"].items) if "train" in found else 0,
        )
        # What was trained elsewhere, or before a tracker was removed, answers here all the same.
        done = given.index.finished(step.key)
        if done is not None and done.training is not None:
            logs[step.key] = done.training
            steps.append(PlannedStep(step=step, status="reused"))
        elif (held := hindered(given, step, reasons)) is not None:
            steps.append(held)
        else:
            reason = why(
                step_reads(asked, inputs),
                given.index.last_reads(spec.name, step.id),
                missing=0,
                items=0,
            )
            steps.append(
                PlannedStep(
                    step=step,
                    status="will_run",
                    reason=reason,
                    seconds=training_seconds(spec, step, given.history),
                )
            )
    is_done = all(one.status == "reused" for one in steps)
    before = training_preflight(given, lease, [] if is_done else reasons)
    return (before, *steps), logs
