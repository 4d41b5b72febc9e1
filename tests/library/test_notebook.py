"""The committed notebook: what stands in it is what a run in a real kernel gives."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs/notebooks/did-it-work.ipynb"


def test_a_run_gives_what_the_notebook_shows() -> None:
    """One kernel, two simulated builds: nothing of it depends on the clock or the machine."""
    done = subprocess.run(
        [sys.executable, "docs/make_notebook.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"make notebook\n{done.stdout}\n{done.stderr}"


def test_nothing_of_one_machine_or_moment_stands_in_it() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] is None for cell in code)
    assert not any(one.get("name") == "stderr" for cell in code for one in cell["outputs"])
    assert not re.search(r"(?<![\w.<])/(?:tmp|home|root|work|usr)/|\d{4}-\d\d-\d\dT\d\d:", text)
    shown = [one for cell in code for one in cell["outputs"] if "text/html" in one.get("data", {})]
    assert any("SIMULATED" in "".join(one["data"]["text/html"]) for one in shown)
