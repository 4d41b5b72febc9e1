"""Progress: what judges have said of what is put to them, and what is still to be asked.

Where judging may stop, what comes after the stop is not asked, and what was stored of it by another
plan is not looked at.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.layers.judge.options import Judge, JudgeModel
from evalreport.layers.judge.prompts import identity
from evalreport.layers.judge.puts import JudgeCall, Unit
from evalreport.layers.judge.said import compared
from evalreport.layers.judge.stopping import standing_of, verdicts_so_far
from evalreport.records import (
    Comparison,
    Response,
    ResponseKey,
    SequentialPlan,
    response_key,
)

JUDGE_REVISION: Final = 1
_GO_ON: Final = "go on"

Alike = Mapping[tuple[str, str, int | None], frozenset[str]]
Stored = Callable[[Iterable[ResponseKey]], Mapping[ResponseKey, Response]]
Answered = Callable[[Iterable[ResponseKey]], frozenset[ResponseKey]]


def judge_key(judge: JudgeModel, call: JudgeCall) -> ResponseKey:
    """Identity of a judge's answer: the whole request, the endpoint, and the repeat."""
    return response_key(JUDGE_REVISION, judge.digest, identity(call.request))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the judges of a layer are.

    Attributes:
        units: What was put to them, or will be: all of it, or as far as a sequential plan went.
        left: By judge, the calls that are not answered and may still be needed.
        decision: With which a sequential plan stopped; empty where it did not, or there is none.
    """

    units: tuple[Unit, ...]
    left: Mapping[str, tuple[JudgeCall, ...]]
    decision: str = ""

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be asked."""
        return any(self.left.values())


def up_to_cap(units: Sequence[Unit], plan: SequentialPlan | None) -> tuple[Unit, ...]:
    """The units that may be put to judges at all."""
    if plan is None:
        return tuple(units)
    kept: list[Unit] = []
    items = 0
    for unit in units:
        if items >= plan.cap:
            break
        kept.append(unit)
        items += len(unit.items)
    return tuple(kept)


def progress_of(
    layer: Judge,
    units: Sequence[Unit],
    plan: SequentialPlan | None,
    alike: Alike,
    stored: Stored,
    answered: Answered,
) -> Progress:
    """What is answered, and whether a plan that may stop has stopped.

    Args:
        layer: How it is judged.
        units: Everything that may be put to the judges, in order.
        plan: When to stop; None where all is judged.
        alike: By pair and seed, items whose two answers are one text.
        stored: Gives the responses of keys.
        answered: Gives which keys have one.
    """
    wanted = up_to_cap(units, plan)
    if plan is None:
        return Progress(wanted, _left(layer, wanted, answered))
    said: list[Comparison] = []
    items: list[str] = []
    for place, unit in enumerate(wanted):
        if any(_left(layer, [unit], answered).values()):
            return Progress(wanted, _left(layer, wanted[place:], answered))
        said += _said(layer, unit, stored)
        items += unit.items
        names = [judge.called for judge in layer.judges]
        verdicts = verdicts_so_far(plan, names, layer.orders, said, items, alike)
        decision = standing_of(plan, verdicts).decision
        if decision != _GO_ON:
            nothing: dict[str, tuple[JudgeCall, ...]] = dict.fromkeys(names, ())
            return Progress(wanted[: place + 1], nothing, decision)
    return Progress(wanted, {judge.called: () for judge in layer.judges})


def _left(
    layer: Judge, units: Sequence[Unit], answered: Answered
) -> dict[str, tuple[JudgeCall, ...]]:
    left: dict[str, tuple[JudgeCall, ...]] = {}
    for judge in layer.judges:
        keys = {judge_key(judge, call): call for unit in units for call in unit.calls}
        known = answered(keys)
        left[judge.called] = tuple(call for key, call in keys.items() if key not in known)
    return left


def _said(layer: Judge, unit: Unit, stored: Stored) -> list[Comparison]:
    """What all judges said of a unit."""
    said: list[Comparison] = []
    for judge in layer.judges:
        keys = {judge_key(judge, call): call for call in unit.calls}
        found = stored(keys)
        for key, call in keys.items():
            if key in found:
                said += compared(judge.called, call, key, found[key])
    return said
