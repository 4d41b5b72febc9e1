"""Progress: what judges have said of what is put to them, and what is still to be asked.

Where judging may stop, what comes after the stop is not asked, and what was stored of it by another
plan is not looked at. A look waits for every call before it that may still be answered; one that
the server turned down for what it is counts as an item without a verdict. Which those are depends
on the requests and the server, never on what judges prefer.
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
    Failure,
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
Failed = Callable[[Iterable[ResponseKey]], Mapping[ResponseKey, Failure]]


def judge_key(judge: JudgeModel, call: JudgeCall) -> ResponseKey:
    """Identity of a judge's answer: the whole request, the endpoint, and the repeat."""
    return response_key(JUDGE_REVISION, judge.digest, identity(call.request))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the judges of a layer are.

    Attributes:
        units: What was put to them, or will be: all of it, or as far as a sequential plan went.
        left: By judge, the calls that are not answered and may still be needed.
        reached: How many units were put to them, that which is waited for among them; all, where
            nothing stops.
        waits: Whether a sequential plan cannot go on before the last of those is answered.
        decision: With which a sequential plan stopped; empty where it did not, or there is none.
    """

    units: tuple[Unit, ...]
    left: Mapping[str, tuple[JudgeCall, ...]]
    reached: int
    waits: bool = False
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
    failed: Failed,
) -> Progress:
    """What is answered, and whether a plan that may stop has stopped.

    Args:
        layer: How it is judged.
        units: Everything that may be put to the judges, in order.
        plan: When to stop; None where all is judged.
        alike: By pair and seed, items whose two answers are one text.
        stored: Gives the responses of keys.
        answered: Gives which keys have one.
        failed: Gives why others have none, where they were tried.
    """
    wanted = up_to_cap(units, plan)
    if plan is None:
        return Progress(wanted, _left(layer, wanted, answered), len(wanted))
    said: list[Comparison] = []
    items: list[str] = []
    names = [judge.called for judge in layer.judges]
    heard: set[str] = set()
    for place, unit in enumerate(wanted, 1):
        found = said_of(layer, unit, stored, failed)
        if not found.is_whole(heard):
            return Progress(wanted, _left(layer, wanted, answered), place, waits=True)
        said += found.comparisons
        items += unit.items
        verdicts = verdicts_so_far(plan, names, layer.orders, said, items, alike)
        decision = standing_of(plan, verdicts).decision
        if decision != _GO_ON:
            put = wanted[:place]
            return Progress(put, _left(layer, put, answered), place, decision=decision)
    return Progress(wanted, _left(layer, wanted, answered), len(wanted))


def _left(
    layer: Judge, units: Sequence[Unit], answered: Answered
) -> dict[str, tuple[JudgeCall, ...]]:
    left: dict[str, tuple[JudgeCall, ...]] = {}
    for judge in layer.judges:
        keys = {judge_key(judge, call): call for unit in units for call in unit.calls}
        known = answered(keys)
        left[judge.called] = tuple(call for key, call in keys.items() if key not in known)
    return left


@dataclass(frozen=True, slots=True)
class Said:
    """What came of putting a unit to all judges.

    Attributes:
        comparisons: What they said, and where the server turned a call down, that they could not.
        heard: The judges of which anything was answered.
        waits: Whether a call has no answer and may still get one.
        refused: The judges of which a call was turned down for what it is.
    """

    comparisons: tuple[Comparison, ...]
    heard: frozenset[str]
    waits: bool
    refused: frozenset[str]

    def is_whole(self, heard: set[str]) -> bool:
        """Whether it may be looked at.

        A judge of which nothing was ever heard is not one whose server turns single calls down.

        Args:
            heard: The judges of which anything was heard before; these are added.
        """
        heard |= self.heard
        return not self.waits and self.refused <= heard


def said_of(layer: Judge, unit: Unit, stored: Stored, failed: Failed) -> Said:
    """What all judges said of a unit.

    Args:
        layer: How it is judged.
        unit: What was put to them.
        stored: Gives the responses of keys.
        failed: Gives why others have none, where they were tried.
    """
    said: list[Comparison] = []
    heard: set[str] = set()
    refused: set[str] = set()
    waits = False
    for judge in layer.judges:
        name = judge.called
        keys = {judge_key(judge, call): call for call in unit.calls}
        found = stored(keys)
        failures = failed(key for key in keys if key not in found)
        heard |= {name} if found else set()
        for key, call in keys.items():
            reply = found.get(key) or failures.get(key)
            if reply is None or (isinstance(reply, Failure) and not reply.is_final):
                waits = True
                continue
            refused |= {name} if isinstance(reply, Failure) else set()
            said += compared(name, call, key, reply)
    return Said(tuple(said), frozenset(heard), waits, frozenset(refused))
