"""Prints what it takes to start, in processor seconds, beside its own libraries alone.

    make setup && .venv/bin/python -m benchmarks.starting [--rounds 5] [--spec PATH]

Each command is a process of its own; the least of its rounds counts, since whatever else runs on
the machine can only add. The peer is a process that imports numpy, pydantic, yaml and jinja2.
What a command may load is held by `tests/builds/test_imports.py`, which needs no clock.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PEER: Final = ("-c", "import numpy, pydantic, yaml, jinja2")
ON_A_SPEC: Final = ("check", "plan")


def least_seconds(arguments: tuple[str, ...], rounds: int) -> float:
    """User and system time of a process, the least of some rounds; raises if it fails."""
    # A user's Python keeps what it compiled.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    found: list[float] = []
    for _ in range(rounds):
        command = [sys.executable, *arguments]
        child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
        found.append(used.ru_utime + used.ru_stime)
    return min(found)


def main() -> None:
    """One row a command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starting")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--spec", default="specs/quickstart/spec.yaml")
    given = parser.parse_args()
    peer = least_seconds(PEER, given.rounds)
    print(f"{os.cpu_count()} cores; the libraries alone {peer:.2f} s\n")
    print("| command | processor seconds | times the libraries |\n|---|---|---|")
    for arguments in (("--help",), *((name, given.spec) for name in ON_A_SPEC)):
        seconds = least_seconds(("-m", "evalreport", *arguments), given.rounds)
        print(f"| {arguments[0]} | {seconds:.2f} | {seconds / peer:.1f} |", flush=True)


if __name__ == "__main__":
    main()
