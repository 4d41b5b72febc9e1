"""Identity of a model's content, whatever its folder is called: base, adapter, checkpoint.

Nothing here imports torch or transformers; a plan asks for all of it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from evalreport.digest import canonical, digest_file, digest_of, digest_text
from evalreport.engines.model_files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    SIMULATED_ADAPTER,
    ModelFiles,
    NotHere,
    in_folder,
    read_object,
)
from evalreport.values import Json

FileDigest: TypeAlias = Callable[[Path], str]

# Keys of adapter_config.json that change without the adapter changing: where the base lay, which
# version wrote it, and whether it was written during training.
_VOLATILE: Final = frozenset(
    {"base_model_name_or_path", "revision", "inference_mode", "peft_version", "auto_mapping"}
)


def base_digest(files: ModelFiles, file_digest: FileDigest = digest_file) -> str:
    """Identity of a model's content: weights, configuration, tokenizer and chat template.

    The folder and the name of a GGUF file do not count, so a moved model stays the same model, as
    long as no other tokenizer lies beside it there.

    Args:
        files: The model.
        file_digest: SHA-256 of a file; one that remembers spares a plan reading gigabytes.

    Raises:
        OSError: A file cannot be read.
    """
    if files.gguf_file is not None:
        beside = [name for name in files.names if name != files.gguf_file]
        called = {"gguf": files.gguf_file, **{name: name for name in beside}}
        return digest_of(
            "base", [[name, file_digest(files.folder / file)] for name, file in called.items()]
        )
    return digest_of("base", [[name, file_digest(files.folder / name)] for name in files.names])


def adapter_digest(folder: Path, file_digest: FileDigest = digest_file) -> str:
    """Identity of an adapter's content: its weights and what its configuration means.

    Where the base lay, which version wrote it and in which order modules are listed do not count.

    Args:
        folder: With adapter_config.json and adapter_model.safetensors.
        file_digest: SHA-256 of a file.

    Raises:
        OSError: A file is not there or cannot be read, or the configuration is no JSON object.
    """
    simulated = folder / SIMULATED_ADAPTER
    if simulated.is_file():
        return digest_of("adapter", digest_text(canonical(read_object(simulated))))
    weights = folder / ADAPTER_WEIGHTS
    if not weights.is_file() and (folder / "adapter_model.bin").is_file():
        raise FileNotFoundError(
            f"{folder} holds adapter_model.bin alone, a pickle, which is never loaded: convert it "
            "to safetensors"
        )
    settings = read_object(folder / ADAPTER_CONFIG)
    meant = {
        name: _unordered(value) for name, value in settings.items() if name not in _VOLATILE
    }  # fmt: skip
    return digest_of("adapter", meant, file_digest(weights))


def checkpoint_digest(folder: Path, file_digest: FileDigest = digest_file) -> str:
    """Identity of what training left behind: an adapter's digest, or that of a whole model.

    Raises:
        OSError: It is neither, or cannot be read.
    """
    if any((folder / name).is_file() for name in (SIMULATED_ADAPTER, ADAPTER_CONFIG)):
        return adapter_digest(folder, file_digest)
    found = in_folder(str(folder), folder, None)
    if isinstance(found, NotHere):
        raise FileNotFoundError(found.reason)
    return base_digest(found, file_digest)


def _unordered(value: Json) -> Json:
    """A list of module names is a set: peft writes it in the order of its hash table."""
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return sorted(value, key=str)
    return value
