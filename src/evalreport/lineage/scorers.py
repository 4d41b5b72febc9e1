"""Scorers, judges and raters: what made numbers of answers, in two builds."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.estimates import NotEstimable
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.layers.judge.options import JudgeModel
from evalreport.lineage.aspect import (
    JUDGES,
    RATERS,
    RUBRIC,
    SCORER,
    Aspect,
    AspectState,
    compared,
    differs,
    on_trust,
    same,
    unknown,
)
from evalreport.lineage.measured import Measured
from evalreport.metrics import AnyTextMetric
from evalreport.metrics.custom import FunctionMetric
from evalreport.metrics.extract import Function
from evalreport.metrics.json_validity import JsonSchema
from evalreport.records import Known, Unknown
from evalreport.values import Json

_SERVED: Final = "a server may let another model judge under the same name, and tells no version"
_CALLS: Final = re.compile(r": [^:]*\bcalls?$")
_JUDGED_BY: Final = ("orders", "pairs", "ties", "reference", "system", "comparisons_per_call")


def scorer(one: Measured, other: Measured, arms: Sequence[str], metric: str) -> Aspect:
    """Whether the same rule made a number of an answer: kind, reading, and the metric's options."""
    sides = (one, other)
    if one.facts.kind != other.facts.kind:
        return differs(SCORER, one.facts.kind, other.facts.kind)
    if not any(side.is_headless for side in sides):
        told = [[side.told(arm, "scorer") for arm in arms] for side in sides]
        facts = [[fact for arm in side for fact in arm] for side in told]
        unsaid = [fact.unknown for side in facts for fact in side if isinstance(fact, Unknown)]
        if unsaid:
            return unknown(SCORER, unsaid[0])
        if told[0] != told[1]:
            known = [[f.known for f in side if isinstance(f, Known)] for side in facts]
            return differs(SCORER, *(", ".join(dict.fromkeys(one)) for one in known))
    mine, theirs = (_options(side, metric) for side in sides)
    if isinstance(mine, NotEstimable) or isinstance(theirs, NotEstimable):
        return unknown(SCORER, "a spec cannot be read here, so nothing tells its options")
    if mine != theirs:
        return compared(SCORER, mine, theirs)
    unrecorded = next(_unrecorded(one, metric), "")
    if unrecorded and one.build.report.spec_digest != other.build.report.spec_digest:
        return on_trust(SCORER, unrecorded)
    if any(_has_code(side, metric) for side in sides):
        return on_trust(SCORER, "the code of a function of the user's is recorded nowhere")
    return same(SCORER)


def judged_by(one: Measured, other: Measured) -> Iterator[Aspect]:
    """Who compared or rated the answers, and by what: of layers that models or people judge."""
    mine, theirs = one.options, other.options
    if one.facts.kind != other.facts.kind or one.facts.kind not in ("judge", "human"):
        return
    if isinstance(mine, Judge) and isinstance(theirs, Judge):
        judges = compared(JUDGES, _judges(mine), _judges(theirs))
        yield _served(one, other) if judges.state is AspectState.SAME else judges
        yield compared(RUBRIC, _rubric(mine), _rubric(theirs))
    elif isinstance(mine, Human) and isinstance(theirs, Human):
        asked: list[Json] = [
            {"question": layer.question, "criteria": layer.criteria, "ties": layer.ties}
            for layer in (mine, theirs)
        ]
        yield compared(RUBRIC, *asked)
        yield unknown(RATERS, "who the people were is recorded nowhere")
    else:
        yield unknown(JUDGES, "a spec cannot be read here, so nothing tells who judged")


def _served(one: Measured, other: Measured) -> Aspect:
    """Whether judges of one name are one model, by what the servers called what answered.

    A version that is only the name that was asked for tells nothing.
    """
    mine, theirs = (_versions(side) for side in (one, other))
    asked = {judge.model for judge in _judges_of(one)}
    for told, again in zip(mine, theirs, strict=True):
        if told and again and told != again:
            shown = (", ".join(sorted(versions)) for versions in (told, again))
            return differs(JUDGES, *shown, why="the server named another version")
    is_told = all(told - asked and told == again for told, again in zip(mine, theirs, strict=True))
    return same(JUDGES) if mine and is_told else on_trust(JUDGES, _SERVED)


def _versions(side: Measured) -> tuple[frozenset[str], ...]:
    """What each judge's server called what answered in a build; empty where it told nothing."""
    return tuple(_named(side, judge.called) for judge in _judges_of(side))


def _named(side: Measured, judge: str) -> frozenset[str]:
    for card in side.build.report.judge_cards:
        line = (
            card.line("versions") if (card.layer, card.judge) == (side.facts.name, judge) else None
        )
        if line is not None and line.k:
            named = frozenset(_CALLS.sub("", part) for part in line.note.split("; "))
            return named if len(named) == line.k else frozenset()  # not all of them are written out
    return frozenset()


def _judges_of(side: Measured) -> tuple[JudgeModel, ...]:
    return tuple(side.options.judges) if isinstance(side.options, Judge) else ()


def _options(side: Measured, metric: str) -> Json | NotEstimable:
    """All that decides which number an answer gets from this metric."""
    if side.options is None or side.spec is None:
        return NotEstimable(not_estimable="the spec cannot be read")
    layer = side.options
    if not isinstance(layer, Generation):
        return {"kind": layer.kind}
    return {
        "strip": layer.strip,
        "extract": layer.extract.model_dump(mode="json"),
        "unparsed": side.spec.evaluation.unparsed,
        metric: [one.model_dump(mode="json") for one in _metrics(layer, metric)],
    }


def _metrics(layer: Generation, metric: str) -> tuple[AnyTextMetric, ...]:
    """The metrics that a column may be of: those of its name, and all where none is called so."""
    return tuple(one for one in layer.metrics if one.metric == metric) or layer.metrics


def _unrecorded(side: Measured, metric: str) -> Iterator[str]:
    """What the spec names without holding it."""
    layer = side.options
    for one in _metrics(layer, metric) if isinstance(layer, Generation) else ():
        if isinstance(one, JsonSchema) and one.path is not None:
            yield "the JSON Schema stands in a file that the report does not hold"


def _has_code(side: Measured, metric: str) -> bool:
    layer = side.options
    if not isinstance(layer, Generation):
        return False
    own = any(isinstance(one, FunctionMetric) for one in _metrics(layer, metric))
    return own or isinstance(layer.extract, Function)


def _judges(layer: Judge) -> Json:
    asked: dict[str, Json] = {
        name: value
        for name, value in layer.model_dump(mode="json", by_alias=False).items()
        if name in _JUDGED_BY
    }
    models: dict[str, Json] = {
        f"judge {i}": f"{judge.model} at {judge.url} ({judge.digest[:12]})"
        for i, judge in enumerate(layer.judges, 1)
    }
    return {**models, **asked}


def _rubric(layer: Judge) -> Json:
    return {
        "criteria": layer.wordings[0],
        "rubric": [one.model_dump(mode="json") for one in layer.rubric],
    }
