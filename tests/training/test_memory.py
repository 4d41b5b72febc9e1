"""Predicted memory: counts that can be checked by hand, and the directions that must hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.engines.model_facts import ModelFacts
from evalreport.estimates import NotEstimable
from evalreport.records import Dtype, Quantization
from evalreport.training.arguments import adapter_arguments
from evalreport.training.memory import (
    MemoryPrediction,
    largest_micro_batch,
    predict_answering,
    predict_training,
    trainable_parameters,
)
from evalreport.training.options import (
    AdapterOptions,
    Dora,
    Full,
    Lora,
    LowRank,
    NoAdapter,
    QLora,
)

SMOLLM2 = ModelFacts(
    architecture="llama",
    parameters=134_515_008,
    weight_bytes=98_000_000,
    stored_as="Q4_1",
    gguf=True,
    layers=30,
    hidden_size=576,
    intermediate_size=1536,
    heads=9,
    key_value_heads=3,
    head_size=64,
    vocabulary=49152,
    has_chat_template=True,
)


def training(
    adapter: AdapterOptions, dtype: Dtype = Dtype.BFLOAT16, **k: object
) -> MemoryPrediction:
    given = {"micro_batch": 8, "length": 96, **k}
    found = predict_training(SMOLLM2, adapter, dtype=dtype, **given)  # type: ignore[arg-type]  # one dict for all
    assert isinstance(found, MemoryPrediction)
    assert found.bytes == sum(found.parts.values())
    return found


def test_trained_numbers_of_smollm2() -> None:
    """4,884,480 at rank 16 on all linear layers: what peft itself counts."""
    assert trainable_parameters(SMOLLM2, Lora(r=16)) == 4_884_480
    assert trainable_parameters(SMOLLM2, Lora(r=16, target_modules=("q_proj",))) == (
        30 * 16 * (576 + 576)
    )
    outputs = 576 + 192 + 192 + 576 + 1536 + 1536 + 576
    assert trainable_parameters(SMOLLM2, Dora(r=16)) == 4_884_480 + 30 * outputs
    assert trainable_parameters(SMOLLM2, Full()) == SMOLLM2.parameters
    assert trainable_parameters(SMOLLM2, NoAdapter()) == 0


def test_full_training_in_float32_takes_sixteen_bytes_a_weight() -> None:
    parts = training(Full(), Dtype.FLOAT32).parts
    held = parts["weights"] + parts["gradients"] + parts["optimizer"]
    assert held == 16 * SMOLLM2.parameters
    assert parts["casts"] == 0
    assert training(Full(), Dtype.BFLOAT16).parts["casts"] == 2 * SMOLLM2.parameters


@given(rows=st.integers(1, 64), length=st.integers(8, 4096))
def test_more_rows_and_longer_rows_take_more(rows: int, length: int) -> None:
    here = training(Lora(), micro_batch=rows, length=length).bytes
    assert training(Lora(), micro_batch=rows + 1, length=length).bytes > here
    assert training(Lora(), micro_batch=rows, length=length + 1).bytes > here
    saved = training(Lora(), micro_batch=rows, length=length, activation_checkpointing=True)
    assert saved.bytes < here


def test_methods_in_their_order() -> None:
    sizes = [training(one).parts["weights"] for one in (QLora(), Lora(), Full())]
    assert sizes == sorted(sizes)
    assert training(Dora()).bytes > training(Lora()).bytes > training(Lora(dropout=0.0)).bytes


@given(memory=st.integers(1 << 30, 1 << 36), batch=st.integers(1, 64))
def test_the_largest_batch_fits_and_the_next_does_not(memory: int, batch: int) -> None:
    def bytes_of(rows: int) -> int:
        return training(Lora(), micro_batch=rows, length=512).bytes

    rows = largest_micro_batch(
        SMOLLM2, Lora(), dtype=Dtype.BFLOAT16, length=512, global_batch=batch, memory_bytes=memory
    )
    assert 1 <= rows <= batch
    assert rows == 1 or bytes_of(rows) <= memory * 3 // 4
    assert rows == batch or bytes_of(rows + 1) > memory * 3 // 4


LLAMA_1B5 = SMOLLM2.model_copy(
    update={
        "parameters": 1_560_000_000, "layers": 24, "hidden_size": 2048, "intermediate_size": 8192,
        "heads": 32, "key_value_heads": 8,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "adapter", "rows", "length", "measured"),
    [
        (LLAMA_1B5, Lora(), 16, 857, 65_910_482_432),
        (LLAMA_1B5, QLora(), 16, 857, 49_584_638_976),
        (SMOLLM2, Lora(), 8, 52, 958_940_672),
        (SMOLLM2, Lora(dropout=0.0), 8, 142, 1_783_291_392),
        (SMOLLM2, QLora(dropout=0.0), 8, 142, 1_074_314_752),
    ],
)
def test_what_an_h100_held(
    facts: ModelFacts, adapter: AdapterOptions, rows: int, length: int, measured: int
) -> None:
    """torch.cuda.max_memory_allocated of five bfloat16 runs (torch 2.11, trl 1.16, peft 0.21.2)."""
    found = predict_training(
        facts, adapter, dtype=Dtype.BFLOAT16, micro_batch=rows, length=length, on_gpu=True
    )  # fmt: skip
    assert isinstance(found, MemoryPrediction)
    assert 0.89 < measured / (found.bytes - found.parts["program"]) < 1.01


def test_answering_holds_weights_and_cache() -> None:
    found = predict_answering(SMOLLM2, dtype=Dtype.BFLOAT16, rows=32, length=200)
    assert isinstance(found, MemoryPrediction)
    assert found.parts["cache"] == 2 * 30 * 3 * 64 * 2 * 32 * 200
    quarter = predict_answering(
        SMOLLM2, dtype=Dtype.BFLOAT16, held=Quantization.NF4, rows=32, length=200
    )
    assert isinstance(quarter, MemoryPrediction)
    linear = 30 * (2 * 576 * 576 + 2 * 576 * 192 + 3 * 576 * 1536)
    kept = SMOLLM2.parameters - linear  # embeddings and norms are not packed
    assert quarter.parts["weights"] == int(linear * 0.57) + 2 * kept


def test_a_model_that_does_not_tell_its_sizes_is_not_guessed() -> None:
    silent = SMOLLM2.model_copy(update={"layers": None})
    found = predict_training(silent, Lora(), dtype=Dtype.BFLOAT16, micro_batch=8, length=96)
    assert isinstance(found, NotEstimable)
    assert isinstance(
        predict_answering(silent, dtype=Dtype.FLOAT32, rows=1, length=1), NotEstimable
    )
    assert isinstance(trainable_parameters(silent, Lora()), NotEstimable)
    assert largest_micro_batch(
        silent, Lora(), dtype=Dtype.BFLOAT16, length=96, global_batch=8, memory_bytes=1
    ) == 8  # fmt: skip


@pytest.mark.parametrize("name", ["c_attn", "model.layers.0.mlp.wide"])
def test_an_unknown_module_counts_as_the_widest(name: str) -> None:
    assert trainable_parameters(SMOLLM2, Lora(r=1, target_modules=(name,))) == 30 * (576 + 1536)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("adapter", "dtype"),
    [
        (Lora(r=4), Dtype.BFLOAT16),
        (Lora(r=4, dropout=0.0), Dtype.BFLOAT16),
        (Lora(r=4, dropout=0.0), Dtype.FLOAT32),
        (Lora(r=4, dropout=0.0, target_modules=("q_proj", "k_proj", "o_proj")), Dtype.FLOAT32),
        (Lora(r=8, target_modules=("q_proj", "down_proj")), Dtype.BFLOAT16),
        (Dora(r=4), Dtype.FLOAT32),
        (Full(), Dtype.FLOAT32),
        (Full(), Dtype.BFLOAT16),
    ],
)
def test_activations_are_what_autograd_holds(adapter: AdapterOptions, dtype: Dtype) -> None:
    """Every tensor kept for the way back is caught and counted; layers and tokens by difference."""
    one, two = (held_bytes(adapter, dtype, layers) for layers in (1, 2))
    (few_one, many_one), (few_two, many_two) = one, two
    a_token_and_layer = ((many_two - many_one) - (few_two - few_one)) / (2 * 24)
    facts = SMOLLM2.model_copy(
        update={
            "layers": 1, "hidden_size": 48, "intermediate_size": 128, "heads": 4,
            "key_value_heads": 2, "head_size": 12, "vocabulary": 64,
        }
    )  # fmt: skip
    predicted = predict_training(facts, adapter, dtype=dtype, micro_batch=1, length=1)
    assert isinstance(predicted, MemoryPrediction)
    assert predicted.parts["activations"] == a_token_and_layer


def held_bytes(adapter: AdapterOptions, dtype: Dtype, layers: int) -> tuple[int, int]:
    """Bytes of distinct tensors that the backbone's forward keeps: for 2 and for 4 rows of 24."""
    import warnings

    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=64, hidden_size=48, intermediate_size=128, num_hidden_layers=layers,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    full = isinstance(adapter, Full)
    held = torch.float32 if full else getattr(torch, dtype.value)
    model = LlamaForCausalLM(config).to(held)
    backbone = model.model
    if isinstance(adapter, LowRank):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            get_peft_model(model, LoraConfig(**adapter_arguments(adapter)))
    model.train()
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}

    def count(rows: int) -> int:
        kept: dict[int, torch.Tensor] = {}

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            place = tensor.untyped_storage().data_ptr()
            if place not in own:
                kept.setdefault(place, tensor)
            return tensor

        ids = torch.ones(rows, 24, dtype=torch.long)
        autocast = torch.autocast("cpu", torch.bfloat16, enabled=full and dtype is Dtype.BFLOAT16)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), autocast:
            backbone(input_ids=ids, attention_mask=torch.ones_like(ids))
        return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())

    return count(2), count(4)
