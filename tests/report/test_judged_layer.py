"""What the report tells of a judge layer: on what, by whom and how it was judged; never a key."""

from evalreport.report.measured import datasets_asked, layer_facts
from tests.analyze.judging.judges import judged_layer, with_judge


def test_who_judged_where_and_how_is_told() -> None:
    judge = {
        "model": "m",
        "base_url": "http://localhost:9/v1",
        "api_key_env": "MY_KEY",
        "max_tokens": 77,
        "extra": {"top_k": 1},
    }
    made = with_judge(judged_layer("+-" * 10), judges=[judge], criteria="The right *one*.")
    layer = next(one for one in made.spec.evaluation.layers if one.name == "ab")
    facts = layer_facts(layer, made.evidence, datasets_asked(made.spec))
    assert (facts.dataset, facts.n) == ("test", 20)
    assert facts.decoding["Judge m"] == {
        "model": "m",
        "address": "http://localhost:9/v1",
        "temperature": 0.0,
        "max_tokens": 77,
        "structured": "auto",
        "extra": "{top_k: 1}",
    }
    assert facts.decoding["Criteria"] == "The right *one*."
    assert facts.decoding["Orders"] == "each pair in both"
    assert "MY_KEY" not in facts.model_dump_json()


def test_long_parameters_are_named_alone() -> None:
    judge = {"model": "m", "extra": {"logit_bias": {str(i): 1 for i in range(200)}}}
    made = with_judge(judged_layer("+-" * 10), judges=[judge])
    layer = next(one for one in made.spec.evaluation.layers if one.name == "ab")
    told = layer_facts(layer, made.evidence).decoding["Judge m"]
    assert isinstance(told, dict)
    assert told["extra"] == "logit_bias (long)"
