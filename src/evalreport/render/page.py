"""Report to page: every text, number and drawing of a report, ready to be placed."""

from dataclasses import dataclass

from evalreport.render.changes import Examples, examples_of
from evalreport.render.details import Results, results_of
from evalreport.render.figure import Figure
from evalreport.render.figures import figures_of
from evalreport.render.judgement import (
    Checks,
    ClaimRow,
    Rules,
    VerdictBox,
    checks_of,
    claims_of,
    rules_of,
    verdict_box,
)
from evalreport.render.judging import JudgedPart, judged_by, judging_of
from evalreport.render.observed import (
    GapTable,
    HealthTable,
    Matrix,
    OverlapRow,
    confusion_of,
    gaps_of,
    health_of,
    overlaps_of,
)
from evalreport.render.setup import (
    Again,
    Costs,
    Described,
    again_of,
    arms_of,
    costs_of,
    datasets_of,
    layers_of,
)
from evalreport.render.trained import Trained, others_of, trained_of
from evalreport.render.words import SIMULATED, SMOKE
from evalreport.report.model import About, ExamplesShown, Limitation, Report


@dataclass(frozen=True, slots=True)
class Stamp:
    """What must not be overlooked: that the evidence is not real, or counts for nothing."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a report shows, in reading order."""

    title: str
    name: str
    built_at: str
    version: str
    language: str
    stamps: tuple[Stamp, ...]
    about: About
    verdict: VerdictBox
    checks: Checks
    claims: tuple[ClaimRow, ...]
    results: Results
    figures: tuple[Figure, ...]
    examples: Examples
    judging: tuple[JudgedPart, ...]
    judged_by: str
    health: tuple[HealthTable, ...]
    trained: Trained | None
    trained_elsewhere: tuple[Trained, ...]
    gaps: tuple[GapTable, ...]
    overlaps: tuple[OverlapRow, ...]
    confusion: tuple[Matrix, ...]
    arms: tuple[Described, ...]
    datasets: tuple[Described, ...]
    layers: tuple[Described, ...]
    limitations: tuple[Limitation, ...]
    not_measured: tuple[str, ...]
    rules: Rules
    costs: Costs | None
    again: Again
    loading_snippet: str


def page_of(report: Report, *, show: ExamplesShown = "full") -> Page:
    """The page of a report.

    Args:
        report: All that the page knows.
        show: The most that this document may show of single items; the report may allow less.
    """
    return Page(
        title=report.title,
        name=report.name,
        built_at=report.built_at,
        version=report.evalreport,
        language="en",
        stamps=stamps_of(report),
        about=report.about,
        verdict=verdict_box(report),
        checks=checks_of(report),
        claims=claims_of(report),
        results=results_of(report),
        figures=figures_of(report),
        examples=examples_of(report, show),
        judging=judging_of(report, show),
        judged_by=judged_by(report),
        health=health_of(report),
        trained=trained_of(report),
        trained_elsewhere=others_of(report),
        gaps=gaps_of(report),
        overlaps=overlaps_of(report),
        confusion=confusion_of(report),
        arms=arms_of(report),
        datasets=datasets_of(report),
        layers=layers_of(report),
        limitations=report.limitations,
        not_measured=report.not_measured,
        rules=rules_of(report),
        costs=costs_of(report.cost),
        again=again_of(report),
        loading_snippet=report.loading_snippet,
    )


def stamps_of(report: Report) -> tuple[Stamp, ...]:
    """The stamps that a report bears."""
    told = (
        (report.simulated, Stamp("SIMULATED", SIMULATED)),
        (report.smoke, Stamp("SMOKE", SMOKE)),
    )
    return tuple(stamp for is_borne, stamp in told if is_borne)
