"""Collapse: comparisons to one verdict an item, of one judge and of a panel.

An item shown in both orders is won only in both; any change between the orders is a flip, and a
tie. A panel says what the sum of its judges' verdicts says. Where a judge's verdict is missing the
panel has none: what is estimated comes from items that all of them judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from evalreport.records import Comparison, Failure, JudgedLayer, JudgePart, Unscorable

Sign: TypeAlias = Literal[-1, 0, 1]
Orders: TypeAlias = Literal["both", "random"]
Pair: TypeAlias = tuple[str, str]

UNREAD: Final = "the judge's verdict could not be read"
FAILED: Final = "the judge gave no reply"
UNASKED: Final = "it was not put to the judge"
_BOTH: Final = 2


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What was decided about one item.

    Attributes:
        sign: 1 where the candidate wins, -1 where it loses, 0 for a tie.
        is_flip: Whether swapping the order changed the verdict; such an item is a tie.
        is_alike: Whether both answers are one text, so that nobody was asked.
    """

    sign: Sign
    is_flip: bool = False
    is_alike: bool = False


@dataclass(frozen=True, slots=True)
class NoVerdict:
    """Why nothing was decided about one item."""

    reason: str


Collapsed: TypeAlias = ItemVerdict | NoVerdict

ALIKE: Final = ItemVerdict(0, is_alike=True)


@dataclass(frozen=True, slots=True)
class Place:
    """What a verdict is about: an item of a pair with one training seed."""

    pair: Pair
    seed: int | None
    item: str


def sign_of(comparison: Comparison) -> Sign | Unscorable | Failure:
    """What one comparison says of the candidate, wherever it stood; or why it says nothing."""
    match comparison.verdict:
        case "tie":
            return 0
        case "first":
            return 1 if comparison.candidate_first else -1
        case "second":
            return -1 if comparison.candidate_first else 1
        case missing:
            return missing


def collapse(
    comparisons: Iterable[Comparison], orders: Orders
) -> dict[str, dict[Place, Collapsed]]:
    """One verdict for each judge, pair, seed and item that was put to it.

    Args:
        comparisons: In any order; of one part and one wording.
        orders: Whether a verdict takes both orders, or the one in which an item was shown.

    Returns:
        By judge, in the order in which they first occur.
    """
    found: dict[str, dict[Place, list[Comparison]]] = {}
    for one in comparisons:
        place = Place(one.pair, one.seed, one.item)
        found.setdefault(one.judge, {}).setdefault(place, []).append(one)
    return {
        judge: {place: item_verdict(shown, orders) for place, shown in of.items()}
        for judge, of in found.items()
    }


def item_verdict(shown: Sequence[Comparison], orders: Orders) -> Collapsed:
    """The verdict of one judge about one item of a pair.

    Args:
        shown: All its comparisons of it.
        orders: Whether it takes both orders.
    """
    signs = [sign_of(one) for one in shown]
    said: list[Sign] = [one for one in signs if isinstance(one, int)]
    if len(said) < len(signs):
        is_failed = any(isinstance(one, Failure) for one in signs)
        return NoVerdict(FAILED if is_failed else UNREAD)
    slots = {one.candidate_first for one in shown}
    if len(slots) < (_BOTH if orders == "both" else 1):
        return NoVerdict(UNASKED)
    if len(set(said)) > 1:
        return ItemVerdict(0, is_flip=True)
    return ItemVerdict(said[0])


def panel(verdicts: Sequence[Collapsed]) -> Collapsed:
    """What several judges say of one item together: the sign of the sum of their verdicts.

    Two ties and a win are a win. Where one has no verdict the panel has none, even where it could
    not have changed it: on such items the others agree, and they would stand for all.

    Args:
        verdicts: One a judge, at least one.
    """
    if len(verdicts) == 1:
        return verdicts[0]
    total = 0
    for one in verdicts:
        if isinstance(one, NoVerdict):
            return one
        total += one.sign
    return ItemVerdict((total > 0) - (total < 0))  # type: ignore[arg-type]  # -1, 0 or 1


def verdicts_of(
    judged: JudgedLayer, pair: Pair, seed: int | None, judges: Sequence[str] | None = None
) -> dict[str, Collapsed]:
    """What all judges together, or some of them, say of every item of a layer.

    Args:
        judged: What was put to judges, and what they said.
        pair: Candidate and reference.
        seed: Training seed.
        judges: Whose verdicts count; all by default.

    Returns:
        By item, in the order of the layer; every item is there.
    """
    by_judge = collapse(
        (
            one
            for one in judged.comparisons
            if one.part is JudgePart.MAIN and (one.pair, one.seed) == (pair, seed)
        ),
        judged.orders,
    )
    alike = judged.alike.get((*pair, seed), frozenset())
    silent = {
        item: NoVerdict(f"there is no answer of {arm} to judge")
        for arm in reversed(pair)
        for item in unanswered(judged, arm, seed)
    }
    found: dict[str, Collapsed] = {}
    for item in judged.items:
        if item in silent:
            found[item] = silent[item]
        elif item in alike:
            found[item] = ALIKE
        else:
            place = Place(pair, seed, item)
            found[item] = panel(
                [_said(by_judge, judge, place) for judge in judges or judged.judges]
            )
    return found


def unanswered(judged: JudgedLayer, arm: str, seed: int | None) -> frozenset[str]:
    """Items to which an arm gave no answer with a seed, or with none where it has no such seed."""
    own = judged.unanswered.get((arm, seed))
    return judged.unanswered.get((arm, None), frozenset()) if own is None else own


def _said(by_judge: Mapping[str, Mapping[Place, Collapsed]], judge: str, place: Place) -> Collapsed:
    return by_judge.get(judge, {}).get(place, NoVerdict(UNASKED))
