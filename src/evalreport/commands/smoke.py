"""A smoke run's spec: the same shape, two steps of training, four items a layer."""

from evalreport.layers.base import Subset
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.spec.models import Spec

STEPS, ITEMS = 2, 4


def smoked(spec: Spec) -> Spec:
    """The spec cut down until it only shows that everything connects.

    So short a training leaves no checkpoints but the kept one, which stands for all of them.
    """
    layers: list[AnyLayer] = []
    for layer in spec.evaluation.layers:
        if isinstance(layer, Recorded | Imported):
            layers.append(layer)  # what others measured takes no time, and its subset is theirs
        elif isinstance(layer, Human):  # what people rated are no answers of a smoke run
            changed = {"subset": Subset(n=ITEMS), "ratings": None}
            layers.append(layer.model_copy(update=changed))
        elif "subset" in type(layer).model_fields:
            layers.append(layer.model_copy(update={"subset": Subset(n=ITEMS)}))
        elif "sample" in type(layer).model_fields:
            layers.append(layer.model_copy(update={"sample": ITEMS}))
        else:
            layers.append(layer)
    arms = {
        name: arm.model_copy(update={"checkpoint": None}) if arm.checkpoint else arm
        for name, arm in spec.arms.items()
    }
    return spec.model_copy(
        update={
            "arms": arms,
            "training": spec.to_train.shortened(STEPS) if spec.to_train else spec.training,
            "evaluation": spec.evaluation.model_copy(update={"layers": tuple(layers)}),
        }
    )
