"""Totals: figures without items, as a table that somebody published."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.importers.base import ToolFigure, protocol_of
from evalreport.importers.collect import Collected
from evalreport.importers.measured import figure_facts
from evalreport.importers.names import listed, shown_name, without_folders
from evalreport.importers.results import ArmResults, Integrity, Provenance, Results
from evalreport.importers.tallied import left_out
from evalreport.layers.recorded_rows import ArmFigure, RecordedRow
from evalreport.metrics.base import Column, Scale
from evalreport.records import Origin, Published, PublishedRow

_FEWEST: Final = 2
_SLACK: Final = 1e-6
_MOST_SLACK: Final = 0.01  # items


def totals_of(collected: Collected, digests: Mapping[str, str]) -> Results:
    """The results of a layer whose files hold no items.

    Raises:
        DataError: The files hold no figure, or those of several models.
    """
    layer = collected.layer
    figures = {arm: _figures(collected, arm) for arm in _arms(collected)}
    rows = tuple(_rows(collected, figures))
    if not rows:
        _, first = next(collected.every)
        held = dict.fromkeys(f.part for _, read in collected.every for f in read.reading.figures)
        hint = f"the files hold {listed(held)}" if held else "name files that hold results"
        what = "there is no figure that this layer asks for"
        raise DataError(Problem(first.file.shown, what, hint))
    for arm, of in figures.items():
        if not of:
            raise DataError(_nothing_of(collected, arm))
    published = Published(
        layer=layer.name,
        source=", ".join(read.file.shown for _, read in collected.every),
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
    files = {arm: collected.read.get(arm) or collected.read[""] for arm in figures}
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
                    tool=f"{of[0].reading.tool} {of[0].reading.version}".strip(),
                    files=tuple(one.file.shown for one in of),
                    digest=digests.get(arm) or digests[""],
                    model=without_folders(of[0].reading.model or layer.models.get(arm, "")),
                    made_at=of[0].reading.made_at,
                    notes=tuple(dict.fromkeys(note for one in of for note in one.reading.notes)),
                ),
            )
            for arm, of in files.items()
        },
        integrity=Integrity(
            left=tuple(left_out(collected)),
            assumed=tuple(
                metric
                for metric in dict.fromkeys(metric for of in figures.values() for _, metric in of)
                if metric in collected.known.guessed and metric not in layer.higher_is_better
            ),
        ),
        digest=digest_of("results", [[arm, one] for arm, one in sorted(digests.items())]),
        published=published,
    )


def _arms(collected: Collected) -> tuple[str, ...]:
    own = tuple(arm for arm in collected.read if arm)
    models = collected.layer.models
    is_common = not own or (len(own) == 1 and len(models) > 1)
    return tuple(models) if is_common else own


def _nothing_of(collected: Collected, arm: str) -> Problem:
    read = (collected.read.get(arm) or next(iter(collected.read.values())))[0]
    names = listed(dict.fromkeys(one.model for one in read.reading.figures if one.model))
    hint = (
        f"it holds {names}: mend models:, part: or metrics:" if names else "mend part: or metrics:"
    )
    return Problem(read.file.shown, f"there is no figure of {arm} that this layer asks for", hint)


def _figures(collected: Collected, arm: str) -> dict[tuple[str, str], ToolFigure]:
    """The figures of an arm by part and metric; of several models, the one that the spec names.

    Raises:
        DataError: Nothing tells which model is meant, or two figures are of one thing and differ.
    """
    layer = collected.layer
    found: dict[tuple[str, str], ToolFigure] = {}
    for read in collected.read.get(arm) or next(iter(collected.read.values())):
        names = {one.model for one in read.reading.figures if one.model}
        wanted = layer.models.get(arm)
        if wanted is None and len(names) > 1:
            what = f"the file holds {len(names)} models"
            held = listed(sorted(names))
            hint = f"say which with models: {{{arm}: ...}}; it holds {held}"
            raise DataError(Problem(read.file.shown, what, hint))
        for one in read.reading.figures:
            if wanted is not None and one.model and one.model != wanted:
                continue
            if layer.part is not None and one.part not in layer.part:
                continue
            if layer.metrics and one.metric not in layer.metrics:
                continue
            collected.known.column(one.metric, read.reading)
            place = (one.part, one.metric)
            if place in found and (found[place].value, found[place].n) != (one.value, one.n):
                raise DataError(_told_twice(read.file.shown, arm, one, found[place]))
            found[place] = one
    return found


def _told_twice(shown: str, arm: str, one: ToolFigure, other: ToolFigure) -> Problem:
    name = shown_name(f"{one.metric} of {one.part}" if one.part else one.metric)
    what = f"{name} of {arm} is {one.value:.6g} here and {other.value:.6g} in an earlier place"
    return Problem(shown, what, "name one run's file of this arm, not a folder of several runs")


def _rows(
    collected: Collected, figures: Mapping[str, Mapping[tuple[str, str], ToolFigure]]
) -> list[PublishedRow]:
    places = dict.fromkeys(place for of in figures.values() for place in of)
    parts = {part for part, _ in places}
    rows = []
    for part, metric in places:
        column = _directed(collected, metric)
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
                        one.model_copy(
                            update={
                                "origin": Origin.IMPORTED,
                                "protocol": protocol_of(figure_facts(collected, one.arm, part)),
                            }
                        )
                        for one in published.figures
                    ),
                }
            )
        )
    return rows


def _directed(collected: Collected, metric: str) -> Column:
    """What a metric is, its direction as the spec says it where it does."""
    column = collected.known.columns[metric]
    told = collected.layer.higher_is_better.get(metric)
    return column if told is None else replace(column, higher_is_better=told)


def _is_share(column: Column) -> bool:
    return column.scale is not Scale.RATIO and (column.low, column.high) == (0.0, 1.0)


def _is_rate(one: ToolFigure) -> bool:
    """Whether it can only be a share of right items: a whole number of them, with that error."""
    if not one.is_of_items or one.n is None or one.n < _FEWEST:
        return False
    count = one.value * one.n
    if abs(count - round(count)) > min(_SLACK * one.n, _MOST_SLACK):
        return False
    expected = (max(0.0, one.value * (1 - one.value)) / (one.n - 1)) ** 0.5
    return one.se is None or abs(one.se - expected) <= _SLACK
