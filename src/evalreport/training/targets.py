"""Module names of `adapter.target_modules` against the model that is to carry the adapter.

peft refuses when no name fits, and passes over one that does not as long as another does.
"""

from typing import Any

from evalreport.errors import Problem
from evalreport.training.options import AdapterOptions, LowRank


def target_problems(model: Any, adapter: AdapterOptions) -> tuple[Problem, ...]:
    """Names that no layer of this model has, or that name what cannot carry an adapter.

    Args:
        model: The base.
        adapter: What is trained.
    """
    if not isinstance(adapter, LowRank) or isinstance(adapter.target_modules, str):
        return ()
    from torch.nn import Conv1d, Conv2d, Conv3d, Embedding, Linear
    from transformers.pytorch_utils import Conv1D

    kinds = (Linear, Conv1D, Embedding, Conv1d, Conv2d, Conv3d)
    modules = dict(model.named_modules())
    able = {name for name, module in modules.items() if isinstance(module, kinds)}
    head = model.get_output_embeddings()
    there = sorted({name.rpartition(".")[2] for name in able if modules[name] is not head})
    found = []
    for asked in adapter.target_modules:
        named = {name for name in modules if name == asked or name.endswith(f".{asked}")}
        if named and named <= able:
            continue
        what = (
            f"{asked} is no layer that can carry an adapter"
            if named
            else f"this model has no layer {asked}"
        )
        found.append(Problem("adapter.target_modules", what, f"its layers are {', '.join(there)}"))
    return tuple(found)
