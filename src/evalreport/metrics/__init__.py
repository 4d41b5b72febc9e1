"""Pure metrics: an item and what was answered to it -> a score, or why there is none.

One file a metric or close family; the union below is the table of those on text, and YAML is
parsed into it. Those on log-likelihoods are in `choice` and `loss`.
"""

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias, get_args

from pydantic import Field

from evalreport.metrics.citations import Citations
from evalreport.metrics.classification import Accuracy, BalancedAccuracy, MacroF1
from evalreport.metrics.custom import FunctionMetric
from evalreport.metrics.deviation import AbsoluteError, SquaredError
from evalreport.metrics.exact import ExactMatch, TokenF1
from evalreport.metrics.field_accuracy import FieldAccuracy
from evalreport.metrics.json_validity import JsonSchema, JsonValid
from evalreport.metrics.math_equal import MathEqual
from evalreport.metrics.ngrams import Bleu, Chrf
from evalreport.metrics.numeric import NumericAnswer
from evalreport.metrics.pattern_match import RegexMatch
from evalreport.metrics.rouge import RougeL
from evalreport.shorthand import tagged
from evalreport.values import Value

_TaggedTextMetric: TypeAlias = (
    ExactMatch
    | TokenF1
    | NumericAnswer
    | MathEqual
    | RegexMatch
    | Accuracy
    | BalancedAccuracy
    | MacroF1
    | Bleu
    | Chrf
    | RougeL
    | JsonValid
    | JsonSchema
    | FieldAccuracy
    | SquaredError
    | AbsoluteError
    | Citations
    | FunctionMetric
)


def _tag(metric: type[Value]) -> str:
    return str(get_args(metric.model_fields["metric"].annotation)[0])


TEXT_METRICS: Final[Mapping[str, type[Value]]] = {
    _tag(metric): metric for metric in get_args(_TaggedTextMetric)
}

# A bare name stands for the metric with its defaults, where it has one for every option.
AnyTextMetric: TypeAlias = Annotated[
    _TaggedTextMetric,
    Field(discriminator="metric"),
    tagged(
        "metric",
        [
            name
            for name, metric in TEXT_METRICS.items()
            if not any(f.is_required() for key, f in metric.model_fields.items() if key != "metric")
        ],
    ),
]
