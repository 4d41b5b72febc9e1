import pytest

from evalreport.errors import DataError
from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import items, metric, one


@pytest.mark.parametrize(
    ("options", "reference", "value", "score"),
    [
        ({}, "72", "The answer is 72.", 1.0),
        ({}, "She sold 48/2 = 24. #### 72", 72, 1.0),
        ({}, "1,000", "1000.0", 1.0),
        ({}, "0.75", "3/4", 1.0),
        ({}, "50", "50%", 1.0),
        ({}, "72", "73", 0.0),
        ({}, "0", "0.0000001", 0.0),
        ({}, "0.1", 0.1, 1.0),
        ({}, str(10**30), str(10**30 + 1), 1.0),  # within one part in a thousand million
        ({"relative": 0}, str(10**30), str(10**30 + 1), 0.0),
        ({"absolute": 0.5}, "10", "10.5", 1.0),
        ({"absolute": 0.5}, "10", "10.6", 0.0),
        ({"relative": 0.01}, "-200", "-202", 1.0),
        ({"relative": 0.01}, "-200", "-202.1", 0.0),
        ({"relative": 0.01}, "0", "0.001", 0.0),
        ({}, "9" * 300, "1e308", 0.0),
    ],
)
def test_numbers_within_a_tolerance(
    options: dict[str, Json], reference: str, value: Json, score: float
) -> None:
    assert one({"metric": "numeric_answer", **options}, reference, value) == score


@pytest.mark.parametrize("value", ["none", "", True, None, [1], "9" * 5000])
def test_without_a_number_there_is_no_score_but_a_penalty(value: Json) -> None:
    assert one("numeric_answer", "1", value) == Unscorable(reason="no number")
    scorer = metric("numeric_answer").prepare(items("1"))
    assert scorer.penalty(items("1")[0]) == (0.0,)


def test_a_reference_without_a_number_is_an_error() -> None:
    with pytest.raises(DataError, match=r"line 2.*\n.*'many' holds no number"):
        metric("numeric_answer").prepare(items("3", "many"))
