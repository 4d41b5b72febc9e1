"""Imported layers: whose files they are, before any is read."""

from collections.abc import Iterator

from evalreport.layers.imported import Imported
from evalreport.spec.places import Complaint
from evalreport.spec.yaml_tree import Path

_TWO = 2


def check_imported(at: Path, layer: Imported) -> Iterator[Complaint]:
    """What no file has to be read for.

    Args:
        at: Path of the layer as written.
        layer: It.
    """
    if "arms" in layer.model_fields_set:
        what = "the arms of imported results are those of from: (or models:)"
        yield Complaint((*at, "arms"), what, "remove it", at_key=True)
    if "" in layer.files and len(layer.models) < _TWO:
        what = "one file holds all arms, and nothing says which model in it is which"
        hint = "write models: {tuned: NAME, base: NAME}, or files by arm under from:"
        yield Complaint((*at, "from"), what, hint)
    yield from _names(at, layer)
    own = [arm for arm in layer.files if arm]
    for arm in layer.models if own else ():
        if arm not in own and len(own) > 1:
            what = f"{arm} has a name under models: and no file under from:"
            yield Complaint((*at, "models", arm), what, "add its file, or remove the name")
    for i, name in enumerate(layer.metrics):
        if name in layer.metrics[:i]:
            yield Complaint((*at, "metrics", i), f"{name} is named twice", "remove one of them")
    for metric in layer.higher_is_better:
        if layer.metrics and metric not in layer.metrics:
            what = f"{metric} is none of this layer's metrics ({', '.join(layer.metrics)})"
            yield Complaint((*at, "higher_is_better", metric), what, "remove it, or add the metric")


def _names(at: Path, layer: Imported) -> Iterator[Complaint]:
    """Names that tell arms apart."""
    seen: dict[str, str] = {}
    for arm, name in layer.models.items():
        if not name.strip():
            hint = "write the name that the files give it, or remove the line"
            yield Complaint((*at, "models", arm), f"{arm} has no name", hint)
        elif name in seen and not {arm, seen[name]} <= set(layer.files):  # nor do files
            what = f"{arm} is called as {seen[name]} is, so no row tells one from the other"
            yield Complaint((*at, "models", arm), what, "name two models of the files")
        seen.setdefault(name, arm)
