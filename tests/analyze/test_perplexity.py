"""Perplexity is compared as a ratio: the difference of the losses, shown by its exponential."""

from evalreport.estimates import Estimate
from tests.analyze.evidence import world
from tests.analyze.layers import loss


def test_a_change_of_perplexity_is_a_factor() -> None:
    base = [2.0 + 0.01 * (i % 7) for i in range(40)]
    tuned = [value - 0.1 - 0.001 * (i % 5) for i, value in enumerate(base)]
    made = world(loss(tuned, base), primary=None)
    found = {f.id: f for f in made.findings.findings}
    nll, perplexity = found["held-out.nll"], found["held-out.perplexity"]
    assert isinstance(nll.difference, Estimate)
    assert perplexity.difference == nll.difference
    assert perplexity.p_value == nll.p_value
    assert "held-out perplexity, exploratory: × 0.90" in perplexity.sentence
    assert "interval 0.90" in perplexity.sentence
    assert "nats/token" in nll.sentence


def test_a_margin_on_perplexity_is_a_factor_in_words_too() -> None:
    base = [2.0 + 0.01 * (i % 7) for i in range(40)]
    tuned = [value + 0.02 + 0.001 * (i % 5) for i, value in enumerate(base)]
    guard = {"layer": "held-out", "metric": "perplexity", "lose_at_most": 0.05}
    made = world(loss(tuned, base), primary=None, guards=[guard])
    (found,) = [f for f in made.findings.findings if f.id == "held-out.perplexity"]
    assert "tuned loses at most × 1.02" in found.sentence
    assert "× 1.051 were allowed" in found.sentence
