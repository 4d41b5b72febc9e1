"""Whatever a reply holds, reading it ends soon and never raises."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.layers.judge.ratings import read_rating
from evalreport.layers.judge.verdicts import read_preference
from evalreport.records.exchange import Served
from tests.layers.judge.asking import FENCE, compare, rate, shown

PIECES = [
    '{"justification": "',
    '", "verdict": "A"}',
    '{"verdict": "B"}',
    '{"ratings": {"accuracy": 4, "style": 2}}',
    '{"comparisons": [{"number": 1, "verdict": "A"}',
    "]}",
    "{",
    "}",
    "[",
    '"',
    "\\",
    "\\u",
    "\\ud800",
    "\ud800",
    "NaN",
    "1e999",
    "9" * 400,
    "<think>",
    "</think>",
    "```",
    "```json\n",
    "\n",
    "> ",
    f"<<{FENCE} begin answer A>>",
    f"<<{FENCE} end answer A>>",
    "[[A]]",
    "Verdict: B",
    "\x00",
    "“",
]
any_text = st.text(st.characters())
replies = st.one_of(any_text, st.lists(st.one_of(st.sampled_from(PIECES), any_text)).map("".join))
finishes = st.sampled_from(["", "stop", "length"])


@given(replies, replies, finishes)
def test_reading_never_raises(text: str, answer: str, finish: str) -> None:
    served = Served(finish=finish)
    for request in (compare(shown(answer)), compare(shown(answer), shown(answer))):
        preference = read_preference(text, request, served)
        assert len(preference.preferred) == len(preference.justifications) == len(request.shown)
        assert (None in preference.preferred) == bool(preference.unread)
        preference.model_dump_json()
    rating = read_rating(text, rate(answer), served)
    assert (len(rating.ratings) < 2) == bool(rating.unread)
    rating.model_dump_json()


@given(replies)
def test_a_reply_that_is_all_in_the_answer_gives_no_reasoned_verdict(text: str) -> None:
    reply = f"Answer A: {text}"
    request = compare(shown(reply))
    assert read_preference(reply, request, Served()).preferred == (None,)


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        '{"',
        '{"a":',
        '{"a":[',
        '{"a":1,',
        '{"":0}',
        '{"verdict":"A"}',
        '{"verdict":"A"}x',
        '{"comparisons":[',
        '{":":":":',
        "[",
        "[[A]]",
        "\\",
        "\n",
        "```\n",
        "```json\n{}\n```\n",
        ">\n",
        "<<a begin b>>",
        "<think>",
        "</think>",
        "verdict:    ",
        "verdict: A\n",
        " ",
        "\ud800",
    ],
)
def test_a_megabyte_is_read_soon(piece: str) -> None:
    text = "x " + piece * (1_000_000 // len(piece))
    begun = time.perf_counter()
    read_preference(text, compare(shown(text[:100_000])), Served())
    # twenty times less than anything quadratic would need, with room for a busy machine
    assert time.perf_counter() - begun < 3


def test_deep_nesting_is_no_verdict() -> None:
    for text in ('{"verdict":' * 100_000, "[" * 100_000 + "]" * 100_000):
        assert read_preference(text, compare(), Served()).preferred == (None,)
    deep = '{"x":' * 5_000 + "1" + "}" * 5_000
    assert read_preference(f'{{"verdict":{deep}}}', compare(), Served()).preferred == (None,)
