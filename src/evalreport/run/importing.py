"""Importing: outputs that another tool kept, as the blocks that asking would have given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalreport.digest import digest_of
from evalreport.evidence import BlockId
from evalreport.importers.outputs import ForeignOutputs, Matched, match
from evalreport.importers.results import Integrity
from evalreport.layers.base import Prompting
from evalreport.layers.decoding import DecodingOptions
from evalreport.layers.foreign_files import AS_HERE, Outputs
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text
from evalreport.plan.model import Given
from evalreport.records import (
    Item,
    Itemised,
    Known,
    KnownCount,
    Origin,
    Protocol,
    Unknown,
    request_digest,
)


@dataclass(frozen=True, slots=True)
class Importing:
    """What was imported into the layers that ask.

    Attributes:
        blocks: Outputs of arms that were not asked here.
        integrity: What was found of their files, by layer.
    """

    blocks: Mapping[BlockId, Itemised]
    integrity: Mapping[str, Integrity]


def import_outputs(given: Given) -> Importing:
    """All outputs that other tools kept, beside the items that they answer."""
    blocks: dict[BlockId, Itemised] = {}
    integrity: dict[str, Integrity] = {}
    for layer in given.spec.evaluation.layers:
        if not isinstance(layer, Generation) or layer.dataset not in given.found:
            continue
        arms = [arm for arm in layer.arms if arm in layer.imported]
        if arms:
            ((_, items),) = layer.items(given.found)
            files = {arm: given.inputs.outputs[layer.name, arm] for arm in arms}
            matched = {arm: match(items, files[arm]) for arm in arms}
            blocks |= {
                BlockId(layer.name, arm, None): _block(given, layer, arm, matched[arm], items)
                for arm in arms
            }
            integrity[layer.name] = _integrity(files, matched, len(items))
    return Importing(blocks, integrity)


def _integrity(
    files: Mapping[str, ForeignOutputs], matched: Mapping[str, Matched], asked: int
) -> Integrity:
    return Integrity(
        items={arm: len(one.responses) for arm, one in matched.items()},
        expected=dict.fromkeys(matched, (asked, "the dataset")),
        strangers={arm: one.strangers for arm, one in matched.items() if one.strangers},
        repeated={arm: one.repeated for arm, one in files.items() if one.repeated},
        left=tuple(left for one in files.values() for left in one.left),
        models={arm: dict(one.models) for arm, one in files.items() if one.models},
    )


def _block(
    given: Given, layer: Generation, arm: str, found: Matched, items: Sequence[Item]
) -> Itemised:
    """One arm's outputs, with all that is known of how they were made."""
    return Itemised(
        arm=arm,
        seed=None,
        ids=tuple(item.id for item in items),
        responses=found.responses,
        failures=found.failures,
        protocol=_protocol(given, layer, layer.imported[arm], found, items),
        weights=None,
        origin=Origin.IMPORTED,
    )


def _protocol(
    given: Given, layer: Generation, told: Outputs, found: Matched, items: Sequence[Item]
) -> Protocol:
    """What is known, in the words in which an arm that is asked here says it where it is the same.

    The prompts are the layer's where the files show it item by item, or the spec says so; then the
    worked examples, of which there are none, are the same as well.
    """
    plain = Prompting(given.spec.base_model.chat_template_kwargs)
    requests = [request_digest(one.request) for one in layer.ask(given.found, plain)]
    as_here = Known(known=digest_of("prompts", [*requests]))
    prompts: Known | Unknown = Unknown(unknown="the files do not tell")
    if found.other:
        prompts = Known(
            known=f"other prompts on {count_text(found.other)} of {count_text(len(items), 'item')}"
        )
    elif told.prompts == "same" or found.same == len(found.responses):
        prompts = as_here
    return Protocol(
        prompts=prompts,
        decoding=_decoding(layer, told),
        scorer=Known(known=f"{layer.kind} revision {layer.revision}"),
        shots=KnownCount(known=0) if prompts is as_here else Unknown(),
        template=_template(given, told),
        precision=_told(told.precision),
    )


def _template(given: Given, told: Outputs) -> Known | Unknown:
    """As it is of an arm that is asked here, where the spec says that it is so.

    Words are never taken for it, whatever they are: nobody can tell from them what the model saw.
    """
    if told.template is None:
        return Unknown(unknown="the spec does not tell")
    if told.template != AS_HERE:
        return Known(known=f"{told.template}; only {AS_HERE} says that it is that of here")
    base = given.spec.base_model.path
    return Known(known=given.base_digests.get(base) or digest_of("base", base))


def _decoding(layer: Generation, told: Outputs) -> Known | Unknown:
    if told.decoding is None:
        return Unknown(unknown="the spec does not tell")
    if same_draws(told.decoding, layer.decoding):
        return Known(known=digest_of("decoding", layer.reads()))
    return Known(known=f"{in_words(told.decoding)} instead of {in_words(layer.decoding)}")


def same_draws(one: DecodingOptions, other: DecodingOptions) -> bool:
    """Whether two ways of drawing are the same; a seed is of no account."""
    return one.model_copy(update={"seed": 0}) == other.model_copy(update={"seed": 0})


def in_words(decoding: DecodingOptions) -> str:
    """How text was drawn, in words."""
    drawn = (
        "greedy"
        if decoding.temperature == 0
        else f"temperature {decoding.temperature:g}, top-p {decoding.top_p:g}"
    )
    stop = f", {count_text(len(decoding.stop), 'stop text')}" if decoding.stop else ""
    samples = f", {count_text(decoding.samples, 'draw')}" if decoding.samples > 1 else ""
    return f"{drawn}, at most {count_text(decoding.max_new_tokens, 'token')}{stop}{samples}"


def _told(words: str | None) -> Known | Unknown:
    return Unknown(unknown="the spec does not tell") if words is None else Known(known=words)
