"""Whose row it is: pairs that do not name both, several pairs, names for files, further arms."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.errors import DataError
from evalreport.importers.base import Game, Reading, Row
from evalreport.metrics.base import Column, Scale
from evalreport.records import OrderFlips
from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import World
from tests.importers.test_assemble import NAMES, of_pairs, pairs
from tests.rules.imported_worlds import BASE, FACTS, TUNED, imported, reading_of, rows_of, two

CODES = "w" * 30 + "l" * 12 + "t" * 18


def about(first: str, second: str, codes: str = CODES) -> list[Row]:
    return [replace(row, model=first, against=second) for row in pairs(codes)]


def test_verdicts_about_several_pairs_of_arms_want_a_layer_of_each() -> None:
    rows = [*about("org/tuned", "org/base"), *about("org/third", "org/base")]
    with pytest.raises(DataError, match="verdicts about 2 pairs of arms") as error:
        imported({"": [of_pairs(rows)]}, models={**NAMES, "third": "org/third"})
    assert "a layer of each pair" in error.value.problems[0].hint
    made = imported({"": [of_pairs(rows)]}, models=NAMES, primary="net_win")
    assert made.finding("bench.net_win").n == 60


def test_verdicts_about_one_arm_and_another_model_are_counted_beside_those_about_two() -> None:
    rows = [*about("org/tuned", "org/base"), *about("org/tuned", "rival", "w" * 7)]
    made = imported({"": [of_pairs(rows)]}, models=NAMES, primary="net_win")
    found = made.finding("bench.net_win")
    assert found.counts is not None
    assert (found.counts.better, found.counts.worse) == (30, 12)
    assert made.evidence.results["bench"].integrity.aside == 7
    said = [one for one in made.said("rows-left-out") if one.status is Status.BROKEN]
    assert [one.severity for one in said] == [Severity.NOTE]
    assert said[0].text.startswith("7 rows of the files in bench are about an arm and a model")


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("", "org/base"), "a verdict about a pair of which it names one model only"),
        (("org/tuned", "org/tuned"), "a verdict about a model and itself"),
    ],
)
def test_a_verdict_that_does_not_name_two_models_is_left_out(
    names: tuple[str, str], why: str
) -> None:
    rows = [*about("org/tuned", "org/base"), *about(*names, "w" * 3)]
    made = imported({"": [of_pairs(rows)]}, models=NAMES, primary="net_win")
    (left,) = made.evidence.results["bench"].integrity.left
    assert (left.why, left.k, left.first) == (why, 3, "all-0.json:1")
    assert made.finding("bench.net_win").n == 60


def test_a_lone_file_of_tuned_holds_no_base_that_the_spec_does_not_name() -> None:
    file = {"tuned": [of_pairs(about("org/tuned", "gpt-4"))]}
    made = imported(file)
    results = made.evidence.results["bench"]
    assert list(results.arms) == ["tuned"]
    assert [column.metric for column in results.columns] == ["win_rate"]
    file = {"tuned": [of_pairs(about("org/tuned", "gpt-4"))]}
    both = imported(file, models={"tuned": "org/tuned", "base": "gpt-4"}, primary="net_win")
    assert both.finding("bench.net_win").n == 60


@pytest.mark.parametrize("files", [{"tuned": TUNED, "base": ""}, {"tuned": TUNED}])
def test_an_arm_of_which_there_is_no_row_is_named(files: dict[str, str]) -> None:
    readings = {arm: [reading_of(arm, rows_of(arm, codes))] for arm, codes in files.items()}
    models = {} if "base" in files else {"tuned": "org/tuned", "base": "org/nobody"}
    with pytest.raises(DataError, match=r"no row of the files is about base") as error:
        imported(readings, models=models)
    assert error.value.problems[0].hint.startswith("name its file, or mend its name")


def test_items_of_one_arm_and_totals_of_the_other_are_no_pair() -> None:
    readings = {
        "tuned": [reading_of("tuned", rows_of("tuned", TUNED))],
        "base": [reading_of("base", [], gives="figures")],
    }
    with pytest.raises(DataError, match="the file of base holds totals"):
        imported(readings)


def test_verdicts_that_name_no_judge_are_not_those_of_the_judge_that_is_named() -> None:
    rows = [replace(row, judge="") if i < 20 else row for i, row in enumerate(pairs(CODES))]
    with pytest.raises(DataError, match="verdicts of 2 judges"):
        imported({"": [of_pairs(rows)]}, models=NAMES)
    made = imported({"": [of_pairs(rows)]}, models=NAMES, judge="judge-1", primary="net_win")
    assert made.finding("bench.net_win").n == 40


def test_a_score_without_bounds_has_no_other_side() -> None:
    rows = [replace(row, scores={"margin": 7.0}) for row in pairs(CODES)]
    column = Column("margin", "points", higher_is_better=True, scale=Scale.MEAN)
    with pytest.raises(DataError, match="margin is told of one model of a pair"):
        imported({"": [of_pairs(rows, column=lambda _: column)]}, models=NAMES)


# Further arms


def three(third: Sequence[Row]) -> World:
    return imported(
        {
            "tuned": [reading_of("tuned", rows_of("tuned", TUNED))],
            "base": [reading_of("base", rows_of("base", BASE))],
            "third": [reading_of("third", third)],
        }
    )


def test_a_further_arm_changes_nothing_between_tuned_and_base() -> None:
    more = [replace(row, item=f"more {row.item}") for row in rows_of("third", TUNED)]
    made, plain = three([*rows_of("third", TUNED)[:90], *more]), two()
    found, alone = made.finding("bench.win_rate"), plain.finding("bench.win_rate")
    assert (found.n, found.difference) == (alone.n, alone.difference)
    integrity = made.evidence.results["bench"].integrity
    assert (integrity.only, integrity.strangers) == ({}, {"third": 120})
    assert integrity.items == {"tuned": 120, "base": 120, "third": 210}
    (said,) = [one for one in made.said("unpaired-items") if one.status is Status.BROKEN]
    assert said.severity is Severity.NOTE
    assert "120 items in the files of third in bench are in those of neither tuned nor" in said.text


# Against whom, item by item


def test_rivals_are_compared_item_by_item() -> None:
    rows = [
        replace(row, against="another") if i < 5 else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    mine = [
        replace(row, against="another") if i >= 115 else row
        for i, row in enumerate(rows_of("base", BASE))
    ]
    found = two(rows, mine).finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    assert "on 10 of 120 items tuned was held against" in found.sentence


def test_the_arm_whose_verdicts_flip_most_is_the_one_that_is_told() -> None:
    both = (Game(1.0, True), Game(1.0, False))
    torn = (Game(1.0, True), Game(0.0, False))

    def file(arm: str, codes: str, flips: int) -> Reading:
        rows = [
            replace(row, games=torn if i < flips else both)
            for i, row in enumerate(rows_of(arm, codes))
        ]
        return reading_of(arm, rows)

    made = imported({"tuned": [file("tuned", TUNED, 4)], "base": [file("base", BASE, 40)]})
    assert made.evidence.judging["bench"].flips == OrderFlips(k=40, n=120, first_slot=40)


def test_whom_answers_were_held_against_may_be_unknown() -> None:
    def file(arm: str, codes: str) -> Reading:
        rows = [
            replace(row, against="", scores={"net_win": row.scores["win_rate"]})
            for row in rows_of(arm, codes)
        ]
        return reading_of(arm, rows)

    made = imported({"tuned": [file("tuned", TUNED)], "base": [file("base", BASE)]})
    (said,) = [one for one in made.said("imported-on-trust") if one.status is Status.BROKEN]
    assert "do not tell the rival of tuned and base" in said.text


# Files and names


def test_models_are_called_as_files_have_them_or_without_their_folders() -> None:
    def file(arm: str, codes: str) -> list[Row]:
        return [replace(row, model=f"/home/alice/runs/{arm}") for row in rows_of(arm, codes)]

    rows = [*file("tuned", TUNED), *file("base", BASE)]
    made = imported(
        {"": [reading_of("", rows)]}, models={"tuned": "tuned", "base": "/home/alice/runs/base"}
    )
    results = made.evidence.results["bench"]
    assert made.finding("bench.win_rate").n == 120
    assert [one.origin.model for one in results.arms.values()] == ["tuned", "base"]
    assert results.integrity.models == {"tuned": {"tuned": 120}, "base": {"base": 120}}
    more = [*rows, *(replace(row, model="/other/tuned", item=f"{row.item}x") for row in rows[:9])]
    with pytest.raises(DataError, match="the file of tuned holds 2 models"):
        imported({"": [reading_of("", more)]}, models={"tuned": "tuned", "base": "base"})


def test_rows_of_models_and_judges_that_the_layer_does_not_name_are_counted() -> None:
    rows = [
        *rows_of("tuned", TUNED),
        *rows_of("base", BASE),
        *[replace(row, model="B") for row in rows_of("base", BASE)[:80]],
        *[replace(row, model="", against="") for row in rows_of("base", BASE)[:3]],
    ]
    names = {"tuned": "org/tuned", "base": "org/base"}
    made = imported({"": [reading_of("", rows)]}, models=names)
    assert made.evidence.results["bench"].integrity.others == {"B": 80, "(no name)": 3}
    (said,) = [one for one in made.said("rows-left-out") if one.status is Status.BROKEN]
    assert said.severity is Severity.NOTE
    assert said.text.startswith("83 rows of the files in bench are of models or judges that this")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"judge": "me"}, "no row of the files is a verdict of me"),
        ({"models": {"tuned": "x", "base": "y"}}, "the rows of the files name no model"),
    ],
)
def test_what_the_rows_lack_is_what_is_named(options: dict[str, object], says: str) -> None:
    rows = [replace(row, model="", against="") for row in rows_of("tuned", TUNED)]
    with pytest.raises(DataError, match=says):
        imported({"": [reading_of("", rows)]}, **{"models": NAMES, **options})


# What is odd about a further arm's file is nothing about tuned and base


def test_a_further_arm_that_is_a_copy_of_base_spoils_its_own_comparison_alone() -> None:
    copy = [
        replace(row, output=f"base says {i}", reply=mine.reply)
        for i, (row, mine) in enumerate(
            zip(rows_of("third", BASE), rows_of("base", BASE), strict=True)
        )
    ]
    made = three(copy)
    broken = [one for one in made.said("identical-results") if one.status is Status.BROKEN]
    assert broken
    assert all("bench.win_rate" not in one.cites for one in broken)
    assert made.verdict.outcome is two().verdict.outcome


def test_a_further_arm_that_tells_less_takes_nothing_from_the_others() -> None:
    silent = imported(
        {
            "tuned": [reading_of("tuned", rows_of("tuned", TUNED))],
            "base": [reading_of("base", rows_of("base", BASE))],
            "third": [reading_of("third", rows_of("third", TUNED)[:5], facts={})],
        }
    )
    assert silent.verdict.outcome is two().verdict.outcome
    assert silent.verdict.strength is two().verdict.strength


def test_a_shared_list_of_files_is_read_for_the_arm_that_each_is_about() -> None:
    other = FACTS.model_copy(update={"shots": 5})
    files = [
        reading_of("tuned", rows_of("tuned", TUNED)),
        reading_of("base", rows_of("base", BASE)),
        reading_of("third", rows_of("third", TUNED), facts={"": other}),
    ]
    names = {"tuned": "org/tuned", "base": "org/base"}
    assert imported({"": files}, models=names).finding("bench.win_rate").n == 120


# Further arms, and judges of one arm each


def turned(arm: str, codes: str, by: int) -> list[Row]:
    return [replace(row, cluster=f"c{i // by}") for i, row in enumerate(rows_of(arm, codes))]


@pytest.mark.parametrize("order", [("third", "tuned", "base"), ("tuned", "base", "third")])
def test_questions_of_a_further_arm_that_are_torn_refuse_nothing(order: Sequence[str]) -> None:
    rows = {
        "tuned": turned("tuned", TUNED, 2),
        "base": turned("base", BASE, 2),
        "third": [*turned("third", TUNED, 2)[:60], *turned("third", TUNED, 3)],
    }
    made = imported({arm: [reading_of(arm, rows[arm])] for arm in order})
    plain = two(rows["tuned"], rows["base"])
    found, alone = made.finding("bench.win_rate"), plain.finding("bench.win_rate")
    assert (found.clusters, found.difference) == (alone.clusters, alone.difference)
    notes = {arm: one.origin.notes for arm, one in made.evidence.results["bench"].arms.items()}
    assert not any("another question" in note for arm in ("tuned", "base") for note in notes[arm])
    assert any(
        "put an item to another question than the other rows do" in n for n in notes["third"]
    )


def test_the_row_that_puts_an_item_elsewhere_is_named() -> None:
    with pytest.raises(DataError, match="put an item to another question") as error:
        two(turned("tuned", TUNED, 2), turned("base", BASE, 3))
    assert error.value.problems[0].where == "base-0.json:3"


def test_judges_of_one_arm_each_are_named_with_their_arms() -> None:
    mine, theirs = rows_of("tuned", TUNED, judge="kind"), rows_of("base", BASE, judge="stern")
    with pytest.raises(DataError, match="no judge judged two of the arms") as error:
        two(mine, theirs)
    (problem,) = error.value.problems
    assert problem.what.endswith('tuned by "kind", base by "stern"')
    assert "in which one judge judged both" in problem.hint
