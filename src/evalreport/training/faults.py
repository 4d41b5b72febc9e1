"""Faults of the machine, told apart: memory that ran out, and a disk that takes no more."""

import gc
from pathlib import Path

from evalreport.errors import Problem, StepFailed

_MEMORY_WORDS = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate")
_STORAGE_WORDS = ("No space left", "os error", "file write failed", "PytorchStreamWriter")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: Python's own error, CUDA's, or that of torch's CPU allocator."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in words for word in _MEMORY_WORDS)


def release_memory() -> None:
    """Give back what nothing holds any more, to the system and on the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def storage_fault(error: BaseException, folder: Path) -> StepFailed | None:
    """The error for a user when something could not be written; None when it is another fault.

    Args:
        error: As Python, safetensors or torch raised it.
        folder: Of the training step.
    """
    named = error.filename if isinstance(error, OSError) else None
    elsewhere = isinstance(named, str) and not Path(named).is_relative_to(folder)
    written_badly = (isinstance(error, OSError) and not elsewhere) or (
        type(error).__name__ in {"SafetensorError", "RuntimeError"}
        and any(word in str(error) for word in _STORAGE_WORDS)
    )
    if not written_badly:
        return None
    what = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return StepFailed(
        Problem(
            str(folder),
            f"the training could not write here: {what}",
            "make room or make it writable, and build again: it goes on from the last checkpoint",
        )
    )
