"""Metrics whose name alone tells their unit, their direction and what kind of number they are."""

from typing import Final, Literal, NamedTuple, TypeAlias

Figure: TypeAlias = Literal["rate", "mean", "loss"]


class KnownMetric(NamedTuple):
    """What a metric's name tells."""

    figure: Figure
    unit: str
    higher_is_better: bool


OF_FORM: Final = ("json_valid", "json_schema")
"""Metrics that ask for the form of an answer alone: any answer in it is right."""

_RATE: Final = KnownMetric("rate", "fraction", higher_is_better=True)
_SHARE: Final = KnownMetric("mean", "fraction", higher_is_better=True)
_POINTS: Final = KnownMetric("mean", "points", higher_is_better=True)
_LOSS: Final = KnownMetric("loss", "nats/token", higher_is_better=False)

KNOWN: Final[dict[str, KnownMetric]] = {
    **dict.fromkeys(
        ("accuracy", "accuracy_normalized", "exact_match", "numeric_answer", "math_equal"), _RATE
    ),
    **dict.fromkeys(("json_valid", "json_schema", "win_rate", "correct", "passed"), _RATE),
    **dict.fromkeys(("balanced_accuracy", "macro_f1", "token_f1", "field_accuracy"), _SHARE),
    **dict.fromkeys(("rouge_l", "token_accuracy", "pass_at_k"), _SHARE),
    **dict.fromkeys(("bleu", "chrf"), _POINTS),
    "absolute_error": KnownMetric("mean", "points", higher_is_better=False),
    "squared_error": KnownMetric("mean", "points²", higher_is_better=False),
    "bits_per_byte": KnownMetric("mean", "bits/byte", higher_is_better=False),
    **dict.fromkeys(("nll", "perplexity", "loss", "train_loss", "eval_loss"), _LOSS),
}
