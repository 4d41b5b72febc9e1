"""Integrity: what is odd about files themselves, with its count, for honesty rules to read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from evalreport.importers.base import Reading
from evalreport.importers.collect import Collected
from evalreport.importers.columns import NO_TEXT, GrowingArm
from evalreport.importers.comparable import prompts_differ
from evalreport.importers.results import (
    SCORED,
    UNPARSED,
    ArmResults,
    FigureCheck,
    Integrity,
    LeftOut,
    Twins,
)
from evalreport.metrics.base import Column, FloatArray, Scale


def integrity_of(
    collected: Collected,
    growing: Mapping[str, GrowingArm],
    columns: Sequence[Column],
    arms: Mapping[str, ArmResults],
    unknown: Mapping[str, tuple[str, ...]],
    digests: Mapping[str, str],
) -> Integrity:
    """Everything that can be counted about the files of a layer.

    Args:
        collected: All rows.
        growing: The arms that are compared.
        columns: What is scored.
        arms: Scores by arm.
        unknown: What is not known of how arms were measured.
        digests: Of the files, by arm.
    """
    present = {arm: one.present() for arm, one in growing.items()}
    everywhere = np.logical_and.reduce(list(present.values()))
    return Integrity(
        items={arm: int(there.sum()) for arm, there in present.items()},
        expected=dict(_expected(collected, growing)),
        only={
            arm: lone
            for arm, there in present.items()
            if (lone := int((there & ~everywhere).sum())) and len(growing) > 1
        },
        repeated={arm: one.repeated for arm, one in growing.items() if one.repeated},
        unparsed={arm: k for arm, one in arms.items() if (k := _unparsed(one))},
        left=tuple(_left(collected)),
        models={arm: dict(one.models) for arm, one in growing.items() if one.models},
        named={
            arm: name
            for arm in growing
            if (name := next((r.named for r in _own(collected, arm) if r.named), ""))
        },
        judges=dict(collected.judges),
        judge_named=next((r.judge_named for _, r in _all(collected) if r.judge_named), ""),
        distinct={
            arm: found
            for arm, one in growing.items()
            if (found := _distinct(one.outputs)) is not None
        },
        twins=(
            *_same_files(growing, digests, collected.layer.models),
            *_twins(growing, is_direct=bool(collected.direct)),
        ),
        unknown=dict(unknown),
        prompts_differ=tuple(
            (first, second, k, n)
            for first, second in combinations(growing, 2)
            for k, n in [prompts_differ(growing[first], growing[second])]
            if k
        ),
        figures=tuple(_figures(collected, growing, columns, arms)),
    )


def _all(collected: Collected) -> Iterator[tuple[str, Reading]]:
    for arm, of in collected.readings.items():
        for _, reading in of:
            yield arm, reading


def _own(collected: Collected, arm: str) -> Iterator[Reading]:
    """Readings of files that are an arm's alone: what they are called after is about it."""
    for mine, reading in _all(collected):
        if mine == arm:
            yield reading


def _expected(
    collected: Collected, growing: Mapping[str, GrowingArm]
) -> Iterator[tuple[str, tuple[int, str]]]:
    for arm in growing:
        if collected.layer.expect is not None:
            yield arm, (collected.layer.expect, "the spec")
            continue
        own = list(_own(collected, arm)) or [reading for _, reading in _all(collected)]
        wanted = collected.layer.part or tuple(collected.parts)
        told = [
            sum(reading.expected[part] for part in wanted)
            for reading in own
            if reading.expected and all(part in reading.expected for part in wanted)
        ]
        if told:
            yield arm, (max(told), own[0].tool)


def _unparsed(one: ArmResults) -> int:
    """Items of which in some column nothing could be read."""
    if not one.states:
        return 0
    return int(np.logical_or.reduce([state == UNPARSED for state in one.states]).sum())


def _left(collected: Collected) -> Iterator[LeftOut]:
    for arm, reading in _all(collected):
        for why, k in reading.left.counts.items():
            yield LeftOut(arm=arm, why=why, k=k, first=reading.left.first[why])


def _distinct(texts: object) -> tuple[int, int] | None:
    numbers = np.frombuffer(texts, dtype=np.uint64)  # type: ignore[call-overload]
    known = numbers[numbers != NO_TEXT]
    return (len(np.unique(known)), len(known)) if len(known) else None


def _same_files(
    growing: Mapping[str, GrowingArm], digests: Mapping[str, str], models: Mapping[str, str]
) -> Iterator[Twins]:
    """Arms whose own files are the same, and whose rows no name tells apart."""
    for first, second in combinations(growing, 2):
        if first in models and second in models and models[first] != models[second]:
            continue
        if first in digests and digests[first] == digests.get(second):
            n = int(growing[first].present().sum())
            yield Twins(arms=(first, second), what="files", k=n, n=n)


def _twins(growing: Mapping[str, GrowingArm], *, is_direct: bool) -> Iterator[Twins]:
    """Texts that two arms share; replies of a judge that saw both of a pair are one by nature."""
    for first, second in combinations(growing, 2):
        for what in ("answers", "replies of the judge"):
            if what != "answers" and is_direct:
                continue
            name = "outputs" if what == "answers" else "replies"
            mine = np.frombuffer(getattr(growing[first], name), dtype=np.uint64)
            theirs = np.frombuffer(getattr(growing[second], name), dtype=np.uint64)
            known = (mine != NO_TEXT) & (theirs != NO_TEXT)
            if known.any():
                k = int((known & (mine == theirs)).sum())
                yield Twins(arms=(first, second), what=what, k=k, n=int(known.sum()))


def _figures(
    collected: Collected,
    growing: Mapping[str, GrowingArm],
    columns: Sequence[Column],
    arms: Mapping[str, ArmResults],
) -> Iterator[FigureCheck]:
    """The tools' own numbers of one part, beside what its items give."""
    wanted = collected.layer.part or tuple(collected.parts)
    if len(wanted) != 1 or collected.direct:
        return
    for arm, one in arms.items():
        own = list(_own(collected, arm)) or [reading for _, reading in _all(collected)]
        names = growing[arm].models
        for reading in own:
            for told in reading.figures:
                if told.part != wanted[0] or (told.model and names and told.model not in names):
                    continue
                for i, column in enumerate(columns):
                    if column.metric != told.metric:
                        continue
                    found = own_figure(column, one.values[i], one.states[i] == SCORED)
                    if found is not None:
                        yield FigureCheck(
                            arm=arm, part=told.part, metric=told.metric, value=told.value,
                            se=told.se, own_value=found[0], own_se=found[1], n=found[2],
                            note=told.note,
                        )  # fmt: skip


def own_figure(
    column: Column, values: FloatArray, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[float, float | None, int] | None:
    """The value that items give, the standard error of their mean, and how many they are.

    The standard error is that of independent items, sd / sqrt(n) with n - 1 in the variance, as
    harnesses compute it; None of ratios and of fewer than two items.
    """
    kept = values[keep]
    n = len(kept)
    if not n:
        return None
    if column.scale is Scale.RATIO:
        bottom = float(kept[:, 1].sum())
        return (float(kept[:, 0].sum()) / bottom, None, n) if bottom else None
    se = float(kept.std(ddof=1)) / n**0.5 if n > 1 else None
    return float(kept.mean()), se, n
