"""One sample of a log from the members of its archive: a whole one, or one in chunks."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from typing import Final

from evalreport.importers.inspect_logs.archive import DamagedMember, LogArchive
from evalreport.importers.inspect_logs.samples import (
    Attachments,
    Sample,
    read_metadata,
    read_sample,
)
from evalreport.importers.json_walk import BrokenJson, JsonWalk, OddValue
from evalreport.importers.reading import CUT, text_of

_SHELL: Final = "/sample.json"
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_CHUNK: Final = re.compile(r"(samples/.*)/attachments/(0|[1-9][0-9]{0,11})[.]json", re.DOTALL)
_SAMPLE: Final = re.compile(r"samples/.*_epoch_([0-9]{1,9})(\.json|/sample\.json)", re.DOTALL)


def sample_names(archive: LogArchive) -> list[str]:
    """The members that samples begin with, by epoch."""
    found = [(match, name) for name in archive.names if (match := _SAMPLE.fullmatch(name))]
    return [name for _, name in sorted(found, key=lambda one: int(one[0][1]))]


def chunks_of(archive: LogArchive) -> Mapping[str, list[int]]:
    """By folder of a sample in chunks, the numbers with which the chunks of its texts begin."""
    found: dict[str, list[int]] = {}
    for name in archive.names:
        if match := _CHUNK.fullmatch(name):
            found.setdefault(match[1], []).append(int(match[2]))
    return found


def sample_at(
    archive: LogArchive, chunks: Mapping[str, list[int]], name: str, keys: Set[str]
) -> Sample | str:
    """A sample from its member; one in chunks has metadata and long texts in members beside it.

    Args:
        archive: The log.
        chunks: Of all samples, as `chunks_of` gives them.
        name: Of the member.
        keys: Of the metadata that is wanted.

    Returns:
        The sample, or why it is none.
    """
    try:
        if not name.endswith(_SHELL):
            with archive.opened(name) as file:
                return _whole(JsonWalk(file), keys, None)
        folder = name.removesuffix(_SHELL)
        with archive.opened(name) as file:
            starts = chunks.get(folder, [])
            found = _whole(JsonWalk(file), keys, lambda refs: _apart(archive, folder, starts, refs))
        aside = f"{folder}/metadata.json"
        if isinstance(found, Sample) and keys and archive.has(aside):
            metadata: dict[str, str] = {}
            with archive.opened(aside) as file:
                read_metadata(JsonWalk(file), keys, metadata)
            return replace(found, metadata=metadata)
    except DamagedMember as damaged:
        return damaged.why
    except BrokenJson as broken:
        return CUT if broken.is_cut else "the sample is not JSON"
    return found


def _whole(walk: JsonWalk, keys: Set[str], apart: Attachments | None) -> Sample | str:
    found = read_sample(walk, keys, apart)
    walk.end()
    return found


def _apart(
    archive: LogArchive, folder: str, starts: Sequence[int], refs: Set[str]
) -> Mapping[str, str]:
    """Texts by their number in a sequence, which is cut into members named by their first number.

    A number that is not there stays a reference.
    """
    wanted = {int(ref) for ref in refs if _NUMBER.fullmatch(ref)}
    found: dict[str, str] = {}
    for start, end in pairwise([*sorted(starts), 1 << 62]):
        here = {ref - start for ref in wanted if start <= ref < end}
        if not here:
            continue
        with archive.opened(f"{folder}/attachments/{start}.json") as file:
            walk = JsonWalk(file)
            for i in walk.elements():
                if i in here:
                    found[str(start + i)] = _text(walk)
    return found


def _text(walk: JsonWalk) -> str:
    try:
        return text_of(walk.value())
    except OddValue:
        return ""
