"""The plan of a publication, from the report and what lies on this machine; no network."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import EvalReportError, Problem
from evalreport.hub_rules import HubAnswers, validate_front_matter
from evalreport.numbers import count_text
from evalreport.publish.beside import drawn_pictures, items_file, lock_file, picture_files
from evalreport.publish.entries import result_files
from evalreport.publish.hub import USUAL
from evalreport.publish.leaks import Known, absolute_paths, leaks
from evalreport.publish.model import (
    README,
    SPEC,
    LeftOut,
    PlannedFile,
    PublishPlan,
    text_file,
)
from evalreport.publish.reduced import least, reduced
from evalreport.publish.weights import Kept, Shipped, shipped
from evalreport.render import render_html, render_json, render_markdown, render_model_card
from evalreport.render.card import card_of
from evalreport.render.pictures import NotDrawn
from evalreport.report.files import ITEMS, JSON, LOCK
from evalreport.report.model import ExamplesShown, Report
from evalreport.report.placing import listed
from evalreport.report.seals import seals_of
from evalreport.spec.models import Publish, Spec
from evalreport.values import Json

_LOCAL_CARD: Final = "model_card.md"


@dataclass(frozen=True, slots=True)
class Given:
    """What a plan is made of.

    Attributes:
        folder: Of the report.
        report: As it was built.
        content: The same as JSON, for its seals.
        spec: The one that the report holds.
        kept: Where weights may lie.
        known: What must not leave.
        endpoint: Address of the hub.
    """

    folder: Path
    report: Report
    content: Json
    spec: Spec
    kept: Kept
    known: Known
    endpoint: str


def plan_publish(given: Given, answers: HubAnswers | None = None) -> PublishPlan:
    """Every file of the commit, every number's place, and what stays; or all that is wrong.

    Args:
        given: The report and where its parts lie.
        answers: What the hub said of the places of numbers, once it was asked.

    Raises:
        EvalReportError: Something keeps it from being published; with every problem.
    """
    report = given.report
    problems = list(_unfit(given))
    publish = report.publish
    if publish is None:
        raise EvalReportError(*problems, _says_nowhere(given))
    shown = least(publish.examples, report.examples_shown)
    leaving = reduced(report, shown)
    weights = None
    if not report.simulated:  # those of a simulation are none
        weights = _collected(lambda: shipped(report, given.spec, given.kept), problems)
    drawn = drawn_pictures(given.folder, leaving)
    files = [*(weights.files if weights else ())]
    files += _documents(leaving, given, answers, pictured=not isinstance(drawn, NotDrawn))
    digest = next(one.sha256 for one in files if one.path == JSON)
    numbers = listed(leaving, answers)
    url = f"{USUAL}/{publish.repo}/blob/main/{JSON}" if given.endpoint == USUAL else ""
    files += result_files(numbers, leaving, source_url=url, report_digest=digest)
    left_out = list(weights.left_out if weights else ())
    lock = lock_file(given.folder, report, leaving)
    for one in (lock, _items(given, leaving, publish, shown), *picture_files(given.folder, drawn)):
        if isinstance(one, PlannedFile):
            files.append(one)
        elif isinstance(one, LeftOut):
            left_out.append(one)
        else:
            problems.append(one)
    left_out += _rest(given, files)
    problems += [problem for one in files for problem in leaks(one, given.known)]
    problems += _refused_matter(leaving, answers)
    if problems:
        raise EvalReportError(*problems)
    return PublishPlan(
        name=report.name,
        repo=publish.repo,
        private=publish.private,
        verdict=f"{report.verdict.outcome.value} ({report.verdict.strength.value})",
        ships=weights.words if weights else "",
        examples=shown,
        files=tuple(sorted(files, key=lambda one: one.path)),
        numbers=numbers,
        left_out=tuple(left_out),
        changed=(
            *_changes(given, leaving, weights, publish),
            *_not_named(leaving, answers),
        ),
        look_at=tuple(_to_look_at(files)),
        says_private=_says_private(given.spec),
        trained_on=tuple(_named_in_card(leaving, answers)),
    )


def _says_nowhere(given: Given) -> Problem:
    return Problem(
        str(given.folder / JSON),
        "the spec that it was built from does not say where it goes",
        f"add publish: {{repo: org/name}} to {given.report.reproduce.spec_path} and build again: "
        "all is reused",
    )


def _says_private(spec: Spec) -> bool:
    asked = spec.publish
    return asked is not None and asked.private and "private" in asked.model_fields_set


def _named_in_card(report: Report, answers: HubAnswers | None) -> list[str]:
    """The training data that the card's metadata names."""
    named = card_of(report, answers).matter.get("datasets", [])
    return [str(one) for one in named] if isinstance(named, list) else []


def _not_named(report: Report, answers: HubAnswers | None) -> Iterator[str]:
    """The training data that it does not name because a reader would not find it."""
    if answers is None:
        return
    now = _named_in_card(report, answers)
    for ident in _named_in_card(report, None):
        if ident not in now:
            yield (
                f"{README} does not name {ident} as training data: {answers.datasets[ident]} "
                f"({SPEC}, {JSON} and the texts still say how it was trained)"
            )


def _collected(make: Callable[[], Shipped], problems: list[Problem]) -> Shipped | None:
    """What it makes; what keeps it from that joins the other problems."""
    try:
        return make()
    except EvalReportError as error:
        problems.extend(error.problems)
    except OSError as error:
        what = f"the weights cannot be read: {error.strerror or error}"
        problems.append(Problem(str(error.filename or ""), what, "mend that, and publish again"))
    return None


def _unfit(given: Given) -> Iterator[Problem]:
    """What keeps a report from being published whatever is in it."""
    report, where = given.report, str(given.folder / JSON)
    if report.simulated:
        yield Problem(
            where,
            "its models are simulated: there is nothing to publish",
            "build it with engine: {kind: local}",
        )
    if report.smoke:
        yield Problem(
            where, "it is of a smoke test, which counts for nothing", "build without --smoke"
        )
    head = _head(given.folder / ITEMS)
    sealed = head.get("sealed") if head is not None else None
    if isinstance(sealed, dict):
        now = seals_of(given.content)
        keys = dict.fromkeys((*now, *sealed))
        changed = [key for key in keys if now.get(key) != sealed.get(key)]
        if changed:
            yield Problem(
                where,
                f"{', '.join(changed)}: not as the build wrote it beside {ITEMS}",
                "evalreport recheck says what differs; build again, and all is reused",
            )


def _head(items: Path) -> dict[str, Json] | None:
    """The first line of items.jsonl; None where there is none that can be read."""
    try:
        with items.open(encoding="utf-8") as file:
            head = json.loads(file.readline())
    except (OSError, ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) else None


# The files


def _documents(
    report: Report, given: Given, answers: HubAnswers | None, *, pictured: bool
) -> Iterator[PlannedFile]:
    """Card, report and spec, made anew from what may leave."""
    anew = "rendered again from what may leave"
    card_shown = least(report.examples_shown, given.spec.report.card_examples)
    yield text_file(
        README,
        render_model_card(report, show=card_shown, answers=answers, pictured=pictured),
        origin=anew,
        why="the model card",
    )
    yield text_file(
        JSON,
        render_json(report),
        origin=anew,
        why="all numbers; what diff, gate and recheck read",
    )
    yield text_file(
        "report.md",
        render_markdown(report, pictured=pictured),
        origin=anew,
        why="the report, for reading on the hub",
    )
    yield text_file(
        "report.html", render_html(report), origin=anew, why="the report in one file, offline"
    )
    yield text_file(
        SPEC, report.reproduce.spec_yaml, origin="as it was built", why="what was asked"
    )


def _items(
    given: Given, leaving: Report, publish: Publish, shown: ExamplesShown
) -> PlannedFile | LeftOut | Problem:
    """items.jsonl, where the spec lets it leave."""
    if not publish.items:
        return LeftOut(
            ITEMS, "publish.items is not set: readers see the numbers and cannot recheck them"
        )
    return items_file(given.folder, given.report, leaving, shown)


def _rest(given: Given, files: list[PlannedFile]) -> Iterator[LeftOut]:
    """What else lies in the report's folder."""
    leaving = {one.path for one in files}
    for path in sorted(given.folder.iterdir()):
        if path.name == _LOCAL_CARD:
            yield LeftOut(_LOCAL_CARD, f"{README} is the same card, as it may leave")
        elif path.is_file() and path.name not in {*leaving, ITEMS}:
            yield LeftOut(path.name, "it is none of the files of a report")


# What is checked and what is told


def _refused_matter(report: Report, answers: HubAnswers | None) -> Iterator[Problem]:
    """What the hub would refuse in the front matter, as far as its rules are known here."""
    for refused in validate_front_matter(card_of(report, answers).matter):
        yield Problem(
            f"{README}: front matter",
            refused,
            "mend about, base_model.hub_id or the dataset in the spec, and build again",
        )


def _changes(
    given: Given, leaving: Report, weights: Shipped | None, publish: Publish
) -> Iterator[str]:
    """What is not as it stands in the report's folder."""
    was, now = given.report, leaving
    if now.examples_shown != was.examples_shown:
        texts = count_text(len(was.examples) + len(was.judged_examples), "example")
        yield (
            f"of {texts} the {_GONE[now.examples_shown]} left out, in every file: "
            f"publish.examples is {publish.examples}"
        )
    if now.steps != was.steps:
        yield "why a step failed is not told: it may quote a row, and publish.examples is not full"
    if now.reproduce != was.reproduce:
        yield f"the report names its spec and lock as they are called there: {SPEC}, {LOCK}"
    if weights is not None:
        yield from weights.changed
    if now != was:
        yield (
            f"recheck of what is published agrees with it: {ITEMS} is sealed for it"
            if publish.items
            else f"recheck needs {ITEMS}, which stays here; {JSON} here and there differ "
            "in what is named above alone"
        )


def _to_look_at(files: list[PlannedFile]) -> Iterator[str]:
    """What may be meant to leave and may not: nobody but a reader can tell."""
    for one in files:
        if one.path in {SPEC, LOCK} and (paths := absolute_paths(one)):
            yield f"{one.path} names {', '.join(paths)}: a path of this machine, if it is one"


_GONE: Final[Mapping[str, str]] = {
    "ids": "texts are",
    "none": "texts and ids are",
}
