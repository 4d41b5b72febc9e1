"""acquire: read everything outside the spec that a plan needs, and say what is not there."""

from collections.abc import Callable
from pathlib import Path

from evalreport.engines import FakeEngine
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import (
    ModelFiles,
    NotHere,
    adapter_digest,
    base_digest,
    download,
    locate,
)
from evalreport.errors import EvalReportError
from evalreport.plan.model import Inputs, LocatedModel
from evalreport.sources.acquire import acquire as acquire_corpora
from evalreport.spec.models import Spec
from evalreport.training.options import Existing


def acquire(
    spec: Spec,
    folder: Path,
    cache: Path,
    file_digest: Callable[[Path], str],
    *,
    may_download: bool = False,
) -> Inputs:
    """Corpora, models and adapters of a spec.

    Args:
        spec: As loaded.
        folder: Of the spec file; paths are relative to it.
        cache: Where fetched datasets are kept.
        file_digest: SHA-256 of a file, remembered between builds.
        may_download: Whether the network may be used for what is not on this machine.

    Raises:
        DataError: A file cannot be used as it stands.
    """
    models = {
        path: _model(spec, path, folder, file_digest, may_download=may_download)
        for path in dict.fromkeys(
            [spec.base_model.path, *(arm.model for arm in spec.arms.values() if arm.model)]
        )
    }
    adapters: dict[str, str] = {}
    missing: dict[str, str] = {}
    wanted = [spec.adapter, *(arm.adapter for arm in spec.arms.values())]
    for path in dict.fromkeys(one.path for one in wanted if isinstance(one, Existing)):
        try:
            adapters[path] = adapter_digest(folder / path, file_digest)
        except OSError as error:
            file = f": {Path(error.filename).name}" if error.filename else ""
            missing[path] = (
                f"adapter {path} cannot be read ({error.strerror or error}{file}); name a "
                "folder with adapter_config.json and adapter_model.safetensors"
            )
    return Inputs(
        corpora=acquire_corpora(spec.datasets, folder, cache, may_fetch=may_download),
        models=models,
        adapters=adapters,
        missing_adapters=missing,
    )


def _model(
    spec: Spec,
    path: str,
    folder: Path,
    file_digest: Callable[[Path], str],
    *,
    may_download: bool,
) -> LocatedModel | str:
    if isinstance(spec.engine, FakeEngine):
        return LocatedModel(
            folder=path,
            digest=spec.engine.base_digest(path),
            public_name=spec.base_model.hub_id,
            facts={},
        )
    is_base = path == spec.base_model.path
    revision = spec.base_model.revision if is_base else None
    found = locate(path, relative_to=folder, revision=revision)
    if isinstance(found, NotHere) and found.can_download and may_download:
        try:
            found = download(path, revision=revision)
        except EvalReportError as error:
            return _told(path, error.problems[0].what, error.problems[0].hint)
    if isinstance(found, NotHere):
        return _told(path, found.reason, found.hint)
    return _located(spec, found, file_digest, is_base=is_base)


def _told(path: str, reason: str, hint: str) -> str:
    """Why a model is not here, and what to do, in one line."""
    named = reason if path in reason else f"{path}: {reason}"
    return f"{named}; {hint}" if hint else named


def _located(
    spec: Spec, found: ModelFiles, file_digest: Callable[[Path], str], *, is_base: bool
) -> LocatedModel | str:
    facts = read_facts(found)
    refused = facts.unsupported_reason(trust_remote_code=spec.base_model.trust_remote_code)
    if refused is not None:
        return f"{found.path}: {refused}"
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
