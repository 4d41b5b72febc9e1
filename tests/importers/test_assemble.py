"""Rows of other tools to columns: who is paired with whom, what is refused, and what is counted."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.analyze.findings import FindingOutcome
from evalreport.errors import DataError
from evalreport.estimates import Estimate, has_value
from evalreport.importers.base import Facts, Game, NoScore, Reading, Row
from evalreport.importers.results import ABSENT, SCORED, UNPARSED
from evalreport.metrics.base import Column, Scale
from evalreport.records import OrderFlips, Origin
from evalreport.rules.base import Severity, Status
from evalreport.verdict import Outcome, Strength
from tests.analyze.evidence import World
from tests.analyze.layers import Options
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


def pairs(codes: str, *, games: bool = False, swap: Sequence[int] = ()) -> list[Row]:
    """Pairs of org/tuned against org/base: won (w), lost (l), tied (t), flipped (f) or unread."""
    score = {"w": 1.0, "l": 0.0, "t": 0.5, "f": 0.5}
    by_games = {
        "w": (Game(1.0, True), Game(1.0, False)),
        "l": (Game(0.0, True), Game(0.0, False)),
        "t": (Game(0.5, True), Game(0.5, False)),
        "f": (Game(1.0, True), Game(0.0, False)),  # whatever stood first won
        "?": (Game(None, True), Game(1.0, False)),
    }
    rows = []
    for i, c in enumerate(codes):
        given = NoScore("no verdict", is_unparsed=True) if c == "?" else score[c]
        row = Row(
            line=i + 1,
            item=f"q{i}",
            scores={"net_win": given},
            model="org/tuned",
            against="org/base",
            output="short" if i % 2 else "a longer one",
            other_output="a longer one" if i % 2 else "short",
            judge="judge-1",
            games=by_games[c] if games else (),
        )
        if i in swap:
            mirror = given if isinstance(given, NoScore) else 1 - given
            row = replace(
                row,
                model=row.against,
                against=row.model,
                scores={"net_win": mirror},
                output=row.other_output,
                other_output=row.output,
            )
        rows.append(row)
    return rows


NAMES = {"tuned": "org/tuned", "base": "org/base"}


def of_pairs(rows: Sequence[Row], **options: object) -> Reading:
    return reading_of("", rows, expected={}, named="", **options)


def test_two_files_are_paired_by_item_whatever_their_order() -> None:
    shuffled = rows_of("base", BASE)
    Random(3).shuffle(shuffled)
    one, other = two(), two(base=shuffled)
    assert one.finding("bench.win_rate").difference == other.finding("bench.win_rate").difference
    found = one.finding("bench.win_rate")
    assert (found.n, found.origin, found.dataset) == (120, Origin.IMPORTED, "")
    assert found.counts is not None
    assert (found.counts.better, found.counts.worse) == (30, 0)
    assert has_value(found.tuned)
    assert found.tuned.value == 80 / 120
    assert found.outcome is FindingOutcome.BETTER


def test_scores_of_0_and_1_alone_are_right_or_wrong_and_others_a_mean() -> None:
    half = [replace(row, scores={"win_rate": 0.5}) for row in rows_of("tuned", TUNED)[:1]]
    results = two().evidence.results["bench"]
    assert results.columns[0].scale is Scale.BINARY
    mixed = two([*half, *rows_of("tuned", TUNED)[1:]]).evidence.results["bench"]
    assert mixed.columns[0].scale is Scale.MEAN


def unbounded(unit: str = "", *, guessed: bool = False) -> Options:
    """A file whose tool tells nothing of its metric."""
    return {
        "column": lambda metric: Column(metric, unit, higher_is_better=True, scale=Scale.MEAN),
        "is_guessed": lambda _: guessed,
    }


@pytest.mark.parametrize("unit", ["", "points"])
def test_scores_of_0_and_1_alone_in_every_arm_are_shares_without_bounds_too(unit: str) -> None:
    file = unbounded(unit, guessed=True)
    made = two(rows_of("tuned", TUNED), rows_of("base", BASE), file, file)
    (column,) = made.evidence.results["bench"].columns
    assert (column.scale, column.low, column.high) == (Scale.BINARY, 0.0, 1.0)
    assert column.unit == "fraction"
    assert made.evidence.results["bench"].integrity.assumed == ("win_rate",)
    half = [replace(row, scores={"win_rate": 0.5}) for row in rows_of("base", BASE)]
    (column,) = two(base=half, tuned_file=file, base_file=file).evidence.results["bench"].columns
    assert (column.scale, column.low, column.unit) == (Scale.MEAN, None, unit)


def test_of_nothing_and_of_another_unit_no_share_is_made() -> None:
    file = unbounded()
    silent = two(rows_of("tuned", "?" * 120), rows_of("base", "?" * 120), file, file)
    (column,) = silent.evidence.results["bench"].columns
    assert (column.scale, column.low) == (Scale.MEAN, None)
    file = unbounded("nats/token")
    (column,) = two(tuned_file=file, base_file=file).evidence.results["bench"].columns
    assert (column.scale, column.low) == (Scale.MEAN, None)


def test_what_a_score_is_the_rows_that_count_tell() -> None:
    """A row that another replaced is of no account, nor is one of an item of nobody else."""
    half = replace(rows_of("tuned", TUNED)[0], scores={"win_rate": 0.5})
    (column,) = two([half, *rows_of("tuned", TUNED)]).evidence.results["bench"].columns
    assert column.scale is Scale.BINARY
    ratio = replace(half, scores={"win_rate": (1.0, 4.0)})
    results = two([ratio, *rows_of("tuned", TUNED)]).evidence.results["bench"]
    assert results.columns[0].scale is Scale.BINARY
    assert results.arms["tuned"].values[0].shape == (120,)
    strange = replace(half, item="nobody else's", model="org/third")
    made = imported(
        {
            arm: [reading_of(arm, rows, expected={})]
            for arm, rows in (
                ("tuned", rows_of("tuned", TUNED)),
                ("base", rows_of("base", BASE)),
                ("third", [strange, *rows_of("third", BASE)]),
            )
        }
    )
    results = made.evidence.results["bench"]
    assert results.integrity.strangers == {"third": 1}
    assert results.columns[0].scale is Scale.BINARY


@pytest.mark.parametrize(
    ("value", "n", "kind"),
    [(0.25, 40, "rate"), (0.2512, 40, "mean"), (0.1234567, 1_000_000, "mean")],
)
def test_a_total_is_a_rate_where_it_is_a_whole_number_of_items(
    value: float, n: int, kind: str
) -> None:
    """Of very many items every number is nearly that of some whole number."""
    told = figure(value).model_copy(update={"n": n, "se": None})
    files = {
        arm: [reading_of(arm, [], gives="figures", figures=(told,), judging=None)]
        for arm in ("tuned", "base")
    }
    published = imported(files).evidence.results["bench"].published
    assert published is not None
    assert {one.figure.kind for one in published.rows[0].figures} == {kind}


def test_rows_of_an_array_are_cited_as_rows() -> None:
    """Lines of a text stay lines."""
    rows = [replace(row, cluster=f"family {row.item}") for row in rows_of("tuned", TUNED)]
    torn = [*rows, replace(rows[3], cluster="another")]
    for numbered, where in (("line", "tuned-0.json:4"), ("row", "tuned-0.json row 4")):
        with pytest.raises(DataError) as error:
            two(torn, tuned_file={"numbered": numbered})
        assert error.value.problems[0].where == where


def test_a_pair_of_two_arms_is_won_lost_or_tied() -> None:
    codes = "w" * 30 + "l" * 12 + "t" * 18
    made = imported({"": [of_pairs(pairs(codes))]}, models=NAMES, primary="net_win")
    found = made.finding("bench.net_win")
    assert found.counts is not None
    assert (found.counts.better, found.counts.worse, found.counts.same) == (30, 12, 18)
    assert isinstance(found.difference, Estimate)
    assert found.difference.value == pytest.approx(18 / 60)
    assert found.difference.method.startswith("Tango")


def test_it_does_not_matter_whom_a_row_names_first() -> None:
    codes = "w" * 30 + "l" * 12 + "t" * 18
    plain = imported({"": [of_pairs(pairs(codes))]}, models=NAMES, primary="net_win")
    turned = imported(
        {"": [of_pairs(pairs(codes, swap=range(0, 60, 3)))]}, models=NAMES, primary="net_win"
    )
    assert plain.finding("bench.net_win") == turned.finding("bench.net_win")


def test_against_something_else_a_win_is_a_rate_and_a_tie_half() -> None:
    def against(arm: str, codes: str) -> Reading:
        rows = [
            replace(row, model=f"org/{arm}", against="rival", item=f"q{i}")
            for i, row in enumerate(pairs(codes))
        ]
        return reading_of(arm, rows, expected={})

    made = imported(
        {"tuned": [against("tuned", "w" * 20 + "t" * 20)], "base": [against("base", "l" * 40)]}
    )
    found = made.finding("bench.win_rate")
    assert has_value(found.tuned)
    assert has_value(found.base)
    assert (found.tuned.value, found.base.value) == (0.75, 0.0)


def test_arms_that_were_held_against_different_rivals_are_refused() -> None:
    made = two(rows_of("tuned", TUNED, against="another"))
    found = made.finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    assert 'tuned was held against "another", base against "rival"' in found.sentence


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("decoding", "temperature 0.7", "decoding: temperature 0.7 for tuned, greedy for base"),
        ("scorer", "task v2", "scorer: task v2 for tuned, task v1 for base"),
        ("shots", 5, "worked examples: 5 for tuned, 0 for base"),
        ("template", "chatml", "chat template: chatml for tuned, none for base"),
    ],
)
def test_what_is_known_to_differ_is_refused_by_name(name: str, value: object, says: str) -> None:
    facts = {"": Facts.model_validate({**FACTS.model_dump(), name: value})}
    found = two(tuned_file={"facts": facts}).finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    assert says in found.sentence


def test_another_precision_is_no_other_measurement() -> None:
    facts = {"": FACTS.model_copy(update={"precision": "int8"})}
    assert two(tuned_file={"facts": facts}).finding("bench.win_rate").n == 120


def test_what_the_spec_says_of_the_method_stands_where_files_are_silent() -> None:
    silent = {"": FACTS.model_copy(update={"decoding": ""})}
    told = two(
        tuned_file={"facts": silent}, method={"decoding": {"tuned": "greedy", "base": "greedy"}}
    )
    (said,) = told.said("imported-on-trust")
    assert said.status is Status.BROKEN
    assert said.severity is Severity.WEAKENS
    assert said.text == (
        "Only the spec, and no file of bench, tells the decoding of tuned: that both arms were "
        "measured alike is the word of whoever wrote it."
    )
    assert told.verdict.strength is Strength.WEAK
    differs = two(tuned_file={"facts": silent}, method={"decoding": {"tuned": "temperature 1"}})
    assert "decoding: temperature 1 for tuned, greedy for base" in (
        differs.finding("bench.win_rate").sentence
    )


def test_prompts_that_differ_are_refused_with_their_count() -> None:
    rows = [
        replace(row, prompt="f" * 64) if i < 3 else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    found = two(rows).finding("bench.win_rate")
    assert found.outcome is FindingOutcome.NOT_MEASURED
    assert "the prompts of 3 of 120 items differ between tuned and base" in found.sentence
    assert two(rows, prompts="may_differ").finding("bench.win_rate").n == 120


def test_measured_alike_on_trust_is_weak_evidence_whatever_else_holds() -> None:
    def unjudged(facts: dict[str, Facts]) -> World:
        file: Options = {"facts": facts, "judging": None, "judge_named": ""}
        mine, theirs = rows_of("tuned", TUNED, judge=""), rows_of("base", BASE, judge="")
        return two(mine, theirs, file, file)

    assert unjudged({"": FACTS}).verdict.strength is Strength.FULL
    made = unjudged({})
    assert made.verdict.strength is Strength.WEAK
    assert made.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert made.verdict.doubts == ("that both arms were measured alike is taken on trust",)
    assert "on weak evidence" in made.verdict.headline


def test_an_item_of_one_arm_alone_stays_in_the_count_and_may_decide() -> None:
    made = two(
        rows_of("tuned", TUNED)[:60], tuned_file={"expected": {}}, base_file={"expected": {}}
    )
    found = made.finding("bench.win_rate")
    assert found.excluded == {"no result of tuned": 60}
    assert found.n == 60
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE
    assert made.evidence.results["bench"].integrity.only == {"base": 60}


def test_what_a_judge_left_unread_can_take_a_gain_away() -> None:
    sure = two(rows_of("tuned", "?" * 2 + TUNED[2:]))
    assert sure.finding("bench.win_rate").outcome is FindingOutcome.BETTER
    open_ = two(rows_of("tuned", "?" * 30 + TUNED[30:]))
    found = open_.finding("bench.win_rate")
    assert found.outcome is FindingOutcome.INCONCLUSIVE
    assert "30 items without an answer could change" in found.sentence


def test_the_last_row_of_an_item_counts_and_repeats_are_counted() -> None:
    again = [replace(row, scores={"win_rate": 0.0}) for row in rows_of("tuned", TUNED)[:5]]
    results = two([*rows_of("tuned", TUNED), *again]).evidence.results["bench"]
    assert results.integrity.repeated == {"tuned": 5}
    assert results.arms["tuned"].values[0].sum() == TUNED.count("1") - 5
    assert results.n == 120


def test_flips_lengths_and_wins_by_length_come_from_the_rows() -> None:
    codes = "w" * 20 + "l" * 10 + "f" * 6 + "t" * 4 + "?" * 2
    made = imported({"": [of_pairs(pairs(codes, games=True))]}, models=NAMES, primary="net_win")
    facts = made.evidence.judging["bench"]
    assert facts.flips == OrderFlips(k=6, n=40, first_slot=6)
    assert (facts.orders, facts.judge, facts.pairs) == ("both", "judge-1", 42)
    assert facts.by_longer == {"tuned": {"tuned": 10, "base": 5}, "base": {"tuned": 10, "base": 5}}
    assert facts.mean_length is not None
    assert facts.mean_length["tuned"] == facts.mean_length["base"] == (5 + 12) / 2


def test_questions_that_hang_together_are_clusters() -> None:
    def turns(arm: str, codes: str) -> list[Row]:
        return [
            replace(row, cluster=f"question {i // 2}") for i, row in enumerate(rows_of(arm, codes))
        ]

    found = two(turns("tuned", TUNED), turns("base", BASE)).finding("bench.win_rate")
    assert found.clusters is not None
    assert (found.clusters.by, found.clusters.n) == ("question", 60)
    alone = two(turns("tuned", TUNED), turns("base", BASE), cluster=False)
    assert alone.finding("bench.win_rate").clusters is None


def test_several_parts_are_one_set_of_items_with_a_group_each() -> None:
    def parted(arm: str, codes: str) -> list[Row]:
        return [
            replace(row, part="easy" if i % 2 else "hard", item=f"q{i // 2}")
            for i, row in enumerate(rows_of(arm, codes))
        ]

    facts = {"expected": {}, "facts": {"easy": FACTS, "hard": FACTS}}
    made = two(parted("tuned", TUNED), parted("base", BASE), facts, facts, part=["easy", "hard"])
    assert made.finding("bench.win_rate").n == 120
    groups = {f.subgroup for f in made.findings.findings if f.subgroup}
    assert groups == {"part=easy", "part=hard"} or len(groups) == 2
    with pytest.raises(DataError, match="the files hold 2 measurements") as error:
        two(parted("tuned", TUNED), parted("base", BASE), facts, facts)
    assert error.value.problems[0].hint == 'name one with part: "hard", "easy"'


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"part": "other"}, "there is no part other in the files"),
        ({"models": {"tuned": "org/nobody"}}, "no row of the files is about"),
    ],
)
def test_what_is_not_in_the_files_is_said_with_what_is(
    options: dict[str, object], says: str
) -> None:
    readings = {"tuned": [reading_of("tuned", rows_of("tuned", TUNED))]}
    with pytest.raises(DataError, match=says) as error:
        imported(readings, **options)
    assert error.value.problems[0].hint


def test_verdicts_of_several_judges_want_one_named() -> None:
    rows = [
        replace(row, judge=judge)
        for judge in ("judge-0", "judge-1")
        for row in rows_of("tuned", TUNED)[:60]
    ]
    with pytest.raises(DataError, match="verdicts of 2 judges"):
        two(rows)
    mine = [replace(row, judge="judge-0") for row in rows_of("base", BASE)[:60]]
    made = two(rows, mine, {"expected": {}}, {"expected": {}}, judge="judge-0")
    assert made.finding("bench.win_rate").n == 60


def test_a_file_of_several_models_wants_one_named() -> None:
    rows = [
        replace(row, model=f"org/m{i % 2}", item=f"q{i // 2}")
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    with pytest.raises(DataError, match="the file of tuned holds 2 models"):
        two(rows)
    made = two(rows, tuned_file={"expected": {}}, models={"tuned": "org/m0"})
    assert made.evidence.results["bench"].integrity.models["tuned"] == {"org/m0": 60}


def test_hostile_names_stay_names() -> None:
    rows = [replace(row, model="x\n# evil\x1b[31m" + "y" * 400) for row in rows_of("tuned", TUNED)]
    (said,) = two(rows).said("generator-name")
    assert "\n" not in said.text
    assert "\x1b" not in said.text
    assert len(said.text) < 250


def test_the_tools_own_figures_are_held_against_its_items() -> None:
    made = two(tuned_file={"figures": (figure(80 / 120),)}, base_file={"figures": (figure(0.5),)})
    checks = {one.arm: one for one in made.evidence.results["bench"].integrity.figures}
    assert checks["tuned"].agrees
    assert not checks["base"].agrees
    own = np.asarray([int(c) for c in TUNED], dtype=np.float64)
    assert checks["tuned"].own_se == pytest.approx(own.std(ddof=1) / 120**0.5, rel=1e-12)
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tuned", "base"]),
            st.integers(0, 6),
            st.sampled_from([0.0, 0.25, 1.0, None, "unread"]),
        ),
        min_size=1,
        max_size=40,
    )
)
@settings(deadline=None, max_examples=60)
def test_no_row_vanishes(rows: list[tuple[str, int, float | str | None]]) -> None:
    """Every row is an item's last, or a repeat; every item has a score, or a reason why not."""
    by_arm: dict[str, list[Row]] = {"tuned": [], "base": []}
    for arm, item, score in rows:
        given_ = (
            NoScore("no verdict", is_unparsed=True)
            if score == "unread"
            else NoScore("none")
            if score is None
            else score
        )
        by_arm[arm].append(
            Row(line=1, item=f"q{item}", scores={"win_rate": given_}, model=arm, output="x")  # type: ignore[dict-item]
        )
    by_arm = {arm: of for arm, of in by_arm.items() if of}
    readings = {arm: [reading_of(arm, of, expected={})] for arm, of in by_arm.items()}
    if len(readings) < 2:
        return
    results = imported(readings).evidence.results["bench"]
    for arm, of in by_arm.items():
        last = {row.item: row.scores["win_rate"] for row in of}
        integrity = results.integrity
        assert integrity.items[arm] + integrity.repeated.get(arm, 0) == len(of)
        assert integrity.items[arm] == len(last)
        for i, name in enumerate(results.ids if results.columns else ()):
            state = results.arms[arm].states[0][i]
            value = last.get(name)
            if isinstance(value, float):
                assert (state, results.arms[arm].values[0][i]) == (SCORED, value)
            elif isinstance(value, NoScore) and value.is_unparsed:
                assert state == UNPARSED
            else:
                assert state == ABSENT
