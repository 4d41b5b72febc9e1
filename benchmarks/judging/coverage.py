"""Coverage: what is true of a scripted judge, and how often its card's intervals hold it."""

from collections import Counter
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from benchmarks.judging.scripted import ScriptedJudge, World
from evalreport.analyze.judging.card import cards_of
from evalreport.estimates import Estimate
from evalreport.records import JudgePart
from evalreport.stats.arguments import FloatArray
from evalreport.stats.equal_length import win_rate_at_equal_length

Tally: TypeAlias = dict[str, tuple[int, int]]
"""By line: how many intervals hold the truth, of how many that were given."""

LEVEL: Final = 0.95
LEAST: Final = 0.93
_TRUTH: Final = 1_000_000
_FITTED: Final = 400_000

FAIR: Final = ScriptedJudge()
BIASED: Final = ScriptedJudge(slot=0.2, length=0.5, planted=0.6, wording=0.2)
SURE: Final = ScriptedJudge(noise=0.1, tie=0.02, planted=0.3)

WORLDS: Final[dict[str, World]] = {
    f"{name}, {n} items": replace(world, n=n)
    for name, world in {
        "fair": World(FAIR),
        "slot 0.2": World(replace(FAIR, slot=0.2)),
        "length 0.5": World(replace(FAIR, length=0.5)),
        "slot, length, planted words, wording": World(BIASED),
        "mostly ties": World(replace(BIASED, tie=1.2)),
        "few flips, no ties": World(SURE),
        "a tenth unread": World(replace(BIASED, unread=0.1)),
        "one random order": World(BIASED, orders="random"),
        "clusters of 5": World(BIASED, cluster=5),
        "clusters of 5, few flips": World(SURE, cluster=5),
        "5 comparisons a call": World(BIASED, per_call=5, call_noise=0.4),
    }.items()
    for n in (50, 200)
}


def truth_of(world: World, n: int = _TRUTH) -> dict[str, float]:
    """What every line of the card is about, in a world of very many items.

    The win rate at equal length is what the regression gives on very many: it need not be what the
    judge would say of equal lengths, which no finite number of other lengths can tell.
    """
    rng = np.random.default_rng(20_261_127)
    drawn = world.drawn(rng, n)

    def slots(part: JudgePart, *, first: bool) -> FloatArray:
        """1 where what stands first is preferred, -1 where the other is, 0 for a tie."""
        total = world.sums(rng, part, drawn, first=first)
        total = total + world.call_noise * rng.standard_normal(n)
        said: FloatArray = np.where(np.abs(total) < world.judge.tie, 0.0, np.sign(total))
        return said

    one, other = slots(JudgePart.MAIN, first=True), slots(JudgePart.MAIN, first=False)
    coin = rng.random(n) < 0.5

    def collapsed(mine: FloatArray, theirs: FloatArray) -> FloatArray:
        if world.orders == "random":
            picked: FloatArray = np.where(coin, mine, -theirs)
            return picked
        agreed: FloatArray = np.where(mine == -theirs, mine, 0.0)
        return agreed

    signs = collapsed(one, other)
    shown = np.where(coin, one, other)[np.newaxis] if world.orders == "random" else (one, other)
    firsts = sum(float((part > 0).sum()) for part in shown)
    decisive = sum(float((part != 0).sum()) for part in shown)
    lengths = np.round(100 * np.exp(drawn.lengths))
    longer = np.sign(lengths[0] - lengths[1])
    both = (signs != 0) & (longer != 0)
    control = slots(JudgePart.CONTROL, first=True)
    canary = np.where(
        coin, slots(JudgePart.CANARY, first=True), -slots(JudgePart.CANARY, first=False)
    )
    varied = collapsed(slots(JudgePart.VARIANT, first=True), slots(JudgePart.VARIANT, first=False))
    again = np.where(
        coin,
        one == slots(JudgePart.MAIN, first=True),
        other == slots(JudgePart.MAIN, first=False),
    )
    some = slice(0, _FITTED)
    fitted = win_rate_at_equal_length(
        (signs[some] + 1) / 2, lengths[0][some], lengths[1][some], None, level=LEVEL
    )
    assert isinstance(fitted, Estimate)
    return {
        "net_win": float(signs.mean()),
        "flips": float((one != -other).mean()),
        "first_slot": firsts / decisive,
        "ties": float((signs == 0).mean()),
        "unread": world.judge.unread,
        "longer": float((signs[both] == longer[both]).mean()),
        "win_rate_at_equal_length": fitted.value,
        "repeats": float(again.mean()),
        "controls_tied": float((control == 0).mean()),
        "controls_first": float((control > 0).sum() / max(1, (control != 0).sum())),
        "canaries": float((canary > 0).mean()),
        "wording_0": float(signs.mean()),
        "wording_1": float(varied.mean()),
    }


def simulate(world: World, truth: dict[str, float], runs: int, seed: int) -> Tally:
    """How often the intervals of a card hold the truth, over so many samples."""
    rng = np.random.default_rng(seed)
    held: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for _ in range(runs):
        (card,) = cards_of(world.layer, world.draw(rng), world.families, level=LEVEL)
        for what, value in truth.items():
            line = card.line(what)
            if line is not None and isinstance(line.value, Estimate):
                given[what] += 1
                held[what] += line.value.low <= value <= line.value.high
    return {what: (held[what], given[what]) for what in truth}


def too_narrow(tally: Tally, runs: int) -> list[str]:
    """Lines whose interval holds the truth too rarely, where it was given often enough to say."""
    return [what for what, (k, n) in tally.items() if n >= runs / 2 and k < LEAST * n]
