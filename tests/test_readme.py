"""The README tells the truth: its commands are executed, its tables are those of the program."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from evalreport.command_line import parser
from evalreport.layers.judge import Judge
from evalreport.layers.table import AnyLayer
from evalreport.spec.schema import json_schema
from evalreport.spec.yaml12 import compose
from evalreport.verdict import Outcome

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block]


def test_every_command_of_the_readme_exists() -> None:
    known = {"make demo", "make test"}
    names = {action for part in parser()._actions for action in (part.choices or ())}
    for command in COMMANDS:
        assert command in known or command.split()[1] in names, command


def test_the_table_of_outcomes_is_complete() -> None:
    named = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)
    assert set(named) >= {outcome.value for outcome in Outcome}


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_layers_of_the_readme_are_right() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    written = compose(block).value
    assert isinstance(written, list)
    layers = [TypeAdapter[AnyLayer](AnyLayer).validate_python(one) for one in written]
    assert [layer.kind for layer in layers] == ["judge", "human"]
    judge, people = layers
    assert isinstance(judge, Judge)
    assert judge.human_labels == people.name
    for named in re.findall(r"`(\w+): ", README[README.index("## Judges and people") :][:4000]):
        assert named in str(json_schema()), named


@pytest.mark.real
def test_the_commands_of_the_readme_run_as_written(tmp_path: Path) -> None:
    """All but the last build, which is the demo's own business and takes minutes."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    wanted = [c for c in COMMANDS if c.startswith("evalreport") and not c.endswith("spec.yaml")]
    wanted += [c for c in COMMANDS if c.startswith(("evalreport check", "evalreport plan"))]
    wanted.sort(key=COMMANDS.index)
    assert len(wanted) == 5
    plain = ROOT / "tests" / "importers" / "fixtures" / "lm_eval" / "plain"
    for name in ("base", "tuned"):
        shutil.copytree(plain / f"models__{name}", tmp_path / "runs" / name)
    for command in wanted:
        done = subprocess.run(
            shlex.split(command),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    report = tmp_path / ".evalreport" / "smoke" / "report" / "report.html"
    assert "smoke run" in report.read_text(encoding="utf-8")
