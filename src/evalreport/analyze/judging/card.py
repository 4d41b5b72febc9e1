"""Cards: for every judge of a layer, what shows how far its verdicts can be trusted."""

from collections.abc import Iterator

from evalreport.analyze.judging.check_lines import check_lines
from evalreport.analyze.judging.crowd import Crowd
from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.model import CardLine, JudgeCard
from evalreport.analyze.judging.people_lines import people_lines
from evalreport.analyze.judging.rubric_lines import rubric_lines
from evalreport.analyze.judging.unread import sample_of
from evalreport.analyze.judging.use_lines import use_lines
from evalreport.analyze.judging.verdict_lines import verdict_lines
from evalreport.analyze.labels import Labels
from evalreport.layers.judge import Judge
from evalreport.records import JudgedLayer


def cards_of(
    layer: Judge,
    judged: JudgedLayer,
    families: Labels,
    *,
    level: float,
    people: Crowd | None = None,
) -> tuple[JudgeCard, ...]:
    """One card a judge, in the order of the spec.

    Every interval is over independent units: items, or their clusters, joined where a call held
    several.

    Args:
        layer: How it was judged.
        judged: What was put to judges, and what they said.
        families: Declared cluster of each item, as far as it names one.
        level: Two-sided confidence of every interval, such as 0.95.
        people: Who compared the same answers, where the layer is held against some.
    """
    return tuple(
        JudgeCard(
            layer=judged.layer,
            judge=judge,
            lines=tuple(_lines(Heard(layer, judged, judge, families, level), people)),
            unread=sample_of(Heard(layer, judged, judge, families, level)),
        )
        for judge in judged.judges
    )


def _lines(heard: Heard, people: Crowd | None) -> Iterator[CardLine]:
    if heard.layer.compares:
        yield from verdict_lines(heard)
        yield from check_lines(heard)
        if people is not None:
            yield from people_lines(heard, people)
    else:
        yield from rubric_lines(heard)
    yield from use_lines(heard)
