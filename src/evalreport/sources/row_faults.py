"""What is wrong with rows of one file; a column that none of them has is said once."""

from dataclasses import dataclass, field
from typing import TypeAlias

from evalreport.errors import KeyProblem
from evalreport.numbers import count_text
from evalreport.sources.dataset import CONTENT, Dataset
from evalreport.sources.faults import Faults
from evalreport.sources.templates import CannotRender, Lack

Loc: TypeAlias = tuple[str | int, ...]

_TEMPLATES = (*(key for keys in CONTENT.values() for key in keys), "system", "rephrased")


@dataclass(slots=True)
class RowFaults:
    """Notes problems of rows as they come, and says a mistake of the spec once in the end.

    Attributes:
        faults: Where they are noted.
        dataset: Which file is read, and how.
        loc: Where the dataset stands in the spec.
        since: How many problems there were before.
        errors: How many rows had one.
        last: What the last one said.
        lacks: The columns that rows lack; None for any other problem.
    """

    faults: Faults
    dataset: Dataset
    loc: Loc
    since: int = field(init=False)
    errors: int = 0
    last: CannotRender | None = None
    lacks: set[Lack | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.since = len(self.faults.shown)

    def add(self, where: str, error: CannotRender) -> None:
        """Notes one row's problem."""
        self.errors += 1
        self.last = error
        self.lacks.add(error.lacks)
        self.faults.add(where, error.what, error.hint)

    def close(self, shown: str, rows: int) -> None:
        """Says once what all rows lack.

        Args:
            shown: The file, as messages name it.
            rows: How many rows it has.
        """
        lack = next(iter(self.lacks), None)
        if self.last is None or lack is None or len(self.lacks) > 1:
            return
        if self.errors < rows or rows == 1:
            return
        what = f"{lack.says} `{lack.column}`, which is no column of {shown}"
        problem = KeyProblem(
            shown,
            f"{what} ({count_text(rows, 'row')})",
            self.last.hint,
            (*self.loc, *_key(self.dataset, lack.asked_by)),
        )
        self.faults.replace(problem, rows=rows, since=self.since, what=self.last.what)


def _key(dataset: Dataset, asked_by: str) -> Loc:
    """The key of a dataset that names a column, or whose template uses it."""
    for key in _TEMPLATES:
        source = getattr(dataset, key)
        if asked_by == source or (isinstance(source, tuple) and asked_by in source):
            return (key,)
    return tuple(asked_by.split(".", maxsplit=1))
