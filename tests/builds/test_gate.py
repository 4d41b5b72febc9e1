"""`gate` as CI calls it: whole outputs, files that services read, and what must not slip through."""

import json
import shutil
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from evalreport.report.seals import seals_of
from tests.builds.test_imported import others, run
from tests.builds.winning import REPORT, SPEC, STORY, edit, won, worsen
from tests.builds.workshop import Ran, Workshop
from tests.gold_reports import write_story

OPEN: Final = "--allow-simulated"

PASSED: Final = """\
verdict       SIMULATED, better (full): The fine-tuning worked: extraction field accuracy +53.3 points (95 % interval +38.4 to +68.0), at least the 10 points asked for, and the guard was retained.
measured      left open       its models are simulated, which --allow-simulated lets pass
items         met             772 values computed again from 180 items
current       met             specs/orders/spec.yaml and what it names
steps         met             8 of 8 steps done
declared      met             before any output, and unchanged since
rules         met             none that invalidates is broken; 2 that weaken are, see strength
outcome       met             better
gain          met             at least the 10 points asked for
strength      met             full; 2 broken rules count against it (extraction-failures, single-seed), and 3 would make it weak
guards        met             1 guard retained
requirements  left open       none was declared
gate          SIMULATED, met: better (full)
"""

WORSENED: Final = """\
verdict       SIMULATED, inconclusive: These items cannot tell whether the fine-tuning worked: extraction field accuracy −1.7 points (95 % interval −13.1 to +9.8).
measured      left open       its models are simulated, which --allow-simulated lets pass
items         met             710 values computed again from 180 items
current       met             specs/orders/spec.yaml and what it names
steps         met             8 of 8 steps done
declared      met             before any output, and unchanged since
rules         met             none that invalidates is broken; 2 that weaken are, see strength
outcome       not met         the outcome is inconclusive, and better is required
gain          left open       the outcome inconclusive claims no gain
strength      left open       inconclusive has no strength to speak of (broken: single-seed, best-checkpoint-on-test)
guards        met             1 guard retained
requirements  left open       none was declared
gate          SIMULATED, not met: the outcome is inconclusive, and better is required
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The clear win, built once; tests edit copies of it."""
    return won(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def win(once: Workshop, tmp_path: Path) -> Workshop:
    shutil.copytree(once.folder, tmp_path / "w")
    return Workshop(tmp_path / "w", SPEC)


def line(ran: Ran, name: str) -> str:
    """What is printed of a condition."""
    (found,) = (one for one in ran.out.splitlines() if one.startswith(f"{name} "))
    return found.removeprefix(name).strip()


# Whole outputs


def test_a_good_report_passes(win: Workshop) -> None:
    ran = win.run("gate", SPEC, OPEN)
    assert (ran.code, ran.out, ran.err) == (0, PASSED, "")
    assert win.run("gate", "reports/orders", OPEN).out == PASSED
    assert win.run("gate", REPORT, "--spec", SPEC, OPEN).out == PASSED


def test_a_worse_one_does_not(win: Workshop) -> None:
    worsen(win)
    ran = win.run("gate", SPEC, OPEN)
    assert (ran.code, ran.out, ran.err) == (4, WORSENED, "")
    may = "better,inconclusive,equivalent"
    word = ("gate", SPEC, OPEN, "--no-recheck")
    assert win.run(*word, "--require", may).code == 0
    assert win.run(*word, "--require", "any", "--forbid", "worse,mixed").code == 0
    assert win.run(*word, "--require", may, "--forbid", "inconclusive").code == 4


def test_a_simulated_report_says_why_it_does_not_pass(win: Workshop) -> None:
    ran = win.run("gate", SPEC)
    assert ran.code == 4
    assert line(ran, "gate").startswith("SIMULATED, not met: its models are simulated")


def test_a_smoke_run_does_not_pass_whatever_is_allowed(win: Workshop) -> None:
    assert win.build("--smoke").code == 0
    ran = win.run("gate", ".evalreport/smoke/report", OPEN, "--require", "any,not_measured")
    assert ran.code == 4
    assert line(ran, "measured").startswith("not met")


def test_json_tells_every_condition(win: Workshop) -> None:
    ran = win.run("gate", SPEC, "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["passed"]) == (4, False)
    assert told["sentence"].startswith("SIMULATED, not met: its models are simulated")
    assert told["stamps"] == ["SIMULATED"]
    assert told["report"]["outcome"] == "better"
    assert [one["name"] for one in told["conditions"]] == [
        row.split()[0] for row in PASSED.splitlines()[1:-1]
    ]
    assert {one["state"] for one in told["conditions"]} == {"met", "left open", "not met"}


def test_a_wrong_name_is_an_error_with_the_nearest_right_one(win: Workshop) -> None:
    ran = win.run("gate", SPEC, "--require", "beter")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "--require beter\n  there is no such outcome\n  did you mean better?\n"


# A report that is not of its spec


def test_a_spec_that_was_edited_needs_a_new_report(win: Workshop) -> None:
    edit(win, SPEC, "gain_at_least: 0.1", "gain_at_least: 0.01")
    for named in (SPEC, "reports/orders"):
        ran = win.run("gate", named, OPEN)
        assert ran.code == 4
        assert line(ran, "gate") == (
            f"SIMULATED, not met: {SPEC} has changed since the report was built; build it again"
        )


def test_a_test_set_that_was_exchanged_needs_a_new_report(win: Workshop) -> None:
    """The spec is what it was, to the letter."""
    edit(win, "specs/orders/data/test.jsonl", "test order 7:", "another order 7:")
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 4
    assert line(ran, "current") == (
        "not met         dataset test is not what the report was built with; build it again"
    )


def test_data_that_are_not_here_are_said_not_to_have_been_looked_at(win: Workshop) -> None:
    shutil.rmtree(win.folder / "specs/orders/data")
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 0
    assert line(ran, "current") == (
        f"met             {SPEC}; not looked at: what it names (there is no "
        f"specs/orders/data/train.jsonl ({SPEC}:8:17 datasets.train.path); the folder "
        "specs/orders/data is not there either)"
    )


def test_a_report_of_another_spec_does_not_pass(win: Workshop) -> None:
    shutil.copytree(win.folder / "specs/orders", win.folder / "specs/other")
    edit(win, "specs/other/spec.yaml", "name: orders", "name: other")
    ran = win.run("gate", "reports/orders", "--spec", "specs/other/spec.yaml", OPEN)
    assert ran.code == 4
    assert line(ran, "gate") == (
        "SIMULATED, not met: it is the report of orders, and specs/other/spec.yaml is other"
    )
    twice = win.run("gate", SPEC, "--spec", "specs/other/spec.yaml", OPEN)
    assert twice.code == 2
    assert "name one of the two" in twice.err


def test_a_report_of_other_values_passes_only_where_they_are_set(win: Workshop) -> None:
    changed = "evaluation.primary.gain_at_least=0.05"
    assert win.build("--set", changed, "--out", "reports/variant").code == 0
    ran = win.run("gate", "reports/variant", OPEN)
    assert ran.code == 4
    assert line(ran, "current") == (
        f"not met         it was built with --set {changed}, and is held against {SPEC} "
        f"without that; gate it with --set {changed} too, or build it again"
    )
    set_too = win.run("gate", "reports/variant", OPEN, "--set", changed)
    assert line(set_too, "current").startswith("met ")
    # A margin that was changed after the answers closes it all the same.
    assert set_too.code == 4
    assert line(set_too, "declared").startswith("not met         What was declared")


def test_a_report_whose_spec_is_elsewhere_says_so(win: Workshop) -> None:
    shutil.rmtree(win.folder / "specs")
    ran = win.run("gate", "reports/orders", OPEN)
    assert ran.code == 0
    assert line(ran, "current") == (
        f"left open       {SPEC}, of which it says it is, is not here (--spec SPEC names another)"
    )
    ran = win.run("gate", "reports/orders", OPEN, "--set", "training.epochs=3")
    assert ran.code == 2
    assert "name it: --spec SPEC" in ran.err


@pytest.mark.parametrize("path", ["/etc/spec.yaml", "../spec.yaml", "notes.txt"])
def test_no_file_is_read_because_a_report_names_it(win: Workshop, path: str) -> None:
    (win.folder / "notes.txt").write_text("secret: 1\n")
    (win.folder.parent / "spec.yaml").write_text("secret: 1\n")
    edit(win, REPORT, f'"spec_path": "{SPEC}"', f'"spec_path": "{path}"')
    ran = win.run("gate", "reports/orders", OPEN, "--no-recheck")
    assert line(ran, "current").startswith(f"left open       {path}, of which")
    assert "secret" not in ran.both


def test_an_adapter_that_was_trained_anew_needs_a_new_report(tmp_path: Path) -> None:
    shop = Workshop.made(tmp_path / "w")
    shop.existing('{"role": "tuned", "arm": {"right": 0.9}, "seed": 1}')
    assert shop.build().code == 0
    assert line(shop.run("gate", "spec.yaml", OPEN), "current").startswith("met ")
    shop.write(
        "runs/last-week/simulated_adapter.json",
        '{"role": "tuned", "arm": {"right": 0.8}, "seed": 1}',
    )
    ran = shop.run("gate", "spec.yaml", OPEN)
    assert line(ran, "current") == (
        "not met         adapter runs/last-week is not what the report was built with; build it "
        "again"
    )
    shutil.rmtree(shop.folder / "runs")
    ran = shop.run("gate", "spec.yaml", OPEN)
    assert "not looked at: arm tuned" in line(ran, "current")


def test_results_that_were_exchanged_need_a_new_report(tmp_path: Path) -> None:
    """It was declared when they were there: only trust lets it pass, and the last line says so."""
    assert run(others(tmp_path), "build", "spec.yaml")[0] == 0
    code, said = run(tmp_path, "gate", "spec.yaml", "--strength", "weak")
    assert code == 4
    assert "(--accept spec-changed-after-results takes it on trust)" in said.splitlines()[-1]
    trusting = ("gate", "spec.yaml", "--strength", "weak", "--accept", "spec-changed-after-results")
    code, said = run(tmp_path, *trusting)
    assert said.splitlines()[-1].endswith(
        "that nothing declared was changed after results is taken on trust"
    )
    assert (code, said.splitlines()[3]) == (
        0,
        "current       met             spec.yaml and what it names",
    )
    text = (tmp_path / "tuned.csv").read_text(encoding="utf-8")
    (tmp_path / "tuned.csv").write_text(text.replace("tuned 3,1", "tuned 3,0"), encoding="utf-8")
    code, said = run(tmp_path, *trusting)
    assert code == 4
    assert said.splitlines()[-1] == (
        "gate          not met: import qa: its files are not what the report was built with; "
        "build it again"
    )


# A report that is not what its items give


def test_a_verdict_that_was_written_over_is_found_out(win: Workshop) -> None:
    worsen(win)
    edit(
        win,
        REPORT,
        '"verdict": {\n    "outcome": "inconclusive"',
        '"verdict": {\n    "outcome": "better"',
    )
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 4
    assert line(ran, "items").startswith(
        "not met         4 differences: reports/orders/report.json"
    )
    assert line(ran, "outcome").startswith(
        "not met         the report says the outcome better, and"
    )
    word = win.run("gate", SPEC, OPEN, "--no-recheck")
    assert word.code == 4
    assert line(word, "gate").startswith(
        "SIMULATED, not met: the report says the outcome better, and what it"
    )


@pytest.mark.parametrize("name", ["report.md", "items.jsonl", "spec.lock.yaml"])
def test_a_file_beside_it_that_was_edited_is_found_out(win: Workshop, name: str) -> None:
    old, new = {
        "report.md": ("+53.3 points", "+93.3 points"),
        "items.jsonl": ('"base":[[1,0]]', '"base":[[0,0]]'),
        "spec.lock.yaml": ("spec: ", "spec: 0"),
    }[name]
    edit(win, f"reports/orders/{name}", old, new)
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 4
    assert line(ran, "items").startswith("not met")


def test_a_report_without_items_passes_only_on_its_word(win: Workshop) -> None:
    (win.folder / "reports/orders/items.jsonl").unlink()
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 4
    assert line(ran, "gate") == (
        "SIMULATED, not met: no items.jsonl stands beside it to compute it again from (--no-recheck takes "
        "its word)"
    )
    assert win.run("gate", SPEC, OPEN, "--no-recheck").code == 0


def test_who_changes_all_files_alike_is_not_found_out(win: Workshop) -> None:
    """The limit of looking at files alone; here another version is written into all of them."""
    report = json.loads((win.folder / REPORT).read_text())
    old, new = (seals_of({**report, "evalreport": one})["evalreport"] for one in ("0.1.0", "0.0.9"))
    edit(win, REPORT, '"evalreport": "0.1.0"', '"evalreport": "0.0.9"')
    edit(win, "reports/orders/items.jsonl", old, new)
    edit(win, "reports/orders/spec.lock.yaml", "evalreport: 0.1.0", "evalreport: 0.0.9")
    ran = win.run("gate", SPEC, OPEN)
    assert ran.code == 0
    assert line(ran, "items").endswith(
        "; not looked at: the files that people read (evalreport 0.0.9 made them)"
    )


def test_a_gate_leaves_nothing_behind(win: Workshop) -> None:
    shutil.rmtree(win.folder / ".evalreport")
    before = sorted(win.folder.rglob("*"))
    assert win.run("gate", SPEC, OPEN, "--no-recheck").code == 0
    assert sorted(win.folder.rglob("*")) == before


def test_no_code_of_a_repository_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI looks at what strangers propose: a metric of their own is not even imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    own = tmp_path / "metric_of_a_stranger.py"
    own.write_text("def score(text, item):\n    return float('quantity' in text)\n")
    write_story(STORY, tmp_path / "specs/orders")
    shop = Workshop(tmp_path, SPEC)
    edit(
        shop,
        SPEC,
        "metrics: [json_valid, field_accuracy]\n    - ",
        "metrics: [json_valid, field_accuracy, {metric: function, function: "
        "'metric_of_a_stranger:score'}]\n    - ",
    )
    ran = shop.build()
    assert ran.code == 0, ran.both
    assert sys.modules.pop(own.stem).__file__ == str(own)
    for command in (("check", SPEC), ("plan", SPEC), ("recheck", "reports/orders")):
        assert shop.run(*command).code == 0
    assert shop.run("gate", SPEC, OPEN).out.splitlines()[-1] == (
        "gate          SIMULATED, met: better (full)"
    )
    assert own.stem not in sys.modules


# Files for services


def test_junit_and_summary_are_written_for_services(win: Workshop) -> None:
    for _ in range(2):
        ran = win.run("gate", SPEC, "--junit", "out/gate.xml", "--summary", "summary.md")
        assert (ran.code, ran.err) == (4, "")
    suite = ET.parse(win.folder / "out/gate.xml").getroot()[0]  # written anew
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("11", "1")
    assert (win.folder / "summary.md").read_text().count("### ✘ ") == 2  # appended
    assert (
        (win.folder / "summary.md")
        .read_text()
        .startswith("### ✘ A simulated model learns to write orders as JSON\n")
    )


def test_what_cannot_be_looked_at_is_an_error_in_junit_too(win: Workshop) -> None:
    """A file of an earlier run must not say that this one passed."""
    win.write("gate.xml", "<testsuites/>")
    ran = win.run("gate", "reports/missing", "--junit", "gate.xml")
    assert ran.code == 2
    suite = ET.parse(win.folder / "gate.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("1", "1")
    assert "there is no such file" in suite[0][0].attrib["message"]


def test_files_that_no_build_writes_are_a_condition_that_fails(win: Workshop) -> None:
    """A pull request may bring anything: it is told, and the older file is gone."""
    win.write("gate.xml", "<testsuites/>")
    win.write("reports/orders/spec.lock.yaml", "lock: " + "[" * 3000)
    (win.folder / "reports/orders/report.md").unlink()
    (win.folder / "reports/orders/report.md").symlink_to("/dev/zero")
    ran = win.run("gate", SPEC, OPEN, "--junit", "gate.xml")
    assert (ran.code, ran.err) == (4, "")
    assert line(ran, "items").startswith("not met         2 differences: report.md is not what")
    suite = ET.parse(win.folder / "gate.xml").getroot()[0]
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("1", "0")


@pytest.mark.parametrize("target", [SPEC, "reports/orders/report.json", "reports/orders/report.md"])
def test_what_is_read_is_never_written_over(win: Workshop, target: str) -> None:
    before = (win.folder / target).read_bytes()
    for option in ("--junit", "--summary"):
        ran = win.run("gate", SPEC, OPEN, option, target)
        assert ran.code == 2
        assert f"{option} {target}" in ran.err
        assert "would be written over" in ran.err
    if target.endswith(".md"):
        (win.folder / "reports/orders/report.html").touch()
        ran = win.run("history", "reports", "--out", "reports/orders/report.html")
        assert (ran.code, "would be written over" in ran.err) == (2, True)
    assert (win.folder / target).read_bytes() == before


def test_a_file_that_is_no_xml_is_not_replaced_by_some(win: Workshop) -> None:
    """The spec of a report is not named where the report is."""
    before = (win.folder / SPEC).read_bytes()
    ran = win.run("gate", "reports/orders", "--junit", SPEC)
    assert ran.code == 2
    assert "a file stands there that is no XML" in ran.err
    assert (win.folder / SPEC).read_bytes() == before


def test_a_file_that_cannot_be_written_is_an_error(win: Workshop) -> None:
    win.write("file", "")
    for option in ("--junit", "--summary"):
        ran = win.run("gate", SPEC, OPEN, option, "file/gate")
        assert ran.code == 2
        assert "cannot be written" in ran.err
