"""Reports of this and other versions, read."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from evalreport.errors import DataError
from evalreport.report.load import load_report, read_report, report_of
from evalreport.versions import UPGRADE

HERE = Path(__file__).parent
FROZEN = HERE / "frozen" / "0.1.0"
OLD = HERE / "older" / "health-without-means.report.json"
"""The gold story `noise` as it was committed on 21 November 2026."""


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    held: dict[str, Any] = json.loads((FROZEN / "report.json").read_text())
    return held


def refused(content: Any) -> tuple[str, str, str]:
    with pytest.raises(DataError) as caught:
        report_of(content, "r/report.json")
    (problem,) = caught.value.problems
    return problem.where, problem.what, problem.hint


def test_a_newer_report_is_not_read_in_part(content: dict[str, Any]) -> None:
    where, what, hint = refused({**content, "schema": 2, "shape": "new"})
    assert where == "r/report.json: schema"
    assert what.startswith("it is of version 2 of report.json; evalreport ")
    assert what.endswith(" reads version 1")
    assert hint == UPGRADE
    with pytest.raises(DataError, match="version 2"):
        read_report({**content, "schema": 2}, "r")


@pytest.mark.parametrize("version", ["1", 1.0, True, None, 0])
def test_what_is_no_version_is_said(content: dict[str, Any], version: Any) -> None:
    where, what, _ = refused({**content, "schema": version})
    assert where == "r/report.json: schema"
    assert "is no version of report.json" in what


def test_a_report_without_a_version_is_none(content: dict[str, Any]) -> None:
    without = {key: value for key, value in content.items() if key != "schema"}
    where, what, _ = refused(without)
    assert (where, what.startswith("it is no report: `schema`")) == ("r/report.json", True)


def test_a_damaged_report_names_the_place(content: dict[str, Any]) -> None:
    damaged = copy.deepcopy(content)
    damaged["findings"][0]["n"] = "many\x1b[2J"
    _, what, hint = refused(damaged)
    assert what.startswith("it is no report of version 1: findings.0.n")
    assert "\x1b" not in what
    assert hint.startswith("build it again")


# Reports from before the release of version 1


def test_an_older_form_is_refused_with_the_command_that_mends_it() -> None:
    with pytest.raises(DataError) as caught:
        load_report(OLD)
    (problem,) = caught.value.problems
    assert "before version 1 was released" in problem.what
    assert "the mean number of tokens" in problem.what
    assert problem.hint == f"`evalreport migrate {OLD}` shows what it would change"


def test_an_older_form_is_read_in_memory() -> None:
    raw = json.loads(OLD.read_text())
    kept = copy.deepcopy(raw)
    read = read_report(raw, OLD)
    assert raw == kept
    assert len(read.changes) == 1
    for row in read.report.health:
        assert "did not tell" in str(row.tokens_mean)
    assert read.report.verdict.outcome.value == raw["verdict"]["outcome"]


def test_a_cost_that_was_null_says_that_it_is_not_known(content: dict[str, Any]) -> None:
    old = copy.deepcopy(content)
    old["cost"]["total"] = None
    old["cost"]["lines"][0]["amount"] = None
    assert refused(old)[1].endswith("a cost that is not known says so, and is not null")
    read = read_report(old, "r")
    assert read.report.cost is not None
    assert "did not tell" in str(read.report.cost.total)
    assert "did not tell" in str(read.report.cost.lines[0].amount)
    assert len(read.report.cost.lines) == len(content["cost"]["lines"])


def test_a_report_of_today_is_read_as_it_stands(content: dict[str, Any]) -> None:
    assert read_report(content, "r").changes == ()
    assert read_report(content, "r").report == report_of(content, "r")
