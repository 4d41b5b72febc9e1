"""Training for real, on a tiny model: it learns, twice the same, and says what it did."""

import json
import math
import warnings
from pathlib import Path

import pytest

from evalreport.engines import LocalEngine
from evalreport.engines.base import AdapterFiles, Progress, Question
from evalreport.engines.loading import load, load_tokenizer
from evalreport.engines.model_digests import checkpoint_digest
from evalreport.engines.model_facts import read_facts
from evalreport.engines.prompts import codec_of
from evalreport.errors import DataError, SpecError, StepFailed
from evalreport.records import (
    Chat,
    Dtype,
    Message,
    ResponseKey,
    ScoreCompletion,
    TokenLoss,
    TrainingLog,
)
from evalreport.training.memory import trainable_parameters
from evalreport.training.options import (
    AdapterOptions,
    Dora,
    EarlyStopping,
    EveryEpochs,
    EverySteps,
    Full,
    Lora,
)
from evalreport.training.rows import IGNORED, tokenise
from evalreport.training.sft import TrainJob, train
from tests.tiny import Family, tiny_model
from tests.training.toys import contents, files_of, items, job, load_of

pytestmark = pytest.mark.torch


def run(given: TrainJob) -> TrainingLog:
    return train(given, lambda _: None)


def losses(log: TrainingLog) -> list[float]:
    return [point.train_loss for point in log.curve if point.train_loss is not None]


@pytest.fixture(scope="module")
def lora(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainJob, TrainingLog]:
    given = job(tiny, tmp_path_factory.mktemp("lora"))
    seen: list[Progress] = []
    log = train(given, seen.append)
    steps = [one for one in seen if one.what.startswith("training")]
    assert [(one.done, one.total) for one in steps] == [(step, 10) for step in range(1, 11)]
    assert [one.loss for one in steps] == losses(log)
    return given, log


def test_the_loss_falls_and_every_step_is_in_the_curve(
    lora: tuple[TrainJob, TrainingLog],
) -> None:
    _, log = lora
    assert [point.step for point in log.curve] == list(range(11))
    assert losses(log)[-1] < losses(log)[0] - 0.3
    evaluated = {point.step: point.eval_loss for point in log.curve if point.eval_loss is not None}
    assert list(evaluated) == [0, 5, 10]
    assert min(evaluated.values()) < evaluated[0] - 0.3
    assert log.best_step == min((5, 10), key=lambda step: evaluated[step])
    assert log.curve[5].epoch == 1.0
    assert log.steps == 10
    assert not log.stopped_early
    assert log.resumed_from is None
    assert log.notes == ()
    assert log.peak_bytes is None or log.peak_bytes > 1 << 20


def test_checkpoints_are_named_and_carry_their_digest(lora: tuple[TrainJob, TrainingLog]) -> None:
    given, log = lora
    assert [one.name for one in log.checkpoints] == ["best", "last", "epoch-1", "epoch-2"]
    by_name = {one.name: one for one in log.checkpoints}
    assert by_name["last"].digest == by_name["epoch-2"].digest != by_name["epoch-1"].digest
    assert by_name["best"].step == log.best_step
    for one in log.checkpoints:
        assert not one.whole
        assert checkpoint_digest(given.folder / one.folder) == one.digest
    assert sorted(contents(given.folder)) == sorted(
        f"{one.name}/{file}"
        for one in log.checkpoints
        for file in ("adapter_config.json", "adapter_model.safetensors", "evalreport_base.json")
    )
    settings = json.loads((given.folder / "best/adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == "org/tiny"
    assert str(given.load.folder) not in json.dumps(settings)
    assert settings["target_modules"] == sorted(settings["target_modules"])


def test_used_says_what_was_asked(lora: tuple[TrainJob, TrainingLog]) -> None:
    _, log = lora
    # Everything that is asked for is read back, from the trainer or from what happened.
    assert {name: log.used.get(name, "not read back") for name in log.asked} == log.asked
    assert log.used["epochs_made"] == 2.0
    assert log.used["adapter.modules"] == [
        "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
    ]  # fmt: skip
    assert log.used["warmup_steps"] == 1
    assert log.used["trained_dtype"] == "float32"
    assert max(point.learning_rate or 0 for point in log.curve) == pytest.approx(3e-2)


def test_trainable_parameters_follow_the_formula(lora: tuple[TrainJob, TrainingLog]) -> None:
    given, log = lora
    predicted = trainable_parameters(read_facts(files_of(given.load.folder)), given.adapter)
    block = [(48, 48), (48, 24), (48, 24), (48, 48), (48, 128), (48, 128), (128, 48)]
    assert log.trainable_parameters == predicted == 2 * 8 * sum(i + o for i, o in block)
    assert log.total_parameters > log.trainable_parameters


def test_the_same_job_writes_the_same_bytes(
    lora: tuple[TrainJob, TrainingLog], tmp_path: Path
) -> None:
    given, log = lora
    again = run(given.model_copy(update={"folder": tmp_path / "again"}))
    assert contents(tmp_path / "again") == contents(given.folder)
    assert again.curve == log.curve
    other = run(given.model_copy(update={"folder": tmp_path / "other", "seed": 2}))
    assert other.checkpoints[0].digest != log.checkpoints[0].digest


def test_a_finished_training_is_read_not_repeated(
    lora: tuple[TrainJob, TrainingLog],
) -> None:
    given, log = lora
    seen: list[Progress] = []
    assert train(given, seen.append) == log
    assert seen == []


def test_select_loss_is_the_mean_over_tokens(lora: tuple[TrainJob, TrainingLog]) -> None:
    """A second implementation: the whole logits, one row after the other."""
    import torch
    from peft import PeftModel

    given, log = lora
    base = load(given.load, device="cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft calls what transformers renames
        model = PeftModel.from_pretrained(base.model, given.folder / "epoch-1").eval()
    rows = tokenise(
        given.select, codec_of(base.tokenizer), template_kwargs={}, loss_on="completion"
    )
    nats, tokens = 0.0, 0
    for row in rows:
        with torch.no_grad():
            logits = model(torch.tensor([row.ids])).logits[0, :-1].double()
        target = torch.tensor(row.labels[1:])
        chosen = torch.log_softmax(logits, -1)[range(len(target)), target.clamp(min=0)]
        nats -= float(chosen[target != IGNORED].sum())
        tokens += int((target != IGNORED).sum())
    assert log.curve[5].eval_loss == pytest.approx(nats / tokens, abs=1e-5)
    assert log.select_rows is not None
    assert log.select_rows.loss_tokens == tokens


def test_the_global_batch_does_not_depend_on_the_micro_batch(
    lora: tuple[TrainJob, TrainingLog], tmp_path: Path
) -> None:
    """Without dropout the sums are the same up to rounding, in the evaluation as well."""
    given, _ = lora
    plain = given.model_copy(update={"adapter": Lora(r=8, alpha=16, dropout=0.0)})
    whole = run(plain.model_copy(update={"folder": tmp_path / "whole"}))
    training = given.training.model_copy(update={"micro_batch": 2})
    parts = run(plain.model_copy(update={"folder": tmp_path / "parts", "training": training}))
    assert (whole.used["micro_batch"], whole.used["accumulation"]) == (8, 1)
    assert (parts.used["micro_batch"], parts.used["accumulation"]) == (2, 4)
    assert parts.used["training.global_batch_size"] == 8
    assert parts.steps == whole.steps
    assert losses(parts) == pytest.approx(losses(whole), abs=2e-3)
    assert parts.curve[0].eval_loss == pytest.approx(whole.curve[0].eval_loss, abs=1e-5)
    assert parts.tokens == whole.tokens


@pytest.mark.parametrize("family", ["gpt2", "gemma3", "qwen2"])
def test_other_families_learn_and_their_loss_is_right(tmp_path: Path, family: Family) -> None:
    """The loss on `select` before training against the model's own, one row after the other."""
    import torch

    model = tiny_model(tmp_path / "model", family=family)
    given = job(model, tmp_path / "run", epochs=1.0)
    log = run(given)
    base = load(given.load, device="cpu")
    rows = tokenise(
        given.select, codec_of(base.tokenizer), template_kwargs={}, loss_on="completion"
    )
    with torch.no_grad():
        nats = [
            float(base.model(torch.tensor([row.ids]), labels=torch.tensor([row.labels])).loss)
            * sum(label != IGNORED for label in row.labels)
            for row in rows
        ]
    tokens = sum(label != IGNORED for row in rows for label in row.labels)
    assert log.curve[0].eval_loss == pytest.approx(sum(nats) / tokens, abs=1e-4)
    assert losses(log)[-1] < losses(log)[0]
    assert log.used["adapter.target_modules"] == "all-linear"


@pytest.mark.parametrize("adapter", [Dora(r=4, alpha=8), Lora(r=4, target_modules=("q_proj",))])
def test_other_adapters_learn_and_say_what_they_are(
    tiny: Path, tmp_path: Path, adapter: AdapterOptions
) -> None:
    log = run(job(tiny, tmp_path / "run", adapter=adapter))
    assert losses(log)[-1] < losses(log)[0]
    assert log.used["adapter.method"] == adapter.method
    assert log.used["adapter.target_modules"] == log.asked["adapter.target_modules"]


def test_full_training_leaves_a_whole_model_in_the_precision_of_the_base(
    tiny: Path, tmp_path: Path
) -> None:
    given = job(tiny, tmp_path / "run", adapter=Full(), dtype=Dtype.BFLOAT16, learning_rate=3e-3)
    before = contents(tiny)
    log = run(given)
    assert contents(tiny) == before
    assert losses(log)[-1] < losses(log)[0] - 0.5
    best = next(one for one in log.checkpoints if one.name == "best")
    assert best.whole
    place = given.folder / best.folder
    assert checkpoint_digest(place) == best.digest
    whole = load(load_of(place, Dtype.BFLOAT16), device="cpu")
    assert whole.tokenizer.chat_template
    assert json.loads((place / "config.json").read_text())["dtype"] == "bfloat16"
    from safetensors import safe_open

    with safe_open(place / "model.safetensors", "pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"BF16"}  # noqa: SIM118 (no mapping)
    assert log.trainable_parameters == log.total_parameters
    assert log.used["trained_dtype"] == "float32"
    assert log.used["autocast"] == "bfloat16"
    assert "written as bfloat16" in log.notes[-1]


def test_a_bfloat16_base_carries_a_float32_adapter(tiny: Path, tmp_path: Path) -> None:
    log = run(job(tiny, tmp_path / "run", dtype=Dtype.BFLOAT16, epochs=1.0))
    assert log.used["trained_dtype"] == "float32"
    assert log.used["frozen_dtype"] == "bfloat16"
    assert losses(log)[-1] < losses(log)[0] - 0.3


def test_rows_are_counted_before_trl_cuts_them(tiny: Path, tmp_path: Path) -> None:
    """Prompts of many lengths, and a greatest length that the longest of them fill."""
    given = job(tiny, tmp_path / "run", rows=24, epochs=1.0)
    longer = tuple(
        one.model_copy(
            update={"prompt": Chat(messages=(Message(role="user", content="very " * at),))}
        )
        for at, one in enumerate(given.train)
    )
    codec = codec_of(load(given.load, device="cpu").tokenizer)
    lengths = [
        (len(row.ids), row.labels.count(IGNORED))
        for row in tokenise(longer, codec, template_kwargs={}, loss_on="completion")
    ]
    most = sorted(prompt for _, prompt in lengths)[-3]
    cut = [total for total, _ in lengths if total > most]
    dropped = [total for total, prompt in lengths if prompt >= most]
    training = given.training.model_copy(update={"max_length": most})
    log = run(given.model_copy(update={"train": longer, "training": training}))
    assert log.rows.rows == 24
    assert log.rows.truncated == len(cut) > len(dropped)
    assert log.rows.dropped == len(dropped) == 3
    assert log.rows.tokens + log.rows.tokens_lost == sum(total for total, _ in lengths)
    assert log.used["longest_row"] == most == log.used["training.max_length"]
    assert log.steps == math.ceil((24 - 3) / 8)
    assert log.tokens == log.rows.tokens
    told = f"{len(cut) - len(dropped)} of 24 rows were cut at max_length, so that the end of"
    assert any(note.startswith(told) for note in log.notes)


def test_rows_that_are_all_cut_away_stop_the_training(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as refused:
        run(job(tiny, tmp_path / "run", max_length=4))
    codec = codec_of(load_tokenizer(load_of(tiny)))
    shortest = min(len(codec.prompt(one.prompt, {})) for one in items(40))
    train, select = refused.value.problems
    assert (train.where, select.where) == ("datasets.train", "datasets.select")
    assert train.what == (
        "none of its 40 rows has a token to learn within 4 tokens: the shortest prompt fills "
        f"{shortest}"
    )
    assert train.hint == "raise training.max_length"


def test_a_batch_larger_than_the_data_is_told(tiny: Path, tmp_path: Path) -> None:
    log = run(job(tiny, tmp_path / "run", rows=5, epochs=1.0))
    assert log.steps == 1
    assert "a step held 5 rows, all there are, and not the global batch of 8" in log.notes


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("query_proj",), "this model has no layer query_proj"),
        (("q_proj", "query_proj"), "this model has no layer query_proj"),
        (("q_proj", "mlp"), "mlp is no layer that can carry an adapter"),
    ],
)
def test_target_modules_that_are_not_there_stop_the_training(
    tiny: Path, tmp_path: Path, names: tuple[str, ...], told: str
) -> None:
    """peft refuses when none fits, and passes over one that does not as long as another does."""
    with pytest.raises(SpecError) as refused:
        run(job(tiny, tmp_path / "run", adapter=Lora(target_modules=names)))
    (problem,) = refused.value.problems
    assert (problem.where, problem.what) == ("adapter.target_modules", told)
    assert problem.hint == (
        "its layers are down_proj, embed_tokens, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"
    )


def test_loss_on_all_learns_the_prompt_too(tiny: Path, tmp_path: Path) -> None:
    log = run(job(tiny, tmp_path / "run", loss_on="all", epochs=1.0))
    assert log.used["training.loss_on"] == "all"
    assert log.rows.loss_tokens == log.rows.tokens - log.rows.rows


def test_early_stopping_ends_it_and_best_is_an_earlier_step(tiny: Path, tmp_path: Path) -> None:
    """A learning rate that is far too high: the loss on select never gets below the base's."""
    given = job(
        tiny,
        tmp_path / "run",
        adapter=Full(),
        learning_rate=3.0,
        warmup=0,
        epochs=8.0,
        evaluate_every=EverySteps(steps=2),
        early_stopping=EarlyStopping(patience=2, threshold=0.01),
    )
    log = run(given)
    assert log.stopped_early
    assert log.steps < 40
    assert log.steps == log.curve[-1].step
    evaluated = [point.eval_loss for point in log.curve if point.eval_loss and point.step]
    assert len(evaluated) >= 3
    assert {one.name for one in log.checkpoints} >= {"best", "last"}
    assert next(one.step for one in log.checkpoints if one.name == "last") == log.steps
    assert "never fell below" in " ".join(log.notes)


def test_the_seed_of_the_order_and_warm_up_in_steps(tiny: Path, tmp_path: Path) -> None:
    log = run(job(tiny, tmp_path / "run", warmup=4, schedule="constant", epochs=1.0))
    rates = [point.learning_rate for point in log.curve if point.step]
    assert rates == pytest.approx([0, 0.0075, 0.015, 0.0225, 0.03])
    assert log.used["training.warmup"] == 4
    assert log.used["training.schedule"] == "constant"


def test_extra_reaches_trl_and_is_read_back(tiny: Path, tmp_path: Path) -> None:
    extra = {"optim": "adamw_torch", "adam_beta2": 0.95}
    log = run(job(tiny, tmp_path / "run", extra=extra, epochs=1.0))
    assert log.used["training.extra"] == extra == log.asked["training.extra"]
    assert log.used["optimizer"] == "adamw_torch"


@pytest.mark.parametrize("extra", [{"optim": "adamw_torchh"}, {"no_such_field": 1}])
def test_what_trl_refuses_is_an_error_of_the_spec(
    tiny: Path, tmp_path: Path, extra: dict[str, object]
) -> None:
    with pytest.raises(SpecError, match=r"training\.extra") as caught:
        run(job(tiny, tmp_path / "run", extra=extra))
    assert caught.value.problems[0].hint


def test_activation_checkpointing_changes_nothing_but_the_memory(
    lora: tuple[TrainJob, TrainingLog], tmp_path: Path
) -> None:
    given, log = lora
    training = given.training.model_copy(update={"activation_checkpointing": True})
    again = run(given.model_copy(update={"training": training, "folder": tmp_path / "run"}))
    assert losses(again) == pytest.approx(losses(log), abs=1e-4)


def test_a_loss_that_is_no_number_stops_it(tiny: Path, tmp_path: Path) -> None:
    given = job(tiny, tmp_path / "run", adapter=Full(), learning_rate=1e30, warmup=0)
    with pytest.raises(StepFailed, match=r"step \d+\n.*(loss|norm).* (nan|inf)"):
        run(given)


def test_a_row_without_a_completion_names_its_line(tiny: Path, tmp_path: Path) -> None:
    given = job(tiny, tmp_path / "run")
    broken = given.train[3].model_copy(update={"reference": None})
    with pytest.raises(DataError, match="line 4, item item-3"):
        run(given.model_copy(update={"train": (*given.train[:3], broken)}))


def test_options_that_contradict_each_other_are_refused(tiny: Path, tmp_path: Path) -> None:
    given = job(tiny, tmp_path / "run", learning_rate=None)
    with pytest.raises(SpecError, match="learning rate"):
        run(given)
    patient = job(tiny, tmp_path / "run", early_stopping=EarlyStopping(patience=5))
    with pytest.raises(SpecError, match="can never stop"):
        run(patient)


def test_a_job_crosses_to_another_process(tiny: Path, tmp_path: Path) -> None:
    given = job(tiny, tmp_path, evaluate_every=EveryEpochs(epochs=0.5))
    assert TrainJob.model_validate_json(given.model_dump_json()) == given
    assert files_of(tiny).folder == given.load.folder
    assert items(1)[0].reference == "apple red"


@pytest.mark.parametrize("dtype", [Dtype.FLOAT32, Dtype.BFLOAT16])
def test_the_loss_on_select_is_what_evaluation_measures(
    tiny: Path, tmp_path: Path, dtype: Dtype
) -> None:
    """The perplexity layer's question, asked of the local engine with the adapter on and off."""
    given = job(tiny, tmp_path / "run", dtype=dtype, epochs=1.0)
    log = run(given)
    session = LocalEngine(device="cpu").open(given.load, lambda _: None)
    questions = [
        Question(
            key=ResponseKey(one.id),
            item=one.id,
            request=ScoreCompletion(prompt=one.prompt, completion=one.reference or ""),
        )
        for one in given.select
    ]
    kept = next(one for one in log.checkpoints if one.name == "epoch-1")
    adapter = AdapterFiles(folder=given.folder / kept.folder, digest=kept.digest)
    rounding = 1e-4 if dtype is Dtype.FLOAT32 else 1e-2
    for files, expected in ((adapter, log.curve[5].eval_loss), (None, log.curve[0].eval_loss)):
        answers = [answer for _, answer in session.answer(files, questions)]
        scored = [answer for answer in answers if isinstance(answer, TokenLoss)]
        assert len(scored) == len(given.select)
        mean = sum(one.nats for one in scored) / sum(one.tokens for one in scored)
        assert mean == pytest.approx(expected, abs=rounding)
    session.close()
