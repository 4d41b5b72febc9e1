"""The child process: one job, done to the end or resumed, its results in the store."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from evalreport.commit_points import reached
from evalreport.engines import LocalEngine
from evalreport.engines.base import Progress, Question
from evalreport.engines.fake import FakeEngine
from evalreport.errors import EvalReportError, Problem, in_one_line
from evalreport.records import Done, Failure, Response
from evalreport.run.calling import ask_endpoint
from evalreport.run.checking import (
    check_arms,
    check_training,
    memory_check,
    refuse_changed,
    stopped_by_memory,
)
from evalreport.run.jobs import (
    AskGroup,
    AskJob,
    CheckJob,
    EndpointJob,
    JudgeJob,
    TrainingJob,
    read_job,
)
from evalreport.run.putting import put_to_judges
from evalreport.run.simulated import simulate
from evalreport.store.store import Store
from evalreport.training.options import InProcess
from evalreport.training.sft import train
from evalreport.training.world import World, joined


def run_job(path: Path, report: Callable[[Progress], None]) -> None:
    """Do what a job file says.

    Raises:
        EvalReportError: It cannot be done here, with the reason and the way out.
    """
    job = read_job(path)
    if isinstance(job, AskJob):
        with closing(Store(job.store, now)) as store:
            _ask(job, store, report)
        return
    if isinstance(job, CheckJob):
        with closing(Store(job.store, now)) as store:
            check_training(job, store, report)
        return
    if isinstance(job, EndpointJob | JudgeJob):
        with closing(Store(job.store, now)) as store:
            if isinstance(job, EndpointJob):
                ask_endpoint(job, store, report)
            else:
                put_to_judges(job, store, report)
        return
    launch = job.train.training.launch if isinstance(job.engine, LocalEngine) else InProcess()
    with joined(launch, device=job.train.device) as world:
        if world.is_first:
            with closing(Store(job.store, now)) as store:
                _train(job, store, report, world)
        elif world.from_first(lambda: False):
            train(job.train, lambda _: None, world)
        world.wait()


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ask(job: AskJob, store: Store, report: Callable[[Progress], None]) -> None:
    memory = memory_check(job)
    if memory is not None and stopped_by_memory(job, memory, store):
        return
    begun = time.monotonic()
    session = job.engine.open(job.load, report)
    refuse_changed(job.engine, job.load, store)
    store.add_pace(job.pace, time.monotonic() - begun, 1)
    try:
        failed = check_arms(job, session, memory, store, report)
        if failed is None:
            return
        if job.declaration is not None and any(one.needs not in failed for one in job.groups):
            job.declaration.register(store)
        for group in job.groups:
            if group.needs in failed:
                continue
            if job.stop_after is not None and time.monotonic() - begun >= job.stop_after:
                break  # the parent knows why
            # Another process may have answered some meanwhile: what is paid for is not asked.
            answered = store.answered([question.key for question in group.questions])
            left = [question for question in group.questions if question.key not in answered]
            if not left:
                continue
            try:
                weights = session.weights(group.adapter)
            except EvalReportError as error:
                # An adapter that cannot be put on is the misfortune of its own arm alone.
                why = Failure(reason=in_one_line(error))
                store.add_responses([(question.key, question.item, why) for question in left])
                continue
            if weights.digest != group.who:
                raise EvalReportError(
                    Problem(
                        str(job.load.folder),
                        f"the weights that were loaded for {group.step} are not those planned",
                        "the precision changed since planning: build again",
                    )
                )
            told = session.notes()
            answers = session.answer(group.adapter, left)
            _answer(group, answers, len(left), store, report)
            store.add_notes(group.key, [note for note in session.notes() if note not in told])
    finally:
        session.close()


def _answer(
    group: AskGroup,
    answers: Iterator[tuple[Question, Response | Failure]],
    total: int,
    store: Store,
    report: Callable[[Progress], None],
) -> None:
    """Store each answer as it arrives: a kill loses what is in the model, and nothing else."""
    begun = time.monotonic()
    done = 0
    report(Progress(group.step, done, total))
    for question, answer in answers:
        store.add_responses([(question.key, question.item, answer)])
        done += 1
        report(Progress(group.step, done, total))
    store.add_pace(group.pace, time.monotonic() - begun, done)


def _train(
    job: TrainingJob, store: Store, report: Callable[[Progress], None], world: World
) -> None:
    """The first process, or the only one; the others wait to hear whether there is work."""
    is_due = store.step(job.finished.key) is None
    begun = time.monotonic()
    if is_due:
        refuse_changed(job.engine, job.train.load, store)
    if not world.from_first(lambda: is_due):
        return  # somebody has done it meanwhile
    log = (
        simulate(job.engine, job.train, report)
        if isinstance(job.engine, FakeEngine)
        else train(job.train, report, world)
    )
    reached("training-written")
    seconds = time.monotonic() - begun
    done = Done(reused=False, seconds=seconds, training=log)
    store.finish(job.finished.model_copy(update={"done": done}))
    # Apart, since loading takes as long for two steps (a smoke run) as for thousands; a training
    # that was taken up again did not begin here.
    rows = max(1, log.steps * job.train.training.global_batch_size)
    store.add_pace(job.pace, log.seconds, rows)
    if log.resumed_from is None and seconds > log.seconds:
        store.add_pace(job.beginning, seconds - log.seconds, 1)
