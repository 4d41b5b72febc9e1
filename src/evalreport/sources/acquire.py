"""acquire: every dataset of a spec to its corpus, each file read once."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalreport.errors import Problem, SpecError
from evalreport.numbers import count_text
from evalreport.records import Corpora, Corpus, Role, Unreachable
from evalreport.sources.assemble import answered, corpus, weighted
from evalreport.sources.dataset import CONTENT, Dataset
from evalreport.sources.faults import Faults
from evalreport.sources.hub import Cached, cached, fetch, unreachable
from evalreport.sources.inherit import Entry, Source, resolve
from evalreport.sources.json_rows import NumberedRow
from evalreport.sources.readers import read_rows, where
from evalreport.sources.recipe import Draft, Recipe, category
from evalreport.sources.row_faults import Loc, RowFaults
from evalreport.sources.splits import REMAINDER, Cut, split
from evalreport.sources.templates import CannotRender

# What decides how a row becomes a draft; datasets alike in all of it share their drafts.
_MAKES_DRAFTS: Final = (
    *(key for keys in CONTENT.values() for key in keys),
    *("system", "rephrased", "chat", "fields", "id", "cluster_by", "group_by", "subgroups"),
)
_NOT_FETCHED: Final = "not in the cache, and a plan fetches nothing; `build` does"


def acquire(
    datasets: Mapping[str, Entry], folder: Path, cache: Path, *, may_fetch: bool = False
) -> Corpora:
    """Reads what a spec declares under `datasets`.

    Args:
        datasets: By name; a list is a mixture.
        folder: Of the spec; paths are relative to it.
        cache: Folder of hub datasets that were fetched.
        may_fetch: Whether a hub dataset that is not in the cache may be fetched now.

    Returns:
        By name, in the order of declaration: the corpus, or why it cannot be reached from here.

    Raises:
        SpecError: The declarations contradict each other.
        DataError: A file or row cannot be used; up to 20 problems of all datasets together.
    """
    sources, wrong = resolve(datasets)
    if wrong:
        raise SpecError(*(Problem(_place(one.loc), one.what, one.hint) for one in wrong))
    with _no_collection():
        return _acquired(datasets, sources, folder, cache, may_fetch=may_fetch)


def _acquired(
    datasets: Mapping[str, Entry],
    sources: Mapping[str, Source],
    folder: Path,
    cache: Path,
    *,
    may_fetch: bool,
) -> Corpora:
    reading = _Reading(folder, cache, may_fetch=may_fetch, repeated=_repeated(sources))
    corpora: dict[str, Corpus | Unreachable] = {}
    for source in sources.values():
        if source.parent is None:
            cuts = [one for one in sources.values() if one.parent == source.name]
            corpora |= _family(source, cuts, reading)
    reading.faults.stop_if_any()
    return {name: corpora[name] for name in datasets}


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spares the cyclic garbage collector: items have no cycles, and it would walk them all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _place(loc: Iterable[str | int]) -> str:
    path = "datasets"
    for key in loc:
        path += f"[{key}]" if isinstance(key, int) else f".{key}"
    return path


@dataclass(slots=True)
class _Reading:
    """Where to read, what went wrong so far, and rows of files that several datasets name."""

    folder: Path
    cache: Path
    may_fetch: bool
    repeated: frozenset[tuple[str, str | None, str | None]]
    faults: Faults = field(default_factory=Faults)
    kept: dict[tuple[str, str | None, str | None], list[NumberedRow]] = field(default_factory=dict)

    def local(self, part: Dataset, notes: list[str]) -> Iterator[NumberedRow]:
        """The rows of a file, from memory when another dataset has read it."""
        key = _file_key(part)
        path = self.folder / (part.path or "")
        if key in self.kept:
            return iter(self.kept[key])
        rows = read_rows(
            path, self.faults, delimiter=part.delimiter, encoding=part.encoding, notes=notes
        )
        if key not in self.repeated:
            return rows
        self.kept[key] = [*rows]
        return iter(self.kept[key])

    def on_hub(self, name: str, part: Dataset) -> Cached | Unreachable:
        """A hub dataset's cached rows, fetched now if that is allowed."""
        if self.may_fetch:
            return fetch(name, part, self.cache)
        return cached(part, self.cache) or unreachable(name, part, _NOT_FETCHED, is_awaited=True)


@dataclass(slots=True)
class _Part:
    """One file of a dataset: its drafts, and what is known about the reading."""

    dataset: Dataset
    drafts: list[Draft]
    origin: str
    notes: list[str]


def _file_key(part: Dataset) -> tuple[str, str | None, str | None]:
    return part.path or "", part.delimiter, part.encoding


def _repeated(sources: Mapping[str, Source]) -> frozenset[tuple[str, str | None, str | None]]:
    times = Counter(
        _file_key(part)
        for source in sources.values()
        if source.parent is None
        for part in source.parts
        if not part.is_hub
    )
    return frozenset(key for key, count in times.items() if count > 1)


def _family(
    source: Source, cuts: Sequence[Source], reading: _Reading
) -> dict[str, Corpus | Unreachable]:
    """A dataset that has rows of its own, and those that are cut from it."""
    grouped_by = next(
        (part.group_by for one in (source, *cuts) for part in one.parts if part.group_by), None
    )
    parts: list[_Part] = []
    for index, dataset in enumerate(source.parts):
        read = _read(source, _grouped(dataset, grouped_by), _loc(source, index), reading)
        if isinstance(read, Unreachable):
            return _out_of_reach(source, cuts, read)
        parts.append(read)
    sides, notes = _sides(source, cuts, parts, reading.faults, grouped_by)
    made = {source.name: _rest(source, cuts, parts, sides, reading.faults)}
    for index, cut in enumerate(cuts):
        made[cut.name] = _cut_off(
            cut,
            [_grouped(one, grouped_by) for one in cut.parts],
            parts,
            sides,
            index,
            notes[index],
            reading.faults,
        )
    return {**made}


def _grouped(dataset: Dataset, column: str | None) -> Dataset:
    if column is None or dataset.group_by is not None:
        return dataset
    return dataset.model_copy(update={"group_by": column})


def _loc(source: Source, index: int) -> Loc:
    """Where the declaration of a file stands in the spec."""
    listed = (index,) if len(source.parts) > 1 else ()
    return ("datasets", source.name, *listed)


def _read(source: Source, dataset: Dataset, loc: Loc, reading: _Reading) -> _Part | Unreachable:
    notes: list[str] = []
    if dataset.is_hub:
        found = reading.on_hub(source.name, dataset)
        if isinstance(found, Unreachable):
            return found
        rows = read_rows(found.path, reading.faults)
        origin, shown = found.origin, found.origin
        notes += found.manifest.notes
    else:
        rows = reading.local(dataset, notes)
        origin, shown = dataset.path or "", str(reading.folder / (dataset.path or ""))
    before = reading.faults.count
    wrong = RowFaults(reading.faults, dataset, loc)
    drafts = _drafts(Recipe(dataset, source.role), rows, shown, wrong)
    expected = dataset.expect.rows if dataset.expect is not None else len(drafts)
    if reading.faults.count == before and len(drafts) != expected:
        what = f"{count_text(expected, 'row')} are expected (`expect`), and it has {len(drafts)}"
        reading.faults.add(shown, what, "correct `expect`, or find out what happened to the data")
    return _Part(dataset, drafts, origin, [*notes, *answered(drafts, reading.faults)])


def _drafts(
    recipe: Recipe, rows: Iterable[NumberedRow], shown: str, found: RowFaults
) -> list[Draft]:
    drafts: list[Draft] = []
    for line, row in rows:
        at = where(shown, line)
        try:
            drafts.append(recipe.draft(row, line, at))
        except CannotRender as error:
            found.add(at, error)
    found.close(shown, len(drafts) + found.errors)
    return drafts


def _sides(
    source: Source,
    cuts: Sequence[Source],
    parts: Sequence[_Part],
    faults: Faults,
    grouped_by: str | None,
) -> tuple[list[list[int]], Sequence[tuple[str, ...]]]:
    """For each part, each draft's side; and what to say about each cut."""
    drafts = [draft for part in parts for draft in part.drafts]
    whole = [[REMAINDER] * len(part.drafts) for part in parts]
    if not cuts or faults.count:
        return whole, [()] * len(cuts)
    declared = [
        Cut(
            name=cut.name,
            role=cut.role,
            fraction=cut.cut.fraction,
            n=cut.cut.n,
            stratify_by=cut.cut.stratify_by,
            strata=_strata(cut, drafts, faults, shown=", ".join(part.origin for part in parts)),
        )
        for cut in cuts
    ]
    if any(cut.stratify_by and len(cut.strata) < len(drafts) for cut in declared):
        return whole, [()] * len(cuts)
    units = [
        recipe.unit(draft)
        for part in parts
        for recipe in [Recipe(part.dataset, source.role)]
        for draft in part.drafts
    ]
    done = split(source.name, units, declared, faults, grouped_by=grouped_by or "")
    sides = iter(done.sides)
    return [[next(sides) for _ in part.drafts] for part in parts], done.notes


def _strata(cut: Source, drafts: Sequence[Draft], faults: Faults, *, shown: str) -> tuple[str, ...]:
    column = cut.cut.stratify_by
    if column is None:
        return ()
    strata: list[str] = []
    found = RowFaults(faults, cut.cut, _loc(cut, 0))
    for draft in drafts:
        try:
            strata.append(category(draft.row, column, "stratify_by"))
        except CannotRender as error:
            found.add(draft.where, error)
    found.close(shown, len(drafts))
    return tuple(strata)


def _rest(
    source: Source,
    cuts: Sequence[Source],
    parts: Sequence[_Part],
    sides: Sequence[Sequence[int]],
    faults: Faults,
) -> Corpus:
    notes = [note for part in parts for note in part.notes]
    drafts: list[Draft] = []
    for part, at in zip(parts, sides, strict=True):
        kept = [one for one, side in zip(part.drafts, at, strict=True) if side == REMAINDER]
        copies, note = weighted(kept, part.dataset)
        drafts += copies
        notes += [note] if note else []
    if cuts:
        whole = sum(len(part.drafts) for part in parts)
        off = Counter(side for at in sides for side in at)
        named = ", ".join(f"{cut.name} {count_text(off[i])}" for i, cut in enumerate(cuts))
        left = count_text(off[REMAINDER])
        notes.append(f"{source.name} keeps {left} of {count_text(whole, 'row')}; cut off: {named}.")
    return corpus(
        source.name,
        source.role,
        drafts,
        parts[0].dataset,
        faults,
        origin=" + ".join(part.origin for part in parts),
        notes=notes,
    )


def _cut_off(
    cut: Source,
    datasets: Sequence[Dataset],
    parts: Sequence[_Part],
    sides: Sequence[Sequence[int]],
    index: int,
    notes: Iterable[str],
    faults: Faults,
) -> Corpus:
    drafts: list[Draft] = []
    for dataset, part, at in zip(datasets, parts, sides, strict=True):
        own = [one for one, side in zip(part.drafts, at, strict=True) if side == index]
        if not _alike(dataset, part.dataset):
            found = RowFaults(faults, dataset, _loc(cut, 0))
            own = _drafted_again(own, dataset, cut.role, part, found)
            notes = [*notes, *answered(own, faults)]
        drafts += own
    return corpus(
        cut.name,
        cut.role,
        drafts,
        datasets[0],
        faults,
        origin=f"cut from {cut.parent}",
        notes=notes,
    )


def _drafted_again(
    drafts: Sequence[Draft], dataset: Dataset, role: Role, part: _Part, found: RowFaults
) -> list[Draft]:
    """The drafts of the same rows by another dataset's templates and keys."""
    read, recipe = Recipe(part.dataset, role), Recipe(dataset, role)
    again: list[Draft] = []
    for draft in drafts:
        try:
            again.append(recipe.draft(read.original(draft.row), draft.line, draft.where))
        except CannotRender as error:
            found.add(draft.where, error)
    found.close(f"the rows cut from {part.origin}", len(drafts))
    return again


def _alike(one: Dataset, other: Dataset) -> bool:
    return all(getattr(one, key) == getattr(other, key) for key in _MAKES_DRAFTS)


def _out_of_reach(
    source: Source, cuts: Sequence[Source], lost: Unreachable
) -> dict[str, Corpus | Unreachable]:
    """The whole family, with the numbers of rows that can be told from `expect`."""
    known = [part.expect.rows for part in source.parts if part.expect is not None]
    rows = sum(known) if len(known) == len(source.parts) else None
    gone = {cut.name: cut.cut.n or _share(cut.cut, rows) for cut in cuts}
    left = None if rows is None else rows - sum(count or 0 for count in gone.values())
    family: dict[str, Corpus | Unreachable] = {
        name: lost.model_copy(update={"name": name, "expected_rows": count})
        for name, count in {source.name: left, **gone}.items()
    }
    return family


def _share(cut: Dataset, rows: int | None) -> int | None:
    return None if rows is None else round((cut.fraction or 0) * rows)
