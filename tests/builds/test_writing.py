"""Two commands that write one report at once: neither takes the other's files away."""

import fcntl
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalreport.commands.writing import put
from tests.builds.workshop import Workshop


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_only_staging_folders_that_are_surely_abandoned_are_removed(
    tmp_path: Path, dead: int
) -> None:
    """A number of another machine says nothing; what is older than a day is nobody's."""
    here, days_ago = platform.node(), time.time() - 2 * 24 * 60 * 60
    alive = [
        f".staging-{os.getpid()}-{here}-abc",
        f".staging-{dead}-elsewhere-abc",
        ".staging-abc",
    ]
    gone = [f".staging-{dead}-{here}-abc", f".staging-{dead}-elsewhere-old", ".staging-old"]
    for name in (*alive, *gone):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.md").write_text("half")
    for name in gone[1:]:
        os.utime(tmp_path / name, (days_ago, days_ago))
    put(tmp_path, {"report.md": "new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*alive, "report.md"])


def test_rendering_waits_for_a_build_that_is_writing_and_shows_its_report(built: Workshop) -> None:
    """What it read before would stand beside the newer report.json."""
    held = os.open(built.out, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    child = built.started("report", "spec.yaml")
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=2)
        text = (built.out / "report.json").read_text()
        said = json.loads(text)
        (built.out / "report.json").write_text(text.replace(said["title"], "Another title"))
    finally:
        os.close(held)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert "report.md" in out
    assert "Another title" in (built.out / "report.md").read_text()
    assert [*built.out.glob(".*")] == []
