"""What was declared, in a form that a layer's new name does not change but a new bound does."""

from evalreport.digest import digest_of
from evalreport.spec.evaluation import Target
from evalreport.spec.models import Spec
from evalreport.values import Json


def declared_block(spec: Spec) -> dict[str, Json]:
    """Everything that decides, without names: metrics, bounds, error rates, how items are read."""
    evaluation = spec.evaluation

    def target(one: Target) -> Json:
        layer = next(layer for layer in evaluation.layers if layer.name == one.layer)
        measured = layer.model_dump(mode="json", by_alias=True, exclude={"name", "title", "arms"})
        if one.metric not in measured:
            measured["metrics"] = [
                metric
                for metric in measured.get("metrics", [])
                if isinstance(metric, dict) and metric.get("metric") == one.metric
            ]
        return {
            **one.model_dump(mode="json", exclude={"layer"}),
            "measured": digest_of("layer", measured)[:16],
        }

    clusters: Json = {
        name: getattr(dataset, "cluster_by", None) for name, dataset in spec.datasets.items()
    }
    return {
        "primary": target(evaluation.primary) if evaluation.primary else None,
        "co_primary": [target(one) for one in evaluation.co_primary],
        "guards": [target(one) for one in evaluation.guards],
        "secondary": [target(one) for one in evaluation.secondary],
        "alpha": evaluation.alpha,
        "power": evaluation.power,
        "test": evaluation.test,
        "unparsed": evaluation.unparsed,
        "ties": evaluation.ties,
        "stopping": evaluation.stopping,
        "cluster_by": clusters,
    }
