"""How much memory training and answering will take, from a model's facts alone.

The counts follow what PyTorch's autograd holds for a decoder of the Llama kind (pre-norm, rotary
positions, gated feed-forward, fused attention) under Transformers, PEFT and TRL: see each function.
It is a prediction: other kinds of network differ, and what the allocator cannot reuse comes on top
(a sixth, where it was measured on a processor). On an NVIDIA H100 five runs (135M and 1.5B
parameters, lora and nf4, with dropout and without) held 90 to 100 % of what is predicted beside
the program.
"""

from dataclasses import dataclass
from typing import Final

from evalreport.engines.model_facts import ModelFacts
from evalreport.estimates import NotEstimable
from evalreport.records import Dtype, Quantization
from evalreport.training.options import AdapterOptions, Full, LowRank, quantization
from evalreport.values import Count, Value

_BYTES: Final = {Dtype.FLOAT32: 4, Dtype.BFLOAT16: 2, Dtype.FLOAT16: 2}
_WEIGHT_BYTES: Final = {Quantization.NF4: 0.57, Quantization.INT8: 1.06}  # with their constants
# One tile of trl's loss: tokens x vocabulary in float32 (trl.kernels.chunked_logprob), and the
# buffers that live beside it on the way back, measured on a processor and on a GPU.
_TILE_TOKENS: Final = 4096
_TILE_VOCABULARY: Final = 32768
_TILE_BUFFERS: Final = 8
_TILE_BUFFERS_GPU: Final = 1.5
# What the way back through one layer makes and drops again, in widths of the feed-forward; on a
# processor the buffers of the loss are larger, and gone by then.
_BACKWARD_WIDTHS_GPU: Final = 6
# Python with torch, transformers, trl and peft imported; on a GPU its context and kernels.
_PROGRAM_BYTES: Final = 500 << 20


class MemoryPrediction(Value):
    """Bytes that a run is expected to hold at its peak, and what they are made of."""

    bytes: Count
    parts: dict[str, Count]


@dataclass(frozen=True, slots=True)
class _Shape:
    layers: int
    hidden: int
    intermediate: int
    query: int  # width of all query heads together
    key: int  # width of all key heads together
    heads: int
    vocabulary: int

    def linears(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of the linear layers of one block, by their usual names."""
        return {
            "q_proj": (self.hidden, self.query),
            "k_proj": (self.hidden, self.key),
            "v_proj": (self.hidden, self.key),
            "o_proj": (self.query, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }


def trainable_parameters(facts: ModelFacts, adapter: AdapterOptions) -> int | NotEstimable:
    """How many numbers are trained: r (inputs + outputs) for each adapted linear layer.

    DoRA adds one magnitude for each output. A module name that is not one of Llama's counts as
    the widest layer.

    Args:
        facts: Of the base.
        adapter: What is trained.
    """
    if isinstance(adapter, Full):
        return facts.parameters
    if not isinstance(adapter, LowRank):
        return 0
    shape = _shape(facts)
    if isinstance(shape, NotEstimable):
        return shape
    magnitudes = adapter.method == "dora"
    return shape.layers * sum(
        adapter.r * (inputs + outputs) + (outputs if magnitudes else 0)
        for inputs, outputs in _adapted(shape, adapter)
    )


def predict_training(
    facts: ModelFacts,
    adapter: AdapterOptions,
    *,
    dtype: Dtype,
    micro_batch: int,
    length: int,
    on_gpu: bool = False,
    activation_checkpointing: bool = False,
) -> MemoryPrediction | NotEstimable:
    """Peak memory of a training step.

    Args:
        facts: Of the base.
        adapter: What is trained.
        dtype: Resolved number format of the base.
        micro_batch: Rows that the device holds at once.
        length: Tokens of the longest row.
        on_gpu: Whether the device is a GPU, which keeps masks in one byte and less of the loss.
        activation_checkpointing: Whether activations are recomputed.
    """
    shape = _shape(facts)
    trained = trainable_parameters(facts, adapter)
    if isinstance(shape, NotEstimable):
        return shape
    if isinstance(trained, NotEstimable):
        return trained
    full = isinstance(adapter, Full)
    tokens = micro_batch * length
    a_token = _activation_bytes(shape, adapter, dtype, on_gpu=on_gpu)
    a_number = _trained_bytes(adapter)
    held = 1 if activation_checkpointing else shape.layers
    kept = _BYTES[dtype] * shape.hidden * shape.layers if activation_checkpointing else 0
    weights = (
        4 * facts.parameters
        if full
        else _weight_bytes(facts, shape, dtype, quantization(adapter)) + a_number * trained
    )
    parts = {
        "program": _PROGRAM_BYTES,
        "weights": weights,
        # Under autocast each weight is cast once a step, and the copy is kept for the way back.
        "casts": facts.parameters * 2 if full and dtype is Dtype.BFLOAT16 else 0,
        "gradients": a_number * trained,
        "optimizer": 2 * a_number * trained,  # Adam's two moments
        "activations": tokens * (a_token * held + kept),
        "backward": tokens * 4 * _BACKWARD_WIDTHS_GPU * shape.intermediate if on_gpu else 0,
        "loss": _tile_bytes(shape, tokens, on_gpu=on_gpu),
    }
    return MemoryPrediction(bytes=sum(parts.values()), parts=parts)


def predict_answering(
    facts: ModelFacts,
    *,
    dtype: Dtype,
    held: Quantization = Quantization.NONE,
    rows: int,
    length: int,
) -> MemoryPrediction | NotEstimable:
    """Peak memory of generating or scoring: weights, the cache of keys and values, one layer.

    Args:
        facts: Of the model.
        dtype: Resolved number format.
        held: How the weights are held.
        rows: Sequences that are answered at once.
        length: Tokens of the longest, its answer included.
    """
    shape = _shape(facts)
    if isinstance(shape, NotEstimable):
        return shape
    size = _BYTES[dtype]
    parts = {
        "program": _PROGRAM_BYTES,
        "weights": _weight_bytes(facts, shape, dtype, held),
        "cache": 2 * shape.layers * shape.key * size * rows * length,
        "activations": rows * length * size * (4 * shape.hidden + 3 * shape.intermediate),
        "logits": rows * shape.vocabulary * 4,
    }
    return MemoryPrediction(bytes=sum(parts.values()), parts=parts)


def largest_micro_batch(
    facts: ModelFacts,
    adapter: AdapterOptions,
    *,
    dtype: Dtype,
    length: int,
    global_batch: int,
    memory_bytes: int,
    on_gpu: bool = False,
    activation_checkpointing: bool = False,
) -> int:
    """The most rows, up to the global batch, with which a step is expected to fit; at least one.

    It depends on the size of the machine, not on what happens to be free, so that the same
    training on the same machine always takes the same shape. Where nothing can be predicted it is
    the global batch, and a memory error halves it.

    Args:
        facts: Of the base.
        adapter: What is trained.
        dtype: Resolved number format of the base.
        length: Tokens of the longest row.
        global_batch: Rows an optimizer step.
        memory_bytes: That the device has.
        on_gpu: Whether the device is a GPU.
        activation_checkpointing: Whether activations are recomputed.
    """
    usable = memory_bytes * 3 // 4
    for rows in range(global_batch, 1, -1):
        predicted = predict_training(
            facts,
            adapter,
            dtype=dtype,
            micro_batch=rows,
            length=length,
            on_gpu=on_gpu,
            activation_checkpointing=activation_checkpointing,
        )
        if isinstance(predicted, NotEstimable) or predicted.bytes <= usable:
            return rows
    return 1


def _shape(facts: ModelFacts) -> _Shape | NotEstimable:
    layers, hidden, intermediate = facts.layers, facts.hidden_size, facts.intermediate_size
    heads, keys, width = facts.heads, facts.key_value_heads, facts.head_size
    if not (layers and hidden and heads and keys and width):
        return NotEstimable(
            not_estimable=f"the files of this {facts.architecture} model do not tell its sizes"
        )
    return _Shape(
        layers=layers,
        hidden=hidden,
        intermediate=intermediate or 4 * hidden,
        query=heads * width,
        key=keys * width,
        heads=heads,
        vocabulary=facts.vocabulary or 0,
    )


def _weight_bytes(facts: ModelFacts, shape: _Shape, dtype: Dtype, held: Quantization) -> int:
    """Of the base: bitsandbytes packs the linear layers; embeddings, head and norms stay."""
    if held is Quantization.NONE:
        return facts.parameters * _BYTES[dtype]
    linear = shape.layers * sum(inputs * outputs for inputs, outputs in shape.linears().values())
    packed = min(linear, facts.parameters)
    return int(packed * _WEIGHT_BYTES[held]) + (facts.parameters - packed) * _BYTES[dtype]


def _adapted(shape: _Shape, adapter: LowRank) -> list[tuple[int, int]]:
    linears = shape.linears()
    if adapter.target_modules == "all-linear":
        return list(linears.values())
    widest = max(linears.values(), key=sum)
    return [linears.get(name.rpartition(".")[2], widest) for name in adapter.target_modules]


def _trained_bytes(adapter: AdapterOptions) -> int:
    """Of one trained number: trl holds the adapter of a quantised base in bfloat16."""
    return 4 if quantization(adapter) is Quantization.NONE else 2


def _activation_bytes(shape: _Shape, adapter: AdapterOptions, dtype: Dtype, *, on_gpu: bool) -> int:
    """Bytes that one layer keeps of one token for the way back.

    Each of two norms keeps its input and its scale in float32, and what it scaled when its own
    weight is trained; fused attention its inputs, its output and one number a head; the gated
    feed-forward three tensors of its width. A frozen linear layer keeps nothing; its LoRA branch
    computes in the format of its own weights and keeps its input, the mask that dropped some of it
    out, and the r numbers in the middle. A trained linear layer keeps its input, which queries,
    keys and values share unless each casts its own copy (autocast).
    """
    size = _BYTES[dtype]
    shared = 4 * shape.heads + size * (2 * shape.query + 2 * shape.key + 3 * shape.intermediate)
    if isinstance(adapter, LowRank):
        linears = _adapted(shape, adapter)
        number = _trained_bytes(adapter)
        branches = number * adapter.r * len(linears) + _branch_input_bytes(
            shape, adapter, dtype, number=number, on_gpu=on_gpu
        )
        # DoRA scales each output, and so keeps base output and update in float32.
        scaled = sum(8 * outputs for outputs in (pair[1] for pair in linears))
        norms = 2 * (4 * shape.hidden + 4)
        return norms + shared + branches + (scaled if adapter.method == "dora" else 0)
    norms = 2 * (8 * shape.hidden + 4)
    copies = 2 if dtype is Dtype.FLOAT32 else 5
    return norms + shared + size * (copies * shape.hidden + shape.intermediate)


def _branch_input_bytes(
    shape: _Shape, adapter: LowRank, dtype: Dtype, *, number: int, on_gpu: bool
) -> int:
    """What the LoRA branches of one layer keep of their inputs, for one token.

    With dropout each branch keeps its own copy and its own mask (one byte on a GPU, a number
    elsewhere); a cast makes a copy as well. With neither, branches that read the same tensor keep
    it together, and the attention's output is kept already. `number`: bytes of a trained number.
    """
    linears = _adapted(shape, adapter)
    if adapter.dropout:
        return sum((number + (1 if on_gpu else number)) * inputs for inputs, _ in linears)
    if number != _BYTES[dtype]:
        return sum(number * inputs for inputs, _ in linears)
    if adapter.target_modules == "all-linear":
        return number * (2 * shape.hidden + shape.intermediate)
    names = {name.rpartition(".")[2] for name in adapter.target_modules}
    readers = (
        ({"q_proj", "k_proj", "v_proj"}, shape.hidden),
        ({"gate_proj", "up_proj"}, shape.hidden),
        ({"down_proj"}, shape.intermediate),
    )
    return sum(number * width for readers_of_one, width in readers if names & readers_of_one)


def _tile_bytes(shape: _Shape, tokens: int, *, on_gpu: bool) -> int:
    tile = min(tokens, _TILE_TOKENS) * min(shape.vocabulary, _TILE_VOCABULARY)
    return int(4 * (_TILE_BUFFERS_GPU if on_gpu else _TILE_BUFFERS) * tile)
