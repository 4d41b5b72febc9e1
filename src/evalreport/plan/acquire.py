"""acquire: read everything outside the spec that a plan needs, and say what is not there."""

from collections.abc import Callable, Mapping
from pathlib import Path

from evalreport.digest import digest_of
from evalreport.engines import FakeEngine
from evalreport.engines.beside import beside_digest
from evalreport.engines.model_digests import base_digest
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import (
    ModelFiles,
    NotHere,
    download,
    locate,
)
from evalreport.errors import DataError, EvalReportError
from evalreport.importers.acquire import read_results
from evalreport.importers.outputs import read_outputs
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.plan.model import Inputs, LocatedModel
from evalreport.records import EarlierTraining
from evalreport.sources.acquire import acquire as acquire_corpora
from evalreport.spec.asked import loads_models
from evalreport.spec.models import Spec
from evalreport.training.earlier import read_earlier
from evalreport.training.existing import read_existing
from evalreport.training.options import Existing
from evalreport.training.published import read_recorded


def acquire(
    spec: Spec,
    folder: Path,
    cache: Path,
    file_digest: Callable[[Path], str],
    *,
    may_download: bool = False,
) -> Inputs:
    """Corpora, models, adapters and other tools' results of a spec.

    Args:
        spec: As loaded.
        folder: Of the spec file; paths are relative to it.
        cache: Where fetched datasets are kept.
        file_digest: SHA-256 of a file, remembered between builds.
        may_download: Whether the network may be used for what is not on this machine.

    Raises:
        DataError: A file cannot be used as it stands.
    """
    for_models = may_download and loads_models(spec)
    looked = {
        path: _model(spec, path, folder, file_digest, may_download=for_models)
        for path in dict.fromkeys(
            [spec.base_model.path, *(arm.model for arm in spec.arms.values() if arm.model)]
        )
    }
    models = {path: _told(m) if isinstance(m, NotHere) else m for path, m in looked.items()}
    adapters: dict[str, str] = {}
    missing: dict[str, str] = {}
    beside: dict[str, str] = {}
    earlier = _behind_models(spec, folder, models)
    wanted = [spec.adapter, *(arm.adapter for arm in spec.arms.values())]
    for one in dict.fromkeys(one for one in wanted if isinstance(one, Existing)):
        state = None if one.trainer_state is None else folder / one.trainer_state
        try:
            found = read_existing(
                folder / one.path, path=one.path, file_digest=file_digest, state=state
            )
        except DataError as error:
            problem = error.problems[0]
            what = problem.what.removeprefix("it ")
            missing[one.path] = f"adapter {one.path} {what}; {problem.hint}"
        else:
            adapters[one.path] = found.digest
            beside[one.path] = beside_digest(folder / one.path)
            earlier[one.path] = found.training
    return Inputs(
        corpora=acquire_corpora(spec.datasets, folder, cache, may_fetch=may_download),
        models=models,
        adapters=adapters,
        missing_adapters=missing,
        beside=beside,
        earlier=earlier,
        results={
            layer.name: read_results(layer, folder, file_digest)
            for layer in spec.evaluation.layers
            if isinstance(layer, Imported)
        },
        outputs={
            (layer.name, arm): read_outputs(arm, given, folder, file_digest)
            for layer in spec.evaluation.layers
            if isinstance(layer, Generation)
            for arm, given in layer.imported.items()
        },
        recorded_training=None
        if spec.told_training is None
        else read_recorded(spec.told_training, spec.adapter, folder),
        ratings={
            layer.name: digest_of("ratings", [file_digest(folder / one) for one in layer.ratings])
            for layer in spec.evaluation.layers
            if isinstance(layer, Human) and layer.ratings
        },
        awaited=frozenset(
            path
            for path, one in looked.items()
            if isinstance(one, NotHere) and one.can_download and not may_download
        ),
    )


def _behind_models(
    spec: Spec, folder: Path, models: Mapping[str, LocatedModel | str]
) -> dict[str, EarlierTraining]:
    """What lies beside finished models; a packed file stands among others that say nothing."""
    earlier: dict[str, EarlierTraining] = {}
    for path in dict.fromkeys(arm.model for arm in spec.arms.values() if arm.model):
        located = models[path]
        if isinstance(located, str):
            continue
        bare = EarlierTraining(path=path, unknown=("anything of how it was trained",))
        place = folder / located.folder
        is_whole = located.gguf_file is None and place.is_dir()
        earlier[path] = read_earlier(place, path=path) if is_whole else bare
    return earlier


def _model(
    spec: Spec,
    path: str,
    folder: Path,
    file_digest: Callable[[Path], str],
    *,
    may_download: bool,
) -> LocatedModel | NotHere:
    is_base = path == spec.base_model.path
    if is_base and spec.base_model.name is None:
        return NotHere(path=path, reason=f"{path} names no model", hint="name it as base_model")
    if isinstance(spec.engine, FakeEngine):
        return LocatedModel(
            folder=path,
            digest=spec.engine.base_digest(path),
            public_name=spec.base_model.hub_id,
            facts={},
        )
    revision = spec.base_model.revision if is_base else None
    found = locate(path, relative_to=folder, revision=revision)
    if isinstance(found, NotHere) and found.can_download and may_download:
        try:
            found = download(path, revision=revision)
        except EvalReportError as error:
            problem = error.problems[0]
            return NotHere(path=path, reason=problem.what, hint=problem.hint)
    if isinstance(found, NotHere):
        return found
    return _located(spec, found, file_digest, is_base=is_base)


def _told(lost: NotHere) -> str:
    """Why a model is not here, and what to do, in one line."""
    named = lost.reason if lost.path in lost.reason else f"{lost.path}: {lost.reason}"
    return f"{named}; {lost.hint}" if lost.hint else named


def _located(
    spec: Spec, found: ModelFiles, file_digest: Callable[[Path], str], *, is_base: bool
) -> LocatedModel | NotHere:
    facts = read_facts(found)
    refused = facts.unsupported_reason(trust_remote_code=spec.base_model.trust_remote_code)
    if refused is not None:
        return NotHere(path=found.path, reason=f"{found.path}: {refused}")
    public = spec.base_model.hub_id if is_base else None
    if public is None and found.revision is not None:
        public = found.path.removeprefix("hub:")
    return LocatedModel(
        folder=str(found.folder),
        gguf_file=found.gguf_file,
        digest=base_digest(found, file_digest),
        revision=found.revision,
        public_name=public,
        facts={**facts.model_dump(mode="json"), "stored_form": facts.stored_form},
    )
