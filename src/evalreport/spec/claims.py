"""The `claims:` block: what somebody says about the model, in a form that can be ruled on."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from evalreport.spec.arithmetic import Arithmetic, Written
from evalreport.values import Name, Value, Words

Said: TypeAlias = Literal[
    "better", "worse", "no_worse", "equal", "value", "difference", "relative", "met_target"
]


class Figure(Value):
    """A number that is claimed, or a bound that something is said to keep.

    Attributes:
        value: The number, in the digits in which it was said: 0.10 is ten points to the half
            point, 0.1 may be anything that rounds to it, and 10e3 is ten thousand to the half
            thousand. Fractions, not percent.
        at_least: Instead of a value, for "more than": something is said to be no less.
        at_most: Instead of a value, for "less than".
        within: How far off a value may be besides what its rounding allows, in its own unit.
        about: The same as a part of the value: 0.1 for "about".
    """

    value: Written | None = None
    at_least: Written | None = None
    at_most: Written | None = None
    within: Written | None = None
    about: Written | None = None

    @property
    def bounds(self) -> tuple[str, ...]:
        """Which of its forms were given."""
        return tuple(
            name for name in ("value", "at_least", "at_most") if getattr(self, name) is not None
        )


class ClaimedValue(Figure):
    """A number that is said to measure something.

    Attributes:
        of: What it is said to measure: a metric, or `layer.metric` where several layers have it.
        measured_by: What was really measured to get it, such as `token_accuracy`.
        arm: Whose number it is.
    """

    of: Words
    measured_by: Words | None = None
    arm: Name = "tuned"


class ClaimedFinding(Figure):
    """Something that is said of one of the findings.

    Attributes:
        finding: Id of the finding: `layer.metric`, or `layer.metric.field`; `:a~b` behind it names
            another pair of arms than tuned and base.
        is_said: What is said of it. Of its two arms: `better`, `worse`, `no_worse` (within a
            declared margin), `equal` (within a declared margin). Of its numbers, as they stand
            there: `value` (of one arm), `difference` (of its two arms), `relative` (that as a part
            of where it began). `met_target`: the requirement on it is met.
        arm: Whose value, or whose requirement; by default the first of the finding's arms.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    finding: Words
    is_said: Said = Field(alias="is")
    arm: Name | None = None


class ClaimedSum(Figure):
    """A number that can be computed again.

    Attributes:
        recompute: Arithmetic with numbers, such as `255 / 0.03`; with exp() and log() for
            perplexities.
    """

    recompute: Arithmetic


def _in_a_list(given: Any) -> Any:
    is_one = isinstance(given, str | int | float) and not isinstance(given, bool)
    return (given,) if is_one else given


class ClaimedRule(Value):
    """Something that stands and falls with honesty rules, such as "no signs of overfitting".

    Attributes:
        rule: Name of a rule, or several that must all be kept; `evalreport rules` lists them.
    """

    rule: Annotated[
        tuple[Words, ...],
        BeforeValidator(
            _in_a_list,
            json_schema_input_type=Words | Annotated[tuple[Words, ...], Field(min_length=1)],
        ),
        Field(min_length=1),
    ]


class ClaimedExistence(Value):
    """That something was measured at all, such as the base beside the tuned model.

    Attributes:
        exists: Id of the finding: `layer.metric`, or `layer.metric.field`.
        arm: Whose number is said to be there.
    """

    exists: Words
    arm: Name = "tuned"


_FORMS: dict[str, str] = {
    "finding": "finding",
    "is": "finding",
    "recompute": "recompute",
    "rule": "rule",
    "exists": "exists",
}


def _form(given: Any) -> str:
    """Which form was meant, so that an error speaks of that one alone."""
    match given:
        case str():
            return "words"
        case ClaimedFinding():
            return "finding"
        case ClaimedSum():
            return "recompute"
        case ClaimedRule():
            return "rule"
        case ClaimedExistence():
            return "exists"
        case dict():
            return next((form for key, form in _FORMS.items() if key in given), "value")
        case _:
            return "value"


NoNumber: TypeAlias = Literal["unmeasurable", "unmeasured"]
"""A sentence about which no number is there: because it names nothing that could be measured, or
because nobody measured it."""

Asserts: TypeAlias = Annotated[
    Annotated[ClaimedValue, Tag("value")]
    | Annotated[ClaimedFinding, Tag("finding")]
    | Annotated[ClaimedSum, Tag("recompute")]
    | Annotated[ClaimedRule, Tag("rule")]
    | Annotated[ClaimedExistence, Tag("exists")]
    | Annotated[NoNumber, Tag("words")],
    Discriminator(_form),
]


class Claim(Value):
    """One sentence about the model that gets a ruling.

    Attributes:
        text: The sentence, as it was said or in other words.
        source: Where it was said.
        asserts: What would have to be true; `unmeasurable` where the sentence names nothing that
            could be measured, `unmeasured` where it could be and no number of it is there.
        needs: What would have to be measured to show it; told wherever it is not shown.
    """

    text: Words
    source: Words | None = None
    asserts: Asserts
    needs: Words | None = None
