"""Class labels, each answer alone or all together: accuracy, balanced accuracy, macro F1."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, Self

from pydantic import model_validator

from evalreport.metrics.base import Column, FloatArray, Output, Scale, Score, TextScorer
from evalreport.metrics.labels import LabelOptions, label_space
from evalreport.metrics.scoring import fraction, fraction_scorer, scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Flag

if TYPE_CHECKING:  # a spec is checked without numpy
    import numpy as np
    from numpy.typing import NDArray


_NO_KAPPA: Final = (
    "no answer names a class, or only one class occurs: agreement beyond chance is not defined"
)


class Accuracy(LabelOptions):
    """Whether the answer names the right class. 0 or 1; guessing gives 1 / number of classes."""

    metric: Literal["accuracy"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference names no class.
        """
        space = label_space(self.metric, self, items)

        def score(item: Item, output: Output) -> float | Unscorable:
            answered = space.of_output(output)
            if isinstance(answered, Unscorable):
                return answered
            return float(answered == space.of_reference(item))

        column = fraction(self.metric, scale=Scale.BINARY, chance=_guessing(len(space.labels)))
        return fraction_scorer(column, score)


class BalancedAccuracy(LabelOptions):
    """The mean of the recalls of all classes that the references name.

    An item's vector: which class was right (k numbers), which is the reference's (k numbers).
    Source: Brodersen et al. (2010), ICPR 3121-3124.
    """

    metric: Literal["balanced_accuracy"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference names no class.
        """
        space = label_space(self.metric, self, items)
        k = len(space.labels)

        @cache
        def vector(right: int, answered: int) -> tuple[float, ...]:
            return (*_one_hot(k, right if right == answered else -1), *_one_hot(k, right))

        def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
            answered = space.of_output(output)
            if isinstance(answered, Unscorable):
                return answered
            return (vector(space.of_reference(item), answered),)

        column = Column(
            metric=self.metric,
            unit="fraction",
            higher_is_better=True,
            scale=Scale.CORPUS,
            low=0.0,
            high=1.0,
            chance=_guessing(k),
            aggregate=balanced_accuracy,
        )
        return scorer((column,), score, lambda item: (vector(space.of_reference(item), -1),))


class MacroF1(LabelOptions):
    """The mean F1 of all classes that a reference or an answer names.

    `per_class` adds precision and recall of every class; `ordered` (with `labels:` in their order)
    adds Cohen's kappa with quadratic weights. The precision of a class that no answer names, the
    recall of one that no reference names and a kappa of a single class are not defined. An answer
    that names no class is missing from its class's recall; for kappa it counts as the class
    farthest away, unless no answer names one: then there is no kappa.
    Source: the "averaged F1" of Opitz & Burst (2019), arXiv 1911.03347, as in scikit-learn; kappa
    from Cohen (1968), Psychological Bulletin 70:213-220.

    Attributes:
        per_class: Precision and recall of every class, too.
        ordered: Kappa with quadratic weights, too; needs `labels` in their order.
    """

    metric: Literal["macro_f1"]
    per_class: Flag = False
    ordered: Flag = False

    @model_validator(mode="after")
    def _order_is_declared(self) -> Self:
        if self.ordered and not self.labels:
            raise ValueError("`ordered` needs `labels:` in their order")
        return self

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference names no class.
        """
        space = label_space(self.metric, self, items)
        k = len(space.labels)
        columns = self._columns(space.labels)

        @cache
        def vectors(right: int, answered: int) -> tuple[Score, ...]:
            hits = _one_hot(k, right if right == answered else -1)
            given, named = _one_hot(k, answered), _one_hot(k, right)
            found: list[Score] = [(*hits, *given, *named)]
            if self.ordered:
                rated = answered if answered >= 0 else (0 if right >= k - 1 - right else k - 1)
                # That it was read goes along: kappa of answers that were not is all penalty.
                read = float(answered >= 0)
                found.append((read, float((right - rated) ** 2), *named, *_one_hot(k, rated)))
            if self.per_class:
                found += [(hits[i], given[i]) for i in range(k)]
                found += [(hits[i], named[i]) for i in range(k)]
            return tuple(found)

        def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
            answered = space.of_output(output)
            if isinstance(answered, Unscorable):
                return answered
            return vectors(space.of_reference(item), answered)

        return scorer(columns, score, lambda item: vectors(space.of_reference(item), -1))

    def _columns(self, labels: Sequence[str]) -> list[Column]:
        def column(
            field: str | None, aggregate: Callable[[FloatArray], FloatArray], low: float = 0.0
        ) -> Column:
            return Column(
                metric=self.metric,
                field=field,
                unit="kappa" if field == "quadratic_kappa" else "fraction",
                higher_is_better=True,
                scale=Scale.CORPUS,
                low=low,
                high=1.0,
                chance=0.0 if field == "quadratic_kappa" else None,
                undefined=_NO_KAPPA if field == "quadratic_kappa" else "",
                aggregate=aggregate,
            )

        columns = [column(None, macro_f1)]
        if self.ordered:
            columns.append(column("quadratic_kappa", quadratic_kappa, -1.0))
        if self.per_class:
            columns += [column(f"precision.{label}", share) for label in labels]
            columns += [column(f"recall.{label}", share) for label in labels]
        return columns


def balanced_accuracy(sums: FloatArray) -> FloatArray:
    """Mean recall over the classes with references.

    Args:
        sums: Shape (..., 2 k): right answers by class, references by class.

    Returns:
        Shape (...,), fractions; 0 where there is no reference at all.
    """
    import numpy as np

    hits, named = np.split(sums, 2, axis=-1)
    return _mean_where(_ratio(hits, named), named > 0)


def macro_f1(sums: FloatArray) -> FloatArray:
    """Mean F1 over the classes that occur on either side.

    Args:
        sums: Shape (..., 3 k): right answers, answers, references, each by class.

    Returns:
        Shape (...,), fractions; 0 where nothing occurs at all.
    """
    import numpy as np

    hits, given, named = np.split(sums, 3, axis=-1)
    return _mean_where(_ratio(2 * hits, given + named), given + named > 0)


def quadratic_kappa(sums: FloatArray) -> FloatArray:
    """Cohen's kappa with squared distances as weights.

    Args:
        sums: Shape (..., 2 + 2 k): how many answers were read, summed squared distance, references
            and answers by class.

    Returns:
        Shape (...,), at most 1; NaN where one class is all that occurs: agreement beyond chance
        is not defined there, and one other answer would make it 0. NaN too where no answer was
        read: what is left is the penalty, which depends on nothing that was said.
    """
    import numpy as np

    k = (sums.shape[-1] - 2) // 2
    named, given = sums[..., 2 : 2 + k], sums[..., 2 + k :]
    distance = np.subtract.outer(np.arange(k), np.arange(k)) ** 2.0
    expected = np.einsum("...i,ij,...j->...", named, distance, given)
    observed = sums[..., 1] * named.sum(axis=-1)
    return np.where((expected > 0) & (sums[..., 0] > 0), 1.0 - _ratio(observed, expected), np.nan)


def share(sums: FloatArray) -> FloatArray:
    """NaN for the precision of a class that nobody answered, the recall of one without items."""
    import numpy as np

    return np.where(sums[..., 1] > 0, _ratio(sums[..., 0], sums[..., 1]), np.nan)


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """0 where nothing is divided by nothing, as scikit-learn's zero_division=0."""
    import numpy as np

    return np.divide(over, under, out=np.zeros_like(over, dtype=np.float64), where=under > 0)


def _mean_where(values: FloatArray, counted: "NDArray[np.bool_]") -> FloatArray:
    import numpy as np

    return _ratio((values * counted).sum(axis=-1), counted.sum(axis=-1).astype(np.float64))


def _guessing(k: int) -> float | None:
    return 1 / k if k else None


def _one_hot(k: int, index: int) -> tuple[float, ...]:
    return tuple(float(i == index) for i in range(k))
