"""Prices that would count something twice, or could never count."""

from collections.abc import Iterator

from evalreport.engines.openai import OpenAIEngine
from evalreport.layers.judge import Judge
from evalreport.spec.cost import RecordedCost
from evalreport.spec.nearest import did_you_mean
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path


def check_cost(standing: Standing) -> Iterator[Complaint]:
    """The block `cost:`."""
    cost = standing.spec.cost
    if not standing.is_readable("cost"):
        return
    if cost.gpu_hour is not None and cost.electricity is not None:
        yield Complaint(
            ("cost", "electricity"),
            "the price of a GPU hour holds its electricity already: it would be counted twice",
            "keep gpu_hour for a rented machine, electricity for one of your own",
            at_key=True,
        )
    has_price = cost.gpu_hour is not None or cost.electricity is not None
    has_price = has_price or _pays_calls(standing)
    if cost.limit is not None and standing.is_whole("cost") and not has_price:
        yield Complaint(
            ("cost", "limit"),
            "it limits the cost of machine time, which has no price here, so no build could ever "
            "reach it",
            "add gpu_hour: (a rented machine) or electricity: {watts: ..., per_kwh: ...}, or the "
            "price: of a judge",
        )
    if cost.recorded is not None:
        yield from _recorded(cost.recorded)
    seen: set[str] = set()
    for i, alternative in enumerate(cost.alternatives):
        at: Path = standing.written(("cost", "alternatives", i))
        if alternative.name in seen:
            what = f"two alternatives are called {alternative.name}"
            yield Complaint((*at, "name"), what, "a break-even goes by its name: rename one")
        seen.add(alternative.name)


def _pays_calls(standing: Standing) -> bool:
    """Whether some endpoint has a price: a judge, or an arm."""
    spec = standing.spec
    prices = [
        judge.price
        for layer in spec.evaluation.layers
        if isinstance(layer, Judge)
        for judge in layer.judges
    ]
    arms = [arm.engine for arm in spec.arms.values() if isinstance(arm.engine, OpenAIEngine)]
    return any(price is not None for price in (*prices, *(arm.price for arm in arms)))


def _recorded(recorded: RecordedCost) -> Iterator[Complaint]:
    """Costs that others published: prices that count once, and alternatives that there are."""
    at: Path = ("cost", "recorded")
    for i, line in enumerate(recorded.lines):
        if line.gpu_hour is not None and line.per_kwh is not None:
            what = "the price of a GPU hour holds its electricity already"
            hint = "keep gpu_hour for a rented machine, watts and per_kwh for one of their own"
            yield Complaint((*at, "lines", i, "per_kwh"), what, hint, at_key=True)
    names = [one.name for one in recorded.alternatives]
    against = recorded.break_even.against if recorded.break_even is not None else None
    if against is not None and against not in names:
        what = f"there is no alternative {against}"
        hint = did_you_mean(against, names, what="alternatives") or "add it to alternatives"
        yield Complaint((*at, "break_even", "against"), what, hint)
