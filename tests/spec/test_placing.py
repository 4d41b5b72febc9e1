"""Before anything is trained: where each declared number will go on the hub, and why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalreport.cli import main
from tests.spec.conftest import Printed

GOOD = (Path(__file__).parent / "good.yaml").read_text()
# The guard's test set comes from the hub.
PUBLIC = GOOD.replace("path: data/general.jsonl", "path: hub:org/board, config: all").replace(
    "path: hub:org/board, config: all", "path: hub:org/board\n    config: all\n    split: test"
)
ASKED = "the hub is asked at publish whether that is a benchmark there"
BOARD = "{layer: general, metric: accuracy, dataset: org/board, task_id: all}"


@pytest.fixture
def checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What `check` says of a right spec."""

    def check(text: str, *options: str) -> str:
        Path("spec.yaml").write_text(text)
        assert main(["check", "spec.yaml", *options]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return check


Checked = Callable[..., str]


def published(text: str, *benchmarks: str) -> str:
    return text + f"publish: {{repo: org/name, benchmarks: [{', '.join(benchmarks)}]}}\n"


def test_a_spec_that_publishes_nothing_says_nothing_of_it(checked: Checked) -> None:
    assert "publish" not in checked(GOOD)


def test_each_declared_number_has_a_place_and_a_reason(checked: Checked) -> None:
    said = checked(published(PUBLIC, BOARD))
    assert "evalreport publish puts it at org/name, its declared numbers as follows\n" in said
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert lines == [
        "field_accuracy of extraction: only in the text: its test set is a local file",
        f"accuracy of general: .eval_results (org/board, task all); {ASKED}",
        "json_valid of extraction: only in the text: its test set is a local file",
        "base, differences, intervals, what is not declared: only in the text",
    ]
    assert "accuracy of general: model-index (org/board is on the hub" in checked(published(PUBLIC))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", "its test set is a local file"),
        ("dataset: general}", "dataset: general, items: {n: 5}}", "part of this one is asked"),
        ("\nclaims:", "\nengine: {kind: fake}\nclaims:", "the models are simulated"),
    ],
)
def test_what_keeps_a_number_from_a_leaderboard(
    checked: Checked, old: str, new: str, words: str
) -> None:
    text = GOOD if old == "" else PUBLIC
    board = () if old == "" else (BOARD,)
    assert words in " ".join(checked(published(text.replace(old, new), *board)).split())


@pytest.mark.parametrize(
    ("benchmark", "words"),
    [
        (BOARD.replace("general", "genral"), "did you mean general?"),
        (BOARD.replace("accuracy", "f1"), "layer general does not measure f1"),
        (BOARD.replace("metric: accuracy", "metric: accuracy_normalized"), "the best of many"),
        (BOARD.replace("org/board", "org/other"), "is measured on general (hub:org/board)"),
        (f"{BOARD}, {BOARD}", "task all of org/board has a number already: accuracy of general"),
        (BOARD.replace("task_id: all", "task: all"), "did you mean task_id?"),
    ],
)
def test_leaderboards_that_would_be_told_something_wrong(
    printed: Printed, benchmark: str, words: str
) -> None:
    said = printed(published(PUBLIC, benchmark))
    assert "publish.benchmarks" in said
    assert words in said


def test_a_local_copy_is_not_the_benchmark(printed: Printed) -> None:
    said = printed(published(GOOD, BOARD))
    assert "general is measured on general (data/general.jsonl), not on org/board" in said


def test_what_no_spec_says_does_not_change_what_specs_are_known_by(checked: Checked) -> None:
    plain = GOOD + "publish: {repo: org/name}\n"
    full = GOOD + "publish: {repo: org/name, private: true, items: false, benchmarks: []}\n"
    digests = {json.loads(checked(text, "--json"))["digest"] for text in (plain, full)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("publish", "words"),
    [
        ("{repo: org/bad--name}", "org/bad--name cannot be the name of a repository on the hub"),
        ("{repo: org/name.git}", "org/name.git cannot be the name of a repository on the hub"),
        ("{repo: org/name, seed: 7}", "name one of training.seeds: 1"),
    ],
)
def test_names_and_seeds_that_there_are_not(printed: Printed, publish: str, words: str) -> None:
    assert words in printed(GOOD + f"publish: {publish}\n")
