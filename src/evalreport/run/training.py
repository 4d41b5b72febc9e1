"""The training steps of a run: reused, or done by a child, or failed with the reason."""

from evalreport.engines.local import LocalEngine
from evalreport.plan.model import Given, PlannedStep
from evalreport.plan.pace import beginning_name, training_pace_name
from evalreport.records import Failure, Step
from evalreport.run.jobs import TrainingJob
from evalreport.run.launch import launch
from evalreport.run.place import Place, Seen, load_of, recorded
from evalreport.run.spending import counted
from evalreport.training.launching import launch_settings
from evalreport.training.options import Accelerate
from evalreport.training.sft import TrainJob


def train_step(given: Given, planned: PlannedStep, place: Place, seen: Seen) -> None:
    """Train what has not been trained, and take up the log.

    Raises:
        KeyboardInterrupt: Stopped by the user.
        EvalReportError: The store cannot be written.
    """
    step = planned.step
    record = place.store.step(step.key) if planned.status == "reused" else None
    reused = record is not None
    if record is None:
        place.say(f"{step.id}: {planned.reason}")
        try:
            job = _job(given, step, place)
        except OSError as error:
            seen.outcomes[step.id] = Failure(reason=f"training.launch.config: {error}")
            return
        with counted(place.spending, step.kind):
            failure = launch(job, place.store.folder, lock=place.lock)
        record = place.store.step(step.key)
        # A child that dies after its record is written has done what it had to do.
        if failure is not None and record is None:
            seen.outcomes[step.id] = failure
            place.say(f"{step.id}: FAILED, {failure.reason}")
            return
    if record is None or record.done.training is None or step.seed is None:
        seen.outcomes[step.id] = Failure(reason="the training left no record in the store")
        return
    seen.outcomes[step.id] = record.done.model_copy(update={"reused": reused})
    seen.logs[step.key] = record.done.training
    seen.trainings[step.seed] = record.done.training


def train_job(given: Given, step: Step, place: Place, *, seed: int) -> TrainJob:
    """What a training is given.

    Args:
        given: What the plan was made from.
        step: The training, or the preflight before it.
        place: Where it happens.
        seed: Of the run.
    """
    spec = given.spec
    if step.lease is None or spec.to_train is None:
        raise ValueError(f"{step.id} is not a training step")
    select = given.found.get("select")
    return TrainJob(
        load=load_of(given, step.lease, place),
        adapter=spec.adapter,
        training=spec.to_train,
        seed=seed,
        train=given.found["train"].items,
        select=select.items if select else (),
        folder=place.store.objects(step.key),
        key=step.key,
        template_kwargs=spec.base_model.chat_template_kwargs,
        public_name=spec.base_model.hub_id,
        device=spec.engine.device if isinstance(spec.engine, LocalEngine) else "auto",
    )


def _job(given: Given, step: Step, place: Place) -> TrainingJob:
    if step.seed is None or given.spec.to_train is None:
        raise ValueError(f"{step.id} is not a training step")
    asked = given.spec.to_train.launch
    train = train_job(given, step, place, seed=step.seed)
    on_cpu = train.device == "cpu" or given.machine.accelerator is None
    return TrainingJob(
        store=place.store.folder,
        engine=given.spec.engine,
        finished=recorded(given, step, place),
        pace=training_pace_name(step, given.spec.to_train),
        beginning=beginning_name(step),
        train=train,
        accelerate=launch_settings(asked, place.spec_folder, on_cpu=on_cpu)
        if isinstance(asked, Accelerate)
        else {},
    )
