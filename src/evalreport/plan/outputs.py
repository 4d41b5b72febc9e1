"""Outputs that other tools kept: which items they answer, how they were made, and the step of it.

All of it is known before anything is trained or asked, so it is said, or refused, before that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.importers.names import listed
from evalreport.importers.outputs import ForeignOutputs, Matched, match
from evalreport.layers.base import Prompting
from evalreport.layers.decoding import DecodingOptions
from evalreport.layers.foreign_files import AS_HERE, Outputs
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text
from evalreport.plan.hindered import data_missing, hindered
from evalreport.plan.model import Given, PlannedStep
from evalreport.records import (
    Item,
    Known,
    KnownCount,
    Protocol,
    Step,
    StepKind,
    Unknown,
    request_digest,
    step_key,
)
from evalreport.values import Json

_FEW = 3
_SHORT = 12
_UNSAID = Unknown(unknown="the spec does not tell")


@dataclass(frozen=True, slots=True)
class Foreign:
    """What an arm wrote elsewhere, beside the items of a layer.

    Attributes:
        items: What the layer asks.
        matched: The outputs beside them.
        protocol: How they were made, in the words in which an arm that is asked here says it where
            it is the same.
        declared: The facts of that which the spec says and no file shows.
        unknown: Those that neither tells.
    """

    items: tuple[Item, ...]
    matched: Matched
    protocol: Protocol
    declared: tuple[str, ...]
    unknown: tuple[str, ...]


def foreign_outputs(given: Given, layer: Generation, arm: str) -> Foreign:
    """What an arm wrote elsewhere, with all that is known of how.

    Args:
        given: With the layer's dataset.
        layer: Into which it is imported.
        arm: Whose outputs.
    """
    ((_, items),) = layer.items(given.found)
    told, found = layer.imported[arm], match(items, given.inputs.outputs[layer.name, arm])
    protocol = _protocol(given, layer, told, found, items)
    facts = {
        "prompts": protocol.prompts,
        "decoding": protocol.decoding,
        "chat template": protocol.template,
        "precision": protocol.precision,
    }
    shown = {"prompts"} if found.other or is_shown(found) else set()
    return Foreign(
        items=items,
        matched=found,
        protocol=protocol,
        declared=tuple(n for n, f in facts.items() if isinstance(f, Known) and n not in shown),
        unknown=tuple(name for name, fact in facts.items() if isinstance(fact, Unknown)),
    )


def is_shown(found: Matched) -> bool:
    """Whether the files show of every output that its prompt is the layer's."""
    return bool(found.responses) and found.same == len(found.responses)


def outputs_step(given: Given, layer: Generation, arm: str) -> PlannedStep:
    """The step that takes up what an arm wrote elsewhere, in place of asking it.

    Raises:
        DataError: None of it is about an item of the layer's dataset.
    """
    found = given.inputs.outputs[layer.name, arm]
    reads: dict[str, Json] = {
        **{f"{layer.kind}.{name}": value for name, value in layer.reads().items()},
        "imported": layer.imported[arm].model_dump(mode="json"),
    }
    inputs = {"files": found.digest}
    step = Step(
        id=f"import {layer.name} {arm}",
        kind=StepKind.IMPORT,
        revision=layer.revision,
        reads=reads,
        inputs=inputs,
        key=step_key(StepKind.IMPORT, layer.revision, reads, inputs, ()),
        layer=layer.name,
        arm=arm,
        items=len(found.by_item),
    )
    held = hindered(given, step, data_missing(given, layer.datasets()))
    if held is not None:
        return held
    _refuse_strangers(given, layer, arm, found)
    return PlannedStep(
        step=step, status="reused", reason="; ".join(_reasons(given, layer, arm, found))
    )


def _reasons(given: Given, layer: Generation, arm: str, outputs: ForeignOutputs) -> Iterator[str]:
    """That nothing is asked, how much is there of what would be, and what forbids comparing it."""
    yield "its outputs stand in files"
    found = foreign_outputs(given, layer, arm)
    there, wanted = len(found.matched.responses), len(found.items)
    if there < wanted:
        yield f"they answer {count_text(there)} of {count_text(wanted, 'item')}"
    if strangers := found.matched.strangers:
        of = count_text(len(outputs.by_item), "output")
        yield f"{count_text(strangers)} of {of} are of no item of it"
    open_ones = [*_not_as_here(layer, arm, found)]
    if open_ones:
        beside = "what is asked here" if {*layer.arms} - {*layer.imported} else "anything"
        yield (
            f"they will not be compared with {beside}: {', '.join(open_ones)}; write what is known "
            f"under imported.{arm}, or ask {arm} here"
        )


def _not_as_here(layer: Generation, arm: str, found: Foreign) -> Iterator[str]:
    """What is not known, or known to be otherwise, of how outputs were made, and forbids pairing.

    Two arms whose outputs both come from files need not be made as here.
    """
    told, protocol = layer.imported[arm], found.protocol
    is_beside_here = bool({*layer.arms} - {*layer.imported})
    otherwise = {
        "prompts": found.matched.other > 0,
        "decoding": told.decoding is not None and not same_draws(told.decoding, layer.decoding),
        "template": told.template not in (None, AS_HERE),
        "precision": False,
    }
    for name, differs in otherwise.items():
        fact = getattr(protocol, name)
        if isinstance(fact, Unknown):
            yield f"{name} ({fact.unknown})"
        elif differs and is_beside_here:
            yield f"{name} ({fact.known})"


def _refuse_strangers(given: Given, layer: Generation, arm: str, outputs: ForeignOutputs) -> None:
    """Nothing is trained or asked to stand beside outputs of which none fits."""
    items = given.found[layer.dataset].items
    if match(items, outputs).responses:
        return
    kept = outputs.by_item
    prompts = (
        "a prompt that is asked here" if any(one.prompt for one in kept.values()) else "any prompt"
    )
    what = (
        f"it holds {count_text(len(kept), 'output')} of {arm}, and none is of an item of dataset "
        f"{layer.dataset}: no row has the id of one (the file's: {_some([*kept])}; the data's: "
        f"{_some([item.id for item in items])}), nor {prompts}"
    )
    hint = (
        f"give the dataset the ids of the file (datasets.{layer.dataset}.id: COLUMN), name the "
        f"file's column of ids (imported.{arm}.columns.id), or give the rows the prompts as they "
        "are asked here (a column prompt)"
    )
    raise DataError(Problem(outputs.shown[0], what, hint))


def _some(names: Sequence[str]) -> str:
    """The first of many names, each cut where it is long."""
    short = [name if len(name) <= _SHORT else f"{name[:_SHORT]}…" for name in names[:_FEW]]
    return listed(short) + (", ..." if len(names) > _FEW else "")


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
    elif told.prompts == "same" or is_shown(found):
        prompts = as_here
    return Protocol(
        prompts=prompts,
        decoding=_decoding(layer, told),
        scorer=Known(known=f"{layer.kind} revision {layer.revision}"),
        shots=KnownCount(known=0) if prompts is as_here else Unknown(),
        template=_template(given, told),
        precision=_UNSAID if told.precision is None else Known(known=told.precision),
    )


def _template(given: Given, told: Outputs) -> Known | Unknown:
    """As it is of an arm that is asked here, where the spec says that it is so.

    Words are never taken for it, whatever they are: nobody can tell from them what the model saw.
    """
    if told.template is None:
        return _UNSAID
    if told.template != AS_HERE:
        return Known(known=f"{told.template}; only {AS_HERE} says that it is that of here")
    base = given.spec.base_model.path
    return Known(known=given.base_digests.get(base) or digest_of("base", base))


def _decoding(layer: Generation, told: Outputs) -> Known | Unknown:
    if told.decoding is None:
        return _UNSAID
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
