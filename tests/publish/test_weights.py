"""Which weights ship: those that the report names by digest, wherever they lie, and no others."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_files import ModelFiles, in_folder
from evalreport.errors import EvalReportError
from evalreport.publish.weights import Kept, Shipped, shipped
from evalreport.records import Origin
from evalreport.report.model import ArmFacts, Report
from evalreport.spec.load import spec_of_text
from tests.publish.world import SPEC, write_adapter
from tests.reports import changed, clear_win


def with_tuned(**changes: Any) -> Report:
    report = clear_win()
    return changed(
        report, arms={**report.arms, "tuned": report.arms["tuned"].model_copy(update=changes)}
    )


def what_ships(report: Report, folder: Path, *steps: Any) -> Shipped:
    kept = Kept(steps, folder / "objects", folder)
    return shipped(report, spec_of_text(SPEC, (), "spec.yaml"), kept)


def in_store(folder: Path, digest: str) -> Any:
    """A finished step of training that left weights of this digest in the store."""
    (kept,) = [SimpleNamespace(digest=digest, folder="best")]
    (folder / "objects" / ("k" * 32)).mkdir(parents=True)
    training = SimpleNamespace(checkpoints=(kept,))
    return SimpleNamespace(key="k" * 64, done=SimpleNamespace(training=training))


def model_in(folder: Path) -> str:
    """A whole model, as far as publishing reads it."""
    folder.mkdir(parents=True)
    save_file({"w": np.zeros(4, dtype=np.float32)}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "optimizer.pt").write_text("x")
    found = in_folder("", folder, None)
    assert isinstance(found, ModelFiles)
    return base_digest(found)


def test_a_trained_adapter_comes_from_the_store(tmp_path: Path) -> None:
    digest = write_adapter(tmp_path / "kept")
    step = in_store(tmp_path, digest)
    (tmp_path / "kept").rename(tmp_path / "objects" / ("k" * 32) / "best")
    found = what_ships(with_tuned(adapter_digests={"1": digest}), tmp_path, step)
    assert [one.path for one in found.files] == ["adapter_config.json", "adapter_model.safetensors"]
    assert found.files[1].origin == "the store"
    assert [one.name.split()[0] for one in found.left_out] == [
        "optimizer.pt",
        "trainer_state.json",
        "training_args.bin",
    ]


def test_tokenizer_files_go_with_the_adapter_that_has_them(tmp_path: Path) -> None:
    digest = write_adapter(tmp_path / "adapter")
    (tmp_path / "adapter/tokenizer.json").write_text("{}")
    found = what_ships(with_tuned(adapter_digests={"1": digest}), tmp_path)
    assert "tokenizer.json" in [one.path for one in found.files]


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_whole_model_ships_as_a_whole(tmp_path: Path, is_stored: bool) -> None:
    digest = model_in(tmp_path / "model")
    steps = []
    if is_stored:
        steps = [in_store(tmp_path, digest)]
        (tmp_path / "model").rename(tmp_path / "objects" / ("k" * 32) / "best")
    report = with_tuned(
        adapter_digests={}, model_digests={"only": digest}, form="model", model="./model"
    )
    found = what_ships(report, tmp_path, *steps)
    assert [one.path for one in found.files] == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert [one.name for one in found.left_out] == ["optimizer.pt (beside the weights)"]


def test_a_model_that_was_changed_does_not_ship(tmp_path: Path) -> None:
    digest = model_in(tmp_path / "model")
    (tmp_path / "model/config.json").write_text("{}")
    report = with_tuned(adapter_digests={}, model_digests={"only": digest}, model="./model")
    with pytest.raises(EvalReportError, match="and the report is about"):
        what_ships(report, tmp_path)
    gone = with_tuned(adapter_digests={}, model_digests={"only": digest}, model="./gone")
    with pytest.raises(EvalReportError, match="is not on this machine"):
        what_ships(gone, tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"origin": Origin.IMPORTED}, "no weights: tuned is "),
        ({"form": "endpoint"}, "no weights: tuned is "),
        ({"adapter_digests": {}}, "no weights: nothing tells which tuned had"),
    ],
)
def test_a_report_alone_where_there_are_no_weights(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    found = what_ships(with_tuned(**changes), tmp_path)
    assert found.files == ()
    assert found.words.startswith(words)


def test_what_was_merged_in_memory_is_not_pretended_to_ship(tmp_path: Path) -> None:
    report = clear_win()
    merged = ArmFacts(
        what="the base with what was trained here, merged into the weights",
        model="m",
        quantization="none",
        dtype="bfloat16",
        origin=Origin.RUN,
        form="merged",
    )
    with pytest.raises(EvalReportError, match="merge it yourself and name it"):
        what_ships(changed(report, arms={**report.arms, "shipped": merged}), tmp_path)
