"""The result in a sentence, what was corrected for its number, and what a reader must know."""

from collections.abc import Iterator, Sequence

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.diff.model import Pairing, PairState, Repeat, Side
from evalreport.diff.roles import Declared
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.numbers import count_text
from evalreport.verdict import Outcome

_FEW = 3


def primaries_of(pairings: Sequence[Pairing], declared: Declared) -> tuple[Pairing, ...]:
    """The metrics that both builds declared as those that decide."""
    return tuple(p for p in pairings if declared.of(p.id).role is FindingRole.PRIMARY)


def outcome_of_diff(pairings: Sequence[Pairing], declared: Declared) -> FindingOutcome | None:
    """What the one declared primary came to; None where there is none, or several."""
    primaries = primaries_of(pairings, declared)
    if len(primaries) != 1 or primaries[0].finding is None:
        return None
    return primaries[0].finding.outcome


def headline_of(
    a: Side, b: Side, pairings: Sequence[Pairing], declared: Declared, *, identical: bool
) -> str:
    """The result in a sentence or two."""
    if identical:
        return "A and B are one and the same report."
    if a.smoke or b.smoke:
        which = (
            "A and B are smoke runs"
            if a.smoke and b.smoke
            else (f"{'A' if a.smoke else 'B'} is a smoke run")
        )
        return f"{which}, which counts for nothing: the tuned models were not compared."
    primaries = primaries_of(pairings, declared)
    if not primaries:
        return _without_primary(pairings, declared)
    if all(one.state is PairState.SAME_MODEL for one in primaries):
        return (
            "Nothing to compare: tuned of A and tuned of B are one and the same model in the same "
            "precision."
        )
    said = " ".join(
        f"`{one.id}` was not compared: {refusal_text(one)}."
        if one.finding is None
        else one.finding.sentence
        for one in primaries
    )
    if any(one.state is PairState.PAIRED and one.aspects for one in primaries):
        said += " It rests on what is taken on trust, see below."
    invalid = [
        label for side, label in ((a, "A"), (b, "B")) if side.outcome is Outcome.INVALID_EVIDENCE
    ]
    if invalid and any(one.finding is not None for one in primaries):
        said += f" But the evidence of {' and '.join(invalid)} is invalid, see below."
    return f"{said[:1].upper()}{said[1:]}"


def _without_primary(pairings: Sequence[Pairing], declared: Declared) -> str:
    """Nothing decides: why, and how much is left to look at."""
    paired = [one for one in pairings if one.state is PairState.PAIRED]
    why = (
        "A and B declare no primary metric alike"
        if declared.otherwise
        else "Neither build declares a primary metric"
    )
    if not pairings:
        return f"{why}, and no metric was measured in both: nothing could be compared."
    if paired:
        return (
            f"{why}, so nothing here decides; the tuned models were paired on "
            f"{count_text(len(paired), 'metric')}."
        )
    if all(one.state is PairState.SAME_MODEL for one in pairings):
        return "Nothing to compare: tuned of A and tuned of B are one and the same model."
    reasons = dict.fromkeys(refusal_text(one) for one in pairings if one.state is PairState.REFUSED)
    return f"{why}, and no metric could be paired: {'; '.join([*reasons][:_FEW])}."


def refusal_text(pairing: Pairing) -> str:
    """Why a metric was not compared."""
    return pairing.why or "; ".join(aspect_text(one) for one in pairing.aspects)


def aspect_text(aspect: Aspect) -> str:
    """What of an aspect forbids a comparison, or is taken on trust, with both values."""
    values = f" ({aspect.one or 'nothing'} in A, {aspect.other or 'nothing'} in B)"
    why = f": {aspect.why}" if aspect.why else ""
    match aspect.state:
        case AspectState.DIFFERS:
            shown = values if aspect.one or aspect.other else ""
            return f"{aspect.name} not the same{shown}{why}"
        case AspectState.UNKNOWN:
            return f"{aspect.name} not known{why}"
        case AspectState.ON_TRUST:
            return f"{aspect.name} taken on trust{why}"
        case AspectState.SAME:
            return f"the same {aspect.name}"


def family_text(pairings: Sequence[Pairing], declared: Declared) -> str:
    """What stands alone, what was corrected together, and what is exploratory."""
    roles: dict[FindingRole, list[str]] = {role: [] for role in FindingRole}
    for one in pairings:
        if one.finding is not None:
            roles[declared.of(one.id).role].append(one.id)
    if not any(roles.values()):
        return ""
    parts = []
    if primary := roles[FindingRole.PRIMARY]:
        parts.append(
            f"{_and(primary)} {'decides' if len(primary) == 1 else 'decide together'} without a "
            "correction, since both builds declare the same gain there"
        )
    else:
        parts.append("no metric is declared as the one that decides by both builds")
    if guards := roles[FindingRole.GUARD]:
        parts.append(
            f"{_and(guards)} {'is' if len(guards) == 1 else 'are'} guarded in both by the same "
            "margin, and losses are corrected for their number (Holm)"
        )
    if secondary := roles[FindingRole.SECONDARY]:
        order = ", and tested only when that is better" if primary else ""
        parts.append(
            f"{_and(secondary)} {'is' if len(secondary) == 1 else 'are'} secondary in both: "
            f"corrected together (Holm){order}"
        )
    if others := roles[FindingRole.EXPLORATORY]:
        parts.append(
            f"{count_text(len(others), 'other metric')} "
            f"{'is' if len(others) == 1 else 'are'} exploratory: without a verdict, and with "
            "p-values that are corrected for nothing"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


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
        is_invalid = side.outcome is Outcome.INVALID_EVIDENCE
        for text in side.broken:
            what = (
                "its evidence is invalid"
                if is_invalid
                else "a rule is broken that voids what it is about"
            )
            yield f"{label}: {what}. {text}"
        if side.items:
            yield f"{label}: no item could be paired, since {side.items}."
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
            f"{_and([one.id for one in members])}: {why}. The {count_text(one.common, 'item')} in "
            f"both are paired; {count_text(one.only_a)} of A alone and {count_text(one.only_b)} of "
            "B alone are left out."
        )
    trusted = dict.fromkeys(aspect.why for one in paired for aspect in one.aspects if aspect.why)
    for why in trusted:
        yield f"On trust: {why}."
    if declared.otherwise:
        yield (
            "Declared in one build alone, or on other terms, and so exploratory here: "
            f"{_and(declared.otherwise)}."
        )


def _by_set(pairings: Sequence[Pairing]) -> dict[str, list[Pairing]]:
    """Metrics by how their test sets differ."""
    found: dict[str, list[Pairing]] = {}
    for one in pairings:
        if one.test_set is not None:
            found.setdefault(aspect_text(one.test_set), []).append(one)
    return found


def _named(repeat: Repeat) -> str:
    return ".".join(part for part in (repeat.layer, repeat.metric, repeat.field) if part)


def _and(ids: Sequence[str]) -> str:
    *most, last = (f"`{one}`" for one in ids)
    return f"{', '.join(most)} and {last}" if most else last
