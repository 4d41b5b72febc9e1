"""The child process: one job, done to the end or resumed, its results in the store."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from evalreport.engines.base import Progress
from evalreport.run.jobs import AskJob, CheckJob, EndpointJob, Job, TrainingJob, read_job_file
from evalreport.store.store import Store


def run_job(path: Path, report: Callable[[Progress], None]) -> None:
    """Do what a job file says; each kind imports what it needs, and starts the sooner for it.

    Raises:
        EvalReportError: It cannot be done here, with the reason and the way out.
    """
    file = read_job_file(path)
    match file.kind:
        case "ask":
            from evalreport.run.answering import answer

            asked = file.job(AskJob)
            with _store_of(asked) as store:
                answer(asked, store, report)
        case "check":
            from evalreport.run.checking import check_training

            checked = file.job(CheckJob)
            with _store_of(checked) as store:
                check_training(checked, store, report)
        case "endpoint":
            from evalreport.run.calling import ask_endpoint

            called = file.job(EndpointJob)
            with _store_of(called) as store:
                ask_endpoint(called, store, report)
        case "judge":
            from evalreport.run.judge_job import JudgeJob
            from evalreport.run.putting import put_to_judges

            put = file.job(JudgeJob)
            with _store_of(put) as store:
                put_to_judges(put, store, report)
        case "train":
            from evalreport.run.learning import learn

            trained = file.job(TrainingJob)
            learn(trained, lambda: _store_of(trained), report)
        case _:
            file.refuse()


@contextmanager
def _store_of(job: Job) -> Iterator[Store]:
    with closing(Store(job.store, now)) as store:
        yield store


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
