"""Values to data frames: typed columns with the names of report.json, absence with its reason.

Where a number is not there, its cell is `<NA>` and the column `..._missing` beside it says why.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Measurement
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.render.results import Keyed, keyed_of
from evalreport.report.model import Report

if TYPE_CHECKING:
    from pandas import DataFrame

Cell: TypeAlias = str | float | bool | None
Row: TypeAlias = Mapping[str, Cell]

WORDS: Final = "string[python]"  # the stock type has NaN for what is not there
NUMBER: Final = "Float64"
COUNT: Final = "Int64"
FLAG: Final = "boolean"
_NOT_TESTED: Final = "not tested"
_WAITS: Final = "waits for the primary"


def frame_of(columns: Mapping[str, Any], rows: Sequence[Row]) -> "DataFrame":
    """A frame in which what is not there is `<NA>`, whatever the type of the column.

    Args:
        columns: Their types.
        rows: With a cell of each column, or fewer: what has none, or None, is not there.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            name: pd.array([row.get(name) for row in rows], dtype=kind)
            for name, kind in columns.items()
        }
    )


# One finding a row

_FINDING: Final = {
    "id": WORDS,
    "layer": WORDS,
    "metric": WORDS,
    "field": WORDS,
    "subgroup": WORDS,
    "dataset": WORDS,
    "role": WORDS,
    "candidate": WORDS,
    "reference": WORDS,
    "n": COUNT,
    "n_missing": WORDS,
    "unit": WORDS,
    "higher_is_better": FLAG,
    **{
        f"{of}{what}": WORDS if what == "_missing" else NUMBER
        for of in ("base", "tuned", "difference")
        for what in ("", "_low", "_high", "_missing")
    },
    "level": NUMBER,
    "gain_at_least": NUMBER,
    "lose_at_most": NUMBER,
    "better": COUNT,
    "worse": COUNT,
    "same": COUNT,
    "test": WORDS,
    "p_value": NUMBER,
    "p_adjusted": NUMBER,
    "p_missing": WORDS,
    "outcome": WORDS,
    "withheld": WORDS,
    "is_void": FLAG,
    "origin": WORDS,
    "simulated": FLAG,
    "sentence": WORDS,
}


def findings_frame(report: Report) -> "DataFrame":
    """All findings of a report."""
    return frame_of(_FINDING, [_finding(keyed) for keyed in keyed_of(report)])


def _finding(k: Keyed) -> Row:
    f = k.finding
    return {
        "id": f.id,
        "layer": f.layer,
        "metric": f.metric,
        "field": f.field,
        "subgroup": f.subgroup,
        "dataset": f.dataset or None,
        "role": f.role.value,
        "candidate": f.arms[0],
        "reference": f.arms[1],
        "n": None if f.n_missing else f.n,
        "n_missing": f.n_missing or None,
        "unit": f.unit,
        "higher_is_better": f.higher_is_better,
        **_estimated("base", f.base),
        **_estimated("tuned", f.tuned),
        **_estimated("difference", f.difference),
        "level": f.difference.level if isinstance(f.difference, Estimate) else None,
        "gain_at_least": f.gain_at_least,
        "lose_at_most": f.lose_at_most,
        "better": None if f.counts is None else f.counts.better,
        "worse": None if f.counts is None else f.counts.worse,
        "same": None if f.counts is None else f.counts.same,
        "test": f.test,
        "p_value": f.p_value,
        "p_adjusted": f.p_adjusted,
        "p_missing": _p_missing(f),
        "outcome": f.outcome.value,
        "withheld": f.withheld or None,
        "is_void": k.is_void,
        "origin": f.origin.value,
        "simulated": f.simulated,
        "sentence": k.sentence,
    }


def _estimated(name: str, of: Estimated) -> Row:
    """Value and interval; where one is not there, why."""
    match of:
        case Estimate():
            return {name: of.value, f"{name}_low": of.low, f"{name}_high": of.high}
        case Point():
            return {name: of.value, f"{name}_missing": f"no interval: {of.no_interval}"}
        case NotEstimable():
            return {f"{name}_missing": of.not_estimable}


def _p_missing(f: Finding) -> str | None:
    if f.p_adjusted is not None:
        return None
    if f.role is FindingRole.SECONDARY and f.outcome is FindingOutcome.DESCRIPTIVE:
        return _WAITS
    return None if f.p_value is not None else _NOT_TESTED


# What else a report holds in rows


def measurements_frame(report: Report) -> "DataFrame":
    """Numbers of one arm."""
    columns = {
        "id": WORDS,
        "layer": WORDS,
        "name": WORDS,
        "arm": WORDS,
        "n": COUNT,
        "unit": WORDS,
        "value": NUMBER,
        "value_low": NUMBER,
        "value_high": NUMBER,
        "value_missing": WORDS,
        "level": NUMBER,
        "requirement": NUMBER,
        "required_is": WORDS,
        "requirement_state": WORDS,
        "note": WORDS,
    }
    return frame_of(columns, [_measurement(one) for one in report.measurements])


def _measurement(one: Measurement) -> Row:
    is_required = one.requirement is not None
    return {
        "id": one.id,
        "layer": one.layer,
        "name": one.name,
        "arm": one.arm,
        "n": one.n,
        "unit": one.unit,
        **_estimated("value", one.value),
        "level": one.value.level if isinstance(one.value, Estimate) else None,
        "requirement": one.requirement,
        "required_is": one.required_is if is_required else None,
        "requirement_state": one.requirement_state if is_required else None,
        "note": one.note or None,
    }


def remarks_frame(report: Report) -> "DataFrame":
    """What the honesty rules say."""
    columns = dict.fromkeys(("rule", "family", "severity", "status", "text", "cites"), WORDS)
    rows = [
        {
            "rule": one.rule,
            "family": one.family,
            "severity": one.severity.value,
            "status": one.status.value,
            "text": one.text,
            "cites": _cited(one.cites),
        }
        for one in report.remarks
    ]
    return frame_of(columns, rows)


def claims_frame(report: Report) -> "DataFrame":
    """What somebody says about the model, and the rulings."""
    columns = dict.fromkeys(("text", "source", "ruling", "because", "cites"), WORDS)
    rows = [
        {
            "text": one.text,
            "source": one.source or None,
            "ruling": one.ruling,
            "because": one.because,
            "cites": _cited(one.cites),
        }
        for one in report.claims
    ]
    return frame_of(columns, rows)


def steps_frame(report: Report) -> "DataFrame":
    """What became of every step."""
    columns = {
        **dict.fromkeys(("id", "kind", "outcome", "reason"), WORDS),
        "items": COUNT,
        "seconds": NUMBER,
    }
    rows = [
        {
            "id": one.id,
            "kind": one.kind,
            "outcome": one.outcome,
            "reason": one.reason or None,
            "items": one.items,
            "seconds": one.seconds,
        }
        for one in report.steps
    ]
    return frame_of(columns, rows)


def _cited(ids: Sequence[str]) -> str | None:
    return ", ".join(ids) or None
