"""What forbids pairing two tuned models, each by its name; and what is allowed on trust."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from evalreport.analyze.judging.model import CardLine, JudgeCard
from evalreport.analyze.labels import Labels
from evalreport.analyze.tables import Table
from evalreport.diff.alike import same_weights
from evalreport.diff.common import joined
from evalreport.diff.diff import diff
from evalreport.diff.model import Comparability, Pairing, PairState
from evalreport.diff.moved import moved_items
from evalreport.diff.opened import Opened
from evalreport.diff.pairing import pair_builds
from evalreport.diff.repeats import _asked_again
from evalreport.diff.roles import declared_by
from evalreport.estimates import NotEstimable
from evalreport.lineage.aspect import AspectState
from evalreport.lineage.builds import Build
from evalreport.lineage.measured import measured_in
from evalreport.lineage.scorers import judged_by
from evalreport.metrics.base import Column, Scale
from evalreport.records import KnownCount, Unknown
from evalreport.report.model import LayerFacts, StepFacts
from evalreport.report.read_items import ItemsRead
from evalreport.rules.base import Severity, Status
from evalreport.verdict import Outcome
from tests.builds.workshop import Workshop
from tests.diff.worlds import opened, rescored, scored, table_of, with_build
from tests.lineage.built import recorded, with_digest, with_protocol, with_spec

OTHER = "f" * 64
BY_NAME = ("{path: data/test.jsonl}", "{path: data/test.jsonl, id: order}")


def _primary(a: Opened, b: Opened) -> Pairing:
    pairings = pair_builds(a, b, declared_by(a.build, b.build))
    return next(one for one in pairings if one.id == "extraction.field_accuracy")


def _changed(one: Opened, change: Callable[[Build], Build]) -> Opened:
    return with_build(one, change(one.build))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (recorded(shots=KnownCount(known=2)), ["worked examples"]),
        (recorded(scorer="generation revision 7"), ["scorer"]),
        (recorded(prompts=OTHER), ["prompts"]),
        (recorded(decoding=Unknown(unknown="nobody tells")), ["decoding"]),
        (recorded(precision=Unknown(unknown="nobody tells")), ["precision"]),
    ],
)  # fmt: skip
def test_another_way_of_measuring_is_named(
    first: Opened, better: Opened, change: Callable[[object], object], names: list[str]
) -> None:
    b = _changed(better, lambda build: with_protocol(build, change))  # type: ignore[arg-type]
    one = _primary(first, b)
    assert one.state is PairState.REFUSED
    assert [aspect.name for aspect in one.aspects] == names
    assert one.finding is None
    found = diff(first, b)
    assert names[0] in found.headline
    assert {c.state for c in found.compared} == {Comparability.NOT_COMPARABLE}


def test_another_decoding_is_refused_and_shown_with_both_values(
    better: Opened, warmer: Opened
) -> None:
    (aspect,) = _primary(better, warmer).aspects
    assert (aspect.name, aspect.one, aspect.other) == (
        "decoding",
        "temperature 0.0",
        "temperature 0.7",
    )


def test_other_options_of_a_metric_forbid_it_alone(first: Opened, better: Opened) -> None:
    """What reads the answer is common to all metrics of a layer; another layer is not touched."""
    whole = ("extract: {json: first_object}", "extract: {json: whole}")
    b = _changed(better, lambda build: with_spec(build, whole))
    pairings = pair_builds(first, b, declared_by(first.build, b.build))
    states = {one.id: one.state for one in pairings}
    assert states["extraction.json_valid"] is PairState.REFUSED
    assert states["general.accuracy"] is PairState.PAIRED


def test_a_grown_test_set_pairs_what_both_asked(first: Opened, grown: Opened) -> None:
    one = _primary(first, grown)
    assert one.state is PairState.PAIRED
    assert (one.common, one.only_a, one.only_b) == (44, 0, 16)
    assert one.aspects == ()
    assert one.test_set is not None
    assert one.test_set.state is AspectState.DIFFERS
    assert one.finding is not None
    assert one.finding.n == 44


def test_declared_ids_are_taken_on_trust(first: Opened, grown: Opened) -> None:
    a, b = (_changed(side, lambda build: with_spec(build, BY_NAME)) for side in (first, grown))
    one = _primary(a, b)
    assert one.state is PairState.PAIRED
    assert [aspect.state for aspect in one.aspects] == [AspectState.ON_TRUST]
    assert "`order`" in one.aspects[0].why


def test_ids_whose_rows_are_seen_to_be_others_are_no_pair(first: Opened, grown: Opened) -> None:
    a, b = (_changed(side, lambda build: with_spec(build, BY_NAME)) for side in (first, grown))
    clusters = [
        _with_clusters(side, [f"t{(i + shift) % 5}" for i in range(table_of(side).n)])
        for side, shift in ((a, 0), (b, 1))
    ]
    one = _primary(*clusters)
    assert one.state is PairState.REFUSED
    assert "other rows under the same id" in one.aspects[0].why


def test_the_same_ids_over_another_content_are_no_pair(first: Opened, better: Opened) -> None:
    a = _changed(first, lambda build: with_spec(build, BY_NAME))
    b = _changed(better, lambda build: with_spec(with_digest(build, OTHER), BY_NAME))
    one = _primary(a, b)
    assert one.state is PairState.REFUSED
    assert "what stands under them is not" in one.aspects[0].why


def _with_clusters(one: Opened, names: list[str]) -> Opened:
    assert isinstance(one.items, ItemsRead)
    table = replace(table_of(one), families=Labels.of(names))
    tables = {**one.items.basis.tables, "extraction": table}
    return Opened(one.build, replace(one.items, basis=replace(one.items.basis, tables=tables)))


def test_the_same_weights_are_nothing_to_compare(better: Opened, grown: Opened) -> None:
    mine, theirs = (measured_in(side.build, "extraction") for side in (better, grown))
    assert mine is not None
    assert theirs is not None
    assert same_weights(mine, theirs, "tuned")
    found = diff(better, grown)
    assert {one.state for one in found.pairings} == {PairState.SAME_MODEL}
    assert "one and the same model" in found.headline
    assert {(one.arm, one.changed) for one in found.repeats} == {("base", 0), ("tuned", 0)}


def test_answers_from_the_store_are_no_second_asking(
    first: Opened, better: Opened, grown: Opened, warmer: Opened
) -> None:
    for a, b in ((first, better), (better, grown)):
        assert not any(one.asked_again for one in diff(a, b).repeats)


def test_another_range_of_a_metric_is_refused(first: Opened, better: Opened) -> None:
    b = rescored(better, {"field_accuracy": [[0.5] * 30]})
    table = table_of(b)
    wider: tuple[Column, ...] = tuple(replace(one, high=2.0) for one in table.columns)
    assert isinstance(b.items, ItemsRead)
    basis = replace(b.items.basis, tables={"extraction": replace(table, columns=wider)})
    a = rescored(first, {"field_accuracy": [[0.5] * 30]})
    one = _primary(a, Opened(b.build, replace(b.items, basis=basis)))
    assert "its unit, direction or range" in one.why


def test_items_with_nothing_in_common_are_refused(first: Opened, better: Opened) -> None:
    a = rescored(first, {"field_accuracy": [[0.5] * 20]}, [f"a{i}" for i in range(20)])
    b = rescored(better, {"field_accuracy": [[0.5] * 20]}, [f"b{i}" for i in range(20)])
    assert _primary(a, b).why == "no item was asked in both"
    twice = rescored(better, {"field_accuracy": [[0.5] * 20]}, ["a0"] * 20)
    assert _primary(a, twice).why == "the id a0 stands twice in one of them"


def test_another_gain_is_another_question(shop: Workshop, first: Opened, better: Opened) -> None:
    """What both did not declare alike is exploratory, and no word like better is said of it."""
    less = better.build.report
    findings = tuple(
        one.model_copy(update={"gain_at_least": 0.1}) if one.gain_at_least else one
        for one in less.findings
    )
    b = with_build(
        better, replace(better.build, report=less.model_copy(update={"findings": findings}))
    )
    found = diff(first, b)
    assert found.outcome is None
    assert "no primary metric alike" in found.headline
    assert any("on other terms" in note for note in found.notes)
    one = _primary(first, b)
    assert one.finding is not None
    assert one.finding.role.value == "exploratory"


def test_a_report_that_was_changed_by_hand_is_not_paired(shop: Workshop, better: Opened) -> None:
    changed = replace(opened(shop, "first").build, unsealed=("findings",))
    found = diff(Opened.of(changed), better)
    assert {one.state for one in found.pairings} == {PairState.REFUSED}
    assert found.repeats == ()
    assert "its report was changed since it was built" in found.notes[0]
    assert {one.state for one in found.compared} == {Comparability.NOT_COMPARABLE}


def test_a_smoke_run_counts_for_nothing(first: Opened, better: Opened) -> None:
    smoke = replace(better.build, report=better.build.report.model_copy(update={"smoke": True}))
    found = diff(first, Opened.of(smoke))
    assert found.headline.startswith("B is a smoke run, which counts for nothing")
    assert {one.state for one in found.pairings} == {PairState.REFUSED}


def test_items_hang_together_where_they_do_so_in_either() -> None:
    one = np.asarray([0, 0, 1, 1, 2, 3], dtype=np.intp)
    other = np.asarray([0, 1, 1, 2, 3, 4], dtype=np.intp)
    found = joined(one, other).tolist()
    assert len({*found[:4]}) == 1
    assert len({found[0], found[4], found[5]}) == 3
    assert joined(one, one + 5).tolist() == one.tolist()


def test_invalid_evidence_decides_nothing_and_is_still_shown(first: Opened, better: Opened) -> None:
    report = better.build.report
    verdict = report.verdict.model_copy(update={"outcome": Outcome.INVALID_EVIDENCE})
    remark = report.remarks[0].model_copy(
        update={
            "status": Status.BROKEN,
            "severity": Severity.INVALIDATES,
            "text": "Every test item is a training item.",
        }
    )
    spoilt = report.model_copy(update={"verdict": verdict, "remarks": (remark,)})
    found = diff(first, with_build(better, replace(better.build, report=spoilt)))
    assert found.outcome is Outcome.INVALID_EVIDENCE
    assert found.headline.startswith("The evidence of B is invalid, see below: nothing is claimed.")
    assert "As measured, tuned of B is better" in found.headline
    assert any("Every test item is a training item." in note for note in found.notes)


def test_a_guard_that_was_lost_stands_in_the_headline(first: Opened, better: Opened) -> None:
    """As if the better model had forgotten all that it could before."""
    found = diff(_with_general(first, 1.0), _with_general(better, 0.0))
    assert found.outcome is Outcome.MIXED, "a loss is told on evidence that does not count as well"
    assert "But general accuracy lost more than the 30 points allowed" in found.headline


def _with_general(one: Opened, value: float) -> Opened:
    """As if tuned had got every general question right, or none."""
    assert isinstance(one.items, ItemsRead)
    table: Table = one.items.basis.tables["general"]
    tuned = tuple(
        tuple(replace(one, values=np.full_like(one.values, value)) for one in column)
        for column in table.scores["tuned"]
    )
    changed = replace(table, scores={**table.scores, "tuned": tuned})
    basis = replace(one.items.basis, tables={**one.items.basis.tables, "general": changed})
    return Opened(one.build, replace(one.items, basis=basis))


_METRICS = "      metrics: [json_valid, field_accuracy]\n"
_JUDGE = """\
    - kind: judge
      name: blind
      on: extraction
      judges: [{model: m, base_url: "http://127.0.0.1:9/v1"}]
"""
JUDGED = (_METRICS, _METRICS + _JUDGE)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("model: m,", "model: m2,"), ["judges"]),
        (("      on: extraction\n", "      on: extraction\n      orders: random\n"), ["judges"]),
        (("      on: extraction\n", "      on: extraction\n      criteria: Be brief.\n"), ["rubric"]),
        (("      on: extraction\n", "      on: extraction\n      repeats: 3\n"), []),
    ],
)  # fmt: skip
def test_another_judge_or_rubric_is_named(
    first: Opened, change: tuple[str, str], names: list[str]
) -> None:
    facts = LayerFacts(name="blind", kind="judge", what="", dataset="test", n=44)
    report = first.build.report
    build = replace(
        first.build, report=report.model_copy(update={"layers": (*report.layers, facts)})
    )
    one = measured_in(with_spec(build, JUDGED), "blind")
    judged = JUDGED[0], JUDGED[1].replace(*change)
    other = measured_in(with_spec(build, judged), "blind")
    assert one is not None
    assert other is not None
    assert one.asked is not None
    assert one.asked.name == "extraction"
    found = [*judged_by(one, other)]
    assert [aspect.name for aspect in found if aspect.forbids] == names


def test_verdicts_of_a_judge_are_not_paired_across_builds(first: Opened, better: Opened) -> None:
    sides = []
    for side in (first, better):
        table = table_of(side)
        between = replace(
            table,
            scores={"tuned~base": table.scores["tuned"], "base~tuned": table.scores["base"]},
        )
        assert isinstance(side.items, ItemsRead)
        basis = replace(side.items.basis, tables={"extraction": between})
        sides.append(Opened(side.build, replace(side.items, basis=basis)))
    one = _primary(*sides)
    assert one.state is PairState.REFUSED
    assert "were not judged against each other" in one.why


def test_items_that_failed_in_one_build_are_no_part_of_the_same(
    first: Opened, better: Opened
) -> None:
    """A number over fewer items of one set is not comparable with that over all."""
    report = better.build.report
    fewer = tuple(
        f.model_copy(update={"n": f.n - 9, "excluded": {"no answer from tuned": 9}})
        if f.id == "general.accuracy"
        else f
        for f in report.findings
    )
    changed = replace(better.build, report=report.model_copy(update={"findings": fewer}))
    found = {one.finding: one for one in diff(first, with_build(better, changed)).compared}
    (why,) = (one for one in found["general.accuracy"].why if one.name == "items that count")
    assert found["general.accuracy"].state is Comparability.NOT_COMPARABLE
    assert why.other == "7 items (9 left out: no answer from tuned)"
    assert found["extraction.json_valid"].state is Comparability.COMPARABLE


def test_a_void_number_is_called_so_in_the_list_of_findings(first: Opened, better: Opened) -> None:
    report = better.build.report
    remark = report.remarks[0].model_copy(
        update={
            "status": Status.BROKEN,
            "severity": Severity.INVALIDATES,
            "cites": ("extraction.json_valid",),
        }
    )
    changed = report.model_copy(update={"remarks": (remark,)})
    compared = diff(first, with_build(better, replace(better.build, report=changed))).compared
    assert {one.finding: one.void for one in compared}["extraction.json_valid"] == ("B",)


@pytest.mark.parametrize(
    ("told", "again", "state"),
    [
        ("m-2026-01: 44 calls", "m-2026-01: 1,044 calls", AspectState.SAME),
        ("m-2026-01: 44 calls", "m-2026-09: 44 calls", AspectState.DIFFERS),
        ("m: 44 calls", "m: 44 calls", AspectState.ON_TRUST),
        ("m-2026-01: 44 calls", "", AspectState.ON_TRUST),
        ("", "", AspectState.ON_TRUST),
    ],
)
def test_a_judge_of_one_name_is_the_same_where_its_server_says_so(
    first: Opened, told: str, again: str, state: AspectState
) -> None:
    sides = []
    for note in (told, again):
        line = CardLine(
            id="blind.judge.m.versions",
            name="versions",
            k=1 if note else None,
            unit="versions",
            value=NotEstimable(not_estimable="a count"),
            note=note,
        )
        facts = LayerFacts(name="blind", kind="judge", what="", dataset="test", n=44)
        report = first.build.report
        build = replace(
            first.build,
            report=report.model_copy(
                update={
                    "layers": (*report.layers, facts),
                    "judge_cards": (JudgeCard(layer="blind", judge="m", lines=(line,)),),
                }
            ),
        )
        side = measured_in(with_spec(build, JUDGED), "blind")
        assert side is not None
        sides.append(side)
    judges = next(iter(judged_by(*sides)))
    assert judges.state is state


def test_a_judged_layer_was_asked_again_where_the_judge_was(first: Opened) -> None:
    """Base's answers came from the store, and what the judge said of them did not; and back."""
    facts = LayerFacts(name="blind", kind="judge", what="", dataset="test", n=44)
    for done in ("judge", "ask"):
        steps = tuple(
            StepFacts(
                id=name,
                kind="ask",
                key="",
                outcome="done" if name.startswith(done) else "reused",
                reason="",
                items=44,
                seconds=0.0,
            )
            for name in ("ask extraction base", "judge blind")
        )
        report = first.build.report
        build = replace(
            first.build,
            report=report.model_copy(update={"layers": (*report.layers, facts), "steps": steps}),
        )
        side = measured_in(with_spec(build, JUDGED), "blind")
        assert side is not None
        assert _asked_again("base", "blind", (side, side)) is (done == "judge")


def test_one_model_is_compared_with_itself_whatever_its_seed_is_called() -> None:
    one, again = (
        scored(Column("score", "points", higher_is_better=True, scale=Scale.MEAN), values, seed)
        for values, seed in (([0.0, 1.0, 1.0], 1), ([0.0, 0.0, 1.0], None))
    )
    keep = np.ones(3, dtype=np.bool_)
    assert moved_items((again,), (one,), keep).tolist() == [False, True, False]
