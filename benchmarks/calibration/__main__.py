"""Measure and write: `python -m benchmarks.calibration [--runs N] [--only TEXT] [--page]`."""

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from benchmarks.calibration.cells import CELLS
from benchmarks.calibration.command_line import BUILT, build_often
from benchmarks.calibration.page import MEASURED, PAGE, Measured, page
from benchmarks.calibration.pair_by_pair import RATES, simulate_pairs
from benchmarks.calibration.simulate import simulate

RUNS: Final = 10_000
BUILDS: Final = 200
_SEED: Final = 20_261_127


Job = tuple[str, int, int]
"""What is simulated, the place of the cell in its table, and how often."""


def measure(job: Job) -> tuple[str, dict[str, float], float]:
    """One job: a cell, a judging pair by pair, or builds through the command line."""
    kind, at, runs = job
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what children say of their progress
    begun = time.perf_counter()
    if kind == "cell":
        tally = simulate(CELLS[at], runs, _SEED + at)
    elif kind == "pairs":
        rate, ties = RATES[at]
        tally = simulate_pairs(rate, ties, runs, _SEED + at)
    else:
        tally = build_often(BUILT[at], runs)
    return _name(job), tally, time.perf_counter() - begun


def _name(job: Job) -> str:
    kind, at, _ = job
    if kind == "cell":
        return CELLS[at].name
    if kind == "pairs":
        rate, ties = RATES[at]
        return f"pair by pair · {rate} · {ties}"
    return f"command line · {BUILT[at].name}"


def _jobs(runs: int, builds: int, only: str) -> list[Job]:
    cells = [("cell", i, runs) for i, cell in enumerate(CELLS) if only in cell.name]
    pairs = [("pairs", i, runs) for i in range(len(RATES)) if only in "pair by pair"]
    built = [("build", i, builds) for i in range(len(BUILT)) if only in "command line"]
    # The longest first, so that no process ends alone.
    cells.sort(key=lambda job: -CELLS[job[1]].setting.items)
    return [*cells, *pairs, *built]


def main() -> None:
    """Measure what is asked for, add it to what was measured, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="builds a cell")
    parser.add_argument("--builds", type=int, default=BUILDS, help="through the command line")
    parser.add_argument("--only", default="", help="cells whose name holds this text")
    parser.add_argument("--missing", action="store_true", help="only what has fewer runs")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    measured: Measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    jobs = [] if given.page else _jobs(given.runs, given.builds, given.only)
    if given.missing:
        jobs = [job for job in jobs if measured.get(_name(job), {"runs": 0})["runs"] < job[2]]
    with ProcessPoolExecutor(given.processes) as pool:
        for future in as_completed([pool.submit(measure, job) for job in jobs]):
            name, tally, seconds = future.result()
            measured[name] = tally
            print(f"{name}: {tally['runs']:,.0f} runs in {seconds:.0f} s", flush=True)
            MEASURED.write_text(json.dumps(measured, indent=1, sort_keys=True) + "\n")
    Path(PAGE).write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
