"""Examples to side-by-side outputs: hostile text cut, made visible, and never more than allowed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.text_findings import Example, OutputCell
from evalreport.digest import canonical
from evalreport.layers.transcripts import transcript
from evalreport.numbers import (
    Measure,
    Shown,
    absent,
    counted,
    difference_text,
    measure_of,
    score_text,
)
from evalreport.render.quoting import OUTPUT_LIMIT, Prepared, cut
from evalreport.render.results import elsewhere_of, shown_arm
from evalreport.render.words import BUCKETS, ROLE_ORDER
from evalreport.report.model import ExamplesShown, Report

_BUCKET_ORDER: Final = tuple(BUCKETS)
_POLICIES: Final[tuple[ExamplesShown, ...]] = ("none", "ids", "full")


@dataclass(frozen=True, slots=True)
class Output:
    """One arm's output on one item. `flags` say what is unusual about it."""

    arm: str
    text: Prepared
    extracted: Prepared
    problem: str
    score: Shown
    tokens: Shown
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One item with the outputs of its arms; without texts when only ids may be shown."""

    item: str
    subgroups: str
    difference: Shown
    prompt: Prepared
    reference: Prepared
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The items that one sampling rule chose."""

    name: str
    items: tuple[SideBySide, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The chosen items of one layer, ranked by one of its metrics."""

    layer: str
    metric: str
    arms: tuple[str, ...]
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Side-by-side outputs: `policy` is what may be shown of them, `rule` how they were chosen.

    `first` are those that are shown openly, the primary metric's where it has any.
    """

    policy: ExamplesShown
    rule: str
    first: Compared | None
    others: tuple[Compared, ...]


def examples_of(report: Report, show: ExamplesShown) -> Examples:
    """The examples as far as both the report and the reader's document allow them."""
    policy = min(show, report.examples_shown, key=_POLICIES.index)
    groups: dict[tuple[str, str], dict[str, list[SideBySide]]] = {}
    compared = {(f.layer, f.metric): f for f in reversed(report.findings)}
    order = sorted(enumerate(report.examples), key=lambda pair: _place(pair[1].bucket))
    for i, example in order if policy != "none" else ():
        finding = compared.get((example.layer, example.metric))
        measure = measure_of(example.metric, "" if finding is None else finding.unit)
        reference = "base" if finding is None else finding.arms[1]
        with_text = policy == "full"
        side = _side_by_side(
            example,
            f"/examples/{i}",
            measure,
            reference,
            elsewhere_of(report, example.layer),
            with_text=with_text,
        )
        buckets = groups.setdefault((example.layer, example.metric), {})
        buckets.setdefault(example.bucket, []).append(side)
    shown = tuple(
        Compared(layer, metric, _arms(buckets), _buckets(buckets))
        for (layer, metric), buckets in sorted(groups.items(), key=lambda g: _rank(report, *g[0]))
    )
    return Examples(policy, report.examples_rule, next(iter(shown), None), shown[1:])


def _rank(report: Report, layer: str, metric: str) -> int:
    """Where a comparison stands among the findings by its declared role; the primary's is first."""
    roles = [f.role for f in report.findings if (f.layer, f.metric) == (layer, metric)]
    return min((ROLE_ORDER.index(role) for role in roles), default=len(ROLE_ORDER))


def _arms(buckets: Mapping[str, Sequence[SideBySide]]) -> tuple[str, ...]:
    """Whose outputs there are, in the order in which they stand side by side."""
    outputs = (o for items in buckets.values() for item in items for o in item.outputs)
    return tuple(dict.fromkeys(output.arm for output in outputs))


def _buckets(buckets: Mapping[str, Sequence[SideBySide]]) -> tuple[Bucket, ...]:
    return tuple(Bucket(BUCKETS.get(name, name), tuple(items)) for name, items in buckets.items())


def _place(bucket: str) -> int:
    return _BUCKET_ORDER.index(bucket) if bucket in _BUCKET_ORDER else len(_BUCKET_ORDER)


def _side_by_side(
    example: Example,
    key: str,
    measure: Measure,
    reference: str,
    elsewhere: Collection[str],
    *,
    with_text: bool,
) -> SideBySide:
    """One item; the reference arm stands left, as in the tables."""
    change = example.difference
    cells = sorted(enumerate(example.cells), key=lambda pair: pair[1].arm != reference)
    return SideBySide(
        item=example.item,
        subgroups=", ".join(f"{name}: {value}" for name, value in example.subgroups)
        if with_text
        else "",
        difference=absent("no difference: one output has no score")
        if change is None
        else Shown(difference_text(change, measure), f"{key}/difference", repr(change)),
        prompt=_quoted(example.prompt, with_text=with_text),
        reference=_quoted(example.reference, with_text=with_text),
        outputs=tuple(
            _output(
                cell,
                f"{key}/cells/{i}",
                measure,
                shown_arm(cell.arm, elsewhere),
                with_text=with_text,
            )
            for i, cell in cells
        ),
    )


def _output(cell: OutputCell, key: str, measure: Measure, arm: str, *, with_text: bool) -> Output:
    flags: Sequence[str] = (
        "empty" if with_text and not cell.text.strip() else "",
        "cut at the token limit" if cell.truncated else "",
    )
    return Output(
        arm=arm + ("" if cell.seed is None else f", seed {cell.seed}"),
        text=_conversation(cell, with_text=with_text),
        extracted=_quoted(_read_as(cell), with_text=with_text),
        problem=cell.problem if with_text else "",
        score=absent("no score")
        if cell.score is None
        else Shown(score_text(cell.score, measure), f"{key}/score", repr(cell.score)),
        tokens=absent("tokens not told")
        if cell.tokens is None
        else counted(cell.tokens, f"{key}/tokens", "token"),
        flags=tuple(flag for flag in flags if flag),
    )


def _read_as(cell: OutputCell) -> str:
    """What was read from an output; nothing where that is the output itself but for its spaces."""
    if cell.extracted is None:
        return ""
    text = cell.extracted if isinstance(cell.extracted, str) else canonical(cell.extracted)
    squeezed = "".join(cell.text.split())
    return "" if "".join(text.split()) in {squeezed, f'"{squeezed}"'} else text


def _conversation(cell: OutputCell, *, with_text: bool) -> Prepared:
    """An output; each answer of a conversation is cut by itself, so that the last one is seen."""
    last = _quoted(cell.text, with_text=with_text)
    if not cell.before or not with_text:
        return last
    cut_each = [
        (_quoted(one.answer, with_text=True), _quoted(one.then, with_text=True))
        for one in cell.before
    ]
    return Prepared(transcript(cut_each, last))


def _quoted(text: str, *, with_text: bool) -> Prepared:
    return cut(text if with_text else "", OUTPUT_LIMIT)
