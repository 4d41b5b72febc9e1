"""What this machine is, read without loading any model library."""

import os
import platform
import subprocess
from itertools import takewhile
from pathlib import Path

from evalreport import __version__
from evalreport.engines.packages import version_of
from evalreport.records import Machine
from evalreport.values import Json

_PACKAGES = (
    "accelerate", "datasets", "jinja2", "math-verify", "numpy", "peft", "pydantic", "sacrebleu",
    "scipy", "torch", "transformers", "trl",
)  # fmt: skip
_QUANTIZING = "bitsandbytes"  # computes only what is held in 4 or 8 bits
_INSTRUCTION_SETS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2", "asimd", "bf16")
_MIB = 1 << 20


def this_machine() -> Machine:
    """Cores that this process may use, memory, instruction sets, and a GPU when there is one."""
    flags = _cpu_flags()
    name, mebibytes, count = _nvidia()
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _count(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        instruction_sets=tuple(one for one in _INSTRUCTION_SETS if one in flags),
        accelerator=name,
        accelerator_bytes=mebibytes * _MIB,
        accelerator_count=count,
    )


def _count() -> int:
    return os.cpu_count() or 1


def _cpu_flags() -> frozenset[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _nvidia() -> tuple[str | None, int, int]:
    """Name, memory in MiB and number of NVIDIA GPUs; asked only where a driver is loaded."""
    if not Path("/proc/driver/nvidia/version").exists():
        return None, 0, 0
    try:
        out = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None, 0, 0
    rows = [line.rpartition(",") for line in out.splitlines() if line.strip()]
    if not rows or not _shown(len(rows)):
        return None, 0, 0
    return rows[0][0].strip(), int(rows[0][2]), min(len(rows), _shown(len(rows)))


def _shown(count: int) -> int:
    """How many of the GPUs a process may see: what the environment, or a cluster, lets through."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        return count
    names = (name.strip() for name in given.split(","))
    return len([*takewhile(lambda name: name not in {"", "-1"}, names)])


def this_environment(machine: Machine, *, quantized: bool) -> dict[str, Json]:
    """Provenance: versions of program, interpreter and packages, processor, system.

    Args:
        machine: As it was found.
        quantized: Whether any weights are held in 4 or 8 bits, which one more package does.
    """
    packages = sorted((*_PACKAGES, _QUANTIZING)) if quantized else _PACKAGES
    return {
        "evalreport": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": machine.cores,
        "memory_gib": round(machine.memory_bytes / (1 << 30)),
        "accelerator": machine.accelerator or "none",
        "instruction_sets": [*machine.instruction_sets],
        "packages": {name: version_of(name) for name in packages},
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    named = (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line)
    return next(named, platform.processor() or "unknown")
