"""Trackers, read back with their own libraries: the run is there once, whole, and nothing else is."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.base import Progress
from evalreport.errors import StepFailed
from evalreport.records import CurvePoint, TrainingLog
from evalreport.training.options import EverySteps, Tracker
from evalreport.training.sft import TrainJob, train
from evalreport.training.trackers import lacking_tracker
from evalreport.training.trackers.mlflow import _without_keys
from tests.training.toys import COLOURS, job

pytestmark = pytest.mark.torch
ALL: tuple[Tracker, ...] = ("tensorboard", "wandb", "mlflow")
SECRET = "sk-nobody-may-see-this"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, secrets that must reach no file, and no settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("WANDB_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WANDB_API_KEY", SECRET * 2)
    monkeypatch.setenv("JUDGE_KEY", SECRET)


def followed_job(tiny: Path, folder: Path, **changes: Any) -> TrainJob:
    given = job(tiny, folder, rows=24, report_to=ALL, evaluate_every=EverySteps(steps=2), **changes)
    return given.model_copy(update={"save_every_seconds": 0.0})


@pytest.fixture(scope="module")
def done(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainJob, TrainingLog]:
    given = followed_job(tiny, tmp_path_factory.mktemp("followed") / "step")
    return given, train(given, lambda _: None)


def losses(curve: tuple[CurvePoint, ...], name: str) -> dict[int, float]:
    return {p.step: getattr(p, name) for p in curve if getattr(p, name) is not None}


def tensorboard_scalars(folder: Path) -> dict[str, dict[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: {event.step: event.value for event in events.Scalars(tag)}
        for tag in events.Tags()["scalars"]
    }


def wandb_records(folder: Path) -> Iterator[Any]:
    """What the one offline run holds, in wandb's own format."""
    from wandb.proto.wandb_internal_pb2 import Record

    (file,) = folder.rglob("*.wandb")
    data = file.read_bytes()
    assert data[:4] == b":W&B"
    at, block, whole = 7, 32768, b""
    while at + 7 <= len(data):
        if block - at % block < 7:
            at += block - at % block
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in {1, 4}:  # full, or the last of several parts
            record = Record()
            record.ParseFromString(whole)
            whole = b""
            yield record


def wandb_history(folder: Path) -> dict[int, dict[str, float]]:
    rows: dict[int, dict[str, float]] = {}
    for record in wandb_records(folder):
        if record.WhichOneof("record_type") == "history":
            row = {
                item.key or "/".join(item.nested_key): json.loads(item.value_json)
                for item in record.history.item
            }
            rows[int(row["_step"])] = row
    return rows


def mlflow_run(folder: Path) -> tuple[Any, Any]:
    """The one run of a folder, and a client to ask about it."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=folder.absolute().as_uri())
    experiment = client.get_experiment_by_name("evalreport")
    (run,) = client.search_runs([experiment.experiment_id])
    return client, run


def test_tensorboard_has_the_curve(done: tuple[TrainJob, TrainingLog]) -> None:
    given, log = done
    scalars = tensorboard_scalars(given.folder / "trackers/tensorboard")
    for name in ("train_loss", "eval_loss", "learning_rate", "gradient_norm"):
        assert scalars[name] == pytest.approx(losses(log.curve, name), rel=1e-6)


def test_wandb_has_the_curve_and_the_settings_offline(done: tuple[TrainJob, TrainingLog]) -> None:
    given, log = done
    folder = given.folder / "trackers/wandb"
    rows = wandb_history(folder)
    for name in ("train_loss", "eval_loss"):
        assert {s: r[name] for s, r in rows.items() if name in r} == losses(log.curve, name)
    config: dict[str, Any] = {}
    for record in wandb_records(folder):
        kind = record.WhichOneof("record_type")
        for part in (record.run.config, record.config) if kind in {"run", "config"} else ():
            config |= {item.key: json.loads(item.value_json) for item in part.update}
    assert config["asked"] == log.asked
    assert config["used"] == log.used


def test_mlflow_has_the_curve_and_the_settings(done: tuple[TrainJob, TrainingLog]) -> None:
    given, log = done
    client, run = mlflow_run(given.folder / "trackers/mlflow")
    assert run.info.status == "FINISHED"
    for name in ("train_loss", "eval_loss"):
        history = client.get_metric_history(run.info.run_id, name)
        assert [(m.step, m.value) for m in history] == [*losses(log.curve, name).items()]
    assert run.data.params["asked.adapter.r"] == str(log.asked["adapter.r"])
    assert run.data.params["used.training.learning_rate"] == str(log.used["training.learning_rate"])


def test_the_log_says_where_each_run_lies(done: tuple[TrainJob, TrainingLog]) -> None:
    given, log = done
    assert [run.tracker for run in log.trackers] == [*ALL]
    assert all(run.is_local for run in log.trackers)
    for run in log.trackers:
        assert Path(run.where).resolve().is_relative_to(given.folder.resolve() / "trackers")
        assert Path(run.where).is_dir()
        assert run.where in run.command
    assert log.trackers[1].command.startswith("wandb sync ")
    assert not log.notes


def test_nothing_private_is_in_any_of_their_files(done: tuple[TrainJob, TrainingLog]) -> None:
    """No rows, no keys, no code, no command line, no packages, nothing of this machine."""
    given, _ = done
    files = [path for path in (given.folder / "trackers").rglob("*") if path.is_file()]
    assert len(files) > 50
    private = [SECRET, f"I want 3 {COLOURS[3]}", *sys.argv[1:2], os.environ.get("USER", SECRET)]
    for path in files:
        if path.name.startswith("debug"):
            continue  # wandb's own log, which it never sends; keys are looked for below
        data = path.read_bytes()
        for words in (*private, str(given.load.folder)):
            assert words.encode() not in data, (path, words)
        if path.suffix == ".wandb":
            assert socket.gethostname().encode() not in data
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path
    names = {path.name for path in files}
    assert not names & {"requirements.txt", "wandb-metadata.json", "diff.patch", "output.log"}


class Died(BaseException):
    """Nobody catches this."""


def test_a_resumed_training_is_one_run_with_all_of_its_points(tiny: Path, tmp_path: Path) -> None:
    given = followed_job(tiny, tmp_path / "step")

    def report(progress: Progress) -> None:
        if progress.what.startswith("training") and progress.done == 4:
            raise Died

    with pytest.raises(Died):
        train(given, report)
    _, broken = mlflow_run(given.folder / "trackers/mlflow")
    assert broken.info.status == "FAILED"
    log = train(given, lambda _: None)
    assert log.resumed_from is not None
    expected = losses(log.curve, "train_loss")
    trackers = given.folder / "trackers"
    assert tensorboard_scalars(trackers / "tensorboard")["train_loss"] == pytest.approx(expected)
    rows = wandb_history(trackers / "wandb")
    assert {s: r["train_loss"] for s, r in rows.items() if "train_loss" in r} == expected
    client, run = mlflow_run(trackers / "mlflow")
    history = client.get_metric_history(run.info.run_id, "train_loss")
    assert {metric.step: metric.value for metric in history} == expected
    assert len(history) == len(expected)


def test_a_run_on_a_server_is_found_again_and_gets_no_point_twice(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder elsewhere stands for the server: what is there is not ours to write anew."""
    server = tmp_path / "server"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    given = followed_job(tiny, tmp_path / "step").model_copy(update={"save_every_seconds": 0.0})
    given = given.model_copy(
        update={"training": given.training.model_copy(update={"report_to": ("mlflow",)})}
    )

    def report(progress: Progress) -> None:
        if progress.what.startswith("training") and progress.done == 4:
            raise Died

    with pytest.raises(Died):
        train(given, report)
    log = train(given, lambda _: None)
    client, run = mlflow_run(server)
    assert run.info.status == "FINISHED"
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "train_loss")]
    assert steps == [*losses(log.curve, "train_loss")]
    (tracked,) = log.trackers
    assert (tracked.where, tracked.is_local, tracked.command) == (server.as_uri(), False, "")


def test_a_tracker_that_fails_on_the_way_does_not_end_the_training(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalreport.training.trackers.tensorboard import TensorBoard

    def point(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(TensorBoard, "point", point)
    given = job(
        tiny,
        tmp_path / "step",
        max_steps=2,
        epochs=None,
        report_to=("tensorboard",),
        checkpoints="none",
    )
    log = train(given, lambda _: None)
    assert log.steps == 2
    assert "tensorboard stopped following at step 0: the disk is full" in log.notes


def test_a_tracker_that_cannot_be_opened_stops_before_the_first_step(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://server")
    given = job(tiny, tmp_path / "step", report_to=("mlflow",))
    with pytest.raises(StepFailed, match=r"mlflow cannot be opened: .*nonsense"):
        train(given, lambda _: None)
    assert not (tmp_path / "step/running").exists() or not [
        *(tmp_path / "step/running").rglob("*.safetensors")
    ]


def test_a_tracker_that_is_not_installed_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder called wandb, such as wandb itself leaves behind, is no package."""
    assert lacking_tracker(ALL) is None
    (tmp_path / "wandb").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for name in ("wandb", "mlflow"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    reason = lacking_tracker(("wandb", "mlflow"))
    assert reason is not None
    assert reason.startswith("training.report_to names wandb, mlflow, which cannot be imported")
    assert "pip install 'evalreport[trackers]'" in reason


def test_an_address_is_shown_without_what_opens_it() -> None:
    assert _without_keys("https://me:secret@host:5000/x?token=1") == "https://host:5000/x"
    assert _without_keys("databricks") == "databricks"


def test_an_environment_that_disables_wandb_is_heard(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    given = job(
        tiny, tmp_path / "step", max_steps=1, epochs=None, report_to=("wandb",), checkpoints="none"
    )
    (run,) = train(given, lambda _: None).trackers
    assert (run.where, run.command) == ("WANDB_MODE is disabled", "")
    assert not [*(tmp_path / "step/trackers").rglob("*.wandb")]


def test_a_run_that_shall_go_online_without_a_key_says_so(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StepFailed, match="wandb cannot be opened: No API key configured"):
        train(job(tiny, tmp_path / "step", report_to=("wandb",)), lambda _: None)
