"""items.jsonl: all that findings are computed from, by item, without any text of a row or answer.

One JSON object a line. The first line is the head; it alone has the key `items`, the version of
this format. It says, once for the whole file,

- `layers`: by layer, `n` items; `columns`, what is scored and how scores add up; `arms`, the
  training seed of each replicate of an arm, null for one that was not trained here (of a pair that
  was judged `a~b` has what a won, and `b~a` what b won); `sequential`, when judging was to stop;
  and, for what was made of tuned, `apart`: of what the distances from it are;
- `parts`: the same for the parts of a layer on seen and unseen items;
- `asked`: by layer and arm, how each replicate was asked (its protocol and weights), and why there
  are no answers, where there are none; `prompted` names arms with a prompt of their own;
- `imported`, `refused`, `totals` and `figures`, where other tools measured: which layers, by layer
  and pair of arms why the two are not compared, totals without items, and what the tools say of
  their own items;
- `elsewhere`, where outputs of an arm come from files: its layer and it;
- `leaked`: the data sets of which some item met training;
- `same_outputs`: kinds of trouble that exactly the same outputs show;
- `sealed`: a digest of every part of report.json as it was written, without what depends on the
  clock and the host.

Every other line is an item of a layer: `layer`, `item` (its id; a digest of it when the report
shows no items), and, as far as there are any, `cluster`, `subgroups`, `leaked` (it met training),
`prompt_tokens` by arm, and `part`. `scores` holds, by arm, a list for each seed with one entry for
each column: a number; a list of counts that add up, for metrics of a whole corpus and for ratios;
null where there is none. `states`, where not everything was scored, has a text for each seed with a
letter for each column: `.` scored, `u` not readable (a number is then the declared penalty), `f` no
answer. `apart` holds, by export, its distance from each seed of tuned.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from evalreport.analyze.basis import Basis
from evalreport.analyze.comparable import Course
from evalreport.analyze.exports import Distances
from evalreport.analyze.labels import NOWHERE, Labels
from evalreport.analyze.parts import Part
from evalreport.analyze.scores import FAILED, SCORED, UNSCORABLE, Scored
from evalreport.analyze.tables import Table
from evalreport.analyze.text_findings import SameOutputs
from evalreport.digest import digest_of
from evalreport.metrics.aggregates import name_of
from evalreport.metrics.base import Column, FloatArray
from evalreport.report.migrations import ITEMS
from evalreport.report.model import ExamplesShown
from evalreport.report.seals import compact
from evalreport.values import Json

LETTERS: Final[Mapping[int, str]] = {SCORED: ".", UNSCORABLE: "u", FAILED: "f"}
_EXACT: Final = 2.0**53  # up to here a float is a whole number exactly when it looks like one

# What a row holds under one key, by the place of its item; None leaves the key out.
_Cell = Callable[[int], Json]


def item_lines(
    basis: Basis,
    same_outputs: Sequence[SameOutputs],
    *,
    shown: ExamplesShown,
    sealed: Mapping[str, str],
) -> Iterator[str]:
    """The head and one JSON line for each layer and item.

    Args:
        basis: What was measured.
        same_outputs: Which kinds of trouble exactly the same outputs show.
        shown: What may be shown of rows. A cluster is a value of a row: it is named with `full`
            only, and numbered otherwise. With `none`, a digest stands for the id.
        sealed: Digests of the report's parts, see `report.seals`.
    """
    head: dict[str, Json] = {
        ITEMS.key: ITEMS.current,
        "layers": {name: _layer(table, basis) for name, table in basis.tables.items()},
        "parts": {
            name: {part: _part(found) for part, found in parts.items()}
            for name, parts in basis.parts.items()
        },
        "asked": _asked(basis.asked),
        "prompted": [*sorted(basis.asked.prompted)],
        "leaked": [*sorted(basis.leaked)],
        "same_outputs": [one.model_dump(mode="json") for one in same_outputs],
        "sealed": {**sealed},
        **_foreign(basis),
    }
    yield compact(head)
    for name, table in basis.tables.items():
        leaked = basis.leaked.get(next(iter(table.layer.datasets()), ""), frozenset())
        yield from _rows(_cells(table, basis.apart.get(name, {}), leaked, shown), table.n)
    for name, parts in basis.parts.items():
        for part, found in parts.items():
            yield from _rows(_part_cells(name, part, found, shown), len(found.ids))


# The head


def _foreign(basis: Basis) -> dict[str, Json]:
    """What other tools measured: which layers, what is refused, and totals without items."""
    course = basis.asked
    found: dict[str, Json] = {}
    if course.elsewhere:
        found["elsewhere"] = [[*place] for place in sorted(course.elsewhere)]
    if not course.imported:
        return found
    return {
        **found,
        "imported": [*sorted(course.imported)],
        "refused": [[*place, why] for place, why in course.refused.items()],
        "totals": [
            one.model_dump(mode="json")
            for name, one in basis.published.items()
            if name in course.imported
        ],
        "figures": {
            name: [one.model_dump(mode="json") for one in checks]
            for name, checks in basis.figures.items()
        },
    }


def _layer(table: Table, basis: Basis) -> Json:
    apart = basis.apart.get(table.layer.name, {})
    return {
        "n": table.n,
        "columns": [_column(column) for column in table.columns],
        "arms": {
            arm: [one.seed for one in columns[0]] if columns else []
            for arm, columns in table.scores.items()
        },
        **(
            {"sequential": table.sequential.model_dump(mode="json")}
            if table.sequential is not None
            else {}
        ),
        **({"apart": {arm: _distances(one) for arm, one in apart.items()}} if apart else {}),
    }


def _column(column: Column) -> Json:
    facts: dict[str, Json] = {
        "metric": column.metric,
        "field": column.field,
        "unit": column.unit,
        "higher_is_better": column.higher_is_better,
        "scale": column.scale.value,
        "low": column.low,
        "high": column.high,
        "chance": column.chance,
        "undefined": column.undefined or None,
        "aggregate": name_of(column.aggregate) if column.aggregate else None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _distances(apart: Distances) -> Json:
    return {
        "is_loss": apart.is_loss,
        "is_finished": apart.is_finished,
        "seeds": list(apart.seeds),
        "tuned_seeds": list(apart.tuned_seeds),
        "of_seeds": list(apart.values),
    }


def _part(part: Part) -> Json:
    return {"n": len(part.ids), "seeds": {arm: len(rows) for arm, rows in part.values.items()}}


def _asked(course: Course) -> Json:
    asked: dict[str, dict[str, dict[str, Json]]] = {}
    for (layer, arm), blocks in course.blocks.items():
        measured: list[Json] = [block.model_dump(mode="json") for block in blocks]
        asked.setdefault(layer, {}).setdefault(arm, {})["blocks"] = measured
    for (layer, arm), why in course.missing.items():
        asked.setdefault(layer, {}).setdefault(arm, {})["missing"] = why
    return {layer: {arm: {**one} for arm, one in arms.items()} for layer, arms in asked.items()}


# The rows


def _rows(cells: Mapping[str, _Cell], n: int) -> Iterator[str]:
    for i in range(n):
        row = {key: cell(i) for key, cell in cells.items()}
        yield compact({key: value for key, value in row.items() if value is not None})


def _cells(
    table: Table, apart: Mapping[str, Distances], leaked: frozenset[str], shown: ExamplesShown
) -> dict[str, _Cell]:
    cells = {
        "layer": _always(table.layer.name),
        "item": _id(table.ids, shown),
        "cluster": _cluster(table.families, shown),
    }
    if table.subgroups:
        cells["subgroups"] = lambda i: {
            key: name for key, one in table.subgroups.items() if (name := one.name(i)) is not None
        }
    if leaked:
        cells["leaked"] = lambda i: True if table.ids[i] in leaked else None
    if table.prompt_tokens:
        cells["prompt_tokens"] = lambda i: {
            arm: int(counted[i])
            for arm, counted in table.prompt_tokens.items()
            if counted[i] != NOWHERE
        }
    values = {
        arm: [[_values(column[seed]) for column in columns] for seed in range(len(columns[0]))]
        for arm, columns in table.scores.items()
        if columns
    }
    cells["scores"] = lambda i: {
        arm: [[column[i] for column in columns] for columns in seeds]
        for arm, seeds in values.items()
    }
    flawed = {
        arm: flaw
        for arm, columns in table.scores.items()
        if columns and (flaw := _flaws(columns)).any()
    }
    if flawed:
        cells["states"] = lambda i: (
            {arm: _states(table.scores[arm], i) for arm, flaw in flawed.items() if flaw[i]} or None
        )
    if apart:
        distances = {
            arm: [_plain(row) for row in one.values.values()] for arm, one in apart.items()
        }
        cells["apart"] = lambda i: {
            arm: [row[i] for row in rows] for arm, rows in distances.items()
        }
    return cells


def _part_cells(layer: str, name: str, part: Part, shown: ExamplesShown) -> dict[str, _Cell]:
    values = {arm: [_plain(row) for row in rows] for arm, rows in part.values.items()}
    return {
        "layer": _always(layer),
        "part": _always(name),
        "item": _id(part.ids, shown),
        "cluster": _cluster(part.families, shown),
        "scores": lambda i: {arm: [[row[i]] for row in rows] for arm, rows in values.items()},
    }


def _always(value: str) -> _Cell:
    return lambda _: value


def _id(ids: Sequence[str], shown: ExamplesShown) -> _Cell:
    if shown == "none":
        return lambda i: digest_of("item", ids[i])[:16]
    return lambda i: ids[i]


def _cluster(families: Labels, shown: ExamplesShown) -> _Cell:
    if not families.names:
        return lambda _: None
    if shown == "full":
        return families.name
    return lambda i: None if families.codes[i] == NOWHERE else str(int(families.codes[i]) + 1)


def _flaws(columns: Sequence[Sequence[Scored]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether something of an item was not scored, shape (n,)."""
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.logical_or.reduce(
        [one.state != SCORED for column in columns for one in column]
    )
    return found


def _states(columns: Sequence[Sequence[Scored]], i: int) -> Json:
    return [
        "".join(LETTERS[int(column[seed].state[i])] for column in columns)
        for seed in range(len(columns[0]))
    ]


def _values(scored: Scored) -> list[Json]:
    """A column's numbers as JSON has them, None where there is none."""
    numbers = _numbers(scored.values)
    for i in np.flatnonzero(~scored.has_value).tolist():
        numbers[i] = None
    return numbers


def _plain(row: FloatArray) -> list[Json]:
    """Numbers of which some are not there."""
    missing = np.isnan(row)
    numbers = _numbers(np.where(missing, 0.0, row))
    for i in np.flatnonzero(missing).tolist():
        numbers[i] = None
    return numbers


def _numbers(values: FloatArray) -> list[Json]:
    """Whole numbers without a point where all are: they are most of a file, and read the same."""
    is_whole = bool((np.abs(values) < _EXACT).all()) and bool((values == np.rint(values)).all())
    numbers: list[Json] = (values.astype(np.int64) if is_whole else values).tolist()
    return numbers
