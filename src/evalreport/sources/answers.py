"""Which choice is right: an index, a letter, or the text of a choice, read alike in all rows.

Numbers are indexes from 0. A text may be a letter (A is the first choice), an index, or a choice
itself; a single row often allows several readings, so the reading is chosen for the whole dataset:
the one that fits every row. Where two readings fit every row and disagree, nobody may guess.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.sources.faults import Faults
from evalreport.sources.names import listed
from evalreport.values import Json

_SOME_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Question:
    """Where a question stands, its choices, and its answer as it was given."""

    where: str
    choices: tuple[str, ...]
    answer: Json


def right_choices(
    questions: Sequence[Question], faults: Faults
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The index of each question's right choice, and notes on how the answers were read.

    Without a reading for all rows the indexes are empty and the faults say why.
    """
    fitting = {
        name: indexes
        for name, reading in _READINGS.items()
        if None not in (indexes := [reading(one) for one in questions])
    }
    answers = {
        tuple(index for index in indexes if index is not None) for indexes in fitting.values()
    }
    if len(answers) == 1:
        found = answers.pop()
        return found, _doubts(questions, found, fitting)
    if answers:
        _add_ambiguous(questions, fitting, faults)
    else:
        _add_unreadable(questions, faults)
    return (), ()


def _as_number(question: Question) -> int | None:
    answer = question.answer
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    is_index = answer == int(answer) and 0 <= answer < len(question.choices)
    return int(answer) if is_index else None


def _as_digits(question: Question) -> int | None:
    answer = question.answer
    if not isinstance(answer, str) or not answer.strip().isascii():
        return None
    digits = answer.strip()
    if not digits.isdigit() or len(digits) > 3:
        return None
    return int(digits) if int(digits) < len(question.choices) else None


def _as_letter(question: Question) -> int | None:
    answer = question.answer
    if not isinstance(answer, str):
        return None
    letter = answer.strip().upper()
    index = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(letter) if len(letter) == 1 else -1
    return index if 0 <= index < len(question.choices) else None


def _as_choice(question: Question) -> int | None:
    answer = question.answer
    if not isinstance(answer, str) or question.choices.count(answer) != 1:
        return None
    return question.choices.index(answer)


_READINGS: Final[Mapping[str, Callable[[Question], int | None]]] = {
    "indexes": _as_number,
    "digits": _as_digits,
    "letters": _as_letter,
    "choices": _as_choice,
}


def _doubts(
    questions: Sequence[Question],
    found: Sequence[int],
    fitting: Mapping[str, Sequence[int | None]],
) -> tuple[str, ...]:
    as_index = "indexes" in fitting or "digits" in fitting
    most = max(len(question.choices) for question in questions) - 1
    if as_index and len(found) >= _SOME_ROWS and 0 not in found and most in found:
        note = (
            f"No answer of the {len(found)} rows is choice 0. Answers count from 0; if these "
            "count from 1, every one of them is read as the next choice."
        )
        return (note,)
    return ()


def _add_ambiguous(
    questions: Sequence[Question],
    fitting: Mapping[str, Sequence[int | None]],
    faults: Faults,
) -> None:
    row = next(
        index
        for index in range(len(questions))
        if len({read[index] for read in fitting.values()}) > 1
    )
    readings = " and as ".join(_NAMED[name] for name in fitting)
    faults.add(
        questions[row].where,
        f"the answer {questions[row].answer!r:.60} can be read as {readings}, with different "
        "results, and so can all the others",
        'write `answer: "{{ column | int }}"` for an index from 0; for the text of a choice, '
        '`answer: "{{ choices.index(column) }}"`',
    )


def _add_unreadable(questions: Sequence[Question], faults: Faults) -> None:
    best = max(
        _READINGS, key=lambda name: sum(_READINGS[name](one) is not None for one in questions)
    )
    for question in questions:
        if _READINGS[best](question) is None:
            faults.add(
                question.where,
                f"the answer {question.answer!r:.60} is none of the {len(question.choices)} "
                f"choices as {_NAMED[best]}",
                f"the choices are {listed(question.choices)}; an answer is an index from 0, a "
                "letter, or the text of one choice, in all rows alike",
            )


_NAMED: Final = {
    "indexes": "an index from 0",
    "digits": "an index from 0",
    "letters": "a letter",
    "choices": "the text of a choice",
}
