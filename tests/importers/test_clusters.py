"""Which items hang together by their prompts, and where a prompt is no question."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import evalreport
from evalreport.digest import digest_text
from evalreport.importers.base import Row
from evalreport.importers.results import Results
from tests.analyze.layers import Options
from tests.rules.imported_worlds import BASE, TUNED, rows_of, two

INSTRUCTION = "Answer with one word."


def results_with(
    prompt_of: Callable[[int], str], n: int = 120, cluster_of: Callable[[int], str] = lambda _: ""
) -> Results:
    """Two arms whose items have these prompts."""

    def asked(arm: str, codes: str) -> list[Row]:
        return [
            replace(row, prompt=digest_text(prompt_of(i)), cluster=cluster_of(i))
            for i, row in enumerate(rows_of(arm, codes)[:n])
        ]

    file: Options = {"expected": {}}
    made = two(asked("tuned", TUNED), asked("base", BASE), file, file)
    return made.evidence.results["bench"]


def is_said(results: Results) -> bool:
    return any("one and the same prompt" in one for one in results.arms["tuned"].origin.notes)


def test_it_is_this_tree_that_is_tested() -> None:
    assert Path(evalreport.__file__).is_relative_to(Path(__file__).parents[2])


def test_items_of_one_prompt_hang_together() -> None:
    results = results_with(lambda i: f"question {i // 2}")
    assert len(set(results.clusters)) == 60
    assert not is_said(results)
    assert results_with(lambda i: f"question {i}").clusters == ()


def test_an_instruction_that_all_items_have_is_no_question() -> None:
    results = results_with(lambda _: INSTRUCTION)
    assert results.clusters == ()
    (note,) = results.arms["base"].origin.notes
    assert note.startswith("120 items have one and the same prompt, so prompts are not taken")
    assert is_said(results)


def test_most_items_decide_and_half_of_them_are_not_most() -> None:
    most = results_with(lambda i: INSTRUCTION if i < 61 else f"question {i // 2}")
    assert most.clusters == ()
    half = results_with(lambda i: INSTRUCTION if i < 60 else f"question {i}")
    assert len(set(half.clusters)) == 61
    assert not is_said(half)


def test_a_handful_of_items_may_ask_the_same() -> None:
    assert len(set(results_with(lambda _: INSTRUCTION, 5).clusters)) == 1
    assert results_with(lambda _: INSTRUCTION, 6).clusters == ()


def test_what_files_say_of_questions_stands_whatever_the_prompts() -> None:
    told = results_with(lambda _: INSTRUCTION, cluster_of=lambda i: f"family {i // 3}")
    assert len(set(told.clusters)) == 40
    assert not is_said(told)
    some = results_with(lambda _: INSTRUCTION, cluster_of=lambda i: "family" if i < 20 else "")
    assert len(set(some.clusters)) == 101
    assert is_said(some)
