"""Whether an answer is JSON, and whether it has the declared shape."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from evalreport.errors import Problem, SpecError
from evalreport.metrics.base import Output, Scale, TextScorer
from evalreport.metrics.json_shape import shape_test
from evalreport.metrics.json_text import NotJson, decode
from evalreport.metrics.scoring import fraction
from evalreport.records import Item
from evalreport.values import Json, Value, Words


class JsonValid(Value):
    """Whether the answer is JSON, as the layer's `extract:` reads it. 0 or 1.

    An output from which nothing can be read is scored here, as 0: validity is what is measured.
    """

    metric: Literal["json_valid"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:  # noqa: ARG002  # the protocol's
        """The scorer; it needs no reference."""

        def score(_: Item, output: Output) -> tuple[float]:
            return (float(_json_of(output) is not None),)

        column = fraction(self.metric, scale=Scale.BINARY)
        return TextScorer((column,), score, lambda _: (0.0,))


class JsonSchema(Value):
    """Whether the answer is JSON that a JSON Schema accepts. 0 or 1; no JSON is a 0.

    `schema` stands in the spec, or is the path of a file, which the spec's loader replaces through
    `with_schema`. References within the schema are followed, those to elsewhere are refused, and
    nothing is ever fetched. `format` is not checked, as JSON Schema has it by default.
    Source: the jsonschema library; the draft is the one that `$schema` names, else 2020-12.

    Attributes:
        definition: A JSON Schema, or the path of a file with one.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    metric: Literal["json_schema"]
    definition: Annotated[dict[str, Json] | Words, Field(alias="schema")]

    @model_validator(mode="after")
    def _is_a_schema(self) -> Self:
        if not isinstance(self.definition, str):
            shape_test(self.definition)
        return self

    @property
    def path(self) -> str | None:
        """The file that holds the schema, while it is not loaded."""
        return self.definition if isinstance(self.definition, str) else None

    def with_schema(self, definition: Json) -> "JsonSchema":
        """The same metric with its schema loaded.

        Raises:
            ValidationError: The definition is no JSON Schema.
        """
        return JsonSchema.model_validate({"metric": self.metric, "schema": definition})

    def prepare(self, items: Sequence[Item]) -> TextScorer:  # noqa: ARG002  # the protocol's
        """The scorer; it needs no reference.

        Raises:
            SpecError: The schema is still a path.
        """
        if isinstance(self.definition, str):
            raise SpecError(
                Problem(
                    f"metric {self.metric}, schema",
                    f"the file {self.definition} was not loaded",
                    "write the schema into the spec instead",
                )
            )
        accepts = shape_test(self.definition)

        def score(_: Item, output: Output) -> tuple[float]:
            found = _json_of(output)
            return (float(found is not None and accepts(found[0])),)

        column = fraction(self.metric, scale=Scale.BINARY)
        return TextScorer((column,), score, lambda _: (0.0,))


def _json_of(output: Output) -> tuple[Json] | None:
    """The JSON value of an answer, in a tuple since it may be null; None when there is none.

    Extraction may have given the value already, or a text that is still to be decoded.
    """
    if output.problem:
        return None
    if not isinstance(output.value, str):
        return (output.value,)
    for text in (output.value, output.text):  # the whole text: a JSON string was decoded already
        try:
            value = decode(text)
        except NotJson:
            continue
        return (value,) if text is output.value or value == output.value else None
    return None
