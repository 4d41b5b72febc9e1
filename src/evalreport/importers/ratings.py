"""Ratings that came back: files of rating pages, held against the comparisons of a layer.

A file counts as a whole or not at all: were the ratings taken whose answers happen to be the same
still, they would be no random part of what was rated. Of one person several files may come, of two
pages or of two evenings: all of them count, and where two hold a comparison the one that was saved
last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem, printable
from evalreport.importers.reading import json_object
from evalreport.layers.human import Human
from evalreport.layers.human.tasks import Known, Stands, asked_digest
from evalreport.numbers import count_text
from evalreport.records.ratings import (
    RATINGS,
    FiledRating,
    PersonVerdict,
    Rater,
    Ratings,
    RatingsFile,
)

_NOT_THESE: Final = "remove it from `ratings`, or rate anew: evalreport rate writes the pages"
_LONGEST_SHOWN: Final = 60
_YEAR_SECONDS: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class _File:
    """One file that fits."""

    path: Path
    held: RatingsFile


@dataclass(slots=True)
class _Person:
    """What is gathered of one person."""

    name: str
    files: list[RatingsFile] = field(default_factory=list)
    ratings: dict[str, FiledRating] = field(default_factory=dict)
    changed: int = 0


def read_ratings(paths: Sequence[Path], layer: Human, known: Sequence[Known]) -> Ratings:
    """What people said, with the arms that their verdicts are about.

    A file that was saved before its page was finished is taken as far as it goes.

    Args:
        paths: Files that rating pages wrote.
        layer: That asked.
        known: Its comparisons, as they are now.

    Raises:
        DataError: A file cannot be read, is no file of ratings, or is about other answers, other
            items or another question; or nobody can tell whether two files are of one person. All
            such files are named at once.
    """
    by_id = {one.id: one for one in known}
    files: list[_File] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            held = _read(path)
        except DataError as error:
            problems += error.problems
            continue
        found = [*_unfitting(path, held, layer, by_id)]
        problems += found
        if not found:
            files.append(_File(path, held))
    problems += _unclear(files)
    if problems:
        raise DataError(*problems)
    people = _people(files)
    return Ratings(
        raters=tuple(_rater(one) for one in people),
        verdicts=tuple(
            verdict
            for person in people
            for rating in person.ratings.values()
            for verdict in _verdicts(person.name, rating, by_id[rating.id])
        ),
        digest=digest_of("ratings", [one.held.model_dump(mode="json") for one in files]),
    )


def _read(path: Path) -> RatingsFile:
    content = json_object(path)
    problem = RATINGS.problem(content, path)
    if problem is not None:
        raise DataError(problem)
    try:
        return RatingsFile.model_validate(content)
    except (ValidationError, RecursionError) as error:
        what = "it is nested too deeply"
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False, include_input=False)[0]
            place = printable(".".join(map(str, first["loc"])))[:_LONGEST_SHOWN]
            what = f"{place}: {printable(first['msg'])}"
        hint = "take the file as the page wrote it; only `rater` may be changed by hand"
        raise DataError(Problem(str(path), what, hint)) from error


def _unfitting(
    path: Path, held: RatingsFile, layer: Human, by_id: Mapping[str, Known]
) -> Iterator[Problem]:
    """Why the ratings of a file are not about what is compared now."""
    strangers = [one for one in held.ratings if one.id not in by_id]
    if strangers:
        some = (
            "none of its ratings is"
            if len(strangers) == len(held.ratings)
            else f"{len(strangers)} of its {count_text(len(held.ratings), 'rating')} are not"
        )
        what = (
            f"{some} about what layer {layer.name} compares now: other items, or answers that have "
            "changed since"
        )
        yield Problem(str(path), what, _NOT_THESE)
        return
    if held.asked != asked_digest(layer):
        what = f"its rater was asked something else: question, criteria or ties of {layer.name}"
        yield Problem(str(path), f"{what} have changed since", _NOT_THESE)
        return
    seen: set[str] = set()
    for one in held.ratings:
        where = f"{path}  ratings {one.place}"
        if one.id in seen:
            yield Problem(where, "it holds one comparison twice", "remove one of the two")
        elif one.first not in by_id[one.id].slots:
            yield Problem(where, "what stood first is none of the two answers", _NOT_THESE)
        elif one.verdict == "tie" and not layer.ties:
            yield Problem(where, f"it is a tie, and {layer.name} allows none", _NOT_THESE)
        elif one.seconds > _YEAR_SECONDS:
            hint = "take the file as the page wrote it, or mend the seconds"
            yield Problem(where, "nobody looks at two answers for longer than a year", hint)
        seen.add(one.id)


# Who is who


def _called(held: RatingsFile) -> str:
    """A person's name as it is compared: without case and the space around it."""
    return " ".join(held.rater.split()).casefold()


def _unclear(files: Sequence[_File]) -> Iterator[Problem]:
    """Files without a name, of one page and two sessions: one person, or two? Nobody can tell."""
    first: dict[int, _File] = {}
    named = {one.held.session for one in files if _called(one.held)}
    for one in files:
        if one.held.session in named:
            continue
        other = first.setdefault(one.held.page_number, one)
        if other.held.session != one.held.session:
            what = (
                f"nobody wrote a name, and neither did the rater of {other.path}, on the same page "
                "on another occasion: are they one person?"
            )
            hint = "write a name under `rater` in both files; the same one if it is one person"
            yield Problem(str(one.path), what, hint)


def _people(files: Sequence[_File]) -> list[_Person]:
    """Files by person, each with what they said last."""
    # A name that was typed later belongs to the whole session.
    named = {one.held.session: one.held for one in files if _called(one.held)}
    people: dict[str, _Person] = {}
    for one in files:
        held = named.get(one.held.session, one.held) if not _called(one.held) else one.held
        name = " ".join(held.rater.split()) or f"rater {held.page_number}"
        # The name is shown where letters can move a cursor.
        people.setdefault(name.casefold(), _Person(printable(name))).files.append(one.held)
    for person in people.values():
        for held in sorted(person.files, key=lambda held: held.saved):
            for rating in held.ratings:
                earlier = person.ratings.get(rating.id, rating)
                person.changed += (earlier.verdict, earlier.first) != (rating.verdict, rating.first)
                person.ratings[rating.id] = rating
    return [*people.values()]


def _rater(person: _Person) -> Rater:
    skipped = sum(one.verdict == "skip" for one in person.ratings.values())
    return Rater(
        name=person.name,
        pages=tuple(sorted({held.page_number for held in person.files})),
        rated=len(person.ratings) - skipped,
        skipped=skipped,
        seconds=sum(one.seconds for one in person.ratings.values()),
        changed=person.changed,
        finished=any(held.finished is not None for held in person.files),
    )


def _verdicts(rater: str, rating: FiledRating, known: Known) -> Iterator[PersonVerdict]:
    """One for each pair and seed whose texts these are."""
    for stands in known.stands_for:
        is_first = rating.first == stands.candidate
        yield PersonVerdict(
            rater=rater,
            item=known.item,
            pair=stands.pair,
            seed=stands.seed,
            verdict=_sign(rating, stands),
            candidate_first=is_first,
            note=rating.note,
            seconds=rating.seconds,
        )


def _sign(rating: FiledRating, stands: Stands) -> Literal[-1, 0, 1] | None:
    match rating.verdict:
        case "skip":
            return None
        case "tie":
            return 0
        case "A":
            return 1 if rating.first == stands.candidate else -1
        case "B":
            return -1 if rating.first == stands.candidate else 1
