"""Which comparisons are made, which are refused, and that none that was declared can vanish."""

import pytest

from evalreport.analyze.findings import FindingOutcome, FindingRole, UnshownGroups
from evalreport.estimates import Estimate, NotEstimable
from evalreport.records import Known, KnownCount, Unknown
from evalreport.verdict import Outcome
from tests.analyze.evidence import GUARD, PROTOCOL, TEST, TRAIN, world
from tests.analyze.layers import Asked, Options, choice, items, qa, text

BETTER = "1" * 120 + "0" * 80, "1" * 60 + "0" * 140
JUDGED: Options = {
    "kind": "judge",
    "name": "blind-ab",
    "on": "qa",
    "judges": [{"model": "m", "base_url": "http://localhost:1/v1"}],
}


def test_a_primary_on_a_layer_that_cannot_run_is_not_measured_rather_than_undeclared() -> None:
    made = world(
        qa(*BETTER),
        Asked(JUDGED, (), {}),
        primary={"layer": "blind-ab", "metric": "net_win", "gain_at_least": 0.1},
        blocked={("blind-ab", "tuned"): "judging by a model is not built in this version"},
    )
    primary = made.findings.primary
    assert primary is not None
    assert primary.id == "blind-ab.net_win"
    assert primary.outcome is FindingOutcome.NOT_MEASURED
    verdict = made.verdict
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "no primary metric was declared" not in verdict.headline
    assert "judging by a model is not built in this version" in verdict.headline


def test_a_guard_whose_data_cannot_be_read_does_not_vanish() -> None:
    made = world(
        qa(*BETTER),
        choice(tuned="1" * 80 + "0" * 20, base="1" * 80 + "0" * 20),
        guards=[GUARD],
        unreachable={"general": "the hub does not answer"},
        blocked={
            ("general", "tuned"): "dataset general: the hub does not answer",
            ("general", "base"): "dataset general: the hub does not answer",
        },
    )
    guard = made.finding("general.accuracy")
    assert guard.role is FindingRole.GUARD
    assert guard.outcome is FindingOutcome.NOT_MEASURED
    assert "the hub does not answer" in guard.sentence
    assert made.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
    assert "Measure general accuracy" in made.verdict.next_step
    assert made.said("retention-unmeasured")[0].status.value == "broken"


def test_an_arm_that_did_not_run_is_named_with_its_reason() -> None:
    made = world(qa(BETTER[0]), blocked={("qa", "base"): "memory ran out while loading"})
    finding = made.finding("qa.exact_match")
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert "base has no answers: memory ran out while loading" in finding.sentence
    assert made.verdict.outcome is Outcome.NOT_MEASURED
    assert "memory ran out while loading" in made.verdict.headline


def test_an_arm_that_nobody_asked_voids_the_evidence() -> None:
    made = world(qa(BETTER[0]), unasked=[("qa", "base")])
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE
    assert "the base model was not run on these items" in made.verdict.headline


def test_other_arms_are_compared_without_a_verdict_word_and_by_name() -> None:
    made = world(
        qa(
            *BETTER,
            others={"base-prompted": "1" * 110 + "0" * 90},
        ),
        prompting={"base-prompted": "3 worked examples from train"},
        protocol={
            "base-prompted": PROTOCOL.model_copy(
                update={"prompts": Known(known="own"), "shots": KnownCount(known=3)}
            )
        },
        more={
            "arms": {"base-prompted": {"of": "base", "shots": {"from": "train", "n": 3}}},
            "comparisons": [["tuned", "base-prompted"]],
        },
    )
    finding = made.finding("qa.exact_match:tuned~base-prompted")
    assert finding.role is FindingRole.EXPLORATORY
    assert finding.outcome is FindingOutcome.DESCRIPTIVE
    assert "(tuned against base-prompted), exploratory" in finding.sentence
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.value == pytest.approx(0.05)
    assert made.findings.primary is not None
    assert made.findings.primary.arms == ("tuned", "base")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decoding", Known(known="another")),
        ("scorer", Known(known="another")),
        ("prompts", Known(known="another")),
        ("shots", KnownCount(known=3)),
        ("template", Unknown()),
        ("precision", Unknown()),
    ],
)
def test_what_was_asked_otherwise_or_is_not_known_is_not_paired(
    field: str, value: Known | KnownCount | Unknown
) -> None:
    made = world(qa(*BETTER), protocol={"base": PROTOCOL.model_copy(update={field: value})})
    finding = made.finding("qa.exact_match")
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert field in finding.sentence
    assert isinstance(finding.difference, NotEstimable)


@pytest.mark.parametrize("field", ["template", "precision"])
def test_what_weights_bring_with_them_may_differ(field: str) -> None:
    other = PROTOCOL.model_copy(update={field: Known(known="another")})
    made = world(qa(*BETTER), protocol={"base": other})
    assert made.finding("qa.exact_match").outcome is FindingOutcome.BETTER


def test_an_own_prompt_excuses_no_other_decoding() -> None:
    made = world(
        qa(*BETTER, others={"loud": "1" * 200}),
        prompting={"loud": "its own system prompt"},
        protocol={"loud": PROTOCOL.model_copy(update={"decoding": Known(known="hot")})},
        more={
            "arms": {"loud": {"of": "base", "system": "Shout."}},
            "comparisons": [["tuned", "loud"]],
        },
    )
    assert "decoding" in made.finding("qa.exact_match:tuned~loud").sentence


def test_a_declared_metric_that_no_scorer_gives_is_not_measured() -> None:
    made = world(
        qa(*BETTER),
        primary={"layer": "qa", "metric": "exact_match", "gain_at_least": 0.1, "field": "city"},
    )
    primary = made.findings.primary
    assert primary is not None
    assert primary.id == "qa.exact_match.city"
    assert primary.sentence == "qa exact match of city: not measured, qa gave no such score."


# Subgroups


def _grouped() -> Asked:
    channels = [{"channel": ("email", "phone", "fax")[min(2, i // 95)]} for i in range(200)]
    return qa(*BETTER, of=items(200, subgroups=channels))


def test_declared_subgroups_are_exploratory_and_small_ones_are_left_out() -> None:
    made = world(_grouped())
    groups = {f.subgroup: f for f in made.findings.findings if f.subgroup}
    assert {name: f.n for name, f in groups.items()} == {
        "channel=email": 95, "channel=phone": 95, "channel=fax": 10,
    }  # fmt: skip
    assert all(f.outcome is FindingOutcome.DESCRIPTIVE for f in groups.values())
    assert groups["channel=email"].id == "qa.exact_match@channel=email"
    assert made.finding("qa.exact_match").unshown_groups == ()


def test_subgroups_that_are_too_small_to_show_are_counted() -> None:
    channels = [{"channel": "email"}] * 190 + [{"channel": "fax"}] * 7 + [{"channel": "telex"}] * 3
    made = world(qa(*BETTER, of=items(200, subgroups=channels)))
    assert [f.subgroup for f in made.findings.findings if f.subgroup] == ["channel=email"]
    assert made.finding("qa.exact_match").unshown_groups == (
        UnshownGroups(key="channel", groups=2, items=10, fewest=10),
    )


@pytest.mark.parametrize(("declared", "parts"), [({}, 4), ({"bins": 2}, 2)])
def test_prompts_are_cut_by_their_length_in_tokens(declared: dict[str, int], parts: int) -> None:
    asked = qa(*BETTER)
    answers = {
        arm: [
            [
                text("answer: right" if arm == "tuned" else "answer: wrong", prompt_tokens=10 + i)
                for i, _ in enumerate(seed)
            ]
            for seed in seeds
        ]
        for arm, seeds in asked.answers.items()
    }
    made = world(
        Asked(asked.options, asked.items, answers),
        datasets={
            "train": TRAIN,
            "test": {**TEST, "subgroups": [{"by": "prompt_tokens", **declared}]},
        },
    )
    groups = [f for f in made.findings.findings if f.subgroup]
    assert len(groups) == parts
    assert {f.n for f in groups} == {200 // parts}
    assert "prompt_tokens=10 to" in {f.subgroup[:19] for f in groups if f.subgroup}


def test_subgroups_that_a_test_set_inherits_count_as_declared() -> None:
    made = world(
        qa(*BETTER),
        datasets={
            "train": {**TRAIN, "subgroups": [{"by": "prompt_tokens", "bins": 2}]},
            "test": {"from": "train", "n": 200},
        },
    )
    # All prompts are equally long here, so there is one part, which is the whole.
    assert not [f for f in made.findings.findings if f.subgroup]
    assert made.case.dataset("test") is not None
