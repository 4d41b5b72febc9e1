"""For every rule a world in which it is broken, and one in which it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, Literal

from evalreport.layers.overfitting import (
    RECITE_SEEN,
    RECITE_UNSEEN,
    REPHRASED,
    SEEN,
    UNSEEN,
    halves,
)
from evalreport.records import (
    Check,
    CheckName,
    Dtype,
    Failure,
    PreflightLog,
    Quantization,
    Role,
    RowCounts,
    ScoredArm,
    TokenLoss,
    Unreachable,
)
from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import (
    GENERAL,
    GUARD,
    PRIMARY,
    TEST,
    TRAIN,
    World,
    declared,
    training,
    world,
)
from tests.analyze.layers import (
    Answer,
    Answers,
    Asked,
    Options,
    choice,
    items,
    loss,
    losses,
    qa,
    text,
)
from tests.rules.case import Case
from tests.rules.imported_cases import IMPORTED_CASES
from tests.rules.recorded_cases import JUDGE_CASES, RECORDED_CASES
from tests.rules.sign_cases import SIGN_CASES
from tests.rules.told_cases import TOLD_CASES

STORY: Final = "the quick brown fox jumps over the lazy dog and runs through the wood to its home"
N: Final = 240
TUNED: Final = "1" * 150 + "0" * 90
BASE: Final = "1" * 80 + "0" * 160
LAYER: Final[Options] = {
    "kind": "generation",
    "name": "qa",
    "dataset": "test",
    "extract": {"kind": "regex", "regex": "answer: (.+)"},
    "metrics": [{"metric": "exact_match"}],
}
REFUSED: Final = "I'm sorry, but I can't help with that."


# What ships


def shipping(codes: str) -> World:
    """An export of tuned with these answers; where it is right or wrong as tuned, in its words."""
    asked = qa(TUNED, BASE, others={"shipped": codes})
    mine, theirs = asked.answers["shipped"][0], asked.answers["tuned"][0]
    pairs = zip(codes, TUNED, mine, theirs, strict=True)
    said = [tuned if code == as_tuned else own for code, as_tuned, own, tuned in pairs]
    answers = {**asked.answers, "shipped": [said]}
    exports = {"arms": {"shipped": {"of": "tuned", "merged": True}}}
    return world(replace(asked, answers=answers), more=exports)


# Sound evidence, from which each lie departs in one thing


def spread(codes: str) -> str:
    """The codes dealt out so that every tenth of the items is like every other."""
    return "".join(codes[i::12] for i in range(12))


@cache
def sound() -> World:
    """Evidence in which there is nothing to object to."""
    return sound_but()


def sound_but(**changes: object) -> World:
    """Nothing to object to: groups, subgroups, three seeds, a retained guard, memory measured."""
    test = items(
        N,
        clusters=[f"family {i % 40}" for i in range(N)],
        groups=[f"family {i % 40}" for i in range(N)],
        subgroups=[{"channel": ("email", "phone")[i % 2]} for i in range(N)],
    )
    general = items(
        768,
        prefix="g",
        choices=("a", "b", "c", "d"),
        groups=[f"topic {i % 47}" for i in range(768)],
        clusters=[f"topic {i % 47}" for i in range(768)],
    )
    codes = [spread("1" * k + "0" * (N - k)) for k in (220, 214, 226)]
    kept, moved = "1110" * 192, ("1110" * 15 + "1101") * 12
    given: dict[str, object] = {
        "guards": [GUARD],
        "seeds": (1, 2, 3),
        "train": items(
            30,
            prefix="t",
            groups=[f"other {i}" for i in range(30)],
            clusters=[f"other {i}" for i in range(30)],
        ),
        "datasets": {
            "train": {
                **TRAIN,
                "generated_by": "a script of ours",
                "augmented": {"by": "typos", "when": "after_split"},
            },
            "test": TEST,
            "general": GENERAL,
        },
    }
    return world(
        qa(codes, spread(BASE), of=test, others={"base-prompted": spread(BASE)}),
        choice([moved] * 3, kept, of=general),
        *memory(),
        **{**given, "prompting": {"base-prompted": "3 worked examples"}, **changes},  # type: ignore[arg-type]  # as `world` takes them
    )


def memory(
    *,
    seen: float = 1.0,
    unseen: float = 1.1,
    recited: int = 0,
    seeds: int = 3,
    recitable: int = 100,
) -> tuple[Asked, ...]:
    """Parts of an overfitting layer: losses of tuned (the base's is 2), and recitations."""
    options = {"kind": "overfitting", "name": "memory", "unseen": "test"}
    parts = []
    for name, level in ((SEEN, seen), (UNSEEN, unseen)):
        own = [level + 0.01 * (i % 11) for i in range(60)]
        of = items(60, prefix=name, reference=STORY)
        parts.append(
            Asked(
                options,
                of,
                {"tuned": [losses(own)] * seeds, "base": [losses([2.0] * 60)]},
                part=name,
            )
        )
    for name, count in ((RECITE_SEEN, recited), (RECITE_UNSEEN, 0)):
        of = items(recitable, prefix=name, reference=STORY)
        second = (halves(of[0]) or ("", ""))[1]
        said: Answers = [text(second)] * count + [text("and so it went")] * (recitable - count)
        parts.append(
            Asked(
                options,
                of,
                {"tuned": [said] * seeds, "base": [[text("no")] * recitable]},
                part=name,
            )
        )
    return tuple(parts)


def rephrased(level: float) -> Asked:
    """The seen items of `memory` asked in other words: losses of tuned (the base's is 2)."""
    own = [level + 0.01 * (i % 7) for i in range(60)]
    return Asked(
        {"kind": "overfitting", "name": "memory", "unseen": "test"},
        items(60, prefix=SEEN, reference=STORY),
        {"tuned": [losses(own)], "base": [losses([2.0] * 60)]},
        part=REPHRASED,
    )


def plain(tuned: str = TUNED, base: str = BASE, **changes: object) -> World:
    """One layer, one seed, no guard."""
    return world(qa(tuned, base), **changes)  # type: ignore[arg-type]  # as `world` takes them


def guarded(tuned: str, base: str, **changes: object) -> World:
    """A clear gain with a guard of these codes."""
    return world(qa(TUNED, BASE), choice(tuned, base), guards=[GUARD], **changes)  # type: ignore[arg-type]  # as above


def answering(tuned: Sequence[str], base: Sequence[str], **options: object) -> World:
    """A generation layer with these texts."""
    return world(
        Asked(
            {**LAYER, **options},
            items(len(tuned)),
            {"tuned": [[text(one) for one in tuned]], "base": [[text(one) for one in base]]},
        )
    )


def mostly(n: int, odd: str, k: int) -> list[str]:
    """k odd texts, then answers."""
    return [odd] * k + ["answer: right"] * (n - k)


def data(**more: Options) -> Options:
    """The usual datasets, some of them with more keys."""
    plain_ones = {"train": TRAIN, "test": TEST, "general": GENERAL}
    return {name: {**one, **more.get(name, {})} for name, one in plain_ones.items()}


def trained(**log: object) -> World:
    """One training that went like this."""
    return plain(trainings={1: training(1, **log)})  # type: ignore[arg-type]  # as `training` takes them


def looked_at(
    name: CheckName, status: Literal["passed", "failed"], *, waived: bool = True
) -> World:
    """One preflight check of the tuned arm."""
    log = PreflightLog(checks=(Check(name=name, status=status, text="it was looked at"),))
    waivers = [{"check": name, "because": "it is known"}] if waived else []
    return plain(preflights={"preflight tuned seed 1": log}, more={"preflight": {"waive": waivers}})


def cut(**counts: int) -> RowCounts:
    """Rows of a training."""
    whole = {"rows": 400, "truncated": 0, "dropped": 0, "tokens": 40_000, "tokens_lost": 0}
    return RowCounts(**{**whole, **counts})


def labelled(majority: int) -> World:
    """A hundred items of two classes."""
    references = ["red"] * majority + ["blue"] * (100 - majority)
    said = [text(one) for one in references]
    asked = Asked(
        {
            "kind": "generation",
            "name": "qa",
            "dataset": "test",
            "metrics": [{"metric": "accuracy"}],
        },
        items(100, reference=references),
        {"tuned": [said], "base": [[text("red")] * 100]},
    )
    return world(asked, primary={"layer": "qa", "metric": "accuracy", "gain_at_least": 0.1})


def graded(called: str, *, partial: int = 40, base: str = "correct") -> World:
    """Three classes, of which tuned calls most of the middle one something else."""
    references = ["correct"] * 40 + ["incorrect"] * 40 + ["partial"] * partial
    said = references[:80] + [called] * (partial - partial // 4) + ["incorrect"] * (partial // 4)
    asked = Asked(
        {
            "kind": "generation",
            "name": "qa",
            "dataset": "test",
            "metrics": [{"metric": "accuracy"}],
        },
        items(len(references), reference=references),
        {"tuned": [[text(one) for one in said]], "base": [[text(base) for _ in references]]},
    )
    return world(asked, primary={"layer": "qa", "metric": "accuracy", "gain_at_least": 0.1})


def repeating(repeated: int, *, of: int = 60, alike: int = 1) -> World:
    """Tuned gives so many of the items one answer; it is right on the first six, base on none."""
    references = ["sum 0"] * alike + [f"sum {i}" for i in range(alike, of)]
    said = [*references[:6], *(f"guess {i}" for i in range(6, of))]
    said[of - repeated :] = ["sum 7"] * repeated
    asked = Asked(
        {**LAYER, "extract": {"kind": "whole"}},
        items(of, reference=references),
        {
            "tuned": [[text(one) for one in said]],
            "base": [[text(f"no {i}") for i in range(of)]],
        },
    )
    return world(asked)


def held_in_nf4(
    full: str,
    guard: tuple[str, str, str] = ("1110" * 100, "1110" * 100, "1110" * 100),
    comparisons: Sequence[Sequence[str]] = (("tuned", "base-full"),),
) -> World:
    """Tuned and base in 4 bits, and the base in full with these codes.

    Args:
        full: Codes of the base in full.
        guard: Codes of the guard: of tuned, of base, of the base in full.
        comparisons: As in the spec.
    """
    made = world(
        qa(TUNED, BASE, others={"base-full": full}),
        choice(guard[0], guard[1], others={"base-full": guard[2]}),
        guards=[GUARD],
        more={
            "arms": {"base-full": {"of": "base", "quantization": "none"}},
            "comparisons": [[*pair] for pair in comparisons],
        },
    )
    blocks = {}
    for place, block in made.evidence.blocks.items():
        weights = block.weights
        if place.arm != "base-full" and weights is not None:
            coarse = weights.model_copy(update={"quantization": Quantization.NF4})
            blocks[place] = replace(block, weights=coarse)
        else:
            blocks[place] = block
    return made.with_evidence(blocks=blocks)


def sampled(draws: int, temperature: float = 0.7) -> World:
    """A layer that decodes by sampling, so many draws an item."""
    asked = qa(TUNED, BASE, options={"decoding": {"temperature": temperature, "samples": draws}})
    repeated = {
        arm: [[_drawn(one, draws) for one in seed] for seed in seeds]
        for arm, seeds in asked.answers.items()
    }
    return world(Asked(asked.options, asked.items, repeated))


def _drawn(answer: Answer, draws: int) -> Answer:
    return answer if isinstance(answer, Failure | tuple) else (answer,) * draws


def declared_after(first: World, now: World) -> World:
    """A world whose declaration was first another one."""
    return now.with_evidence(registration=declared(first.spec, now.spec))


def scored_before(made: World, *others: str) -> World:
    """A world in which other trained arms were scored on the same items in earlier builds."""
    return made.with_evidence(
        scored=tuple(
            ScoredArm(
                spec="last week",
                arm=name,
                weights=frozenset({name}),
                items=N,
                at="2026-11-01T08:00:00Z",
            )
            for name in others
        )
    )


def own_weights(made: World) -> tuple[str, ...]:
    """What the tuned arm of a world answered with."""
    return tuple(
        block.weights.adapter_digest or block.weights.base_digest
        for place, block in made.evidence.blocks.items()
        if place.arm == "tuned" and block.weights is not None
    )


def scored_on_others(made: World, *weights: str) -> World:
    """A world whose spec scored a tuned model on 120 other items before."""
    at = "2026-11-01T08:00:00Z"
    return made.with_evidence(
        scored_elsewhere=(
            ScoredArm(spec="by-hand", arm="tuned", weights=frozenset(weights), items=120, at=at),
        )
    )


def required(layer: str, metric: str, bound: Options) -> World:
    """A task and a loss, and a requirement on one of them."""
    asked = {"layer": layer, "metric": metric, **bound}
    return world(
        qa(TUNED, BASE),
        loss([2.0 + 0.01 * (i % 7) for i in range(60)], [2.2 + 0.01 * (i % 5) for i in range(60)]),
        evaluation={"requirements": [asked]},
    )


def cut_otherwise(tokens: int) -> World:
    """A loss layer whose base cuts each reference into so many tokens, and tuned into ten."""
    asked = loss([2.0 + 0.01 * (i % 7) for i in range(60)], [2.2] * 60)
    answers = {
        **asked.answers,
        "base": [losses([2.2 + 0.01 * (i % 5) for i in range(60)], tokens=tokens)],
    }
    return world(qa(TUNED, BASE), replace(asked, answers=answers))


def on_select(level: float) -> World:
    """The loss of tuned on the rows that chose its checkpoint; in training it was 0.7."""
    spread_out = [level + 0.001 * (i % 5 - 2) for i in range(60)]
    return world(
        loss(spread_out, [2.2 + 0.01 * (i % 5) for i in range(60)]),
        primary={"layer": "held-out", "metric": "nll", "gain_at_least": 0.1},
        roles={"test": Role.SELECT},
    )


def barely(gain: float) -> World:
    """Forty items, of which twelve get right and three get wrong."""
    tuned, base = "1" * 12 + "0" * 3, "0" * 12 + "1" * 3
    rest = "1" * 5 + "0" * 20
    return plain(tuned + rest, base + rest, primary={**PRIMARY, "gain_at_least": gain})


def by_channel(fax: tuple[str, str]) -> World:
    """Two hundred items that gain, and twenty of another channel with these codes."""
    channels = [{"channel": "email"}] * 200 + [{"channel": "fax"}] * 20
    return world(
        qa(
            "1" * 120 + "0" * 80 + fax[0],
            "1" * 40 + "0" * 160 + fax[1],
            of=items(220, subgroups=channels),
        )
    )


def on_loss(*, task: bool = False, **more: object) -> World:
    """A loss as the primary; and the task itself too, if so wanted."""
    base = [2.0 + 0.05 * (i % 9) for i in range(80)]
    tuned = [b - 0.5 + 0.01 * (i % 3) for i, b in enumerate(base)]
    given: dict[str, object] = {
        "primary": {"layer": "held-out", "metric": "nll", "gain_at_least": 0.1},
        **more,
    }
    layers = (loss(tuned, base), qa(TUNED, BASE)) if task else (loss(tuned, base),)
    return world(*layers, **given)  # type: ignore[arg-type]  # as `world` takes them


def on_tokens(metric: str) -> World:
    """A loss layer of which tuned guesses half of all tokens, item by item 4 or 6 of 10."""
    asked = loss(
        [1.5 + 0.01 * (i % 3) for i in range(80)], [2.0 + 0.05 * (i % 9) for i in range(80)]
    )
    answers = {
        arm: [
            [
                one.model_copy(update={"greedy_tokens": right[i % 2]})
                for i, one in enumerate(asked.answers[arm][0])
                if isinstance(one, TokenLoss)
            ]
        ]
        for arm, right in {"tuned": (4, 6), "base": (4, 4)}.items()
    }
    told = replace(asked, answers=answers)
    return world(told, primary={"layer": "held-out", "metric": metric, "gain_at_least": 0.1})


def in_clusters(count: int) -> World:
    named = [f"c{i % count}" for i in range(N)]
    return world(qa(spread(TUNED), spread(BASE), of=items(N, clusters=named)))


def checkpoints(other: str) -> World:
    return world(
        qa(TUNED, BASE, others={"tuned-other": TUNED}),
        checkpoints={"tuned-other": other},
    )


CASES: Final[Mapping[str, Case]] = {
    **JUDGE_CASES,
    **SIGN_CASES,
    **RECORDED_CASES,
    **IMPORTED_CASES,
    **TOLD_CASES,
    # Meaning
    "proxy-only": Case(on_loss, "No task outcome was measured", lambda: on_loss(task=True)),
    "ppl-on-reasoning": Case(
        lambda: on_loss(task=True),
        "is a loss on reference text",
        lambda: on_loss(task=True, primary=PRIMARY),
    ),
    "no-primary": Case(lambda: plain(primary=None), "No primary metric was declared", plain),
    "multiple-testing": Case(
        lambda: world(
            qa(
                TUNED,
                BASE,
                of=items(N, subgroups=[{"day": str(i % 7)} for i in range(N)]),
            )
        ),
        "7 further comparisons were not declared to decide anything",
        plain,
        severity=Severity.NOTE,
    ),
    # Baseline
    "no-baseline": Case(
        lambda: world(qa(TUNED), unasked=[("qa", "base")]),
        "The base model was not run on these items, so no improvement is shown.",
        plain,
        severity=Severity.INVALIDATES,
    ),
    "adapter-inactive": Case(
        lambda: answering(["answer: right"] * 40, ["answer: right"] * 40),
        "All 40 answers of tuned of seed 1 are those of base, digit for digit",
        plain,
        severity=Severity.INVALIDATES,
    ),
    "artifact-identity-unknown": Case(
        lambda: plain(nameless=["base"]), "Which weights answered as base cannot be proved", plain
    ),
    "base-handicapped": Case(
        lambda: plain(dtypes={"base": Dtype.FLOAT16}),
        "the base answered in float16, tuned in bfloat16",
        plain,
    ),
    "base-format-unfair": Case(
        lambda: plain(TUNED, "?" * 60 + BASE[:180]),
        "could not be read is 25 points higher for the base",
        plain,
    ),
    "full-base-unbeaten": Case(
        lambda: held_in_nf4("1" * 148 + "0" * 92),
        "Tuned answers in nf4; against base-full, qa exact match is +0.8 points",
        lambda: held_in_nf4(BASE),
    ),
    "packed-base": Case(
        lambda: plain(environment={"packed_base": "dequantised 4-bit copy (Q4_1)"}),
        "The base was loaded from a dequantised 4-bit copy (Q4_1): all figures",
        plain,
        severity=Severity.NOTE,
    ),
    "temperature-zero-only": Case(
        plain, "Measured with greedy decoding", lambda: sampled(2), severity=Severity.NOTE
    ),
    "single-sample-at-temperature": Case(
        lambda: sampled(1), "One sample an item at temperature 0.7", lambda: sampled(3)
    ),
    "single-prompt-format": Case(
        plain,
        "One prompt format was tried",
        lambda: world(
            qa(TUNED, BASE, others={"base-prompted": BASE}),
            prompting={"base-prompted": "3 worked examples"},
        ),
        severity=Severity.NOTE,
    ),
    # Outputs
    "truncated": Case(
        lambda: world(
            Asked(
                LAYER,
                items(100),
                {
                    "tuned": [[text("answer: right", cut=i < 10) for i in range(100)]],
                    "base": [[text("answer: wrong") for _ in range(100)]],
                },
            )
        ),
        "10 (10.0 %) of the outputs of tuned and 0 (0 %) of the outputs of base were cut",
        plain,
    ),
    "empty-or-refusal": Case(
        lambda: answering(mostly(100, REFUSED, 9), mostly(100, "answer: wrong", 50)),
        "The share of refused outputs in qa went up by 9 points",
        plain,
    ),
    "looping": Case(
        lambda: answering(
            mostly(100, "answer: " + "again " * 20, 5), mostly(100, "answer: wrong", 50)
        ),
        "5 (5.0 %) of tuned's outputs in qa repeat themselves",
        plain,
    ),
    "extraction-failures": Case(
        lambda: plain("?" * 12 + TUNED[12:]),
        "From 12 (5.0 %) of tuned's outputs in qa no answer could be read",
        plain,
    ),
    "coverage-differs": Case(
        lambda: plain("?" * 12 + TUNED[12:]),
        "itself changed, from 100 % (base) to 95 % (tuned)",
        plain,
        severity=Severity.NOTE,
    ),
    "subset-of-parsable": Case(
        lambda: world(
            Asked(
                {**LAYER, "metrics": [{"metric": "absolute_error"}]},
                items(40, reference="0"),
                {
                    "tuned": [[text("answer: 1" if i > 4 else "none") for i in range(40)]],
                    "base": [[text(f"answer: {2 + i % 3}") for i in range(40)]],
                },
            ),
            primary={"layer": "qa", "metric": "absolute_error", "gain_at_least": 1.0},
        ),
        "no penalty is declared (5 of tuned; 35 are left)",
        plain,
        severity=Severity.INVALIDATES,
    ),
    "missing-answers": Case(
        lambda: plain("-" * 3 + TUNED[3:]), "have no answer (3 of tuned)", plain
    ),
    # Overlap
    "train-eval-overlap": Case(
        lambda: plain(train=items(N)[:2]),
        "2 (0.8 %) of the items of test occur in training (train), word for word. Without",
        plain,
    ),
    "near-duplicate": Case(
        lambda: world(
            qa(TUNED, BASE, of=items(N, prompts=[f"{STORY} {STORY} number {i}" for i in range(N)])),
            train=items(1, prefix="t", prompts=[f"{STORY} {STORY} number 9999"]),
        ),
        "240 (100 %) of the items of test are near-duplicates",
        plain,
    ),
    "group-leak-risk": Case(
        lambda: sound_but(train=items(5, prefix="t", groups=[f"family {i}" for i in range(5)])),
        "30 (12.5 %) of the items of test have a sibling of the same group in training",
        sound,
        severity=Severity.INVALIDATES,
    ),
    "no-test-split": Case(
        lambda: plain(roles={"test": Role.SELECT}), "these items choose the checkpoint", plain
    ),
    "train-set-unknown": Case(
        lambda: plain(train=(), datasets={"test": {**TRAIN, "role": "test"}}),
        "The training data were not given",
        plain,
    ),
    "augmented-before-split": Case(
        lambda: plain(
            datasets=data(train={"augmented": {"by": "paraphrase", "when": "before_split"}})
        ),
        "train was augmented by paraphrase before the split",
        lambda: plain(
            datasets=data(train={"augmented": {"by": "paraphrase", "when": "after_split"}})
        ),
        severity=Severity.INVALIDATES,
    ),
    "duplicates-in-eval": Case(
        lambda: world(
            qa(TUNED, BASE, of=items(N, prompts=[f"question {i % 200}" for i in range(N)]))
        ),
        "40 items of test repeat others word for word; there are 200 different items",
        plain,
    ),
    # Data
    "synthetic-eval": Case(
        lambda: plain(datasets=data(train={"generated_by": "m1"}, test={"generated_by": "m1"})),
        "test and the training data come from the same generator (m1)",
        plain,
    ),
    "labels-from-model": Case(
        lambda: plain(datasets=data(test={"labelled_by": "gpt-5-mini"})),
        "The references of test were made by gpt-5-mini",
        plain,
    ),
    "provenance-unknown": Case(
        lambda: plain(datasets={"train": TRAIN, "test": {"path": "test.jsonl"}}),
        "Where the items of test come from was not declared",
        plain,
        status=Status.UNCHECKED,
        severity=Severity.NOTE,
    ),
    "floor-ceiling": Case(
        lambda: plain("1" * 236 + "0" * 4, "1" * 225 + "0" * 15),
        "The base stands at 93.8 % on qa exact match: less than 10 points are left to gain, so this "
        "set cannot show such a gain.",
        plain,
    ),
    "below-chance": Case(
        lambda: guarded("1" * 100 + "0" * 300, "1" * 99 + "0" * 300 + "1"),
        "base is not shown to be above guessing (25 %) on general accuracy",
        lambda: guarded("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1"),
        severity=Severity.INVALIDATES,
    ),
    "class-imbalance": Case(
        lambda: labelled(90), "Always answering red would score 90 %", lambda: labelled(60)
    ),
    "shipped-unlike-evaluated": Case(
        lambda: shipping("0" * 30 + TUNED[30:]),
        "shipped does not answer as the adapter that was evaluated: the same answer on 87.5 % of "
        "240 items in qa",
        lambda: shipping(TUNED),
    ),
    # Inference
    "underpowered": Case(
        lambda: plain("1" * 24 + "0" * 36, "0" * 12 + "1" * 20 + "0" * 28),
        "reliably show differences of about",
        plain,
    ),
    "guard-underpowered": Case(
        lambda: guarded("1" * 40 + "0" * 10 + "1" * 10, "1" * 50 + "0" * 10),
        "60 items of general accuracy reliably show retention within about",
        lambda: guarded("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1"),
        severity=Severity.NOTE,
    ),
    "few-items": Case(
        lambda: plain("1" * 20, "0" * 20), "Only 20 items stand behind qa exact match.", plain
    ),
    "few-discordant": Case(
        lambda: plain("1" * 7 + "0" * 73, "0" * 80),
        "Only 7 items of qa exact match separate the two",
        plain,
    ),
    "few-clusters": Case(
        lambda: in_clusters(6),
        "rests on 6 independent groups (cluster) only",
        lambda: in_clusters(40),
    ),
    "clusters-ignored": Case(
        lambda: world(qa(TUNED, BASE, of=items(N, groups=[f"story {i // 4}" for i in range(N)]))),
        "Items of test share 60 groups, and `cluster_by` is not declared",
        plain,
    ),
    "single-seed": Case(
        plain,
        "One training run: this says what this checkpoint does",
        lambda: world(qa([TUNED] * 3, BASE), seeds=(1, 2, 3)),
    ),
    "seed-range": Case(
        lambda: world(qa([TUNED, BASE[:60] + "0" * 180, TUNED], BASE), seeds=(1, 2, 3)),
        "1 of 3 seeds is worse than base on qa exact match",
        lambda: world(qa([TUNED] * 3, BASE), seeds=(1, 2, 3)),
    ),
    # Declared
    "retention-unmeasured": Case(
        plain,
        "no guard was declared, so forgetting was not tested",
        lambda: guarded("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1"),
    ),
    "spec-changed-after-results": Case(
        lambda: declared_after(plain(primary={**PRIMARY, "gain_at_least": 0.2}), plain()),
        "changed 2026-11-22T09:12:44Z: of the primary (exact_match), the gain worth having was 0.2 "
        "and is 0.1.",
        plain,
    ),
    "subgroup-regression": Case(
        lambda: by_channel(("0" * 20, "1" * 18 + "00")),
        "The average hides channel=fax: −90 points",
        lambda: by_channel(("1" * 20, "1" * 18 + "00")),
    ),
    "best-checkpoint-on-test": Case(
        lambda: scored_before(plain(), "tuned", "tuned-longer"),
        "3 trained arms were ever scored on these test items (since 2026-11-01T08:00:00Z: tuned of "
        "last week, tuned-longer of last week, and tuned). Picking the best of 3",
        lambda: checkpoints("best"),
    ),
    "class-never-given": Case(
        lambda: graded("correct"),
        'In qa tuned never finds "partial" (0 of 40 items, 30 of them called "correct")',
        lambda: graded("partial"),
    ),
    "same-answer": Case(
        lambda: repeating(60),
        "Tuned gives one and the same answer 60 times among the 60 answers of qa that could be "
        "read (100 %). On exact match it would score 1.7 % if given every time; tuned scores "
        "1.7 %, which is no better.",
        lambda: repeating(20),
    ),
    # Losses as measures
    "token-accuracy-as-task": Case(
        lambda: on_tokens("token_accuracy"),
        "50.0 % is next-token accuracy with the reference in view; it says nothing about how often a "
        "task is solved. At 50.0 % a token an answer of 10 tokens would be fully right 0.1 % of the "
        "time",
        lambda: on_tokens("nll"),
        severity=Severity.INVALIDATES,
    ),
    "target-on-proxy": Case(
        lambda: required("held-out", "nll", {"value_at_most": 2.5}),
        "What is required of tuned was set on nll, a loss on reference text",
        lambda: required("qa", "exact_match", {"value_at_least": 0.5}),
    ),
    "ppl-across-tokenizers": Case(
        lambda: cut_otherwise(12),
        "tuned and base cut 60 of 60 references into different numbers of tokens",
        lambda: cut_otherwise(10),
        severity=Severity.INVALIDATES,
    ),
    "loss-mismatch": Case(
        lambda: on_select(3.87),
        "have a loss of 0.7 nats a token in training (seed 1) and of 3.87 in held-out",
        lambda: on_select(0.72),
        severity=Severity.INVALIDATES,
    ),
    # The test set over time
    "eval-set-changed": Case(
        lambda: scored_on_others(plain(), "other weights"),
        "The test set is another than on 2026-11-01T08:00:00Z, when tuned of this spec was scored on "
        "120 items",
        plain,
    ),
    "optional-stopping": Case(
        lambda: scored_on_others(plain(), *own_weights(plain())),
        "The same tuned model was scored on 120 items on 2026-11-01T08:00:00Z under this spec",
        lambda: scored_on_others(plain(), "other weights"),
    ),
    "pretraining-contamination-unknown": Case(
        lambda: plain(
            datasets={"train": TRAIN, "test": {**TEST, "path": "hub:org/set", "split": "test"}}
        ),
        "test is a public set (org/set): the base may have seen it before",
        lambda: plain(datasets={"train": TRAIN, "test": TEST}),
        severity=Severity.NOTE,
    ),
    "type-m": Case(
        lambda: barely(0.1),
        "If the true gain were the 10 points asked for, qa exact match would be significant in",
        lambda: barely(0.3),
    ),
    # Training
    "train-val-gap": Case(
        lambda: trained(eval_losses=(1.0, 0.95, 0.9)),
        "the training loss fell by 47.4 % (the median of the 5 logged steps around each) and the "
        "evaluation loss by 10 %",
        trained,
    ),
    "eval-below-train": Case(
        lambda: trained(eval_losses=(1.0, 0.8, 0.6)),
        "At the end the evaluation loss of seed 1 (0.6) lies",
        trained,
        severity=Severity.NOTE,
    ),
    "loss-not-comparable": Case(
        lambda: trained(used={"training.epochs": 1, "training.extra": {"neftune_noise_alpha": 5}}),
        "The training loss of seed 1 is not the loss on its rows (noise is added",
        trained,
        severity=Severity.NOTE,
    ),
    "asked-not-used": Case(
        lambda: trained(asked={"training.epochs": 3}, used={"training.epochs": 2}),
        "training.epochs: asked 3, used 2",
        plain,
    ),
    "eval-loss-diverging": Case(
        lambda: plain(
            trainings={1: training(1, eval_losses=(0.7, 0.8, 0.9))}, checkpoints={"tuned": "last"}
        ),
        "was least at step 10 and rose by 28.6 % after it while the training loss fell",
        plain,
    ),
    "not-best-checkpoint": Case(
        lambda: plain(
            trainings={1: training(1, eval_losses=(0.7, 0.8, 0.9), train_losses=[1.0] * 30)},
            checkpoints={"tuned": "last"},
        ),
        "the reported weights are from step 30, where it stood 28.6 % higher",
        plain,
    ),
    "last-point-only": Case(
        lambda: trained(eval_losses=(0.7,)),
        "There is no evaluation curve during training",
        plain,
        severity=Severity.NOTE,
    ),
    "rows-cut": Case(
        lambda: trained(rows=cut(truncated=30, dropped=10, tokens_lost=900)),
        "30 (7.5 %) of the training rows of seed 1 were cut at max_length and 10 (2.5 %) dropped",
        plain,
    ),
    "adapter-sound": Case(
        lambda: looked_at("adapter_active", "failed"),
        "Of tuned seed 1: it was looked at; the spec lets this pass: it is known.",
        lambda: looked_at("adapter_active", "passed"),
        severity=Severity.INVALIDATES,
    ),
    "same-template": Case(
        lambda: looked_at("chat_template", "failed"),
        "the spec lets this pass",
        lambda: looked_at("chat_template", "passed"),
        severity=Severity.INVALIDATES,
    ),
    "preflight-waived": Case(
        lambda: looked_at("memory", "failed"),
        "the spec lets this pass",
        lambda: looked_at("memory", "passed"),
        severity=Severity.NOTE,
    ),
    "template-mismatch": Case(
        lambda: trained(rows=cut(prefix_mismatches=400)),
        "the prompt is tokenised otherwise than in evaluation",
        plain,
        severity=Severity.INVALIDATES,
    ),
    "epochs-high": Case(
        lambda: trained(epochs=5.0),
        "5 epochs on 400 rows (seed 1): a setting associated with memorising",
        plain,
        severity=Severity.NOTE,
    ),
    "gap-did": Case(
        lambda: world(qa(TUNED, BASE), *memory(seen=0.3, unseen=1.7, seeds=1)),
        "Most of the improvement is on what was trained",
        lambda: world(qa(TUNED, BASE), *memory(seeds=1)),
    ),
    "regurgitation": Case(
        lambda: world(qa(TUNED, BASE), *memory(recited=40, seeds=1)),
        "Training text comes back word for word",
        lambda: world(qa(TUNED, BASE), *memory(seeds=1)),
    ),
    "paraphrase-gap": Case(
        lambda: world(qa(TUNED, BASE), *memory(seeds=1), rephrased(1.3)),
        "Part of the improvement is on the wording of the training items: On 60 training items",
        lambda: world(qa(TUNED, BASE), *memory(seeds=1), rephrased(1.0)),
        severity=Severity.NOTE,
    ),
    "memorisation-unmeasured": Case(
        plain,
        "was not measured: add an `overfitting` layer",
        lambda: world(qa(TUNED, BASE), *memory(seeds=1)),
        status=Status.UNCHECKED,
        severity=Severity.NOTE,
    ),
}


def training_unreadable() -> World:
    """The training data are named and cannot be read."""
    return plain(train=Unreachable(name="train", reason="the hub does not answer"))
