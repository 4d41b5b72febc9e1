"""Run the notebook and keep what it gives: `python docs/make_notebook.py [--check]`.

It runs in a folder of its own that looks like the repository, so that nothing remains here. What
depends on the clock is not kept: progress (stderr), times, and the numbers of executions.
"""

import difflib
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = Path("docs/notebooks/did-it-work.ipynb")
LONGEST_SECONDS = 120


def executed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the outputs of a run in a fresh kernel, those that a rerun gives too."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("specs", "reports"):
            (Path(place) / name).symlink_to(ROOT / name)
        folder = Path(place) / NOTEBOOK.parent
        folder.mkdir(parents=True)
        NotebookClient(
            notebook,
            timeout=LONGEST_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        for output in cell.get("outputs", ()):
            if "execution_count" in output:
                output.execution_count = None
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main() -> int:
    """Write the notebook, or say where a run of it differs."""
    path = ROOT / NOTEBOOK
    before = path.read_text(encoding="utf-8")
    after = nbformat.writes(executed(nbformat.reads(before, as_version=4))) + "\n"
    if "--check" not in sys.argv[1:]:
        path.write_text(after, encoding="utf-8")
        return 0
    told = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "committed", "a run", n=1, lineterm=""
    )
    lines = [line[:300] for line in told]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
