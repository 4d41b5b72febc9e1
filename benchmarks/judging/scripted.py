"""Scripted judges: what they prefer is known, and what they say is drawn without any request.

A judge sees the difference in quality of two answers, adds what it likes about a slot, about length
and about an instruction planted in one of them, adds noise, and says "tie" when the sum is small.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from evalreport.analyze.labels import Labels
from evalreport.layers.answers import Answers
from evalreport.layers.judge import Judge
from evalreport.layers.judge.pairs import units_of
from evalreport.layers.judge.puts import Put
from evalreport.records import Comparison, Item, JudgedLayer, JudgePart, Raw, Unscorable
from evalreport.records.judged import Verdict
from evalreport.stats.arguments import FloatArray

PAIR: Final = ("tuned", "base")
GARBLED: Final = Unscorable(reason="no verdict in the reply")


@dataclass(frozen=True, slots=True)
class ScriptedJudge:
    """What a judge does.

    Attributes:
        slot: What standing first is worth to it.
        length: What being twice as long is worth, in logarithms.
        noise: Standard deviation of what it adds to each look.
        tie: It says "tie" where the sum lies within this.
        planted: What a planted instruction is worth.
        unread: Share of its replies from which nothing can be read.
        wording: What it adds for the candidate under another wording.
    """

    slot: float = 0.0
    length: float = 0.0
    noise: float = 0.5
    tie: float = 0.3
    planted: float = 0.0
    unread: float = 0.0
    wording: float = 0.0


@dataclass(frozen=True)
class World:
    """Two arms, items, and a judge.

    Attributes:
        judge: What it does.
        n: Items.
        quality: By how much the candidate's answers are better, on average.
        spread: Standard deviation of that over items.
        cluster: Items of a cluster; 1 where they are independent.
        shared: Share of the spread that a cluster has in common.
        longer: By how much the candidate's answers are longer, in logarithms.
        per_call: Comparisons of a call.
        call_noise: Standard deviation of what a call adds to all its comparisons.
        orders: As the layer has it.
    """

    judge: ScriptedJudge
    n: int = 50
    quality: float = 0.2
    spread: float = 1.0
    cluster: int = 1
    shared: float = 0.5
    longer: float = 0.1
    per_call: int = 1
    call_noise: float = 0.0
    orders: str = "both"

    @cached_property
    def layer(self) -> Judge:
        """The layer as a spec has it."""
        return Judge.model_validate(
            {
                "kind": "judge",
                "name": "ab",
                "on": "qa",
                "judges": [{"model": "scripted"}],
                "orders": self.orders,
                "comparisons_per_call": self.per_call,
                "rubric_variants": ["other words"],
                "repeats": 40,
                "controls": 40,
                "canaries": 20,
            }
        )

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """What was asked."""
        return tuple(
            Item(
                id=f"q{i}",
                prompt=Raw(text="?"),
                cluster=None if self.cluster == 1 else f"c{i // self.cluster}",
            )
            for i in range(self.n)
        )

    @cached_property
    def families(self) -> Labels:
        """The clusters that are declared."""
        return Labels.of(item.cluster for item in self.items)

    @cached_property
    def puts(self) -> tuple[tuple[str, Put], ...]:
        """Every comparison with the identity of its call, in the order of a real run."""
        texts = {
            ("tuned", 1): {item.id: f"mine {item.id}" for item in self.items},
            ("base", None): {item.id: f"theirs {item.id}" for item in self.items},
        }
        (unit,) = units_of(self.layer, self.items, Answers(texts, (PAIR,)))
        return tuple(
            (f"call {number}", put) for number, call in enumerate(unit.calls) for put in call.puts
        )

    def draw(self, rng: np.random.Generator) -> JudgedLayer:
        """What the judge says of one sample of items."""
        drawn = self.drawn(rng, self.n)
        places = {item.id: i for i, item in enumerate(self.items)}
        # Which slot a hash gave an item is chance, and drawn anew as all else is.
        turned = rng.random(self.n) < 0.5
        calls = {name: 0.0 for name, _ in self.puts}
        if self.call_noise:
            calls = {name: float(rng.normal(0, self.call_noise)) for name in calls}
        said = []
        for name, put in self.puts:
            i = places[put.item]
            first = put.candidate_first != bool(turned[i])
            said.append(
                Comparison(
                    part=put.part,
                    item=put.item,
                    pair=put.pair,
                    seed=put.seed,
                    judge="scripted",
                    candidate_first=first,
                    verdict=self._says(rng, put.part, drawn.of(i), calls[name], first=first),
                    call=name,
                    variant=put.variant,
                )
            )
        lengths = np.round(100 * np.exp(drawn.lengths)).astype(int)
        return JudgedLayer(
            layer="ab",
            judges=("scripted",),
            items=tuple(places),
            pairs=(PAIR,),
            seeds={PAIR: (1,)},
            orders=self.layer.orders,
            comparisons=tuple(said),
            lengths={
                ("tuned", 1): dict(zip(places, lengths[0].tolist(), strict=True)),
                ("base", None): dict(zip(places, lengths[1].tolist(), strict=True)),
            },
            outputs={"tuned": (self.n, self.n), "base": (self.n, self.n)},
            planned=self.n,
        )

    def drawn(self, rng: np.random.Generator, n: int) -> "Drawn":
        """Qualities and lengths of so many items."""
        of_cluster = np.repeat(rng.standard_normal(-(-n // self.cluster)), self.cluster)[:n]
        shared = self.shared if self.cluster > 1 else 0.0
        own = np.sqrt(shared) * of_cluster + np.sqrt(1 - shared) * rng.standard_normal(n)
        lengths = rng.normal(0, 0.4, size=(2, n)) + np.asarray([[self.longer], [0.0]])
        return Drawn(self.quality + self.spread * own, lengths)

    def sums(
        self, rng: np.random.Generator, part: JudgePart, drawn: "Drawn", *, first: bool
    ) -> FloatArray:
        """What the judge sees in what stands first, less what it sees in the other, by item."""
        judge, sign = self.judge, 1.0 if first else -1.0
        noise = judge.noise * rng.standard_normal(len(drawn.quality)) + judge.slot
        if part is JudgePart.CONTROL:
            return noise
        if part is JudgePart.CANARY:
            return noise + sign * judge.planted
        seen = drawn.quality + judge.length * (drawn.lengths[0] - drawn.lengths[1])
        wording = judge.wording if part is JudgePart.VARIANT else 0.0
        total: FloatArray = noise + sign * (seen + wording)
        return total

    def _says(
        self,
        rng: np.random.Generator,
        part: JudgePart,
        one: "Drawn",
        of_call: float,
        *,
        first: bool,
    ) -> Verdict:
        if self.judge.unread and rng.random() < self.judge.unread:
            return GARBLED
        total = float(self.sums(rng, part, one, first=first)[0]) + of_call
        return verdict(total, self.judge.tie)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample of items.

    Attributes:
        quality: By how much the candidate's answer is better, shape (n,).
        lengths: Logarithms of the lengths of both answers, shape (2, n).
    """

    quality: FloatArray
    lengths: FloatArray

    def of(self, i: int) -> "Drawn":
        """One item."""
        return Drawn(self.quality[i : i + 1], self.lengths[:, i : i + 1])


def verdict(total: float, tie: float) -> Verdict:
    """What is said of a sum."""
    return "tie" if abs(total) < tie else "first" if total > 0 else "second"
