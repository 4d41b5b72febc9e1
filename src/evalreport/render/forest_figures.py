"""Findings to interval plots: all about all items, and those about subgroups."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.sentences import words
from evalreport.analyze.shown import shown_difference
from evalreport.estimates import Estimate, has_value
from evalreport.numbers import (
    Measure,
    Scale,
    bare_estimate,
    count_text,
    fraction_text,
    measure_of,
    plain_sentence,
)
from evalreport.render.details import unshown_text
from evalreport.render.drawings import Axis, axis_over
from evalreport.render.figure import Figure, capital, left_out, sentences
from evalreport.render.forest import Band, Panel, Row, forest
from evalreport.render.quoting import shown_label
from evalreport.render.results import (
    INNER,
    Keyed,
    against,
    bounds_of,
    inner_of,
    n_of,
    role_text,
    unit_of,
)
from evalreport.render.words import LOSSES, ROLE_ORDER, VOID

_MOST_ROWS: Final = 60
_LONG_ROWS: Final = 30  # a page folds what has more
_MOST_TOLD: Final = 4  # findings that an alternative text tells one by one
_EXPLORATORY_RANK: Final = ROLE_ORDER.index(FindingRole.EXPLORATORY)
_EXPLORATORY: Final = (
    "Exploratory: none of these groups was declared to decide, and among many some look good or "
    "bad by chance."
)


# All findings


def findings_figure(keyed: Sequence[Keyed]) -> Figure | None:
    """All findings about all items; None where there is none."""
    whole = [k for k in keyed if k.finding.subgroup is None]
    if not whole:
        return None
    shown = _kept(whole, _MOST_ROWS, lambda k: (_role_rank(k), k.finding.outcome not in LOSSES))
    panels = tuple(_panel(members) for members in _by_axis(shown))
    parts = len(keyed) - len(whole)
    rows = [row for panel in panels for band in panel.bands for row in band.rows]
    note = sentences(
        _reading(rows),
        "Findings by subgroup have a picture of their own." if parts else "",
        left_out(len(whole) - len(shown), "exploratory finding"),
    )
    title = "Every finding" if not parts else "Every finding about all items"
    told = _told(whole)
    return Figure(
        name="findings",
        title=title,
        alternative=told,
        note=note,
        drawing=forest(panels, title=title, text=told),
        is_long=len(rows) > _LONG_ROWS,
        is_in_place=all(_role_rank(k) < _EXPLORATORY_RANK for k in whole),
    )


def _by_axis(keyed: Iterable[Keyed]) -> Iterable[list[Keyed]]:
    """Findings that may share an axis, the primary's first; numbers without a unit share none."""
    groups: dict[tuple[Measure, str], list[Keyed]] = {}
    for k in sorted(keyed, key=_role_rank):
        measure = measure_of(k.finding.metric, k.finding.unit)
        is_unnamed = measure.scale is Scale.PLAIN and not measure.unit
        groups.setdefault((measure, k.finding.metric if is_unnamed else ""), []).append(k)
    return groups.values()


def _panel(members: Sequence[Keyed]) -> Panel:
    measure = measure_of(members[0].finding.metric, members[0].finding.unit)
    pairs = {k.finding.arms for k in members}
    falling = not any(k.finding.higher_is_better for k in members)
    bands: dict[tuple[str, str, tuple[str, str]], list[Row]] = {}
    for k in members:
        f = k.finding
        row = _row(
            k, _name(f), direction="" if falling or f.higher_is_better else "lower is better"
        )
        bands.setdefault((role_text(f), f.layer, f.arms), []).append(row)
    return Panel(
        heading=_heading(
            against(next(iter(pairs))) if len(pairs) == 1 else "Differences",
            measure,
            falling=falling,
        ),
        axis=_axis(members, measure),
        figures=_figures_head(members),
        bands=tuple(
            Band(
                shown_label(
                    " · ".join((capital(role), layer, *([against(arms)] if len(pairs) > 1 else [])))
                ),
                tuple(rows),
            )
            for (role, layer, arms), rows in bands.items()
        ),
    )


def _told(whole: Sequence[Keyed]) -> str:
    """The declared findings one by one, the others by their outcomes."""
    declared = sorted(
        (k for k in whole if _role_rank(k) < _EXPLORATORY_RANK),
        key=_role_rank,
    )
    first = declared[:_MOST_TOLD]
    told = [f"Differences with their intervals of {count_text(len(whole), 'finding')}."]
    told += [f"{capital(role_text(k.finding))}: {_said(k)}." for k in first]
    rest = [k for k in whole if k not in first]
    if rest:
        counts: dict[str, int] = {}
        for k in rest:
            counts[k.outcome.text] = counts.get(k.outcome.text, 0) + 1
        listed = ", ".join(f"{count_text(n)} {word}" for word, n in counts.items())
        told.append(f"{'The others' if first else 'Their outcomes'}: {listed}.")
    return " ".join(told)


def _said(k: Keyed) -> str:
    f = k.finding
    difference = plain_sentence(shown_difference(f, key=f"{k.key}/difference"))
    return f"{words(f.layer)} {words(_name(f))}, {against(f.arms)}: {difference}, {k.outcome.text}"


# Subgroups


def subgroups_figure(keyed: Sequence[Keyed]) -> Figure | None:
    """Findings by subgroup beside those about all items; None where there is none."""
    wholes = {_whole_of(k): k for k in keyed if k.finding.subgroup is None}
    groups: dict[tuple[str, str, str | None, tuple[str, str]], list[Keyed]] = {}
    for k in keyed:
        if k.finding.subgroup is not None:
            groups.setdefault(_whole_of(k), []).append(k)
    if not groups:
        return None
    ordered = sorted(groups, key=lambda at: _role_rank(wholes[at]) if at in wholes else 9)
    parts = [k for at in ordered for k in groups[at]]
    place = {at: i for i, at in enumerate(ordered)}
    kept = _kept(parts, _MOST_ROWS, lambda k: (place[_whole_of(k)], -k.finding.n))
    shown = {k.key for k in kept}
    panels = tuple(
        _group_panel(wholes.get(at), members)
        for at in ordered
        if (members := [k for k in groups[at] if k.key in shown])
    )
    unshown = (
        unshown_text(one)
        for at in ordered
        if at in wholes
        for one in wholes[at].finding.unshown_groups
    )
    rows = [row for panel in panels for band in panel.bands for row in band.rows]
    note = sentences(
        _EXPLORATORY,
        "Dotted line: all items." if any(panel.whole is not None for panel in panels) else "",
        _reading(rows, shapes=False),
        *dict.fromkeys(unshown),
        left_out(len(parts) - len(shown), "smaller group"),
    )
    told = " ".join(
        (
            "Exploratory: among many groups some look good or bad by chance.",
            *(_told_group(wholes.get(at), groups[at]) for at in ordered[:_MOST_TOLD]),
        )
    )
    title = "By subgroup (exploratory)"
    return Figure(
        name="subgroups",
        title=title,
        alternative=told,
        note=note,
        drawing=forest(panels, title=title, text=told),
        is_long=len(rows) > _LONG_ROWS,
    )


def _whole_of(k: Keyed) -> tuple[str, str, str | None, tuple[str, str]]:
    f = k.finding
    return f.layer, f.metric, f.field, f.arms


def _group_panel(whole: Keyed | None, members: Sequence[Keyed]) -> Panel:
    f = members[0].finding
    measure = measure_of(f.metric, f.unit)
    bands: dict[str, list[Row]] = {}
    for k in members:
        key, _, name = (k.finding.subgroup or "").partition("=")
        bands.setdefault(key, []).append(_row(k, name or key, is_part=True))
    every = () if whole is None else (Band("", (_row(whole, "All items", is_whole=True),)),)
    has_line = whole is not None and has_value(whole.finding.difference)
    return Panel(
        heading=_heading(
            f"{f.layer} {_name(f)}, {against(f.arms)}", measure, falling=not f.higher_is_better
        ),
        axis=_axis([*members, *([] if whole is None else [whole])], measure),
        figures=_figures_head(members),
        bands=(*every, *(Band(shown_label(key), tuple(rows)) for key, rows in bands.items())),
        whole=whole.finding.difference.value
        if has_line and whole is not None and has_value(whole.finding.difference)
        else None,
    )


def _told_group(whole: Keyed | None, members: Sequence[Keyed]) -> str:
    """Lowest and highest of the groups, beside all items."""
    known = [k for k in members if has_value(k.finding.difference)]
    f = members[0].finding
    every = "" if whole is None else f", {_difference(whole)} on all items"
    void = f" ({VOID.text})" if any(k.is_void for k in (whole, *members) if k) else ""
    groups = count_text(len(members), "group")
    falling = "" if f.higher_is_better else ", lower is better"
    named = f"{words(f.layer)} {words(_name(f))}, {against(f.arms)}{falling}"
    head = f"{named}{every}{void}: {groups}"
    if not known:
        return f"{head}, none with a difference."
    ordered = sorted(known, key=_value)
    low, high = ordered[0], ordered[-1]
    if low is high:
        return f"{head}, {_group(low)}."
    return f"{head}, from {_group(low)} to {_group(high)}."


def _group(k: Keyed) -> str:
    """A group with its interval and its size: an extreme of many is nothing without them."""
    shown = shown_difference(k.finding, key=f"{k.key}/difference")
    return f"{plain_sentence(shown)} in {k.finding.subgroup} on {n_of(k, 'item').text}"


def _value(k: Keyed) -> float:
    estimated = k.finding.difference
    return estimated.value if has_value(estimated) else 0.0


def _difference(k: Keyed) -> str:
    shown = shown_difference(k.finding, key=f"{k.key}/difference")
    return plain_sentence(shown) if shown.value is None else shown.value.text


# Rows and words


def _row(
    k: Keyed, name: str, *, direction: str = "", is_part: bool = False, is_whole: bool = False
) -> Row:
    f = k.finding
    shown = shown_difference(f, key=f"{k.key}/difference")
    marks = bounds_of(f)
    return Row(
        name=shown_label(name),
        note=" · ".join(filter(None, (*(mark.text for mark in marks), direction))),
        estimated=f.difference,
        marks=marks,
        figures="" if shown.value is None else bare_estimate(shown),
        reason=shown_label(shown.reason) if shown.value is None else "",
        n=n_of(k).text,
        outcome=k.outcome,
        inner=inner_of(k),
        is_loss=k.outcome is not VOID and f.outcome in LOSSES,
        is_whole=is_whole,
        is_worded=not is_part or k.outcome is VOID,
    )


def _name(f: Finding) -> str:
    return f.metric + (f".{f.field}" if f.field else "")


def _axis(members: Sequence[Keyed], measure: Measure) -> Axis | None:
    """A range that holds all of them, their bounds and zero; None without a number to place."""
    if not any(has_value(k.finding.difference) for k in members):
        return None
    bounds = [mark.value for k in members for mark in bounds_of(k.finding)]
    return axis_over([k.finding.difference for k in members], bounds, measure)


def _heading(what: str, measure: Measure, *, falling: bool) -> str:
    parts = (what, unit_of(measure), "lower is better" if falling else "")
    return shown_label(", ".join(filter(None, parts)))


def _figures_head(members: Sequence[Keyed]) -> str:
    """What stands in the column of figures: the difference, and at which level its interval."""
    levels = {
        fraction_text(k.finding.difference.level)
        for k in members
        if isinstance(k.finding.difference, Estimate)
    }
    return f"Difference ({' or '.join(sorted(levels))})" if levels else "Difference"


def _role_rank(k: Keyed) -> int:
    role = FindingRole.GUARD if k.finding.is_guard_of_export else k.finding.role
    return ROLE_ORDER.index(role)


def _kept(
    keyed: Sequence[Keyed], most: int, rank: Callable[[Keyed], tuple[float, ...]]
) -> list[Keyed]:
    """So many of the first by rank, in the order in which they came."""
    kept = {k.key for k in sorted(keyed, key=rank)[:most]}
    return [k for k in keyed if k.key in kept]


def _reading(rows: Sequence[Row], *, shapes: bool = True) -> str:
    """How the drawing is read."""
    drawn = [row for row in rows if row.figures]
    if not drawn:
        return ""
    lines = ["solid line: no difference"]
    if any(row.marks for row in drawn):
        lines.append("dashed line: declared bound")
    if any(row.inner for row in drawn):
        lines.append(INNER)
    if shapes:
        lines += ["filled circle: good", "square: bad", "hollow: decides nothing"]
    text = "; ".join(lines)
    return f"{capital(text)}."
