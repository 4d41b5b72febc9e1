"""coverage.yaml: where each numeral and each evaluative sentence of a published text went.

```yaml
source: 000_ca48a66f00e8c29d.txt
sha256: ...
lines: 203
numerals:
  - {line: 5, numeral: "20,000", at: training.recorded.rows.train}
  - {line: 4, numeral: ["3", "4B"], ignored: the name of the base}
  - {line: 97, numeral: "50.0%", as: "10 / 20", at: [evaluation.layers.blind-ab.counts.tuned, evaluation.layers.blind-ab.n]}
evaluative:
  - {line: 106, claim: 3}
  - {line: 154, sentence: 2, ignored: about evaluations in general}
```

`at` is one path or several, of which each holds the value; entries of lists go by their name or
their number from 0, as in `--set`. With `as`, the numeral is what a sum of the numbers at `at`
gives. Several numerals of a line share an entry as a list.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from evalreport.spec.arithmetic import Arithmetic
from evalreport.spec.yaml12 import compose
from evalreport.values import Digest, Json, Natural, Value, Words
from tests.audits.numerals import Numeral, follows, numerals, readings, values_in
from tests.audits.sentences import sentences

_UNITS: Final = frozenset(map(Fraction, (1, 60, 100, 1000, 3600)))
_LINES: Final = re.compile(r"(\d+)(?:\s*(?:-|–|to)\s*(\d+))?")


def _in_a_list(given: Any) -> Any:
    return [given] if isinstance(given, str | int) else given


Texts = Annotated[tuple[Words, ...], BeforeValidator(_in_a_list), Field(min_length=1)]
Numbers = Annotated[tuple[Natural, ...], BeforeValidator(_in_a_list), Field(min_length=1)]


class _Fate(Value):
    """Whether something is in the spec, or why it is left out: one of the two."""

    ignored: Words | None = None

    @property
    def goes(self) -> bool:
        return False

    @model_validator(mode="after")
    def _one_fate(self) -> "_Fate":
        if self.goes == (self.ignored is not None):
            raise ValueError("it goes somewhere, or is ignored with a reason")
        return self


class NumeralEntry(_Fate):
    """Numerals of one line that share their fate."""

    model_config = ConfigDict(serialize_by_alias=True)

    line: Natural
    numeral: Texts
    at: Texts | None = None
    sum: Arithmetic | None = Field(None, alias="as")

    @property
    def goes(self) -> bool:
        """Whether it is in the spec."""
        return self.at is not None


class SentenceEntry(_Fate):
    """A line, or one sentence of it, and the claims that rule on it, counted from 1."""

    line: Natural
    sentence: Natural | None = None
    claim: Numbers | None = None

    @property
    def goes(self) -> bool:
        """Whether a claim rules on it."""
        return self.claim is not None


class Coverage(Value):
    """Where everything in a text went."""

    source: Words
    sha256: Digest
    lines: Natural
    numerals: tuple[NumeralEntry, ...]
    evaluative: tuple[SentenceEntry, ...]


def read_coverage(path: Path) -> Coverage:
    """The coverage file of an audit."""
    document = compose(path.read_text(encoding="utf-8"))
    assert not document.flaws, document.flaws
    return Coverage.model_validate(document.value)


# Against the text


def faults_in_text(coverage: Coverage, text: str) -> Iterator[str]:
    """What the file lacks of a text, and what it has that the text does not."""
    there = text.split("\n")
    count = len(there) - (not there[-1])
    if count != coverage.lines:
        yield f"the text has {count} lines, not {coverage.lines}"
    yield from _numerals(coverage, numerals(text))
    yield from _sentences(coverage, text)


def _numerals(coverage: Coverage, found: Sequence[Numeral]) -> Iterator[str]:
    entered: dict[int, list[str]] = {}
    for entry in coverage.numerals:
        entered.setdefault(entry.line, []).extend(entry.numeral)
    lines = [entry.line for entry in coverage.numerals]
    if lines != sorted(lines):
        yield "the entries of numerals are not in the order of their lines"
    standing: dict[int, list[str]] = {}
    for one in found:
        standing.setdefault(one.line, []).append(one.text)
    for line in sorted({*entered, *standing}):
        there, here = standing.get(line, []), entered.get(line, [])
        if there != here:
            yield f"line {line} has the numerals {there}, and the file has {here}"


def _sentences(coverage: Coverage, text: str) -> Iterator[str]:
    every = tuple(sentences(text))
    known = {(entry.line, entry.sentence) for entry in coverage.evaluative}
    for one in every:
        if one.is_evaluative and not {(one.line, None), (one.line, one.place)} & known:
            yield f"line {one.line}, sentence {one.place} may be evaluative: {one.text[:60]!r}"
    there = {(one.line, one.place) for one in every}
    for line, place in sorted(known, key=str):
        if (line, place or 1) not in there:
            yield f"there is no sentence {place or 1} on line {line}"


# Against the spec


def faults_in_spec(coverage: Coverage, spec: Json) -> Iterator[str]:
    """Entries whose number does not stand in the spec where they say, and claims without a line.

    Args:
        coverage: Of the text.
        spec: The spec as it is written, before defaults.
    """
    for entry in coverage.numerals:
        yield from _held(entry, spec)
    yield from _claimed(coverage, spec)


def _held(entry: NumeralEntry, spec: Json) -> Iterator[str]:
    where, parts = f"line {entry.line}", []
    for path in entry.at or ():
        found = at_path(spec, path)
        if found is None:
            yield f"{where}: the spec has nothing at {path}"
            return
        parts.append((path, values_in(found)))
    if entry.sum is not None:
        yield from _summed(entry, parts)
        return
    for numeral in entry.numeral if parts else ():
        for path, values in parts:
            if not readings(numeral) & values:
                yield f"{where}: {numeral} does not stand at {path}"


def _summed(entry: NumeralEntry, parts: list[tuple[str, frozenset[Fraction]]]) -> Iterator[str]:
    sum_ = entry.sum or "0"
    used, there = values_in(sum_), frozenset[Fraction]().union(*(values for _, values in parts))
    for path, values in parts:
        if not used & values:
            yield f"line {entry.line}: {sum_} does not use what stands at {path}"
    if strange := used - there - _UNITS:
        yield f"line {entry.line}: {', '.join(map(str, strange))} of {sum_} stands at no path of it"
    for numeral in entry.numeral:
        if not follows(numeral, sum_):
            yield f"line {entry.line}: {sum_} does not give {numeral}"


def _claimed(coverage: Coverage, spec: Json) -> Iterator[str]:
    claims = spec.get("claims") if isinstance(spec, dict) else None
    sources = [str(c.get("source", "")) for c in claims if isinstance(c, dict)] if isinstance(claims, list) else []  # fmt: skip
    named: set[int] = set()
    for entry in coverage.evaluative:
        for number in entry.claim or ():
            named.add(number)
            if number > len(sources):
                yield f"line {entry.line}: there is no claim {number}"
            elif entry.line not in lines_of(sources[number - 1]):
                yield f"line {entry.line}: the source of claim {number} does not name it"
    for number in range(1, len(sources) + 1):
        if number not in named:
            yield f"no line of the text is ruled on by claim {number}"


def lines_of(source: str) -> frozenset[int]:
    """The lines that a claim's source names: `lines 95 and 114`, `lines 14 to 16`."""
    found: set[int] = set()
    for first, last in _LINES.findall(source):
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def at_path(spec: Json, path: str) -> Json:
    """What stands at a dotted path; None where nothing does.

    Args:
        spec: As it is written.
        path: Such as `evaluation.layers.blind-ab.counts.tuned`; names may hold dots.
    """
    node, segments = spec, path.split(".")
    while segments:
        for count in range(len(segments), 0, -1):
            step = ".".join(segments[:count])
            if isinstance(node, dict) and step in node:
                node = node[step]
            elif isinstance(node, list) and (inner := _entry(node, step)) is not None:
                node = inner
            else:
                continue
            segments = segments[count:]
            break
        else:
            return None
    return node


def _entry(entries: list[Json], step: str) -> Json:
    if step.isdecimal():
        return entries[int(step)] if int(step) < len(entries) else None
    return next((one for one in entries if isinstance(one, dict) and one.get("name") == step), None)
