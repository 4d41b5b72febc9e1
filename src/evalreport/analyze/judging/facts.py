"""Facts: what is known of the judges that were asked here, as rules read it of any judge."""

from evalreport.analyze.judging.checks import (
    canaries_of,
    controls_of,
    repeated_ratings,
    repeats_of,
    wordings_of,
)
from evalreport.analyze.judging.crowd import crowds
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.leaning import leaning_of, slots_of
from evalreport.analyze.judging.lengths import at_equal_length, compared, lengths
from evalreport.analyze.judging.people_facts import beside_people, people_facts
from evalreport.analyze.judging.table import grouping
from evalreport.analyze.judging.versions import by_calls
from evalreport.analyze.labels import Labels
from evalreport.estimates import Estimate
from evalreport.evidence import Evidence
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge
from evalreport.layers.judge.collapse import ItemVerdict, Pair
from evalreport.layers.transcripts import reference_text
from evalreport.numbers import count_text
from evalreport.records import (
    Failure,
    JudgedLayer,
    JudgePart,
    Judging,
    OrderFlips,
    Part,
    Unscorable,
)
from evalreport.records.judging import (
    FirstSlot,
    PairCounts,
    RateRange,
    Replies,
    SlotControls,
    WordingShift,
)
from evalreport.spec.models import Spec
from evalreport.stats.slot_share import slot_share

_FACTS_AT = 0.95  # the level of the one interval that rules read
# Metrics that hold an answer against the right one, and not near it.
_CHECKS = frozenset(
    {
        "accuracy", "balanced_accuracy", "exact_match", "field_accuracy", "macro_f1",
        "math_equal", "numeric_answer",
    }
)  # fmt: skip


def judging_facts(spec: Spec, evidence: Evidence) -> dict[str, tuple[Judging, ...]]:
    """What is known of whoever judged, by layer: one judge, or one each of a panel."""
    found: dict[str, tuple[Judging, ...]] = {
        name: (told,) for name, told in evidence.judging.items()
    }
    people = crowds(spec, evidence)
    found |= {
        name: (people_facts(crowd, level=_FACTS_AT),)
        for name, crowd in people.items()
        if crowd.given
    }
    for layer in spec.evaluation.layers:
        judged = evidence.judged.get(layer.name)
        if isinstance(layer, Judge) and judged is not None:
            families, _ = grouping(judged, layer, evidence)
            told = judging_of(layer, judged, families)
            known = checkable_of(layer, judged, spec, evidence)
            checked = {"checkable": known.checkable, "checked_by": known.checked_by}
            told = tuple(one.model_copy(update=checked) for one in told)
            crowd = people.get(layer.human_labels or "")
            if crowd is not None and layer.compares:
                heard = [Heard(layer, judged, one, families, _FACTS_AT) for one in judged.judges]
                told = beside_people(told, heard, crowd)
            found[layer.name] = told
    return found


def checkable_of(layer: Judge, judged: JudgedLayer, spec: Spec, evidence: Evidence) -> Judging:
    """How many judged items have an answer that a metric of their layer checks, and which do.

    Nothing is known where there are references and no metric that is exact about them.
    """
    on = next(
        (
            one
            for one in spec.evaluation.layers
            if one.name == layer.on and isinstance(one, Generation)
        ),
        None,
    )
    items = evidence.items.get((layer.on, "main"))
    if on is None or items is None:
        return Judging()
    chosen = frozenset(judged.items)
    with_reference = sum(one.id in chosen and reference_text(one) is not None for one in items)
    by = tuple(name for name in dict.fromkeys(on.metric_names()) if name in _CHECKS)
    if with_reference and not by:
        return Judging()
    checked_by = tuple(f"{name} of {on.name}" for name in by) if with_reference else ()
    return Judging(checkable=with_reference, checked_by=checked_by)


def judging_of(layer: Judge, judged: JudgedLayer, families: Labels) -> tuple[Judging, ...]:
    """What is known of each judge of a layer.

    What is about two arms is about the first pair, which is tuned against base where that is one.

    Args:
        layer: How it was judged.
        judged: What was put to judges, and what they said.
        families: Declared cluster of each item.
    """
    return tuple(
        _judging(Heard(layer, judged, judge, families, _FACTS_AT)) for judge in judged.judges
    )


def _judging(heard: Heard) -> Judging:
    judged, layer = heard.judged, heard.layer
    pair = next(iter(judged.pairs), None)
    outputs = {arm: Part(k=k, n=n) for arm, (k, n) in judged.outputs.items() if n}
    common = Judging(
        judge=heard.judge,
        compares=layer.compares,
        orders=judged.orders if layer.compares else "unknown",
        per_call=layer.comparisons_per_call,
        reference_shown=layer.reference,
        of=len(judged.judges),
        versions=_versions(heard),
        mean_length=None if pair is None else _mean_length(heard, pair),
        outputs=outputs or None,
        references=None if judged.references is None else _part(*judged.references),
    )
    same = repeats_of(heard) if layer.compares else repeated_ratings(heard)
    common = common.model_copy(
        update={"repeats": _part(same.k, same.n), "replies": _replies(heard)}
    )
    if not layer.compares or pair is None:
        rated = {
            one.item
            for one in judged.ratings
            if one.judge == heard.judge and one.part is JudgePart.MAIN
        }
        return common.model_copy(update={"pairs": len(rated)})
    obeyed = canaries_of(heard)
    return common.model_copy(
        update={
            "pairs": sum(1 for run in heard.of_pair(pair) for _ in run.asked()),
            "verdicts": _verdicts(heard, pair),
            "flips": _flips(heard, pair),
            "first": _first(heard),
            "by_longer": _by_longer(heard, pair),
            "equal_length": _equal_length(heard, pair),
            "controls": _controls(heard),
            "obeyed": _part(obeyed.k, obeyed.n),
            "wordings": _wordings(heard, pair),
        }
    )


def _replies(heard: Heard) -> Replies:
    """What became of what it was asked, comparison by comparison or answer by answer."""
    ratings = [one for one in heard.judged.ratings if one.judge == heard.judge]
    parts = [*(one.part for one in heard.comparisons), *(one.part for one in ratings)]
    said: list[object] = [one.verdict for one in heard.part(JudgePart.MAIN)]
    said += [one.ratings for one in ratings if one.part is JudgePart.MAIN]
    return Replies(
        asked=len(said),
        unread=sum(isinstance(one, Unscorable) for one in said),
        failed=sum(isinstance(one, Failure) for one in said),
        again=parts.count(JudgePart.REPEAT),
    )


def _part(k: int, n: int) -> Part | None:
    return Part(k=k, n=n) if n else None


def _versions(heard: Heard) -> dict[str, str] | None:
    """What answered, by how many calls; None where the server told nothing."""
    used = next((one for one in heard.judged.uses if one.judge == heard.judge), None)
    if used is None or not used.versions:
        return None
    told: dict[str, str] = {}
    for i, (version, k) in enumerate(by_calls(used.versions), start=1):
        part = count_text(k, "call")  # of which several versions may have answered as many
        told[part if part not in told else f"{part} of version {i}"] = version
    return told


def _mean_length(heard: Heard, pair: Pair) -> dict[str, float] | None:
    """Mean length of the answers of both arms, in characters."""
    judged, found = heard.judged, {}
    for arm in pair:
        known = [
            length
            for seed in judged.seeds.get(pair, ())
            for length in lengths(judged, arm, seed).values()
        ]
        if known:
            found[arm] = sum(known) / len(known)
    return found if len(found) == len(pair) else None


def _verdicts(heard: Heard, pair: Pair) -> PairCounts:
    said = [one for run in heard.of_pair(pair) for one in run.by_item.values()]
    signs = [one.sign for one in said if isinstance(one, ItemVerdict)]
    return PairCounts(
        wins=signs.count(1),
        losses=signs.count(-1),
        ties=signs.count(0),
        missing=len(said) - len(signs),
    )


def _flips(heard: Heard, pair: Pair) -> OrderFlips | None:
    if heard.judged.orders != "both":
        return None
    found = leaning_of(heard, pair)
    if not found.items:
        return None
    items, changed = zip(*found.items, strict=True)
    share = heard.share(changed, items)
    return OrderFlips(
        k=found.changed,
        n=len(found.items),
        first_slot=found.first,
        opposite=found.opposite,
        low=share.low if isinstance(share, Estimate) else 0.0,
    )


def _first(heard: Heard) -> FirstSlot | None:
    slots = slots_of(heard)
    k, n = sum(slots.first), sum(slots.first) + sum(slots.second)
    if n == 0:
        return None
    share = slot_share(slots.first, slots.second, heard.clusters(slots.items), level=heard.level)
    low, high = (share.low, share.high) if isinstance(share, Estimate) else (None, None)
    return FirstSlot(k=k, n=n, low=low, high=high)


def _by_longer(heard: Heard, pair: Pair) -> dict[str, dict[str, int]] | None:
    """By the arm whose answer is longer, the wins of each; an item counts once, over its seeds."""
    net: dict[str, tuple[int, int]] = {}
    for one in compared(heard, pair):
        sign, longer = net.get(one.item, (0, 0))
        net[one.item] = sign + one.sign, longer + one.mine - one.theirs
    if not net:
        return None
    found = {arm: dict.fromkeys(pair, 0) for arm in pair}
    for sign, longer in net.values():
        if sign and longer:
            found[pair[longer < 0]][pair[sign < 0]] += 1
    return found


def _equal_length(heard: Heard, pair: Pair) -> RateRange | None:
    found = at_equal_length(heard, pair, compared(heard, pair))
    if not isinstance(found, Estimate):
        return None
    return RateRange(value=found.value, low=found.low, high=found.high)


def _controls(heard: Heard) -> SlotControls | None:
    found = controls_of(heard)
    if not found.ties.n:
        return None
    return SlotControls(
        n=found.ties.n,
        ties=found.ties.k,
        marked=found.marked.k,
        may_tie=heard.layer.ties,
    )


def _wordings(heard: Heard, pair: Pair) -> tuple[WordingShift, ...] | None:
    items, wordings = wordings_of(heard, pair)
    if not items:
        return None
    declared, *others = wordings
    return tuple(
        WordingShift(
            declared=declared.wins - declared.losses,
            other=one.wins - one.losses,
            up=sum(b > a for a, b in zip(declared.signs, one.signs, strict=True)),
            down=sum(b < a for a, b in zip(declared.signs, one.signs, strict=True)),
            n=len(items),
            declared_ties=declared.signs.count(0),
            other_ties=one.signs.count(0),
        )
        for one in others
    )
