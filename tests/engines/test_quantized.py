"""Bases held in 4 and 8 bits on this processor: they load, answer, and come back to themselves."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from evalreport.engines import LocalEngine
from evalreport.engines.adapters import Adapters
from evalreport.engines.base import AdapterFiles, Load
from evalreport.engines.loading import load_model
from evalreport.engines.quantized import cannot_hold, held_as
from evalreport.errors import EvalReportError
from evalreport.records import ChoiceLogliks, Dtype, Quantization, Text, TokenLoss
from tests.engines.conftest import load_of
from tests.engines.test_loading import write_gguf_model
from tests.engines.test_local import answers, mixed, quiet, same

HELD = [Quantization.NF4, Quantization.INT8]
IDS = [*range(5, 60)]


def held_load(folder: Path, held: Quantization, dtype: Dtype = Dtype.FLOAT32) -> Load:
    return load_of(folder).model_copy(update={"quantization": held, "dtype": dtype})


def logits(model: object) -> object:
    import torch

    with torch.inference_mode():
        return model(torch.tensor([IDS])).logits.float()  # type: ignore[operator]


@pytest.mark.torch
@pytest.mark.parametrize("dtype", [Dtype.FLOAT32, Dtype.BFLOAT16])
@pytest.mark.parametrize("held", HELD)
def test_a_base_is_really_held_as_asked_and_stays_close_to_itself(
    model: Path, held: Quantization, dtype: Dtype
) -> None:
    dense = load_model(held_load(model, Quantization.NONE, dtype), "cpu")
    packed = load_model(held_load(model, held, dtype), "cpu")
    assert (held_as(dense), held_as(packed)) == (Quantization.NONE, held)
    expected, found = logits(dense), logits(packed)
    away = (found - expected).abs().mean() / expected.abs().mean()  # type: ignore[operator, attr-defined]
    assert 0.005 < away < (0.6 if held is Quantization.NF4 else 0.1)
    assert not any(one.requires_grad for one in packed.parameters())


@pytest.mark.torch
@pytest.mark.parametrize("held", HELD)
def test_a_gguf_file_is_unpacked_and_then_held_like_any_other(
    tmp_path: Path, held: Quantization
) -> None:
    path, _ = write_gguf_model(tmp_path)
    what = Load(
        folder=path.parent,
        gguf_file=path.name,
        base_digest="x",
        dtype=Dtype.FLOAT32,
        quantization=held,
    )
    packed = load_model(what, "cpu")
    assert held_as(packed) is held
    plain = load_model(held_load(tmp_path / "source", held), "cpu")
    assert logits(packed).equal(logits(plain))  # type: ignore[attr-defined]


@pytest.mark.torch
@pytest.mark.parametrize("held", HELD)
def test_an_adapter_on_it_is_switched_off_without_a_trace(
    model: Path, adapter: AdapterFiles, held: Quantization
) -> None:
    base = load_model(held_load(model, held), "cpu")
    before = logits(base)
    adapters = Adapters(base, is_quantized=True)
    with adapters.on(adapter):
        tuned = logits(base)
    with adapters.on(None):
        after = logits(base)
    assert after.equal(before)  # type: ignore[attr-defined]
    dense = load_model(load_of(model), "cpu")
    with Adapters(dense).on(adapter):
        expected = logits(dense)
    near = (tuned - expected).abs().mean()  # type: ignore[operator]
    far = (before - expected).abs().mean()  # type: ignore[operator]
    assert near < far / 2
    with (
        pytest.raises(EvalReportError, match="round them a second time"),
        adapters.on(adapter.model_copy(update={"merged": True})),
    ):
        pass


@pytest.mark.torch
@pytest.mark.parametrize("held", HELD)
def test_all_kinds_of_questions_are_answered_and_twice_alike(
    model: Path, adapter: AdapterFiles, held: Quantization
) -> None:
    questions = mixed(6)
    runs = []
    for _ in range(2):
        session = LocalEngine(device="cpu").open(held_load(model, held), quiet)
        assert session.weights(None).quantization is held
        runs.append([answers(session, questions, files) for files in (None, adapter)])
        session.close()
    (base, tuned), again = runs
    assert {type(one) for one in base.values()} == {Text, ChoiceLogliks, TokenLoss}
    for one, other in zip((base, tuned), again, strict=True):
        assert all(same(response, other[key]) for key, response in one.items())
    assert not all(same(base[key], tuned[key]) for key in base)


# Before anything is imported


def test_a_plan_knows_what_stands_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cannot_hold(Quantization.NONE, on_gpu=False) is None
    assert cannot_hold(Quantization.NF4, on_gpu=False) is None
    place = "evalreport.engines.quantized"
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(f"{place}.find_spec", lambda _: found)
    (tmp_path / "libbitsandbytes_cpu.so").touch()
    assert cannot_hold(Quantization.INT8, on_gpu=False) is None
    assert "no kernels for GPUs" in str(cannot_hold(Quantization.INT8, on_gpu=True))
    monkeypatch.setattr(f"{place}.version", lambda _: "0.45.3")
    told = str(cannot_hold(Quantization.NF4, on_gpu=False))
    assert "needs bitsandbytes 0.49 or later, and 0.45.3 is installed" in told
    monkeypatch.setattr(f"{place}.find_spec", lambda _: None)
    assert "pip install 'evalreport[qlora]'" in str(cannot_hold(Quantization.NF4, on_gpu=True))


def test_without_its_package_loading_says_what_to_install(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalreport.engines.quantized.find_spec", lambda _: None)
    with pytest.raises(EvalReportError, match="bitsandbytes"):
        load_model(held_load(model, Quantization.NF4), "cpu")
