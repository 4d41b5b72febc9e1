"""Rules about what the store remembers: was what was declared first changed since?"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evalreport.analyze.findings import Finding
from evalreport.digest import digest_of
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text
from evalreport.plan.declared import declared_block
from evalreport.records import Registration
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, unchecked

CHANGED_RULE: Final = "spec-changed-after-results"
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
    foreign = [f.id for f in case.primaries if f.is_foreign]
    if foreign:
        return (
            unchecked(
                "What decides was declared here after its numbers existed, so nobody can tell "
                "whether it was chosen for them.",
                *foreign,
            ),
        )
    kept, is_all = _kept_before(case)
    if is_all:
        return kept
    return (*kept, *_since_registered(case))


def _kept_before(case: Case) -> tuple[tuple[Said, ...], bool]:
    """That outputs of other tools were there before, and whether all that decides rests on them."""
    files = {f.id: of for f in case.primaries if (of := _from_files(case, f))}
    if not files:
        return (), False
    arms = dict.fromkeys(arm for mine in files.values() for arm in mine)
    said = unchecked(
        f"What decides was declared here after the outputs of {' and '.join(arms)} existed, so "
        "nobody can tell whether it was chosen for them.",
        *files,
    )
    is_all = all({*f.arms} <= {*files.get(f.id, ())} for f in case.primaries)
    return (said,), is_all


def _from_files(case: Case, finding: Finding) -> tuple[str, ...]:
    """The arms of a finding whose outputs another tool kept."""
    layer = case.layer(finding.layer)
    if not isinstance(layer, Generation):
        return ()
    return tuple(arm for arm in finding.arms if arm in layer.imported)


def _since_registered(case: Case) -> tuple[Said, ...]:
    """What was changed since it was registered."""
    registered = case.evidence.registration
    if registered is None:
        return (
            unchecked(
                "Whether the declaration was changed after results existed is unknown: no "
                "registration was found.",
                *case.primary_cites,
            ),
        )
    now = declared_block(case.spec)
    first = registered.bodies[0]
    if digest_of("declared", now) == first[0]:
        return (*_untold(case, registered), *_beside(case, registered, now))
    at = next((b[3] for b in registered.bodies if b[0] == digest_of("declared", now)), None)
    changed = "and changed since" if at is None else f"changed {at}"
    opening = (
        "What was declared about these weights and this data was changed after outputs had been "
        f"scored: first declared {first[3]}{_where(case, first)}, {changed}"
    )
    return tuple(
        broken(f"{opening}: {one.text}.", *one.cites, severity=one.severity)
        for one in _changes(case, json.loads(first[1]), now)
    )


def _where(case: Case, body: tuple[str, str, str, str]) -> str:
    return "" if body[2] == case.spec.name else f" (in spec {body[2]})"


def _beside(case: Case, registered: Registration, now: Body) -> Iterator[Said]:
    """What was changed about guards whose outputs were scored before, beside other items.

    Another spec may ask other questions of the same outputs; only that the same is allowed to lose
    more or less, or is asked by this spec no longer, is a change.
    """
    if not registered.beside:
        return
    first = registered.beside[0]
    before: Body = json.loads(first[1])
    for key in ("guards", "requirements"):
        targets = case.spec.evaluation.guards if key == "guards" else ()
        required = case.spec.evaluation.requirements if key == "requirements" else ()
        ids = [one.finding for one in targets]
        ids += [f"{one.finding}:{one.arm}" for one in required]
        what = "a guard" if key == "guards" else "a requirement"
        for was, is_now in _pairs(_listed(before.get(key)), _listed(now.get(key))):
            if was is None or (is_now is None and first[2] != case.spec.name):
                continue
            if is_now is not None and was["measured"] != is_now["measured"]:
                continue
            yield broken(
                "What was declared about these weights was changed after outputs had been scored "
                f"on data that this build asks as well: first declared {first[3]}"
                f"{_where(case, first)}: {_told(what, was, is_now)}.",
                *(_cited(is_now, now, key, ids) or case.primary_cites),
                severity=Severity.INVALIDATES if key == "guards" else Severity.WEAKENS,
            )


def _untold(case: Case, registered: Registration) -> Iterator[Said]:
    """What leaves open whether the declaration that stands first stood before the outputs."""
    if registered.scored_before is not None:
        yield unchecked(
            "Whether the declaration was changed after results existed is unknown: outputs "
            f"were stored from {registered.scored_before} on, and the first registration that "
            f"is left is of {registered.first_scored_at}.",
            *case.primary_cites,
        )
    elif registered.outputs_gone:
        gone = count_text(registered.outputs_gone, "output")
        yield unchecked(
            "Whether items or training runs were left out because of their results is unknown: "
            f"{gone} that the same declaration was about on {registered.first_scored_at}, beside "
            "some that are counted here, are counted here no longer.",
            *case.primary_cites,
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


REGISTERED: tuple[CaseRule, ...] = (
    Rule(
        id=CHANGED_RULE,
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
)
