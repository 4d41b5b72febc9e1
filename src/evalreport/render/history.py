"""History to page: all reports of a folder on one page, that works without a server."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from evalreport import __version__
from evalreport.history.kept import History
from evalreport.history.trend import Course
from evalreport.numbers import count_text
from evalreport.render.facets import Choice, Choices, choices_of
from evalreport.render.index import Entry, Lying, entries_of, units_told
from evalreport.render.lost import LostRow, lost_row
from evalreport.render.templating import inlined, rendered
from evalreport.render.trend import series_view, unsealed_text
from evalreport.render.words import OUTCOMES

_TITLE: Final = "Did the fine-tuning work?"
_LEGEND: Final = (
    "Bars share one scale: from the solid line (no difference) to the dashed line is the gain that "
    "each spec asked for, whatever its metric and unit, and right is better. An arrow at an edge "
    "means that it goes on."
)
_COLOURS: Final = (
    "A difference is green where a gain is shown and red where a loss is, whichever way is better "
    "for its metric; a number without colour shows neither, or does not count."
)


class Place(Protocol):
    """Where a page goes, and what lies around it."""

    def link(self, folder: str) -> str:
        """A report's folder, as the page's links begin."""
        ...

    def files(self, folder: str) -> frozenset[str]:
        """The names of the files in a report's folder."""
        ...


@dataclass(frozen=True, slots=True)
class Select:
    """A filter with one choice at a time."""

    name: str
    label: str
    all: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One page over all reports."""

    title: str
    kicker: str
    summary: str
    notes: tuple[str, ...]
    legend: str
    choices: Choices
    selects: tuple[Select, ...]
    entries: tuple[Entry, ...]
    unreadable: tuple[LostRow, ...]
    version: str
    made: str


def render_index(history: History, courses: Sequence[Course], place: Place) -> str:
    """The page: the same reports, and the same commits, give the same page, byte for byte.

    Args:
        history: All that was found.
        courses: How its series went.
        place: Where the page goes.
    """
    everything = history.builds
    lying = [
        Lying(
            report=kept.report,
            folder=place.link(kept.folder),
            name=kept.folder,
            files=place.files(kept.folder),
            history=tuple(
                series_view(course, everything)
                for course in courses
                if course.series.folder == kept.folder
                and (len(course.series.builds) > 1 or not course.series.is_of_today)
            ),
            changed=unsealed_text(kept),
        )
        for kept in history.today
    ]
    entries = entries_of(lying)
    choices = choices_of([entry.facets for entry in entries])
    selects = (
        Select("strength", "Evidence", "any strength", choices.strengths),
        Select("kind", "Kind", "builds and audits", choices.kinds),
        Select("stamp", "Models", "real or not", choices.stamps),
        Select("model", "Base model", "any base model", choices.models),
    )
    counts = Counter(one.report.verdict.outcome for one in lying)
    told = "; ".join(
        f"{counts[outcome]} {label.text.lower()}"
        for outcome, label in OUTCOMES.items()
        if counts[outcome]
    )
    page = IndexPage(
        title=_TITLE,
        kicker="Index of evaluation reports",
        summary=f"{count_text(len(lying), 'report')}: {told}.",
        notes=history.notes,
        unreadable=tuple(lost_row(one) for one in history.unreadable),
        legend=_legend(lying, entries),
        choices=choices,
        selects=tuple(one for one in selects if one.choices),
        entries=entries,
        version=__version__,
        made=f"Made by evalreport {__version__}.",
    )
    return rendered(
        "index.html.j2",
        page=page,
        base=inlined("report.css"),
        style=inlined("index.css"),
        script=inlined("index.js"),
    )


def _legend(lying: Sequence[Lying], entries: Sequence[Entry]) -> str:
    """How bars, colours and units read, as far as there are any."""
    told = [
        _LEGEND if any(entry.bar is not None for entry in entries) else "",
        _COLOURS if any(entry.primary is not None for entry in entries) else "",
        units_told(lying),
    ]
    return " ".join(one for one in told if one)
