"""Every audit of a published text: nothing left out of its spec, and its report is what it must be.

The texts themselves are not here; `tests.audits.extract` holds the coverage files against them.
"""

import atexit
import contextlib
import io
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from evalreport.cli import main
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.report.volatile import settled
from evalreport.spec.yaml12 import compose
from tests.audits import of_gsm8k_qwen2, of_italian_grader, of_qwen3_reasoning, of_speech_traits
from tests.audits.coverage import faults_in_spec, read_coverage
from tests.audits.expected import Expected

ROOT = Path(__file__).parent.parent.parent
SPECS = ROOT / "specs" / "audits"
REPORTS = ROOT / "reports" / "audits"
EXPECTED: dict[str, Expected] = {
    "gsm8k-qwen2": of_gsm8k_qwen2.EXPECTED,
    "italian-grader": of_italian_grader.EXPECTED,
    "qwen3-reasoning": of_qwen3_reasoning.EXPECTED,
    "speech-traits": of_speech_traits.EXPECTED,
}
AUDITS = sorted(EXPECTED)


@cache
def built(name: str) -> Path:
    """The folder of the report that the program writes of an audit today."""
    folder = Path(mkdtemp(prefix="audit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    spec = Path("specs") / "audits" / name / "spec.yaml"
    (folder / spec).parent.mkdir(parents=True)
    (folder / spec).write_bytes((ROOT / spec).read_bytes())
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):  # fmt: skip
        assert main(["build", str(spec)]) == 0, said.getvalue()
    return folder / "reports" / "audits" / name


def of_today(name: str) -> Report:
    """That report."""
    return load_report(built(name) / "report.json")


def test_every_audit_is_expected_to_say_something() -> None:
    assert sorted(path.parent.name for path in SPECS.glob("*/coverage.yaml")) == AUDITS


@pytest.mark.parametrize("name", AUDITS)
def test_every_number_stands_in_the_spec_and_every_claim_has_its_lines(name: str) -> None:
    spec = compose((SPECS / name / "spec.yaml").read_text(encoding="utf-8"))
    assert not spec.flaws
    assert list(faults_in_spec(read_coverage(SPECS / name / "coverage.yaml"), spec.value)) == []


@pytest.mark.parametrize("name", AUDITS)
def test_the_committed_report_is_what_the_program_builds_today(name: str) -> None:
    committed = load_report(REPORTS / name / "report.json")
    assert settled(committed) == settled(of_today(name))
    there = {path.name for path in (REPORTS / name).iterdir()}
    assert there == {path.name for path in built(name).iterdir()}


@pytest.mark.parametrize("name", AUDITS)
def test_the_committed_report_can_be_computed_again(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recheck", str(REPORTS / name / "report.json")]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", AUDITS)
def test_every_claim_gets_the_ruling_that_it_must_get(name: str) -> None:
    wanted = EXPECTED[name].rulings
    rulings = [(one.text, one.ruling) for one in of_today(name).claims]
    assert [ruling for _, ruling in rulings] == [ruling for _, ruling in wanted], rulings
    for (words, _), (text, _) in zip(wanted, rulings, strict=True):
        assert words in text


@pytest.mark.parametrize("name", AUDITS)
def test_verdict_rules_and_sentences_are_those_that_they_must_be(name: str) -> None:
    expected, report = EXPECTED[name], of_today(name)
    assert report.verdict.outcome is expected.outcome
    states = {(one.rule, str(one.status)) for one in report.remarks}
    broken = {rule for rule, status in states if status == "broken"}
    assert {*expected.broken} <= broken
    assert not {*expected.kept} & broken
    assert {(rule, "kept") for rule in expected.kept} <= states
    text = (built(name) / "report.md").read_text(encoding="utf-8")
    plain = " ".join(text.replace("\\", "").split())
    for sentence in expected.says:
        assert sentence in plain
    for sentence in expected.never:
        assert sentence not in plain


@pytest.mark.parametrize("name", AUDITS)
def test_nothing_was_run_and_nothing_is_said_to_have_been(name: str) -> None:
    report = of_today(name)
    assert {finding.origin.value for finding in report.findings} <= {"recorded"}
    assert all(step.kind == "import" for step in report.steps)
    assert not report.simulated
