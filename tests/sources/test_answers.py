"""Which choice is right: one reading for all rows, or an error."""

from collections.abc import Sequence

import pytest

from evalreport.sources.answers import Question, right_choices
from evalreport.sources.faults import Faults
from evalreport.values import Json

COLOURS = ("red", "green", "blue")


def read(*rows: tuple[Sequence[str], Json]) -> tuple[tuple[int, ...], list[str]]:
    faults = Faults()
    asked = [
        Question(f"x:{i}", tuple(choices), answer) for i, (choices, answer) in enumerate(rows, 1)
    ]
    indexes, _ = right_choices(asked, faults)
    return indexes, [f"{one.where} {one.what}" for one in faults.shown]


@pytest.mark.parametrize(
    ("answers", "indexes"),
    [
        ([0, 2, 1], (0, 2, 1)),
        ([0.0, 2.0], (0, 2)),
        (["A", "C", "b"], (0, 2, 1)),
        (["0", "2", " 1 "], (0, 2, 1)),
        (["green", "red"], (1, 0)),
    ],
)
def test_each_way_to_write_an_answer(answers: list[Json], indexes: tuple[int, ...]) -> None:
    assert read(*((COLOURS, answer) for answer in answers)) == (indexes, [])


def test_the_reading_that_fits_all_rows_is_taken() -> None:
    numbers = ("1", "2", "4")
    assert read((numbers, "4"), (numbers, "2")) == ((2, 1), [])  # 4 is no index
    assert read((numbers, "0"), (numbers, "2")) == ((0, 2), [])  # 0 is no choice
    assert read((("B", "A"), "A"), (("x", "y"), "y")) == ((1, 1), [])  # y is no letter here


def test_readings_that_agree_are_no_problem() -> None:
    assert read((("0", "1", "2"), "1"), (("A", "B"), "0")) == ((1, 0), [])
    assert read((("A", "B"), "B")) == ((1,), [])


def test_nobody_guesses_between_two_readings() -> None:
    indexes, wrong = read((("2", "0", "1"), "2"), (("2", "0", "1"), "0"))
    assert indexes == ()
    (only,) = wrong
    assert only.startswith("x:1 the answer '2' can be read as an index from 0 and as the text of")


def test_rows_that_do_not_fit_are_named() -> None:
    _, wrong = read((COLOURS, "red"), (COLOURS, "purple"), (COLOURS, "green"), (COLOURS, None))
    assert wrong == [
        "x:2 the answer 'purple' is none of the 3 choices as the text of a choice",
        "x:4 the answer None is none of the 3 choices as the text of a choice",
    ]


@pytest.mark.parametrize("answer", [3, -1, 1.5, True, [1], "D", "7", "²", ""])
def test_what_is_no_choice(answer: Json) -> None:
    indexes, wrong = read((COLOURS, 0), (COLOURS, answer))
    assert indexes == ()
    assert wrong


def test_a_choice_that_stands_twice_is_no_answer() -> None:
    assert read((("x", "x", "y"), "x"), (("x", "x", "y"), "y"))[0] == ()


def test_indexes_that_never_are_zero_raise_a_doubt() -> None:
    asked = [Question(f"x:{i}", COLOURS, 1 + i % 2) for i in range(30)]
    faults = Faults()
    _, (note,) = right_choices(asked, faults)
    assert note.startswith("No answer of the 30 rows is choice 0.")
    assert right_choices([*asked, Question("x:31", COLOURS, 0)], faults)[1] == ()
