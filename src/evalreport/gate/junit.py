"""A gate as JUnit XML, as CI services read it: one test case a condition.

What is not met is a failure, what cannot be told although it was demanded an error, so that no
reader takes a shut gate for an open one; what was left open is skipped.
"""

from typing import Final
from xml.etree import ElementTree as ET

from evalreport.errors import EvalReportError, in_one_line, printable
from evalreport.gate.conditions import Condition, Gated, State

_SUITE: Final = "evalreport gate"
_MOST: Final = 10_000  # characters of a text: readers cut or refuse long ones
_TAGS: Final = {State.NOT_MET: "failure", State.UNTOLD: "error", State.OPEN: "skipped"}


def junit_xml(name: str, gated: Gated) -> str:
    """The conditions on a report as one test suite.

    Args:
        name: Of the report.
        gated: What came of them.
    """
    suite = _suite(name, [one.state for one in gated.conditions])
    for one in gated.conditions:
        case = _case(suite, name, f"{one.name}: {one.claim}")
        tag = _TAGS.get(one.state)
        if tag is not None:
            _ended(case, tag, one)
    return _document(suite)


def junit_error(name: str, error: EvalReportError) -> str:
    """A gate that could not be looked at: a suite with one error, so that none counts as passed.

    Args:
        name: Of what was to be looked at.
        error: Why it could not.
    """
    suite = _suite(name, [State.UNTOLD])
    case = _case(suite, name, "gate: the report can be read")
    why = in_one_line(error)
    _ended(case, "error", Condition("gate", "", State.UNTOLD, why))
    return _document(suite)


def junit_unfinished(name: str) -> str:
    """A gate that has begun: what stands there if it never comes to its end.

    Args:
        name: Of what is looked at.
    """
    return junit_error(name, EvalReportError.because("the gate did not come to its end"))


def _suite(name: str, states: list[State]) -> ET.Element:
    return ET.Element(
        "testsuite",
        name=_text(f"{_SUITE} {name}"),
        tests=str(len(states)),
        failures=str(states.count(State.NOT_MET)),
        errors=str(states.count(State.UNTOLD)),
        skipped=str(states.count(State.OPEN)),
        time="0",
    )


def _case(suite: ET.Element, name: str, claim: str) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", classname=_text(f"gate.{name}"), name=_text(claim), time="0"
    )


def _ended(case: ET.Element, tag: str, one: Condition) -> None:
    ended = ET.SubElement(case, tag, message=_text(one.why))
    if tag != "skipped":  # some readers take no more than a message of what was skipped
        ended.set("type", one.state.value.replace(" ", "_"))
        behind = (line for line in one.details if line != one.why)
        ended.text = "\n".join(_text(line) for line in (one.why, *behind))


def _document(suite: ET.Element) -> str:
    root = ET.Element("testsuites", name=_SUITE)
    for count in ("tests", "failures", "errors"):
        root.set(count, suite.get(count, ""))
    root.set("time", "0")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + (
        ET.tostring(root, encoding="unicode") + "\n"
    )


def _text(text: str) -> str:
    """Nothing that XML cannot hold, and nothing that a log would obey; not without end."""
    shown = printable(text)
    return shown if len(shown) <= _MOST else f"{shown[:_MOST]} …"
