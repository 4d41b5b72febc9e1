"""Adapters on one loaded base: each is loaded once, checked key by key, and switched on and off.

With every adapter off the base is bit for bit what was loaded. peft itself passes over weights
that fit nowhere and fills in those that are missing, which would make an adapter that does
nothing; both are errors here.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalreport.engines.base import AdapterFiles
from evalreport.engines.model_digests import adapter_digest
from evalreport.engines.model_files import ADAPTER_WEIGHTS
from evalreport.errors import EvalReportError, Problem

_SHOWN = 3


class DoesNotFit(EvalReportError):
    """The adapter's own content keeps it from this base: it is the same on any day, anywhere.

    Everything else (a file that cannot be read, memory, a package) may be another time otherwise.
    """


@dataclass(frozen=True, slots=True)
class _OwnBias:
    """A bias of the base that an adapter replaces: peft would overwrite it for good."""

    parameter: Any
    of_base: Any
    of_adapter: Any


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    biases: tuple[_OwnBias, ...]


class Adapters:
    """The adapters of one base; at most one is on at a time."""

    def __init__(self, model: Any, *, is_quantized: bool = False) -> None:
        self._model = model
        self._is_quantized = is_quantized
        self._peft: Any = None
        self._loaded: dict[str, _Loaded] = {}

    @contextmanager
    def on(self, adapter: AdapterFiles | None) -> Iterator[None]:
        """Inside, the model answers with this adapter; without one, it is the bare base.

        Raises:
            DoesNotFit: It is not for this base, or of another kind.
            EvalReportError: It cannot be put on for another reason.
        """
        if adapter is None:
            if self._peft is None:
                yield
                return
            with self._peft.disable_adapter():
                yield
            return
        loaded = self.load(adapter)
        self._peft.set_adapter(loaded.name, inference_mode=True)
        for bias in loaded.biases:
            bias.parameter.data = bias.of_adapter
        try:
            if adapter.merged:
                with self._merged(adapter.folder, loaded.name):
                    yield
            else:
                yield
        finally:
            for bias in loaded.biases:
                bias.parameter.data = bias.of_base

    def is_loaded(self, adapter: AdapterFiles) -> bool:
        """Whether this adapter is in memory already."""
        return adapter.digest in self._loaded

    def load(self, adapter: AdapterFiles) -> _Loaded:
        """Load an adapter if it is not loaded yet, without switching it on.

        Raises:
            DoesNotFit: Other shapes, missing or unknown weights, or an adapter of another kind.
            EvalReportError: It cannot be read, or its content is not the expected one.
        """
        known = self._loaded.get(adapter.digest)
        if known is not None:
            return known
        try:
            found = adapter_digest(adapter.folder)
        except OSError as error:
            raise _problem(
                adapter.folder, str(error), "train it again, or mend the path"
            ) from error
        if found != adapter.digest:
            raise _problem(
                adapter.folder,
                f"its digest is {found[:12]}, and {adapter.digest[:12]} was expected",
                "the adapter changed since planning: build again",
            )
        loaded = self._inject(adapter.folder, f"a{adapter.digest[:16]}")
        self._loaded[adapter.digest] = loaded
        return loaded

    def _inject(self, folder: Path, name: str) -> _Loaded:
        from peft import PeftModel, set_peft_model_state_dict
        from safetensors.torch import load_file

        config = _config(folder)
        # The file's own biases are put in and out here: peft would leave them in the base.
        config.bias = "none"
        try:
            weights = load_file(folder / ADAPTER_WEIGHTS, device=str(self._model.device))
            with warnings.catch_warnings():
                # What peft warns of is checked below, and raised; the rest is peft 0.21 reading a
                # property of models that transformers 5.23 has renamed.
                warnings.simplefilter("ignore")
                # In the base's own number format, as servers hold it: in float32 on a base in
                # bfloat16, generation took 1.6 times as long for differences below its rounding.
                kept = {"autocast_adapter_dtype": False}
                if self._peft is None:
                    self._peft = PeftModel(self._model, config, adapter_name=name, **kept)
                else:
                    self._peft.add_adapter(name, config, **kept)
            biases = self._own_biases(folder, weights)
            self._drop_copies_of_base(weights)
            self._check_fit(folder, name, weights)
            set_peft_model_state_dict(self._peft, weights, adapter_name=name)
        except EvalReportError:
            self._remove(name)
            raise
        except Exception as error:
            self._remove(name)
            raise _problem(
                folder,
                f"it cannot be put on this base: {_first_line(error)}",
                "name the base it was made for, or train it again",
            ) from error
        self._peft.requires_grad_(requires_grad=False)
        self._peft.eval()
        return _Loaded(name, biases)

    def _drop_copies_of_base(self, weights: dict[str, Any]) -> None:
        """An adapter on an embedding brings a copy of the base's: it must be the very same."""
        named = dict(self._peft.named_parameters())
        for key in [key for key in weights if key.endswith(".base_layer.weight")]:
            ours = named.get(key)
            if ours is not None and weights[key].to(ours.dtype).equal(ours.data):
                del weights[key]

    def _check_fit(self, folder: Path, name: str, weights: dict[str, Any]) -> None:
        """Each weight that this base expects is in the file, in its shape, and no other."""
        from peft import get_peft_model_state_dict

        expected = get_peft_model_state_dict(
            self._peft, adapter_name=name, save_embedding_layers=False
        )
        wrong = _differences(
            {key: tuple(value.shape) for key, value in expected.items()},
            {key: tuple(value.shape) for key, value in weights.items()},
        )
        if wrong is not None:
            raise _misfit(
                folder, f"it does not fit this base: {wrong}", "name the base it was made for"
            )

    def _own_biases(self, folder: Path, weights: dict[str, Any]) -> tuple[_OwnBias, ...]:
        """The biases of the base that the adapter brings along, taken out of its weights."""
        named = dict(self._peft.named_parameters())
        biases: list[_OwnBias] = []
        for key in [key for key in weights if key.endswith(".bias") and "lora_" not in key]:
            inner = key.removesuffix(".bias") + ".base_layer.bias"
            parameter = named.get(key, named.get(inner))
            if parameter is None or parameter.shape != weights[key].shape:
                raise _misfit(
                    folder, f"this base has no bias {key} of its shape", "name its own base"
                )
            tuned = weights.pop(key).to(parameter.dtype)
            biases.append(_OwnBias(parameter, parameter.data, tuned))
        return tuple(biases)

    def _remove(self, name: str) -> None:
        """Take an adapter that turned out wrong out of the model again."""
        if self._peft is None or name not in self._peft.peft_config:
            return
        if len(self._peft.peft_config) == 1:
            self._peft.unload()
            self._peft = None
        else:
            others = [other for other in self._peft.peft_config if other != name]
            self._peft.set_adapter(others[0], inference_mode=True)
            self._peft.delete_adapter(name)

    @contextmanager
    def _merged(self, folder: Path, name: str) -> Iterator[None]:
        """Inside, the adapter is added into the weights; then the very same weights are back.

        peft's own way back subtracts what it added, which leaves rounding behind. The tensors of
        the base are kept instead, at the price of a second copy of the layers that are adapted.
        """
        from peft.tuners.tuners_utils import BaseTunerLayer

        if self._is_quantized:
            raise _misfit(
                folder,
                "merging into quantized weights would round them a second time",
                "use quantization: none on this arm, or merge into the full model and evaluate it "
                "as model: ...",
            )
        layers = [one for one in self._model.modules() if isinstance(one, BaseTunerLayer)]
        tied = _tied_parameters(self._model)
        before: list[tuple[Any, Any]] = []
        for layer in layers:
            base = layer.get_base_layer()
            if id(base.weight) in tied and name in layer.active_adapters:
                raise _misfit(
                    folder,
                    "it adapts an embedding that this base uses twice, so merging would change "
                    "both uses",
                    "evaluate it unmerged",
                )
            before += [(part, part.data) for part in base.parameters(recurse=False)]
        try:
            self._peft.merge_adapter(adapter_names=[name], safe_merge=True)
            yield
        except ValueError as error:
            raise _problem(folder, str(error), "train it again") from error
        finally:
            for part, data in before:
                part.data = data
            for layer in layers:
                layer.merged_adapters.clear()


def _config(folder: Path) -> Any:
    """The adapter's configuration, when it is of a kind that can be switched.

    Raises:
        DoesNotFit: It is of another kind.
        EvalReportError: It cannot be read.
    """
    from peft import PeftConfig, PeftType

    try:
        config = PeftConfig.from_pretrained(str(folder))
    except Exception as error:
        raise _problem(
            folder,
            f"its configuration cannot be read: {_first_line(error)}",
            "save it again with the installed version of peft",
        ) from error
    if config.peft_type != PeftType.LORA:
        kind = getattr(config.peft_type, "value", config.peft_type)
        raise _misfit(
            folder,
            f"adapters of the type {kind} are not supported; LoRA, rsLoRA and DoRA are",
            "merge it into its base and evaluate the result as model: ...",
        )
    config.inference_mode = True
    return config


def _differences(
    expected: dict[str, tuple[int, ...]], found: dict[str, tuple[int, ...]]
) -> str | None:
    """What is wrong with an adapter's weights, in words; None when they fit."""
    missing = sorted(expected.keys() - found.keys())
    unknown = sorted(found.keys() - expected.keys())
    reshaped = sorted(
        f"{key} is {found[key]} and should be {shape}"
        for key, shape in expected.items()
        if key in found and found[key] != shape
    )
    told = [
        f"{what}: {', '.join(names[:_SHOWN])}"
        + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        for what, names in (
            ("weights of another shape", reshaped),
            ("weights are missing", missing),
            ("weights that fit nowhere", unknown),
        )
        if names
    ]
    if not found:
        return "it holds no weights"
    return "; ".join(told) or None


def _tied_parameters(model: Any) -> frozenset[int]:
    """Identities of weights that input and output embedding share."""
    given, out = model.get_input_embeddings(), model.get_output_embeddings()
    if given is None or out is None:
        return frozenset()
    weights = {id(_base_weight(given)), id(_base_weight(out))}
    return frozenset(weights) if len(weights) == 1 else frozenset()


def _base_weight(layer: Any) -> Any:
    return layer.get_base_layer().weight if hasattr(layer, "get_base_layer") else layer.weight


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _misfit(folder: Path, what: str, hint: str) -> DoesNotFit:
    return DoesNotFit(Problem(str(folder), what, hint))


def _problem(folder: Path, what: str, hint: str) -> EvalReportError:
    return EvalReportError(Problem(str(folder), what, hint))
