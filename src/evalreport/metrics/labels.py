"""Class labels: which there are, and which one a reference or an answer names."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from evalreport.errors import DataError, Problem
from evalreport.metrics.base import Output
from evalreport.metrics.json_paths import at_path
from evalreport.metrics.json_text import NotJson, decode
from evalreport.metrics.normalise import Step, as_text, normalise
from evalreport.metrics.scoring import place, reference_of, require
from evalreport.records import Item, Unscorable
from evalreport.values import Flag, Value, Whole, Words

if TYPE_CHECKING:  # a spec is checked without numpy
    import numpy as np
    from numpy.typing import NDArray

MAX_CLASSES: Final = 500
_SHOWN_CHARACTERS: Final = 40


class LabelOptions(Value):
    """What the metrics on class labels share.

    Attributes:
        labels: The classes; left out, those that the references name.
        field: Where the label stands when answer and reference are JSON, such as `sentiment` or
            `result.class`.
        normalise: What is done to both sides before they are compared.
    """

    labels: tuple[Words | Whole | Flag, ...] = ()
    field: Words | None = None
    normalise: tuple[Step, ...] = ("lower", "whitespace")


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """The classes of a set of items, in the declared order or, without one, sorted."""

    labels: tuple[str, ...]
    options: LabelOptions
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {label: i for i, label in enumerate(self.labels)})

    def of_reference(self, item: Item) -> int:
        """The index of the class that the reference names.

        Raises:
            DataError: It names none.
        """
        label = _reference_label(self.options, item)
        if label is None or label not in self.index:
            raise DataError(Problem(place(item), "the reference names no class", ""))
        return self.index[label]

    def of_output(self, output: Output) -> int | Unscorable:
        """The index of the class that an answer names, if it names one."""
        if output.problem:
            return Unscorable(reason=output.problem)
        value = output.value
        if self.options.field is not None:
            if isinstance(value, str):  # extraction may have left the JSON as a text
                try:
                    value = decode(value)
                except NotJson as error:
                    return Unscorable(reason=str(error))
            value = at_path(value, self.options.field)
            if value is None:
                return Unscorable(reason=f"no label at `{self.options.field}`")
        label = normalise(as_text(value), self.options.normalise)
        if label not in self.index:
            return Unscorable(reason="not one of the labels")
        return self.index[label]


def label_space(metric: str, options: LabelOptions, items: Sequence[Item]) -> LabelSpace:
    """The classes of these items.

    Raises:
        DataError: A reference names no class, or none of the declared ones; two labels are the
            same; there are too many to be classes.
    """
    declared = tuple(normalise(as_text(label), options.normalise) for label in options.labels)
    if len(set(declared)) < len(declared):
        raise DataError(
            Problem(
                f"metric {metric}, labels",
                "two labels are the same after normalisation",
                "drop one of them, or take a step out of `normalise:`",
            )
        )

    def problem(item: Item) -> str | None:
        label = _reference_label(options, item)
        if label is None:
            return f"the reference has no label{_at(options.field)}"
        if declared and label not in declared:
            return f"the reference's label {label[:_SHOWN_CHARACTERS]!r} is none of `labels:`"
        return None

    require(items, problem, metric=metric, hint="`labels:` lists every class; `field:` says where")
    if declared:
        return LabelSpace(declared, options)
    named = {label for item in items if (label := _reference_label(options, item)) is not None}
    if len(named) > MAX_CLASSES:
        raise DataError(
            Problem(
                f"metric {metric}",
                f"the references name {len(named)} different labels; they do not look like classes",
                f"use exact_match, or cut a label out; at most {MAX_CLASSES} classes are compared",
            )
        )
    return LabelSpace(tuple(sorted(named)), options)


def majority_share(space: LabelSpace, items: Sequence[Item]) -> float:
    """The accuracy of always naming the commonest class of the references.

    Raises:
        ValueError: There are no items.
    """
    counts = Counter(space.of_reference(item) for item in items)
    return max(counts.values()) / len(items)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of reference class (rows) by answered class (columns).

    Attributes:
        labels: The classes, in the order of rows and columns.
        counts: Shape (k, k + 1); the last column counts answers that name no class.
    """

    labels: tuple[str, ...]
    counts: "NDArray[np.int64]"


def confusion(space: LabelSpace, pairs: Sequence[tuple[Item, Output]]) -> Confusion:
    """The confusion matrix of some answers."""
    import numpy as np

    k = len(space.labels)
    counts = np.zeros((k, k + 1), dtype=np.int64)
    for item, output in pairs:
        answered = space.of_output(output)
        column = k if isinstance(answered, Unscorable) else answered
        counts[space.of_reference(item), column] += 1
    return Confusion(space.labels, counts)


def _reference_label(options: LabelOptions, item: Item) -> str | None:
    if item.reference is None:
        return None
    if options.field is None:
        return normalise(reference_of(item), options.normalise) or None
    try:
        value = at_path(decode(item.reference), options.field)
    except NotJson:
        return None
    return None if value is None else normalise(as_text(value), options.normalise) or None


def _at(field: str | None) -> str:
    return "" if field is None else f" at `{field}`"
