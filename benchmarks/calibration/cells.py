"""The cells: what is true, what is looked at, and what must then hold."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import special

from benchmarks.calibration.truth import (
    Classes,
    Latent,
    LongTail,
    Loss,
    Partial,
    RareChange,
    Right,
    SomeGroupsRise,
    SquaredError,
    Truth,
)
from benchmarks.calibration.world import Setting
from evalreport.stats.clusters import design_effect
from evalreport.stats.power import foretell
from evalreport.stats.power_retention import smallest_margin_binary

Asks = Literal["null", "coverage", "power", "margin", "retained", "equal", "subgroups", "tail"]

SIZES: Final = (10, 20, 50, 200, 1000)
EQUAL: Final = (8,)
UNEQUAL: Final = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of the table.

    Attributes:
        family: What kind of evidence it is, in words; cells of a family stand together.
        asks: `null`: nothing differs, so "better" and "worse" are false; `coverage`: something
            does; `power`: the difference is what `plan` calls the smallest detectable; `margin`: the
            guard loses exactly its margin, so "retained" is false; `retained`: it loses nothing,
            and its margin is the least that can be shown; `equal`: tuned is better by exactly the
            gain worth having, so "equivalent" is false; `subgroups`: twenty groups, of which none
            falls; `tail`: what no interval made of a sample can hold.
        setting: The build.
        truth: What is true of the primary.
        unread: Shares of outputs of tuned and base that nothing can be read from; they score 0.
        guard: What is true of the guard.
    """

    family: str
    asks: Asks
    setting: Setting
    truth: Truth
    unread: tuple[float, float] = (0.0, 0.0)
    guard: Truth | None = None

    @property
    def arms(self) -> tuple[float, float]:
        """True values of tuned and base, unread outputs counted as 0."""
        tuned, base = self.truth.arms
        return tuned * (1 - self.unread[0]), base * (1 - self.unread[1])

    @property
    def name(self) -> str:
        """How results are filed."""
        items = self.setting.guard_items or self.setting.items
        effect = ""
        if self.asks == "subgroups" and self.arms[0] != self.arms[1]:
            some = isinstance(self.truth, SomeGroupsRise)
            effect = " of which most rise" if some else " with an effect"
        return f"{self.family} · {self.asks}{effect} · {items}"


_CLUSTERED: Final = Latent(0.7, cluster_effect=0.3)


def _both(
    family: str, metric: str, null: Truth, effect: Truth, *, clusters: tuple[int, ...] = (),
    seeds: int = 1, gain: float = 0.1, unread: tuple[float, float] = (0.0, 0.0),
) -> list[Cell]:  # fmt: skip
    cells = []
    for n in SIZES:
        setting = Setting(metric, n, clusters, seeds, gain)
        cells.append(Cell(family, "null", setting, null, unread))
        cells.append(Cell(family, "coverage", setting, effect, unread))
    return cells


def _seeds(spread: float, seeds: int) -> Latent:
    return Latent(0.7, seed_spread=spread, seeds=seeds)


def _equal_over_seeds(spread: float, seeds: int, base: float = 0.6) -> Right:
    """Runs whose mean over all seeds is the base's: the skill is higher, since luck flattens it."""
    latent = _seeds(spread, seeds)
    return Right(float(special.ndtr(special.ndtri(base) * latent.tuned_sd)), base, latent)


def _equal(family: str, metric: str, n: int, truth: Truth, clusters: tuple[int, ...] = ()) -> Cell:
    """A true difference of exactly what is declared worth having."""
    gain = round(truth.arms[0] - truth.arms[1], 9)
    return Cell(family, "equal", Setting(metric, n, clusters, gain=gain), truth)


INTERVALS: Final[tuple[Cell, ...]] = (
    *_both("right or wrong", "accuracy", Right(0.6, 0.6, Latent(0.8)), Right(0.7, 0.6, Latent(0.8))),
    *_both(
        "right or wrong, mostly ties", "accuracy",
        Right(0.95, 0.95, Latent(0.9)), Right(0.97, 0.93, Latent(0.9)),
    ),
    *_both("partial credit", "field_accuracy", Partial((0.2, 0.3), (0.2, 0.3)), Partial((0.15, 0.4), (0.2, 0.3))),
    *_both("partial credit, rare change", "field_accuracy", RareChange(0.03, 0.03), RareChange(0.06, 0.01)),
    *_both("squared error", "squared_error", SquaredError(0.6, 0.6), SquaredError(0.7, 0.6), gain=100),
    *_both("loss in nats per token", "nll", Loss(2, 2), Loss(1.9, 2)),
    *_both("macro-F1 of three classes", "macro_f1", Classes(0.6, 0.6), Classes(0.7, 0.6)),
    *_both(
        "right or wrong, clusters of 8", "accuracy",
        Right(0.6, 0.6, _CLUSTERED), Right(0.7, 0.6, _CLUSTERED), clusters=EQUAL,
    ),
    *_both(
        "right or wrong, clusters of 1 to 16", "accuracy",
        Right(0.6, 0.6, _CLUSTERED), Right(0.7, 0.6, _CLUSTERED), clusters=UNEQUAL,
    ),
    *_both(
        "partial credit, clusters of 8", "field_accuracy",
        Partial((0.2, 0.3), (0.2, 0.3), _CLUSTERED), Partial((0.15, 0.4), (0.2, 0.3), _CLUSTERED),
        clusters=EQUAL,
    ),
    *_both(
        "right or wrong, 3 seeds", "accuracy",
        _equal_over_seeds(0.15, 3), Right(0.7, 0.6, _seeds(0.15, 3)), seeds=3,
    ),
    *_both(
        "right or wrong, 5 seeds", "accuracy",
        _equal_over_seeds(0.15, 5), Right(0.7, 0.6, _seeds(0.15, 5)), seeds=5,
    ),
    *_both(
        "partial credit, a tenth unread", "field_accuracy",
        Partial((0.2, 0.3), (0.2, 0.3)), Partial((0.15, 0.4), (0.2, 0.3)), unread=(0.1, 0.1),
    ),
)  # fmt: skip


# The least that a plan promises to find, and what it finds


def _found(plan: Callable[[float], float]) -> float:
    """The effect that is the least detectable when it is the true one: a fixed point."""
    effect = 0.1
    for _ in range(20):
        effect = plan(effect)
    return effect


def _promised(
    spread: float, n: int, *, binary: bool, clusters: int | None = None, effect: float = 1.0,
    seeds: int = 1, seed_sd: float | None = None,
) -> float:  # fmt: skip
    found = foretell(
        n=n, spread=spread, binary=binary, gain=0.1, clusters=clusters, design_effect=effect,
        seeds=seeds, seed_sd=seed_sd, alpha=0.05, power=0.8,
    ).smallest_detectable  # fmt: skip
    assert isinstance(found, float)
    return found


def _power_right(n: int) -> Cell:
    def truth(effect: float) -> Right:
        return Right(0.6 + effect / 2, 0.6 - effect / 2, Latent(0.8))

    effect = _found(lambda e: _promised(truth(e).disagreement, n, binary=True))
    setting = Setting("accuracy", n, gain=round(effect, 4))
    return Cell("right or wrong", "power", setting, truth(effect))


def _power_partial(n: int, size: int = 1) -> Cell:
    latent = Latent(0.7, cluster_effect=0.3 if size > 1 else 0.0)

    def truth(effect: float) -> Partial:
        return Partial((0.4 - effect, 0.2 + effect), (0.4, 0.2), latent)

    def plan(effect: float) -> float:
        sizes = np.arange(40_000) // size if size > 1 else None
        drawn = truth(effect).draw(np.random.default_rng(1), sizes, 40_000)
        d = drawn.tuned[0] - drawn.base[0]
        design = 1.0
        if sizes is not None:
            found = design_effect(d, sizes)
            assert isinstance(found, float)
            design = found
        groups = n // size if size > 1 else None
        return _promised(float(d.std()), n, binary=False, clusters=groups, effect=design)

    effect = _found(plan)
    setting = Setting("field_accuracy", n, (size,) if size > 1 else (), gain=round(effect, 4))
    family = f"partial credit, clusters of {size}" if size > 1 else "partial credit"
    return Cell(family, "power", setting, truth(effect))


def _power_seeds(n: int, spread: float) -> Cell:
    """Three runs: alike, and planned from what one run shows; or planned from an earlier build."""

    def truth(effect: float) -> Right:
        return _gained(0.6, effect, _seeds(spread, 3))

    def plan(effect: float) -> float:
        found = truth(effect)
        if not spread:
            return _promised(found.disagreement, n, binary=True, seeds=3)
        drawn = found.draw(np.random.default_rng(1), None, 40_000)
        runs = drawn.tuned - drawn.base
        luck = np.random.default_rng(2).standard_normal(40_000)
        apart = special.ndtr(special.ndtri(found.tuned) + spread * luck).var()
        # What a build of as many items reports as the spread of its runs holds the items' noise.
        seen = math.sqrt(apart + runs.var(axis=0, ddof=1).mean() / n)
        return _promised(float(runs.mean(axis=0).std()), n, binary=False, seeds=3, seed_sd=seen)

    effect = _found(plan)
    setting = Setting("accuracy", n, seeds=3, gain=round(effect, 4))
    family = "right or wrong, 3 seeds " + ("apart" if spread else "alike")
    return Cell(family, "power", setting, truth(effect))


def _gained(base: float, effect: float, latent: Latent) -> Right:
    """A truth with this gain over the base, on average over training runs."""
    skill = float(special.ndtri(base + effect)) * latent.tuned_sd
    return Right(float(special.ndtr(skill)), base, latent)


PRIMARY: Final = Right(0.7, 0.6, Latent(0.8))


def _guard(family: str, asks: Asks, n: int, tuned: float, margin: float, size: int = 1) -> Cell:
    latent = Latent(0.9, cluster_effect=0.3 if size > 1 else 0.0)
    setting = Setting("accuracy", 50, guard_items=n, margin=margin, guard_cluster=size)
    return Cell(family, asks, setting, PRIMARY, guard=Right(tuned, 0.7, latent))


def _least_margin(n: int) -> float:
    found = smallest_margin_binary(
        n, Right(0.7, 0.7, Latent(0.9)).disagreement, power=0.8, alpha=0.05
    )
    assert isinstance(found, float)
    return round(found, 4)


OTHERS: Final[tuple[Cell, ...]] = (
    *(_power_right(n) for n in (50, 200, 1000)),
    *(_power_partial(n) for n in (20, 50, 200)),
    *(_power_partial(n, 8) for n in (80, 400)),
    *(_power_seeds(n, spread) for spread in (0.0, 0.05) for n in (200, 1000)),
    *(_guard("a guard at its margin", "margin", n, 0.65, 0.05) for n in (200, 1000)),
    *(_guard("a guard of rare losses at its margin", "margin", n, 0.68, 0.02) for n in (200, 1000)),
    *(
        _guard("a guard at its margin, clusters of 8", "margin", n, 0.65, 0.05, 8)
        for n in (200, 1000)
    ),
    *(
        _guard("a guard that loses nothing", "retained", n, 0.7, _least_margin(n))
        for n in (200, 1000)
    ),
    _equal("right or wrong", "accuracy", 1000, Right(0.65, 0.6, Latent(0.8))),
    _equal("partial credit", "field_accuracy", 200, Partial((0.25, 0.4), (0.3, 0.35))),
    _equal(
        "partial credit, clusters of 8", "field_accuracy", 400,
        Partial((0.25, 0.4), (0.3, 0.35), _CLUSTERED), EQUAL,
    ),
    *(
        Cell("twenty subgroups", "subgroups", Setting("accuracy", 1000, subgroups=20), truth)
        for truth in (
            Right(0.6, 0.6, Latent(0.8)),
            Right(0.7, 0.6, Latent(0.8)),
            SomeGroupsRise(0.9, 0.6, 20, 15, Latent(0.8)),
        )
    ),
    *(
        Cell(
            "squares of lognormal errors",
            "tail",
            Setting("squared_error", n, gain=5),
            LongTail(1.6, 2),
        )
        for n in (20, 200)
    ),
)  # fmt: skip

CELLS: Final = (*INTERVALS, *OTHERS)
