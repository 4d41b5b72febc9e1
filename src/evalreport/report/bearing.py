"""Bearing: what a remark or a step is about, the verdict or other numbers, and what is worst.

What a verdict rests on is asked of the verdict's own grounds, so that it is one thing everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Finding, Findings, Measurement
from evalreport.rules.base import Remark, Severity, Status
from evalreport.rules.table import is_caveat
from evalreport.verdict.grounds import grounds_of

_SEVERITIES: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a verdict rests on.

    Attributes:
        primaries: Ids of the primary findings: a broken rule about one counts against the verdict.
        deciding: Ids of all that it rests on: these, guards, requirements, guards of what ships.
        falling: Ids of subgroups that are shown to fall.
        weakening: How many different broken rules count against the verdict.
        places: Layers, and the arms that answered them for it.
    """

    primaries: frozenset[str]
    deciding: frozenset[str]
    falling: frozenset[str]
    weakening: int
    places: frozenset[tuple[str, str]]

    def is_counted(self, remark: Remark) -> bool:
        """Whether a remark is about a primary; one that names nothing is about everything."""
        return _is_open(remark) or bool(self.primaries & {*remark.cites})

    def concerns(self, remark: Remark) -> bool:
        """Whether a remark is about what the verdict rests on; without a primary, each may be."""
        return not self.primaries or _is_open(remark) or bool(self.deciding & {*remark.cites})

    def concerns_step(self, step_id: str) -> bool:
        """Whether the verdict rests on a step; so it does on all that is not known better."""
        named = step_id.split(" seed ", maxsplit=1)[0].split(" ")
        if not self.places or len(named) < 2:
            return True
        match named:
            case ["ask" | "judge", layer, arm]:
                return (layer, arm) in self.places
            case ["import", layer]:
                return layer in {of for of, _ in self.places}
            case ["preflight", arm]:
                return arm in {of for _, of in self.places}
            case _:
                return True

    def weight(self, remark: Remark) -> tuple[int, ...]:
        """Where a remark stands among the limitations, the least first.

        What invalidates the verdict or may, what weakens it, what is about other numbers only, and
        notes. Of what weakens it, measured harm first, then other measured numbers, then caveats.
        """
        is_unchecked = remark.status is not Status.BROKEN
        is_aside = not self.is_counted(remark)
        severity = _SEVERITIES.index(remark.severity)
        if remark.severity is Severity.NOTE:
            return 4, is_unchecked
        if not self.concerns(remark):
            return 3, is_unchecked, severity
        if remark.severity is Severity.INVALIDATES:
            return 0, is_unchecked, is_aside
        if is_unchecked:
            return 2, is_aside
        is_harmless = not self.falling & {*remark.cites}
        return 1, is_harmless, is_caveat(remark.rule), is_aside


def bearing_of(
    findings: Iterable[Finding], measurements: Iterable[Measurement], remarks: Iterable[Remark]
) -> Bearing:
    """What the verdict on these findings rests on."""
    grounds = grounds_of(
        Findings(findings=tuple(findings), measurements=tuple(measurements)), tuple(remarks)
    )
    compared = (*grounds.primaries, *grounds.guards, *grounds.exported)
    return Bearing(
        primaries=frozenset(f.id for f in grounds.primaries),
        deciding=frozenset(f.id for f in compared) | {one.id for one in grounds.required},
        falling=frozenset(f.id for f in grounds.falling),
        weakening=len(grounds.weakening),
        places=frozenset(
            (
                *((f.layer, arm) for f in compared for arm in f.arms),
                *((one.layer, one.arm) for one in grounds.required),
            )
        ),
    )


def _is_open(remark: Remark) -> bool:
    """What could not be checked and names nothing may be about anything."""
    return remark.status is not Status.BROKEN and not remark.cites
