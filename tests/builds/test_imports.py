"""What a command loads: no model library, no dataset library, no scipy.stats before a step needs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builds.workshop import Workshop, fast_start

HEAVY = (
    "torch", "transformers", "peft", "trl", "datasets", "accelerate", "openai", "scipy.stats",
    "scipy.integrate", "scipy.optimize", "pyarrow", "pandas", "sacrebleu", "rouge_score",
    "math_verify", "jsonschema", "datasketch", "huggingface_hub", "rich", "safetensors", "gguf",
    "playwright", "pytest",
)  # fmt: skip

LOADED = """
import sys
from evalreport.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as leaving:
    code = leaving.code
print("LOADED", code, *sorted(name for name in {heavy} if name in sys.modules))
"""


def loaded(folder: Path, *arguments: str) -> tuple[str, list[str]]:
    """The exit code of a command, and the heavy modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(heavy=HEAVY), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=fast_start(),
    )
    assert "Traceback" not in done.stderr, done.stderr
    code, *modules = done.stdout.splitlines()[-1].removeprefix("LOADED ").split()
    return code, modules


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("check", "spec.yaml"),
        ("plan", "spec.yaml"),
        ("plan", "spec.yaml", "--json", "--strict-environment"),
        ("rules",),
        ("schema",),
        ("report", "spec.yaml"),
        ("store", "ls"),
        ("store", "check"),
    ],
    ids=" ".join,
)
def test_a_command_loads_nothing_heavy(built: Workshop, arguments: tuple[str, ...]) -> None:
    assert loaded(built.folder, *arguments) == ("0", [])


def test_a_wrong_spec_loads_nothing_heavy_either(workshop: Workshop) -> None:
    workshop.change("epochs: 2", "epoch: 2")
    assert loaded(workshop.folder, "check", "spec.yaml") == ("2", [])


def test_a_build_with_simulated_models_loads_no_model_library(built: Workshop) -> None:
    code, modules = loaded(built.folder, "build", "spec.yaml")
    assert code == "0"
    assert {*modules}.isdisjoint({"torch", "transformers", "peft", "trl", "datasets", "accelerate"})


def test_check_loads_no_numpy(built: Workshop) -> None:
    program = "import sys; from evalreport.cli import main; main(['check', 'spec.yaml']); "
    program += "print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=built.folder,
        capture_output=True,
        text=True,
        check=True,
        env=fast_start(),
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_help_loads_no_pydantic(tmp_path: Path) -> None:
    """The command line itself needs nothing but the standard library."""
    program = "import sys, evalreport.cli; print('pydantic' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
