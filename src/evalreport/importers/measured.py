"""Measured: how an arm was measured, by part and by file, as far as that is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from evalreport.importers.base import Facts
from evalreport.importers.collect import Collected, Read

Told: TypeAlias = str | int
NOTHING: Final = ("", None)


@dataclass(frozen=True, slots=True)
class Measured:
    """How an arm was measured: by part, the facts of each file that has rows of it.

    Attributes:
        by_part: What files tell, and of the rest what the spec says.
        declared: The facts that some file does not tell and the spec says.
    """

    by_part: Mapping[str, tuple[Facts, ...]]
    declared: frozenset[str] = frozenset()

    def told(self, name: str, part: str) -> tuple[Told, ...]:
        """The different things that files tell of one fact of a part; none where none tells."""
        values = [getattr(one, name) for one in self.by_part.get(part, ())]
        return tuple(dict.fromkeys(value for value in values if value not in NOTHING))

    def is_unknown(self, name: str) -> bool:
        """Whether some file does not tell a fact."""
        facts = [one for of in self.by_part.values() for one in of]
        return not facts or any(getattr(one, name) in NOTHING for one in facts)

    def summary(self) -> Facts:
        """All of it as one: what is unknown of some part is unknown, what differs stands beside."""
        found: dict[str, object] = {}
        for name in Facts.model_fields:
            every = dict.fromkeys(value for part in self.by_part for value in self.told(name, part))
            if self.is_unknown(name) or (name == "shots" and len(every) > 1):
                continue
            found[name] = next(iter(every)) if len(every) == 1 else " / ".join(map(str, every))
        return Facts.model_validate(found)


def read_of(collected: Collected, arm: str) -> Iterator[Read]:
    """The files that hold results of an arm: its own, or those of all arms."""
    yield from (
        collected.read.get(arm) or collected.read.get("") or next(iter(collected.read.values()))
    )


def figure_facts(collected: Collected, arm: str, part: str) -> Facts:
    """How an arm's total of a part was measured: as its first file that tells, else the spec."""
    told = Facts()
    for read in read_of(collected, arm):
        told = _joined(told, _facts(read, part))
    return _joined(told, _declared(collected, arm))


def _declared(collected: Collected, arm: str) -> Facts:
    """What the spec says of how an arm was measured."""
    method = collected.layer.method.protocol(arm)
    return Facts(
        decoding=getattr(method.decoding, "known", ""),
        scorer=getattr(method.scorer, "known", ""),
        shots=getattr(method.shots, "known", None),
        template=getattr(method.template, "known", ""),
        precision=getattr(method.precision, "known", ""),
    )


def measured_of(collected: Collected, arm: str) -> Measured:
    """How an arm was measured: as its files tell, and else as the spec says."""
    declared = _declared(collected, arm)
    told = {
        part: of
        for part in collected.wanted
        if (
            of := tuple(
                _facts(read, part)
                for read in read_of(collected, arm)
                if part in read.parts.get(arm, ())
            )
        )
    }
    return Measured(
        {part: tuple(_joined(one, declared) for one in of) for part, of in told.items()},
        frozenset(
            name
            for name in Facts.model_fields
            if getattr(declared, name) not in NOTHING
            and any(getattr(one, name) in NOTHING for of in told.values() for one in of)
        ),
    )


def _facts(read: Read, part: str) -> Facts:
    """What a file tells of a part: of it, and of all."""
    facts = read.reading.facts
    return _joined(facts.get(part, Facts()), facts.get("", Facts()))


def _joined(first: Facts, second: Facts) -> Facts:
    """What the first tells, and of the rest what the second does."""
    return Facts(
        decoding=first.decoding or second.decoding,
        scorer=first.scorer or second.scorer,
        shots=second.shots if first.shots is None else first.shots,
        template=first.template or second.template,
        precision=first.precision or second.precision,
    )
