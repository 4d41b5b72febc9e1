"""The first line of items.jsonl against the spec: what no build would have written there."""

from collections.abc import Iterator, Mapping

from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.table import AnyLayer
from evalreport.plan.judge_steps import sequential_plan
from evalreport.records import Averaged, Counts, Lossy, Rated, SequentialPlan, Unknown
from evalreport.report.items_head import Head
from evalreport.spec.models import Spec
from evalreport.stats.arguments import LARGEST


def contradictions(head: Head, spec: Spec) -> Iterator[str]:
    """What of a head no build writes: findings could not be computed from it.

    Args:
        head: Whose layers the spec all has.
        spec: Of the report.
    """
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    yield from _own(head, layers)
    yield from _foreign(head, layers)
    yield from _sequential(head, spec)


def _own(head: Head, layers: Mapping[str, AnyLayer]) -> Iterator[str]:
    """What was asked and scored here: seeds and arms that do not agree with each other."""
    for name, layer in head.layers.items():
        asked = head.asked.get(name, {})
        for arm, one in asked.items():
            seeds = tuple(block.seed for block in one.blocks)
            # Pairs are scored by the seeds that were judged and not those that answered.
            is_judged = isinstance(layers[name], Judge | Human)
            if layer.columns and not is_judged and seeds != layer.arms.get(arm, ()):
                yield f"`asked` and `layers` name other seeds of {arm} in {name}"
        for arm, apart in layer.apart.items():
            if apart.is_finished and not apart.of_seeds:
                yield f"`apart` of {arm} in {name} names no seed"
    for name, parts in head.parts.items():
        for part, found in parts.items():
            if {*found.seeds} != {"tuned", "base"}:
                yield f"{part} of {name} has other arms than tuned and base"


def _foreign(head: Head, layers: Mapping[str, AnyLayer]) -> Iterator[str]:
    """What other tools measured: layers and arms that are none, figures of nothing."""
    foreign = {name for name, layer in layers.items() if isinstance(layer, Imported)}
    named = [
        *(("imported", name) for name in head.imported),
        *(("refused", name) for name, _, _, _ in head.refused),
        *(("totals", one.layer) for one in head.totals),
        *(("figures", name) for name in head.figures),
    ]
    for key, name in named:
        if name not in foreign or name not in head.imported:
            yield f"`{key}` names {name}, which is no imported layer"
    for name, *pair, _ in head.refused:
        for arm in pair:
            if arm not in head.asked.get(name, {}):
                yield f"`refused` names {arm} in {name}, which is no arm of it"
    for one in head.totals:
        if one.layer in head.layers:
            yield f"{one.layer} has items, and `totals` as if it had none"
        for row in one.rows:
            if any(not _may_be_spread(aggregate.figure) for aggregate in row.figures):
                yield f"`totals` has a spread of {row.metric} in {one.layer} that none can be"
    for name, checks in head.figures.items():
        there = head.layers.get(name)
        metrics = {column.metric for column in there.columns} if there is not None else set()
        for check in checks:
            if there is None or check.arm not in there.arms or check.metric not in metrics:
                what = f"{check.metric} of {check.arm} in {name}"
                yield f"`figures` has {what}, of which there are no items"
    for name, arm in head.elsewhere:
        layer = layers.get(name)
        if not isinstance(layer, Generation) or arm not in layer.imported:
            yield f"`elsewhere` names {arm} in {name}, whose outputs the spec imports from no file"


def _may_be_spread(figure: Counts | Rated | Averaged | Lossy) -> bool:
    """Whether a mean has a spread from which an error can be computed, or none."""
    spread = figure.spread if isinstance(figure, Averaged) else Unknown()
    return isinstance(spread, Unknown) or 0 <= spread.known <= LARGEST


def _sequential(head: Head, spec: Spec) -> Iterator[str]:
    """What of the rule by which judging stopped is not as the spec declares it."""
    primary = spec.evaluation.primary
    for name, layer in head.layers.items():
        is_declared = (
            spec.evaluation.stopping == "sequential"
            and primary is not None
            and primary.layer == name
            and primary.gain_at_least is not None
        )
        plan = layer.sequential
        if (plan is not None) is not is_declared and (plan is not None or layer.n):
            there = "has a rule of" if plan is not None else "has no rule of"
            yield f"{name} {there} when judging stops, and the spec declares otherwise"
        elif plan is not None and plan.alpha != spec.evaluation.alpha:
            yield f"{name} stops at another alpha than the spec declares"
        elif plan is not None and layer.n > plan.planned:
            yield f"{name} has more items than there were to judge"
        elif plan is not None and plan != _declared(spec, name, plan.planned):
            yield f"{name} stops by another win rate or cap than follows from the spec"


def _declared(spec: Spec, layer: str, planned: int) -> SequentialPlan | None:
    """The rule that follows from the spec for so many items."""
    named = next((one for one in spec.evaluation.layers if one.name == layer), None)
    return sequential_plan(spec, named, planned) if isinstance(named, Judge) else None
