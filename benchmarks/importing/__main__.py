"""Prints time and peak memory of auditing two large lm-eval samples files, beside plain parsing.

    make setup && .venv/bin/python -m benchmarks.importing [--megabytes 1000]

The files are generated in a temporary folder, with rows of 2 kB. The peer is a process that parses
each line of both with Python's json and keeps nothing. Each is a process of its own.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROW_BYTES: Final = 2025
PEER: Final = "import json, sys\nfor p in sys.argv[1:]:\n    for line in open(p): json.loads(line)"
NAME: Final = "samples_big_2026-01-01T00-00-00.000000.jsonl"


def write_samples(path: Path, arm: str, items: int) -> None:
    """Rows as lm-eval 0.4.13 writes them; right with a chance that depends on the arm."""
    draw = random.Random(arm)
    right = {"base": 0.50, "tuned": 0.52}[arm]
    filler = "x" * 1500
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8") as file:
        for i in range(items):
            digest = hashlib.sha256(str(i).encode()).hexdigest()
            row = {
                "doc_id": i,
                "doc": {"q": f"question {i} {filler}", "a": i % 7},
                "target": "0",
                "arguments": {"gen_args_0": {"arg_0": f"q {i}", "arg_1": {"until": ["\n"]}}},
                "resps": [[f"text {i} {arm}"]],
                "filtered_resps": ["t"],
                "filter": "none",
                "metrics": ["exact_match"],
                "doc_hash": digest,
                "prompt_hash": digest,
                "target_hash": digest,
                "exact_match": float(draw.random() < right),
            }
            file.write(json.dumps(row) + "\n")


def measured(arguments: list[str], folder: Path) -> tuple[float, int]:
    """Seconds and peak bytes of a process."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, error = child.communicate()
    if child.returncode:
        raise SystemExit(error.decode()[-2000:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return time.perf_counter() - began, peak


def main() -> None:
    """Peer first: peaks of children are the largest so far."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing")
    parser.add_argument("--megabytes", type=int, default=1000, help="of each of the two files")
    given = parser.parse_args()
    items = given.megabytes * 1_000_000 // ROW_BYTES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [folder / arm / NAME for arm in ("base", "tuned")]
        for path in files:
            write_samples(path, path.parent.name, items)
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"{os.cpu_count()} cores; two files, {size:,.0f} MB, {items:,} items each\n")
        print("| what | seconds | times the peer | peak MiB |\n|---|---|---|---|")
        peer, peak = measured(["-c", PEER, *map(str, files)], folder)
        print(f"| json.loads of each line | {peer:.1f} | 1.0 | {peak / 2**20:.0f} |", flush=True)
        seconds, peak = measured(["-m", "evalreport", "audit", "base", "tuned"], folder)
        print(f"| evalreport audit | {seconds:.1f} | {seconds / peer:.1f} | {peak / 2**20:.0f} |")


if __name__ == "__main__":
    main()
