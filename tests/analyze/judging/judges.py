"""What judges said, written as one character an item: `+` the candidate wins, `-` it loses, `=` a
tie, `1` whatever stands first, `2` whatever stands second, `?` nothing can be read of one order.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from evalreport.analyze.judging.table import judged_table
from evalreport.analyze.labels import Labels
from evalreport.analyze.tables import Table
from evalreport.layers.judge import Judge
from evalreport.records import Comparison, JudgedLayer, JudgePart, RatedAnswer, Unscorable
from evalreport.records.judged import Verdict
from evalreport.spec.models import Spec
from tests.analyze.evidence import World, world
from tests.analyze.layers import items, qa

PAIR: Final = ("tuned", "base")
GARBLED: Final = Unscorable(reason="no verdict in the reply")
SAID: Final[Mapping[str, tuple[Verdict, Verdict]]] = {
    "+": ("first", "second"),
    "-": ("second", "first"),
    "=": ("tie", "tie"),
    "1": ("first", "first"),
    "2": ("second", "second"),
    "?": ("first", GARBLED),
}
ONE: Final[Mapping[str, Verdict]] = {"first": "first", "second": "second", "tie": "tie"}


def said_both(
    codes: str,
    judge: str = "m",
    *,
    part: JudgePart = JudgePart.MAIN,
    variant: int = 0,
    per_call: int = 1,
    seed: int | None = 1,
) -> list[Comparison]:
    """Both orders of each item, the candidate first and then second."""
    return [
        Comparison(
            part=part,
            item=f"q{i}",
            pair=PAIR,
            seed=seed,
            judge=judge,
            candidate_first=first,
            verdict=SAID[code][0 if first else 1],
            call=f"{judge} {part} {variant} {seed} {first} {i // per_call}",
            variant=variant,
        )
        for first in (True, False)
        for i, code in enumerate(codes)
    ]


def said_once(
    verdicts: Sequence[str], part: JudgePart, judge: str = "m", *, first: Sequence[bool]
) -> list[Comparison]:
    """One order of each of the first items, as in a repeat, a control or a canary."""
    pair = PAIR if part is JudgePart.REPEAT else ("tuned", "tuned")
    return [
        Comparison(part, f"q{i}", pair, 1, judge, is_first, ONE[verdict], call=f"{part} {i}")
        for i, (verdict, is_first) in enumerate(zip(verdicts, first, strict=True))
    ]


def judged_layer(
    codes: str | Mapping[str, str],
    *beside: Comparison,
    per_call: int = 1,
    **more: object,
) -> JudgedLayer:
    """A layer of pairs in both orders, judged by one judge or by several."""
    by_judge = {"m": codes} if isinstance(codes, str) else codes
    n = len(next(iter(by_judge.values())))
    given: dict[str, object] = {
        "layer": "ab",
        "judges": tuple(by_judge),
        "items": tuple(f"q{i}" for i in range(n)),
        "pairs": (PAIR,),
        "seeds": {PAIR: (1,)},
        "orders": "both",
        "planned": n,
        "outputs": {"tuned": (n, n), "base": (n, n)},
    }
    made = [
        one for judge, said in by_judge.items() for one in said_both(said, judge, per_call=per_call)
    ]
    return JudgedLayer(**{**given, **more}, comparisons=(*made, *beside))  # type: ignore[arg-type]


def rated(
    tuned: Mapping[str, Sequence[float | None]], base: Mapping[str, Sequence[float | None]]
) -> JudgedLayer:
    """A layer of ratings by one criterion, by judge; None could not be read."""
    n = len(next(iter(tuned.values())))
    return JudgedLayer(
        layer="ab",
        judges=tuple(tuned),
        items=tuple(f"q{i}" for i in range(n)),
        pairs=(PAIR,),
        seeds={PAIR: (1,)},
        orders="both",
        ratings=tuple(
            RatedAnswer(
                part=JudgePart.MAIN,
                item=f"q{i}",
                arm=arm,
                seed=seed,
                judge=judge,
                ratings=GARBLED if rating is None else {"helpful": rating},
            )
            for arm, seed, by_judge in (("tuned", 1, tuned), ("base", None, base))
            for judge, ratings in by_judge.items()
            for i, rating in enumerate(ratings)
        ),
        planned=n,
    )


def options(judged: JudgedLayer, *, rubric: bool = False) -> dict[str, object]:
    """The layer as a spec has it."""
    criteria = [{"name": "helpful", "text": "does it help"}] if rubric else []
    return {
        "kind": "judge",
        "name": "ab",
        "on": "qa",
        "judges": [{"model": judge} for judge in judged.judges],
        "rubric": criteria,
        "orders": judged.orders,
    }


def layer_of(judged: JudgedLayer, *, rubric: bool = False, **more: object) -> Judge:
    """The layer by itself."""
    return Judge.model_validate({**options(judged, rubric=rubric), **more})


def table_of(judged: JudgedLayer, families: Labels | None = None, *, rubric: bool = False) -> Table:
    """Its scores."""
    alone = Labels.of(None for _ in judged.items)
    return judged_table(layer_of(judged, rubric=rubric), judged, families or alone, {})


def with_judge(
    judged: JudgedLayer, comparisons: Sequence[Sequence[str]] = (), **more: object
) -> World:
    """A world in which answers were judged, and net win is what was declared."""
    n = len(judged.items)
    right = qa("1" * n, "0" * n, of=items(n))
    layers = [dict(right.options), {**options(judged), **more}]
    primary = {"layer": "ab", "metric": "net_win", "gain_at_least": 0.1}
    evaluation = {"layers": layers, "primary": primary}
    made = world(right, more={"evaluation": evaluation, "comparisons": [*map(list, comparisons)]})
    assert isinstance(made.spec, Spec)
    return made.with_evidence(judged={"ab": judged})
