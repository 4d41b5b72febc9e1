"""Building in one's own process: errors as values, and everything left as it was."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import evalreport
from evalreport import GateNotMet, LoadedReport, Refused, SpecError, StepFailed
from tests.builds.workshop import (
    ANSWER_SECONDS,
    ASKED_PER_ARM,
    SLOW,
    TEST_ROWS,
    Workshop,
)


def state() -> tuple[object, ...]:
    """What a build must leave as it found it."""
    return (
        signal.getsignal(signal.SIGINT),
        signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        gc.isenabled(),
        gc.get_threshold(),
        Path.cwd(),
        dict(os.environ),
        sys.stdout,
        sys.stderr,
        {one.name for one in threading.enumerate()},
    )


def test_a_build_gives_its_report_and_leaves_everything_as_it_was(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state()
    report = evalreport.build("spec.yaml")
    assert state() == before
    said = capsys.readouterr()
    assert said.out == ""  # the result is the value
    assert "power of extraction.field_accuracy" in said.err
    assert report.stamps == ("SIMULATED",)
    assert report.undone == ()
    assert repr(report) == (
        "<LoadedReport orders: SIMULATED better_retention_unknown (full), 4 findings, "
        "in reports/orders>"
    )
    for path in ("spec.yaml", "reports/orders", "reports/orders/report.json"):
        again = evalreport.load_report(path)
        assert again.report == report.report
        assert again.folder == report.folder
    assert len(report.items("extraction")) == 2 * 2 * TEST_ROWS
    # Another one in the same process: with other values, elsewhere; the base is not asked again.
    other = evalreport.build(
        "spec.yaml", overrides={"engine.tuned": {"right": 0.5}}, out=Path("other")
    )
    assert other.report.reproduce.overrides == ('engine.tuned={"right": 0.5}',)
    assert [one.outcome for one in other.report.steps if "base" in one.id] == ["reused"] * 4
    assert other.items("extraction").item.equals(report.items("extraction").item)
    with pytest.raises(Refused, match="would replace"):
        evalreport.build("spec.yaml", overrides={"engine.tuned": {"right": 0.5}})


def test_a_report_with_failed_steps_is_not_lost_and_not_taken_for_whole(workshop: Workshop) -> None:
    workshop.change("  calls: calls.jsonl\n", "  calls: calls.jsonl\n  fail: 0.1\n")
    with pytest.raises(StepFailed) as caught:
        evalreport.build("spec.yaml")
    *steps, written = caught.value.problems
    assert [one.where for one in steps] == [
        one.id for one in evalreport.load_report("reports/orders").undone
    ]
    assert "simulated failure" in steps[0].what
    assert written.where == "reports/orders"
    assert 'load_report("reports/orders")' in written.hint
    report = evalreport.build("spec.yaml", accept_undone=True)
    assert len(report.undone) == len(steps)
    for text in (str(report), report._repr_html_(), report._repr_markdown_()):
        assert steps[0].where in text
        assert "simulated failure" in text


def test_a_build_in_a_thread_of_a_part_of_the_layers(workshop: Workshop) -> None:
    """No handler of signals can be set there; and what was left out on purpose has not failed."""
    made: list[LoadedReport] = []
    thread = threading.Thread(
        target=lambda: made.append(evalreport.build("spec.yaml", only="extraction"))
    )
    thread.start()
    thread.join()
    (report,) = made
    assert report.undone == ()
    assert "blocked" in report.steps().outcome.tolist()
    findings = report.findings().set_index("layer")
    assert findings.difference["extraction"].notna().all()
    assert findings.difference["general"].isna().all()
    assert findings.difference_missing["general"].notna().all()


def test_an_interrupted_build_goes_on_where_it_stopped(workshop: Workshop) -> None:
    # Nobody but us is told, and we give a step a second to hear of it by itself.
    slow = SLOW.replace(f"delay_seconds: {ANSWER_SECONDS}", "delay_seconds: 0.015")
    workshop.write("spec.yaml", slow)
    before = state()
    ended = threading.Event()

    def interrupt() -> None:
        while workshop.lines() < 10 and not ended.wait(0.002):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=interrupt)
    watcher.start()
    try:
        with pytest.raises(KeyboardInterrupt, match="the same call goes on"):
            evalreport.build("spec.yaml")
    finally:
        ended.set()
        watcher.join()
    assert state() == before
    asked = len(workshop.calls())
    assert 0 < asked < 2 * ASKED_PER_ARM
    report = evalreport.build("spec.yaml")
    assert report.undone == ()
    assert len(workshop.calls()) <= 2 * ASKED_PER_ARM + 1  # one was in flight


@pytest.mark.parametrize(
    "call",
    [evalreport.load_spec, evalreport.plan_build, evalreport.build],
    ids=lambda f: f.__name__,
)
def test_mistakes_are_errors_with_all_problems(
    call: Callable[[str], object], workshop: Workshop
) -> None:
    workshop.change("epochs: 2", "epoch: 2")
    workshop.change("gain_at_least: 0.2", "gain_at_least: -1")
    with pytest.raises(SpecError) as caught:
        call("spec.yaml")
    assert len(caught.value.problems) == 2
    shown = "\n".join(caught.value._render_traceback_())  # by which a notebook shows it
    assert shown.startswith("SpecError: 2 problems\n")
    assert "did you mean epochs?" in shown
    assert "epoch: 2, global" in shown  # the line itself
    assert "^^^^^" in shown


def test_a_question_that_cannot_be_answered_is_not_asked(workshop: Workshop) -> None:
    with pytest.raises(GateNotMet, match="cannot answer its question"):
        evalreport.build("spec.yaml", overrides={"evaluation.primary.gain_at_least": 0.01})
    assert workshop.lines() == 0


def test_a_plan_says_what_would_run_and_runs_nothing(workshop: Workshop) -> None:
    plan = evalreport.plan_build("spec.yaml")
    assert repr(plan) == "<LoadedPlan orders: 10 steps, 10 will run>"
    assert str(plan) == workshop.plan().out
    steps = plan.steps()
    assert set(steps.status) == {"will_run"}
    assert steps.set_index("id")["items"]["ask extraction base"] == TEST_ROWS
    assert steps.seconds.isna().all()
    assert workshop.lines() == 0


def test_a_spec_in_a_text_is_checked_like_a_file(workshop: Workshop) -> None:
    text = (workshop.folder / "spec.yaml").read_text()
    spec = evalreport.parse_spec(text, folder=workshop.folder)
    assert spec == evalreport.load_spec("spec.yaml")
    assert repr(spec) == (
        "<Spec orders: base org/base, adapter lora, layers extraction, general, seen-vs-unseen>"
    )
    with pytest.raises(SpecError, match=r"<text>:\d+:\d+  training.epoch"):
        evalreport.parse_spec(text.replace("epochs: 2", "epoch: 2"), folder=workshop.folder)
