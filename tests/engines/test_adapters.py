import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from evalreport.engines.adapters import Adapters
from evalreport.engines.base import AdapterFiles
from evalreport.engines.loading import load_model
from evalreport.engines.model_files import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from evalreport.errors import EvalReportError
from evalreport.records import Dtype
from tests.engines.conftest import adapter_files, load_of
from tests.tiny import tiny_adapter, tiny_model

pytestmark = pytest.mark.torch

PROMPTS = [[5, 100, 101, 102], [9, 110, 111, 112]]


def logits(model: Any) -> Any:
    import torch

    with torch.inference_mode():
        return model(torch.tensor(PROMPTS)).logits


def fresh(model: Path, dtype: Dtype = Dtype.FLOAT32) -> Any:
    return load_model(load_of(model, dtype), "cpu")


def equal(one: Any, other: Any) -> bool:
    import torch

    return bool(torch.equal(one, other))


def close(one: Any, other: Any) -> bool:
    import torch

    return bool(torch.allclose(one, other, atol=1e-4))


def by_peft(model: Path, folder: Path) -> Any:
    """What peft's own loading of one adapter on a fresh base says."""
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return logits(PeftModel.from_pretrained(fresh(model), folder).eval())


OPTIONS: dict[str, dict[str, Any]] = {
    "lora": {},
    "two modules": {"target_modules": ["q_proj", "v_proj"]},
    "rslora": {"use_rslora": True, "r": 8},
    "dora": {"use_dora": True},
    "head": {"modules_to_save": ["lm_head"]},
    "embedding": {"target_modules": ["embed_tokens", "q_proj"]},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_each_adapter_is_what_peft_makes_of_it_and_leaves_the_base_alone(
    model: Path, tmp_path: Path, name: str
) -> None:
    folder = tiny_adapter(model, tmp_path / "a", **OPTIONS[name])
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    with adapters.on(adapter_files(folder)):
        tuned = logits(base)
    assert equal(tuned, by_peft(model, folder))
    assert not close(tuned, before)
    with adapters.on(None):
        assert equal(logits(base), before)
        assert equal(logits(base), logits(fresh(model)))


def test_many_adapters_are_switched_on_one_base(model: Path, tmp_path: Path) -> None:
    folders = [
        tiny_adapter(model, tmp_path / str(seed), seed=seed, **options)
        for seed, options in enumerate(OPTIONS.values())
    ]
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    alone = [by_peft(model, folder) for folder in folders]
    for at in (0, 3, 1, 4, 2, 0, 4):
        with adapters.on(adapter_files(folders[at])):
            assert equal(logits(base), alone[at])
        with adapters.on(None):
            assert equal(logits(base), before)


@pytest.mark.parametrize("dtype", [Dtype.FLOAT32, Dtype.BFLOAT16])
def test_merging_is_undone_bit_for_bit(
    model: Path, adapter: AdapterFiles, tmp_path: Path, dtype: Dtype
) -> None:
    other = adapter_files(tiny_adapter(model, tmp_path / "dora", use_dora=True, seed=5))
    base = fresh(model, dtype)
    before = logits(base)
    adapters = Adapters(base)
    for one in (adapter, other):
        with adapters.on(one):
            unmerged = logits(base)
        with adapters.on(one.model_copy(update={"merged": True})):
            merged = logits(base)
        assert not equal(merged, before)
        if dtype is Dtype.FLOAT32:
            assert close(merged, unmerged)
        with adapters.on(None):
            assert equal(logits(base), before)
        with adapters.on(one):
            assert equal(logits(base), unmerged)


def test_a_merged_adapter_is_what_merging_and_saving_gives(
    model: Path, adapter: AdapterFiles
) -> None:
    from peft import PeftModel

    base = fresh(model)
    with Adapters(base).on(adapter.model_copy(update={"merged": True})):
        merged = logits(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        shipped = PeftModel.from_pretrained(fresh(model), adapter.folder).merge_and_unload()
    assert equal(merged, logits(shipped))


def test_the_base_is_itself_after_a_failure_inside(model: Path, adapter: AdapterFiles) -> None:
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    merged = adapter.model_copy(update={"merged": True})
    with pytest.raises(KeyError), adapters.on(merged):
        raise KeyError
    with adapters.on(None):
        assert equal(logits(base), before)


@pytest.mark.parametrize("merged", [False, True])
def test_biases_that_an_adapter_brings_leave_with_it(tmp_path: Path, merged: bool) -> None:
    model = tiny_model(tmp_path / "model", family="qwen2")
    folders = [
        tiny_adapter(model, tmp_path / str(seed), seed=seed, bias=bias)
        for seed, bias in enumerate(("all", "lora_only", "none"))
    ]
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    alone = [by_peft(model, folder) for folder in folders]
    for at in (0, 1, 2, 0, 2):
        with adapters.on(adapter_files(folders[at], merged=merged)):
            assert close(logits(base), alone[at])
        with adapters.on(None):
            assert equal(logits(base), before)


def test_an_adapter_answers_in_the_number_format_of_its_base(
    model: Path, adapter: AdapterFiles
) -> None:
    import torch

    base = fresh(model, Dtype.BFLOAT16)
    with Adapters(base).on(adapter):
        rough = logits(base).float()
    added = [value for name, value in base.named_parameters() if "lora_" in name]
    assert {value.dtype for value in added} == {torch.bfloat16}
    assert not any(value.requires_grad for value in base.parameters())
    exact = by_peft(model, adapter.folder)
    assert float((rough - exact).abs().mean()) < 0.05 * float(exact.abs().mean())


# What is refused


def refused(model: Path, files: AdapterFiles, match: str) -> None:
    """The adapter is refused, and base and other adapters go on as if it had never been there."""
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    with pytest.raises(EvalReportError, match=match):
        adapters.load(files)
    with adapters.on(None):
        assert equal(logits(base), before)
    good = adapter_files(tiny_adapter(model, files.folder.parent / "good", seed=9))
    with adapters.on(good):
        tuned = logits(base)
    with pytest.raises(EvalReportError, match=match), adapters.on(files):
        pass
    with adapters.on(good):
        assert equal(logits(base), tuned)
    with adapters.on(None):
        assert equal(logits(base), before)


def edited(folder: Path, **changes: Any) -> AdapterFiles:
    """The adapter with some of its weights replaced; None removes one."""
    weights = load_file(folder / ADAPTER_WEIGHTS)
    for name, value in changes.items():
        key = next(key for key in weights if name in key)
        if value is None:
            del weights[key]
        else:
            weights[value] = weights.pop(key)
    save_file(weights, folder / ADAPTER_WEIGHTS)
    return adapter_files(folder)


def test_missing_weights_are_refused(model: Path, tmp_path: Path) -> None:
    files = edited(tiny_adapter(model, tmp_path / "a"), lora_B=None)
    refused(model, files, "weights are missing: .*lora_B")


def test_weights_that_fit_nowhere_are_refused(model: Path, tmp_path: Path) -> None:
    files = edited(tiny_adapter(model, tmp_path / "a"), lora_A="other.lora_A.weight")
    refused(model, files, "fit nowhere: other")


def test_an_adapter_without_weights_is_refused(model: Path, tmp_path: Path) -> None:
    folder = tiny_adapter(model, tmp_path / "a")
    save_file({}, folder / ADAPTER_WEIGHTS)
    refused(model, adapter_files(folder), "no weights")


def test_an_adapter_of_another_base_is_refused(model: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", family="gpt2")
    folder = tiny_adapter(other, tmp_path / "a", fan_in_fan_out=True)
    refused(model, adapter_files(folder), "cannot be put on this base")
    narrow = tiny_adapter(model, tmp_path / "b")
    weights = load_file(narrow / ADAPTER_WEIGHTS)
    cut = {key: value[:, :7].contiguous() for key, value in weights.items()}
    save_file(cut, narrow / ADAPTER_WEIGHTS)
    refused(model, adapter_files(narrow), "another shape: .* is .*7")


def test_an_adapter_with_embeddings_of_its_own_is_refused(model: Path, tmp_path: Path) -> None:
    folder = tiny_adapter(model, tmp_path / "a")
    weights = load_file(folder / ADAPTER_WEIGHTS)
    import torch

    weights["base_model.model.model.embed_tokens.weight"] = torch.zeros(400, 48)
    save_file(weights, folder / ADAPTER_WEIGHTS)
    refused(model, adapter_files(folder), "fit nowhere: .*embed_tokens")


def test_an_adapter_that_changed_is_refused(model: Path, tmp_path: Path) -> None:
    files = adapter_files(tiny_adapter(model, tmp_path / "a"))
    tiny_adapter(model, tmp_path / "a", seed=2)
    refused(model, files, "was expected")


def test_another_type_of_adapter_is_refused(model: Path, tmp_path: Path) -> None:
    folder = tiny_adapter(model, tmp_path / "a")
    settings = json.loads((folder / ADAPTER_CONFIG).read_text())
    settings["peft_type"] = "PROMPT_TUNING"
    (folder / ADAPTER_CONFIG).write_text(
        json.dumps(
            {"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 2}
        )
    )
    refused(model, adapter_files(folder), "PROMPT_TUNING")


def test_a_folder_without_an_adapter_is_refused(model: Path, tmp_path: Path) -> None:
    files = AdapterFiles(folder=tmp_path / "nowhere", digest="0" * 64)
    refused(model, files, "adapter_config.json")


def test_an_adapter_that_is_no_number_is_not_merged(model: Path, tmp_path: Path) -> None:
    folder = tiny_adapter(model, tmp_path / "a")
    weights = load_file(folder / ADAPTER_WEIGHTS)
    first = next(iter(weights))
    weights[first] = weights[first] * float("nan")
    save_file(weights, folder / ADAPTER_WEIGHTS)
    base = fresh(model)
    before = logits(base)
    adapters = Adapters(base)
    with (
        pytest.raises(EvalReportError, match="NaN"),
        adapters.on(adapter_files(folder, merged=True)),
    ):
        pass
    with adapters.on(None):
        assert equal(logits(base), before)


def test_quantized_and_tied_weights_are_not_merged(
    model: Path, adapter: AdapterFiles, tmp_path: Path
) -> None:
    merged = adapter.model_copy(update={"merged": True})
    quantized = Adapters(fresh(model), is_quantized=True)
    with pytest.raises(EvalReportError, match="quantized"), quantized.on(merged):
        pass
    tied = tiny_model(tmp_path / "tied", tied=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head = tiny_adapter(tied, tmp_path / "a", target_modules=["embed_tokens"])
    with (
        pytest.raises(EvalReportError, match="uses twice"),
        Adapters(fresh(tied)).on(adapter_files(head, merged=True)),
    ):
        pass
