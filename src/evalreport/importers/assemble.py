"""Assemble: what was collected from files to results, with everything counted that was found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalreport.digest import digest_of
from evalreport.importers.base import Facts, Reading
from evalreport.importers.collect import NET_WIN, WIN_RATE, Collected
from evalreport.importers.columns import GrowingArm
from evalreport.importers.comparable import refusals, unknown_facts
from evalreport.importers.integrity import integrity_of
from evalreport.importers.judged import judging_of
from evalreport.importers.results import SCORED, ArmResults, Provenance, Results
from evalreport.importers.totals import totals_of
from evalreport.metrics.base import Column, FloatArray, Scale

_FEWEST: int = 2


def assemble(collected: Collected, digests: Mapping[str, str]) -> Results:
    """The results of a layer.

    Args:
        collected: All rows of its files.
        digests: Of the files, by arm; under "" those that hold all arms.

    Raises:
        DataError: Whose results they are is not clear.
    """
    layer = collected.layer
    files = [file for of in collected.readings.values() for file, _ in of]
    readings = [reading for of in collected.readings.values() for _, reading in of]
    if all(one.gives == "figures" for one in readings):
        return totals_of(collected, digests)
    collected.refuse_unclear(files)
    n = len(collected.index)
    growing = _in_order(collected)
    for one in growing.values():
        one.finish(n)
    names = _metrics(collected, growing)
    facts = {arm: facts_of(collected, arm) for arm in growing}
    columns = tuple(_column(collected, name, growing) for name in names)
    clusters = tuple(collected.clusters.names(n)) if len(collected.clusters.numbers) > 1 else ()
    arms = {
        arm: _arm(one, arm, names, columns, collected, digests, facts[arm])
        for arm, one in growing.items()
    }
    return Results(
        layer=layer.name,
        ids=tuple(collected.index),
        columns=columns,
        arms=arms,
        clusters=clusters,
        cluster_by="question" if clusters else "",
        subgroups={key: tuple(coded.names(n)) for key, coded in collected.groups.items()},
        refused=refusals(collected, growing, facts),
        judging=judging_of(collected, growing),
        integrity=integrity_of(
            collected, growing, columns, arms, unknown_facts(growing, facts), digests
        ),
        digest=digest_of(
            "results",
            [[arm, one] for arm, one in sorted(digests.items())],
            [facts[arm].model_dump(mode="json") for arm in growing],
            [figure.model_dump(mode="json") for one in readings for figure in one.figures],
        ),
    )


def _in_order(collected: Collected) -> dict[str, GrowingArm]:
    """The arms, tuned and base first."""
    arms = collected.arms
    named = [*("tuned", "base"), *collected.layer.told_arms]
    return {name: arms[name] for name in dict.fromkeys([*named, *arms]) if name in arms}


def _metrics(collected: Collected, growing: Mapping[str, GrowingArm]) -> tuple[str, ...]:
    """The metrics that are taken: those that the spec names, else what several arms have."""
    had = [name for one in growing.values() for name in one.columns]
    if collected.layer.metrics:
        return tuple(name for name in collected.layer.metrics if name in had)
    least = min(_FEWEST, len(growing))
    return tuple(name for name in dict.fromkeys(had) if had.count(name) >= least)


def _column(collected: Collected, name: str, growing: Mapping[str, GrowingArm]) -> Column:
    """What a metric is, its scale decided by all scores of all arms."""
    known = collected.columns.get(name) or replace(collected.columns[NET_WIN], metric=WIN_RATE)
    mine = [one.columns[name] for one in growing.values() if name in one.columns]
    if any(one.is_ratio for one in mine):
        return replace(known, metric=name, scale=Scale.RATIO)
    is_binary = (known.low, known.high) == (0.0, 1.0) and all(one.is_whole for one in mine)
    return replace(known, metric=name, scale=Scale.BINARY if is_binary else Scale.MEAN)


def _arm(
    growing: GrowingArm,
    arm: str,
    names: Sequence[str],
    columns: Sequence[Column],
    collected: Collected,
    digests: Mapping[str, str],
    facts: Facts,
) -> ArmResults:
    n = len(collected.index)
    values: list[FloatArray] = []
    states = []
    reasons: dict[str, int] = {}
    for name, column in zip(names, columns, strict=True):
        one = growing.columns.get(name)
        if one is None:
            width = (n, 2) if column.scale is Scale.RATIO else (n,)
            values.append(np.zeros(width))
            states.append(np.full(n, 2, dtype=np.int8))
            continue
        found, state = one.finished(n)
        values.append(_widened(found, column))
        states.append(state)
        lost = (state != SCORED) & growing.present()
        if lost.any():
            for why, k in one.why_not(collected.reasons, lost).items():
                reasons[why] = max(k, reasons.get(why, 0))
    absent = int((~growing.present()).sum())
    if absent:
        reasons[f"not in the file of {arm}"] = absent
    return ArmResults(
        values=tuple(values),
        states=tuple(states),
        reasons=reasons,
        origin=provenance_of(collected, arm, digests, facts),
    )


def _widened(found: FloatArray, column: Column) -> FloatArray:
    """Of a ratio of which this arm has no score at all."""
    if column.scale is Scale.RATIO and found.ndim == 1:
        return np.stack([found, np.zeros_like(found)], axis=1)
    return found


def readings_of(collected: Collected, arm: str) -> Iterator[tuple[str, Reading]]:
    """The files that hold results of an arm: its own, or those of all arms."""
    own = collected.readings.get(arm) or collected.readings.get("")
    for file, reading in own or next(iter(collected.readings.values())):
        yield file.shown, reading


def facts_of(collected: Collected, arm: str) -> Facts:
    """How an arm was measured: as its files tell, and else as the spec says."""
    told = Facts()
    wanted = collected.layer.part or tuple(collected.parts)
    for _, reading in readings_of(collected, arm):
        for part in (*wanted, ""):
            one = reading.facts.get(part)
            if one is not None:
                told = _joined(told, one)
    method = collected.layer.method.protocol(arm)
    declared = Facts(
        decoding=getattr(method.decoding, "known", ""),
        scorer=getattr(method.scorer, "known", ""),
        shots=getattr(method.shots, "known", None),
        precision=getattr(method.precision, "known", ""),
    )
    return _joined(told, declared)


def _joined(first: Facts, second: Facts) -> Facts:
    """What the first tells, and of the rest what the second does."""
    return Facts(
        decoding=first.decoding or second.decoding,
        scorer=first.scorer or second.scorer,
        shots=second.shots if first.shots is None else first.shots,
        template=first.template or second.template,
        precision=first.precision or second.precision,
    )


def provenance_of(
    collected: Collected, arm: str, digests: Mapping[str, str], facts: Facts
) -> Provenance:
    """Where the results of an arm come from."""
    mine = list(readings_of(collected, arm))
    first = mine[0][1]
    growing = collected.arms.get(arm)
    names = list(growing.models) if growing is not None else []
    return Provenance(
        tool=f"{first.tool} {first.version}".strip(),
        files=tuple(shown for shown, _ in mine),
        digest=digests.get(arm) or digests.get("") or next(iter(digests.values())),
        model=names[0] if len(names) == 1 else first.model or collected.layer.models.get(arm, ""),
        made_at=first.made_at,
        facts=facts,
        is_pair=arm in collected.direct,
        notes=tuple(dict.fromkeys(note for _, reading in mine for note in reading.notes)),
    )
