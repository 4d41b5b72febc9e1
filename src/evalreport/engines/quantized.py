"""Weights held in 4 or 8 bits by bitsandbytes: whether that works here, and how it is asked for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evalreport.records import Dtype, Quantization

INSTALL: Final = "pip install 'evalreport[qlora]'"
_OLDEST: Final = (0, 49)  # earlier ones hold and multiply such weights on a GPU alone


def cannot_hold(held: Quantization, *, on_gpu: bool) -> str | None:
    """Why weights cannot be held like this here, found without importing anything; else None.

    Args:
        held: How the weights are to be held.
        on_gpu: Whether on a GPU; else by the processor.
    """
    if held is Quantization.NONE:
        return None
    found = find_spec("bitsandbytes")
    if found is None or found.origin is None:
        return f"{held.value} needs the package bitsandbytes: {INSTALL}"
    try:
        installed = version("bitsandbytes")
    except PackageNotFoundError:
        return f"{held.value} needs the package bitsandbytes: {INSTALL}"
    if _numbers(installed) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        return (
            f"{held.value} needs bitsandbytes {oldest} or later, and {installed} is installed: "
            f"{INSTALL} --upgrade"
        )
    kinds = ("cuda", "rocm") if on_gpu else ("cpu",)
    folder = Path(found.origin).parent
    if not any(any(folder.glob(f"libbitsandbytes_{kind}*")) for kind in kinds):
        where = "GPUs" if on_gpu else "this kind of processor"
        return (
            f"the installed bitsandbytes {installed} has no kernels for {where}; use "
            "quantization: none, or run it on another machine"
        )
    return None


def _numbers(told: str) -> tuple[int, ...]:
    return tuple(int(part) for part in told.split(".")[:2] if part.isdigit())


def quantization_config(held: Quantization, dtype: Dtype) -> Any:
    """How bitsandbytes holds a base, in training as in evaluation; see also `report/snippet.py`.

    nf4 always quantises its own constants once more (double quantisation), as the QLoRA paper
    does: it is part of what nf4 means here, and so of no key of its own.

    Args:
        held: nf4 or int8.
        dtype: In which it computes.
    """
    import torch
    from transformers import BitsAndBytesConfig

    # In bfloat16 it says of every layer and every pass that it casts.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if held is Quantization.INT8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, dtype.value),
    )


@contextmanager
def dense_copy(model: Any) -> Iterator[Path]:
    """Inside, a folder with a dense model's weights, from which transformers can quantise them.

    A packed file (GGUF) is one kind of quantisation to transformers, and it loads a model with one
    kind: the weights are unpacked first and quantised from this copy.

    Args:
        model: As it was loaded, dense.
    """
    with TemporaryDirectory(prefix="evalreport-dense-") as folder:
        model.save_pretrained(folder)
        yield Path(folder)


def held_as(model: Any) -> Quantization:
    """How a loaded model really holds its linear layers, read from the layers themselves."""
    kinds = {type(module).__name__ for module in model.modules()}
    if "Linear8bitLt" in kinds:
        return Quantization.INT8
    four = {
        getattr(module.weight, "quant_type", "")
        for module in model.modules()
        if type(module).__name__ == "Linear4bit" and hasattr(module, "weight")
    }
    return Quantization.NF4 if "nf4" in four else Quantization.NONE
