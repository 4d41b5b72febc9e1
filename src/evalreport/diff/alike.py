"""Alike: on what pairing two builds' answers rests, item by item, and what forbids it."""

from evalreport.analyze.datasets import Sources
from evalreport.analyze.tables import Table
from evalreport.diff.common import Common
from evalreport.diff.opened import TUNED, Metric
from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import TEST_SET, Aspect, AspectState
from evalreport.lineage.aspects import aspects_of
from evalreport.lineage.measured import Measured
from evalreport.lineage.test_sets import ROWS, rows
from evalreport.numbers import count_text


def how_measured(
    metric: Metric, mine: Measured, theirs: Measured, common: Common, arm: str = TUNED
) -> tuple[Aspect, ...]:
    """The aspects on which pairing rests: not which items were asked, but whether rows are alike.

    Items that one build alone asked are left out, and so forbid nothing.
    """
    found = aspects_of(mine.build, theirs.build, metric.layer, metric.metric, (arm,))
    alike = _rows(mine, theirs, common)
    kept = [one for one in found if one.name != TEST_SET]
    if alike.state is AspectState.DIFFERS:
        # What is said of prompts rests on the rows, where their digests do not tell.
        kept = [one for one in kept if one.state is not AspectState.ON_TRUST]
    elif any(one.state is AspectState.ON_TRUST and one.why == alike.why for one in kept):
        return tuple(kept)
    return (alike, *kept)


def _rows(mine: Measured, theirs: Measured, common: Common) -> Aspect:
    """Whether the items that both asked are the same rows, as far as anything tells."""
    alike = rows(mine, theirs)
    if alike.state is not AspectState.ON_TRUST:
        return alike
    odd = common.odd_rows(
        columns=_subgroups(mine) & _subgroups(theirs),
        by_tokens=mine.told(TUNED, "template") == theirs.told(TUNED, "template"),
        by_cluster=cluster_by(mine) == cluster_by(theirs),
    )
    if odd:
        what = (
            f"{count_text(len(odd))} of {count_text(len(common.ids), 'item')} that both asked are "
            f"other rows under the same id, such as {odd[0]}"
        )
        return Aspect(name=ROWS, state=AspectState.DIFFERS, why=what)
    if common.is_whole and _is_all(mine, common.a) and _is_all(theirs, common.b):
        what = "the ids are the same, and what stands under them is not: the digests differ"
        return Aspect(name=ROWS, state=AspectState.DIFFERS, why=what)
    return alike


def _subgroups(side: Measured) -> frozenset[str]:
    """The columns whose values name subgroups; parts of numbers change with every row."""
    declared = None if side.spec is None else Sources.of(side.spec).dataset(side.facts.dataset)
    return frozenset(one.by for one in (declared.subgroups if declared else ()) if not one.bins)


def _is_all(side: Measured, table: Table) -> bool:
    """Whether a layer asked every row of its dataset."""
    return side.dataset is not None and side.dataset.n == table.n


def cluster_by(side: Measured) -> str | None:
    """By what column the items of a layer hang together."""
    return None if side.dataset is None else side.dataset.cluster_by


def same_weights(mine: Measured, theirs: Measured, arm: str) -> bool:
    """Whether an arm was one and the same model, in the same precision, in both builds."""
    digests = []
    for side in (mine, theirs):
        blocks = side.blocks(arm)
        if isinstance(blocks, NotEstimable) or any(one.weights is None for one in blocks):
            return False
        digests.append({one.weights.digest for one in blocks if one.weights is not None})
    return digests[0] == digests[1]
