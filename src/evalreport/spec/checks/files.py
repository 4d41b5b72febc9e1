"""Files that the spec names: there, and of the right sort.

Nothing in them is read here, but the few lines of a configuration of accelerate.
"""

import re
import stat
from collections.abc import Iterator
from pathlib import Path as File
from typing import Final

from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.sources.dataset import Dataset
from evalreport.spec.checks.names import layers_of
from evalreport.spec.nearest import nearest
from evalreport.spec.places import Complaint, shown
from evalreport.spec.schema_files import schema_paths
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.training.launching import config_problems
from evalreport.training.options import Existing

_PACKAGE: Final = "package:"
_HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


def check_files(standing: Standing, folder: File) -> Iterator[Complaint]:
    """Every file and folder that the spec names.

    Args:
        standing: What stands of the spec.
        folder: The spec's folder; paths are relative to it.
    """
    spec = standing.spec
    for name, entry in spec.datasets.items():
        if not isinstance(entry, tuple):
            yield from _data(("datasets", name, "path"), folder, entry)
            continue
        for i, part in enumerate(entry):
            at = standing.written(("datasets", name, i))
            yield from _data((*at, "path"), folder, part)
    if spec.engine.kind != "fake":  # simulated models have no files
        yield from _weights(standing, folder)
    if spec.to_train is not None and standing.is_whole("training", "launch"):
        for problem in config_problems(spec.to_train.launch, folder):
            yield Complaint(tuple(problem.where.split(".")), problem.what, problem.hint)
    for at, layer in layers_of(standing):
        if isinstance(layer, Imported):
            for arm, paths in layer.files.items():
                for i, path in enumerate(paths):
                    where: Path = (*at, "from", arm, i) if arm else (*at, "from")
                    yield from _results(where, folder, path)
        if isinstance(layer, Generation):
            for arm, given in layer.imported.items():
                for path in given.files:
                    yield from _results((*at, "imported", arm, "from"), folder, path)
        if isinstance(layer, Human):
            for i, path in enumerate(layer.ratings or ()):
                yield from missing((*at, "ratings", i), folder, path)
        for i, schema in schema_paths(layer):
            where = standing.written((*at, "metrics", i))
            yield from missing((*where, "schema"), folder, schema)


def _results(at: Path, folder: File, path: str) -> Iterator[Complaint]:
    """A file or folder of results; what a pattern names is looked up when it is read."""
    if not any(mark in path for mark in "*?[") and not _stands(folder / path):
        yield from missing(at, folder, path)


def _weights(standing: Standing, folder: File) -> Iterator[Complaint]:
    spec = standing.spec
    if standing.is_whole("base_model", "path") and spec.base_model.name is not None:
        yield from _model(("base_model", "path"), folder, spec.base_model.path)
    if isinstance(spec.adapter, Existing):
        yield from _adapter(("adapter",), folder, spec.adapter)
    for name, arm in spec.arms.items():
        if arm.adapter is not None:
            yield from _adapter(("arms", name, "adapter"), folder, arm.adapter)
        if arm.model is not None:
            yield from _model(("arms", name, "model"), folder, arm.model)


def _data(at: Path, folder: File, dataset: Dataset) -> Iterator[Complaint]:
    if dataset.path is None:
        return
    if dataset.is_hub:
        yield from _hub(at, folder, dataset.path)
    else:
        yield from missing(at, folder, dataset.path)


def _hub(at: Path, folder: File, path: str) -> Iterator[Complaint]:
    """A hub id that is none, or that looks like something beside the spec."""
    if not _HUB_ID.fullmatch(path.removeprefix("hub:")):
        what = f"{shown(path)} is neither a file nor a hub id"
        yield Complaint(at, what, "write org/name for the hub, ./path for a file or folder")
    elif not path.startswith("hub:") and _stands(folder / path):
        what = f"{path} would come from the hub, though {folder / path} is here"
        yield Complaint(at, what, f"write ./{path} for what is here, hub:{path} for the hub")


def _stands(file: File) -> bool:
    try:
        return file.exists()
    except OSError:
        return False


def missing(
    at: Path, folder: File, path: str, *, wants_folder: bool = False
) -> Iterator[Complaint]:
    """The complaint that a file is not there, is a folder, or cannot be reached; if so."""
    target = folder / path
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield Complaint(at, f"there is no {target}", _nearby(target, path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        yield Complaint(
            at, f"{shown(path)} cannot be reached: {why}", "check the path and its rights"
        )
    else:
        if stat.S_ISDIR(mode) != wants_folder:
            is_, wants = ("a folder", "a file") if stat.S_ISDIR(mode) else ("a file", "a folder")
            yield Complaint(at, f"{target} is {is_}, and {wants} is wanted", "name the right one")


def _nearby(target: File, path: str) -> str:
    """The nearest name in the folder, or the part of the path that is not there."""
    if path.startswith("~"):
        return "~ is not expanded here: write the whole path"
    if "://" in path:
        return "data are read from files or from the hub: download it first"
    if "\\" in path:
        return f"write it with slashes: {path.replace(chr(92), '/')}"
    parent = target.parent
    try:
        names = sorted(entry.name for entry in parent.iterdir())
    except OSError:
        return f"the folder {parent} is not there either"
    near = nearest(target.name, names)
    if near is not None:
        return f"did you mean {path[: len(path) - len(target.name)]}{near}?"
    return "paths are relative to the spec file"


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
    else:
        yield from _hub(at, folder, path)


def _adapter(at: Path, folder: File, adapter: Existing) -> Iterator[Complaint]:
    place = folder / adapter.path
    complaints = list(missing((*at, "path"), folder, adapter.path, wants_folder=True))
    yield from complaints
    if not complaints and not (place / "adapter_config.json").is_file():
        what = f"{place} holds no adapter: adapter_config.json is not in it"
        yield Complaint((*at, "path"), what, "name the folder that peft's save_pretrained wrote")
    if adapter.trainer_state is not None:
        yield from missing((*at, "trainer_state"), folder, adapter.trainer_state)
