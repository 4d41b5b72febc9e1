"""The `claims:` block: what somebody says about the model, in a form that can be ruled on."""

import ast
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag

from evalreport.values import Number, Value, Words

_ARITHMETIC = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Constant,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.USub,
    ast.UAdd,
)


def _arithmetic(text: str) -> str:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text!r:.60} is not arithmetic: numbers, + - * / and brackets") from None
    for node in ast.walk(tree):
        is_number = not isinstance(node, ast.Constant) or type(node.value) in {int, float}
        if not isinstance(node, _ARITHMETIC) or not is_number:
            raise ValueError(f"{text!r:.60} is not arithmetic: numbers, + - * / and brackets")
    return text


Arithmetic: TypeAlias = Annotated[
    str, StringConstraints(strict=True, max_length=200), AfterValidator(_arithmetic)
]


class ClaimedValue(Value):
    """A number that is said to measure something.

    Attributes:
        value: The number; fractions, not percent.
        of: What it is said to measure, such as `task_accuracy`.
        measured_by: What was really measured to get it, such as `token_accuracy`.
    """

    value: Number
    of: Words
    measured_by: Words | None = None


class ClaimedFinding(Value):
    """Something that is said of one of the findings.

    Attributes:
        finding: Id of the finding: `layer.metric`, or `layer.metric.field`.
        is_said: What is said of it: `better`, `worse`, `no_worse`, `equal`, `value` (with
            `value:`) or `met_target`.
        value: The value that is claimed, with `is: value`.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    finding: Words
    is_said: Literal["better", "worse", "no_worse", "equal", "value", "met_target"] = Field(
        alias="is"
    )
    value: Number | None = None


class ClaimedSum(Value):
    """A number that can be computed again.

    Attributes:
        recompute: Arithmetic with numbers, such as `255 / 0.03`.
        value: What is claimed to come out.
    """

    recompute: Arithmetic
    value: Number


def _form(given: Any) -> str:
    """Which form was meant, so that an error speaks of that one alone."""
    if isinstance(given, str):
        return "unmeasurable"
    if isinstance(given, ClaimedFinding):
        return "finding"
    if isinstance(given, ClaimedSum):
        return "recompute"
    if isinstance(given, dict):
        forms = {"finding": "finding", "is": "finding", "recompute": "recompute"}
        return next((form for key, form in forms.items() if key in given), "value")
    return "value"


Asserts: TypeAlias = Annotated[
    Annotated[ClaimedValue, Tag("value")]
    | Annotated[ClaimedFinding, Tag("finding")]
    | Annotated[ClaimedSum, Tag("recompute")]
    | Annotated[Literal["unmeasurable"], Tag("unmeasurable")],
    Discriminator(_form),
]


class Claim(Value):
    """One sentence about the model that gets a ruling.

    Attributes:
        text: The sentence, as it was said.
        source: Where it was said.
        asserts: What would have to be true.
    """

    text: Words
    source: Words | None = None
    asserts: Asserts
