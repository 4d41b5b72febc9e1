"""A smoke run's spec: the same shape, two steps of training, four items a layer."""

from evalreport.layers.base import Subset
from evalreport.spec.models import Spec

STEPS, ITEMS = 2, 4


def smoked(spec: Spec) -> Spec:
    """The spec cut down until it only shows that everything connects."""
    layers = []
    for layer in spec.evaluation.layers:
        if "subset" in type(layer).model_fields:
            layers.append(layer.model_copy(update={"subset": Subset(n=ITEMS)}))
        elif "sample" in type(layer).model_fields:
            layers.append(layer.model_copy(update={"sample": ITEMS}))
        else:
            layers.append(layer)
    training = spec.training
    if training is not None:
        training = training.model_copy(
            update={"max_steps": STEPS, "epochs": None, "early_stopping": None}
        )
    return spec.model_copy(
        update={
            "training": training,
            "evaluation": spec.evaluation.model_copy(update={"layers": tuple(layers)}),
        }
    )
