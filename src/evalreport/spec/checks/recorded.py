"""Recorded layers: numbers that can be what they say, of arms that the layer has."""

from collections.abc import Iterator

from evalreport.layers.recorded import TIE, Recorded
from evalreport.layers.recorded_rows import ArmFigure, RecordedRow, RelativeRow
from evalreport.spec.nearest import listed, nearest
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path

_KEYS = tuple(RecordedRow.model_fields)
_PER_ARM = ("precision", "shots", "decoding", "harness", "rubric", "judge_versions", "mean_length")
_TWO = 2


def check_recorded(standing: Standing, at: Path, layer: Recorded) -> Iterator[Complaint]:
    """Every number and name of a recorded layer."""
    yield from _counts(at, layer)
    for key in ("rows", "headline"):
        rows: tuple[RecordedRow, ...] = getattr(layer, key)
        for i, row in enumerate(rows):
            where = standing.written((*at, key, i))
            yield from _row(where, row)
    yield from _twice(standing, at, layer)
    yield from _baseless_headline(standing, at, layer)
    if all(standing.is_whole(*at, key) for key in ("rows", "headline", "counts", "relative")):
        yield from _unknown_arms(at, layer)
    yield from _parts(at, layer)


def _counts(at: Path, layer: Recorded) -> Iterator[Complaint]:
    if layer.counts is None:
        return
    arms = [arm for arm in layer.counts if arm != TIE]
    if len(arms) != _TWO:
        what = f"counts has {listed(arms) if arms else 'no arm'}: wins are of two arms"
        hint = "write {tuned: 10, base: 8, tie: 2}"
        yield Complaint((*at, "counts"), what, hint)


def _row(at: Path, row: RecordedRow) -> Iterator[Complaint]:
    for arm, given in row.given.items():
        near = nearest(arm, _KEYS)
        if near is not None:
            what = f"unknown key {arm}, read as an arm"
            yield Complaint((*at, arm), what, f"did you mean {near}?", at_key=True)
            continue
        if isinstance(given, str):
            continue
        figure = given if isinstance(given, ArmFigure) else ArmFigure(value=given)
        where = (*at, arm) if not isinstance(given, ArmFigure) else (*at, arm, "value")
        if row.kind() == "rate" and not 0 <= figure.value <= 1:
            small = 1 < figure.value <= 100  # percent
            hint = f"fractions, not percent: {figure.value / 100:g}" if small else "see the source"
            yield Complaint(where, f"a rate lies between 0 and 1, not at {figure.value:g}", hint)
        if row.range is not None and not row.range[0] <= figure.value <= row.range[1]:
            low, high = row.range
            what = f"{figure.value:g} lies outside the range {low:g} to {high:g}"
            yield Complaint(where, what, "correct the number or the range")
        if figure.tokens is not None and row.kind() != "loss":
            what = f"{row.metric} is no loss, so that it rests on items and not on tokens"
            yield Complaint((*at, arm, "tokens"), what, "remove it, or write figure: loss")
        if figure.low is not None and figure.high is not None and figure.low > figure.high:
            what = f"the interval ends below where it begins ({figure.low:g} to {figure.high:g})"
            yield Complaint((*at, arm), what, "exchange low and high")
    counted = row.discordant
    if counted is not None and isinstance(row.n, int) and counted.better + counted.worse > row.n:
        what = f"{counted.better + counted.worse} items differ, of {row.n}"
        yield Complaint((*at, "discordant"), what, "correct the counts or n")


def _twice(standing: Standing, at: Path, layer: Recorded) -> Iterator[Complaint]:
    """Findings go by metric and field."""
    seen: set[tuple[str, str | None]] = set()
    for key in ("rows", "headline", "relative"):
        rows: tuple[RecordedRow | RelativeRow, ...] = getattr(layer, key)
        for i, row in enumerate(rows):
            name = (row.metric, getattr(row, "field", None))
            if name in seen:
                shown = ".".join(part for part in name if part)
                what = f"{shown} is recorded twice, and its findings would have one name"
                hint = "name the field of each row, or make one a layer of its own"
                yield Complaint(standing.written((*at, key, i)), what, hint)
            seen.add(name)


def _baseless_headline(standing: Standing, at: Path, layer: Recorded) -> Iterator[Complaint]:
    for i, top in enumerate(layer.headline):
        if not any(row.metric == top.metric and row.field for row in layer.rows):
            what = f"no row gives {top.metric} of a field, so there is nothing to compute it from"
            where = standing.written((*at, "headline", i))
            if standing.is_whole(*at, "rows"):
                yield Complaint(where, what, "write it under rows:")


def _unknown_arms(at: Path, layer: Recorded) -> Iterator[Complaint]:
    arms = layer.published().arms
    for key in _PER_ARM:
        told = getattr(layer.method, key)
        for arm in told if isinstance(told, dict) else ():
            if arm not in arms:
                what = f"{arm} has no number in {layer.name}"
                near = nearest(arm, arms)
                hint = f"did you mean {near}?" if near else f"arms with numbers: {listed(arms)}"
                yield Complaint((*at, "method", key, arm), what, hint, at_key=True)


def _parts(at: Path, layer: Recorded) -> Iterator[Complaint]:
    """Parts that are larger than their whole."""
    method = layer.method
    for key in ("flips", "repeats_agree"):
        one = getattr(method, key)
        if one is not None and one.k > one.n:
            yield Complaint((*at, "method", key, "k"), f"{one.k} of {one.n}", "k is at most n")
    flips, human = method.flips, method.human_labels
    if flips is not None and flips.first_slot is not None and flips.first_slot > flips.k:
        what = f"{flips.first_slot} of {flips.k} that flipped"
        yield Complaint((*at, "method", "flips", "first_slot"), what, "it is at most k")
    if human is not None and human.agree is not None and human.agree > human.n:
        what = f"judge and people agree on {human.agree} of {human.n}"
        yield Complaint((*at, "method", "human_labels", "agree"), what, "agree is at most n")
