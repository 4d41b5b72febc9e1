"""Plain tables: a row an item, with its scores or with what a model wrote."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from evalreport.digest import digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, Gives, Importer, Reading, Row
from evalreport.importers.bounds import within
from evalreport.importers.glimpse import Glimpse, glimpse
from evalreport.importers.left import Left
from evalreport.importers.plain.cells import answer, given, name_of, prompt_digest
from evalreport.importers.plain.columns import (
    Layout,
    Role,
    column_of,
    is_guessed,
    layout_of,
    notes_of,
    refuse_unusable,
)
from evalreport.importers.plain.rows import TABLES, NumberedCells, Table
from evalreport.metrics.base import Column
from evalreport.values import Json

_FIRST: Final = 100  # rows that tell what the columns are
_PERPLEXITY: Final = "perplexity"
_MEND: Final = "mend the number, or give the column the name of another metric"


@dataclass(frozen=True, slots=True)
class _PlainScores:
    """A table with a column that tells items apart, and columns of numbers."""

    name: str = "plain table of scores"
    gives: Gives = "scores"

    def recognises(self, seen: Glimpse) -> bool:
        """Whether it has both, and is about scores rather than answers."""
        found = _guessed(seen)
        return found is not None and found.has_items and found.looks_scored

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:
        """The rows with their scores.

        Raises:
            DataError: The file is no table, or it cannot be told what its columns are.
        """
        return _reading(path, columns, self.gives)


@dataclass(frozen=True, slots=True)
class _PlainOutputs:
    """A table with a column that tells items apart, and one with what a model wrote."""

    name: str = "plain table of outputs"
    gives: Gives = "outputs"

    def recognises(self, seen: Glimpse) -> bool:
        """Whether it has both."""
        found = _guessed(seen)
        return found is not None and found.has_items and "output" in found.roles

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:
        """The rows with the answers; they have no scores.

        Raises:
            DataError: The file is no table, or it cannot be told what its columns are.
        """
        return _reading(path, columns, self.gives)


PLAIN_SCORES: Final[Importer] = _PlainScores()
PLAIN_OUTPUTS: Final[Importer] = _PlainOutputs()


def plain_importer(seen: Glimpse, columns: Mapping[str, str]) -> Importer | None:
    """The importer of a table whose columns the spec names; None for what is no table.

    Raises:
        DataError: The table cannot be read.
    """
    if seen.shape not in TABLES or not columns:
        return None
    found = layout_of(_begin(_table(seen))[0], columns)
    is_named = any(name in columns for name in found.metrics)
    has_output = "output" in columns or not found.looks_scored
    return PLAIN_OUTPUTS if has_output and not is_named else PLAIN_SCORES


def guessed_layout(seen: Glimpse) -> Layout | None:
    """What the columns of a table are by themselves; None for what is none, or cannot be read."""
    try:
        return _guessed(seen)
    except DataError:
        return None


def _table(seen: Glimpse) -> Table:
    shape = TABLES.get(seen.shape)
    if shape is None:
        hint = "a plain table is .csv, .tsv, .jsonl, an array in .json, or .parquet"
        raise DataError(Problem(str(seen.path), "the file is no table", hint))
    return Table(seen.path, shape)


def _guessed(seen: Glimpse) -> Layout | None:
    """What the columns of a file are by themselves; None for what is no table with rows."""
    if seen.shape not in TABLES:
        return None
    try:
        rows = _begin(_table(seen))[0]
    except DataError:
        if not seen.rows:
            raise
        rows = [*seen.rows]  # reading will say what is wrong behind these
    return layout_of(rows, {}) if rows else None


def _begin(table: Table) -> tuple[list[Mapping[str, Json]], Left]:
    """The first rows, and what could not be read among them."""
    left = Left()
    return [row for _, row in islice(table.rows(left), _FIRST)], left


def _reading(path: Path, columns: Mapping[str, str], gives: Gives) -> Reading:
    table = _table(glimpse(path))
    first, unread = _begin(table)
    if not first:
        why, where = next(iter(unread.first.items()), ("the table has no rows", str(path)))
        raise DataError(Problem(where, why, "no row of the file can be read"))
    layout = layout_of(first, columns)
    if gives == "outputs":
        layout = Layout(layout.roles, {})
    names = [*dict.fromkeys(name for row in first for name in row)]
    needs = "output" if gives == "outputs" else "scores"
    refuse_unusable(layout, names, table.where(1), needs=needs)
    left = Left()
    cells = table.rows(left, layout.needed)
    known = {metric: _bounded(metric) for metric in layout.metrics}
    return Reading(
        tool="plain table",
        gives=gives,
        rows=_Rows(table, layout, left, known).all(cells),
        column=column_of,
        is_guessed=is_guessed,
        left=left,
        notes=notes_of(layout),
        numbered=table.numbered,
    )


def _bounded(metric: str) -> Column:
    """A metric with the bounds that it has as tables write it."""
    column = column_of(metric)
    return replace(column, low=1.0) if metric == _PERPLEXITY else column


def _kept(metric: str, score: Given) -> Given:
    """A score as it is averaged: a perplexity as its logarithm."""
    return math.log(score) if metric == _PERPLEXITY and isinstance(score, float) else score


@dataclass(frozen=True, slots=True)
class _Rows:
    """Cells to rows."""

    table: Table
    layout: Layout
    left: Left
    known: Mapping[str, Column]

    def all(self, cells: Iterator[NumberedCells]) -> Iterator[Row]:
        """Every row that can be taken up.

        Raises:
            DataError: Prompts shall tell items apart and do not, or a number cannot be what its
                column says.
        """
        prompts: set[bytes] = set()
        for number, row in cells:
            made = self._row(number, row)
            if isinstance(made, str):
                self.left.add(made, self.table.where(number))
                continue
            if "id" not in self.layout.roles:
                self._refuse_twice(made, prompts)
            yield made

    def _row(self, number: int, row: Mapping[str, Json]) -> Row | str:
        """A row, or why it is none."""
        prompt = prompt_digest(self._cell(row, "prompt"))
        if prompt is None:
            return "the prompt cannot be read"
        item = name_of(self._cell(row, "id")) if "id" in self.layout.roles else prompt
        if not item:
            return "the row has no id" if item == "" else "the id is neither a text nor a number"
        names = {role: name_of(self._cell(row, role)) for role in ("model", "cluster", "part")}
        odd = next((role for role, name in names.items() if name is None), None)
        if odd is not None:
            return f"the {odd} is neither a text nor a number"
        if "model" in self.layout.roles and not names["model"]:
            return "the row names no model"
        try:
            output = answer(self._cell(row, "output"))
        except ValueError as error:
            return str(error)
        return Row(
            line=number,
            item=item,
            scores=self._scores(number, row),
            part=names["part"] or "",
            model=names["model"] or "",
            prompt=prompt,
            output=output,
            cluster=names["cluster"] or "",
        )

    def _cell(self, row: Mapping[str, Json], role: Role) -> Json:
        column = self.layout.roles.get(role)
        return None if column is None else row.get(column)

    def _scores(self, number: int, row: Mapping[str, Json]) -> dict[str, Given]:
        where = self.table.where(number)
        return {
            metric: _kept(metric, within(given(row.get(column)), self.known[metric], where, _MEND))
            for metric, column in self.layout.metrics.items()
        }

    def _refuse_twice(self, row: Row, prompts: set[bytes]) -> None:
        """Without ids, prompts have to tell items apart."""
        key = bytes.fromhex(digest_text(f"{row.part}\0{row.model}\0{row.prompt}"))[:16]
        if key in prompts:
            what = "the prompt of this row stands in an earlier row too, so it tells no item apart"
            hint = "add a column id that does; a spec may name another with columns: {id: ...}"
            raise DataError(Problem(self.table.where(row.line), what, hint))
        prompts.add(key)
