"""Test sets: which items two builds asked, whether their rows are the same, and the prompts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from evalreport.analyze.datasets import Sources
from evalreport.estimates import NotEstimable
from evalreport.layers.imported import Imported
from evalreport.layers.recorded import Recorded
from evalreport.lineage.aspect import (
    PROMPTS,
    TEST_SET,
    Aspect,
    AspectState,
    differs,
    digest_shown,
    on_trust,
    same,
    shortened,
    unknown,
)
from evalreport.lineage.decoding import options_of
from evalreport.lineage.measured import Fact, Measured
from evalreport.numbers import count_text
from evalreport.records import Known, Unknown
from evalreport.values import Json

ROWS: Final = "rows"
_MADE_OF: Final = (
    "system", "prompt", "completion", "messages", "turns", "references", "text", "question",
    "choices", "answer", "chat", "fields",
)  # fmt: skip
_OF_FILES: Final = "its items came with files, and no digest of them is recorded"


def test_set(one: Measured, other: Measured) -> Aspect:
    """Whether both builds asked about the same items of the same content."""
    wanting = _without_digest(one, other)
    if wanting:
        return unknown(TEST_SET, wanting)
    if one.digest != other.digest:
        return differs(TEST_SET, _set_text(one), _set_text(other))
    mine, theirs = _subset(one), _subset(other)
    if mine != theirs or one.facts.n != other.facts.n:
        why = "other items of the same dataset"
        return differs(TEST_SET, _chosen(mine, one), _chosen(theirs, other), why=why)
    return same(TEST_SET)


def rows(one: Measured, other: Measured) -> Aspect:
    """Whether a row has the same text and reference in both builds where it has the same id.

    The digest of the dataset says so; or ids that are digests of what they name. Ids that the data
    declare are taken on trust: a row may have been changed under its id.
    """
    wanting = _without_digest(one, other)
    if wanting:
        return unknown(ROWS, wanting)
    if one.digest == other.digest:
        return same(ROWS)
    declared = [_id_column(side) for side in (one, other)]
    if any(isinstance(column, NotEstimable) for column in declared):
        return unknown(ROWS, "a spec cannot be read here, so nothing tells what its ids are")
    if declared == [None, None]:
        return same(ROWS)
    if None in declared:
        return differs(ROWS, *(f"id: {c}" if c else "no id" for c in declared))
    return on_trust(
        ROWS,
        f"rows are known by their `{declared[0]}`: that their text is the same under it is "
        "recorded nowhere",
    )


def prompts(one: Measured, other: Measured, arms: Sequence[str]) -> Aspect:
    """Whether both builds put the same text before the model, for the items that both asked.

    The digest that a build records covers all requests of an arm: where other items were asked, or
    answers were drawn otherwise, it is another without any prompt being so, and the specs tell.
    """
    sides = (one, other)
    is_headless = any(side.is_headless for side in sides)
    told = [[side.told(arm, "prompts") for arm in arms] for side in sides]
    unsaid = [fact for side in told for arm in side for fact in arm if isinstance(fact, Unknown)]
    if unsaid and not is_headless:
        return unknown(PROMPTS, unsaid[0].unknown)
    if told[0] == told[1] and not is_headless:
        return same(PROMPTS)
    changed = [*_changed(one, other, arms)]
    if changed:
        return differs(PROMPTS, _digests(told[0]), _digests(told[1]), why="; ".join(changed))
    if one.spec is None or other.spec is None:
        return unknown(PROMPTS, "a spec cannot be read here, so nothing tells in what they differ")
    if not is_headless and test_set(one, other).state is AspectState.SAME and _drawn_alike(*sides):
        why = "the requests differ, and neither spec tells why"
        return differs(PROMPTS, _digests(told[0]), _digests(told[1]), why=why)
    shots = _shots_differ(one, other, arms)
    if shots:
        return unknown(PROMPTS, shots)
    return rows(one, other).model_copy(update={"name": PROMPTS})


def _without_digest(one: Measured, other: Measured) -> str:
    if any(isinstance(side.options, Imported | Recorded) for side in (one, other)):
        return _OF_FILES
    if not one.digest or not other.digest:
        return "no digest of it is recorded"
    return ""


def _set_text(side: Measured) -> str:
    dataset = side.dataset
    n = dataset.n if dataset is not None else 0
    return f"{digest_shown(side.digest)}, {count_text(n, 'row')}"


def _subset(side: Measured) -> list[Json]:
    """Which items are chosen, by the layer that asks and by the one that judges."""
    chosen: list[Json] = []
    for layer in (side.asked, side.options):
        subset: Any = getattr(layer, "subset", None)
        chosen.append(None if subset is None else subset.model_dump(mode="json"))
    return chosen


def _chosen(subset: list[Json], side: Measured) -> str:
    said = next((one for one in reversed(subset) if one is not None), None)
    if not isinstance(said, dict):
        return count_text(side.facts.n, "item")
    words = ", ".join(f"{key} {shortened(value)}" for key, value in said.items())
    return f"{count_text(side.facts.n, 'item')} ({words})"


def _id_column(side: Measured) -> str | NotEstimable | None:
    if side.spec is None:
        return NotEstimable(not_estimable="the spec cannot be read")
    declared = Sources.of(side.spec).dataset(side.facts.dataset)
    return None if declared is None else declared.id


def _digests(told: Sequence[tuple[Fact, ...]]) -> str:
    known = dict.fromkeys(one.known for arm in told for one in arm if isinstance(one, Known))
    return ", ".join(digest_shown(one) for one in known)


def _changed(one: Measured, other: Measured, arms: Sequence[str]) -> Iterator[str]:
    """What in the two specs makes other prompts of the same row."""
    if one.spec is None or other.spec is None:
        return
    if one.facts.kind != other.facts.kind:
        yield f"{one.facts.kind} and {other.facts.kind} ask in other ways"
    mine, theirs = (
        Sources.of(side.spec).dataset(side.facts.dataset) if side.spec is not None else None
        for side in (one, other)
    )
    if mine is not None and theirs is not None:
        for key in _MADE_OF:
            if getattr(mine, key) != getattr(theirs, key):
                yield f"datasets.{other.facts.dataset}.{key} changed"
    if one.spec.base_model.chat_template_kwargs != other.spec.base_model.chat_template_kwargs:
        yield "base_model.chat_template_kwargs changed"
    for arm in arms:
        own, others = one.spec.arms.get(arm), other.spec.arms.get(arm)
        for key in ("system", "shots"):
            if getattr(own, key, None) != getattr(others, key, None):
                yield f"arms.{arm}.{key} changed"


def _drawn_alike(one: Measured, other: Measured) -> bool:
    return options_of(one) == options_of(other)


def _shots_differ(one: Measured, other: Measured, arms: Sequence[str]) -> str:
    """Why worked examples may be others; empty where there are none, or they are the same."""
    for arm in arms:
        for side in (one, other):
            shots = side.spec.arms[arm].shots if side.spec and arm in side.spec.arms else None
            if shots is None:
                continue
            name = shots.from_dataset
            digests = {
                facts.digest
                for build in (one.build, other.build)
                if (facts := build.report.datasets.get(name)) is not None
            }
            if len(digests) != 1:
                return f"worked examples of {arm} come from {name}, which changed"
    return ""
