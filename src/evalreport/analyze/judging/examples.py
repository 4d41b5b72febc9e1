"""Verdicts for a person to check: ten of a layer, drawn at random, with what the judge saw."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.analyze.examples import prompt_text
from evalreport.analyze.judging.model import JudgedExample
from evalreport.evidence import Evidence
from evalreport.layers.blind import shuffled
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge
from evalreport.layers.transcripts import reference_text
from evalreport.records import Comparison, Item, JudgedLayer, JudgePart, RatedAnswer, Text

CHECKED: Final = 10


def judged_examples(
    layer: Judge, on: Generation, judged: JudgedLayer, evidence: Evidence
) -> tuple[JudgedExample, ...]:
    """Ten verdicts at random, whatever they say; fewer where fewer could be read.

    Args:
        layer: How it was judged.
        on: The layer whose answers were judged.
        judged: What was said.
        evidence: Holds the answers.
    """
    items = {item.id: item for item in evidence.items.get((on.name, "main"), ())}
    texts = {
        (place.arm, place.seed): {
            item: on.shown(drawn[0])
            for item, drawn in block.responses.items()
            if drawn and isinstance(drawn[0], Text)
        }
        for place, block in evidence.blocks.items()
        if place.layer == on.name and place.part == "main"
    }
    told = {one.item: one for one in _told(layer, items, texts, judged)}
    return tuple(told[name] for name in shuffled(layer.seed, told, "checked")[:CHECKED])


def _told(
    layer: Judge,
    items: Mapping[str, Item],
    texts: Mapping[tuple[str, int | None], Mapping[str, str]],
    judged: JudgedLayer,
) -> Iterator[JudgedExample]:
    """One verdict an item: of the judge and the order that a hash chooses."""
    by_item: dict[str, list[Comparison | RatedAnswer]] = {}
    every: list[Comparison | RatedAnswer] = [*judged.comparisons, *judged.ratings]
    for one in every:
        if one.part is JudgePart.MAIN and one.item in items and _is_read(one):
            by_item.setdefault(one.item, []).append(one)
    for name, several in by_item.items():
        place = shuffled(layer.seed, (str(i) for i in range(len(several))), name)[0]
        yield _example(layer, items[name], several[int(place)], texts)


def _is_read(one: Comparison | RatedAnswer) -> bool:
    if isinstance(one, Comparison):
        return isinstance(one.verdict, str)
    return isinstance(one.ratings, Mapping)


def _example(
    layer: Judge,
    item: Item,
    one: Comparison | RatedAnswer,
    texts: Mapping[tuple[str, int | None], Mapping[str, str]],
) -> JudgedExample:
    arms: tuple[str, ...]
    if isinstance(one, Comparison):
        arms = one.pair if one.candidate_first else one.pair[::-1]
        said = str(one.verdict)
    else:
        arms = (one.arm,)
        ratings = one.ratings if isinstance(one.ratings, Mapping) else {}
        said = ", ".join(f"{name} {value:g}" for name, value in ratings.items())
    return JudgedExample(
        layer=layer.name,
        judge=one.judge,
        item=item.id,
        arms=arms,
        said=said,
        justification=one.justification,
        prompt=prompt_text(item),
        reference=reference_text(item) or "" if layer.reference else "",
        answers=tuple(
            texts.get((arm, one.seed), texts.get((arm, None), {})).get(item.id, "") for arm in arms
        ),
    )
