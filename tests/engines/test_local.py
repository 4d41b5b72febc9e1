import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.engines import LocalEngine
from evalreport.engines.base import AdapterFiles, Load, Progress, Question, Session
from evalreport.engines.loading import load_model, load_tokenizer
from evalreport.engines.local_session import _windows
from evalreport.errors import EvalReportError
from evalreport.records import (
    Chat,
    ChoiceLogliks,
    Compare,
    Decoding,
    Dtype,
    Failure,
    Generate,
    Message,
    Raw,
    Request,
    Response,
    ResponseKey,
    ScoreChoices,
    ScoreCompletion,
    Shown,
    Text,
    TokenLoss,
    Weights,
)
from tests.engines.conftest import adapter_files, load_of
from tests.tiny import tiny_adapter, tiny_model

pytestmark = pytest.mark.torch

CHOICES = ("yes", "no, three and two", "order two large")


def quiet(_: Progress) -> None:
    pass


@pytest.fixture(scope="module")
def session(load: Load) -> Iterator[Session]:
    opened = LocalEngine(device="cpu").open(load, quiet)
    yield opened
    opened.close()


def chat(text: str) -> Chat:
    return Chat(messages=(Message(role="user", content=text),))


def ask(name: str, request: Request) -> Question:
    return Question(key=ResponseKey(name), item=name, request=request)


def mixed(count: int, *, temperature: float = 0.0) -> list[Question]:
    """Questions of all three kinds and of many lengths, in one call."""
    questions: list[Question] = []
    for at in range(count):
        prompt = chat("what is " + "two and " * (at % 9) + str(at))
        decoding = Decoding(max_new_tokens=10, temperature=temperature)
        questions += [
            ask(f"text-{at}", Generate(prompt=prompt, decoding=decoding)),
            ask(f"choice-{at}", ScoreChoices(prompt=prompt, choices=CHOICES)),
            ask(f"loss-{at}", ScoreCompletion(prompt=prompt, completion=f'{{"n": {at}}}')),
        ]
    return questions


def answers(
    session: Session, questions: Sequence[Question], adapter: AdapterFiles | None = None
) -> dict[str, Response | Failure]:
    found = {str(one.key): response for one, response in session.answer(adapter, questions)}
    assert sorted(found) == sorted(str(one.key) for one in questions)
    return found


def same(one: Response | Failure, other: Response | Failure) -> bool:
    """Equal but for the time taken and for rounding."""
    if isinstance(one, ChoiceLogliks) and isinstance(other, ChoiceLogliks):
        pairs = zip(one.logliks, other.logliks, strict=True)
        return all(math.isclose(a, b, abs_tol=1e-4) for a, b in pairs)
    if isinstance(one, TokenLoss) and isinstance(other, TokenLoss):
        return math.isclose(one.nats, other.nats, abs_tol=1e-4)
    assert isinstance(one, Text)
    assert isinstance(other, Text)
    return one.model_copy(update={"seconds": 0.0}) == other.model_copy(update={"seconds": 0.0})


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_do_not_depend_on_the_batch(load: Load, temperature: float) -> None:
    questions = mixed(14, temperature=temperature)
    engines = [
        LocalEngine(device="cpu"),
        LocalEngine(device="cpu", batch_size=1),
        LocalEngine(device="cpu", batch_size=5),
        LocalEngine(device="cpu", batch_tokens=150),
    ]
    found = [answers(engine.open(load, quiet), questions) for engine in engines]
    for other in found[1:]:
        assert all(same(response, other[key]) for key, response in found[0].items())
    backwards = answers(engines[0].open(load, quiet), questions[::-1])
    assert all(same(response, backwards[key]) for key, response in found[0].items())


def test_scores_are_those_of_a_plain_forward_pass(session: Session, model: Path) -> None:
    import torch

    reference = load_model(load_of(model), "cpu")
    tokenizer = load_tokenizer(load_of(model))
    found = answers(session, mixed(6))
    for at in range(6):
        text = "what is " + "two and " * (at % 9) + str(at)
        turns = [{"role": "user", "content": text}]
        prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)

        def nats(whole: str, start: str) -> tuple[float, int]:
            ids = tokenizer(whole, add_special_tokens=False, return_tensors="pt")["input_ids"]
            first = len(tokenizer(start, add_special_tokens=False)["input_ids"])
            with torch.inference_mode():
                shares = reference(ids).logits[0].double().log_softmax(-1)
            places = range(first, ids.shape[1])
            return sum(float(shares[p - 1, ids[0, p]]) for p in places), len(places)

        choices = found[f"choice-{at}"]
        assert isinstance(choices, ChoiceLogliks)
        for choice, loglik, tokens in zip(CHOICES, choices.logliks, choices.tokens, strict=True):
            truth, count = nats(prompt + choice, prompt)
            assert math.isclose(loglik, truth, abs_tol=1e-4)
            assert tokens == count
        loss = found[f"loss-{at}"]
        assert isinstance(loss, TokenLoss)
        completion = f'{{"n": {at}}}'
        truth, count = nats(prompt + completion + "<|im_end|>", prompt)
        assert math.isclose(loss.nats, -truth, abs_tol=1e-4)
        assert (loss.tokens, loss.bytes) == (count, len(completion))
        assert (
            choices.prompt_tokens
            == loss.prompt_tokens
            == len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        )


def test_counts_and_endings_of_texts(session: Session) -> None:
    found = answers(
        session,
        [
            ask("a", Generate(prompt=chat("two"), decoding=Decoding(max_new_tokens=7))),
            ask("b", Generate(prompt=Raw(text="two"), decoding=Decoding(max_new_tokens=3))),
        ],
    )
    for name, tokens in (("a", 7), ("b", 3)):
        text = found[name]
        assert isinstance(text, Text)
        assert (text.tokens, text.finish) == (tokens, "length") or text.finish == "stop"
        assert text.seconds is not None
        assert text.seconds > 0
    raw = found["b"]
    assert isinstance(raw, Text)
    assert raw.prompt_tokens is not None
    assert raw.prompt_tokens < 4


def test_every_arm_is_told_apart_and_the_base_stays_itself(
    load: Load, adapter: AdapterFiles, model: Path, tmp_path: Path
) -> None:
    other = adapter_files(tiny_adapter(model, tmp_path / "other", seed=4))
    merged = adapter.model_copy(update={"merged": True})
    session = LocalEngine(device="cpu").open(load, quiet)
    questions = mixed(5)
    base = answers(session, questions)
    for one in (adapter, merged, other):
        tuned = answers(session, questions, one)
        assert not all(same(response, tuned[key]) for key, response in base.items())
        again = answers(session, questions)
        for key, response in base.items():
            assert again[key].model_copy(update={"seconds": 0.0}) == response.model_copy(
                update={"seconds": 0.0}
            )
    assert session.weights(None) == Weights(base_digest=load.base_digest, dtype=Dtype.FLOAT32)
    digests = {session.weights(one).digest for one in (None, adapter, merged, other)}
    assert len(digests) == 4
    assert session.weights(merged).adapter_digest == adapter.digest
    with pytest.raises(EvalReportError, match="was expected"):
        session.weights(adapter.model_copy(update={"digest": "0" * 64}))


def test_what_does_not_fit_the_window(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "short", window=48)
    session = LocalEngine(device="cpu").open(load_of(folder), quiet)
    long = Raw(text="two " * 70)
    near = Raw(text="two " * 44)
    found = answers(
        session,
        [
            ask("text", Generate(prompt=long, decoding=Decoding())),
            ask("choices", ScoreChoices(prompt=long, choices=CHOICES)),
            ask("room", Generate(prompt=near, decoding=Decoding(max_new_tokens=99))),
            ask("loss", ScoreCompletion(prompt=long, completion="order two")),
            ask("whole", ScoreCompletion(prompt=Raw(text="order"), completion=" two" * 130)),
        ],
    )
    for name in ("text", "choices"):
        refused = found[name]
        assert isinstance(refused, Failure)
        assert "window holds 48" in refused.reason
    room = found["room"]
    assert isinstance(room, Text)
    assert room.prompt_tokens is not None
    assert room.tokens is not None
    assert room.prompt_tokens + room.tokens <= 48
    loss = found["loss"]
    assert isinstance(loss, TokenLoss)
    assert loss.truncated_tokens > 0
    assert loss.prompt_tokens + loss.tokens == 48
    whole = found["whole"]
    assert isinstance(whole, TokenLoss)
    assert whole.tokens == 131
    assert whole.truncated_tokens == 0


def test_truncation_keeps_the_end_of_the_prompt(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "short", window=48)
    session = LocalEngine(device="cpu").open(load_of(folder), quiet)
    tail = "what is the sum of two and three?" + " two" * 30
    kept = answers(session, [ask("a", ScoreCompletion(prompt=Raw(text=tail), completion=" no"))])
    more = answers(
        session, [ask("a", ScoreCompletion(prompt=Raw(text="x" * 90 + tail), completion=" no"))]
    )
    one, other = kept["a"], more["a"]
    assert isinstance(one, TokenLoss)
    assert isinstance(other, TokenLoss)
    assert other.truncated_tokens > one.truncated_tokens
    if one.truncated_tokens:
        assert math.isclose(one.nats, other.nats, abs_tol=1e-4)


def test_questions_that_cannot_be_asked_fail_alone(session: Session, tmp_path: Path) -> None:
    compare = Compare(instructions="r", shown=(Shown(prompt=Raw(text="p"), first="a", second="b"),))
    good = ask("good", ScoreChoices(prompt=chat("two"), choices=CHOICES))
    found = answers(
        session,
        [
            ask("judge", compare),
            ask("empty", ScoreChoices(prompt=chat("two"), choices=("a", ""))),
            good,
        ],
    )
    assert isinstance(found["good"], ChoiceLogliks)
    for name, reason in (("judge", "does not answer compare"), ("empty", "a choice is empty")):
        failure = found[name]
        assert isinstance(failure, Failure)
        assert reason in failure.reason
    bare = LocalEngine(device="cpu").open(
        load_of(tiny_model(tmp_path / "bare", chat_template=None)), quiet
    )
    refused = answers(bare, [good])["good"]
    assert isinstance(refused, Failure)
    assert "no chat template" in refused.reason


def test_a_state_space_model_scores_but_does_not_write(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "mamba", family="mamba")
    found = answers(LocalEngine(device="cpu").open(load_of(folder), quiet), mixed(2))
    assert isinstance(found["choice-0"], ChoiceLogliks)
    assert isinstance(found["loss-0"], TokenLoss)
    failure = found["text-0"]
    assert isinstance(failure, Failure)
    assert "mamba" in failure.reason


def test_memory_that_runs_out_halves_the_batch_and_is_said(load: Load) -> None:
    """The model itself raises, as torch does, when it is given more than four rows."""
    told: list[Progress] = []
    session: Any = LocalEngine(device="cpu").open(load, told.append)

    def refuse(module: Any, given: Any, named: dict[str, Any]) -> None:
        if named["input_ids"].shape[0] > 4:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    handle = session._network.model.register_forward_pre_hook(refuse, with_kwargs=True)
    found = answers(session, mixed(10))
    handle.remove()
    whole = answers(LocalEngine(device="cpu").open(load, quiet), mixed(10))
    assert all(same(response, whole[key]) for key, response in found.items())
    assert any("memory ran out with" in note for note in session.notes())
    assert any("memory ran out with" in one.what for one in told)


def test_bfloat16_answers(model: Path, load: Load) -> None:
    rough = LocalEngine(device="cpu").open(load_of(model, Dtype.BFLOAT16), quiet)
    exact = LocalEngine(device="cpu").open(load, quiet)
    found, truth = answers(rough, mixed(4)), answers(exact, mixed(4))
    for key, response in found.items():
        other = truth[key]
        if isinstance(response, ChoiceLogliks):
            assert isinstance(other, ChoiceLogliks)
            pairs = zip(response.logliks, other.logliks, strict=True)
            assert all(math.isclose(a, b, abs_tol=1.5) for a, b in pairs)
        assert not isinstance(response, Failure)
    assert rough.weights(None).digest != exact.weights(None).digest


@settings(max_examples=80, deadline=None)
@given(
    context=st.integers(1, 30), scored=st.integers(1, 120), window=st.none() | st.integers(31, 50)
)
def test_windows_score_each_token_once_and_never_overflow(
    context: int, scored: int, window: int | None
) -> None:
    tokens = tuple(range(1000, 1000 + scored))
    trees = _windows((7,) * context, tokens, window)
    told = [token for tree in trees for one in tree.continuations for token in one.ids]
    assert told == [*tokens]
    for at, tree in enumerate(trees):
        assert window is None or tree.longest <= window
        (one,) = tree.continuations
        if at:  # the tokens right before are its context, at least half a window of them
            assert tree.context == tokens[one.ids[0] - 1000 - len(tree.context) : one.ids[0] - 1000]
            assert len(tree.context) >= min((window or 0) // 2, one.ids[0] - 1000)
