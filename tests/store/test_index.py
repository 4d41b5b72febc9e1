"""The store as a plan sees it: a finished training counts while its checkpoints are whole."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalreport.engines.model_digests import adapter_digest
from evalreport.records import Checkpoint, Done, RowCounts, StepKind, TrainingLog
from evalreport.store import FinishedStep, Store
from evalreport.store.index import Index

KEY = "k" * 64
NO_ROWS = RowCounts(rows=0, truncated=0, dropped=0, tokens=0, tokens_lost=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / ".evalreport", lambda: "2026-01-01T00:00:00Z")
    yield opened
    opened.close()


@pytest.fixture
def weights(store: Store) -> Path:
    """The weights of the one checkpoint of a finished training."""
    folder = store.objects(KEY) / "best"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": 8}))
    file = folder / "adapter_model.safetensors"
    file.write_bytes(b"weights")
    kept = Checkpoint(name="best", step=4, epoch=1.0, digest=adapter_digest(folder), folder="best")
    log = TrainingLog(
        seed=1, asked={}, used={}, curve=(), checkpoints=(kept,), rows=NO_ROWS, best_step=4,
        stopped_early=False, steps=4, seconds=1.0, tokens=1, trainable_parameters=1,
        total_parameters=1, peak_bytes=None,
    )  # fmt: skip
    store.finish(
        FinishedStep(
            key=KEY,
            spec="s",
            id="train seed 1",
            kind=StepKind.TRAIN,
            reads={"adapter.r": 8},
            inputs={"train": "d"},
            done=Done(reused=False, seconds=1.0, training=log),
            environment={},
        )
    )
    return file


def test_a_whole_training_is_finished(store: Store, weights: Path) -> None:
    index = Index(store)
    assert index.finished(KEY) is not None
    assert index.damaged == ()
    assert weights.read_bytes() == b"weights"


def test_one_that_is_not_whole_is_named_and_dropped(store: Store, weights: Path) -> None:
    weights.write_bytes(b"weight")
    index = Index(store)
    assert index.finished(KEY) is None
    assert index.damaged == ("checkpoint best of train seed 1",)
    assert store.step(KEY) is None


def test_weights_replaced_by_others_of_the_same_size_and_time_are_found(
    store: Store, weights: Path
) -> None:
    assert Index(store).finished(KEY) is not None
    before = weights.stat()
    weights.write_bytes(b"weighTs")
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Index(store).finished(KEY) is None


def test_what_rots_on_the_disk_is_found_by_a_check_and_not_by_a_plan(
    store: Store, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalreport.store.store._TICK_NS", -1)
    monkeypatch.setattr("evalreport.store.store._state", lambda _: "as ever")
    assert Index(store).finished(KEY) is not None
    weights.write_bytes(b"weighTs")
    assert Index(store).finished(KEY) is not None
    assert Index(store, thorough=True).finished(KEY) is None


def test_what_a_plan_compares_with_holds_values_and_inputs(store: Store, weights: Path) -> None:
    assert weights.exists()
    store.use("s", {"train seed 1": KEY})
    assert Index(store).last_reads("s", "train seed 1") == {"adapter.r": 8, "input:train": "d"}
    assert Index(store).last_reads("other", "train seed 1") is None
