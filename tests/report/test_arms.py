"""What is said of an arm: in what it ships, where that is not what was evaluated."""

from dataclasses import replace

import pytest

from evalreport.plan.model import Inputs
from evalreport.records import Adapter, Arm, Base, Dtype, Model, Quantization, Replicate
from evalreport.render import render_html, render_markdown, render_model_card
from evalreport.render.card import card_of
from evalreport.report.arms import arm_facts, recorded_arms
from evalreport.spec.models import UNKNOWN_BASE, BaseOptions
from tests.analyze.evidence import World, world
from tests.analyze.layers import qa
from tests.reports import changed, clear_win
from tests.rules.recorded_worlds import recorded

INPUTS = Inputs(corpora={}, models={}, adapters={}, missing_adapters={})
FULL = Base(model="./sim", dtype=Dtype.BFLOAT16)
PACKED = FULL.model_copy(update={"quantization": Quantization.NF4})


def described(tuned: Base, shipped: Adapter | Model, options: dict[str, object]) -> str:
    """What the report says of the arm shipped."""
    made: World = world(
        qa("11", "00", others={"shipped": "11"}),
        primary=None,
        more={"arms": {"shipped": {"of": "tuned", **options}}},
    )
    trained = Adapter(base=tuned, path="./adapter", digest="a" * 64)
    arms = {
        "tuned": Arm(name="tuned", replicates=(Replicate(subject=trained),)),
        "shipped": Arm(name="shipped", replicates=(Replicate(subject=shipped),)),
    }
    evidence = replace(made.evidence, plan=replace(made.evidence.plan, arms=arms))
    return arm_facts(arms["shipped"], INPUTS, evidence, made.spec).what


def merged(base: Base) -> Adapter:
    return Adapter(base=base, path="./adapter", digest="a" * 64, merged=True)


@pytest.mark.parametrize(
    ("tuned", "says"),
    [
        (FULL, "the base with an existing adapter, merged into the weights"),
        (
            PACKED,
            (
                "the base with an existing adapter, merged into the weights in bfloat16; what was "
                "evaluated as tuned was held in nf4"
            ),
        ),
    ],
)
def test_what_is_merged_names_both_precisions_when_they_differ(tuned: Base, says: str) -> None:
    assert described(tuned, merged(FULL), {"merged": True}) == says


def test_so_does_a_finished_model() -> None:
    model = Model(path="org/x", digest="m" * 64, dtype=Dtype.BFLOAT16)
    said = described(PACKED, model, {"model": "org/x"})
    assert said == (
        "a finished model made of tuned, held in bfloat16; what was evaluated as tuned was held in "
        "nf4"
    )


@pytest.mark.parametrize(
    ("base", "public"),
    [
        ({"path": "org/base"}, "org/base"),
        ({"path": "./base", "hub_id": "org/base"}, "org/base"),
        ({"path": "./base"}, None),
    ],
)
def test_a_base_that_others_measured_keeps_its_public_name(
    base: dict[str, str], public: str | None
) -> None:
    rows = [{"metric": "accuracy", "tuned": 0.6, "base": 0.5}]
    made = recorded({"name": "them", "rows": rows})
    spec = made.spec.model_copy(update={"base_model": BaseOptions.model_validate(base)})
    arms = recorded_arms(spec, made.evidence)
    assert (arms["base"].hub_id, arms["tuned"].hub_id) == (public, None)


@pytest.mark.parametrize("path", ["unknown", "unknown/base-model"])
def test_a_base_that_nobody_named_is_not_stated_and_no_model_of_the_hub(path: str) -> None:
    row = {"metric": "accuracy", "base": 0.53, "tuned": 0.62}
    made = recorded({"name": "bench", "rows": [row]})
    spec = made.spec.model_copy(update={"base_model": BaseOptions(path=path)})
    arms = recorded_arms(spec, made.evidence)
    assert (arms["base"].model, arms["base"].hub_id) == ("not stated", None)
    told = changed(clear_win(), arms={**clear_win().arms, "base": arms["base"]})
    card = render_model_card(told)
    assert not {"base_model", "base_model_relation"} & {*card_of(told).matter}
    assert "names no base model, because which one it was is not stated." in card
    assert "Model: not stated" in render_markdown(told)
    assert UNKNOWN_BASE not in render_html(told)
    named = BaseOptions(path=path, hub_id="org/name")
    found = recorded_arms(spec.model_copy(update={"base_model": named}), made.evidence)
    assert found["base"].hub_id == "org/name"
