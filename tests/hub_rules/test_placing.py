"""Where a number may stand: one rule, every branch of it with its words."""

from dataclasses import replace

import pytest

from evalreport.hub_rules import Board, Figure, HubAnswers, Where, place

BOARD = Board("org/board", "all")
FIGURE = Figure("qa", "generation", "accuracy", "", "test", "test", "org/board", board=BOARD)


def test_a_whole_declared_benchmark_goes_to_its_leaderboard() -> None:
    placed = place(FIGURE)
    assert (placed.where, placed.board) == (Where.EVAL_RESULTS, BOARD)
    assert placed.words == ".eval_results (org/board, task all)"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"board": None}, "model-index (org/board is on the hub, and no benchmark is named)"),
        ({"is_whole": False}, "part of this one is asked"),
        ({"leaked": "3 items met training"}, "not in .eval_results: 3 items met training"),
    ],
)
def test_what_is_no_benchmark_stands_in_the_index(changes: dict[str, object], words: str) -> None:
    placed = place(replace(FIGURE, **changes))  # type: ignore[arg-type]
    assert (placed.where, placed.board) == (Where.MODEL_INDEX, None)
    assert words in placed.words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hub_id": None}, "its test set is a local file"),
        ({"hub_id": "data/test.jsonl"}, "cannot be the id of a dataset"),
        ({"role": "select"}, "test is no test set but select"),
        ({"field": "quantity"}, "it is about one field"),
        ({"kind": "judge"}, "a judge's verdicts"),
        ({"kind": "human"}, "people's verdicts"),
        ({"kind": "overfitting"}, "compares items of training"),
        ({"kind": "recorded"}, "others measured it"),
        ({"kind": "imported"}, "another tool measured it"),
        ({"withheld": "the models are simulated"}, "the models are simulated"),
    ],
)
def test_what_is_no_result_of_this_model_stands_in_the_text(
    changes: dict[str, object], words: str
) -> None:
    placed = place(replace(FIGURE, **changes))  # type: ignore[arg-type]
    assert (placed.where, placed.board) == (Where.TEXT, None)
    assert placed.words.startswith("only in the text: ")
    assert words in placed.words


def test_the_hub_has_the_last_word() -> None:
    refused = place(FIGURE, HubAnswers(boards={BOARD: "org/board has no task all"}))
    assert refused.where is Where.MODEL_INDEX
    assert refused.because == "not in .eval_results: org/board has no task all"
    hidden = place(FIGURE, HubAnswers(datasets={"org/board": "org/board is private"}))
    assert (hidden.where, hidden.because) == (Where.TEXT, "org/board is private")
    assert place(FIGURE, HubAnswers()) == place(FIGURE)
