"""What counts as finished on disk, without any training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evalreport.digest import digest_file
from evalreport.records import Checkpoint, RowCounts, TrainingLog
from evalreport.training.checkpoints import (
    Mark,
    checkpoint_folder,
    clear,
    complete_checkpoint,
    finish,
    finished_log,
    place_whole,
    resumable,
    running_folder,
    weights_folder,
)


def digest(folder: Path) -> str:
    return digest_file(folder / "weights")


def put_weights(folder: Path, step: int) -> str:
    place_whole(
        weights_folder(folder, step), lambda place: _write(place / "weights", f"step {step}")
    )
    return digest(weights_folder(folder, step))


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def put_checkpoint(folder: Path, step: int, *, key: str = "key", weights: dict[int, str]) -> None:
    place = checkpoint_folder(folder, step)
    place.mkdir(parents=True)
    (place / "optimizer.pt").write_text(f"optimizer {step}")
    complete_checkpoint(
        folder,
        Mark(
            key=key, step=step, micro_batch=8, curve=(), tokens=10 * step, seconds=0.5,
            weights=weights, files={},
        ),
    )  # fmt: skip


def log_of(steps: dict[str, int], folder: Path) -> TrainingLog:
    return TrainingLog(
        seed=1,
        asked={},
        used={},
        curve=(),
        checkpoints=tuple(
            Checkpoint(
                name=name, step=step, epoch=1.0, folder=name,
                digest=digest(weights_folder(folder, step)),
            )
            for name, step in steps.items()
        ),
        rows=RowCounts(rows=1, truncated=0, dropped=0, tokens=1, tokens_lost=0),
        best_step=None,
        stopped_early=False,
        steps=4,
        seconds=1.0,
        tokens=1,
        trainable_parameters=1,
        total_parameters=1,
        peak_bytes=None,
    )  # fmt: skip


def test_a_newer_checkpoint_replaces_the_older_and_its_weights(tmp_path: Path) -> None:
    first = {2: put_weights(tmp_path, 2)}
    put_checkpoint(tmp_path, 2, weights=first)
    second = {4: put_weights(tmp_path, 4)}
    assert resumable(tmp_path, "key", digest) is not None
    assert not weights_folder(tmp_path, 4).exists(), "a step after the mark is made again"
    second = {4: put_weights(tmp_path, 4)}
    put_checkpoint(tmp_path, 4, weights=second)
    assert not checkpoint_folder(tmp_path, 2).exists()
    assert not weights_folder(tmp_path, 2).exists()
    mark = resumable(tmp_path, "key", digest)
    assert mark is not None
    assert (mark.step, mark.weights) == (4, second)


def test_without_a_mark_or_with_another_key_nothing_is_left(tmp_path: Path) -> None:
    checkpoint_folder(tmp_path, 3).mkdir(parents=True)
    assert resumable(tmp_path, "key", digest) is None
    assert not running_folder(tmp_path).exists()
    put_checkpoint(tmp_path, 4, key="other", weights={})
    assert resumable(tmp_path, "key", digest) is None
    assert not running_folder(tmp_path).exists()


def test_finished_weights_are_checked_each_time(tmp_path: Path) -> None:
    put_weights(tmp_path, 4)
    steps = {"best": 4, "last": 4}
    log = log_of(steps, tmp_path)
    finish(tmp_path, "key", log, steps)
    assert finished_log(tmp_path, "key", digest) == log
    assert finished_log(tmp_path, "other", digest) is None
    assert not running_folder(tmp_path).exists()
    (tmp_path / "last" / "weights").write_text("spoilt")
    assert finished_log(tmp_path, "key", digest) is None
    clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_between_weights_and_log_is_not_finished(tmp_path: Path) -> None:
    put_weights(tmp_path, 4)
    steps = {"last": 4}
    log = log_of(steps, tmp_path)
    finish(tmp_path, "key", log, steps)
    (tmp_path / "training.json").unlink()
    assert finished_log(tmp_path, "key", digest) is None
    put_weights(tmp_path, 4)
    finish(tmp_path, "key", log, steps)
    assert finished_log(tmp_path, "key", digest) == log


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(place: Path) -> None:
        (place / "half").write_text("half")
        raise OSError("full")

    writers: list[Callable[[Path], None]] = [lambda place: _write(place / "whole", "1"), fail]
    place_whole(tmp_path / "it", writers[0])
    with pytest.raises(OSError, match="full"):
        place_whole(tmp_path / "it", writers[1])
    assert [path.name for path in (tmp_path / "it").iterdir()] == ["whole"]
