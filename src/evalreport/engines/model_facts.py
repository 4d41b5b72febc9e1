"""What a model's files tell without loading it: kind, size, precision, window, chat template.

A plan refuses what cannot be loaded and predicts memory from this; the report says in which form
the weights were stored.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Final

from evalreport.engines.gguf_header import GgufHeader, read_header
from evalreport.engines.model_files import ModelFiles, read_object
from evalreport.errors import DataError, Problem
from evalreport.values import Count, Flag, Json, Value

# Header spellings that transformers 5.23 can unpack (modeling_gguf_pytorch_utils and
# integrations/gguf); a test holds them against the installed version.
GGUF_ARCHITECTURES: Final = frozenset(
    {
        "bloom", "deci", "falcon", "gemma2", "gemma3", "gemma4", "gpt-oss", "gpt2", "gpt_oss",
        "lfm2", "llama", "mamba", "minimax-m2", "mistral", "nemotron", "phi3", "qwen2",
        "qwen2moe", "qwen3", "qwen35", "qwen35moe", "qwen3moe", "stablelm", "starcoder2",
    }
)  # fmt: skip
_GGUF_ENCODER_DECODERS: Final = frozenset({"t5", "t5encoder", "umt5"})
_LARGEST_HEADER: Final = 100 << 20  # bytes; the safetensors format allows no more
_STORED: Final = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I8": "int8",
    "U8": "uint8", "F8_E4M3": "float8",
}  # fmt: skip


class ModelFacts(Value):
    """Facts about a model; a size that its files do not tell is None.

    Attributes:
        architecture: The kind of network as the files spell it, such as `llama`.
        parameters: Numbers in the weights; tied ones count once.
        weight_bytes: Size of the weights on disk.
        stored_as: Number format or packing of most weights, such as `bfloat16` or `Q4_1`.
        gguf: Whether they are packed in a GGUF file.
        layers: Of the network.
        hidden_size: Width of the network.
        intermediate_size: Width of its feed-forward part.
        heads: Attention heads.
        key_value_heads: Heads whose keys and values are cached.
        head_size: Width of one head.
        vocabulary: Number of tokens.
        max_positions: Tokens that fit in the context window.
        has_chat_template: Whether conversations can be rendered.
        needs_remote_code: Whether it loads only with Python code of its own.
        encoder_decoder: Whether it is of a kind that does not continue text.
    """

    architecture: str
    parameters: Count
    weight_bytes: Count
    stored_as: str
    gguf: Flag
    layers: Count | None = None
    hidden_size: Count | None = None
    intermediate_size: Count | None = None
    heads: Count | None = None
    key_value_heads: Count | None = None
    head_size: Count | None = None
    vocabulary: Count | None = None
    max_positions: Count | None = None
    has_chat_template: Flag
    needs_remote_code: Flag = False
    encoder_decoder: Flag = False

    @property
    def stored_form(self) -> str:
        """How the weights were stored, in words for the report."""
        if not self.gguf:
            return f"stored as {self.stored_as}"
        bits = re.search(r"\d+", self.stored_as)
        if bits is None or self.stored_as in {"F32", "F16", "BF16"}:
            return f"GGUF copy in {self.stored_as}"
        return f"dequantised {bits.group()}-bit copy ({self.stored_as})"

    def unsupported_reason(self, *, trust_remote_code: bool = False) -> str | None:
        """Why this model cannot be loaded here, as far as its files tell; None: nothing is known.

        Args:
            trust_remote_code: Whether the spec lets code that comes with the model run.
        """
        if self.encoder_decoder:
            return f"{self.architecture} is an encoder-decoder; only models that continue text are"
        if self.gguf and self.architecture not in GGUF_ARCHITECTURES:
            return (
                f"GGUF files of the architecture {self.architecture} cannot be unpacked; the "
                "safetensors release of the model can be used instead"
            )
        if self.needs_remote_code and not trust_remote_code:
            return (
                "it loads only with Python code of its own; base_model.trust_remote_code: true "
                "lets that code run"
            )
        return None


def read_facts(files: ModelFiles) -> ModelFacts:
    """Read what a model's files tell.

    Raises:
        DataError: A file cannot be read or is not what its name says.
    """
    if files.gguf_file is not None:
        path = files.folder / files.gguf_file
        return _from_gguf(read_header(path), path.stat().st_size)
    return _from_folder(files)


def _from_gguf(header: GgufHeader, size: int) -> ModelFacts:
    hidden = header.size("embedding_length")
    heads = header.size("attention.head_count")
    return ModelFacts(
        architecture=header.architecture,
        parameters=sum(header.tensors.values()),
        weight_bytes=size,
        stored_as=header.packed_as,
        gguf=True,
        layers=header.size("block_count"),
        hidden_size=hidden,
        intermediate_size=header.size("feed_forward_length"),
        heads=heads,
        key_value_heads=header.size("attention.head_count_kv") or heads,
        head_size=header.size("attention.key_length") or _share(hidden, heads),
        vocabulary=header.lengths.get("tokenizer.ggml.tokens"),
        max_positions=header.size("context_length"),
        has_chat_template="tokenizer.chat_template" in header.values,
        encoder_decoder=header.architecture in _GGUF_ENCODER_DECODERS,
    )


def _from_folder(files: ModelFiles) -> ModelFacts:
    config = _object(files.folder / "config.json")
    text = config.get("text_config")
    sizes = {**config, **text} if isinstance(text, dict) else config
    weights = [files.folder / name for name in files.names if name.endswith(".safetensors")]
    elements: Counter[str] = Counter()
    for path in weights:
        elements.update(_elements(path))
    quantized = config.get("quantization_config")
    stored = (
        str(quantized.get("quant_method", "quantized"))
        if isinstance(quantized, dict)
        else _STORED.get(elements.most_common(1)[0][0], elements.most_common(1)[0][0])
    )
    hidden = _first(sizes, "hidden_size", "n_embd", "d_model")
    heads = _first(sizes, "num_attention_heads", "n_head", "num_heads")
    return ModelFacts(
        architecture=str(config.get("model_type", "unknown")),
        parameters=elements.total(),
        weight_bytes=sum(path.stat().st_size for path in weights),
        stored_as=stored,
        gguf=False,
        layers=_first(sizes, "num_hidden_layers", "n_layer", "num_layers"),
        hidden_size=hidden,
        intermediate_size=_first(sizes, "intermediate_size", "n_inner", "ffn_dim"),
        heads=heads,
        key_value_heads=_first(sizes, "num_key_value_heads") or heads,
        head_size=_first(sizes, "head_dim") or _share(hidden, heads),
        vocabulary=_first(sizes, "vocab_size"),
        max_positions=_first(sizes, "max_position_embeddings", "n_positions", "max_seq_len"),
        has_chat_template=_has_chat_template(files),
        needs_remote_code=isinstance(config.get("auto_map"), dict),
        encoder_decoder=config.get("is_encoder_decoder") is True,
    )


def _has_chat_template(files: ModelFiles) -> bool:
    if any(name in {"chat_template.jinja", "chat_template.json"} for name in files.names):
        return True
    settings = "tokenizer_config.json"
    return settings in files.names and bool(_object(files.folder / settings).get("chat_template"))


def stored_numbers(path: Path) -> int:
    """How many numbers a safetensors file holds, from its header alone.

    Raises:
        DataError: It is no such file.
    """
    return sum(_elements(path).values())


def _elements(path: Path) -> dict[str, int]:
    """Numbers in a safetensors file by their format, from its header alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LARGEST_HEADER)))
        elements: Counter[str] = Counter()
        for name, tensor in header.items():
            if name != "__metadata__":
                elements[str(tensor["dtype"])] += prod(int(size) for size in tensor["shape"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path, f"this is not a readable safetensors file: {error}") from error
    return dict(elements) or {"F32": 0}


def _object(path: Path) -> dict[str, Json]:
    try:
        return read_object(path)
    except OSError as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, what: str) -> DataError:
    return DataError(Problem(str(path), what, "download or copy it again"))


def _first(values: Mapping[str, Json], *names: str) -> int | None:
    """The first of these that is a whole number; families of models name sizes differently."""
    for name in names:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _share(whole: int | None, parts: int | None) -> int | None:
    return whole // parts if whole and parts else None
