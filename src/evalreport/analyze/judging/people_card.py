"""The card of people: how far they have come, how they agree, and what they lean to."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from evalreport.analyze.compare import difference_of, rng
from evalreport.analyze.judging.checks import Hits
from evalreport.analyze.judging.crowd import Crowd, slots_of
from evalreport.analyze.judging.heard import share_over
from evalreport.analyze.judging.lines import Lines
from evalreport.analyze.judging.model import CardLine, JudgeCard
from evalreport.analyze.judging.people_lengths import longer_of
from evalreport.analyze.judging.table import wins_of
from evalreport.analyze.judging.thresholds import LONGER, SLOT, state_at_most, state_of_slot
from evalreport.analyze.missing import known
from evalreport.analyze.people import KRIPPENDORFF, raters_agree
from evalreport.analyze.samples import pair as two_samples
from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.layers.judge.collapse import ItemVerdict, NoVerdict, Pair
from evalreport.numbers import count_text, fraction_text
from evalreport.records.ratings import PeopleLayer

PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class _Writer(Lines):
    """Writes lines about people."""

    crowd: Crowd
    level: float

    def counted(
        self, what: str, name: str, k: int, n: int, note: str = "", pair: Pair | None = None
    ) -> CardLine:
        """So many of so many, with no more to say: all of them were looked at."""
        value = (
            Point(value=k / n, no_interval="all of them were looked at")
            if n
            else NotEstimable(not_estimable="there are none")
        )
        return self.line(what, name, value, k=k, n=n, note=note, pair=pair)

    def share(self, hits: Hits) -> Estimated:
        return share_over(hits.hits, self.crowd.units(hits.items), level=self.level)


def people_card(crowd: Crowd, *, level: float) -> JudgeCard:
    """What shows how far people's verdicts can be trusted; it names nobody.

    Args:
        crowd: What they said.
        level: Two-sided confidence of every interval, such as 0.95.
    """
    return JudgeCard(
        layer=crowd.said.layer,
        judge=PEOPLE,
        lines=tuple(_lines(_Writer(crowd.said.layer, PEOPLE, crowd, level))),
    )


def _lines(write: _Writer) -> Iterator[CardLine]:
    for pair in write.crowd.said.pairs:
        yield _net_win(write, pair)
        yield from _worst(write, pair)
    yield from _progress(write)
    if not write.crowd.given:
        return
    yield from _agreement(write)
    yield from _slots(write)
    yield _ties(write)
    yield _longer(write)
    yield _seconds(write)


def _net_win(write: _Writer, pair: Pair) -> CardLine:
    crowd, column = write.crowd, write.crowd.layer.columns()[0]
    value: Estimated = NotEstimable(not_estimable="nobody has rated anything yet")
    n = 0
    sides = wins_of({pair: crowd.said.seeds[pair]}, crowd.verdicts, column)
    if sides and crowd.given:
        mine, theirs = (columns[0] for columns in sides.values())
        keep = known(mine) & known(theirs)
        n = int(keep.sum())
        samples = two_samples(mine, theirs, keep, crowd.families.clusters)
        value = difference_of(*samples, level=write.level)
    name = f"net win of {pair[0]} over {pair[1]}, by people"
    note = "items that it wins less those that it loses"
    if crowd.layer.raters > 1:
        note += "; where several rated an item, the arm that more of them prefer than the other"
    return write.line("net_win", name, value, n=n, note=note, pair=pair)


def _worst(write: _Writer, pair: Pair) -> Iterator[CardLine]:
    """Both ends of what the net win could be, had every missing verdict gone one way."""
    crowd = write.crowd
    said = [v for s in crowd.said.seeds[pair] for v in crowd.verdicts(pair, s).values()]
    missing = sum(isinstance(one, NoVerdict) for one in said)
    if not missing or not crowd.given:
        return
    net = sum(one.sign for one in said if isinstance(one, ItemVerdict))
    for what, towards, arm in (("net_win_least", -1, pair[1]), ("net_win_greatest", 1, pair[0])):
        value = (net + towards * missing) / len(said)
        end = Point(value=value, no_interval="an end of what can be")
        name = f"the same, had {count_text(missing, 'missing verdict')} gone to {arm}"
        yield write.line(what, name, end, k=missing, n=len(said), pair=pair)


def _progress(write: _Writer) -> Iterator[CardLine]:
    said = write.crowd.said
    progress, raters = said.progress, said.raters
    unfinished = sum(not one.finished for one in raters)
    note = f"{count_text(write.crowd.layer.raters)} were to rate"
    if unfinished:
        note += f"; {count_text(unfinished)} of these not through with a page yet"
    yield write.line(
        "raters",
        "people whose ratings came back",
        Point(value=float(len(raters)), no_interval="a count"),
        k=len(raters),
        unit="people",
        note=note,
    )
    yield write.counted(
        "rated", "comparisons that somebody rated", progress.rated, progress.comparisons
    )
    short = progress.rated + progress.skipped - progress.complete
    if short > 0:
        yield write.counted(
            "fewer", "comparisons rated by fewer people than were to", short, progress.comparisons
        )
    yield write.counted(
        "skipped",
        "comparisons that everybody skipped who came to them",
        progress.skipped,
        progress.comparisons,
        "who skips chooses: what is left is no random part of all" if progress.skipped else "",
    )
    changed = sum(one.changed for one in raters)
    if changed:
        given = sum(one.rated + one.skipped for one in raters)
        note = "two files of one person differ, and the later one counts"
        yield write.counted("changed", "verdicts that were changed later", changed, given, note)
    yield from _alike(write, said)


def _alike(write: _Writer, said: PeopleLayer) -> Iterator[CardLine]:
    for pair in said.pairs:
        k = sum(len(said.alike.get((*pair, seed), ())) for seed in said.seeds[pair])
        name = f"the same answer from {pair[0]} and {pair[1]}"
        n = len(said.items) * len(said.seeds[pair])
        note = "they tie without being asked"
        yield write.counted("identical", name, k, n, note, pair)


def _agreement(write: _Writer) -> Iterator[CardLine]:
    crowd = write.crowd
    names = crowd.families
    clusters = {
        item: name for i, item in enumerate(crowd.said.items) if (name := names.name(i)) is not None
    }
    found = raters_agree(crowd.given, clusters or None, level=write.level, rng=rng())
    yield write.line(
        "agreement",
        "people agree with each other",
        found.raw,
        n=found.items,
        note="on the items that several of them rated; chance alone makes many of them agree",
    )
    what = "alpha" if found.coefficient == KRIPPENDORFF else "kappa"
    yield write.line(
        what,
        f"the same beyond chance ({found.coefficient})",
        found.beyond_chance,
        n=found.items,
        unit="",
        note="1 is agreement throughout and 0 what chance gives; whichever arm is named first",
    )


def _slots(write: _Writer) -> Iterator[CardLine]:
    first, second, share = slots_of(write.crowd, level=write.level)
    yield write.line(
        "first_slot",
        "decisive verdicts for what stood first",
        share,
        k=first,
        n=first + second,
        state=state_of_slot(share),
        note=f"one half is fair; beyond {fraction_text(SLOT)} from it is a preference for a slot",
    )


def _ties(write: _Writer) -> CardLine:
    given = write.crowd.given
    ties = Hits(tuple(one.item for one in given), tuple(one.verdict == 0 for one in given))
    note = "" if write.crowd.layer.ties else "people were not allowed to call a tie"
    name = "verdicts that neither is better"
    return write.line("ties", name, write.share(ties), k=ties.k, n=ties.n, note=note)


def _longer(write: _Writer) -> CardLine:
    longer = longer_of(write.crowd)
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


def _seconds(write: _Writer) -> CardLine:
    # A comparison that stands for several pairs was looked at once.
    seen = {(one.rater, one.item, one.seconds) for one in write.crowd.given}
    value = round(median(seconds for _, _, seconds in seen), 1)
    return write.line(
        "seconds",
        "time that a comparison took, in the middle",
        Point(value=value, no_interval="the median of all"),
        n=len(seen),
        unit="seconds",
        note="too little to have read both answers would be a bad sign",
    )
