"""Loading tokenizer and model: from local files alone, without remote code, without telemetry."""

import os
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalreport.engines.base import Load
from evalreport.engines.gguf_once import gguf_read_once
from evalreport.engines.quantized import cannot_hold, dense_copy, quantization_config
from evalreport.errors import EvalReportError, Problem
from evalreport.records import Dtype, Quantization

QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TQDM_DISABLE": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to answer or to be trained.

    Attributes:
        model: A `PreTrainedModel` in evaluation mode, its parameters frozen.
        tokenizer: A fast tokenizer.
        device: Where the model lies, as torch spells it.
    """

    model: Any
    tokenizer: Any
    device: str


def set_quiet_environment() -> None:
    """Take the network, telemetry and progress bars from Hugging Face libraries.

    They read these when they are imported: call it before the first import.
    """
    os.environ.update(QUIET)


def load(what: Load, *, device: str = "auto") -> LoadedModel:
    """Load tokenizer and model.

    Args:
        what: Files, number format and quantization.
        device: `auto`, `cpu`, `mps`, `cuda` or `cuda:<n>`.

    Raises:
        EvalReportError: They cannot be loaded here, with the reason and the way out.
    """
    set_quiet_environment()
    place = resolved_device(device)
    with gguf_read_once() if what.gguf_file is not None else nullcontext():
        return LoadedModel(load_model(what, place), load_tokenizer(what), place)


def resolved_device(asked: str) -> str:
    """The device to use; `auto` takes a CUDA device, else Apple's, else the processor.

    Raises:
        EvalReportError: The device that was asked for is not there.
    """
    import torch

    has_cuda = torch.cuda.is_available()
    has_mps = torch.backends.mps.is_available()
    if asked == "auto":
        return "cuda" if has_cuda else "mps" if has_mps else "cpu"
    if (asked.startswith("cuda") and not has_cuda) or (asked == "mps" and not has_mps):
        raise EvalReportError(
            Problem(
                "engine.device",
                f"torch finds no device {asked} here",
                "use device: auto, or install the build of torch for this machine",
            )
        )
    return asked


def torch_dtype(dtype: Dtype) -> Any:
    """The number format as torch spells it."""
    import torch

    return {
        Dtype.FLOAT32: torch.float32,
        Dtype.BFLOAT16: torch.bfloat16,
        Dtype.FLOAT16: torch.float16,
    }[dtype]


def load_tokenizer(what: Load) -> Any:
    """The tokenizer of a model, padding on the right.

    Raises:
        EvalReportError: It cannot be read.
    """
    from transformers import AutoTokenizer

    packed = {} if what.gguf_file is None else {"gguf_file": what.gguf_file}
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            what.folder,
            local_files_only=True,
            trust_remote_code=what.trust_remote_code,
            **packed,
        )
    except Exception as error:
        raise _unloadable(what, "tokenizer", error) from error
    if tokenizer.pad_token_id is None and tokenizer.eos_token_id is not None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(what: Load, device: str) -> Any:
    """The model in evaluation mode on its device, every weight from its files.

    Weights in a GGUF file are dequantised into a dense model, which is quantised anew where that is
    asked for. Weights that only a pickle holds
    are refused, and so are files that lack weights: transformers would fill them with noise.

    Args:
        what: Files, number format and quantization.
        device: As torch spells it.

    Raises:
        EvalReportError: It cannot be loaded, with the reason and the way out.
    """
    from transformers import GgufConfig

    held = what.quantization
    cannot = cannot_hold(held, on_gpu=device.startswith("cuda"))
    if cannot is not None:
        raise EvalReportError(Problem("quantization", cannot, "or use quantization: none"))
    if what.gguf_file is None:
        config = None if held is Quantization.NONE else quantization_config(held, what.dtype)
        return _pretrained(what, what.folder, device, quantization_config=config)
    dense = _pretrained(
        what,
        what.folder,
        device if held is Quantization.NONE else "cpu",
        gguf_file=what.gguf_file,
        quantization_config=GgufConfig(dequantize=True),
    )
    if held is Quantization.NONE:
        return dense
    with dense_copy(dense) as folder:
        del dense
        config = quantization_config(held, what.dtype)
        return _pretrained(what, folder, device, quantization_config=config)


def _pretrained(what: Load, folder: Path, device: str, **options: Any) -> Any:
    """A model from a folder, all of whose weights were found there, frozen."""
    from transformers import AutoModelForCausalLM

    # Named also for the processor: bitsandbytes would look for the best device by itself.
    if device != "cpu" or what.quantization is not Quantization.NONE:
        options["device_map"] = {"": device}
    # None is not the same as nothing: it would be written into the model's configuration.
    options = {name: value for name, value in options.items() if value is not None}
    try:
        model, found = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=torch_dtype(what.dtype),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=what.trust_remote_code,
            output_loading_info=True,
            **options,
        )
    except Exception as error:
        raise _unloadable(what, "model", error) from error
    absent = sorted({*found["missing_keys"], *(key for key, *_ in found["mismatched_keys"])})
    if absent:
        raise EvalReportError(
            Problem(
                str(what.folder),
                f"{len(absent)} weights are missing or of another shape, such as {absent[0]}",
                "the files are incomplete or of another model: download or save it again",
            )
        )
    model.requires_grad_(requires_grad=False)
    return model.eval()


def end_tokens(model: Any) -> frozenset[int]:
    """The tokens that the model's own configuration names as the end of a generation."""
    named: set[int] = set()
    for config in (model.generation_config, model.config):
        ends = getattr(config, "eos_token_id", None)
        if isinstance(ends, int):
            named.add(ends)
        elif isinstance(ends, list | tuple):
            named.update(int(end) for end in ends)
    return frozenset(named)


def _unloadable(what: Load, part: str, error: Exception) -> EvalReportError:
    """A foreign library's error in three parts."""
    told = str(error).strip()
    if "trust_remote_code" in told:
        hint = "base_model.trust_remote_code: true lets code that comes with the model run"
    elif "safetensors" in told and what.gguf_file is None:
        hint = "only safetensors are loaded, never pickles: convert with save_pretrained"
    else:
        hint = "download or save the model again, or name another one"
    where = what.folder / what.gguf_file if what.gguf_file else what.folder
    lines = told.splitlines() or [type(error).__name__]
    return EvalReportError(Problem(str(where), f"the {part} cannot be loaded: {lines[0]}", hint))
