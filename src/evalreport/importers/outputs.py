"""Outputs: what an arm wrote according to another tool, held against the items of a layer."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalreport.digest import canonical, digest_of, digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.base import Reading
from evalreport.importers.columns import tally
from evalreport.importers.files import found_outputs
from evalreport.importers.names import listed, without_folders
from evalreport.importers.results import LeftOut
from evalreport.layers.foreign_files import Outputs
from evalreport.records import Chat, Failure, Item, Text
from evalreport.records.items import Prompt

_UNASKED: Final = "the files hold no output for it"
_SEVERAL: Final = "several outputs of the files have its prompt, and differ"
_NAME_COLUMN: Final = "name files that hold outputs, or their column with columns: {output: ...}"


@dataclass(frozen=True, slots=True)
class Kept:
    """One output as a file keeps it."""

    text: str
    prompt: str


@dataclass(frozen=True, slots=True)
class ForeignOutputs:
    """What the files of one arm hold.

    Attributes:
        by_item: Outputs by what the files call the item.
        by_prompt: By the digest of a prompt, what the files call the item; of several whose output
            is the same, the first.
        unclear: Prompts of several items whose outputs differ.
        left: Rows that could not be taken up.
        repeated: Rows about an item that an earlier row was about.
        models: The models that the rows name, with how many rows.
        tool: What kept them.
        shown: The files, as the spec names them.
        digest: Of their content.
    """

    by_item: Mapping[str, Kept]
    by_prompt: Mapping[str, str]
    unclear: frozenset[str]
    left: tuple[LeftOut, ...]
    repeated: int
    models: Mapping[str, int]
    tool: str
    shown: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Outputs beside the items of a layer.

    Attributes:
        responses: By item; what files do not tell of an output is unknown.
        failures: Items without one.
        same: Of how many items the prompt is known to be that of the layer.
        other: Of how many it is known to be another.
        strangers: How many outputs are of no item of the layer.
    """

    responses: Mapping[str, tuple[Text, ...]]
    failures: Mapping[str, Failure]
    same: int
    other: int
    strangers: int


@dataclass(slots=True)
class _Reading:
    by_item: dict[str, Kept] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)
    parts: dict[str, None] = field(default_factory=dict)
    repeated: int = 0

    def take(self, reading: Reading, given: Outputs) -> None:
        """All outputs of one file."""
        for row in reading.rows:
            self.parts.setdefault(row.part)
            if row.output is None or (given.part is not None and row.part != given.part):
                continue
            model = row.model or reading.model
            if given.model is not None and given.model not in (model, without_folders(model)):
                continue
            tally(self.models, model)
            self.repeated += row.item in self.by_item
            self.by_item[row.item] = Kept(row.output, row.prompt)

    def by_prompt(self) -> tuple[dict[str, str], frozenset[str]]:
        """The first item of each prompt, and the prompts of several items whose outputs differ."""
        first: dict[str, str] = {}
        unclear = set()
        for item, kept in self.by_item.items():
            if kept.prompt:
                known = first.setdefault(kept.prompt, item)
                if self.by_item[known].text != kept.text:
                    unclear.add(kept.prompt)
        for prompt in unclear:
            del first[prompt]
        return first, frozenset(unclear)


def read_outputs(
    arm: str, given: Outputs, folder: Path, file_digest: Callable[[Path], str]
) -> ForeignOutputs:
    """What the files of an arm hold.

    Args:
        arm: Whose.
        given: Which files.
        folder: Of the spec; paths are relative to it.
        file_digest: SHA-256 of a file, remembered between builds.

    Raises:
        DataError: A file cannot be used, or holds outputs of several models or measurements.
    """
    files = found_outputs(folder, given.files, given.columns.as_mapping())
    read = _Reading()
    readings = []
    for file in files:
        reading = file.importer.read(file.path, given.columns.as_mapping())
        readings.append((file, reading))
        read.take(reading, given)
    place = files[0].shown
    if given.part is None and len(read.parts) > 1:
        what = f"the files of {arm} hold {len(read.parts)} measurements"
        raise DataError(Problem(place, what, f"name one with part: {listed(read.parts)}"))
    if given.model is None and len(read.models) > 1:
        what = f"the files of {arm} hold outputs of {len(read.models)} models"
        raise DataError(Problem(place, what, f"name one with model: {listed(read.models)}"))
    if not read.by_item:
        hint = f"parts: {listed(read.parts)}" if any(read.parts) else _NAME_COLUMN
        raise DataError(Problem(place, f"the files hold no output of {arm}", hint))
    by_prompt, unclear = read.by_prompt()
    return ForeignOutputs(
        by_item=read.by_item,
        by_prompt=by_prompt,
        unclear=unclear,
        left=tuple(_left(arm, [reading for _, reading in readings])),
        repeated=read.repeated,
        models=dict(read.models),
        tool=f"{readings[0][1].tool} {readings[0][1].version}".strip(),
        shown=tuple(file.shown for file in files),
        digest=digest_of("outputs", [*sorted(file_digest(file.path) for file in files)]),
    )


def _left(arm: str, readings: Sequence[Reading]) -> Iterator[LeftOut]:
    for reading in readings:
        for why, k in reading.left.counts.items():
            yield LeftOut(arm=arm, why=why, k=k, first=reading.left.first[why])


def match(items: Sequence[Item], found: ForeignOutputs) -> Matched:
    """The outputs beside the items that the layer asks: by the item's id, else by its prompt.

    A prompt that stands in a file several times tells the output where all of them are the same;
    an output whose prompt the layer asks is no stranger, even where another one counts.

    Args:
        items: What the layer asks.
        found: What the files hold.
    """
    responses: dict[str, tuple[Text, ...]] = {}
    failures: dict[str, Failure] = {}
    used: set[str] = set()
    asked: set[str] = set()
    same = other = 0
    for item in items:
        forms = prompt_forms(item.prompt)
        asked.update(forms)
        name = item.id if item.id in found.by_item else _by_prompt(forms, found)
        if name is None:
            is_unclear = not found.unclear.isdisjoint(forms)
            failures[item.id] = Failure(reason=_SEVERAL if is_unclear else _UNASKED)
            continue
        used.add(name)
        kept = found.by_item[name]
        same += kept.prompt in forms
        other += bool(kept.prompt) and kept.prompt not in forms
        text = Text(text=kept.text, prompt_tokens=None, tokens=None, finish="unknown", seconds=None)
        responses[item.id] = (text,)
    strangers = sum(
        name not in used and kept.prompt not in asked for name, kept in found.by_item.items()
    )
    return Matched(responses, failures, same, other, strangers)


def _by_prompt(forms: Sequence[str], found: ForeignOutputs) -> str | None:
    return next((found.by_prompt[form] for form in forms if form in found.by_prompt), None)


def prompt_forms(prompt: Prompt) -> tuple[str, ...]:
    """Digests of the texts under which a file may keep a prompt.

    A single question without a system text may stand there as it is; whatever has more turns
    stands there as the JSON of its messages.
    """
    if not isinstance(prompt, Chat):
        return (digest_text(prompt.text),)
    turns = [{"role": one.role, "content": one.content} for one in prompt.messages]
    whole = digest_text(canonical([{**turn} for turn in turns]))
    if len(turns) == 1 and turns[0]["role"] == "user":
        return (digest_text(turns[0]["content"]), whole)
    return (whole,)
