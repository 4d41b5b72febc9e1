"""Datasets on the hub: fetched once, in a step of its own, and read from the cache ever after.

What is fetched is written as JSON Lines beside a manifest that names the commit; reading the cache
needs neither the network nor the `datasets` library. Whatever goes wrong on the way is the reason
in an `Unreachable`, so that a plan can be made on a train.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from evalreport.digest import digest_file, digest_of
from evalreport.records import Unreachable
from evalreport.sources.dataset import Dataset
from evalreport.sources.table_rows import holds_bytes, plain_value
from evalreport.values import Count, Digest, Value

_ROWS: Final = "rows.jsonl"
_MANIFEST: Final = "manifest.json"
_SHA: Final = re.compile(r"[0-9a-f]{40}")
_ROWS_AT_ONCE: Final = 1024
_LONGEST_REASON: Final = 400
_TIMEOUT_SECONDS: Final = 10.0
# Read by the libraries when they are imported: no telemetry, no counting of downloads.
_QUIET: Final = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}


class Manifest(Value):
    """What stands in the cache: where it came from, exactly, and what it is.

    `revision` is what was asked for, `sha` the commit that it meant at that time.
    """

    id: str
    config: str | None
    split: str
    revision: str | None
    sha: str
    rows: Count
    digest: Digest
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cached:
    """A hub dataset that is on this machine: its rows as JSON Lines."""

    path: Path
    manifest: Manifest

    @property
    def origin(self) -> str:
        """The dataset with its commit, as a report names it."""
        inside = "/".join(filter(None, (self.manifest.config, self.manifest.split)))
        return f"hub:{self.manifest.id}@{self.manifest.sha[:12]} ({inside})"


def cached(dataset: Dataset, cache: Path) -> Cached | None:
    """The rows of a hub dataset in the cache, when they are there, whole, and those asked for."""
    folder = _folder(dataset, cache)
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
        is_whole = digest_file(folder / _ROWS) == manifest.digest
    except (OSError, ValidationError):
        return None
    return Cached(folder / _ROWS, manifest) if is_whole else None


def fetch(name: str, dataset: Dataset, cache: Path) -> Cached | Unreachable:
    """Brings a hub dataset into the cache, unless it is there.

    The revision is resolved to a commit first and only that commit is read; nothing of the
    dataset's repository is executed.

    Args:
        name: Of the dataset in the spec.
        dataset: With a hub id as `path`.
        cache: Folder that holds fetched datasets.
    """
    found = cached(dataset, cache)
    if found is not None:
        return found
    try:
        return _fetch(dataset, cache)
    except Exception as error:  # noqa: BLE001 - a hub fails in more ways than its client declares
        # Another build may have fetched it meanwhile, which is one of these ways.
        return cached(dataset, cache) or unreachable(name, dataset, _reason(error))


def unreachable(
    name: str, dataset: Dataset, reason: str, *, is_awaited: bool = False
) -> Unreachable:
    """That a dataset is not here, with the number of rows that the spec expects of it."""
    return Unreachable(
        name=name,
        reason=f"{dataset.hub_id}: {reason}",
        expected_rows=dataset.expect.rows if dataset.expect is not None else None,
        awaited=dataset.hub_id if is_awaited else "",
    )


def _folder(dataset: Dataset, cache: Path) -> Path:
    asked = [dataset.hub_id, dataset.config, dataset.split, dataset.revision]
    slug = re.sub(r"[^A-Za-z0-9._-]+", "--", dataset.hub_id)[:80]
    return cache / f"{slug}-{digest_of('hub dataset', *asked)[:16]}"


def _fetch(dataset: Dataset, cache: Path) -> Cached:
    for variable, value in _QUIET.items():
        os.environ.setdefault(variable, value)
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise ConnectionError("not in the cache, and HF_HUB_OFFLINE forbids to fetch it")
    import datasets

    info = HfApi(library_name="evalreport").dataset_info(
        dataset.hub_id, revision=dataset.revision, timeout=_TIMEOUT_SECONDS
    )
    sha = str(info.sha)
    if not _SHA.fullmatch(sha):
        raise ValueError(f"the hub names no commit for revision {dataset.revision or 'main'}")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as temporary:
        # `hf://` and a private cache: neither a local folder of that name nor an older copy of
        # another commit may stand in for what was asked.
        builder = datasets.load_dataset_builder(
            f"hf://datasets/{dataset.hub_id}",
            name=dataset.config,
            revision=sha,
            cache_dir=temporary,
        )
        builder.download_and_prepare()
        split = dataset.split or _only_split([*builder.info.splits])
        loaded = builder.as_dataset(split=split)
        folder = Path(temporary) / "ready"
        folder.mkdir()
        manifest = _write(loaded, folder, dataset, split=split, sha=sha)
        target = _folder(dataset, cache)
        shutil.rmtree(target, ignore_errors=True)
        folder.replace(target)
    return Cached(target / _ROWS, manifest)


def _only_split(splits: list[str]) -> str:
    if len(splits) != 1:
        named = ", ".join(str(split) for split in splits)
        raise ValueError(f"it has the splits {named}: say which with `split:`")
    return splits[0]


def _write(loaded: Any, folder: Path, dataset: Dataset, *, split: str, sha: str) -> Manifest:
    schema = loaded.features.arrow_schema
    binary = [field.name for field in schema if holds_bytes(field.type)]
    rows = 0
    with (folder / _ROWS).open("w", encoding="utf-8", newline="\n") as file:
        for row in _rows(loaded.remove_columns(binary)):
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
            rows += 1
    named = ", ".join(f"`{column}`" for column in binary)
    manifest = Manifest(
        id=dataset.hub_id,
        config=dataset.config,
        split=split,
        revision=dataset.revision,
        sha=sha,
        rows=rows,
        digest=digest_file(folder / _ROWS),
        notes=(f"The columns {named} hold bytes and were not read.",) if binary else (),
    )
    (folder / _MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def _rows(loaded: Any) -> Iterator[dict[str, object]]:
    number = 0
    for batch in loaded.with_format("arrow").iter(batch_size=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            number += 1
            try:
                yield {key: plain_value(value) for key, value in row.items()}
            except ValueError as error:
                raise ValueError(f"row {number}: {error}") from error


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return "it is gated: accept its terms on the hub and set HF_TOKEN"
    if isinstance(error, errors.RevisionNotFoundError):
        return "the hub does not know this revision"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "the hub does not know it, or does not show it without HF_TOKEN"
    said = [" ".join(str(one).split()) or type(one).__name__ for one in _chain(error)]
    return f"it cannot be fetched: {': '.join(said)[:_LONGEST_REASON]}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it: libraries put the reason into the cause."""
    while error is not None:
        yield error
        error = error.__cause__
