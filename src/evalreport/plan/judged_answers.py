"""Answers that judges and people are shown: the texts of a layer's arms, as the store has them."""

from collections.abc import Iterable, Mapping, Sequence

from evalreport.layers.answers import Answers
from evalreport.layers.generation import Generation
from evalreport.plan.ask_steps import REQUEST_REVISION
from evalreport.plan.model import Given, KeyedAsk, PlannedStep
from evalreport.plan.outputs import foreign_outputs
from evalreport.plan.weights import who_answers
from evalreport.records import Response, StepKind, Text, TrainingLog, response_key
from evalreport.training.options import Full


def texts_of(layer: Generation, responses: Mapping[str, Sequence[Response]]) -> dict[str, str]:
    """What of each item's answer is shown: its first draw, without reasoning that is stripped.

    Args:
        layer: That was answered.
        responses: By item, one a draw.
    """
    return {
        item: layer.shown(drawn[0])
        for item, drawn in responses.items()
        if drawn and isinstance(drawn[0], Text)
    }


def stored_answers(
    given: Given,
    layer: Generation,
    pairs: tuple[tuple[str, str], ...],
    steps: Iterable[PlannedStep],
    asks: Mapping[str, tuple[KeyedAsk, ...]],
    logs: Mapping[str, TrainingLog],
) -> Answers | None:
    """What the arms of a layer answered; None as long as anything of it is not in the store.

    Args:
        given: With the store's index.
        layer: That was answered.
        pairs: Which arms are compared.
        steps: Those of the layer, of the arms that are compared.
        asks: The requests of steps that ask.
        logs: Of finished trainings, by step key.
    """
    texts: dict[tuple[str, int | None], dict[str, str]] = {}
    for planned in steps:
        step = planned.step
        if step.kind is StepKind.IMPORT:
            arm = step.arm or ""
            found = foreign_outputs(given, layer, arm).matched.responses
            texts[arm, None] = texts_of(layer, found)
            continue
        who = (
            who_answers(
                step.subject, given.base_digests, logs, is_full=isinstance(given.spec.adapter, Full)
            )
            if step.subject is not None
            else None
        )
        if planned.status != "reused" or who is None:
            return None
        keyed = asks[step.id]
        keys = [response_key(REQUEST_REVISION, who, one.request) for one in keyed]
        stored = given.index.responses(keys)
        drawn: dict[str, list[Response]] = {}
        for one, key in zip(keyed, keys, strict=True):
            if key not in stored:
                return None
            drawn.setdefault(one.asked.item, []).append(stored[key])
        texts[step.arm or "", step.seed] = texts_of(layer, drawn)
    return Answers(texts, pairs)
