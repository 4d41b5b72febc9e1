"""The push: the hub is asked, the plan made final, and put there in one commit, once.

Nothing is uploaded before the hub has taken the card. A commit names the one that it stands on, so
that nobody's change in between is written over unseen. Whoever was killed says the same command
again: what is there is not sent again, and a commit that holds exactly these files is not repeated.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from evalreport.commit_points import reached
from evalreport.errors import EvalReportError, Problem, Refused, printable
from evalreport.hub_rules import Board, HubAnswers, Where
from evalreport.numbers import bytes_text, count_text
from evalreport.publish.hub import Head, Hub, TestSet
from evalreport.publish.model import README, PlannedFile, PublishPlan
from evalreport.publish.record import Published, Record, file_records
from evalreport.publish.refusals import is_passing, told
from evalreport.report.model import Report
from evalreport.report.placing import Listed

_ATTEMPTS: Final = 3
_MOST_TASKS: Final = 10  # named of a benchmark

Planning: TypeAlias = Callable[[HubAnswers], PublishPlan]
"""Makes the plan again, with what the hub said."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a push does to a repository, file by file.

    `foreign` are among `replaced`: files that stand there and were not published from here.
    """

    new: tuple[PlannedFile, ...]
    replaced: tuple[PlannedFile, ...]
    foreign: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether the repository holds all of it already, and nothing of ours besides."""
        return not (self.new or self.replaced or self.gone)


@dataclass(frozen=True, slots=True)
class Done:
    """A plan that stands on the hub, and the commit that holds it."""

    plan: PublishPlan
    commit: str
    was_there: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a push finds and leaves things.

    Attributes:
        hub: With its token.
        record: Of what was published before.
        now: Says the time in UTC.
        say: Takes a line of progress.
        replace: Whether files of others may be written over.
        wait_seconds: Before the commit is tried again, the first time.
    """

    hub: Hub
    record: Record
    now: Callable[[], str]
    say: Callable[[str], None]
    replace: bool = False
    wait_seconds: float = 1.0


def push(
    first: PublishPlan,
    again: Planning,
    report: Report,
    place: Place,
    shown: Callable[[PublishPlan], None],
) -> Done:
    """Publish a report.

    Args:
        first: The plan, before the hub was asked.
        again: Makes it again with the hub's answers.
        report: As it was built.
        place: The hub and what else is needed.
        shown: Takes the final plan before anything is sent.

    Raises:
        EvalReportError: It cannot be published, the hub refuses, or it cannot be reached.
        Refused: It would write over files of others, or show to everybody what is private.
    """
    hub, repo = place.hub, first.repo
    place.record.check()
    place.say(f"asking {hub.endpoint} as {hub.user()}")
    answers = ask_hub(hub, first, report)
    plan = again(answers) if answers.says_no else first
    _validated(hub, plan, place.say)
    head = hub.head(repo)
    change = change_of(plan, head, place.record, hub.endpoint)
    shown(plan)
    if head is not None:
        for line in change_lines(change, head):
            place.say(line)
        _keep_private(plan, head)
        if head.private != plan.private:
            is_now = "private" if head.private else "public"
            place.say(f"the repository is {is_now} and stays so: publish.private is for new ones")
    if head is not None and change.is_nothing:
        if not any(one.commit == head.commit for one in place.record.of(hub.endpoint, repo)):
            _note(place, plan, report, head.commit)
        return Done(plan, head.commit, was_there=True)
    _keep_foreign(change, place, repo)
    if head is None:
        head = _made(plan, place)
        # Somebody else may have made it a moment before.
        change = change_of(plan, head, place.record, hub.endpoint)
        _keep_foreign(change, place, repo)
    _note(place, plan, report, "")
    reached("publish-begun")
    commit = _commit(place, plan, change, head.commit)
    reached("publish-committed")
    _note(place, plan, report, commit)
    return Done(plan, commit, was_there=False)


def _made(plan: PublishPlan, place: Place) -> Head:
    """A new repository, as private as it should be."""
    place.say(f"making {plan.repo}, {'private' if plan.private else 'public'}")
    place.hub.make(plan.repo, private=plan.private)
    head = place.hub.head(plan.repo)
    if head is None:
        raise EvalReportError.because(
            "it is there, and this token does not see it",
            where=plan.repo,
            hint="ask for the right to read it, or name another publish.repo",
        )
    if plan.private and not head.private:
        raise Refused(
            Problem(
                plan.repo,
                "it should be made private, and it is public: the hub did not do it, or somebody "
                "else made it meanwhile",
                "nothing was sent; make it private in its settings on the hub, or name another "
                "publish.repo",
            )
        )
    return head


def _keep_private(plan: PublishPlan, head: Head) -> None:
    """Refuse to show everybody what the spec itself says is private."""
    if plan.says_private and not head.private:
        raise Refused(
            Problem(
                plan.repo,
                "the spec says publish.private: true, and this repository is public: everybody "
                "could read it at once",
                "make it private in its settings on the hub; or take publish.private out of the "
                "spec and build again: all is reused",
            )
        )


def _keep_foreign(change: Change, place: Place, repo: str) -> None:
    """Refuse to write over files of others unasked."""
    if change.foreign and not place.replace:
        raise Refused(
            Problem(
                repo,
                f"it holds {', '.join(change.foreign)}, not published from here, which this would "
                "write over",
                "--replace does it, and the hub's history keeps what was there",
            )
        )


# Questions to the hub


def ask_hub(hub: Hub, plan: PublishPlan, report: Report) -> HubAnswers:
    """Which datasets a reader finds there, and which of them are the benchmarks they should be."""
    numbers: Sequence[Listed] = plan.numbers
    asked: dict[str, TestSet | None] = {}
    datasets: dict[str, str] = {}
    boards: dict[Board, str] = {}
    for one in numbers:
        figure = one.placement.figure
        ident = figure.hub_id
        if one.placement.where is Where.TEXT or ident is None:
            continue
        if ident not in asked:
            asked[ident] = hub.test_set(ident)
        found = asked[ident]
        if found is None:
            datasets[ident] = f"{ident} cannot be found on the hub"
        elif found.private:
            datasets[ident] = f"{ident} is private on the hub"
        elif figure.board is not None:
            why = _against(figure.board, found, report, figure.dataset)
            if why:
                boards[figure.board] = why
    for ident in plan.trained_on:
        if ident not in asked and (why := _UNSEEN[hub.is_private(ident)]):
            datasets[ident] = f"{ident} {why}"
    return HubAnswers(boards, datasets)


_UNSEEN: Final = {None: "cannot be found on the hub", True: "is private on the hub", False: ""}


def _against(board: Board, found: TestSet, report: Report, dataset: str) -> str:
    """Why a task is not one of this benchmark; empty where it is."""
    if not found.is_benchmark:
        return f"{board.dataset} is no benchmark on the hub"
    task = found.tasks.get(board.task_id)
    if task is None:
        known = ", ".join([*found.tasks][:_MOST_TASKS]) or "none"
        known += " and others" * (len(found.tasks) > _MOST_TASKS)
        return f"{board.dataset} has no task {board.task_id}; it has {known}"
    facts = report.datasets[dataset]
    for key, asked in (("config", facts.config), ("split", facts.split)):
        wanted = task.get(key)
        if wanted is not None and asked is not None and wanted != asked:
            return f"task {board.task_id} is about {key} {wanted}, and this was {asked}"
    return ""


def _validated(hub: Hub, plan: PublishPlan, say: Callable[[str], None]) -> None:
    """The hub's own check of the card, before anything is uploaded."""
    errors, warned = hub.validate(plan.file(README).bytes.decode("utf-8"))
    for warning in warned:
        say(f"the hub warns of the card: {printable(' '.join(warning.split()))}")
    if errors:
        raise EvalReportError(
            *(
                Problem(
                    f"{README}: front matter",
                    f"the hub refuses it: {printable(' '.join(error.split()))}",
                    "mend about, base_model or the datasets in the spec and build again; nothing "
                    "was uploaded",
                )
                for error in errors
            )
        )


# What it changes


def change_of(plan: PublishPlan, head: Head | None, record: Record, endpoint: str) -> Change:
    """What the plan does to what stands there; files of others are never removed."""
    files = head.files if head is not None else {}
    new = tuple(one for one in plan.files if one.path not in files)
    replaced = tuple(
        one for one in plan.files if one.path in files and head is not None and not head.has(one)
    )
    paths = {one.path for one in plan.files}
    earlier = {path for one in record.of(endpoint, plan.repo) for path in one.files}
    return Change(
        new=new,
        replaced=replaced,
        foreign=tuple(
            one.path
            for one in replaced
            if not record.is_ours(endpoint, plan.repo, one.path, files[one.path])
        ),
        same=tuple(sorted(paths - {one.path for one in (*new, *replaced)})),
        gone=tuple(
            path
            for path in sorted((earlier - paths) & set(files))
            if record.is_ours(endpoint, plan.repo, path, files[path])
        ),
    )


def change_lines(change: Change, head: Head) -> Iterator[str]:
    """The change in words."""
    yield f"at commit {head.commit[:12]}, {count_text(len(head.files), 'file')} there"
    if change.new:
        yield f"adds      {', '.join(one.path for one in change.new)}"
    for one in change.replaced:
        whose = "not published from here" if one.path in change.foreign else "published from here"
        yield f"replaces  {one.path} ({whose})"
    if change.gone:
        yield f"removes   {', '.join(change.gone)} (published from here, and no longer part of it)"
    if change.same:
        yield f"keeps     {count_text(len(change.same), 'file')} that are the same"


# The commit


def _commit(place: Place, plan: PublishPlan, change: Change, parent: str) -> str:
    """One commit, or the one that an answer was lost of."""
    hub, repo = place.hub, plan.repo
    files = (*change.new, *change.replaced)
    size = bytes_text(sum(one.size for one in files))
    place.say(f"sending {count_text(len(files), 'file')}, {size}")
    message = f"evalreport: {plan.name}, {plan.verdict}"
    for attempt in range(1, _ATTEMPTS + 1):
        operations = hub.operations(files, change.gone)
        hub.upload(repo, operations, files)
        reached("publish-uploaded")
        try:
            with told("committing", repo):
                return hub.commit(
                    repo,
                    operations,
                    parent=parent,
                    message=message,
                    description="Made by `evalreport publish`; report.json has every number.",
                )
        except EvalReportError as error:
            if not is_passing(error.__cause__ or error):
                raise
            head = hub.head(repo)  # the answer may have been lost, and not the commit
            if head is not None and all(head.has(one) for one in plan.files):
                return head.commit
            if attempt == _ATTEMPTS or head is None or head.commit != parent:
                raise
            place.say("the hub did not take the commit: trying again")
            time.sleep(place.wait_seconds * attempt)
    raise AssertionError("every attempt returns or raises")


def _note(place: Place, plan: PublishPlan, report: Report, commit: str) -> None:
    """Note that a publication began, or that it is done.

    Raises:
        EvalReportError: The disk is full, say. What was noted when it began holds every digest, so
            that the same command finds what it sent.
    """
    noted = Published(
        at=place.now(),
        endpoint=place.hub.endpoint,
        repo=plan.repo,
        state="done" if commit else "begun",
        commit=commit,
        name=plan.name,
        spec_digest=report.spec_digest,
        files={**file_records(plan)},
    )
    try:
        place.record.add(noted)
    except OSError as error:
        state = f"it is published (commit {commit})" if commit else "nothing was sent"
        raise EvalReportError.because(
            f"{state}, and that cannot be noted here ({error.strerror or error})",
            where=plan.repo,
            hint="make room in .evalreport; the same command then goes on, and sends nothing twice",
        ) from error
