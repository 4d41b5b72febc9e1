"""What is said alike of several layers is said once, with all of their names and all that is cited."""

import pytest

from evalreport.render.judgement import checks_of, rules_of
from evalreport.report.compose import limitations_of
from evalreport.rules.base import Remark, Severity, Status, together
from tests.analyze.evidence import GUARD, World, world
from tests.analyze.layers import Options, choice, qa
from tests.reports import changed, clear_win
from tests.rules.recorded_worlds import COUNTS, recorded

_MAKER = "GPT-4o-mini"


def remark(subject: str, text: str, *cites: str, status: Status = Status.UNCHECKED) -> Remark:
    return Remark(
        rule="decoding-mismatch",
        family="baseline",
        severity=Severity.WEAKENS,
        status=status,
        text=text,
        cites=cites,
        subject=subject,
    )


def several(*names: str, **of_each: object) -> World:
    """Layers of two numbers each, of which nothing else was said."""
    layers: list[Options] = [
        {
            "name": name,
            "subset": "all",
            "rows": [{"metric": "exact_match", "tuned": 0.62, "base": 0.53}],
            **of_each,
        }
        for name in names
    ]
    primary = {"layer": names[0], "metric": "exact_match", "gain_at_least": 0.05}
    return recorded(*layers, primary=primary)


def limitations(made: World, rule: str) -> list[str]:
    listed = limitations_of(made.spec, made.findings, made.remarks)
    return [one.text for one in listed if one.rule == rule]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("n-missing", "Of {} the number of items is not stated: nothing says how far chance"),
        ("decoding-mismatch", "Whether decoding was the same for both arms of {} is not stated."),
        ("cross-harness", "Whether the scoring program was the same for both arms of {} is not"),
        ("few-shot-mismatch", "the number of worked examples was the same for both arms of {} is"),
        ("base-handicapped", "Whether both arms of {} were held in one precision is not stated."),
        ("different-subsets", "Whether both arms of {} were scored on the same items is not"),
        ("subset-of-parsable", "Whether outputs that could not be read count in {} is not stated."),
        ("labels-from-model", "The references of {} were made by GPT-4o-mini: agreement with them"),
    ],
)
def test_limitations_name_every_layer_in_one_sentence(rule: str, sentence: str) -> None:
    made = several("maths", "law", "chess", subset="unknown", method={"labels_made_by": _MAKER})
    (text,) = limitations(made, rule)
    assert sentence.format("maths, law and chess") in text
    said = made.said(rule)  # remarks stay those of one layer each, for verdict and claims
    assert [one.subject for one in said] == ["maths", "law", "chess"]
    (whole,) = together(said)
    assert set(whole.cites) == {f"{name}.exact_match" for name in ("maths", "law", "chess")}


def test_few_items_of_several_are_one_sentence() -> None:
    few = "1" * 15 + "0" * 5, "1" * 10 + "0" * 10
    made = world(qa(*few), choice(*few), guards=[GUARD])
    assert limitations(made, "few-items") == [
        "Only 20 items stand behind qa exact match and general accuracy."
    ]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("no-interval", "No uncertainty was published with {}; it cannot be computed here either"),
        ("unpaired-only", "The item scores behind {} are missing."),
    ],
)
def test_numbers_are_named_as_they_are_spoken(rule: str, sentence: str) -> None:
    (text,) = limitations(several("maths", "law"), rule)
    assert sentence.format("maths exact match and law exact match") in text


def test_what_was_said_of_one_layer_alone_stays_apart() -> None:
    rows = [{"metric": "exact_match", "tuned": 0.62, "base": 0.53}]
    said = {"decoding": "greedy"}
    made = recorded(
        {"name": "maths", "rows": rows},
        {"name": "law", "rows": rows, "method": said},
        {"name": "chess", "rows": rows},
    )
    assert limitations(made, "decoding-mismatch") == [
        "Whether decoding was the same for both arms of maths and chess is not stated."
    ]


def test_judges_of_one_name_are_one_judge_of_several_layers() -> None:
    facts = {"name": "ab", "measures": "preference", "counts": COUNTS, "method": {"judge": "gpt-5"}}
    made = recorded(facts, {**facts, "name": "cd"})
    for rule, sentence in (
        ("judge-unstable", "Whether the judge of ab and cd (gpt-5) says the same again is not"),
        ("judge-position-fixed", "In which order the judge of ab and cd (gpt-5) saw the two"),
        ("judge-unvalidated", "Whether the judge of ab and cd (gpt-5) agrees with people on this"),
        ("judge-made-the-data", "is not stated, so the judge of ab and cd (gpt-5) may have."),
        ("judge-length", "How long the answers of ab and cd were, and which won, is not stated."),
    ):
        (text,) = limitations(made, rule)
        assert sentence in text
    other = recorded(facts, {**facts, "name": "cd", "method": {"judge": "claude"}})
    assert len(limitations(other, "judge-unstable")) == 2


def test_the_tables_of_rules_cite_all_that_each_remark_cited() -> None:
    made = several("maths", "law", "chess", subset="unknown")
    report = changed(
        clear_win(), findings=made.findings.findings, measurements=(), remarks=made.remarks
    )
    rows = [r for r in rules_of(report).attention if r.rule == "decoding-mismatch"]
    # What is about the verdict keeps its word for it, and stands apart from what is not.
    assert [(r.cites, r.severity) for r in rows] == [
        (("maths.exact_match",), "would weaken the verdict"),
        (("law.exact_match", "chess.exact_match"), "would weaken what it is about"),
    ]
    lines = [one for one in checks_of(report).aside if one.name == "n-missing"]
    assert [one.text.split(" the number", maxsplit=1)[0] for one in lines] == ["Of law and chess"]


@pytest.mark.parametrize(
    "text", ["it is said of nothing", "of a and of a", "of a-b", "the data of a.b are a_c"]
)
def test_a_subject_that_does_not_stand_there_once_joins_nothing(text: str) -> None:
    several = (remark("a", text, "one"), remark("a", text, "two"))
    assert together(several) == several


def test_only_what_reads_alike_is_joined_where_its_first_stood() -> None:
    first, other = remark("a", "Of a x.", "1"), remark("b", "Of b y.", "2")
    again, broken = remark("c", "Of c x.", "1", "3"), remark("d", "Of d x.", status=Status.BROKEN)
    joined, *rest = together((first, other, again, broken))
    assert (joined.text, joined.cites, joined.subject) == ("Of a and c x.", ("1", "3"), "a and c")
    assert rest == [other, broken]
    assert together((first, again), lambda one: one.subject) == (first, again)


def test_a_remark_without_a_subject_has_no_word_for_it_in_the_file() -> None:
    assert "subject" not in remark("", "x").model_dump()
    dumped = remark("a", "of a").model_dump(mode="json")
    assert Remark.model_validate(dumped) == remark("a", "of a")
