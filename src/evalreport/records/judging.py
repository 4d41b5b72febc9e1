"""Judging: how a judge compared or rated, as far as it is known; absent facts are unknown.

Recorded layers fill it from what somebody published, and a judge layer from what it did. Rules
about judges read this and nothing else of how a layer was declared.
"""

from typing import Literal

from evalreport.values import Count, Flag, Fraction, Natural, NonNegative, Number, Value, Whole

_PEOPLE = frozenset({"people", "person", "human", "humans", "raters", "annotators"})


class Part(Value):
    """So many of so many.

    Attributes:
        k: So many.
        n: Of so many.
    """

    k: Count
    n: Natural

    @property
    def share(self) -> float:
        """K / n."""
        return self.k / self.n


class Kappa(Value):
    """Cohen's kappa with its interval, when one was given.

    Attributes:
        value: Kappa.
        low: Lower end of its interval.
        high: Its upper end.
    """

    value: Number
    low: Number | None = None
    high: Number | None = None


class HumanLabels(Value):
    """How a judge and people agreed on the same pairs.

    Attributes:
        n: Pairs that people labelled as well.
        agree: On how many the judge said the same.
        kappa: Agreement beyond chance.
        favours: Of the disagreements, in how many the judge was kinder than people to an arm.
    """

    n: Count
    agree: Count | None = None
    kappa: Kappa | None = None
    favours: dict[str, Count] | None = None


class CorrectedNet(Value):
    """A net win of tuned over base as it is where people's labels correct the judge.

    Attributes:
        labels: Pairs that people labelled.
        value: Wins less losses, as a share of the items.
        low: Lower end of its interval.
        high: Its upper end.
    """

    labels: Count
    value: Number
    low: Number
    high: Number


class OrderFlips(Value):
    """What became of verdicts when the order was swapped.

    Attributes:
        k: Pairs whose verdict changed.
        n: Pairs that were judged in both orders.
        first_slot: How many of those that changed went to whatever stood first, both times; or,
            where `opposite` is known, leaned to it: they named it both times, or it and a tie.
        opposite: How many of those that changed named the other arm as the winner.
        low: Lower end of the interval of the share, over independent units; None where none was
            told, and then k and n say it.
    """

    k: Count
    n: Natural
    first_slot: Count | None = None
    opposite: Count | None = None
    low: Fraction | None = None

    @property
    def share(self) -> float:
        """Of the pairs, how many flipped."""
        return self.k / self.n


class FirstSlot(Value):
    """How often decisive verdicts went to what stood first, with the interval of that share.

    Attributes:
        k: For what stood first.
        n: Decisive verdicts.
        low: Lower end of the interval, over items and not verdicts; None where there is none.
        high: Its upper end.
    """

    k: Count
    n: Natural
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def share(self) -> float:
        """K / n."""
        return self.k / self.n


class RateRange(Value):
    """A rate with the ends of its interval."""

    value: Fraction
    low: Fraction
    high: Fraction


class SlotControls(Value):
    """What became of one answer in both slots, where any preference is for a slot.

    Attributes:
        n: How often that was judged.
        ties: How often it was called a tie.
        marked: How often the slot was preferred that a hash had marked; planted instructions stand
            in such slots.
        may_tie: Whether the judge was allowed to call a tie.
    """

    n: Natural
    ties: Count
    marked: Count
    may_tie: Flag = True


class WordingShift(Value):
    """What another wording of the rubric changed, on the items that were judged under both.

    Attributes:
        declared: Wins less losses of the candidate under the declared wording.
        other: The same under the other one.
        up: Items whose verdict moved towards the candidate.
        down: Items whose verdict moved towards the reference.
        n: Items.
        declared_ties: Items that tie under the declared wording; None where that is not known.
        other_ties: Items that tie under the other one.
    """

    declared: Whole
    other: Whole
    up: Count
    down: Count
    n: Natural
    declared_ties: Count | None = None
    other_ties: Count | None = None


class PairCounts(Value):
    """What one judge said of the pairs, whatever others said beside it."""

    wins: Count
    losses: Count
    ties: Count
    missing: Count = 0


class Replies(Value):
    """What became of what one judge was asked in the main.

    Attributes:
        asked: Comparisons, or answers to be rated.
        unread: Of these, the ones to which something was replied that could not be read.
        failed: Of these, the ones to which no reply came.
        again: Asked again, or rated again, to see whether the judge says the same.
    """

    asked: Count
    unread: Count = 0
    failed: Count = 0
    again: Count = 0

    @property
    def read(self) -> int:
        """What could be read."""
        return self.asked - self.unread - self.failed

    @property
    def why_none(self) -> str:
        """Why nothing is known, where nothing could be read; empty where something could."""
        if self.asked == 0 or self.read:
            return ""
        return "no reply came" if self.unread == 0 else "no reply could be read"


class CheckedAgainst(Value):
    """How often the judge, and an arm, are right on items whose answer can be checked.

    Attributes:
        judge: Share on which the judge is right.
        tuned: Share on which tuned is.
        n: How many such items.
    """

    judge: Fraction
    tuned: Fraction
    n: Natural | None = None


class Judging(Value):
    """The facts about one judged layer.

    Attributes:
        judge: Name of the judge, or `people`.
        compares: Whether it compared two answers; else it rated each by itself.
        family: Family of models that it belongs to, when it was said.
        orders: Each pair in both orders, in one fixed order, in one random order.
        slot: Where the tuned model stood, when the order was fixed.
        per_call: Comparisons that shared one call.
        pairs: Verdicts.
        confidence: Verdicts by how sure the judge said it was.
        data_from: Who made the training data or its labels.
        human: Agreement with people; None when nobody looked.
        corrected: Net win corrected by people, of all judges of the layer together.
        flips: What swapping the order changed.
        repeats: How often the judge said the same again.
        mean_length: Mean length of the answers of each arm.
        by_longer: By the arm whose answer was longer, the wins of each arm.
        equal_length: Win rate of the first of these arms, were both answers equally long.
        reference_shown: Whether the judge saw a reference answer.
        rubric: Digest or name of the rubric, by arm.
        versions: Version or date of the judge, by arm or part.
        checkable: Items whose answer can be checked without a judge.
        checked_by: Metrics that check these answers here, beside the judge; empty where none does.
        checked: How right judge and tuned are on such items.
        verdicts: This judge's own wins, losses and ties, and items without its verdict.
        of: How many judges there are; their verdicts are combined.
        first: How often what stood first was preferred.
        controls: What became of one answer in both slots.
        obeyed: Of answers with an instruction planted in them, how many were preferred for it.
        wordings: What other wordings of the rubric changed.
        outputs: By arm, how many different answers to the judged items there are among how many.
        references: How many different references those items have, of how many that have one.
        replies: What became of what it was asked; None where that was not recorded.
    """

    judge: str | None = None
    compares: Flag = True
    family: str | None = None
    orders: Literal["both", "fixed", "random", "unknown"] = "unknown"
    slot: str | None = None
    per_call: Natural | None = None
    pairs: Count | None = None
    confidence: dict[str, Count] | None = None
    data_from: str | None = None
    human: HumanLabels | None = None
    corrected: CorrectedNet | None = None
    flips: OrderFlips | None = None
    repeats: Part | None = None
    mean_length: dict[str, NonNegative] | None = None
    by_longer: dict[str, dict[str, Count]] | None = None
    equal_length: RateRange | None = None
    reference_shown: Flag | None = None
    rubric: dict[str, str] | None = None
    versions: dict[str, str] | None = None
    checkable: Count | None = None
    checked_by: tuple[str, ...] = ()
    checked: CheckedAgainst | None = None
    verdicts: PairCounts | None = None
    of: Natural = 1
    first: FirstSlot | None = None
    controls: SlotControls | None = None
    obeyed: Part | None = None
    wordings: tuple[WordingShift, ...] | None = None
    outputs: dict[str, Part] | None = None
    references: Part | None = None
    replies: Replies | None = None

    @property
    def why_silent(self) -> str:
        """Why there is no verdict at all of whom was asked; empty where there are some."""
        return self.replies.why_none if self.replies is not None else ""

    @property
    def by_people(self) -> bool:
        """Whether people judged: what is asked of models as judges is not asked of them."""
        return self.judge is not None and self.judge.lower() in _PEOPLE
