"""lm-eval's metrics: what each is, and how a row's value of it becomes a score.

The harness gives every row whatever its aggregation needs: mostly a number of which the mean is
taken, for perplexities (log-likelihood, units), for F1 and its like a pair of labels. What sums or
means reproduce exactly is taken up; the rest has a figure, and no scores.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from evalreport.importers.base import Given, NoScore
from evalreport.importers.lm_eval.facts import plain_name
from evalreport.importers.reading import number_of
from evalreport.metrics.base import Column, Scale
from evalreport.values import Json

Kind: TypeAlias = Literal["number", "loss", "loss of parts", "bits", "shares", "none"]
"""number: the mean of the rows is the figure. loss: its exponent is, of the negative mean. loss of
parts: a row is (log-likelihood, parts), the figure the exponent of their ratio. bits: the same in
bits. shares: a row is a list of right and wrong. none: only the tool's function adds rows up."""

OURS: Final[Mapping[str, str]] = {"acc": "accuracy", "acc_norm": "accuracy_normalized"}

# The aggregation of the harness's own metrics, where no results file tells it.
_AGGREGATION: Final[Mapping[str, str]] = {
    "word_perplexity": "weighted_perplexity",
    "byte_perplexity": "weighted_perplexity",
    **{
        name: name
        for name in ("bits_per_byte", "perplexity", "f1", "brier_score", "bleu", "chrf", "ter")
    },
    "mcc": "matthews_corrcoef",
    "bypass": "bypass",
}
_KINDS: Final[Mapping[str, Kind]] = {
    "weighted_perplexity": "loss of parts",
    "bits_per_byte": "bits",
    "perplexity": "loss",
    **dict.fromkeys(
        ("f1", "matthews_corrcoef", "brier_score", "bleu", "chrf", "ter", "bypass"), "none"
    ),
}
_PARTS: Final[Mapping[str, str]] = {"word_perplexity": "word", "byte_perplexity": "byte"}
# ifeval's: the share of all instructions of all rows.
_SHARES: Final = frozenset({"inst_level_strict_acc", "inst_level_loose_acc"})
_BY_MEAN: Final = frozenset({"mean", "nanmean"})
_BOOTSTRAPPED: Final = frozenset(
    {"median", "matthews_corrcoef", "f1", "perplexity", "bleu", "chrf", "ter", "nanmean"}
)
_FEWER_DRAWS: Final = frozenset({"bleu", "chrf", "ter"})
_MOST_FEWER: Final = 100

_FRACTIONS: Final = frozenset(
    {"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "acc_all", "exact_match", "f1", "em"}
    | {"prompt_level_strict_acc", "prompt_level_loose_acc", "likelihood"}
    | _SHARES
)
_SHARE_LIKE: Final = re.compile(r"pass(@|_at_)|exact_match|acc_|.*_(acc|accuracy|em)$")
_POINTS: Final = frozenset({"bleu", "chrf", "ter"})
_LOWER_IS_BETTER: Final = frozenset(
    {"perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte", "brier_score", "ter"}
    | {"wer", "cer", "loss", "mse", "mae", "rmse"}
)
_HIGHER_IS_BETTER: Final = _FRACTIONS | {"bleu", "chrf", "mcc", "rouge1", "rouge2", "rougeL"}


@dataclass(frozen=True, slots=True)
class Metric:
    """One of lm-eval's metrics.

    Attributes:
        theirs: As the harness calls it.
        kind: What a row's value of it is.
        column: What we make of it.
        aggregation: The harness's function, where it is told or known.
        is_guessed: Whether nothing tells its direction.
    """

    theirs: str
    kind: Kind
    column: Column
    aggregation: str = ""
    is_guessed: bool = False

    def score(self, value: Json) -> Given:
        """A row's score, or why it has none; whether its metric can be it, is another question."""
        match self.kind:
            case "loss of parts" | "bits":
                pair = [number_of(one) for one in value] if isinstance(value, list) else []
                if len(pair) != 2 or pair[0] is None or not pair[1] or pair[1] < 0:
                    return NoScore("the value is no log-likelihood with a number of parts")
                scale = math.log(2) if self.kind == "bits" else 1.0
                return -pair[0] / scale, pair[1]
            case "shares":
                kept = [number_of(one) for one in value] if isinstance(value, list) else []
                if not kept or any(one not in {0.0, 1.0} for one in kept):
                    return NoScore("the value is no list of right and wrong")
                return float(sum(one == 1.0 for one in kept)), float(len(kept))
            case _:
                number = _number(value)
                if isinstance(number, NoScore):
                    return number
                return -number if self.kind == "loss" else number

    def figure(self, value: float) -> float | None:
        """The tool's own figure in the unit of the column; None where it has none."""
        if self.kind not in {"loss", "loss of parts"}:
            return value
        return math.log(value) if value > 0 else None

    @property
    def is_logarithm(self) -> bool:
        """Whether it is kept as the logarithm of what the tool gives."""
        return self.kind in {"loss", "loss of parts"}

    @property
    def is_mean_of_items(self) -> bool:
        """Whether the tool's figure is the mean of a number that each item has."""
        return self.kind == "number" and self.aggregation in {"", *_BY_MEAN}

    @property
    def is_averaged_otherwise(self) -> bool:
        """Whether each row has a number, and the tool's figure is no mean of them."""
        return self.kind == "number" and self.aggregation not in {"", *_BY_MEAN}

    def drawn(self, draws: int | None) -> int | None:
        """Draws of the bootstrap behind the tool's standard error; None where it is a formula."""
        if self.aggregation not in _BOOTSTRAPPED or draws is None:
            return None
        return min(draws, _MOST_FEWER) if self.theirs in _FEWER_DRAWS else draws


def _number(value: Json) -> float | NoScore:
    if isinstance(value, str) and value in {"True", "False"}:  # numpy's, written as text
        return float(value == "True")
    found = number_of(value)
    if found is not None:
        return found
    if value is None:
        return NoScore("the value is null")
    if isinstance(value, float):
        return NoScore("the value is not finite")
    return NoScore("the value is no number")


@dataclass(frozen=True, slots=True)
class Told:
    """What a results file tells of a task's metrics.

    Attributes:
        aggregations: By metric.
        higher_is_better: By metric, where it is yes or no.
        values: By metric, its figures.
    """

    aggregations: Mapping[str, str] = field(default_factory=dict)
    higher_is_better: Mapping[str, bool] = field(default_factory=dict)
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)


def metric_of(theirs: str, told: Told, seen: Sequence[Json] = (), taken: str = "") -> Metric:
    """What a metric is.

    Args:
        theirs: As the harness calls it.
        told: What the results file of its run tells.
        seen: Values of it in the first rows.
        taken: Our name of it; empty for the usual one.
    """
    aggregation = told.aggregations.get(theirs, _AGGREGATION.get(theirs, ""))
    kind: Kind = "shares" if theirs in _SHARES else _KINDS.get(aggregation, "number")
    if kind == "number" and any(isinstance(value, list | dict) for value in seen):
        kind = "none"
    direction = told.higher_is_better.get(theirs)
    is_guessed = direction is None and theirs not in _HIGHER_IS_BETTER | _LOWER_IS_BETTER
    if direction is None:
        direction = theirs not in _LOWER_IS_BETTER
    column = _column(
        taken or OURS.get(theirs, theirs), theirs, kind, told, seen, higher_is_better=direction
    )
    return Metric(theirs, kind, column, aggregation, is_guessed)


def _column(
    name: str, theirs: str, kind: Kind, told: Told, seen: Sequence[Json], *, higher_is_better: bool
) -> Column:
    def column(
        unit: str, scale: Scale, low: float | None = None, high: float | None = None
    ) -> Column:
        return Column(plain_name(name), unit, higher_is_better, scale, low=low, high=high)

    match kind:
        case "loss of parts":
            return column(f"nats/{_PARTS.get(theirs, 'part')}", Scale.RATIO, 0.0)
        case "bits":
            return column("bits/byte", Scale.RATIO, 0.0)
        case "loss":
            return column("nats/item", Scale.MEAN, 0.0)
        case "shares":
            return column("fraction", Scale.RATIO, 0.0, 1.0)
        case _:
            numbers = [*told.values.get(theirs, ()), *(number_of(value) for value in seen)]
            if theirs in _POINTS:
                return column("points", Scale.MEAN, 0.0)
            # Some tasks give shares of their own in percent under these names.
            is_share = theirs in _FRACTIONS or (theirs in told.values and _SHARE_LIKE.match(theirs))
            if is_share and all(one is None or 0 <= one <= 1 for one in numbers):
                return column("fraction", Scale.MEAN, 0.0, 1.0)
            return column("", Scale.MEAN)


def metric_table(
    names: Sequence[str], told: Told, seen: Callable[[str], Sequence[Json]]
) -> dict[str, Metric]:
    """Metrics by the harness's name, each under a name of its own.

    Args:
        names: As the harness calls them.
        told: What the results file of their run tells.
        seen: Values of a metric in the first rows.
    """
    return {name: metric_of(name, told, seen(name), own_name(name, names)) for name in names}


def own_name(theirs: str, others: Collection[str]) -> str:
    """Our name of a metric, unless another one is called so already."""
    ours = OURS.get(theirs, theirs)
    return theirs if ours in others else ours
