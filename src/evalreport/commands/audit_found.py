"""What an audit prints of its report: a line for each comparison, and what voids it."""

import sys
from collections.abc import Iterator

from evalreport.analyze.sentences import change_on_items, spoken
from evalreport.errors import printable
from evalreport.estimates import NotEstimable
from evalreport.numbers import loss_text
from evalreport.render.results import Keyed, keyed_of
from evalreport.render.words import VOID
from evalreport.report.model import Report, TrainingFacts
from evalreport.rules.base import Family, Remark, Severity, Status


def print_found(report: Report) -> None:
    """What was measured, a line each, and the rules that keep any of it from counting."""
    for label, text in _lines(report):
        sys.stdout.write(f"{label:<9}{printable(text)}\n")


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    for keyed in keyed_of(report):
        if keyed.finding.subgroup is None:
            yield "found", _sentence(keyed, report)
    broken = [one for one in report.remarks if one.status is Status.BROKEN]
    if report.training is not None:
        yield from (("found", one) for one in _least(report.training))
    told = [one for one in broken if one.severity is Severity.INVALIDATES or _is_of(one, report)]
    for text in dict.fromkeys(f"{one.rule}: {one.text}" for one in told):
        yield "broken", text


def _is_of(remark: Remark, report: Report) -> bool:
    """Whether a remark is about the training that a trainer's state tells of."""
    return report.training is not None and remark.family == Family.TRAINING.value


def _sentence(keyed: Keyed, report: Report) -> str:
    """What a finding says; of what does not count its number, why, and no word like "better"."""
    finding = keyed.finding
    if keyed.outcome is not VOID:
        return finding.sentence
    rules = dict.fromkeys(
        one.rule
        for one in report.remarks
        if one.status is Status.BROKEN
        and one.severity is Severity.INVALIDATES
        and {finding.id, finding.guard_of_tuned} & {*one.cites}
    )
    told = (
        finding.sentence
        if isinstance(finding.difference, NotEstimable)
        else f"{spoken(finding)}: {change_on_items(finding)}."
    )
    return f"(does not count: {', '.join(rules)}) {told}"


def _least(training: TrainingFacts) -> Iterator[str]:
    """Where the evaluation loss of a training was least, and where it ended."""
    held = [(p.eval_loss, p.step) for p in training.curve if p.eval_loss is not None]
    if not held:
        yield "The trainer's state holds no evaluation loss, so nothing tells when to stop."
        return
    least, at = min(held)
    last, end = held[-1]
    after = (
        ", which is the last evaluation"
        if at == end
        else f"; at step {end}, the last evaluation, it was {loss_text(last)}"
    )
    yield f"The evaluation loss was least at step {at} ({loss_text(least)}){after}."
