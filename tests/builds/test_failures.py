"""What fails is counted, named and tried again; nothing that was done is lost."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalreport.analyze.findings import FindingOutcome
from tests.builds.workshop import (
    ASKED_PER_ARM,
    NOBODY,
    SLOW,
    SPEC,
    Workshop,
    fast_start,
    same_report,
)
from tests.conftest import require_or_skip

FAILING = SPEC.replace(
    "  calls: calls.jsonl\n", "  calls: calls.jsonl\n  fail: 0.1\n  fail_while: failing\n"
)


def failing(workshop: Workshop, share: str = "0.1") -> Workshop:
    (workshop.folder / "spec.yaml").write_text(FAILING.replace("fail: 0.1", f"fail: {share}"))
    workshop.write("failing", "")
    return workshop


# Items


def test_items_that_fail_are_counted_and_only_they_are_asked_again(workshop: Workshop) -> None:
    failing(workshop)
    ran = workshop.build()
    assert ran.code == 3
    assert "Traceback" not in ran.err
    first = len(workshop.calls())
    lost = workshop.rows("SELECT key FROM failures")
    assert 2 < len(lost) < 40
    assert "failed   ask extraction base: " in ran.out
    assert "requests have no answer: simulated failure" in ran.out
    report = workshop.report()
    failed = {step.id: step for step in report.steps if step.outcome == "failed"}
    assert "ask extraction base" in failed
    assert any(line.startswith("ask extraction base: ") for line in report.not_measured)
    primary = next(finding for finding in report.findings if finding.role == "primary")
    # An item may be missing from both arms, and is then counted with either.
    assert primary.n < 44 <= primary.n + sum(primary.excluded.values())
    health = {(one.layer, one.arm): one.failed for one in report.health}
    assert health["extraction", "base"] > 0
    # Again while it still fails: the same are tried again, and nothing else is.
    assert workshop.build().code == 3
    again = workshop.calls()[first:]
    assert {call["key"] for call in again} == {key for (key,) in lost}
    # And when it does not: only those, and the report is that of a build without failures.
    (workshop.folder / "failing").unlink()
    planned = workshop.plan().out
    assert "not done yet; " in planned
    before = len(workshop.calls())
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert {call["key"] for call in workshop.calls()[before:]} == {key for (key,) in lost}
    assert workshop.rows("SELECT count(*) FROM failures") == [(0,)]
    whole = next(finding for finding in workshop.report().findings if finding.role == "primary")
    assert whole.n == 44
    assert whole.excluded == {}


def test_when_half_of_the_items_fail_nothing_is_decided(workshop: Workshop) -> None:
    failing(workshop, "0.5")
    ran = workshop.build()
    assert ran.code == 3
    report = workshop.report()
    primary = next(finding for finding in report.findings if finding.role == "primary")
    assert primary.outcome in (FindingOutcome.INCONCLUSIVE, FindingOutcome.NOT_MEASURED)
    assert report.verdict.outcome in ("inconclusive", "not_measured")


def test_a_report_with_failures_equals_that_of_an_undisturbed_build_once_mended(
    workshop: Workshop, tmp_path: Path
) -> None:
    failing(workshop)
    workshop.build()
    (workshop.folder / "failing").unlink()
    assert workshop.build().code == 0
    other = Workshop.made(tmp_path / "other", (workshop.folder / "spec.yaml").read_text())
    assert other.build().code == 0
    assert same_report(workshop.report(), other.report())


# Training


def test_a_training_that_fails_blocks_what_needs_it_and_the_base_is_asked(
    workshop: Workshop,
) -> None:
    # A file where the training wants a folder: it cannot be written.
    workshop.write(".evalreport/objects", "in the way")
    ran = workshop.build()
    assert ran.code == 3
    assert "Traceback" not in ran.both
    assert "failed   train seed 1: " in ran.out
    assert "blocked  ask extraction tuned seed 1: train seed 1 did not finish: " in ran.out
    assert "verdict  SIMULATED, not_measured" in ran.out
    assert len(workshop.calls()) == ASKED_PER_ARM
    report = workshop.report()
    outcomes = {step.id: step.outcome for step in report.steps}
    assert outcomes["ask extraction base"] == "done"
    assert outcomes["ask extraction tuned seed 1"] == "blocked"
    assert any(line.startswith("train seed 1: ") for line in report.not_measured)
    (workshop.folder / ".evalreport/objects").unlink()
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert len(workshop.calls()) == 2 * ASKED_PER_ARM


def test_a_step_that_is_killed_is_a_failure_with_its_reason(workshop: Workshop) -> None:
    ran = workshop.ran("build", "spec.yaml", environment={"EVALREPORT_DIE_AT": "training-written"})
    assert ran.code == 3
    assert (
        "failed   train seed 1: the process was killed (SIGKILL), most often because memory ran "
        "out: a smaller batch_size, max_length or model helps\n"
    ) in ran.out
    assert workshop.report().verdict.outcome == "not_measured"


# Ctrl-C


@pytest.mark.parametrize("moment", ["starting", "training", "asking"])
def test_ctrl_c_is_130_says_one_line_and_goes_on(workshop: Workshop, moment: str) -> None:
    (workshop.folder / "spec.yaml").write_text(
        SLOW.replace("delay_seconds: 0.002", "delay_seconds: 0.01")
    )
    build = workshop.started("build", "spec.yaml")
    lines = {"starting": 0, "training": 1, "asking": 40}[moment]
    if moment == "starting":
        # The step's process is there, and has not begun.
        while not (workshop.folder / ".evalreport/jobs").exists():
            assert build.poll() is None
            time.sleep(0.002)
    while workshop.lines() < lines:
        assert build.poll() is None, build.communicate()
        time.sleep(0.002)
    os.killpg(build.pid, signal.SIGINT)
    out, err = build.communicate(timeout=60)
    assert build.returncode == 130
    assert out == ""
    assert err.endswith("\ninterrupted: what is done is kept, and the same command goes on\n")
    assert err.count("interrupted") == 1
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err
    asked = len(workshop.calls())
    assert workshop.build().code == 0
    assert len(workshop.calls()) <= 2 * ASKED_PER_ARM + 1
    assert asked >= lines - 1


def test_an_interrupt_that_reaches_the_build_alone_stops_its_steps_too(workshop: Workshop) -> None:
    (workshop.folder / "spec.yaml").write_text(
        SLOW.replace("delay_seconds: 0.002", "delay_seconds: 0.2")
    )
    build = workshop.started("build", "spec.yaml")
    while workshop.lines() < 4:
        assert build.poll() is None, build.communicate()
        time.sleep(0.002)
    build.send_signal(signal.SIGINT)
    build.communicate(timeout=60)
    assert build.returncode == 130
    asked = workshop.lines()
    time.sleep(0.5)
    assert workshop.lines() == asked


# The disk


def limited(workshop: Workshop, size: int) -> "subprocess.CompletedProcess[str]":
    """A build that may write no file beyond a size, as on a full disk or over a quota."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "evalreport", "build", "spec.yaml"],
        cwd=workshop.folder,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env={**fast_start(), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=120,
    )


@pytest.mark.parametrize("size", [2_000, 30_000, 60_000, 90_000, 120_000])
def test_a_file_that_cannot_grow_is_a_clear_error_and_loses_nothing(
    workshop: Workshop, size: int
) -> None:
    ran = limited(workshop, size)
    assert ran.returncode in (2, 3, 5)
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "bug in evalreport" not in ran.stderr
    asked = {call["key"] for call in workshop.calls()}
    assert workshop.build().code == 0
    again = workshop.calls()
    assert len(again) <= 2 * ASKED_PER_ARM + 1
    assert asked <= {call["key"] for call in again}


@contextlib.contextmanager
def tmpfs(folder: Path, kib: int) -> Iterator[None]:
    """A small file system of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    made = subprocess.run(mount, check=False, capture_output=True)
    require_or_skip(made.returncode == 0, "a full disk is tried on a tmpfs, which only root mounts")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("kib", [64, 128, 192, 256, 320])
def test_a_full_disk_is_a_clear_error_and_loses_nothing(workshop: Workshop, kib: int) -> None:
    disk = workshop.folder / ".evalreport"
    with tmpfs(disk, kib):
        ran = workshop.ran("build", "spec.yaml")
        assert ran.code in (2, 3), ran.both
        assert "Traceback" not in ran.both
        said = ran.both.lower()
        assert "disk" in said or "no space left" in said, ran.both
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        again = workshop.ran("build", "spec.yaml")
        assert again.code == 0, again.both
        assert len(workshop.calls()) <= 2 * ASKED_PER_ARM + 1


def test_a_disk_that_is_full_when_the_report_is_written_keeps_the_old_report(
    built: Workshop,
) -> None:
    there = {path.name: path.read_bytes() for path in built.out.iterdir()}
    with tmpfs(built.folder / "small", 64):
        ran = built.build("--out", "small/report")
        assert ran.code == 2
        assert ran.err.endswith(
            "small/report\n"
            "  the report cannot be written (No space left on device)\n"
            "  check space and permissions and build again: everything computed is kept\n"
        )
        assert list((built.folder / "small/report").iterdir()) == []
    assert {path.name: path.read_bytes() for path in built.out.iterdir()} == there


# Folders of somebody else


@pytest.fixture
def shut(built: Workshop) -> Workshop:
    """A workshop that an ordinary user may read and not write."""
    can = os.geteuid() == 0 and shutil.which("setpriv") is not None
    require_or_skip(can, "an ordinary user is played by root with setpriv (util-linux)")
    return built


def test_an_ordinary_user_in_a_folder_that_is_not_theirs(shut: Workshop) -> None:
    before = {path: path.read_bytes() for path in shut.folder.rglob("*") if path.is_file()}
    ran = shut.ran("build", "spec.yaml", ordinary=True)
    assert ran.code == 2, ran.both
    assert "Traceback" not in ran.both
    assert ran.err.startswith(".evalreport/"), ran.err
    assert "permission" in ran.err.lower()
    # Looking needs no permission to write.
    ran = shut.ran("plan", "spec.yaml", ordinary=True)
    assert ran.code == 0, ran.both
    assert "10 steps reused" in ran.out
    ran = shut.ran("store", "ls", ordinary=True)
    assert ran.code == 0, ran.both
    assert ran.out.splitlines()[-1].startswith(f"{2 * ASKED_PER_ARM} responses, ")
    assert {path: path.read_bytes() for path in shut.folder.rglob("*") if path.is_file()} == before


def test_an_ordinary_user_without_a_store(shut: Workshop) -> None:
    shutil.rmtree(shut.folder / ".evalreport")
    ran = shut.ran("build", "spec.yaml", ordinary=True)
    assert ran.code == 2, ran.both
    assert "Traceback" not in ran.both
    assert "Permission denied" in ran.err
    ran = shut.ran("plan", "spec.yaml", ordinary=True)
    assert ran.code == 0, ran.both
    assert "10 will run" in ran.out


def test_an_out_folder_that_cannot_be_written(shut: Workshop) -> None:
    for path in (shut.folder, *shut.folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    locked = shut.folder.parent / "locked"
    locked.mkdir(mode=0o755)
    ran = shut.ran("build", "spec.yaml", "--out", str(locked / "report"), ordinary=True)
    assert ran.code == 2
    assert ran.err.endswith(
        f"{locked}/report\n"
        "  the report cannot be written (Permission denied)\n"
        "  check space and permissions and build again: everything computed is kept\n"
    )
    assert list(locked.iterdir()) == []


def test_an_out_folder_that_is_a_file(built: Workshop) -> None:
    built.write("taken", "mine")
    ran = built.build("--out", "taken")
    assert ran.code == 2
    assert ran.err.splitlines()[-3] == "taken"
    assert "Traceback" not in ran.err
    assert (built.folder / "taken").read_text() == "mine"
