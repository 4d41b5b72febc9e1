"""MLflow: a local folder below the training step, or the server that MLFLOW_TRACKING_URI names.

The client is used and not the global run of `mlflow`, which would take up whatever else this
process follows and add user, file and commit of its own accord.
"""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from evalreport.records import TrackedRun
from evalreport.values import Json

if TYPE_CHECKING:
    from evalreport.training.trackers.following import Start

_KEY: Final = "evalreport.key"
_REMEMBERED: Final = ".trash"
_LONGEST: Final = 6000  # of a parameter's value
_BATCH: Final = 100  # parameters that a server takes at once


class MLflow:
    """A run that carries the key of the step as a tag, so that a resumed training finds it."""

    def __init__(self, start: "Start") -> None:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        server = os.environ.get("MLFLOW_TRACKING_URI")
        if server is None:
            os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # a folder needs no database
        from mlflow import MlflowClient

        folder = start.folder.absolute()
        # It remembers folders that it has prepared, also one that was emptied since, as when a
        # training begins again with fewer rows at once.
        (folder / _REMEMBERED).mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(tracking_uri=server or folder.as_uri())
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "evalreport"
        found = self._client.get_experiment_by_name(name)
        where = found.experiment_id if found else self._client.create_experiment(name)
        self._id, self._logged = self._taken_up(where, start.key)
        if self._id is None:
            made = self._client.create_run(where, run_name=start.name, tags={_KEY: start.key})
            self._id = made.info.run_id
        self._parameters("asked", start.asked)
        place = start.folder.as_posix()
        self.run = TrackedRun(
            tracker="mlflow",
            run=str(self._id),
            where=place if server is None else _without_keys(server),
            is_local=server is None,
            command=f"MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri {place}"
            if server is None
            else "",
        )

    def point(self, step: int, values: Mapping[str, float]) -> None:
        """Metrics, unless an interrupted training has sent them already."""
        if step <= self._logged:
            return
        for name, value in values.items():
            self._client.log_metric(self._id, name, value, step=step)

    def end(self, used: Mapping[str, Json], *, finished: bool) -> None:
        """A run that was broken off is marked as failed."""
        if finished:
            self._parameters("used", used)
        self._client.set_terminated(self._id, "FINISHED" if finished else "FAILED")

    def _taken_up(self, experiment: str, key: str) -> tuple[Any, int]:
        """The run of an interrupted training, and the last step that it has; a new one has none."""
        runs = self._client.search_runs([experiment], f"tags.`{_KEY}` = '{key}'", max_results=1)
        if not runs:
            return None, -1
        run = runs[0].info.run_id
        self._client.update_run(run, status="RUNNING")
        history = self._client.get_metric_history(run, "epoch")
        return run, max((metric.step for metric in history), default=-1)

    def _parameters(self, prefix: str, settings: Mapping[str, Json]) -> None:
        from mlflow.entities import Param

        made = [
            Param(f"{prefix}.{name}", text[:_LONGEST])
            for name, value in settings.items()
            if (text := value if isinstance(value, str) else json.dumps(value))
        ]
        for first in range(0, len(made), _BATCH):
            self._client.log_batch(self._id, params=made[first : first + _BATCH])


def _without_keys(address: str) -> str:
    """An address that may be shown: no user, password or query."""
    parts = urlsplit(address)
    if not parts.netloc:
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))
