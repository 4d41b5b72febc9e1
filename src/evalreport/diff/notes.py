"""Notes: what a reader must know beside the numbers."""

from collections.abc import Iterator, Sequence

from evalreport.diff.model import Pairing, PairState, Repeat, Side
from evalreport.diff.roles import Declared
from evalreport.diff.words import aspect_text, listed_ids
from evalreport.lineage.builds import Build
from evalreport.numbers import count_text
from evalreport.records import held_in
from evalreport.verdict import Outcome


def precision_note(a: Build, b: Build) -> Iterator[str]:
    """That the two tuned models were not held alike, where they were not."""
    held = [
        held_in(facts.dtype, facts.quantization)
        for build in (a, b)
        if (facts := build.report.arms.get("tuned")) is not None
    ]
    if len({*held} - {"unknown"}) > 1:
        yield (
            f"Tuned of A was held in {held[0]} and tuned of B in {held[1]}: their difference is "
            "one of precision too."
        )


def notes_of(
    a: Side, b: Side, pairings: Sequence[Pairing], repeats: Sequence[Repeat], declared: Declared
) -> Iterator[str]:
    """What a reader must know beside the numbers, the gravest first."""
    for side, label in ((a, "A"), (b, "B")):
        if side.unsealed:
            yield (
                f"{label}: its report was changed since it was built, or its items are those of "
                f"another ({', '.join(side.unsealed)}). evalreport recheck names what differs."
            )
        if side.items:
            yield f"{label}: no item could be paired, since {side.items}."
    yield from _broken(a, b)
    paired = [one for one in pairings if one.state is PairState.PAIRED]
    moved = [one for one in repeats if one.changed]
    if moved:
        most = max(moved, key=lambda one: one.changed / one.n)
        yield (
            f"`{_named(most)}`: {count_text(most.changed)} of {count_text(most.n, 'item')} scored "
            f"otherwise although {most.arm} is the same model, asked the same. A difference "
            "between the tuned models may be of that kind."
        )
    elif paired and repeats and not any(one.asked_again for one in repeats):
        yield (
            "The base's answers were taken from the store and not asked again, so nothing tells "
            "how far scores move by themselves."
        )
    if paired:
        yield (
            "Both models were scored on the same test items, perhaps after others. Whichever is "
            "kept because of these numbers is partly better by choice: its own verdict, on the "
            "same items, is then too good. Items that chose no model tell."
        )
    other = [one for one in paired if one.test_set is not None]
    for why, members in _by_set(other).items():
        one = members[0]
        yield (
            f"{listed_ids([one.id for one in members])}: {why}. The "
            f"{count_text(one.common, 'item')} in both are paired; {count_text(one.only_a)} of A "
            f"alone and {count_text(one.only_b)} of B alone are left out."
        )
    trusted = dict.fromkeys(aspect.why for one in paired for aspect in one.aspects if aspect.why)
    for why in trusted:
        yield f"On trust: {why}."
    if declared.otherwise:
        yield (
            "Declared in one build alone, or on other terms, and so exploratory here: "
            f"{listed_ids(declared.otherwise)}."
        )


def _broken(a: Side, b: Side) -> Iterator[str]:
    """What a broken rule invalidates, once where it says the same of both builds."""
    said: dict[tuple[bool, str], list[str]] = {}
    for side, label in ((a, "A"), (b, "B")):
        for text in side.broken:
            is_invalid = side.outcome is Outcome.INVALID_EVIDENCE
            said.setdefault((is_invalid, text), []).append(label)
    for (is_invalid, text), labels in said.items():
        what = (
            f"the evidence of {' and '.join(labels)} is invalid"
            if is_invalid
            else f"in {' and '.join(labels)} a rule is broken that voids what it is about"
        )
        yield f"{what[:1].upper()}{what[1:]}. {text}"


def _by_set(pairings: Sequence[Pairing]) -> dict[str, list[Pairing]]:
    """Metrics by how their test sets differ."""
    found: dict[str, list[Pairing]] = {}
    for one in pairings:
        if one.test_set is not None:
            found.setdefault(aspect_text(one.test_set), []).append(one)
    return found


def _named(repeat: Repeat) -> str:
    return ".".join(part for part in (repeat.layer, repeat.metric, repeat.field) if part)
