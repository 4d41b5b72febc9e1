"""How arms were measured and what metrics are: by part, by file and by item."""

from dataclasses import replace
from typing import Any

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.errors import DataError
from evalreport.estimates import Estimate
from evalreport.importers.base import Facts, Reading, Row
from evalreport.importers.results import LeftOut
from evalreport.metrics.base import Column, Scale
from evalreport.report.measured import layer_facts
from evalreport.rules.base import Severity, Status
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
    (said,) = told.said("imported-on-trust")
    assert said.status is Status.BROKEN
    assert "tells the chat template of tuned and base: that both arms were" in said.text
    assert "taken on trust" not in said.text
    layer = layer_facts(told.spec.evaluation.layers[0], told.evidence)
    assert layer.decoding["chat template"] == "chatml (says the spec)"
    assert layer.decoding["decoding"] == "greedy"
    differs = two(
        tuned_file=bare, base_file=bare, method={"template": {"tuned": "chatml", "base": "none"}}
    )
    says = "chat template: chatml for tuned, none for base"
    assert says in differs.finding("bench.win_rate").sentence


def test_a_fact_of_which_the_spec_says_only_one_arms_is_told_as_that_arms() -> None:
    bare: Options = {"facts": {"": FACTS.model_copy(update={"template": ""})}}
    told = two(tuned_file=bare, method={"template": {"tuned": "none"}})
    layer = layer_facts(told.spec.evaluation.layers[0], told.evidence)
    assert layer.decoding["chat template"] == "none (says the spec of tuned)"


def test_a_precision_that_only_the_spec_says_is_worth_knowing() -> None:
    bare: Options = {"facts": {"": FACTS.model_copy(update={"precision": ""})}}
    told = two(tuned_file=bare, base_file=bare, method={"precision": "float32"})
    (said,) = told.said("imported-on-trust")
    assert (said.status, said.severity) == (Status.BROKEN, Severity.NOTE)
    assert "tells the precision of tuned and base" in said.text


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


# What counts once


def test_one_item_in_two_parts_is_one_question() -> None:
    def of(arm: str, codes: str) -> list[Reading]:
        rows = rows_of(arm, codes)
        return [
            reading_of(
                arm, [replace(row, part=part) for row in rows], facts={"": FACTS}, expected={}
            )
            for part in ("strict", "flexible")
        ]

    made = imported(
        {"tuned": of("tuned", TUNED), "base": of("base", BASE)}, part=["strict", "flexible"]
    )
    found = made.finding("bench.win_rate")
    assert found.clusters is not None
    assert (found.n, found.clusters.n) == (240, 120)
    alone = two().finding("bench.win_rate")
    assert isinstance(found.difference, Estimate)
    assert isinstance(alone.difference, Estimate)
    width = found.difference.high - found.difference.low
    assert width > 0.95 * (alone.difference.high - alone.difference.low)


def test_a_file_that_holds_every_row_twice_has_no_more_questions() -> None:
    def twice(arm: str, codes: str) -> list[Row]:
        rows = rows_of(arm, codes)
        return [*rows, *(replace(row, item=f"{row.item}#2") for row in rows)]

    made = two(twice("tuned", TUNED), twice("base", BASE), {"expected": {}}, {"expected": {}})
    found = made.finding("bench.win_rate")
    assert found.clusters is not None
    assert (found.n, found.clusters.n) == (240, 120)
    said = [one for one in made.said("repeated-rows") if one.status is Status.BROKEN]
    assert [one.text[:44] for one in said] == [
        "120 (50.0 %) of 240 items of tuned in bench ",
        "120 (50.0 %) of 240 items of base in bench h",
    ]


def test_repeats_that_contradict_each_other_decide_nothing() -> None:
    again = [replace(row, scores={"win_rate": 0.0}) for row in rows_of("tuned", TUNED)]
    made = two([*rows_of("tuned", TUNED), *again])
    (said,) = [one for one in made.said("repeated-rows") if one.status is Status.BROKEN]
    assert "80 of them give another score." in said.text
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_more_items_than_there_should_be_are_told() -> None:
    said = [one for one in two(expect=100).said("fewer-items") if one.status is Status.BROKEN]
    assert [one.text for one in said] == [
        f"The files of {arm} in bench hold 120 items, 20 more than there should be (says the spec)."
        for arm in ("tuned", "base")
    ]


def test_parts_of_different_metrics_are_no_set_of_items() -> None:
    def of(arm: str, codes: str) -> list[Reading]:
        other = [
            replace(row, part="b", item=f"b{row.item}", scores={"exact_match": 1.0})
            for row in rows_of(arm, codes)
        ]
        one = [replace(row, part="a") for row in rows_of(arm, codes)]
        return [reading_of(arm, [*one, *other], facts={"": FACTS}, expected={})]

    files = {"tuned": of("tuned", TUNED), "base": of("base", BASE)}
    with pytest.raises(DataError, match='win_rate is no metric of part "b"') as error:
        imported(files, part=["a", "b"])
    assert "a layer of each part" in error.value.problems[0].hint


def test_a_metric_that_no_file_has_is_named_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match="the files hold no f1") as error:
        two(metrics=["f1"])
    assert error.value.problems[0].hint == 'they hold "win_rate"'


def test_bounds_are_written_as_reports_write_numbers() -> None:
    whole: Options = {"column": lambda metric: replace(column(metric), low=0, high=1)}
    (found,) = two(tuned_file=whole, base_file=whole).evidence.results["bench"].columns
    assert [type(found.low), type(found.high)] == [float, float]


def test_totals_are_held_by_how_they_were_measured() -> None:
    files = totals(facts={"": FACTS})
    shots = FACTS.model_copy(update={"shots": 5})
    tuned = totals(facts={"": shots})["tuned"]
    made = imported({**files, "tuned": tuned})
    (said,) = [one for one in made.said("few-shot-mismatch") if one.status is Status.BROKEN]
    assert "(tuned: 5; base: 0)" in said.text
    assert [
        one.status for one in imported(totals(facts={"": FACTS})).said("few-shot-mismatch")
    ] == [Status.KEPT]


# How long answers are, and what missing ones could do


def test_lengths_of_answers_are_told_of_arms_that_were_held_against_a_third() -> None:
    long = [
        replace(row, output="x" * (40 if row.scores["win_rate"] else 10))
        for row in rows_of("tuned", TUNED)
    ]
    short = [replace(row, output="y" * 20) for row in rows_of("base", BASE)]
    facts = two(long, short).evidence.judging["bench"]
    assert facts.mean_length == {"tuned": 30.0, "base": 20.0}
    assert facts.by_longer == {"tuned": {"tuned": 30, "base": 0}, "base": {"tuned": 0, "base": 0}}
    (said,) = two(long, short).said("judge-length")
    assert said.status is Status.BROKEN
    assert "answers of tuned are 1.5 times as long as those of base" in said.text
    assert "the longer answer wins" not in said.text


def test_that_lengths_are_not_in_the_files_is_said() -> None:
    mine, theirs = rows_of("tuned", TUNED, output=None), rows_of("base", BASE, output=None)
    (said,) = two(mine, theirs).said("judge-length")
    assert said.status is Status.UNCHECKED
    assert "is not stated" in said.text


def test_an_answer_that_is_missing_from_a_ratio_has_no_weight_either() -> None:
    def ratio(metric: str) -> Column:
        return replace(column(metric), scale=Scale.RATIO)

    def of(arm: str, codes: str) -> list[Row]:
        return [
            replace(row, scores={"win_rate": (float(code), 1.0)})
            for row, code in zip(rows_of(arm, codes), codes, strict=True)
        ]

    options: Options = {"column": ratio, "expected": {}}
    found = two(of("tuned", TUNED), of("base", BASE)[:118], options, options).finding(
        "bench.win_rate"
    )
    assert "has no bounds" not in found.sentence + found.withheld
    says = "2 items without an answer could have any score, and any weight in what all items give"
    assert says in found.sentence + found.withheld


def test_items_that_are_here_are_not_called_absent() -> None:
    texts = [one.text for one in two().remarks if "training saw them" in one.text]
    assert texts
    for text in texts:
        assert "are not here" not in text
        assert text.startswith("The items of bench stand in files of another tool")
