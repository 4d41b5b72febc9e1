"""The rule that holds what a judge shows against what people's labels make of it."""

from evalreport.analyze.sentences import NET_WIN
from evalreport.estimates import Estimate
from evalreport.numbers import count_text, difference, measure_of, plain_sentence
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken
from evalreport.rules.judged import judged, where


def _corrected(case: Case) -> tuple[Said, ...]:
    """What people's labels make of a finding; of a panel once, as its finding is of all of them."""
    said: dict[str, Said] = {}
    for one in judged(case):
        net, raw = one.facts.corrected, one.net
        if net is None or raw is None or not isinstance(raw.difference, Estimate):
            continue
        low, high = raw.difference.low, raw.difference.high
        if low <= 0 <= high or (net.low > 0 and low > 0) or (net.high < 0 and high < 0):
            continue
        mended = raw.difference.model_copy(
            update={"value": net.value, "low": net.low, "high": net.high}
        )
        turned = net.high < 0 if low > 0 else net.low > 0
        what = "the other arm wins" if turned else "the interval holds 0"
        labels = count_text(net.labels, "human label")
        said[one.layer] = broken(
            f"The verdicts of {one.layer} give a net win of {_signed(raw.difference)}; corrected "
            f"by people it is {_signed(mended)}, with {labels}: {what}.",
            *one.cites,
        )
    return tuple(said.values())


def _signed(net: Estimate) -> str:
    return plain_sentence(difference(net, measure_of(NET_WIN, "fraction"), ""))


JUDGE_CORRECTED: tuple[CaseRule, ...] = (
    Rule(
        id="judge-corrected-differs",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="What a judge shows stays shown where people's labels correct it.",
        why="A judge's errors enter its net win, and its interval knows nothing of them. Labels of "
        "a random part of the pairs tell how large they are.",
        remedy="Quote the corrected number, or what people say; more labels make it narrower.",
        source="Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453 (PPI++).",
        applies=where(lambda facts: facts.corrected),
        check=_corrected,
    ),
)
