"""What a job needs of the machine that it runs on, as far as a plan tells."""

from dataclasses import dataclass
from typing import Final

from evalreport.engines.local import LocalEngine
from evalreport.engines.model_facts import ModelFacts
from evalreport.estimates import NotEstimable
from evalreport.plan.arms import resolve_dtype
from evalreport.plan.model import Given, LocatedModel, Plan
from evalreport.records import Dtype
from evalreport.training.memory import predict_training
from evalreport.training.options import Training

_GIB: Final = 1 << 30
_MARGIN: Final = 1.5  # of predicted time
_SETUP_SECONDS: Final = 900.0  # installing, and fetching a model
_ROOM: Final = 1.25  # of predicted memory
_CORES_A_GPU: Final = 4


@dataclass(frozen=True, slots=True)
class Needs:
    """Resources of one machine; None where nothing can be said.

    Attributes:
        gpus: How many, one for each training process; 0 where processors do the work.
        gpu_bytes: That each of them holds while it trains one row at a time.
        cores: Of the processor.
        memory_bytes: Of the machine.
        seconds: With a margin.
    """

    gpus: int
    gpu_bytes: int | None
    cores: int
    memory_bytes: int | None
    seconds: float | None


def needs_of(given: Given, plan: Plan) -> Needs:
    """What the steps of a plan need together.

    Args:
        given: What the plan was made from.
        plan: The plan.
    """
    spec = given.spec
    training = spec.to_train if spec.trains_here else None
    processes = training.launch.processes if training is not None else 1
    is_local = isinstance(spec.engine, LocalEngine)
    on_gpu = isinstance(spec.engine, LocalEngine) and spec.engine.device not in {"cpu", "mps"}
    held = _held(given, training, on_gpu=on_gpu) if is_local else 0
    room = None if held is None else int(held * _ROOM)
    return Needs(
        gpus=processes if on_gpu else 0,
        gpu_bytes=room if on_gpu else None,
        cores=_CORES_A_GPU * processes if on_gpu else max(2, 2 * processes),
        # Weights pass through the machine's memory on their way to a GPU.
        memory_bytes=None
        if room is None
        else 8 * _GIB + room
        if on_gpu
        else 4 * _GIB + room * processes,
        seconds=_seconds(plan),
    )


def _held(given: Given, training: Training | None, *, on_gpu: bool) -> int | None:
    spec = given.spec
    located = given.inputs.models.get(spec.base_model.path)
    if not isinstance(located, LocatedModel) or not located.facts:
        return None
    facts = ModelFacts.model_validate(
        {name: value for name, value in located.facts.items() if name in ModelFacts.model_fields}
    )
    if training is None:
        return 2 * facts.weight_bytes + 2 * _GIB
    is_auto = spec.base_model.dtype == "auto"
    predicted = predict_training(
        facts,
        spec.adapter,
        dtype=Dtype.BFLOAT16 if on_gpu and is_auto else resolve_dtype(spec, given.machine),
        micro_batch=1 if training.micro_batch == "auto" else training.micro_batch,
        length=training.max_length,
        on_gpu=on_gpu,
        activation_checkpointing=training.activation_checkpointing,
    )
    return None if isinstance(predicted, NotEstimable) else predicted.bytes


def _seconds(plan: Plan) -> float | None:
    """The time of what is left to do; what is blocked here may well run there, and is unknown."""
    left = [planned.seconds for planned in plan.steps if planned.status != "reused"]
    known = [seconds for seconds in left if seconds is not None]
    return None if len(known) < len(left) else _SETUP_SECONDS + _MARGIN * sum(known)
