"""Outputs that another tool kept, beside what is asked here: whether they fit the layer."""

from collections.abc import Iterator
from typing import Final

from evalreport.layers.generation import Generation
from evalreport.layers.table import AnyLayer
from evalreport.spec.places import Complaint
from evalreport.spec.yaml_tree import Path

_BY_THE_SPEC_ALONE: Final = ("decoding", "template", "precision")  # no file is asked for these


def check_outputs(at: Path, layer: Generation) -> Iterator[Complaint]:
    """Of an item files hold one output, so that no more draws can be asked for.

    Args:
        at: Path of the layer as written.
        layer: It.
    """
    samples = layer.decoding.samples
    if layer.imported and samples > 1:
        what = (
            f"the files of {' and '.join(layer.imported)} hold 1 draw of an item, and the layer "
            f"asks for {samples}"
        )
        hint = "set samples: 1, or ask these arms here"
        yield Complaint((*at, "decoding", "samples"), what, hint)


def untold(layer: AnyLayer) -> Iterator[str]:
    """What the spec leaves open of outputs that come from files, so that nothing is compared.

    Args:
        layer: Any; only one that asks for text takes up such outputs.
    """
    for arm, told in layer.imported.items() if isinstance(layer, Generation) else ():
        missing = [name for name in _BY_THE_SPEC_ALONE if getattr(told, name) is None]
        if missing:
            named = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
            yield (
                f"layer {layer.name}: the outputs of {arm} come from files and will not be "
                f"compared, since the spec does not tell their {named}; write what is known under "
                f"imported.{arm}, or ask {arm} here"
            )
