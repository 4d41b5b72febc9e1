"""`kill -9` at any moment, then `build`: the same report, and nothing is paid for twice."""

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from evalreport.commit_points import POINTS
from evalreport.render import render_html, render_markdown
from evalreport.report.volatile import settled
from tests.builds.workshop import (
    ANSWER_SECONDS,
    ASKED_PER_ARM,
    SLOW,
    TRAINING_SECONDS,
    Workshop,
    same_report,
)

NEEDED = 2 * ASKED_PER_ARM


@dataclass(frozen=True)
class Whole:
    """A build that nobody disturbed, and how long its analysis and report took."""

    workshop: Workshop
    ending_seconds: float


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    made = Workshop.made(tmp_path_factory.mktemp("whole") / "w", SLOW)
    ran = made.ran("build", "spec.yaml")
    assert ran.code == 0, ran.err
    asked = (made.folder / "calls.jsonl").stat().st_mtime
    return Whole(made, max(0.1, (made.out / "report.json").stat().st_mtime - asked))


def until(workshop: Workshop, lines: int, child: subprocess.Popen[str]) -> None:
    """Wait until so many trainings and calls were begun, or for the end."""
    while child.poll() is None and workshop.lines() < lines:
        time.sleep(0.002)


def kill(child: subprocess.Popen[str], whom: str) -> None:
    """`kill -9`: the whole group, the build alone, or what it has started."""
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        build = psutil.Process(child.pid)
        if whom == "group":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            steps = build.children() if whom == "step" else []
            for one in steps or [build]:
                one.kill()
    child.communicate(timeout=60)


def assert_goes_on(workshop: Workshop, whole: Whole, *, lost: int, in_full: bool = False) -> None:
    """The next build gives the report of an undisturbed one, and asks only what was not stored."""
    if (workshop.out / "report.json").exists():
        workshop.report()  # never half a file
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err
    expected = whole.workshop.report()
    report = workshop.report()
    assert same_report(report, expected)
    if in_full:  # costs half a second
        for render, name in ((render_markdown, "report.md"), (render_html, "report.html")):
            assert (workshop.out / name).read_text() == render(report)
            assert render(settled(report)) == render(settled(expected))
    items = "items.jsonl"
    assert (workshop.out / items).read_bytes() == (whole.workshop.out / items).read_bytes()
    keys = [call["key"] for call in workshop.calls()]
    assert set(keys) == {call["key"] for call in whole.workshop.calls()}
    assert len(keys) <= NEEDED + lost, "an answer that was stored was asked again"
    assert len(workshop.trainings()) <= 1 + lost
    left = [*workshop.out.glob(".*"), *(workshop.folder / ".evalreport/jobs").glob("*")]
    assert left == []


@pytest.mark.parametrize("seed", range(25))
def test_a_kill_at_a_random_moment(seed: int, whole: Whole, tmp_path: Path) -> None:
    draw = random.Random(seed)
    workshop = Workshop.made(tmp_path / "w", SLOW)
    child = workshop.started("build", "spec.yaml")
    match ("start", "training", "asking", "asking", "ending")[seed % 5]:
        case "start":
            time.sleep(draw.uniform(0, 0.6))
        case "training":
            until(workshop, 1, child)
            time.sleep(draw.uniform(0, TRAINING_SECONDS))
        case "asking":
            until(workshop, 1 + draw.randint(1, NEEDED), child)
            time.sleep(draw.uniform(0, ANSWER_SECONDS))
        case _:
            until(workshop, 1 + NEEDED, child)
            time.sleep(draw.uniform(0, whole.ending_seconds))
    kill(child, draw.choice(("group", "build", "step")))
    assert_goes_on(workshop, whole, lost=1, in_full=seed % 5 == 4)


# Real training alone marks checkpoints (tests/training/test_resume.py), paid calls alone begin
# attempts (tests/builds/test_judging_kills.py), and no build publishes (tests/publish) or migrates
# (tests/builds/test_migrate.py).
ELSEWHERE = {
    "checkpoint-marked", "attempt-begun", "publish-begun", "publish-uploaded", "publish-committed",
    "migration-put",
}  # fmt: skip


@pytest.mark.parametrize("point", [point for point in POINTS if point not in ELSEWHERE])
def test_a_kill_at_each_commit_point(point: str, whole: Whole, tmp_path: Path) -> None:
    workshop = Workshop.made(tmp_path / "w", SLOW)
    ran = workshop.ran("build", "spec.yaml", environment={"EVALREPORT_DIE_AT": point})
    in_a_child = {
        "declared-registered",
        "response-stored",
        "checkpoint-written",
        "training-written",
        "step-finished",
    }
    if point in in_a_child:
        assert ran.code == 3
        assert "SIGKILL" in ran.out
    else:
        assert ran.code == -signal.SIGKILL
    assert_goes_on(workshop, whole, lost=1, in_full=point.startswith("report"))


def test_killed_again_and_again_it_still_arrives(whole: Whole, tmp_path: Path) -> None:
    """Six kills in one store, one after the other, each a little later than the last."""
    draw = random.Random(99)
    workshop = Workshop.made(tmp_path / "w", SLOW)
    kills = 6
    for turn in range(kills):
        child = workshop.started("build", "spec.yaml")
        until(workshop, 1 + NEEDED * (turn + 1) // (kills + 1), child)
        kill(child, draw.choice(("group", "build")))
    assert_goes_on(workshop, whole, lost=kills)
