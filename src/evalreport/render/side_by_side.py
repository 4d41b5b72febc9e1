"""Two reports side by side: what changed, what may be compared, and what was measured twice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.diff.model import (
    Change,
    Changes,
    Comparability,
    Compared,
    Numbers,
    Repeat,
)
from evalreport.diff.words import aspect_text
from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import digest_shown
from evalreport.numbers import (
    Shown,
    ShownEstimate,
    absent,
    count_text,
    counted,
    difference,
    estimate,
    measure_of,
    row_decimals,
    setting_text,
)
from evalreport.render.quoting import Prepared, cut
from evalreport.render.words import VOID, Label, Tone
from evalreport.values import Json

_STATES: Final = {
    Comparability.COMPARABLE: Label("comparable", "check", "\N{HEAVY CHECK MARK}", Tone.NEUTRAL),
    Comparability.ON_TRUST: Label("on trust", "warn", "!", Tone.CAUTION),
    Comparability.NOT_COMPARABLE: Label(
        "not comparable", "cross", "\N{HEAVY BALLOT X}", Tone.CAUTION
    ),
    Comparability.ONLY_IN_A: Label("only in A", "dash", "\N{EN DASH}", Tone.NEUTRAL),
    Comparability.ONLY_IN_B: Label("only in B", "dash", "\N{EN DASH}", Tone.NEUTRAL),
}
_READ_TOGETHER: Final = (Comparability.COMPARABLE, Comparability.ON_TRUST)
_SETTING_LIMIT: Final = 160
_OPEN_ROWS: Final = 15
_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")
_NO_NUMBER: Final = "not there"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One value that changed."""

    key: str
    one: str
    other: str
    note: str


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """What changed in one part; `is_long` where it is folded away."""

    part: str
    is_long: bool
    rows: tuple[ChangeRow, ...]
    same: str
    note: str


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """What one and the same model scored in both builds."""

    has_moved: bool
    name: str
    arm: str
    n: Shown
    changed: Shown
    difference: ShownEstimate
    asked: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One finding of both reports, side by side."""

    id: str
    state: Label
    why: str
    one: ShownEstimate
    other: ShownEstimate
    n_one: Shown
    n_other: Shown


def repeat_row(one: Repeat, key: str) -> RepeatRow:
    """One model that was measured in both builds."""
    measure = measure_of(one.metric, one.unit)
    return RepeatRow(
        has_moved=one.changed > 0,
        name=".".join(part for part in (one.layer, one.metric, one.field) if part),
        arm=one.arm,
        n=counted(one.n, f"{key}/n"),
        changed=counted(one.changed, f"{key}/changed"),
        difference=difference(one.difference, measure, f"{key}/difference"),
        asked="asked in both" if one.asked_again else "not asked again: taken from the store",
    )


def counts_text(compared: Sequence[Compared]) -> str:
    """How many findings stand how."""
    states = [one.state for one in compared]
    parts = [
        f"{count_text(states.count(state))} {label.text}"
        for state, label in _STATES.items()
        if state in states
    ]
    void = sum(bool(one.void) for one in compared)
    told = f"; {count_text(void)} of them {'does' if void == 1 else 'do'} not count" if void else ""
    return f"{count_text(len(compared), 'finding')}: {', '.join(parts)}{told}" if compared else ""


def compared_row(one: Compared, key: str) -> ComparedRow:
    """One finding of both reports."""
    sides = {"one": one.one, "other": one.other}
    measure = measure_of(one.metric, one.unit)

    def shown(name: str) -> ShownEstimate:
        numbers = sides[name]
        absent_one = NotEstimable(not_estimable=_NO_NUMBER)
        if numbers is None:
            return difference(absent_one, measure, "")
        decimals = row_decimals(numbers.tuned, numbers.base, numbers.difference, measure)
        if isinstance(numbers.difference, NotEstimable) and not isinstance(
            numbers.tuned, NotEstimable
        ):
            return estimate(numbers.tuned, measure, f"{key}/{name}/tuned", decimals=decimals)
        return difference(
            numbers.difference, measure, f"{key}/{name}/difference", decimals=decimals
        )

    return ComparedRow(
        id=one.finding,
        state=VOID if one.void and one.state in _READ_TOGETHER else _STATES[one.state],
        why="; ".join([*_void(one), *(aspect_text(aspect) for aspect in one.why)]),
        one=shown("one"),
        other=shown("other"),
        n_one=_n(one.one, f"{key}/one/n"),
        n_other=_n(one.other, f"{key}/other/n"),
    )


def _void(one: Compared) -> Iterator[str]:
    if one.void:
        yield f"a broken rule voids it in {' and '.join(one.void)}"


def _n(numbers: Numbers | None, key: str) -> Shown:
    if numbers is None:
        return absent(_NO_NUMBER)
    return absent("not stated") if numbers.n_missing else counted(numbers.n, key)


def change_table(part: Changes) -> ChangeTable:
    """What changed in one part."""
    return ChangeTable(
        part=part.part,
        is_long=len(part.changed) > _OPEN_ROWS,
        rows=tuple(_change(one) for one in part.changed),
        same=f"{count_text(part.unchanged, 'value')} unchanged" if part.unchanged else "",
        note=part.note,
    )


def _change(one: Change) -> ChangeRow:
    return ChangeRow(
        key=one.key,
        one=_NO_NUMBER if one.kind == "added" else setting_shown(one.one),
        other=_NO_NUMBER if one.kind == "removed" else setting_shown(one.other),
        note=one.note,
    )


def setting_shown(value: Json) -> Prepared:
    """A value as the spec would write it, in one line, cut where it is long; of digests enough."""
    text = _DIGEST.sub(lambda found: digest_shown(found.group()), setting_text(value))
    return cut(" ".join(text.split()), _SETTING_LIMIT)
