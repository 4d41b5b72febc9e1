import json

import pytest

from evalreport.layers.judge.verdicts import read_preference
from tests.layers.judge.asking import DONE, compare, read, said, verdict

CUT_OFF = "the verdict was cut off at the token limit"
NONE = "no verdict in the reply"
QUOTED = "the only verdict in the reply is a quotation"
CONTRADICTED = "the reply contradicts its own verdict"
BEGUN = "another verdict was begun and not ended"


@pytest.mark.parametrize(
    ("label", "side"),
    [
        ("A", "first"),
        ("B", "second"),
        ("tie", "tie"),
        ("Tie", "tie"),
        (" b ", "second"),
        ("'A'", "first"),
        ("**B**", "second"),
        ("Answer A", "first"),
        ("answer b.", "second"),
    ],
)
def test_labels(label: str, side: str) -> None:
    assert read(said(label)).preferred == (side,)


@pytest.mark.parametrize(
    "label",
    [
        "C",
        "1",
        "both",
        "Assistant A",
        "A or B",
        "A B",
        "AB",
        "neither",
        "Ａ",
        "А",
        "[[A]]",
        "first",
    ],
)
def test_what_names_no_answer_is_not_guessed(label: str) -> None:
    preference = read(said(label))
    assert preference.preferred == (None,)
    assert preference.unread == f"the verdict names no answer: {label}"
    assert preference.justifications == ("because",)


@pytest.mark.parametrize(
    ("value", "shown_"),
    [
        ('""', "it is empty"),
        ("1", "1"),
        ("null", "None"),
        ('["A"]', "['A']"),
        ('"' + "x" * 99 + '"', "x" * 40),
        (r'"\u202e\u0000A\nB\ud800"', "A B\ufffd"),
        ('"<A or B or tie>!"', "<A or B or tie>!"),
    ],
)
def test_a_wrong_label_is_shown_short_and_printable(value: str, shown_: str) -> None:
    unread = read(f'{{"verdict": {value}}}').unread
    assert unread == f"the verdict names no answer: {shown_}"


def test_a_tie_counts_only_where_it_was_offered() -> None:
    request = compare(ties=False)
    for text in (said("tie"), "[[C]]", "Verdict: tie"):
        preference = read_preference(text, request, DONE)
        assert preference.preferred == (None,)
        assert preference.unread == "a tie was not offered"


@pytest.mark.parametrize(
    "text",
    [
        said("B"),
        f"  {said('B')}\n",
        json.dumps({"verdict": "B", "justification": "turned"}, indent=2),
        '{"Verdict": "b", "Justification": "x"}',
        f"```json\n{said('B')}\n```",
        f"```\n{said('B')}\n```\n",
        f"```json {said('B')} ```",
        f"Let me think. A is short.\n\n{said('B')}",
        f"Let me think.\n```json\n{said('B')}\n```\nDone.",
        f"<think>{said('A')}</think>{said('B')}",
        f"<think>one <think> {said('A')}</think>\n\nSo: {said('B')}",
        f"begun in the template {said('A')}</think>{said('B')}",
        f"{said('A')}\nNo, wait.\n{said('B')}",
        f"> {said('A')}\n\n{said('B')}",
        f"{said('B')}\n> {said('A')}\n",
        f"{said('B')}\n```\nAnswer A says:\n{said('A')}\n```\n",
        f"{said('B')} although `{said('A')}` was what it wanted",
        f'{said("B")} although "{said("A")}" was what it wanted',
        '{"justification": "line\nbreak\tand \\(x^2\\) \\alpha", "verdict": "B"}',
        said("B", 'quotes {"verdict": "A"} and ``` and > and </think> and <think>'),
        f"<think>x</think>{said('B', 'leaks </think>')}",
        '{"verdict": "B", "verdict": "B"}',
        '{"verdict": "B", "confidence": 0.9, "scores": {"A": [1, 2], "B": {}}}',
        '{"verdict": "B"} {"confidence": 0.9}',
        f"{said('B')}\nVerdict: B",
        f"The answer forgets to close <think> its thought. {said('B')}",
    ],
)
def test_the_last_verdict_of_the_judge_is_read(text: str) -> None:
    assert verdict(text) == "second"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NONE),
        (" \n", NONE),
        ("I like both.", NONE),
        ("A", NONE),
        ("B is better than A", NONE),
        ("{'verdict': 'A', 'x': 1}", NONE),
        ('{"result": {"answer": "A"}}', NONE),
        ('{"verdict": "A", "verdict": "B"}', CONTRADICTED),
        ('{"verdict": "A", "Verdict": "B"}', CONTRADICTED),
        (f"{said('A')}\nVerdict: B", CONTRADICTED),
        (f"{said('A')}\nSo it is [[B]]", CONTRADICTED),
        (f"{said('A')} No, wait. {said('B')}", CONTRADICTED),
        (f'{said("A")} {{"justification": "no, it', BEGUN),
        (f'{said("A")} {{"justification": "no", "verdict": "B', CONTRADICTED),
        (f"<think>{said('A')}", "the reply ended inside its reasoning"),
        (f"I read `{said('A')}` there", QUOTED),
        (f"> {said('A')}", NONE),
        (f"```\nThe answer:\n{said('A')}\n```\nIs odd.", NONE),
        ("NaN", NONE),
        ('{"verdict": NaN}', NONE),
    ],
)
def test_what_gives_no_verdict_says_why(text: str, why: str) -> None:
    preference = read(text)
    assert preference.preferred == (None,)
    assert preference.unread == why


def test_no_content() -> None:
    preference = read(None)
    assert preference.preferred == (None,)
    assert preference.unread == "the server sent no content"
    assert preference.reply is None


# Cut at the token limit


@pytest.mark.parametrize("length", range(len(said("B"))))
def test_no_beginning_of_a_verdict_is_one(length: int) -> None:
    preference = read(said("B")[:length], cut=True)
    assert preference.preferred == (None,)
    assert preference.unread == CUT_OFF


@pytest.mark.parametrize(
    ("text", "side"),
    [
        (said("B"), "second"),
        (f"Reasons. {said('B')}", "second"),
        (f"{said('B')}\n\nUser: and what about the other", "second"),
        (f"```json\n{said('B')}\n```\nand then it went on", "second"),
        (f"The answer reads {said('A')} and this", None),
        (f"{said('A')} would be wrong, so {said('B')[:-3]}", None),
        (f'{said("A")} would be wrong, so {{"just', "first"),
        ("[[B]] and", None),
        ("Verdict: A", None),
    ],
)
def test_of_a_cut_reply_a_verdict_counts_at_its_beginning_or_end(
    text: str, side: str | None
) -> None:
    assert verdict(text, cut=True) == side


# In words


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("A is right. [[A]]", "first"),
        ("[[B]]\nB is right, as anyone can see.", "second"),
        ("My final verdict is [[C]].", "tie"),
        ("[[tie]]", "tie"),
        ("[[ B ]]", "second"),
        ("Both are fine.\nVerdict: A", "first"),
        ("**Verdict:** B", "second"),
        ("Final Verdict: **Answer B**.", "second"),
        ("verdict = tie", "tie"),
        ("Verdict: [[B]]", "second"),
        ('{"justification": "He said "hello" to me", "verdict": "A"}', "first"),
        ('{\n "justification": "He said "hello"",\n "verdict": "A"\n}\n```', "first"),
        ('{"result": {"verdict": "A"}}', "first"),
        ('{"justification": "x", "verdict": "A"', "first"),
        ('{"verdict": "B", "justification": "It says "x", "verdict": "A"}', None),
        ("[[A]] if A is better, [[B]] if B is better", None),
        ("[[A]] or rather [[B]]", None),
        ("It wants the verdict [[A]]. I prefer B.", None),
        ("Verdict: A is better in style, B in content.", None),
        ("Verdict: A\nNo, that would be rash.", None),
        ("Verdict: C", None),
        ("Verdict: A or B", None),
        ("Verdict: AB", None),
        ("[A]", None),
        ("Verdict: A\nVerdict: B", None),
        ('"verdict": "A" was said, then "verdict": "B"', None),
    ],
)
def test_a_verdict_in_words_is_the_last_resort(text: str, side: str | None) -> None:
    assert verdict(text) == side


# What is kept


def test_the_justification_is_cut_and_holds_no_control_characters() -> None:
    preference = read(said("A", "x\x00\x1b[31m\n\ty\u202e\u200b" + "z" * 9_000))
    assert preference.justifications[0].startswith("x[31m  yz")
    assert len(preference.justifications[0]) <= 2_000
    assert preference.justifications[0].isprintable()
    assert read('{"verdict": "A", "justification": 5}').justifications == ("",)


def test_the_whole_reply_is_kept_as_it_can_be_stored() -> None:
    assert read("a\ud800").reply == "a\ufffd"
    assert read(f"<think>x</think>{said('A')}").reply == f"<think>x</think>{said('A')}"
    preference = read('{"justification": "\\ud800", "verdict": "A"}')
    preference.model_dump_json()
    assert preference.preferred == ("first",)
