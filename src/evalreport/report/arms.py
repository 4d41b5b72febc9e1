"""What was compared: models, adapters and precision of each arm, as they were found."""

from collections.abc import Mapping

from evalreport.evidence import Evidence
from evalreport.plan.model import Inputs, LocatedModel
from evalreport.records import Arm, Base, Model, Origin
from evalreport.report.model import ArmFacts
from evalreport.spec.models import Spec
from evalreport.values import Json


def arm_facts(arm: Arm, inputs: Inputs, evidence: Evidence) -> ArmFacts:
    """What answered under an arm's name."""
    first = arm.replicates[0].subject
    if first.kind == "endpoint":
        return ArmFacts(
            what=f"{first.model} behind {first.base_url}",
            model=first.model,
            quantization="unknown",
            dtype="unknown",
            origin=Origin.RUN,
        )
    if isinstance(first, Model):
        base: Base | Model = first
        path = first.path
    else:
        base = first if isinstance(first, Base) else first.base
        path = base.model
    located = inputs.models.get(path)
    facts = located.facts if isinstance(located, LocatedModel) else {}
    answered = [
        (str(block.seed if block.seed is not None else "only"), block.weights)
        for block in evidence.blocks.values()
        if block.arm == arm.name and block.weights is not None
    ]
    notes = (f"loaded from a {form}",) if (form := _packed(facts)) else ()
    return ArmFacts(
        what=_what(arm, first.kind, len(arm.replicates)),
        model=path,
        revision=located.revision if isinstance(located, LocatedModel) else None,
        hub_id=located.public_name if isinstance(located, LocatedModel) else None,
        base_digest=located.digest if isinstance(located, LocatedModel) else None,
        adapter_digests={
            seed: weights.adapter_digest for seed, weights in answered if weights.adapter_digest
        },
        model_digests={
            seed: weights.base_digest
            for seed, weights in answered
            if weights.adapter_digest is None and not isinstance(first, Base)
        },
        quantization=base.quantization.value,
        dtype=base.dtype.value,
        origin=Origin.RUN,
        prompting=arm.prompting,
        notes=notes,
    )


def _packed(facts: Mapping[str, Json]) -> str | None:
    form = facts.get("stored_form")
    return form if facts.get("gguf") and isinstance(form, str) else None


def packed_base(inputs: Inputs, spec: Spec) -> str | None:
    """How the base was packed, when it was not the original weights."""
    located = inputs.models.get(spec.base_model.path)
    return _packed(located.facts) if isinstance(located, LocatedModel) else None


def _what(arm: Arm, kind: str, replicates: int) -> str:
    subject = arm.replicates[0].subject
    seeds = f", {replicates} training seeds" if replicates > 1 else ""
    match kind:
        case "base":
            words = "the base model, before any training"
        case "adapter":
            words = "the base with an existing adapter"
        case "model":
            words = "a finished model"
        case _:
            kept = subject.checkpoint if subject.kind == "trained" else ""
            words = f"the base with what was trained here (checkpoint {kept}{seeds})"
    return words + (f", asked with {arm.prompting}" if arm.prompting else "")
