"""Aspects: what of how a layer was measured is the same in two builds, differs, or is not known.

What nobody recorded is unknown, and unknown is not the same. Where both specs name a thing alike
and what it holds is recorded nowhere (a function of the user's, the text of a row under an id that
the data declare), it is taken on trust, and whoever compares says so.
"""

from collections.abc import Iterator, Sequence

from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import (
    PRECISION,
    REFERENCE,
    SHOTS,
    TEMPLATE,
    Aspect,
    differs,
    digest_shown,
    on_trust,
    same,
    shortened,
    unknown,
)
from evalreport.lineage.builds import Build
from evalreport.lineage.decoding import decoding
from evalreport.lineage.measured import Fact, Measured, measured_in, reported
from evalreport.lineage.scorers import judged_by, scorer
from evalreport.lineage.test_sets import prompts, test_set
from evalreport.records import Unknown


def aspects_of(
    one: Build, other: Build, layer: str, metric: str, arms: Sequence[str]
) -> tuple[Aspect, ...]:
    """How a metric of a layer was measured in two builds: every aspect, in a fixed order.

    Args:
        one: The first build.
        other: The second.
        layer: That both have, by name.
        metric: Of that layer.
        arms: Whose numbers are meant: of a finding, candidate and reference.
    """
    mine, theirs = measured_in(one, layer), measured_in(other, layer)
    if mine is None or theirs is None:
        return ()
    return tuple(_aspects(mine, theirs, metric, arms))


def reference_of(one: Build, other: Build, layer: str, arm: str) -> Aspect:
    """Whether the same model is what a difference is from."""
    mine, theirs = measured_in(one, layer), measured_in(other, layer)
    if mine is None or theirs is None:
        return unknown(REFERENCE, "not both builds have the layer")
    told = [_weights(side, arm) for side in (mine, theirs)]
    if any(isinstance(one, NotEstimable) for one in told):
        # Where the items of one tell nothing, the reports of both may: told alike, or not at all.
        told = [_weights_told(side, arm) for side in (mine, theirs)]
    absent = next((one.not_estimable for one in told if isinstance(one, NotEstimable)), None)
    if absent is not None:
        return unknown(REFERENCE, absent)
    if told[0] == told[1]:
        if "" in told[0]:
            return on_trust(REFERENCE, "an endpoint may serve another model under the same name")
        return same(REFERENCE)
    shown = (
        f"{shortened(_named(side, arm))} ({', '.join(map(digest_shown, digests))})"
        for side, digests in zip((mine, theirs), told, strict=True)
        if not isinstance(digests, NotEstimable)
    )
    return differs(REFERENCE, *shown)


def forbidding(aspects: Sequence[Aspect]) -> tuple[Aspect, ...]:
    """Those because of which numbers are not comparable."""
    return tuple(aspect for aspect in aspects if aspect.forbids)


def _aspects(
    mine: Measured, theirs: Measured, metric: str, arms: Sequence[str]
) -> Iterator[Aspect]:
    yield test_set(mine, theirs)
    yield prompts(mine, theirs, arms)
    yield _recorded(SHOTS, "shots", mine, theirs, arms)
    yield decoding(mine, theirs, arms)
    yield scorer(mine, theirs, arms, metric)
    yield from judged_by(mine, theirs)
    for name, field in ((TEMPLATE, "template"), (PRECISION, "precision")):
        yield _recorded(name, field, mine, theirs, arms).model_copy(update={"is_of_weights": True})


def _recorded(
    name: str, field: str, mine: Measured, theirs: Measured, arms: Sequence[str]
) -> Aspect:
    """One field of the protocol, as it is recorded, or as the report has it of every arm."""
    sides = (mine, theirs)
    tell = reported if mine.is_headless or theirs.is_headless else _of_protocol
    told = [[tell(side, arm, field) for arm in arms] for side in sides]
    facts = [dict.fromkeys(fact for arm in side for fact in arm) for side in told]
    unsaid = [fact.unknown for side in facts for fact in side if isinstance(fact, Unknown)]
    if unsaid:
        return unknown(name, unsaid[0])
    if told[0] == told[1]:
        return same(name)
    shown = (
        ", ".join(_cut(str(fact.known)) for fact in side if not isinstance(fact, Unknown))
        for side in facts
    )
    return differs(name, *shown)


def _of_protocol(side: Measured, arm: str, field: str) -> tuple[Fact, ...]:
    return side.told(arm, field)


def _cut(text: str) -> str:
    return digest_shown(text) if len(text) == 64 and text.isalnum() else shortened(text)


def _weights(side: Measured, arm: str) -> tuple[str, ...] | NotEstimable:
    """What answered under an arm's name, by seed; an empty text where its weights were not here."""
    blocks = side.blocks(arm)
    if isinstance(blocks, NotEstimable):
        return blocks
    return tuple(
        sorted({"" if block.weights is None else block.weights.digest for block in blocks})
    )


def _weights_told(side: Measured, arm: str) -> tuple[str, ...] | NotEstimable:
    """The same as the report tells it."""
    facts = side.build.report.arms.get(arm)
    if facts is None or not facts.base_digest:
        blocks = side.blocks(arm)
        why = blocks.not_estimable if isinstance(blocks, NotEstimable) else "no digest is recorded"
        return NotEstimable(not_estimable=why)
    held = f"{facts.base_digest} {facts.dtype} {facts.quantization}"
    return (held, *facts.adapter_digests.values(), *facts.model_digests.values())


def _named(side: Measured, arm: str) -> str:
    facts = side.build.report.arms.get(arm)
    return arm if facts is None else facts.hub_id or facts.model
