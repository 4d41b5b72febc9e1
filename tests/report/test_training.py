"""Training facts: what was asked beside what was used, and nothing else called a difference."""

from pathlib import Path

import pytest

from evalreport.render.trained import Trained, trained_of
from evalreport.report.model import AskedUsed, TrainingFacts
from evalreport.report.training import training_facts
from evalreport.values import Json
from tests.analyze.evidence import World, training
from tests.reports import changed, clear_win
from tests.rules.cases import plain, trained
from tests.rules.recorded_worlds import recorded

ASKED: dict[str, Json] = {"training.epochs": 1, "training.max_steps": None, "adapter.r": 8}


def facts_of(world: World) -> TrainingFacts:
    facts = training_facts(world.spec, world.evidence, world.findings)
    assert facts is not None
    return facts


def shown(facts: TrainingFacts) -> Trained:
    page = trained_of(changed(clear_win(), training=facts))
    assert page is not None
    return page


def test_what_the_machine_decides_is_no_difference() -> None:
    facts = facts_of(trained(asked=ASKED, used={**ASKED, "threads": 2, "optimizer": "adamw"}))
    assert [row.name for row in facts.compared] == list(ASKED)
    assert all(row.agrees for row in facts.compared)
    page = shown(facts)
    assert page.summary == "Every setting was used as it was asked for."
    assert page.differing == page.unknown == ()
    assert [(row.name, row.used) for row in page.decided] == [
        ("threads", "2"),
        ("optimizer", "adamw"),
    ]


def test_what_was_not_read_back_is_not_called_used() -> None:
    facts = facts_of(trained(asked=ASKED, used={"training.epochs": 1, "training.max_steps": None}))
    assert facts.compared[-1] == AskedUsed(name="adapter.r", asked=8, used=None, agrees=None)
    page = shown(facts)
    assert [row.used for row in page.unknown] == ["not read back"]
    assert page.summary == (
        "2 settings: each was used as it was asked for. 1 setting could not be read back."
    )


def test_a_difference_is_one() -> None:
    page = shown(facts_of(trained(asked=ASKED, used={**ASKED, "adapter.r": 4})))
    assert page.summary == "1 setting of 3 not used as asked."
    assert [(row.asked, row.used) for row in page.differing] == [("8", "4")]


def test_the_loss_is_told_in_the_numbers_of_its_table() -> None:
    facts = facts_of(trained(eval_losses=(1.0, 0.8, 0.7)))
    page = shown(facts)
    assert page.curve is not None
    first, *_, last = (row.train_loss.text for row in page.epochs)
    assert page.curve.description.startswith(
        f"Training loss goes from {first} to {last}, each a mean since the evaluation before."
    )
    alone = shown(facts_of(trained(eval_losses=(0.7,))))
    assert alone.curve is not None
    assert "each of one batch" in alone.curve.description


@pytest.mark.parametrize(("dropout", "is_told"), [(0.0, False), (0.05, True), (None, False)])
def test_dropout_is_told_where_there_was_some(dropout: float | None, is_told: bool) -> None:
    used: dict[str, Json] = {} if dropout is None else {"adapter.dropout": dropout}
    facts = facts_of(trained(asked={**ASKED, **used}, used={**ASKED, **used}))
    assert ("with dropout on" in facts.loss_definition) is is_told


def test_what_happened_to_a_later_seed_is_told_too() -> None:
    logs = {
        seed: training(seed).model_copy(update={"notes": ("all", *notes)})
        for seed, notes in ((1, ()), (2, ("memory ran out",)))
    }
    world = plain(trainings=logs).with_evidence(trainings=logs)
    assert facts_of(world).notes == ("all", "seed 2: memory ran out")


STATE = Path(__file__).parents[1] / "importers" / "fixtures" / "trainer_state"
LAYER: dict[str, object] = {"name": "x", "rows": [{"metric": "accuracy", "tuned": 0.5}]}


def of_state(**told: object) -> TrainingFacts:
    """The facts of a recorded training whose trainer's state was given, and so much more."""
    said = {"recorded": {"trainer_state": "trainer_state.json", **told}}
    return facts_of(recorded(LAYER, folder=STATE, training=said))


def test_a_state_alone_is_told_as_logged_and_its_last_weights_are_chosen_by_nobody() -> None:
    facts = of_state()
    assert facts.published is not None
    assert (facts.published.is_logged, facts.published.takes_last) == (True, True)
    page = shown(facts)
    assert page.summary == (
        "Not trained here: what stands here is what its trainer's state says. Which of its weights "
        "are used is not told: those of its last step are taken."
    )
    assert page.decided_title == "Settings, as logged"
    assert [one.chosen for one in page.epochs] == [""] * 5 + ["last, taken"]
    assert "which of its weights are used (those of its last step are taken)" in page.not_known
    told = {fact.term: fact.shown.text for fact in page.facts if fact.shown is not None}
    assert not any("published" in name.lower() for name in told)
    assert told["Last step, whose weights are taken"] == "48"


def test_what_was_published_and_logged_alike_stands_there_once() -> None:
    alone = of_state()
    assert alone.used["epochs_planned"] == 6
    assert alone.used["train_batch_size_per_device"] == 8
    both = of_state(settings={"epochs": 6, "micro_batch": 8})
    assert not {"epochs_planned", "train_batch_size_per_device"} & {*both.used}
    apart = of_state(settings={"epochs": 3, "micro_batch": 4})
    assert apart.used["epochs_planned"] == 6  # and a rule says that they contradict each other
    assert apart.used["train_batch_size_per_device"] == 8
    assert both.published is not None
    assert both.published.from_state == ("steps", "seconds")
