"""Facts about people who judged, and about judges beside them, as rules read them."""

from collections.abc import Sequence

from evalreport.analyze.judging.beside_people import against, corrected
from evalreport.analyze.judging.crowd import Crowd, missing_of, slots_of
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.people_card import PEOPLE
from evalreport.analyze.judging.people_lengths import decisive_of, lengths_of
from evalreport.estimates import Estimate
from evalreport.layers.judge.collapse import ItemVerdict, Pair
from evalreport.records import Judging
from evalreport.records.judging import CorrectedNet, FirstSlot, PairCounts


def people_facts(crowd: Crowd, *, level: float) -> Judging:
    """What is known of the people of a layer; what is about two arms is about the first pair.

    Args:
        crowd: What they said.
        level: Two-sided confidence of the one interval among them.
    """
    said = crowd.said
    common = Judging(judge=PEOPLE, orders="random", per_call=1, reference_shown=False)
    pair = next(iter(said.pairs), None)
    if pair is None:
        return common
    every = [one for seed in said.seeds[pair] for one in crowd.verdicts(pair, seed).values()]
    signs = [one.sign for one in every if isinstance(one, ItemVerdict)]
    rated = sum(1 for one in every if isinstance(one, ItemVerdict) and not one.is_alike)
    first, second, share = slots_of(crowd, level=level)
    low, high = (share.low, share.high) if isinstance(share, Estimate) else (None, None)
    return common.model_copy(
        update={
            "pairs": rated,
            # Those who skip choose; what nobody has come to yet is left to chance.
            "verdicts": PairCounts(
                wins=signs.count(1),
                losses=signs.count(-1),
                ties=signs.count(0),
                missing=missing_of(crowd, pair)[0],
            ),
            "first": FirstSlot(k=first, n=first + second, low=low, high=high)
            if first + second
            else None,
            "mean_length": _mean_length(crowd, pair),
            "by_longer": _by_longer(crowd, pair),
        }
    )


def beside_people(
    facts: tuple[Judging, ...], heard: Sequence[Heard], crowd: Crowd
) -> tuple[Judging, ...]:
    """The same with how each judge and people agreed, and what people make of their net win.

    Args:
        facts: Of the judges of a layer.
        heard: What each of them said, in the same order.
        crowd: What people said of the same answers.
    """
    pairs = heard[0].judged.pairs if heard else ()
    pair = next((one for one in pairs if {one, one[::-1]} & {*crowd.said.pairs}), None)
    if pair is None or pair != pairs[0]:
        return facts
    net = corrected(heard[0], crowd, pair, panel=True).net_win.corrected
    found = []
    for one, its in zip(facts, heard, strict=True):
        labels = against(its, crowd, pair).labels
        update: dict[str, object] = {"human": labels}
        if isinstance(net, Estimate):
            update["corrected"] = CorrectedNet(
                labels=labels.n, value=net.value, low=net.low, high=net.high
            )
        found.append(one.model_copy(update=update))
    return tuple(found)


def _mean_length(crowd: Crowd, pair: Pair) -> dict[str, float] | None:
    """Mean length of the answers of both arms, in characters."""
    found = {}
    for arm in pair:
        known = [
            length
            for seed in crowd.said.seeds[pair]
            for length in lengths_of(crowd.said, arm, seed).values()
        ]
        if known:
            found[arm] = sum(known) / len(known)
    return found if len(found) == len(pair) else None


def _by_longer(crowd: Crowd, pair: Pair) -> dict[str, dict[str, int]]:
    """By the arm whose answer is longer, the wins of each; an item counts once, over its seeds."""
    net: dict[str, tuple[int, int]] = {}
    for seed in crowd.said.seeds[pair]:
        for item, sign, mine, theirs in decisive_of(crowd, pair, seed):
            wins, longer = net.get(item, (0, 0))
            net[item] = wins + sign, longer + mine - theirs
    found = {arm: dict.fromkeys(pair, 0) for arm in pair}
    for wins, longer in net.values():
        if wins and longer:
            found[pair[longer < 0]][pair[wins < 0]] += 1
    return found
