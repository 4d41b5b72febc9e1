"""Interim loader."""

from typing import Any

from evalreport.engines.base import Load


def open_base(load: Load, device: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    more: dict[str, Any] = {}
    if load.gguf_file:
        more = {"gguf_file": load.gguf_file}
    tokenizer = AutoTokenizer.from_pretrained(load.folder, **more)
    if load.gguf_file:
        more["quantization_config"] = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(
        load.folder, dtype=getattr(torch, load.dtype.value), **more
    )
    return model.to(device), tokenizer


def resolved_device(device: str) -> str:
    import torch

    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
