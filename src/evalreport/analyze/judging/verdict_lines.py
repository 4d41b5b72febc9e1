"""Lines about the main verdicts: order, slots, ties, what could not be read, length, net win."""

from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.analyze.anytime import shown_difference
from evalreport.analyze.judging.checks import Hits, repeats_of
from evalreport.analyze.judging.heard import Heard, is_read
from evalreport.analyze.judging.leaning import leaning_of, slots_of
from evalreport.analyze.judging.lengths import at_equal_length, compared
from evalreport.analyze.judging.lines import Writer, writer_of
from evalreport.analyze.judging.model import CardLine
from evalreport.analyze.judging.table import judged_table
from evalreport.analyze.judging.thresholds import (
    FLIPS_FINE,
    FLIPS_UNFIT,
    LONGER,
    SLOT,
    state_at_most,
    state_of_flips,
    state_of_slot,
)
from evalreport.analyze.judging.unread import why_unread
from evalreport.analyze.missing import answered, known
from evalreport.analyze.samples import pair as two_samples
from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.layers.judge.collapse import NoVerdict, Pair
from evalreport.numbers import count_text, fraction_text
from evalreport.records import Failure, JudgePart
from evalreport.stats.slot_share import slot_share

LOOKED_ELSEWHERE: Final = "judging stopped by looks at another pair, and the interval knows of none"


def verdict_lines(heard: Heard) -> Iterator[CardLine]:
    """All lines about what the judge said of the pairs."""
    write = writer_of(heard)
    for pair in heard.judged.pairs:
        yield _net_win(write, pair)
        yield from _worst(write, pair)
    yield from _order(write)
    yield _ties(write)
    yield _unread(write)
    yield _longer(write)
    for pair in heard.judged.pairs:
        yield _equal_length(write, pair)


def net_win_of(heard: Heard, pair: Pair, judges: Sequence[str]) -> tuple[Estimated, int]:
    """The net win of a pair by some of a layer's judges, and the items behind it.

    Args:
        heard: What one of them said, with all that the others did.
        pair: Candidate and reference.
        judges: Whose verdicts count together.
    """
    table = judged_table(heard.layer, heard.judged, heard.families, {}, judges=judges)
    if not table.is_between(*pair):
        return NotEstimable(not_estimable="the pair was not judged"), 0
    mine, theirs = answered(table.side(*pair, 0)), answered(table.side(*pair[::-1], 0))
    keep = known(mine) & known(theirs)
    samples = two_samples(mine, theirs, keep, table.clusters)
    is_stopped = heard.stops_early(pair)
    return shown_difference(*samples, level=heard.level, stops_early=is_stopped), int(keep.sum())


def _net_win(write: Writer, pair: Pair) -> CardLine:
    heard = write.heard
    value, n = net_win_of(heard, pair, [heard.judge])
    name = f"net win of {pair[0]} over {pair[1]}, by this judge"
    note = "items that it wins less those that it loses; a change between orders is a tie"
    if heard.looks_elsewhere(pair):
        note += f"; {LOOKED_ELSEWHERE}"
    return write.line("net_win", name, value, n=n, note=note, pair=pair)


def _worst(write: Writer, pair: Pair) -> Iterator[CardLine]:
    """Both ends of what the net win could be, had every missing verdict gone one way."""
    runs = write.heard.of_pair(pair)
    missing = sum(isinstance(one, NoVerdict) for run in runs for one in run.by_item.values())
    if not missing:
        return
    n = sum(len(run.by_item) for run in runs)
    net = sum(
        0 if isinstance(one, NoVerdict) else one.sign
        for run in runs
        for one in run.by_item.values()
    )
    for what, towards, arm in (("net_win_least", -1, pair[1]), ("net_win_greatest", 1, pair[0])):
        end = Point(value=(net + towards * missing) / n, no_interval="an end of what can be")
        counted = count_text(missing, "missing verdict")
        name = f"the same, had {counted} gone to {arm}"
        yield write.line(what, name, end, k=missing, n=n, pair=pair)


def _order(write: Writer) -> Iterator[CardLine]:
    heard = write.heard
    if heard.judged.orders == "both":
        found = leaning_of(heard)
        flips = (
            Hits(*(tuple(column) for column in zip(*found.items, strict=True)))
            if (found.items)
            else Hits((), ())
        )
        share = write.share(flips)
        again = repeats_of(heard)
        beside = (
            f"; asked again in the same order it contradicted itself in {again.n - again.k} of "
            f"{again.n}"
            if again.n
            else ""
        )
        yield write.line(
            "flips",
            "verdicts that swapping the order changed",
            share,
            k=flips.k,
            n=flips.n,
            state=state_of_flips(share),
            note=f"up to {fraction_text(FLIPS_FINE)} is fine where more than "
            f"{fraction_text(FLIPS_UNFIT)} is excluded; above that, and surely above "
            f"{fraction_text(FLIPS_FINE)}, the judge is not fit for a verdict on its own; they "
            f"count as ties{beside}",
        )
        yield write.line(
            "opposite_winners",
            "verdicts whose winner became the loser",
            _of(found.opposite, flips.n),
            k=found.opposite,
            n=flips.n,
        )
    slots = slots_of(heard)
    clusters = heard.clusters(slots.items)
    share = slot_share(slots.first, slots.second, clusters, level=heard.level)
    k = sum(slots.first)
    yield write.line(
        "first_slot",
        "decisive verdicts for what stood first",
        share,
        k=k,
        n=k + sum(slots.second),
        state=state_of_slot(share),
        note=f"one half is fair; beyond {fraction_text(SLOT)} from it is a preference for a slot. "
        "Both orders of an item are one observation",
    )


def _of(k: int, n: int) -> Estimated:
    """A share that stands beside one with an interval."""
    if n == 0:
        return NotEstimable(not_estimable="no item has a verdict")
    return Point(value=k / n, no_interval="see the share of all that changed")


def _ties(write: Writer) -> CardLine:
    heard = write.heard
    seen = [(item, one.sign == 0) for run in heard.runs for item, one in run.asked()]
    ties = Hits(tuple(item for item, _ in seen), tuple(is_tie for _, is_tie in seen))
    return write.line("ties", "ties, flips included", write.share(ties), k=ties.k, n=ties.n)


def _unread(write: Writer) -> CardLine:
    main = write.heard.part(JudgePart.MAIN)
    failed = sum(isinstance(one.verdict, Failure) for one in main)
    why = why_unread(write.heard)
    unread = Hits(tuple(one.item for one in main), tuple(not is_read(one) for one in main))
    return write.line(
        "unread",
        "comparisons without a verdict",
        write.share(unread),
        k=unread.k,
        n=unread.n,
        note=f"{count_text(unread.k - failed, 'reply', 'replies')} could not be read"
        f"{f' ({why})' if why else ''}, "
        f"{count_text(failed)} never came; none is counted for an arm",
    )


def _longer(write: Writer) -> CardLine:
    decisive = [one for one in compared(write.heard) if one.is_decisive]
    longer = Hits(tuple(one.item for one in decisive), tuple(one.longer_won for one in decisive))
    share = write.share(longer)
    return write.line(
        "longer",
        "decisive verdicts for the longer answer",
        share,
        k=longer.k,
        n=longer.n,
        state=state_at_most(share, LONGER),
        note=f"above {fraction_text(LONGER)} is a caution; the better answer may be the longer one",
    )


def _equal_length(write: Writer, pair: Pair) -> CardLine:
    heard = write.heard
    seen = compared(heard, pair)
    notes = ["ties count half; a fit to the lengths that there are, and no more than that"]
    if seen:
        raw = fraction_text(round(sum(one.outcome for one in seen) / len(seen), 3))
        notes.insert(0, f"as they are, it is {raw}")
    if len(heard.judged.seeds[pair]) > 1:
        notes.append("it speaks of these checkpoints")
    if heard.looks_elsewhere(pair):
        notes.append(LOOKED_ELSEWHERE)
    return write.line(
        "win_rate_at_equal_length",
        f"win rate of {pair[0]} over {pair[1]} of the pairs whose answers differ, were both "
        "equally long",
        at_equal_length(heard, pair, seen),
        n=len(seen),
        note="; ".join(notes),
        pair=pair,
    )
