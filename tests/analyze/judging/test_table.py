"""Judged layers as tables and findings."""

import numpy as np
import pytest

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.labels import Labels
from evalreport.analyze.scores import FAILED, SCORED
from tests.analyze.judging.judges import (
    PAIR,
    judged_layer,
    rated,
    table_of,
    with_judge,
)


def test_each_side_has_the_items_that_it_won() -> None:
    table = table_of(judged_layer("+-=+?"))
    (mine,), (theirs,) = table.side(*PAIR, 0), table.side(*PAIR[::-1], 0)
    assert mine.values.tolist() == [1, 0, 0, 1, 0]
    assert theirs.values.tolist() == [0, 1, 0, 0, 0]
    assert mine.state.tolist() == theirs.state.tolist() == [SCORED] * 4 + [FAILED]
    assert mine.reasons == {"the judge's verdict could not be read": 1}
    assert not table.is_between("tuned", "other")


def test_a_finding_of_a_judged_layer_is_the_net_win_with_the_sign_test() -> None:
    found = with_judge(judged_layer("+" * 30 + "-" * 8 + "=" * 12)).finding("ab.net_win")
    assert found.difference.value == pytest.approx(22 / 50)  # type: ignore[union-attr]
    assert found.difference.method == "Tango score interval, paired"  # type: ignore[union-attr]
    assert found.test == "exact sign test"
    assert found.outcome is FindingOutcome.BETTER
    assert (found.counts.better, found.counts.worse, found.counts.same) == (30, 8, 12)  # type: ignore[union-attr]
    assert found.dataset == "test"
    assert found.forms is None


def test_verdicts_that_are_missing_are_looked_at_from_both_ends() -> None:
    found = with_judge(judged_layer("+" * 24 + "-" * 8 + "=" * 12 + "?" * 6)).finding("ab.net_win")
    assert found.n == 44
    assert found.excluded == {"no verdict of the judge": 6}
    assert found.withheld == "6 items without a verdict could change what the others show"
    assert found.outcome is FindingOutcome.INCONCLUSIVE
    assert found.forms is not None
    assert [form.name for form in found.forms] == ["valid_in_both", "worst_case"]
    assert found.forms[1].difference.value == pytest.approx(10 / 50)  # type: ignore[union-attr]


def test_a_panel_is_one_finding() -> None:
    three = judged_layer({"m": "+++-" * 12, "n": "++--" * 12, "o": "+=-?" * 12})
    found = with_judge(three).finding("ab.net_win")
    assert found.excluded == {"no verdict of the judge": 12}  # two of three agree there
    assert (found.counts.better, found.counts.worse, found.counts.same) == (24, 12, 0)  # type: ignore[union-attr]


def test_pairs_that_were_not_judged_against_each_other_say_so() -> None:
    made = with_judge(judged_layer("+-" * 20), comparisons=[["base", "tuned"]])
    assert isinstance(made.finding("ab.net_win"), Finding)
    again = made.finding("ab.net_win:base~tuned")
    assert again.difference.value == 0  # type: ignore[union-attr]


def test_items_of_one_call_are_one_unit() -> None:
    made = with_judge(judged_layer("+-=+" * 10, per_call=5), comparisons_per_call=5)
    found = made.finding("ab.net_win")
    assert found.clusters is not None
    assert (found.clusters.by, found.clusters.n) == ("call of the judge", 8)


def test_calls_join_clusters() -> None:
    judged = judged_layer("+-=+" * 3, per_call=4)
    families = Labels.of(["a" if i in (3, 4) else None for i in range(12)])
    clusters = table_of(judged, families).clusters
    assert clusters is not None
    assert len(np.unique(clusters)) == 2


def test_ratings_are_the_mean_of_the_judges_where_all_rated() -> None:
    judged = rated(
        {"m": [5, 4, None, 2], "n": [3, 4, 3, 1]}, {"m": [1, 1, 1, 1], "n": [2, 2, 2, 2]}
    )
    table = table_of(judged, rubric=True)
    (mine,) = table.replicates("tuned", 0)
    assert mine.values.tolist() == [4, 4, 0, 1.5]
    assert mine.state.tolist() == [SCORED, SCORED, FAILED, SCORED]
    assert mine.reasons == {"the judge's rating could not be read": 1}
    assert table.replicates("base", 0)[0].values.tolist() == [1.5] * 4
    assert table.side("tuned", "base", 0) == table.replicates("tuned", 0)
