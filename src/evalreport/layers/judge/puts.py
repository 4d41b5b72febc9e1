"""What is put to a judge: one comparison or one answer to rate, and the request that holds it."""

from dataclasses import dataclass, field, replace

from evalreport.layers.blind import candidate_first
from evalreport.layers.judge.options import Judge
from evalreport.layers.transcripts import reference_text
from evalreport.records import Compare, Item, JudgePart, Rate, Shown


@dataclass(frozen=True, slots=True)
class Put:
    """One comparison, or one answer to rate, as it is put to a judge.

    Attributes:
        part: Why.
        item: Which item.
        pair: Candidate and reference; of an answer that is rated by itself the arm twice.
        seed: Training seed.
        candidate_first: Whether the candidate's answer (in a canary: the planted instruction)
            stands first.
        shown: What the judge sees of it.
        variant: Number of the rubric's wording.
        repeat: 0 the first time it is asked.
    """

    part: JudgePart
    item: str
    pair: tuple[str, str]
    seed: int | None
    candidate_first: bool
    shown: Shown
    variant: int = 0
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One request and the comparisons that it is about, in their order."""

    request: Compare | Rate
    puts: tuple[Put, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """All calls that one step of a sequential plan needs: whole items, all their orders.

    `items` are those whose main comparisons are in it; the calls of the checks stand in the first
    unit that has their items.
    """

    items: tuple[str, ...]
    calls: tuple[JudgeCall, ...] = field(default=())


def put_of(
    layer: Judge, item: Item, pair: tuple[str, str], seed: int | None, two: tuple[str, str]
) -> Put:
    """A comparison of two answers, the candidate's where a hash puts it."""
    is_first = candidate_first(layer.seed, item.id, pair, seed)
    first, second = two if is_first else two[::-1]
    return Put(JudgePart.MAIN, item.id, pair, seed, is_first, shown_of(layer, item, first, second))


def shown_of(layer: Judge, item: Item, first: str, second: str) -> Shown:
    """What a judge sees of an item and two answers."""
    reference = reference_text(item) if layer.reference else None
    return Shown(
        prompt=item.prompt, then=item.then, first=first, second=second, reference=reference
    )


def swapped(put: Put) -> Put:
    """The same pair in the other order."""
    first, second = put.shown.second, put.shown.first
    shown = put.shown.model_copy(update={"first": first, "second": second})
    return replace(put, candidate_first=not put.candidate_first, shown=shown)
