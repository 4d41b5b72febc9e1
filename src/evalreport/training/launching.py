"""How a training is started as several processes, and which settings of accelerate can be right.

A configuration file is always given, so that the one that a user keeps for other work never counts.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import yaml

from evalreport.errors import Problem
from evalreport.records import Machine
from evalreport.training.options import Accelerate, InProcess, Launch
from evalreport.values import Json

_WHERE: Final = "training.launch.config"
_SPREADING: Final = {
    "FSDP": "FSDP",
    "DEEPSPEED": "DeepSpeed",
    "MEGATRON_LM": "Megatron-LM",
    "TP": "tensor parallelism",
}


def launch_settings(launch: Accelerate, folder: Path, *, on_cpu: bool) -> dict[str, Json]:
    """The content of the file that accelerate is started with.

    Number of processes, device and number format are those of the spec and the machine, whatever
    the named configuration says.

    Args:
        launch: As declared; without problems.
        folder: Of the spec.
        on_cpu: Whether the processors train.

    Raises:
        OSError: The named file cannot be read.
    """
    named = {} if launch.config is None else _read(launch.config, folder)
    return {
        "compute_environment": "LOCAL_MACHINE",
        "main_training_function": "main",
        "rdzv_backend": "static",
        **named,
        # On processors too: with MULTI_CPU, accelerate starts one process and says nothing.
        "distributed_type": "MULTI_GPU" if launch.processes > 1 else "NO",
        "use_cpu": on_cpu,
        "num_processes": launch.processes,
        "num_machines": 1,
        "machine_rank": 0,
        "main_process_port": 0,  # any that is free: two builds may train at once
        "mixed_precision": "no",  # base_model.dtype decides
    }


def config_problems(launch: Launch, folder: Path) -> tuple[Problem, ...]:
    """What is wrong with the configuration that the spec names for accelerate.

    Args:
        launch: As declared.
        folder: Of the spec.
    """
    if not isinstance(launch, Accelerate) or launch.config is None:
        return ()
    name = launch.config
    try:
        found = _read(name, folder)
    except OSError:
        return (
            Problem(
                _WHERE,
                f"{name} is neither a file beside the spec nor a configuration that trl ships",
                "leave it out, or name a file, or multi_gpu",
            ),
        )
    except ValueError as error:
        return (
            Problem(_WHERE, f"{name} holds no configuration: {error}", "see accelerate config"),
        )
    return tuple(_content_problems(launch, name, found))


def launch_blocked(launch: Launch, machine: Machine, device: str) -> str | None:
    """Why the processes cannot all train on this machine; None when they can.

    Args:
        launch: As declared.
        machine: Where the step would run.
        device: `engine.device`.
    """
    if isinstance(launch, InProcess) or launch.processes == 1:
        return None
    if device == "mps":
        return "an Apple GPU trains in one process; leave training.launch out"
    on_gpu = device != "cpu" and machine.accelerator is not None
    if on_gpu and machine.accelerator_count < launch.processes:
        return (
            f"training.launch wants {launch.processes} GPUs, one for each process, and "
            f"{machine.accelerator_count} can be seen here; lower training.launch.processes (the "
            "global batch stays), or build where there are more"
        )
    if not on_gpu and machine.cores < launch.processes:
        return (
            f"training.launch wants {launch.processes} processes, and there are {machine.cores} "
            "cores and no GPU; lower training.launch.processes"
        )
    return None


def _content_problems(launch: Accelerate, name: str, found: Mapping[str, Any]) -> list[Problem]:
    kind = str(found.get("distributed_type", "NO"))
    problems = []
    if kind in _SPREADING:
        problems.append(
            Problem(
                _WHERE,
                f"{name} spreads weights or optimizer over the processes ({_SPREADING[kind]}), "
                "and only whole ones can be written, checked by digest and resumed from here",
                "use multi_gpu, or leave config out: every process then holds the whole model",
            )
        )
    elif kind not in {"MULTI_GPU", "NO"}:
        problems.append(
            Problem(
                _WHERE,
                f"{name} is of the type {kind}, which does not give several processes here",
                "use distributed_type: MULTI_GPU (with use_cpu: true on processors)",
            )
        )
    declared = found.get("num_processes")
    if name not in _packaged() and declared not in {None, launch.processes}:
        problems.append(
            Problem(
                "training.launch.processes",
                f"{launch.processes} processes are declared here, and {declared} in {name}",
                "say the same in both",
            )
        )
    if found.get("num_machines", 1) != 1:
        problems.append(
            Problem(
                _WHERE,
                f"{name} is for {found['num_machines']} machines, and a step runs on one",
                "use num_machines: 1",
            )
        )
    return problems


def _packaged() -> dict[str, Path]:
    """The configurations that the installed trl ships, by name; trl is not imported."""
    spec = find_spec("trl")
    places = (spec.submodule_search_locations if spec else None) or ()
    return {
        path.stem: path
        for place in places
        for path in (Path(place) / "accelerate_configs").glob("*.yaml")
    }


def _read(name: str, folder: Path) -> dict[str, Any]:
    path = _packaged().get(name, folder / name)
    try:
        found = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        raise ValueError(str(error).splitlines()[0]) from error
    if not isinstance(found, dict):
        raise ValueError("it is no mapping")  # noqa: TRY004 - the text of a file is a wrong value
    return found
