"""The extraction itself, on a text that was made to be hard: nothing missed, nothing made up."""

from fractions import Fraction
from pathlib import Path

import pytest

from evalreport.spec.load import load_spec
from evalreport.spec.yaml12 import compose
from evalreport.values import Json
from tests.audits.coverage import (
    Coverage,
    at_path,
    faults_in_spec,
    faults_in_text,
    lines_of,
    read_coverage,
)
from tests.audits.extract import main, skeleton
from tests.audits.numerals import follows, numerals, readings, values_in
from tests.audits.sentences import sentences

TWIN = Path(__file__).parent / "twin"
TEXT = (TWIN / "twin.txt").read_text(encoding="utf-8")


def spec() -> Json:
    return compose((TWIN / "spec.yaml").read_text(encoding="utf-8")).value


def changed(**values: object) -> Coverage:
    """The twin's coverage file with other numerals or sentences."""
    return read_coverage(TWIN / "coverage.yaml").model_copy(update=values)


def entry(given: dict[str, object], *, evaluative: bool = False) -> Coverage:
    """A coverage file of one entry."""
    key = "evaluative" if evaluative else "numerals"
    whole = {"source": "x", "sha256": "0" * 64, "lines": 1, "numerals": [], "evaluative": []}
    return Coverage.model_validate(whole | {key: [given]})


# Numerals


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2,589,961 tokens", ["2,589,961"]),
        ("in 2024, 100 of 3,00", ["2024", "100", "3", "00"]),
        ("0.0002 or 2e-4 or .05, 3.", ["0.0002", "2e-4", ".05", "3"]),
        ("4.29s on 4× L40S at 24GB", ["4.29s", "4×", "40S", "24GB"]),
        ("~$5, $1.275, >99%, ~58 %", ["~$5", "$1.275", ">99%", "~58 %"]),
        ("20K and 0.5B, Qwen3-4B, g5.xlarge", ["20K", "0.5B", "3", "4B", "5"]),
        ("0.237-0.253 and 10-20%", ["0.237", "0.253", "10", "20%"]),
        ("fell by -0.3 (+4)", ["-0.3", "+4"]),
        ("x-3, 5:3 and 5/3, 8-rank", ["3", "5", "3", "5", "3", "8"]),
        ("10 percentage points, 3 percent, 2 million", ["10 percentage points", "3 percent", "2 million"]),
        ("v1.2.3, dg968a8f, data_02.json", ["1.2", "3", "968", "8f", "02"]),
        ("½ of it, half of it, x² and 1️⃣", ["½", "²", "1"]),
        ("19-03-2025", ["19", "03", "2025"]),
        ("1e5x 1e-8, 1e", ["1", "5x", "1e-8", "1e"]),
        ("no numeral here", []),
    ],
)  # fmt: skip
def test_each_numeral_is_found_as_it_stands(text: str, found: list[str]) -> None:
    assert [one.text for one in numerals(text)] == found


def test_numerals_know_their_lines() -> None:
    assert [(one.line, one.text) for one in numerals("a\n\n7 and\n8%")] == [(3, "7"), (4, "8%")]


@pytest.mark.parametrize(
    ("numeral", "values"),
    [
        ("20,000", {20000}),
        ("20K", {20000}),
        ("9.9K", {9900}),
        ("50.0%", {Fraction(1, 2)}),
        ("10 percentage points", {Fraction(1, 10)}),
        ("4.29s", {Fraction(429, 100)}),
        ("~$250", {250}),
        ("0.5B", {Fraction(1, 2), 500_000_000}),
        ("2e-4", {Fraction(2, 10000)}),
        ("-0.3", {Fraction(-3, 10)}),
        ("½", {Fraction(1, 2)}),
        ("none", set()),
    ],
)
def test_a_numeral_is_read_as_the_spec_writes_it(numeral: str, values: set[Fraction]) -> None:
    assert readings(numeral) == values


def test_numbers_of_a_value() -> None:
    assert values_in(0.1) == {Fraction(1, 10)}
    assert values_in([0.28, "epoch 3"]) == {Fraction(28, 100), Fraction(3)}
    assert values_in(True) == values_in(None) == values_in({"a": 1}) == frozenset()


def test_what_follows_from_a_sum_follows_within_its_rounding() -> None:
    assert follows("35%", "67 / 192")
    assert not follows("34%", "67 / 192")
    assert follows("10K", "255 / 0.0255")
    assert not follows("10.00K", "255 / 0.0253")


# Sentences


def test_sentences_have_a_place_on_their_line() -> None:
    found = [(one.line, one.place, one.is_evaluative) for one in sentences(TEXT) if one.line > 13]
    assert found == [(14, 1, True), (14, 2, False), (15, 1, False), (17, 1, False)]


# A text and its coverage file


def test_the_twin_agrees_with_its_text_and_its_spec() -> None:
    assert load_spec(TWIN / "spec.yaml").spec.name == "twin"
    coverage = read_coverage(TWIN / "coverage.yaml")
    assert list(faults_in_text(coverage, TEXT)) == []
    assert list(faults_in_spec(coverage, spec())) == []


def test_what_the_file_lacks_or_has_too_much_is_told() -> None:
    whole = read_coverage(TWIN / "coverage.yaml")
    for place in range(len(whole.numerals)):
        rest = (*whole.numerals[:place], *whole.numerals[place + 1 :])
        (fault,) = faults_in_text(changed(numerals=rest), TEXT)
        assert fault.startswith(f"line {whole.numerals[place].line} has the numerals")
    twice = (*whole.numerals[:1], *whole.numerals)
    assert list(faults_in_text(changed(numerals=twice), TEXT))
    assert list(faults_in_text(changed(numerals=whole.numerals[::-1]), TEXT))
    assert "the text has 17 lines, not 18" in faults_in_text(changed(lines=18), TEXT)


def test_an_evaluative_sentence_without_an_entry_is_told_and_so_is_one_that_is_not_there() -> None:
    whole = read_coverage(TWIN / "coverage.yaml")
    rest = tuple(one for one in whole.evaluative if one.line != 14)
    (fault,) = faults_in_text(changed(evaluative=rest), TEXT)
    assert fault.startswith("line 14, sentence 1 may be evaluative")
    more = entry({"line": 16, "ignored": "empty"}, evaluative=True).evaluative
    (fault,) = faults_in_text(changed(evaluative=(*whole.evaluative, *more)), TEXT)
    assert fault == "there is no sentence 1 on line 16"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"numeral": "7", "at": "adapter.r"}, "7 does not stand at adapter.r"),
        ({"numeral": "8", "at": "adapter.rank"}, "the spec has nothing at adapter.rank"),
        ({"numeral": ["8", "9"], "at": "adapter.r"}, "9 does not stand"),
        ({"numeral": "8", "at": ["adapter.r", "adapter.dropout"]}, "stand at adapter.dropout"),
        ({"numeral": "16", "as": "2 * 8", "at": "adapter.r"}, "2 of 2 * 8 stands at no path"),
        ({"numeral": "9%", "as": "8 / 100", "at": "adapter.r"}, "8 / 100 does not give 9%"),
        ({"numeral": "8%", "as": "8 / 100", "at": ["adapter.r", "adapter.dropout"]}, "not use"),
    ],
)
def test_a_number_that_is_not_where_it_is_said_to_be_is_told(
    given: dict[str, object], fault: str
) -> None:
    (found,) = faults_in_spec(entry({"line": 5, **given}), {**_mapping(), "claims": []})
    assert found.startswith("line 5: ")
    assert fault in found


def _mapping() -> dict[str, Json]:
    found = spec()
    assert isinstance(found, dict)
    return found


def test_claims_and_lines_name_each_other() -> None:
    whole = read_coverage(TWIN / "coverage.yaml").evaluative
    assert list(faults_in_spec(changed(evaluative=whole[1:2]), spec())) == [
        "no line of the text is ruled on by claim 2"
    ]
    other = entry({"line": 3, "claim": [1, 9]}, evaluative=True).evaluative
    assert list(faults_in_spec(changed(evaluative=(*whole, *other)), spec())) == [
        "line 3: the source of claim 1 does not name it",
        "line 3: there is no claim 9",
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"line": 1, "numeral": "3"},
        {"line": 1, "numeral": "3", "at": "name", "ignored": "a name"},
        {"line": 1, "numeral": [], "ignored": "a name"},
        {"line": 1, "numeral": "3", "at": "name", "as": "import os"},
    ],
)
def test_an_entry_has_one_fate(given: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        entry(given)


def test_lines_of_a_source() -> None:
    assert lines_of("line 58") == {58}
    assert lines_of("lines 95 and 114, 116 to 118") == {95, 114, 116, 117, 118}
    assert lines_of("the model card") == set()


def test_paths_go_by_names_and_numbers() -> None:
    layers: Json = {"layers": [{"name": "a.b", "rows": [{"tuned": 1}]}, {"tuned": 2}]}
    assert at_path(layers, "layers.a.b.rows.0.tuned") == 1
    assert at_path(layers, "layers.1.tuned") == 2
    assert at_path(layers, "layers.2.tuned") is None
    assert at_path(layers, "layers.0.tuned.deep") is None


# By hand


def test_the_command_prints_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "twin.txt"
    text.write_text(TEXT, encoding="utf-8")
    assert main([str(text), str(TWIN)]) == 1  # its digest is made up
    assert capsys.readouterr().out == "twin.txt is not the text that the file was made from\n"
    assert main([str(text)]) == 0
    assert capsys.readouterr().out.splitlines() == list(skeleton(text))
    assert main([]) == 2
