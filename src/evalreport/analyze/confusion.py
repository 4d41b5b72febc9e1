"""Confusion matrices: true against predicted classes, by arm."""

from collections.abc import Sequence

from evalreport.analyze.findings import ClassRow, ConfusionMatrix
from evalreport.layers.generation import Generation
from evalreport.metrics.labels import LabelOptions, confusion, label_space
from evalreport.records import Item, Itemised
from evalreport.stats.proportions import wilson

UNREADABLE = "(no class read)"


def confusion_of(
    layer: Generation, metric: LabelOptions, items: Sequence[Item], block: Itemised, *, level: float
) -> ConfusionMatrix:
    """One arm's matrix over its first draws; what could not be read is a column of its own.

    Raises:
        DataError: A reference names no class.
    """
    space = label_space("confusion", metric, items)
    counted = confusion(
        space,
        [
            (item, layer.read(responses[0])[0])
            for item in items
            if (responses := block.responses.get(item.id)) is not None
        ],
    )
    columns = (*counted.labels, UNREADABLE)
    said = counted.counts.sum(axis=0)
    rows = []
    for i, label in enumerate(counted.labels):
        named = [int(count) for count in counted.counts[i]]
        rows.append(
            ClassRow(
                label=label,
                n=sum(named),
                predicted=dict(zip(columns, named, strict=True)),
                precision=wilson(named[i], int(said[i]), level=level),
                recall=wilson(named[i], sum(named), level=level),
            )
        )
    return ConfusionMatrix(layer=layer.name, arm=block.arm, labels=counted.labels, rows=tuple(rows))
