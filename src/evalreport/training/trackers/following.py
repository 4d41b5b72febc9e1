"""What follows a training: opened before its first step, told each point, closed at its end.

What lies in the folder of the step is written anew when a training goes on after an interruption,
from the curve that its checkpoint carries: one run with all of its points, however often it was
killed. What lies elsewhere is found again by its id.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from evalreport.errors import Problem, StepFailed
from evalreport.records import CurvePoint, TrackedRun
from evalreport.training.job import TrainJob
from evalreport.training.options import Tracker, reads
from evalreport.values import Json

_FOLDER: Final = "trackers"


class Following(Protocol):
    """One tracker, while it follows one training."""

    run: TrackedRun

    def point(self, step: int, values: Mapping[str, float]) -> None:
        """One point of the curve."""
        ...

    def end(self, used: Mapping[str, Json], *, finished: bool) -> None:
        """The training has come to its end, or was broken off."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """What a tracker is opened with.

    Attributes:
        folder: Of its own; empty.
        key: Of the training step; the run is found again by it.
        name: Of the run, for people.
        asked: The settings, by their key in the spec.
    """

    folder: Path
    key: str
    name: str
    asked: Mapping[str, Json]


@dataclass(slots=True)
class Followed:
    """All trackers of one training; one that fails on the way is left behind, and that is noted."""

    open: dict[Tracker, Following] = field(default_factory=dict)
    runs: list[TrackedRun] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def point(self, point: CurvePoint) -> None:
        """Pass a point of the curve on."""
        values = {
            name: float(value)
            for name, value in point.model_dump(exclude={"step"}).items()
            if value is not None
        }
        for name, one in [*self.open.items()]:
            try:
                one.point(point.step, values)
            except Exception as error:  # noqa: BLE001 - a training is worth more than its followers
                self._leave(name, f"at step {point.step}", error)

    def end(self, used: Mapping[str, Json], *, finished: bool) -> None:
        """Close all of them."""
        for name, one in [*self.open.items()]:
            try:
                one.end(used, finished=finished)
            except Exception as error:  # noqa: BLE001 - the same
                self._leave(name, "at the end", error)
        self.open.clear()

    def _leave(self, name: Tracker, when: str, error: Exception) -> None:
        del self.open[name]
        words = " ".join(str(error).split()) or type(error).__name__
        self.notes.append(f"{name} stopped following {when}: {words}")


def follow(job: TrainJob) -> Followed:
    """Open the trackers that the spec names.

    Raises:
        StepFailed: One cannot be opened; nothing has been trained yet.
    """
    place = job.folder / _FOLDER
    shutil.rmtree(place, ignore_errors=True)
    followed = Followed()
    for name in job.training.report_to:
        start = Start(
            folder=place / name,
            key=job.key,
            name=f"{job.public_name or 'model'} {job.adapter.method} seed {job.seed}",
            asked=reads(job.adapter, job.training, job.seed),
        )
        start.folder.mkdir(parents=True)
        try:
            followed.open[name] = _opened(name, start)
        except Exception as error:
            followed.end({}, finished=False)
            words = " ".join(str(error).split()) or type(error).__name__
            raise StepFailed(
                Problem(
                    "training.report_to",
                    f"{name} cannot be opened: {words}",
                    "mend it, or leave it out: training does not depend on it",
                )
            ) from error
        followed.runs.append(followed.open[name].run)
    return followed


def _opened(name: Tracker, start: Start) -> Following:
    match name:
        case "tensorboard":
            from evalreport.training.trackers.tensorboard import TensorBoard

            return TensorBoard(start)
        case "wandb":
            from evalreport.training.trackers.wandb import WandB

            return WandB(start)
        case "mlflow":
            from evalreport.training.trackers.mlflow import MLflow

            return MLflow(start)
