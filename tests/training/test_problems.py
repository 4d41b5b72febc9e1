"""Contradictions: each is found, points at its key, and an honest block has none."""

import pytest

from evalreport.records import Dtype
from evalreport.training.extra import OWNED, REMOVED, extra_problems, installed_problems
from evalreport.training.options import (
    AdapterOptions,
    Dora,
    EarlyStopping,
    EveryEpochs,
    EverySteps,
    Existing,
    Full,
    Lora,
    NoAdapter,
    Training,
)
from evalreport.training.problems import option_problems, row_problems, trained_dtype

GOOD = Training(
    learning_rate=2e-4,
    epochs=2.0,
    evaluate_every=EveryEpochs(epochs=0.5),
    early_stopping=EarlyStopping(patience=2),
    keep="best",
    checkpoints="each_epoch",
)


def places(
    training: Training | None, adapter: AdapterOptions | None = None, *, has_select: bool = True
) -> list[str]:
    found = option_problems(adapter or Lora(), training, has_select=has_select)
    assert all(problem.what and problem.hint for problem in found)
    return [problem.where for problem in found]


def test_the_design_s_own_block_has_no_problem() -> None:
    assert places(GOOD) == []
    assert row_problems(GOOD, 400) == ()


def test_a_missing_learning_rate_names_what_is_usual_for_the_method() -> None:
    hints = {
        type(adapter).__name__: option_problems(adapter, Training(), has_select=True)[0].hint
        for adapter in (Lora(), Dora(), Full())
    }
    assert "1e-4" in hints["Lora"]
    assert "DoRA" in hints["Dora"]
    assert "1e-5" in hints["Full"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"max_steps": 10}, "training.max_steps"),
        ({"micro_batch": 3}, "training.micro_batch"),
        ({"seeds": (1, 2, 1)}, "training.seeds"),
        ({"checkpoints": (1, 3)}, "training.checkpoints"),
        ({"extra": {"warmup_ratio": 0.1}}, "training.extra.warmup_ratio"),
        ({"extra": {"learning_rate": 0.1}}, "training.extra.learning_rate"),
        ({"evaluate_every": None, "keep": "last"}, "training.early_stopping"),
        ({"evaluate_every": None, "early_stopping": None}, "training.keep"),
    ],
)
def test_each_contradiction_points_at_its_key(change: dict[str, object], where: str) -> None:
    assert places(GOOD.model_copy(update=change)) == [where]


def test_all_problems_come_at_once() -> None:
    bad = Training(epochs=1.0, max_steps=5, warmup=9, keep="best", seeds=(1, 1))
    assert places(bad, has_select=False) == [
        "training.learning_rate",
        "training.max_steps",
        "training.warmup",
        "training.seeds",
        "training.keep",
        "training.keep",
    ]


def test_evaluation_needs_a_select_set() -> None:
    assert places(GOOD, has_select=False) == ["training.evaluate_every"]


def test_nothing_to_train_needs_no_block() -> None:
    for adapter in (NoAdapter(), Existing(path="a")):
        assert places(None, adapter) == []
        assert places(GOOD, adapter) == ["training"]
    assert places(None) == ["training"]


def test_the_output_head_carries_no_adapter() -> None:
    assert places(GOOD, Lora(target_modules=("q_proj", "model.lm_head"))) == [
        "adapter.target_modules"
    ]
    assert places(GOOD, Lora(target_modules=("q_proj", "q_proj"))) == ["adapter.target_modules"]


@pytest.mark.parametrize(("patience", "triggers"), [(1, True), (3, True), (4, False), (9, False)])
def test_patience_must_be_able_to_trigger(patience: int, triggers: bool) -> None:
    """Four evaluations, the last at the end: the first improves, three more can fail."""
    rule = GOOD.model_copy(update={"early_stopping": EarlyStopping(patience=patience)})
    found = [problem.where for problem in row_problems(rule, 400)]
    assert found == ([] if triggers else ["training.early_stopping.patience"])


def test_epochs_that_steps_never_finish() -> None:
    training = Training(learning_rate=1e-3, max_steps=120, checkpoints=(2, 3))
    (problem,) = row_problems(training, 400)
    assert problem.where == "training.checkpoints"
    assert "epoch 3" in problem.what
    assert row_problems(training, 0)[0].where == "datasets.train"


def test_interval_in_steps_beyond_the_end_leaves_one_evaluation() -> None:
    training = GOOD.model_copy(update={"evaluate_every": EverySteps(steps=10_000)})
    assert [one.where for one in row_problems(training, 400)] == [
        "training.early_stopping.patience"
    ]


def test_only_full_training_changes_the_format_of_the_base() -> None:
    assert trained_dtype(Full(), Dtype.BFLOAT16) is Dtype.FLOAT32
    assert trained_dtype(Lora(), Dtype.BFLOAT16) is Dtype.BFLOAT16


@pytest.mark.torch
def test_tables_of_names_agree_with_the_installed_trl() -> None:
    from dataclasses import fields

    from trl import SFTConfig

    known = {field.name for field in fields(SFTConfig)}
    assert not set(REMOVED) & known, "a name came back"
    assert not set(OWNED) - known, "a name that is set here no longer exists"


@pytest.mark.torch
def test_extra_is_held_against_the_installed_trl() -> None:
    assert extra_problems({"optim": "adamw_torch", "adam_beta2": 0.95}) == ()
    assert installed_problems({"optim": "adamw_torch", "adam_beta2": 0.95}) == ()
    (problem,) = installed_problems({"adam_beta_2": 0.95})
    assert problem.where == "training.extra.adam_beta_2"
    assert "adam_beta2" in problem.hint
    assert installed_problems({}) == ()
