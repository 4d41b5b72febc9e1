"""Reading items.jsonl back into the columns that findings are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.report.head_checks import contradictions
from evalreport.report.item_rows import AS_BUILT, ItemsFile, Rows
from evalreport.report.items import LETTERS
from evalreport.report.items_head import ApartFacts, Head, LayerHead, PartHead
from evalreport.spec.models import Spec
from evalreport.stats.arguments import LARGEST
from evalreport.values import Json

_STATES: Final = {letter: state for state, letter in LETTERS.items()}
_SLACK: Final = 1e-9
_MOST_TOKENS: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """What an items.jsonl holds.

    Attributes:
        basis: What was measured.
        same_outputs: Which kinds of trouble exactly the same outputs show.
        sealed: By part of report.json, the digest of what was written.
        rows: How many items there are, over all layers.
        miscounted: Where the number of rows is not the one that the head says: the layer (and
            part), what the head says, what there are.
    """

    basis: Basis
    same_outputs: tuple[SameOutputs, ...]
    sealed: Mapping[str, str]
    rows: int
    miscounted: tuple[tuple[str, int, int], ...]


def read_head(file: ItemsFile) -> Head:
    """The first line of a file, without its rows.

    Raises:
        DataError: It cannot be read, or is of an older version.
    """
    return file.head(file.lines())


def read_items(path: Path | ItemsFile, spec: Spec) -> ItemsRead:
    """The columns in a file.

    Args:
        path: An items.jsonl.
        spec: Of the report beside which it was written.

    Raises:
        DataError: It cannot be read, is of an older version or of another spec, or a row holds
            what no build writes.
    """
    file = path if isinstance(path, ItemsFile) else ItemsFile(path)
    lines = file.lines()
    head = file.head(lines)
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    for name in (*head.layers, *head.parts):
        if name not in layers:
            file.refuse(1, f"the spec has no layer {name}", "name the items of this report")
    for what in contradictions(head, spec):
        file.refuse(1, what)
    tables = {name: Rows(file, name) for name in head.layers}
    parts = {(name, part): Rows(file, name) for name, of in head.parts.items() for part in of}
    for number, row in lines:
        place = file.text(number, row, "layer")
        part = row.get("part")
        rows = tables.get(place) if part is None else parts.get((place, str(part)))
        if rows is None:
            file.refuse(number, f"the first line names no {place} {part or ''}".rstrip(), AS_BUILT)
        rows.add(number, row)
    counted = [
        *((name, head.layers[name].n, len(rows.ids)) for name, rows in tables.items()),
        *(
            (f"{name} {part}", head.parts[name][part].n, len(rows.ids))
            for (name, part), rows in parts.items()
        ),
    ]
    return ItemsRead(
        basis=Basis(
            tables={
                name: _table(layers[name], head.layers[name], rows) for name, rows in tables.items()
            },
            asked=_course(head),
            leaked={
                dataset: frozenset(
                    one
                    for name, rows in tables.items()
                    if next(iter(layers[name].datasets()), "") == dataset
                    for one in rows.leaked
                )
                for dataset in head.leaked
            },
            apart={
                name: {
                    arm: _distances(arm, facts, rows)
                    for arm, facts in head.layers[name].apart.items()
                }
                for name, rows in tables.items()
                if head.layers[name].apart
            },
            parts={
                name: {part: _part(one, parts[name, part]) for part, one in of.items()}
                for name, of in head.parts.items()
            },
            # What others measured stands in the spec, which the report holds.
            published={
                layer.name: layer.published()
                for layer in spec.evaluation.layers
                if isinstance(layer, Recorded)
            }
            | {one.layer: one for one in head.totals},
            figures=head.figures,
        ),
        same_outputs=head.same_outputs,
        sealed=head.sealed,
        rows=sum(there for _, _, there in counted),
        miscounted=tuple(one for one in counted if one[1] != one[2]),
    )


# From rows to columns


def _table(layer: AnyLayer, head: LayerHead, rows: Rows) -> Table:
    try:
        columns = tuple(one.column for one in head.columns)
    except ValueError as error:
        rows.file.refuse(1, str(error))
    return Table(
        layer=layer,
        ids=tuple(rows.ids),
        families=Labels.of(rows.clusters),
        columns=columns,
        scores={arm: _arm(arm, seeds, columns, rows) for arm, seeds in head.arms.items()},
        subgroups={
            key: Labels.of(
                None if (name := one.get(key)) is None else str(name) for one in rows.subgroups
            )
            for key in dict.fromkeys(key for one in rows.subgroups for key in one)
        },
        prompt_tokens={
            arm: _whole(arm, rows)
            for arm in dict.fromkeys(arm for one in rows.prompt_tokens for arm in one)
        },
        sequential=head.sequential,
    )


def _whole(arm: str, rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    counted = [one.get(arm, NOWHERE) for one in rows.prompt_tokens]
    counted += [NOWHERE] * (len(rows.ids) - len(counted))
    for place, count in enumerate(counted):
        if not isinstance(count, int) or not NOWHERE <= count <= _MOST_TOKENS:
            rows.refuse(place, f"`prompt_tokens` of {arm} is no whole number")
    return np.asarray(counted, dtype=np.intp)


def _arm(
    arm: str, seeds: Sequence[int | None], columns: Sequence[Column], rows: Rows
) -> tuple[tuple[Scored, ...], ...]:
    """One arm's columns, each with its replicates."""
    given = rows.lists(arm, len(seeds))
    by_seed = []
    for k, seed in enumerate(seeds):
        states = np.full((len(columns), len(given)), SCORED, dtype=np.int8)
        for place, found in rows.states.items():
            if arm in found:
                states[:, place] = _letters(found[arm], k, len(columns), place, rows)
        by_seed.append(
            [
                _scored(column, i, [one[k] for one in given], states[i], seed, rows)
                for i, column in enumerate(columns)
            ]
        )
    return tuple(zip(*by_seed, strict=True))


def _letters(found: Json, seed: int, columns: int, place: int, rows: Rows) -> list[int]:
    text = found[seed] if isinstance(found, list) and seed < len(found) else None
    if not isinstance(text, str) or len(text) != columns or set(text) - set(_STATES):
        rows.refuse(place, f"`states` has not {columns} of the letters {''.join(_STATES)}")
    return [_STATES[letter] for letter in text]


def _scored(
    column: Column,
    i: int,
    cells: Sequence[Json],
    state: np.ndarray[tuple[int], np.dtype[np.int8]],
    seed: int | None,
    rows: Rows,
) -> Scored:
    """One column of one replicate.

    Raises:
        DataError: A value is none that this metric can have.
    """
    given = [one[i] if isinstance(one, list) and i < len(one) else None for one in cells]
    absent = np.asarray([value is None for value in given], dtype=np.bool_)
    if (absent & (state == SCORED)).any():
        place = int(np.flatnonzero(absent & (state == SCORED))[0])
        rows.refuse(place, f"there is no {column.metric}, and it is said to be scored")
    if (~absent & (state == FAILED)).any():
        place = int(np.flatnonzero(~absent & (state == FAILED))[0])
        rows.refuse(place, f"there is a {column.metric}, and it is said to have no answer")
    width = _width(column, given)
    empty: Json = [0.0] * width if width else 0.0
    shape = (len(given), width) if width else (len(given),)
    try:
        found = np.asarray([empty if one is None else one for one in given])
    except ValueError:  # lists of unequal lengths
        found = np.zeros(0, dtype=np.bool_)
    if given and (found.shape != shape or found.dtype.kind not in "iuf"):
        odd = next(k for k, one in enumerate(given) if one is not None and not _fits(one, width))
        rows.refuse(odd, f"{column.metric} is {given[odd]!r}, which is no score of it")
    values = found.astype(np.float64).reshape(shape)
    _check(column, values, ~absent, rows)
    return Scored(
        column=column,
        values=values,
        state=state,
        penalised=(state == UNSCORABLE) & ~absent,
        reasons={},
        seed=seed,
    )


def _width(column: Column, given: Sequence[Json]) -> int:
    """How many counts an item has; 0 for a number. Without any answer it is what a build takes."""
    if column.scale in (Scale.BINARY, Scale.MEAN):
        return 0
    fewest = 2 if column.scale is Scale.RATIO else 1
    return max((len(one) for one in given if isinstance(one, list)), default=fewest)


def _fits(value: Json, width: int) -> bool:
    cells = value if isinstance(value, list) else [value]
    return isinstance(value, list) == bool(width) and len(cells) == max(width, 1) and all(
        isinstance(one, int | float) and not isinstance(one, bool) and abs(one) <= LARGEST
        for one in cells
    )  # fmt: skip


def _check(
    column: Column,
    values: FloatArray,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    rows: Rows,
) -> None:
    """Statistics take only what a metric can give: anything else was put there by hand."""
    odd = ~np.isfinite(values) | (np.abs(values) > LARGEST)
    if column.scale is Scale.BINARY:
        odd |= (values != 0) & (values != 1)
    elif column.scale is Scale.MEAN:
        span = _SLACK * max(1.0, abs(column.low or 0.0), abs(column.high or 0.0))
        odd |= values < (-np.inf if column.low is None else column.low - span)
        odd |= values > (np.inf if column.high is None else column.high + span)
    else:
        odd |= values < 0 if column.scale is Scale.CORPUS else values < np.asarray([-np.inf, 0.0])
    bad = (odd.any(axis=1) if odd.ndim == 2 else odd) & known
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        rows.refuse(place, f"{column.metric} is {values[place].tolist()}, which it cannot be")


def _distances(arm: str, facts: ApartFacts, rows: Rows) -> Distances:
    return Distances(
        is_loss=facts.is_loss,
        is_finished=facts.is_finished,
        seeds=facts.seeds,
        tuned_seeds=facts.tuned_seeds,
        values={
            seed: _nullable([_at(one.get(arm), k) for one in rows.apart], rows, "apart")
            for k, seed in enumerate(facts.of_seeds)
        },
    )


def _at(value: Json, k: int) -> Json:
    return value[k] if isinstance(value, list) and k < len(value) else None


def _part(head: PartHead, rows: Rows) -> Part:
    return Part(
        ids=tuple(rows.ids),
        families=Labels.of(rows.clusters),
        values={
            arm: tuple(
                _nullable([_at(one[k], 0) for one in rows.lists(arm, seeds)], rows, "scores")
                for k in range(seeds)
            )
            for arm, seeds in head.seeds.items()
        },
    )


def _nullable(values: Sequence[Json], rows: Rows, key: str) -> FloatArray:
    """Numbers of which some are not there, as NaN."""
    padded = [*values, *([None] * (len(rows.ids) - len(values)))]
    numbers: list[float] = []
    for place, value in enumerate(padded):
        if value is not None and (not isinstance(value, int | float) or abs(value) > LARGEST):
            rows.refuse(place, f"{value!r} in `{key}` is no number")
        numbers.append(np.nan if value is None else float(value))
    return np.asarray(numbers, dtype=np.float64)


def _course(head: Head) -> Course:
    arms = [(layer, arm, one) for layer, of in head.asked.items() for arm, one in of.items()]
    return Course(
        blocks={(layer, arm): one.blocks for layer, arm, one in arms if one.blocks},
        missing={(layer, arm): one.missing for layer, arm, one in arms if one.missing is not None},
        prompted=frozenset(head.prompted),
        imported=frozenset(head.imported),
        elsewhere=frozenset(head.elsewhere),
        refused={(layer, one, other): why for layer, one, other, why in head.refused},
    )
