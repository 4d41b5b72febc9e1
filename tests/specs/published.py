"""The four published fine-tunes: their data made again, their plans, and builds of simulated models."""

import shutil
import subprocess
import sys
from pathlib import Path

from evalreport.report.load import load_report
from evalreport.report.model import Report
from tests.builds.workshop import Ran, Workshop

SPECS = Path(__file__).parents[2] / "specs"


def assert_generated(name: str, folder: Path) -> None:
    """The generator gives the committed bytes, with nothing but the standard library."""
    home = SPECS / name
    script = f"import sys; sys.path.insert(0, {str(home)!r}); import make_data; make_data.main([{str(folder)!r}])"
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], check=True, timeout=60)
    committed = sorted((home / "data").iterdir())
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in committed]
    for path in committed:
        made = (folder / path.name).read_bytes()
        assert made == path.read_bytes(), f"{path}: run make_data.py and commit"
    assert sum(path.stat().st_size for path in committed) < 1_000_000


def shop(name: str, folder: Path, which: str = "small") -> Workshop:
    """A working directory with a copy of the spec, and of the general questions that all share."""
    for part in (name, "quickstart/data"):
        shutil.copytree(SPECS / part, folder / "specs" / part)
    return Workshop(folder, spec=f"specs/{name}/{which}.yaml")


def planned(name: str, folder: Path, which: str, *arguments: str) -> Ran:
    """What a plan says of a spec that check has found right."""
    made = shop(name, folder, which)
    checked = made.run("check", made.spec, *arguments)
    assert checked.code == 0, checked.both
    ran = made.plan(*arguments)
    assert ran.code == 0, ran.both
    return ran


def assert_waits_for_the_hub(name: str, folder: Path) -> Ran:
    """The full spec is planned without a network: every step waits, and says for what.

    What this machine cannot do at all (it may have no GPU) is blocked, whatever is fetched.
    """
    ran = planned(name, folder, "spec")
    lines = ran.out.splitlines()
    data = [line for line in lines if line.startswith("data ")]
    steps = [line for line in lines if line.startswith(("train ", "ask "))]
    blocked = [line for line in steps if "blocked: " in line]
    assert data
    assert all("waits for the hub: `build` fetches " in line for line in data)
    assert steps != blocked
    for line in steps:
        assert ("waits for the hub: `build` fetches " in line) is (line not in blocked), line
    for line in blocked:
        assert "CPU" in line or "no GPU" in line, line
        assert line.startswith("train ") or "its training is blocked: " in line, line
    assert any("wait for the hub, " in line for line in lines[-4:])
    assert "nothing to run" not in ran.out
    return ran


def simulated(name: str, folder: Path, *sets: str) -> Report:
    """The report on small.yaml with simulated models.

    Args:
        name: Of the spec's folder.
        folder: The working directory; it must not exist or be empty.
        sets: Overrides beside the engine's kind.
    """
    made = shop(name, folder)
    ran = made.build(*(part for one in ("engine.kind=fake", *sets) for part in ("--set", one)))
    assert ran.code == 0, ran.both
    return load_report(folder / "reports" / name / "small" / "report.json")


def findings(report: Report) -> list[str]:
    """Ids of the findings on all items."""
    return [finding.id for finding in report.findings if "@" not in finding.id]
