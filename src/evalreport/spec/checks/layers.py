"""Layers and comparisons: names that exist and are unique, datasets that may be tested on."""

from collections.abc import Iterator

from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.overfitting import Overfitting
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.records import Role
from evalreport.spec.asked import asked_arms
from evalreport.spec.checks.imported import check_imported
from evalreport.spec.checks.names import Names, layers_of, no_such, no_such_layer, role_of
from evalreport.spec.checks.outputs import check_outputs
from evalreport.spec.checks.recorded import check_recorded
from evalreport.spec.nearest import listed
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.training.published import TrainedElsewhere

_NUMBERS = ("rows", "headline", "counts", "relative")


def check_layers(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Every layer by itself and beside the others."""
    layers = dict(layers_of(standing))
    first: dict[str, Path] = {}
    is_told = isinstance(standing.spec.training, TrainedElsewhere)
    if not layers and not is_told and standing.is_whole("evaluation"):
        hint = "add a layer, such as {kind: perplexity, name: heldout-loss, dataset: test}"
        yield Complaint(("evaluation", "layers"), "nothing is evaluated", hint)
    for at, layer in layers.items():
        if layer.name in first:
            what = f"two layers are called {layer.name}"
            yield Complaint((*at, "name"), what, "findings go by the layer's name: rename one")
        first.setdefault(layer.name, at)
        yield from _datasets(standing, names, at, layer)
        yield from _arms(names, at, layer)
        yield from _reads_layer(standing, names, at, layer, layers)
        yield from _metrics(standing, at, layer)
        if isinstance(layer, Judge) and layer.human_labels is not None:
            yield from _human_labels(names, at, layer, layer.human_labels, layers)
        is_empty = isinstance(layer, Recorded) and not (
            layer.rows or layer.headline or layer.counts or layer.relative
        )
        if is_empty and all(standing.is_whole(*at, key) for key in _NUMBERS):
            yield Complaint(at, "no number is recorded", "give rows, counts or relative")
        if isinstance(layer, Recorded):
            yield from check_recorded(standing, at, layer)
        if isinstance(layer, Imported):
            yield from check_imported(at, layer)
        if isinstance(layer, Generation):
            yield from check_outputs(at, layer)
    yield from _lost(standing, names)


def _lost(standing: Standing, names: Names) -> Iterator[Complaint]:
    """What layers name that have something wrong: it can be looked up all the same."""
    entries = value_at(standing.raw, ("evaluation", "layers"))
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        at: Path = ("evaluation", "layers", i)
        if not isinstance(entry, dict) or standing.is_readable(*at):
            continue
        for key in ("dataset", "unseen", "train", "on"):
            named = entry.get(key)
            if isinstance(named, str) and key == "on":
                yield from no_such_layer(names, named, (*at, key))
            elif isinstance(named, str):
                yield from no_such("dataset", named, names.datasets, (*at, key))
        arms = entry.get("arms")
        for j, arm in enumerate(arms if isinstance(arms, list) else ()):
            if isinstance(arm, str):
                yield from no_such("arm", arm, names.arms, (*at, "arms", j))


def _datasets(standing: Standing, names: Names, at: Path, layer: AnyLayer) -> Iterator[Complaint]:
    for key in ("dataset", "unseen", "train"):
        name = getattr(layer, key, None)
        if not isinstance(name, str):
            continue
        where = (*at, key)
        yield from no_such("dataset", name, names.datasets, where)
        role = role_of(standing, name)
        if name not in (names.datasets or ()) or role is None:
            continue
        if isinstance(layer, Overfitting) and key == "train":
            if role is not Role.TRAIN:
                what = f"{name} has the role {role}: the model did not see it"
                yield Complaint(where, what, "name the dataset that is trained on")
        elif role is Role.TRAIN:
            what = f"{name} is what the model learns from: it cannot show what was learned"
            yield Complaint(where, what, "use a dataset with role: test")
        elif role is Role.SELECT:
            what = f"{name} chooses the checkpoint, so that it flatters the tuned model"
            yield Complaint(where, what, "use a dataset with role: test")


def _metrics(standing: Standing, at: Path, layer: AnyLayer) -> Iterator[Complaint]:
    seen: list[tuple[str, object]] = []
    for i, metric in enumerate(layer.metrics if isinstance(layer, Generation) else ()):
        part = getattr(metric, "field", None) or getattr(metric, "name", None)
        if (metric.metric, part) in seen:
            where = standing.written((*at, "metrics", i))
            what = f"{metric.metric} is measured twice, and its findings would have one name"
            yield Complaint(where, what, "remove one, or make it a layer of its own")
        seen.append((metric.metric, part))


def _arms(names: Names, at: Path, layer: AnyLayer) -> Iterator[Complaint]:
    for i, arm in enumerate(layer.arms):
        where = (*at, "arms", i)
        yield from no_such("arm", arm, names.arms, where)
        if arm in layer.arms[:i]:
            yield Complaint(where, f"arm {arm} is named twice", "remove one of them")


def _reads_layer(
    standing: Standing,
    names: Names,
    at: Path,
    layer: AnyLayer,
    layers: dict[Path, AnyLayer],
) -> Iterator[Complaint]:
    for name in layer.layers():
        where = (*at, "on")
        yield from no_such_layer(names, name, where)
        upper = next((one for one in layers.values() if one.name == name), None)
        if upper is None:
            continue
        if not isinstance(upper, Generation):
            texts = [one.name for one in layers.values() if isinstance(one, Generation)]
            hint = f"layers with text: {listed(texts)}" if texts else "add a generation layer"
            yield Complaint(where, f"layer {name} ({upper.kind}) has no text to look at", hint)
            continue
        asked = asked_arms(standing.spec, upper)
        for i, arm in enumerate(layer.arms if "arms" in layer.model_fields_set else ()):
            if arm not in asked and (names.arms is None or arm in names.arms):
                what = f"layer {name} does not ask {arm}, so that there is nothing to look at"
                yield Complaint((*at, "arms", i), what, f"add it to the arms of {name}")


def _human_labels(
    names: Names, at: Path, layer: Judge, named: str, layers: dict[Path, AnyLayer]
) -> Iterator[Complaint]:
    """A judge is held against people who compared the same answers."""
    where = (*at, "human_labels")
    yield from no_such_layer(names, named, where)
    other = next((one for one in layers.values() if one.name == named), None)
    people = [one.name for one in layers.values() if isinstance(one, Human) and one.on == layer.on]
    if other is None or named in people:
        return
    hint = (
        f"people look at them in {listed(people)}"
        if people
        else (f"add a layer in which they do: {{kind: human, name: people, on: {layer.on}}}")
    )
    what = f"in layer {named} nobody looks at the answers of {layer.on}"
    yield Complaint(where, what, hint)


def check_comparisons(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Pairs of arms that exist, differ, and are asked by one layer at least."""
    spec = standing.spec
    seen = {("tuned", "base"): "tuned against base is always compared"}
    for i, (candidate, reference) in enumerate(spec.comparisons):
        at = standing.written(("comparisons", i))
        for j, name in enumerate((candidate, reference)):
            yield from no_such("arm", name, names.arms, (*at, j))
        if candidate == reference:
            yield Complaint(at, f"{candidate} is compared with itself", "name two arms")
        elif (candidate, reference) in seen or (reference, candidate) in seen:
            why = seen.get((candidate, reference), "the same pair stands here already")
            yield Complaint(at, why, "remove this pair")
        elif spec.evaluation.layers and standing.is_whole("evaluation"):
            together = any(
                {candidate, reference} <= {*asked_arms(spec, layer)}
                for layer in spec.evaluation.layers
            )
            if not together and {candidate, reference} <= {*(names.arms or ())}:
                what = f"no layer asks both {candidate} and {reference}"
                yield Complaint(at, what, "add them to the arms of a layer")
        seen.setdefault((candidate, reference), "the same pair stands here already")
