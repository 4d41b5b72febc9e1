"""The child process: one job, done to the end or resumed, its results in the store."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from evalreport.engines.base import Progress
from evalreport.run.jobs import AskJob, CheckJob, EndpointJob, J, TrainingJob, read_job_file
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

            _with_store(file.job(AskJob), answer, report)
        case "check":
            from evalreport.run.checking import check_training

            _with_store(file.job(CheckJob), check_training, report)
        case "endpoint":
            from evalreport.run.calling import ask_endpoint

            _with_store(file.job(EndpointJob), ask_endpoint, report)
        case "judge":
            from evalreport.run.judge_job import JudgeJob
            from evalreport.run.putting import put_to_judges

            _with_store(file.job(JudgeJob), put_to_judges, report)
        case "train":
            from evalreport.run.learning import learn

            job = file.job(TrainingJob)
            learn(job, lambda: closing(Store(job.store, now)), report)
        case _:
            file.refuse()


def _with_store(
    job: J,
    do: Callable[[J, Store, Callable[[Progress], None]], None],
    report: Callable[[Progress], None],
) -> None:
    with closing(Store(job.store, now)) as store:
        do(job, store, report)


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
