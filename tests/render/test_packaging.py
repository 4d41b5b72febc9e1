"""The wheel: whole, of nothing but the program, and able to do everything where no checkout is."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from evalreport import __version__
from evalreport.report.load import load_report
from evalreport.report.volatile import settled
from tests.builds.workshop import Workshop

CHECKOUT = Path(__file__).resolve().parents[2]


def _names(top: Path) -> set[str]:
    """All files below a folder but what Python compiled."""
    return {
        path.relative_to(top).as_posix()
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _build(source: Path, target: str, out: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=source,
        check=True,
        capture_output=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(CHECKOUT, "wheel", tmp_path_factory.mktemp("wheel"))


def test_a_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    about = f"evalreport-{__version__}.dist-info/"
    assert {name for name in held if not name.startswith("evalreport/")} == {
        about + name
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    program = {f"evalreport/{name}" for name in _names(CHECKOUT / "src/evalreport")}
    templates = {f"evalreport/_templates/{name}" for name in _names(CHECKOUT / "templates")}
    assert {name for name in held if name.startswith("evalreport/")} == program | templates
    for name in ("py.typed", "commands/sample/spec.yaml", "_templates/report.html.j2"):
        assert f"evalreport/{name}" in held


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return message_from_bytes(archive.read(f"evalreport-{__version__}.dist-info/METADATA"))


def test_its_metadata_are_whole(wheel: Path) -> None:
    about = _metadata(wheel)
    assert about["Name"] == "evalreport"
    assert about["Version"] == __version__
    assert about["License-Expression"] == "Apache-2.0"
    extras = set(about.get_all("Provides-Extra", []))
    assert extras >= {"benchmarks", "charts", "docs", "inspect", "qlora", "trackers"}
    always = [one for one in about.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert all(">=" in one for one in always), "every dependency has the least that works"


def test_a_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = _build(CHECKOUT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as held:
        held.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = _build(source, "wheel", tmp_path / "again")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }


# Installed


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and this one's libraries; no way leads to the checkout."""

    python: Path

    def run(self, folder: Path, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(self.python), "-m", "evalreport", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:  # what pip does with a pure wheel
        archive.extractall(site)
    # The libraries come after the wheel; an editable install of the checkout is not looked up,
    # since files that say so count only in folders of the environment itself.
    (site / "libraries.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return Installed(home / "bin" / "python")


def test_it_does_everything_where_no_checkout_is(installed: Installed, tmp_path: Path) -> None:
    here = tmp_path / "elsewhere"
    shop = Workshop.made(here)
    where = subprocess.run(
        [str(installed.python), "-c", "import evalreport; print(evalreport.__file__)"],
        cwd=here,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout
    assert Path(where).is_relative_to(installed.python.parents[1])
    assert installed.run(here, "--version") == f"evalreport {__version__}\n"
    installed.run(here, "init", "mine")
    installed.run(here, "check", "mine/spec.yaml")
    installed.run(here, "check", "spec.yaml")
    installed.run(here, "plan", "spec.yaml")
    installed.run(here, "build", "spec.yaml")
    reports = here / "reports/orders"
    made = {path.name: path.read_bytes() for path in reports.iterdir()}
    installed.run(here, "report", "reports/orders")
    assert {path.name: path.read_bytes() for path in reports.iterdir()} == made
    assert "the report says what its items give" in installed.run(here, "recheck", "reports/orders")
    assert "nothing to change" in installed.run(here, "migrate", "reports", "spec.yaml")
    # From the checkout the same report comes out, but for the clock.
    theirs = load_report(reports / "report.json")
    assert shop.run("report", "reports/orders").code == 0
    assert {path.name: path.read_bytes() for path in reports.iterdir()} == made
    other = Workshop.made(tmp_path / "checkout")
    assert other.build().code == 0
    assert settled(other.report()) == settled(theirs)
