"""Confusion matrices: true against predicted classes, by arm."""

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.text_findings import ClassRow, ConfusionMatrix
from evalreport.estimates import Estimated, NotEstimable, Point, has_value
from evalreport.layers.generation import Generation
from evalreport.metrics.labels import LabelOptions, confusion, label_space
from evalreport.records import Item, Itemised

UNREADABLE = "(no class read)"
_METRIC: Final = "macro_f1"
_KAPPA: Final = "quadratic_kappa"


def confusion_of(
    layer: Generation,
    metric: LabelOptions,
    items: Sequence[Item],
    block: Itemised,
    findings: Sequence[Finding],
) -> ConfusionMatrix:
    """One arm's matrix over its first draws; what could not be read is a column of its own.

    A matrix computes no interval of its own: a share or a kappa that a finding holds is that of
    the finding, and the others are bare numbers.

    Args:
        layer: Which layer.
        metric: What a class is.
        items: What was asked.
        block: What the arm answered.
        findings: What was compared; none where they speak of several training seeds, of which a
            matrix shows the first.

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
    own = [one for one in findings if one.layer == layer.name and block.arm in one.arms]
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
                precision=_share(
                    named[i], int(said[i]), [*_found(own, block.arm, f"precision.{label}")],
                    "no answer names this class",
                ),
                recall=_share(
                    named[i], sum(named), [*_found(own, block.arm, f"recall.{label}")],
                    "no reference names this class",
                ),
            )
        )  # fmt: skip
    return ConfusionMatrix(
        layer=layer.name,
        arm=block.arm,
        labels=counted.labels,
        rows=tuple(rows),
        quadratic_kappa=next(
            (one for one, n in _found(own, block.arm, _KAPPA) if n == sum(row.n for row in rows)),
            None,
        ),
    )


def _found(own: Sequence[Finding], arm: str, field: str) -> Iterator[tuple[Estimated, int]]:
    """What findings hold of an arm in one field, over all items, and of how many items."""
    for one in own:
        if (one.metric, one.field, one.subgroup) == (_METRIC, field, None):
            yield (one.tuned if one.arms[0] == arm else one.base), one.n


def _share(part: int, whole: int, found: Sequence[tuple[Estimated, int]], none: str) -> Estimated:
    """A share as the finding has it; where none has it, or one of other items, without interval."""
    if whole == 0:
        return NotEstimable(not_estimable=none)
    value = part / whole
    for one, _ in found:
        if has_value(one) and isclose(one.value, value, abs_tol=1e-12):
            return one
    return Point(value=value, no_interval="a bare count")
