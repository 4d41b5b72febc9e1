"""Every metric with its unit, its direction and its options, from the metrics themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from docs.made.markdown import code, plain, slug, table
from docs.made.spec_pages import METRICS, Reference, section_of_metric
from pydantic import TypeAdapter

from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.metrics import TEXT_METRICS, AnyTextMetric
from evalreport.metrics.base import Column, TextMetric
from evalreport.metrics.choice import choice_scorers
from evalreport.metrics.loss import loss_scorers
from evalreport.records import Item, Raw
from evalreport.values import Json

ADDRESS: Final = METRICS
_JSON: Final = ('{"a": 1, "b": "x"}', '{"a": 2, "b": "y"}')
_LABELS: Final = ("yes", "no", "yes")
# What makes a metric show all of its columns: options, and references of its kind.
SHOWN: Final[Mapping[str, tuple[dict[str, Json], Sequence[str]]]] = {
    "numeric_answer": ({}, ("1", "2")),
    "math_equal": ({}, ("1", "2")),
    "regex": ({"pattern": "[a-z]"}, ("a",)),
    "accuracy": ({}, _LABELS),
    "balanced_accuracy": ({}, _LABELS),
    "macro_f1": ({"labels": ["no", "yes"], "ordered": True, "per_class": True}, _LABELS),
    "json_valid": ({}, _JSON),
    "json_schema": ({"schema": {"type": "object"}}, _JSON),
    "field_accuracy": ({"per_field": True}, _JSON),
    "squared_error": ({"fields": ["a"], "range": [0, 10]}, _JSON),
    "absolute_error": ({"fields": ["a"], "range": [0, 10]}, _JSON),
    "citations": ({"allowed": "sources"}, ("so it is [1]",)),
    "function": ({"function": "evalreport.metrics.normalise:as_text"}, ("a",)),
}
_NATURE: Final = {"binary": "right or wrong", "mean": "mean of items", "ratio": "ratio of sums",
                  "corpus": "of the whole corpus"}  # fmt: skip


def page() -> str:
    """The page, as Markdown."""
    reference = Reference()
    lines = [
        "# Metrics\n",
        (
            "A finding is called `layer.metric`, or `layer.metric.field` where a metric yields "
            "more than one column. Fractions are kept as 0 to 1 and shown as percent; a "
            "difference of fractions is shown in points.\n"
        ),
        "## By layer\n",
    ]
    lines.append(table(("layer", "metric", "unit", "better", "an item's number"), _rows()))
    lines.append(
        "\n`overfitting` has findings of its own (`gap`, `regurgitation`, `paraphrase_gap`); none"
        " of them may be the primary. `imported` and `recorded` layers have the metrics that "
        "their files or rows name.\n"
    )
    lines.append("## Metrics on text\n")
    lines.append("A bare name stands for a metric with its defaults: `metrics: [exact_match]`.\n")
    for tag in TEXT_METRICS:
        lines.append(f"### {code(tag)} {{ #{slug(tag)} }}\n")
        lines.append(section_of_metric(reference, tag))
    return "\n".join(lines)


def _rows() -> Iterator[tuple[str, ...]]:
    for layer, columns in _columns():
        for column in columns:
            yield _row(layer, column)


def _columns() -> Iterator[tuple[str, Sequence[Column]]]:
    chosen = Item(id="i", prompt=Raw(text="?"), choices=("a", "b"), answer=0, row={}, line=1)
    yield "perplexity", [c for one in loss_scorers([]) for c in one.columns]
    yield "multiple_choice", [c for one in choice_scorers([chosen]) for c in one.columns]
    for tag in TEXT_METRICS:
        yield "generation", columns_of(tag)
    yield "judge", Judge.model_validate(_judge({})).columns()
    rubric = {"rubric": [{"name": "CRITERION", "text": "how helpful"}]}
    yield "judge with a rubric", Judge.model_validate(_judge(rubric)).columns()
    yield "human", Human.model_validate({"kind": "human", "name": "people", "on": "a"}).columns()


def columns_of(tag: str) -> Sequence[Column]:
    """What a metric on text yields."""
    options, references = SHOWN.get(tag, ({}, ("The quick brown fox jumps over the dog.",)))
    metric: TextMetric = TypeAdapter[TextMetric](AnyTextMetric).validate_python(
        {"metric": tag, **options}
    )
    items = [
        Item(id=f"i{i}", prompt=Raw(text="?"), reference=text, row={"sources": ["1"]}, line=i + 1)
        for i, text in enumerate(references)
    ]
    columns = metric.prepare(items).columns
    if tag in {"field_accuracy", "squared_error", "absolute_error"}:
        return columns[:2]
    return columns


def _judge(more: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "judge", "name": "ab", "on": "a", "judges": [{"model": "m"}], **more}


def _row(layer: str, column: Column) -> tuple[str, ...]:
    field = "" if column.field is None else f".{_field(column)}"
    return (
        layer,
        code(f"{column.metric}{field}"),
        plain(column.unit),
        "higher" if column.higher_is_better else "lower",
        _NATURE[column.scale.value],
    )


def _field(column: Column) -> str:
    if column.metric in {"field_accuracy", "squared_error", "absolute_error"}:
        return "FIELD"
    return str(column.field).replace("yes", "CLASS").replace("no", "CLASS")
