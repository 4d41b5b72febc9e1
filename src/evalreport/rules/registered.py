"""Rules about what the store remembers: what was declared first, and who was scored before."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.seen_power import two_digits
from evalreport.analyze.sentences import measure_for, spoken
from evalreport.digest import digest_of
from evalreport.estimates import Estimate
from evalreport.numbers import bound_text
from evalreport.plan.declared import declared_block
from evalreport.records import Origin, ScoredArm
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_tuned_weights, unchecked
from evalreport.rules.checkpoints import of_this_build
from evalreport.rules.published import told
from evalreport.stats.multiplicity import expected_maximum
from evalreport.stats.quantiles import two_sided_z

PICKED_RULE: Final = "best-checkpoint-on-test"
_WORD: Final = re.compile(r"[a-z]+")
Body = Mapping[str, Any]  # a declared block, as JSON has it

_WORDS: Final = {
    "metric": "the metric",
    "field": "the field",
    "gain_at_least": "the gain worth having",
    "lose_at_most": "the loss allowed",
    "value_at_least": "the value required",
    "value_at_most": "the value allowed",
    "arm": "the arm",
    "measured": "how it is asked, read and scored",
    "cluster_by": "what items hang together by",
}
_WHOLE: Final = {
    "alpha": "alpha",
    "test": "the test",
    "unparsed": "what an unreadable output counts",
    "ties": "what a tie counts",
    "stopping": "when to stop",
    "power": "the power",
}


@dataclass(frozen=True, slots=True)
class _Change:
    """One part of the declaration that is not what it first was."""

    text: str
    cites: tuple[str, ...]
    severity: Severity


def _spec_changed(case: Case) -> tuple[Said, ...]:
    recorded = [f.id for f in case.primaries if f.origin is Origin.RECORDED]
    if recorded:
        return (
            unchecked(
                "What decides was declared here after its numbers were published, so nobody can "
                "tell whether it was chosen for them.",
                *recorded,
            ),
        )
    registered = case.evidence.registration
    if registered is None:
        return (
            unchecked(
                "Whether the declaration was changed after results existed is unknown: no "
                "registration was found.",
                *case.primary_cites,
            ),
        )
    if registered.scored_before is not None:
        return (
            unchecked(
                "Whether the declaration was changed after results existed is unknown: outputs "
                f"were stored from {registered.scored_before} on, and the first registration that "
                f"is left is of {registered.first_scored_at}.",
                *case.primary_cites,
            ),
        )
    now = declared_block(case.spec)
    first = registered.bodies[0]
    if digest_of("declared", now) == first[0]:
        return ()
    at = next((b[3] for b in registered.bodies if b[0] == digest_of("declared", now)), None)
    changed = "and changed since" if at is None else f"changed {at}"
    where = "" if first[2] == case.spec.name else f" (in spec {first[2]})"
    opening = (
        "What was declared about these weights and this data was changed after outputs had been "
        f"scored: first declared {first[3]}{where}, {changed}"
    )
    return tuple(
        broken(f"{opening}: {one.text}.", *one.cites, severity=one.severity)
        for one in _changes(case, json.loads(first[1]), now)
    )


def _changes(case: Case, before: Body, now: Body) -> Iterator[_Change]:
    primaries = case.primary_cites
    evaluation = case.spec.evaluation
    for key in ("primary", "co_primary"):
        for was, is_now in _pairs(_listed(before.get(key)), _listed(now.get(key))):
            only_gain = was is not None and is_now is not None and _differing(was, is_now) == {
                "gain_at_least"
            }  # fmt: skip
            severity = Severity.WEAKENS if only_gain else Severity.INVALIDATES
            yield _Change(_told("the primary", was, is_now), primaries, severity)
    for was, is_now in _pairs(_listed(before.get("guards")), _listed(now.get("guards"))):
        own = _cited(is_now, now, "guards", [one.finding for one in evaluation.guards])
        if is_now is None:
            yield _Change(_told("a guard", was, None), primaries, Severity.INVALIDATES)
        elif was is None:
            yield _Change(_told("a guard", None, is_now), own or primaries, Severity.WEAKENS)
        else:
            yield _Change(_told("a guard", was, is_now), own or primaries, Severity.INVALIDATES)
    for was, is_now in _pairs(_listed(before.get("secondary")), _listed(now.get("secondary"))):
        own = _cited(is_now, now, "secondary", [one.finding for one in evaluation.secondary])
        yield _Change(_told("a secondary metric", was, is_now), own, Severity.WEAKENS)
    required = _pairs(_listed(before.get("requirements")), _listed(now.get("requirements")))
    for was, is_now in required:
        ids = [f"{one.finding}:{one.arm}" for one in evaluation.requirements]
        own = _cited(is_now, now, "requirements", ids)
        yield _Change(_told("a requirement", was, is_now), own or primaries, Severity.WEAKENS)
    for key, words in _WHOLE.items():
        if before.get(key) != now.get(key):
            severity = Severity.WEAKENS if key == "power" else Severity.INVALIDATES
            text = f"{words} was {before.get(key)} and is {now.get(key)}"
            yield _Change(text, primaries, severity)


def _cited(part: Body | None, now: Body, key: str, ids: Sequence[str]) -> tuple[str, ...]:
    """The id of a part as it is now declared, by its place: two layers may share a metric."""
    return tuple(
        one for one, target in zip(ids, _listed(now.get(key)), strict=True) if target is part
    )


def _listed(part: Any) -> list[Body]:
    if part is None:
        return []
    return list(part) if isinstance(part, list | tuple) else [part]


def _pairs(
    before: Sequence[Body], now: Sequence[Body]
) -> Iterator[tuple[Body | None, Body | None]]:
    """Parts that differ: what each was and is, None where it was added or taken away."""
    gone = [one for one in before if one not in now]
    new = [one for one in now if one not in before]
    for was in gone:
        like = [n for n in new if n["metric"] == was["metric"]]
        same = [n for n in like if n["measured"] == was["measured"]]
        match = next(iter((*same, *like)), None)
        if match is not None:
            new.remove(match)
        yield was, match
    for added in new:
        yield None, added


def _differing(was: Body, is_now: Body) -> set[str]:
    return {key for key in {*was, *is_now} if was.get(key) != is_now.get(key)}


def _told(what: str, was: Body | None, is_now: Body | None) -> str:
    if was is None:
        return f"{what} was added ({_named(is_now or {})})"
    if is_now is None:
        return f"{what} was taken away ({_named(was)})"
    parts = []
    for key in sorted(_differing(was, is_now), key=list(_WORDS).index):
        if key == "measured":
            parts.append(f"{_WORDS[key]} is another")
        else:
            parts.append(
                f"{_WORDS[key]} was {_value(was.get(key))} and is {_value(is_now.get(key))}"
            )
    return f"of {what} ({_named(was)}), {', '.join(parts)}"


def _value(one: Any) -> str:
    return "none" if one is None else str(one)


def _named(target: Body) -> str:
    return " ".join(str(target[key]) for key in ("metric", "field") if target.get(key))


# Who was scored before


@dataclass(frozen=True, slots=True)
class _Chance:
    """What picking adds to a metric, and whether that is all of the gain."""

    text: str
    is_all: bool


def _best_on_test(case: Case) -> tuple[Said, ...]:
    recorded = tuple(_recorded_choice(case))
    earlier = _other_arms(case)
    if not earlier:
        return (*recorded, *of_this_build(case))
    said = [*recorded]
    count = 1 + len(earlier)
    since = min(one.at for one in earlier)
    names = ", ".join(dict.fromkeys(f"{one.arm} of {one.spec}" for one in earlier[:5]))
    more = f" and {len(earlier) - 5} more" if len(earlier) > 5 else ""
    for primary in case.primaries:
        text = (
            f"{count} trained arms were ever scored on these test items (since {since}: "
            f"{names}{more}, and tuned)."
        )
        by_chance = _flattery(primary, count)
        if by_chance is None:
            said.append(broken(text, primary.id))
            continue
        said.append(
            broken(
                f"{text} Picking the best of {count} that are equal adds at most about "
                f"{by_chance.text} by chance alone"
                + (", which is more than the gain shown." if by_chance.is_all else "."),
                primary.id,
                severity=Severity.INVALIDATES if by_chance.is_all else Severity.WEAKENS,
            )
        )
    return tuple(said)


def _recorded_choice(case: Case) -> Iterator[Said]:
    """That a published checkpoint was chosen on the items that it is praised on."""
    for one in told(case):
        chosen, tried = one.published.chosen_on, one.published.tried
        how_many = "" if tried is None else f" as the best of {tried}"
        if chosen is None and tried is not None and tried > 1:
            yield unchecked(
                f"On which items the checkpoint of {one.layer} was chosen{how_many} is not stated.",
                *one.cites,
            )
        if chosen is None or "test" not in _WORD.findall(chosen.lower()) or tried == 1:
            continue
        flattered = [(f.id, _flattery(f, tried)) for f in one.compared]
        explained = [finding for finding, by in flattered if by is not None and by.is_all]
        first = next((by.text for _, by in flattered if by is not None), None)
        chance = "" if first is None else f": it adds at most about {first} by chance alone"
        yield broken(
            f"The checkpoint of {one.layer} was chosen{how_many} on the test items themselves, "
            f"which flatters it{chance}.",
            *(explained or one.cites),
            severity=Severity.INVALIDATES if explained else Severity.WEAKENS,
        )


def _flattery(finding: Finding, tried: int | None) -> _Chance | None:
    """What the best of so many equal ones gains by chance; None where nobody can say.

    At most: equal arms that are asked the same items share part of the error of a difference.
    """
    shown = finding.difference
    if not isinstance(shown, Estimate) or tried is None:
        return None
    error = (shown.high - shown.low) / 2 / two_sided_z(shown.level)
    by_chance = expected_maximum(tried) * error
    gain = shown.value if finding.higher_is_better else -shown.value
    return _Chance(
        text=f"{bound_text(two_digits(by_chance), measure_for(finding))} to {spoken(finding)}",
        is_all=finding.outcome is FindingOutcome.BETTER and gain < by_chance,
    )


def _tells_of_checkpoints(case: Case) -> bool:
    return any(one.published.chosen_on or one.published.tried for one in told(case))


def _other_arms(case: Case) -> list[ScoredArm]:
    """Distinct trained arms of earlier builds: none whose weights are all in another's."""
    asked = {
        block.weights.adapter_digest or block.weights.base_digest
        for place, block in case.evidence.blocks.items()
        if block.weights is not None and block.responses and place.arm in case.evidence.arms
    }
    others: list[ScoredArm] = []
    for one in sorted(case.evidence.scored, key=lambda arm: (-len(arm.weights), arm.at)):
        known = [asked, *(set(other.weights) for other in others)]
        if one.weights and not any(one.weights <= weights for weights in known):
            others.append(one)
    return sorted(others, key=lambda arm: (arm.at, arm.spec, arm.arm))


REGISTERED: tuple[CaseRule, ...] = (
    Rule(
        id="spec-changed-after-results",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        varies="invalidates where what decides was exchanged, dropped or loosened",
        claim="What was declared before the first scored output was not changed since.",
        why="A margin or a metric chosen after seeing results has no error rate. What was changed "
        "does not count; a gain worth having that was changed weakens.",
        remedy="Confirm the result on fresh items under the declaration as it now stands.",
        source="Own; the practice of preregistration.",
        is_caveat=True,
        applies=lambda case: bool(case.primaries),
        check=_spec_changed,
    ),
    Rule(
        id=PICKED_RULE,
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        varies="invalidates where picking the best could by chance give all of the gain; "
        "worth knowing of checkpoints of one training side by side",
        claim="One trained arm was ever scored on the test items.",
        why="The best of ten equal checkpoints on 200 items looks five points better than it is. "
        "The store remembers every trained arm that was scored on a test set, whatever its spec "
        "was called.",
        remedy="Confirm the chosen one on items that no other was scored on.",
        source="Blum and Hardt (2015), arXiv:1502.04585.",
        applies=lambda case: has_tuned_weights(case) or _tells_of_checkpoints(case),
        check=_best_on_test,
    ),
)
