"""publish: what would go to the hub, where and why; --push does it, in one commit."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from evalreport.commands.opening import STORE, now
from evalreport.commands.recheck import refuse_other_items
from evalreport.commands.report import named_report, report_of
from evalreport.commands.writing import alone_in
from evalreport.errors import EXIT_WRITTEN, DataError, EvalReportError, Problem, printable
from evalreport.hub_rules import HubAnswers
from evalreport.publish.hub import Hub, address_here, token_here
from evalreport.publish.leaks import known_here
from evalreport.publish.make import Given, plan_publish
from evalreport.publish.model import PublishPlan
from evalreport.publish.push import Done, Place, push
from evalreport.publish.record import Record
from evalreport.publish.weights import Kept
from evalreport.publish.wording import done_text, plan_json, plan_text
from evalreport.report.load import load_report, read_json
from evalreport.spec.asked import key_variables
from evalreport.spec.load import load_spec, spec_of_text
from evalreport.store.store import FinishedStep, Store


def publish(path: Path, *, push: bool, replace: bool, as_json: bool) -> int:
    """Print what would leave, or publish it.

    Args:
        path: A report.json, its folder, or a spec that was built.
        push: Whether it is done; else nothing leaves this machine, and no network is used.
        replace: Whether files that were not published from here may be written over.
        as_json: Whether the result is for programs.

    Raises:
        DataError: There is no report, or it cannot be read.
        EvalReportError: It cannot be published, and why.
        Refused: It would write over files of others.
    """
    source = _source(path)
    endpoint = address_here(os.environ)
    token = token_here(os.environ)
    given = _given(source, endpoint, token)
    if given.spec.publish is not None and given.spec.publish.items:
        refuse_other_items(source, given.report, given.spec)
    if not push:
        plan = _plan(given)
        _print(plan, endpoint, None, as_json=as_json)
        if not as_json:
            sys.stdout.write("this was a dry run: nothing left this machine; --push does it\n")
        return EXIT_WRITTEN
    first, hub = _all_at_once(lambda: _plan(given), lambda: Hub(endpoint, token))
    place = Place(hub, Record(Path(STORE)), now, _say, replace=replace)
    done = _push(given, first, place, as_json=as_json)
    _print(done.plan, endpoint, done, as_json=as_json)
    return EXIT_WRITTEN


def _plan(given: Given, answers: HubAnswers | None = None) -> PublishPlan:
    """The plan, while no other command writes beside the report."""
    with alone_in(given.folder):
        return plan_publish(given, answers)


def _all_at_once(
    plan: Callable[[], PublishPlan], hub: Callable[[], Hub]
) -> tuple[PublishPlan, Hub]:
    """The plan and the hub, or what is wrong with either: nobody gets a token for nothing."""
    problems: list[Problem] = []
    made: PublishPlan | None = None
    try:
        made = plan()
    except EvalReportError as error:
        problems += error.problems
    try:
        opened = hub()
    except EvalReportError as error:
        raise EvalReportError(*problems, *error.problems) from error
    if made is None:
        raise EvalReportError(*problems)
    return made, opened


def _push(given: Given, first: PublishPlan, place: Place, *, as_json: bool) -> Done:
    def shown(plan: PublishPlan) -> None:
        if not as_json:
            _say(plan_text(plan, endpoint=given.endpoint, was_asked=True).rstrip())

    return push(first, lambda answers: _plan(given, answers), given.report, place, shown)


def _source(path: Path) -> Path:
    """The report.json that is meant."""
    named = named_report(path)
    if named is not None:
        return named
    loaded = load_spec(path)
    source = report_of(path, loaded.spec.name)
    if load_report(source).spec_digest != loaded.digest:
        raise DataError(
            Problem(
                str(path),
                "it has changed since its report was built: what is published must be what was "
                "built",
                f"evalreport build {path}, which reuses what did not change; or name {source}",
            )
        )
    return source


def _given(source: Path, endpoint: str, token: str | None) -> Given:
    """The report with all that a plan reads besides."""
    with alone_in(source.parent):
        report, content = load_report(source), read_json(source)
    where = f"{source}: reproduce.spec_yaml"
    spec = spec_of_text(report.reproduce.spec_yaml, report.reproduce.overrides, where)
    beside = (source.parent, Path(report.reproduce.spec_path).parent)
    known = known_here(os.environ, token, Path.cwd(), named=key_variables(spec), folders=beside)
    folder = Path(STORE)
    steps: tuple[FinishedStep, ...] = ()
    if (folder / "store.sqlite").exists():
        with closing(Store(folder, now, to_look=True)) as store:
            steps = store.steps()
    return Given(
        folder=source.parent,
        report=report,
        content=content,
        spec=spec,
        kept=Kept(steps, folder / "objects", Path(report.reproduce.spec_path).parent),
        known=known,
        endpoint=endpoint,
    )


def _say(line: str) -> None:
    """Lines of progress; some of what stands in them the hub said."""
    sys.stderr.write("".join(f"{printable(one)}\n" for one in line.split("\n")))
    sys.stderr.flush()


def _print(plan: PublishPlan, endpoint: str, done: Done | None, *, as_json: bool) -> None:
    if as_json:
        content = plan_json(plan, endpoint=endpoint)
        if done is not None:
            content |= {"commit": done.commit, "was_there": done.was_there}
        sys.stdout.write(json.dumps(content | {"pushed": done is not None}, indent=2) + "\n")
    elif done is None:
        sys.stdout.write(plan_text(plan, endpoint=endpoint, was_asked=False))
    else:
        sys.stdout.write(
            done_text(plan, endpoint=endpoint, commit=done.commit, was_there=done.was_there)
        )
