"""How others measured stands in the report as they said it, and what they did not say as that."""

from evalreport.layers.recorded import Recorded
from evalreport.report.told import told_facts


def facts(**given: object) -> dict[str, object]:
    """What is told of a recorded layer."""
    layer = Recorded.model_validate({"kind": "recorded", "name": "x", **given})
    return dict(told_facts(layer).decoding)


def test_a_judged_comparison_is_told_with_all_that_was_said() -> None:
    method = {
        "judge": "gpt-5-mini",
        "orders": "fixed",
        "slot": "A",
        "per_call": 5,
        "confidence": {"high": 18, "low": 2},
        "human_labels": {"n": 40},
        "items_from": "the tuning data",
        "held_out": False,
        "reference_shown": True,
        "rubric": {"tuned": "one", "base": "two"},
    }
    counts = {"tuned": 10, "base": 8, "tie": 2}
    told = facts(measures="preference", counts=counts, n=20, subset="all", method=method)
    assert told == {
        "Published in": "not stated",
        "Items": "20",
        "Scored over": "all of them",
        "Items from": "the tuning data",
        "Held out of training": "no",
        "Judge": "gpt-5-mini",
        "Order of the two answers": "one for all pairs, tuned in slot A",
        "Comparisons a call": "5",
        "Confidence that the judge stated": "18 high, 2 low",
        "Labels by people": "40",
        "Rubric": "tuned: one; base: two",
        "Reference shown to the judge": "yes",
    }


def test_a_table_is_told_without_what_only_judges_have() -> None:
    method = {
        "precision": {"base": "4 bits"},
        "decoding": "greedy",
        "harness": "own script",
        "shots": {"tuned": 0, "base": 3},
        "checkpoint_chosen_on": "test",
        "checkpoints_tried": 3,
        "labels_made_by": "GPT-4o-mini",
        "generator_of_training_data": "GPT-4o-mini",
        "held_out": True,
    }
    rows = [{"metric": "squared_error", "base": 8.48, "tuned": 2.05}]
    told = facts(
        source="a card", subset="own", parsed={"base": 0.58, "tuned": 0.99}, rows=rows, method=method
    )  # fmt: skip
    assert told == {
        "Published in": "a card",
        "Items": "not stated",
        "Scored over": "each arm's own that could be read",
        "Could be read": "58 % of base, 99 % of tuned",
        "Held out of training": "yes, as they say",
        "Precision": "base: 4 bits",
        "Decoding": "greedy",
        "Scored by": "own script",
        "Worked examples": "tuned: 0; base: 3",
        "Checkpoint chosen on": "test",
        "Checkpoints tried": "3",
        "References made by": "GPT-4o-mini",
        "Training data written by": "GPT-4o-mini",
    }


def test_a_judge_of_whom_nothing_was_said() -> None:
    told = facts(measures="preference", counts={"tuned": 1, "base": 1}, method={"shots": 2})
    assert told["Judge"] == told["Order of the two answers"] == "not stated"
    assert told["Comparisons a call"] == told["Labels by people"] == "not stated"
    assert told["Worked examples"] == "2"


def test_a_title_says_what_the_layer_is() -> None:
    layer = Recorded.model_validate({"kind": "recorded", "name": "x", "title": "Twenty pairs"})
    assert told_facts(layer).what == "Twenty pairs"
    assert told_facts(layer.model_copy(update={"title": None})).what == (
        "Numbers that others published"
    )


def test_items_may_be_told_elsewhere() -> None:
    row = {"metric": "accuracy", "base": 0.4}
    assert facts(rows=[{**row, "tuned": 0.5}])["Items"] == "not stated"
    assert facts(rows=[{**row, "n": 80}])["Items"] == "stated with each number"
    with_n = {**row, "tuned": {"value": 0.5, "n": 80}}
    assert facts(rows=[with_n])["Items"] == "stated with each number"
    assert facts(counts={"tuned": 3, "base": 2, "tie": 1})["Items"] == "6, by its counts"


def test_the_tokens_of_a_loss_are_told() -> None:
    row = {"metric": "nll", "tuned": {"value": 3.87, "tokens": 2_589_961}, "base": 4.0}
    assert facts(rows=[row])["Tokens"] == "2,589,961 of tuned"
    assert "Tokens" not in facts(rows=[{**row, "tuned": 3.87}])
