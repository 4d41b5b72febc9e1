"""Prints how long it takes from a table of scores to the verdict and its files, and the peak.

    .venv/bin/python -m benchmarks.analysis [--items 10000 100000 1000000] [--build 20000]

Each row is a process of its own, so that its peak memory is its own. `tables` is the memory that
the scores take before anything is computed. `build` runs the whole command on the fake engine.
"""

import argparse
import gc
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.analysis.whole import built
from benchmarks.analysis.world import CLOCK, World, world
from evalreport.analyze.analyze import analyze
from evalreport.commands.writing import put
from evalreport.recheck.recheck import recheck
from evalreport.render import render_json
from evalreport.report.compose import Frame, compose
from evalreport.report.items import item_lines
from evalreport.report.load import load_report, read_json
from evalreport.report.read_items import read_items
from evalreport.report.seals import seals_of_report
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.verdict import decide, rule_on_claims

_STEPS: Final = ("analyze", "review", "decide", "items.jsonl", "report.json", "recheck")
_MIB: Final = 1024


def main() -> None:
    """One row a size, plain and with clusters."""
    parser = argparse.ArgumentParser(prog="benchmarks.analysis")
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--build", type=int, default=20_000, help="items of a whole build; 0: none")
    parser.add_argument("--one", nargs=2, metavar=("ITEMS", "HOW"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        sys.stdout.write(json.dumps(_measured(int(options.one[0]), options.one[1])) + "\n")
        return
    head = ("items", "clusters", *_STEPS, "tables MiB", "peak MiB")
    print(f"{os.cpu_count()} cores; seconds\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for items in options.items:
        for how in ("none", "of 8"):
            row = _in_a_process(items, how)
            cells = (f"{items:,}", how, *(f"{row[step]:.1f}" for step in _STEPS))
            print(f"| {' | '.join(cells)} | {row['tables']:.0f} | {row['peak']:.0f} |")
            sys.stdout.flush()
    if options.build:
        print(f"\n{built(options.build)}")


def _in_a_process(items: int, how: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.analysis", "--one", str(items), how],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(items: int, how: str) -> dict[str, float]:
    """The seconds of each step, and memory in MiB."""
    gc.set_threshold(100_000, 20, 20)  # as the command line has it
    made = world(items, clustered=how != "none")
    seconds: dict[str, float] = {"tables": _resident()}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        seconds[step] = time.monotonic() - begun

    with TemporaryDirectory() as folder:
        _steps(made, Path(folder), timed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**seconds, "peak": peak / _MIB}


def _steps(made: World, folder: Path, timed: Callable[[str], AbstractContextManager[None]]) -> None:
    spec, evidence, observed = made.loaded.spec, made.evidence, made.observed
    with timed("analyze"):
        findings = analyze(spec, evidence, observed)
    with timed("review"):
        remarks = review(Case(spec, evidence, findings))
    with timed("decide"):
        verdict = decide(findings, remarks)
        claims = rule_on_claims(spec, findings, remarks)
    with timed("report.json"):
        frame = Frame(
            built_at=CLOCK,
            spec_digest=made.loaded.digest,
            spec_path="spec.yaml",
            spec_yaml=made.loaded.text,
            overrides=(),
            lock_path="spec.lock.yaml",
        )
        report = compose(spec, made.inputs, evidence, findings, remarks, verdict, claims, frame)
        put(folder, {"report.json": render_json(report)})
    with timed("items.jsonl"):
        lines = item_lines(
            observed.basis, findings.same_outputs, shown="full", sealed=seals_of_report(report)
        )
        put(folder, {"items.jsonl": (f"{line}\n" for line in lines)})
    with timed("recheck"):
        path = folder / "report.json"
        read = read_items(folder / "items.jsonl", spec)
        found = recheck(load_report(path), read_json(path), spec, read)
    if found.differences:
        sys.exit(f"recheck found {found.differences[:3]}")


def _resident() -> float:
    """What this process holds, in MiB."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / _MIB if found else 0.0


if __name__ == "__main__":
    main()
