"""Numbers to text: exact texts, and the three promises of the module as properties."""

import re
from decimal import Decimal
from math import exp

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.numbers import (
    MINUS,
    Measure,
    Scale,
    bound_text,
    bytes_text,
    coordinate,
    count_text,
    counted,
    difference,
    difference_text,
    estimate,
    fraction_text,
    gain_size_text,
    large_count_text,
    loss_text,
    measure_of,
    money_text,
    number_text,
    or_more_text,
    p_text,
    plain_sentence,
    pointer_token,
    points_text,
    price_text,
    rate_text,
    row_decimals,
    score_text,
    seconds_text,
    setting_text,
    share_text,
    tick_text,
    value_text,
)

PERCENT = measure_of("accuracy", "fraction")
NATS = measure_of("nll", "nats/token")
PERPLEXITY = measure_of("perplexity", "nats/token")


def interval(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=0.95, method="t")


def read(text: str) -> float:
    """The number in a text, as a reader reads it."""
    match = re.search(rf"[{MINUS}-]?\d[\d,]*(?:\.\d+)?", text)
    assert match, text
    return float(match.group().replace(",", "").replace(MINUS, "-"))


def half_unit(text: str) -> float:
    """Half a unit of the last digit shown."""
    match = re.search(r"\d[\d,]*(?:\.(\d+))?", text)
    assert match, text
    return 0.5 * 10.0 ** -len(match.group(1) or "")


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.143, 0.098, 0.187, "+14.3 points (95 % interval +9.8 to +18.7)"),
        (-0.02, -0.05, 0.01, f"{MINUS}2.0 points (95 % interval {MINUS}5.0 to +1.0)"),
        (0.042, 0.0003, 0.084, "+4.2 points (95 % interval +0.03 to +8.4)"),
        (0.0, -0.01, 0.01, f"0 points (95 % interval {MINUS}1.0 to +1.0)"),
        (0.31, 0.0, 0.62, "+31 points (95 % interval 0 to +62)"),
        (0.12345, 0.12335, 0.12355, "+12.345 points (95 % interval +12.335 to +12.355)"),
    ],
)
def test_differences_of_fractions_are_points_with_the_digits_their_width_allows(
    value: float, low: float, high: float, text: str
) -> None:
    assert plain_sentence(difference(interval(value, low, high), PERCENT, "/k")) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.785, 0.742, 0.82, "78.5 % (95 % interval 74.2 to 82.0)"),
        (1.0, 0.9925, 1.0, "100 % (95 % interval 99.25 to 100)"),
        (0.9996, 0.95, 0.9999, "99.96 % (95 % interval 95.0 to 99.99)"),
        (0.0, 0.0, 0.036, "0 % (95 % interval 0 to 3.6)"),
        (0.0004, 0.00001, 0.036, "0.04 % (95 % interval 0.001 to 3.6)"),
    ],
)
def test_zero_and_all_stand_only_where_they_are_true(
    value: float, low: float, high: float, text: str
) -> None:
    assert plain_sentence(estimate(interval(value, low, high), PERCENT, "/k")) == text


def test_a_number_is_never_rounded_onto_a_declared_bound() -> None:
    shown = difference(interval(0.12, 0.0996, 0.15), PERCENT, "/k", marks=(0.1,))
    assert shown.interval is not None
    assert shown.interval[0].text == "+9.96"
    on_it = difference(interval(0.12, 0.1, 0.15), PERCENT, "/k", marks=(0.1,))
    assert on_it.interval is not None
    assert on_it.interval[0].text == "+10.0"


ROWS = [
    # Whole numbers that would not give their difference: 24, 51 and +28.
    ((0.236, 0.12, 0.38), (0.514, 0.38, 0.65), (0.278, 0.154, 0.41), 1),
    ((0.24, 0.12, 0.38), (0.51, 0.38, 0.65), (0.27, 0.14, 0.41), 0),
    # The width of the difference decides: what the values know better is not of use here.
    ((0.217, 0.136, 0.312), (0.149, 0.075, 0.24), (-0.068, -0.18, 0.05), 0),
    ((0.0, 0.0, 0.0003), (0.5, 0.37, 0.63), (0.5, 0.37, 0.63), 0),
]


@pytest.mark.parametrize(("base", "tuned", "change", "decimals"), ROWS)
def test_a_difference_and_its_two_values_have_as_many_decimals(
    base: tuple[float, float, float],
    tuned: tuple[float, float, float],
    change: tuple[float, float, float],
    decimals: int,
) -> None:
    shown = [
        Estimate(value=value, low=low, high=high, level=0.95, method="by hand")
        for value, low, high in (tuned, base, change)
    ]
    assert row_decimals(shown[0], shown[1], shown[2], measure_of("f1", "fraction")) == decimals


def test_a_row_beside_a_bound_has_one_more_decimal_throughout() -> None:
    change = Estimate(value=0.28, low=0.154, high=0.41, level=0.95, method="by hand")
    absent = NotEstimable(not_estimable="not told")
    fraction = measure_of("f1", "fraction")
    assert row_decimals(absent, absent, change, fraction) == 0
    assert row_decimals(absent, absent, change, fraction, (0.15, -0.15)) == 1
    points = [Point(value=value, no_interval="3 groups") for value in (0.3889, 0.05556, 0.33333)]
    assert row_decimals(points[0], points[1], points[2], fraction) == 2
    ratio = measure_of("perplexity", "nats/token")
    assert row_decimals(points[0], points[1], points[2], ratio) is None
    assert row_decimals(absent, absent, absent, fraction) is None


def test_of_exactly_one_there_is_one_point() -> None:
    fraction = measure_of("f1", "fraction")
    assert bound_text(0.01, fraction) == "1 point"
    assert bound_text(1.0, measure_of("squared_error", "points²")) == "1 point²"
    change = Point(value=0.01, no_interval="")
    shown = difference(change, fraction, "")
    assert shown.value is not None
    assert shown.value.text == "+1 point"
    assert bound_text(0.011, fraction) == "1.1 points"


def test_perplexity_is_shown_as_such_and_its_difference_as_a_ratio() -> None:
    assert plain_sentence(estimate(interval(1.412, 1.361, 1.463), PERPLEXITY, "")) == (
        "4.10 (95 % interval 3.90 to 4.32)"
    )
    assert plain_sentence(difference(interval(-0.2, -0.25, -0.15), PERPLEXITY, "")) == (
        "× 0.819 (95 % interval 0.779 to 0.861)"
    )
    assert bound_text(-0.1, PERPLEXITY) == "× 0.9048"
    assert gain_size_text(0.1, PERPLEXITY, higher_is_better=False) == "× 0.9048"
    assert or_more_text(0.1, PERPLEXITY, higher_is_better=False) == "× 0.9048 or less"
    assert or_more_text(0.1, NATS, higher_is_better=False) == "0.1 nats/token or more"
    assert or_more_text(0.1, PERCENT, higher_is_better=True) == "10 points or more"
    assert gain_size_text(0.1, NATS, higher_is_better=False) == "0.1 nats/token"
    assert value_text(1e9, PERPLEXITY) == "1.014e+304"  # beyond the largest double
    assert value_text(2.5e40, NATS) == "2.500e+40 nats/token"
    shown = difference(interval(-3e30, -4e30, -2e30), NATS, "")
    assert plain_sentence(shown).startswith(f"{MINUS}3.000e+30 nats/token")


def test_other_units_are_always_said() -> None:
    assert plain_sentence(difference(interval(-0.2, -0.25, -0.15), NATS, "")) == (
        f"{MINUS}0.200 nats/token (95 % interval {MINUS}0.250 to {MINUS}0.150)"
    )
    assert bound_text(0.05, NATS) == "0.05 nats/token"
    assert setting_text(["q_proj", "\nuser", ", {", "a b"]) == r'[q_proj, "\nuser", ", {", "a b"]'
    assert value_text(1204.5, Measure(Scale.PLAIN, "pieces")) == "1,205 pieces"


def test_absence_carries_its_reason_and_no_number() -> None:
    nothing = estimate(NotEstimable(not_estimable="one cluster"), PERCENT, "/k")
    assert nothing.value is None
    assert plain_sentence(nothing) == "not estimable: one cluster"
    bare = estimate(Point(value=0.9285, no_interval="only a rate was recorded"), PERCENT, "/k")
    assert plain_sentence(bare) == "92.85 % (no interval: only a rate was recorded)"


def test_every_number_says_where_it_stands() -> None:
    shown = estimate(interval(0.5, 0.4, 0.6), PERCENT, "/findings/3/tuned")
    assert shown.value is not None
    assert shown.interval is not None
    assert (shown.value.key, shown.value.raw) == ("/findings/3/tuned/value", "0.5")
    assert [part.key for part in shown.interval] == [
        "/findings/3/tuned/low",
        "/findings/3/tuned/high",
    ]
    assert counted(1204, "/n", "item").text == "1,204 items"
    assert pointer_token("a/b~c") == "a~1b~0c"


@pytest.mark.parametrize(
    ("p_value", "text"),
    [
        (0.0, "p < 0.001"),
        (0.000999, "p < 0.001"),
        (0.001, "p = 0.0010"),
        (0.0012, "p = 0.0012"),
        (0.034, "p = 0.034"),
        (0.0496, "p = 0.0496"),
        (0.05, "p = 0.050"),
        (0.0504, "p = 0.0504"),
        (0.23, "p = 0.23"),
        (0.991, "p > 0.99"),
        (1.0, "p = 1"),
    ],
)
def test_p_values(p_value: float, text: str) -> None:
    assert p_text(p_value) == text


@given(st.floats(0, 1), st.sampled_from([0.01, 0.05, 0.1]))
def test_a_p_value_is_never_zero_and_never_changes_sides_of_alpha(
    p_value: float, alpha: float
) -> None:
    text = p_text(p_value, alpha=alpha)
    assert not re.search(r"= 0(\.0*)?$", text)
    if text.startswith("p = "):
        assert (read(text) < alpha) == (p_value < alpha)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0004, "0.40 ms"),
        (0.82, "0.82 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (41.3, "41 s"),
        (59.7, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.8, "1 h 0 min"),
        (4350, "1 h 13 min"),
        (86399, "1 d 0 h"),
        (200_000, "2 d 8 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (98_000_000, "98 MB"),
        (999_950_000, "1.0 GB"),
        (1_800_000_000, "1.8 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ],
)
def test_sizes(n_bytes: int, text: str) -> None:
    assert bytes_text(n_bytes) == text


def test_counts_shares_and_money() -> None:
    assert count_text(1, "item") == "1 item"
    assert count_text(2, "loss", "losses") == "2 losses"
    assert count_text(1_234_567) == "1,234,567"
    assert share_text(12, 412) == "12 (2.9 %)"
    assert share_text(0, 412) == "0 (0 %)"
    assert share_text(412, 412) == "412 (100 %)"
    assert share_text(4999, 5000) == "4,999 (99.98 %)"
    assert share_text(3, 0) == "3"
    assert large_count_text(999_999, "tokens") == "999,999 tokens"
    assert large_count_text(4_884_480) == "4.88 million"
    assert large_count_text(139_400_640, "parameters") == "139 million parameters"
    assert large_count_text(7_000_000_000) == "7.00 billion"
    assert money_text(255.0, "USD") == "255.00 USD"
    assert money_text(0.0004, "USD") == "0.0004 USD"


def test_single_items_and_settings() -> None:
    assert score_text(0.5, PERCENT) == "0.5"
    assert score_text(12.25, Measure(Scale.PLAIN, "pieces")) == "12.25 pieces"
    assert difference_text(-0.5, PERCENT) == f"{MINUS}0.5"
    assert difference_text(1.0, PERCENT) == "+1"
    assert setting_text(0.0002) == "0.0002"
    assert setting_text(3.0) == "3"
    assert setting_text([1, "a", None, True]) == "[1, a, none, true]"
    assert setting_text({"a": {"b": 1.5}}) == "{a: {b: 1.5}}"
    assert loss_text(1.63279) == "1.633"
    assert number_text(48.0) == "48"
    assert fraction_text(0.95) == "95 %"
    assert [rate_text(x) for x in (0.1169, 0.4667, 0.5, 0.0004, 0.9996, 0.0, 1.0)] == [
        "11.7 %",
        "46.7 %",
        "50 %",
        "0.04 %",
        "99.96 %",
        "0 %",
        "100 %",
    ]
    assert [points_text(x) for x in (-0.1169, 0.09, 0.0003)] == [
        "11.7 points",
        "9 points",
        "0.03 points",
    ]
    assert bound_text(0.1, PERCENT) == "10 points"
    assert bound_text(0.95, PERCENT, is_difference=False) == "95 %"


def test_ticks_and_coordinates() -> None:
    assert [tick_text(tick, PERCENT) for tick in (-0.2, 0.0, 0.25)] == [f"{MINUS}20", "0", "+25"]
    assert tick_text(0.0, PERPLEXITY) == "1"
    assert [coordinate(x) for x in (0.0, 12.0, 12.5, 99.999, -3.25)] == [
        "0",
        "12",
        "12.5",
        "100",
        "-3.25",
    ]


# Nothing that is measured lies nearer to 0 or 1 than this without lying on it.
fractions = st.floats(0, 1).filter(lambda x: x in {0.0, 1.0} or 1e-9 < x < 1 - 1e-9)
spans = st.tuples(fractions, fractions, fractions).map(sorted)


@given(spans)
@example([0.0, 2e-9, 1.0])
@example([0.0, 0.5, 0.99999999])
def test_a_shown_fraction_is_the_fraction_at_its_last_digit(span: list[float]) -> None:
    low, value, high = span
    shown = estimate(interval(value, low, high), PERCENT, "/k")
    assert shown.value is not None
    assert shown.interval is not None
    for raw, part in ((value, shown.value), (low, shown.interval[0]), (high, shown.interval[1])):
        assert read(part.text) == pytest.approx(100 * raw, abs=half_unit(part.text) + 1e-9)
        assert (read(part.text) == 0) == (raw == 0)
        assert (read(part.text) == 100) == (raw == 1)


@given(spans, st.floats(0.001, 0.5))
def test_a_shown_difference_stays_on_its_side_of_zero_and_of_every_bound(
    span: list[float], mark: float
) -> None:
    low, value, high = (2 * part - 1 for part in span)
    assume(all(abs(part - edge) > 1e-9 for part in (low, value, high) for edge in (0, mark)))
    shown = difference(interval(value, low, high), PERCENT, "/k", marks=(mark,))
    assert shown.value is not None
    assert shown.interval is not None
    for raw, part in ((value, shown.value), (low, shown.interval[0]), (high, shown.interval[1])):
        number = read(part.text)
        assert number == pytest.approx(100 * raw, abs=half_unit(part.text) + 1e-9)
        assert (number > 0) == (raw > 0)
        assert (number > 100 * mark) == (raw > mark)
        assert part.text.startswith("+") == (raw > 0)
        assert "-" not in part.text


@given(st.floats(-20, 20))
def test_a_ratio_is_the_exponential_of_the_logarithm(log_ratio: float) -> None:
    shown = difference(Point(value=log_ratio, no_interval="none"), PERPLEXITY, "/k")
    assert shown.value is not None
    assert read(shown.value.text) == pytest.approx(exp(log_ratio), rel=1e-3)
    assert shown.value.text.startswith("× ")


@given(st.floats(1e-6, 1e7))
def test_durations_are_near_the_truth_and_never_sixty(seconds: float) -> None:
    text = seconds_text(seconds)
    units = {"d": 86400, "h": 3600, "min": 60, "s": 1, "ms": 0.001}
    parts = re.findall(r"([\d.,]+) (d|h|min|s|ms)\b", text)
    total = sum(float(number.replace(",", "")) * units[unit] for number, unit in parts)
    assert total == pytest.approx(seconds, rel=0.06)
    assert not re.search(r"(?<![\d.])60 (s|min)\b", text)


@given(st.integers(0, 10**15))
def test_sizes_and_large_counts_keep_their_leading_digits(n: int) -> None:
    factors = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    number, unit = bytes_text(n).replace(",", "").split(" ")
    assert float(number) * factors[unit] == pytest.approx(n, rel=0.06)
    words = {"million": 10**6, "billion": 10**9}
    digits, *word = large_count_text(n).split(" ")
    scale = words[word[0]] if word else 1
    assert float(Decimal(digits.replace(",", "")) * scale) == pytest.approx(n, rel=0.006)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0.0, "0.00 USD"),
        (0.03, "0.03 USD"),
        (0.3, "0.30 USD"),
        (0.005, "0.005 USD"),
        (0.00012345, "0.0001235 USD"),
        (1.006, "1.006 USD"),
        (3600.0, "3,600.00 USD"),
    ],
)
def test_a_price_keeps_its_digits(amount: float, text: str) -> None:
    assert price_text(amount, "USD") == text
