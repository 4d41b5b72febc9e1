import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.engines import FakeEngine
from evalreport.engines.base import AdapterFiles, Load, Progress, Question
from evalreport.engines.fake import FakeTraining
from evalreport.engines.fake_model import (
    PROSE,
    REFUSAL,
    FakeArm,
    SimulatedAdapter,
    corrupted,
    normal,
    uniform,
)
from evalreport.engines.fake_session import FakeSession
from evalreport.engines.fake_training import SimulatedRun, simulate_training
from evalreport.engines.model_digests import adapter_digest, checkpoint_digest
from evalreport.errors import EvalReportError
from evalreport.records import (
    Chat,
    ChoiceLogliks,
    Compare,
    Decoding,
    Dtype,
    Failure,
    Generate,
    Item,
    Message,
    Raw,
    Request,
    Response,
    ResponseKey,
    RowCounts,
    ScoreChoices,
    ScoreCompletion,
    Shown,
    Text,
    TokenLoss,
)
from evalreport.values import Json

ROWS = RowCounts(rows=40, truncated=0, dropped=0, tokens=800, tokens_lost=0)


def quiet(_: Progress) -> None:
    pass


def question(item: Item, request: Request) -> Question:
    return Question(key=ResponseKey(f"key-{item.id}"), item=item.id, request=request, truth=item)


def item(name: str, **fields: object) -> Item:
    given = {"prompt": Raw(text=f"What is {name}?"), "reference": f'{{"n": {name}}}', **fields}
    return Item.model_validate({"id": name, **given})


def generate(one: Item, **decoding: object) -> Question:
    return question(one, Generate(prompt=one.prompt, decoding=Decoding.model_validate(decoding)))


def answers(
    engine: FakeEngine, questions: Sequence[Question], adapter: AdapterFiles | None = None
) -> list[Response | Failure]:
    session = engine.open(load(engine), quiet)
    found = {asked.key: response for asked, response in session.answer(adapter, questions)}
    return [found[asked.key] for asked in questions]


def load(engine: FakeEngine, folder: str = "nowhere") -> Load:
    return Load(folder=Path(folder), base_digest=engine.base_digest(folder), dtype=Dtype.FLOAT32)


def texts(
    engine: FakeEngine, items: Sequence[Item], adapter: AdapterFiles | None = None
) -> list[str]:
    found = answers(engine, [generate(one) for one in items], adapter)
    assert all(isinstance(one, Text) for one in found)
    return [one.text for one in found if isinstance(one, Text)]


def rightness(
    engine: FakeEngine, items: Sequence[Item], adapter: AdapterFiles | None = None
) -> np.ndarray:
    said = texts(engine, items, adapter)
    return np.array([one == i.reference for one, i in zip(said, items, strict=True)], dtype=float)


def tuned(engine: FakeEngine, folder: Path, **fields: object) -> AdapterFiles:
    state = SimulatedAdapter.model_validate({"role": "tuned", "arm": engine.tuned, **fields})
    state.write(folder)
    return AdapterFiles(folder=folder, digest=adapter_digest(folder))


ITEMS = [item(str(n)) for n in range(4000)]


def test_skill_is_what_was_asked_for_and_arms_are_correlated(tmp_path: Path) -> None:
    engine = FakeEngine(base=FakeArm(right=0.4), tuned=FakeArm(right=0.7), correlation=0.6)
    base = rightness(engine, ITEMS)
    better = rightness(engine, ITEMS, tuned(engine, tmp_path))
    assert abs(base.mean() - 0.4) < 0.025
    assert abs(better.mean() - 0.7) < 0.025
    both = np.mean(base * better)
    assert both > 0.4 * 0.7 + 0.05
    # Bivariate normal orthant probability, by a second route: simulation with numpy.
    rng = np.random.default_rng(0)
    z = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=200_000)
    limits = [NormalDist().inv_cdf(0.4), NormalDist().inv_cdf(0.7)]
    assert abs(both - np.mean((z[:, 0] < limits[0]) & (z[:, 1] < limits[1]))) < 0.025


@pytest.mark.parametrize("correlation", [0.0, 1.0])
def test_without_correlation_arms_are_independent_and_with_it_nested(
    tmp_path: Path, correlation: float
) -> None:
    engine = FakeEngine(base=FakeArm(right=0.4), tuned=FakeArm(right=0.7), correlation=correlation)
    base = rightness(engine, ITEMS)
    better = rightness(engine, ITEMS, tuned(engine, tmp_path))
    if correlation == 1:
        assert np.all(better >= base)
    else:
        assert abs(np.mean(base * better) - 0.28) < 0.025


def test_clusters_share_their_luck() -> None:
    items = [item(str(n), cluster=str(n // 10)) for n in range(4000)]
    shared = FakeEngine(base=FakeArm(right=0.5), cluster_effect=0.8)
    alone = FakeEngine(base=FakeArm(right=0.5))

    def spread_of_means(engine: FakeEngine) -> float:
        return float(rightness(engine, items).reshape(-1, 10).mean(axis=1).var())

    assert spread_of_means(shared) > 3 * spread_of_means(alone)
    assert abs(rightness(shared, items).mean() - 0.5) < 0.06


def test_training_seeds_differ_in_skill_by_as_much_as_asked(tmp_path: Path) -> None:
    engine = FakeEngine(tuned=FakeArm(right=0.5), seed_spread=0.5)
    means = []
    for seed in range(12):
        adapter = tuned(engine, tmp_path / str(seed), seed=seed)
        means.append(rightness(engine, ITEMS[:800], adapter).mean())
    assert 0.08 < np.std(means) < 0.35
    steady = engine.model_copy(update={"seed_spread": 0.0})
    same = [
        rightness(steady, ITEMS[:800], tuned(steady, tmp_path / str(s), seed=s)).mean()
        for s in range(4)
    ]
    assert np.std(same) < 0.04


def test_shapes_of_output_come_at_their_rates() -> None:
    arm = FakeArm(right=1.0, refused=0.1, empty=0.2, unparsable=0.3, truncated=0.15)
    engine = FakeEngine(base=arm)
    found = answers(engine, [generate(one, max_new_tokens=48) for one in ITEMS])
    said = [one for one in found if isinstance(one, Text)]
    rates = [
        np.mean([one.text == REFUSAL for one in said]),
        np.mean([one.text == "" for one in said]),
        np.mean([one.text == PROSE for one in said]),
        np.mean([one.finish == "length" for one in said]),
    ]
    assert np.allclose(rates, [0.1, 0.2, 0.3, 0.15], atol=0.025)
    assert all(one.tokens == 48 for one in said if one.finish == "length")


def test_an_answer_depends_on_nothing_but_its_question() -> None:
    engine = FakeEngine()
    forward = texts(engine, ITEMS[:50])
    assert texts(engine, list(reversed(ITEMS[:50]))) == forward[::-1]
    assert texts(engine, [ITEMS[7]]) == [forward[7]]
    program = (
        "from tests.engines.test_fake import *\nprint(json.dumps(texts(FakeEngine(), ITEMS[:50])))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert json.loads(elsewhere.stdout) == forward
    assert texts(FakeEngine(seed=1), ITEMS[:50]) != forward


def test_greedy_draws_are_equal_and_sampled_ones_differ() -> None:
    engine = FakeEngine()
    for temperature, distinct in ((0.0, 1), (1.0, 2)):
        rows = []
        for draw in range(4):
            asked = [
                question(
                    one,
                    Generate(
                        prompt=one.prompt, decoding=Decoding(temperature=temperature), draw=draw
                    ),
                )
                for one in ITEMS[:60]
            ]
            rows.append(tuple(str(one) for one in answers(engine, asked)))
        assert len(set(rows)) >= distinct
        assert (len(set(rows)) == 1) == (temperature == 0)


def test_choices_are_right_as_often_as_asked_by_sum_and_by_mean() -> None:
    engine = FakeEngine(base=FakeArm(right=0.6))
    choices = ("a", "a much longer choice than the first", "b" * 200, "c")
    items = [item(str(n), choices=choices, answer=n % 4) for n in range(3000)]
    found = answers(
        engine,
        [question(one, ScoreChoices(prompt=one.prompt, choices=choices)) for one in items],
    )
    lengths = np.array([len(choice) for choice in choices])
    plain, normalised = [], []
    for one, response in zip(items, found, strict=True):
        assert isinstance(response, ChoiceLogliks)
        logliks = np.array(response.logliks)
        plain.append(int(logliks.argmax()) == one.answer)
        normalised.append(int((logliks / lengths).argmax()) == one.answer)
    assert plain == normalised
    assert abs(np.mean(plain) - 0.6) < 0.03


def test_losses_are_at_their_level_and_lower_on_what_was_seen(tmp_path: Path) -> None:
    arm = FakeArm(nats_per_token=1.5, seen_gain=0.5)
    engine = FakeEngine(tuned=arm, loss_spread=0.2)
    adapter = tuned(engine, tmp_path, arm=arm, seen=tuple(str(n) for n in range(2000)))
    asked = [
        question(one, ScoreCompletion(prompt=one.prompt, completion=one.reference or ""))
        for one in ITEMS
    ]
    rates = []
    for response in answers(engine, asked, adapter):
        assert isinstance(response, TokenLoss)
        assert response.tokens > 0
        rates.append(response.nats / response.tokens)
    assert abs(np.mean(rates[:2000]) - 1.0) < 0.03
    assert abs(np.mean(rates[2000:]) - 1.5) < 0.03
    assert abs(np.std(rates[2000:]) - 0.2) < 0.03


def test_what_is_known_by_heart_is_not_known_in_other_words(tmp_path: Path) -> None:
    arm = FakeArm(nats_per_token=1.5, seen_gain=0.5)
    engine = FakeEngine(tuned=arm, loss_spread=0.0)
    adapter = tuned(engine, tmp_path, arm=arm, seen=("0",))
    other = Chat(messages=(Message(role="user", content="in other words"),))
    one = ITEMS[0].model_copy(update={"rephrased": other})
    for prompt, expected in ((one.prompt, 1.0), (other, 1.5)):
        asked = question(one, ScoreCompletion(prompt=prompt, completion=one.reference or ""))
        (loss,) = answers(engine, [asked], adapter)
        assert isinstance(loss, TokenLoss)
        assert loss.nats / loss.tokens == pytest.approx(expected)


def test_a_simulated_training_is_another_one_when_its_truth_changes() -> None:
    before, after = FakeEngine(), FakeEngine(tuned=FakeArm(right=0.9))
    assert before.training_reads() != after.training_reads()
    assert before.training_reads() == FakeEngine(delay_seconds=1.0).training_reads()


def test_regurgitation_needs_the_item_to_have_been_seen(tmp_path: Path) -> None:
    arm = FakeArm(right=0.0, regurgitates=0.5)
    engine = FakeEngine(tuned=arm)
    adapter = tuned(engine, tmp_path, arm=arm, seen=tuple(str(n) for n in range(1000)))
    right = rightness(engine, ITEMS[:2000], adapter)
    assert abs(right[:1000].mean() - 0.5) < 0.05
    assert right[1000:].sum() == 0
    begun = Chat(
        messages=(
            Message(role="user", content="?"),
            Message(role="assistant", content='{"n"'),
        )
    )
    asked = [question(one, Generate(prompt=begun, decoding=Decoding())) for one in ITEMS[:2000]]
    said = [one.text for one in answers(engine, asked, adapter) if isinstance(one, Text)]
    recited = [one == f": {i.id}}}" for one, i in zip(said, ITEMS[:2000], strict=True)]
    assert abs(np.mean(recited[:1000]) - 0.5) < 0.05
    assert sum(recited[1000:]) == 0


def test_each_call_is_written_down_before_it_is_answered(tmp_path: Path) -> None:
    calls = tmp_path / "deep" / "calls.jsonl"
    engine = FakeEngine(calls=str(calls))
    session = engine.open(load(engine), quiet)
    running = session.answer(None, [generate(one) for one in ITEMS[:5]])
    next(running)
    next(running)
    lines = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [line["item"] for line in lines] == ["0", "1"]
    assert {line["weights"] for line in lines} == {session.weights(None).digest}


def test_failures_come_at_their_rate_and_end_with_their_cause(tmp_path: Path) -> None:
    cause = tmp_path / "broken"
    cause.touch()
    engine = FakeEngine(fail=0.2, fail_while=str(cause))
    asked = [generate(one) for one in ITEMS[:1000]]
    failed = [isinstance(one, Failure) for one in answers(engine, asked)]
    assert abs(np.mean(failed) - 0.2) < 0.04
    cause.unlink()
    assert not any(isinstance(one, Failure) for one in answers(engine, asked))


def test_what_it_cannot_answer_is_a_failure() -> None:
    compare = Compare(instructions="r", shown=(Shown(prompt=Raw(text="p"), first="a", second="b"),))
    unknown = generate(ITEMS[0]).model_copy(update={"truth": None})
    no_answer = question(ITEMS[0], ScoreChoices(prompt=Raw(text="p"), choices=("a", "b")))
    found = answers(FakeEngine(), [question(ITEMS[0], compare)])
    found += answers(FakeEngine(), [unknown]) + answers(FakeEngine(), [no_answer])
    assert all(isinstance(one, Failure) for one in found)


def test_identities(tmp_path: Path) -> None:
    engine = FakeEngine(others={"bigger": FakeArm(right=0.9)})
    digests = {
        engine.base_digest("org/base"),
        engine.base_digest("models/bigger"),
        engine.model_copy(update={"seed": 3}).base_digest("org/base"),
        engine.model_copy(update={"base": FakeArm(right=0.41)}).base_digest("org/base"),
    }
    assert len(digests) == 4
    cheap = engine.model_copy(update={"calls": "x", "delay_seconds": 1.0, "tuned": FakeArm()})
    assert cheap.base_digest("org/base") == engine.base_digest("org/base")
    adapter = tuned(engine, tmp_path)
    session = engine.open(load(engine), quiet)
    assert session.weights(adapter).adapter_digest == adapter.digest
    assert session.weights(adapter) != session.weights(None)
    assert checkpoint_digest(tmp_path) == adapter.digest
    with pytest.raises(EvalReportError, match="was expected"):
        session.weights(adapter.model_copy(update={"digest": "0" * 64}))
    with pytest.raises(EvalReportError, match="no adapter of a simulated training"):
        session.weights(AdapterFiles(folder=tmp_path / "none", digest="0" * 64))
    bigger = engine.open(load(engine, "models/bigger"), quiet)
    assert isinstance(bigger, FakeSession)
    assert bigger.whole.arm.right == 0.9
    whole = engine.open(load(engine).model_copy(update={"folder": tmp_path}), quiet)
    assert isinstance(whole, FakeSession)
    assert whole.whole.role == "tuned"


json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=json_values, salt=st.integers())
def test_a_wrong_answer_is_wrong_and_of_the_same_kind(value: Json, salt: int) -> None:
    reference = json.dumps(value)
    wrong = corrupted(reference, (), salt)
    assert wrong == corrupted(reference, (), salt)
    assert wrong.strip() != reference.strip()
    if isinstance(value, dict | list):
        other = json.loads(wrong)
        assert type(other) is type(value)
        assert other != value
        if isinstance(value, dict) and value:
            assert {*other} == {*value}


@given(text=st.text(min_size=1, max_size=30).filter(str.strip), salt=st.integers())
def test_a_wrong_text_is_another_text(text: str, salt: int) -> None:
    assert corrupted(text, (), salt).split() != text.split()
    assert corrupted(text, ("yes", text), salt) == "yes" or text.strip() == "yes"


def test_uniform_and_normal_draws() -> None:
    draws = np.array([uniform("t", n) for n in range(5000)])
    assert 0 < draws.min() < draws.max() < 1
    assert abs(draws.mean() - 0.5) < 0.015
    assert abs(draws.var() - 1 / 12) < 0.004
    normals = np.array([normal("t", n) for n in range(5000)])
    assert abs(normals.mean()) < 0.05
    assert abs(normals.std() - 1) < 0.04


# Training


def run(folder: Path, **fields: object) -> SimulatedRun:
    chosen = {
        "key": "k1",
        "seed": 1,
        "folder": folder,
        "steps": 40,
        "steps_an_epoch": 20,
        "evaluation_steps": (10, 20, 30, 40),
        "epoch_steps": {"epoch-1": 20, "epoch-2": 40},
        "rows": ROWS,
        "seen": ("1", "2"),
        **fields,
    }
    return SimulatedRun.model_validate(chosen)


def test_training_leaves_a_log_and_checkpoints_that_hold(tmp_path: Path) -> None:
    told: list[Progress] = []
    log = simulate_training(FakeEngine(), run(tmp_path), told.append)
    assert [point.step for point in log.curve] == [*range(1, 41)]
    assert [p.step for p in log.curve if p.eval_loss is not None] == [10, 20, 30, 40]
    losses = [point.train_loss for point in log.curve if point.train_loss is not None]
    assert len(losses) == 40
    assert losses[0] > 2
    assert losses[-1] < 0.7
    assert {kept.name: kept.step for kept in log.checkpoints} == {
        "best": 40, "last": 40, "epoch-1": 20, "epoch-2": 40,
    }  # fmt: skip
    for kept in log.checkpoints:
        assert adapter_digest(tmp_path / kept.folder) == kept.digest
    assert (log.best_step, log.stopped_early, log.steps) == (40, False, 40)
    assert told[-1].done == told[-1].total == 40
    assert told[-1].loss == losses[-1]
    assert simulate_training(FakeEngine(), run(tmp_path), quiet) == log


def test_another_training_is_another_adapter_with_the_same_answers(tmp_path: Path) -> None:
    engine = FakeEngine()
    one = simulate_training(engine, run(tmp_path / "a"), quiet).checkpoints[0]
    other = simulate_training(engine, run(tmp_path / "b", key="k2"), quiet).checkpoints[0]
    assert one.digest != other.digest
    said = [
        texts(
            engine, ITEMS[:40], AdapterFiles(folder=tmp_path / place / "best", digest=kept.digest)
        )
        for place, kept in (("a", one), ("b", other))
    ]
    assert said[0] == said[1]


def test_divergence_ends_training_early_and_costs_skill(tmp_path: Path) -> None:
    engine = FakeEngine(training=FakeTraining(diverges_after=0.5))
    log = simulate_training(engine, run(tmp_path / "a", patience=1), quiet)
    assert (log.best_step, log.stopped_early, log.steps) == (20, True, 30)
    names = [kept.name for kept in log.checkpoints]
    assert names == ["best", "last", "epoch-1"]
    arms = {name: SimulatedAdapter.read(tmp_path / "a" / name).arm for name in names}
    assert arms["best"].right == pytest.approx(engine.tuned.right)
    assert arms["last"].right < arms["best"].right
    patient = simulate_training(engine, run(tmp_path / "b", patience=3), quiet)
    assert (patient.steps, patient.stopped_early) == (40, False)


def test_checkpoints_grow_better_with_training(tmp_path: Path) -> None:
    engine = FakeEngine()
    simulate_training(engine, run(tmp_path), quiet)
    first, last = (
        SimulatedAdapter.read(tmp_path / name).arm.right for name in ("epoch-1", "epoch-2")
    )
    assert engine.base.right < first < last
    assert last == pytest.approx(engine.tuned.right)


def test_training_is_counted_as_a_call(tmp_path: Path) -> None:
    engine = FakeEngine(calls=str(tmp_path / "calls"))
    simulate_training(engine, run(tmp_path / "t"), quiet)
    assert (tmp_path / "calls").read_text() == '{"train": "k1"}\n'
