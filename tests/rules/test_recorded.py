"""Rules about published numbers: what is not said is unchecked; what stood before is extended."""

from dataclasses import replace

import pytest

from evalreport.layers.recorded import Recorded
from evalreport.records import KnownCount
from evalreport.rules.base import Severity, Status
from evalreport.verdict import Outcome
from tests.analyze.evidence import PROTOCOL, World, world
from tests.analyze.layers import qa
from tests.rules.cases import BASE as BASE_CODES
from tests.rules.cases import TUNED as CODES
from tests.rules.cases import plain
from tests.rules.recorded_worlds import BASE, ROW, TUNED, published, recorded

PRIMARY = {"layer": "bench", "metric": "accuracy", "gain_at_least": 0.05}


@pytest.mark.parametrize(
    ("rule", "fact"),
    [
        ("cross-harness", "harness"),
        ("decoding-mismatch", "decoding"),
        ("few-shot-mismatch", "shots"),
        ("base-handicapped", "precision"),
    ],
)
def test_how_an_arm_was_measured_is_unchecked_where_it_was_not_said(rule: str, fact: str) -> None:
    (said,) = published(method={fact: None}).said(rule)
    assert said.status is Status.UNCHECKED
    assert "is not stated" in said.text


@pytest.mark.parametrize("rule", ["different-subsets", "subset-of-parsable"])
def test_over_which_items_is_unchecked_where_it_was_not_said(rule: str) -> None:
    (said,) = published(subset="unknown").said(rule)
    assert said.status is Status.UNCHECKED


@pytest.mark.parametrize("rule", ["decoding-mismatch", "subset-of-parsable"])
@pytest.mark.parametrize("metric", ["token_accuracy", "eval_loss", "perplexity"])
def test_of_fit_to_given_text_nobody_asks_how_answers_were_drawn_or_read(
    rule: str, metric: str
) -> None:
    fit = published({"metric": metric}, method={"decoding": None}, subset="unknown")
    assert [one.status for one in fit.said(rule)] == [Status.NOT_APPLICABLE]
    drawn = published(method={"decoding": None}, subset="unknown")
    assert [one.status for one in drawn.said(rule)] == [Status.UNCHECKED]


def test_another_precision_is_told() -> None:
    (said,) = published(method={"precision": {"tuned": "bfloat16", "base": "nf4"}}).said(
        "base-handicapped"
    )
    assert said.text.startswith("In bench the arms were held in different precision (tuned: bfl")


def test_numbers_of_other_counts_of_items_are_over_other_items() -> None:
    world = published({"base": {**BASE, "n": 480}})
    (said,) = world.said("different-subsets")
    assert said.text == (
        "The two numbers of bench are over different items (500 of tuned, 480 of base)."
    )
    assert said.severity is Severity.INVALIDATES


@pytest.mark.parametrize(
    ("subset", "severity", "says"),
    [
        ("own", Severity.INVALIDATES, "bench is over what could be read (99 % of tuned, 58 % of"),
        ("parsed", Severity.INVALIDATES, "the average is over what worked"),
        ("common", Severity.WEAKENS, "bench is over the items that every arm got into shape"),
    ],
)
def test_averages_over_what_could_be_read(subset: str, severity: Severity, says: str) -> None:
    world = published(subset=subset, parsed={"tuned": 0.99, "base": 0.58})
    (said,) = world.said("subset-of-parsable")
    assert said.severity is severity
    assert says in said.text


def test_labels_of_a_model_are_told_and_those_of_people_are_not() -> None:
    (said,) = published(method={"labels_made_by": "GPT-4o-mini"}).said("labels-from-model")
    assert said.text.startswith("The references of bench were made by GPT-4o-mini")
    assert [one.status for one in published().said("labels-from-model")] == [Status.KEPT]


def test_a_checkpoint_that_the_test_items_chose_is_told() -> None:
    chosen = {"checkpoint_chosen_on": "test", "checkpoints_tried": 3}
    (said,) = published(method=chosen).said("best-checkpoint-on-test")
    assert said.text.startswith(
        "The checkpoint of bench was chosen as the best of 3 on the test items themselves, which "
        "flatters it: it adds at most about"
    )
    assert said.severity is Severity.WEAKENS
    (said,) = published(method={**chosen, "checkpoint_chosen_on": None}).said(
        "best-checkpoint-on-test"
    )
    assert said.status is Status.UNCHECKED
    assert [one.status for one in published().said("best-checkpoint-on-test")] == [Status.KEPT]


def test_a_number_of_tuned_alone_shows_no_improvement() -> None:
    world = published({"base": None})
    (said,) = world.said("no-baseline")
    assert said.text == (
        "No number of the base model stands beside bench accuracy of tuned, so no improvement is "
        "shown."
    )
    assert world.verdict.outcome is Outcome.INVALID_EVIDENCE
    (finding,) = world.findings.findings
    assert finding.tuned.value == 0.62  # type: ignore[union-attr]  # it has a value


@pytest.mark.parametrize(
    ("labels", "status"),
    [("Claude 3.5 Sonnet", Status.BROKEN), ("teachers", Status.KEPT), (None, Status.KEPT)],
)
def test_references_by_who_wrote_the_training_data_measure_imitation(
    labels: str | None, status: Status
) -> None:
    made = {"generator_of_training_data": "Claude 3.5 Sonnet", "labels_made_by": labels}
    (said,) = published(method=made).said("synthetic-eval")
    assert said.status is status
    if status is Status.BROKEN:
        assert said.severity is Severity.WEAKENS
        assert said.text.startswith(
            "The references of bench and the training data were written by Claude 3.5 Sonnet: "
            "this measures how well the generator is imitated"
        )
    people = {"generator_of_training_data": "teachers", "labels_made_by": "teachers"}
    assert [one.status for one in published(method=people).said("synthetic-eval")] == [Status.KEPT]
    assert [one.status for one in published().said("synthetic-eval")] == [Status.NOT_APPLICABLE]


def test_words_in_the_place_of_a_base_are_one_fault() -> None:
    world = published({"base": "Generic"})
    assert world.verdict.outcome is Outcome.INVALID_EVIDENCE
    (words,) = world.said("qualitative-baseline")
    assert words.text == (
        "In bench accuracy has a number of tuned, and no number but “Generic” of base."
    )
    (said,) = world.said("no-baseline")
    assert said.status is Status.UNCHECKED
    assert said.text == (
        "Of bench accuracy tuned has a number, and in the place of the base's stands “Generic”."
    )


@pytest.mark.parametrize("words", ["N/A", "n.a.", "–", "not measured", "None"])
def test_what_openly_says_that_there_is_no_number_is_a_missing_base(words: str) -> None:
    world = published({"base": words})
    assert world.verdict.outcome is Outcome.INVALID_EVIDENCE
    (said,) = world.said("no-baseline")
    assert said.status is Status.BROKEN
    assert said.text == (
        f"In the place of a number of the base model stands “{words}” beside that of tuned (bench "
        "accuracy), so no improvement is shown."
    )
    assert [one.status for one in world.said("qualitative-baseline")] == [Status.KEPT]


@pytest.mark.parametrize(
    "rule", ["few-items", "few-discordant", "underpowered", "type-m", "floor-ceiling"]
)
def test_what_takes_items_is_not_asked_where_their_number_is_unknown(rule: str) -> None:
    world = published({"metric": "squared_error", "tuned": 1.99, "base": 8.56, "n": "unknown"})
    assert [one.status for one in world.said(rule)] == [Status.NOT_APPLICABLE]


@pytest.mark.parametrize("metric", ["token_accuracy", "train_loss"])
def test_figures_of_training_are_no_outcome(metric: str) -> None:
    world = published({"metric": metric, "tuned": 0.9, "base": 0.5})
    (said,) = world.said("proxy-only")
    assert said.text.startswith("No task outcome was measured")


def test_token_accuracy_is_told_as_published_and_what_it_makes_of_whole_answers() -> None:
    # 0.9285 ** 9 = 0.513 and 0.9285 ** 10 = 0.476
    (said,) = published({"metric": "token_accuracy", "tuned": 0.9285}).said(
        "token-accuracy-as-task"
    )
    assert said.text == (
        "92.85 % is next-token accuracy with the reference in view; it says nothing about how "
        "often a task is solved. At 92.85 % a token more than half of all answers of 10 tokens "
        "hold a token other than the reference's, if these were independent."
    )
    (said,) = published({"metric": "token_accuracy", "tuned": 0.5}).said("token-accuracy-as-task")
    assert said.text.endswith("how often a task is solved.")


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("token_accuracy", "token accuracy, next tokens guessed with the reference in view,"),
        ("eval_loss", "eval loss, a loss on reference text,"),
        ("accuracy", ""),
    ],
)
def test_a_target_that_others_set_on_fit_is_no_target_of_the_task(metric: str, words: str) -> None:
    asked = {"layer": "them", "metric": metric, "value_at_least": 0.87}
    layer = {"kind": "recorded", "name": "them", "rows": [{"metric": metric, "tuned": 0.8811}]}
    world = recorded(evaluation={"requirements": [asked], "layers": [layer]})
    said = world.said("target-on-proxy")
    if not words:
        assert [one.status for one in said] == [Status.KEPT]
        return
    assert said[0].text == (
        f"What is required of tuned was set on {words} which does not measure whether the task is "
        "done."
    )
    assert said[0].cites == (f"them.{metric}:tuned",)


def test_a_recorded_perplexity_is_a_loss_on_reference_text() -> None:
    world = published({"metric": "perplexity", "tuned": 47.74, "base": 60.0, "n": None})
    (said,) = world.said("ppl-on-reasoning")
    assert said.status is Status.BROKEN
    assert world.verdict.outcome is Outcome.INVALID_EVIDENCE  # no number of items


def test_a_direction_that_nobody_gave_is_missed() -> None:
    world = published({"metric": "pedagogy", "unit": "fraction"})
    (said,) = world.said("metric-undefined")
    assert said.text == (
        "How pedagogy in bench is computed was not said, nor whether more of it is better."
    )


def test_counts_that_do_not_add_up_are_told() -> None:
    world = recorded(
        {"name": "ab", "n": 25, "counts": {"tuned": 10, "base": 8, "tie": 2}},
        primary={"layer": "ab", "metric": "net_win"},
    )
    (said,) = world.said("table-does-not-recompute")
    assert said.text == ("Wins, losses and ties of ab are 20, and it is said to have 25 items.")


def test_items_that_differ_must_give_the_difference() -> None:
    (said,) = published({"discordant": {"better": 80, "worse": 20}}).said(
        "table-does-not-recompute"
    )
    assert said.status is Status.BROKEN
    kept = published({"discordant": {"better": 80, "worse": 35}})
    assert [one.status for one in kept.said("table-does-not-recompute")] == [Status.KEPT]


def test_whether_training_saw_unpublished_items_is_unknown() -> None:
    (said,) = published().said("train-eval-overlap")
    assert said.status is Status.UNCHECKED
    assert said.text.startswith("The items behind bench are not here")


def test_nothing_that_asks_for_items_is_called_kept() -> None:
    world = published()
    for rule in ("missing-answers", "clusters-ignored", "synthetic-eval", "no-test-split"):
        assert {one.status for one in world.said(rule)} == {Status.NOT_APPLICABLE}, rule


def test_a_declaration_after_the_numbers_is_unchecked() -> None:
    (said,) = published().said("spec-changed-after-results")
    assert said.status is Status.UNCHECKED
    assert "after its numbers existed" in said.text


def test_two_layers_are_told_of_apart() -> None:
    row = {**ROW, "tuned": TUNED, "base": BASE}
    world = recorded(
        {"name": "bench", "rows": [row], "subset": "all"},
        {"name": "other", "rows": [{**row, "n": "unknown"}], "subset": "all"},
        primary=PRIMARY,
    )
    (said,) = world.said("n-missing")
    assert said.cites == ("other.accuracy",)
    assert world.verdict.outcome is Outcome.INCONCLUSIVE


def test_what_was_measured_here_and_by_others_stand_side_by_side() -> None:
    here = plain()
    layer = {
        "kind": "recorded", "name": "theirs", "subset": "all",
        "rows": [{**ROW, "metric": "exact_match", "tuned": TUNED, "base": BASE}],
    }  # fmt: skip
    spec = here.spec.model_validate(
        {
            **here.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "evaluation": {
                **here.spec.evaluation.model_dump(mode="json", by_alias=True, exclude_unset=True),
                "layers": [
                    *here.spec.evaluation.model_dump(
                        mode="json", by_alias=True, exclude_unset=True
                    )["layers"],
                    layer,
                ],
            },
        }
    )
    theirs = spec.evaluation.layers[-1]
    assert isinstance(theirs, Recorded)
    evidence = replace(here.evidence, published={"theirs": theirs.published()})
    both = World(spec, evidence)
    found = {f.id: f.origin.value for f in both.findings.findings}
    assert found["qa.exact_match"] == "run"
    assert found["theirs.exact_match"] == "recorded"
    assert both.finding("qa.exact_match") == here.finding("qa.exact_match")
    assert both.verdict == here.verdict


def test_a_prompted_base_with_worked_examples_is_a_note() -> None:
    shots = {"base-prompted": PROTOCOL.model_copy(update={"shots": KnownCount(known=3)})}
    made = world(
        qa(CODES, BASE_CODES, others={"base-prompted": BASE_CODES}),
        prompting={"base-prompted": "3 worked examples"},
        protocol=shots,
        more={
            "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
            "comparisons": [["tuned", "base-prompted"]],
        },
    )
    (said,) = made.said("few-shot-mismatch")
    assert said.severity is Severity.NOTE
    assert said.text == (
        "In qa tuned saw 0 worked examples and base-prompted 3: the difference is one of prompts "
        "too."
    )
