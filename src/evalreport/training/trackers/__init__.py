"""Trackers: programs that follow a training while it runs. Each is one file and one line here.

They get the settings as asked and as used, and the points of the curve; no rows, no weights, no
keys, no code, nothing about the machine beyond what is in the report.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from evalreport.training.options import Tracker
from evalreport.training.trackers.following import Followed, Following, follow

_MODULES: Final[dict[Tracker, str]] = {
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "mlflow": "mlflow",
}

__all__ = ["Followed", "Following", "follow", "lacking_tracker"]


def lacking_tracker(asked: Sequence[Tracker]) -> str | None:
    """Which of the trackers is not installed, and how to install it; None when all are."""
    lacking = [name for name in asked if not _is_installed(_MODULES[name])]
    if not lacking:
        return None
    return (
        f"training.report_to names {', '.join(lacking)}, which cannot be imported here: "
        "pip install 'evalreport[trackers]', or leave report_to out"
    )


def _is_installed(module: str) -> bool:
    """A folder of that name, such as the one that wandb leaves behind, is not the package."""
    found = find_spec(module)
    return found is not None and found.origin is not None
