"""Rules about a training that was not done here: as far as its files tell, and no further."""

from collections.abc import Mapping
from typing import Any

import pytest

from evalreport.records import CurvePoint, EarlierTraining
from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import World, world
from tests.analyze.layers import qa
from tests.rules.cases import BASE, TUNED, plain

FALLING = [2.0, 1.8, 1.4, 1.2, 1.0, 0.8]


def elsewhere(losses: Mapping[int, float] | None = None, **changes: Any) -> World:
    """Tuned is an adapter from elsewhere, whose trainer logged these losses on held-out rows."""
    held = losses if losses is not None else {20: 1.0, 40: 0.9, 60: 0.8}
    curve = tuple(
        CurvePoint(
            step=10 * (i + 1),
            epoch=changes.get("last_epoch", 2.0) * (i + 1) / 6,
            train_loss=loss,
            eval_loss=held.get(10 * (i + 1)),
        )
        for i, loss in enumerate(FALLING)
    )
    changes.pop("last_epoch", None)
    given = {
        "path": "runs/last-week",
        "curve": curve,
        "best_step": min(held, key=lambda step: held[step]) if held else None,
        "weights_step": 60,
        **changes,
    }
    made = plain() if not given.pop("no_data", False) else world(qa(TUNED, BASE), train=())
    earlier = EarlierTraining.model_validate(given)
    return made.with_evidence(trainings={}, earlier={"tuned": earlier})


def said(made: World, rule: str) -> list[tuple[Status, Severity, str]]:
    return [(one.status, one.severity, one.text) for one in made.said(rule)]


def status(made: World, rule: str) -> list[Status]:
    return [one.status for one in made.said(rule)]


def test_one_checkpoint_says_nothing_about_a_recipe() -> None:
    (one,) = elsewhere().said("single-seed")
    assert (one.status, one.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert one.cites == ("qa.exact_match",)
    assert one.text == (
        "runs/last-week is one training run, not made here: this says what this checkpoint does, "
        "not what its recipe does."
    )


def test_a_good_curve_is_kept_wherever_it_was_drawn() -> None:
    made = elsewhere()
    for rule in ("eval-loss-diverging", "not-best-checkpoint", "last-point-only", "epochs-high"):
        assert status(made, rule) == [Status.KEPT], rule


def test_a_curve_that_rises_again_is_told() -> None:
    made = elsewhere({20: 0.8, 40: 0.9, 60: 1.0})
    assert said(made, "eval-loss-diverging") == [
        (
            Status.BROKEN,
            Severity.WEAKENS,
            (
                "The evaluation loss of runs/last-week was least at step 20 and rose by 25 % after it "
                "while the training loss fell; the reported weights are from step 60, where it stood "
                "25 % higher."
            ),
        )
    ]
    assert status(made, "not-best-checkpoint") == [Status.NOT_APPLICABLE]  # it is that fact
    escaped = elsewhere({20: 0.8, 40: 0.9, 60: 1.0}, weights_step=20)
    ((_, severity, text),) = said(escaped, "eval-loss-diverging")
    assert severity is Severity.NOTE
    assert "the reported weights are from before the rise" in text
    assert status(escaped, "not-best-checkpoint") == [Status.KEPT]


def test_weights_of_an_unknown_step_are_not_called_the_best() -> None:
    ((found, _, text),) = said(elsewhere(weights_step=None), "not-best-checkpoint")
    assert found is Status.UNCHECKED
    assert text.endswith("from which step its weights are, no file tells.")


def test_a_curve_without_evaluations_is_no_curve_without_a_rise() -> None:
    made = elsewhere({})
    for rule in ("eval-loss-diverging", "not-best-checkpoint"):
        assert status(made, rule) == [Status.UNCHECKED], rule
    ((found, _, text),) = said(made, "last-point-only")
    assert found is Status.BROKEN
    assert "logged no evaluation curve" in text


def test_without_any_curve_one_rule_says_so() -> None:
    made = elsewhere(curve=(), best_step=None, weights_step=None)
    for rule in ("eval-loss-diverging", "not-best-checkpoint", "epochs-high"):
        assert status(made, rule) == [Status.NOT_APPLICABLE], rule
    ((found, _, text),) = said(made, "last-point-only")
    assert found is Status.UNCHECKED
    assert text.startswith("No curve of the training of runs/last-week is known")


def test_many_epochs_are_many_on_the_rows_that_the_spec_names() -> None:
    ((found, _, text),) = said(elsewhere(last_epoch=5.0), "epochs-high")
    assert found is Status.BROKEN
    assert text.startswith("5 epochs on 20 rows (runs/last-week)")
    ((found, _, text),) = said(elsewhere(last_epoch=5.0, no_data=True), "epochs-high")
    assert found is Status.UNCHECKED
    assert "an unknown number of rows" in text


@pytest.mark.parametrize("rule", ["rows-cut", "template-mismatch", "memorisation-unmeasured"])
def test_what_nobody_looked_at_is_unchecked(rule: str) -> None:
    assert status(elsewhere(), rule) == [Status.UNCHECKED]


def test_nothing_was_asked_so_nothing_can_differ_from_it() -> None:
    assert status(elsewhere(), "asked-not-used") == [Status.NOT_APPLICABLE]


def test_checkpoints_of_one_run_on_one_test_set() -> None:
    paths = {"base": "runs/x/checkpoint-10", "tuned": "runs/x/checkpoint-20"}
    many = {name: EarlierTraining(path=path) for name, path in paths.items()}
    made = plain().with_evidence(trainings={}, earlier=many)
    ((found, _, text),) = said(made, "best-checkpoint-on-test")
    assert found is Status.BROKEN
    assert text.startswith("2 checkpoints of one training (runs/x/checkpoint-10, runs/x/")
    other = many | {"base": EarlierTraining(path="runs/y/checkpoint-10")}
    made = plain().with_evidence(trainings={}, earlier=other)
    assert status(made, "best-checkpoint-on-test") == [Status.KEPT]
