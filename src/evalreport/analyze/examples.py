"""Examples: the same items side by side, worst losses, largest gains and random ones."""

from collections.abc import Mapping, Sequence

from evalreport.analyze.scores import SCORED, Scored
from evalreport.analyze.text_findings import Example, OutputCell
from evalreport.digest import canonical, digest_of
from evalreport.layers.generation import Generation
from evalreport.layers.transcripts import reference_text
from evalreport.metrics.base import Column, FloatArray
from evalreport.records import Chat, Item, Itemised, Message, Text

WORST, GAINS, RANDOM = 5, 3, 5

RULE = (
    f"The {WORST} items that lost most, the {GAINS} that gained most (of equal ones, by a hash of "
    f"their ids), and {RANDOM} drawn at random by that hash, whatever their score."
)


def choose_examples(
    layer: Generation,
    column: Column,
    items: Sequence[Item],
    differences: FloatArray,
    kept: Sequence[int],
    arms: Sequence[tuple[Itemised, Scored]],
) -> tuple[Example, ...]:
    """Examples of one comparison.

    Args:
        layer: Whose outputs are shown.
        column: Which metric ranks them.
        items: All items of the layer.
        differences: Candidate minus reference, for the kept items, in the metric's unit.
        kept: Index of each difference's item.
        arms: Answers and scores of candidate and reference, in this order.
    """
    change: Mapping[int, float] = dict(zip(kept, differences.tolist(), strict=True))
    better = 1 if column.higher_is_better else -1
    by_hash = sorted(range(len(items)), key=lambda i: digest_of("example", items[i].id))
    ranked = sorted((i for i in by_hash if i in change), key=lambda i: better * change[i])
    worst = [i for i in ranked if better * change[i] < 0][:WORST]
    gains = [i for i in ranked[::-1] if better * change[i] > 0][:GAINS]
    drawn = [i for i in by_hash if i not in {*worst, *gains}][:RANDOM]
    chosen = [("worst_loss", worst), ("largest_gain", gains), ("random", drawn)]
    return tuple(
        _example(layer, column.metric, items[i], bucket, change.get(i), arms, i)
        for bucket, indices in chosen
        for i in indices
    )


def _example(
    layer: Generation,
    metric: str,
    item: Item,
    bucket: str,
    change: float | None,
    arms: Sequence[tuple[Itemised, Scored]],
    index: int,
) -> Example:
    return Example(
        layer=layer.name,
        metric=metric,
        item=item.id,
        bucket=bucket,
        prompt=prompt_text(item),
        reference=reference_text(item) or "",
        cells=tuple(
            cell
            for block, scored in arms
            if (cell := _cell(layer, item, block, scored, index)) is not None
        ),
        difference=change,
        subgroups=item.subgroups,
    )


def prompt_text(item: Item) -> str:
    """What was asked; the system text, which is the same for all, is left out."""
    if isinstance(item.prompt, Chat):
        turns = [m for m in item.prompt.messages if m.role != "system"]
        turns += [Message(role="user", content=text) for text in item.then]
        if len(turns) == 1:
            return turns[0].content
        return "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
    return item.prompt.text


def _cell(
    layer: Generation, item: Item, block: Itemised, scored: Scored, index: int
) -> OutputCell | None:
    responses = block.responses.get(item.id)
    if responses is None or not isinstance(responses[0], Text):
        return None
    text = responses[0]
    output, _ = layer.read(text)
    has_score = scored.values.ndim == 1 and bool(scored.has_value[index])
    return OutputCell(
        arm=block.arm,
        seed=block.seed,
        before=text.before,
        text=text.text,
        extracted=None if output.problem else canonical(output.value),
        problem=output.problem if scored.state[index] != SCORED or output.problem else "",
        score=float(scored.values[index]) if has_score else None,
        tokens=text.tokens,
        truncated=text.finish == "length",
    )
