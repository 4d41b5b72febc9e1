"""In the child: one training run, alone or as one of several processes."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from evalreport.commit_points import reached
from evalreport.engines.base import Progress
from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.records import Done
from evalreport.run.checking import refuse_changed
from evalreport.run.jobs import TrainingJob
from evalreport.run.simulated import simulate
from evalreport.store.store import Store
from evalreport.training.options import InProcess
from evalreport.training.sft import train
from evalreport.training.world import World, joined


def learn(
    job: TrainingJob,
    opened: Callable[[], AbstractContextManager[Store]],
    report: Callable[[Progress], None],
) -> None:
    """Train, and write down that it is done; of several processes the first one writes.

    Args:
        job: What to train.
        opened: Opens the store; who does not write does not open it.
        report: Told how far it is.

    Raises:
        EvalReportError: It cannot be trained here, with the reason and the way out.
    """
    launch = job.train.training.launch if isinstance(job.engine, LocalEngine) else InProcess()
    with joined(launch, device=job.train.device) as world:
        if world.is_first:
            with opened() as store:
                _train(job, store, report, world)
        elif world.from_first(lambda: False):
            train(job.train, lambda _: None, world)
        world.wait()


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
