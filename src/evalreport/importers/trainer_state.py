"""trainer_state.json of transformers' Trainer: how a training went, and no row of results.

Losses in it are the trainer's own: an evaluation loss weighs batches by their rows, and the
token accuracy that trl logs beside them is no accuracy at the task. Both are said in notes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Gives, Reading
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import WRITE_AGAIN, json_object
from evalreport.metrics.base import Column, Scale
from evalreport.training.earlier import read_earlier

_KEYS: Final = ("log_history", "global_step")


@dataclass(frozen=True, slots=True)
class TrainerState:
    """The state that a trainer leaves in its checkpoints."""

    name: str = "transformers trainer_state"
    gives: Gives = "training"

    def recognises(self, seen: Glimpse) -> bool:
        """By the two keys that every version writes."""
        return seen.shape == "object" and seen.has(*_KEYS)

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """The training that the file tells of; what lies beside it is looked at for settings.

        Raises:
            DataError: It cannot be read, or its log is none.
        """
        state = json_object(path)
        if not isinstance(state.get("log_history"), list):
            what = "its log_history is no list, so that it tells nothing of a training"
            raise DataError(Problem(str(path), what, WRITE_AGAIN))
        training = read_earlier(path.parent, path=str(path), state=path)
        return Reading(
            tool="transformers",
            gives="training",
            rows=(),
            column=_loss,
            left=Left(),
            notes=training.notes,
            training=training,
        )


def _loss(metric: str) -> Column:
    return Column(metric, "nats/token", higher_is_better=False, scale=Scale.MEAN)


TRAINER_STATE: Final = TrainerState()
