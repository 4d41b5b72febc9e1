"""Which arms a layer asks: as it says, or base, tuned and whatever is compared beside them."""

from evalreport.layers import AnyLayer
from evalreport.spec.models import Spec


def asked_arms(spec: Spec, layer: AnyLayer) -> tuple[str, ...]:
    """The arms that a layer asks, tuned and base first.

    A layer that names its `arms` asks those. One that does not asks tuned and base, every arm
    under `comparisons`, and the arms of requirements on it; one that reads another layer's
    responses asks the arms of that layer.
    """
    if layer.kind == "recorded":
        return ()
    if "arms" in layer.model_fields_set:
        return layer.arms
    above = {one.name: one for one in spec.evaluation.layers if one.name != layer.name}
    for name in layer.layers():
        if name in above and not above[name].layers():
            return asked_arms(spec, above[name])
    compared = [name for pair in spec.comparisons for name in pair]
    required = [one.arm for one in spec.evaluation.requirements if one.layer == layer.name]
    return tuple(dict.fromkeys((*layer.arms, *compared, *required)))
