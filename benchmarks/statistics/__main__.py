"""Prints what resampling costs beside scipy.stats, in one run on one machine.

    make setup && .venv/bin/python -m benchmarks.statistics [--rounds 3]

Same pairs, same statistic, one thread, each piece in a fresh process; the pieces take turns and
medians of medians are compared. scipy gets batches of 500, without which it asks for gigabytes. The two
bootstraps do not make the same interval: scipy's BCa adds a jackknife, ours expands percentiles,
so scipy's plain percentiles stand beside it as the same amount of resampling.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TypedDict

from benchmarks.statistics.work import FLIPS, PAIRS, RESAMPLES, WORK
from evalreport.numbers import bytes_text

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
COMPARED = (
    ("flips_ours", "flips_scipy", "permutation_test, samples", 10.0),
    ("bootstrap_ours", "bootstrap_scipy", "bootstrap, paired, BCa", 5.0),
    ("bootstrap_ours", "bootstrap_scipy_percentile", "bootstrap, paired, percentile", None),
)


class Measured(TypedDict):
    """What a piece of work says of itself."""

    seconds: float
    peak_bytes: float
    answer: list[float]


def measured(name: str) -> Measured:
    """Seconds, bytes and answer of one piece of work in a process of its own."""
    places = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.statistics.work", name],
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: Measured = json.loads(done.stdout)
    return found


def processor() -> str:
    """The name of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}")
    print(
        f"{PAIRS} pairs; {FLIPS} sign patterns, {RESAMPLES} resamples; medians of {rounds} rounds"
    )
    runs = [{name: measured(name) for name in WORK} for _ in range(rounds)]
    seconds = {name: median(run[name]["seconds"] for run in runs) for name in WORK}
    peaks = {name: median(run[name]["peak_bytes"] for run in runs) for name in WORK}
    for ours, theirs, what, goal in COMPARED:
        wanted = f" (goal: at least {goal:g})" if goal else ""
        print(f"{ours.partition('_')[0]}, against scipy.stats {what}")
        us, them = seconds[ours], seconds[theirs]
        print(f"  CPU s   {us:9.3f} / {them:9.3f}   {them / us:6.1f} times as fast{wanted}")
        sizes = (bytes_text(int(peaks[one])) for one in (ours, theirs))
        ratio = peaks[theirs] / max(peaks[ours], 1)
        print("  memory  {:>9} / {:>9}   {:6.1f} times as much".format(*sizes, ratio))
        print(f"  answers {runs[0][ours]['answer']} / {runs[0][theirs]['answer']}")


if __name__ == "__main__":
    main()
