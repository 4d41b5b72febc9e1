"""Outputs that another tool kept, beside what is asked here: whether they fit the layer."""

from collections.abc import Iterator

from evalreport.layers.generation import Generation
from evalreport.spec.places import Complaint
from evalreport.spec.yaml_tree import Path


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
