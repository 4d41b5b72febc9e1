"""What recheck found, in words: one difference in a line, and which file to mend, and how."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.numbers import count_text
from evalreport.recheck.differ import Difference
from evalreport.report.model import Reproduce
from evalreport.values import Json

LOCK: Final = "spec.lock.yaml"
_SHOWN: Final = 100  # characters of a value; the whole stands under --json
_BEFORE: Final = 30  # of them, those before the first that differs


def difference_text(one: Difference) -> str:
    """A difference in one line, both values cut around the first character that differs."""
    says, gives = _cut(one.says, one.gives)
    return f"{harmless(one.where)}: it says {says}; {one.source} {gives}"


def harmless(text: str) -> str:
    """Nothing that was put into a report moves a terminal's cursor."""
    return text if text.isprintable() else ascii(text)


def _cut(says: Json, gives: Json) -> tuple[str, str]:
    mine, theirs = _text(says), _text(gives)
    if mine == theirs:  # they differ in white space alone: show it
        mine, theirs = ascii(says), ascii(gives)
    if max(len(mine), len(theirs)) <= _SHOWN:
        return mine, theirs
    alike = next(
        (i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b),
        min(len(mine), len(theirs)),
    )
    start = max(0, alike - _BEFORE)
    if start:  # from the beginning of a word on, where there is one
        start = (mine.find(" ", start, alike) + 1) or start
    return _window(mine, start), _window(theirs, start)


def _window(text: str, start: int) -> str:
    before, after = ("…" if start else ""), ("…" if len(text) > start + _SHOWN else "")
    return f"{before}{text[start : start + _SHOWN]}{after}"


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return harmless(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was held against what.

    Attributes:
        source: The report.json.
        items: The items.jsonl.
        rows: Rows that were read from it.
        miscounted: Where the number of its rows is not the one that its head says.
        reproduce: How the report says it is built.
        inside: Where report.json is not what its items give, or what the build wrote.
        lock: Where spec.lock.yaml is not what report.json says.
        rendered: The files beside it that are not what report.json renders to.
    """

    source: Path
    items: Path
    rows: int
    miscounted: Sequence[tuple[str, int, int]]
    reproduce: Reproduce
    inside: Sequence[Difference]
    lock: Sequence[Difference]
    rendered: Sequence[str]


def result_text(looked: Looked) -> str:
    """The result: which file is at fault, as far as that can be told, and what to do.

    What stands further on in this order follows from what stands before it: items that are not
    whole give other numbers, and a changed report.json renders to other files.
    """
    found = len(looked.inside) + len(looked.lock) + len(looked.rendered)
    if not found:
        return "the report says what its items give"
    return f"{count_text(found, 'difference')}: {'; '.join(_at_fault(looked))}"


def _at_fault(looked: Looked) -> Iterator[str]:
    source, items, again = looked.source, looked.items, _built_by(looked.reproduce)
    if looked.miscounted:
        promised = looked.rows + sum(said - there for _, said, there in looked.miscounted)
        yield (
            f"{items} is not whole: {count_text(looked.rows, 'row')}, its head says {promised:,}"
            if looked.rows < promised
            else f"{items} holds other rows than its head says"
        )
        yield f"copy it again, or build again: {again}"
    elif looked.inside:
        yield f"{source} is not what its items give"
        yield f"one of the two was changed, or is of another build; build again: {again}"
    else:
        if looked.rendered:
            one = len(looked.rendered) == 1
            yield (
                f"{', '.join(looked.rendered)} {'is' if one else 'are'} not what {source.name} "
                f"renders to"
            )
            yield f"`evalreport report {source}` writes {'it' if one else 'them'} anew"
        if looked.lock:
            yield f"{LOCK} is not what {source.name} says; build again: {again}"


def _built_by(reproduce: Reproduce) -> str:
    """The command, quoted for a shell: what a report holds may have been put there."""
    sets = (part for override in reproduce.overrides for part in ("--set", override))
    return harmless(f"`{shlex.join(['evalreport', 'build', reproduce.spec_path, *sets])}`")
