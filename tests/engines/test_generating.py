import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.generating import Opening, Written, generate, luck_of
from evalreport.engines.loading import load_model
from evalreport.engines.network import Network, network_of
from evalreport.engines.prompts import Codec, codec_of
from evalreport.records import Decoding, Failure
from tests.engines.conftest import load_of
from tests.tiny import Family, tiny_model, tiny_tokenizer

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def network(model: Path) -> Network:
    return network_of(load_model(load_of(model), "cpu"), "cpu")


@pytest.fixture(scope="module")
def codec() -> Codec:
    return codec_of(tiny_tokenizer())


def opening(prompt: Sequence[int], name: str = "0", **decoding: Any) -> Opening:
    chosen = Decoding.model_validate({"max_new_tokens": 20, **decoding})
    return Opening(tuple(prompt), chosen, luck_of(name, chosen, 0), chosen.max_new_tokens)


def openings(count: int, *, shared: int = 0, **decoding: Any) -> list[Opening]:
    return [
        opening([*range(3, 3 + shared), *range(100 + at, 105 + at + at % 7)], str(at), **decoding)
        for at in range(count)
    ]


def write(
    network: Network,
    asked: Sequence[Opening],
    codec: Codec,
    stop_ids: frozenset[int] = frozenset(),
    pass_tokens: int = 40,  # so that prompts are read in several passes
) -> list[Written]:
    found = generate(
        network,
        asked,
        stop_ids=stop_ids or codec.stop_ids,
        text=codec.text,
        pad_id=0,
        pass_tokens=pass_tokens,
    )
    assert all(isinstance(one, Written) for one in found), found
    return [one for one in found if isinstance(one, Written)]


def by_transformers(network: Network, asked: Opening, stop_ids: frozenset[int]) -> list[int]:
    """Greedy generation of one prompt alone, by transformers' own loop."""
    import torch

    out = network.model.generate(
        torch.tensor([asked.prompt]),
        attention_mask=torch.ones(1, len(asked.prompt), dtype=torch.long),
        max_new_tokens=asked.room,
        do_sample=False,
        eos_token_id=sorted(stop_ids),
        pad_token_id=0,
    )
    ids: list[int] = out[0, len(asked.prompt) :].tolist()
    return ids[: next((at for at, token in enumerate(ids) if token in stop_ids), len(ids))]


@pytest.mark.parametrize("shared", [0, 50])
def test_greedy_texts_are_those_of_transformers(
    network: Network, codec: Codec, shared: int
) -> None:
    asked = openings(12, shared=shared, max_new_tokens=70)
    # Many end tokens, so that rows end at different times and are dropped from the batch.
    ends = frozenset(range(200, 212)) | codec.stop_ids
    found = write(network, asked, codec, ends)
    assert [list(one.ids) for one in found] == [by_transformers(network, a, ends) for a in asked]
    assert len({len(one.ids) for one in found}) > 3
    assert {one.finish for one in found} >= {"stop"}
    assert all((len(one.ids) == 70) == (one.finish == "length") for one in found)


@pytest.mark.parametrize("family", ["gpt2", "gemma3", "mistral", "bloom"])
def test_every_kind_of_network_writes_what_transformers_writes(
    family: Family, tmp_path: Path, codec: Codec
) -> None:
    folder = tiny_model(tmp_path / family, family=family)
    network = network_of(load_model(load_of(folder), "cpu"), "cpu")
    asked = openings(6, shared=35, max_new_tokens=24)  # beyond the sliding window of 16
    ends = frozenset(range(200, 220)) | codec.stop_ids
    found = write(network, asked, codec, ends)
    assert [list(one.ids) for one in found] == [by_transformers(network, a, ends) for a in asked]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_text_does_not_depend_on_its_batch(
    network: Network, codec: Codec, temperature: float
) -> None:
    asked = openings(10, temperature=temperature, top_p=0.95)
    together = write(network, asked, codec)
    alone = [write(network, [one], codec)[0] for one in asked]
    assert together == alone
    assert write(network, asked[::-1], codec)[::-1] == together
    assert write(network, asked, codec, pass_tokens=10_000) == together
    mixed = write(network, [*asked[:3], *openings(4, max_new_tokens=3)], codec)
    assert mixed[:3] == together[:3]


def test_luck_follows_the_seed_the_draw_and_the_item(network: Network, codec: Codec) -> None:
    hot = Decoding(max_new_tokens=12, temperature=1.0)
    prompt = (101, 102, 103)

    def said(item: str, decoding: Decoding, draw: int) -> tuple[int, ...]:
        one = Opening(prompt, decoding, luck_of(item, decoding, draw), 12)
        return write(network, [one], codec)[0].ids

    first = said("a", hot, 0)
    assert said("a", hot, 0) == first
    assert said("b", hot, 0) != first
    assert said("a", hot, 1) != first
    assert said("a", hot.model_copy(update={"seed": 1}), 0) != first


def test_samples_follow_the_distribution(network: Network, codec: Codec) -> None:
    import torch

    prompt = (101, 102, 103)
    count = 3000
    with torch.inference_mode():
        logits = network.model(torch.tensor([prompt])).logits[0, -1].double()
    shares = torch.softmax(logits / 0.7, dim=-1)
    hot = Decoding(max_new_tokens=1, temperature=0.7)
    asked = [Opening(prompt, hot, luck_of(str(n), hot, 0), 1) for n in range(count)]
    nothing = frozenset({-1})
    drawn = Counter(one.ids[0] for one in write(network, asked, codec, nothing))
    likeliest = shares.topk(10).indices.tolist()
    # Pearson's statistic over the ten likeliest tokens and the rest: 30 is beyond its 0.999 point.
    cells = [(drawn[token], float(shares[token]) * count) for token in likeliest]
    rest = (count - sum(seen for seen, _ in cells), count - sum(mean for _, mean in cells))
    assert sum((seen - mean) ** 2 / mean for seen, mean in [*cells, rest]) < 30

    narrow = Decoding(max_new_tokens=1, temperature=0.7, top_p=0.3)
    asked = [Opening(prompt, narrow, luck_of(str(n), narrow, 0), 1) for n in range(300)]
    kept = {one.ids[0] for one in write(network, asked, codec, nothing)}
    ranked = shares.sort(descending=True)
    inside = int((ranked.values.cumsum(0) < 0.3).sum()) + 1
    assert kept <= {*ranked.indices[:inside].tolist()}
    only = Decoding(max_new_tokens=1, temperature=5.0, top_p=0.0)
    asked = [Opening(prompt, only, luck_of(str(n), only, 0), 1) for n in range(20)]
    assert {one.ids for one in write(network, asked, codec, nothing)} == {(int(shares.argmax()),)}


def test_a_stop_string_ends_its_own_row_alone(network: Network, codec: Codec) -> None:
    free = write(network, openings(6), codec)
    texts = [codec.text(one.ids) for one in free]
    stop = next(text[6:8] for text in texts if text[6:8].isprintable() and len(text) > 8)
    stopped = write(network, openings(6, stop=[stop]), codec)
    assert any(one.cut is not None for one in stopped)
    for before, after, text in zip(free, stopped, texts, strict=True):
        if stop in text:
            assert after.finish == "stop"
            assert after.cut == text.find(stop)
            assert before.ids[: len(after.ids)] == after.ids
            assert stop not in codec.text(after.ids[:-1])
        else:
            assert after == before


def test_rows_with_their_own_room(network: Network, codec: Codec) -> None:
    asked = [opening(range(100, 104), str(n), max_new_tokens=n) for n in (1, 5, 30)]
    nothing = frozenset({-1})
    assert [len(one.ids) for one in write(network, asked, codec, nothing)] == [1, 5, 30]


def test_logits_that_are_no_numbers_end_their_row_alone(model: Path, codec: Codec) -> None:
    import torch

    broken = load_model(load_of(model), "cpu")
    with torch.no_grad():
        broken.model.embed_tokens.weight[7] = float("inf")
    network = network_of(broken, "cpu")
    asked = [opening((7, 100, 101)), opening((8, 100, 101)), opening((9, 7, 101), temperature=1.0)]
    found = generate(
        network, asked, stop_ids=codec.stop_ids, text=codec.text, pad_id=0, pass_tokens=99
    )
    assert isinstance(found[0], Failure)
    assert isinstance(found[2], Failure)
    assert "not finite" in found[0].reason
    assert isinstance(found[1], Written)
    whole = network_of(load_model(load_of(model), "cpu"), "cpu")
    assert found[1] == write(whole, [asked[1]], codec)[0]


def test_luck_is_spread_evenly() -> None:
    import random

    hot = Decoding(temperature=1.0)
    numbers = [random.Random(luck_of(str(n), hot, 0)).random() for n in range(2000)]
    assert math.isclose(sum(numbers) / 2000, 0.5, abs_tol=0.02)
