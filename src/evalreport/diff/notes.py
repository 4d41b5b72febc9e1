"""Notes: what a reader must know beside the numbers."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from evalreport.analyze.findings import FindingRole
from evalreport.analyze.sentences import change_text
from evalreport.diff.grounds import primaries_of
from evalreport.diff.model import Pairing, PairState, Repeat, Side
from evalreport.diff.moved import beyond_text
from evalreport.diff.roles import Declared
from evalreport.diff.words import aspect_text, listed_ids, runs_sentence
from evalreport.lineage.builds import Build
from evalreport.numbers import count_text
from evalreport.records import held_in
from evalreport.rules.picked import PICKED_RULE
from evalreport.verdict import Outcome

# What may by itself be why one of two models does better: it is told first.
_FIRST: Final = (PICKED_RULE, "train-eval-overlap", "near-duplicate")


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
    sides: tuple[Side, Side],
    pairings: Sequence[Pairing],
    repeats: Sequence[Repeat],
    declared: Declared,
    *,
    between: Collection[str],
) -> Iterator[str]:
    """What a reader must know beside the numbers, the gravest first.

    `between` holds what remarks say about picking that count these two models alone.
    """
    a, b = sides
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
    primaries = primaries_of(paired, declared)
    yield from _runs([*primaries, *paired])
    yield from _weakening(sides, {one.id for one in primaries}, between)
    yield from _noise(paired, repeats)
    if paired:
        yield (
            "Both models were scored on the same test items, perhaps after others. If one of them "
            "is kept, or was chosen, because of these numbers, then this difference is partly "
            "better by choice, and so is that model's own verdict on the same items. Items that "
            "played no part in the choice tell how much."
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


def guard_notes(
    a: Build, b: Build, pairings: Sequence[Pairing], declared: Declared
) -> Iterator[str]:
    """That losses from build to build add up, with what each build says against the base."""
    for one in pairings:
        if one.finding is None or declared.of(one.id).role is not FindingRole.GUARD:
            continue
        own = [
            f"tuned of {label} {change_text(found)}"
            for build, label in ((a, "A"), (b, "B"))
            for found in build.report.findings
            if found.id == one.id
        ]
        yield (
            f"`{one.id}`: its margin was declared against the base, and losses from build to build "
            f"add up. Against the base: {'; '.join(own)}."
        )


def _runs(pairings: Sequence[Pairing]) -> Iterator[str]:
    """What too few training runs leave open."""
    if text := next((said for one in pairings if (said := runs_sentence(one))), ""):
        yield (
            f"{text} The same spec trained again with another seed gives another model, and how "
            "far apart two such models lie is in no interval here: what changed in the spec need "
            "not be why one does better. Three or more seeds on both sides tell."
        )


def _weakening(
    sides: tuple[Side, Side], primaries: Collection[str], between: Collection[str]
) -> Iterator[str]:
    """Broken rules that weaken a primary: what one build alone breaks is told in full.

    That B was scored after A on the same items is no picking here: it is what is compared.
    """
    said: dict[str, dict[str, str]] = {}
    for side, label in zip(sides, "AB", strict=True):
        for one in side.weakening:
            if set(one.cites) & set(primaries) and one.text not in between:
                said.setdefault(one.rule, {}).setdefault(label, one.text)
    both = [rule for rule, texts in said.items() if len(texts) > 1]
    for rule, texts in sorted(said.items(), key=lambda one: one[0] not in _FIRST):
        if rule not in both:
            (label, text), *_ = texts.items()
            yield f"In {label} alone a rule is broken that weakens this (`{rule}`). {text}"
    if both:
        yield f"Broken in both builds, and weakening this as well: {listed_ids(both)}."


def _noise(paired: Sequence[Pairing], repeats: Sequence[Repeat]) -> Iterator[str]:
    """What the same base tells of how far scores move by themselves, layer by layer."""
    moved = [one for one in paired if one.moved is not None]
    for one in moved:
        is_said = one.finding is None or one.finding.role is FindingRole.PRIMARY  # in the headline
        if not is_said and one.finding is not None and one.moved is not None:
            yield f"`{one.id}`: {beyond_text(one.finding, one.moved)}"
    told = {one.id for one in moved}
    others = [one for one in repeats if one.changed and _named(one) not in told]
    if others:
        most = max(others, key=lambda one: one.changed / one.n)
        yield (
            f"`{_named(most)}`: {count_text(most.changed)} of {count_text(most.n, 'item')} scored "
            f"otherwise although {most.arm} is the same model, asked the same."
        )
    silent = [
        layer
        for layer in dict.fromkeys(one.layer for one in paired)
        if not any(one.layer == layer and (one.changed or one.asked_again) for one in repeats)
    ]
    if silent:
        yield (
            f"Nothing tells how far scores of {listed_ids(silent)} move by themselves: no model "
            "was asked the same there in both builds, or its answers were taken from the store."
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
