"""The page docs/statistics.md, from the rows."""

import inspect
from collections import Counter
from collections.abc import Sequence

from tests.stats.verified import KINDS, Printed, Verified, said
from tests.stats.verified.table import FAMILIES

_HEAD = """\
# The statistics, and what each was checked against

Written by `python -m tests.stats.verified` from `tests/stats/verified`; `make test` runs every
entry and fails where this page or a function departs from it, or where a public function of
`evalreport.stats` has no full entry. Scores that are NaN or infinite are faults of the caller and
raise; what cannot be estimated is a value that says why. How often the intervals hold what they
promise is measured in [calibration.md](calibration.md).

Each function is held against values known from elsewhere, {lines} lines in all. The first column
says what kind of value it is:

| kind | lines | such a value |
|---|---|---|
{kinds}

{printed} of the {functions} functions have a printed value. Numbers are shown to eight digits and
compared to half a unit of the last digit that was printed, or closer, save where the other value is
itself simulated or solved to less. "Second" is another implementation, compared on several inputs.

```python
from evalreport import stats

stats.tango(better=30, worse=12, items=400, level=0.95)
```
"""


def page() -> str:
    """The whole page."""
    return _head() + "".join(_family(name, rows) for name, rows in FAMILIES.items())


def _head() -> str:
    """The introduction, with how many lines there are of each kind."""
    rows = [row for family in FAMILIES.values() for row in family]
    lines = Counter(type(one) for row in rows for one in row.known)
    return _HEAD.format(
        lines=lines.total(),
        kinds="\n".join(f"| {kind.kind} | {lines[kind]} | {kind.meaning} |" for kind in KINDS),
        printed=sum(any(isinstance(one, Printed) for one in row.known) for row in rows),
        functions=len(rows),
    )


def _family(name: str, rows: Sequence[Verified]) -> str:
    return f"\n## {name}\n" + "".join(_row(row) for row in rows)


def _row(row: Verified) -> str:
    first = (inspect.getdoc(row.function) or "").partition("\n\n")[0].replace("\n", " ")
    lines = [
        f"\n### `{row.function.__name__}`\n",
        f"{first}\n",
        "| | |\n|---|---|",
        f"| source | {row.source} |",
        *(
            f"| {one.kind} | {one.where}: {', '.join(f'{x:.8g}' for x in one.values)} |"
            for one in row.known
        ),
        f"| second | {row.second.what} |",
        *(f"| {name} | {said(call)} |" for name, call in row.degenerate.items()),
    ]
    return "\n".join(lines) + "\n"
