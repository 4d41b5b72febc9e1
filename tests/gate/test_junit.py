"""JUnit XML: what CI services read, for any text."""

from collections import Counter
from typing import Final
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.errors import EvalReportError, Problem, printable
from evalreport.gate.conditions import Condition, Gated, Held, NotHeld, State
from evalreport.gate.junit import junit_error, junit_unfinished, junit_xml
from evalreport.verdict import Outcome
from tests.gate.reports import clear_win, ended, gated

# What the schema of Jenkins' JUnit reader allows below each element, and the attributes of each:
# (has to be there, may be there). GitLab and the readers on GitHub take the same.
CHILDREN: Final = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "failure": set[str](),
    "error": set[str](),
    "skipped": set[str](),
}
ATTRIBUTES: Final = {
    "testsuites": (set[str](), {"name", "time", "tests", "failures", "errors", "disabled"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "skipped", "disabled", "time", "timestamp", "hostname", "id", "package"},
    ),
    "testcase": ({"name", "classname"}, {"time", "status", "assertions", "file", "line"}),
    "failure": (set[str](), {"type", "message"}),
    "error": (set[str](), {"type", "message"}),
    "skipped": (set[str](), {"message"}),
}  # fmt: skip


def read(text: str) -> ET.Element:
    """The suite of a document that has the form that readers expect."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        needed, allowed = ATTRIBUTES[element.tag]
        assert needed <= {*element.attrib} <= needed | allowed
        if element.tag != "testcase":
            assert all(
                element.attrib[key].isdigit() for key in ("tests", "time") if key in element.attrib
            )
    (suite,) = root
    cases = [*suite]
    ends = Counter(child.tag for case in cases for child in case)
    assert all(len(case) <= 1 for case in cases)
    for place in (root, suite):
        assert int(place.attrib["tests"]) == len(cases)
        assert int(place.attrib["failures"]) == ends["failure"]
        assert int(place.attrib["errors"]) == ends["error"]
    assert int(suite.attrib["skipped"]) == ends["skipped"]
    assert len({case.attrib["name"] for case in cases}) == len(cases)
    return suite


def test_each_condition_is_a_test_case_with_what_came_of_it() -> None:
    found = gated(
        ended(Outcome.MIXED),
        items=NotHeld("no items.jsonl", is_demanded=True),
        spec=Held("specs/x.yaml", differences=("it has changed", "dataset test is another")),
    )
    suite = read(junit_xml("orders", found))
    assert suite.attrib["name"] == "evalreport gate orders"
    ends = {
        case.attrib["name"].partition(":")[0]: case[0].tag if len(case) else "passed"
        for case in suite
    }
    assert ends == {
        "measured": "skipped",
        "items": "error",
        "current": "failure",
        "steps": "passed",
        "declared": "passed",
        "rules": "passed",
        "outcome": "failure",
        "gain": "passed",
        "strength": "passed",
        "guards": "skipped",
        "requirements": "skipped",
    }
    current = next(case[0] for case in suite if case.attrib["name"].startswith("current"))
    assert current.attrib == {"message": "it has changed", "type": "not_met"}
    assert current.text == "it has changed\ndataset test is another"


def test_a_gate_that_is_shut_never_reads_as_passed() -> None:
    """A reader that knows no errors still has to see one: none of the ten is without an end."""
    untold = gated(clear_win(), items=NotHeld("none", is_demanded=True))
    assert read(junit_xml("orders", untold)).attrib["errors"] == "1"
    error = EvalReportError(Problem("reports/x", "there is no such file", "name another"))
    suite = read(junit_error("reports/x", error))
    assert suite[0][0].attrib["message"] == "there is no such file (reports/x); name another"
    assert suite.attrib["errors"] == "1"
    begun = read(junit_unfinished("reports/x"))
    assert begun[0][0].attrib["message"] == "the gate did not come to its end"
    assert begun.attrib["errors"] == "1"


anything = st.text(max_size=40) | st.sampled_from(
    ["]]>", "<![CDATA[", "&amp;", '"\x00\x1b[2J', "￿", "\ud800"]
)


@settings(max_examples=150, deadline=None)
@given(
    anything,
    st.lists(
        st.tuples(anything, st.sampled_from(State), st.lists(anything, max_size=3)), max_size=4
    ),
)
def test_any_text_comes_back_as_it_is_shown(
    name: str, parts: list[tuple[str, State, list[str]]]
) -> None:
    conditions = tuple(
        Condition(f"c{i}", why, state, why, tuple(lines))
        for i, (why, state, lines) in enumerate(parts)
    )
    suite = read(junit_xml(name, Gated(clear_win().verdict, conditions)))
    assert suite.attrib["name"] == f"evalreport gate {printable(name)}"
    for case, one in zip(suite, conditions, strict=True):
        assert case.attrib["name"] == f"{one.name}: {printable(one.claim)}"
        if one.state is State.MET:
            assert len(case) == 0
            continue
        assert case[0].attrib["message"] == printable(one.why)
        if one.state is not State.OPEN:
            lines = [one.why, *(line for line in one.details if line != one.why)]
            assert (case[0].text or "") == "\n".join(map(printable, lines))


def test_a_text_without_end_is_cut() -> None:
    long = Condition("c", "claim", State.NOT_MET, "x" * 20_000)
    suite = read(junit_xml("orders", Gated(clear_win().verdict, (long,))))
    assert len(suite[0][0].attrib["message"]) == 10_002
