"""The README tells the truth: its commands are executed, its tables are those of the program."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from evalreport.cli import main
from evalreport.command_line import parser
from evalreport.layers.judge import Judge
from evalreport.layers.table import AnyLayer
from evalreport.render.figures import figures_of
from evalreport.report.model import Report
from evalreport.spec.schema import json_schema
from evalreport.spec.yaml12 import compose
from evalreport.verdict import Outcome
from tests.conftest import require_or_skip

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block]
DAILY = COMMANDS[COMMANDS.index("evalreport diff HEAD:reports/my-model reports/my-model") :][:5]
# There is no release: it is installed from a clone or a commit of one (tests/builds/test_ci.py).
INSTALLS = {
    "pip install path/to/evalreport",
    'pip install "git+https://github.com/OWNER/evalreport@COMMIT"',
}
# Needs trained weights; tests/publish runs it on some, and the page shows what it prints.
NOT_RUN = "evalreport publish reports/my-model"


def test_every_command_of_the_readme_exists() -> None:
    known = {"make demo", "make test", *INSTALLS}
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
    own = [c for c in COMMANDS if c.startswith("evalreport") and c not in DAILY]
    wanted = [c for c in own if not c.endswith("spec.yaml")]
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


def test_the_daily_commands_run_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("specs", "reports"):
        shutil.copytree(ROOT / folder / "quickstart", tmp_path / folder / "my-model")
    monkeypatch.chdir(tmp_path)
    own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "a report"]):
        subprocess.run(["git", *own, *words], check=True, capture_output=True)
    assert [command.split()[1] for command in DAILY] == [
        "diff", "gate", "history", "publish", "migrate"
    ]  # fmt: skip
    for command in DAILY:
        if command != NOT_RUN:
            assert main(shlex.split(command)[1:]) == 0, f"{command}\n{capsys.readouterr()}"


def test_the_tour_says_what_the_committed_report_says() -> None:
    """As it stands in the last commit, where a `make demo` since then has built another."""
    folder = "reports/quickstart"
    shown = [
        subprocess.run(
            ["git", "show", f"HEAD:{folder}/{name}"], cwd=ROOT, capture_output=True, check=False
        )
        for name in ("report.json", "report.md")
    ]
    require_or_skip(shown[0].returncode == 0, "this is no git checkout with a committed report")
    report = Report.model_validate_json(shown[0].stdout)
    rendered = shown[1].stdout.decode("utf-8")
    start = README.index("## A 3-minute tour")
    tour = README[start : README.index("\n## ", start)]
    figures = {figure.name: figure for figure in figures_of(report)}
    for name, figure in figures.items():
        assert f'alt="{escape(figure.alternative)}"' in tour, name
        for theme in ("light", "dark"):
            assert f'"{folder}/figures/{name}-{theme}.png"' in tour
            assert (ROOT / folder / "figures" / f"{name}-{theme}.png").exists()
    assert len(figures) == tour.count("<picture>") == 4
    assert f'"{report.verdict.headline}"' in tour
    told = tour.partition("\n")[2]  # behind the heading
    prose = re.sub(r"<picture>.*?</picture>|`[^`]*`", "", told, flags=re.DOTALL)
    numbers = re.findall(r"[+−]?\d[\d.,]*\d|\d", prose)
    assert len(numbers) > 15
    for number in numbers:
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d)", rendered), number
    spec = report.reproduce.spec_yaml
    for declared in re.findall(r"`((?:primary|guards): .*?)`", tour):
        assert declared in spec
    (primary,) = (f for f in report.findings if f.role == "primary")
    (guard,) = (f for f in report.findings if f.role == "guard")
    assert primary.counts is not None
    assert guard.counts is not None
    assert f"better on {primary.counts.better} of {primary.n} orders" in tour
    assert f"worse on {primary.counts.worse}." in tour
    assert f"On {guard.n} general questions" in tour
    assert f"wrong {guard.counts.better} times" in tour
    assert f"right {guard.counts.worse} times" in tour
    assert report.training is not None
    assert f"the least, {report.training.best_step}, are taken" in tour
    outcomes = {f.metric: f.outcome.value for f in report.findings if f.subgroup is None}
    assert outcomes["json_valid"] == "inconclusive"
    assert guard.outcome.value == "retained"
