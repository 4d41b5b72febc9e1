"""What is reported of judges: their cards, where judging stopped, rankings, verdicts to check."""

from enum import StrEnum
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from evalreport.estimates import Estimated, NotEstimable
from evalreport.values import Count, Number, Value


class LineState(StrEnum):
    """How a line stands to what is asked of a judge."""

    FINE = "fine"
    CAUTION = "caution"
    UNFIT = "unfit"
    OPEN = "open"  # something is asked, and too little was seen to say
    PLAIN = "plain"  # a number of which nothing is asked


class CardLine(Value):
    """One line of a judge's card.

    Attributes:
        id: `<layer>.judge.<judge>.<what>`, with `:candidate~reference` where it is about another
            pair than tuned against base.
        name: What it is, in words.
        k: How many, where it is a share.
        n: Of how many; of other numbers, on how many it rests. None where neither has a meaning.
        unit: Of the value.
        value: With its interval, or why there is none.
        state: How it stands to what is asked.
        note: What is asked, and what a reader must know of the number.
    """

    id: str
    name: str
    k: Count | None = None
    n: Count | None = None
    unit: str
    value: Estimated
    state: LineState = LineState.PLAIN
    note: str = ""

    @property
    def is_net(self) -> bool:
        """Whether it is a difference of two shares."""
        return ".net_win" in self.id


class UnreadSample(Value):
    """A reply of a judge that could not be read: of which item, why, and how it begins."""

    item: str
    why: str
    reply: str


class JudgeCard(Value):
    """All lines about one judge of one layer; `unread` is one of its replies, where some are."""

    layer: str
    judge: str
    lines: tuple[CardLine, ...]
    unread: UnreadSample | None = None

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if self.unread is None:
            dumped.pop("unread")
        return dumped

    def line(self, what: str) -> CardLine | None:
        """The line of this kind, such as `flips`; of a pair that is not implied `net_win:a~b`."""
        named = f"{self.layer}.judge.{self.judge}.{what}"
        return next((one for one in self.lines if one.id == named), None)


class Stop(Value):
    """Where a sequential comparison stopped, and why.

    Attributes:
        layer: Which layer.
        arms: Candidate and reference.
        decision: `candidate wins`, `reference wins`, `futile`, `cap reached`; empty where it came
            to its end without one, or was broken off.
        items: That were judged.
        planned: That there are.
        cap: At most so many would have been judged.
        looks: How often it was looked.
        wins: Pairs that the candidate won.
        losses: Pairs that the reference won.
        ties: The other pairs.
        e_value: Evidence against an even chance.
        win_rate: Of decisive pairs, with a confidence sequence.
        wanted: The least win rate of interest.
        calls_saved: Calls that judging all items would have taken beyond those that were made.
        amount_saved: What those would have cost, in the currency of `cost`, by what the others did.
        sentence: All of it in words.
    """

    layer: str
    arms: tuple[str, str]
    decision: str
    items: Count
    planned: Count
    cap: Count
    looks: Count
    wins: Count
    losses: Count
    ties: Count
    e_value: Number
    win_rate: Estimated
    wanted: Number
    calls_saved: Count
    amount_saved: Number | NotEstimable
    sentence: str


class JudgedExample(Value):
    """One verdict, or one rating, with its reason and what it is about.

    Attributes:
        layer: Of the judge.
        judge: Its name.
        item: The item's id.
        arms: Whose answers stood first and second; one arm where an answer was rated by itself.
        said: `first`, `second`, `tie`, or the ratings in words.
        justification: The judge's reason, in its words.
        prompt: What was answered.
        reference: The reference answer, where the judge saw one.
        answers: The answers, in the order shown.
    """

    layer: str
    judge: str
    item: str
    arms: tuple[str, ...]
    said: str
    justification: str
    prompt: str
    reference: str
    answers: tuple[str, ...]


class RankedArm(Value):
    """One arm among those that were judged against each other.

    Attributes:
        arm: Which.
        log_odds: Its strength: the log-odds of being preferred to the reference.
        preferred: The same as a chance.
        pairs: Comparisons that it took part in.
    """

    arm: str
    log_odds: Estimated
    preferred: Estimated
    pairs: Count


class Ranking(Value):
    """An order of three or more arms by pairwise comparisons, the strongest first.

    Attributes:
        layer: Whose verdicts.
        reference: The arm whose strength is 0.
        arms: In order; where there are no strengths, as the layer has them.
        items: Items behind it, which are what is resampled.
        not_estimable: Why there are no strengths; empty where there are.
        note: What a reader must know of them.
    """

    layer: str
    reference: str
    arms: tuple[RankedArm, ...]
    items: Count
    not_estimable: str = ""
    note: str = ""
