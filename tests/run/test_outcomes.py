"""Every item that was asked has a response or a failure; a mean over fewer draws is none."""

from evalreport.evidence import BlockId
from evalreport.layers.base import Asked
from evalreport.layers.generation import Generation
from evalreport.plan.model import KeyedAsk
from evalreport.records import (
    Chat,
    Decoding,
    Dtype,
    Failure,
    Generate,
    Itemised,
    Message,
    Quantization,
    ResponseKey,
    Step,
    StepKind,
    Text,
    Weights,
    request_digest,
)
from evalreport.run.outcomes import blocks_of

LAYER = Generation.model_validate(
    {"kind": "generation", "name": "x", "dataset": "test", "metrics": [{"metric": "exact_match"}]}
)
WEIGHTS = Weights(base_digest="b", dtype=Dtype.FLOAT32, quantization=Quantization.NONE)
STEP = Step(
    id="ask x base", kind=StepKind.ASK, revision=1, reads={}, inputs={}, key="k", layer="x", arm="base"
)  # fmt: skip


def asked(item: str, draw: int = 0, part: str = "main") -> KeyedAsk:
    request = Generate(
        prompt=Chat(messages=(Message(role="user", content=item),)),
        template_kwargs={},
        decoding=Decoding(max_new_tokens=8, temperature=1.0, top_p=1.0, stop=(), seed=0),
        draw=draw,
    )
    return KeyedAsk(Asked(part, item, draw, request), request_digest(request))


def text(words: str) -> Text:
    return Text(text=words, prompt_tokens=1, tokens=1, finish="stop", seconds=0.1)


def blocks(
    keyed: list[KeyedAsk], found: dict[str, Text], failures: dict[str, Failure]
) -> dict[BlockId, Itemised]:
    """Keys are `item/draw`."""
    keys = tuple(ResponseKey(f"{one.asked.item}/{one.asked.draw}") for one in keyed)
    return blocks_of(
        STEP,
        LAYER,
        tuple(keyed),
        keys,
        {ResponseKey(key): value for key, value in found.items()},
        {ResponseKey(key): value for key, value in failures.items()},
        WEIGHTS,
        0,
    )


def test_nothing_vanishes() -> None:
    keyed = [asked("a"), asked("b"), asked("c")]
    (block,) = blocks(keyed, {"a/0": text("A")}, {"b/0": Failure(reason="time-out")}).values()
    assert block.ids == ("a", "b", "c")
    assert block.responses == {"a": (text("A"),)}
    assert {item: one.reason for item, one in block.failures.items()} == {
        "b": "time-out",
        "c": "it was never answered",
    }


def test_an_item_with_a_lost_draw_has_failed_whichever_draw_it_was() -> None:
    keyed = [asked(item, draw) for item in "ab" for draw in range(3)]
    whole = {f"{item}/{draw}": text(f"{item}{draw}") for item in "ab" for draw in range(3)}
    for lost in range(3):
        found = {key: value for key, value in whole.items() if key != f"a/{lost}"}
        (block,) = blocks(keyed, found, {f"a/{lost}": Failure(reason="x")}).values()
        assert set(block.failures) == {"a"}
        assert block.responses == {"b": (text("b0"), text("b1"), text("b2"))}


def test_each_part_is_a_block_of_its_own() -> None:
    keyed = [asked("a", part="seen"), asked("b", part="unseen")]
    made = blocks(keyed, {"a/0": text("A"), "b/0": text("B")}, {})
    assert {place.part: block.ids for place, block in made.items()} == {
        "seen": ("a",),
        "unseen": ("b",),
    }


def test_the_same_asked_of_two_items_is_two_items() -> None:
    """Items with one text share a key, and a response, and are two items all the same."""
    one, other = asked("a"), asked("a")
    twin = KeyedAsk(Asked("main", "a#1", 0, other.asked.request), other.request)
    made = blocks_of(
        STEP, LAYER, (one, twin), (ResponseKey("k"), ResponseKey("k")),
        {ResponseKey("k"): text("A")}, {}, WEIGHTS, 0,
    )  # fmt: skip
    (block,) = made.values()
    assert block.responses == {"a": (text("A"),), "a#1": (text("A"),)}
