import math

import numpy as np
import pytest

from evalreport.metrics.base import Column, Scale, Score
from evalreport.metrics.loss import loss_scorers, perplexity
from evalreport.records import ChoiceLogliks, TokenLoss, Unscorable
from tests.metrics.cases import item, summed


def _loss(nats: float, tokens: int, size: int, greedy: int = 0) -> TokenLoss:
    return TokenLoss(
        nats=nats, tokens=tokens, bytes=size, greedy_tokens=greedy, prompt_tokens=1, seconds=0
    )


def _value(column: Column, scores: list[Score]) -> float:
    sums = summed(scores)
    if column.scale is Scale.RATIO:
        return float(sums[0] / sums[1])
    assert column.aggregate is not None
    return float(column.aggregate(sums))


def test_a_uniform_model_over_bytes() -> None:
    # 1/256 for every byte: 8 bits a byte, perplexity 256, whatever the lengths
    (scorer,) = loss_scorers([])
    responses = [_loss(n * math.log(256), n, n, n // 2) for n in (1, 2, 7)]
    rows: list[tuple[Score, ...]] = []
    for response in responses:
        found = scorer.score(item(), (response,))
        assert not isinstance(found, Unscorable)
        rows.append(found)
    values = {c.metric: _value(c, [row[i] for row in rows]) for i, c in enumerate(scorer.columns)}
    assert values == pytest.approx(
        {"nll": math.log(256), "bits_per_byte": 8.0, "perplexity": 256.0, "token_accuracy": 0.4}
    )


def test_long_references_weigh_more() -> None:
    (scorer,) = loss_scorers([])
    first, second = (
        scorer.score(item(), (_loss(1.0, 1, 4),)),
        scorer.score(item(), (_loss(6.0, 3, 4),)),
    )
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert _value(scorer.columns[0], [first[0], second[0]]) == 7 / 4  # not (1 + 2) / 2


def test_columns() -> None:
    (scorer,) = loss_scorers([])
    assert [(c.metric, c.unit, c.scale, c.higher_is_better) for c in scorer.columns] == [
        ("nll", "nats/token", Scale.RATIO, False),
        ("bits_per_byte", "bits/byte", Scale.RATIO, False),
        ("perplexity", "perplexity", Scale.CORPUS, False),
        ("token_accuracy", "fraction", Scale.RATIO, True),
    ]
    assert scorer.penalty(item()) == (None,) * 4


def test_perplexity_of_a_stack_and_at_the_end_of_doubles() -> None:
    stack = np.array([[[0.0, 1.0], [math.log(2) * 3, 3.0]], [[1e9, 1.0], [0.0, 0.0]]])
    found = perplexity(stack)
    assert found.shape == (2, 2)
    assert found[0].tolist() == pytest.approx([1.0, 2.0])
    assert np.isfinite(found).all()


def test_a_response_without_a_loss_is_unscorable() -> None:
    (scorer,) = loss_scorers([])
    other = ChoiceLogliks(logliks=(-1.0,), tokens=(1,), prompt_tokens=1, seconds=0)
    assert isinstance(scorer.score(item(), (other,)), Unscorable)
    assert isinstance(scorer.score(item(), ()), Unscorable)
