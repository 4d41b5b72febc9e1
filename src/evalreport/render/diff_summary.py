"""A diff as a terminal shows it: the result first, then what it rests on, one line a thing."""

from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.analyze.findings import FindingOutcome
from evalreport.diff.model import Differences
from evalreport.errors import printable
from evalreport.numbers import count_text, plain_sentence
from evalreport.render.differences import DiffPage, NamedFlips, diff_page
from evalreport.render.words import FINDING_OUTCOMES

_SHOWN: Final = 12
_FEW: Final = 4
_NAMED: Final = 3
_WIDTH: Final = 12
_EMPTY: Final = "(nothing)"
_NO_WORD: Final = FINDING_OUTCOMES[FindingOutcome.DESCRIPTIVE]


def render_diff_summary(given: Differences) -> str:
    """What `diff` prints."""
    page = diff_page(given)
    lines = [f"{name:<{_WIDTH}}{printable(text)}" for name, text in _rows(page)]
    return "\n".join(lines) + "\n"


def _rows(page: DiffPage) -> Iterator[tuple[str, str]]:
    for stamp in page.stamps:
        yield stamp.word, stamp.text
    yield "result", page.headline
    if page.bounds:
        yield "", page.bounds
    strength = "" if page.strength is None else f" ({page.strength.text.lower()})"
    yield "outcome", f"{page.outcome.text}{strength}"
    for side in page.sides:
        facts = {fact.term: fact.shown.text for fact in side.facts if fact.shown is not None}
        yield side.label, f"{facts['Report']}, built {facts['Built at']}: {facts['Verdict']}"
    yield from _under("note", page.notes)
    yield from _under("paired", [*_paired(page)])
    if page.family:
        yield "tested", page.family
    yield from _under("flipped", [*_flipped(page)])
    yield from _under("not paired", [f"{one.id}: {one.why}" for one in page.unpaired])
    yield from _under("same model", [*_repeated(page)])
    yield from _under("changed", [*_changed(page)])
    if page.counts:
        yield "may compare", page.counts


def _under(name: str, texts: "tuple[str, ...] | list[str]") -> Iterator[tuple[str, str]]:
    """Lines under one name; many are counted."""
    shown = texts[:_SHOWN] if len(texts) > _SHOWN + 1 else texts
    for i, text in enumerate(shown):
        yield name if i == 0 else "", text
    if len(shown) < len(texts):
        yield "", f"and {count_text(len(texts) - len(shown))} more (--json or --out shows all)"


def _paired(page: DiffPage) -> Iterator[str]:
    for table in (*page.declared, *page.exploratory):
        for row in table.rows:
            word = "" if row.outcome is _NO_WORD else f" ({row.outcome.text})"
            p = f", {row.p.text}" if not row.p.is_absent else ""
            note = f" {row.p_note}" if row.p_note else ""
            yield (
                f"{row.layer}.{row.name}, {row.role}{word}: {plain_sentence(row.difference)}, "
                f"{row.n.text} items{p}{note}"
            )


def _flipped(page: DiffPage) -> Iterator[str]:
    """How many items one does better, and the first of them, of every declared metric."""
    for one in page.behind:
        if one.flips is not None:
            row = one.detail.row
            yield f"{row.layer}.{row.name}: {_sides(one.flips)}"


def _sides(flips: NamedFlips) -> str:
    better = _named(flips.better, flips.bar.better.text)
    return f"B better on {better}; worse on {_named(flips.worse, flips.bar.worse.text)}"


def _named(ids: Sequence[str], count: str) -> str:
    if not ids:
        return count
    more = ", ... (--out names them)" if len(ids) > _NAMED else ""
    return f"{count}: {', '.join(ids[:_NAMED])}{more}"


def _repeated(page: DiffPage) -> Iterator[str]:
    """What moved, one line each; what did not, together."""
    still: dict[tuple[str, str], int] = {}
    for row in page.repeats:
        if row.has_moved:
            yield (
                f"{row.arm} on {row.name}: {row.changed.text} of {row.n.text} items scored "
                f"otherwise ({row.asked})"
            )
        else:
            still[row.arm, row.asked] = still.get((row.arm, row.asked), 0) + 1
    for (arm, asked), metrics in still.items():
        yield f"{arm}: no score is another, on {count_text(metrics, 'metric')} ({asked})"


def _changed(page: DiffPage) -> Iterator[str]:
    """One line a part, with the first of its values."""
    for part in page.changes:
        rows = [
            f"{row.key} {row.one or _EMPTY} -> {row.other or _EMPTY}"
            + (f" ({row.note})" if row.note else "")
            for row in part.rows
        ]
        more = len(rows) - _FEW
        texts = [*rows[:_FEW], *([f"and {count_text(more)} more"] if more > 0 else [])]
        said = "; ".join([*texts, part.note] if part.note else texts)
        yield f"{part.part}: {said}"
    if page.unchanged:
        yield f"without any change: {page.unchanged}"
