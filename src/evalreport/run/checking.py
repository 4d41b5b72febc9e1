"""Preflight in the child process: found, written down, and obeyed before anything is asked."""

import time
from collections.abc import Callable

from evalreport.engines import AnyEngine
from evalreport.engines.base import Load, Progress, Session
from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_files import NotHere, locate
from evalreport.errors import EvalReportError, Problem, in_one_line
from evalreport.records import Check, Done, PreflightLog
from evalreport.run.jobs import ArmCheck, AskJob, CheckJob
from evalreport.run.simulated import simulated_preflight
from evalreport.store.store import Store
from evalreport.training.preflight import answering_memory, preflight


def check_training(job: CheckJob, store: Store, report: Callable[[Progress], None]) -> None:
    """Look at what a training would be given, and write down what was found.

    Raises:
        EvalReportError: The model's files cannot be read, or changed since planning.
    """
    if store.step(job.finished.key) is not None:
        return  # somebody has done it meanwhile
    begun = time.monotonic()
    report(Progress(job.finished.id, 0, 1))
    refuse_changed(job.engine, job.train.load, store)
    log = (
        simulated_preflight(job.train)
        if isinstance(job.engine, FakeEngine)
        else preflight(job.train)[0]
    )
    seconds = time.monotonic() - begun
    done = Done(reused=False, seconds=seconds, preflight=log)
    store.finish(job.finished.model_copy(update={"done": done}))
    store.add_pace(job.pace, seconds, 1)
    report(Progress(job.finished.id, 1, 1))


def memory_check(job: AskJob) -> Check | None:
    """Whether the weights of a lease fit, before they are loaded; None where none are checked."""
    if not job.checks or not isinstance(job.engine, LocalEngine):
        return None
    return answering_memory(job.load, job.engine.device)


def stopped_by_memory(job: AskJob, memory: Check, store: Store) -> bool:
    """Whether the weights are not even loaded; what was found is then written down for all."""
    log = PreflightLog(checks=(memory,))
    stopped = [check for check in job.checks if log.failed(check.waived)]
    for check in stopped:
        done = Done(reused=False, seconds=0.0, preflight=log)
        store.finish(check.finished.model_copy(update={"done": done}))
    return bool(stopped)


def check_arms(
    job: AskJob,
    session: Session,
    memory: Check | None,
    store: Store,
    report: Callable[[Progress], None],
) -> frozenset[str] | None:
    """Look at all weights of a lease; nothing is asked yet.

    What cannot be looked at keeps its own questions from being asked, and is looked at again by
    the next build.

    Returns:
        The preflight steps that failed, for their own questions; None when one stops everything.
    """
    failed: set[str] = set()
    stopped = False
    for at, check in enumerate(job.checks):
        report(Progress("preflight", at, len(job.checks)))
        begun = time.monotonic()
        fits = () if memory is None else (memory,)
        try:
            log = PreflightLog(checks=(*fits, *session.preflight(check.probe)))
        except EvalReportError as error:
            log = PreflightLog(checks=fits, fault=in_one_line(error))
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            log = PreflightLog(checks=fits, fault=f"{error.strerror or error}{where}")
        _write(check, log, time.monotonic() - begun, store)
        if log.why_failed(check.waived) is not None:
            failed.add(check.finished.id)
            stopped = stopped or check.stops_all
    return None if stopped else frozenset(failed)


def _write(check: ArmCheck, log: PreflightLog, seconds: float, store: Store) -> None:
    done = Done(reused=False, seconds=seconds, preflight=log)
    store.finish(check.finished.model_copy(update={"done": done}))
    store.add_pace(check.pace, seconds, 1)


def refuse_changed(engine: AnyEngine, load: Load, store: Store) -> None:
    """A base that changed since planning would answer, and be learned from, under a wrong name.

    Raises:
        EvalReportError: It is not there any more, or its content is another.
    """
    if isinstance(engine, FakeEngine):
        return  # no files
    place = (load.folder / (load.gguf_file or "")).absolute()
    found = locate(str(place), relative_to=place)
    if isinstance(found, NotHere):
        what = found.reason
    elif base_digest(found, store.file_digest) != load.base_digest:
        what = "its files changed since planning"
    else:
        return
    raise EvalReportError(Problem(str(place), what, "build again: what it answered before is kept"))
