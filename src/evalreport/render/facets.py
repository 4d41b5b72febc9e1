"""Facets: by what the rows of the page over all reports are searched, filtered and sorted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.numbers import count_text
from evalreport.records import Origin
from evalreport.render.quoting import Prepared, visible
from evalreport.render.words import OUTCOMES, Label, Tone
from evalreport.report.model import Report
from evalreport.rules.base import Status
from evalreport.verdict import WITHOUT_STRENGTH, Outcome

_SEARCHED: Final = 20_000  # characters of a report that can be searched for
_RANK: Final = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Facets:
    """By what a row is filtered and sorted; the page's script reads these and nothing else."""

    outcome: str
    strength: str
    stamp: str
    kind: str
    model: str
    built_at: str
    title: str
    rank: str
    search: Prepared


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers, and how many rows have it."""

    value: str
    label: Label
    count: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of the page offer: only what some row has, and nothing where all agree."""

    outcomes: tuple[Choice, ...]
    strengths: tuple[Choice, ...]
    stamps: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    models: tuple[Choice, ...]


def facets_of(report: Report, folder: str) -> Facets:
    """By what a report is found, that lies in a folder."""
    outcome = report.verdict.outcome
    strength = "none" if outcome in WITHOUT_STRENGTH else report.verdict.strength.value
    return Facets(
        outcome=outcome.value,
        strength=strength,
        stamp="simulated" if report.simulated else "smoke" if report.smoke else "real",
        kind=kind_of(report),
        model=model_of(report),
        built_at=report.built_at,
        title=report.title,
        rank=str(_RANK.index(outcome)),
        search=_searched(report, folder),
    )


def _searched(report: Report, folder: str) -> Prepared:
    """What a search looks in: names, words and data, each once."""
    words = (
        report.name,
        report.title,
        folder,
        *report.reproduce.overrides,
        OUTCOMES[report.verdict.outcome].text,
        report.verdict.headline,
        *(x for arm in report.arms.values() for x in (arm.model, arm.hub_id or "")),
        *report.datasets,
        *(facts.hub_id or facts.origin for facts in report.datasets.values()),
        *(f"{f.layer} {f.metric}" for f in report.findings),
        *(r.rule for r in report.remarks if r.status is Status.BROKEN),
    )
    return Prepared(visible(" · ".join(dict.fromkeys(words))[:_SEARCHED]))


def kind_of(report: Report) -> str:
    """Whether anything was asked here, or all of it was measured elsewhere."""
    return "build" if any(a.origin is Origin.RUN for a in report.arms.values()) else "audit"


def model_of(report: Report) -> str:
    """What the base model is called in public, as far as anybody said."""
    base = report.arms.get("base")
    if base is None:
        return "not known"
    return base.hub_id or base.model


def choices_of(facets: Sequence[Facets]) -> Choices:
    """What can be chosen among these rows."""
    models = sorted({one.model for one in facets})
    return Choices(
        outcomes=_choices([f.outcome for f in facets], {o.value: w for o, w in OUTCOMES.items()}),
        strengths=_choices([f.strength for f in facets], _STRENGTH_WORDS),
        stamps=_choices([f.stamp for f in facets], _STAMP_WORDS),
        kinds=_choices([f.kind for f in facets], _KIND_WORDS),
        models=_choices([f.model for f in facets], {name: _plain(name) for name in models}),
    )


def _plain(text: str) -> Label:
    return Label(text, "dash", "", Tone.NEUTRAL)


_STRENGTH_WORDS: Final = {
    "full": _plain("full strength"),
    "weak": _plain("weak"),
    "none": _plain("no strength to speak of"),
}
_STAMP_WORDS: Final = {
    "real": _plain("real models"),
    "simulated": _plain("simulated"),
    "smoke": _plain("smoke runs of real models"),
}
_KIND_WORDS: Final = {
    "build": _plain("builds: asked here"),
    "audit": _plain("audits: measured elsewhere"),
}


def _choices(values: Sequence[str], words: Mapping[str, Label]) -> tuple[Choice, ...]:
    """The values that there are, in the order of their words; none where all rows agree."""
    known = [one for one in words if one in values]
    if len(known) < 2:
        return ()
    return tuple(Choice(one, words[one], count_text(values.count(one))) for one in known)
