"""In the child: a lease, from loading the base to the last answer."""

import time
from collections.abc import Callable, Iterator

from evalreport.engines.base import Progress, Question
from evalreport.errors import EvalReportError, Problem, in_one_line
from evalreport.records import Failure, Response
from evalreport.run.checking import check_arms, memory_check, refuse_changed, stopped_by_memory
from evalreport.run.jobs import AskGroup, AskJob
from evalreport.store.store import Store


def answer(job: AskJob, store: Store, report: Callable[[Progress], None]) -> None:
    """Load the base once, check every arm, and store what each answers.

    Raises:
        EvalReportError: The base cannot be loaded, or other weights were than those planned.
    """
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
            _put_away(group, answers, len(left), store, report)
            store.add_notes(group.key, [note for note in session.notes() if note not in told])
    finally:
        session.close()


def _put_away(
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
