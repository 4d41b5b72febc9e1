"""Every rule objects to a lie, finds nothing in sound evidence, and calls nothing kept unlooked at."""

from typing import Final

import pytest

from evalreport.analyze.findings import FindingRole
from evalreport.estimates import Estimate
from evalreport.records import Check, Checkpoint, Failure, PreflightLog, RowCounts
from evalreport.render.words import DOES, DOES_ASIDE, WOULD, WOULD_ASIDE
from evalreport.rules.base import NOTED, Family, Severity, Status
from evalreport.rules.table import RULES
from evalreport.verdict import Outcome, Strength
from tests.analyze.evidence import GUARD, PRIMARY, TEST, TRAIN, World, training, world
from tests.analyze.layers import Answers, Asked, Options, choice, items, qa, text
from tests.rules.cases import (
    BASE,
    CASES,
    LAYER,
    TUNED,
    N,
    answering,
    cut,
    data,
    graded,
    guarded,
    held_in_nf4,
    labelled,
    memory,
    mostly,
    plain,
    repeating,
    sound,
    trained,
    training_unreadable,
)

IDS = [rule.id for rule in RULES]


def test_every_rule_has_its_lie_and_its_clean_case() -> None:
    assert sorted(CASES) == sorted(IDS)
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_the_lie_is_found(rule: str) -> None:
    case = CASES[rule]
    found = [said for said in case.lying().said(rule) if said.status is case.status]
    assert found, f"{rule} does not object"
    assert any(case.says in said.text for said in found), [said.text for said in found]
    assert {said.severity for said in found} == {case.severity}


@pytest.mark.parametrize("rule", IDS)
def test_the_clean_case_is_kept(rule: str) -> None:
    said = CASES[rule].clean().said(rule)
    assert [one.status for one in said] == [Status.KEPT], [one.text for one in said]


def test_sound_evidence_gives_a_full_verdict() -> None:
    made = sound()
    broken = {r.rule: r.severity for r in made.remarks if r.status is Status.BROKEN}
    assert set(broken.values()) == {Severity.NOTE}, broken
    verdict = made.verdict
    assert (verdict.outcome, verdict.strength) == (Outcome.BETTER, Strength.FULL)


def test_rules_explain_themselves() -> None:
    families = [rule.family for rule in RULES]
    assert sorted(families, key=list(Family).index) == families
    for rule in RULES:
        for sentence in (rule.claim, rule.why, rule.source):
            assert sentence.endswith((".", "(2020), arXiv:2010.06595.")), rule.id
            assert sentence == sentence.strip()


def test_every_rule_that_bites_says_what_to_do() -> None:
    for rule in RULES:
        if rule.severity is not Severity.NOTE or rule.remedy:
            assert rule.remedy.endswith("."), rule.id
            assert ". " not in rule.remedy, rule.id


def test_another_severity_is_told_in_the_words_of_the_reports() -> None:
    """`conftest.py` holds every remark of every world against this."""
    for rule in RULES:
        for part in rule.varies.split("; ") if rule.varies else ():
            assert part.startswith(("invalidates ", "weakens ", f"{NOTED} ")), rule.id
            assert not part.startswith(rule.severity.value), rule.id
        assert not rule.varies.endswith("."), rule.id
    for words in (DOES, DOES_ASIDE, WOULD, WOULD_ASIDE):
        assert words[Severity.NOTE] == NOTED


def test_every_rule_says_something_about_every_world() -> None:
    for made in (sound(), plain(), plain(primary=None), world(qa(TUNED), primary=None)):
        assert [r.rule for r in made.remarks if r.rule in IDS]
        assert {r.rule for r in made.remarks} == set(IDS)
        assert all(r.text for r in made.remarks)


def test_remarks_cite_findings_that_exist() -> None:
    for rule, case in CASES.items():
        made = case.lying()
        known = {f.id for f in made.findings.findings}
        known |= {one.id for one in made.findings.measurements}
        for said in made.said(rule):
            assert set(said.cites) <= known, rule


def test_an_excess_without_an_interval_is_not_called_kept() -> None:
    few = world(qa("1" * 60, "0" * 60), *memory(recited=4, seeds=1, recitable=9))
    (said,) = few.said("regurgitation")
    assert said.status is Status.UNCHECKED
    assert "only 9 items" in said.text


def answered_whole(references: list[str], said: list[str], metric: Options) -> World:
    """Tuned says these, base nothing of use, and the whole text is the answer."""
    asked = Asked(
        {**LAYER, "extract": {"kind": "whole"}, "metrics": [metric]},
        items(len(references), reference=references),
        {"tuned": [[text(one) for one in said]], "base": [[text("so") for _ in said]]},
    )
    return world(asked, primary={"layer": "qa", "metric": metric["metric"], "gain_at_least": 0.1})


# What was not looked at is not called kept


@pytest.mark.parametrize("rule", ["train-eval-overlap", "near-duplicate", "group-leak-risk"])
def test_overlap_with_training_data_that_nobody_gave_is_unchecked(rule: str) -> None:
    unknown = plain(train=(), datasets={"test": {**TRAIN, "role": "test"}})
    assert [r.status for r in unknown.said(rule)] == [Status.UNCHECKED]
    assert "were not given" in unknown.said(rule)[0].text
    lost = training_unreadable()
    assert [r.status for r in lost.said(rule)] == [Status.UNCHECKED]
    assert "could not be read (the hub does not answer)" in lost.said(rule)[0].text


def test_groups_that_nobody_declared_are_unchecked() -> None:
    assert [r.status for r in plain().said("group-leak-risk")] == [Status.UNCHECKED]


def test_an_adapter_that_was_compared_with_nothing_is_not_called_active() -> None:
    made = world(qa(TUNED), blocked={("qa", "base"): "memory ran out"})
    assert [r.status for r in made.said("adapter-inactive")] == [Status.UNCHECKED]


def test_a_baseline_is_not_called_run_when_nothing_ran() -> None:
    made = world(qa("-" * N), blocked={("qa", "base"): "x", ("qa", "tuned"): "x"})
    assert Status.KEPT not in {r.status for r in made.said("no-baseline")}


def test_a_base_that_has_not_answered_yet_is_no_missing_baseline() -> None:
    made = world(qa(TUNED), blocked={("qa", "base"): "cost.limit is reached"})
    (said,) = made.said("no-baseline")
    assert said.status is Status.UNCHECKED
    assert said.text == "The base has not answered qa: cost.limit is reached."


def test_a_guard_that_was_not_measured_is_no_retention() -> None:
    made = world(
        qa(TUNED, BASE),
        choice("1" * 100),
        guards=[GUARD],
        blocked={("general", "base"): "memory ran out"},
    )
    (said,) = made.said("retention-unmeasured")
    assert said.status is Status.BROKEN
    assert "no guard was measured (general accuracy)" in said.text


def test_too_few_items_are_not_enough_because_nothing_could_be_computed() -> None:
    (said,) = plain("1" * 6, "0" * 6).said("underpowered")
    assert said.status is Status.BROKEN
    assert "6 items of qa exact match can show nothing" in said.text
    (said,) = plain("1" * 40, "1" * 40).said("underpowered")
    assert said.status is Status.UNCHECKED


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("truncated", world(choice("1" * 90 + "0" * 10, "0" * 10 + "1" * 90), primary=None)),
        ("class-imbalance", plain()),
        ("few-clusters", plain()),
        ("seed-range", plain()),
        ("subgroup-regression", plain()),
        ("gap-did", plain()),
        ("regurgitation", plain()),
        ("augmented-before-split", plain()),
        ("guard-underpowered", plain()),
        ("below-chance", plain()),
        ("asked-not-used", plain(trainings={})),
    ],
)
def test_where_there_is_nothing_to_check_it_does_not_apply(rule: str, made: object) -> None:
    assert isinstance(made, type(plain()))
    assert [r.status for r in made.said(rule)] == [Status.NOT_APPLICABLE]


# Edges of single rules


def test_a_pair_that_the_spec_lists_is_not_called_undeclared() -> None:
    days = [{"day": str(i % 7)} for i in range(N)]
    made = world(
        qa(TUNED, BASE, others={"base-prompted": BASE}, of=items(N, subgroups=days)),
        prompting={"base-prompted": "3 worked examples"},
        more={
            "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
            "comparisons": [["tuned", "base-prompted"]],
        },
    )
    (said,) = made.said("multiple-testing")
    assert said.text.startswith("8 further comparisons were not declared to decide anything.")
    assert said.text.endswith(
        "1 of them is of a pair that `comparisons` lists (tuned against base-prompted): declared "
        "as a pair, without saying which of its metrics counts."
    )


def test_an_inactive_adapter_of_one_seed_is_found_among_others() -> None:
    same = [text("answer: right")] * 40
    other = [text("answer: wrong")] * 40
    made = world(Asked(LAYER, items(40), {"tuned": [other, same], "base": [same]}), seeds=(1, 2))
    (said,) = made.said("adapter-inactive")
    assert "of seed 2" in said.text
    assert "too small to change a single output" in said.text


def test_equal_likelihoods_leave_no_small_effect_as_an_excuse() -> None:
    asked = choice("1" * 50, "1" * 50)
    same = Asked(
        asked.options, asked.items, {"tuned": asked.answers["base"], "base": asked.answers["base"]}
    )
    (said,) = world(same, primary=None).said("adapter-inactive")
    assert said.status is Status.BROKEN
    assert "too small" not in said.text


def test_a_single_differing_answer_shows_that_the_adapter_speaks() -> None:
    made = answering(mostly(40, "answer: other", 1), ["answer: right"] * 40)
    assert [r.status for r in made.said("adapter-inactive")] == [Status.KEPT]


def test_shares_move_by_points_and_not_by_percent() -> None:
    made = answering(mostly(100, "", 9), mostly(100, "answer: wrong", 50))
    said = next(r for r in made.said("empty-or-refusal") if "empty" in r.text)
    assert "up by 9 points" in said.text


def test_where_a_prompted_base_was_asked_the_format_rule_quotes_it() -> None:
    made = world(
        qa(TUNED, "?" * 60 + BASE[:180], others={"base-prompted": "1" * 140 + "0" * 100}),
        prompting={"base-prompted": "3 worked examples"},
        more={
            "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
            "comparisons": [["tuned", "base-prompted"]],
        },
    )
    (said,) = made.said("base-format-unfair")
    assert "against base-prompted, qa exact match is +4.2 points" in said.text
    assert "not run: unknown" not in said.text
    assert "Among the 180 items that both got into shape, qa exact match is" in said.text


def test_one_fault_with_several_signs_weakens_once_and_is_told_once() -> None:
    endless = text("<think>" + "and then " * 30, cut=True)
    made = world(
        Asked(
            {**LAYER, "strip": "think"},
            items(100),
            {
                "tuned": [[endless] * 15 + [text("answer: right")] * 85],
                "base": [[text("answer: wrong")] * 100],
            },
        )
    )
    (cut_,) = made.said("truncated")
    assert cut_.severity is Severity.WEAKENS
    assert cut_.text.endswith(
        "The same 15 outputs of tuned never end their reasoning, repeat themselves to the end and "
        "hold no answer that could be read."
    )
    for rule in ("looping", "extraction-failures"):
        (said,) = made.said(rule)
        assert (said.status, said.severity) == (Status.BROKEN, Severity.NOTE)
        assert "the same outputs as under truncated." in said.text
    assert [r.status for r in made.said("empty-or-refusal")] == [Status.KEPT]


def test_other_outputs_are_another_fault() -> None:
    cuts = [text("answer: right", cut=True)] * 5
    loops = [text("answer: " + "again " * 20)] * 5
    made = world(
        Asked(
            LAYER,
            items(100),
            {
                "tuned": [[*cuts, *loops, *[text("answer: right")] * 90]],
                "base": [[text("answer: wrong")] * 100],
            },
        )
    )
    for rule in ("truncated", "looping"):
        (said,) = made.said(rule)
        assert said.severity is Severity.WEAKENS
        assert "same" not in said.text


def test_layers_that_read_the_same_outputs_are_named_together() -> None:
    answers = {
        "tuned": [[text("answer: right", cut=i < 10) for i in range(100)]],
        "base": [[text("answer: wrong")] * 100],
    }
    made = world(
        Asked(LAYER, items(100), answers), Asked({**LAYER, "name": "style"}, items(100), answers)
    )
    (said,) = made.said("truncated")
    assert "were cut at 256 tokens in qa and style, which read the same outputs:" in said.text


def prompted(base: str, other: str, *, turned: bool = False, **more: object) -> World:
    """Tuned against a base that fails the form, and against the base with a prompt of its own."""
    pair = ["tuned", "base-prompted"]
    return world(
        qa(TUNED, base, others={"base-prompted": other}),
        prompting={"base-prompted": "3 worked examples"},
        more={
            "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
            "comparisons": [pair[::-1] if turned else pair],
        },
        **more,  # type: ignore[arg-type]  # as `world` takes them
    )


MUTE: Final = "?" * N


@pytest.mark.parametrize("turned", [False, True])
def test_no_gain_over_a_prompted_base_that_can_be_read_is_no_verdict(*, turned: bool) -> None:
    made = prompted("?" * 60 + BASE[:180], "1" * 149 + "0" * 91, turned=turned)
    assert made.finding("qa.exact_match").outcome.value == "better"
    (said,) = made.said("base-format-unfair")
    assert said.severity is Severity.INVALIDATES
    assert "no gain is shown: the verdict depends on the prompt of the base" in said.text
    assert ("+0.4 points" if not turned else "\N{MINUS SIGN}0.4 points") in said.text
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


@pytest.mark.parametrize("turned", [False, True])
def test_the_gain_over_a_prompted_base_that_can_be_read_makes_it_a_note(*, turned: bool) -> None:
    made = prompted(MUTE, BASE, turned=turned)
    (said,) = made.said("base-format-unfair")
    assert said.severity is Severity.NOTE
    assert "base-prompted" in said.text
    assert "29.2 points" in said.text
    assert "the gain is still at least the one asked for" in said.text
    assert "All of the gain" not in said.text


def test_a_prompted_base_that_cannot_be_read_settles_nothing() -> None:
    made = prompted(MUTE, "?" * 200 + "1" * 40)
    (said,) = made.said("base-format-unfair")
    assert said.severity is Severity.WEAKENS
    assert said.text.startswith(
        "All of the gain may be format: base could be read on 0 of 240 outputs in qa; a better "
        "prompt might give the base the form as well; against base-prompted, qa exact match is "
    )
    assert "but 200 (83.3 %) of its outputs could not be read either" in said.text


@pytest.mark.parametrize("turned", [False, True])
def test_a_prompt_that_fails_more_often_does_not_protect_a_gain(*, turned: bool) -> None:
    # Of 240 outputs it gets 180 into shape, and there it does as well as tuned.
    made = prompted(MUTE, "?" * 60 + TUNED[60:], turned=turned)
    (said,) = made.said("base-format-unfair")
    assert said.severity is Severity.INVALIDATES
    assert said.text.startswith(
        "Against a prompted base whose outputs can be read, no gain is shown:"
    )
    assert "but 60 (25.0 %) of its outputs could not be read either (among the 180 items" in (
        said.text
    )
    assert made.verdict.headline == (
        "The evidence cannot carry a verdict: Against a prompted base whose outputs can be read, "
        "no gain is shown: the verdict depends on the prompt of the base."
    )


def test_what_tuned_can_do_by_itself_does_not_hang_on_the_prompt_of_the_base() -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_least": 0.5}
    made = prompted(MUTE, TUNED, evaluation={"requirements": [asked]})
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE
    assert any("exact match at least 50 %; met: 62.5 %" in text for text in made.verdict.because)


def test_a_headline_about_invalid_evidence_is_one_whole_sentence() -> None:
    seen = 0
    for case in CASES.values():
        verdict = case.lying().verdict
        if verdict.outcome is Outcome.INVALID_EVIDENCE:
            seen += 1
            headline = verdict.headline
            assert headline.endswith(".")
            assert headline.count("(") == headline.count(")")
            said = headline.split("verdict: ", 1)[1]
            begins = f"{said[:1].upper()}{said[1:]}"  # within the headline it goes on in lower case
            assert any(text.startswith((said, begins)) for text in verdict.because)
    assert seen >= 5


def test_a_smaller_gain_over_a_prompted_base_leaves_part_of_it_to_format() -> None:
    made = prompted(MUTE, "1" * 140 + "0" * 100)
    (said,) = made.said("base-format-unfair")
    assert said.severity is Severity.WEAKENS
    assert said.text.startswith("Part of the gain is format: base could be read on 0 of 240")
    assert said.text.endswith("is not shown against a base whose outputs can be read.")
    assert ", part of which is format" in made.verdict.headline


def test_where_no_item_was_read_from_both_all_of_the_gain_may_be_format() -> None:
    made = plain("?" * 10 + "1" * 230, "0" * 10 + "?" * 230)
    (said,) = made.said("base-format-unfair")
    assert "read on 10 of 240 outputs in qa, and tuned on none of those; a better" in said.text


def test_a_loss_against_the_base_in_full_is_told_of_the_guard() -> None:
    made = held_in_nf4(BASE, ("1110" * 100, "1110" * 100, "1111" * 15 + "1110" * 85))
    assert made.finding("general.accuracy").outcome.value == "retained"
    assert made.finding("general.accuracy:tuned~base-full").outcome.value == "descriptive"
    (said,) = made.said("full-base-unbeaten")
    assert said.text.startswith("Tuned answers in nf4; against base-full, general accuracy is −3.8")
    assert "that no more than the 5 points allowed was lost holds, if at all, against" in said.text
    assert set(said.cites) == {"general.accuracy", "qa.exact_match"}


def test_a_base_in_full_that_nobody_compared_is_unchecked() -> None:
    made = held_in_nf4(BASE, comparisons=())
    assert {r.status for r in made.said("full-base-unbeaten")} == {Status.UNCHECKED}
    assert "Add [tuned, base-full] to `comparisons`" in made.said("full-base-unbeaten")[0].text
    assert [r.status for r in plain().said("full-base-unbeaten")] == [Status.NOT_APPLICABLE]


def test_one_answer_is_held_against_what_the_references_explain() -> None:
    (said,) = repeating(52).said("same-answer")
    assert (said.status, said.severity) == (Status.BROKEN, Severity.NOTE)
    # Beyond nine tenths there is hardly room to score better than that answer.
    (said,) = repeating(60).said("same-answer")
    assert said.severity is Severity.WEAKENS
    assert said.text.endswith("; tuned scores 1.7 %, which is no better.")
    # Where 30 references are alike, 52 equal answers are 22 of the other 30.
    (said,) = repeating(52, alike=30).said("same-answer")
    assert said.status is Status.KEPT
    (said,) = repeating(54, alike=30).said("same-answer")
    assert (said.status, said.severity) == (Status.BROKEN, Severity.NOTE)
    assert "(90 %); the most frequent reference explains 30 of them at most. On" in said.text
    # Fewer than five that could have been otherwise tell nothing.
    (said,) = repeating(60, alike=56).said("same-answer")
    assert said.status is Status.KEPT


def test_one_answer_that_is_right_is_explained_whatever_its_references_look_like() -> None:
    references = [("No", "No.", "no!", "No;")[i % 4] for i in range(80)] + ["Yes"] * 20
    strict = {"metric": "exact_match", "normalise": ["lower", "punctuation"]}
    made = answered_whole(references, ["no"] * 80 + ["Yes"] * 20, strict)
    (said,) = made.said("same-answer")
    assert said.status is Status.KEPT


def test_what_was_not_looked_at_is_not_called_kept() -> None:
    asked = Asked(
        {**LAYER, "extract": {"kind": "whole"}, "metrics": [{"metric": "regex", "pattern": "x"}]},
        items(40, reference=""),
        {"tuned": [[text("no")] * 40], "base": [[text("no")] * 40]},
    )
    made = world(asked, primary={"layer": "qa", "metric": "regex", "gain_at_least": 0.1})
    assert [one.status for one in made.said("same-answer")] == [Status.NOT_APPLICABLE]
    silent = world(qa("-" * 40, "0" * 40))
    assert [one.status for one in silent.said("same-answer")] == [Status.NOT_APPLICABLE]


def test_what_the_answer_scores_is_told_of_the_items_that_tuned_has_scores_of() -> None:
    """Forty of a hundred have no answer; among the others tuned is that answer."""
    answers: Answers = [*[text("sum 0")] * 60, *[Failure(reason="timed out")] * 40]
    references = [f"sum {i % 50}" for i in range(100)]
    asked = Asked(
        {**LAYER, "extract": {"kind": "whole"}},
        items(100, reference=references),
        {"tuned": [answers], "base": [[text(f"no {i}") for i in range(100)]]},
    )
    (said,) = world(asked).said("same-answer")
    assert "60 times among the 60 answers of qa that could be read (100 %)" in said.text
    assert said.text.endswith(
        "would score 3.3 % if given every time; tuned scores 3.3 %, which is no better."
    )


def test_one_answer_of_one_seed_and_of_several_draws_is_counted() -> None:
    references = [f"sum {i}" for i in range(40)]
    seeds = [[text(one) for one in references], [text("sum 3") for _ in references]]
    options = {**LAYER, "extract": {"kind": "whole"}}
    asked = Asked(options, items(40, reference=references), {"tuned": seeds, "base": [seeds[0]]})
    (said,) = world(asked, seeds=(1, 2)).said("same-answer")
    assert said.text.startswith("Tuned (training seed 2) gives one and the same answer 40 times")
    assert said.text.endswith("this seed scores 2.5 %, which is no better.")
    assert said.severity is Severity.WEAKENS
    drawn: Answers = [(text("sum 3"), text(one)) for one in references]
    twice = {**options, "decoding": {"temperature": 1.0, "samples": 2}}
    asked = Asked(twice, items(40, reference=references), {"tuned": [drawn], "base": [drawn]})
    (said,) = world(asked).said("same-answer")
    assert said.status is Status.KEPT  # 41 of 80 answers, 40 of which are right by halves


def test_one_class_for_all_is_seen_where_every_class_is_small() -> None:
    references = [f"c{i % 30}" for i in range(120)]
    made = answered_whole(references, ["c7"] * 120, {"metric": "accuracy"})
    assert [one.status for one in made.said("class-never-given")] == [Status.KEPT]
    (said,) = made.said("same-answer")
    assert said.severity is Severity.WEAKENS
    assert "; the most frequent reference explains 4 of them at most. On accuracy" in said.text


def test_one_answer_in_json_is_seen_through_its_spaces_and_the_order_of_keys() -> None:
    said = ['{"a": 1, "b": "x"}', '{"b":"x","a":1}'] * 20
    whole = {"kind": "json", "json": "whole"}
    metrics = [{"metric": "json_valid"}, {"metric": "field_accuracy"}]
    options = {**LAYER, "extract": whole, "metrics": metrics}
    references = [f'{{"a": {i}, "b": "x"}}' for i in range(40)]
    answers = {"tuned": [[text(one) for one in said]], "base": [[text("none") for _ in said]]}
    primary = {"layer": "qa", "metric": "field_accuracy", "gain_at_least": 0.1}
    made = world(Asked(options, items(40, reference=references), answers), primary=primary)
    (found,) = made.said("same-answer")
    assert "40 times among the 40 answers of qa" in found.text
    assert found.text.endswith(
        "On field accuracy it would score 51.3 % if given every time; tuned scores 51.3 %, "
        "which is no better."
    )


def test_a_rare_class_that_is_never_found_is_a_note() -> None:
    (said,) = graded("correct", partial=6).said("class-never-given")
    assert said.severity is Severity.NOTE
    assert '"partial" (0 of 6 items, ' in said.text
    few = graded("correct", partial=4).said("class-never-given")
    assert [one.status for one in few] == [Status.KEPT]


def test_a_class_that_cannot_be_read_is_said_so_and_what_the_base_found() -> None:
    (said,) = graded("no idea", base="partial").said("class-never-given")
    assert '"partial" (0 of 40 items, 30 could not be read, base finds 40)' in said.text


def test_much_truncation_of_tuned_invalidates_and_of_the_base_does_not() -> None:
    whole = [text("answer: right") for _ in range(100)]
    half = [text("answer: wrong", cut=i < 50) for i in range(100)]
    for tuned, base, severity in (
        (half, whole, Severity.INVALIDATES),
        (whole, half, Severity.WEAKENS),
    ):
        made = world(Asked(LAYER, items(100), {"tuned": [tuned], "base": [base]}))
        assert [r.severity for r in made.said("truncated")] == [severity]


def test_cut_outputs_in_a_long_loop_are_counted_apart_and_excuse_nothing() -> None:
    """Whether a loop would have ended was not measured, so it counts to what invalidates."""
    cut_ = text("answer: right", cut=True)
    base = [text("answer: wrong")] * 100
    for times, told in ((30, "(15 and 0 of them in a long loop)"), (8, "")):
        loop = text("answer: " + "again " * times, cut=True)
        tuned = [loop] * 15 + [cut_] * 10 + [text("answer: right")] * 75
        (said,) = world(Asked(LAYER, items(100), {"tuned": [tuned], "base": [base]})).said(
            "truncated"
        )
        assert said.severity is Severity.INVALIDATES
        assert told in said.text
        assert ("in a long loop" in said.text) is bool(told)


def test_more_than_one_percent_of_copies_invalidates() -> None:
    (said,) = plain(train=items(N)[:3]).said("train-eval-overlap")
    assert said.severity is Severity.INVALIDATES
    assert said.cites == ("qa.exact_match",)


def test_two_copies_that_carry_the_result_invalidate_it_too() -> None:
    # 6 to 0 of 240; without the two leaked items it is 4 to 0, which shows nothing.
    made = plain(
        "1" * 6 + "0" * 234,
        "0" * 240,
        train=items(N)[:2],
        primary={"layer": "qa", "metric": "exact_match", "gain_at_least": 0.02},
    )
    assert made.finding("qa.exact_match").outcome.value == "better"
    (said,) = made.said("train-eval-overlap")
    assert said.severity is Severity.INVALIDATES


def test_a_correction_or_a_closed_gate_is_no_change_by_the_leak() -> None:
    style = qa("1" * 150 + "0" * 90, "1" * 80 + "0" * 160, name="style", dataset="test")
    made = world(
        qa("10" * 120, "01" * 120),
        style,
        evaluation={"secondary": [{"layer": "style", "metric": "exact_match"}]},
        train=items(N)[:2],
    )
    assert made.finding("style.exact_match").outcome.value == "descriptive"
    assert [r.severity for r in made.said("train-eval-overlap")] == [Severity.WEAKENS]


def test_provenance_that_a_cut_inherits_counts() -> None:
    datasets = {"train": {**TRAIN, "generated_by": "m1"}, "test": {"from": "train", "n": 50}}
    made = plain(datasets=datasets)
    assert [r.status for r in made.said("synthetic-eval")] == [Status.BROKEN]
    assert [r.status for r in made.said("provenance-unknown")] == [Status.KEPT]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("people", Status.KEPT),
        ("three annotators of ours", Status.KEPT),
        ("a program that made the text", Status.KEPT),
        ("by construction", Status.KEPT),
        ("gpt-5-mini", Status.BROKEN),
        ("Claude, unchecked", Status.BROKEN),
    ],
)
def test_labellers_that_are_no_models_are_known_by_their_words(who: str, status: Status) -> None:
    made = plain(datasets=data(test={"labelled_by": who}))
    assert [r.status for r in made.said("labels-from-model")] == [status]


def test_a_gain_on_which_guessing_does_better_is_none() -> None:
    # From 2 % to 14 % where four choices give 25 % to who guesses; the other way it is a loss.
    better = "1" * 28 + "0" * 172, "1" * 4 + "0" * 196
    primary = {"layer": "general", "metric": "accuracy", "gain_at_least": 0.1}
    made = world(choice(*better), primary=primary)
    (said,) = made.said("below-chance")
    assert said.text.startswith("tuned is not above guessing (25 %)")
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE
    lost = world(choice(*better[::-1]), primary=primary)
    assert lost.verdict.outcome is Outcome.WORSE


def test_a_base_at_chance_is_no_fault_of_a_task_that_was_learnt() -> None:
    made = world(
        choice("1" * 160 + "0" * 40, "1" * 50 + "0" * 150, name="qa", dataset="test"),
        primary={"layer": "qa", "metric": "accuracy", "gain_at_least": 0.1},
    )
    assert [r.status for r in made.said("below-chance")] == [Status.KEPT]
    guess = world(
        choice("1" * 55 + "0" * 145, "1" * 10 + "0" * 190, name="qa", dataset="test"),
        primary={"layer": "qa", "metric": "accuracy", "gain_at_least": 0.1},
    )
    (said,) = guess.said("below-chance")
    assert said.text.startswith("tuned is not shown to be above guessing (25 %)")
    assert said.severity is Severity.WEAKENS


def test_a_guard_with_nothing_to_lose_does_not_count() -> None:
    asked = qa(
        "1" * 16 + "0" * 384,
        "1" * 17 + "0" * 383,
        name="style",
        dataset="style",
        of=items(400, prefix="s"),
    )
    guard = {"layer": "style", "metric": "exact_match", "lose_at_most": 0.05}
    made = world(qa(TUNED, BASE), asked, guards=[guard])
    assert made.finding("style.exact_match").outcome.value == "retained"
    said = next(r for r in made.said("floor-ceiling") if "style" in r.text)
    assert said.severity is Severity.INVALIDATES
    assert "no more to lose than the 5 points allowed" in said.text
    assert made.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN


def test_a_guard_near_the_top_has_far_to_fall() -> None:
    made = guarded("1" * 399 + "0", "1" * 400)
    assert [r.status for r in made.said("floor-ceiling")] == [Status.KEPT]
    gain = plain(
        "1" * 236 + "0" * 4, "1" * 232 + "0" * 8, primary={**PRIMARY, "gain_at_least": 0.02}
    )
    assert "so near the end of the scale" in gain.said("floor-ceiling")[0].text


def test_macro_f1_is_the_remedy_for_imbalance_and_not_weakened_by_it() -> None:
    made = labelled(90)
    (said,) = made.said("class-imbalance")
    assert said.cites == ("qa.accuracy",)
    asked = Asked(
        {**LAYER, "extract": {"kind": "whole"}, "metrics": [{"metric": "macro_f1"}]},
        items(100, reference=["red"] * 90 + ["blue"] * 10),
        {
            "tuned": [[text("red")] * 90 + [text("blue")] * 10],
            "base": [[text("red")] * 100],
        },
    )
    fair = world(asked, primary={"layer": "qa", "metric": "macro_f1", "gain_at_least": 0.1})
    (said,) = fair.said("class-imbalance")
    assert said.cites == ()


def test_power_is_no_reproach_to_a_question_that_was_settled() -> None:
    settled = plain("1" * 160 + "0" * 40, "1" * 80 + "0" * 120)
    finding = settled.finding("qa.exact_match")
    assert finding.smallest_detectable.value > 0.1  # type: ignore[union-attr]  # it is a point
    assert [r.status for r in settled.said("underpowered")] == [Status.KEPT]


def test_a_subgroup_may_fall_by_chance_among_many() -> None:
    # Twenty groups, one of which lost 5 to nothing of ten: p 0.0625, and one of twenty.
    groups = [{"day": str(i // 11)} for i in range(220)]
    tuned = "0" * 5 + "1" * 6 + "1" * 150 + "0" * 59
    base = "1" * 5 + "1" * 6 + "1" * 50 + "0" * 159
    made = world(qa(tuned, base, of=items(220, subgroups=groups)))
    assert made.finding("qa.exact_match").outcome.value == "better"
    assert [r.status for r in made.said("subgroup-regression")] == [Status.KEPT]


def test_groups_that_rise_do_not_let_a_fall_by_chance_pass() -> None:
    # Eight groups rise beyond doubt, and in the ninth six items change, all for the worse: p 0.031
    # two-sided. As one of nine discoveries that would pass a screen at 10 %; as a fall, the only one
    # of nine, it does not (9 * 0.0156 = 0.14).
    groups = [{"day": str(i // 20)} for i in range(180)]
    tuned = "1" * 160 + "0" * 6 + "1" * 14
    base = "0" * 160 + "1" * 6 + "1" * 14
    made = world(qa(tuned, base, of=items(180, subgroups=groups)))
    (fall,) = [f for f in made.findings.findings if f.subgroup == "day=8"]
    assert isinstance(fall.difference, Estimate)
    assert fall.difference.high < 0
    assert fall.p_value == pytest.approx(2 / 2**6)
    assert [r.status for r in made.said("subgroup-regression")] == [Status.KEPT]


def test_where_the_average_fell_nothing_is_hidden() -> None:
    channels = [{"channel": "email"}] * 100 + [{"channel": "fax"}] * 100
    made = world(qa("0" * 200, "1" * 200, of=items(200, subgroups=channels)))
    assert [r.status for r in made.said("subgroup-regression")] == [Status.NOT_APPLICABLE]


def test_weights_from_before_the_rise_are_not_touched_by_it() -> None:
    made = trained(eval_losses=(0.7, 0.8, 0.9))
    (said,) = made.said("eval-loss-diverging")
    assert said.severity is Severity.NOTE
    assert "the reported weights are from before the rise" in said.text
    assert [r.status for r in made.said("not-best-checkpoint")] == [Status.KEPT]


def test_a_gap_is_one_of_the_weights_that_were_measured() -> None:
    gap = (1.0, 0.8, 0.9, 0.95)
    late = {1: training(1, eval_losses=gap)}
    (lying,) = plain(trainings=late, checkpoints={"tuned": "last"}).said("train-val-gap")
    assert (lying.status, lying.severity) == (Status.BROKEN, Severity.WEAKENS)
    assert "and that of step 40, whose weights are reported, the training loss fell" in lying.text
    assert lying.text.endswith("most of what was learnt since is about the training rows.")
    (clean,) = trained(eval_losses=gap).said("train-val-gap")
    assert (clean.status, clean.severity) == (Status.BROKEN, Severity.NOTE)
    assert clean.text.endswith(
        "; the reported weights are from step 20, up to which it does not show."
    )
    assert [r.status for r in trained().said("train-val-gap")] == [Status.KEPT]


def test_weights_from_after_the_rise_are_one_fact_and_count_once() -> None:
    late = {1: training(1, eval_losses=(0.7, 0.8, 0.9))}
    made = plain(trainings=late, checkpoints={"tuned": "last"})
    (said,) = made.said("eval-loss-diverging")
    assert said.severity is Severity.WEAKENS
    assert said.text.endswith(
        "; the reported weights are from step 30, where it stood 28.6 % higher. `keep: best` takes "
        "those of step 10."
    )
    assert [r.status for r in made.said("not-best-checkpoint")] == [Status.NOT_APPLICABLE]
    # Another seed whose weights are not the best, and whose training loss did not fall, is told.
    flat = training(2, eval_losses=(0.7, 0.8, 0.9), train_losses=[1.0] * 30)
    both = plain(trainings={**late, 2: flat}, checkpoints={"tuned": "last"})
    assert [r.status for r in both.said("eval-loss-diverging")] == [Status.BROKEN]


def test_many_epochs_point_to_the_gap_only_where_one_was_measured() -> None:
    (alone,) = trained(epochs=5.0).said("epochs-high")
    assert "whether it memorised was not measured (add an `overfitting` layer)." in alone.text
    measured = world(qa(TUNED, BASE), *memory(seeds=1), trainings={1: training(1, epochs=5.0)})
    (beside,) = measured.said("epochs-high")
    assert beside.text.endswith("; see the gap between seen and unseen items.")


@pytest.mark.parametrize(
    ("dropout", "cause"), [(0.0, "of earlier weights, "), (0.1, "taken with dropout on, ")]
)
def test_dropout_is_named_as_a_cause_only_where_it_was_on(dropout: float, cause: str) -> None:
    (said,) = trained(
        eval_losses=(1.0, 0.8, 0.6), used={"training.epochs": 1, "adapter.dropout": dropout}
    ).said("eval-below-train")
    assert f"{cause}the evaluation rows are easier, or they leaked." in said.text
    assert "the median of the 5 logged steps around it" in said.text
    assert ("dropout" in said.text) is (dropout > 0)


def test_a_gain_in_validity_is_not_called_unfair_for_being_one_of_form() -> None:
    layer = {**LAYER, "extract": {"kind": "json", "json": "whole"}}
    answers: dict[str, list[Answers]] = {
        "tuned": [[text("{}")] * 60],
        "base": [[text("no")] * 60],
    }
    form, task = {"metric": "json_valid"}, {"metric": "exact_match"}
    of_form = {"layer": "qa", "metric": "json_valid", "gain_at_least": 0.1}
    alone = Asked({**layer, "metrics": [form]}, items(60), answers)
    assert [r.status for r in world(alone, primary=of_form).said("base-format-unfair")] == [
        Status.NOT_APPLICABLE
    ]
    both = Asked({**layer, "metrics": [task, form]}, items(60), answers)
    kept = {"layer": "qa", "metric": "json_valid", "lose_at_most": 0.1}
    (said,) = world(both, guards=[kept]).said("base-format-unfair")
    assert (said.status, said.cites) == (Status.BROKEN, ("qa.exact_match",))


def test_a_hair_above_the_least_loss_is_a_note() -> None:
    made = plain(
        trainings={1: training(1, eval_losses=(0.7, 0.7001))}, checkpoints={"tuned": "last"}
    )
    (said,) = made.said("not-best-checkpoint")
    assert said.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("rows", "rule", "severity"),
    [
        (cut(truncated=300, tokens_lost=9_000), "rows-cut", Severity.WEAKENS),
        (cut(prefix_mismatches=4), "template-mismatch", Severity.WEAKENS),
        (cut(without_end_of_turn=400), "template-mismatch", Severity.INVALIDATES),
    ],
)
def test_how_hard_training_rows_bite(rows: RowCounts, rule: str, severity: Severity) -> None:
    assert [r.severity for r in trained(rows=rows).said(rule)] == [severity]


def test_gaps_of_a_model_that_was_not_trained_here_are_checked_too() -> None:
    made = CASES["gap-did"].lying()
    assert [r.status for r in made.with_evidence(trainings={}).said("gap-did")] == [Status.BROKEN]


def test_a_judge_that_never_judged_is_no_task_outcome() -> None:
    lossy = CASES["proxy-only"].lying()
    judged = Asked(
        {
            "kind": "judge",
            "name": "blind",
            "on": "held-out",
            "judges": [{"model": "m", "base_url": "http://localhost:1/v1"}],
        },
        (),
        {},
    )
    made = world(
        Asked(
            {"kind": "perplexity", "name": "held-out", "dataset": "test"},
            lossy.evidence.items["held-out", "main"],
            {},
        ),
        judged,
        primary={"layer": "held-out", "metric": "nll", "gain_at_least": 0.1},
    ).with_evidence(blocks=lossy.evidence.blocks)
    assert [r.status for r in made.said("proxy-only")] == [Status.BROKEN]


def test_registration_that_was_lost_is_unchecked() -> None:
    made = plain().with_evidence(registration=None)
    assert [r.status for r in made.said("spec-changed-after-results")] == [Status.UNCHECKED]


def test_declared_groups_without_repeats_need_no_clusters() -> None:
    made = world(qa(TUNED, BASE, of=items(N, groups=[f"g{i}" for i in range(N)])))
    assert [r.status for r in made.said("clusters-ignored")] == [Status.KEPT]


def test_a_leak_in_the_guards_data_does_not_speak_about_the_primary() -> None:
    asked = choice("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1")
    made = world(qa(TUNED, BASE), asked, guards=[GUARD], train=asked.items[:50])
    said = next(r for r in made.said("train-eval-overlap") if r.status is Status.BROKEN)
    assert said.cites == ("general.accuracy",)
    assert (
        guarded("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1").verdict.outcome
        is Outcome.BETTER
    )
    assert TEST["path"] == "test.jsonl"


def test_a_dropped_row_is_not_counted_as_cut_a_second_time() -> None:
    """A row is dropped because its cut left nothing to learn: 6 of 400 rows are 1.5 %."""
    said = trained(rows=cut(truncated=6, dropped=6)).said("rows-cut")
    assert [remark.status for remark in said] == [Status.KEPT]


def test_what_was_waived_of_another_arm_leaves_the_primary_alone() -> None:
    """An invalidating rule voids what it is about, and nothing beside it."""
    log = PreflightLog(checks=(Check(name="adapter_base", status="failed", text="another base"),))
    made = world(
        qa(TUNED, BASE, others={"tuned-other": TUNED}),
        preflights={"preflight tuned-other": log},
        more={"preflight": {"waive": [{"check": "adapter_base", "because": "the same weights"}]}},
    )
    (said,) = made.said("adapter-sound")
    assert said.status is Status.BROKEN
    assert not {f.id for f in made.findings.by_role(FindingRole.PRIMARY)} & {*said.cites}
    assert made.verdict.outcome is not Outcome.INVALID_EVIDENCE


def test_two_names_of_the_same_weights_are_one_checkpoint() -> None:
    def said(step: int) -> list[Status]:
        kept = [
            Checkpoint(name=name, step=at, epoch=1.0, digest=f"d{at}", folder=name)
            for name, at in (("best", 50), ("epoch-1", step))
        ]
        log = training(1).model_copy(update={"checkpoints": tuple(kept)})
        made = world(
            qa(TUNED, BASE, others={"tuned-other": TUNED}),
            checkpoints={"tuned-other": "epoch-1"},
            trainings={1: log},
        )
        return [one.status for one in made.said("best-checkpoint-on-test")]

    assert said(50) == [Status.KEPT]
    assert said(25) == [Status.BROKEN]
