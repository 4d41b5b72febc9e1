"""The workflow and the hooks that docs/how-to/ci.md offers, run as far as that goes without their
services: `run` steps in order by bash in a committed repository, `uses` steps by their form."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from evalreport.spec.yaml12 import compose
from tests.builds.winning import SPEC, edit, won, worsen
from tests.builds.workshop import Ran, Workshop

ROOT: Final = Path(__file__).parents[2]
FROM: Final = "git+https://github.com/mina/evalreport@47ab5e1"
TEXT: Final = (ROOT / "docs/ci/evalreport.yml").read_text(encoding="utf-8")
PAGE: Final = (ROOT / "docs/how-to/ci.md").read_text(encoding="utf-8")


def read(text: str) -> Any:
    document = compose(text)
    assert not document.flaws
    return document.value


WORKFLOW: Final = read(TEXT)
JOB: Final = WORKFLOW["jobs"]["gate"]
HOOKS: Final = {
    one["id"]: one for one in read((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}


@dataclass(frozen=True)
class Repository:
    """A git repository with a spec and its report, and what a service adds to it."""

    shop: Workshop
    runner: Path

    @classmethod
    def of(cls, shop: Workshop, runner: Path) -> "Repository":
        (runner / "bin").mkdir(parents=True)
        pip = runner / "bin/pip"
        pip.write_text('#!/bin/sh\necho pip "$@"\n')  # what is installed is this very source
        pip.chmod(0o755)
        shop.write(".gitignore", ".evalreport/\nevalreport/\n")
        made = cls(shop, runner)
        made.git("init", "--quiet")
        made.commit()
        return made

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.runner / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "RUNNER_TEMP": str(self.runner),
                "GITHUB_STEP_SUMMARY": str(self.runner / "summary.md")}  # fmt: skip

    def git(self, *arguments: str) -> str:
        own = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        done = self.run(["git", *own, *arguments], {})
        assert done.code == 0, done.both
        return done.out

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a state")

    def run(self, command: list[str], environment: Mapping[str, str]) -> Ran:
        done = subprocess.run(
            command,
            cwd=self.shop.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def act(self, source: str = FROM) -> dict[str, Ran]:
        """Every `run` step that is run, by its name: after a failure only those that say so.

        Args:
            source: What the line to be filled in says.
        """
        assert JOB["defaults"]["run"]["shell"] == "bash"
        said: dict[str, Ran] = {}
        for step in JOB["steps"]:
            failed = any(ran.code for ran in said.values())
            if "run" in step and (not failed or step.get("if") == "${{ !cancelled() }}"):
                script = self.runner / "step.sh"
                script.write_text(step["run"])
                demands = f"{WORKFLOW['env']['DEMANDS']} --allow-simulated"
                bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
                filled = {**WORKFLOW["env"], "EVALREPORT": source, "DEMANDS": demands}
                said[step["name"]] = self.run(bash, filled)
        return said

    def hooked(self, name: str) -> Ran:
        """A hook as pre-commit runs it: its entry, and behind it the files that it looks at."""
        files = self.git("ls-files", "-z").split("\0")
        hook = HOOKS[name]
        mine = [one for one in files if re.search(hook["files"], one)]
        assert mine
        return self.run([*shlex.split(hook["entry"]), *hook.get("args", ()), *mine], {})


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return won(tmp_path_factory.mktemp("ci") / "w")


@pytest.fixture
def repository(once: Workshop, tmp_path: Path) -> Repository:
    # A checkout has no store.
    shutil.copytree(once.folder, tmp_path / "w", ignore=shutil.ignore_patterns(".evalreport"))
    return Repository.of(Workshop(tmp_path / "w", SPEC), tmp_path / "runner")


# The workflow


def test_the_workflow_asks_for_no_more_than_it_needs() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXT
    for trigger in ("pull_request", "push"):
        assert {"specs/**", "reports/**"} < {*WORKFLOW["on"][trigger]["paths"]}
    assert "pull_request_target" not in TEXT
    for step in JOB["steps"]:
        assert ("uses" in step) is not ("run" in step)
        # What others write (titles, branches) is never put into a script.
        assert "${{" not in step.get("run", "")
    used = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert used == [one for one in used if re.fullmatch(r"actions/[a-z-]+@v\d+", one)]
    assert [one.partition("@")[0] for one in used] == [
        "actions/checkout",
        "actions/setup-python",
        "actions/upload-artifact",
    ]


def test_a_good_report_passes_the_workflow(repository: Repository) -> None:
    said = repository.act()
    assert {name: ran.code for name, ran in said.items()} == dict.fromkeys(said, 0), said
    assert list(said) == [step["name"] for step in JOB["steps"] if "run" in step]
    assert f"pip install {FROM}\n" in said["Install evalreport"].out
    assert f"{SPEC} is right" in said["Is every spec right?"].out
    assert "8 will run" in said["What would a build do?"].out
    recheck = said["Does every committed report say what its items give?"].out
    assert "the report says what its items give" in recheck
    assert said["May they pass?"].out.splitlines()[-1] == (
        "gate          SIMULATED, met: better (full)"
    )
    suite = ET.parse(repository.runner / "evalreport/junit/specs/orders/spec.xml").getroot()[0]
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "0")
    assert (repository.runner / "summary.md").read_text().startswith("### ✔ ")
    assert (repository.runner / "evalreport/reports/orders/report.html").exists()


def test_a_line_that_was_not_filled_in_is_named(repository: Repository) -> None:
    said = repository.act(WORKFLOW["env"]["EVALREPORT"])
    assert said["Install evalreport"].code == 1
    assert said["Install evalreport"].out == (
        "fill in EVALREPORT at the top of this workflow: "
        "git+https://github.com/OWNER/evalreport@COMMIT\n"
    )
    assert TEXT.count("# FILL IN ") == 1


def test_no_page_installs_a_release_that_there_is_not() -> None:
    """With the first release, pages, workflow and this test change together."""
    files = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.yml"), ROOT / "README.md"]
    said = [
        (path.name, word.strip("'\""))
        for path in files
        for words in re.findall(r"pip install ([^\n`#]+)", path.read_text(encoding="utf-8"))
        for word in words.split()
    ]
    assert any("OWNER/evalreport" in word for _, word in said)
    # What is installed already gets its extras: `pip install 'evalreport[charts]'` asks no index.
    assert [one for one in said if re.fullmatch(r"evalreport([=<>~].*)?", one[1])] == []


def test_a_worse_one_fails_it_with_the_reason(repository: Repository) -> None:
    worsen(repository.shop)
    repository.commit()
    said = repository.act()
    assert {name: ran.code for name, ran in said.items() if ran.code} == {"May they pass?": 4}
    assert said["May they pass?"].out.splitlines()[-1] == (
        "gate          SIMULATED, not met: the outcome is inconclusive, and better is required"
    )
    summary = (repository.runner / "summary.md").read_text()
    assert (
        "**Gate SIMULATED, not met: the outcome is inconclusive, and better is required.**"
        in summary
    )
    suite = ET.parse(repository.runner / "evalreport/junit/specs/orders/spec.xml").getroot()[0]
    assert suite.attrib["failures"] == "1"


def test_no_spec_is_no_pass(repository: Repository) -> None:
    """A pattern that matches nothing must not look like specs that all pass."""
    shutil.rmtree(repository.shop.folder / "specs")
    shutil.rmtree(repository.shop.folder / "reports")
    repository.commit()
    said = repository.act()
    assert said["Is every spec right?"].code == 1
    assert said["Is every spec right?"].out == (
        "no file is committed that matches :(glob)specs/**/spec.yaml\n"
    )


# The hooks


def test_the_check_hook_looks_at_several_specs(repository: Repository) -> None:
    shutil.copytree(
        repository.shop.folder / "specs/orders", repository.shop.folder / "specs/audits/other"
    )
    repository.commit()
    ran = repository.hooked("evalreport-check")
    assert (ran.code, ran.out.count(" is right: ")) == (0, 2)
    edit(repository.shop, SPEC, "global_batch_size", "global_bach_size")
    edit(repository.shop, "specs/audits/other/spec.yaml", "test: {path", "test: {pth")
    ran = repository.hooked("evalreport-check")
    assert ran.code == 2
    assert "did you mean global_batch_size?" in ran.err
    assert "specs/audits/other/spec.yaml:" in ran.err


def test_the_recheck_hook_finds_what_was_written_by_hand(repository: Repository) -> None:
    shop = repository.shop
    (shop.folder / "reports/orders").rename(shop.folder / "reports/with space")
    repository.commit()
    ran = repository.hooked("evalreport-recheck")
    assert ran.code == 0, ran.both
    assert ran.out.count("the report says what its items give") == 1  # six files, one report
    edit(shop, "reports/with space/report.md", "+53.3 points", "+93.3 points")
    ran = repository.hooked("evalreport-recheck")
    assert ran.code == 4
    assert "report.md" in ran.out


@pytest.mark.parametrize("top", ["-x", "two\nlines"])
def test_no_name_hides_a_report_from_the_hooks(repository: Repository, top: str) -> None:
    shop = repository.shop
    for name in ("reports", "specs"):
        shutil.copytree(shop.folder / name, shop.folder / top / name)
        shutil.rmtree(shop.folder / name)
    edit(shop, f"{top}/reports/orders/report.md", "+53.3 points", "+93.3 points")
    repository.commit()
    ran = repository.hooked("evalreport-recheck")
    assert ran.code == 4, ran.both
    assert ran.out.count("1 difference: report.md is not what report.json renders to") == 1
    assert repository.hooked("evalreport-check").code == 0


def test_two_specs_leave_two_files_and_none_of_the_checkout_is_kept(
    repository: Repository,
) -> None:
    shop = repository.shop
    for folder in ("a/b", "a-b"):
        shutil.copytree(shop.folder / "specs/orders", shop.folder / "specs" / folder)
    shop.write("evalreport/junit/planted.xml", "<testsuites/>")
    repository.commit()
    assert repository.act()["May they pass?"].code
    kept = repository.runner / "evalreport/junit"
    names = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.xml"))
    assert names == ["specs/a-b/spec.xml", "specs/a/b/spec.xml", "specs/orders/spec.xml"]
    (path,) = (one["with"]["path"] for one in JOB["steps"] if "upload" in one.get("uses", ""))
    assert path == "${{ runner.temp }}/evalreport/"


def test_the_page_names_hooks_and_files_that_there_are() -> None:
    blocks = [read(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    config, gitlab = blocks
    assert [one["id"] for one in config["repos"][0]["hooks"]] == list(HOOKS)
    assert gitlab["evalreport"]["artifacts"]["reports"] == {"junit": "gate.xml"}
    source = WORKFLOW["env"]["EVALREPORT"]
    assert source.startswith(f"git+{config['repos'][0]['repo']}@")
    assert f'pip install "{source}"' in gitlab["evalreport"]["script"]
    assert (ROOT / "docs/how-to" / re.findall(r"\]\((\.\./ci/[^)]+)\)", PAGE)[0]).exists()
