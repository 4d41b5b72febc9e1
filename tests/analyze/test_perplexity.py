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


def test_a_required_perplexity_is_a_perplexity() -> None:
    base = [2.0 + 0.01 * (i % 7) for i in range(40)]
    tuned = [value - 0.4 for value in base]
    asked = {"layer": "held-out", "metric": "perplexity", "value_at_most": 5.5}
    missed = {"layer": "held-out", "metric": "perplexity", "arm": "base", "value_at_most": 5.5}
    made = world(loss(tuned, base), primary=None, evaluation={"requirements": [asked, missed]})
    told = [text for text in made.verdict.because if text.startswith("Required")]
    assert "held-out perplexity at most 5.5; met: 5.097" in told[0]
    assert "held-out perplexity at most 5.5; not met: 7.605" in told[1]


def test_a_guard_whose_loss_falls_is_not_worse_and_equal_ratios_have_two_ends() -> None:
    base = [2.0 + 0.01 * (i % 7) for i in range(40)]
    better = [value - 0.3 - 0.001 * (i % 5) for i, value in enumerate(base)]
    guard = {"layer": "held-out", "metric": "perplexity", "lose_at_most": 0.05}
    made = world(loss(better, base), primary=None, guards=[guard])
    (found,) = [f for f in made.findings.findings if f.id == "held-out.perplexity"]
    assert "tuned is not worse than base" in found.sentence
    alike = [value + 0.001 * (i % 5 - 2) for i, value in enumerate(base)]
    primary = {"layer": "held-out", "metric": "perplexity", "gain_at_least": 0.03}
    equal = world(loss(alike, base), primary=primary)
    assert equal.findings.primary is not None
    assert "differ by less than × 0.9704 or × 1.03" in equal.findings.primary.sentence
