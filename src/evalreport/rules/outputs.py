"""Rules about outputs: were they whole and readable, for both arms?"""

from collections.abc import Sequence
from typing import Final

from evalreport.analyze.sentences import spoken
from evalreport.analyze.text_findings import Health, HealthDifference, SameOutputs
from evalreport.estimates import NotEstimable, has_value
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text, points_text, share_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_generation

_FEW: Final = 0.02
_MANY: Final = 0.20
_HARDLY_ANY: Final = 0.10
# The rules about each kind of trouble of tuned, in the order in which they tell of one fault.
_TOLD_BY: Final = {
    "truncated": "truncated",
    "refused": "empty-or-refusal",
    "empty": "empty-or-refusal",
    "looping": "looping",
    "unparsed": "extraction-failures",
}
_SIGNS: Final = {
    "truncated": "were cut at the token limit",
    "unended": "never end their reasoning",
    "empty": "are empty",
    "refused": "refuse",
    "looping": "repeat themselves to the end",
    "unparsed": "hold no answer that could be read",
}


def rows_of(case: Case, layer: str) -> tuple[Health | None, Health | None]:
    """The health of tuned and base in a layer."""
    return health_row(case, layer, "tuned"), health_row(case, layer, "base")


def health_row(case: Case, layer: str, arm: str) -> Health | None:
    """The health of one arm in a layer."""
    rows = (row for row in case.findings.health if (row.layer, row.arm) == (layer, arm))
    return next(rows, None)


def _same(case: Case, layer: str) -> dict[str, SameOutputs]:
    """By kind of trouble, what else exactly the same outputs of tuned show."""
    return {
        kind: same
        for same in case.findings.same_outputs
        if (same.layer, same.arm) == (layer, "tuned")
        for kind in same.kinds
    }


def _leader(case: Case, same: SameOutputs) -> str:
    """Under which kind a fault with several signs is told, so that it is told once."""
    rose = {row.kind for row in _willingness(case) if row.layer == same.layer and _moved(row) > 0}
    told = {*same.kinds} & ({*_TOLD_BY} - {"refused", "empty"} | rose)
    return next((kind for kind in _TOLD_BY if kind in told), "")


def _told(case: Case, layer: str, kind: str, text: str) -> tuple[str, Severity | None]:
    """A sentence about a kind of trouble of tuned, and how hard it bites beside its other signs.

    The first rule that exactly these outputs break tells the whole fault; another one refers to it
    and is a note, since the same outputs do not weaken a verdict twice.
    """
    same = _same(case, layer).get(kind)
    if same is None:
        return f"{text}.", None
    first = _leader(case, same)
    if first and first != kind:
        return f"{text}: the same outputs as under {_TOLD_BY[first]}.", Severity.NOTE
    others = [_SIGNS[other] for other in same.kinds if other != kind]
    *most, last = others
    also = f"{', '.join(most)} and {last}" if most else last
    return f"{text}. The same {count_text(same.n, 'output')} of tuned {also}.", None


def _truncated(case: Case) -> tuple[Said, ...]:
    said: list[Said] = []
    layers = [*case.generations]
    while layers:
        layer = layers[0]
        alike = [one for one in layers if one is layer or _reads_the_same(case, layer, one)]
        layers = [one for one in layers if one not in alike]
        rows = [row for row in rows_of(case, layer.name) if row is not None and row.n]
        told = [(row, cut) for row in rows if not isinstance(cut := row.truncated, NotEstimable)]
        shares = {row.arm: cut / row.n for row, cut in told}
        if max(shares.values(), default=0.0) < _FEW:
            continue
        counts = " and ".join(
            f"{share_text(cut, row.n)} of the outputs of {row.arm}" for row, cut in told
        )
        named = " and ".join(one.name for one in alike)
        shared = ", which read the same outputs" if len(alike) > 1 else ""
        text, _ = _told(
            case,
            layer.name,
            "truncated",
            f"{counts} were cut at {count_text(layer.decoding.max_new_tokens, 'token')} in "
            f"{named}{shared}{_loops(rows)}: the length limit decides part of the result",
        )
        said.append(
            broken(
                text,
                *(cite for one in alike for cite in case.cites(layer=one.name)),
                severity=Severity.INVALIDATES if shares.get("tuned", 0.0) > _MANY else None,
            )
        )
    return tuple(said)


def _loops(rows: Sequence[Health]) -> str:
    """How many of the cut outputs repeat themselves."""
    if not any(row.looping_cut for row in rows):
        return ""
    counts = " and ".join(count_text(row.looping_cut) for row in rows)
    return f" ({counts} of them in a long loop)"


def _reads_the_same(case: Case, one: Generation, other: Generation) -> bool:
    """Whether two layers score the very same answers of every arm."""
    answers = [
        {
            (place.arm, place.seed): block.responses
            for place, block in case.evidence.blocks.items()
            if place.layer == layer.name
        }
        for layer in (one, other)
    ]
    return one.reads() == other.reads() and answers[0] == answers[1]


def _moved(row: HealthDifference) -> float:
    return row.difference.value if has_value(row.difference) else 0.0


def _willingness(case: Case) -> tuple[HealthDifference, ...]:
    """Where empty or refused outputs became rarer or more frequent."""
    return tuple(
        row
        for row in case.findings.health_differences
        if row.kind in ("empty", "refused")
        and row.arms == ("tuned", "base")
        and abs(_moved(row)) > _FEW
    )


def _empty_or_refusal(case: Case) -> tuple[Said, ...]:
    said = []
    for row in _willingness(case):
        way = "up" if _moved(row) > 0 else "down"
        text = (
            f"The share of {row.kind} outputs in {row.layer} went {way} by "
            f"{points_text(_moved(row))} from base to tuned"
        )
        severity: Severity | None = None
        if way == "up":
            text, severity = _told(case, row.layer, row.kind, text)
        else:
            text += "."
        said.append(broken(text, *case.cites(layer=row.layer), severity=severity))
    return tuple(said)


def _looping(case: Case) -> tuple[Said, ...]:
    said = []
    for row in case.findings.health:
        if row.arm != "tuned" or not row.n or row.looping / row.n <= _FEW:
            continue
        text, severity = _told(
            case,
            row.layer,
            "looping",
            f"{share_text(row.looping, row.n)} of tuned's outputs in {row.layer} repeat "
            "themselves to the end",
        )
        said.append(broken(text, *case.cites(layer=row.layer), severity=severity))
    return tuple(said)


def _extraction_failures(case: Case) -> tuple[Said, ...]:
    said = []
    for row in case.findings.health:
        if row.arm != "tuned" or not row.n or row.unparsed / row.n <= _FEW:
            continue
        text, severity = _told(
            case,
            row.layer,
            "unparsed",
            f"From {share_text(row.unparsed, row.n)} of tuned's outputs in {row.layer} no "
            "answer could be read",
        )
        look = " Look at some: a reading rule that misses right answers would look the same."
        said.append(broken(f"{text}{look}", *case.cites(layer=row.layer), severity=severity))
    for finding in case.declared:
        most = next((f.n for f in finding.forms or () if f.name == "own_subset"), finding.n)
        if most < _HARDLY_ANY * finding.n:
            said.append(
                broken(
                    f"Hardly any output could be read for {spoken(finding)}, whichever the model "
                    f"(at most {share_text(most, finding.n)}): this shows how well the reading "
                    "rule fits, and not what the models can do. Look at outputs, and mend "
                    "`extract:` or the options of the metric.",
                    finding.id,
                    severity=Severity.INVALIDATES,
                )
            )
    return tuple(said)


OUTPUTS: tuple[CaseRule, ...] = (
    Rule(
        id="truncated",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates above 20 % of tuned's outputs",
        claim="Fewer than 2 % of the outputs are cut by the length limit.",
        why="A cut answer is usually a wrong one.",
        remedy="Raise `max_new_tokens` until answers are rarely cut.",
        source="A published evaluation in which both models were cut differently.",
        applies=has_generation,
        check=_truncated,
    ),
    Rule(
        id="empty-or-refusal",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing where another rule tells of the same outputs",
        claim="Empty and refused outputs did not become rarer or more frequent by over 2 points.",
        why="A change of willingness looks like a change of ability. Refusals are found by their "
        "opening words, which is a rule of thumb.",
        remedy="Read the refused and empty outputs of both, and prompt both so that they answer.",
        source="Own.",
        applies=has_generation,
        check=_empty_or_refusal,
    ),
    Rule(
        id="looping",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing where another rule tells of the same outputs",
        claim="At most 2 % of the tuned model's outputs repeat themselves to the end.",
        why="Endless repetition is the classic sign of an end-of-turn token that was not trained.",
        remedy="Check that training teaches the end of turn, then train again.",
        source="Reports in the issue trackers of training tools.",
        applies=has_generation,
        check=_looping,
    ),
    Rule(
        id="extraction-failures",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates below 10 % that can be read, whichever the model; "
        "worth knowing where another rule tells of the same outputs",
        claim="An answer can be read from at least 98 % of the tuned model's outputs.",
        why="Unread answers count as the penalty that their metric declares, mostly as wrong. Some "
        "may be right and the reading rule too strict.",
        remedy="Read the outputs that no answer was found in; widen `extract`, or train the form.",
        source="Own.",
        applies=has_generation,
        check=_extraction_failures,
    ),
)
