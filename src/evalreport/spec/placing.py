"""Where each declared number will go on the hub, told from the spec before anything is trained."""

from collections.abc import Iterator

from evalreport.hub_rules import Board, Figure, Placement, place
from evalreport.layers.table import AnyLayer
from evalreport.sources import Source, resolve
from evalreport.spec.asked import datasets_of, is_served
from evalreport.spec.evaluation import Target
from evalreport.spec.models import Publish, Spec

_SHIPPED = "shipped"


def planned_placements(spec: Spec) -> tuple[Placement, ...]:
    """Where the declared numbers of what ships would go; nothing where nothing is published."""
    if spec.publish is None:
        return ()
    sources, _ = resolve(spec.datasets)
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    return tuple(
        place(_figure(target, layers[target.layer], sources, spec))
        for target in _declared(spec)
        if target.layer in layers
    )


def board_of(publish: Publish | None, layer: str, metric: str) -> Board | None:
    """The benchmark's task that a spec names for a metric."""
    return next(
        (
            Board(one.dataset, one.task_id)
            for one in (publish.benchmarks if publish else ())
            if (one.layer, one.metric) == (layer, metric)
        ),
        None,
    )


def hub_id_of(source: Source | None) -> str | None:
    """The id of a test set that comes from the hub as it is: neither cut nor mixed."""
    if source is None or source.parent is not None or len(source.parts) != 1:
        return None
    return source.parts[0].hub_id if source.parts[0].is_hub else None


def _declared(spec: Spec) -> Iterator[Target]:
    """What was declared, each once."""
    asked = spec.evaluation
    seen: set[str] = set()
    primary = () if asked.primary is None else (asked.primary,)
    for target in (*primary, *asked.co_primary, *asked.guards, *asked.secondary):
        if target.finding not in seen:
            seen.add(target.finding)
            yield target


def _figure(target: Target, layer: AnyLayer, sources: dict[str, Source], spec: Spec) -> Figure:
    dataset = next(iter(datasets_of(spec, layer)), "")
    source = sources.get(dataset)
    return Figure(
        layer=layer.name,
        kind=layer.kind,
        metric=target.metric,
        field=target.field or "",
        dataset=dataset,
        role=source.role.value if source else "",
        hub_id=hub_id_of(source),
        is_whole=getattr(layer, "subset", None) is None,
        withheld=_withheld(layer, source, spec),
        board=board_of(spec.publish, layer.name, target.metric),
    )


def _withheld(layer: AnyLayer, source: Source | None, spec: Spec) -> str:
    """What of the spec keeps a number in the text, whatever its test set is."""
    ships = _SHIPPED if _SHIPPED in spec.arms else "tuned"
    if spec.engine.kind == "fake":
        return "the models are simulated"
    if ships in getattr(layer, "imported", ()):
        return "another tool measured it"
    if is_served(spec, ships):
        return f"{ships} answers behind an endpoint: its weights are not seen here"
    if source is not None and source.parent is not None:
        return f"{source.name} is cut from {source.parent}, and no test set of the hub"
    return ""
