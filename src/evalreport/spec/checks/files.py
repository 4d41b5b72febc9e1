"""Files that the spec names: there, and of the right sort. Nothing in them is read here."""

import stat
from collections.abc import Iterator
from pathlib import Path as File

from evalreport.spec.checks.names import layers_of
from evalreport.spec.nearest import nearest
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml12 import Path
from evalreport.training.options import Existing

_PACKAGE = "package:"


def check_files(standing: Standing, folder: File) -> Iterator[Complaint]:
    """Every file and folder that the spec names.

    Args:
        standing: What stands of the spec.
        folder: The spec's folder; paths are relative to it.
    """
    spec = standing.spec
    for name, entry in spec.datasets.items():
        if not isinstance(entry, tuple):
            if entry.path is not None and not entry.is_hub:
                yield from missing(("datasets", name, "path"), folder, entry.path)
            continue
        for i, part in enumerate(entry):
            if part.path is not None and not part.is_hub:
                at = standing.written(("datasets", name, i))
                yield from missing((*at, "path"), folder, part.path)
    if standing.is_whole("base_model", "path"):
        yield from _model(("base_model", "path"), folder, spec.base_model.path)
    if isinstance(spec.adapter, Existing):
        yield from _adapter(("adapter", "path"), folder, spec.adapter.path)
    for name, arm in spec.arms.items():
        if arm.adapter is not None:
            yield from _adapter(("arms", name, "adapter", "path"), folder, arm.adapter.path)
        if arm.model is not None:
            yield from _model(("arms", name, "model"), folder, arm.model)
    for at, layer in layers_of(standing):
        labels = getattr(layer, "human_labels", None)
        if isinstance(labels, str):
            yield from missing((*at, "human_labels"), folder, labels)
        for i, metric in enumerate(getattr(layer, "metrics", ())):
            schema = getattr(metric, "schema_file", None)
            if isinstance(schema, str):
                where = standing.written((*at, "metrics", i))
                yield from missing((*where, "schema"), folder, schema)


def missing(
    at: Path, folder: File, path: str, *, wants_folder: bool = False
) -> Iterator[Complaint]:
    """The complaint that a file is not there, is a folder, or cannot be reached; if so."""
    target = folder / path
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield Complaint(at, f"there is no {target}", _nearby(target))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        yield Complaint(at, f"{path!r} cannot be reached: {why}", "check the path and its rights")
    else:
        if stat.S_ISDIR(mode) != wants_folder:
            is_, wants = ("a folder", "a file") if stat.S_ISDIR(mode) else ("a file", "a folder")
            yield Complaint(at, f"{target} is {is_}, and {wants} is wanted", "name the right one")


def _nearby(target: File) -> str:
    """The nearest name in the folder, or the part of the path that is not there."""
    parent = target.parent
    try:
        names = sorted(entry.name for entry in parent.iterdir())
    except OSError:
        return f"the folder {parent} is not there either"
    near = nearest(target.name, names)
    return f"did you mean {near}?" if near else "paths are relative to the spec file"


def _is_local(path: str) -> bool:
    return path.startswith(("./", "../", "/", "~"))


def _model(at: Path, folder: File, path: str) -> Iterator[Complaint]:
    if path.startswith(_PACKAGE):
        distribution, _, file = path.removeprefix(_PACKAGE).partition("/")
        if not distribution or not file.endswith(".gguf"):
            what = f"{path} does not name a GGUF file of an installed package"
            yield Complaint(at, what, "write package:<distribution>/<file.gguf>")
    elif _is_local(path):
        yield from missing(at, folder, path, wants_folder=not path.endswith(".gguf"))


def _adapter(at: Path, folder: File, path: str) -> Iterator[Complaint]:
    complaints = list(missing(at, folder, path, wants_folder=True))
    yield from complaints
    if not complaints and not (folder / path / "adapter_config.json").is_file():
        what = f"{folder / path} holds no adapter: adapter_config.json is not in it"
        yield Complaint(at, what, "name the folder that peft's save_pretrained wrote")
