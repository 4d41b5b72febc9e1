"""Preflight of loaded weights: does the adapter do anything, is it this base's, is the base intact?

An adapter that changes nothing gives a confident "no difference", and one that was made for another
base of equal shapes gives noise; neither raises by itself.
"""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from evalreport.engines.adapters import Adapters, DoesNotFit
from evalreport.engines.base import AdapterFiles, Probe
from evalreport.engines.beside import template_beside
from evalreport.engines.loading import end_tokens, load_tokenizer
from evalreport.engines.model_files import (
    ADAPTER_BASE,
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    read_object,
)
from evalreport.engines.network import Network
from evalreport.engines.prompts import Codec
from evalreport.engines.stopping import stop_check
from evalreport.errors import DataError, in_one_line
from evalreport.numbers import count_text
from evalreport.records import Chat, Check

_INTACT: Final = 0.01  # of the adapter's own effect, where a device does not compute exactly
# How copies of the same weights are called: `.Q4_1.gguf`, `-unsloth-bnb-4bit`, `-4bit`.
_PACKING: Final = re.compile(r"(\.q\d\w*)?\.gguf$|(-unsloth)?(-bnb)?-[48]bit$")
_RETRAIN: Final = "train it again, or name the adapter that was meant"


def probed(network: Network, codec: Codec, adapters: Adapters, probe: Probe) -> tuple[Check, ...]:
    """The checks of weights that are loaded.

    Args:
        network: The base.
        codec: Its tokenizer.
        adapters: On the base; the adapter is loaded if it is not yet.
        probe: What is looked at.

    Raises:
        EvalReportError: The adapter could not be put on, for a reason that may pass.
        OSError: A file beside it cannot be read.
    """
    tokens = _tokens(codec, probe)
    with adapters.on(None):
        bare = _logits(network, tokens)
    checks = [*_language_checks(network, codec, probe), _finite_check(bare)]
    if probe.adapter is not None:
        checks += _adapter_checks(network, adapters, probe, probe.adapter, tokens, bare)
    return tuple(checks)


def _finite_check(logits: Sequence[Any]) -> Check:
    """A model whose outputs are no numbers says something all the same, and always the same."""
    broken = sum(not bool(one.isfinite().all()) for one in logits)
    if broken:
        return Check(
            name="finite_outputs",
            status="failed",
            text=f"without an adapter its outputs on {broken} of "
            f"{count_text(len(logits), 'prompt')} are infinite or not numbers",
            hint="use base_model.dtype: bfloat16 or float32, or save the model again",
        )
    return Check(name="finite_outputs", status="passed", text="its outputs are numbers")


# Chat template and stop token


def _language_checks(network: Network, codec: Codec, probe: Probe) -> Iterator[Check]:
    template = codec.tokenizer.chat_template
    is_chat = any(isinstance(prompt, Chat) for prompt in probe.prompts)
    if is_chat and template is None:
        yield Check(
            name="chat_template",
            status="failed",
            text="the prompts are conversations, and the model has no chat template",
            hint="set chat: false on the datasets to give the text as it stands, or name a model "
            "with a chat template",
        )
    else:
        yield _template_check(codec, probe)
    yield stop_check(codec, end_tokens(network.model))


def _template_check(codec: Codec, probe: Probe) -> Check:
    """Whether training and evaluation write a conversation alike."""
    ours = codec.tokenizer.chat_template
    if probe.made_from is not None:
        return _same_template(ours, load_tokenizer(probe.made_from).chat_template, "the base's")
    if probe.adapter is None:
        what = "it has none" if ours is None else "it has one"
        return Check(name="chat_template", status="passed", text=what)
    if (probe.adapter.folder / ADAPTER_BASE).is_file():
        # Trained here, with the tokenizer of the base that its digest is held against.
        return Check(
            name="chat_template",
            status="passed",
            text="the base's own, in training and in evaluation",
        )
    found = template_beside(probe.adapter.folder)
    if found is None:
        return Check(
            name="chat_template",
            status="unchecked",
            text="its folder holds no chat template, so in which form it was trained is not known",
        )
    return _same_template(ours, found, "the one in the adapter's folder")


def _same_template(ours: object, theirs: object, whose: str) -> Check:
    if ours != theirs:
        return Check(
            name="chat_template",
            status="failed",
            text=f"the chat template that evaluation uses is not {whose}, so that the tuned model "
            "would be asked in another form than it was trained in",
            hint="give both folders the same chat_template.jinja",
        )
    return Check(name="chat_template", status="passed", text=f"equal to {whose}")


# The adapter


def _adapter_checks(
    network: Network,
    adapters: Adapters,
    probe: Probe,
    adapter: AdapterFiles,
    tokens: Sequence[tuple[int, ...]],
    bare: Sequence[Any],
) -> Iterator[Check]:
    try:
        with adapters.on(adapter):
            tuned = _logits(network, tokens)
        with adapters.on(None):
            again = _logits(network, tokens)
    except DoesNotFit as error:
        yield Check(name="adapter_fits", status="failed", text=in_one_line(error))
        return
    yield Check(
        name="adapter_fits",
        status="passed",
        text="its weights are those that this base expects, none missing and none left over",
    )
    yield _base_check(adapter.folder, network, probe)
    yield _weights_check(adapter.folder)
    yield from _effect_checks(network, bare, tuned, again)


def _tokens(codec: Codec, probe: Probe) -> list[tuple[int, ...]]:
    """The prompts as tokens; one that cannot be rendered fails by itself when it is asked."""
    rendered: list[tuple[int, ...]] = []
    for prompt in probe.prompts:
        try:
            rendered.append(codec.prompt(prompt, probe.template_kwargs))
        except DataError:
            continue
    return rendered or [(codec.start_id,)]


def _logits(network: Network, rows: Sequence[tuple[int, ...]]) -> list[Any]:
    """Logits of the next token after each prompt, float32, shape (vocabulary,) each."""
    import torch

    found = []
    with torch.inference_mode():
        for ids in rows:
            shown = ids[-network.window :] if network.window else ids
            row = torch.tensor([list(shown)], device=network.device)
            at = torch.tensor([0]), torch.tensor([len(shown) - 1])
            logits, _ = network.logits_at(*at, input_ids=row, use_cache=False)
            found.append(logits[0].float().cpu())
    return found


def _effect_checks(
    network: Network, bare: Sequence[Any], tuned: Sequence[Any], again: Sequence[Any]
) -> Iterator[Check]:
    effect, rest = _distance(bare, tuned), _distance(bare, again)
    prompts = count_text(len(bare), "prompt")
    if not math.isfinite(effect):
        yield Check(
            name="adapter_active",
            status="failed",
            text=f"with the adapter the model's outputs on {prompts} are not numbers",
            hint=_RETRAIN,
        )
    elif effect == 0:
        yield Check(
            name="adapter_active",
            status="failed",
            text=f"with the adapter the model says exactly what the base says on {prompts}: it is "
            "not active, and base and tuned would be the same model",
            hint=_RETRAIN,
        )
    else:
        yield Check(
            name="adapter_active",
            status="passed",
            text=f"it moves the logits of the next token by up to {effect:.2g} on {prompts}",
        )
    allowed = 0.0 if network.device == "cpu" else _INTACT * effect
    is_intact = rest <= allowed
    yield Check(
        name="base_restored",
        status="passed" if is_intact else "failed",
        text="with the adapter off the base answers as before, "
        + ("bit for bit" if rest == 0 else f"within {rest:.2g}")
        if is_intact
        else f"with the adapter off the base is not itself again: its outputs move by {rest:.2g}",
        hint=""
        if is_intact
        else "give the adapter an arm of its own as a merged model: {model: ...}",
    )


def _distance(one: Sequence[Any], other: Sequence[Any]) -> float:
    """The largest difference of any logit; infinite when one of them is not a number."""
    largest = max(float((left - right).abs().max()) for left, right in zip(one, other, strict=True))
    return largest if math.isfinite(largest) else math.inf


def _weights_check(folder: Path) -> Check:
    """All-zero updates, and numbers that are none, from the file itself."""
    from safetensors import safe_open

    zero = total = broken = 0
    with safe_open(str(folder / ADAPTER_WEIGHTS), framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 (safetensors offers no iterator)
            tensor = file.get_tensor(name)
            broken += not bool(tensor.isfinite().all())
            if _is_second_factor(name):
                total += 1
                zero += not bool(tensor.any())
    if broken:
        return Check(
            name="adapter_weights",
            status="failed",
            text=f"{broken} of its tensors hold infinite values or NaN",
            hint=_RETRAIN,
        )
    if total and zero == total:
        return Check(
            name="adapter_weights",
            status="failed",
            text=f"all {total} second factors (lora_B) are zero: it was never trained",
            hint=_RETRAIN,
        )
    told = f", {zero} of {total} second factors are zero" if zero else ""
    return Check(
        name="adapter_weights", status="passed", text=f"its weights are finite and not zero{told}"
    )


def _is_second_factor(name: str) -> bool:
    return "lora_B" in name or "lora_embedding_B" in name


# The base that it was made for


def _base_check(folder: Path, network: Network, probe: Probe) -> Check:
    """By content where it was trained here, else by name; PEFT compares neither."""
    known = folder / ADAPTER_BASE
    settings = read_object(folder / ADAPTER_CONFIG)
    named = settings.get("base_model_name_or_path")
    if known.is_file():
        return _by_content(read_object(known).get("base_digest"), named, probe)
    own = str(getattr(network.model.config, "_name_or_path", "") or "")
    names = [name for name in (*probe.base_names, own) if name]
    if not isinstance(named, str) or not named:
        return Check(
            name="adapter_base",
            status="unchecked",
            text="its configuration does not say which base it was made for",
        )
    ours = {_plain(name) for name in names}
    if _plain(named) in ours:
        return Check(
            name="adapter_base", status="passed", text=f"it says that it was made for {named}"
        )
    return Check(
        name="adapter_base",
        status="failed",
        text=f"it says that it was made for {named}, and the base here is "
        f"{probe.base_names[0] if probe.base_names else own}",
        hint=f"name its own base; if these are the same weights, say so with base_model.hub_id: "
        f"{named}, or waive this check",
    )


def _by_content(digest: object, named: object, probe: Probe) -> Check:
    if digest == probe.base_digest:
        return Check(
            name="adapter_base", status="passed", text="it was trained on exactly this base"
        )
    told = f" ({named})" if isinstance(named, str) and named else ""
    return Check(
        name="adapter_base",
        status="failed",
        text=f"it was trained on another base{told}: the contents differ",
        hint="name the base that it was trained on",
    )


def _plain(name: str) -> str:
    """A model's own name without organisation, folder and packing, in lower case."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1].lower()
    return _PACKING.sub("", last)
