"""Judges to tables: their cards, where judging stopped, rankings, and verdicts to be checked."""

from dataclasses import dataclass
from typing import Final

from evalreport.analyze.judging.model import (
    CardLine,
    JudgeCard,
    JudgedExample,
    RankedArm,
    Ranking,
    Stop,
)
from evalreport.analyze.judging.people_card import PEOPLE
from evalreport.analyze.sentences import NET_WIN
from evalreport.estimates import NotEstimable, Point
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    counted,
    difference,
    estimate,
    measure_of,
    money_text,
)
from evalreport.render.quoting import OUTPUT_LIMIT, Prepared, cut
from evalreport.render.words import CARD_STATES, Label
from evalreport.report.model import ExamplesShown, Report

_POLICIES: Final[tuple[ExamplesShown, ...]] = ("none", "ids", "full")
_PLAIN: Final = Measure(Scale.PLAIN, "")
_PERCENT: Final = Measure(Scale.PERCENT, "%")
_SAID: Final = {"first": "the first", "second": "the second", "tie": "neither"}


@dataclass(frozen=True, slots=True)
class CardRow:
    """One line of a judge's card; `count` is absent where nothing was counted."""

    name: str
    count: Shown
    value: ShownEstimate | None
    state: Label | None
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of one judge of one layer, or of its people.

    `unread` is how a reply begins that could not be read, `why_unread` why; empty where none may
    be shown.
    """

    judge: str
    title: str
    rows: tuple[CardRow, ...]
    unread: Prepared
    why_unread: str = ""
    by_people: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where a sequential plan stopped; `saved` is absent where no price is known."""

    sentence: str
    e_value: Shown
    win_rate: ShownEstimate
    looks: Shown
    saved: Shown


@dataclass(frozen=True, slots=True)
class RankRow:
    """One arm of a ranking."""

    arm: str
    preferred: ShownEstimate
    log_odds: ShownEstimate
    pairs: Shown


@dataclass(frozen=True, slots=True)
class RankTable:
    """Arms in the order of their strength."""

    reference: str
    items: Shown
    rows: tuple[RankRow, ...]
    why_none: str
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict for a person to check: what the judge saw, in the order in which it saw it."""

    item: str
    judge: str
    said: str
    justification: Prepared
    prompt: Prepared
    reference: Prepared
    answers: tuple[tuple[str, Prepared], ...]


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """All about the judges of one layer.

    `policy` is what may be shown of single items; `verdicts` are empty where that is nothing.
    """

    layer: str
    cards: tuple[Card, ...]
    stop: Stopped | None
    ranking: RankTable | None
    policy: ExamplesShown
    verdicts: tuple[Verdict, ...]


def judged_by(report: Report) -> str:
    """What the part about all of them is called."""
    named = [card.judge == PEOPLE for card in report.judge_cards]
    if any(named):
        return "People" if all(named) else "Judges and people"
    return "Judges"


def judging_of(report: Report, show: ExamplesShown) -> tuple[JudgedPart, ...]:
    """One part for each layer that judges looked at.

    Args:
        report: All that is known.
        show: The most that this document may show of single items.
    """
    policy = min(show, report.examples_shown, key=_POLICIES.index)
    named = (
        *(card.layer for card in report.judge_cards),
        *(ranking.layer for ranking in report.rankings),
        *(stop.layer for stop in report.stops),
    )
    layers = dict.fromkeys(named)
    return tuple(_part(report, layer, policy) for layer in layers)


def _part(report: Report, layer: str, policy: ExamplesShown) -> JudgedPart:
    currency = report.cost.currency if report.cost is not None else "USD"
    stops = ((f"/stops/{i}", s) for i, s in enumerate(report.stops) if s.layer == layer)
    ranks = ((f"/rankings/{i}", r) for i, r in enumerate(report.rankings) if r.layer == layer)
    stop, ranking = next(stops, None), next(ranks, None)
    return JudgedPart(
        layer=layer,
        cards=tuple(
            _card(card, f"/judge_cards/{i}", with_text=policy == "full")
            for i, card in enumerate(report.judge_cards)
            if card.layer == layer
        ),
        stop=None if stop is None else _stopped(*stop, currency),
        ranking=None if ranking is None else _ranked(*ranking),
        policy=policy,
        verdicts=tuple(
            _verdict(one, with_text=policy == "full")
            for one in report.judged_examples
            if one.layer == layer and policy != "none"
        ),
    )


def _card(card: JudgeCard, key: str, *, with_text: bool) -> Card:
    rows = tuple(_row(line, f"{key}/lines/{i}") for i, line in enumerate(card.lines))
    by_people = card.judge == PEOPLE
    title = "What people said" if by_people else f"Card of the judge {card.judge}"
    sample = card.unread if with_text else None
    return Card(
        card.judge,
        title,
        rows,
        unread=_quoted(sample.reply if sample else "", with_text=with_text),
        why_unread=sample.why if sample else "",
        by_people=by_people,
    )


def _row(line: CardLine, key: str) -> CardRow:
    """A share with its count, a net win in points, or a bare count of something."""
    is_bare = line.n is None and isinstance(line.value, Point)
    count = absent("")
    if line.k is not None and line.n is not None:
        count = Shown(f"{line.k:,} of {line.n:,}", f"{key}/k", str(line.k))
    elif line.n is not None:
        count = counted(line.n, f"{key}/n")
    elif isinstance(line.value, Point):
        text = f"{line.value.value:,.0f}"
        count = Shown(text, f"{key}/value", repr(line.value.value))
    shown = difference if line.is_net else estimate
    measure = _PERCENT if line.unit == "fraction" else measure_of("", line.unit)
    if line.is_net:
        measure = measure_of(NET_WIN, line.unit)
    return CardRow(
        name=line.name,
        count=count,
        value=None
        if is_bare
        else shown(line.value, measure, f"{key}/value", decimals=1 if line.unit else 2),
        state=CARD_STATES.get(line.state),
        note=line.note,
    )


def _stopped(key: str, stop: Stop, currency: str) -> Stopped:
    saved = stop.amount_saved
    return Stopped(
        sentence=stop.sentence,
        e_value=Shown(f"{stop.e_value:.3g}", f"{key}/e_value", repr(stop.e_value)),
        win_rate=estimate(stop.win_rate, _PERCENT, f"{key}/win_rate"),
        looks=counted(stop.looks, f"{key}/looks", "look"),
        saved=absent(saved.not_estimable)
        if isinstance(saved, NotEstimable)
        else Shown(money_text(saved, currency), f"{key}/amount_saved", repr(saved)),
    )


def _ranked(key: str, ranking: Ranking) -> RankTable:
    return RankTable(
        reference=ranking.reference,
        items=counted(ranking.items, f"{key}/items", "item"),
        rows=tuple(_rank(arm, f"{key}/arms/{i}") for i, arm in enumerate(ranking.arms)),
        why_none=ranking.not_estimable,
        note=f"; {ranking.note}" if ranking.note else "",
    )


def _rank(arm: RankedArm, key: str) -> RankRow:
    return RankRow(
        arm=arm.arm,
        preferred=estimate(arm.preferred, _PERCENT, f"{key}/preferred"),
        log_odds=estimate(arm.log_odds, _PLAIN, f"{key}/log_odds"),
        pairs=counted(arm.pairs, f"{key}/pairs"),
    )


def _verdict(one: JudgedExample, *, with_text: bool) -> Verdict:
    words = ("first", "second")
    return Verdict(
        item=one.item,
        judge=one.judge,
        said=_said(one),
        justification=_quoted(one.justification, with_text=with_text),
        prompt=_quoted(one.prompt, with_text=with_text),
        reference=_quoted(one.reference, with_text=with_text),
        answers=tuple(
            (
                f"{arm}, shown {words[i]}" if len(one.arms) > 1 else arm,
                _quoted(t, with_text=with_text),
            )
            for i, (arm, t) in enumerate(zip(one.arms, one.answers, strict=True))
        ),
    )


def _said(one: JudgedExample) -> str:
    if len(one.arms) == 1:
        return one.said
    preferred = {"first": f" ({one.arms[0]})", "second": f" ({one.arms[1]})"}.get(one.said, "")
    return f"preferred {_SAID.get(one.said, one.said)}{preferred}"


def _quoted(text: str, *, with_text: bool) -> Prepared:
    return cut(text if with_text else "", OUTPUT_LIMIT)
