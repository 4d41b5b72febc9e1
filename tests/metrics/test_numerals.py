import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.metrics.numerals import last_number, number_in, plain_number
from evalreport.values import Json
from tests.metrics.cases import steady


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 1,234.50.", 1234.5), ("12,345,678", 12345678), ("#### 72", 72), ("48/2 = <<48/2=24>>24", 24),
        ("-5", -5), ("\u22125", -5), ("-$5.25", -5.25), ("$-5", -5), ("+7", 7), ("x = -5", -5), ("x=-5", -5),
        ("10-5", 5), ("(a)-5", 5), ("COVID-19", 19), ("2023-05-06", 6), ("- 5 apples", 5), ("5 - 3", 3),
        ("3/4", 0.75), ("-3/4", -0.75), ("1 1/2", 1.5), ("-1 1/2 cups", -1.5), ("1/2/2024", 2024), ("7/8.", 0.875), ("1/0", None), ("4, 1/0", 4),
        ("50%", 50), ("50 %", 50), ("12.5 %", 12.5),
        ("1e-3", 0.001), ("1.5E6", 1500000), ("1e999", None), (".5", 0.5), ("-.5", -0.5), ("5.", 5), ("0.5.", 0.5), ("2.0", 2), ("007", 7),
        ("1,2", 2), ("1,2345", 2345), ("1.234,56", 56),
        ("5kg", 5), ("x2", None), ("v1.2.3", None), ("", None), ("none", None), ("٣", None),
        ("9" * 400, None), ("9" * 300, int("9" * 300)), ("3 and " + "9" * 400, 3),
    ],
)  # fmt: skip
def test_the_last_number_as_it_is_written(text: str, number: float | None) -> None:
    found = last_number(text)
    assert found == number
    assert type(found) is not float or not found.is_integer()


@steady
@given(
    st.integers(-(10**30), 10**30),
    st.sampled_from(["{}", "{:,}", "is {}.", "({})", "${}", "{} %", "1 {}"]),
)
def test_whole_numbers_are_exact(number: int, form: str) -> None:
    assert last_number(form.format(number)) == number


@steady
@given(st.floats(allow_nan=False, allow_infinity=False).map(lambda x: float(f"{x:.12g}")))
def test_a_double_reads_back(number: float) -> None:
    assert last_number(f"so {number!r}") == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (2.5, 2.5),
        ("it is 4", 4),
        (True, None),
        (None, None),
        ([1], None),
        ({"a": 1}, None),
        ("", None),
    ],
)
def test_the_number_in_an_extracted_value(value: Json, number: float | None) -> None:
    assert number_in(value) == number


@pytest.mark.parametrize(
    "unit", ["1", "1,", "123,", "1/", "1 ", "-", ".", "1.", "1e", "111 111/", "1/11", "-$"]
)
def test_a_megabyte_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit)) + "x"
        began = time.process_time()
        last_number(text)
        return time.process_time() - began

    whole, tenth = seconds(1_000_000), seconds(100_000)
    assert whole < 10
    assert whole < 40 * tenth + 0.5


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("3", 3),
        ("-5 pieces", -5),
        ("about 1,200.5", 1200.5),
        ("3 of 10", None),
        ("7/10", None),
        ("none", None),
        (False, None),
    ],
)
def test_a_field_holds_one_plain_number_or_none(value: Json, number: float | None) -> None:
    assert plain_number(value) == number
