"""Weights & Biases: an offline run in the folder of the training step, unless told otherwise.

WANDB_MODE=online in the environment makes it an online one; a key alone does not, for many keep
one in their environment without meaning every training to be sent away.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from evalreport.records import TrackedRun
from evalreport.values import Json

if TYPE_CHECKING:
    from evalreport.training.trackers.following import Start

# Neither code nor requirements, machine, command line, user or console go along.
_NOTHING_ELSE: Final = {
    "console": "off",
    "disable_code": True,
    "disable_git": True,
    "disable_job_creation": True,
    "save_code": False,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
    "host": "",
    "username": "",
    "email": "",
    "program": "evalreport",
    "program_relpath": "evalreport",
    "program_abspath": "",
    "silent": True,
}


class WandB:
    """A run whose id is the key of the step, so that a resumed training goes on with it."""

    def __init__(self, start: "Start") -> None:
        os.environ["WANDB_ERROR_REPORTING"] = "false"
        import wandb

        mode: Any = os.environ.get("WANDB_MODE") or "offline"
        is_online = mode in {"online", "shared"}
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or "evalreport",
            id=start.key[:32],
            name=start.name,
            dir=str(start.folder),
            mode=mode,
            resume="allow" if is_online else None,
            config={"asked": dict(start.asked)},
            settings=wandb.Settings(**_NOTHING_ELSE),
        )
        if mode == "disabled":
            self.run = TrackedRun(
                tracker="wandb", run="none", where="WANDB_MODE is disabled", is_local=True
            )
            return
        place = os.path.relpath(self._run.settings.sync_dir)
        self.run = TrackedRun(
            tracker="wandb",
            run=str(self._run.id),
            where=str(self._run.url) if is_online else place,
            is_local=not is_online,
            command="" if is_online else f"wandb sync {place}",
        )

    def point(self, step: int, values: Mapping[str, float]) -> None:
        """All values of a step at once."""
        self._run.log(dict(values), step=step)

    def end(self, used: Mapping[str, Json], *, finished: bool) -> None:
        """A run that was broken off is marked as failed."""
        if finished:
            self._run.config.update({"used": dict(used)})
        self._run.finish(exit_code=0 if finished else 1)
