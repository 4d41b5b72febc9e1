"""The answer that tuned gives most often: who says one thing to all has learned no task."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from evalreport.analyze.questions import first_declared
from evalreport.analyze.scores import Scored, score_block
from evalreport.analyze.tables import Table
from evalreport.analyze.text_findings import Everywhere, SameAnswer
from evalreport.layers.generation import Generation
from evalreport.layers.known_metrics import OF_FORM
from evalreport.metrics.base import Column, Scale
from evalreport.metrics.extract import Function
from evalreport.metrics.normalise import as_text, normalise, reference_as
from evalreport.records import Item, Itemised, Response
from evalreport.spec.models import Spec
from evalreport.values import Json

_LEAST_UNEXPLAINED: Final = 5
_LEAST_SHARE: Final = 0.5


class _Said(NamedTuple):
    """One answer that could be read, in comparable words."""

    item: str
    words: str
    response: Response


def same_answer(
    layer: Generation,
    table: Table,
    items: Sequence[Item],
    blocks: Sequence[Itemised],
    spec: Spec,
) -> SameAnswer | None:
    """The answer that an arm gives most often, where that is more often than its items explain.

    Explained are as many answers as there are references alike, or as it is right on, whichever
    are more. Of the others at least half, and at least five, have to be this answer: where 70 of
    100 references are `no`, `no` may be the answer 84 times. Answers are compared as they are
    read, JSON by its values, text without regard to case and spaces; what cannot be read, and what
    has no reference, does not count. Every draw counts; of several training seeds the one that
    repeats itself most is told.

    Args:
        layer: Whose outputs are read.
        table: Its scores.
        items: What it asked, in order.
        blocks: The arm's answers, a block each training seed.
        spec: What was declared, which names the metric that says what the answer is worth.

    Returns:
        None where no answer is that frequent.
    """
    referred = {item.id: item for item in items if item.reference}
    column = _column(layer, table, spec)
    found: list[SameAnswer] = []
    for seed, block in enumerate(blocks):
        said = _said(layer, block, referred)
        counts = Counter(one.words for one in said)
        words, given = max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))
        if not _is_beyond(given, len(said), 0):
            continue
        alike = _alike(layer, said, referred)
        own = None if column is None else table.replicates(block.arm, column)[seed]
        right = 0 if own is None else _right(own, table, said, words)
        if not _is_beyond(given, len(said), max(alike, right)):
            continue
        response = next(one.response for one in said if one.words == words)
        found.append(
            SameAnswer(
                layer=layer.name,
                arm=block.arm,
                seed=block.seed if len(blocks) > 1 else None,
                n=len(said),
                given=given,
                alike=alike,
                right=right,
                everywhere=None if own is None else _everywhere(layer, items, block, response, own),
            )
        )
    return max(found, key=lambda one: one.given / one.n, default=None)


def _is_beyond(given: int, n: int, explained: int) -> bool:
    unexplained = n - explained
    return unexplained >= _LEAST_UNEXPLAINED and given - explained >= _LEAST_SHARE * unexplained


def _column(layer: Generation, table: Table, spec: Spec) -> int | None:
    """The layer's declared column of one number an item, else its first one for the whole answer.

    Metrics of form are left out: any answer in the form is right.
    """
    scored = (
        place
        for place, column in enumerate(table.columns)
        if column.scale in (Scale.BINARY, Scale.MEAN) and column.metric not in OF_FORM
    )
    return first_declared(spec, layer, table.columns, scored)


def _said(layer: Generation, block: Itemised, referred: Mapping[str, Item]) -> list[_Said]:
    """All answers to items with a reference that could be read, an entry each draw."""
    said: list[_Said] = []
    for item, responses in block.responses.items():
        for response in responses if item in referred else ():
            output, _ = layer.read(response)
            words = "" if output.problem else _words(output.value)
            if words:
                said.append(_Said(item, words, response))
    return said


def _alike(layer: Generation, said: Sequence[_Said], referred: Mapping[str, Item]) -> int:
    """How many of the answered questions have the reference that most of them have."""
    known = {item: _reference(layer, referred[item]) for item in {one.item for one in said}}
    return max(Counter(known[one.item] for one in said).values(), default=0)


def _reference(layer: Generation, item: Item) -> str:
    """A reference as an answer would be read; where the rule finds nothing, as it stands.

    A function of the user's was written for outputs, and is not called on references.
    """
    whole = item.reference or ""
    if isinstance(layer.extract, Function):
        return _words(whole)
    output = layer.extract.read(whole)
    return _words(whole if output.problem else reference_as(as_text(output.value), output.value))


def _words(value: Json) -> str:
    return normalise(as_text(value), ("lower", "whitespace"))


def _right(own: Scored, table: Table, said: Sequence[_Said], words: str) -> int:
    """How many of these answers are as right as the metric knows; 0 where it knows no end."""
    best = _best(own.column)
    if best is None:
        return 0
    right = own.has_value & (own.values == best)
    ids = {table.ids[place] for place in np.flatnonzero(right).tolist()}
    return sum(one.item in ids for one in said if one.words == words)


def _best(column: Column) -> float | None:
    return column.high if column.higher_is_better else column.low


def _everywhere(
    layer: Generation, items: Sequence[Item], block: Itemised, said: Response, own: Scored
) -> Everywhere | None:
    """What an arm would score that gave this response to every item, on the items it has scores of.

    Only the scorer of that column is asked again.
    """
    same = dict.fromkeys(block.ids, (said,) * layer.decoding.samples)
    always = replace(block, responses=same, failures={})
    scorer = next(one for one in layer.scorers(items) if own.column in one.columns)
    scored = score_block(scorer, items, always)[scorer.columns.index(own.column)]
    both = own.has_value & scored.has_value
    if not both.any():
        return None
    return Everywhere(
        metric=own.column.metric,
        field=own.column.field,
        unit=own.column.unit,
        higher_is_better=own.column.higher_is_better,
        own=float(own.values[both].mean()),
        everywhere=float(scored.values[both].mean()),
    )
