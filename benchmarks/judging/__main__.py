"""Measure and write: `python -m benchmarks.judging [--runs N] [--only TEXT] [--page]`."""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

from benchmarks.judging.coverage import WORLDS, Tally, simulate, too_narrow, truth_of
from benchmarks.judging.page import MEASURED, PAGE, Measured, page

RUNS: Final = 500
_SEED: Final = 20_261_128


def measure(job: tuple[int, int]) -> tuple[str, Tally]:
    """One world, by its place in the table, and how often it is drawn."""
    at, runs = job
    name = [*WORLDS][at]
    world = WORLDS[name]
    return name, simulate(world, truth_of(world), runs, _SEED + at)


def main() -> None:
    """Measure what is asked for, add it to what was measured, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judging", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="samples a world")
    parser.add_argument("--only", default="", help="worlds whose name holds this text")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    measured: Measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    jobs = [] if given.page else [(i, given.runs) for i, n in enumerate(WORLDS) if given.only in n]
    with ProcessPoolExecutor(given.processes) as pool:
        for future in as_completed([pool.submit(measure, job) for job in jobs]):
            name, tally = future.result()
            measured[name] = {what: [k, n] for what, (k, n) in tally.items()}
            print(name, too_narrow(tally, given.runs) or "holds", flush=True)
            MEASURED.write_text(json.dumps(measured, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
