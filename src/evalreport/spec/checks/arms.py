"""Arms: what each one is, and what cannot be both."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.records import Role
from evalreport.spec.asked import has_tuned, loads_models
from evalreport.spec.checks.names import Names, no_such, role_of
from evalreport.spec.models import ArmOptions, Spec
from evalreport.spec.nearest import listed, nearest
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.training.options import (
    Existing,
    Full,
    QLora,
    Training,
)

_EPOCH: Final = re.compile(r"epoch-([1-9][0-9]{0,8})")
_MOST_EPOCHS: Final = 100


def check_arms(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Every declared arm."""
    for name, arm in standing.spec.arms.items():
        at: Path = ("arms", name)
        if not standing.is_whole(*at):
            continue
        complaints = [*_implied(standing, at, name, arm), *_what_it_is(standing, at, arm)]
        yield from complaints
        if not complaints:
            yield from _checkpoint(standing, at, arm)
            yield from _precision(standing.spec, at, arm)
        yield from _shots(standing, names, at, arm)
        yield from _simulation(standing.spec, at, name, arm)


def _is_tuned(standing: Standing) -> bool:
    """Whether the adapter is tuned already; one that others trained and published may be not."""
    spec = standing.spec
    is_here = spec.trains_here or isinstance(spec.adapter, Existing)
    return is_here and standing.is_whole("adapter") and standing.is_readable("training")


def _implied(standing: Standing, at: Path, name: str, arm: ArmOptions) -> Iterator[Complaint]:
    if name == "base" and arm.model is None and arm.engine is None:
        what = "base is the base model, in exactly the precision of tuned"
        yield Complaint(at, what, "give this variant a name of its own", at_key=True)
    elif name == "tuned" and _is_tuned(standing):
        what = "tuned is what adapter: says; it cannot be something else as well"
        yield Complaint(at, what, "give this variant a name of its own", at_key=True)
    elif name == "tuned" and arm.of == "tuned":
        yield Complaint((*at, "of"), "tuned cannot be a variant of itself", "give it a model")


def _what_it_is(standing: Standing, at: Path, arm: ArmOptions) -> Iterator[Complaint]:
    said = [key for key in ("of", "adapter", "model") if getattr(arm, key) is not None]
    if said == ["of", "model"] and arm.of == "tuned":
        for key in ("merged", "checkpoint"):
            if getattr(arm, key):
                what = f"{key} and model exclude each other: a finished model is as it is"
                yield Complaint((*at, key), what, f"remove {key}, or model")
    elif said == ["of", "model"]:
        what = "of and model exclude each other: a finished model is not the base"
        yield Complaint((*at, "model"), what, "keep one of them, or say of: tuned")
    elif len(said) > 1:
        what = f"{' and '.join(said)} exclude each other: an arm is one thing"
        yield Complaint((*at, said[-1]), what, "keep one of them")
    if not said and arm.engine is None:
        what = "nothing says which model this is"
        yield Complaint(at, what, "add of: base, of: tuned, adapter: or model:", at_key=True)
    if arm.of == "tuned" and not may_have_tuned(standing):
        what = "there is no tuned model: nothing is trained, and no adapter is given"
        yield Complaint((*at, "of"), what, "add adapter:, or an arm tuned with a model:")
    if arm.merged and arm.of != "tuned" and arm.adapter is None:
        what = "only an adapter can be merged, and this arm has none"
        yield Complaint((*at, "merged"), what, "remove merged, or use of: tuned")


def may_have_tuned(standing: Standing) -> bool:
    """Whether there is a tuned model, or may be one once what is written wrong is mended."""
    is_known = standing.is_whole("adapter") and standing.is_whole("arms", "tuned")
    return has_tuned(standing.spec) or not is_known


def _checkpoint(standing: Standing, at: Path, arm: ArmOptions) -> Iterator[Complaint]:
    spec, name = standing.spec, arm.checkpoint
    if name is None:
        return
    where = (*at, "checkpoint")
    if arm.of != "tuned" or not spec.trains_here:
        if standing.is_whole("adapter"):
            what = "only what is trained here has checkpoints"
            yield Complaint(where, what, "remove checkpoint, or use of: tuned")
        return
    if spec.to_train is None or not standing.is_whole("training"):
        return
    if _keeps(spec.to_train, name):
        return
    number = _EPOCH.fullmatch(name)
    kept = kept_checkpoints(spec.to_train)
    near = None if number else nearest(name, kept)
    hint = f"did you mean {near}?" if near else f"checkpoints: {listed(kept)}"
    if number and spec.to_train.checkpoints == "none":
        hint = "add checkpoints: each_epoch to training"
    elif name == "best":
        hint = "add evaluate_every: {epochs: 0.5} to training"
    yield Complaint(where, f"training keeps no checkpoint {name}", hint)


def _keeps(training: Training, name: str) -> bool:
    """Whether training keeps this checkpoint, or may: in steps, epochs depend on the rows."""
    number = _EPOCH.fullmatch(name)
    if number and training.checkpoints == "each_epoch":
        epochs = training.epochs_asked
        return epochs is None or 1 <= int(number[1]) <= epochs
    return name in kept_checkpoints(training)


def kept_checkpoints(training: Training) -> tuple[str, ...]:
    """The checkpoints that training keeps, at most a hundred epochs of them."""
    numbers: Sequence[int] = ()
    if training.checkpoints == "each_epoch":
        numbers = range(1, int(min(training.epochs_asked or 0, _MOST_EPOCHS)) + 1)
    elif not isinstance(training.checkpoints, str):
        numbers = training.checkpoints
    best = ("best",) if training.evaluate_every is not None else ()
    return (*best, "last", *(f"epoch-{n}" for n in numbers))


def _precision(spec: Spec, at: Path, arm: ArmOptions) -> Iterator[Complaint]:
    if arm.merged and arm.quantization not in {None, "none"}:
        what = f"an adapter cannot be merged into weights that are held as {arm.quantization}"
        hint = "remove quantization: an adapter is merged into the full weights"
        yield Complaint((*at, "quantization"), what, hint)
    if arm.merged and arm.of == "tuned" and isinstance(spec.adapter, Full):
        what = "method: full trains the weights themselves: there is no adapter to merge"
        yield Complaint((*at, "merged"), what, "remove merged")


def _shots(standing: Standing, names: Names, at: Path, arm: ArmOptions) -> Iterator[Complaint]:
    if arm.shots is None:
        return
    name, where = arm.shots.from_dataset, (*at, "shots", "from")
    yield from no_such("dataset", name, names.datasets, where)
    if role_of(standing, name) is Role.TEST:
        what = f"{name} is tested on: its rows cannot be worked examples as well"
        yield Complaint(where, what, "take them from the training data")


def _simulation(spec: Spec, at: Path, name: str, arm: ArmOptions) -> Iterator[Complaint]:
    if arm.engine is not None and (arm.engine.kind == "fake") != (spec.engine.kind == "fake"):
        what = f"{name} would be compared across simulated and real models"
        yield Complaint((*at, "engine", "kind"), what, "simulate all arms, or none")


def check_base(standing: Standing) -> Iterator[Complaint]:
    """The base model beside adapter and engine, and that it has a name where it is needed."""
    spec = standing.spec
    if standing.is_whole("base_model") and spec.base_model.name is None and loads_models(spec):
        yield Complaint(
            ("base_model", "path"),
            f"{spec.base_model.path} names no model, and something here is trained or asked",
            "write org/name for the hub, ./path for a folder; unknown is for numbers of others",
        )
    held, adapter = spec.base_model.quantization, spec.adapter
    where: Path = ("base_model", "quantization")
    if not standing.is_whole("adapter") or not standing.is_whole("base_model"):
        return
    is_trained = spec.trains_here and standing.is_readable("training")
    if is_trained and isinstance(adapter, QLora) and held not in {None, adapter.quantization}:
        what = f"method: qlora holds the base as {adapter.quantization}, not as {held}"
        yield Complaint(where, what, "remove it, or use method: lora")
    elif is_trained and not isinstance(adapter, QLora) and held not in {None, "none"}:
        what = f"method: {adapter.method} trains on weights that are not quantized"
        yield Complaint(where, what, "remove it, or use method: qlora")
    if spec.engine.kind == "openai" and (is_trained or isinstance(adapter, Existing)):
        what = "an endpoint serves neither what is trained here nor a local adapter"
        hint = "use engine: {kind: local}; give single arms an engine of their own"
        if standing.is_whole("engine"):
            yield Complaint(("engine", "kind"), what, hint)
