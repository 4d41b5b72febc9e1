"""Survey: what files hold, before anybody has said what it means."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Gives, Importer, NoScore
from evalreport.importers.files import walked
from evalreport.importers.reading import refuse_unreadable
from evalreport.importers.table import importer_of
from evalreport.records import EarlierTraining

Pair = tuple[str, str]


class Topic(NamedTuple):
    """What rows (or figures) of a file are about.

    Attributes:
        model: Whose; empty where the file names nobody.
        other: The other of a pair; empty where there is none.
        part: Of which measurement.
        judge: Whose verdict; empty where the file names nobody.
    """

    model: str
    other: str
    part: str
    judge: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What one file holds.

    Attributes:
        path: The file.
        format: Which importer knows it.
        given: The argument that named it: the file itself, or a folder above it.
        tool: What wrote it.
        gives: What it holds.
        models: Whose results, as the file names them; empty where it names nobody.
        pairs: Of verdicts, the two models of each pair: the one that is told about, and the other.
        metrics: By part, the metrics with a number.
        guessed: Metrics of which the file does not tell whether higher is better.
        judges: Whose verdicts.
        holds: What its rows are about.
        rows: How many rows (or figures, or points of a training's curve) could be read.
        left: How many could not be taken up.
        why: Why most of those could not.
        first: Where the first of those stands.
        training: Of a trainer's state, what it tells.
    """

    path: Path
    format: str
    given: Path
    tool: str
    gives: Gives
    models: tuple[str, ...]
    pairs: tuple[Pair, ...]
    metrics: dict[str, tuple[str, ...]]
    guessed: frozenset[str]
    judges: tuple[str, ...]
    holds: frozenset[Topic]
    rows: int
    left: int
    why: str = ""
    first: str = ""
    training: EarlierTraining | None = None


@dataclass(slots=True)
class _Seen:
    models: dict[str, None] = field(default_factory=dict)
    pairs: dict[Pair, None] = field(default_factory=dict)
    metrics: dict[str, dict[str, None]] = field(default_factory=dict)
    judges: dict[str, None] = field(default_factory=dict)
    holds: set[Topic] = field(default_factory=set)
    rows: int = 0


def survey(given: Iterable[Path]) -> tuple[Surveyed, ...]:
    """What files and folders hold, each file read once and row by row.

    A file that is named must be one that an importer knows; of folders, those are taken that are.
    A file that is named twice belongs to the argument that comes first.

    Raises:
        DataError: There is no such file, it cannot be used, or no importer knows it.
    """
    found: dict[str, Surveyed] = {}
    for one in given:
        for path, importer in _known(one):
            real = os.path.realpath(path)
            if real not in found:
                found[real] = _look(path, importer, one)
    return tuple(found.values())


def _known(given: Path) -> Iterator[tuple[Path, Importer]]:
    try:
        is_folder = given.is_dir()
    except OSError as error:
        refuse_unreadable(given, error)
    if not is_folder:
        yield given, importer_of(given)
        return
    found = False
    for path in walked(given):
        try:
            importer = importer_of(path)
        except DataError:
            continue
        found = True
        yield path, importer
    if not found:
        hint = "name one of its files, and what is wrong with it is said"
        raise DataError(Problem(str(given), "no importer knows any file in this folder", hint))


def _look(path: Path, importer: Importer, given: Path) -> Surveyed:
    reading = importer.read(path, {})
    seen = _Seen()
    for row in reading.rows:
        seen.rows += 1
        model = row.model or reading.model
        if model:
            seen.models.setdefault(model)
        if row.against:
            seen.pairs.setdefault((model, row.against))
        if row.judge:
            seen.judges.setdefault(row.judge)
        seen.holds.add(Topic(model, row.against, row.part, row.judge))
        metrics = seen.metrics.setdefault(row.part, {})
        for metric, score in row.scores.items():
            if not isinstance(score, NoScore):
                metrics.setdefault(metric)
    for figure in reading.figures if importer.gives == "figures" else ():
        seen.rows += 1
        model = figure.model or reading.model
        if model:
            seen.models.setdefault(model)
        seen.holds.add(Topic(model, "", figure.part, ""))
        seen.metrics.setdefault(figure.part, {}).setdefault(figure.metric)
    if reading.training is not None:
        seen.rows = len(reading.training.curve)
    (why, k), *others = reading.left.counts.most_common() or [("", 0)]
    return Surveyed(
        path=path,
        format=importer.name,
        given=given,
        tool=reading.tool,
        gives=importer.gives,
        models=tuple(seen.models),
        pairs=tuple(seen.pairs),
        metrics={part: tuple(names) for part, names in seen.metrics.items()},
        guessed=frozenset(
            name for names in seen.metrics.values() for name in names if reading.is_guessed(name)
        ),
        judges=tuple(seen.judges),
        holds=frozenset(seen.holds),
        rows=seen.rows,
        left=reading.left.total,
        why=f"{why} ({k} of them)" if others else why,
        first=reading.left.first.get(why, ""),
        training=reading.training,
    )
