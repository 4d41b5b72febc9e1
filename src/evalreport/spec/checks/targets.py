"""What was declared beforehand: layers, metrics and arms that exist, on scales that can be met."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from pydantic import ValidationError

from evalreport.layers.generation import Generation
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.overfitting import Overfitting
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.sources.dataset import Dataset
from evalreport.spec.asked import asked_arms, datasets_of, has_tuned
from evalreport.spec.checks.arms import may_have_tuned
from evalreport.spec.checks.names import (
    Names,
    fields_of,
    layers_by_name,
    metrics_of,
    no_such,
    no_such_layer,
)
from evalreport.spec.evaluation import Guard, Primary, Requirement, Target
from evalreport.spec.nearest import did_you_mean, listed
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

# Metrics that run from 0 to 1, so that a gain of 10 can only be meant as ten points.
_FRACTIONS: Final = frozenset(
    {
        "accuracy", "accuracy_normalized", "balanced_accuracy", "citations", "exact_match",
        "field_accuracy", "json_schema", "json_valid", "macro_f1", "math_equal", "net_win",
        "numeric_answer", "pass_at_k", "regex", "regurgitation", "token_f1",
    }
)  # fmt: skip


def check_targets(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Primary, guards, secondary metrics and requirements, one by one and together."""
    layers = layers_by_name(standing, names)
    yield from _nothing_tuned(standing, layers)
    seen: dict[tuple[str, str], str] = {}
    for at, role, target in declared(standing):
        complaints = list(_names_something(standing, names, at, target, layers))
        yield from complaints
        if not complaints and target.layer in layers:
            layer = layers[target.layer][1]
            yield from _makes_sense(standing, names, at, target, layer)
        identity = (target.finding, target.arm if isinstance(target, Requirement) else "")
        if identity in seen:
            what = f"{target.finding} is declared twice: as {seen[identity]} and as {role}"
            yield Complaint(at, what, "remove one of them")
        elif standing.is_whole(*at):
            seen[identity] = role
    for at, target in _lost(standing):
        yield from _names_something(standing, names, at, target, layers)
    yield from _sequential(standing, layers)


def _is_elsewhere(layer: AnyLayer) -> bool:
    """Whether a layer's numbers of tuned were measured elsewhere, so that nothing must be tuned."""
    if isinstance(layer, Generation) and "tuned" in layer.imported:
        return True
    return isinstance(layer, Recorded | Imported)


def _nothing_tuned(
    standing: Standing, layers: dict[str, tuple[Path, AnyLayer]]
) -> Iterator[Complaint]:
    """Said once, at the first target that compares; a block training: says it by itself."""
    if may_have_tuned(standing) or standing.spec.to_train is not None:
        return
    for at, _, target in declared(standing):
        is_run = target.layer in layers and not _is_elsewhere(layers[target.layer][1])
        if is_run and not isinstance(target, Requirement):
            what = "there is no tuned model to compare with base: nothing is trained or given"
            hint = "add adapter: {method: lora}, or an arm tuned with a model:"
            yield Complaint(at, what, hint)
            return


def _lost(standing: Standing) -> Iterator[tuple[Path, Target]]:
    """What was declared and has something wrong: what it names can be looked up all the same."""
    entries: list[tuple[Path, Json]] = [
        (("evaluation", "primary"), value_at(standing.raw, ("evaluation", "primary")))
    ]
    for key in ("co_primary", "guards", "secondary", "requirements"):
        several = value_at(standing.raw, ("evaluation", key))
        for i, entry in enumerate(several if isinstance(several, list) else ()):
            entries.append((("evaluation", key, i), entry))
    for at, entry in entries:
        if isinstance(entry, dict) and not standing.is_readable(*at):
            named = {key: entry[key] for key in ("layer", "metric", "field") if key in entry}
            with suppress(ValidationError):
                yield at, Target.model_validate(named)


def declared(standing: Standing) -> Iterator[tuple[Path, str, Target]]:
    """All that was declared, with its path as written and what it was declared as."""
    evaluation = standing.spec.evaluation
    if evaluation.primary is not None:
        yield ("evaluation", "primary"), "primary", evaluation.primary
    for key, role in (
        ("co_primary", "primary"),
        ("guards", "guard"),
        ("secondary", "secondary"),
        ("requirements", "requirement"),
    ):
        for i, target in enumerate(getattr(evaluation, key)):
            yield standing.written(("evaluation", key, i)), role, target


def _names_something(
    standing: Standing,
    names: Names,
    at: Path,
    target: Target,
    layers: dict[str, tuple[Path, AnyLayer]],
) -> Iterator[Complaint]:
    yield from no_such_layer(names, target.layer, (*at, "layer"))
    if target.layer not in layers:
        return
    where, layer = layers[target.layer]
    metrics = metrics_of(standing, where, layer)
    if metrics is None:
        return
    if target.metric not in metrics:
        whole, _, part = target.metric.partition(".")
        hint = (
            f"write metric: {whole}, field: {part}"
            if part and whole in metrics
            else did_you_mean(target.metric, metrics, what="metrics")
        )
        what = f"layer {target.layer} does not measure {target.metric}"
        yield Complaint((*at, "metric"), what, hint)
        return
    fields = fields_of(layer, target.metric)
    if target.field is not None and fields is not None and target.field not in fields:
        what = f"{target.finding.removesuffix('.' + target.field)} has no field {target.field}"
        yield Complaint((*at, "field"), what, did_you_mean(target.field, fields, what="fields"))


def _makes_sense(
    standing: Standing, names: Names, at: Path, target: Target, layer: AnyLayer
) -> Iterator[Complaint]:
    match target:
        case Primary():
            yield from _primary(standing, at, target, layer)
        case Guard():
            yield from _on_scale((*at, "lose_at_most"), target, target.lose_at_most, "a loss")
        case Requirement():
            yield from _requirement(standing, names, at, target, layer)
        case _:
            pass
    if isinstance(target, Requirement) or isinstance(layer, Recorded | Imported):
        return
    missing = [arm for arm in ("tuned", "base") if arm not in asked_arms(standing.spec, layer)]
    if missing and has_tuned(standing.spec):
        what = f"layer {layer.name} does not ask {' and '.join(missing)}: nothing to compare"
        yield Complaint((*at, "layer"), what, f"add it to the arms of {layer.name}")


def _primary(standing: Standing, at: Path, target: Primary, layer: AnyLayer) -> Iterator[Complaint]:
    if isinstance(layer, Overfitting):
        hint = "choose a metric of the task, such as one of a generation layer"
        what = f"{target.metric} tells how the model learned, not whether it got better"
        yield Complaint((*at, "metric"), what, hint)
    if target.gain_at_least is not None:
        yield from _on_scale((*at, "gain_at_least"), target, target.gain_at_least, "a gain")
    elif not isinstance(layer, Recorded | Imported) and standing.is_whole(*at, "gain_at_least"):
        yield Complaint(
            at,
            "gain_at_least is missing: without a gain worth having, no result can be too small",
            "add gain_at_least: in the metric's unit, such as 0.05 for five points of accuracy",
        )


def _on_scale(at: Path, target: Target, value: float, what: str) -> Iterator[Complaint]:
    if target.metric in _FRACTIONS and value >= 1:
        where = "the whole scale" if value == 1 else "more than the whole scale (1)"
        hint = (
            f"write {value / 100:g} for {value:g} point{'s' * (value != 1)}"
            if value <= 100
            else "write a fraction of 1"
        )
        yield Complaint(at, f"{what} of {value:g} is {where}", hint)


def _requirement(
    standing: Standing, names: Names, at: Path, target: Requirement, layer: AnyLayer
) -> Iterator[Complaint]:
    yield from no_such("arm", target.arm, names.arms, (*at, "arm"))
    for key in ("value_at_least", "value_at_most"):
        value = getattr(target, key)
        if target.metric == "perplexity" and value is not None and value < 1:
            what = f"a perplexity is at least 1, not {value:g}"
            yield Complaint((*at, key), what, "write the perplexity itself, or use metric: nll")
    asked = asked_arms(standing.spec, layer)
    if names.arms and target.arm in names.arms and target.arm not in asked and asked:
        what = f"layer {layer.name} does not ask {target.arm}"
        yield Complaint((*at, "arm"), what, f"add it to the arms of {layer.name}: {listed(asked)}")
    given = [key for key in ("value_at_least", "value_at_most") if getattr(target, key) is not None]
    if len(given) != 1 and standing.is_whole(*at):
        what = "both ends are required" if given else "no value is required"
        yield Complaint(at, what, "give one of value_at_least and value_at_most")
    for key in given:
        value = getattr(target, key)
        if target.metric in _FRACTIONS and value > 1:
            hint = f"fractions, not percent: {value / 100:g}"
            yield Complaint((*at, key), f"{target.metric} is at most 1", hint)


def _sequential(
    standing: Standing, layers: dict[str, tuple[Path, AnyLayer]]
) -> Iterator[Complaint]:
    """What a plan that stops early needs: a judge, pairs, and that each tells of itself alone."""
    evaluation, spec = standing.spec.evaluation, standing.spec
    primary = evaluation.primary
    if evaluation.stopping != "sequential":
        return
    where: Path = ("evaluation", "stopping")
    if primary is None:
        if standing.is_whole("evaluation"):
            what = "nothing says which comparison decides when to stop"
            yield Complaint(where, what, "declare a primary on a judge layer")
        return
    if primary.layer not in layers:
        return
    at, layer = layers[primary.layer]
    if not isinstance(layer, Judge):
        yield Complaint(
            where,
            f"stopping early is for pairs that a model judges; {primary.finding} costs no judge",
            "use stopping: fixed",
        )
        return
    if not layer.compares:
        yield Complaint(where, "ratings are not pairs that are won or lost", "use stopping: fixed")
    if layer.comparisons_per_call > 1:
        what = "verdicts of one call read each other, and the rule wants independent ones"
        hint = "leave it at 1, or use stopping: fixed"
        yield Complaint((*at, "comparisons_per_call"), what, hint)
    if spec.to_train is not None and len(spec.to_train.seeds) > 1 and spec.trains_here:
        what = "with several training seeds each item is judged several times, and not anew"
        yield Complaint(where, what, "use stopping: fixed, or one seed")
    for name in datasets_of(spec, layer):
        entry = spec.datasets.get(name)
        if isinstance(entry, Dataset) and entry.cluster_by is not None:
            what = f"items of {name} hang together by {entry.cluster_by}"
            hint = "the rule wants independent items: use stopping: fixed"
            yield Complaint(where, what, hint)
