"""The snippet by which a reader of the model card loads what was evaluated."""

from evalreport.plan.model import Inputs, LocatedModel
from evalreport.spec.models import Spec
from evalreport.training.options import Full, trains


def loading_snippet(spec: Spec, inputs: Inputs) -> str:
    """Python that loads the tuned model; BASE and ADAPTER are what a reader replaces, if at all."""
    located = inputs.models.get(spec.base_model.path)
    public = located.public_name if isinstance(located, LocatedModel) else None
    base = public or spec.base_model.path
    target = spec.publish.repo if spec.publish else f"path/to/{spec.name}"
    if isinstance(spec.adapter, Full):
        return (
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            f'model = AutoModelForCausalLM.from_pretrained("{target}")\n'
            f'tokenizer = AutoTokenizer.from_pretrained("{target}")\n'
        )
    lines = [
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        "",
        f'BASE = "{base}"',
        f'ADAPTER = "{target}"',
        "tokenizer = AutoTokenizer.from_pretrained(BASE)",
        "model = AutoModelForCausalLM.from_pretrained(BASE)",
        "model = PeftModel.from_pretrained(model, ADAPTER)",
    ]
    if not trains(spec.adapter) and spec.adapter.method == "none":
        lines = lines[:-1]
    return "\n".join(lines) + "\n"
