"""How arms were measured and what metrics are: by part, by file and by item."""

from dataclasses import replace
from typing import Any

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.errors import DataError
from evalreport.importers.base import Facts, Reading, Row
from evalreport.importers.results import LeftOut
from evalreport.metrics.base import Column, Scale
from evalreport.rules.base import Status
from evalreport.verdict import Outcome
from tests.analyze.layers import Options
from tests.importers.test_assemble import pairs
from tests.rules.imported_worlds import (
    BASE,
    FACTS,
    TUNED,
    column,
    figure,
    imported,
    reading_of,
    rows_of,
    two,
)

HOT = FACTS.model_copy(update={"decoding": "temperature 1"})
SILENT = FACTS.model_copy(update={"decoding": ""})


def parted(arm: str, codes: str, part: str) -> list[Row]:
    return [replace(row, part=part) for row in rows_of(arm, codes)]


def file(arm: str, codes: str, part: str, facts: Facts, **more: object) -> Reading:
    given = {"facts": {part: facts}, "expected": {part: len(codes)}, **more}
    return reading_of(arm, parted(arm, codes, part), **given)


def of_parts(easy: Facts, hard: Facts) -> list[list[Reading]]:
    return [
        [file(arm, codes, "easy", FACTS), file(arm, codes, "hard", FACTS)]
        if arm == "base"
        else [file(arm, codes, "easy", easy), file(arm, codes, "hard", hard)]
        for arm, codes in (("tuned", TUNED), ("base", BASE))
    ]


# By part and by file


def test_parts_that_were_measured_otherwise_are_refused_by_name() -> None:
    tuned, base = of_parts(FACTS, HOT)
    made = imported({"tuned": tuned, "base": base}, part=["easy", "hard"])
    found = made.finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    says = 'decoding: temperature 1 for tuned, greedy for base (in "hard")'
    assert says in found.sentence


def test_what_one_part_does_not_tell_is_unknown_of_all() -> None:
    tuned, base = of_parts(FACTS, SILENT)
    made = imported({"tuned": tuned, "base": base}, part=["easy", "hard"])
    assert made.evidence.results["bench"].integrity.unknown == {"decoding": ("tuned",)}
    assert [one.status for one in made.said("imported-on-trust")] == [Status.BROKEN]
    tuned, base = of_parts(FACTS, FACTS)
    sound = imported({"tuned": tuned, "base": base}, part=["easy", "hard"])
    assert [one.status for one in sound.said("imported-on-trust")] == [Status.KEPT]
    assert sound.finding("bench.win_rate").n == 240


def test_files_of_one_arm_that_differ_are_refused() -> None:
    halves = [
        reading_of("tuned", rows_of("tuned", TUNED)[:60]),
        reading_of("tuned", rows_of("tuned", TUNED)[60:], facts={"": HOT}),
    ]
    made = imported({"tuned": halves, "base": [reading_of("base", rows_of("base", BASE))]})
    found = made.finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    says = "decoding differs between the files of tuned: greedy, temperature 1"
    assert says in found.sentence


def test_what_the_method_says_of_the_template_stands_where_files_are_silent() -> None:
    bare: Options = {"facts": {"": FACTS.model_copy(update={"template": ""})}}
    told = two(tuned_file=bare, base_file=bare, method={"template": "chatml"})
    assert [one.status for one in told.said("imported-on-trust")] == [Status.KEPT]
    differs = two(
        tuned_file=bare, base_file=bare, method={"template": {"tuned": "chatml", "base": "none"}}
    )
    says = "chat template: chatml for tuned, none for base"
    assert says in differs.finding("bench.win_rate").sentence


def test_prompts_are_known_where_they_are_of_every_item_of_both() -> None:
    rows = [
        replace(row, prompt="") if i == 7 else row for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    (said,) = two(rows).said("imported-on-trust")
    assert said.status is Status.BROKEN
    assert "do not tell the prompts of tuned" in said.text
    only = [*rows_of("tuned", TUNED), replace(rows_of("tuned", "1")[0], item="mine", prompt="")]
    assert "prompts" not in two(only).evidence.results["bench"].integrity.unknown


def test_how_many_there_should_be_adds_up_over_files_of_several_parts() -> None:
    def of(arm: str, codes: str, more: int) -> list[Reading]:
        easy = file(arm, codes, "easy", FACTS)
        hard = file(arm, codes, "hard", FACTS, expected={"hard": len(codes) + more})
        return [easy, hard]

    made = imported(
        {"tuned": of("tuned", TUNED, 30), "base": of("base", BASE, 0)}, part=["easy", "hard"]
    )
    (said,) = [one for one in made.said("fewer-items") if one.status is Status.BROKEN]
    assert "tuned in bench hold 240 items of 270 that there should be" in said.text


# What a metric is


def test_a_direction_that_one_file_tells_is_no_guess() -> None:
    def lower(metric: str) -> Column:
        return replace(column(metric), higher_is_better=False)

    made = two(base_file={"column": lower}, tuned_file={"is_guessed": lambda _: True})
    assert made.evidence.results["bench"].columns[0].higher_is_better is False
    assert made.evidence.results["bench"].integrity.assumed == ()
    with pytest.raises(DataError, match="the files differ in what win_rate is: higher is better"):
        two(base_file={"column": lower})


def test_a_direction_that_nobody_tells_decides_nothing_until_the_spec_does() -> None:
    guess: Options = {"is_guessed": lambda _: True}
    assert two(tuned_file=guess, base_file=guess).verdict.outcome is Outcome.INVALID_EVIDENCE
    told = two(tuned_file=guess, base_file=guess, higher_is_better={"win_rate": False})
    assert told.finding("bench.win_rate").outcome is FindingOutcome.WORSE


def test_files_that_differ_in_unit_or_kind_are_no_pair_and_the_wider_bounds_hold() -> None:
    def of(**more: Any) -> Options:
        return {"column": lambda metric: replace(column(metric), **more)}

    with pytest.raises(DataError, match="fraction in the one, points in the other"):
        two(tuned_file=of(unit="fraction"), base_file=of(unit="points"))
    with pytest.raises(DataError, match="a mean in the one, a ratio in the other"):
        two(base_file=of(scale=Scale.RATIO))
    wide = two(base_file=of(high=None)).evidence.results["bench"].columns[0]
    assert (wide.low, wide.high, wide.scale) == (0.0, None, Scale.MEAN)


def test_numbers_that_no_sum_can_hold_are_none() -> None:
    rows = rows_of("tuned", TUNED)
    rows[:2] = [replace(row, scores={"win_rate": 1e300}) for row in rows[:2]]
    made = two(rows)
    assert made.evidence.results["bench"].integrity.unscored == {
        "tuned": {"the number is beyond 1e15": 2}
    }
    found = made.finding("bench.win_rate")
    assert (found.n, found.excluded) == (118, {"no result of tuned": 2})


# Which items are one


def test_items_of_two_parts_never_share_a_name() -> None:
    def of(arm: str, codes: str) -> list[Reading]:
        one = [replace(row, part="a/b", item=f"c{i}") for i, row in enumerate(rows_of(arm, codes))]
        two_ = [replace(row, part="a", item=f"b/{row.item}") for row in one]
        facts = {"facts": {"": FACTS}, "expected": {}}
        return [reading_of(arm, one, **facts), reading_of(arm, two_, **facts)]

    made = imported({"tuned": of("tuned", TUNED), "base": of("base", BASE)}, part=["a", "a/b"])
    results = made.evidence.results["bench"]
    assert len(set(results.ids)) == results.n == 240
    assert results.ids[0] == '["a/b", "c0"]'


def test_items_that_hang_together_otherwise_in_one_file_are_refused() -> None:
    def turns(arm: str, codes: str, by: int) -> list[Row]:
        return [
            replace(row, cluster=f"question {i // by}") for i, row in enumerate(rows_of(arm, codes))
        ]

    mine, theirs = turns("tuned", TUNED, 2), turns("base", BASE, 3)
    with pytest.raises(DataError, match="put an item to another question") as error:
        two(mine, theirs)
    assert "cluster: false" in error.value.problems[0].hint
    assert two(mine, theirs, cluster=False).finding("bench.win_rate").n == 120


def test_groups_that_files_do_not_agree_on_are_left_out_and_told() -> None:
    def of(arm: str, codes: str, by: int) -> list[Row]:
        return [
            replace(row, groups=(("topic", f"t{i // 60}"), ("level", f"l{i // by}")))
            for i, row in enumerate(rows_of(arm, codes))
        ]

    made = two(of("tuned", TUNED, 60), of("base", BASE, 40))
    results = made.evidence.results["bench"]
    assert set(results.subgroups) == {"topic"}
    (note,) = results.arms["tuned"].origin.notes
    assert note.startswith("The groups by level are left out: 60 rows put an item into another")


def test_the_last_row_of_an_item_counts_as_a_whole() -> None:
    rows = [
        *[replace(row, scores={"win_rate": 1.0, "style": 0.5}) for row in rows_of("tuned", TUNED)],
        replace(rows_of("tuned", "0")[0], scores={"win_rate": 0.0}),
    ]
    mine = [replace(row, scores={"win_rate": 1.0, "style": 0.5}) for row in rows_of("base", BASE)]
    results = two(rows, mine).evidence.results["bench"]
    assert results.integrity.unscored == {"tuned": {"no such number in the row": 1}}


# Rows without a number, and numbers that are the same


def test_rows_of_which_no_metric_was_ever_missing_have_no_reasons() -> None:
    rows = [
        replace(row, scores={}) if i < 3 else row for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    results = two(rows).evidence.results["bench"]
    assert results.arms["tuned"].reasons == {"no such number in the row": 3}
    (said,) = [one for one in two(rows).said("unread-results") if one.status is Status.BROKEN]
    says = "3 (2.5 %) of 120 items of tuned in bench have a row and no number: no such number in"
    assert said.text.startswith(says)


def test_numbers_of_many_values_that_agree_to_the_last_bit_are_one_models() -> None:
    def of(arm: str, shift: float) -> list[Row]:
        return [
            replace(row, scores={"win_rate": i / 200 + shift})
            for i, row in enumerate(rows_of(arm, TUNED))
        ]

    made = two(of("tuned", 0.0), of("base", 0.0))
    (said,) = [one for one in made.said("identical-results") if one.status is Status.BROKEN]
    assert (
        said.text
        == "All 120 scores (win_rate) of tuned and base in bench are the same number by number."
    )
    assert [
        one.status for one in two(of("tuned", 0.1), of("base", 0.0)).said("identical-results")
    ] == [Status.KEPT]


@pytest.mark.parametrize(("k", "is_said"), [(120, True), (115, True), (113, False)])
def test_answers_that_are_nearly_all_the_same_are_worth_knowing(k: int, is_said: bool) -> None:
    rows = [
        replace(row, output=f"base says {i}") if i < k else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    broken = [one for one in two(rows).said("identical-results") if one.status is Status.BROKEN]
    assert bool(broken) is is_said


@pytest.mark.parametrize(("k", "is_said"), [(110, True), (107, False)])
def test_one_text_in_nine_of_ten_answers_is_told(k: int, is_said: bool) -> None:
    rows = [
        replace(row, output="Sure!") if i < k else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    broken = [one for one in two(rows).said("constant-output") if one.status is Status.BROKEN]
    assert [one.text[:34] for one in broken] == ["110 (91.7 %) of 120 answers of tun"] * is_said


# Totals


def totals(**more: object) -> dict[str, list[Reading]]:
    given: Options = {"gives": "figures", "judging": None, "expected": {}, **more}
    return {
        arm: [reading_of(arm, [], **{"figures": (figure(value),), **given})]
        for arm, value in (("tuned", 0.7), ("base", 0.5))
    }


def test_two_totals_of_one_thing_that_differ_are_refused() -> None:
    with pytest.raises(DataError, match=r"win_rate of tuned is 0.6 here and 0.7 in an earlier"):
        imported(totals(figures=(figure(0.7), figure(0.6))))
    same = imported(totals(figures=(figure(0.7), figure(0.7))))
    assert same.evidence.results["bench"].published is not None


def test_what_could_not_be_taken_up_of_totals_is_told() -> None:
    files = totals()
    files["tuned"][0].left.add("the figure is no finite number", "tuned-0.json:3")
    made = imported(files)
    assert made.evidence.results["bench"].integrity.left == (
        LeftOut(arm="tuned", why="the figure is no finite number", k=1, first="tuned-0.json:3"),
    )
    assert [one.status for one in made.said("rows-left-out")] == [Status.BROKEN]


def test_an_arm_without_a_total_is_named() -> None:
    files = {**totals(), "base": [reading_of("base", [], gives="figures", judging=None)]}
    with pytest.raises(DataError, match="there is no figure of base that this layer asks for"):
        imported(files)


def test_places_of_rows_hold_nothing_that_writes_to_a_terminal() -> None:
    rows = pairs("w")
    reading = reading_of("tuned", rows_of("tuned", TUNED))
    reading.left.add("no reason", "tuned\x1b[2J\n.json:7")
    made = imported({"tuned": [reading], "base": [reading_of("base", rows_of("base", BASE))]})
    assert rows
    (left,) = made.evidence.results["bench"].integrity.left
    assert left.first == "tuned [2J .json:7"
