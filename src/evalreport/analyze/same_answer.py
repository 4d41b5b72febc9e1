"""The answer that tuned gives most often: who says one thing to all has learned no task."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from evalreport.analyze.findings import Everywhere, SameAnswer
from evalreport.analyze.scores import Scored, score_block
from evalreport.analyze.tables import Table
from evalreport.layers.generation import Generation
from evalreport.metrics.normalise import as_text, normalise, reference_as
from evalreport.records import Item, Itemised, Response
from evalreport.values import Json

_LEAST_OTHERWISE: Final = 10
_LEAST_SHARE: Final = 0.5


def same_answer(
    layer: Generation,
    table: Table,
    items: Sequence[Item],
    blocks: Sequence[Itemised],
    column: int | None,
) -> SameAnswer | None:
    """The answer that an arm gives to most items, where its references do not explain it.

    Of the answers beyond as many as there are references alike, at least half and at least ten
    are this one: where 70 of 100 references are `no`, `no` may be the answer 84 times. Answers are
    compared as they are read, JSON by its values, text without regard to case and spaces; what
    cannot be read does not count. Of several draws the first counts, of several training seeds
    the one that repeats itself most.

    Args:
        layer: Whose outputs are read.
        table: Its scores.
        items: What it asked, in order.
        blocks: The arm's answers, a block each training seed.
        column: A column of one number an item, which tells what the answer would score everywhere.

    Returns:
        None where no answer is that frequent.
    """
    alike = max(Counter(_reference(layer, i) for i in items if i.reference).values(), default=1)
    found: list[SameAnswer] = []
    for seed, block in enumerate(blocks):
        read = _read(layer, block)
        counts = Counter(answer for answer, _ in read.values())
        answer, given = max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))
        otherwise = len(read) - alike
        if otherwise < _LEAST_OTHERWISE or given - alike < _LEAST_SHARE * otherwise:
            continue
        said = next(response for words, response in read.values() if words == answer)
        found.append(
            SameAnswer(
                layer=layer.name,
                arm=block.arm,
                seed=block.seed if len(blocks) > 1 else None,
                answer=answer,
                n=len(read),
                given=given,
                references_alike=alike,
                everywhere=None
                if column is None
                else _everywhere(
                    layer, items, block, said, table.replicates(block.arm, column)[seed], column
                ),
            )
        )
    return max(found, key=lambda one: one.given / one.n, default=None)


def _read(layer: Generation, block: Itemised) -> dict[str, tuple[str, Response]]:
    """By item, the first answer that was drawn, in comparable words, with its response."""
    read: dict[str, tuple[str, Response]] = {}
    for item, responses in block.responses.items():
        output, _ = layer.read(responses[0])
        words = "" if output.problem else _words(output.value)
        if words:
            read[item] = words, responses[0]
    return read


def _reference(layer: Generation, item: Item) -> str:
    """A reference as an answer would be read; where the rule finds nothing, as it stands."""
    whole = item.reference or ""
    output = layer.extract.read(whole)
    return _words(whole if output.problem else reference_as(as_text(output.value), output.value))


def _words(value: Json) -> str:
    return normalise(as_text(value), ("lower", "whitespace"))


def _everywhere(
    layer: Generation,
    items: Sequence[Item],
    block: Itemised,
    said: Response,
    own: Scored,
    column: int,
) -> Everywhere | None:
    """What an arm would score that gave this response to every item, beside what it scores."""
    same = dict.fromkeys(block.ids, (said,) * layer.decoding.samples)
    always = replace(block, responses=same, failures={})
    scored = [one for scorer in layer.scorers(items) for one in score_block(scorer, items, always)]
    means = _mean(own), _mean(scored[column])
    if means[0] is None or means[1] is None:
        return None
    return Everywhere(
        metric=own.column.metric,
        unit=own.column.unit,
        higher_is_better=own.column.higher_is_better,
        own=means[0],
        everywhere=means[1],
    )


def _mean(scored: Scored) -> float | None:
    known = scored.values[scored.has_value]
    return float(known.mean()) if known.size else None
