"""Job files: text that builds a plan elsewhere, on a Slurm cluster or through SkyPilot.

Pure: a plan and what was planned in, text out. One file a kind, and one line here.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from evalreport.plan.emit.job import JobFile, job_file
from evalreport.plan.emit.sbatch import sbatch
from evalreport.plan.emit.skypilot import skypilot

Emitted: TypeAlias = Literal["sbatch", "skypilot"]
EMITTERS: Final[Mapping[Emitted, Callable[[JobFile], str]]] = {
    "sbatch": sbatch,
    "skypilot": skypilot,
}

__all__ = ["EMITTERS", "Emitted", "JobFile", "job_file"]
