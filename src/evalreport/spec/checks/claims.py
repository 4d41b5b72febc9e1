"""Claims: findings, arms and rules that there are, and one thing that is claimed of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.spec.arithmetic import exactly
from evalreport.spec.checks.names import (
    Names,
    fields_of,
    layers_by_name,
    metrics_of,
    no_such,
    no_such_layer,
)
from evalreport.spec.claims import (
    ClaimedExistence,
    ClaimedFinding,
    ClaimedRule,
    ClaimedSum,
    ClaimedValue,
    Figure,
)
from evalreport.spec.nearest import did_you_mean, nearest
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.rule_names import RULE_NAMES
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path

_OF_NUMBERS: Final = ("value", "difference", "relative")
_OF_ONE_ARM: Final = ("value", "met_target")
_BOUNDS: Final = ("value", "at_least", "at_most")
_SLACK: Final = ("within", "about")


@dataclass(frozen=True, slots=True)
class _Known:
    """What a claim may name."""

    standing: Standing
    names: Names
    layers: dict[str, tuple[Path, AnyLayer]]


def check_claims(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Every claim by itself, and what it names."""
    known = _Known(standing, names, layers_by_name(standing, names))
    for i, claim in enumerate(standing.spec.claims):
        at: Path = (*standing.written(("claims", i)), "asserts")
        match claim.asserts:
            case ClaimedFinding() as said:
                yield from _finding(known, said.finding, (*at, "finding"))
                yield from _said(known, said, at)
            case ClaimedExistence(exists=finding, arm=arm):
                yield from _finding(known, finding, (*at, "exists"))
                yield from _arm(known, arm, finding, (*at, "arm"))
            case ClaimedRule(rule=rules):
                yield from _rules(known, rules, (*at, "rule"))
            case ClaimedValue(arm=arm) as said:
                yield from _figure(known, said, at)
                yield from _arm(known, arm, said.of, (*at, "arm"))
            case ClaimedSum() as said:
                yield from _figure(known, said, at)
            case "unmeasurable" | "unmeasured":
                pass


# What is claimed


def _said(known: _Known, said: ClaimedFinding, at: Path) -> Iterator[Complaint]:
    if said.is_said in _OF_NUMBERS:
        yield from _figure(known, said, at)
    else:
        for key in (*said.bounds, *(name for name in _SLACK if getattr(said, name) is not None)):
            what = f"is: {said.is_said} claims no value"
            yield Complaint((*at, key), what, "remove it, or write is: value", at_key=True)
    if said.arm is not None:
        if said.is_said in _OF_ONE_ARM:
            yield from _arm(known, said.arm, said.finding, (*at, "arm"))
        else:
            what = f"is: {said.is_said} is about both arms of the finding"
            hint = "remove it, or name the pair in the id: layer.metric:a~b"
            yield Complaint((*at, "arm"), what, hint, at_key=True)
    if said.is_said == "met_target":
        required = known.standing.spec.evaluation.requirements
        arm = said.arm or "tuned"
        is_known = known.standing.is_whole("evaluation", "requirements")
        if is_known and not any(
            (r.finding, r.arm) == (_plain(said.finding), arm) for r in required
        ):
            what = f"no value of {said.finding} is required of {arm}"
            hint = "add it to evaluation.requirements, or write is: value with at_least:"
            yield Complaint((*at, "is"), what, hint)


def _figure(known: _Known, said: Figure, at: Path) -> Iterator[Complaint]:
    given = said.bounds
    if not all(known.standing.is_whole(*at, key) for key in _BOUNDS):
        return  # what is wrong with it is said already
    if not given:
        yield Complaint(
            (*at, "is") if isinstance(said, ClaimedFinding) else at,
            "the value that is claimed is missing",
            "add value: ..., or at_least: or at_most:",
        )
    elif len(given) > 1:
        what = f"{' and '.join(given)} each claim something"
        yield Complaint((*at, given[1]), what, "make each a claim of its own", at_key=True)
    slack = [name for name in _SLACK if getattr(said, name) is not None]
    for name in slack:
        if exactly(getattr(said, name)) < 0:
            yield Complaint((*at, name), f"{name} is a size, of 0 or more", "write it unsigned")
    if slack and given and "value" not in given:
        what = f"{slack[0]} does not go with {given[0]}, which is a bound already"
        yield Complaint((*at, slack[0]), what, "move the bound instead", at_key=True)
    elif len(slack) > 1:
        what = "within and about both say how far off it may be"
        yield Complaint((*at, "about"), what, "keep one of them", at_key=True)


# What it names


def _plain(finding: str) -> str:
    """The id without subgroup and arms."""
    return finding.partition(":")[0].partition("@")[0]


def _layer_of(finding: str, names: Names) -> str:
    plain = _plain(finding)
    return next(
        (one for one in names.layers or () if plain.startswith(f"{one}.")),
        plain.partition(".")[0],
    )


def _finding(known: _Known, finding: str, at: Path) -> Iterator[Complaint]:
    """That a finding will exist, as far as that is known before anything is measured."""
    plain, name = _plain(finding), _layer_of(finding, known.names)
    yield from no_such_layer(known.names, name, at)
    pair = finding.partition(":")[2]
    for arm in pair.split("~") if pair else ():
        yield from _arm(known, arm, finding, at)
    if pair and pair.count("~") != 1:
        yield Complaint(at, f"{pair} is no pair of arms", "write layer.metric:candidate~reference")
    if name not in known.layers:
        return
    where, layer = known.layers[name]
    metrics = metrics_of(known.standing, where, layer)
    if metrics is None:
        return
    said = plain.removeprefix(f"{name}.") if plain != name else ""
    metric = next(
        (one for one in metrics if said == one or said.startswith(f"{one}.")),
        None,
    )
    if metric is None:
        listed = [f"{name}.{one}" for one in metrics]
        what = f"layer {name} yields no finding {plain}"
        yield Complaint(at, what, did_you_mean(plain, listed, what="findings"))
        return
    field, fields = said[len(metric) + 1 :], fields_of(layer, metric)
    if field and fields is not None and field not in fields:
        what = f"{name}.{metric} has no field {field}"
        hint = did_you_mean(field, fields, what="fields") or f"write {name}.{metric}"
        yield Complaint(at, what, hint)


def _rules(known: _Known, rules: tuple[str, ...], at: Path) -> Iterator[Complaint]:
    is_list = isinstance(value_at(known.standing.raw, at), list)
    for i, rule in enumerate(rules):
        if rule not in RULE_NAMES:
            near = nearest(rule, RULE_NAMES)
            hint = f"did you mean {near}?" if near else "`evalreport rules` lists them"
            yield Complaint((*at, i) if is_list else at, f"there is no rule {rule}", hint)


def _arm(known: _Known, arm: str, finding: str, at: Path) -> Iterator[Complaint]:
    """Recorded layers have arms of their own."""
    if known.names.arms is None:
        return
    name = _layer_of(finding, known.names)
    layer = known.layers[name][1] if name in known.layers else None
    own = layer.published().arms if isinstance(layer, Recorded) else ()
    if not isinstance(layer, Recorded):
        own = _recorded_arms(known) if "." not in finding else ()
    yield from no_such("arm", arm, tuple(dict.fromkeys((*known.names.arms, *own))), at)


def _recorded_arms(known: _Known) -> tuple[str, ...]:
    """The arms of all recorded layers, for a metric that is named without its layer."""
    layers = [layer for _, layer in known.layers.values()]
    return tuple(
        arm for layer in layers if isinstance(layer, Recorded) for arm in layer.published().arms
    )
