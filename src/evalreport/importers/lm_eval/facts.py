"""How an lm-eval run was made, as short texts that are equal where the settings are."""

import json
import re
from collections.abc import Mapping
from typing import Final

from evalreport.digest import digest_text
from evalreport.importers.names import shown_name
from evalreport.importers.reading import count_of, number_of, object_of, text_of
from evalreport.values import Json

LOG_LIKELIHOOD: Final = "log-likelihood"
GENERATES: Final = "generate_until"
# One limit under the names that the harness knows, the first that is there counts.
_LIMITS: Final = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
_OF_SAMPLING: Final = frozenset({"top_p", "top_k", "min_p", "typical_p", "seed"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHOWN: Final = 12  # characters of a digest
_LONGEST: Final = 30  # characters of stop strings that are shown


def plain_name(text: str) -> str:
    """A name as it is; one with characters that do not print without them, told apart by digest."""
    if text.isprintable():
        return text
    rest = "".join(c if c.isprintable() else " " for c in text)
    return f"{' '.join(rest.split())} ({digest_text(text)[:_SHOWN]})"


def digest_in(text: str) -> str:
    """A digest that a file gives; of what is none the digest."""
    return text if not text or _SHA256.fullmatch(text) else digest_text(text)


def arguments_of(config: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments of the model: an object, or one text such as `pretrained=x,dtype=y`."""
    told = config.get("model_args")
    if not isinstance(told, str):
        return object_of(told)
    pairs = (one.partition("=") for one in told.split(","))
    return {key.strip(): value.strip() for key, _, value in pairs}


def decoding_of(config: Mapping[str, Json]) -> str:
    """How answers were drawn, from a task's configuration; empty where it does not tell."""
    match text_of(config.get("output_type")):
        case "generate_until":
            repeats = count_of(config.get("repeats"))
            drawn = f", {repeats} draws" if repeats is not None and repeats > 1 else ""
            settings = config.get("generation_kwargs")
            return generation_of(settings) + drawn if isinstance(settings, dict) else ""
        case "multiple_choice" | "loglikelihood" | "loglikelihood_rolling":
            return LOG_LIKELIHOOD
        case _:
            return ""


def generation_of(settings: Mapping[str, Json]) -> str:
    """How answers were drawn, from what each request says.

    The harness samples where `do_sample` is true or, if that is left out, where the temperature is
    above 0; without sampling, what only bends the distribution changes nothing.
    """
    rest = {key: value for key, value in settings.items() if value is not None}
    limits = [limit for name in _LIMITS if (limit := rest.pop(name, None)) is not None]
    until = rest.pop("until", None)
    temperature, samples = rest.pop("temperature", None), rest.pop("do_sample", None)
    if samples is True or (samples is None and number_of(temperature)):
        words = ["sampled" if temperature is None else f"sampled at {_plain(temperature)}"]
    else:
        words = ["greedy"]
        rest = {key: value for key, value in rest.items() if key not in _OF_SAMPLING}
    if limits:
        words.append(f"at most {_plain(limits[0])} tokens")
    if stops := sorted({_plain(one) for one in (until if isinstance(until, list) else [until])}):
        words += [] if until is None else [_until(stops)]
    words += [f"{shown_name(key)} {_plain(rest[key])}" for key in sorted(rest)]
    return ", ".join(words)


def _until(stops: list[str]) -> str:
    told = " or ".join(stops)
    if len(told) <= _LONGEST:
        return f"until {told}"
    return f"until one of {len(stops)} stops ({digest_text(told)[:_SHOWN]})"


def _plain(value: Json) -> str:
    """A setting in ASCII, short; what is long by its digest."""
    number = None if isinstance(value, bool | str) else number_of(value)
    if number is not None:
        return f"{number:.12g}"
    try:
        told = json.dumps(value, sort_keys=True)
    except RecursionError:
        return "(nested)"
    return told if len(told) <= _LONGEST else f"({digest_text(told)[:_SHOWN]})"


def template_of(run: Mapping[str, Json], *, has_shots: bool) -> str:
    """Chat template and system instruction; empty where the version of the file cannot tell.

    Args:
        run: The results file.
        has_shots: Whether there are worked examples, which may stand as turns of their own.
    """
    if "chat_template_sha" not in run:
        return ""
    template = digest_in(text_of(run["chat_template_sha"]))[:_SHOWN]
    words = [template or "none"]
    if system := digest_in(text_of(run.get("system_instruction_sha"))):
        words.append(f"system prompt {system[:_SHOWN]}")
    if template and has_shots and run.get("fewshot_as_multiturn") is True:
        words.append("shots as turns")
    return ", ".join(words)


def precision_of(config: Mapping[str, Json]) -> str:
    """The number format of the weights, and quantization, as far as the model's arguments tell."""
    told = arguments_of(config)
    words = [
        f"{bits} bits"
        for bits in (8, 4)
        if str(told.get(f"load_in_{bits}bit")).lower() in {"true", "1"}
    ]
    quantization = text_of(told.get("quantization"))
    words += [shown_name(quantization)] if quantization not in {"", "None"} else []
    for dtype in (text_of(config.get("model_dtype")), text_of(told.get("dtype"))):
        if dtype not in {"", "auto"}:
            return ", ".join([shown_name(dtype.removeprefix("torch.")), *words])
    return ", ".join(words)
