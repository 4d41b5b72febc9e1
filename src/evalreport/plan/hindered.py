"""What stands in the way of a step: a reason to be blocked, or only what `build` fetches first."""

from collections.abc import Iterable, Sequence

from evalreport.engines import AnyEngine, LocalEngine
from evalreport.layers.table import AnyLayer
from evalreport.plan.arms import engine_of, held_in
from evalreport.plan.model import Given, PlannedStep
from evalreport.records import Arm, Machine, Quantization, Step
from evalreport.spec.models import Spec


def hindered(given: Given, step: Step, reasons: Iterable[str]) -> PlannedStep | None:
    """The step where something stands in its way; None where nothing does.

    What a plan only has not fetched comes last: a build meets the other reasons all the same.

    Args:
        given: Knows what `build` fetches.
        step: What would be done.
        reasons: Why it cannot be done here and now, each in words.
    """
    every = [*dict.fromkeys(reasons)]
    for reason in every:
        if reason not in given.awaited:
            return PlannedStep(step=step, status="blocked", reason=reason)
    if not every:
        return None
    fetched = ", ".join(dict.fromkeys(given.awaited[reason] for reason in every))
    return PlannedStep(step=step, status="waits", reason=f"`build` fetches {fetched}")


def data_missing(given: Given, names: Iterable[str]) -> list[str]:
    """Which of these datasets are not here, and why."""
    return [given.missing(name) for name in names if name in given.lost]


def layer_hindered(given: Given, layer: AnyLayer) -> list[str]:
    """Why no arm can be asked what this layer asks."""
    built = layer.blocked_reason()
    return [*([built] if built else []), *data_missing(given, layer.datasets())]


def arm_hindered(
    given: Given, layer: AnyLayer, name: str, arm: Arm | str, training: Sequence[str]
) -> list[str]:
    """Why one arm cannot be asked.

    Args:
        given: What the plan is made from.
        layer: That asks it.
        name: Of the arm.
        arm: It, or why it is not there.
        training: Why nothing can be trained here and now, where anything still has to be.
    """
    spec, reasons = given.spec, layer_hindered(given, layer)
    options = spec.arms.get(name)
    if options is not None and options.shots is not None:
        reasons += data_missing(given, [options.shots.from_dataset])
    if isinstance(arm, str):
        reasons.append(arm)
    if not reasons:
        return []  # what an answered step does not need is not asked for
    if _is_trained(spec, name):
        reasons += of_training(given, training)
    cannot = engine_hindered(engine_of(spec, name), held_in(name, spec), given.machine)
    return [*reasons, *([cannot] if cannot else [])]


def of_training(given: Given, reasons: Sequence[str]) -> list[str]:
    """Why what is trained cannot be asked, from why it cannot be trained."""
    return [one if one in given.awaited else f"its training is blocked: {one}" for one in reasons]


def engine_hindered(engine: AnyEngine, held: Quantization, machine: Machine) -> str | None:
    """Why an engine cannot hold and run such weights on this machine, when it cannot."""
    cannot = engine.blocked_reason(machine)
    if cannot is None and isinstance(engine, LocalEngine):
        cannot = engine.cannot_hold(held, machine)
    return cannot


def _is_trained(spec: Spec, name: str) -> bool:
    """Whether an arm's weights come out of a training of this spec."""
    options = spec.arms.get(name)
    if options is None:
        return name == "tuned" and spec.trains_here
    is_given = options.model is not None or options.adapter is not None
    return options.of == "tuned" and not is_given and spec.trains_here
