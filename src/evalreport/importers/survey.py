"""Survey: what files hold, before anybody has said what it means."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Gives, Importer, NoScore
from evalreport.importers.table import importer_of

Pair = tuple[str, str]


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
        judges: Whose verdicts.
        rows: How many rows (or figures) could be read.
        left: How many could not be taken up.
    """

    path: Path
    format: str
    given: Path
    tool: str
    gives: Gives
    models: tuple[str, ...]
    pairs: tuple[Pair, ...]
    metrics: dict[str, tuple[str, ...]]
    judges: tuple[str, ...]
    rows: int
    left: int


@dataclass(slots=True)
class _Seen:
    models: dict[str, None] = field(default_factory=dict)
    pairs: dict[Pair, None] = field(default_factory=dict)
    metrics: dict[str, dict[str, None]] = field(default_factory=dict)
    judges: dict[str, None] = field(default_factory=dict)
    rows: int = 0


def survey(given: Iterable[Path]) -> tuple[Surveyed, ...]:
    """What files and folders hold, each file read once and row by row.

    A file that is named must be one that an importer knows; of folders, those are taken that are.

    Raises:
        DataError: There is no such file, it cannot be used, or no importer knows it.
    """
    return tuple(_look(path, importer, one) for one in given for path, importer in _known(one))


def _known(given: Path) -> Iterator[tuple[Path, Importer]]:
    if not given.is_dir():
        yield given, importer_of(given)
        return
    found = False
    for path in sorted(one for one in given.rglob("*") if one.is_file()):
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
        metrics = seen.metrics.setdefault(row.part, {})
        for metric, score in row.scores.items():
            if not isinstance(score, NoScore):
                metrics.setdefault(metric)
    for figure in reading.figures if importer.gives == "figures" else ():
        seen.rows += 1
        if figure.model or reading.model:
            seen.models.setdefault(figure.model or reading.model)
        seen.metrics.setdefault(figure.part, {}).setdefault(figure.metric)
    return Surveyed(
        path=path,
        format=importer.name,
        given=given,
        tool=reading.tool,
        gives=importer.gives,
        models=tuple(seen.models),
        pairs=tuple(seen.pairs),
        metrics={part: tuple(names) for part, names in seen.metrics.items()},
        judges=tuple(seen.judges),
        rows=seen.rows,
        left=reading.left.total,
    )
