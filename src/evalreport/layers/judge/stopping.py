"""Stopping: when a sequential plan has seen enough, asked after every batch of whole items.

The rule itself is `stats.sequential`; `run` asks it while judges are being paid, and analysis asks
it again on what they said.
"""

from collections.abc import Mapping, Sequence

from evalreport.layers.judge.collapse import ALIKE, Collapsed, ItemVerdict, Place, collapse, panel
from evalreport.records import Comparison, JudgePart, SequentialPlan
from evalreport.stats.sequential import BATCH, ON_WINS, Standing, sequential_decision

__all__ = ["BATCH", "ON_WINS", "standing_of", "verdicts_so_far"]


def standing_of(plan: SequentialPlan, verdicts: Sequence[Collapsed]) -> Standing:
    """Where a comparison stands; a pair without a verdict counts as judged, for nobody.

    Args:
        plan: As declared.
        verdicts: Of the items so far, panel and orders collapsed.
    """
    signs = [one.sign if isinstance(one, ItemVerdict) else 0 for one in verdicts]
    wins, losses = signs.count(1), signs.count(-1)
    return sequential_decision(
        wins,
        losses,
        len(signs) - wins - losses,
        win_rate=plan.win_rate,
        alpha=plan.alpha * ON_WINS,  # see `net_win_sequence`: interval and stop agree
        cap=min(plan.cap, plan.planned),
    )


def verdicts_so_far(
    plan: SequentialPlan,
    judges: Sequence[str],
    orders: str,
    comparisons: Sequence[Comparison],
    items: Sequence[str],
    alike: Mapping[tuple[str, str, int | None], frozenset[str]],
) -> list[Collapsed]:
    """The verdicts on the primary's pair for the items so far, one a training seed and item.

    Args:
        plan: Names the pair.
        judges: Who judges.
        orders: `both` or `random`.
        comparisons: All that was put to them so far.
        items: Those that were judged so far.
        alike: By pair and seed, items whose two answers are one text.
    """
    main = [one for one in comparisons if one.part is JudgePart.MAIN and one.pair == plan.pair]
    by_judge = collapse(main, "both" if orders == "both" else "random")
    seeds = dict.fromkeys(seed for first, second, seed in alike if (first, second) == plan.pair)
    found: list[Collapsed] = []
    for seed in seeds:
        for item in items:
            if item in alike[*plan.pair, seed]:
                found.append(ALIKE)
                continue
            place = Place(plan.pair, seed, item)
            said = [of[place] for judge in judges if place in (of := by_judge.get(judge, {}))]
            if said:
                found.append(panel(said))
    return found
