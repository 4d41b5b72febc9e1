"""TensorBoard: event files in the folder of the training step."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from evalreport.records import TrackedRun
from evalreport.values import Json

if TYPE_CHECKING:
    from evalreport.training.trackers.following import Start


class TensorBoard:
    """Scalars by their name in the report; settings as two texts."""

    def __init__(self, start: "Start") -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(log_dir=str(start.folder))
        self._text("asked", start.asked)
        self.run = TrackedRun(
            tracker="tensorboard",
            run=start.key[:12],
            where=start.folder.as_posix(),
            is_local=True,
            command=f"tensorboard --logdir {start.folder.as_posix()}",
        )

    def point(self, step: int, values: Mapping[str, float]) -> None:
        """One scalar each."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def end(self, used: Mapping[str, Json], *, finished: bool) -> None:
        """The settings that were really used, when it came to that."""
        if finished:
            self._text("used", used)
        self._writer.close()

    def _text(self, name: str, settings: Mapping[str, Json]) -> None:
        lines = [f"    {key}: {json.dumps(value)}" for key, value in settings.items()]
        self._writer.add_text(name, "\n".join(lines), 0)
