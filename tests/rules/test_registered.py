"""What is remembered over builds: what was declared first, and which trained arms were scored."""

from dataclasses import replace

import pytest

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.rules.base import Remark, Severity, Status
from evalreport.verdict import Outcome
from tests.analyze.evidence import GUARD, PRIMARY, World, declared, world
from tests.analyze.layers import Options, choice, qa
from tests.rules.cases import BASE, TUNED, checkpoints, declared_after, plain, scored_before

RULE = "spec-changed-after-results"
KEPT = choice("1" * 300 + "0" * 100, "1" * 299 + "0" * 100 + "1")


def built(guard: Options | None = GUARD, primary: Options = PRIMARY, **evaluation: object) -> World:
    return world(
        qa(TUNED, BASE),
        KEPT,
        guards=[] if guard is None else [guard],
        primary=primary,
        evaluation=dict(evaluation),
    )


def said(first: World, now: World) -> Remark:
    (one,) = declared_after(first, now).said(RULE)
    return one


def test_a_build_after_another_declaration_that_says_what_was_said_first_is_kept() -> None:
    """Another spec declared something else meanwhile; this one says what was said at first."""
    made, other = built(), built({**GUARD, "lose_at_most": 0.2})
    again = made.with_evidence(registration=declared(made.spec, other.spec))
    assert [one.status for one in again.said(RULE)] == [Status.KEPT]


def test_the_same_under_another_name_is_a_change_all_the_same() -> None:
    first, now = built(), built({**GUARD, "lose_at_most": 0.2})
    renamed = replace(first, spec=first.spec.model_copy(update={"name": "last-month"}))
    one = said(renamed, now)
    assert one.status is Status.BROKEN
    assert "(in spec last-month)" in one.text
    assert one.text.endswith("of a guard (accuracy), the loss allowed was 0.05 and is 0.2.")


def test_a_guard_that_was_changed_does_not_count() -> None:
    made = declared_after(built({**GUARD, "lose_at_most": 0.01}), built())
    (one,) = made.said(RULE)
    assert (one.severity, one.cites) == (Severity.INVALIDATES, ("general.accuracy",))
    assert made.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert built().verdict.outcome is Outcome.BETTER


def test_only_the_guard_that_was_changed_is_voided_where_two_share_a_metric() -> None:
    """A declaration does not know the names of layers; what it voids must."""
    other = replace(KEPT, options={**KEPT.options, "name": "also", "dataset": "also"})
    twin = {**GUARD, "layer": "also"}

    def both(margin: float) -> World:
        guards = [GUARD, {**twin, "lose_at_most": margin}]
        return world(qa(TUNED, BASE), KEPT, other, guards=guards, primary=PRIMARY)

    (one,) = declared_after(both(0.01), both(0.05)).said(RULE)
    assert one.cites == ("also.accuracy",)


def test_no_date_is_told_of_a_change_that_was_never_registered() -> None:
    first = built({**GUARD, "lose_at_most": 0.01})
    (registered,) = declared(first.spec).bodies
    (unregistered,) = built().with_evidence(registration=declared(first.spec)).said(RULE)
    assert f"first declared {registered[3]}, and changed since: of a guard" in unregistered.text


def test_a_guard_that_was_taken_away_takes_the_verdict_with_it() -> None:
    made = declared_after(built(), built(None))
    (one,) = made.said(RULE)
    assert one.text.endswith("a guard was taken away (accuracy).")
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_a_guard_that_was_added_weakens() -> None:
    made = declared_after(built(None), built())
    (one,) = made.said(RULE)
    assert (one.severity, one.text.split(": ")[-1]) == (
        Severity.WEAKENS,
        "a guard was added (accuracy).",
    )
    assert made.verdict.outcome is Outcome.BETTER


@pytest.mark.parametrize(
    ("first", "text", "severity"),
    [
        (built(alpha=0.01), "alpha was 0.01 and is 0.05.", Severity.INVALIDATES),
        (built(test="midp"), "the test was midp and is exact.", Severity.INVALIDATES),
        (built(power=0.9), "the power was 0.9 and is 0.8.", Severity.WEAKENS),
        (
            built(primary={**PRIMARY, "gain_at_least": 0.3}),
            "of the primary (exact_match), the gain worth having was 0.3 and is 0.1.",
            Severity.WEAKENS,
        ),
    ],
)
def test_what_was_changed_is_named(first: World, text: str, severity: Severity) -> None:
    one = said(first, built())
    assert one.text.endswith(text)
    assert one.severity is severity


def test_another_metric_is_another_question() -> None:
    asked = qa(TUNED, BASE)
    other = replace(
        asked,
        options={**asked.options, "metrics": [{"metric": "exact_match"}, {"metric": "token_f1"}]},
    )
    first = world(other, primary={**PRIMARY, "metric": "token_f1"})
    made = declared_after(first, world(other))
    assert {one.severity for one in made.said(RULE)} == {Severity.INVALIDATES}
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_outputs_that_are_older_than_what_is_registered_leave_it_open() -> None:
    made = built()
    registration = replace(declared(made.spec), scored_before="2026-11-02T07:00:00Z")
    (one,) = made.with_evidence(registration=registration).said(RULE)
    assert one.status is Status.UNCHECKED
    assert "outputs were stored from 2026-11-02T07:00:00Z on" in one.text


# Who was scored before


def test_arms_of_one_build_are_a_note() -> None:
    (one,) = checkpoints("epoch-1").said("best-checkpoint-on-test")
    assert one.severity is Severity.NOTE
    assert "2 checkpoints of one training (tuned-other/epoch-1, tuned/best)" in one.text


def test_a_gain_that_picking_explains_does_not_count() -> None:
    near = world(qa("1" * 20 + "0" * 220, "0" * 20 + "1" * 8 + "0" * 212), primary=PRIMARY)
    (primary,) = near.findings.by_role(FindingRole.PRIMARY)
    assert primary.outcome is FindingOutcome.BETTER
    few = scored_before(near, *(f"try-{i}" for i in range(4)))
    (one,) = few.said("best-checkpoint-on-test")
    assert one.severity is Severity.WEAKENS
    assert "Picking the best of 5 that are equal adds at most about 2.7 points" in one.text
    many = scored_before(near, *(f"try-{i}" for i in range(49)))
    (one,) = many.said("best-checkpoint-on-test")
    assert "50 trained arms were ever scored on these test items" in one.text
    assert "and 44 more, and tuned" in one.text
    assert one.text.endswith("by chance alone, which is more than the gain shown.")
    assert many.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_this_build_and_parts_of_it_are_not_counted_twice() -> None:
    made = plain()
    own = {
        block.weights.adapter_digest or block.weights.base_digest
        for block in made.evidence.blocks.values()
        if block.weights is not None
    }
    assert own
    again = scored_before(made, *own)
    assert [one.status for one in again.said("best-checkpoint-on-test")] == [Status.KEPT]
