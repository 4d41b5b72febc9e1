"""The child of a build: it answers and learns with the very base that was planned, or not at all."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from evalreport.engines import LocalEngine
from evalreport.engines.base import AdapterFiles, Load, Progress, Question
from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.errors import EvalReportError
from evalreport.records import (
    Decoding,
    Done,
    Dtype,
    Failure,
    Generate,
    Raw,
    Response,
    ResponseKey,
    StepKind,
    Text,
    Weights,
)
from evalreport.run.child import run_job
from evalreport.run.jobs import AskGroup, AskJob, TrainingJob, job_text
from evalreport.store import FinishedStep, Store
from evalreport.training.options import Lora, Training
from evalreport.training.sft import TrainJob

KEY = ResponseKey("a" * 64)


def model(folder: Path, content: bytes = b"1234") -> Load:
    """A model that nobody loads, as a plan would hand it on."""
    folder.mkdir(exist_ok=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + content)
    found = locate(str(folder), relative_to=folder)
    assert isinstance(found, ModelFiles)
    return Load(folder=folder, base_digest=base_digest(found), dtype=Dtype.FLOAT32)


class Answering:
    """A session that says yes."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def weights(self, _: AdapterFiles | None) -> Weights:
        return Weights(base_digest=self._load.base_digest, dtype=self._load.dtype)

    def answer(
        self, _: AdapterFiles | None, questions: Sequence[Question]
    ) -> Iterator[tuple[Question, Response | Failure]]:
        for question in questions:
            yield question, Text(text="yes", prompt_tokens=1, tokens=1, finish="stop", seconds=0.1)

    def notes(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


def ask_job(folder: Path, load: Load) -> Path:
    question = Question(
        key=KEY, item="i", request=Generate(prompt=Raw(text="?"), decoding=Decoding())
    )
    who = Weights(base_digest=load.base_digest, dtype=load.dtype).digest
    group = AskGroup(
        step="ask qa base", key="k", pace="p", who=who, adapter=None, questions=(question,)
    )
    job = AskJob(
        store=folder / "store", engine=LocalEngine(), load=load, pace="load", groups=(group,)
    )
    path = folder / "ask.json"
    path.write_text(job_text(job))
    return path


def stored(folder: Path) -> tuple[int, int]:
    store = Store(folder / "store", lambda: "2026-01-01T00:00:00Z")
    try:
        return store.counts()
    finally:
        store.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_(_: LocalEngine, load: Load, __: Callable[[Progress], None]) -> Answering:
        return Answering(load)

    monkeypatch.setattr(LocalEngine, "open", open_)


@pytest.mark.usefixtures("opened")
def test_the_base_that_was_planned_answers(tmp_path: Path) -> None:
    said: list[Progress] = []
    run_job(ask_job(tmp_path, model(tmp_path / "model")), said.append)
    assert stored(tmp_path) == (1, 0)
    assert said == [Progress("ask qa base", 0, 1), Progress("ask qa base", 1, 1)]


@pytest.mark.usefixtures("opened")
def test_a_base_replaced_since_planning_answers_nothing_under_its_name(tmp_path: Path) -> None:
    load = model(tmp_path / "model")
    path = ask_job(tmp_path, load)
    file = tmp_path / "model/model.safetensors"
    before = file.stat()
    model(tmp_path / "model", b"4321")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(EvalReportError, match="its files changed since planning"):
        run_job(path, lambda _: None)
    assert stored(tmp_path) == (0, 0)


def test_a_base_replaced_since_planning_is_not_trained_on(tmp_path: Path) -> None:
    load = model(tmp_path / "model")
    job = TrainingJob(
        store=tmp_path / "store",
        engine=LocalEngine(),
        finished=FinishedStep(
            key="k", spec="s", id="train seed 1", kind=StepKind.TRAIN, reads={}, inputs={},
            done=Done(reused=False, seconds=0.0), environment={},
        ),
        pace="train",
        beginning="begin",
        train=TrainJob(
            load=load, adapter=Lora(), training=Training(learning_rate=1e-3), seed=1, train=(),
            folder=tmp_path / "objects", key="k",
        ),
    )  # fmt: skip
    path = tmp_path / "train.json"
    path.write_text(job_text(job))
    (tmp_path / "model/config.json").unlink()
    with pytest.raises(EvalReportError, match=r"holds no config\.json"):
        run_job(path, lambda _: None)
    model(tmp_path / "model", b"4321")
    with pytest.raises(EvalReportError, match="its files changed since planning"):
        run_job(path, lambda _: None)
