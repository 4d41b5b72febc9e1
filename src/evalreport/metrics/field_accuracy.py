"""The share of a JSON reference's fields that the answer has exactly right."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from evalreport.metrics.base import Column, Output, Scale, Score, TextScorer
from evalreport.metrics.field_overlap import FieldStep, ListOrder, normal_form, overlap
from evalreport.metrics.json_text import NotJson, decode
from evalreport.metrics.scoring import fraction, reference_of, require, scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Flag, Json, Value

_ABSENT: Final[Mapping[str, Json]] = {}


class FieldAccuracy(Value):
    """Right paths over all paths that the reference or the answer has: extra fields cost too.

    A path leads to a scalar (or an empty object or list): `customer.name`, `items.0.quantity`. It
    is right when both sides hold the same value there, of the same type, after `normalise`.

    Attributes:
        normalise: What is done to both sides' texts before they are compared.
        lists: Whether entries of lists are compared by position, or paired as well as can be.
        per_field: A column for each top-level field, too: its right paths over its paths, where a
            field that neither side has is right.
    """

    metric: Literal["field_accuracy"]
    normalise: tuple[FieldStep, ...] = ()
    lists: ListOrder = "in_order"
    per_field: Flag = False

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference is no JSON, or with `per_field` no JSON object.
        """
        require(
            items,
            self._problem,
            metric=self.metric,
            hint="the reference (`completion:`) must be the JSON that the model should write",
        )
        fields = self._fields(items) if self.per_field else {}
        columns = [fraction(self.metric), *self._columns(fields)]

        def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
            answer = _answer(output)
            if isinstance(answer, Unscorable):
                return answer
            right = self._normal(decode(reference_of(item)))
            given = self._normal(answer[0])
            return (overlap(right, given, self.lists).share, *self._shares(fields, right, given))

        zeros = (0.0,) * len(columns)
        return scorer(columns, score, lambda _: zeros)

    def _problem(self, item: Item) -> str | None:
        try:
            reference = decode(item.reference or "")
        except NotJson as error:
            return f"the reference is unusable: {error}"
        if self.per_field and not isinstance(reference, dict):
            return "the reference is no JSON object, which `per_field` needs"
        return None

    def _normal(self, value: Json) -> Json:
        return normal_form(value, self.normalise)

    def _fields(self, items: Sequence[Item]) -> dict[str, Scale]:
        """The top-level fields of all references; 0 or 1 are scores of those that hold scalars."""
        scales: dict[str, Scale] = {}
        for item in items:
            reference = decode(reference_of(item))
            for name, value in reference.items() if isinstance(reference, dict) else ():
                is_scalar = not isinstance(value, dict | list)
                scales.setdefault(name, Scale.BINARY)
                scales[name] = scales[name] if is_scalar else Scale.MEAN
        return dict(sorted(scales.items()))

    def _columns(self, fields: Mapping[str, Scale]) -> list[Column]:
        return [fraction(self.metric, field=name, scale=fields[name]) for name in fields]

    def _shares(self, fields: Mapping[str, Scale], right: Json, given: Json) -> list[float]:
        here = right if isinstance(right, dict) else _ABSENT
        there = given if isinstance(given, dict) else _ABSENT
        return [
            overlap(here[name], there[name], self.lists).share
            if name in here and name in there
            else float(name not in here and name not in there)
            for name in fields
        ]


def _answer(output: Output) -> tuple[Json] | Unscorable:
    """The JSON value of an answer; a text that extraction left as it was is decoded here."""
    if not isinstance(output.value, str):
        return (output.value,)
    try:
        return (decode(output.value),)
    except NotJson as error:
        return Unscorable(reason=str(error))
