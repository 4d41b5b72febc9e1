"""For every rule about judges and published numbers: the same world with one fact changed."""

from collections.abc import Mapping
from typing import Final

from evalreport.rules.base import Severity
from tests.analyze.evidence import World
from tests.rules.case import Case
from tests.rules.recorded_worlds import BASE, judged, published

_KAPPA: Final = {"value": 0.58, "low": 0.44, "high": 0.7}
_TRAITS: Final = [
    {"metric": "squared_error", "field": "formality", "base": 4.94, "tuned": 2.07},
    {"metric": "squared_error", "field": "empathy", "base": 8.49, "tuned": 2.19},
]


def headline(base: float) -> World:
    top = {"metric": "squared_error", "base": base, "tuned": 2.13}
    return published(rows=_TRAITS, headline=[top])


JUDGE_CASES: Final[Mapping[str, Case]] = {
    "judge-position-fixed": Case(
        lambda: judged(orders="fixed", slot="A"),
        "In ab the tuned model sat in slot A in all 120 comparisons, so a preference for that slot "
        "cannot be told from quality.",
        judged,
        severity=Severity.INVALIDATES,
    ),
    "judge-position-flips": Case(
        lambda: judged(flips={"k": 20, "n": 120, "first_slot": 11}),
        "20 (16.7 %) of 120 verdicts in ab changed when the order was swapped: up to 10 % would be "
        "fine",
        judged,
    ),
    "judge-one-order": Case(
        lambda: judged(orders="random"),
        "Each pair of ab was judged once, in a random order",
        judged,
    ),
    "judge-batched": Case(
        lambda: judged(per_call=5),
        "In ab 5 verdicts share one call and its context: 120 verdicts come from 24 calls.",
        judged,
    ),
    "judge-confidence-as-evidence": Case(
        lambda: judged(confidence={"high": 18, "medium": 2}),
        "said how sure it was (18 high, 2 medium)",
        judged,
        severity=Severity.NOTE,
    ),
    "judge-unstable": Case(
        lambda: judged(repeats_agree={"k": 80, "n": 100}),
        "the judge of ab (gpt-5-mini) said the same on 80 (80.0 %) of 100 pairs only",
        judged,
    ),
    "judge-insensitive": Case(
        lambda: judged({"tuned": 30, "base": 10, "tie": 80}),
        "could not separate the two on 80 (66.7 %) of 120 pairs",
        judged,
    ),
    "judge-version-drift": Case(
        lambda: judged(judge_versions={"tuned": "2025-08-07", "base": "2025-05-01"}),
        "was not the same throughout (tuned: 2025-08-07, base: 2025-05-01)",
        judged,
    ),
    "rubric-changed": Case(
        lambda: judged(rubric={"tuned": "r2", "base": "r1"}),
        "judged by different rubrics (tuned: r2, base: r1)",
        judged,
        severity=Severity.INVALIDATES,
    ),
    "judge-score-as-quality": Case(
        lambda: judged(checkable=120),
        "ab is judged and not verified: 120 of 120 items have an answer that can be checked",
        judged,
    ),
    "judge-no-reference": Case(
        lambda: judged(checkable=60, reference_shown=False),
        "saw no right answer, though 60 items have one",
        lambda: judged(checkable=60, reference_shown=True),
    ),
    "judge-unvalidated": Case(
        lambda: judged(human_labels=None),
        "Whether the judge of ab (gpt-5-mini) agrees with people on this task is unknown",
        judged,
    ),
    "judge-low-agreement": Case(
        lambda: judged(
            human_labels={"n": 120, "agree": 70, "kappa": {"value": 0.2, "low": 0.05, "high": 0.45}}
        ),
        "and people agree poorly: kappa 0.2 (70 (58.3 %) of 120 pairs)",
        judged,
    ),
    "judge-biased-direction": Case(
        lambda: judged(
            human_labels={"n": 120, "kappa": _KAPPA, "favours": {"tuned": 20, "base": 4}}
        ),
        "favours tuned against people in 20 of 24 disagreements",
        judged,
        severity=Severity.INVALIDATES,
    ),
    "judge-same-family": Case(
        lambda: judged(judge="qwen3-235b"), "are both of the family qwen", judged
    ),
    "judge-made-the-data": Case(
        lambda: judged(generator_of_training_data="gpt-4o-mini"),
        "or its family, wrote the training data (gpt-4o-mini)",
        judged,
    ),
    "judge-length": Case(
        lambda: judged(mean_length={"tuned": 400, "base": 220}),
        "answers of tuned are 1.8 times as long as those of base",
        judged,
    ),
    "judge-beyond-ability": Case(
        lambda: judged(judge_accuracy={"judge": 0.68, "tuned": 0.7, "n": 50}),
        "is right on 68 % of 50 items and tuned on 70 %",
        judged,
    ),
}

RECORDED_CASES: Final[Mapping[str, Case]] = {
    "metric-undefined": Case(
        lambda: published({"metric": "pedagogy", "unit": "fraction", "higher_is_better": True}),
        "How pedagogy in bench is computed was not said.",
        published,
    ),
    "table-does-not-recompute": Case(
        lambda: headline(8.56),
        "The headline squared error of bench does not follow from its table: base 8.56, its rows "
        "6.715.",
        lambda: headline(6.72),
        severity=Severity.INVALIDATES,
    ),
    "error-examples-without-counts": Case(
        lambda: published(examples=[{"what": "multi-step arithmetic"}]),
        "bench tells of failures (multi-step arithmetic) without how often they were seen",
        lambda: published(examples=[{"what": "multi-step arithmetic", "k": 12}]),
        severity=Severity.NOTE,
    ),
    "qualitative-baseline": Case(
        lambda: published({"base": "Generic"}),
        "In bench accuracy has a number of tuned, and no number but “Generic” of base.",
        published,
        severity=Severity.INVALIDATES,
    ),
    "different-subsets": Case(
        lambda: published(subset="own"),
        "The averages of bench are over different items, each arm's own valid ones",
        published,
        severity=Severity.INVALIDATES,
    ),
    "cross-harness": Case(
        lambda: published(method={"harness": {"tuned": "own script", "base": "model card"}}),
        "In bench the scoring program differs (tuned: own script; base: model card)",
        published,
    ),
    "decoding-mismatch": Case(
        lambda: published(method={"decoding": {"tuned": "greedy", "base": "temperature 0.7"}}),
        "In bench decoding differs (tuned: greedy; base: temperature 0.7)",
        published,
    ),
    "few-shot-mismatch": Case(
        lambda: published(method={"shots": {"tuned": 0, "base": 5}}),
        "In bench the number of worked examples differs (tuned: 0; base: 5)",
        published,
    ),
    "n-missing": Case(
        lambda: published({"n": None}),
        "Of bench the number of items is not stated: nothing says how far chance reaches.",
        published,
        severity=Severity.INVALIDATES,
    ),
    "no-interval": Case(
        lambda: published({"base": BASE["value"]}),
        "No uncertainty was published with bench accuracy; computed here: +9.0 points",
        published,
    ),
    "unpaired-only": Case(
        published,
        "The item scores behind bench accuracy are missing: +9.0 points",
        lambda: published({"discordant": {"better": 80, "worse": 35}}),
    ),
}
