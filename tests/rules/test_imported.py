"""Files of other tools: no rule is called kept where nothing was looked at, and advice fits them."""

from dataclasses import replace

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.estimates import Point
from evalreport.importers.base import NoScore, Row, ToolFigure
from evalreport.rules.base import Severity, Status
from evalreport.verdict import Outcome
from tests.analyze.evidence import World
from tests.analyze.layers import Options
from tests.rules.imported_cases import other_prompts
from tests.rules.imported_worlds import (
    BASE,
    FACTS,
    TUNED,
    figure,
    imported,
    reading_of,
    rows_of,
    two,
)

OF_TWO = ("unpaired-items", "prompts-differ", "imported-on-trust", "identical-results")
OF_ROWS = ("repeated-rows", "rows-left-out", "unread-results", "constant-output")


def statuses(world: World, rule: str) -> set[Status]:
    return {said.status for said in world.said(rule)}


def lone() -> World:
    return imported({"tuned": [reading_of("tuned", rows_of("tuned", TUNED, against=""))]})


def totals() -> World:
    told: Options = {"gives": "figures", "judging": None, "expected": {}}
    return imported(
        {
            "tuned": [reading_of("tuned", [], figures=(figure(0.7),), **told)],
            "base": [reading_of("base", [], figures=(figure(0.5),), **told)],
        }
    )


def unscored(k: int, why: str = "the sample ended in an error") -> list[Row]:
    return [
        replace(row, scores={"win_rate": NoScore(why)}) if i < k else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]


# What was not looked at is not called kept


@pytest.mark.parametrize("rule", OF_TWO)
def test_one_arm_is_alike_to_nothing(rule: str) -> None:
    assert statuses(lone(), rule) == {Status.NOT_APPLICABLE}
    assert statuses(two(), rule) == {Status.KEPT}


@pytest.mark.parametrize("rule", [*OF_TWO, *OF_ROWS])
def test_totals_have_no_rows_to_look_at(rule: str) -> None:
    assert statuses(totals(), rule) == {Status.NOT_APPLICABLE}


@pytest.mark.parametrize("rule", ["constant-output", "identical-results"])
def test_a_handful_of_texts_may_be_alike_by_chance(rule: str) -> None:
    few = two(
        rows_of("tuned", "1" * 9, output="same"),
        rows_of("base", "0" * 9, output="same"),
        tuned_file={"expected": {}},
        base_file={"expected": {}},
    )
    assert statuses(few, rule) == {Status.NOT_APPLICABLE}


def test_prompts_that_forbid_a_comparison_are_not_called_the_same() -> None:
    refused = other_prompts("same")
    assert refused.finding("bench.win_rate").outcome is FindingOutcome.NOT_MEASURED
    assert statuses(refused, "prompts-differ") == {Status.NOT_APPLICABLE}


def test_a_third_arm_without_prompts_hides_no_difference_of_the_others() -> None:
    differing = [
        replace(row, prompt=f"{i:064x}") if i < 3 else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    world = imported(
        {
            "tuned": [reading_of("tuned", differing)],
            "base": [reading_of("base", rows_of("base", BASE))],
            "third": [reading_of("third", rows_of("third", BASE, prompt=""))],
        },
        prompts="may_differ",
    )
    (said,) = world.said("prompts-differ")
    assert said.status is Status.BROKEN
    assert "tuned and base saw different prompts on 3 of 120 items" in said.text


def test_what_could_not_be_read_is_said_to_leave_the_comparison() -> None:
    world = two(rows_of("tuned", "?" * 5 + TUNED[5:]))
    (said,) = world.said("unread-results")
    assert said.text.endswith(
        "could not be read by the tool; items without a score leave the comparison with their "
        "count, and what they could change is looked at."
    )
    found = world.finding("bench.win_rate")
    assert (found.n, found.excluded) == (115, {"no result of tuned": 5})


# Precision


def held(tuned: str, base: str) -> World:
    def told(precision: str) -> Options:
        return {"facts": {"": FACTS.model_copy(update={"precision": precision})}}

    return two(tuned_file=told(tuned), base_file=told(base))


def test_a_base_in_four_bits_is_handicapped_wherever_it_answered() -> None:
    (said,) = held("bfloat16", "bfloat16, 4 bits").said("base-handicapped")
    assert (said.status, said.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert said.text.startswith("In bench the base answered in bfloat16, 4 bits, tuned in bfloat16")
    assert said.cites == ("bench.win_rate",)


@pytest.mark.parametrize("same", ["bfloat16", "bf16", "torch.bfloat16"])
def test_one_precision_in_other_words_is_the_same(same: str) -> None:
    assert statuses(held(same, "bfloat16"), "base-handicapped") == {Status.KEPT}


def test_precision_that_is_not_told_is_unchecked() -> None:
    (said,) = held("", "float16").said("base-handicapped")
    assert said.status is Status.UNCHECKED
    assert said.text == (
        "Whether both arms of bench were held in one precision is not told; base: float16."
    )


# The tool's own number is of the tool's items


def own_figure(n: int | None) -> tuple[int, str]:
    told = ToolFigure(part="", metric="win_rate", value=75 / 115, se=0.04, n=n)
    rows = [replace(row) for row in unscored(5)]
    world = two(rows, tuned_file={"figures": (told,)})
    (found,) = (one for one in world.findings.measurements if one.id.endswith(":tuned:tool"))
    assert isinstance(found.value, Point)
    return found.n, found.note


def test_a_tools_number_is_shown_with_the_items_that_the_tool_counts() -> None:
    n, note = own_figure(120)
    assert n == 120
    assert note.startswith(
        "the tool's number is of 120 items; the 115 that have a score here give 0.652174"
    )


@pytest.mark.parametrize("n", [115, None])
def test_a_tools_number_of_the_same_items_needs_no_more_words(n: int | None) -> None:
    found, note = own_figure(n)
    assert found == 115
    assert note.startswith("the items give 0.652174")


# What next, of what another tool measured


def open_case(tuned: str, base: str, **options: object) -> World:
    files: Options = {"expected": {}}
    world = two(rows_of("tuned", tuned), rows_of("base", base), files, files, **options)
    assert world.verdict.outcome is Outcome.INCONCLUSIVE
    return world


@pytest.mark.parametrize(
    ("tuned", "base", "says"),
    [
        (
            "1" * 9 + "0" * 3,
            "1" * 7 + "0" * 5,
            "Run the tool on a fresh set of at least ",
        ),
        (
            "1111",
            "1100",
            (
                "Run the tool on a fresh set of at least 30 items, for both models, with its log of "
                "items: 4 items carry no interval."
            ),
        ),
    ],
)
def test_more_items_are_the_tools_to_ask(tuned: str, base: str, says: str) -> None:
    step = open_case(tuned, base).verdict.next_step
    assert step.startswith(says)
    assert "for both models, with its log of items" in step
    assert "evalreport plan" not in step


def test_scores_that_are_missing_are_the_tools_to_give() -> None:
    lost = two(unscored(70))
    assert lost.finding("bench.win_rate").withheld
    assert lost.verdict.next_step == (
        "Let the tool go on until every item has a score or an output of both models, and build "
        "again."
    )


def test_totals_ask_for_the_log_of_items() -> None:
    assert totals().verdict.next_step == (
        "Run the tool again for both models, with its log of items, and import that: totals cannot "
        "settle it."
    )


def test_files_that_are_not_compared_have_no_step_to_mend() -> None:
    verdict = other_prompts("same").verdict
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert verdict.next_step == (
        "Name files in which the tool measured both models alike, on the same items, or run it so, "
        "and build again."
    )
