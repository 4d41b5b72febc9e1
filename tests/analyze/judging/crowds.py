"""What people said, written as one character an item: `+` the candidate wins, `-` it loses, `=` no
difference, `s` skipped, `.` not rated yet, `a` both answers are the same.
"""

from collections.abc import Sequence
from typing import Final, Literal

from evalreport.analyze.judging.crowd import Crowd
from evalreport.analyze.labels import Labels
from evalreport.layers.human import Human
from evalreport.records import JudgedLayer
from evalreport.records.ratings import PeopleLayer, PersonVerdict, Progress, Rater
from tests.analyze.evidence import World, world
from tests.analyze.judging.judges import PAIR, options
from tests.analyze.layers import items, qa

_SIGNS: Final[dict[str, Literal[-1, 0, 1]]] = {"+": 1, "-": -1, "=": 0}
OPTIONS: Final[dict[str, object]] = {"kind": "human", "name": "people", "on": "qa"}


def people_layer(
    *raters: str,
    lengths: tuple[Sequence[int], Sequence[int]] | None = None,
    first: str = "",
) -> PeopleLayer:
    """What each rater said of every item.

    Args:
        raters: A character an item.
        lengths: Of tuned's answers and of base's.
        first: `1` where tuned's answer stood first; every second item by default.
    """
    n = len(raters[0])
    names = [f"q{i}" for i in range(n)]
    where = first or "10" * n
    verdicts = tuple(
        PersonVerdict(
            rater=f"r{k}",
            item=names[i],
            pair=PAIR,
            seed=1,
            verdict=_SIGNS.get(code),
            candidate_first=where[i] == "1",
            seconds=10.0,
        )
        for k, codes in enumerate(raters)
        for i, code in enumerate(codes)
        if code not in ".a"
    )
    asked = [i for i in range(n) if raters[0][i] != "a"]
    columns = [{codes[i] for codes in raters} for i in asked]
    return PeopleLayer(
        layer="people",
        items=tuple(names),
        pairs=(PAIR,),
        seeds={PAIR: (1,)},
        planned={names[i]: 1 for i in asked},
        progress=Progress(
            comparisons=len(asked),
            rated=sum(bool(seen & {*"+-="}) for seen in columns),
            skipped=sum(not seen & {*"+-="} and "s" in seen for seen in columns),
            complete=sum(seen != {"."} for seen in columns),
        ),
        raters=tuple(
            Rater(
                name=f"Someone {k}",
                pages=(k + 1,),
                rated=sum(code in "+-=" for code in codes),
                skipped=codes.count("s"),
                seconds=10.0,
                finished="." not in codes,
            )
            for k, codes in enumerate(raters)
        ),
        verdicts=verdicts,
        alike={(*PAIR, 1): frozenset(n for n, c in zip(names, raters[0], strict=True) if c == "a")},
        lengths={}
        if lengths is None
        else {
            (arm, seed): dict(zip(names, of, strict=True))
            for (arm, seed), of in zip((("tuned", 1), ("base", None)), lengths, strict=True)
        },
    )


def crowd(said: PeopleLayer, clusters: Sequence[str | None] = (), **more: object) -> Crowd:
    """People by themselves."""
    families = Labels.of(clusters or (None for _ in said.items))
    return Crowd(Human.model_validate({**OPTIONS, **more}), said, families)


def with_crowd(said: PeopleLayer, judged: JudgedLayer | None = None, **more: object) -> World:
    """A world in which people compared answers; with a judge, who is held against them."""
    n = len(said.items)
    right = qa("1" * n, "0" * n, of=items(n))
    layers = [dict(right.options), {**OPTIONS, **more}]
    if judged is not None:
        layers.append({**options(judged), "human_labels": "people"})
    decides = "people" if judged is None else "ab"
    primary = {"layer": decides, "metric": "net_win", "gain_at_least": 0.1}
    made = world(right, more={"evaluation": {"layers": layers, "primary": primary}})
    told = {} if judged is None else {"ab": judged}
    return made.with_evidence(people={"people": said}, judged=told)
