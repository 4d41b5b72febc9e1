"""The folder in which a page's blocks are run.

It holds a spec with simulated models and its data, results of other tools, and a finished build
where the page starts from one. A `yaml` block changes the spec: its keys replace those of the same
name, mappings are joined key by key, and layers are known by their names. A block that begins with
`- ` is a list of layers. One that begins with `evalreport:` is a spec of its own.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from evalreport.spec.yaml12 import compose
from tests.builds.workshop import SPEC, TEST_ROWS, Ran, Workshop, orders
from tests.docs.blocks import ROOT, Block, Command
from tests.warm import warm_steps

FIXTURES: Final = ROOT / "tests/importers/fixtures"
# What cannot be run here, by how it begins, and why.
NOT_RUN: Final[Mapping[str, str]] = {
    "make ": "sets up a machine",
    ". .venv/": "belongs to a shell",
    "export ": "belongs to a shell",
    "pip install": "changes the environment of the tests",
    "git ": "belongs to the user's repository",
    "evalreport diff 901e648": "names a commit of another repository",
    "evalreport publish reports/name": "needs trained weights, and a hub to push to",
    "sbatch ": "needs a Slurm cluster",
    "sky ": "needs a cloud",
    "vllm ": "needs a GPU",
    "evalreport build judged.yaml": "asks a judge that is paid",
    "evalreport build hosted.yaml": "asks a hosted model",
}
# Commands that stand for themselves: files are moved about.
_FILES: Final = ("cp", "mkdir", "mv")


# A layer that a leaderboard knows.
_BENCHMARK: Final = {
    "training: {": '  gsm8k: {role: test, path: "hub:openai/gsm8k", split: test, '
    'prompt: "{{ question }}", completion: "{{ answer }}"}\ntraining: {',
    "  layers:\n": "  secondary: [{layer: gsm8k, metric: numeric_answer}]\n  layers:\n"
    "    - {kind: generation, name: gsm8k, dataset: gsm8k, extract: last_number, "
    "metrics: [numeric_answer]}\n",
}


@dataclass
class Scratch:
    """A page's folder, and what its blocks did so far."""

    shop: Workshop
    names: dict[str, Any] = field(default_factory=dict)
    stood_in: set[str] = field(default_factory=set)

    @classmethod
    def made(cls, folder: Path, page: str) -> "Scratch":
        """For a page, in an empty folder."""
        shop = Workshop.made(folder, SPEC.replace("  calls: calls.jsonl\n", ""))
        if page in {"tutorial.md", "how-to/upgrade.md"}:
            shutil.copytree(ROOT / "specs/quickstart", folder / "specs/quickstart")
        if page != "tutorial.md":
            shutil.copytree(ROOT / "reports/quickstart", folder / "reports/quickstart")
        if page == "how-to/compare-builds.md":
            for name in ("last", "new"):
                shutil.copytree(ROOT / "reports/quickstart", folder / "reports" / name)
        if page == "how-to/notebook.md":
            shop.run("init", "specs/my-model")
        if page == "how-to/several-builds.md":
            shop.write("data/fresh.jsonl", orders(917, TEST_ROWS, "fresh"))
        if page == "how-to/publish.md":
            text = (folder / "spec.yaml").read_text()
            for old, new in _BENCHMARK.items():
                text = text.replace(old, new)
            shop.write("spec.yaml", text)
        for name in ("ada.json", "grace.json", "base.jsonl"):  # what people and tools would send
            shop.write(name, "{}\n")
        if page in {"how-to/other-tools.md", "index.md"}:
            _results(folder)
        return cls(shop)

    def run(self, command: Command) -> Ran | None:
        """A command's outcome; None where it is not run here."""
        if any(command.words.startswith(one) for one in NOT_RUN):
            return None
        words = shlex.split(command.words)
        if words[0] in _FILES:
            return self._files(words)
        assert words[0] == "evalreport", f"{command.words} is neither run nor listed as not run"
        if "build" in words:
            self._simulate()
        words, _, target = _redirected(words)
        ran = self.shop.run(*words[1:])
        if self.stood_in & {*words}:  # the page shows what a real model's build prints
            ran = Ran(ran.code, _unstamped(ran.out), ran.err)
        if target:
            self.shop.write(target, ran.out)
            return Ran(ran.code, "", ran.err)
        return ran

    def yaml(self, block: Block) -> Ran:
        """Put a block into the spec, and check that."""
        name = block.named if block.named.endswith(".yaml") else self.shop.spec
        path = self.shop.folder / name
        given = compose(block.text).value
        if isinstance(given, dict) and "evalreport" in given:
            self.shop.write(name, block.text)
        else:
            if isinstance(given, list):
                given = {"evaluation": {"layers": given}}
            text = (
                path.read_text() if path.exists() else (self.shop.folder / "spec.yaml").read_text()
            )
            whole = _joined(compose(text).value, given)
            self.shop.write(name, yaml.safe_dump(whole, sort_keys=False))
        return self.shop.run("check", name)

    def python(self, block: Block) -> None:
        """Run a block."""
        self._simulate()
        quiet = contextlib.redirect_stdout(io.StringIO())
        with contextlib.chdir(self.shop.folder), quiet, warm_steps():
            exec(compile(block.text, "page", "exec"), self.names)  # what is tested

    def write(self, block: Block) -> None:
        """Write a data file that a page shows."""
        self.shop.write(block.named, block.text)

    def _files(self, words: list[str]) -> Ran:
        folder = self.shop.folder
        if words[0] == "mkdir":
            (folder / words[-1]).mkdir(parents=True, exist_ok=True)
        else:
            source, target = (folder / one for one in words[-2:])
            move = shutil.move if words[0] == "mv" else _copied
            move(source, target)
        return Ran(0, "", "")

    def _simulate(self) -> None:
        """Specs that `init` wrote train a real model for minutes; here a simulated one."""
        for path in self.shop.folder.glob("**/spec.yaml"):
            text = path.read_text()
            if "\nengine:" not in text and "base_model:" in text:
                engine = (
                    "engine: {kind: fake, base: {right: 0.35}, tuned: {right: 0.95}}\n\ntraining:"
                )
                path.write_text(text.replace("training:", engine, 1))
                self.stood_in.add(path.relative_to(self.shop.folder).as_posix())


def _unstamped(printed: str) -> str:
    """What a build printed, without the stamp of the models that stood in for real ones."""
    return re.sub(r"^SIMULATED: .*\n|(?<=^verdict  )SIMULATED, ", "", printed, flags=re.MULTILINE)


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _redirected(words: list[str]) -> tuple[list[str], str, str]:
    if ">" in words:
        at = words.index(">")
        return words[:at], ">", words[at + 1]
    return words, "", ""


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        other = any(
            key in old and key in new and old[key] != new[key] for key in ("kind", "method")
        )
        if other:
            return new
        return {**old, **{key: _joined(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list) and _are_layers(old) and _are_layers(new):
        named = {one["name"]: one for one in new}
        kept = [_joined(one, named.pop(one["name"], {})) for one in old]
        return [*kept, *named.values()]
    return new


def _are_layers(value: list[Any]) -> bool:
    return all(isinstance(one, dict) and {"kind", "name"} <= one.keys() for one in value)


def _results(folder: Path) -> None:
    """Result files that the tools themselves wrote, under names that a user might give."""
    plain = FIXTURES / "lm_eval/plain"
    for name in ("base", "tuned"):
        shutil.copytree(plain / f"models__{name}", folder / "lm-eval" / name)
        shutil.copytree(plain / f"models__{name}", folder / "runs" / name)
    logs = FIXTURES / "inspect_logs"
    (folder / "inspect").mkdir()
    shutil.copy(logs / "capitals-poor.eval", folder / "inspect/base.eval")
    shutil.copy(logs / "capitals-good.eval", folder / "inspect/tuned.eval")
    (folder / "lighteval").mkdir()
    shutil.copy(FIXTURES / "lighteval/results-poor.json", folder / "lighteval/base.json")
    shutil.copy(FIXTURES / "lighteval/results-good.json", folder / "lighteval/tuned.json")
    shutil.copytree(FIXTURES / "alpaca_eval/results", folder / "alpaca")
    shutil.copytree(FIXTURES / "fastchat/mt_bench", folder / "mt_bench")
    shutil.copytree(FIXTURES / "arena_hard/v0.1", folder / "arena-hard")
    (folder / "runs/last-week").mkdir()
    shutil.copy(FIXTURES / "trainer_state/trainer_state.json", folder / "runs/last-week")


@contextlib.contextmanager
def environment(**said: str) -> Iterator[None]:
    """With these variables set, as a page's reader has them."""
    before = dict(os.environ)
    os.environ.update(said)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
