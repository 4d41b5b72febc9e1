"""Claims as they are written: a number is its digits, and what contradicts itself is said."""

import pytest

from evalreport.errors import SpecError
from evalreport.rules.table import RULES
from evalreport.spec.arithmetic import (
    NotArithmetic,
    computed,
    decimals_of,
    exactly,
    rounding_of,
)
from evalreport.spec.claims import Figure
from evalreport.spec.load import spec_of_text
from evalreport.spec.rule_names import RULE_NAMES

from .conftest import GOOD, Printed

_CLAIM = "{finding: extraction.field_accuracy, is: better}"


def claimed(asserts: str, *overrides: str) -> Figure:
    spec = spec_of_text(GOOD.replace(_CLAIM, asserts), overrides, "here")
    said = spec.claims[0].asserts
    assert isinstance(said, Figure)
    return said


@pytest.mark.parametrize("digits", ["0.10", "0.1", "10e3", "10000", "247.50", "-2.87", "+1", ".5"])
def test_a_number_keeps_its_digits(digits: str) -> None:
    said = claimed(f"{{recompute: 1 + 1, value: {digits}}}")
    assert said.value == digits
    assert claimed(f'{{recompute: 1 + 1, value: "{digits}"}}').value == digits
    assert said.bounds == ("value",)


def test_an_override_is_read_like_the_file() -> None:
    said = claimed("{recompute: 1 + 1, value: 3}", "claims[0].asserts.value=0.10")
    assert said.value == "0.10"


@pytest.mark.parametrize(
    ("digits", "decimals", "half"),
    [("0.10", 2, "0.005"), ("0.1", 1, "0.05"), ("10e3", -3, "500"), ("10000", 0, "0.5")],
)
def test_rounding_is_that_of_the_last_place(digits: str, decimals: int, half: str) -> None:
    assert decimals_of(digits) == decimals
    assert rounding_of(digits) == exactly(half)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "x", "1 < 2", "2 ** 3", "1 // 2", "1 % 2", "1_000", "0x10", "1j", "'1'", "True",
        "9,900 * 2", "exp(1, 2)", "exp()", "sin(1)", "exp(x=1)", "__import__('os')", "1if 1else 2",
        "log(0)", "log(-1)", "exp(1e9)", "1 / 0", "1 / (2 - 2)", "1e999", "[1]", "(1, 2)", "\\d",
        "(" * 150,
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(NotArithmetic):
        computed(text)


def test_every_rule_can_be_claimed_and_no_other() -> None:
    """The rules stand above the spec, which therefore knows them by a list."""
    assert sorted(rule.id for rule in RULES) == list(RULE_NAMES)


def test_arms_of_recorded_layers_are_arms(printed: Printed) -> None:
    layer = (
        "    - {kind: recorded, name: traits, rows: [{metric: accuracy, odd: 0.5, tuned: 0.6}]}\n"
    )
    text = GOOD.replace("claims:\n", f"{layer}claims:\n")
    for right in (
        "{finding: traits.accuracy, is: value, arm: odd, value: 0.5}",
        "{finding: 'traits.accuracy:tuned~odd', is: better}",
        "{value: 0.5, of: accuracy, arm: odd}",
        "{exists: traits.accuracy, arm: odd}",
    ):
        assert printed(text.replace(_CLAIM, right)) == "", right
    assert "there is no arm odd" in printed(
        text.replace(_CLAIM, "{finding: extraction.json_valid, is: value, arm: odd, value: 0.5}")
    )
    assert "traits.accuracy has no field x" in printed(
        text.replace(_CLAIM, "{finding: traits.accuracy.x, is: better}")
    )


def test_all_that_is_wrong_comes_at_once(printed: Printed) -> None:
    said = printed(GOOD.replace(_CLAIM, "{finding: extraction.charm, is: value, arm: nobody}"))
    for part in ("yields no finding", "the value that is claimed is missing", "no arm nobody"):
        assert part in said
    with pytest.raises(SpecError):
        spec_of_text(GOOD.replace(_CLAIM, "{rule: []}"), (), "here")
