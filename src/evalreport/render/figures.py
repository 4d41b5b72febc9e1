"""A report's four pictures: all findings, subgroups, flips and loss, each with words for it.

Only what has something to show is there. What a picture leaves out is said below it.
"""

from collections.abc import Sequence
from typing import Final

from evalreport.render.details import Flipped, flips_of
from evalreport.render.figure import Figure, left_out, sentences
from evalreport.render.flips import FlipsRow, Part, flips_plot
from evalreport.render.forest_figures import findings_figure, subgroups_figure
from evalreport.render.quoting import shown_label
from evalreport.render.results import keyed_of
from evalreport.render.trained import trained_of
from evalreport.report.model import Report

_MOST_FLIPS: Final = 12


def figures_of(report: Report) -> tuple[Figure, ...]:
    """The pictures that have something to show."""
    keyed = keyed_of(report)
    made = (
        findings_figure(keyed),
        subgroups_figure(keyed),
        _flips(flips_of(keyed)),
        _loss(report),
    )
    return tuple(figure for figure in made if figure is not None)


# Flips and loss


def _flips(flips: Sequence[Flipped]) -> Figure | None:
    if not flips:
        return None
    shown = flips[:_MOST_FLIPS]
    told = " ".join(
        f"{f.name} on {f.n.text}: {f.candidate} better on {f.better.text}, same on {f.same.text}, "
        f"{f.reference} better on {f.worse.text}{f' ({f.void})' if f.void else ''}."
        for f in shown
    )
    title = "On how many items each arm did better"
    drawing = flips_plot([_flips_row(f) for f in shown], title=title, text=told)
    note = sentences(
        "Of the metrics that were declared.", left_out(len(flips) - len(shown), "declared metric")
    )
    return Figure("flips", title, told, note, drawing, is_in_place=True)


def _flips_row(f: Flipped) -> FlipsRow:
    better, worse = (
        shown_label(f"{arm} better: {count.text}")
        for arm, count in ((f.candidate, f.better), (f.reference, f.worse))
    )
    good, bad = ("good void", "bad void") if f.void else ("good", "bad")
    return FlipsRow(
        shown_label(f"{f.name} on {f.n.text}{f' ({f.void})' if f.void else ''}"),
        (
            Part(int(f.better.raw), good, better),
            Part(int(f.same.raw), "neutral", f"same: {f.same.text}"),
            Part(int(f.worse.raw), bad, worse),
        ),
    )


def _loss(report: Report) -> Figure | None:
    trained = trained_of(report)
    if trained is None or trained.curve is None:
        return None
    drawing = trained.curve
    note = f"Loss: {trained.curve_note}." if trained.curve_note else ""
    return Figure("loss", drawing.title, drawing.description, note, drawing, is_in_place=True)
