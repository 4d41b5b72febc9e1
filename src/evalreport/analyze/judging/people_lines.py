"""Lines of a judge's card about people who judged the same answers, and what they correct."""

from collections.abc import Iterator

from evalreport.analyze.judging.beside_people import (
    Mended,
    against,
    as_one_person,
    corrected,
)
from evalreport.analyze.judging.crowd import Crowd, missing_of
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.labelled import JudgeAgainstPeople
from evalreport.analyze.judging.lines import Writer, writer_of
from evalreport.analyze.judging.model import CardLine, LineState
from evalreport.analyze.judging.thresholds import CHANCE, KAPPA, LABELS, state_of_kappa
from evalreport.analyze.judging.verdict_lines import net_win_of
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.layers.judge.collapse import Pair
from evalreport.numbers import count_text, fraction_text, number_text
from evalreport.stats.arguments import FEWEST_ITEMS
from evalreport.stats.judges import WIDER_BELOW
from evalreport.stats.paired_binary import exact_mcnemar
from evalreport.stats.proportions import clopper_pearson


def people_lines(heard: Heard, crowd: Crowd) -> Iterator[CardLine]:
    """All lines about one judge and people.

    Args:
        heard: What the judge said.
        crowd: What people said of the same answers.
    """
    write = writer_of(heard)
    for pair in heard.judged.pairs:
        if {pair, pair[::-1]} & {*crowd.said.pairs}:
            found = against(heard, crowd, pair)
            yield from _agreement(write, crowd, pair, found)
            yield from _corrected(write, pair, corrected(heard, crowd, pair))


def _agreement(
    write: Writer, crowd: Crowd, pair: Pair, found: JudgeAgainstPeople
) -> Iterator[CardLine]:
    labels, heard = found.labels, write.heard
    asked = sum(1 for run in heard.of_pair(pair) for _ in run.asked())
    yield write.line(
        "labels",
        f"pairs that people judged as well ({crowd.said.layer})",
        _all(labels.n, asked),
        k=labels.n,
        n=asked,
        state=LineState.FINE if labels.n >= LABELS else LineState.OPEN,
        note=_labels_note(crowd, pair),
        pair=pair,
    )
    if not labels.n:
        return
    yield write.line(
        "people_agree",
        "the same verdict as people together",
        found.agreement,
        k=labels.agree,
        n=labels.n,
        note="chance alone makes many of them agree: kappa takes that out",
        pair=pair,
    )
    yield write.line(
        "people_kappa",
        "the same beyond chance (Cohen's kappa)",
        found.kappa,
        n=labels.n,
        unit="",
        state=state_of_kappa(found.kappa, labels.n),
        note=f"validated takes {LABELS} labels and a lower end above {number_text(KAPPA)}",
        pair=pair,
    )
    yield _as_one(write, crowd, pair)
    yield _favours(write, pair, found)


def _labels_note(crowd: Crowd, pair: Pair) -> str:
    own = pair if pair in crowd.said.pairs else pair[::-1]
    skipped, waiting = missing_of(crowd, own)
    parts = [f"{LABELS} are needed to call the judge validated"]
    if skipped:
        what = count_text(skipped, "pair")
        parts.append(f"{what} that people skipped: the others are no random part of all")
    if waiting:
        parts.append(f"{count_text(waiting, 'pair')} that nobody has rated yet")
    return "; ".join(parts)


def _as_one(write: Writer, crowd: Crowd, pair: Pair) -> CardLine:
    found = as_one_person(write.heard, crowd, pair)
    share = write.share(found.judge)
    state, note = LineState.OPEN, "no pair was rated by two people: how they agree is not known"
    if found.people is not None:
        state = LineState.PLAIN
        people = fraction_text(round(found.people, 3))
        note = f"people say what another person says in {people} of these pairs"
    return write.line(
        "as_one_person",
        "the same verdict as one person, where several rated",
        share,
        k=found.judge.k,
        n=found.judge.n,
        state=state,
        note=note,
        pair=pair,
    )


def _favours(write: Writer, pair: Pair, found: JudgeAgainstPeople) -> CardLine:
    favours = found.labels.favours or dict.fromkeys(pair, 0)
    k, n = favours[pair[0]], sum(favours.values())
    share = clopper_pearson(k, n, level=write.heard.level)
    if isinstance(share, Estimate) and n < FEWEST_ITEMS:
        share = Point(value=share.value, no_interval=f"only {count_text(n, 'item')}")
    if not n:
        share = NotEstimable(not_estimable="they never disagree")
    state = LineState.PLAIN if n < FEWEST_ITEMS else LineState.FINE
    note = "one half is fair: errors that lean to one arm are the difference that is claimed"
    if n and exact_mcnemar(k, n - k).p_value < CHANCE:
        favoured = pair[0] if 2 * k > n else pair[1]
        winner = _winner(write.heard, pair)
        state = LineState.UNFIT
        if winner is not None and favoured != winner:
            state = LineState.CAUTION
            note = (
                f"one half is fair; {winner} wins all the same, and errors that favour "
                f"{favoured} make that look smaller"
            )
    return write.line(
        "favours",
        f"of the disagreements, the judge was kinder than people to {pair[0]}",
        share,
        k=k,
        n=n,
        state=state,
        note=note,
        pair=pair,
    )


def _winner(heard: Heard, pair: Pair) -> str | None:
    """The arm that all judges together show to be preferred; None where they show neither."""
    net, _ = net_win_of(heard, pair, heard.judged.judges)
    if not isinstance(net, Estimate):
        return None
    return pair[0] if net.low > 0 else pair[1] if net.high < 0 else None


def _corrected(write: Writer, pair: Pair, told: Mended) -> Iterator[CardLine]:
    names, found = f"{pair[0]} over {pair[1]}", told.net_win
    tied = (
        f"{count_text(told.tied, 'item')} that tie unasked among them, as many as their share is"
        if told.tied
        else ""
    )
    yield write.line(
        "net_win_people",
        f"net win of {names}, by people alone",
        found.human_only,
        n=told.labels + told.tied,
        note=tied,
        pair=pair,
    )
    note = "what the judge says of all, and by how much people differ where both spoke (PPI++)"
    if isinstance(found.corrected, Estimate) and told.labels + told.tied < WIDER_BELOW:
        which = "people alone" if found.decides == found.human_only else "the corrected one"
        note += f"; below {WIDER_BELOW} labels the wider of the two counts: {which}"
    yield write.line(
        "net_win_corrected",
        f"net win of {names}, by this judge and corrected by people",
        found.corrected,
        n=told.labels + told.tied,
        note=note,
        pair=pair,
    )


def _all(k: int, n: int) -> Estimated:
    if not n:
        return NotEstimable(not_estimable="the judge gave no verdict")
    return Point(value=k / n, no_interval="all of them were looked at")
