"""What problems look like: lines, carets, colours, and text that would harm a terminal."""

from pathlib import Path

import pytest

from evalreport.errors import Problem, printable
from evalreport.spec.places import SpecProblem, dotted, show_problems, shown
from evalreport.spec.yaml_tree import Place
from evalreport.values import Json

from .conftest import GOOD, Printed


def caret(source: str, place: Place) -> list[str]:
    text = show_problems([SpecProblem("f:1:1", "what", "", place, source)])
    return [line.partition("| ")[2] for line in text.splitlines()[1:3]]


def test_the_caret_stands_under_the_place() -> None:
    assert caret("key: value", Place(1, 6, 5)) == ["key: value", "     ^^^^^"]
    assert caret("key: value", Place(1, 11)) == ["key: value", "          ^"]


def test_wide_and_combining_characters_take_their_columns() -> None:
    assert caret("日本: x", Place(1, 5)) == ["日本: x", "      ^"]
    assert caret("e\u0301: x", Place(1, 5)) == ["e\u0301: x", "   ^"]
    assert caret("a: 日本", Place(1, 4, 2)) == ["a: 日本", "   ^^^^"]


def test_long_lines_are_cut_around_the_place() -> None:
    source = "a" * 200 + "X" + "b" * 200
    line, carets = caret(source, Place(1, 201))
    assert len(line) < 100
    assert line.startswith("...")
    assert line.endswith("...")
    assert line[carets.index("^")] == "X"


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u2066", "\ufeff"])
def test_nothing_reaches_the_terminal_that_could_mislead(character: str, printed: Printed) -> None:
    text = printed(GOOD.replace("keep: best", f'keep: "be{character}st"'))
    assert character not in text
    assert f"\\u{ord(character):04x}" in text
    assert character not in shown(character)
    assert character not in printable(character)


def test_a_problem_without_a_line_has_no_picture() -> None:
    assert show_problems([Problem("f", "what", "hint")]) == "f\n  what\n  hint"
    assert show_problems([Problem("", "what")]) == "what"
    assert show_problems([Problem("f", "a"), Problem("g", "b")]) == "f\n  a\n\ng\n  b\n\n2 problems"


def test_colours_are_for_terminals() -> None:
    problem = SpecProblem("f:1:1", "what", "hint", Place(1, 1), "a: 1")
    assert "\x1b" not in show_problems([problem])
    coloured = show_problems([problem], colour=True)
    assert coloured.startswith("\x1b[1mf:1:1\x1b[0m\n")
    assert "\x1b[31m^\x1b[0m" in coloured


def test_paths_are_written_as_overrides_are() -> None:
    value: Json = {"a": [{"name": "x", "b": [1]}, {"name": ""}, 3], "c": None}
    assert dotted(("a", 0, "b", 0), value) == "a.x.b[0]"
    assert dotted(("a", 1), value) == "a[1]"
    assert dotted(("a", 2), value) == "a[2]"
    assert dotted(("c", "d"), value) == "c.d"
    assert dotted((), value) == ""


def test_the_last_line_of_a_file_may_be_named(printed: Printed) -> None:
    output = printed("evalreport: 1\na: [1\n")
    assert output.splitlines()[0] == "spec.yaml:3:1"
    assert Path("spec.yaml").exists()


def test_what_foreign_files_say_cannot_move_the_cursor() -> None:
    problem = Problem("a\x1b[2J.csv:1", "it holds \x1b]0;owned\x07 and\nmore", "say \x9b31m")
    text = show_problems([problem])
    assert text.count("\n") == 2
    assert all(c.isprintable() for c in text.replace("\n", ""))
    assert "\\u001b]0;owned\\u0007 and\\u000amore" in text
