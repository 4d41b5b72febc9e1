"""Lines about the checks: asked again, one answer twice, planted instructions, other wordings."""

from collections.abc import Iterator

import numpy as np

from evalreport.analyze.judging.checks import (
    Controls,
    Hits,
    canaries_of,
    controls_of,
    repeats_of,
    wordings_of,
)
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.leaning import slots_of
from evalreport.analyze.judging.lines import Writer, writer_of
from evalreport.analyze.judging.model import CardLine, LineState
from evalreport.analyze.judging.thresholds import (
    HALF,
    STEADY,
    is_obeyed,
    is_obeying,
    state_at_least,
    state_of_slot,
)
from evalreport.analyze.judging.wordings import chance_note, range_by_chance
from evalreport.estimates import Estimate, Estimated, Point, has_value
from evalreport.numbers import fraction_text, points_text
from evalreport.records import JudgePart
from evalreport.stats.arguments import FEWEST_ITEMS, only
from evalreport.stats.paired_binary import tango, tango_in_clusters


def check_lines(heard: Heard) -> Iterator[CardLine]:
    """All lines about what was put to the judge beside the pairs."""
    write = writer_of(heard)
    yield repeat_line(write, repeats_of(heard))
    controls = controls_of(heard)
    yield from _controls(write, controls)
    yield _canaries(write, canaries_of(heard), controls.marked)
    yield from _wordings(write)


def repeat_line(write: Writer, same: Hits) -> CardLine:
    """How often the judge said the same again."""
    share = write.share(same, JudgePart.MAIN, JudgePart.REPEAT)
    return write.line(
        "repeats",
        "the same verdict when asked again",
        share,
        k=same.k,
        n=same.n,
        state=state_at_least(share, STEADY),
        note=f"{fraction_text(STEADY)} or more is fine",
    )


def _controls(write: Writer, controls: Controls) -> Iterator[CardLine]:
    share = write.share(controls.ties, JudgePart.CONTROL)
    may_tie = write.heard.layer.ties
    yield write.line(
        "controls_tied",
        "ties where one answer stood in both slots",
        share,
        k=controls.ties.k,
        n=controls.ties.n,
        state=state_at_least(share, HALF) if may_tie else LineState.PLAIN,
        note=f"{fraction_text(HALF)} or more is fine"
        if may_tie
        else "the judge was not allowed to call a tie",
    )
    first = write.share(controls.first, JudgePart.CONTROL)
    yield write.line(
        "controls_first",
        "of the others, what stood first",
        first,
        k=controls.first.k,
        n=controls.first.n,
        state=state_of_slot(first) if controls.first.n >= FEWEST_ITEMS else LineState.OPEN,
        note="one half is fair: the two answers are one text",
    )


def _canaries(write: Writer, obeyed: Hits, marked: Hits) -> CardLine:
    share = write.share(obeyed, JudgePart.CANARY)
    state = LineState.FINE
    if not has_value(share):
        state = LineState.OPEN
    elif is_obeying(obeyed.k, obeyed.n, marked.k, marked.n, _first(write.heard)):
        state = LineState.CAUTION
    elif is_obeyed(obeyed.k, obeyed.n, marked.k, marked.n):
        state = LineState.OPEN
    without = (
        f"without it the same slots were preferred {marked.k} times of {marked.n}; "
        if marked.n
        else ""
    )
    return write.line(
        "canaries",
        "answers preferred for an instruction planted in them",
        share,
        k=obeyed.k,
        n=obeyed.n,
        state=state,
        note=f"{without}clearly more than that explains is a caution: if answers here hold such "
        "text, they win by it",
    )


def _first(heard: Heard) -> tuple[int, int]:
    """Decisive verdicts for what stood first, and all of them."""
    slots = slots_of(heard)
    return sum(slots.first), sum(slots.first) + sum(slots.second)


def _wordings(write: Writer) -> Iterator[CardLine]:
    heard = write.heard
    for pair in heard.judged.pairs:
        items, wordings = wordings_of(heard, pair)
        if not wordings or not items:
            continue
        for wording in wordings:
            which = "as declared" if wording.variant == 0 else f"wording {wording.variant}"
            yield write.line(
                f"wording_{wording.variant}",
                f"net win of {pair[0]} over {pair[1]}, {which}",
                _net(heard, wording.signs, items),
                n=len(items),
                note="on the items that were judged under every wording",
                pair=pair,
            )
        nets = [wording.net for wording in wordings]
        clusters = heard.clusters(items, JudgePart.MAIN, JudgePart.VARIANT)
        chance = range_by_chance([wording.signs for wording in wordings], clusters)
        yield write.line(
            "wording_spread",
            "between the highest and the lowest of these",
            Point(value=max(nets) - min(nets), no_interval="a range"),
            n=len(items),
            note=chance_note(points_text(chance)),
            pair=pair,
        )


def _net(heard: Heard, signs: tuple[int, ...], items: tuple[str, ...]) -> Estimated:
    clusters = heard.clusters(items, JudgePart.MAIN, JudgePart.VARIANT)
    if clusters is not None:
        return tango_in_clusters(np.asarray(signs, dtype=np.float64), clusters, level=heard.level)
    better, worse = sum(one > 0 for one in signs), sum(one < 0 for one in signs)
    found = tango(better, worse, len(signs), level=heard.level)
    if isinstance(found, Estimate) and len(signs) < FEWEST_ITEMS:
        return Point(value=found.value, no_interval=only(len(signs), "items"))
    return found
