"""Examples to side-by-side outputs: hostile text cut, made visible, and never more than allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Example, OutputCell
from evalreport.digest import canonical
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
from evalreport.render.words import BUCKETS
from evalreport.report.model import ExamplesShown, Report
from evalreport.values import Json

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
    layer: str
    metric: str
    items: tuple[SideBySide, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Side-by-side outputs: `policy` is what may be shown of them, `rule` how they were chosen."""

    policy: ExamplesShown
    rule: str
    buckets: tuple[Bucket, ...]


def examples_of(report: Report, show: ExamplesShown) -> Examples:
    """The examples as far as both the report and the reader's document allow them."""
    policy = min(show, report.examples_shown, key=_POLICIES.index)
    if policy == "none":
        return Examples(policy, report.examples_rule, ())
    groups: dict[tuple[str, str, str], list[SideBySide]] = {}
    compared = {(f.layer, f.metric): f for f in reversed(report.findings)}
    order = sorted(enumerate(report.examples), key=lambda pair: _place(pair[1].bucket))
    for i, example in order:
        finding = compared.get((example.layer, example.metric))
        measure = measure_of(example.metric, "" if finding is None else finding.unit)
        reference = "base" if finding is None else finding.arms[1]
        with_text = policy == "full"
        key = f"/examples/{i}"
        side = _side_by_side(example, key, measure, reference, with_text=with_text)
        groups.setdefault((example.bucket, example.layer, example.metric), []).append(side)
    return Examples(
        policy,
        report.examples_rule,
        tuple(
            Bucket(BUCKETS.get(bucket, bucket), layer, metric, tuple(items))
            for (bucket, layer, metric), items in groups.items()
        ),
    )


def _place(bucket: str) -> int:
    return _BUCKET_ORDER.index(bucket) if bucket in _BUCKET_ORDER else len(_BUCKET_ORDER)


def _side_by_side(
    example: Example, key: str, measure: Measure, reference: str, *, with_text: bool
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
            _output(cell, f"{key}/cells/{i}", measure, with_text=with_text) for i, cell in cells
        ),
    )


def _output(cell: OutputCell, key: str, measure: Measure, *, with_text: bool) -> Output:
    flags: Sequence[str] = (
        "empty" if with_text and not cell.text.strip() else "",
        "cut at the token limit" if cell.truncated else "",
    )
    return Output(
        arm=cell.arm + ("" if cell.seed is None else f", seed {cell.seed}"),
        text=_quoted(cell.text, with_text=with_text),
        extracted=_quoted(_read_as(cell.extracted), with_text=with_text),
        problem=cell.problem if with_text else "",
        score=absent("no score")
        if cell.score is None
        else Shown(score_text(cell.score, measure), f"{key}/score", repr(cell.score)),
        tokens=counted(cell.tokens, f"{key}/tokens", "token"),
        flags=tuple(flag for flag in flags if flag),
    )


def _read_as(extracted: Json) -> str:
    """What was read from an output: text as it is, anything else as JSON."""
    if extracted is None:
        return ""
    return extracted if isinstance(extracted, str) else canonical(extracted)


def _quoted(text: str, *, with_text: bool) -> Prepared:
    return cut(text if with_text else "", OUTPUT_LIMIT)
