"""Trained weights to files: an adapter or a whole model, as safetensors, always the same bytes.

Nothing else is written: no card, no path of this machine, no pickle.
"""

import json
from pathlib import Path
from typing import Any

from evalreport.engines.model_files import (
    ADAPTER_BASE,
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    read_object,
)
from evalreport.records import Dtype


def write_adapter(model: Any, place: Path, *, public_name: str | None, base_digest: str) -> None:
    """Write a PEFT model's adapter, and beside it which base it belongs to.

    Args:
        model: The PeftModel.
        place: An empty folder.
        public_name: What the base is called; None leaves that open.
        base_digest: Of the base's content: names change, and PEFT compares nothing.

    Raises:
        OSError: It cannot be written.
    """
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    # The embedding layers are never trained here; finding that out would ask the hub.
    found = get_peft_model_state_dict(model, save_embedding_layers=False)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in found.items()}
    save_file(tensors, str(place / ADAPTER_WEIGHTS), metadata={"format": "pt"})
    settings = model.peft_config["default"].to_dict()
    # peft holds module names as a set, whose order changes from process to process.
    settings = {
        name: sorted(value) if isinstance(value, set) else value for name, value in settings.items()
    }
    settings |= {"base_model_name_or_path": public_name, "inference_mode": True}
    text = json.dumps(settings, indent=2, sort_keys=True)
    (place / ADAPTER_CONFIG).write_text(text + "\n", encoding="utf-8")
    base = json.dumps({"base_digest": base_digest}, indent=2)
    (place / ADAPTER_BASE).write_text(base + "\n", encoding="utf-8")


def write_model(model: Any, tokenizer: Any, place: Path, *, dtype: Dtype) -> None:
    """Write a whole model with its tokenizer and chat template.

    Args:
        model: As it was trained, in float32.
        tokenizer: Of the base.
        place: An empty folder.
        dtype: In which the weights are written, and will answer.

    Raises:
        OSError: It cannot be written.
    """
    import torch

    wanted = getattr(torch, dtype.value)
    # Tied weights share their memory, and must still do so after the cast: save_pretrained
    # recognises them by that.
    cast: dict[int, torch.Tensor] = {}
    state = {
        name: cast.setdefault(tensor.data_ptr(), tensor.detach().to(wanted))
        if tensor.is_floating_point()
        else tensor
        for name, tensor in model.state_dict().items()
    }
    model.save_pretrained(place, state_dict=state)
    tokenizer.save_pretrained(place)
    config = place / "config.json"
    settings = read_object(config) | {"dtype": dtype.value}
    config.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
