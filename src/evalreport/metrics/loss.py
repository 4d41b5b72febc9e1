"""How likely the references are to a model: loss by token and by byte, and what is made of it.

All are ratios of sums over items, so that long references weigh more than short ones.
"""

import math
from collections.abc import Sequence

from evalreport.metrics.base import Column, Scale, Score, Scorer
from evalreport.records import Item, Response, TokenLoss, Unscorable


def loss_scorers(items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG001  # as its siblings
    """`nll`, `bits_per_byte`, `perplexity` and `token_accuracy`, all from one response.

    `perplexity` is exp of `nll`: the same evidence on another scale, and as little comparable
    between models of different vocabulary. It is kept as its logarithm, so that a difference of
    two is the logarithm of their ratio, which is what a reader is shown; bounds that are declared
    for it are logarithms too (0.05 is a factor of 1.05). `token_accuracy` is the share of reference
    tokens that were the likeliest next token *with the reference up to there in view*: it says
    nothing about how often the model would write the reference, and is no task accuracy.

    No penalty is declared: a loss has no worst value.
    """
    columns = (
        Column("nll", "nats/token", higher_is_better=False, scale=Scale.RATIO, low=0.0),
        Column("bits_per_byte", "bits/byte", higher_is_better=False, scale=Scale.RATIO, low=0.0),
        Column("perplexity", "nats/token", higher_is_better=False, scale=Scale.RATIO, low=0.0),
        Column(
            "token_accuracy",
            "fraction",
            higher_is_better=True,
            scale=Scale.RATIO,
            low=0.0,
            high=1.0,
        ),
    )

    def score(_: Item, responses: tuple[Response, ...]) -> tuple[Score, ...] | Unscorable:
        for response in responses:
            if isinstance(response, TokenLoss):
                return _scores(response)
        return Unscorable(reason="no loss of the reference")

    return (Scorer(columns, score, lambda _: (None,) * len(columns)),)


def _scores(response: TokenLoss) -> tuple[Score, ...]:
    nats, tokens = response.nats, float(response.tokens)
    return (
        (nats, tokens),
        (nats / math.log(2), float(response.bytes)),
        (nats, tokens),
        (float(response.greedy_tokens), tokens),
    )
