"""The most memory that this process, or its device, held since a moment that can be set."""

from pathlib import Path
from typing import Final

import psutil

_STATUS: Final = Path("/proc/self/status")
_RESET: Final = Path("/proc/self/clear_refs")


def reset_peak(device: str) -> None:
    """Start measuring from what is held now, where the system lets that be done.

    Args:
        device: `cpu`, `cuda`, `cuda:1`, `mps`.
    """
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        _RESET.write_text("5")  # Linux: the high-water mark of the resident memory
    except OSError:
        return


def peak_bytes(device: str) -> int | None:
    """The most bytes held since `reset_peak`; None where the system does not tell.

    Args:
        device: As given to `reset_peak`.
    """
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device))
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return next((int(kibibytes) * 1024 for kibibytes in found), None)


def device_bytes(device: str) -> int:
    """How much memory the device has in all.

    Args:
        device: As given to `reset_peak`.
    """
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[1])
    return int(psutil.virtual_memory().total)
