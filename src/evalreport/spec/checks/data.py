"""Datasets beside each other: roles, what is cut from what, and what a layer needs of them."""

from collections.abc import Iterator, Mapping
from os.path import normpath
from typing import Final

from evalreport.layers.generation import Generation
from evalreport.layers.multiple_choice import MultipleChoice
from evalreport.layers.overfitting import Overfitting
from evalreport.layers.table import AnyLayer
from evalreport.records import Role
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Source, resolve
from evalreport.spec.checks.names import layers_of, no_such
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path

# What it would mean if one set of rows had two roles.
_BOTH: Final = {
    frozenset({Role.TRAIN, Role.TEST}): "the model would be tested on what it learned",
    frozenset({Role.SELECT, Role.TEST}): "the checkpoint would be chosen on what is tested",
    frozenset({Role.TRAIN, Role.SELECT}): "the checkpoint would be chosen on what it learned",
}


def check_data(standing: Standing) -> Iterator[Complaint]:
    """Every dataset that stands; without all of them, nothing is said about what they inherit."""
    if not standing.is_whole("datasets"):
        yield from _origins(standing)
        return
    if not standing.spec.datasets:
        yield from _none(standing)
        return
    sources, contradictions = resolve(standing.spec.datasets)
    for one in contradictions:
        yield Complaint(("datasets", *one.loc), one.what, one.hint, at_key=len(one.loc) == 1)
    yield from _shared(standing, sources)
    for at, layer in layers_of(standing):
        for name in layer.datasets():
            source = sources.get(name)
            kinds = {part.kind for part in source.parts} if source else {None}
            if isinstance(layer, MultipleChoice) and None not in kinds and kinds != {"question"}:
                what = f"dataset {name} has no questions with choices"
                hint = "give it question:, choices: and answer:"
                yield Complaint((*at, "dataset"), what, hint)
            if source is not None and source.role is Role.TEST and _has_turns(source):
                yield from _in_turns(at, layer, name)
            if layer.kind == "generation" and kinds == {"text"}:
                what = f"dataset {name} is plain text: nothing in it can be asked"
                yield Complaint((*at, "dataset"), what, "give it prompt: and completion:")


def _has_turns(source: Source) -> bool:
    return any(part.turns is not None for part in source.parts)


def _in_turns(at: Path, layer: AnyLayer, name: str) -> Iterator[Complaint]:
    """What a layer cannot do with turns that the model answers itself."""
    if not isinstance(layer, Generation | MultipleChoice):
        key = "unseen" if isinstance(layer, Overfitting) else "dataset"
        what = f"dataset {name} holds no answers to score: the model answers its turns itself"
        hint = "use a generation layer with a judge on it, or a dataset with completions"
        yield Complaint((*at, key), what, hint)
    for arm in layer.imported if isinstance(layer, Generation) else ():
        what = f"outputs of {arm} are one text an item, and dataset {name} asks several turns"
        yield Complaint((*at, "imported"), what, "let the arm be asked here")
        return


def _none(standing: Standing) -> Iterator[Complaint]:
    """That there are no datasets, when something needs one."""
    needs = [
        f"layer {layer.name} needs one" for _, layer in layers_of(standing) if layer.datasets()
    ]
    is_trained = standing.spec.trains_here and standing.is_readable("training")
    needs += ["the adapter is to be trained"] if is_trained else []
    if needs:
        what = f"there are no datasets, and {needs[0]}"
        hint = "add train: {path: ..., prompt: ..., completion: ...} and test: {path: ...}"
        yield Complaint(("datasets",), what, hint)


def _origins(standing: Standing) -> Iterator[Complaint]:
    """Names under `from`, when some dataset has something wrong: they can be looked up anyway."""
    datasets = value_at(standing.raw, ("datasets",))
    entries = datasets if isinstance(datasets, dict) else {}
    for name, entry in entries.items():
        origin = entry.get("from") if isinstance(entry, dict) else None
        if isinstance(origin, str):
            others = tuple(other for other in entries if other != name)
            yield from no_such("dataset", origin, others, ("datasets", name, "from"))


def _shared(standing: Standing, sources: Mapping[str, Source]) -> Iterator[Complaint]:
    """Datasets of different roles that read the same rows."""
    first: dict[tuple[str | None, ...], Source] = {}
    for source in sources.values():
        for i, part in enumerate(source.parts if source.parent is None else ()):
            other = first.setdefault(_rows_of(part), source)
            if other.role is source.role:
                continue
            is_list = isinstance(standing.spec.datasets[source.name], tuple)
            at = ("datasets", source.name, *((i,) if is_list else ()), "path")
            why = _BOTH[frozenset({source.role, other.role})]
            what = f"{_told(source)} reads the same rows as {_told(other)}: {why}"
            yield Complaint(
                at, what, "name another file, or cut it off: {from: ..., fraction: 0.1}"
            )


def _told(source: Source) -> str:
    return source.name if source.name == source.role else f"{source.name} (role: {source.role})"


def _rows_of(part: Dataset) -> tuple[str | None, ...]:
    path = part.hub_id if part.is_hub else normpath(part.path or "")
    return (path, part.config, part.split, part.revision)
