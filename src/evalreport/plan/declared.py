"""What was declared, in a form that a layer's new name does not change but a new bound does."""

from typing import Final

from evalreport.digest import digest_of
from evalreport.sources.inherit import resolve
from evalreport.spec.evaluation import Target
from evalreport.spec.models import Spec
from evalreport.values import Json

# Files of ratings come after the answers; people beside whom a judge is held decide nothing of it.
_NOT_DECLARED: Final = {"name", "title", "arms", "ratings", "human_labels"}


def declared_block(spec: Spec) -> dict[str, Json]:
    """Everything that decides, without the names of layers: metrics, bounds, error rates, clusters.

    How the items of a declared metric are asked, read and scored is part of it; metrics that were
    not declared are not, since adding one of them decides nothing.
    """
    evaluation = spec.evaluation
    sources = resolve(spec.datasets)[0]

    def target(one: Target) -> Json:
        layer = next(layer for layer in evaluation.layers if layer.name == one.layer)
        measured = layer.model_dump(mode="json", by_alias=True, exclude=_NOT_DECLARED)
        metrics = measured.get("metrics")
        if isinstance(metrics, list):
            measured["metrics"] = [
                metric
                for metric in metrics
                if isinstance(metric, dict) and metric.get("metric") == one.metric
            ]
        source = sources.get(next(iter(layer.datasets()), ""))
        return {
            **one.model_dump(mode="json", exclude={"layer"}),
            "measured": digest_of("layer", measured)[:16],
            "cluster_by": source.parts[0].cluster_by if source else None,
        }

    return {
        "primary": target(evaluation.primary) if evaluation.primary else None,
        "co_primary": [target(one) for one in evaluation.co_primary],
        "guards": [target(one) for one in evaluation.guards],
        "secondary": [target(one) for one in evaluation.secondary],
        "requirements": [target(one) for one in evaluation.requirements],
        "alpha": evaluation.alpha,
        "power": evaluation.power,
        "test": evaluation.test,
        "unparsed": evaluation.unparsed,
        "ties": evaluation.ties,
        "stopping": evaluation.stopping,
    }
