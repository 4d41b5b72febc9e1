import math

import pytest

from evalreport.metrics.base import Scale, Score
from evalreport.metrics.loss import loss_scorers
from evalreport.records import ChoiceLogliks, TokenLoss, Unscorable
from tests.metrics.cases import item, summed


def _loss(nats: float, tokens: int, size: int, greedy: int = 0) -> TokenLoss:
    return TokenLoss(
        nats=nats, tokens=tokens, bytes=size, greedy_tokens=greedy, prompt_tokens=1, seconds=0
    )


def _value(scores: list[Score]) -> float:
    sums = summed(scores)
    return float(sums[0] / sums[1])


def test_a_uniform_model_over_bytes() -> None:
    # 1/256 for every byte: 8 bits a byte, perplexity 256 (as a logarithm), whatever the lengths
    (scorer,) = loss_scorers([])
    responses = [_loss(n * math.log(256), n, n, n // 2) for n in (1, 2, 7)]
    rows: list[tuple[Score, ...]] = []
    for response in responses:
        found = scorer.score(item(), (response,))
        assert not isinstance(found, Unscorable)
        rows.append(found)
    values = {c.metric: _value([row[i] for row in rows]) for i, c in enumerate(scorer.columns)}
    uniform = math.log(256)
    assert values == pytest.approx(
        {"nll": uniform, "bits_per_byte": 8.0, "perplexity": uniform, "token_accuracy": 0.4}
    )


def test_long_references_weigh_more() -> None:
    (scorer,) = loss_scorers([])
    first, second = (
        scorer.score(item(), (_loss(1.0, 1, 4),)),
        scorer.score(item(), (_loss(6.0, 3, 4),)),
    )
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert _value([first[0], second[0]]) == 7 / 4  # not (1 + 2) / 2


def test_columns() -> None:
    (scorer,) = loss_scorers([])
    assert [(c.metric, c.unit, c.scale, c.higher_is_better) for c in scorer.columns] == [
        ("nll", "nats/token", Scale.RATIO, False),
        ("bits_per_byte", "bits/byte", Scale.RATIO, False),
        ("perplexity", "nats/token", Scale.RATIO, False),
        ("token_accuracy", "fraction", Scale.RATIO, True),
    ]
    assert scorer.penalty(item()) == (None,) * 4


def test_a_response_without_a_loss_is_unscorable() -> None:
    (scorer,) = loss_scorers([])
    other = ChoiceLogliks(logliks=(-1.0,), tokens=(1,), prompt_tokens=1, seconds=0)
    assert isinstance(scorer.score(item(), (other,)), Unscorable)
    assert isinstance(scorer.score(item(), ()), Unscorable)
