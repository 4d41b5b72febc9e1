"""YAML 1.2 values, places, and what is refused."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evalreport.spec import yaml12
from evalreport.spec.yaml12 import Document, compose, resolve
from evalreport.spec.yaml_tree import MOST_NODES, Path, Place, Unreadable
from evalreport.values import Json

from .conftest import GOOD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # numbers that YAML 1.1 reads as text
        ("2e-4", 0.0002),
        ("1e6", 1_000_000.0),
        ("5E-5", 0.00005),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("+3", 3),
        # text that YAML 1.1 reads as something else
        ("no", "no"),
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("190:20:30", "190:20:30"),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("=", "="),
        # what JSON cannot hold stays text
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        # both agree
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-0", 0),
        ("1.10", 1.1),
    ],
)
def test_plain_scalars(text: str, value: Json) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)
    assert compose(f"key: {text}").value == {"key": value}


def test_quotes_make_text() -> None:
    document = compose("""{a: "1", b: 'true', c: "null", d: "2e-4", e: !!x ''}""")
    assert document.value == {"a": "1", "b": "true", "c": "null", "d": "2e-4", "e": ""}


def test_keys_are_text_as_written() -> None:
    assert compose("{1: a, 1.0: b, true: c, null: d, no: e}").value == {
        "1": "a", "1.0": "b", "true": "c", "null": "d", "no": "e",
    }  # fmt: skip


def test_numbers_keep_how_they_were_written() -> None:
    document = compose("a: 1.10\nb: [2, 3e0]\nc: '4'\nd: 12e4567\n")
    assert document.numbers == {("a",): "1.10", ("b", 0): "2", ("b", 1): "3e0"}
    assert document.value == {"a": 1.1, "b": [2, 3.0], "c": "4", "d": "12e4567"}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab<_ ", max_size=5), inner)
    ),
    max_leaves=20,
)


@given(json_values)
def test_json_is_yaml(value: Json) -> None:
    assert compose(json.dumps(value)).value == value


def test_every_plain_scalar_stands_where_it_is_said_to() -> None:
    document = compose(GOOD)
    lines = GOOD.splitlines()
    for path, how in document.numbers.items():
        place = document.values[path]
        assert lines[place.line - 1][place.column - 1 :].startswith(how), path
        assert place.width == len(how)
    for path, place in document.keys.items():
        assert lines[place.line - 1][place.column - 1 :].startswith(str(path[-1])), path


def test_places_count_characters_and_all_line_breaks() -> None:
    document = compose("é: 'ü'\r\nb: 1\rc: 2\u2028d: 3\n")
    assert [document.keys[key,].line for key in "ébcd"] == [1, 2, 3, 4]
    assert document.values["é",] == Place(1, 4, 3)
    assert document.lines == ("é: 'ü'", "b: 1", "c: 2", "d: 3", "")


def test_anchors_and_merge_keys() -> None:
    document = compose(
        "a: &d {x: 1, y: 2}\nb: *d\nc: {<<: *d, y: 3}\ne: {y: 4, <<: [{x: 5}, *d]}\n"
    )
    assert document.value == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1, "y": 3},
        "e": {"x": 5, "y": 4},
    }
    assert document.values["b",] == Place(2, 4, 2)  # where it is repeated,
    assert document.values["b", "x"] == Place(1, 11)  # but its parts where they were written


def test_copies_of_an_anchor_are_not_one_object() -> None:
    value = compose("a: &d [1]\nb: *d\n").value
    assert isinstance(value, dict)
    assert value["a"] is not value["b"]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert compose("'<<': 1").value == {"<<": 1}


def flaws(text: str) -> list[tuple[int, int, str]]:
    document = compose(text)
    return [(flaw.place.line, flaw.place.column, flaw.what) for flaw in document.flaws]


def test_flaws_come_together_and_the_rest_is_read() -> None:
    text = 'a: 1\nb: {c: 1, c: 2}\na: 3\nd: !x 4\ne: {[1]: 2, f: 5}\ng: {<<: 7}\nh: "\\ud800"\n'
    assert flaws(text) == [
        (4, 4, "tags such as !x are not allowed"),
        (3, 1, "the key a stands twice; the first is in line 1"),
        (2, 11, "the key c stands twice; the first is in line 2"),
        (5, 5, "a key is text, not a list"),
        (6, 9, "<< merges a mapping"),
        (7, 4, "half a character is escaped here"),
    ]
    assert compose(text).value == {
        "a": 1, "b": {"c": 1}, "d": 4, "e": {"f": 5}, "g": {}, "h": "\N{REPLACEMENT CHARACTER}",
    }  # fmt: skip


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!str", "!own", "!"]
)
@pytest.mark.parametrize("node", ["[true]", "{a: b}", "text"])
def test_no_tag_does_anything(tag: str, node: str) -> None:
    document = compose(f"key: {tag} {node}")
    assert len(document.flaws) == 1
    assert compose(f"key: {node}").value in (document.value, {"key": True})


def refused(text: str) -> tuple[int, int, str]:
    with pytest.raises(Unreadable) as caught:
        compose(text)
    flaw = caught.value.flaw
    return flaw.place.line, flaw.place.column, flaw.what


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def merged_laughs(levels: int) -> str:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return "\n".join(lines)


_T = TypeVar("_T")
_MOST_WORK: Final = 3 * MOST_NODES  # a node is two events at most, and one value


@dataclass(slots=True)
class Work:
    """What reading a text takes, counted, so that a busy machine counts the same.

    Attributes:
        done: Events that the parser gave, values that were made and mappings that were merged.
        most: More of it ends the reading, and the test with it.
    """

    done: int = 0
    most: int = _MOST_WORK

    def more(self, what: _T) -> _T:
        self.done += 1
        assert self.done <= self.most, f"more than {self.most:,} events and values"
        return what


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The work of whatever the test reads."""
    counted = Work()
    parse: Callable[..., Iterator[yaml.Event]] = yaml.parse

    def events(*given: object, **named: object) -> Iterator[yaml.Event]:
        return map(counted.more, parse(*given, **named))

    def each(made: Callable[..., object]) -> Callable[..., object]:
        def counting(*given: object) -> object:
            return counted.more(made)(*given)

        return counting

    monkeypatch.setattr(yaml, "parse", events)
    for name in ("value", "_entries"):
        monkeypatch.setattr(yaml12._Expansion, name, each(getattr(yaml12._Expansion, name)))
    return counted


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (laughs(12), "more than 50,000 values"),
        (merged_laughs(12), "more than 50,000 values"),
        ("\n".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}" if n else "a0: &a0 {}" for n in range(2000)),
         "more than 64 levels deep"),
        ("[" * 100_000, "more than 64 levels deep"),
        ("{a: " * 100_000, "more than 64 levels deep"),
        ("- " * 100_000, "more than 64 levels deep"),
        ("? " * 100_000, "more than 64 levels deep"),
        ("[" + "1," * 100_000 + "]", "more than 50,000 values"),
        ("a: &a [*a]", "*a stands inside what it repeats"),
        ("a: &a {b: *a}", "*a stands inside what it repeats"),
        ("a: &a {b: &b [*a], c: *b}", "*a stands inside what it repeats"),
    ],
    ids=["laughs", "merged laughs", "merge chain", "[", "{", "-", "?", "long", "self", "own", "loop"],
)  # fmt: skip
def test_bombs_are_refused_at_once(text: str, what: str, work: Work) -> None:
    assert refused(text)[2] == what
    assert work.done


@pytest.mark.parametrize("text", [laughs(12), merged_laughs(12)], ids=["laughs", "merged laughs"])
def test_without_the_limit_the_count_would_end_a_bomb(
    text: str, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml12, "MOST_NODES", 10**12)
    work.most = MOST_NODES
    with pytest.raises(AssertionError, match="events and values"):
        compose(text)


def test_anchors_may_be_set_again() -> None:
    assert compose("a: &x 1\nb: &x 2\nc: *x\n").value == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", (1, 1, "there is nothing in it")),
        ("# only a comment\n", (1, 1, "there is nothing in it")),
        ("a: 1\n---\nb: 2\n", (2, 1, "a second document starts here")),
        ("a: *b\n", (1, 4, "*b repeats an anchor that was not set above")),
        ("a:\n\tb: 1\n", (2, 1, "a tab stands where the line is indented")),
        ("a: b\0c\n", (1, 5, "the character U+0000 may not stand in YAML")),
        ("a: 1\nb: \x1b[31m\n", (2, 4, "the character U+001B may not stand in YAML")),
        ("a: @b\n", (1, 4, "text cannot start with @")),
        ("a: %b\n", (1, 4, "text cannot start with %")),
        ("a: `b`\n", (1, 4, "text cannot start with `")),
        ('a: "\\q"\n', (1, 6, "\\q is not an escape that double quotes know")),
        ("a: 'b\n", (2, 1, "the quotation mark that opens in line 1, column 4 is not closed")),
        ("a: {b: 1\nc: 2\n", (2, 2, "the { that opens in line 1, column 4 is not closed, or a comma is missing")),
        ("a: [1, 2\n", (2, 1, "the [ that opens in line 1, column 4 is not closed, or a comma is missing")),
        ("a: {b: 1,, c: 2}\n", (1, 10, "an entry is missing here")),
        ("a: b: c\n", (1, 5, "a ': ' stands where no mapping can start")),
        ("a: 1\nkey\n", (3, 1, "the line above is neither `key: value` nor `- entry`")),
        ("  a: 1\n b: 2\n", (2, 2, "this line belongs to nothing above it")),
        ("- a\nb: 1\n", (2, 1, "this does not go on with the list that begins in line 1, column 1")),
        ("a: 'b' c\n", (1, 8, "this does not go on with the mapping that begins in line 1, column 1")),
        ("%YAML 2.0\n---\na: 1\n", (1, 1, "this version of YAML is unknown")),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_refused_in_words(text: str, where: tuple[int, int, str]) -> None:
    assert refused(text) == where


characters = st.text(st.sampled_from("ab1.:-,#&*!|>'\"%@`{}[]?~<= \t\n\\é\u2028\0"), max_size=60)


@given(characters)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = compose(text)
    except Unreadable as error:
        flaw = error.flaw
    else:
        assert finite(document.value)
        assert paths(document.value, ()) == set(document.values)
        return
    assert flaw.what
    assert 1 <= flaw.place.line <= len(text) + 1


def finite(value: Json) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(finite(one) for one in inner)


def paths(value: Json, path: Path) -> set[Path]:
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return {path}.union(*(paths(inner, (*path, key)) for key, inner in entries))


def test_a_spec_is_read_once_and_each_of_its_values_made_once(work: Work) -> None:
    document: Document = compose(GOOD)
    assert len(document.values) > 50
    assert work.done < 5 * len(document.values)


@given(st.lists(st.sampled_from(["a", "b", "<<"]), max_size=4))
def test_duplicates_are_counted(keys: list[str]) -> None:
    text = "{" + ", ".join(f"{key}: {{}}" for key in keys) + "}"
    twice = sum(keys.count(key) - 1 for key in {*keys} - {"<<"})
    assert len(compose(text).flaws) == twice


def test_escapes_of_any_kind_give_text() -> None:
    for one, other in product(("\\x41", "\\u0041", "\\U00000041"), repeat=2):
        assert compose(f'"{one}{other}"').value == "AA"
