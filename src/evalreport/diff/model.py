"""Differences: all that two builds say when they are held against each other.

The first build is called A, the second B; every difference is B's minus A's.
"""

from enum import StrEnum
from typing import Any, Literal, TypeAlias

from pydantic import SerializerFunctionWrapHandler, model_serializer

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.estimates import Estimated
from evalreport.lineage.aspect import Aspect
from evalreport.values import Count, Flag, Json, Number, Value
from evalreport.verdict import Outcome, Strength

TUNED_A, TUNED_B = "tuned of A", "tuned of B"


class Weakening(Value):
    """A broken rule that weakens what it is about, and what it says."""

    rule: str
    text: str
    cites: tuple[str, ...]


class Side(Value):
    """One of the two builds.

    Attributes:
        named: As the user named it.
        source: Where its report.json is.
        name: Of its spec.
        title: Of its report.
        built_at: When.
        spec_digest: Of its spec.
        outcome: Its verdict.
        strength: Of that verdict.
        headline: Of that verdict.
        simulated: Whether a simulated model answered.
        smoke: Whether it was a smoke run.
        broken: What a broken rule says, of those that invalidate.
        weakening: What a broken rule says, of those that weaken.
        unsealed: Parts of the report that are not as they were when the items were written.
        items: Why its items cannot be used; empty where they can.
    """

    named: str
    source: str
    name: str
    title: str
    built_at: str
    spec_digest: str
    outcome: Outcome
    strength: Strength
    headline: str
    simulated: Flag
    smoke: Flag
    broken: tuple[str, ...] = ()
    weakening: tuple[Weakening, ...] = ()
    unsealed: tuple[str, ...] = ()
    items: str = ""


ChangeKind: TypeAlias = Literal["changed", "added", "removed"]


class Change(Value):
    """One value that is another in B, or stands in one of the two alone.

    `one` is A's and `other` B's; of what is not there neither stands in the JSON.
    """

    key: str
    kind: ChangeKind
    one: Json = None
    other: Json = None
    note: str = ""

    @model_serializer(mode="wrap")
    def _without_absent(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if self.kind != "changed":
            dumped.pop("one" if self.kind == "added" else "other")
        if not self.note:
            dumped.pop("note")
        return dumped


class Changes(Value):
    """What changed in one part of what a build is; what is the same is only counted."""

    part: str
    changed: tuple[Change, ...]
    unchanged: Count
    note: str = ""


class Comparability(StrEnum):
    """Whether a finding of A may be read beside that of B."""

    COMPARABLE = "comparable"
    ON_TRUST = "on_trust"
    NOT_COMPARABLE = "not_comparable"
    ONLY_IN_A = "only_in_a"
    ONLY_IN_B = "only_in_b"


class Numbers(Value):
    """What one report says of a finding."""

    tuned: Estimated
    base: Estimated
    difference: Estimated
    n: Count
    n_missing: str = ""
    outcome: FindingOutcome


class Compared(Value):
    """One finding of A, of B, or of both, and whether its numbers may be compared.

    Attributes:
        finding: Its id.
        metric: Of which it is.
        unit: Of the metric.
        higher_is_better: Which way is better.
        state: Whether they may be compared.
        why: The aspects that forbid it, or that are taken on trust.
        one: A's numbers.
        other: B's numbers.
        void: In which of the two a broken rule voids them.
    """

    finding: str
    metric: str
    unit: str
    higher_is_better: Flag
    state: Comparability
    why: tuple[Aspect, ...] = ()
    one: Numbers | None = None
    other: Numbers | None = None
    void: tuple[str, ...] = ()


class Flipped(Value):
    """Which items one tuned model does better than the other, the largest changes first.

    At most so many are named; `more_better` and `more_worse` count the others.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    more_better: Count = 0
    more_worse: Count = 0


class Moved(Value):
    """What the same base scored otherwise in the two builds, and the difference beyond it.

    Attributes:
        n: Items that base and tuned of both builds have a score of.
        changed: Items whose score of the base is another.
        shift: Of the base, B's minus A's, on those items.
        beyond: Of tuned, B's minus A's, minus the base's: a difference in differences.
        beyond_one_sided: The same with one-sided bounds.
        test: By which it was tested, where it was.
        p_value: Of that test.
    """

    n: Count
    changed: Count
    shift: Estimated
    beyond: Estimated
    beyond_one_sided: Estimated
    test: str | None = None
    p_value: Number | None = None


class PairState(StrEnum):
    """Whether the two tuned models were compared on a metric."""

    PAIRED = "paired"
    SAME_MODEL = "same_model"
    REFUSED = "refused"


class Pairing(Value):
    """The two tuned models on one metric, paired by item.

    Attributes:
        id: Layer, metric and field.
        layer: Which layer.
        metric: Which metric.
        field: Of the answer, where the metric has one for each.
        state: Whether they were compared.
        why: Why not, or what the comparison rests on.
        aspects: Those that forbid it, or that are taken on trust.
        common: Items that both asked.
        only_a: Items that A alone asked; they are left out.
        only_b: Items that B alone asked; they are left out.
        test_set: How the two sets of items differ, where they do.
        finding: The comparison, candidate B; there is none where they were not compared.
        flipped: Which items changed.
        moved: What the same base scored otherwise, where it did; the outcome holds beyond it.
        runs: Training runs that are compared, A's and B's, where they are.
        void: What a broken rule says that voids the evidence in either build; else empty.
    """

    id: str
    layer: str
    metric: str
    field: str | None = None
    state: PairState
    why: str = ""
    aspects: tuple[Aspect, ...] = ()
    common: Count = 0
    only_a: Count = 0
    only_b: Count = 0
    test_set: Aspect | None = None
    finding: Finding | None = None
    flipped: Flipped | None = None
    moved: Moved | None = None
    runs: tuple[Count, Count] | None = None
    void: str = ""


class Repeat(Value):
    """One and the same model, asked the same in both builds: what changed is noise.

    Attributes:
        arm: Which arm.
        layer: Which layer.
        metric: Which metric.
        field: Of the answer.
        n: Items that both asked.
        changed: Items whose score is another.
        better: Those that are better in B.
        worse: Those that are worse in B.
        difference: Of the metric, B's minus A's.
        unit: Of the metric.
        asked_again: Whether both builds asked; else the later took the answers of the earlier from
            the store, so that equal scores show nothing.
    """

    arm: str
    layer: str
    metric: str
    field: str | None = None
    n: Count
    changed: Count
    better: Count
    worse: Count
    difference: Estimated
    unit: str
    asked_again: Flag


class Differences(Value):
    """All of it; its JSON dump is diff.json.

    Attributes:
        evalreport: Version that compared.
        schema_version: Of this shape.
        headline: The result in a sentence, and what bounds it.
        bounds: With what the headline ends: sentences that bound the result.
        outcome: As of a verdict, where both declare the same primary and it could be compared.
        strength: Of that outcome; None where there is none.
        doubts: What makes it weak whatever else holds, each as a clause.
        weakening: The rules that are broken in either build and weaken it.
        a: The first build.
        b: The second.
        identical: Whether both are one report.
        simulated: Whether either was simulated.
        smoke: Whether either was a smoke run.
        changes: What changed, by part.
        compared: Every finding of either report.
        pairings: The two tuned models, metric by metric.
        repeats: What the same model scored in both.
        family: What stands alone and what was corrected for its number, in words.
        alpha: Error rate on which outcomes rest.
        notes: What a reader must know beside the numbers.
    """

    evalreport: str
    schema_version: Literal[1] = 1
    headline: str
    bounds: tuple[str, ...] = ()
    outcome: Outcome | None
    strength: Strength | None
    doubts: tuple[str, ...] = ()
    weakening: tuple[str, ...] = ()
    a: Side
    b: Side
    identical: Flag
    simulated: Flag
    smoke: Flag
    changes: tuple[Changes, ...]
    compared: tuple[Compared, ...]
    pairings: tuple[Pairing, ...]
    repeats: tuple[Repeat, ...]
    family: str
    alpha: Number
    notes: tuple[str, ...]
