"""What was compared: models, adapters and precision of each arm, as they were found."""

from collections.abc import Mapping, Sequence
from typing import Final

from evalreport.evidence import Evidence
from evalreport.hub_rules import is_hub_id
from evalreport.importers.names import shown_name
from evalreport.layers.generation import Generation
from evalreport.plan.model import Inputs, LocatedModel
from evalreport.records import (
    Arm,
    Base,
    Endpoint,
    Known,
    Model,
    Origin,
    Quantization,
    Subject,
    held_in,
)
from evalreport.report.model import ArmFacts, ArmForm
from evalreport.spec.asked import exports
from evalreport.spec.models import NOT_STATED, Spec
from evalreport.training.options import Full
from evalreport.values import Json

_FEW_FILES: Final = 3
_BY_THE_SPEC: Final = "in what it was held is what the spec says"


def arm_facts(arm: Arm, inputs: Inputs, evidence: Evidence, spec: Spec) -> ArmFacts:
    """What answered under an arm's name."""
    made_of_tuned = arm.name in exports(spec)
    first = arm.replicates[0].subject
    if first.kind == "endpoint":
        return ArmFacts(
            what=f"{first.model} behind {first.base_url}",
            model=first.model,
            quantization="unknown",
            dtype="unknown",
            origin=Origin.RUN,
            form="endpoint",
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
    notes = _loaded_from(_packed(facts), base.quantization)
    return ArmFacts(
        what=_what(arm, len(arm.replicates), made_of_tuned=made_of_tuned)
        + (_unlike(first, evidence.arms.get("tuned")) if made_of_tuned else ""),
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
        form=_form(first, spec, is_packed=_packed(facts) is not None),
        made_of_tuned=made_of_tuned,
        prompting=arm.prompting,
        notes=notes,
    )


def imported_arms(evidence: Evidence, inputs: Inputs, spec: Spec) -> dict[str, ArmFacts]:
    """Arms that other tools measured: what their files call the model, and nothing more."""
    found: dict[str, ArmFacts] = {}
    for layer in spec.evaluation.layers:
        for name, told in layer.imported.items() if isinstance(layer, Generation) else ():
            outputs = inputs.outputs.get((layer.name, name))
            if outputs is None:
                continue
            where = named_files(outputs.shown)
            named = [*outputs.models]
            base = inputs.models.get(spec.base_model.path) if name == "base" else None
            found.setdefault(
                name,
                ArmFacts(
                    what=f"what {outputs.tool} kept of it ({where}); it was not asked here",
                    hub_id=base.public_name if isinstance(base, LocatedModel) else None,
                    model=told.model or (shown_name(named[0]) if len(named) == 1 else "not known"),
                    quantization="unknown",
                    dtype=told.precision or "unknown",
                    origin=Origin.IMPORTED,
                    notes=(_BY_THE_SPEC,) if told.precision else (),
                ),
            )
    for results in evidence.results.values():
        for name, one in results.arms.items():
            origin = one.origin
            where = named_files(origin.files)
            declared = results.integrity.declared.get("precision", ())
            found.setdefault(
                name,
                ArmFacts(
                    what=f"as {origin.tool} measured it ({where}); its weights are not here",
                    model=shown_name(origin.model) or "not known",
                    quantization="unknown",
                    dtype=origin.facts.precision or "unknown",
                    origin=Origin.IMPORTED,
                    notes=(_BY_THE_SPEC,) if name in declared else (),
                ),
            )
    return found


def not_asked_in(name: str, evidence: Evidence, spec: Spec) -> tuple[str, ...]:
    """Of an arm that was asked here, the layers in which it was not, each as a note."""
    outputs = (
        f"in {layer.name} it was not asked here: what {named_files(layer.imported[name].files)} "
        "holds of it was scored"
        for layer in spec.evaluation.layers
        if isinstance(layer, Generation) and name in layer.imported
    )
    results = (
        f"in {layer} it was not asked here: {one.arms[name].origin.tool} measured it "
        f"({named_files(one.arms[name].origin.files)})"
        for layer, one in evidence.results.items()
        if name in one.arms
    )
    return (*outputs, *results)


def named_files(files: Sequence[str]) -> str:
    """The first files, and that there are more."""
    return f"{', '.join(files[:_FEW_FILES])}{' ...' if len(files) > _FEW_FILES else ''}"


def recorded_arms(spec: Spec, evidence: Evidence) -> dict[str, ArmFacts]:
    """Arms of which others published numbers: which weights they had is not known here."""
    found: dict[str, ArmFacts] = {}
    base = spec.base_model.name
    for published in evidence.published.values():
        where = f" ({published.source})" if published.source else ""
        for name in published.arms:
            held = {
                one.protocol.precision.known
                for row in published.rows
                if (one := row.figure(name)) is not None
                and isinstance(one.protocol.precision, Known)
            }
            found.setdefault(
                name,
                ArmFacts(
                    what=f"as others measured it{where}; which weights it had is not known here",
                    model=_base_path(spec) if name == "base" else "not known",
                    hub_id=base if name == "base" and base and is_hub_id(base) else None,
                    quantization=", ".join(sorted(held)) or "unknown",
                    dtype="unknown",
                    origin=Origin.RECORDED,
                ),
            )
    return found


def _base_path(spec: Spec) -> str:
    """As the spec has it; that nobody named the model, where that is so."""
    return NOT_STATED if spec.base_model.name is None else spec.base_model.path


def _loaded_from(form: str | None, held: Quantization) -> tuple[str, ...]:
    """What a reader must know of how the weights came into memory."""
    if form is None:
        return ()
    if held is Quantization.NONE:
        return (f"loaded from a {form}",)
    return (f"loaded from a {form}, and then held as {held.value}: packed twice",)


def _packed(facts: Mapping[str, Json]) -> str | None:
    form = facts.get("stored_form")
    return form if facts.get("gguf") and isinstance(form, str) else None


def packed_base(inputs: Inputs, spec: Spec) -> str | None:
    """How the base was packed, when it was not the original weights."""
    located = inputs.models.get(spec.base_model.path)
    return _packed(located.facts) if isinstance(located, LocatedModel) else None


def _form(subject: Subject, spec: Spec, *, is_packed: bool) -> ArmForm:
    """What there is to load."""
    match subject:
        case Base():
            return "base"
        case Model():
            return "packed" if is_packed else "model"
        case Endpoint():
            return "endpoint"
        case _:
            if isinstance(spec.adapter, Full) and subject.kind == "trained":
                return "model"
            return "merged" if subject.merged else "adapter"


def _unlike(ships: Subject, tuned: Arm | None) -> str:
    """In what it is held and in what tuned was, where that is not the same."""
    mine = _held(ships)
    theirs = _held(tuned.replicates[0].subject) if tuned is not None else ""
    if not mine or not theirs or mine == theirs:
        return ""
    verb = "" if getattr(ships, "merged", False) else ", held"
    return f"{verb} in {mine}; what was evaluated as tuned was held in {theirs}"


def _held(subject: Subject) -> str:
    """Empty where the weights cannot be seen."""
    match subject:
        case Endpoint():
            return ""
        case Base() | Model():
            return held_in(subject.dtype.value, subject.quantization.value)
        case _:
            return held_in(subject.base.dtype.value, subject.base.quantization.value)


def _what(arm: Arm, replicates: int, *, made_of_tuned: bool) -> str:
    subject = arm.replicates[0].subject
    seeds = f", {replicates} training seeds" if replicates > 1 else ""
    words: str
    match subject.kind:
        case "base":
            words = "the base model, before any training"
        case "adapter":
            words = "the base with an existing adapter"
        case "model":
            words = "a finished model" + (" made of tuned" if made_of_tuned else "")
        case "endpoint":
            words = f"whatever answers as {subject.model} at {subject.base_url}"
        case "trained":
            kept = subject.checkpoint
            words = f"the base with what was trained here (checkpoint {kept}{seeds})"
    words += ", merged into the weights" if getattr(subject, "merged", False) else ""
    return words + (f", asked with {arm.prompting}" if arm.prompting else "")
