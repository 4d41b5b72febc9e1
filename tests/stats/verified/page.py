"""The page docs/statistics.md, from the rows."""

import inspect
from collections.abc import Sequence

from tests.stats.verified import Verified, said
from tests.stats.verified.table import FAMILIES

_HEAD = """\
# The statistics, and what each was checked against

Written by `python -m tests.stats.verified` from `tests/stats/verified`; `make test` runs every
entry and fails where this page or a function departs from it, or where a public function of
`evalreport.stats` has no full entry. "Printed" are values of a paper or of the library of record;
"second" is another implementation, compared on several inputs. Scores that are NaN or infinite
are faults of the caller and raise; what cannot be estimated is a value that says why. How often
the intervals hold what they promise is measured in [calibration.md](calibration.md).

```python
from evalreport import stats

stats.tango(better=30, worse=12, items=400, level=0.95)
```
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_family(name, rows) for name, rows in FAMILIES.items())


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
            f"| printed | {one.where}: {', '.join(f'{x:.6g}' for x in one.printed)} |"
            for one in row.published
        ),
        f"| second | {row.second.what} |",
        *(f"| {name} | {said(call)} |" for name, call in row.degenerate.items()),
    ]
    return "\n".join(lines) + "\n"
