"""Rows of items.jsonl while they are read: every line an object, or the line that is none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn, TextIO, TypeAlias

from pydantic import ValidationError

from evalreport.errors import DataError, Problem
from evalreport.report.files import refuse_irregular
from evalreport.report.items_head import Head
from evalreport.report.migrations import ITEMS
from evalreport.values import Json

Row: TypeAlias = dict[str, Json]

AS_BUILT: Final = "build again: what is done is reused, and items.jsonl is written anew"


@dataclass(frozen=True, slots=True)
class ItemsFile:
    """A file whose lines are JSON objects.

    Attributes:
        path: Where it is, or what it is called.
        content: What it holds, where that is no file of this machine's (an older commit's).
    """

    path: Path | str
    content: bytes | None = None

    def refuse(self, line: int, what: str, hint: str = AS_BUILT) -> NoReturn:
        """Say what is wrong with a line."""
        raise DataError(Problem(f"{self.path}:{line}", what, hint))

    def lines(self) -> Iterator[tuple[int, Row]]:
        """Every line with its number.

        Raises:
            DataError: The file cannot be read, or a line is no JSON object.
        """
        try:
            with self._open() as file:
                for number, line in enumerate(file, 1):
                    try:
                        row = _DECODER.decode(line)
                    except (ValueError, RecursionError) as error:
                        self.refuse(number, f"this is not JSON: {error}")
                    if not isinstance(row, dict):
                        self.refuse(number, "this is not a JSON object")
                    yield number, row
        except UnicodeDecodeError as error:
            self.refuse(1, f"this is not UTF-8: {error.reason}")
        except FileNotFoundError as error:
            hint = "name an items.jsonl, or leave it out for the one beside report.json"
            raise DataError(Problem(str(self.path), "there is no such file", hint)) from error
        except OSError as error:
            what = f"it cannot be read: {error.strerror}"
            raise DataError(Problem(str(self.path), what, AS_BUILT)) from error

    def _open(self) -> TextIO:
        if self.content is not None:
            return TextIOWrapper(BytesIO(self.content), encoding="utf-8")
        refuse_irregular(Path(self.path))
        return Path(self.path).open(encoding="utf-8")

    def head(self, lines: Iterator[tuple[int, Row]]) -> Head:
        """The first line.

        Raises:
            DataError: It is none, or not of the version that is read here.
        """
        _, first = next(lines, (1, {}))
        if ITEMS.key not in first:
            self.refuse(1, "it has no head: an earlier version of evalreport wrote it")
        problem = ITEMS.problem(first, self.path, where=f"{self.path}:1")
        if problem is not None:
            raise DataError(problem)
        try:
            return Head.model_validate(first)
        except ValidationError as error:
            found = error.errors(include_url=False)[0]
            self.refuse(1, f"{'.'.join(map(str, found['loc']))}: {found['msg']}")

    def text(self, number: int, row: Row, key: str) -> str:
        """A text that every row has."""
        value = row.get(key)
        if not isinstance(value, str):
            self.refuse(number, f"`{key}` is no text")
        return value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


@dataclass(slots=True)
class Rows:
    """The rows of one layer or part while they are read."""

    file: ItemsFile
    layer: str
    ids: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    clusters: list[str | None] = field(default_factory=list)
    subgroups: list[Mapping[str, Json]] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    prompt_tokens: list[Mapping[str, Json]] = field(default_factory=list)
    scores: list[Mapping[str, Json]] = field(default_factory=list)
    states: dict[int, Mapping[str, Json]] = field(default_factory=dict)
    apart: list[Mapping[str, Json]] = field(default_factory=list)

    def add(self, number: int, row: Row) -> None:
        """One more row."""
        item = self.file.text(number, row, "item")
        cluster = row.get("cluster")
        if cluster is not None and not isinstance(cluster, str):
            self.file.refuse(number, "`cluster` is no text")
        if row.get("leaked") is True:
            self.leaked.append(item)
        if "states" in row:
            self.states[len(self.ids)] = self._of_arms(number, row, "states")
        self.ids.append(item)
        self.numbers.append(number)
        self.clusters.append(cluster)
        self.scores.append(self._of_arms(number, row, "scores"))
        if "subgroups" in row:
            self._in_place(self.subgroups, self._of_arms(number, row, "subgroups"))
        if "prompt_tokens" in row:
            self._in_place(self.prompt_tokens, self._of_arms(number, row, "prompt_tokens"))
        if "apart" in row:
            self._in_place(self.apart, self._of_arms(number, row, "apart"))

    def _in_place(self, column: list[Mapping[str, Json]], value: Mapping[str, Json]) -> None:
        column += [{}] * (len(self.ids) - 1 - len(column))
        column.append(value)

    def _of_arms(self, number: int, row: Row, key: str) -> Mapping[str, Json]:
        value = row.get(key)
        if not isinstance(value, dict):
            self.file.refuse(number, f"`{key}` is no object")
        return value

    def refuse(self, place: int, what: str) -> NoReturn:
        """Say what is wrong with a row, by its place among the layer's."""
        self.file.refuse(self.numbers[place], what)

    def lists(self, arm: str, seeds: int) -> list[Sequence[Json]]:
        """An arm's list of seeds in every row."""
        found: list[Sequence[Json]] = []
        for place, scores in enumerate(self.scores):
            given = scores.get(arm)
            if not isinstance(given, list) or len(given) != seeds:
                self.refuse(place, f"`scores` of {arm} has not {seeds} lists, one a seed")
            found.append(given)
        return found
