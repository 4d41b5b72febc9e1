"""The names that a spec gives, also to entries that are wrong in themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from evalreport.layers.generation import Generation
from evalreport.layers.imported import Imported
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.layers.unbuilt import Benchmark
from evalreport.records import Role
from evalreport.spec.nearest import did_you_mean, nearest
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

_SAYS_WHAT_IT_MEASURES = (
    "kind",
    "metrics",
    "rows",
    "headline",
    "relative",
    "counts",
    "rubric",
    "metric",
)


@dataclass(frozen=True, slots=True)
class Names:
    """Every name by what it names; None where the section is not readable at all.

    `is_nameless` says that some layer has no name: it may be the one that is meant elsewhere.
    """

    datasets: tuple[str, ...] | None
    arms: tuple[str, ...] | None
    layers: tuple[str, ...] | None
    is_nameless: bool = False


def names_of(standing: Standing) -> Names:
    """The names that were written, whatever is wrong with their entries."""
    arms = _keys(standing.raw, "arms")
    layers = value_at(standing.raw, ("evaluation", "layers"))
    named = _layer_names(layers)
    return Names(
        _keys(standing.raw, "datasets") or None,  # that there is none at all is said once
        None
        if arms is None
        else tuple(dict.fromkeys(("base", "tuned", *arms, *_foreign(standing)))),
        named if standing.is_readable("evaluation", "layers") else None,
        isinstance(layers, list) and len(named) < len(layers),
    )


def _foreign(standing: Standing) -> Iterator[str]:
    """Arms that other people measured need no entry of their own under `arms:`."""
    for _, layer in layers_of(standing):
        if isinstance(layer, Imported):
            yield from layer.told_arms
        elif isinstance(layer, Generation):
            yield from layer.imported


def _keys(raw: Json, section: str) -> tuple[str, ...] | None:
    if isinstance(raw, dict) and section not in raw:
        return ()
    entries = value_at(raw, (section,))
    return tuple(entries) if isinstance(entries, dict) else None


def _layer_names(layers: Json) -> tuple[str, ...]:
    entries = layers if isinstance(layers, list) else []
    named = [entry.get("name") for entry in entries if isinstance(entry, dict)]
    return tuple(name for name in named if isinstance(name, str))


def layers_of(standing: Standing) -> Iterator[tuple[Path, AnyLayer]]:
    """The layers that stand, each with its path as written."""
    for i, layer in enumerate(standing.spec.evaluation.layers):
        yield standing.written(("evaluation", "layers", i)), layer


def layers_by_name(standing: Standing, names: Names) -> dict[str, tuple[Path, AnyLayer]]:
    """The layers that stand and whose name is theirs alone, with their paths as written."""
    return {
        layer.name: (at, layer)
        for at, layer in layers_of(standing)
        if (names.layers or ()).count(layer.name) == 1
    }


def metrics_of(standing: Standing, at: Path, layer: AnyLayer) -> tuple[str, ...] | None:
    """The metrics that a layer yields; None when that cannot be known here."""
    if isinstance(layer, Benchmark) or (isinstance(layer, Imported) and not layer.metrics):
        return None
    if not all(standing.is_whole(*at, key) for key in _SAYS_WHAT_IT_MEASURES):
        return None
    return layer.metric_names()


def fields_of(layer: AnyLayer, metric: str) -> tuple[str, ...] | None:
    """The fields for which a layer yields a metric one by one; None when it is not known."""
    if isinstance(layer, Recorded):
        return tuple(row.field for row in layer.rows if row.metric == metric and row.field)
    if isinstance(layer, Imported):
        return None
    for one in getattr(layer, "metrics", ()):
        if one.metric == metric and getattr(one, "fields", None):
            return tuple(getattr(field, "path", field) for field in one.fields)
    return None


def no_such(what: str, name: str, known: tuple[str, ...] | None, at: Path) -> Iterator[Complaint]:
    """The complaint that a name does not exist, if it does not.

    Args:
        what: What it should name, such as `arm`.
        name: As it was written.
        known: The names that exist; None when they cannot be known.
        at: Where it was written.
    """
    if known is not None and name not in known:
        hint = (
            did_you_mean(name, dict.fromkeys(known), what=f"{what}s")
            or f"there is no {what} at all"
        )
        yield Complaint(at, f"there is no {what} {name}", hint)


def no_such_layer(names: Names, name: str, at: Path) -> Iterator[Complaint]:
    """As `no_such`, of a layer; a layer without a name may be meant unless another one is near."""
    if not names.is_nameless or nearest(name, names.layers or ()) is not None:
        yield from no_such("layer", name, names.layers, at)


def role_of(standing: Standing, name: str) -> Role | None:
    """What a dataset is for; None when it does not say, or does not stand."""
    if name in {role.value for role in Role}:
        return Role(name)
    entry = standing.spec.datasets.get(name)
    parts = entry if isinstance(entry, tuple) else (entry,)
    return next((part.role for part in parts if part is not None and part.role), None)
