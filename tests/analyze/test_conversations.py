"""Conversations as the analysis and the report see them."""

import json
from typing import Any

from evalreport.analyze.examples import prompt_text
from evalreport.analyze.health import signs_of
from evalreport.analyze.overlap import find_leaks
from evalreport.analyze.text_findings import OutputCell
from evalreport.layers.generation import Generation
from evalreport.numbers import measure_of
from evalreport.records import Chat, Item, Message, Text, Turn
from evalreport.render.changes import _output
from evalreport.render.quoting import OUTPUT_LIMIT
from tests.reports.parts import cell


def generation(**options: Any) -> Generation:
    given = {"kind": "generation", "name": "g", "dataset": "test", "metrics": ["exact_match"]}
    return Generation.model_validate(given | options)


def text(*answers: str, **facts: Any) -> Text:
    known: dict[str, Any] = {
        "prompt_tokens": 1,
        "tokens": 2,
        "finish": "stop",
        "seconds": 0.0,
    } | facts
    before = tuple(Turn(answer=one, then="And now?") for one in answers[:-1])
    return Text(before=before, text=answers[-1], **known)


def item(name: str, first: str, *then: str) -> Item:
    return Item(id=name, prompt=Chat(messages=(Message(role="user", content=first),)), then=then)


def test_trouble_in_any_answer_is_trouble() -> None:
    layer = generation()
    assert signs_of(layer, text("Five.", "Six.")) == frozenset()
    assert signs_of(layer, text("", "Six.")) == {"empty"}
    assert signs_of(layer, text("I'm sorry, but no.", "Six.")) == {"refused"}
    assert signs_of(layer, text("one two three " * 9, "Six.")) == {"looping"}
    assert signs_of(layer, text("Five.", "Six.", finish="length")) == {"truncated"}


def test_only_the_last_answer_has_to_be_readable() -> None:
    layer = generation(extract="last_number")
    assert signs_of(layer, text("none", "6")) == frozenset()
    assert signs_of(layer, text("5", "none")) == {"unparsed"}


def test_leaks_are_found_by_all_turns() -> None:
    asked = [item("t1", "what is one and two?", "and three?"), item("t2", "what is one and two?")]
    leaks = find_leaks(asked, [item("s", "what is one and two?")])
    assert leaks.exact == {"t2": "s"}
    assert prompt_text(asked[0]) == "user: what is one and two?\nuser: and three?"


def test_a_cell_of_one_turn_is_dumped_as_before() -> None:
    one = cell("base", "six", "six", 1.0)
    assert "before" not in json.loads(one.model_dump_json())
    several = one.model_copy(update={"before": (Turn(answer="five", then="And now?"),)})
    assert OutputCell.model_validate_json(several.model_dump_json()) == several


def test_a_long_first_answer_does_not_hide_the_last() -> None:
    long = cell("base", "LAST", None, 1.0).model_copy(
        update={"before": (Turn(answer="x" * (OUTPUT_LIMIT + 7), then="And now?"),)}
    )
    shown = _output(long, "/k", measure_of("exact_match", ""), "base", with_text=True)
    assert "7 more characters not shown" in shown.text
    assert shown.text.endswith("[the user's turn 2]\nAnd now?\n\n[answer 2]\nLAST")
    hidden = _output(long, "/k", measure_of("exact_match", ""), "base", with_text=False)
    assert hidden.text == ""
