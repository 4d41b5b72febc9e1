"""The cells: what is true, what is looked at, and what must then hold."""

from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.calibration.truth import (
    Classes,
    Latent,
    Loss,
    Partial,
    RareChange,
    Right,
    SquaredError,
    Truth,
)
from benchmarks.calibration.world import Setting

Asks = Literal["null", "coverage", "power", "margin"]

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
            guard loses exactly its margin, so "retained" is false.
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
        return f"{self.family} · {self.asks} · {self.setting.items}"


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
    from scipy import special

    latent = _seeds(spread, seeds)
    return Right(float(special.ndtr(special.ndtri(base) * latent.tuned_sd)), base, latent)


CELLS: Final[tuple[Cell, ...]] = (
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
