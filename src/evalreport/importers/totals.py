"""Totals: figures without items, as a table that somebody published."""

from collections.abc import Mapping
from typing import Final

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.importers.base import ToolFigure
from evalreport.importers.collect import Collected
from evalreport.importers.names import listed
from evalreport.importers.results import ArmResults, Integrity, Provenance, Results
from evalreport.layers.recorded_rows import ArmFigure, RecordedRow
from evalreport.metrics.base import Column, Scale
from evalreport.records import Origin, Published, PublishedRow

_FEWEST: Final = 2
_SLACK: Final = 1e-6


def totals_of(collected: Collected, digests: Mapping[str, str]) -> Results:
    """The results of a layer whose files hold no items.

    Raises:
        DataError: The files hold no figure, or those of several models.
    """
    layer = collected.layer
    figures = {arm: _figures(collected, arm) for arm in _arms(collected)}
    rows = tuple(_rows(collected, figures))
    if not rows:
        first = next(iter(collected.readings.values()))[0][0].shown
        held = dict.fromkeys(f.part for found in _every(collected) for f in found)
        hint = f"the files hold {listed(held)}" if held else "name files that hold results"
        raise DataError(Problem(first, "there is no figure that this layer asks for", hint))
    published = Published(
        layer=layer.name,
        source=", ".join(file.shown for of in collected.readings.values() for file, _ in of),
        rows=rows,
        subset="unknown",
        stated_n=None,
        chosen_on=layer.method.checkpoint_chosen_on,
        tried=layer.method.checkpoints_tried,
        labels_made_by=layer.method.labels_made_by,
        data_made_by=layer.method.generator_of_training_data,
        items_from=layer.method.items_from or "",
        held_out=layer.method.held_out,
    )
    readings = {arm: collected.readings.get(arm) or collected.readings[""] for arm in figures}
    return Results(
        layer=layer.name,
        ids=(),
        columns=(),
        arms={
            arm: ArmResults(
                values=(),
                states=(),
                reasons={},
                origin=Provenance(
                    tool=f"{of[0][1].tool} {of[0][1].version}".strip(),
                    files=tuple(file.shown for file, _ in of),
                    digest=digests.get(arm) or digests[""],
                    model=of[0][1].model or layer.models.get(arm, ""),
                    made_at=of[0][1].made_at,
                    notes=tuple(dict.fromkeys(note for _, one in of for note in one.notes)),
                ),
            )
            for arm, of in readings.items()
        },
        integrity=Integrity(),
        digest=digest_of("results", [[arm, one] for arm, one in sorted(digests.items())]),
        published=published,
    )


def _arms(collected: Collected) -> tuple[str, ...]:
    own = tuple(arm for arm in collected.readings if arm)
    return own or tuple(collected.layer.models)


def _every(collected: Collected) -> list[tuple[ToolFigure, ...]]:
    return [reading.figures for of in collected.readings.values() for _, reading in of]


def _figures(collected: Collected, arm: str) -> dict[tuple[str, str], ToolFigure]:
    """The figures of an arm by part and metric; of several models, the one that the spec names."""
    layer, found = collected.layer, {}
    for file, reading in collected.readings.get(arm) or collected.readings.get("", []):
        names = {one.model for one in reading.figures if one.model}
        wanted = layer.models.get(arm)
        if wanted is None and len(names) > 1:
            what = f"the file holds {len(names)} models"
            held = listed(sorted(names))
            hint = f"say which with models: {{{arm}: ...}}; it holds {held}"
            raise DataError(Problem(file.shown, what, hint))
        for one in reading.figures:
            if wanted is not None and one.model and one.model != wanted:
                continue
            if layer.part is not None and one.part not in layer.part:
                continue
            if layer.metrics and one.metric not in layer.metrics:
                continue
            collected.columns.setdefault(one.metric, reading.column(one.metric))
            found[one.part, one.metric] = one
    return found


def _rows(
    collected: Collected, figures: Mapping[str, Mapping[tuple[str, str], ToolFigure]]
) -> list[PublishedRow]:
    places = dict.fromkeys(place for of in figures.values() for place in of)
    parts = {part for part, _ in places}
    rows = []
    for part, metric in places:
        column = collected.columns[metric]
        mine = {arm: one for arm, of in figures.items() if (one := of.get((part, metric)))}
        given = {
            arm: ArmFigure(value=one.value, n=one.n, se=one.se if one.is_of_items else None)
            for arm, one in mine.items()
        }
        is_rate = _is_share(column) and all(_is_rate(one) for one in mine.values())
        row = RecordedRow.model_validate(
            {
                "metric": metric,
                "field": part if len(parts) > 1 and part else None,
                "unit": column.unit,
                "higher_is_better": column.higher_is_better,
                "figure": "rate" if is_rate else "mean",
                **given,
            }
        )
        published = row.published(collected.layer.method, None, is_headline=False)
        rows.append(
            published.model_copy(
                update={
                    "definition": "as its tool defines it",
                    "figures": tuple(
                        one.model_copy(update={"origin": Origin.IMPORTED})
                        for one in published.figures
                    ),
                }
            )
        )
    return rows


def _is_share(column: Column) -> bool:
    return column.scale is not Scale.RATIO and (column.low, column.high) == (0.0, 1.0)


def _is_rate(one: ToolFigure) -> bool:
    """Whether it can only be a share of right items: a whole number of them, with that error."""
    if not one.is_of_items or one.n is None or one.n < _FEWEST:
        return False
    count = one.value * one.n
    if abs(count - round(count)) > _SLACK * one.n:
        return False
    expected = (max(0.0, one.value * (1 - one.value)) / (one.n - 1)) ** 0.5
    return one.se is None or abs(one.se - expected) <= _SLACK
