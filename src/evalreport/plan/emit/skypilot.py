"""A task for SkyPilot: a managed job on spot machines, whose store outlives them in a bucket."""

import json
from collections.abc import Iterator
from typing import Final

from evalreport.plan.emit.job import JobFile

_GIB: Final = 1 << 30
_BUCKET: Final = "/evalreport-store"
_SAVE_SECONDS: Final = 300
# GPUs that are easy to get, with their memory; the cheapest that is offered is taken.
_GPUS: Final = {
    "L4": 24,
    "A10G": 24,
    "L40S": 48,
    "A100": 40,
    "A100-80GB": 80,
    "H100": 80,
    "H200": 141,
}
_FEWEST: Final = 3


def skypilot(job: JobFile) -> str:
    """The task, for `sky jobs launch FILE`.

    Args:
        job: What it does and needs.
    """
    head = [f"# {line}".rstrip() for line in job.comment()]
    wants = " ".join(f"--secret {name}" for name in _required(job))
    head.append(f"# Start it with: sky jobs launch {wants + ' ' if wants else ''}FILE")
    return "\n".join((*head, "", *_task(job))) + "\n"


def _task(job: JobFile) -> Iterator[str]:
    needs = job.needs
    yield f"name: {json.dumps(job.name)}"
    yield "workdir: ."
    yield "num_nodes: 1"
    yield ""
    yield "resources:"
    if needs.gpus:
        yield "  # Any of these, the cheapest first; name your own."
        offered = ", ".join(f"{gpu}: {needs.gpus}" for gpu in _fitting(needs.gpu_bytes))
        yield f"  accelerators: {{{offered}}}"
    yield f'  cpus: "{needs.cores}+"'
    if needs.memory_bytes is None:
        yield "  # The memory is not known in advance."
        yield '  memory: "32+"'
    else:
        yield f'  memory: "{-(-needs.memory_bytes // _GIB)}+"'
    yield "  disk_size: 100"
    yield "  use_spot: true"
    if needs.seconds is not None:
        yield f"  # About {-(-int(needs.seconds) // 60)} minutes, setting up included."
    yield ""
    yield "file_mounts:"
    yield f"  {_BUCKET}:"
    yield "    # A bucket of your own: the name must be free, or already yours."
    yield f"    name: {json.dumps(_bucket_name(job.name))}"
    yield "    mode: MOUNT"
    yield "    persistent: true"
    yield ""
    yield "# Values come from where the job is started (--secret NAME); none stands here."
    yield "envs:"
    yield "  # What is installed; a wheel in this folder or a repository does as well."
    yield f"  EVALREPORT_REQUIREMENT: {json.dumps(job.requirement)}"
    required = [*_required(job)]
    yield "secrets:" if required else "# secrets:"
    for name in required:
        yield f"  {name}: null"
    for name, why in job.keys.items():
        if name not in required:
            yield f"  # {name}: null  # {why}"
    yield ""
    yield "setup: |"
    yield "  python3 -m venv ~/evalreport-venv"
    yield '  ~/evalreport-venv/bin/pip install "$EVALREPORT_REQUIREMENT"'
    yield ""
    yield "run: |"
    yield from (f"  {line}".rstrip() for line in _run(job))


def _run(job: JobFile) -> Iterator[str]:
    """The store lies on the disk, where SQLite can work, and is copied to the bucket as it goes."""
    yield "set -euo pipefail"
    yield 'export PATH="$HOME/evalreport-venv/bin:$PATH"'
    yield f"bucket={_BUCKET}"
    yield "# What an earlier machine had done, before it was taken away."
    yield 'evalreport store restore "$bucket"'
    yield "("
    yield "  trap 'kill \"$nap\"; exit' TERM  # so that nothing of it stays behind"
    yield "  while true; do"
    yield f"    sleep {_SAVE_SECONDS} &"
    yield "    nap=$!"
    yield '    wait "$nap"'
    yield '    if [ -e .evalreport/store.sqlite ]; then evalreport store save "$bucket" || true; fi'
    yield "  done"
    yield ") &"
    yield "saver=$!"
    yield "trap 'kill \"$saver\" 2>/dev/null || true' EXIT"
    yield "code=0"
    yield f"{job.command} || code=$?"
    yield 'if [ -e .evalreport/store.sqlite ]; then evalreport store save "$bucket"; fi'
    yield 'if [ -d reports ]; then cp -r reports "$bucket/"; fi'
    yield 'exit "$code"'


def _required(job: JobFile) -> Iterator[str]:
    return (name for name, why in job.keys.items() if not why.startswith("optional"))


def _fitting(needed: int | None) -> list[str]:
    """GPUs that hold what is predicted; where none does, or nothing is known, the largest."""
    gib = 0 if needed is None else needed / _GIB
    fitting = [gpu for gpu, held in _GPUS.items() if held >= gib]
    return fitting if len(fitting) >= _FEWEST or needed is None else [*_GPUS][-_FEWEST:]


def _bucket_name(name: str) -> str:
    """Lower case, digits and hyphens, as every cloud takes them."""
    plain = "".join(char if char.isalnum() and char.isascii() else "-" for char in name.lower())
    return f"evalreport-{plain.strip('-')}"[:60].rstrip("-")
