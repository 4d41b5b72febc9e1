"""Cutting a dataset by hash: what is cut off, what stays, and in sentences how well it went.

A unit (a group, or all rows with the same question) lies at a point of [0, 1) that its own
content decides. Test sets take their share from the low end and selection sets from the high end,
so that changing one leaves the other as it is.

- By `fraction` alone, a unit's side depends on nothing but the unit: adding rows moves none.
- By `n`, the units nearest to the end are taken, so that a new row may push one out.
- With `stratify_by`, a share is left as the hash makes it while it lies within a fifth of what was
  asked (or within one row); beyond that, the units nearest to the cut change sides. Full stability
  and exact shares exclude each other: if no row ever moved, each row's side would be fixed before
  its stratum is known.

Units are never divided, and no set is left empty.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.numbers import count_text, fraction_text, share_text
from evalreport.records import Role
from evalreport.sources.faults import Faults

REMAINDER: Final = -1
_TOLERANCE: Final = 0.2
_STRATA_SHOWN: Final = 12
_SALT: Final = b"evalreport split 1\0"


@dataclass(frozen=True, slots=True)
class Cut:
    """What is to be cut off: a share of all rows, or a number of them.

    `strata` holds each row's value of the column `stratify_by`; it is empty without one.
    """

    name: str
    role: Role
    fraction: float | None = None
    n: int | None = None
    stratify_by: str | None = None
    strata: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The share or number asked for, as text."""
        return count_text(self.n) if self.n is not None else fraction_text(self.fraction or 0)


@dataclass(frozen=True, slots=True)
class Split:
    """Each row's side (an index of the cuts, or `REMAINDER`) and a sentence or two on each cut."""

    sides: tuple[int, ...]
    notes: tuple[tuple[str, ...], ...]


def point(unit: str) -> float:
    """Where a unit lies in [0, 1): decided by its content, the same on every machine."""
    state = hashlib.sha256(_SALT + unit.encode("utf-8", "surrogatepass"))
    return int.from_bytes(state.digest()[:6], "big") / 2**48


def split(
    parent: str, units: Sequence[str], cuts: Sequence[Cut], faults: Faults, *, grouped_by: str = ""
) -> Split:
    """Sides for the rows of a dataset.

    Args:
        parent: Name of the dataset that is cut.
        units: Each row's unit; rows of one unit stay together.
        cuts: What is cut off; fractions sum to less than one.
        faults: Where it goes when the rows cannot be cut so.
        grouped_by: The column that makes the units, when one does.
    """
    table = _Table(units)
    for index in _fractions_first(cuts):
        cut = cuts[index]
        if cut.fraction is None:
            table.fill(index, cut, cuts)
        else:
            table.cut_share(index, cuts)
    for index, cut in enumerate(cuts):
        if cut.fraction is not None and cut.strata:
            table.even_out(index, cut, _edge(index, cuts))
    empty = table.leave_none_empty(cuts)
    for index, cut in enumerate(cuts):
        if index in empty:
            what = f"nothing can be cut from `{parent}` for it: {_too_few(table, grouped_by)}"
            faults.add(f"datasets.{cut.name}", what, "give more rows, or ask for less")
        elif cut.n is not None and (
            cut.n >= len(units) or abs(table.rows[index] - cut.n) > table.largest
        ):
            had = count_text(table.rows[index])
            what = (
                f"it asks for {cut.asked} of the {len(units)} rows of `{parent}`: {had} can be had"
            )
            faults.add(f"datasets.{cut.name}.n", what, "ask for less")
    if empty == [REMAINDER]:
        what = f"nothing is left of it: {_too_few(table, grouped_by)}"
        faults.add(f"datasets.{parent}", what, "give more rows, or cut off less")
    notes = tuple(
        tuple(_notes(parent, table, index, cut, grouped_by)) for index, cut in enumerate(cuts)
    )
    return Split(tuple(table.side[unit] for unit in units), notes)


class _Table:
    """Units in the order of their points, with their sizes and sides."""

    def __init__(self, units: Sequence[str]) -> None:
        self.units = units
        self.size = Counter(units)
        self.at = {unit: point(unit) for unit in self.size}
        self.order = sorted(self.size, key=lambda unit: (self.at[unit], unit))
        self.side = dict.fromkeys(self.order, REMAINDER)
        self.rows: Counter[int] = Counter({REMAINDER: len(units)})
        self.largest = max(self.size.values(), default=0)

    def move(self, unit: str, side: int) -> None:
        self.rows[self.side[unit]] -= self.size[unit]
        self.side[unit] = side
        self.rows[side] += self.size[unit]

    def of(self, side: int) -> list[str]:
        return [unit for unit in self.order if self.side[unit] == side]

    def near(self, edge: float, sides: Iterable[int]) -> list[str]:
        """Units on some sides, those nearest to a cut first."""
        wanted = {*sides}
        found = [unit for unit in self.order if self.side[unit] in wanted]
        return sorted(found, key=lambda unit: (abs(self.at[unit] - edge), unit))

    def cut_share(self, index: int, cuts: Sequence[Cut]) -> None:
        low, high = _interval(index, cuts)
        for unit in self.of(REMAINDER):
            if low <= self.at[unit] < high:
                self.move(unit, index)

    def fill(self, index: int, cut: Cut, cuts: Sequence[Cut]) -> None:
        """Takes units from the cut's end until it has its rows, as nearly as units allow."""
        del cuts
        wanted = cut.n or 0
        free = self.of(REMAINDER)
        counts = self._strata_counts(cut)
        quotas = _quotas(Counter(cut.strata or ("",) * len(self.units)), wanted)
        for unit in free if cut.role is Role.TEST else reversed(free):
            if self.rows[index] >= wanted:
                return
            before = sum(abs(quotas[stratum]) for stratum in counts[unit])
            after = sum(abs(quotas[stratum] - k) for stratum, k in counts[unit].items())
            if after < before:
                self.move(unit, index)
                quotas.subtract(counts[unit])

    def even_out(self, index: int, cut: Cut, edge: float) -> None:
        """Moves the units nearest to the cut until no stratum strays too far, if they can."""
        counts = self._strata_counts(cut)
        total = Counter(cut.strata)
        target = {stratum: (cut.fraction or 0) * k for stratum, k in total.items()}
        slack = {stratum: max(1.0, _TOLERANCE * wanted) for stratum, wanted in target.items()}
        held: Counter[str] = Counter()
        for unit in self.of(index):
            held.update(counts[unit])

        def strays(stratum: str, k: int) -> float:
            return max(0.0, abs(held[stratum] + k - target[stratum]) - slack[stratum])

        for unit in self.near(edge, (index, REMAINDER)):
            sign = -1 if self.side[unit] == index else 1
            gain = sum(strays(s, 0) - strays(s, sign * k) for s, k in counts[unit].items())
            if gain > 0:
                self.move(unit, REMAINDER if sign < 0 else index)
                for stratum, k in counts[unit].items():
                    held[stratum] += sign * k

    def leave_none_empty(self, cuts: Sequence[Cut]) -> list[int]:
        """Gives each empty side one unit of another that can spare it; the sides still empty."""
        empty: list[int] = []
        for side in [*range(len(cuts)), REMAINDER]:
            if self.rows[side]:
                continue
            units = Counter(self.side.values())
            spare = units[REMAINDER] >= 2
            donor = REMAINDER if spare else max(units, key=lambda other: (units[other], -other))
            if units[donor] < 2:
                empty.append(side)
                continue
            edge = _edge(donor if side == REMAINDER else side, cuts)
            self.move(self.near(edge, (donor,))[0], side)
        return empty

    def _strata_counts(self, cut: Cut) -> Mapping[str, Counter[str]]:
        counts: dict[str, Counter[str]] = {unit: Counter() for unit in self.order}
        strata = cut.strata or ("",) * len(self.units)
        for unit, stratum in zip(self.units, strata, strict=True):
            counts[unit][stratum] += 1
        return counts


def _fractions_first(cuts: Sequence[Cut]) -> list[int]:
    return sorted(range(len(cuts)), key=lambda index: cuts[index].fraction is None)


def _interval(index: int, cuts: Sequence[Cut]) -> tuple[float, float]:
    """The points that a cut takes: tests stack up from 0, selections down from 1."""
    same = [cut.fraction or 0 for cut in cuts[:index] if cut.role is cuts[index].role]
    start, share = sum(same), cuts[index].fraction or 0
    if cuts[index].role is Role.TEST:
        return start, start + share
    return 1 - start - share, 1 - start


def _edge(index: int, cuts: Sequence[Cut]) -> float:
    low, high = _interval(index, cuts)
    return high if cuts[index].role is Role.TEST else low


def _quotas(strata: Counter[str], wanted: int) -> Counter[str]:
    """Whole numbers in the proportion of the strata that sum to what is wanted."""
    total = strata.total()
    exact = {stratum: wanted * k / total for stratum, k in strata.items()}
    quotas = Counter({stratum: int(value) for stratum, value in exact.items()})
    by_rest = sorted(exact, key=lambda stratum: (quotas[stratum] - exact[stratum], stratum))
    quotas.update(by_rest[: wanted - quotas.total()])
    return quotas


def _too_few(table: _Table, grouped_by: str) -> str:
    one, many = ("group", "groups") if grouped_by else ("different question", "different questions")
    by = f" of `{grouped_by}`" if grouped_by else ""
    made = count_text(len(table.order), one, many)
    return f"its {count_text(len(table.units), 'row')} make {made}{by}"


def _notes(parent: str, table: _Table, index: int, cut: Cut, grouped_by: str) -> Iterable[str]:
    whole, rows = len(table.units), table.rows[index]
    if not whole:
        return
    by = f" of `{grouped_by}`" if grouped_by else ""
    taken = f", {len(table.of(index))} of its {len(table.order)} groups{by}" if grouped_by else ""
    yield (
        f"{cut.name} was cut from {parent} by hash{by}: {share_text(rows, whole)} of its "
        f"{count_text(whole, 'row')}{taken}; {cut.asked} was asked."
    )
    wanted = cut.n if cut.n is not None else (cut.fraction or 0) * whole
    if table.largest > max(wanted, 1):
        what = f"group{by}" if grouped_by else "set of rows with the same question"
        yield (
            f"The largest {what} in {parent} holds {count_text(table.largest, 'row')}, more than "
            f"{cut.name} asks for; it is never divided."
        )
    if cut.strata:
        yield _shares(table, index, cut)


def _shares(table: _Table, index: int, cut: Cut) -> str:
    total = Counter(cut.strata)
    held = Counter(
        stratum
        for unit, stratum in zip(table.units, cut.strata, strict=True)
        if table.side[unit] == index
    )
    shown = [
        f"{stratum:.40}: {share_text(held[stratum], k)} of {count_text(k)}"
        for stratum, k in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    more = len(shown) - _STRATA_SHOWN
    tail = f"; and {count_text(more)} more" if more > 0 else ""
    return f"Its shares by {cut.stratify_by}: {'; '.join(shown[:_STRATA_SHOWN])}{tail}."
