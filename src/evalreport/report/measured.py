"""On what it was measured: datasets, layers and examples, as far as they may be shown."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.analyze.findings import Findings, Overlap
from evalreport.analyze.judging.model import JudgeCard, JudgedExample
from evalreport.analyze.text_findings import Example
from evalreport.evidence import Evidence
from evalreport.importers.results import Results
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.numbers import setting_text
from evalreport.records import Corpus, Unreachable
from evalreport.report.arms import named_files
from evalreport.report.model import DatasetFacts, ExamplesShown, LayerFacts
from evalreport.report.told import told_facts
from evalreport.sources import Source
from evalreport.spec.models import Spec
from evalreport.values import Json

_LONGEST: Final = 200  # characters of what is sent besides; the spec below has all of it
_JUDGED_ORDERS: Final = {
    "both": "each pair in both",
    "random": "one for each item, at random",
}


def dataset_facts(corpus: Corpus | Unreachable, source: Source) -> DatasetFacts:
    """What a dataset was; of a mixture, its first part speaks for the provenance."""
    one = source.parts[0]
    if isinstance(corpus, Unreachable):
        return DatasetFacts(
            role=source.role.value,
            n=0,
            digest="",
            origin="not reached",
            notes=(f"not read: {corpus.reason}",),
        )
    clusters = {item.cluster for item in corpus.items} - {None}
    return DatasetFacts(
        role=corpus.role.value,
        n=len(corpus.items),
        digest=corpus.digest,
        origin=corpus.origin,
        clusters=len(clusters) or None,
        cluster_by=one.cluster_by,
        notes=corpus.notes,
        license=one.license,
        generated_by=one.generated_by,
        labelled_by=one.labelled_by,
        hub_id=one.hub_id if one.is_hub else None,
        is_private=not one.is_hub,
        config=one.config if one.is_hub else None,
        split=one.split if one.is_hub else None,
    )


def layer_facts(
    layer: AnyLayer, evidence: Evidence, asked: Mapping[str, str] | None = None
) -> LayerFacts:
    """What a layer asked, of how many items, and how it was scored.

    Args:
        layer: As the spec has it.
        evidence: Holds the items.
        asked: By layer, the dataset that it asks; a judge layer is about that of another layer.
    """
    if isinstance(layer, Recorded):
        return told_facts(layer)
    items = evidence.items.get((layer.name, "main"), ())
    decoding: dict[str, Json] = {}
    scorer = ""
    elsewhere: dict[str, str] = {}
    if isinstance(layer, Generation):
        elsewhere = {arm: named_files(told.files) for arm, told in layer.imported.items()}
        decoding = layer.decoding.model_dump(mode="json")
        scorer = f"answer read by `{layer.extract.kind}`; " + ", ".join(layer.metric_names())
    elif isinstance(layer, Judge):
        decoding, scorer = dict(_judged_how(layer)), ", ".join(layer.metric_names())
    elif layer.metric_names():
        scorer = ", ".join(layer.metric_names())
    results = evidence.results.get(layer.name)
    if results is not None:
        return _foreign_facts(layer, results)
    return LayerFacts(
        name=layer.name,
        kind=layer.kind,
        what=(layer.__doc__ or "").split("\n", maxsplit=1)[0],
        dataset=next(iter(layer.datasets()), "") or _judged_dataset(layer, asked or {}),
        n=len(items)
        or _judged_items(layer, evidence)
        or sum(len(v) for (name, _), v in evidence.items.items() if name == layer.name),
        decoding=decoding,
        scorer=scorer,
        notes=tuple(
            _not_asked(arm, files, layer.name, evidence) for arm, files in elsewhere.items()
        ),
        elsewhere=elsewhere,
    )


def datasets_asked(spec: Spec) -> dict[str, str]:
    """By layer, the dataset that it asks."""
    return {one.name: next(iter(one.datasets()), "") for one in spec.evaluation.layers}


def _judged_how(layer: Judge) -> Iterator[tuple[str, Json]]:
    """Who judges, where and how it is asked; of a key not even the variable that holds it."""
    yield "Answers of", layer.on
    for one in layer.judges:
        told: dict[str, Json] = {
            "model": one.model,
            "address": one.url,
            "temperature": "not sent" if one.temperature is None else one.temperature,
            "max_tokens": one.max_tokens,
            "structured": one.structured,
        }
        if one.extra:
            text = setting_text(one.extra)
            told["extra"] = text if len(text) <= _LONGEST else f"{', '.join(one.extra)} (long)"
        yield f"Judge {one.called}", told
    for number, criterion in enumerate(layer.rubric, 1):
        low, high = criterion.scale
        text = f"{criterion.name}, {low} to {high}: {criterion.text}"
        yield f"Criterion {number}", text
    yield "Criteria" if layer.compares else "How to rate", layer.wordings[0]
    if layer.compares:
        yield "Orders", _JUDGED_ORDERS[layer.orders]
        yield "Ties", "allowed" if layer.ties else "not allowed"
        yield "Comparisons a call", layer.comparisons_per_call
    yield "Reference shown to the judge", "yes" if layer.reference else "no"


def _judged_dataset(layer: AnyLayer, asked: Mapping[str, str]) -> str:
    """On what the answers were given that a layer judges."""
    return asked.get(layer.on, "") if isinstance(layer, Judge) else ""


def _judged_items(layer: AnyLayer, evidence: Evidence) -> int:
    """The items that were judged."""
    judged = evidence.judged.get(layer.name)
    return len(judged.items) if judged is not None else 0


def _not_asked(arm: str, files: str, layer: str, evidence: Evidence) -> str:
    """That an arm was not asked here, and who says how its outputs were made."""
    found = evidence.integrity.get(layer)
    parts = [f"{arm} was not asked here: its outputs come from {files}"]
    if found is None:
        return parts[0]
    said, open_ones = (
        [what for what, arms in of.items() if arm in arms] for of in (found.declared, found.unknown)
    )
    if "prompts" not in {*said, *open_ones}:
        parts.append("the prompts are as the files tell")
    if said:
        parts.append(f"only the spec says: {', '.join(said)}")
    if open_ones:
        parts.append(f"nobody tells: {', '.join(open_ones)}")
    return "; ".join(parts)


def _foreign_facts(layer: AnyLayer, results: Results) -> LayerFacts:
    """How other tools measured, as far as their files, or the spec, tell of every arm."""
    origins = [one.origin for one in results.arms.values()]

    def told(name: str, what: str) -> str:
        values = dict.fromkeys(str(getattr(one.facts, name)) for one in origins)
        known = [value for value in values if value not in {"", "None"}]
        if not known:
            return "not told"
        if len(values) > 1:
            return "not the same, or not told of every arm"
        said = results.integrity.declared.get(what, ())
        if not said:
            return known[0]
        of = "" if {*said} == {*results.arms} else f" of {' and '.join(said)}"
        return f"{known[0]} (says the spec{of})"

    metrics = ", ".join(dict.fromkeys(column.metric for column in results.columns))
    return LayerFacts(
        name=layer.name,
        kind=layer.kind,
        what=(layer.__doc__ or "").split("\n", maxsplit=1)[0],
        dataset="",
        n=results.n,
        decoding={
            "decoding": told("decoding", "decoding"),
            "worked examples": told("shots", "worked examples"),
            "chat template": told("template", "chat template"),
            "measured by": ", ".join(dict.fromkeys(one.tool for one in origins)),
            "measured at": ", ".join(dict.fromkeys(one.made_at for one in origins if one.made_at))
            or "not told",
        },
        prompts="as the files tell" if _tells_prompts(results) else "not told",
        scorer=f"{told('scorer', 'scorer')}; {metrics}",
        notes=tuple(dict.fromkeys(note for one in origins for note in one.notes)),
    )


def _tells_prompts(results: Results) -> bool:
    """Whether the files tell of every item that is compared what was asked; totals have none."""
    return bool(results.n) and "prompts" not in results.integrity.unknown


def shown_overlaps(findings: Findings, shown: ExamplesShown) -> tuple[Overlap, ...]:
    """The overlaps, without the ids of single items where none may be shown."""
    if shown != "none":
        return findings.overlaps
    return tuple(overlap.model_copy(update={"examples": ()}) for overlap in findings.overlaps)


def shown_example(example: Example, shown: ExamplesShown) -> Example:
    """An example as far as it may be shown: with `ids`, no text of any row or output."""
    if shown == "full":
        return example
    cells = tuple(
        cell.model_copy(update={"before": (), "text": "", "extracted": None, "problem": ""})
        for cell in example.cells
    )
    return example.model_copy(
        update={"prompt": "", "reference": "", "cells": cells, "subgroups": ()}
    )


def shown_card(card: JudgeCard, shown: ExamplesShown) -> JudgeCard:
    """A judge's card as far as it may be shown: no text of a reply but where all may be."""
    return card if shown == "full" else card.model_copy(update={"unread": None})


def shown_judgment(one: JudgedExample, shown: ExamplesShown) -> JudgedExample:
    """A verdict as far as it may be shown: with `ids`, no text of any row, output or reason."""
    if shown == "full":
        return one
    hidden = tuple("" for _ in one.answers)
    return one.model_copy(
        update={"prompt": "", "reference": "", "answers": hidden, "justification": ""}
    )
