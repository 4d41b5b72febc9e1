"""Outcomes of what was asked: every item has a response or a failure; nothing vanishes."""

from collections.abc import Mapping
from typing import Final

from evalreport.digest import digest_of
from evalreport.evidence import BlockId
from evalreport.layers.table import AnyLayer
from evalreport.plan.model import KeyedAsk
from evalreport.records import (
    Failure,
    Itemised,
    Known,
    KnownCount,
    Protocol,
    Response,
    ResponseKey,
    Step,
    Weights,
)

_SERVED: Final = "as its server has it"


def blocks_of(
    step: Step,
    layer: AnyLayer,
    keyed: tuple[KeyedAsk, ...],
    keys: tuple[ResponseKey, ...],
    found: Mapping[ResponseKey, Response],
    failures: Mapping[ResponseKey, Failure],
    weights: Weights | None,
    shots: int,
) -> dict[BlockId, Itemised]:
    """One block per part of a layer, for one arm and seed.

    An item with several draws counts as failed when any of its draws is missing: a mean over
    fewer draws than declared would be another measurement.
    """
    blocks: dict[BlockId, Itemised] = {}
    parts = list(dict.fromkeys(one.asked.part for one in keyed))
    for part in parts:
        ids: dict[str, None] = {}
        responses: dict[str, list[Response]] = {}
        lost: dict[str, Failure] = {}
        for one, key in zip(keyed, keys, strict=True):
            if one.asked.part != part:
                continue
            item = one.asked.item
            ids[item] = None
            if key in found:
                responses.setdefault(item, []).append(found[key])
            else:
                lost[item] = failures.get(key, Failure(reason="it was never answered"))
        blocks[BlockId(step.layer or "", step.arm or "", step.seed, part)] = Itemised(
            arm=step.arm or "",
            seed=step.seed,
            ids=tuple(ids),
            responses={i: tuple(r) for i, r in responses.items() if i not in lost},
            failures=lost,
            protocol=Protocol(
                prompts=Known(known=digest_of("prompts", [one.request for one in keyed])),
                decoding=Known(known=digest_of("decoding", layer.reads())),
                scorer=Known(known=f"{layer.kind} revision {layer.revision}"),
                shots=KnownCount(known=shots),
                template=Known(known=_SERVED if weights is None else weights.base_digest),
                precision=Known(
                    known=_SERVED
                    if weights is None
                    else f"{weights.dtype.value} {weights.quantization.value}"
                ),
            ),
            weights=weights,
        )
    return blocks
