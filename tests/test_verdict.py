"""The sentence on top: every outcome from evidence made by hand, and what it may not say."""

import pytest

from evalreport.estimates import NotEstimable
from evalreport.records import Role, RowCounts
from evalreport.rules.base import Remark, Severity, Status
from evalreport.verdict import Outcome, Strength, Verdict, decide, reservation
from tests.analyze.evidence import GUARD, PRIMARY, TRAIN, World, training, world
from tests.analyze.layers import Asked, Options, choice, items, loss, qa
from tests.rules.cases import scored_before
from tests.rules.imported_worlds import TUNED, imported, reading_of, rows_of
from tests.rules.recorded_worlds import judged, recorded

BETTER = "1" * 120 + "0" * 80, "1" * 60 + "0" * 140
HARDLY = "1" * 545 + "0" * 455, "1" * 500 + "0" * 500
UNCLEAR = "1" * 85 + "0" * 115, "1" * 60 + "0" * 140
WORSE = BETTER[::-1]
SAME = "10" * 3 + "0" * 494, "01" * 3 + "0" * 494
MAYBE = "1" * 24 + "0" * 76, "0" * 24 + "1" * 14 + "0" * 62

KEPT = "1" * 230 + "0" * 4 + "1" * 4 + "0" * 162, "1" * 230 + "1" * 4 + "0" * 4 + "0" * 162
LOST = "1" * 150 + "0" * 250, "1" * 230 + "0" * 170
DOUBTFUL = "1" * 50 + "0" * 12 + "1" * 8 + "0" * 30, "1" * 50 + "1" * 12 + "0" * 8 + "0" * 30


SHOTS = {"base-prompted": "3 worked examples"}
PROMPTED: Options = {
    "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
    "comparisons": [["tuned", "base-prompted"]],
}


def made(codes: tuple[str, str], guard: tuple[str, str] | None = None, **more: object) -> World:
    guards: list[Options] = [GUARD] if guard else []
    layers = [qa(*codes), *([choice(*guard)] if guard else [])]
    return world(*layers, guards=guards, **more)  # type: ignore[arg-type]  # as `world` takes them


@pytest.mark.parametrize(
    ("primary", "guard", "outcome"),
    [
        (BETTER, KEPT, "better"),
        (BETTER, None, "better_retention_unknown"),
        (BETTER, DOUBTFUL, "better_retention_unknown"),
        (BETTER, LOST, "mixed"),
        (WORSE, KEPT, "worse"),
        (WORSE, LOST, "worse"),
        (SAME, KEPT, "equivalent"),
        (SAME, None, "equivalent"),
        (SAME, LOST, "regression_without_gain"),
        (MAYBE, LOST, "regression_without_gain"),
        (MAYBE, KEPT, "inconclusive"),
        (MAYBE, None, "inconclusive"),
        (("1" * 5, "0" * 5), None, "inconclusive"),
        (("-" * 20, "1" * 20), KEPT, "not_measured"),
    ],
)
def test_every_outcome(
    primary: tuple[str, str], guard: tuple[str, str] | None, outcome: str
) -> None:
    verdict = made(primary, guard).verdict
    assert verdict.outcome.value == outcome
    assert verdict.headline.endswith(".")
    assert verdict.next_step.endswith(".")


def test_invalid_evidence_comes_before_everything() -> None:
    whole = made(WORSE, LOST, train=(*items(200)[:20],))
    assert whole.verdict.outcome is Outcome.INVALID_EVIDENCE
    assert "occur in training" in whole.verdict.headline
    assert whole.verdict.next_step == (
        "Mend the evidence and build again. Take the shared items out of the training data, or "
        "test on items that training never saw (train-eval-overlap). Look at what was lost as well: "
        "general accuracy."
    )
    # Whatever becomes of the gain, what was lost is not passed over.
    assert whole.verdict.headline.endswith(
        "; all the same, general accuracy got worse: −20.0 points (95 % interval −24.2 to −16.4)."
    )


def test_invalid_evidence_of_few_items_is_to_be_had_from_more_of_them() -> None:
    few = judged({"tuned": 10, "base": 8, "tie": 2}, orders="fixed", slot="A").verdict
    assert few.outcome is Outcome.INVALID_EVIDENCE
    assert few.next_step == (
        "Mend the evidence and build again. Let the judge see every pair in both orders "
        "(judge-position-fixed). To find a gain of 10 points four times in five takes about 723 "
        "items: here there are 20."
    )
    many = judged({"tuned": 600, "base": 480, "tie": 120}, orders="fixed", slot="A").verdict
    assert many.next_step.endswith("(judge-position-fixed).")


@pytest.mark.parametrize("primary", [BETTER, MAYBE])
def test_a_loss_is_in_the_headline_with_its_size(primary: tuple[str, str]) -> None:
    headline = made(primary, LOST).verdict.headline
    assert "general accuracy got worse: −20.0 points (95 % interval −24.2 to −16.4)" in headline
    assert "qa exact match +" in headline


def test_a_guard_whose_loss_is_a_rise_did_not_fall() -> None:
    guard = {"layer": "held-out", "metric": "nll", "lose_at_most": 0.01}
    risen = [2.5 + 0.01 * (i % 7) for i in range(60)]
    before = [2.0 + 0.02 * (i % 5) for i in range(60)]
    verdict = world(qa(*BETTER), loss(risen, before), guards=[guard]).verdict
    assert verdict.outcome is Outcome.MIXED
    assert "held-out nll got worse: +0.4" in verdict.headline
    assert "fell" not in verdict.headline


def test_nothing_declared_decides_nothing() -> None:
    verdict = made(BETTER, primary=None).verdict
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert verdict.headline == "Nothing decides: no primary metric was declared."


# How much is claimed


@pytest.mark.parametrize(
    ("codes", "opening", "size"),
    [
        (BETTER, "The fine-tuning worked:", "at least the 10 points asked for"),
        (UNCLEAR, "The fine-tuning helped:", "whether it reaches the 10 points asked for"),
        (HARDLY, "The fine-tuning helped, but less than was asked for:", "real, but less than"),
    ],
)
def test_a_gain_is_not_sold_as_more_than_it_is(
    codes: tuple[str, str], opening: str, size: str
) -> None:
    verdict = made(codes, KEPT).verdict
    assert verdict.outcome is Outcome.BETTER
    assert verdict.headline.startswith(opening)
    assert size in verdict.headline
    assert "and the guard was retained" in verdict.headline
    if "less than was asked" in opening:
        assert "ship it or publish" not in verdict.next_step


def test_equal_means_within_the_declared_gain_and_is_said_so() -> None:
    verdict = made(SAME, primary={**PRIMARY, "gain_at_least": 0.02}).verdict
    assert verdict.outcome is Outcome.EQUIVALENT
    assert "changed by less than the 2 points declared worth having" in verdict.headline
    assert "90 % interval" in verdict.headline
    assert "nothing" not in verdict.headline


def test_a_large_gain_asked_for_does_not_turn_a_real_one_into_nothing() -> None:
    # 4.5 points are shown; asked were 30. It is better, and less than was asked for.
    verdict = made(HARDLY, KEPT, primary={**PRIMARY, "gain_at_least": 0.3}).verdict
    assert verdict.outcome is Outcome.BETTER
    assert "less than was asked for" in verdict.headline


def test_inconclusive_says_how_many_fresh_items_would_tell() -> None:
    verdict = made(MAYBE, KEPT).verdict
    assert verdict.headline.startswith("These items cannot tell")
    assert verdict.next_step.startswith("Test on a fresh set of at least")
    assert "no difference" not in verdict.headline


def test_a_fresh_set_has_new_groups_not_more_items_of_these() -> None:
    grouped = items(100, clusters=[f"c{i // 4}" for i in range(100)])
    whole = world(qa(*MAYBE, of=grouped))
    primary = whole.findings.primary
    assert primary is not None
    assert primary.n_required is not None
    wanted = f"at least {primary.n_required:,} items in {primary.n_required // 4} groups before"
    assert wanted in whole.verdict.next_step


def test_three_seeds_that_cannot_tell_ask_for_more_seeds() -> None:
    far = [code * 200 for code in ("1", "0", "10")]
    verdict = world(qa([one[:200] for one in far], UNCLEAR[1]), seeds=(1, 2, 3)).verdict
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.next_step.startswith("Train with more seeds")


def test_an_outcome_withheld_for_missing_answers_asks_for_the_answers() -> None:
    verdict = made(("-" * 120 + "0" * 80, BETTER[1])).verdict
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.next_step.startswith("Build again until every item has an answer")
    assert verdict.headline.startswith(
        "120 of 200 items of qa have no answer, which could change what the others show: "
        "qa exact match "
    )


def test_where_most_answers_are_missing_the_headline_does_not_blame_the_items() -> None:
    headline = made(("-" * 38 + "10", "1" * 20 + "0" * 20)).verdict.headline
    assert headline.startswith(
        "38 of 40 items of qa have no answer, and the others cannot tell whether the fine-tuning "
        "worked: qa exact match "
    )


def test_a_headline_blames_the_items_where_few_answers_are_missing() -> None:
    headline = made(("-" + "10" * 20, "01" * 20 + "1")).verdict.headline
    assert headline.startswith("These items cannot tell whether the fine-tuning worked: ")


@pytest.mark.parametrize(
    ("codes", "begins"),
    [
        (("-" * 38 + "10", "1" * 20 + "0" * 20), "Build again until every item has an answer"),
        (("-" + "10" * 20, "01" * 20 + "1"), "Test on a fresh set of at least"),
    ],
    ids=["nearly all are missing", "one of many is missing"],
)
def test_what_is_missing_comes_before_fresh_items_where_it_would_be_enough(
    codes: tuple[str, str], begins: str
) -> None:
    assert made(codes).verdict.next_step.startswith(begins)


# Losses as primary


def test_a_loss_can_condemn_and_never_acquit() -> None:
    base = [2.0 + 0.05 * (i % 9) for i in range(80)]
    less = [b - 0.5 + 0.01 * (i % 3) for i, b in enumerate(base)]
    declared = {"layer": "held-out", "metric": "nll", "gain_at_least": 0.1}
    lower = world(loss(less, base), primary=declared).verdict
    assert lower.outcome is Outcome.INCONCLUSIVE
    assert lower.headline.startswith("A loss cannot show that the fine-tuning worked")
    assert "Declare a primary that measures the task's outcome" in lower.next_step
    assert world(loss(base, less), primary=declared).verdict.outcome is Outcome.WORSE
    same = [b + (0.001 if i % 2 else -0.001) for i, b in enumerate(base)]
    assert world(loss(same, base), primary=declared).verdict.outcome is Outcome.INCONCLUSIVE


# Several primaries


def both(first: tuple[str, str], second: tuple[str, str], *guards: tuple[str, str]) -> Verdict:
    return world(
        qa(*first),
        qa(*second, name="second", dataset="second", of=items(len(second[0]), prefix="s")),
        *[choice(*guard) for guard in guards],
        guards=[GUARD] if guards else [],
        evaluation={
            "co_primary": [{"layer": "second", "metric": "exact_match", "gain_at_least": 0.1}]
        },
    ).verdict


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (BETTER, BETTER, "better"),
        (BETTER, MAYBE, "inconclusive"),
        (MAYBE, BETTER, "inconclusive"),
        (BETTER, WORSE, "worse"),
        (SAME, SAME, "equivalent"),
        (SAME, BETTER, "inconclusive"),
        (("-" * 20, "1" * 20), WORSE, "worse"),
        (("-" * 20, "1" * 20), BETTER, "not_measured"),
    ],
)
def test_all_primaries_must_get_better(
    first: tuple[str, str], second: tuple[str, str], outcome: str
) -> None:
    assert both(first, second, KEPT).outcome.value == outcome


def test_the_headline_names_every_primary_that_matters() -> None:
    shown = both(BETTER, BETTER, KEPT).headline
    assert "qa exact match" in shown
    assert "second exact match" in shown
    assert "second exact match" in both(BETTER, WORSE, KEPT).headline
    assert "qa exact match" not in both(BETTER, WORSE, KEPT).headline
    half = both(BETTER, MAYBE, KEPT).headline
    assert half.startswith("Not everything that had to get better is shown to (second exact match)")


# Guards whose evidence does not count


def test_a_guard_that_training_has_seen_is_not_retained() -> None:
    guarded = choice(*KEPT)
    whole = world(qa(*BETTER), guarded, guards=[GUARD], train=guarded.items[:40])
    assert whole.finding("general.accuracy").outcome.value == "retained"
    verdict = whole.verdict
    assert verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert any(text.startswith("general accuracy does not count:") for text in verdict.because)
    assert "train-eval-overlap" in verdict.next_step
    assert "is retained" not in " ".join(verdict.because)


def test_a_requirement_that_training_has_seen_is_not_met() -> None:
    seen = qa("1" * 196 + "0" * 4, BETTER[1], name="format", dataset="format",
              of=items(200, prefix="f"))  # fmt: skip
    asked = {"layer": "format", "metric": "exact_match", "value_at_least": 0.9}
    whole = world(
        qa(*BETTER),
        choice(*KEPT),
        seen,
        guards=[GUARD],
        evaluation={"requirements": [asked]},
        train=seen.items,
    )
    (required,) = [one for one in whole.findings.measurements if one.requirement is not None]
    assert required.met is True
    (said,) = whole.said("train-eval-overlap")
    assert required.id in said.cites
    verdict = whole.verdict
    assert verdict.outcome is Outcome.BETTER
    assert verdict.headline.startswith("The fine-tuning helped: ")
    assert "; a requirement is on evidence that does not count: format exact" in verdict.headline
    assert verdict.next_step.startswith("Mend the evidence for the requirement and build again. ")
    assert verdict.next_step.endswith(" (train-eval-overlap).")
    (line,) = [text for text in verdict.because if text.startswith("Required of tuned")]
    assert "98.0 %" in line
    assert "which does not count: " in line
    assert "; met" not in line


def test_a_leaked_requirement_does_not_blame_the_guard() -> None:
    seen = qa(*BETTER, name="format", dataset="format", of=items(200, prefix="f"))
    asked = {"layer": "format", "metric": "exact_match", "value_at_least": 0.5}
    whole = world(qa(*BETTER), seen, evaluation={"requirements": [asked]}, train=seen.items)
    assert whole.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert whole.verdict.next_step.startswith("Declare a guard")


def test_only_what_is_cited_does_not_count() -> None:
    """One of two primaries leaked: no verdict, and the other's sentence stays."""
    second = qa(*BETTER, name="style", dataset="style", of=items(200, prefix="s"))
    co_primary = {"layer": "style", "metric": "exact_match", "gain_at_least": 0.1}
    whole = world(
        qa(*BETTER), second, evaluation={"co_primary": [co_primary]}, train=second.items[:60]
    )
    assert whole.verdict.outcome is Outcome.INVALID_EVIDENCE
    told = whole.verdict.because
    assert any(text.startswith("style exact match does not count: ") for text in told)
    assert any(text.startswith("tuned is better than base on qa exact match") for text in told)


def test_a_gain_that_is_only_format_is_no_verdict() -> None:
    # Of 300 items the base gets 30 into shape, and on those it is right and tuned is wrong.
    tuned, base = "0" * 30 + "1" * 200 + "0" * 70, "1" * 30 + "?" * 270
    whole = made((tuned, base), KEPT)
    assert whole.finding("qa.exact_match").outcome.value == "better"
    assert whole.verdict.outcome is Outcome.INVALID_EVIDENCE
    # The headline gives what decides; the rest stands once, below.
    headline = whole.verdict.headline
    assert headline.startswith(
        "The evidence cannot carry a verdict: Among the 30 items that both got into shape, qa "
        "exact match is −100 points (95 % interval −100 to "
    )
    assert headline.endswith(").")
    assert "the share of outputs that could not be read" in whole.verdict.because[0]
    assert whole.verdict.next_step.startswith(
        "Mend the evidence and build again. Hold tuned against"
    )
    assert whole.verdict.next_step.endswith(" (base-format-unfair).")


def test_a_gain_over_a_base_that_could_never_be_read_is_said_to_be_format_on_top() -> None:
    whole = made((BETTER[0], "?" * 200), KEPT)
    verdict = whole.verdict
    assert verdict.outcome is Outcome.BETTER
    assert verdict.headline == (
        "A gain that may be format alone, on weak evidence: qa exact match +60.0 points (95 % "
        "interval +53.1 to +66.5), and the guard was retained."
    )
    assert verdict.strength is Strength.WEAK
    assert any(
        text.startswith("The evidence is weak: all of the gain may be format; ")
        for text in verdict.because
    )
    assert not any("asked for" in text for text in verdict.because)
    said = reservation(whole.findings, whole.remarks)
    assert said == "of the gain, all of which may be format"
    some = made((BETTER[0], "?" * 100 + "1" * 10 + "0" * 90), KEPT)
    assert "may be format" not in some.verdict.headline


def after(whole: World, tries: int) -> World:
    """The same after so many other trained arms were scored on its items."""
    return scored_before(whole, *(f"try {i}" for i in range(tries)))


EIGHT = "1" * 8 + "0" * 192, "0" * 200  # p = 0.0078: shown for one arm, and not for one of ten
HALF_A_POINT: Options = {**PRIMARY, "gain_at_least": 0.005}


def test_the_best_of_several_is_told_as_that_and_not_said_to_reach_what_was_asked_for() -> None:
    whole = after(made(BETTER, KEPT), 4)
    assert whole.verdict.outcome is Outcome.BETTER
    assert whole.verdict.strength is Strength.FULL
    assert whole.verdict.headline == (
        "The fine-tuning helped: qa exact match +30.0 points (95 % interval +24.1 to +36.7), and "
        "the guard was retained; 5 trained arms were scored on these items, so the best of them "
        "looks better than it is."
    )
    assert whole.verdict.because[0].endswith(
        "200 items; shown when it is held against the 5 trained arms that were scored on these "
        "items."
    )
    assert reservation(whole.findings, whole.remarks) == ""
    small = after(made(BETTER, KEPT, primary={**PRIMARY, "gain_at_least": 0.5}), 4)
    assert "real, but less than the 50 points asked for" in small.verdict.headline


@pytest.mark.parametrize("guard", [KEPT, None])
def test_a_gain_that_is_not_shown_for_all_that_were_tried_is_weak(
    guard: tuple[str, str] | None,
) -> None:
    alone = made(EIGHT, guard, primary=HALF_A_POINT)
    assert "at least the 0.5 points asked for" in alone.verdict.headline
    whole = after(alone, 9)
    verdict = whole.verdict
    assert (verdict.outcome, verdict.strength) == (alone.verdict.outcome, Strength.WEAK)
    assert verdict.headline.startswith(
        "A gain that may come from picking alone, on weak evidence: qa exact match +4.0 points "
    )
    assert "asked for" not in verdict.headline
    assert verdict.because[0].endswith(
        "; not shown when it is held against the 10 trained arms that were scored on these items."
    )
    assert verdict.because[-1].startswith(
        "The evidence is weak: the gain may come from picking alone; "
    )
    assert "held against all arms that were tried, the gain is not shown" in reservation(
        whole.findings, whole.remarks
    )
    assert verdict.next_step.startswith("Do not quote this figure yet. ")


def test_a_loss_is_as_sure_as_it_was_before_others_were_tried() -> None:
    mixed = after(made(EIGHT, LOST, primary=HALF_A_POINT), 9).verdict
    assert mixed.outcome is Outcome.MIXED
    assert mixed.headline.startswith("A gain that may come from picking alone, with a loss, on")
    # Weak by three rules, not because of a gain that may be none.
    assert mixed.because[-1].startswith("The evidence is weak: 3 rules broken (few-discordant, ")


def test_what_must_get_better_on_other_items_is_not_held_against_those_arms() -> None:
    beside = {"layer": "general", "metric": "accuracy", "gain_at_least": 0.01}
    whole = after(world(qa(*BETTER), choice(*LOST[::-1]), evaluation={"co_primary": [beside]}), 9)
    (said,) = whole.said("best-checkpoint-on-test")
    assert said.cites == ("qa.exact_match",)
    assert "), at least the 1 point asked for; what was lost" in (whole.verdict.headline)


def test_with_format_the_gain_over_a_base_that_can_be_read_is_held_against_all() -> None:
    """Over base-prompted tuned gains eight of 200, over a base that cannot be read all it has."""
    whole = world(
        qa("1" * 112 + "0" * 88, "?" * 200, others={"base-prompted": "1" * 104 + "0" * 96}),
        choice(*KEPT),
        guards=[GUARD],
        prompting=SHOTS,
        more=PROMPTED,
    )
    verdict = after(whole, 9).verdict
    assert verdict.headline.startswith("A gain that may come from picking alone, on weak evidence")
    assert "real, but less than the 10 points asked for" in verdict.headline
    assert "part of which is format; not shown when it is held against" in verdict.because[0]


def test_a_base_that_was_prompted_and_read_takes_format_off_the_headline() -> None:
    whole = world(
        qa(BETTER[0], "?" * 200, others={"base-prompted": BETTER[1]}),
        choice(*KEPT),
        guards=[GUARD],
        prompting=SHOTS,
        more=PROMPTED,
    )
    assert whole.verdict.headline.startswith("The fine-tuning worked: ")
    assert "format" not in whole.verdict.headline


def test_where_part_of_a_gain_is_format_the_headline_gives_what_is_more() -> None:
    """A base that cannot be read loses by 60 points, and one with a prompt by 8 of 10 asked."""
    whole = world(
        qa(BETTER[0], "?" * 200, others={"base-prompted": "1" * 104 + "0" * 96}),
        choice(*KEPT),
        guards=[GUARD],
        prompting=SHOTS,
        more=PROMPTED,
    )
    verdict = whole.verdict
    assert verdict.outcome is Outcome.BETTER
    assert verdict.headline.startswith(
        "The fine-tuning helped: qa exact match +60.0 points (95 % interval +53.1 to +66.5), part "
        "of which is format; against base-prompted +8.0 points (95 % interval +5.0 to +12.6), "
        "whether it reaches the 10 points asked for is not settled, and the guard was retained"
    )
    assert verdict.next_step == (
        "Judge the training by what it adds to base-prompted, +8.0 points (95 % interval +5.0 to "
        "+12.6): the rest of the gain a prompt gives as well."
    )
    (told,) = [text for text in verdict.because if "better than base" in text]
    assert told.endswith("200 items; part of which is format.")


def test_no_gain_over_a_prompted_base_asks_for_no_prompted_base() -> None:
    whole = world(
        qa(BETTER[0], "?" * 200, others={"base-prompted": BETTER[0]}),
        prompting=SHOTS,
        more=PROMPTED,
    )
    assert whole.verdict.outcome is Outcome.INVALID_EVIDENCE
    assert whole.verdict.next_step == (
        "Use the base with a better prompt, over which no gain is shown, or change the training "
        "and test once more, on items not used before (base-format-unfair)."
    )


def test_a_set_without_room_for_the_gain_is_not_said_to_show_that_there_is_none() -> None:
    # The base stands at 96 %, and tuned a little above: 10 points cannot be gained.
    tuned, base = "0" * 4 + "1" * 6 + "1" * 476 + "0" * 14, "1" * 4 + "0" * 6 + "1" * 476 + "0" * 14
    top = made((tuned, base)).verdict
    assert top.outcome is Outcome.EQUIVALENT
    assert top.headline.startswith("No difference of the size asked for could be seen")
    assert top.headline.endswith(
        "The base stands at 96.0 % on qa exact match: less than 10 points are left to gain, so this "
        "set cannot show such a gain."
    )
    assert top.next_step.startswith("Test on a fresh set of harder items before deciding")
    few = made(("1" * 19 + "0", "1" * 19 + "0")).verdict
    assert few.outcome is Outcome.INCONCLUSIVE
    assert few.next_step == top.next_step


def test_a_loss_beside_one_gain_of_two_is_not_called_a_loss_without_a_gain() -> None:
    second = qa(*MAYBE, name="style", dataset="style", of=items(100, prefix="s"))
    co_primary = {"layer": "style", "metric": "exact_match", "gain_at_least": 0.1}
    whole = world(
        qa(*BETTER), second, choice(*LOST), guards=[GUARD], evaluation={"co_primary": [co_primary]}
    )
    assert whole.verdict.outcome is Outcome.REGRESSION_WITHOUT_GAIN
    assert whole.verdict.headline.startswith(
        "A loss, and not everything that had to get better is shown to (style exact match)"
    )
    assert "no gain is shown" not in whole.verdict.headline
    assert reservation(whole.findings, whole.remarks).startswith(
        "tuned shows a loss, and not every gain that was asked for"
    )


def test_nothing_is_said_of_the_form_of_a_gain_that_is_none() -> None:
    """A base that was read nowhere, and a tuned that is not better either."""
    verdict = made(("1" + "0" * 59, "?" * 60), KEPT).verdict
    assert verdict.outcome is Outcome.EQUIVALENT
    assert verdict.strength is Strength.FULL
    assert not any("all of the gain may be format; " in text for text in verdict.because)


def test_a_handful_of_items_asks_for_as_many_as_no_rule_breaks_on() -> None:
    few = ("1" * 6 + "00", "1" * 3 + "0" * 5)
    assert made(few).verdict.next_step == (
        "Test on a fresh set of at least 30 items: 8 items carry no interval. `evalreport plan` "
        "says how many a gain of 10 points needs."
    )
    four = items(8, clusters=[f"c{i // 2}" for i in range(8)])
    assert (
        "at least 30 items in 10 or more groups: 8 items"
        in world(qa(*few, of=four)).verdict.next_step
    )


def test_one_item_carries_no_interval() -> None:
    assert ": 1 item carries no interval." in made(("1", "0")).verdict.next_step


def test_a_test_that_disagrees_with_the_interval_asks_for_a_larger_set() -> None:
    edge = ("1" * 5 + "0" * 45, "0" * 50)
    verdict = made(edge).verdict
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.next_step == (
        "Test on a larger fresh set: qa exact match (about 78 items). Here the test and the interval "
        "disagree, as they do at the edge of what so many items show."
    )


@pytest.mark.parametrize("has_primary", [True, False])
def test_of_one_model_alone_the_other_is_asked_for(has_primary: bool) -> None:
    layer: Options = {"name": "x", "n": 200, "rows": [{"metric": "accuracy", "tuned": 0.5}]}
    primary: Options = {"layer": "x", "metric": "accuracy", "gain_at_least": 0.1}
    verdict = recorded(layer, primary=primary if has_primary else None).verdict
    assert verdict.next_step == (
        "Record the base model's number on the same items, where one was published, or ask both "
        "models here, and build again (no-baseline)."
        if has_primary
        else "Measure the other model on the same items as well: of one alone nothing can be "
        "compared. Then declare evaluation.primary with the gain worth having, and build again."
    )


def test_of_a_tool_that_measured_one_model_a_run_of_the_other_is_asked_for() -> None:
    alone = imported({"tuned": [reading_of("tuned", rows_of("tuned", TUNED))]})
    assert alone.verdict.next_step == (
        "Run the tool on the base model as well, with the same items and settings, name both files "
        "and build again (no-baseline)."
    )


def test_numbers_of_both_without_a_primary_ask_for_one() -> None:
    both: Options = {"name": "x", "n": 200, "rows": [{"metric": "rate", "tuned": 0.5, "base": 0.4}]}
    assert recorded(both).verdict.next_step.startswith("Declare evaluation.primary")


def test_what_shipping_would_rest_on_is_named_before_shipping() -> None:
    verdict = made(BETTER, KEPT).verdict
    assert verdict.strength is Strength.FULL
    assert verdict.next_step.startswith(
        "Read the limitations before you ship it or publish the model card. What would help most: "
    )


def test_what_does_not_count_has_a_number_and_no_word_for_it() -> None:
    whole = made(BETTER, KEPT, train=(*items(200)[:150],))
    verdict = whole.verdict
    assert verdict.outcome is Outcome.INVALID_EVIDENCE
    assert any(
        text.startswith("qa exact match does not count: +30.0 points") for text in verdict.because
    )
    assert not any("is better than" in text for text in verdict.because)


def test_a_guard_with_missing_answers_asks_for_the_answers() -> None:
    lost = "1" * 190 + "-" * 40 + "0" * 170, "1" * 230 + "0" * 170
    verdict = made(BETTER, lost).verdict
    assert verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert verdict.next_step.startswith("Build again until every item has an answer")


def test_a_small_gain_on_weak_evidence_is_called_small_first() -> None:
    whole = made(HARDLY, KEPT)
    weak = [remark(f"rule-{i}", "qa.exact_match") for i in range(3)]
    verdict = decide(whole.findings, (*whole.remarks, *weak))
    assert verdict.strength is Strength.WEAK
    assert verdict.next_step.startswith("Decide whether so small a gain is worth shipping")


def test_a_guard_on_which_the_base_guesses_cannot_be_lost() -> None:
    guess = "1" * 110 + "0" * 290
    whole = made(BETTER, (guess, guess[1:] + "1"))
    assert whole.finding("general.accuracy").outcome.value == "retained"
    assert whole.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert "what it cannot do, tuned cannot lose" in " ".join(whole.verdict.because)


def test_a_loss_on_a_guard_that_does_not_count_is_still_told() -> None:
    guarded = choice(*LOST)
    whole = world(qa(*BETTER), guarded, guards=[GUARD], train=guarded.items[:40])
    assert whole.verdict.outcome is Outcome.MIXED
    (told,) = [text for text in whole.verdict.because if text.startswith("general accuracy lost")]
    assert "But this evidence is in doubt. " in told
    assert "occur in training" in told


def test_one_guard_of_two_that_is_open_leaves_retention_open() -> None:
    second = qa(*DOUBTFUL, name="style", dataset="style", of=items(100, prefix="s"))
    verdict = world(
        qa(*BETTER),
        choice(*KEPT),
        second,
        guards=[GUARD, {"layer": "style", "metric": "exact_match", "lose_at_most": 0.05}],
    ).verdict
    assert verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert "style exact match (about" in verdict.next_step
    assert verdict.because[1].startswith("Whether style exact match is retained")


# Requirements


def test_a_requirement_that_is_not_met_is_on_top_with_the_gain() -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_least": 0.9}
    verdict = made(BETTER, KEPT, evaluation={"requirements": [asked]}).verdict
    assert verdict.outcome is Outcome.BETTER
    assert verdict.headline.startswith("The fine-tuning helped: ")
    assert "; a requirement is not met: qa exact match of tuned" in verdict.headline
    assert verdict.next_step == (
        "Do not ship it as it is: qa exact match of tuned is 60.0 %, 30.0 points short of the 90 % "
        "asked for. Look at the outputs that fail, and train again."
    )
    (said,) = [text for text in verdict.because if text.startswith("Required")]
    assert said.startswith("Required of tuned: qa exact match at least 90 %; not met: 60.0 %")


def test_a_requirement_that_is_not_met_comes_before_weak_evidence_and_open_retention() -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_least": 0.9}
    whole = made(BETTER, KEPT, evaluation={"requirements": [asked]})
    weak = [remark(f"rule-{i}", "qa.exact_match") for i in range(3)]
    verdict = decide(whole.findings, (*whole.remarks, *weak))
    assert verdict.strength is Strength.WEAK
    assert verdict.next_step.startswith("Do not ship it as it is: qa exact match of tuned is 60.0")
    alone = made(BETTER, evaluation={"requirements": [asked]}).verdict
    assert alone.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert alone.next_step.startswith("Do not ship it as it is: ")


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        (
            {"value_at_most": 0.4},
            (
                "Do not ship it as it is: qa exact match of tuned is 60.0 %, 20.0 points above the "
                "40 % allowed."
            ),
        ),
        (
            {"value_at_least": 0.58},
            (
                "Settle what is required before shipping: qa exact match of tuned is 60.0 % (95 % "
                "interval 52.9 to 66.8), and at least 58 % is asked of the whole interval; a larger "
                "fresh set would tell."
            ),
        ),
        (
            {"value_at_least": 0.5, "arm": "base-prompted"},
            (
                "Settle what is required before shipping: qa exact match of base-prompted was not "
                "measured (base-prompted gave no such score), and at least 0.5 is asked."
            ),
        ),
    ],
)
def test_the_next_step_says_by_how_much_a_requirement_is_missed(
    asked: dict[str, object], advice: str
) -> None:
    required = {"layer": "qa", "metric": "exact_match", **asked}
    verdict = made(BETTER, KEPT, evaluation={"requirements": [required]}).verdict
    assert verdict.next_step.startswith(advice)


# Reservations


@pytest.mark.parametrize(
    ("primary", "guard", "said"),
    [
        (BETTER, KEPT, ""),
        (BETTER, None, "what else tuned lost is not shown"),
        (BETTER, LOST, "tuned also got worse at what was not to be lost"),
        (WORSE, KEPT, "tuned is worse than the base"),
        (MAYBE, LOST, "tuned shows a loss and no gain"),
        (SAME, KEPT, "tuned is no better than the base by the gain asked for"),
        (MAYBE, KEPT, "that tuned is better than the base is not shown"),
        (("-" * 20, "1" * 20), KEPT, "whether tuned is better than the base was not measured"),
    ],
)
def test_what_stands_against_using_tuned(
    primary: tuple[str, str], guard: tuple[str, str] | None, said: str
) -> None:
    whole = made(primary, guard)
    assert reservation(whole.findings, whole.remarks) == said


def test_void_evidence_and_unmet_requirements_stand_against_using_tuned() -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_least": 0.9}
    whole = made(BETTER, KEPT, evaluation={"requirements": [asked]})
    assert reservation(whole.findings, whole.remarks) == (
        "a requirement is not met: qa exact match of tuned is 60.0 %, 30.0 points short of the "
        "90 % asked for"
    )
    leaked = made(BETTER, KEPT, train=(*items(200)[:20],))
    said = reservation(leaked.findings, leaked.remarks)
    assert said == "the evidence for tuned cannot carry a verdict"


@pytest.mark.parametrize(
    ("least", "word"), [(0.4, "; met: "), (0.58, "; not shown to be met: "), (0.7, "; not met: ")]
)
def test_a_requirement_is_met_not_met_or_not_shown(least: float, word: str) -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_least": least}
    verdict = made(BETTER, KEPT, evaluation={"requirements": [asked]}).verdict
    assert any(word in text for text in verdict.because)


def test_a_requirement_may_be_an_upper_limit() -> None:
    asked = {"layer": "qa", "metric": "exact_match", "value_at_most": 0.4}
    verdict = made(BETTER, KEPT, evaluation={"requirements": [asked]}).verdict
    (said,) = [text for text in verdict.because if text.startswith("Required")]
    assert said.startswith("Required of tuned: qa exact match at most 40 %; not met: 60.0 %")


# Strength


def remark(rule: str, *cites: str, severity: Severity = Severity.WEAKENS) -> Remark:
    return Remark(
        rule=rule,
        family="data",
        severity=severity,
        status=Status.BROKEN,
        text=f"{rule} is broken.",
        cites=cites,
    )


def test_three_different_rules_make_it_weak_and_three_remarks_of_one_do_not() -> None:
    findings = made(BETTER, KEPT).findings
    cite = "qa.exact_match"
    one = decide(findings, tuple(remark("a", cite) for _ in range(5)))
    assert one.strength is Strength.FULL
    three = decide(findings, tuple(remark(rule, cite) for rule in "abc"))
    assert three.strength is Strength.WEAK
    assert "on weak evidence" in three.headline
    assert three.because[-1] == "The evidence is weak: 3 rules broken (a, b, c)."
    assert three.next_step == "Strengthen the evidence before relying on it. a is broken (a)."
    elsewhere = decide(findings, tuple(remark(rule, "other.metric") for rule in "abc"))
    assert elsewhere.strength is Strength.FULL


def test_notes_and_unchecked_rules_bear_no_weight() -> None:
    findings = made(BETTER, KEPT).findings
    cite = "qa.exact_match"
    notes = [remark(rule, cite, severity=Severity.NOTE) for rule in "abc"]
    open_ones = [
        remark(rule, cite, severity=Severity.INVALIDATES).model_copy(
            update={"status": Status.UNCHECKED}
        )
        for rule in "def"
    ]
    verdict = decide(findings, (*notes, *open_ones))
    assert (verdict.outcome, verdict.strength) == (Outcome.BETTER, Strength.FULL)


def test_a_rule_on_a_co_primary_counts_as_one_on_the_primary() -> None:
    whole = world(
        qa(*BETTER),
        qa(*BETTER, name="second", dataset="second", of=items(200, prefix="s")),
        evaluation={
            "co_primary": [{"layer": "second", "metric": "exact_match", "gain_at_least": 0.1}]
        },
    )
    verdict = decide(
        whole.findings, (remark("a", "second.exact_match", severity=Severity.INVALIDATES),)
    )
    assert verdict.outcome is Outcome.INVALID_EVIDENCE


def test_cut_training_rows_weaken_and_do_not_invalidate_what_was_measured() -> None:
    rows = RowCounts(rows=400, truncated=200, dropped=0, tokens=1, tokens_lost=999)
    verdict = made(BETTER, KEPT, trainings={1: training(rows=rows)}).verdict
    assert verdict.outcome is Outcome.BETTER


def test_a_primary_on_the_select_set_is_weakened_and_on_the_training_set_invalid() -> None:
    assert made(BETTER, KEPT, roles={"test": Role.SELECT}).verdict.outcome is Outcome.BETTER
    datasets: Options = {"train": TRAIN, "test": {**TRAIN, "role": "test"}}
    seen = made(BETTER, roles={"test": Role.TRAIN}, datasets=datasets)
    assert seen.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_a_layer_that_could_not_run_is_not_measured() -> None:
    whole = world(
        Asked(qa(*BETTER).options, items(200), {}),
        blocked={("qa", "tuned"): "its training failed", ("qa", "base"): "its training failed"},
    )
    primary = whole.findings.primary
    assert primary is not None
    assert isinstance(primary.difference, NotEstimable)
    assert whole.verdict.outcome is Outcome.NOT_MEASURED
    assert whole.verdict.next_step.startswith("Mend the failed or blocked step")
