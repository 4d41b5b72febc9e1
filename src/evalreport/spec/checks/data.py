"""Datasets beside each other: roles, what is cut from what, and what a layer needs of them."""

from collections.abc import Iterator

from evalreport.layers.multiple_choice import MultipleChoice
from evalreport.sources.inherit import resolve
from evalreport.spec.checks.names import layers_of
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing


def check_data(standing: Standing) -> Iterator[Complaint]:
    """Every dataset that stands; without all of them, nothing is said about what they inherit."""
    if not standing.is_whole("datasets"):
        return
    sources, contradictions = resolve(standing.spec.datasets)
    for one in contradictions:
        yield Complaint(("datasets", *one.loc), one.what, one.hint, at_key=len(one.loc) == 1)
    for at, layer in layers_of(standing):
        for name in layer.datasets():
            source = sources.get(name)
            kinds = {part.kind for part in source.parts} if source else {None}
            if isinstance(layer, MultipleChoice) and None not in kinds and kinds != {"question"}:
                what = f"dataset {name} has no questions with choices"
                hint = "give it question:, choices: and answer:"
                yield Complaint((*at, "dataset"), what, hint)
            if layer.kind == "generation" and kinds == {"text"}:
                what = f"dataset {name} is plain text: nothing in it can be asked"
                yield Complaint((*at, "dataset"), what, "give it prompt: and completion:")
