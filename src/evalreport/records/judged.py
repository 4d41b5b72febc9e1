"""Judged: what was put to judges and what they said, comparison by comparison.

Arms stand here under their names; no judge ever saw one. From this the verdict of an item is
collapsed, and the judge's own reliability is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import Field

from evalreport.records.exchange import Failure, Unscorable
from evalreport.values import Count, Fraction, Natural, Number, OpenFraction, Value

Verdict: TypeAlias = Literal["first", "second", "tie"] | Unscorable | Failure


class JudgePart(StrEnum):
    """Why a comparison was put to a judge.

    MAIN: what the layer is about. REPEAT: the same request again, for self-consistency. CONTROL:
    one answer in both slots, where any preference is for a slot. CANARY: one answer in both slots,
    an instruction to the judge planted in one. VARIANT: another wording of the rubric.
    """

    MAIN = "main"
    REPEAT = "repeat"
    CONTROL = "control"
    CANARY = "canary"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as it was put to one judge, and its verdict.

    Attributes:
        part: Why it was put.
        item: The item's id.
        pair: Candidate and reference; one arm twice in a control or a canary.
        seed: Training seed of the candidate; None where it has none.
        judge: Name of the judge.
        candidate_first: Whether the candidate's answer stood first; in a canary, whether the
            planted instruction did.
        verdict: Which slot was preferred, in the order shown; `Unscorable` where the reply could
            not be read, `Failure` where there is no reply.
        justification: The judge's reason, in its words.
        reply: How a reply begins that could not be read; empty where it could.
        call: Identity of the call; comparisons of one call share it.
        variant: Number of the rubric's wording; 0 is the one that was declared.
    """

    part: JudgePart
    item: str
    pair: tuple[str, str]
    seed: int | None
    judge: str
    candidate_first: bool
    verdict: Verdict
    justification: str = ""
    call: str = ""
    variant: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """One answer as it was put to one judge to be rated.

    Attributes:
        part: Why it was put.
        item: The item's id.
        arm: Whose answer.
        seed: Training seed of the arm; None where it has none.
        judge: Name of the judge.
        ratings: By criterion, as far as they could be read; or why there is none.
        justification: The judge's reason, in its words.
        reply: How a reply begins that could not be read; empty where it could.
        variant: Number of the rubric's wording; 0 is the one that was declared.
    """

    part: JudgePart
    item: str
    arm: str
    seed: int | None
    judge: str
    ratings: Mapping[str, float] | Unscorable | Failure
    justification: str = ""
    variant: int = 0
    reply: str = ""


class JudgeUse(Value):
    """What one judge of one layer did and cost.

    Attributes:
        judge: Its name.
        calls: Answered calls that this layer reads, in this build or earlier.
        unread: Of these, the ones in whose reply something could not be read.
        failed: Calls without an answer.
        prompt_tokens: Sent, over all answered calls that were counted.
        tokens: Written, likewise.
        uncounted: Answered calls of which the server told no tokens.
        attempts: Requests that left, answered or not, in all builds.
        possibly_paid: Requests that left and ended without an answer that we know of.
        versions: What the server called what answered, with the number of calls.
        structured: Calls in which a JSON schema was in force.
        seconds: That all answered calls took, one after another.
    """

    judge: str
    calls: Count
    unread: Count = 0
    failed: Count = 0
    prompt_tokens: Count = 0
    tokens: Count = 0
    uncounted: Count = 0
    attempts: Count = 0
    possibly_paid: Count = 0
    versions: dict[str, Count] = Field(default_factory=dict)
    structured: Count = 0
    seconds: Number = 0.0


class SequentialPlan(Value):
    """When judging stops, as declared before it began.

    Attributes:
        pair: Candidate and reference of the primary.
        win_rate: The least win rate of interest among decisive pairs.
        decisive: The share of decisive pairs that was expected.
        alpha: Of the primary, two-sided.
        cap: Items at most.
        planned: Items that there are.
    """

    pair: tuple[str, str]
    win_rate: OpenFraction
    decisive: Fraction
    alpha: OpenFraction
    cap: Natural
    planned: Natural


@dataclass(frozen=True, slots=True)
class JudgedLayer:
    """All that judges said about one layer's answers.

    Attributes:
        layer: Its name.
        judges: Their names, in the order of the spec.
        items: Ids of the items that were meant to be judged, in item order; of a sequential plan
            those that were reached.
        pairs: Candidate and reference of each pair that is compared.
        seeds: By pair, the candidate's seeds that were judged, in order.
        orders: Whether each pair was shown in both orders or in one random order.
        comparisons: What was put to them in pairs.
        ratings: What was put to them one by one.
        alike: By pair and seed, the items whose two answers are the same text: they tie unasked.
        lengths: By arm and seed, characters of each item's answer.
        unanswered: By arm and seed, items without an answer to judge.
        outputs: By arm, how many different answers to these items there are among how many.
        references: How many different references these items have, and how many have one; None
            where none has.
        uses: What each judge did and cost.
        planned: Items that there are.
        sequential: When judging was to stop; None where all items are judged.
        stopped: The decision with which a sequential plan stopped; empty when it did not.
        looks: Items judged at each look of a sequential plan, in order; empty for a fixed one.
        order: Ids in the order in which they were judged.
    """

    layer: str
    judges: tuple[str, ...]
    items: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    seeds: Mapping[tuple[str, str], tuple[int | None, ...]]
    orders: Literal["both", "random"]
    comparisons: tuple[Comparison, ...] = ()
    ratings: tuple[RatedAnswer, ...] = ()
    alike: Mapping[tuple[str, str, int | None], frozenset[str]] = field(default_factory=dict)
    lengths: Mapping[tuple[str, int | None], Mapping[str, int]] = field(default_factory=dict)
    unanswered: Mapping[tuple[str, int | None], frozenset[str]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    references: tuple[int, int] | None = None
    uses: tuple[JudgeUse, ...] = ()
    planned: int = 0
    sequential: SequentialPlan | None = None
    stopped: str = ""
    looks: tuple[int, ...] = ()
    order: tuple[str, ...] = ()
