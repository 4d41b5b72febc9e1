"""Picking: how many trained models were scored on one test set, so that the best is partly luck."""

from collections.abc import Collection, Iterable

from evalreport.history.kept import Kept
from evalreport.report.model import ArmFacts
from evalreport.rules.picked import picked_among


def scored_on(builds: Iterable[Kept], digests: Collection[str]) -> int:
    """How many trained models are known to have been scored on a test set.

    Those of the builds at hand, told apart by their weights; or as many as the store remembered
    when one of them was built, if those are more. Simulated models and smoke runs do not count.

    Args:
        builds: All that are known.
        digests: Of the test set, as it is and as it was: a set that grew is not another one.
    """
    trained: set[frozenset[str]] = set()
    remembered = 0
    for kept in builds:
        report = kept.report
        names = {name for name, facts in report.datasets.items() if facts.digest in digests}
        if report.simulated or report.smoke or not names:
            continue
        on_it = [finding for finding in report.findings if finding.dataset in names]
        for arm in {arm for finding in on_it for arm in finding.arms}:
            weights = _trained(report.arms.get(arm))
            if weights:
                trained.add(weights)
        cited = {finding.id for finding in on_it}
        counts = [picked_among(r) or 0 for r in report.remarks if cited.intersection(r.cites)]
        remembered = max([remembered, *counts])
    apart = [one for one in trained if not any(one < other for other in trained)]
    return max(len(apart), remembered)


def _trained(arm: ArmFacts | None) -> frozenset[str]:
    """Digests of the weights that somebody trained; none of a base, and of what tuned became."""
    if arm is None or arm.made_of_tuned:
        return frozenset()
    return frozenset((*arm.adapter_digests.values(), *arm.model_digests.values()))
