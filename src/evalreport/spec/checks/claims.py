"""Claims: findings that will exist, and values where they are needed."""

from collections.abc import Iterator

from evalreport.spec.checks.names import Names, layers_by_name, metrics_of, no_such_layer
from evalreport.spec.claims import ClaimedFinding
from evalreport.spec.nearest import did_you_mean
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing


def check_claims(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Every claim about a finding."""
    layers = layers_by_name(standing, names)
    for i, claim in enumerate(standing.spec.claims):
        if not isinstance(claim.asserts, ClaimedFinding):
            continue
        at = (*standing.written(("claims", i)), "asserts")
        plain = claim.asserts.finding.partition(":")[0].partition("@")[0]
        name = next(
            (one for one in names.layers or () if plain.startswith(f"{one}.")),
            plain.partition(".")[0],
        )
        yield from no_such_layer(names, name, (*at, "finding"))
        metrics = metrics_of(standing, *layers[name]) if name in layers else None
        said = plain.removeprefix(f"{name}.") if plain != name else ""
        if metrics is not None and not any(
            said == metric or said.startswith(f"{metric}.") for metric in metrics
        ):
            known = [f"{name}.{metric}" for metric in metrics]
            what = f"layer {name} yields no finding {plain}"
            yield Complaint((*at, "finding"), what, did_you_mean(plain, known, what="findings"))
        needs_value = claim.asserts.is_said == "value"
        if needs_value and claim.asserts.value is None:
            yield Complaint((*at, "is"), "the value that is claimed is missing", "add value: ...")
        if not needs_value and claim.asserts.value is not None:
            what = f"is: {claim.asserts.is_said} claims no value"
            yield Complaint((*at, "value"), what, "remove it, or write is: value")
