"""Assemble: what was collected from files to results, with everything counted that was found."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from evalreport.digest import digest_of
from evalreport.importers.collect import Collected
from evalreport.importers.columns import HeldArm, HeldColumn
from evalreport.importers.comparable import refusals
from evalreport.importers.held import Held, held
from evalreport.importers.integrity import integrity_of
from evalreport.importers.judged import judging_of
from evalreport.importers.measured import read_of
from evalreport.importers.names import without_folders
from evalreport.importers.results import ABSENT, SCORED, ArmResults, Provenance, Results
from evalreport.importers.totals import totals_of
from evalreport.importers.unclear import refuse_unclear
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.numbers import count_text


def assemble(collected: Collected, digests: Mapping[str, str]) -> Results:
    """The results of a layer.

    Args:
        collected: All rows of its files.
        digests: Of the files, by arm; under "" those that hold all arms.

    Raises:
        DataError: Whose results they are is not clear.
    """
    if all(read.reading.gives == "figures" for _, read in collected.every):
        return totals_of(collected, digests)
    refuse_unclear(collected)
    found = held(collected)
    arms = {arm: _arm(found, arm, digests) for arm in found.arms}
    return Results(
        layer=collected.layer.name,
        ids=found.ids,
        columns=found.columns,
        arms=arms,
        clusters=found.clusters,
        cluster_by="question" if found.clusters else "",
        subgroups={
            key: tuple(coded.names(found.places))
            for key, coded in collected.groups.items()
            if key not in found.torn
        },
        refused=refusals(found),
        judging=judging_of(found),
        integrity=integrity_of(found, arms, digests),
        digest=digest_of(
            "results",
            [[arm, one] for arm, one in sorted(digests.items())],
            [arms[arm].origin.facts.model_dump(mode="json") for arm in arms],
            [
                figure.model_dump(mode="json")
                for _, read in collected.every
                for figure in read.reading.figures
            ],
        ),
    )


def _arm(found: Held, arm: str, digests: Mapping[str, str]) -> ArmResults:
    own = found.arms[arm]
    columns = [_finished(own.columns.get(one.metric), one, own) for one in found.columns]
    reasons = reasons_of(found, arm)
    absent = int((~own.present).sum())
    if absent:
        reasons[f"not in the file of {arm}"] = absent
    return ArmResults(
        values=tuple(one.values for one in columns),
        states=tuple(one.states for one in columns),
        reasons=reasons,
        origin=_provenance(found, arm, digests),
    )


def _finished(one: HeldColumn | None, column: Column, own: HeldArm) -> HeldColumn:
    """The scores of a metric; of a ratio of which an arm has no score at all, as of a ratio."""
    n = len(own.present)
    is_ratio = column.scale is Scale.RATIO
    if one is not None and one.is_ratio == is_ratio:
        return one
    values: FloatArray = np.zeros((n, 2) if is_ratio else (n,))
    states = np.full(n, ABSENT, dtype=np.int8) if one is None else one.states
    whys = np.zeros(n, dtype=np.int64) if one is None else one.whys
    return HeldColumn(values, states, whys, is_ratio=is_ratio, is_whole=False)


def reasons_of(found: Held, arm: str) -> dict[str, int]:
    """Why items of which an arm has a row have no score: the most of any metric."""
    own = found.arms[arm]
    most: Counter[str] = Counter()
    for column in found.columns:
        one = _finished(own.columns.get(column.metric), column, own)
        lost = (one.states != SCORED) & own.present
        numbers, counts = np.unique(one.whys[lost], return_counts=True)
        for number, k in zip(numbers, counts, strict=True):
            most |= Counter({found.collected.reasons.name(int(number)): int(k)})
    return dict(most)


def _provenance(found: Held, arm: str, digests: Mapping[str, str]) -> Provenance:
    """Where the results of an arm come from."""
    collected = found.collected
    mine = list(read_of(collected, arm))
    first = mine[0].reading
    names = list(found.arms[arm].models)
    notes = [note for read in mine for note in read.reading.notes]
    notes += [
        f"The groups by {key} are left out: {count_text(k, 'row')} put an item into another group "
        "than an earlier row does."
        for key, k in found.torn.items()
    ]
    if astray := found.astray.get(arm, 0):
        verb = "puts" if astray == 1 else "put"
        notes.append(
            f"{count_text(astray, 'row')} of {arm} {verb} an item to another question than the "
            "other rows do; which items hang together is taken from those."
        )
    if found.alike:
        notes.append(
            f"{count_text(found.alike, 'item')} have one and the same prompt, so prompts are not "
            "taken to tell which items ask the same question."
        )
    notes += collected.passed
    return Provenance(
        tool=f"{first.tool} {first.version}".strip(),
        files=tuple(read.file.shown for read in mine),
        digest=digests.get(arm) or digests.get("") or next(iter(digests.values())),
        model=without_folders(
            names[0] if len(names) == 1 else first.model or collected.layer.models.get(arm, "")
        ),
        made_at=first.made_at,
        facts=found.measured[arm].summary(),
        is_pair=found.is_direct,
        notes=tuple(dict.fromkeys(notes)),
    )
