"""What a comparison could have seen, from the declared effect and the observed spread."""

import numpy as np
import pytest

from evalreport.analyze.findings import Finding, Power
from evalreport.estimates import NotEstimable, Point
from evalreport.stats.power_binary import binary_items, smallest_detectable_binary
from evalreport.stats.power_mean import Grouping, mean_items, smallest_detectable_mean
from evalreport.stats.power_retention import smallest_margin_binary
from tests.analyze.evidence import GUARD, world
from tests.analyze.layers import Asked, choice, error, items, loss, qa, text


def power_of(finding: Finding | None) -> Power:
    assert finding is not None
    assert finding.power is not None
    return finding.power


def value(power: Power) -> float:
    assert isinstance(power.smallest_detectable, Point)
    return power.smallest_detectable.value


def test_binary_power_is_that_of_mcnemars_test_at_the_observed_disagreement() -> None:
    finding = world(qa("1" * 24 + "0" * 176, "0" * 24 + "1" * 16 + "0" * 160)).findings.primary
    power = power_of(finding)
    assert power.disagreement == power.spread == 0.2
    assert value(power) == smallest_detectable_binary(200, 0.2, power=0.8, alpha=0.05)
    assert power.n_required == binary_items(0.1, 0.2, power=0.8, alpha=0.05)


def test_power_does_not_depend_on_the_observed_effect() -> None:
    one = world(qa("1" * 40 + "0" * 160, "0" * 200)).findings.primary
    other = world(qa("1" * 20 + "0" * 180, "0" * 20 + "1" * 20 + "0" * 160)).findings.primary
    assert power_of(one).smallest_detectable == power_of(other).smallest_detectable
    assert power_of(one).n_required == power_of(other).n_required


def test_a_guard_has_the_margin_that_it_could_show() -> None:
    made = world(
        qa("1" * 60 + "0" * 40, "1" * 20 + "0" * 80),
        choice("1" * 210 + "0" * 190, "1" * 190 + "0" * 20 + "1" * 20 + "0" * 170),
        guards=[GUARD],
    )
    power = power_of(made.finding("general.accuracy"))
    assert value(power) == smallest_margin_binary(400, 0.1, power=0.8, alpha=0.05)


def test_clusters_cost_what_they_are_seen_to_cost() -> None:
    rng = np.random.default_rng(2)
    shift = np.repeat(rng.normal(0.5, 0.5, 20), 5)
    base = [float(x) for x in np.clip(rng.uniform(3, 6, 100), 0, 10)]
    tuned = [float(b - s + e) for b, s, e in zip(base, shift, rng.normal(0, 0.2, 100), strict=True)]
    asked = error(
        tuned, base, of=items(100, reference="0", clusters=[f"c{i // 5}" for i in range(100)])
    )
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 0.4}
    power = power_of(world(asked, primary=declared).findings.primary)
    assert power.design_effect is not None
    assert power.design_effect > 3
    assert power.spread is not None
    grouping = Grouping(size=5, design_effect=power.design_effect)
    assert value(power) == smallest_detectable_mean(
        100, power.spread, power=0.8, alpha=0.05, grouping=grouping.widened(100)
    )
    assert power.n_required is not None
    assert power.n_required == mean_items(
        0.4,
        power.spread,
        power=0.8,
        alpha=0.05,
        grouping=grouping.widened(
            mean_items(0.4, power.spread, power=0.8, alpha=0.05, grouping=grouping)
        ),
    )


def test_losses_and_corpus_metrics_say_what_would_settle_them_too() -> None:
    rng = np.random.default_rng(3)
    base = [float(x) for x in rng.normal(2, 0.3, 60)]
    tuned = [b + float(e) for b, e in zip(base, rng.normal(0, 0.2, 60), strict=True)]
    nats = world(
        loss(tuned, base), primary={"layer": "held-out", "metric": "nll", "gain_at_least": 0.02}
    ).findings.primary
    assert value(power_of(nats)) == pytest.approx(
        smallest_detectable_mean(60, 0.2, power=0.8, alpha=0.05), rel=0.15
    )
    assert nats is not None
    assert "For 0.02 nats/token a fresh set of about" in nats.sentence
    words = ["red", "green", "blue"]
    references = [words[i % 3] for i in range(60)]
    asked = Asked(
        {
            "kind": "generation",
            "name": "qa",
            "dataset": "test",
            "metrics": [{"metric": "macro_f1"}],
        },
        items(60, reference=references),
        {
            "tuned": [[text(r if i % 5 else "red") for i, r in enumerate(references)]],
            "base": [[text(r if i % 4 else "blue") for i, r in enumerate(references)]],
        },
    )
    corpus = world(asked, primary={"layer": "qa", "metric": "macro_f1", "gain_at_least": 0.05})
    assert value(power_of(corpus.findings.primary)) > 0.05


def test_what_would_settle_it_is_no_promise() -> None:
    finding = world(qa("1" * 30 + "0" * 70, "0" * 30 + "1" * 18 + "0" * 52)).findings.primary
    power = power_of(finding)
    assert finding is not None
    assert finding.sentence.endswith(power.note)
    assert f"For 10 points a fresh set of about {power.n_required} items is needed." in power.note
    assert power.note.startswith("With 100 items, a true difference of about")
    assert "or more is found 80 % of the time." in power.note


def test_more_items_of_the_same_groups_would_not_settle_it() -> None:
    named = [f"c{i % 25}" for i in range(100)]
    finding = world(
        qa(
            "1" * 30 + "0" * 70,
            "0" * 30 + "1" * 18 + "0" * 52,
            of=items(100, clusters=named),
        )
    ).findings.primary
    power = power_of(finding)
    assert power.n_required is not None
    assert power.note.startswith("With 100 items in 25 groups, a true difference")
    assert f"about {power.n_required} items in {power.n_required // 4} groups" in power.note


def test_what_a_guard_could_have_shown_is_a_margin() -> None:
    lost = "1" * 50 + "0" * 12 + "1" * 8 + "0" * 30, "1" * 50 + "1" * 12 + "0" * 8 + "0" * 30
    made = world(qa("1" * 40, "1" * 40), choice(*lost), guards=[GUARD])
    note = power_of(made.finding("general.accuracy")).note
    assert note.startswith("If nothing were lost, 100 items would show retention within about ")
    assert "80 % of the time. For 5 points a fresh set of about " in note


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (("1" * 8, "0" * 8), "only 8 items"),
        (("1" * 40, "1" * 40), "no two items differ in what separates the arms"),
    ],
)
def test_where_nothing_varies_nothing_is_foretold(codes: tuple[str, str], reason: str) -> None:
    power = power_of(world(qa(*codes)).findings.primary)
    assert power.smallest_detectable == NotEstimable(not_estimable=reason)
    assert power.n_required is None
    assert power.note == ""
