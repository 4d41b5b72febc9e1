"""What is true, and scores drawn from it: the latent model of the fake engine, drawn by arrays.

The fake engine decides each item by a standard normal difficulty, of which a share is common to
all arms and a share to the items of a cluster; an arm is right where the difficulty lies below its
skill. The same is drawn here with numpy, thousands of builds in the time of one; that both have
the same distribution is held by tests/benchmarks.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Latent:
    """How difficulties hang together.

    Attributes:
        correlation: Share of an item's difficulty that all arms have in common.
        cluster_effect: Share of it that the items of a cluster have in common.
        seed_spread: Standard deviation of skill between training seeds, on the probit scale.
        seeds: Training runs of tuned.
    """

    correlation: float = 0.7
    cluster_effect: float = 0.0
    seed_spread: float = 0.0
    seeds: int = 1

    def draw(
        self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int
    ) -> tuple[FloatArray, FloatArray]:
        """Difficulties less the luck of the seed: of tuned, shape (seeds, n), and base, (1, n)."""
        shared = self._part(rng, clusters, n)

        def arm() -> FloatArray:
            own = self._part(rng, clusters, n)
            return math.sqrt(self.correlation) * shared + math.sqrt(1 - self.correlation) * own

        tuned = np.stack([arm() for _ in range(self.seeds)])
        if self.seed_spread:
            tuned -= self.seed_spread * rng.standard_normal((self.seeds, 1))
        return tuned, arm()[np.newaxis]

    def _part(
        self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int
    ) -> FloatArray:
        item = rng.standard_normal(n)
        if clusters is None or not self.cluster_effect:
            return item
        common = rng.standard_normal(int(clusters.max()) + 1)[clusters]
        share = self.cluster_effect
        return math.sqrt(share) * common + math.sqrt(1 - share) * item

    @property
    def tuned_sd(self) -> float:
        """Standard deviation of tuned's difficulty over items and training runs."""
        return math.hypot(1.0, self.seed_spread)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Scores of one build: tuned (seeds, n) or (seeds, n, k), base the same with one seed."""

    tuned: FloatArray
    base: FloatArray


class Truth(Protocol):
    """A true state of the world."""

    @property
    def arms(self) -> tuple[float, float]:
        """The true values of tuned and base."""

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        """One build's scores."""


@dataclass(frozen=True, slots=True)
class Right:
    """Right or wrong: probabilities of the two arms."""

    tuned: float
    base: float
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        at = special.ndtri(self.tuned) / self.latent.tuned_sd
        return float(special.ndtr(at)), self.base

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        tuned, base = self.latent.draw(rng, clusters, n)
        return Drawn(
            (tuned < special.ndtri(self.tuned)).astype(np.float64),
            (base < special.ndtri(self.base)).astype(np.float64),
        )

    @property
    def disagreement(self) -> float:
        """The share of items on which exactly one arm is right."""
        rho = self.latent.correlation / self.latent.tuned_sd
        tuned, base = self.arms
        both = _both(float(special.ndtri(tuned)), float(special.ndtri(base)), rho)
        return tuned + base - 2 * both


@dataclass(frozen=True, slots=True)
class SomeGroupsRise:
    """Right or wrong: in most groups tuned is better, in the others it is not.

    Attributes:
        tuned: Probability of tuned where it is better.
        base: That of the base, and of tuned elsewhere.
        groups: Groups that items take turns in.
        rising: In how many of them tuned is better.
    """

    tuned: float
    base: float
    groups: int
    rising: int
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        share = self.rising / self.groups
        return share * self.tuned + (1 - share) * self.base, self.base

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        tuned, base = self.latent.draw(rng, clusters, n)
        rises = np.arange(n) % self.groups < self.rising
        skill = np.where(rises, special.ndtri(self.tuned), special.ndtri(self.base))
        return Drawn(
            (tuned < skill).astype(np.float64), (base < special.ndtri(self.base)).astype(np.float64)
        )


@cache
def _both(a: float, b: float, rho: float) -> float:
    from scipy import stats

    normal = stats.multivariate_normal(mean=[0, 0], cov=[[1, rho], [rho, 1]])
    return float(normal.cdf([a, b]))


@dataclass(frozen=True, slots=True)
class Partial:
    """Partial credit, such as a token F1: some of it 0, some 1, the rest uniform between.

    Attributes:
        tuned: Shares of 0 and of 1.
        base: The same.
    """

    tuned: tuple[float, float]
    base: tuple[float, float]
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        return tuple(one + (1 - zero - one) / 2 for zero, one in (self.tuned, self.base))  # type: ignore[return-value]  # two of them

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        tuned, base = self.latent.draw(rng, clusters, n)
        return Drawn(_credit(tuned, *self.tuned), _credit(base, *self.base))


def _credit(difficulty: FloatArray, zero: float, one: float) -> FloatArray:
    ease = 1 - special.ndtr(difficulty)
    return np.clip((ease - zero) / (1 - zero - one), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class RareChange:
    """Half credit everywhere but for a few items that change to 0 or to 1.

    Attributes:
        up: Share that rises by half a point.
        down: Share that falls by half a point.
    """

    up: float
    down: float
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        return 0.5 + (self.up - self.down) / 2, 0.5

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:  # noqa: ARG002
        at = rng.random((1, n))
        change = np.where(at < self.up, 0.5, np.where(at > 1 - self.down, -0.5, 0.0))
        return Drawn(0.5 + change, np.full((1, n), 0.5))


@dataclass(frozen=True, slots=True)
class SquaredError:
    """Squared errors of a quantity: a share is 0, the others are uniform on 1 to 50, squared.

    Attributes:
        tuned: Share without error.
        base: The same.
    """

    tuned: float
    base: float
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        """The true values of tuned and base."""
        mean = float(np.square(np.arange(1, 51)).mean())
        return (1 - self.tuned) * mean, (1 - self.base) * mean

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        """One build's scores."""
        tuned, base = self.latent.draw(rng, clusters, n)

        def errors(difficulty: FloatArray, right: float) -> FloatArray:
            beyond = (special.ndtr(difficulty) - right) / (1 - right)
            squared: FloatArray = np.square(np.clip(np.ceil(50 * beyond), 0, 50))
            return squared

        return Drawn(errors(tuned, self.tuned), errors(base, self.base))


@dataclass(frozen=True, slots=True)
class LongTail:
    """Squares of lognormal errors, cut at 2,500: a few items carry the mean. Lower is better.

    Attributes:
        tuned: Median of the absolute error.
        base: The same.
    """

    tuned: float
    base: float
    latent: Latent = Latent()
    LARGEST = 2500.0
    SIGMA = 1.0

    @property
    def arms(self) -> tuple[float, float]:
        return self._mean(self.tuned), self._mean(self.base)

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        tuned, base = self.latent.draw(rng, clusters, n)
        return Drawn(self._error(tuned, self.tuned), self._error(base, self.base))

    def _error(self, difficulty: FloatArray, median: float) -> FloatArray:
        return np.minimum(np.square(median * np.exp(self.SIGMA * difficulty)), self.LARGEST)

    def _mean(self, median: float) -> float:
        """Of min(median² exp(2 sigma z), cut): a lognormal mean up to the cut, and the cut."""
        sigma = 2 * self.SIGMA
        at = (math.log(self.LARGEST) - 2 * math.log(median)) / sigma
        below = median**2 * math.exp(sigma**2 / 2) * float(special.ndtr(at - sigma))
        return below + self.LARGEST * float(special.ndtr(-at))


@dataclass(frozen=True, slots=True)
class Loss:
    """Loss in nats per token: references of 5 to 60 tokens, levels of the two arms."""

    tuned: float
    base: float
    latent: Latent = Latent()
    SPREAD = 0.3

    @property
    def arms(self) -> tuple[float, float]:
        return self.tuned, self.base

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        tokens = rng.integers(5, 61, n).astype(np.float64)
        tuned, base = self.latent.draw(rng, clusters, n)

        def sums(difficulty: FloatArray, level: float) -> FloatArray:
            nats = np.maximum(level + self.SPREAD * difficulty, 0.001) * tokens
            return np.stack((nats, np.broadcast_to(tokens, nats.shape)), axis=-1)

        return Drawn(sums(tuned, self.tuned), sums(base, self.base))


CLASSES: Final = (0.5, 0.3, 0.2)
"""How frequent the three classes are."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Three classes, macro-F1: probabilities that the arms name the right one."""

    tuned: float
    base: float
    latent: Latent = Latent()

    @property
    def arms(self) -> tuple[float, float]:
        return self._macro_f1(self.tuned), self._macro_f1(self.base)

    def draw(self, rng: np.random.Generator, clusters: NDArray[np.intp] | None, n: int) -> Drawn:
        named = rng.choice(len(CLASSES), size=n, p=CLASSES)
        tuned, base = self.latent.draw(rng, clusters, n)

        def vectors(difficulty: FloatArray, right: float) -> FloatArray:
            hit = difficulty < special.ndtri(right)
            other = (named + rng.integers(1, len(CLASSES), difficulty.shape)) % len(CLASSES)
            given = np.where(hit, named, other)
            one_hot = np.eye(len(CLASSES))
            reference = np.broadcast_to(one_hot[named], (*difficulty.shape, len(CLASSES)))
            return np.concatenate((one_hot[given] * hit[..., None], one_hot[given], reference), -1)

        return Drawn(vectors(tuned, self.tuned), vectors(base, self.base))

    @staticmethod
    def _macro_f1(right: float) -> float:
        shares = np.asarray(CLASSES)
        wrong = (1 - right) / (len(CLASSES) - 1)
        given = shares * right + (1 - shares) * wrong
        return float((2 * shares * right / (given + shares)).mean())
