"""Several comparisons that share a call, read by their numbers."""

import json

import pytest

from evalreport.layers.judge.verdicts import read_preference
from evalreport.records.exchange import Compare
from tests.layers.judge.asking import CUT, DONE, compare, said, shown

CUT_OFF = "the verdict was cut off at the token limit"
NONE = "no verdict in the reply"
CONTRADICTED = "the reply contradicts its own verdict"


def entries(*pairs: tuple[object, object]) -> str:
    listed = [{"number": n, "justification": f"j{n}", "verdict": v} for n, v in pairs]
    return json.dumps({"comparisons": listed})


THREE: Compare = compare(shown("a1", "b1"), shown("a2", "b2"), shown("a3", "b3"))


def test_several_verdicts_are_read_by_number() -> None:
    preference = read_preference(entries((3, "tie"), (1, "A"), (2, "B")), THREE, DONE)
    assert preference.preferred == ("first", "second", "tie")
    assert preference.justifications == ("j1", "j2", "j3")
    assert preference.unread == ""


@pytest.mark.parametrize(
    ("text", "preferred", "unread"),
    [
        (
            entries((1, "A"), (3, "B")),
            ("first", None, "second"),
            "comparison 2: no verdict with its number",
        ),
        (
            entries((1, "A"), (1, "B"), (2, "B"), (2, "B"), (3, "C")),
            (None, None, None),
            "comparison 1: several verdicts with its number; comparison 2: several verdicts with its number; comparison 3: the verdict names no answer: C",
        ),
        (
            entries((1.0, "A"), ("2", "B"), (True, "B"), (7, "A"), (3, "B")),
            ("first", None, "second"),
            "comparison 2: no verdict with its number",
        ),
        (said("A"), (None, None, None), NONE),
        ("[[A]]", (None, None, None), NONE),
        (entries(), (None, None, None), "no verdict with its number"),
        ('{"comparisons": "A"}', (None, None, None), "no verdict with its number"),
        (
            entries((1, "A"), (2, "B"), (3, "A")) + "\nVerdict: B",
            (None, None, None),
            CONTRADICTED,
        ),
        (
            '{"comparisons": [{"number": 1}, 5, "A", {"number": 2, "verdict": "A"}]}',
            (None, "first", None),
            f"comparison 1: {NONE}; comparison 3: no verdict with its number",
        ),
    ],
)
def test_missing_and_contradicting_numbers_are_not_read(
    text: str, preferred: tuple[str | None, ...], unread: str
) -> None:
    preference = read_preference(text, THREE, DONE)
    assert preference.preferred == preferred
    assert preference.unread == unread
    assert len(preference.justifications) == 3


def test_several_verdicts_cut_off_are_none() -> None:
    text = entries((1, "A"), (2, "B"), (3, "A"))
    for length in range(0, len(text), 7):
        preference = read_preference(text[:length], THREE, CUT)
        assert preference.preferred == (None, None, None)
        assert preference.unread == CUT_OFF
