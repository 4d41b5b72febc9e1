"""A job script for Slurm: one machine, requeued without harm, its log in one file."""

from collections.abc import Iterator
from typing import Final

from evalreport.plan.emit.job import JobFile

_GIB: Final = 1 << 30
_UNKNOWN_TIME: Final = "24:00:00"
_UNKNOWN_MEMORY: Final = "32G"
_WARNED_SECONDS: Final = 180  # before its time is up, the job asks for its next turn


def sbatch(job: JobFile) -> str:
    """The script, for `sbatch FILE`.

    Args:
        job: What it does and needs.
    """
    return "\n".join(("#!/bin/bash", *_head(job), *_directives(job), *_body(job))) + "\n"


def _head(job: JobFile) -> Iterator[str]:
    for line in job.comment():
        yield f"# {line}".rstrip()
    yield "#"


def _directives(job: JobFile) -> Iterator[str]:
    needs = job.needs
    yield f"#SBATCH --job-name={job.name}"
    yield "#SBATCH --nodes=1"
    yield "#SBATCH --ntasks=1"
    yield f"#SBATCH --cpus-per-task={needs.cores}"
    if needs.gpus:
        yield f"#SBATCH --gres=gpu:{needs.gpus}"
    if needs.memory_bytes is None:
        yield "# The memory is not known in advance:"
        yield f"#SBATCH --mem={_UNKNOWN_MEMORY}"
    else:
        yield f"#SBATCH --mem={-(-needs.memory_bytes // _GIB)}G"
    if needs.seconds is None:
        yield "# The time is not known in advance; a first build, or build --smoke, measures it:"
        yield f"#SBATCH --time={_UNKNOWN_TIME}"
    else:
        yield "# Measured where it was planned, and half as much again:"
        yield f"#SBATCH --time={_clock(needs.seconds)}"
    yield "#SBATCH --requeue"
    yield "#SBATCH --open-mode=append"
    yield "#SBATCH --output=%x-%j.log"
    yield f"#SBATCH --signal=B:USR1@{_WARNED_SECONDS}"
    yield "# Add what your cluster wants, such as --partition and --account."
    yield ""


def _body(job: JobFile) -> Iterator[str]:
    yield "set -euo pipefail"
    yield 'cd "${SLURM_SUBMIT_DIR:-.}"'
    yield ""
    yield "# Keys are taken from the environment in which sbatch is called; none stands here."
    for name, why in job.keys.items():
        if why.startswith("optional"):
            yield f"# {name}: {why}"
        else:
            yield f': "${{{name}:?is not set: {why}}}"'
    yield ""
    yield "# One installation for all jobs; another place through EVALREPORT_VENV, another source"
    yield "# (a wheel, a repository) through EVALREPORT_REQUIREMENT."
    yield f'venv="${{EVALREPORT_VENV:-$PWD/.venv-evalreport-{job.version}}}"'
    yield f'requirement="${{EVALREPORT_REQUIREMENT:-{job.requirement}}}"'
    yield 'if [ ! -x "$venv/bin/evalreport" ]; then'
    yield '  python3 -m venv "$venv"'
    yield '  "$venv/bin/pip" install "$requirement"'
    yield "fi"
    yield 'export PATH="$venv/bin:$PATH"'
    yield ""
    yield "# Shortly before its time is up the job stops where it is and asks for its next turn."
    yield f"{job.command} &"
    yield "build=$!"
    yield "next_turn() {"
    yield '  kill -TERM "$build" 2>/dev/null || true'
    yield '  wait "$build" || true'
    yield '  scontrol requeue "$SLURM_JOB_ID"'
    yield "  exit 0"
    yield "}"
    yield "trap next_turn USR1"
    yield 'wait "$build"'


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds, in whole minutes rounded up."""
    minutes = -(-int(seconds) // 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
