"""Confusion matrices: true against predicted classes, by arm."""

from collections import Counter
from collections.abc import Sequence

from evalreport.analyze.findings import ClassRow, ConfusionMatrix
from evalreport.layers.generation import Generation
from evalreport.metrics.labels import LabelMetric, labels_of, predicted_label, true_label
from evalreport.records import Item, Itemised
from evalreport.stats.proportions import wilson

UNREADABLE = "(none read)"


def confusion_of(
    layer: Generation, metric: LabelMetric, items: Sequence[Item], block: Itemised, *, level: float
) -> ConfusionMatrix:
    """One arm's matrix over its first draws; what could not be read is a column of its own."""
    labels = labels_of(metric, items)
    table: dict[str, Counter[str]] = {label: Counter() for label in labels}
    for item in items:
        responses = block.responses.get(item.id)
        if responses is None:
            continue
        said = predicted_label(metric, layer.read(responses[0])[0])
        table[true_label(metric, item)][said if said in table else UNREADABLE] += 1
    rows = []
    for label in labels:
        predicted = table[label]
        n = sum(predicted.values())
        claimed = sum(table[other][label] for other in labels)
        rows.append(
            ClassRow(
                label=label,
                n=n,
                predicted=dict(predicted),
                precision=wilson(predicted[label], claimed, level=level),
                recall=wilson(predicted[label], n, level=level),
            )
        )
    return ConfusionMatrix(layer=layer.name, arm=block.arm, labels=labels, rows=tuple(rows))
