"""Integrity: what is odd about files themselves, with its count, for honesty rules to read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from evalreport.importers.collect import Read
from evalreport.importers.columns import NO_TEXT, NOT_THERE, HeldArm, TextArray
from evalreport.importers.comparable import declared_facts, prompts_differ, unknown_facts
from evalreport.importers.held import Held
from evalreport.importers.names import without_folders
from evalreport.importers.results import (
    ABSENT,
    SCORED,
    UNPARSED,
    ArmResults,
    FigureCheck,
    Integrity,
    Twins,
)
from evalreport.importers.tallied import left_out
from evalreport.metrics.base import Column, FloatArray, Scale

_MANY_VALUES = 10  # scores of fewer different values are alike in two arms by chance


def integrity_of(
    found: Held, arms: Mapping[str, ArmResults], digests: Mapping[str, str]
) -> Integrity:
    """Everything that can be counted about the files of a layer.

    Args:
        found: What the arms have.
        arms: Scores by arm.
        digests: Of the files, by arm.
    """
    collected = found.collected
    there = {arm: one.present for arm, one in found.arms.items()}
    common = np.logical_and.reduce([there[arm] for arm in found.compared])
    texts = {arm: _texts(one.outputs) for arm, one in found.arms.items()}
    return Integrity(
        items={arm: int(one.sum()) + found.strangers.get(arm, 0) for arm, one in there.items()},
        expected=dict(_expected(found)),
        only={
            arm: lone
            for arm in found.compared
            if (lone := int((there[arm] & ~common).sum())) and len(found.compared) > 1
        },
        strangers=dict(found.strangers),
        repeated={arm: one.repeated for arm, one in found.arms.items() if one.repeated},
        torn={arm: one.torn for arm, one in found.arms.items() if one.torn},
        copies={arm: k for arm, one in found.arms.items() if (k := _copies(one))},
        others=_bare(collected.others),
        unparsed={arm: k for arm, one in arms.items() if (k := _unparsed(one))},
        unscored={arm: whys for arm in found.arms if (whys := _unscored(found, arm))},
        left=tuple(left_out(collected)),
        aside=collected.aside,
        models={arm: _bare(one.models) for arm, one in found.arms.items() if one.models},
        named={
            arm: name
            for arm in found.arms
            if (name := next((r.reading.named for r in _own(found, arm) if r.reading.named), ""))
        },
        judges=dict(collected.judges),
        judge_named=next(
            (r.reading.judge_named for _, r in collected.every if r.reading.judge_named), ""
        ),
        distinct={arm: (len(of), int(of.sum())) for arm, of in texts.items() if len(of)},
        commonest={arm: int(of.max()) for arm, of in texts.items() if len(of)},
        twins=(*_same_files(found, digests), *_twins(found), *_same_scores(found, arms)),
        unknown=unknown_facts(found),
        declared=declared_facts(found),
        prompts_differ=tuple(
            (first, second, k, n)
            for first, second in combinations(found.arms, 2)
            for k, n in [prompts_differ(found.arms[first], found.arms[second])]
            if k
        ),
        assumed=tuple(
            column.metric
            for column in found.columns
            if column.metric in collected.known.guessed
            and column.metric not in collected.layer.higher_is_better
        ),
        figures=tuple(_figures(found, arms)),
    )


def _own(found: Held, arm: str) -> list[Read]:
    """Files that are an arm's alone: what they are called after is about it."""
    return found.collected.read.get(arm, [])


def _own_or_all(found: Held, arm: str) -> list[Read]:
    return _own(found, arm) or [read for _, read in found.collected.every]


def _expected(found: Held) -> Iterator[tuple[str, tuple[int, str]]]:
    """How many items each arm should have: as the spec says, else as files say of every part."""
    for arm in found.arms:
        if found.collected.layer.expect is not None:
            yield arm, (found.collected.layer.expect, "the spec")
            continue
        reads = _own_or_all(found, arm)
        told = {
            part: max(of)
            for part in found.collected.wanted
            if (of := [r.reading.expected[part] for r in reads if part in r.reading.expected])
        }
        if told and len(told) == len(found.collected.wanted):
            yield arm, (sum(told.values()), reads[0].reading.tool)


def _unparsed(one: ArmResults) -> int:
    """Items of which in some column nothing could be read."""
    if not one.states:
        return 0
    return int(np.logical_or.reduce([state == UNPARSED for state in one.states]).sum())


def _unscored(found: Held, arm: str) -> dict[str, int]:
    """By reason, how many items of which there is a row have no number: the most of any metric.

    Of several parts a metric may be one of some of them only.
    """
    own, several = found.arms[arm], len(found.collected.wanted) > 1
    most: dict[str, int] = {}
    for column in found.columns:
        one = own.columns.get(column.metric)
        if one is None:
            continue
        lost = (one.states == ABSENT) & own.present
        numbers, counts = np.unique(one.whys[lost], return_counts=True)
        for number, k in zip(numbers, counts, strict=True):
            why = found.collected.reasons.name(int(number))
            if not (several and why == NOT_THERE):
                most[why] = max(int(k), most.get(why, 0))
    return most


def _bare(names: Mapping[str, int]) -> dict[str, int]:
    """Names without folders."""
    counts: Counter[str] = Counter()
    for name, k in names.items():
        counts[without_folders(name)] += k
    return dict(counts)


def _copies(one: HeldArm) -> int:
    """Items of which prompt and answer are known, and those of an earlier item."""
    known = (one.prompts != NO_TEXT) & (one.outputs != NO_TEXT)
    both = np.stack([one.prompts[known], one.outputs[known]], axis=1)
    return len(both) - len(np.unique(both, axis=0)) if len(both) else 0


def _texts(numbers: TextArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How often each known text is there."""
    counts: np.ndarray[tuple[int], np.dtype[np.int64]] = np.unique(
        numbers[numbers != NO_TEXT], return_counts=True
    )[1]
    return counts


def _same_files(found: Held, digests: Mapping[str, str]) -> Iterator[Twins]:
    """Arms whose own files are the same, and whose rows no name tells apart."""
    models = found.collected.layer.models
    for first, second in combinations(found.arms, 2):
        if first in models and second in models and models[first] != models[second]:
            continue
        if first in digests and digests[first] == digests.get(second):
            n = int(found.arms[first].present.sum())
            yield Twins(arms=(first, second), what="files", k=n, n=n)


def _twins(found: Held) -> Iterator[Twins]:
    """Texts that two arms share; replies of a judge that saw both of a pair are one by nature."""
    for first, second in combinations(found.arms, 2):
        one, other = found.arms[first], found.arms[second]
        texts = [("answers", one.outputs, other.outputs)]
        if not found.is_direct:
            texts.append(("replies of the judge", one.replies, other.replies))
        for what, mine, theirs in texts:
            known = (mine != NO_TEXT) & (theirs != NO_TEXT)
            if known.any():
                k = int((known & (mine == theirs)).sum())
                yield Twins(arms=(first, second), what=what, k=k, n=int(known.sum()))


def _same_scores(found: Held, arms: Mapping[str, ArmResults]) -> Iterator[Twins]:
    """Numbers of many different values that are the same in two arms, item by item."""
    for i, column in enumerate(found.columns):
        if column.scale is Scale.BINARY or found.is_direct:
            continue
        for first, second in combinations(found.arms, 2):
            one, other = arms[first], arms[second]
            both = (one.states[i] == SCORED) & (other.states[i] == SCORED)
            mine, theirs = one.values[i][both], other.values[i][both]
            n = len(mine)
            if n and len(np.unique(mine, axis=0)) >= _MANY_VALUES:
                same = mine == theirs
                k = int((same.all(axis=1) if same.ndim > 1 else same).sum())
                yield Twins(arms=(first, second), what=f"scores ({column.metric})", k=k, n=n)


def _figures(found: Held, arms: Mapping[str, ArmResults]) -> Iterator[FigureCheck]:
    """The tools' own numbers of one part, beside what its items give."""
    wanted = found.collected.wanted
    if len(wanted) != 1 or found.is_direct:
        return
    for arm, one in arms.items():
        names = found.arms[arm].models
        for read in _own_or_all(found, arm):
            for told in read.reading.figures:
                if told.part != wanted[0] or (told.model and names and told.model not in names):
                    continue
                for i, column in enumerate(found.columns):
                    if column.metric != told.metric:
                        continue
                    own = own_figure(column, one.values[i], one.states[i] == SCORED)
                    if own is not None:
                        yield FigureCheck(
                            arm=arm, part=told.part, metric=told.metric, value=told.value,
                            se=told.se, own_value=own[0], own_se=own[1], n=own[2],
                            told_n=told.n, note=told.note,
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
