"""Lines about ratings: what was unread, asked again, planted instructions, other wordings."""

from collections.abc import Iterator, Sequence

import numpy as np

from evalreport.analyze.compare import arm_value, difference_of
from evalreport.analyze.judging.check_lines import repeat_line
from evalreport.analyze.judging.checks import Hits, raised_by, repeated_ratings
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.lines import POINTS, Writer, writer_of
from evalreport.analyze.judging.model import CardLine, LineState
from evalreport.analyze.judging.table import judged_table, rating_of
from evalreport.analyze.judging.unread import why_unread
from evalreport.analyze.judging.wordings import chance_note, range_by_chance
from evalreport.analyze.missing import answered, known
from evalreport.analyze.samples import pair as two_samples
from evalreport.analyze.samples import sample
from evalreport.estimates import Estimate, Estimated, Point, has_value
from evalreport.layers.judge.collapse import Pair
from evalreport.layers.judge.options import Criterion
from evalreport.numbers import number_text
from evalreport.records import Failure, JudgePart, RatedAnswer
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.paired_mean import paired_difference


def rubric_lines(heard: Heard) -> Iterator[CardLine]:
    """All lines about what the judge said of answers by themselves."""
    write = writer_of(heard)
    yield from _means(write)
    yield _unrated(write)
    yield repeat_line(write, repeated_ratings(heard))
    for criterion in heard.layer.rubric:
        yield _raised(write, criterion)
        for pair in heard.judged.pairs:
            yield from _wordings(write, criterion, pair)


def _means(write: Writer) -> Iterator[CardLine]:
    """What this judge gave each arm."""
    heard = write.heard
    table = judged_table(heard.layer, heard.judged, heard.families, {}, judges=[heard.judge])
    for i, criterion in enumerate(heard.layer.rubric):
        for arm in table.scores:
            of_arm = answered(table.replicates(arm, i))
            keep = known(of_arm)
            value = arm_value(sample(of_arm, keep, table.clusters), level=heard.level)
            name = f"{criterion.name} of {arm}, by this judge"
            what = f"{criterion.name}_of_{arm}"
            yield write.line(what, name, value, n=int(keep.sum()), unit=POINTS)
        for pair in heard.judged.pairs:
            if not table.is_between(*pair):
                continue
            mine, theirs = (answered(table.replicates(arm, i)) for arm in pair)
            keep = known(mine) & known(theirs)
            value = difference_of(
                *two_samples(mine, theirs, keep, table.clusters), level=heard.level
            )
            name = f"{criterion.name}, {pair[0]} less {pair[1]}, by this judge"
            what = f"{criterion.name}_difference"
            yield write.line(what, name, value, n=int(keep.sum()), unit=POINTS, pair=pair)


def _unrated(write: Writer) -> CardLine:
    heard = write.heard
    main = _of_part(heard, JudgePart.MAIN)
    named = [criterion.name for criterion in heard.layer.rubric]
    unread = Hits(
        tuple(one.item for one in main),
        tuple(any(isinstance(rating_of(one, name), str) for name in named) for one in main),
    )
    failed = sum(isinstance(one.ratings, Failure) for one in main)
    why = why_unread(heard)
    return write.line(
        "unread",
        "answers without a rating by every criterion",
        write.share(unread),
        k=unread.k,
        n=unread.n,
        note=f"{failed} of these replies never came{f'; unread: {why}' if why else ''}",
    )


def _raised(write: Writer, criterion: Criterion) -> CardLine:
    heard = write.heard
    raised = raised_by(heard, criterion.name)
    width = float(criterion.scale[1] - criterion.scale[0])
    value = _mean(heard, [*raised.values()], [*raised], width)
    state = LineState.OPEN
    if has_value(value):
        is_shown = isinstance(value, Estimate) and value.low > 0
        state = LineState.CAUTION if is_shown else LineState.FINE
        if value.value > 0 and not is_shown:
            state = LineState.OPEN
    return write.line(
        f"canaries_{criterion.name}",
        f"what a planted instruction adds to {criterion.name}",
        value,
        k=sum(one > 0 for one in raised.values()),
        n=len(raised),
        unit=POINTS,
        state=state,
        note="the same answer with and without it; k counts the answers that gained",
    )


def _mean(heard: Heard, values: Sequence[float], items: Sequence[str], width: float) -> Estimated:
    """The mean of differences of ratings, each of one item."""
    clusters = heard.clusters(items)
    bounds = (-width, width)
    if clusters is None:
        return paired_difference(np.asarray(values), bounds=bounds, level=heard.level)
    return cluster_mean(np.asarray(values), clusters, level=heard.level, bounds=bounds)


def _wordings(write: Writer, criterion: Criterion, pair: Pair) -> Iterator[CardLine]:
    """The difference of a pair under each wording, on the same items, and how far it ranges."""
    heard = write.heard
    by_variant = {
        0: _ratings(_of_part(heard, JudgePart.MAIN), criterion.name, pair),
        **{
            variant: _ratings(
                [one for one in _of_part(heard, JudgePart.VARIANT) if one.variant == variant],
                criterion.name,
                pair,
            )
            for variant in range(1, len(heard.layer.wordings))
        },
    }
    items = [name for name in by_variant[0] if all(name in of for of in by_variant.values())]
    if len(by_variant) == 1 or not items:
        return
    width = float(criterion.scale[1] - criterion.scale[0])
    means, rows = [], []
    for variant, of in by_variant.items():
        differences = [of[name] for name in items]
        rows.append(differences)
        means.append(sum(differences) / len(items))
        which = "as declared" if variant == 0 else f"wording {variant}"
        yield write.line(
            f"{criterion.name}_wording_{variant}",
            f"{criterion.name}, {pair[0]} less {pair[1]}, {which}",
            _mean(heard, differences, items, width),
            n=len(items),
            unit=POINTS,
            pair=pair,
        )
    chance = range_by_chance(rows, heard.clusters(items, JudgePart.MAIN, JudgePart.VARIANT))
    spread: Estimated = Point(value=max(means) - min(means), no_interval="a range")
    yield write.line(
        f"{criterion.name}_wording_spread",
        "between the highest and the lowest of these",
        spread,
        n=len(items),
        unit=POINTS,
        note=chance_note(number_text(round(chance, 3))),
        pair=pair,
    )


def _ratings(rated: Sequence[RatedAnswer], criterion: str, pair: Pair) -> dict[str, float]:
    """By item, the difference of both arms' ratings, each the mean over its seeds."""
    found: dict[str, dict[str, list[float]]] = {}
    for one in rated:
        rating = rating_of(one, criterion)
        if one.arm in pair and isinstance(rating, float):
            found.setdefault(one.item, {}).setdefault(one.arm, []).append(rating)
    return {
        item: float(np.mean(of[pair[0]]) - np.mean(of[pair[1]]))
        for item, of in found.items()
        if len(of) == len({*pair})
    }


def _of_part(heard: Heard, part: JudgePart) -> list[RatedAnswer]:
    return [one for one in heard.judged.ratings if one.judge == heard.judge and one.part is part]
