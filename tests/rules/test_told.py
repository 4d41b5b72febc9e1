"""Rules about a recorded training, at their edges: every reading of it is tried before they object."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evalreport.analyze.epochs import courses
from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import World
from tests.importers.test_trainer_state import STATE
from tests.rules.cases import plain
from tests.rules.recorded_worlds import recorded
from tests.rules.told_cases import told


def status(made: World, rule: str) -> list[Status]:
    return [one.status for one in made.said(rule)]


# Steps


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, {"steps": 3525}),  # a last batch that is dropped in every epoch
        ({}, {"steps": 3530}),
        ({"global_batch_size": None, "micro_batch": 2, "accumulation": 1}, {}),  # on 4 GPUs: 8
        ({"global_batch_size": None, "micro_batch": 2, "accumulation": 4}, {}),  # on one: 8
        ({"micro_batch": 4, "accumulation": 2}, {"steps": 882}),  # 8 on each of 4 GPUs
        ({"epochs": 5, "early_stopping": {"patience": 2}}, {}),  # it may have stopped after 3
        ({"epochs": 2.5}, {"steps": 2939}),
        ({}, {"steps": 1176, "losses": [{"epoch": 1, "eval_loss": 0.5}]}),  # those until then
    ],
)
def test_a_reading_that_agrees_is_enough(settings: dict[str, Any], changes: dict[str, Any]) -> None:
    made = told(settings, seconds_per_step=None, **changes)
    assert status(made, "steps-do-not-recompute") == [Status.KEPT]


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, {"steps": 3520}),
        ({"micro_batch": 4, "accumulation": 2}, {"steps": 1803}),
        ({"early_stopping": 3}, {"steps": 4000}),  # whatever stops early makes no more of them
        ({"global_batch_size": None, "micro_batch": 2, "accumulation": 1},
         {"hardware": {"gpus": 4, "parallelism": "tensor"}}),
    ],
)  # fmt: skip
def test_where_no_reading_agrees_all_are_told(
    settings: dict[str, Any], changes: dict[str, Any]
) -> None:
    made = told(settings, seconds_per_step=None, **changes)
    assert status(made, "steps-do-not-recompute") == [Status.BROKEN]


def test_the_source_report_is_caught() -> None:
    made = told(
        {"micro_batch": 4, "accumulation": 2},
        steps=1803,
        hours=3.5,
        losses=[{"epoch": 1.66, "eval_loss": 0.4029, "token_accuracy": 0.8811}],
    )
    (one,) = made.said("steps-do-not-recompute")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert one.cites == ("bench.accuracy",)
    assert (
        "3,528 steps of 8 rows, as stated; 882 steps of 32 rows, if each of 4 GPUs has" in one.text
    )
    ends = "Losses are told of epoch 1.66, and 1,803 steps end at epoch 1.53 (of 8 rows) or"
    assert ends in one.text
    (time,) = made.said("time-does-not-recompute")
    assert time.text.startswith("1,803 steps of 4.29 s are 2.149 hours")
    assert "loading, evaluating and saving may be the other 1 h 21 min" in time.text
    (end,) = made.said("reported-before-the-end")
    assert end.status is Status.BROKEN
    assert "of epoch 1.66 of 3 (about step 998 of 1,803, if these are all 3 epochs)" in end.text
    (curve,) = made.said("last-point-only")
    assert "one evaluation loss was published and no curve" in curve.text


@pytest.mark.parametrize("fact", ["steps", "rows"])
def test_what_was_not_published_is_unchecked(fact: str) -> None:
    absent: dict[str, Any] = {fact: None}
    made = told(**absent)
    (one,) = made.said("steps-do-not-recompute")
    assert one.status is Status.UNCHECKED
    assert one.text.endswith(f"cannot be checked without {fact}.")
    packed = told({"packing": True}, steps=100)
    (other,) = packed.said("steps-do-not-recompute")
    assert other.status is Status.UNCHECKED


def test_steps_are_held_against_those_of_the_trainers_state(tmp_path: Path) -> None:
    shutil.copy(STATE, tmp_path / "trainer_state.json")
    state: dict[str, Any] = {"trainer_state": "trainer_state.json", "losses": []}
    made = told(folder=tmp_path, **state)
    (one,) = made.said("steps-do-not-recompute")
    assert one.text == (
        "What is said of the recorded training is not what the state of its trainer has: 3,528 "
        "steps against 48; 3 epochs against 6."
    )
    agreeing = told(
        {"epochs": 6}, folder=tmp_path, steps=None, rows={"train": 64}, hours=None, **state
    )
    assert status(agreeing, "steps-do-not-recompute") == [Status.KEPT]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, ""),
        ({"micro_batch": 2, "accumulation": 1}, ""),  # on 4 GPUs, which the state counts as one
        ({"micro_batch": 4}, "4 rows a device at once against 8."),
        ({"global_batch_size": 12}, "12 rows a step against 8 a device at once."),
        ({"epochs": 3}, "3 epochs against 6."),
    ],
)
def test_batch_and_epochs_are_held_against_those_of_the_trainers_state(
    settings: dict[str, Any], says: str, tmp_path: Path
) -> None:
    shutil.copy(STATE, tmp_path / "trainer_state.json")
    made = told(
        {"epochs": 6, **settings},
        folder=tmp_path, steps=None, rows={"train": 64}, hours=None, losses=[],
        trainer_state="trainer_state.json",
    )  # fmt: skip
    found = [one.text for one in made.said("steps-do-not-recompute") if "is said of" in one.text]
    assert [text.partition("has: ")[2] for text in found] == ([says] if says else [])


# Time and shares


@pytest.mark.parametrize(
    ("hours", "found"),
    [(4.2, Status.KEPT), (6.3, Status.KEPT), (6.5, Status.BROKEN), (4.1, Status.BROKEN)],
)
def test_half_as_much_is_left_for_what_is_no_step(hours: float, found: Status) -> None:
    assert status(told(hours=hours), "time-does-not-recompute") == [found]


def test_hours_are_as_round_as_they_were_written() -> None:
    made = told(hours=8, seconds_per_step=7.7, steps=3528)
    assert status(made, "time-does-not-recompute") == [Status.KEPT]  # 7.5 of 8, give or take half
    assert status(told(hours=None), "time-does-not-recompute") == [Status.UNCHECKED]


def test_shares_allow_what_rounding_does() -> None:
    near = told(shares=[{"what": "memory", "k": 67, "of": 192, "share": 0.35}])
    assert status(near, "shares-do-not-recompute") == [Status.KEPT]
    full = told(hardware={"gpus": 1, "gpu_gigabytes": 48, "used_gigabytes": 67})
    (one,) = full.said("shares-do-not-recompute")
    assert "said to have used 67 GB of memory, and its GPUs have 48" in one.text


# Costs


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        ({"total": 300}, "come to 255.60 USD, and 300.00 USD is said to be their total"),
        (
            {"lines": [{"name": "GPUs", "amount": 9, "hours": 2.5, "gpus": 2, "gpu_hour": 1}]},
            "GPUs is said to have cost 9.00 USD, and 2.5 hours of 2 GPUs at 1.00 USD an hour is 5.00",
        ),
        (
            {"lines": [{"name": "power", "amount": 5, "hours": 2.5, "watts": 800, "per_kwh": 0.3}]},
            "power is said to have cost 5.00 USD, and 2.5 hours at 800 W and 0.30 USD a kWh is 0.60",
        ),
        (
            {"alternatives": [{"name": "x", "per_call": 0.03, "calls": 9900, "amount": 300}]},
            "9,900 calls of x at 0.03 USD are 297.00 USD, and 300.00 USD is said.",
        ),
    ],
)
def test_amounts_follow_from_their_parts(cost: dict[str, Any], says: str) -> None:
    made = told(cost={"break_even": None, "total": None, **cost})
    (one,) = made.said("cost-does-not-recompute")
    assert one.status is Status.BROKEN
    assert says in one.text


def test_a_break_even_against_any_of_several_is_taken_kindly() -> None:
    made = told(cost={"break_even": {"calls": 10_000}})
    assert status(made, "cost-does-not-recompute") == [Status.KEPT]  # 255.6 / 0.025 is 10,224


@pytest.mark.parametrize(
    ("cost", "missing"),
    [
        ({"lines": [], "total": 255.6}, "is what was spent once; of 255.60 USD in all it was not "),
        ({"lines": [], "total": None}, "is what was spent once."),
        ({"alternatives": []}, "is an alternative that costs something a call."),
        ({"lines": [], "total": None, "alternatives": []}, "are what was spent once and an alter"),
    ],
)
def test_nothing_is_paid_back_by_what_nobody_said(cost: dict[str, Any], missing: str) -> None:
    made = told(cost={"break_even": {"calls": 8500}, **cost})
    (one,) = made.said("cost-does-not-recompute")
    assert one.status is Status.UNCHECKED
    assert "Whether 8,500 calls pay it back cannot be checked: not published " in one.text
    assert missing in one.text


def test_a_price_that_nobody_stated_is_computed_and_left_open() -> None:
    lines = [{"name": "electricity", "amount": 5, "hours": 2.5, "watts": 800}]
    made = told(cost={"lines": lines, "total": 5, "break_even": None})
    (one,) = made.said("cost-does-not-recompute")
    assert one.status is Status.UNCHECKED
    assert "5.00 USD for 2.5 hours at 800 W (2 kWh) would be 2.50 USD a kWh" in one.text


def test_an_amount_alone_is_not_kept_to_be_made_of_anything() -> None:
    alone: dict[str, Any] = {"lines": [{"name": "training", "amount": 1.275}], "total": None}
    made = told(cost={**alone, "alternatives": [], "break_even": None})
    assert status(made, "cost-does-not-recompute") == [Status.NOT_APPLICABLE]


# Curves


def test_published_epochs_are_read_as_a_curve() -> None:
    rises = [
        {"epoch": 1, "train_loss": 0.9, "eval_loss": 0.8},
        {"epoch": 2, "train_loss": 0.6, "eval_loss": 0.6},
        {"epoch": 3, "train_loss": 0.3, "eval_loss": 0.7},
    ]
    made = told(losses=rises)
    (one,) = made.said("eval-loss-diverging")
    assert one.status is Status.BROKEN
    assert one.text == (
        "The evaluation loss of the recorded training was least at epoch 2 and 16.7 % above that at "
        "the end while the training loss fell, on too few evaluations to be told from jitter."
    )
    (best,) = made.said("not-best-checkpoint")
    assert best.status is Status.UNCHECKED
    assert best.text.endswith("at epoch 2; which of its weights were published was not said.")
    assert status(made, "last-point-only") == [Status.KEPT]
    assert made.findings.epochs == ()  # a table of steps would have to make them up


@pytest.mark.parametrize(
    ("settings", "chosen_on", "severity", "says"),
    [
        ({}, None, Severity.WEAKENS, "and the last, the training loss fell by 66.7 %"),
        ({}, "test", Severity.WEAKENS, "and the last, the training loss fell by 66.7 %"),
        ({}, "select", Severity.NOTE, "; up to its least, of epoch 2, it does not show, and the"),
        ({"load_best_model_at_end": True}, None, Severity.NOTE, "weights are from epoch 2, up to"),
    ],
)
def test_a_published_gap_is_one_of_the_checkpoint_that_was_measured(
    settings: dict[str, Any], chosen_on: str | None, severity: Severity, says: str
) -> None:
    rises = [
        {"epoch": 1, "train_loss": 0.9, "eval_loss": 0.8},
        {"epoch": 2, "train_loss": 0.6, "eval_loss": 0.6},
        {"epoch": 3, "train_loss": 0.3, "eval_loss": 0.7},
    ]
    (one,) = told(settings, method={"checkpoint_chosen_on": chosen_on}, losses=rises).said(
        "train-val-gap"
    )
    assert (one.status, one.severity) == (Status.BROKEN, severity)
    assert says in one.text


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        ([], "no evaluation loss was published, so"),
        ([{"train_loss": 0.5}], "no evaluation loss was published, so"),
        ([{"eval_loss": 0.271}], "one evaluation loss was published and no curve, so"),
        ([{"epoch": 1.66, "eval_loss": 0.4}, {"train_loss": 0.2}], "one evaluation loss was"),
        (
            [{"eval_loss": 0.5}, {"eval_loss": 0.4}],
            "2 evaluation losses were published and not when they were taken, so",
        ),
    ],
)
def test_what_is_no_curve_is_told_as_what_it_is(losses: list[dict[str, float]], says: str) -> None:
    (one,) = told(losses=losses).said("last-point-only")
    assert one.status is Status.BROKEN
    assert f"Of the recorded training {says}" in one.text


def test_steps_without_epochs_make_no_table_of_epochs() -> None:
    made = told(losses=[{"step": 10, "eval_loss": 0.5}, {"step": 20, "eval_loss": 0.6}])
    assert made.findings.epochs == ()
    assert status(made, "last-point-only") == [Status.KEPT]


def test_the_curve_of_a_trainers_state_is_read(tmp_path: Path) -> None:
    shutil.copy(STATE, tmp_path / "trainer_state.json")
    made = told(folder=tmp_path, trainer_state="trainer_state.json", losses=[])
    (one,) = made.said("eval-loss-diverging")
    assert one.severity is Severity.NOTE
    assert one.text.endswith(
        "was least at step 16 and 2.9 % above that at the end while the training loss fell, which "
        "its own jitter explains: its largest step against the trend is 9.6 %; which weights are "
        "used is not told; the last, of step 48, are taken, where it stood 2.9 % higher."
    )
    assert [one.status for one in made.said("not-best-checkpoint")] == [Status.NOT_APPLICABLE]
    (course,) = courses(made.evidence)
    assert (course.is_published, course.counts_epochs, course.rows) == (True, False, 9405)
    assert len(made.findings.epochs) == 6


def test_changes_without_ends_tell_of_a_gap() -> None:
    relative = [
        {"metric": "train_loss", "change": -0.6451},
        {"metric": "eval_loss", "change": -0.1443},
    ]
    made = told(relative=relative, losses=[])
    (one,) = made.said("train-val-gap")
    assert one.text == (
        "In the recorded training the training loss fell by 64.51 % and the evaluation loss by "
        "14.43 %, from which steps on was not said: if from the same one, most of what was learnt "
        "is about the training rows."
    )
    assert one.status is Status.UNCHECKED
    alike = told(relative=[relative[0], {**relative[1], "change": -0.6}], losses=[])
    assert status(alike, "train-val-gap") == [Status.KEPT]
    assert status(told(relative=relative[:1], losses=[]), "train-val-gap") == [
        Status.NOT_APPLICABLE
    ]


def test_many_epochs_are_many_also_where_only_their_number_was_published() -> None:
    made = told({"epochs": 5}, losses=[])
    (one,) = made.said("epochs-high")
    assert one.text.startswith("5 epochs on 9,405 rows (the recorded training)")


def test_two_losses_of_one_model_that_cannot_both_be_right() -> None:
    def made(loss: float) -> World:
        return recorded(
            {"name": "held-out", "n": 2000, "rows": [{"metric": "perplexity", "tuned": loss}]},
            training={"recorded": {"losses": [{"eval_loss": 0.271}]}},
        )

    (one,) = made(47.74).said("loss-mismatch")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert one.text.startswith(
        "The recorded training ends with an evaluation loss of 0.271 nats a token (perplexity "
        "1.31), and held-out has 3.87 (perplexity 47.74) of tuned. Both score texts that were "
        "given, and another way to an answer costs as much in the one as in the other"
    )
    assert status(made(1.32), "loss-mismatch") == [Status.KEPT]


def test_a_loss_beyond_what_exp_can_give_is_no_fault_of_the_program() -> None:
    made = recorded(
        {"name": "held-out", "n": 2000, "rows": [{"metric": "nll", "tuned": 800}]},
        training={"recorded": {"losses": [{"eval_loss": 1000}]}},
    )
    assert status(made, "loss-mismatch") == [Status.BROKEN]


def test_augmentation_of_which_nobody_said_when_is_unchecked() -> None:
    (one,) = told({"augmentation": "rarer classes, by a model"}).said("augmented-before-split")
    assert one.status is Status.UNCHECKED
    assert "(rarer classes, by a model): whether before the split" in one.text
    assert status(told(), "augmented-before-split") == [Status.NOT_APPLICABLE]


def test_a_fall_without_a_curve_is_told_as_that() -> None:
    relative = [{"metric": "eval_loss", "change": -0.1443}]
    (one,) = told(relative=relative, losses=[]).said("last-point-only")
    assert "how far the evaluation loss fell was published and no curve" in one.text


def test_one_loss_under_two_names_is_told_once() -> None:
    rows = [{"metric": "perplexity", "tuned": 47.74}, {"metric": "nll", "tuned": 3.87}]
    made = recorded(
        {"name": "held-out", "n": 2000, "rows": rows},
        {"name": "other", "n": 50, "rows": rows[1:]},
        training={"recorded": {"losses": [{"eval_loss": 0.271}]}},
    )
    first, second = made.said("loss-mismatch")
    assert first.cites == ("held-out.perplexity", "held-out.nll")
    assert second.cites == ("other.nll",)


# What is not here


def test_no_rule_speaks_about_weights_that_are_not_here() -> None:
    made = told()
    for rule in (
        "rows-cut", "template-mismatch", "memorisation-unmeasured", "single-seed", "asked-not-used",
        "adapter-inactive", "artifact-identity-unknown",
    ):  # fmt: skip
        assert set(status(made, rule)) == {Status.NOT_APPLICABLE}, rule


def test_without_a_recorded_training_there_is_nothing_to_compute() -> None:
    for rule in (
        "steps-do-not-recompute", "time-does-not-recompute", "shares-do-not-recompute",
        "reported-before-the-end", "cost-does-not-recompute",
    ):  # fmt: skip
        assert status(plain(), rule) == [Status.NOT_APPLICABLE]


def test_the_state_of_the_fixture_is_what_the_tests_say() -> None:
    assert json.loads(STATE.read_text())["global_step"] == 48


def test_what_a_training_does_not_speak_of_at_all_is_not_computed_again() -> None:
    layer = {"name": "x", "rows": [{"metric": "accuracy", "tuned": 0.5}]}
    silent = recorded(layer, training={"recorded": {"settings": {"epochs": 3}}})
    for rule in ("steps-do-not-recompute", "reported-before-the-end", "time-does-not-recompute"):
        assert status(silent, rule) == [Status.NOT_APPLICABLE], rule
    hours = recorded(layer, training={"recorded": {"hours": 8}})
    assert status(hours, "time-does-not-recompute") == [Status.UNCHECKED]
