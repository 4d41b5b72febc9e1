"""Pace: under which names measured seconds are remembered, and what they foretell."""

from collections.abc import Sequence

from evalreport.digest import digest_model
from evalreport.plan.model import PlannedStep
from evalreport.records import History, Lease, Step, StepKind, Trained
from evalreport.spec.models import Spec
from evalreport.training.options import Training
from evalreport.training.schedule import total_steps


def pace_name(step: Step) -> str:
    """What decides how fast a step goes, in words: what is done, on which model, in which format.

    Seconds count for one item of a layer, or one row of a training.
    """
    if step.kind is StepKind.PREFLIGHT:
        what = "preflight before training" if step.subject is None else "preflight"
        return what if step.lease is None else f"{what} on {_model(step, step.lease)}"
    if step.lease is None:
        return step.id
    is_training = step.kind is StepKind.TRAIN
    what = f"train {step.reads.get('adapter.method')}" if is_training else f"ask {step.layer}"
    return f"{what} on {_model(step, step.lease)}"


def loading_name(step: Step) -> str:
    """The model that is loaded before anything is asked of it; seconds count for one load."""
    return step.id if step.lease is None else f"load {_model(step, step.lease)}"


def training_pace_name(step: Step, training: Training) -> str:
    """The same for a training, which goes otherwise when several processes share its rows."""
    shared = training.launch.processes
    return f"{pace_name(step)} by {shared} processes" if shared > 1 else pace_name(step)


def beginning_name(step: Step) -> str:
    """What comes before the first row of a training: loading, and the loss of the base."""
    return f"begin to {pace_name(step)}"


def _model(step: Step, lease: Lease) -> str:
    """A model in its number format; one that a training left behind counts as its base."""
    subject = step.subject
    name = subject.base.model if isinstance(subject, Trained) else lease.model
    return f"{name} in {lease.dtype.value} {lease.quantization.value}"


def with_loading(steps: Sequence[PlannedStep], history: History) -> tuple[PlannedStep, ...]:
    """The steps, with the time to load a model added to the first one that asks it."""
    loaded: set[str] = set()
    timed: list[PlannedStep] = []
    for planned in steps:
        step, seconds = planned.step, planned.seconds
        asks = planned.status == "will_run" and step.subject is not None
        if asks and step.lease is not None and digest_model(step.lease) not in loaded:
            loaded.add(digest_model(step.lease))
            loading = history.pace.get(loading_name(step), 0.0)
            seconds = None if seconds is None else seconds + loading
        timed.append(planned.model_copy(update={"seconds": seconds}))
    return tuple(timed)


def asking_seconds(step: Step, missing: int, history: History) -> float | None:
    """What the missing items would take; None when nothing like it was measured here."""
    pace = history.pace.get(pace_name(step))
    return None if pace is None else pace * missing


def preflight_seconds(step: Step, history: History) -> float | None:
    """What the checks of a step would take; None when none like them were made here."""
    return history.pace.get(pace_name(step))


def training_seconds(spec: Spec, step: Step, history: History) -> float | None:
    """What a training would take if nothing stops it early; None when none was measured here."""
    if spec.to_train is None:
        return None
    pace = history.pace.get(training_pace_name(step, spec.to_train))
    if pace is None:
        return None
    steps = total_steps(spec.to_train, step.items)
    beginning = history.pace.get(beginning_name(step), 0.0)
    return beginning + pace * steps * spec.to_train.global_batch_size
