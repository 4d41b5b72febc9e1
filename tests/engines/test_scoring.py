import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.engines.loading import load_model
from evalreport.engines.network import Network, log_likelihoods, network_of, shared_prefix
from evalreport.engines.prompts import Continuation
from evalreport.engines.scoring import Likelihood, Tree, TreeScorer, scorer_for
from evalreport.records import Dtype, Failure
from tests.engines.conftest import load_of
from tests.tiny import Family, tiny_model

pytestmark = pytest.mark.torch

FAMILIES: tuple[Family, ...] = ("llama", "gpt2", "gemma3", "mistral", "bloom", "mamba")


@pytest.fixture(scope="module")
def network(model: Path) -> Network:
    return network_of(load_model(load_of(model), "cpu"), "cpu")


def trees(count: int, *, shared: int = 0, seed: int = 0, longest: int = 20) -> list[Tree]:
    draw = random.Random(seed)

    def ids(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw.randrange(3, 360) for _ in range(draw.randint(low, high)))

    first = tuple(range(3, 3 + shared))
    return [
        Tree(first + ids(1, longest), tuple(Continuation(ids(1, 6)) for _ in range(4)))
        for _ in range(count)
    ]


def naive(network: Network, context: Sequence[int], one: Continuation) -> Likelihood:
    """One row, one forward pass, all logits, log-softmax in float64."""
    import torch

    whole = torch.tensor([[*context, *one.ids]])
    with torch.inference_mode():
        logits = network.model(input_ids=whole).logits[0].double()
    shares = logits.log_softmax(-1)
    places = range(len(context), whole.shape[1])
    nats = sum(float(shares[at - 1, whole[0, at]]) for at in places)
    greedy = sum(int(logits[at - 1].argmax()) == int(whole[0, at]) for at in places)
    return Likelihood(nats, len(places), greedy)


def close(found: Any, expected: Sequence[Likelihood], tolerance: float = 1e-4) -> bool:
    assert isinstance(found, tuple)
    return all(
        math.isclose(one.nats, other.nats, abs_tol=tolerance)
        and (one.tokens, one.greedy_tokens) == (other.tokens, other.greedy_tokens)
        for one, other in zip(found, expected, strict=True)
    )


def expected(network: Network, asked: Sequence[Tree]) -> list[list[Likelihood]]:
    return [[naive(network, tree.context, one) for one in tree.continuations] for tree in asked]


@pytest.mark.parametrize("packs", [True, False])
def test_packed_and_plain_scores_are_the_naive_ones(network: Network, packs: bool) -> None:
    asked = trees(9)
    found = TreeScorer(network, packs=packs).score(asked)
    truth = expected(network, asked)
    assert all(close(one, other) for one, other in zip(found, truth, strict=True))
    alone = [TreeScorer(network, packs=packs).score([tree])[0] for tree in asked]
    assert all(close(one, other) for one, other in zip(alone, truth, strict=True))


def test_a_prefix_that_all_share_changes_nothing(network: Network) -> None:
    asked = trees(7, shared=60)
    scorer, packs = scorer_for(network, asked, print, packs=None)
    assert packs
    assert scorer.prefix >= 60
    assert scorer.size(asked[0]) == asked[0].size - scorer.prefix
    truth = expected(network, asked)
    assert all(close(a, b) for a, b in zip(scorer.score(asked), truth, strict=True))
    assert all(close(scorer.score([a])[0], b) for a, b in zip(asked, truth, strict=True))


def test_single_tokens_need_no_token_of_their_own(network: Network) -> None:
    asked = [
        Tree(tree.context, tuple(Continuation(one.ids[:1]) for one in tree.continuations))
        for tree in trees(5)
    ]
    assert all(tree.size == len(tree.context) for tree in asked)
    found = TreeScorer(network, packs=True).score(asked)
    assert all(close(a, b) for a, b in zip(found, expected(network, asked), strict=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_of_network_gives_the_naive_scores(family: Family, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / family, family=family, tied=family == "gpt2")
    network = network_of(load_model(load_of(folder), "cpu"), "cpu")
    # Contexts beyond the sliding window of 16 tokens, where a mask of ours would be wrong.
    asked = trees(6, shared=40, longest=30)
    scorer, packs = scorer_for(network, asked, print, packs=None)
    assert packs == (family in {"llama", "gpt2"})
    found = scorer.score(asked)
    truth = expected(network, asked)
    assert all(close(a, b, 2e-4) for a, b in zip(found, truth, strict=True))


def test_a_network_that_does_not_take_our_mask_is_scored_plainly(model: Path) -> None:
    network = network_of(load_model(load_of(model), "cpu"), "cpu")
    attention = network.model.model.layers[0].self_attn
    whole = attention.forward

    def without_mask(*given: Any, **named: Any) -> Any:
        return whole(*given, **{**named, "attention_mask": None, "is_causal": True})

    attention.forward = without_mask
    said: list[str] = []
    asked = trees(3)
    scorer, packs = scorer_for(network, asked, said.append, packs=None)
    assert not packs
    assert "one by one" in said[0]
    truth = expected(network, asked)
    assert all(close(a, b) for a, b in zip(scorer.score(asked), truth, strict=True))


def test_bfloat16_scores_are_summed_in_float32(model: Path) -> None:
    rough = network_of(load_model(load_of(model, Dtype.BFLOAT16), "cpu"), "cpu")
    exact = network_of(load_model(load_of(model), "cpu"), "cpu")
    asked = trees(6)
    found = TreeScorer(rough, packs=True).score(asked)
    truth = expected(exact, asked)
    nats = [one.nats for part in found if isinstance(part, tuple) for one in part]
    other = [one.nats for part in truth for one in part]
    assert max(abs(a - b) for a, b in zip(nats, other, strict=True)) < 1.0
    # bf16 has 8 bits: sums of that size would all be multiples of 1/16.
    assert any(abs(one * 16 - round(one * 16)) > 1e-3 for one in nats)


def test_logits_that_are_no_numbers_are_a_failure(model: Path) -> None:
    import torch

    broken = load_model(load_of(model), "cpu")
    with torch.no_grad():
        broken.model.embed_tokens.weight[7] = float("nan")
    network = network_of(broken, "cpu")
    asked = [
        Tree((7, 9), (Continuation((5, 6)),)),
        Tree((8, 9), (Continuation((5, 6)),)),
    ]
    bad, good = TreeScorer(network, packs=True).score(asked)
    assert isinstance(bad, Failure)
    assert "not finite" in bad.reason
    assert isinstance(good, tuple)


def test_only_the_positions_that_are_read_go_through_the_head(network: Network) -> None:
    shapes: list[tuple[int, ...]] = []
    head = network.model.get_output_embeddings()
    handle = head.register_forward_hook(lambda _, given, __: shapes.append(tuple(given[0].shape)))
    try:
        asked = trees(5)
        TreeScorer(network, packs=True).score(asked)
    finally:
        handle.remove()
    scored = sum(len(one.ids) for tree in asked for one in tree.continuations)
    assert shapes == [(1, scored, 48)]


def test_the_logits_of_a_large_vocabulary_count_in_a_batch(network: Network) -> None:
    (tree,) = trees(1)
    positions = sum(len(one.ids) for one in tree.continuations)
    costly = replace(network, logit_cost=100.0)
    assert TreeScorer(network, packs=True).size(tree) == tree.size
    assert TreeScorer(costly, packs=True).size(tree) == 100 * positions


def test_likelihoods_by_chunks_are_those_of_a_softmax() -> None:
    import torch

    logits = torch.randn(1300, 50, generator=torch.Generator().manual_seed(0)) * 5
    targets = torch.arange(1300) % 50
    nats, greedy = log_likelihoods(logits, targets)
    whole = logits.double().log_softmax(-1)[torch.arange(1300), targets]
    assert torch.allclose(nats.double(), whole, atol=1e-5)
    assert torch.equal(greedy, logits.argmax(-1) == targets)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 2), min_size=1, max_size=8).map(tuple), min_size=2, max_size=6
    ),
    st.integers(0, 40),
)
def test_a_shared_prefix_is_the_longest_one(ends: list[tuple[int, ...]], length: int) -> None:
    sequences = [(7,) * length + end for end in ends]
    found = shared_prefix(sequences)
    longest = 0
    while longest < min(map(len, sequences)) - 1 and len({s[longest] for s in sequences}) == 1:
        longest += 1
    assert found == (longest if longest >= 32 else 0)
