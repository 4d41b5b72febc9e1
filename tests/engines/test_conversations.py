"""Conversations in which the model answers every turn, on weights and simulated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import canonical
from evalreport.engines import LocalEngine
from evalreport.engines.base import Load, Progress, Question, Session
from evalreport.engines.conversations import in_rounds, joined, next_prompt
from evalreport.engines.fake import FakeEngine
from evalreport.engines.loading import load_model, load_tokenizer
from evalreport.records import (
    Chat,
    Decoding,
    Dtype,
    Failure,
    Generate,
    Item,
    Message,
    Raw,
    ResponseKey,
    Served,
    Text,
    Turn,
    request_digest,
)
from tests.engines.conftest import load_of

NEW_TOKENS = 12


def chat(*texts: str) -> Chat:
    return Chat(messages=tuple(Message(role="user", content=text) for text in texts))


def talk(first: str, *then: str, **options: Any) -> Generate:
    decoding = Decoding(**{"max_new_tokens": NEW_TOKENS} | options)
    return Generate(prompt=chat(first), then=then, decoding=decoding)


def said(text: str, **facts: Any) -> Text:
    known: dict[str, Any] = {"prompt_tokens": 4, "tokens": 2, "finish": "stop", "seconds": 0.5}
    return Text(text=text, **known | facts)


# Identity: a single turn is what it was before there were several


def test_keys_and_bodies_of_single_turns_are_those_of_before() -> None:
    # Printed by the commit before conversations (666e79a).
    plain = Generate(prompt=chat("What is 2 + 3?"), decoding=Decoding())
    assert request_digest(plain) == (
        "ebcc709d9714d8a2b923dac7233e8b9329611e9279c4f51df0849e27c8daf4fe"
    )
    drawn = Generate(
        prompt=Raw(text="2 + 3 ="),
        template_kwargs={"x": 1},
        decoding=Decoding(max_new_tokens=8, temperature=0.5),
        draw=2,
    )
    assert request_digest(drawn) == (
        "ec44ba737b87610ce85d1928459443c340aa99d304a8cc6ac37f83cf0e090439"
    )
    body = canonical(said("5", prompt_tokens=9, tokens=1).model_dump(mode="json"))
    assert body == (
        '{"finish":"stop","kind":"text","prompt_tokens":9,"seconds":0.5,"served":null,'
        '"text":"5","tokens":1}'
    )


def test_every_turn_is_part_of_the_identity() -> None:
    asked = [talk("a"), talk("a", "b"), talk("a", "b", "c"), talk("a", "bc"), talk("a", "b", "d")]
    assert len({request_digest(one) for one in asked}) == len(asked)
    read_back = Generate.model_validate(asked[2].model_dump(mode="json"))
    assert read_back == asked[2]


# Turns


def test_each_answer_is_put_back_before_the_next_turn() -> None:
    request = talk("one", "two", "three")
    assert next_prompt(request, []) == request.prompt
    prompt = next_prompt(request, [" <think>x</think> A\n", "B"])
    assert isinstance(prompt, Chat)
    assert [(one.role, one.content) for one in prompt.messages] == [
        ("user", "one"),
        ("assistant", " <think>x</think> A\n"),
        ("user", "two"),
        ("assistant", "B"),
        ("user", "three"),
    ]


def test_answers_are_summed_up() -> None:
    served = Served(model="m", prompt_tokens=10, tokens=2, seconds=1.0)
    answers = [said("A", finish="length", served=served), said("B", prompt_tokens=9, served=served)]
    whole = joined(talk("one", "two"), answers)
    assert whole.before == (Turn(answer="A", then="two"),)
    assert (whole.text, whole.tokens, whole.seconds, whole.finish) == ("B", 4, 1.0, "length")
    assert whole.prompt_tokens == 4
    assert whole.served is not None
    assert (whole.served.prompt_tokens, whole.served.tokens) == (20, 4)
    unknown = joined(talk("one", "two"), [said("A", tokens=None, finish="unknown"), said("B")])
    assert (unknown.tokens, unknown.finish, unknown.served) == (None, "unknown", None)


def test_what_fails_in_a_turn_is_not_gone_on_with() -> None:
    asked: list[tuple[int, list[str]]] = []

    def answer(turn: int, jobs: Any) -> list[Text | Failure]:
        asked.append((turn, [job.prompt.messages[0].content for job, _ in jobs]))
        return [
            Failure(reason="no memory")
            if turn == 1 and job.prompt.messages[0].content == "b"
            else said(f"{job.prompt.messages[0].content}{turn} after {'+'.join(before)}")
            for job, before in jobs
        ]

    jobs = [talk("a"), talk("b", "x", "y"), talk("c", "x", "y")]
    single, lost, whole = in_rounds(jobs, lambda job: job, answer)
    assert asked == [(0, ["a", "b", "c"]), (1, ["b", "c"]), (2, ["c"])]
    assert isinstance(single, Text)
    assert single.text == "a0 after "
    assert lost == Failure(reason="no memory (in turn 2)")
    assert isinstance(whole, Text)
    assert whole.text == "c2 after c0 after +c1 after c0 after "


# Weights


def quiet(_: Progress) -> None:
    pass


@pytest.fixture(scope="module")
def session(load: Load) -> Iterator[Session]:
    opened = LocalEngine(device="cpu").open(load, quiet)
    yield opened
    opened.close()


def answers(session: Session, *requests: Generate) -> list[Text | Failure]:
    questions = [
        Question(key=ResponseKey(f"q{at}"), item=f"q{at}", request=one)
        for at, one in enumerate(requests)
    ]
    found = {one.key: response for one, response in session.answer(None, questions)}
    kept = [found[one.key] for one in questions]
    return [one for one in kept if isinstance(one, Text | Failure)]


def by_hand(model: Path, texts: list[str]) -> list[str]:
    """The conversation as anybody would hold it with transformers."""
    import torch

    network, tokenizer = load_model(load_of(model), "cpu"), load_tokenizer(load_of(model))
    turns: list[dict[str, str]] = []
    for text in texts:
        turns.append({"role": "user", "content": text})
        ids = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            out = network.generate(**ids, max_new_tokens=NEW_TOKENS, do_sample=False)
        new = out[0, ids["input_ids"].shape[1] :]
        answer = tokenizer.decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        turns.append({"role": "assistant", "content": answer})
    return [one["content"] for one in turns if one["role"] == "assistant"]


TALKS = (
    ("what is two and three?", "and one more?", "order two pizzas"),
    ("order one cola, please", "make it large"),
    ("yes or no", "no or yes"),
    ("the quick brown fox",),
)


@pytest.mark.torch
def test_rounds_are_those_of_a_conversation_held_by_hand(session: Session, model: Path) -> None:
    found = answers(session, *(talk(*texts) for texts in TALKS))
    for texts, answer in zip(TALKS, found, strict=True):
        assert isinstance(answer, Text)
        own = [*(one.answer for one in answer.before), answer.text]
        assert own == by_hand(model, [*texts])
        assert [one.then for one in answer.before] == [*texts[1:]]
        assert answer.tokens is not None
        assert answer.tokens <= NEW_TOKENS * len(texts)


@pytest.mark.torch
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_conversations_do_not_depend_on_their_neighbours(
    load: Load, session: Session, temperature: float
) -> None:
    requests = [talk(*texts, temperature=temperature) for texts in TALKS]
    one_by_one = LocalEngine(device="cpu", batch_size=1).open(load, quiet)
    for mine, alone in zip(
        answers(session, *requests), answers(one_by_one, *requests), strict=True
    ):
        assert mine.model_copy(update={"seconds": 0}) == alone.model_copy(update={"seconds": 0})


@pytest.mark.torch
def test_each_sampled_turn_has_its_own_luck(session: Session) -> None:
    short, long = answers(
        session, talk("yes", temperature=1.0), talk("yes", "yes", temperature=1.0)
    )
    assert isinstance(long, Text)
    assert isinstance(short, Text)
    # Other items, other luck; within one, the first turn is that of a question by itself.
    (alone,) = answers(session, talk("yes", "yes", temperature=1.0))
    assert isinstance(alone, Text)
    assert alone.before[0].answer == short.text
    assert alone.text != alone.before[0].answer


@pytest.mark.torch
def test_a_conversation_that_outgrows_the_window_fails_alone(session: Session) -> None:
    long, short = answers(session, talk("a b " * 40, "c d " * 60), talk("a", "b"))
    assert isinstance(long, Failure)
    assert long.reason.endswith("and the model's window holds 256 (in turn 2)")
    assert isinstance(short, Text)


# Simulated


def test_the_simulated_model_answers_every_turn() -> None:
    load = Load(folder=Path(), base_digest="0" * 64, dtype=Dtype.FLOAT32)
    engine = FakeEngine.model_validate({"base": {"right": 1.0}})
    item = Item(
        id="i", prompt=chat("one"), then=("two",), references_before=("R1",), reference="R2"
    )
    question = Question(key=ResponseKey("k"), item="i", request=talk("one", "two"), truth=item)
    ((_, answer),) = engine.open(load, quiet).answer(None, [question])
    assert isinstance(answer, Text)
    assert answer.before == (Turn(answer="R1", then="two"),)
    assert answer.text == "R2"
    assert answer.tokens == 2
